"""What lapses when: charters by their last day, and what is under way to follow them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from casework.answers.register import seats_today
from casework.questions import STILL_TO_END
from models.tables import Charter, Group
from statemachine.calendar import DAY
from statemachine.vocabulary import OPEN, Seat, State


@dataclass(frozen=True, slots=True)
class Lapsing:
    """A month, and how many charters have their last day in it; of how many a successor waits."""

    month: date
    """Its first day."""
    count: int


@dataclass(frozen=True, slots=True)
class Lapses:
    """One charter that ends, and what is under way to follow it."""

    charter: Row[Any]
    group: str | None
    group_key: str | None
    coordinator: str | None
    successor: State | None


def lapsing_by_month(connection: Connection, today: date, months: int) -> tuple[Lapsing, ...]:
    """How many living charters have their last day in each month to come, empty ones too."""
    first = today.replace(day=1)
    last = _months_after(first, months) - DAY
    year, month = func.extract("year", Charter.ends_on), func.extract("month", Charter.ends_on)
    counted: dict[tuple[int, int], int] = {
        (int(row[0]), int(row[1])): row[2]
        for row in connection.execute(
            select(year, month, func.count())
            .where(STILL_TO_END, Charter.ends_on >= today, Charter.ends_on <= last)
            .group_by(year, month)
        )
    }
    return tuple(
        Lapsing(begins, counted.get((begins.year, begins.month), 0))
        for begins in (_months_after(first, place) for place in range(months))
    )


def lapsing_between(
    connection: Connection, first: date, last: date, *, today: date, most: int = 200
) -> tuple[Lapses, ...]:
    """The living charters whose last day lies between two days, those that end first on top."""
    rows = connection.execute(
        select(Charter, Group.name.label("group_name"), Group.key.label("group_key"))
        .outerjoin(Group, Group.id == Charter.group_id)
        .where(STILL_TO_END, Charter.ends_on >= first, Charter.ends_on <= last)
        .order_by(Charter.ends_on, Charter.id)
        .limit(most)
    ).all()
    followed: dict[tuple[int, str], State] = {}
    for row in connection.execute(
        select(Charter.subject_id, Charter.kind, Charter.state, Charter.valid_from).where(
            Charter.subject_id.in_([row.subject_id for row in rows]),
            or_(Charter.state.in_(OPEN), Charter.valid_from > today),
        )
    ):
        followed[row.subject_id, row.kind] = State(row.state)
    ids = [row.group_id for row in rows if row.group_id is not None]
    coordinators = {
        row.group_id: row.name
        for row in connection.execute(seats_today(ids, today))
        if row.seat == Seat.COORDINATOR
    }
    return tuple(
        Lapses(
            row,
            row.group_name,
            row.group_key,
            coordinators.get(row.group_id),
            followed.get((row.subject_id, row.kind)),
        )
        for row in rows
    )


def _months_after(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
