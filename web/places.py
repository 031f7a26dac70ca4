"""The places in the menu, each for those its page is for."""

from statemachine.words import Words
from web.access import DECIDER, EVERYONE, HAS_CASES, KEEPER, LOCAL, REGISTRY, SEATED, Rule

# fmt: off
PLACES: tuple[tuple[str, Words, Rule], ...] = (
    ("/",           Words("Start", "Start"),             EVERYONE),
    ("/cases",      Words("Ärenden", "Cases"),           HAS_CASES),
    ("/decisions",  Words("Att besluta", "To decide"),   DECIDER),
    ("/my-groups",  Words("Mina grupper", "My groups"),  SEATED),
    ("/groups",     Words("Register", "Register"),       EVERYONE),
    ("/timeline",   Words("Löper ut", "Ending"),         EVERYONE),
    ("/people",     Words("Personer", "People"),         REGISTRY),
    ("/imports",    Words("Importera", "Import"),        KEEPER),
    ("/operations", Words("Drift", "Operations"),        REGISTRY),
    ("/inbox",      Words("Brevlådan", "Inbox"),         LOCAL),
)
# fmt: on
"""Where each is, what the menu calls it, and for whom."""
