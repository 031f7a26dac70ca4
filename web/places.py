"""The places in the menu, each for those its page is for."""

from statemachine.words import Words
from web.access import EVERYONE, HAS_CASES, Rule

PLACES: tuple[tuple[str, Words, Rule], ...] = (
    ("/", Words("Start", "Start"), EVERYONE),
    ("/cases", Words("Ärenden", "Cases"), HAS_CASES),
)
"""Where each is, what the menu calls it, and for whom."""
