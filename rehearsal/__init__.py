"""Rehearsal: time is tried out on memory that is not the real one, by the code that is."""
