"""Proofs of the life: the table, the rules, the calendar and the drawing."""
