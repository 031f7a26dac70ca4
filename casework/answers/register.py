"""The register of groups: which there are, who sits in them, and under which charter they work."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from casework.questions import CHARTER, STILL_TO_END
from models.swedish import holds, in_swedish_order
from models.tables import Charter, Group, Person, Recipient, SeatHeld
from statemachine.vocabulary import LIVING, OPEN, Seat, State

A_PAGE = 50
"""Groups shown at a time."""
SOON = timedelta(days=365)
SHOWN_SEATS = (Seat.CHAIR, Seat.COORDINATOR, Seat.LIAISON)


class Standing(StrEnum):
    """How a group stands with its charter."""

    ALL = "all"
    GAP = "gap"
    """Without a charter in force."""
    SOON = "soon"
    """Its charter ends within a year."""
    NO_COORDINATOR = "no_coordinator"
    DISCONTINUED = "discontinued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for in the register."""

    words: str = ""
    level: str = ""
    area: str = ""
    standing: Standing = Standing.ALL


@dataclass(frozen=True, slots=True)
class Entry:
    """One group as the register shows it."""

    group: Row[Any]
    in_force: Row[Any] | None
    open: Row[Any] | None
    seats: dict[Seat, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the register."""

    entries: tuple[Entry, ...]
    in_all: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.in_all // A_PAGE))


def register(connection: Connection, sought: Sought, *, today: date, page: int = 1) -> Found:
    """The groups sought, in Swedish order, a page of them; in five questions."""
    conditions = list(_conditions(sought, today))
    in_all = connection.execute(select(func.count()).select_from(Group).where(*conditions))
    total = in_all.scalar_one()
    page = min(max(1, page), max(1, -(-total // A_PAGE)))
    groups = connection.execute(
        select(Group)
        .where(*conditions)
        .order_by(in_swedish_order(connection, Group.name_folded), Group.id)
        .limit(A_PAGE)
        .offset((page - 1) * A_PAGE)
    ).all()
    return Found(entries_of(connection, groups, today), total, page)


def entries_of(
    connection: Connection, groups: Iterable[Row[Any]], today: date
) -> tuple[Entry, ...]:
    """These groups with their charters and the people the register shows, in two questions."""
    groups = tuple(groups)
    ids = [group.id for group in groups]
    in_force: dict[int, Row[Any]] = {}
    open_: dict[int, Row[Any]] = {}
    for row in connection.execute(
        select(Charter).where(
            Charter.group_id.in_(ids),
            Charter.kind == CHARTER,
            Charter.state.in_((*LIVING, *OPEN)),
        )
    ):
        if row.state in OPEN:
            open_[row.group_id] = row
        elif row.valid_from <= today and (row.ends_on is None or row.ends_on >= today):
            in_force[row.group_id] = row
    seats: dict[int, dict[Seat, str]] = {}
    for row in connection.execute(seats_today(ids, today)):
        seats.setdefault(row.group_id, {}).setdefault(Seat(row.seat), row.name)
    return tuple(
        Entry(group, in_force.get(group.id), open_.get(group.id), seats.get(group.id, {}))
        for group in groups
    )


def levels_and_areas(connection: Connection) -> tuple[list[str], list[str]]:
    """What groups are told apart by in the register: every level and every area there is."""
    levels = connection.scalars(select(Group.level).where(Group.level.is_not(None)).distinct())
    areas = connection.scalars(select(Group.area).where(Group.area.is_not(None)).distinct())
    return sorted(str(one) for one in levels), sorted(str(one) for one in areas)


def group_row(connection: Connection, key: str) -> Row[Any] | None:
    """The group with this key."""
    return connection.execute(select(Group).where(Group.key == key)).first()


def group_by_number(connection: Connection, group_id: int | None) -> Row[Any] | None:
    """The group of this number; None for none."""
    if group_id is None:
        return None
    return connection.execute(select(Group).where(Group.id == group_id)).first()


def seats_of(connection: Connection, group_id: int, today: date) -> list[Row[Any]]:
    """The seats of a group held today or to come, vacant ones too, in the order of seats."""
    order = {seat: place for place, seat in enumerate(Seat)}
    rows = connection.execute(
        select(SeatHeld, Person.key.label("person"), Person.name, Person.title, Person.left_on)
        .outerjoin(Person, Person.id == SeatHeld.person_id)
        .where(
            SeatHeld.group_id == group_id,
            or_(SeatHeld.through.is_(None), SeatHeld.through >= today),
        )
    ).all()
    return sorted(
        (row for row in rows if row.through is None or row.through >= row.from_),
        key=lambda row: (order[Seat(row.seat)], row.from_, row.name or ""),
    )


def charters_of(connection: Connection, group_id: int) -> list[Row[Any]]:
    """Everything decided or being written for a group, the latest first."""
    return list(
        connection.execute(
            select(Charter)
            .where(Charter.group_id == group_id, Charter.state != State.ABANDONED)
            .order_by(Charter.valid_from.desc().nulls_first(), Charter.id.desc())
        )
    )


def groups_under(connection: Connection, group_id: int) -> list[Row[Any]]:
    """The groups whose parent this is, that still exist."""
    return list(
        connection.execute(
            select(Group.key, Group.name)
            .where(Group.parent_id == group_id, Group.discontinued_on.is_(None))
            .order_by(in_swedish_order(connection, Group.name_folded))
        )
    )


def groups_of(connection: Connection, ids: Iterable[int], today: date) -> tuple[Entry, ...]:
    """These groups as the register shows them, those whose charter ends first on top."""
    groups = connection.execute(select(Group).where(Group.id.in_(list(ids)))).all()
    entries = entries_of(connection, groups, today)
    return tuple(
        sorted(
            entries,
            key=lambda one: (
                one.in_force is not None,
                (one.in_force.ends_on if one.in_force is not None else None) or date.max,
                one.group.name_folded,
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class Leaver:
    """Someone on a living charter's distribution list who has left."""

    charter: int
    title: str
    group: str | None
    name: str
    email: str
    left_on: date


def leavers_on_lists(
    connection: Connection, today: date, *, group_id: int | None = None, most: int = 200
) -> tuple[Leaver, ...]:
    """Who stands on the distribution list of a charter that lives, and is no longer here.

    A corrected charter, or its reminders, would be sent to nobody there.
    """
    query = (
        select(
            Charter.id,
            Charter.title,
            Group.name.label("group_name"),
            Recipient.name,
            Recipient.email,
            Person.left_on,
        )
        .join(Recipient, Recipient.person_id == Person.id)
        .join(Charter, Charter.id == Recipient.charter_id)
        .outerjoin(Group, Group.id == Charter.group_id)
        .where(Person.left_on <= today, Charter.state.in_(LIVING))
        .order_by(Person.left_on.desc(), Charter.id)
        .limit(most)
    )
    if group_id is not None:
        query = query.where(Charter.group_id == group_id)
    return tuple(
        Leaver(row.id, row.title, row.group_name, row.name, row.email, row.left_on)
        for row in connection.execute(query)
    )


def _conditions(sought: Sought, today: date) -> Iterable[ColumnElement[bool]]:
    if sought.words.strip():
        yield holds(Group.name_folded, sought.words)
    if sought.level:
        yield Group.level == sought.level
    if sought.area:
        yield Group.area == sought.area
    gone = and_(Group.discontinued_on.is_not(None), Group.discontinued_on <= today)
    if sought.standing is Standing.DISCONTINUED:
        yield gone
        return
    yield ~gone
    if sought.standing is Standing.GAP:
        yield Group.gap_since <= today
    elif sought.standing is Standing.SOON:
        yield Group.id.in_(
            select(Charter.group_id).where(
                Charter.kind == CHARTER,
                STILL_TO_END,
                Charter.ends_on >= today,
                Charter.ends_on < today + SOON,
            )
        )
    elif sought.standing is Standing.NO_COORDINATOR:
        yield Group.id.not_in(
            select(SeatHeld.group_id).where(
                SeatHeld.seat == Seat.COORDINATOR,
                SeatHeld.person_id.is_not(None),
                SeatHeld.from_ <= today,
                or_(SeatHeld.through.is_(None), SeatHeld.through >= today),
            )
        )


def seats_today(ids: list[int], today: date) -> Select[Any]:
    """The question of who has the seats that the register shows, in these groups."""
    return (
        select(SeatHeld.group_id, SeatHeld.seat, Person.name)
        .join(Person, Person.id == SeatHeld.person_id)
        .where(
            SeatHeld.group_id.in_(ids),
            SeatHeld.seat.in_(SHOWN_SEATS),
            SeatHeld.from_ <= today,
            or_(SeatHeld.through.is_(None), SeatHeld.through >= today),
            or_(Person.left_on.is_(None), Person.left_on > today),
        )
        .order_by(SeatHeld.id)
    )
