"""The proofs: each room's in a folder of its name, with real parts."""
