"""The journal in words: who did what, in what role, when and why; and the letters that went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from casework.acknowledging import ACKNOWLEDGE
from casework.answers.explain import reason_in_words
from casework.mending import CANCEL, GIVE_UP, REACHED_OTHERWISE, RETRY
from casework.snoozing import END_SNOOZE, SNOOZE
from casework.undelivered import ACT as UNDELIVERED
from models.tables import Journal, Outbox
from statemachine.vocabulary import Act, Fate, Letter, Role, Spoken, State
from statemachine.words import Words, joined, plain


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal, as a person tells it."""

    at: datetime
    who: str
    role: Words | None
    what: Words
    why: Words | None
    becomes: Words | None
    """Where the charter came to stand, when that changed."""


@dataclass(frozen=True, slots=True)
class LetterSent:
    """A letter about a charter, and what has become of it."""

    number: int
    what: Words
    stage: Words | None
    to_name: str
    to_email: str
    written: Any
    sent_at: datetime | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class Some:
    """The latest of many, and how many there are in all."""

    shown: tuple[Any, ...]
    in_all: int


# fmt: off
DID: dict[Act, Words] = {
    Act.DRAFT:            Words("påbörjade utkastet", "began the draft"),
    Act.RENEW:            Words("påbörjade en förnyelse", "began a renewal"),
    Act.RECORD:           Words("registrerade ett tidigare beslut", "recorded an earlier decision"),
    Act.EDIT:             Words("ändrade texten", "changed the text"),
    Act.HAND_OVER:        Words("lämnade över ärendet", "handed the case over"),
    Act.SUBMIT:           Words("skickade för beslut", "submitted it for decision"),
    Act.ABANDON:          Words("lade ned utkastet", "abandoned the draft"),
    Act.ASK_OPINION:      Words("bad om yttrande", "asked for an opinion"),
    Act.OPINION:          Words("yttrade sig", "gave an opinion"),
    Act.WITHDRAW:         Words("återkallade ärendet", "withdrew the case"),
    Act.SEND_BACK:        Words("återlämnade ärendet", "sent the case back"),
    Act.DECLARE_CONFLICT: Words("anmälde jäv", "declared a conflict of interest"),
    Act.APPROVE:          Words("fastställde", "approved it"),
    Act.DISTRIBUTE:       Words("expedierade, sedan alla på sändlistan hade nåtts", "distributed it, once everyone on the list was reached"),
    Act.ENTER_RENEWAL:    Words("öppnade tiden för förnyelse", "opened the time for renewal"),
    Act.CORRECT:          Words("rättade skrivfel", "corrected clerical errors"),
    Act.SUPERSEDE:        Words("lät en efterföljare ta vid", "let a successor take over"),
    Act.EXPIRE:           Words("lät uppdraget löpa ut", "let it expire"),
    Act.DISCONTINUE:      Words("beslutade om avveckling", "decided to discontinue it"),
}
"""What someone did, as the journal tells it."""

ENDED = Words("lät uppdraget upphöra, som beslutat", "let it end, as decided")
SUPPORTS, HAS_REMARKS = Words("tillstyrkte", "supported it"), Words("lämnade synpunkter", "had remarks")
RETRIED = Words("skickade brev {number} igen, till {to}", "sent letter {number} again, to {to}")
CANCELLED = Words("ställde in brev {number} till {to}", "cancelled letter {number} to {to}")
REACHED = Words("antecknade att {to} är nådd på annat sätt", "noted that {to} was reached otherwise")
GAVE_UP = Words("antecknade att {to} inte går att nå", "noted that {to} cannot be reached")
DID_NOT_ARRIVE = Words("brev {number} ({letter}) till {to} kom inte fram", "letter {number} ({letter}) to {to} did not arrive")
ACKNOWLEDGED = Words("bekräftade att handlingen är läst", "acknowledged having read it")
SKIPPED = Words("{letter}{stage}, som skulle ha gått {due}, skickades inte", "{letter}{stage}, due on {due}, was not sent")
ENDS_EARLIER = Words("slutar gälla {day}: nummer {by} tar vid", "ends on {day}: number {by} takes over")
SNOOZED = Words("vill ha förvarningarna först {until}", "wants the expiry warnings no sooner than {until}")
ENDED_SNOOZE = Words("vill ha förvarningarna igen", "wants the expiry warnings again")
PUT_OFF = Words("ser på den igen i morgon, för något gick fel", "looks at it again tomorrow, since something went wrong")
# fmt: on

OTHERWISE: dict[str, Callable[[Mapping[str, Any]], Words]] = {
    RETRY: lambda about: RETRIED.about(number=about["number"], to=about["to"]),
    CANCEL: lambda about: CANCELLED.about(number=about["number"], to=about["to"]),
    REACHED_OTHERWISE: lambda about: REACHED.about(to=about["to"]),
    GIVE_UP: lambda about: GAVE_UP.about(to=about["to"]),
    UNDELIVERED: lambda about: DID_NOT_ARRIVE.about(
        number=about["number"], letter=word(Letter, about["letter"]), to=about["to"]
    ),
    ACKNOWLEDGE: lambda _about: ACKNOWLEDGED,
    "skipped": lambda about: SKIPPED.about(
        letter=_capital(word(Letter, about["letter"])),
        stage=_after_a_space(stage_in_words(about["stage"])),
        due=about["due"],
    ),
    "ends-earlier": lambda about: ENDS_EARLIER.about(
        day=about["ends_on"][1], by=about["successor"]
    ),
    SNOOZE: lambda about: SNOOZED.about(until=about["until"]),
    END_SNOOZE: lambda _about: ENDED_SNOOZE,
    "put-off": lambda _about: PUT_OFF,
}
"""What the journal tells of that is no act on a charter, by what it calls it."""


def events_of(connection: Connection, charter_id: int, *, most: int | None) -> Some:
    """The latest of what has happened to a charter, the latest first; all when `most` is None."""
    rows = connection.execute(
        select(Journal, func.count().over().label("in_all"))
        .where(Journal.charter_id == charter_id)
        .order_by(Journal.id.desc())
        .limit(most)
    ).all()
    return _some(rows, _event)


def letters_about(connection: Connection, charter_id: int, *, most: int | None) -> Some:
    """The latest letters about a charter, the latest first; all when `most` is None."""
    rows = connection.execute(
        select(
            Outbox.id,
            Outbox.letter,
            Outbox.stage,
            Outbox.calendar,
            Outbox.to_name,
            Outbox.to_email,
            Outbox.day,
            Outbox.sent_at,
            Outbox.state,
            func.count().over().label("in_all"),
        )
        .where(Outbox.charter_id == charter_id)
        .order_by(Outbox.id.desc())
        .limit(most)
    ).all()
    return _some(rows, _letter)


def _some(rows: Sequence[Row[Any]], told: Callable[[Row[Any]], Any]) -> Some:
    return Some(tuple(map(told, rows)), rows[0].in_all if rows else 0)


def _event(row: Row[Any]) -> Event:
    by_the_calendar = row.role == Role.CALENDAR
    return Event(
        row.at,
        row.name,
        None if by_the_calendar else word(Role, row.role),
        _what(row),
        reason_in_words(row.reason, row.details) if row.reason else _answer(row),
        word(State, row.becomes) if row.becomes and row.becomes != row.stood else None,
    )


def _what(row: Row[Any]) -> Words:
    if row.act in OTHERWISE:
        return OTHERWISE[row.act](row.details)
    if row.act == Act.OPINION and row.details.get("supports") is not None:
        return SUPPORTS if row.details["supports"] else HAS_REMARKS
    if row.act == Act.DISCONTINUE and row.role == Role.CALENDAR:
        return ENDED
    return DID[Act(row.act)] if row.act in DID else plain(row.act)


def _answer(row: Row[Any]) -> Words | None:
    """What was answered to the warning at submission, where no reason was given."""
    answer = row.details.get("answer") if row.act == Act.SUBMIT else None
    return plain(answer) if answer else None


def _letter(row: Row[Any]) -> LetterSent:
    return LetterSent(
        row.id,
        word(Letter, row.letter),
        stage_in_words(row.stage) if row.calendar else None,
        row.to_name,
        row.to_email,
        row.day,
        row.sent_at,
        Fate(row.state),
    )


def word(kind: type[Spoken], kept: str) -> Words:
    """A kept word as people say it; one of an earlier day that is not known stands as it is."""
    try:
        return kind(kept).words
    except ValueError:
        return plain(kept)


# fmt: off
_STAGES: tuple[tuple[str, Words], ...] = (
    ("m",     Words("{n} månader före sista dagen", "{n} months before the last day")),
    ("d",     Words("{n} dagar före sista dagen", "{n} days before the last day")),
    ("wd",    Words("efter {n} arbetsdagar", "after {n} working days")),
    ("year",  Words("år {n}", "year {n}")),
    ("month", Words("månad {n}", "month {n}")),
)
# fmt: on
ONE_MONTH = Words("en månad före sista dagen", "one month before the last day")
FIRST_TIME = Words("första gången", "the first time")
AND_A_WEEK = Words("och en vecka", "and a week")
AND_WEEKS = Words("och {n} veckor", "and {n} weeks")
A_WEEK_LATER = Words("en vecka senare", "a week later")
WEEKS_LATER = Words("{n} veckor senare", "{n} weeks later")


def stage_in_words(stage: str) -> Words | None:
    """Which of a letter's occasions it is, as people say it: `3m` is three months ahead.

    None where there is only one, or where its day says it already.
    """
    if stage == "1m":
        return ONE_MONTH
    if stage.startswith("week "):
        early = {"week 0": FIRST_TIME, "week 1": A_WEEK_LATER}
        return early.get(stage) or WEEKS_LATER.about(n=stage.removeprefix("week "))
    for sign, words in _STAGES:
        number = stage.removesuffix(sign) if len(sign) == 1 else stage.removeprefix(sign)
        if number != stage and number.strip().isdecimal():
            return words.about(n=number.strip())
    days, _, weeks = stage.removeprefix("wd").partition("+")
    if stage.startswith("wd") and days.isdecimal() and weeks.endswith("w"):
        more = AND_A_WEEK if weeks == "1w" else AND_WEEKS.about(n=weeks.removesuffix("w"))
        return joined((_STAGES[2][1].about(n=days), more))
    return None


def _after_a_space(words: Words | None) -> Words:
    return plain("") if words is None else Words(f" {words.sv}", f" {words.en}")


def _capital(words: Words) -> Words:
    return Words(words.sv[:1].upper() + words.sv[1:], words.en[:1].upper() + words.en[1:])
