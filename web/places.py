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

# fmt: off
WHAT_FOR: dict[str, Words] = {
    "/cases":      Words("påbörja ett utkast, skriv det och skicka det för beslut",
                         "begin a draft, write it, and submit it for a decision"),
    "/decisions":  Words("det som väntar på ditt beslut, och vem som ersätter dig",
                         "what waits for your decision, and who stands in for you"),
    "/my-groups":  Words("hur länge dina gruppers uppdrag gäller, och att förnya dem",
                         "how long your groups' charters are in force, and renewing them"),
    "/groups":     Words("alla grupper, och vad de har i uppdrag",
                         "every group, and what it is charged with"),
    "/timeline":   Words("vilka uppdrag som löper ut, och när",
                         "which charters lapse, and when"),
    "/people":     Words("vilka som finns, och vad var och en har för uppgift",
                         "who there is, and what duties each has"),
    "/imports":    Words("registrera uppdrag som beslutades före systemet",
                         "record charters decided before the system"),
    "/operations": Words("att tjänsten går och att breven kommer fram",
                         "that the service runs and letters arrive"),
    "/inbox":      Words("breven, så länge inga skickas från den här datorn",
                         "the letters, as long as none leave this machine"),
}
# fmt: on
"""What one goes there for, as the front page says it."""
