"""Sample facts for every letter, so that each can be read before anyone gets it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

from notifications.facts import (
    AboutCharter,
    Alarm,
    Asked,
    InForce,
    LetterFacts,
    LoginCode,
    Pending,
    Pile,
    Reader,
    Spoken,
    Standstill,
    Successor,
    Undelivered,
    Unreached,
)
from notifications.links import Pages
from notifications.recipients import meant_for
from notifications.wording import ACCENT, Worded, worded
from statemachine.calendar import Ahead, Cadence, before
from statemachine.vocabulary import EXPIRY_WARNINGS, Audience, Letter, State
from statemachine.words import Language

TODAY = date(2026, 6, 17)
ENDS_ON = date(2031, 6, 17)
SUMMER = timezone(timedelta(hours=2))
STAGES: tuple[str, ...] = tuple(ahead.name for ahead in Cadence().renewal_stages)

CHARTER = AboutCharter(
    id=3,
    title="Uppdrag för samordningsrådet för rehabilitering",
    kind="charter",
    group="Samordningsrådet för rehabilitering",
    registry_number="RS 2026-0142",
    state=State.REVIEW,
    valid_from=TODAY,
    valid_through=ENDS_ON,
    handler="Sara Lindmark",
    handler_email="sara.lindmark@sjoviken.example",
)
GROUP_KEY = "samordningsradet-rehabilitering"
DECIDED: dict[str, Any] = {
    "state": State.DISTRIBUTED,
    "ends_on": ENDS_ON,
    "decided_on": TODAY,
    "decided_by": "Johan Ekdal, utvecklingsdirektör",
}
CHANGES = Spoken(
    sv="Rådet får två nya ledamöter från primärvården, möts sex gånger om året i stället för "
    "fyra, och ansvarar även för hjälpmedel.",
    en="The council gains two members from primary care, meets six times a year instead of "
    "four, and answers for assistive devices too.",
)
IN_FULL = Spoken(
    sv="Möten\n- Rådet möts fyra gånger om året.\n+ Rådet möts sex gånger om året.",
    en="Meetings\n- The council meets four times a year.\n+ The council meets six times a year.",
)
NAMES: dict[Audience, str] = {
    Audience.HANDLER: "Sara Lindmark",
    Audience.NEW_HANDLER: "Mikael Sund",
    Audience.DECIDER: "Johan Ekdal",
    Audience.CHAIR: "Åsa Nyberg",
    Audience.COORDINATOR: "Nils Brandt",
    Audience.REVIEWER: "Eva Stormdal",
    Audience.ADMINISTRATOR: "Ture Vik",
}


def preview(
    letter: Letter,
    language: Language = "sv",
    stage: str = "",
    *,
    signed: str = "Mandat, Region Sjöviken",
    accent: str = ACCENT,
    pages: Pages | None = None,
) -> Worded:
    """The letter with sample facts, as its first reader would see it."""
    attached = ("Uppdrag RS 2026-0142.pdf",) if letter in WITH_PAPER else ()
    facts = sample(letter, language, stage)
    return worded(facts, attached=attached, signed=signed, accent=accent, pages=pages)


WITH_PAPER = (
    Letter.DECISION_REQUEST,
    Letter.OPINION_ASKED,
    Letter.OUTCOME,
    Letter.DISTRIBUTION,
    Letter.CORRECTED,
    Letter.DISCONTINUED,
)


def sample(letter: Letter, language: Language = "sv", stage: str = "") -> LetterFacts:
    """Facts such as casework gathers, about an invented council; `stage` is for warnings."""
    stage = stage or next(iter(stages_of(letter)))
    first = meant_for(letter, stage)[0]
    reader = Reader(
        name=NAMES.get(first.audience, "Eva Stormdal"),
        role=first.audience,
        language=language,
        in_copy=first.in_copy,
    )
    told = _TOLD[letter]
    facts: dict[str, Any] = {"charter": CHARTER, "group_key": GROUP_KEY, **told}
    today = _day_of(stage) if letter in EXPIRY_WARNINGS else facts.pop("today", TODAY)
    return LetterFacts(letter=letter, stage=stage, today=today, reader=reader, **facts)


def every() -> Iterator[tuple[Letter, str]]:
    """Every letter, an expiry warning once for each of its stages."""
    for letter in Letter:
        for stage in stages_of(letter):
            yield letter, stage


def stages_of(letter: Letter) -> tuple[str, ...]:
    """The stages a letter is sent at; a single empty one for what has none."""
    match letter:
        case Letter.RENEWAL:
            return STAGES[:-1]
        case Letter.LAST_CALL:
            return STAGES[-1:]
        case _:
            return ("",)


def _day_of(stage: str) -> date:
    count, unit = int(stage[:-1]), stage[-1]
    ahead = Ahead(months=count) if unit == "m" else Ahead(days=count)
    return before(ENDS_ON, ahead)


def _decided(**more: Any) -> AboutCharter:
    return CHARTER.model_copy(update=DECIDED | more)


_WAITING: dict[str, Any] = {
    "asked": Asked(round=1, content_hash=64 * "7", person=7),
    "presenter": "Sara Lindmark",
    "submitted_on": TODAY,
}
_DECIDE = (
    "mandat approve 3 --by johan.ekdal --no-conflict",
    'mandat send-back 3 --by johan.ekdal --reason "…"',
)
_UNDER_WAY = Successor(
    id=9, state=State.REVIEW, with_whom="Johan Ekdal", valid_from=ENDS_ON + timedelta(days=1)
)

_UNDELIVERED = Undelivered(
    letter=Letter.DISTRIBUTION,
    number=118,
    name="Åsa Nyberg",
    email="asa.nyberg@sjoviken.example",
    purpose="för genomförande och vidarebefordran till rådets ledamöter",
    reply="550 5.1.1 <asa.nyberg@sjoviken.example>: Recipient address rejected: User unknown",
)
_PILES = (
    Pile(
        what="gaps",
        in_all=2,
        first=(
            Pending(about="Samordningsrådet för syn", since=date(2026, 1, 5)),
            Pending(
                about="Samordningsgruppen för nära vård",
                since=date(2026, 5, 31),
                charter=7,
                with_whom="Mikael Sund",
            ),
        ),
    ),
    Pile(
        what="lapsing",
        in_all=3,
        first=(
            Pending(
                about="Uppdrag för hörselrådet",
                charter=2,
                through=date(2026, 8, 31),
            ),
            Pending(
                about="Uppdrag för programområdet psykisk hälsa",
                charter=4,
                through=date(2027, 3, 31),
            ),
        ),
    ),
    Pile(
        what="undecided",
        in_all=1,
        first=(
            Pending(
                about="Uppdrag för rådet för äldres hälsa",
                charter=8,
                since=date(2026, 5, 27),
                working_days=15,
                with_whom="Johan Ekdal",
            ),
        ),
    ),
    Pile(
        what="undistributed",
        in_all=1,
        first=(Pending(about=CHARTER.title, charter=3, since=date(2026, 6, 1), unreached=2),),
    ),
    Pile(
        what="undelivered",
        in_all=1,
        first=(Pending(about=CHARTER.title, charter=3, undelivered=_UNDELIVERED),),
    ),
)

_TOLD: dict[Letter, dict[str, Any]] = {
    Letter.DECISION_REQUEST: {
        **_WAITING,
        "to_do": ("mandat show 3", *_DECIDE, "mandat declare-conflict 3 --by johan.ekdal"),
        "by": "Sara Lindmark",
        "changes": CHANGES,
        "changes_in_full": IN_FULL,
        "in_force": InForce(
            title="Uppdrag för samordningsrådet för rehabilitering", ends_on=date(2026, 8, 31)
        ),
    },
    Letter.DECISION_REMINDER: {
        **_WAITING,
        "to_do": _DECIDE,
        "submitted_on": date(2026, 6, 12),
        "working_days_waiting": 3,
    },
    Letter.ESCALATION: {
        **_WAITING,
        "to_do": ("mandat show 3",),
        "submitted_on": date(2026, 6, 1),
        "working_days_waiting": 12,
        "others_told": ("Lena Hallberg", "Sara Lindmark"),
    },
    Letter.NOBODY_CAN_DECIDE: {
        "submitted_on": TODAY - timedelta(days=7),
        "reason": "Utvecklingsdirektör: innehavaren är jävig och ingen ersättare är utsedd.",
        "to_do": ("mandat show 3",),
    },
    Letter.OPINION_ASKED: {
        "by": "Sara Lindmark",
        "reason": "Är avgränsningen mot primärvården tydlig nog?",
        "changes": CHANGES,
        "to_do": ('mandat opinion 3 --by eva.stormdal --supports --statement "…"',),
    },
    Letter.OPINION_GIVEN: {
        "by": "Eva Stormdal",
        "supports": False,
        "statement": "Avgränsningen är tydlig.\n\nSkriv gärna ut vem som kallar till första mötet.",
        "to_do": ("mandat show 3",),
    },
    Letter.HANDED_OVER: {
        "by": "Sara Lindmark",
        "new_handler": "Mikael Sund",
        "reason": "Jag är tjänstledig från och med juli.",
        "to_do": ("mandat show 3",),
    },
    Letter.WITHDRAWN: {"by": "Sara Lindmark", "reason": "En ledamot ska bytas ut först."},
    Letter.SENT_BACK: {
        "by": "Johan Ekdal",
        "reason": "Det framgår inte till vem rådet rapporterar.",
        "to_do": (
            "mandat edit 3 … --by sara.lindmark",
            "mandat submit 3 --by sara.lindmark --no-conflict",
        ),
    },
    Letter.OUTCOME: {"charter": _decided(state=State.APPROVED), "by": "Johan Ekdal"},
    Letter.DISTRIBUTION: {
        "charter": _decided(state=State.APPROVED),
        "purpose": "för genomförande och vidarebefordran till rådets ledamöter",
        "changes": CHANGES,
    },
    Letter.DISTRIBUTION_INCOMPLETE: {
        "charter": _decided(state=State.APPROVED),
        "unreached": (
            Unreached(
                name="Åsa Nyberg",
                email="asa.nyberg@sjoviken.example",
                purpose="för genomförande",
                outcome="bounced",
            ),
            Unreached(name="Registraturen", email="registrator@sjoviken.example"),
        ),
        "to_do": ("mandat show 3",),
    },
    Letter.CORRECTED: {
        "charter": _decided(),
        "by": "Johan Ekdal",
        "reason": "Årtalet för första mötet var felskrivet.",
        "changes": Spoken(sv="”2062” är ändrat till ”2026”.", en="“2062” now reads “2026”."),
    },
    Letter.DRAFT_UNTOUCHED: {
        "charter": CHARTER.model_copy(update={"state": State.DRAFT}),
        "touched_on": TODAY - timedelta(days=14),
        "in_force": InForce(title="Uppdrag för rehabiliteringsrådet", ends_on=date(2026, 8, 31)),
        "to_do": ("mandat show 3", "mandat submit 3 --by sara.lindmark --no-conflict"),
    },
    Letter.FOLLOW_UP: {"charter": _decided(), "today": date(2027, 6, 17)},
    Letter.RENEWAL: {
        "charter": _decided(state=State.EXPIRING),
        "to_do": ("mandat renew samordningsradet-rehabilitering --by nils.brandt",),
    },
    Letter.LAST_CALL: {
        "charter": _decided(state=State.EXPIRING),
        "to_do": ("mandat renew samordningsradet-rehabilitering --by nils.brandt",),
    },
    Letter.EXPIRED: {
        "charter": _decided(state=State.EXPIRED),
        "today": ENDS_ON + timedelta(days=1),
        "successor": _UNDER_WAY,
        "to_do": ("mandat renew samordningsradet-rehabilitering --by nils.brandt",),
    },
    Letter.GAP: {
        "charter": None,
        "group": "Samordningsrådet för rehabilitering",
        "gap_since": date(2031, 6, 18),
        "today": date(2031, 7, 18),
        "to_do": ("mandat draft … --group samordningsradet-rehabilitering --by nils.brandt",),
    },
    Letter.DISCONTINUED: {
        "charter": _decided(),
        "by": "Johan Ekdal",
        "reason": "Rådets frågor hanteras sedan i våras av rådet för äldres hälsa.",
        "effective_day": date(2028, 1, 1),
        "taken_over_by": "Samordningsrådet för äldres hälsa",
    },
    Letter.UNDELIVERABLE: {
        "charter": _decided(state=State.APPROVED),
        "undelivered": _UNDELIVERED,
        "to_do": (
            'mandat outbox retry 118 --email … --by sara.lindmark --reason "…"',
            'mandat outbox reached-otherwise 118 --by sara.lindmark --how "…"',
        ),
    },
    Letter.STANDSTILL: {
        "charter": None,
        "standstill": Standstill(
            since=datetime(2026, 6, 17, 8, 12, tzinfo=SUMMER),
            reply="535 5.7.8 Authentication credentials invalid",
            waiting=41,
            again_at=datetime(2026, 6, 17, 10, 40, tzinfo=SUMMER),
        ),
        "to_do": ("mandat outbox list",),
    },
    Letter.ALARM: {
        "charter": None,
        "alarm": Alarm(
            cause="flow renewal-and-expiry",
            what=Spoken(
                sv="Körningen renewal-and-expiry har inte avslutats sedan 2026-06-16 06:20; den "
                "skulle ha gjort det efter 2026-06-17 06:20.",
                en="The flow renewal-and-expiry has not ended a run since 2026-06-16 06:20; it "
                "should have after 2026-06-17 06:20.",
            ),
            since=datetime(2026, 6, 16, 6, 20, tzinfo=SUMMER),
        ),
        "to_do": ("mandat check-config", "mandat calendar run", "mandat deliver"),
    },
    Letter.DIGEST: {
        "charter": None,
        "piles": _PILES,
        "to_do": ("mandat show 7", "mandat outbox show 118"),
    },
    Letter.LOGIN_CODE: {"charter": None, "login": LoginCode(code="482 913")},
}
