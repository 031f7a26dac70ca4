"""Proofs of the memory: migrations, what the database itself holds, and who is who."""
