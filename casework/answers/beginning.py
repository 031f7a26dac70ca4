"""Beginning a draft: which group a document is for, and what there is to renew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from casework.answers.register import Sought, group_row, register
from casework.answers.visitors import Visitor
from casework.questions import CHARTER
from models.swedish import in_swedish_order
from models.tables import Charter, Group
from statemachine.vocabulary import DECIDED, OPEN

MOST = 12
"""Groups shown to choose from; whoever does not find theirs writes more of its name."""
LIKE = 60
"""Likeness in percent from which a group's name may be the one that a document means."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A group to choose: what is being written for it already, and what could be renewed."""

    group: Row[Any]
    open: Row[Any] | None
    latest: Row[Any] | None
    """Its latest decided charter."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Which group a document seems to be for."""

    certain: bool
    """Whether a group has the very name that the document gives."""
    likely: tuple[Choice, ...]


def group_meant(connection: Connection, name: str | None, today: date) -> Meant:
    """The group of the name a document gives, or else those whose names are most like it."""
    if not name:
        return Meant(False, ())
    still = or_(Group.discontinued_on.is_(None), Group.discontinued_on > today)
    exact = connection.execute(
        select(Group).where(Group.name_folded == name.strip().casefold(), still)
    ).all()
    if len(exact) == 1:
        return Meant(True, choices_of(connection, exact))
    if exact:
        return Meant(False, choices_of(connection, exact[:MOST]))
    from rapidfuzz import fuzz, process

    names = {
        row.id: row.name for row in connection.execute(select(Group.id, Group.name).where(still))
    }
    likest = process.extract(
        name,
        names,
        scorer=fuzz.WRatio,
        processor=str.casefold,
        score_cutoff=LIKE,
        limit=3,
    )
    ids = [key for _name, _score, key in likest]
    rows = connection.execute(select(Group).where(Group.id.in_(ids))).all()
    return Meant(False, choices_of(connection, sorted(rows, key=lambda row: ids.index(row.id))))


def groups_found(connection: Connection, words: str, today: date) -> tuple[tuple[Choice, ...], int]:
    """The first groups whose name holds these words, and how many there are in all."""
    found = register(connection, Sought(words=words), today=today)
    return choices_of(connection, [one.group for one in found.entries[:MOST]]), found.in_all


def own_groups(connection: Connection, who: Visitor) -> tuple[Choice, ...]:
    """The groups that someone coordinates, in Swedish order."""
    rows = connection.execute(
        select(Group)
        .where(Group.id.in_(who.coordinates), Group.discontinued_on.is_(None))
        .order_by(in_swedish_order(connection, Group.name_folded))
        .limit(MOST)
    ).all()
    return choices_of(connection, rows)


def chosen(connection: Connection, key: str) -> tuple[Choice, ...]:
    """The group of this key, as a choice; none when there is no such group."""
    row = group_row(connection, key) if key else None
    return choices_of(connection, [row]) if row is not None else ()


def choices_of(connection: Connection, groups: Iterable[Row[Any]]) -> tuple[Choice, ...]:
    """These groups with what is open and what was decided last for each, in two questions."""
    groups = tuple(groups)
    ids = [group.id for group in groups]
    of_these = and_(Charter.group_id.in_(ids), Charter.kind == CHARTER)
    open_: Mapping[int, Row[Any]] = {
        row.group_id: row
        for row in connection.execute(
            select(
                Charter.group_id, Charter.id, Charter.title, Charter.state, Charter.handler_id
            ).where(of_these, Charter.state.in_(OPEN))
        )
    }
    place = func.row_number().over(
        partition_by=Charter.group_id, order_by=(Charter.valid_from.desc(), Charter.id.desc())
    )
    ranked = (
        select(
            Charter.group_id,
            Charter.id,
            Charter.title,
            Charter.valid_from,
            Charter.ends_on,
            place.label("place"),
        )
        .where(of_these, Charter.state.in_(DECIDED))
        .subquery()
    )
    latest = {
        row.group_id: row for row in connection.execute(select(ranked).where(ranked.c.place == 1))
    }
    return tuple(Choice(one, open_.get(one.id), latest.get(one.id)) for one in groups)
