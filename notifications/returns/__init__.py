"""Returned mail: what comes back to the return address, where it is read from, what it says."""
