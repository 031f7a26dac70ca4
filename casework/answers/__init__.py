"""Answers: what memory says to whoever asks, at a page or a command. Nothing here changes anything."""
