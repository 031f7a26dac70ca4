"""Snoozing: someone wants the warnings of a charter's coming end later, with a reason.

Only their own, only the early ones: close to the end everyone is warned.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from casework.matter import Matter, Sitting, open_matter, snoozes_of
from casework.questions import CHARTER
from casework.writing import look_ahead_again, note
from models.tables import Charter, Group, Person, SnoozeAsked
from statemachine.calendar import DAY
from statemachine.vocabulary import LIVING, Role
from statemachine.words import Refusal, Words

SNOOZE, END_SNOOZE = "snooze", "end-snooze"
"""What the journal calls each."""

MAY_SNOOZE = (Role.COORDINATOR, Role.HANDLER)


class NotSnoozed(Refusal):
    """Nothing was put off, and why."""


@dataclass(frozen=True, slots=True)
class Snoozed:
    """Whose warnings of which charter come again when, and in words."""

    charter_id: int
    until: date
    said: Words


NOT_FOR_YOU = Words(
    "{name} kan inte skjuta upp förvarningarna för nummer {id}. Det är en sak för gruppens "
    "koordinator och för handläggaren, och bara för egen del.",
    "{name} cannot snooze the expiry warnings of number {id}. That is for the group's coordinator "
    "and for the handler, and only for themselves.",
)
SAY_WHY = Words("Ange ett skäl.", "Give a reason.")
NO_WARNINGS = Words(
    "Nummer {id} står som {state}, och det kommer inga förvarningar att skjuta upp.",
    "Number {id} stands as {state}, and there are no expiry warnings to snooze.",
)
NONE_TO_COME = Words(
    "Det kommer inga fler förvarningar för nummer {id}: en efterföljare är beslutad, eller så ska "
    "uppdraget upphöra.",
    "No more expiry warnings come for number {id}: a successor is decided, or the charter is to be "
    "discontinued.",
)
TOO_CLOSE = Words(
    "Nummer {id} gäller t.o.m. {ends_on}. Så nära slutet går förvarningarna till alla.",
    "Number {id} is in force through {ends_on}. So close to the end everyone is warned.",
)
NOT_THAT_LONG = Words(
    "Ange en dag efter i dag och senast {latest}.",
    "Give a day after today, at the latest {latest}.",
)
ALREADY = Words(
    "{name} har redan skjutit upp förvarningarna till {until}. Avsluta det först.",
    "{name} has already snoozed the expiry warnings until {until}. End that first.",
)
NOT_SNOOZED = Words(
    "{name} har inte skjutit upp några förvarningar för nummer {id}.",
    "{name} has snoozed no expiry warnings of number {id}.",
)
NO_CHARTER = Words(
    "{group} har inget uppdrag som gäller eller ska börja gälla.",
    "{group} has no charter in force or to come.",
)
UNTIL = Words(
    "{name} får inga förvarningar om nummer {id} före {until}.",
    "{name} gets no expiry warnings of number {id} before {until}.",
)
ENDED = Words(
    "{name} får åter förvarningar om nummer {id} från {until}.",
    "{name} gets expiry warnings of number {id} again from {until}.",
)


def snooze(
    connection: Connection, charter_id: int, *, at: Sitting, until: date, reason: str
) -> Snoozed:
    """Send whoever acts no early warnings of this charter's coming end before `until`.

    Then the latest that has fallen due comes. Others get theirs.

    Raises NotSnoozed with every reason not to; NoSuchCharter.
    """
    matter = open_matter(connection, charter_id, at)
    role = _role(matter)
    reasons = tuple(_reasons_not_to(matter, until, reason))
    if reasons:
        raise NotSnoozed(*reasons)
    assert at.by is not None
    connection.execute(
        insert(SnoozeAsked).values(
            charter_id=charter_id,
            person_id=at.by.id,
            reason=reason.strip(),
            from_=at.today,
            until=until,
            asked_at=at.now,
        )
    )
    _look_ahead(matter)
    note(matter, SNOOZE, role, reason=reason.strip(), details={"until": until.isoformat()})
    return Snoozed(charter_id, until, UNTIL.about(name=at.by.name, id=charter_id, until=until))


def end_snooze(connection: Connection, charter_id: int, *, at: Sitting) -> Snoozed:
    """Have warnings come again from tomorrow to whoever acts, and what was kept back then.

    Raises NotSnoozed; NoSuchCharter.
    """
    matter = open_matter(connection, charter_id, at)
    name = at.by.name if at.by else "–"
    mine = _theirs(matter)
    if mine is None:
        raise NotSnoozed(NOT_SNOOZED.about(name=name, id=charter_id))
    again = at.today + DAY
    connection.execute(update(SnoozeAsked).where(SnoozeAsked.id == mine.id).values(until=again))
    _look_ahead(matter)
    # Whoever asked for it ends it, in whatever role they are now.
    role = next((one for one in MAY_SNOOZE if matter.plays(one)), Role.COORDINATOR)
    details = {"until": again.isoformat(), "was": mine.until.isoformat()}
    note(matter, END_SNOOZE, role, reason=None, details=details)
    return Snoozed(charter_id, again, ENDED.about(name=name, id=charter_id, until=again))


def snooze_at_most_until(matter: Matter) -> date | None:
    """The latest day that whoever looks at this charter may snooze it until; None if they may not.

    For showing the button; the act judges anew.
    """
    if not any(matter.plays(role) for role in MAY_SNOOZE) or _theirs(matter) is not None:
        return None
    if next(_no_warnings(matter), None) is not None:
        return None
    return matter.calendar.snooze_at_most_until(matter.charter.ends_on, matter.today)


def snoozes_on(
    connection: Connection, day: date, *, person_id: int | None = None
) -> list[Row[Any]]:
    """The snoozes that run on a day, of one person or of all, the first to end on top.

    Each with `charter_id`, `until`, `reason`, `from_`, the charter's `title`, its `group_name`, and
    the person's `name`.
    """
    query = (
        select(
            SnoozeAsked,
            Charter.title,
            Group.name.label("group_name"),
            Group.key.label("group_key"),
            Person.name,
        )
        .join(Charter, Charter.id == SnoozeAsked.charter_id)
        .join(Person, Person.id == SnoozeAsked.person_id)
        .outerjoin(Group, Group.id == Charter.group_id)
        .where(SnoozeAsked.from_ <= day, SnoozeAsked.until > day, Charter.state.in_(LIVING))
        .order_by(SnoozeAsked.until, SnoozeAsked.id)
    )
    if person_id is not None:
        query = query.where(SnoozeAsked.person_id == person_id)
    return list(connection.execute(query))


def charter_to_snooze(connection: Connection, group: Any) -> int:
    """The charter whose end a group is warned of: the one of its living that ends first.

    Raises NotSnoozed when it has none.
    """
    found = connection.scalar(
        select(Charter.id)
        .where(Charter.group_id == group.id, Charter.kind == CHARTER, Charter.state.in_(LIVING))
        .order_by(Charter.ends_on, Charter.id)
        .limit(1)
    )
    if found is None:
        raise NotSnoozed(NO_CHARTER.about(group=group.name))
    return int(found)


def _role(matter: Matter) -> Role:
    for role in MAY_SNOOZE:
        if matter.plays(role):
            return role
    name = matter.by.name if matter.by else "–"
    raise NotSnoozed(NOT_FOR_YOU.about(name=name, id=matter.charter.id))


def _reasons_not_to(matter: Matter, until: date, reason: str) -> Any:
    if not reason.strip():
        yield SAY_WHY
    if (none := next(_no_warnings(matter), None)) is not None:
        yield none
        return
    latest = matter.calendar.snooze_at_most_until(matter.charter.ends_on, matter.today)
    if not matter.today < until <= latest:
        yield NOT_THAT_LONG.about(latest=latest)
    if (mine := _theirs(matter)) is not None:
        name = matter.by.name if matter.by else "–"
        yield ALREADY.about(name=name, until=mine.until)


def _no_warnings(matter: Matter) -> Any:
    """Why there is nothing to snooze, if that is so."""
    row, stands = matter.charter, matter.standing
    if matter.state not in LIVING or row.ends_on is None:
        yield NO_WARNINGS.about(id=row.id, state=matter.state.words)
    elif stands.successor_decided or stands.ends_by_discontinuance:
        yield NONE_TO_COME.about(id=row.id)
    elif matter.calendar.snooze_at_most_until(row.ends_on, matter.today) <= matter.today:
        yield TOO_CLOSE.about(id=row.id, ends_on=row.ends_on)


def _theirs(matter: Matter) -> Row[Any] | None:
    """The snooze of this charter that whoever acts has today."""
    return matter.connection.execute(
        select(SnoozeAsked).where(
            SnoozeAsked.charter_id == matter.charter.id,
            SnoozeAsked.person_id == (matter.by.id if matter.by else None),
            SnoozeAsked.from_ <= matter.today,
            SnoozeAsked.until > matter.today,
        )
    ).first()


def _look_ahead(matter: Matter) -> None:
    """Set the calendar's next look anew, with the snoozes as they now are."""
    now = snoozes_of(matter.connection, [matter.charter.id]).get(matter.charter.id, ())
    look_ahead_again(replace(matter, snoozes_read=now))
