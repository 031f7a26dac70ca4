"""People, as those who keep the register see them: found by name, with all that each has."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from models.swedish import holds, in_swedish_order
from models.tables import DutyHeld, Group, Office, Person, SeatHeld, StandIn, Tenure

A_PAGE = 50
"""People shown at a time."""


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """A page of the people sought."""

    people: tuple[Row[Any], ...]
    in_all: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.in_all // A_PAGE))


@dataclass(frozen=True, slots=True)
class Has:
    """What someone has, today or to come: duties, offices they hold or stand in for, seats."""

    duties: tuple[Row[Any], ...]
    offices: tuple[Row[Any], ...]
    stands_in: tuple[Row[Any], ...]
    seats: tuple[Row[Any], ...]


def people(
    connection: Connection, words: str, *, today: date, left: bool = False, page: int = 1
) -> FoundPeople:
    """The people whose name or address holds the words, in Swedish order, a page of them.

    Those who are here, or, with `left`, those who have left.
    """
    gone = (Person.left_on.is_not(None)) & (Person.left_on <= today)
    conditions = [*_sought(words), gone if left else ~gone]
    in_all = connection.execute(
        select(func.count()).select_from(Person).where(*conditions)
    ).scalar_one()
    page = min(max(1, page), max(1, -(-in_all // A_PAGE)))
    found = connection.execute(
        select(Person)
        .where(*conditions)
        .order_by(in_swedish_order(connection, Person.name_folded), Person.id)
        .limit(A_PAGE)
        .offset((page - 1) * A_PAGE)
    )
    return FoundPeople(tuple(found), in_all, page)


def person_row(connection: Connection, key: str) -> Row[Any] | None:
    """The person with this key, here or not."""
    return connection.execute(select(Person).where(Person.key == key)).first()


def has(connection: Connection, person_id: int, today: date) -> Has:
    """What someone has today or is to have, in four questions."""

    def rows(table: Any, *more: Any, onto: Any = None, by: Any = None) -> tuple[Row[Any], ...]:
        query = select(table, *more).where(
            table.person_id == person_id,
            or_(table.through.is_(None), table.through >= today),
            or_(table.through.is_(None), table.through >= table.from_),
        )
        if onto is not None:
            query = query.join(onto, by)
        return tuple(connection.execute(query.order_by(table.from_, table.id)))

    office = (Office.key.label("key"), Office.name.label("name"))
    group = (Group.key.label("key"), Group.name.label("name"))
    return Has(
        duties=rows(DutyHeld),
        offices=rows(Tenure, *office, onto=Office, by=Office.id == Tenure.office_id),
        stands_in=rows(StandIn, *office, onto=Office, by=Office.id == StandIn.office_id),
        seats=rows(SeatHeld, *group, onto=Group, by=Group.id == SeatHeld.group_id),
    )


def offices(connection: Connection) -> list[Row[Any]]:
    """Every office there is, in Swedish order."""
    return list(
        connection.execute(
            select(Office.key, Office.name).order_by(
                in_swedish_order(connection, Office.name_folded)
            )
        )
    )


def free_key(connection: Connection, name: str) -> str:
    """A key for someone new, made of their name, that nobody has: anna.ek, anna.ek2."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    stem = ".".join(re.findall("[a-z0-9]+", plain)) or "person"
    taken = set(connection.scalars(select(Person.key).where(Person.key.startswith(stem))))
    number = 2
    key = stem
    while key in taken:
        key, number = f"{stem}{number}", number + 1
    return key


def _sought(words: str) -> Iterable[ColumnElement[bool]]:
    if words.strip():
        yield or_(holds(Person.name_folded, words), holds(Person.email_folded, words))
