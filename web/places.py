"""The places in the menu, each for those its page is for."""

from statemachine.words import Words
from web.access import EVERYONE, SEATED, Rule

# fmt: off
PLACES: tuple[tuple[str, Words, Rule], ...] = (
    ("/",          Words("Start", "Start"),             EVERYONE),
    ("/my-groups", Words("Mina grupper", "My groups"),  SEATED),
    ("/groups",    Words("Register", "Register"),       EVERYONE),
    ("/timeline",  Words("Löper ut", "Ending"),         EVERYONE),
)
# fmt: on
"""Where each is, what the menu calls it, and for whom."""
