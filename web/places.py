"""The places in the menu, each for those its page is for."""

from statemachine.words import Words
from web.access import DECIDER, EVERYONE, Rule

PLACES: tuple[tuple[str, Words, Rule], ...] = (
    ("/", Words("Start", "Start"), EVERYONE),
    ("/decisions", Words("Att besluta", "To decide"), DECIDER),
)
"""Where each is, what the menu calls it, and for whom."""
