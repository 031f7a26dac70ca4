"""Answers: what memory says to whoever asks, at a page or a command. Nothing is changed here."""
