"""Answers from the ledger: why someone got a letter, and why a stage was not sent.

Only what is written is asked: the outbox, the attempts and the journal; and of what has not come
yet, the calendar.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from casework.matter import (
    Matter,
    NoSuchCharter,
    Sitting,
    decided_successor,
    look_at,
)
from casework.questions import charter_row
from casework.writing import SNOOZED
from models.tables import (
    Attempt,
    Charter,
    Group,
    Journal,
    Outbox,
    Person,
)
from notifications.recipients import WHY
from statemachine.calendar import Occasion, add_years
from statemachine.vocabulary import LIVING, Act, Audience, Fate, Letter, State
from statemachine.words import Refusal, Words, joined, plain

MOST = 50
"""Letters told of when a person is asked about, the latest first."""

Verdict = Literal["sent", "waiting", "unsent", "skipped", "stopped", "not_due", "never"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One letter, and why it was written and what came of it."""

    letter: int
    message_id: str
    what: Letter
    stage: str
    charter: int | None
    about: str | None
    to_name: str
    to_email: str
    role: Audience
    caused_by: str
    act: str | None
    written_on: date
    state: str
    sent_at: datetime | None
    attempts: tuple[str, ...]
    words: Words


@dataclass(frozen=True, slots=True)
class Reason:
    """One answer to why a stage was or was not sent; `day` is when that was so, or will be."""

    verdict: Verdict
    day: date | None
    words: Words


# fmt: off
FARED: dict[str, Words] = {
    "pending":    Words("Det väntar i utkorgen.", "It waits in the outbox."),
    "claimed":    Words("Det håller på att skickas.", "It is being sent."),
    "sending":    Words("Det håller på att skickas.", "It is being sent."),
    "sent":       Words("Det skickades {sent_at}; reläet svarade: {reply}.", "It was sent {sent_at}; the relay answered: {reply}."),
    "bounced":    Words("Det skickades {sent_at} men kom tillbaka: {reply}.", "It was sent {sent_at} but came back: {reply}."),
    "uncertain":  Words("Förbindelsen bröts medan det lämnades; om det kom fram vet ingen.", "The connection was lost while it was handed over; nobody knows whether it arrived."),
    "dead":       Words("Det gick inte fram: {reply}.", "It was not delivered: {reply}."),
    "suppressed": Words("Det skickades inte: adressen tar inte emot brev ({reply}).", "It was not sent: the address takes no letters ({reply})."),
    "cancelled":  Words("Det drogs in innan det skickades: {reply}", "It was called back before it was sent: {reply}"),
    "expired":    Words("Det hann inte skickas innan det inte längre gällde.", "It could not be sent before it no longer held."),
}
"""What came of a letter, by its state in the outbox."""

IN_THE_FOLDER = Words("Det skrevs till brevmappen {sent_at}, som {reply}; ingen e-postserver är inställd.", "It was written to the letter folder {sent_at}, as {reply}; no relay is set.")
"""What came of one that is sent, where no relay was asked."""

WAITING, SENT = ("pending", "claimed", "sending", "uncertain"), ("sent", "bounced")

REASONS: dict[str, Words] = {
    "past at the decision": Words("dagen hade redan passerat när uppdraget beslutades", "the day had already passed when the charter was decided"),
    "nobody to write to":   Words("det fanns ingen att skriva till", "there was nobody to write to"),
    SNOOZED:                Words("{to} hade skjutit upp sina förvarningar till {until}", "{to} had snoozed their expiry warnings until {until}"),
}
OVERTAKEN = Words("ett annat brev till samma läsare gick i stället ({by})", "another letter to the same reader went instead ({by})")
OVERTAKEN_BY_STATE = Words("uppdraget stod då redan som {by}", "the charter already stood as {by}")
# fmt: on

WRITTEN = Words(
    "Brev {id}, {letter}{stage}, om {about}, skrevs {day} till {name} ({email}), eftersom {why}.",
    "Letter {id}, {letter}{stage}, about {about}, was written on {day} to {name} ({email}), because "
    "{why}.",
)
IN_PLACE = Words(
    "{why}, och ingen var {role}, som det var avsett för",
    "{why}, and nobody was the {role}, whom it was meant for",
)
BY_AN_ACT = Words("{by} orsakade det genom att {act}.", "{by} caused it, by this act: {act}.")
BY_SOMEONE = Words("{by} orsakade det.", "{by} caused it.")
BY_THE_CALENDAR = Words(
    "Kalendern skrev det när dagen kom.", "The calendar wrote it when the day came."
)
LATER_TO = Words(
    " {name} har skjutit upp sina förvarningar till {until} och får den då.",
    " {name} has snoozed their expiry warnings until {until} and gets it then.",
)
NOBODY_CALLED = Words(
    "Det finns inget brev, ingen person och ingen adress som heter {what}. Ange ett brevs nummer "
    "eller Message-ID, eller en persons nyckel eller adress.",
    "There is no letter, person or address called {what}. Give a letter's number or Message-ID, or "
    "a person's key or address.",
)
NO_SUCH_STAGE = Words(
    "Nummer {id} har ingen påminnelse som heter {stage}. De som finns: {all}.",
    "Number {id} has no reminder called {stage}. There are: {all}.",
)


def why(connection: Connection, what: str, zone: ZoneInfo) -> list[Explained]:
    """The letter with this number or Message-ID, or the letters to this person or address.

    The latest first. Raises Refusal for what is none of these.
    """
    chosen, is_known = _letters_called(connection, what.strip())
    rows = connection.execute(
        select(
            Outbox,
            func.coalesce(Charter.title, Group.name).label("about"),
        )
        .outerjoin(Charter, Charter.id == Outbox.charter_id)
        .outerjoin(Group, Group.id == Outbox.group_id)
        .where(chosen)
        .order_by(Outbox.id.desc())
        .limit(MOST)
    ).all()
    if not rows and not is_known:
        raise Refusal(NOBODY_CALLED.about(what=what))
    return [_explained(connection, row, zone) for row in rows]


def _letters_called(connection: Connection, what: str) -> tuple[ColumnElement[bool], bool]:
    """Which letters are meant; and whether it names someone known, who may have got none."""
    if what.isdigit():
        return Outbox.id == int(what), False
    folded = what.casefold()
    bracketed = what if what.startswith("<") else f"<{what}>"
    person = connection.execute(
        select(Person.id, Person.email_folded).where(
            or_(Person.key == folded, Person.email_folded == folded)
        )
    ).first()
    theirs = Outbox.person_id == person.id if person is not None else Outbox.id.is_(None)
    address = person.email_folded if person is not None else folded
    return (
        or_(
            Outbox.message_id.in_((what, bracketed)),
            func.lower(Outbox.to_email) == address,
            theirs,
        ),
        person is not None,
    )


def _explained(connection: Connection, row: Row[Any], zone: ZoneInfo) -> Explained:
    reader = row.facts["reader"]
    role = Audience(reader["role"])
    cause = None if row.calendar else _cause(connection, row)
    tries = connection.execute(
        select(Attempt).where(Attempt.outbox_id == row.id).order_by(Attempt.id)
    ).all()
    by = row.facts.get("by") or (cause.name if cause is not None else None)
    return Explained(
        letter=row.id,
        message_id=row.message_id,
        what=Letter(row.letter),
        stage=row.stage,
        charter=row.charter_id,
        about=row.about,
        to_name=row.to_name,
        to_email=row.to_email,
        role=role,
        caused_by=by or "Kalendern",
        act=cause.act if cause is not None else None,
        written_on=row.day,
        state=row.state,
        sent_at=row.sent_at,
        attempts=tuple(_attempt(one, zone) for one in tries),
        words=joined((_written(row, role, reader), _caused(row, cause, by), _fared(row, zone))),
    )


def _written(row: Row[Any], role: Audience, reader: dict[str, Any]) -> Words:
    in_place_of = reader.get("in_place_of")
    why_role = WHY[role]
    if in_place_of:
        why_role = IN_PLACE.about(why=why_role, role=Audience(in_place_of).words)
    return WRITTEN.about(
        id=row.id,
        letter=Letter(row.letter).words,
        stage=f" ({row.stage})" if row.calendar and row.stage else "",
        about=_about(row),
        day=row.day,
        name=row.to_name,
        email=row.to_email,
        why=why_role,
    )


def _about(row: Row[Any]) -> Words:
    if row.charter_id is None:
        return plain(row.about or "–")
    return Words("nummer {id}, {title}", "number {id}, {title}").about(
        id=row.charter_id, title=row.about
    )


def _cause(connection: Connection, row: Row[Any]) -> Row[Any] | None:
    """The act that a letter came of: journalled at the very moment it was written."""
    about = (
        Journal.charter_id == row.charter_id
        if row.charter_id is not None
        else and_(Journal.charter_id.is_(None), Journal.group_id == row.group_id)
    )
    return connection.execute(
        select(Journal.name, Journal.act)
        .where(about, Journal.at == row.created_at, Journal.act != "skipped")
        .order_by(Journal.version.is_(None), Journal.id.desc())
        .limit(1)
    ).first()


def _caused(row: Row[Any], cause: Row[Any] | None, by: str | None) -> Words:
    if row.calendar or by is None:
        return BY_THE_CALENDAR
    if cause is None:
        return BY_SOMEONE.about(by=by)
    return BY_AN_ACT.about(by=by, act=_act(cause.act))


def _act(act: str) -> Words:
    try:
        return Act(act).words
    except ValueError:
        return plain(act)


def _fared(row: Row[Any], zone: ZoneInfo) -> Words:
    written = row.state == Fate.SENT and row.code is None
    return (IN_THE_FOLDER if written else FARED[row.state]).about(
        sent_at=_moment(row.sent_at, zone), reply=" ".join((row.reply or "–").split())
    )


def _attempt(row: Row[Any], zone: ZoneInfo) -> str:
    return " ".join(
        str(part) for part in (_moment(row.at, zone), row.result, row.code, row.reply) if part
    )


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at is not None else "–"


# --- why not --------------------------------------------------------------------------------------


def why_not(connection: Connection, charter_id: int, stage: str, at: Sitting) -> list[Reason]:
    """What became of one of a charter's reminders: sent, skipped, stopped, or not due yet.

    Raises NoSuchCharter, or Refusal for a stage that this charter has not and will not have.
    """
    row = charter_row(connection, charter_id)
    if row is None:
        raise NoSuchCharter(charter_id)
    zone = at.settings.timezone
    found = [*_letters_of_stage(connection, row, stage, zone), *_skips(connection, row, stage)]
    if found:
        return found
    return [_not_yet(connection, row, stage, at)]


def _letters_of_stage(
    connection: Connection, row: Row[Any], stage: str, zone: ZoneInfo
) -> Iterator[Reason]:
    letters = connection.execute(
        select(Outbox)
        .where(Outbox.charter_id == row.id, Outbox.stage == stage, Outbox.calendar)
        .order_by(Outbox.id)
    )
    for one in letters:
        verdict: Verdict = (
            "sent" if one.state in SENT else "waiting" if one.state in WAITING else "unsent"
        )
        words = Words(
            "{letter} {stage} skrevs {day} till {name} ({email}).",
            "{letter} {stage} was written on {day} to {name} ({email}).",
        ).about(
            letter=_capital(Letter(one.letter).words),
            stage=one.stage,
            day=one.day,
            name=one.to_name,
            email=one.to_email,
        )
        yield Reason(verdict, one.day, joined((words, _fared(one, zone))))


def _skips(connection: Connection, row: Row[Any], stage: str) -> Iterator[Reason]:
    entries = connection.execute(
        select(Journal.day, Journal.reason, Journal.details)
        .where(Journal.charter_id == row.id, Journal.act == "skipped")
        .order_by(Journal.id)
    )
    for one in entries:
        if one.details.get("stage") == stage:
            words = Words(
                "{letter} {stage}, som skulle gå {due}, hoppades över {day}: {reason}.",
                "{letter} {stage}, due on {due}, was skipped on {day}: {reason}.",
            ).about(
                letter=_capital(Letter(one.details["letter"]).words),
                stage=stage,
                due=one.details["due"],
                day=one.day,
                reason=reason_in_words(one.reason, one.details),
            )
            yield Reason("skipped", one.day, words)


def reason_in_words(kept: str | None, details: dict[str, Any]) -> Words:
    """A reason as it is journalled, as a person says it."""
    if kept in REASONS:
        return REASONS[kept].about(**details)
    by = (kept or "").removeprefix("overtaken by ")
    if by in set(Letter):
        return OVERTAKEN.about(by=Letter(by).words)
    if by in set(State):
        return OVERTAKEN_BY_STATE.about(by=State(by).words)
    return plain(kept or "–")


def _not_yet(connection: Connection, row: Row[Any], stage: str, at: Sitting) -> Reason:
    """Nothing is written of it: it is stopped, or its day has not come."""
    matter = looked_up(connection, row.id, at)
    stopped = _stopped(matter)
    unstopped = list(_stages(matter, row, stops=False))
    known = {one for one, _ in unstopped}
    if stage not in known:
        names = ", ".join(dict.fromkeys(one for one, _ in unstopped)) or "–"
        raise Refusal(NO_SUCH_STAGE.about(id=row.id, stage=stage, all=names))
    day = dict(unstopped)[stage]
    if stopped is not None and stage not in {one for one, _ in _stages(matter, row, stops=True)}:
        return Reason(
            "stopped",
            day,
            Words(
                "{stage} skulle ha gått {day}, men skickas inte: {why}.",
                "{stage} would have gone on {day}, but is not sent: {why}.",
            ).about(stage=stage, day=day, why=stopped),
        )
    if row.state not in LIVING and row.state not in (State.DRAFT, State.REVIEW):
        return Reason(
            "never",
            None,
            Words(
                "{stage} skickades aldrig: nummer {id} står som {state}.",
                "{stage} was never sent: number {id} stands as {state}.",
            ).about(stage=stage, id=row.id, state=State(row.state).words),
        )
    if day <= matter.today and row.wake_on is not None:
        return Reason(
            "not_due",
            row.wake_on,
            Words(
                "{stage} blev aktuell {day} men är ännu inte skriven: kalendern ser på nummer {id} "
                "{wakes}.",
                "{stage} fell due on {day} but is not yet written: the calendar looks at number "
                "{id} on {wakes}.",
            ).about(stage=stage, day=day, id=row.id, wakes=row.wake_on),
        )
    return Reason(
        "not_due",
        day,
        Words(
            "{stage} är inte aktuell än: den går {day}, om inget kommer emellan.{later}",
            "{stage} is not due yet: it goes on {day}, unless something comes between.{later}",
        ).about(stage=stage, day=day, later=_later_to(matter, stage, day)),
    )


def _later_to(matter: Matter, stage: str, day: date) -> Words:
    """Those who have asked to be warned of it later, as sentences; nothing when nobody has."""
    warning = Occasion(day, Letter.RENEWAL, stage)
    is_early = stage in {ahead.name for ahead in matter.calendar.cadence.renewal_stages}
    is_early = is_early and matter.calendar.may_be_snoozed(warning, matter.charter.ends_on)
    asked = [
        (one.name, snooze.until)
        for snooze in matter.snoozes
        if is_early and snooze.covers(day) and (one := matter.people.person(snooze.person))
    ]
    return joined((LATER_TO.about(name=name, until=until) for name, until in asked), by="")


def looked_up(connection: Connection, charter_id: int, at: Sitting) -> Matter:
    """A charter as the calendar would take it up, only to be looked at. Raises NoSuchCharter."""
    return look_at(connection, charter_id, at.by_the_calendar())


def _stages(matter: Matter, row: Row[Any], *, stops: bool) -> Iterator[tuple[str, date]]:
    """The stages of the charter as it stands, and their days; unless `stops`, also those stopped."""
    standing = matter.standing
    if not stops:
        state = standing.state if standing.state not in _OVER else State.EXPIRING
        standing = replace(standing, state=state, successor_decided=False, discontinue_on=None)
    far = add_years(max(row.ends_on or matter.today, matter.today), 1)
    for due in matter.calendar.occasions(standing, since=date.min, today=far):
        if isinstance(due.what, Letter) and due.stage and due.only_to is None:
            yield due.stage, due.on


_OVER = (State.EXPIRED, State.SUPERSEDED, State.DISCONTINUED)


def _stopped(matter: Matter) -> Words | None:
    """What has stopped a charter's reminders, if anything has."""
    row = matter.charter
    successor = decided_successor(row, matter.siblings) or _later(matter)
    if successor is not None:
        return Words(
            "efterföljaren, nummer {id}, beslutades {day}",
            "its successor, number {id}, was decided on {day}",
        ).about(id=successor.id, day=successor.decided_on)
    if row.discontinue_on is not None:
        return Words(
            "det är beslutat att uppdraget upphör {day}",
            "it is decided that the charter ends on {day}",
        ).about(day=row.discontinue_on)
    return None


def _later(matter: Matter) -> Any | None:
    """A charter decided after this one, and over by now."""
    row = matter.charter
    later: Sequence[Any] = [
        one
        for one in matter.siblings
        if one.decided_on is not None
        and one.valid_from is not None
        and row.valid_from is not None
        and one.valid_from > row.valid_from
    ]
    return later[0] if later else None


def _capital(words: Words) -> Words:
    return Words(words.sv[:1].upper() + words.sv[1:], words.en[:1].upper() + words.en[1:])
