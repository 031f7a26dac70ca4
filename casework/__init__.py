"""Handling (handläggning): the one door every change to a charter passes, one function per act."""
