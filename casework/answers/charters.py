"""One charter, as its own page asks for it: whom it names, and who may do what to it today."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased

from casework.answers.possible import possible_acts
from casework.answers.waiting import NO_ROUND, Waiting, rounds, waits
from casework.drafting import latest_decided
from casework.matter import Matter, decided_successor, open_successor, sibling
from casework.papers import PDF
from models.tables import Charter, Group, Office, Person
from statemachine.vocabulary import LIVING, Act, Duty, Paper, Seat, State


@dataclass(frozen=True, slots=True)
class Named:
    """Whom and what a charter names, by name."""

    group: str | None
    group_key: str | None
    office: str | None
    handler: str | None
    commissioner: str | None


_COMMISSIONER = aliased(Person)
_NAMED = (
    select(Group.name, Group.key, Office.name, Person.name, _COMMISSIONER.name)
    .select_from(Charter)
    .outerjoin(Group, Group.id == Charter.group_id)
    .outerjoin(Office, Office.id == Charter.office_id)
    .outerjoin(Person, Person.id == Charter.handler_id)
    .outerjoin(_COMMISSIONER, _COMMISSIONER.id == Charter.commissioner_id)
)


def named_in(connection: Connection, charter_id: int) -> Named:
    """Whom and what a charter names."""
    return Named(*connection.execute(_NAMED.where(Charter.id == charter_id)).one())


def open_acts(matter: Matter) -> tuple[Act, ...]:
    """What whoever looks at this charter may set out to do today: to it, or to renew it.

    Whether each may be carried through is judged when it is done.
    """
    if matter.by is None:
        return ()
    found = list(possible_acts(matter))
    if matter.charter.discontinue_on is not None and Act.DISCONTINUE in found:
        found.remove(Act.DISCONTINUE)
    if _has_answered(matter) and Act.OPINION in found:
        found.remove(Act.OPINION)
    if may_renew(matter):
        found.append(Act.RENEW)
    return tuple(found)


def _has_answered(matter: Matter) -> bool:
    me = matter.by.id if matter.by else None
    return any(one.reviewer_id == me and one.given_at is not None for one in matter.opinions)


def may_renew(matter: Matter) -> bool:
    """Whether whoever looks may begin a renewal of this very charter today."""
    latest = latest_decided((*matter.siblings, sibling(matter.charter)))
    if matter.by is None or latest is None or latest.id != matter.charter.id:
        return False
    if open_successor(matter.siblings) is not None or matter.standing.group_is_discontinued:
        return False
    me = matter.by.id
    writers = (
        *matter.people.on_duty(Duty.HANDLER),
        *matter.people.seated(matter.group_id, Seat.COORDINATOR),
    )
    return any(one.id == me for one in writers)


def for_whom_it_waits(matter: Matter, handler: str | None) -> Waiting | None:
    """For whom the charter waits today; None when only for its days to come."""
    row = matter.charter
    said = rounds(matter.connection, [row.id]).get(row.id) if row.state == State.REVIEW else None
    return waits(
        matter.people,
        row,
        matter.calendar,
        handler=handler,
        said=said or NO_ROUND,
        unreached=matter.outcomes_missing if row.state in LIVING else 0,
        to_renew=is_left_to_lapse(matter),
    )


def is_left_to_lapse(matter: Matter) -> bool:
    """Whether it runs out soon with nothing begun or decided to follow it."""
    return (
        matter.state is State.EXPIRING
        and matter.charter.discontinue_on is None
        and open_successor(matter.siblings) is None
        and decided_successor(matter.charter, matter.siblings) is None
    )


def is_sealed(paper: Row[Any]) -> bool:
    """Whether a kept paper bears the organisation's seal: every decided PDF does, and no draft."""
    return bool(paper.media_type == PDF and paper.paper != Paper.DRAFT)


def is_public(paper: Row[Any]) -> bool:
    """Whether a kept paper is for everyone: what was decided is, what was proposed is not."""
    return bool(paper.paper != Paper.DRAFT)
