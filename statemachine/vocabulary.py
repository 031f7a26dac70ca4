"""The words of the life: states, acts, roles, letters, papers, and how each is spoken."""

from enum import StrEnum

from statemachine.words import Words


class Spoken(StrEnum):
    """A word of the code that also knows how people say it: `Act.APPROVE.words.sv`."""

    words: Words

    def __new__(cls, value: str, sv: str = "", en: str = "") -> "Spoken":
        word = str.__new__(cls, value)
        word._value_ = value
        word.words = Words(sv, en)
        return word


class State(Spoken):
    """Where a charter stands. `UNWRITTEN` is where every life begins; it is never stored."""

    UNWRITTEN = "unwritten", "ännu inte skrivet", "not yet written"
    DRAFT = "draft", "utkast", "draft"
    REVIEW = "review", "granskning", "in review"
    APPROVED = "approved", "fastställt", "approved"
    DISTRIBUTED = "distributed", "expedierat", "distributed"
    EXPIRING = "expiring", "löper snart ut", "expiring"
    SUPERSEDED = "superseded", "ersatt", "superseded"
    EXPIRED = "expired", "har löpt ut", "expired"
    DISCONTINUED = "discontinued", "avvecklat", "discontinued"
    ABANDONED = "abandoned", "nedlagt", "abandoned"


OPEN = (State.DRAFT, State.REVIEW)
"""Still being written: at most one per subject and kind."""

LIVING = (State.APPROVED, State.DISTRIBUTED, State.EXPIRING)
"""Decided and not yet ended."""

ENDED = (State.SUPERSEDED, State.EXPIRED, State.DISCONTINUED)
"""Decided once, and over."""

DECIDED = LIVING + ENDED
"""A decision was made; content, paper and journal can never change again."""


class Act(Spoken):
    """What someone does to a charter. Route, command, button and journal use the same word."""

    DRAFT = "draft", "påbörja utkast", "draft"
    RENEW = "renew", "förnya", "renew"
    RECORD = "record", "registrera tidigare beslut", "record"
    EDIT = "edit", "redigera", "edit"
    HAND_OVER = "hand-over", "lämna över", "hand over"
    SUBMIT = "submit", "skicka för beslut", "submit"
    ABANDON = "abandon", "lägga ned", "abandon"
    ASK_OPINION = "ask-opinion", "be om yttrande", "ask for an opinion"
    OPINION = "opinion", "yttra sig", "give an opinion"
    WITHDRAW = "withdraw", "återkalla", "withdraw"
    SEND_BACK = "send-back", "återlämna", "send back"
    DECLARE_CONFLICT = "declare-conflict", "anmäla jäv", "declare a conflict of interest"
    APPROVE = "approve", "fastställa", "approve"
    DISTRIBUTE = "distribute", "expediera", "distribute"
    ENTER_RENEWAL = "enter-renewal", "gå in i förnyelse", "enter renewal"
    CORRECT = "correct", "rätta skrivfel", "correct"
    SUPERSEDE = "supersede", "ersätta", "supersede"
    EXPIRE = "expire", "löpa ut", "expire"
    DISCONTINUE = "discontinue", "avveckla", "discontinue"


class Role(Spoken):
    """In what capacity someone acts. Derived from person, charter and day; never passed in."""

    HANDLER = "handler", "handläggare", "handler"
    COORDINATOR = "coordinator", "koordinator", "coordinator"
    DIRECTOR = "director", "beslutsfattare", "director"
    DISCONTINUER = "discontinuer", "den som får avveckla", "the office that may discontinue"
    REVIEWER = "reviewer", "granskare", "reviewer"
    REGISTRY_KEEPER = "registry_keeper", "registrator", "registry keeper"
    ADMINISTRATOR = "administrator", "administratör", "administrator"
    OFFICE_HOLDER = "office_holder", "innehavare av befattningen", "holder of the office"
    RECIPIENT = "recipient", "mottagare på sändlistan", "reader on the distribution list"
    CALENDAR = "calendar", "kalendern", "the calendar"


class Letter(Spoken):
    """A letter the system writes. Each has a folder of its own in notifications/letters/."""

    DECISION_REQUEST = "decision_request", "begäran om beslut", "decision request"
    DECISION_REMINDER = "decision_reminder", "påminnelse om beslut", "decision reminder"
    ESCALATION = "escalation", "beslut dröjer", "escalation"
    NOBODY_CAN_DECIDE = "nobody_can_decide", "ingen kan besluta", "nobody can decide"
    OPINION_ASKED = "opinion_asked", "begäran om yttrande", "opinion asked"
    OPINION_GIVEN = "opinion_given", "yttrande lämnat", "opinion given"
    HANDED_OVER = "handed_over", "överlämnat ärende", "handed over"
    WITHDRAWN = "withdrawn", "återkallat", "withdrawn"
    SENT_BACK = "sent_back", "återlämnat", "sent back"
    OUTCOME = "outcome", "besked om beslut", "outcome"
    DISTRIBUTION = "distribution", "expediering", "distribution"
    DISTRIBUTION_INCOMPLETE = (
        "distribution_incomplete",
        "expediering inte klar",
        "distribution incomplete",
    )
    CORRECTED = "corrected", "rättelse", "correction"
    DRAFT_UNTOUCHED = "draft_untouched", "utkast som ligger", "draft untouched"
    FOLLOW_UP = "follow_up", "årlig uppföljning", "yearly follow-up"
    RENEWAL = "renewal", "förvarning", "expiry warning"
    LAST_CALL = "last_call", "sista förvarning", "last call"
    EXPIRED = "expired", "uppdraget har löpt ut", "charter expired"
    GAP = "gap", "grupp utan gällande uppdrag", "group without a charter in force"
    DISCONTINUED = "discontinued", "avveckling", "discontinued"
    UNDELIVERABLE = "undeliverable", "brev som inte kom fram", "undelivered letter"
    STANDSTILL = "standstill", "stopp i breven", "letters stood still"
    ALARM = "alarm", "larm", "alarm"
    DIGEST = "digest", "veckobrev", "weekly digest"
    LOGIN_CODE = "login_code", "engångskod", "login code"


EXPIRY_WARNINGS = (Letter.RENEWAL, Letter.LAST_CALL)
"""Sent at stages before the last day; the last stage is a letter of its own."""


class Paper(Spoken):
    """A paper kept for good. Every paper is written as PDF; the decided charter also as Word."""

    DRAFT = "draft", "utkast för beslut", "draft for decision"
    DECISION = "decision", "beslutad handling", "decided charter"
    CORRECTION = "correction", "rättad handling", "corrected charter"
    DISCONTINUANCE = "discontinuance", "beslut om avveckling", "discontinuance decision"


class Audience(Spoken):
    """Whom a letter is meant for, as a word; casework finds the people of that day."""

    HANDLER = "handler", "handläggare", "handler"
    NEW_HANDLER = "new_handler", "ny handläggare", "new handler"
    SUBMITTER = "submitter", "den som skickade för beslut", "submitter"
    DECIDER = "decider", "beslutsfattare", "decider"
    STAND_IN = "stand_in", "ersättare för beslutsfattaren", "the decider's stand-in"
    COMMISSIONER = "commissioner", "uppdragsgivare", "commissioner"
    CHAIR = "chair", "ordförande", "chair"
    COORDINATOR = "coordinator", "koordinator", "coordinator"
    LIAISON = "liaison", "kontaktperson", "liaison"
    REVIEWER = "reviewer", "granskare", "reviewer"
    PARTICIPANT = "participant", "deltagare i ärendet", "participant in the case"
    REGISTRY_KEEPER = "registry_keeper", "registrator", "registry keeper"
    ADMINISTRATOR = "administrator", "administratör", "administrator"
    LOGGING_IN = "logging_in", "den som loggar in", "whoever is logging in"
    DISTRIBUTION_LIST = "distribution_list", "mottagare på sändlistan", "on the distribution list"


class Seat(Spoken):
    """A seat in a group."""

    CHAIR = "chair", "ordförande", "chair"
    VICE_CHAIR = "vice_chair", "vice ordförande", "vice chair"
    COORDINATOR = "coordinator", "koordinator", "coordinator"
    LIAISON = "liaison", "kontaktperson", "liaison"
    MEMBER = "member", "ledamot", "member"
    CO_OPTED = "co_opted", "adjungerad", "co-opted"


class Duty(Spoken):
    """A standing duty in the organisation, held from and through a day."""

    HANDLER = "handler", "handläggare", "handler"
    REGISTRY_KEEPER = "registry_keeper", "registrator", "registry keeper"
    ADMINISTRATOR = "administrator", "administratör", "administrator"


class Reach(Spoken):
    """How someone on a distribution list was reached, or was not."""

    ACCEPTED = "accepted", "mottagen av e-postservern", "accepted by the relay"
    WRITTEN = "written", "skriven till brevmappen", "written to the letter folder"
    BOUNCED = "bounced", "kom inte fram", "did not arrive"
    REACHED_OTHERWISE = "reached_otherwise", "nådd på annat sätt", "reached otherwise"
    GIVEN_UP = "given_up", "uppgiven", "given up"


ARRIVED = (Reach.ACCEPTED, Reach.WRITTEN)
"""The letter left for its reader; where no relay is set, only to the folder of letters."""


class Fate(Spoken):
    """What has become of a letter in the outbox."""

    PENDING = "pending", "väntar", "waits"
    CLAIMED = "claimed", "på väg", "on its way"
    SENDING = "sending", "skickas just nu", "being sent"
    SENT = "sent", "skickat", "sent"
    UNCERTAIN = "uncertain", "osäkert", "uncertain"
    DEAD = "dead", "avvisat", "refused"
    BOUNCED = "bounced", "kom tillbaka", "came back"
    SUPPRESSED = "suppressed", "spärrad adress", "suppressed"
    CANCELLED = "cancelled", "inställt", "cancelled"
    EXPIRED = "expired", "för sent", "too late"
