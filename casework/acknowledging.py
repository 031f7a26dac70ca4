"""Acknowledging: a reader on a distribution list says, by their own act, that they have read it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from casework.matter import Matter, Sitting, open_matter
from casework.writing import note
from models.directory import Someone
from models.tables import Charter, Recipient
from statemachine.vocabulary import DECIDED, LIVING, Role
from statemachine.words import Refusal, Words

ACKNOWLEDGE = "acknowledge"
"""What the journal calls it."""


class NotAcknowledged(Refusal):
    """Nothing was noted, and why."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What was noted: of which charter, on which lines of its list, and in words."""

    charter_id: int
    lines: tuple[int, ...]
    said: Words


NOT_DECIDED = Words(
    "Nummer {id} är inte beslutat, och har ingen sändlista att bekräfta.",
    "Number {id} is not decided, and has no distribution list to acknowledge on.",
)
NOT_LISTED = Words(
    "{name} står inte på sändlistan för nummer {id}. Bara den som står där bekräftar, och bara "
    "för egen del.",
    "{name} is not on the distribution list of number {id}. Only those on it acknowledge, and only "
    "for themselves.",
)
ALREADY = Words(
    "{name} bekräftade redan {day} att nummer {id} är läst.",
    "{name} already acknowledged on {day} having read number {id}.",
)
NOTED = Words("{name} har läst nummer {id}: {title}.", "{name} has read number {id}: {title}.")


def acknowledge(connection: Connection, charter_id: int, *, at: Sitting) -> Acknowledged:
    """Note that whoever acts has read a decided charter that they are on the list of.

    How the letter fared does not matter: it may wait, have bounced, or have been given up. Whoever
    comes by it by an address on the list that is theirs is on it too.

    Raises NotAcknowledged for others, and for a second time; NoSuchCharter.
    """
    matter = open_matter(connection, charter_id, at)
    name = at.by.name if at.by else "–"
    if matter.state not in DECIDED:
        raise NotAcknowledged(NOT_DECIDED.about(id=charter_id))
    mine = connection.execute(
        select(Recipient).where(*_lines_of_theirs(matter)).order_by(Recipient.place)
    ).all()
    if not mine:
        raise NotAcknowledged(NOT_LISTED.about(name=name, id=charter_id))
    unread = [line for line in mine if line.acknowledged_at is None]
    if not unread:
        first = min(line.acknowledged_at for line in mine)
        day = first.astimezone(at.settings.timezone).date()
        raise NotAcknowledged(ALREADY.about(name=name, id=charter_id, day=day))
    connection.execute(
        update(Recipient)
        .where(Recipient.id.in_([line.id for line in unread]))
        .values(acknowledged_at=at.now)
    )
    lines = tuple(line.place for line in unread)
    method = at.authenticated.method if at.authenticated else None
    details = {"lines": list(lines), "authentication": method}
    note(matter, ACKNOWLEDGE, Role.RECIPIENT, reason=None, details=details)
    said = NOTED.about(name=name, id=charter_id, title=matter.charter.title)
    return Acknowledged(charter_id, lines, said)


def to_acknowledge(connection: Connection, someone: Someone, most: int = 5) -> list[Row[Any]]:
    """The living charters sent to someone that they have not acknowledged, the latest first."""
    return list(
        connection.execute(
            select(Charter.id, Charter.title)
            .join(Recipient, Recipient.charter_id == Charter.id)
            .where(
                Recipient.person_id == someone.id,
                Recipient.acknowledged_at.is_(None),
                Charter.state.in_(LIVING),
            )
            .order_by(Charter.id.desc())
            .limit(most)
            .distinct()
        )
    )


def is_to_acknowledge(matter: Matter) -> bool:
    """Whether whoever looks at this charter is on its list, and has not said they have read it."""
    if matter.by is None or matter.state not in DECIDED:
        return False
    unread = select(Recipient.id).where(
        *_lines_of_theirs(matter), Recipient.acknowledged_at.is_(None)
    )
    return matter.connection.execute(unread.limit(1)).first() is not None


def _lines_of_theirs(matter: Matter) -> tuple[Any, ...]:
    """The condition for the lines on the list of whoever acts."""
    me = matter.by.id if matter.by else None
    email = (matter.by.email or "").lower() if matter.by else ""
    by_address = and_(Recipient.person_id.is_(None), func.lower(Recipient.email) == email)
    return (
        Recipient.charter_id == matter.charter.id,
        or_(Recipient.person_id == me, by_address) if email else Recipient.person_id == me,
    )
