"""Visitors: who comes to the pages on a day, what they are there, and what they may read.

What someone may do is judged at the act, by the life's own table; here is only what is shown.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from models.directory import Directory, Someone
from models.tables import Conflict, DutyHeld, Office, Opinion, SeatHeld, StandIn, Tenure
from statemachine.vocabulary import DECIDED, Duty, Seat, State

KNOW_THE_GROUP = (Seat.CHAIR, Seat.VICE_CHAIR, Seat.COORDINATOR, Seat.LIAISON)
"""The seats whose holders follow what is being written for their group."""


@dataclass(frozen=True, slots=True)
class OfficeHeld:
    """An office someone may decide for today."""

    id: int
    name: str
    stands_in: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone on a day: their duties, the offices they may decide for, the seats they have."""

    person: Someone
    duties: frozenset[Duty]
    offices: tuple[OfficeHeld, ...]
    seats: tuple[tuple[int, Seat], ...]
    """Group and seat, for each seat they have."""

    def has(self, *duties: Duty) -> bool:
        return bool(self.duties.intersection(duties))

    @property
    def keeps_the_register(self) -> bool:
        """Whether they see to the whole organisation: registry keeper or administrator."""
        return self.has(Duty.REGISTRY_KEEPER, Duty.ADMINISTRATOR)

    @property
    def coordinates(self) -> tuple[int, ...]:
        """The groups they coordinate."""
        return tuple(group for group, seat in self.seats if seat is Seat.COORDINATOR)

    @property
    def office_ids(self) -> tuple[int, ...]:
        return tuple(office.id for office in self.offices)


def visitor(connection: Connection, someone: Someone, day: date) -> Visitor:
    """What someone is on this day, in four questions."""

    def runs(table: Any) -> ColumnElement[bool]:
        return and_(
            table.person_id == someone.id,
            table.from_ <= day,
            or_(table.through.is_(None), table.through >= day),
        )

    duties = connection.scalars(select(DutyHeld.duty).where(runs(DutyHeld)))
    offices: dict[int, OfficeHeld] = {}
    held: tuple[tuple[Any, bool], ...] = ((Tenure, False), (StandIn, True))
    for table, stands_in in held:
        for row in connection.execute(
            select(Office.id, Office.name)
            .join(table, table.office_id == Office.id)
            .where(runs(table))
            .order_by(Office.name_folded)
        ):
            offices.setdefault(row.id, OfficeHeld(row.id, row.name, stands_in))
    seats = connection.execute(
        select(SeatHeld.group_id, SeatHeld.seat).where(runs(SeatHeld)).order_by(SeatHeld.group_id)
    )
    return Visitor(
        someone,
        frozenset(Duty(duty) for duty in duties),
        tuple(offices.values()),
        tuple((row.group_id, Seat(row.seat)) for row in seats),
    )


def may_read(people: Directory, charter: Any, who: Visitor | None) -> bool:
    """Whether someone may read this charter: what is decided everyone may, logged in or not.

    What is still being written, and what was given up, is for those who take part in it.
    """
    if charter.state in DECIDED:
        return True
    return who is not None and takes_part(people, charter, who)


def takes_part(people: Directory, charter: Any, who: Visitor) -> bool:
    """Whether someone has to do with this charter's handling, and may see how it goes."""
    me = who.person.id
    if who.keeps_the_register or me in (
        charter.handler_id,
        charter.submitted_by_id,
        charter.commissioner_id,
    ):
        return True
    if any(group == charter.group_id and seat in KNOW_THE_GROUP for group, seat in who.seats):
        return True
    if charter.state == State.DRAFT:
        return False
    return (
        charter.office_id in who.office_ids
        or _asked_for_an_opinion(people.connection, charter, me)
        or _decides_in_their_place(people, charter, me)
    )


def decides(people: Directory, charter: Any, who: Visitor) -> bool:
    """Whether this charter is, or has been, someone's to decide today: for the office they hold,
    stand in for, or are let into by its holder's conflict.

    Nothing is until it has been submitted; what was decided before this system is.
    """
    return (charter.round > 0 or charter.state in DECIDED) and (
        charter.office_id in who.office_ids
        or _decides_in_their_place(people, charter, who.person.id)
    )


def may_discontinue(people: Directory, group: Any | None, kind: str, who: Visitor) -> bool:
    """Whether someone holds, or stands in for, an office that may discontinue such a thing."""
    offices = people.offices_with(
        "discontinue",
        kind=kind,
        group_id=group.id if group is not None else None,
        area=group.area if group is not None else None,
    )
    return any(held.person.id == who.person.id for one in offices for held in people.able(one))


def _asked_for_an_opinion(connection: Connection, charter: Any, me: int) -> bool:
    return bool(
        connection.scalar(
            select(
                exists().where(
                    Opinion.charter_id == charter.id,
                    Opinion.round == charter.round,
                    Opinion.reviewer_id == me,
                )
            )
        )
    )


def _decides_in_their_place(people: Directory, charter: Any, me: int) -> bool:
    """Whether a conflict of the office's holder lets them in, though their dates lie ahead."""
    conflicted = frozenset(
        people.connection.scalars(
            select(Conflict.person_id).where(
                Conflict.charter_id == charter.id, Conflict.round == charter.round
            )
        )
    )
    able = people.able(charter.office_id, conflicted) if conflicted else ()
    return me in conflicted or any(held.person.id == me for held in able)
