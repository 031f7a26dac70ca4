"""The organisation in memory: its tables read as things, and changes written with their journal."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Table, insert, select, update

from casework.door import wake_office
from casework.gaps import look_for_gaps
from casework.organisation.difference import Change, Difference, called, plain_value
from casework.organisation.things import (
    DAY,
    KEYED,
    KINDS,
    REFERENCES,
    Authority,
    Duty,
    Group,
    Holder,
    Keyed,
    Office,
    Person,
    Seat,
    StandIn,
    Thing,
)
from casework.organisation.whose import Doer, Touched
from models import tables
from statemachine.calendar import Calendar

ACT = "organisation"
"""What the journal calls every change to the organisation."""

TABLES: dict[type[Thing], Any] = {
    Person: tables.Person,
    Office: tables.Office,
    Group: tables.Group,
    Duty: tables.DutyHeld,
    Holder: tables.Tenure,
    StandIn: tables.StandIn,
    Authority: tables.Authority,
    Seat: tables.SeatHeld,
}
COLUMNS = {
    (Person, "from_"): "starts_on",
    (Person, "through"): "left_on",
    (Group, "from_"): "starts_on",
}
"""Columns called otherwise than their field; `left_on` is the day after `through`."""


class Kept(NamedTuple):
    """A thing and its row."""

    id: int
    thing: Any


class Memory:
    """The organisation as memory has it, read at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.keys: dict[type[Keyed], dict[int, str]] = {}
        self.kept: dict[type[Thing], list[Kept]] = {}
        for keyed in KEYED:
            rows = connection.execute(select(_table(keyed).c.id, _table(keyed).c.key))
            self.keys[keyed] = {row.id: row.key for row in rows}
        for kind in KINDS:
            table = _table(kind)
            rows = connection.execute(select(table).order_by(table.c.id))
            self.kept[kind] = [Kept(row.id, self._thing(kind, row._mapping)) for row in rows]

    @property
    def things(self) -> list[Thing]:
        return [kept.thing for kind in KINDS for kept in self.kept[kind]]

    def names(self, *, beside: Iterable[Thing] = ()) -> dict[tuple[type[Thing], str], str]:
        """What each person, office and group is called; the things `beside` memory go first."""
        keyed = [thing for thing in (*self.things, *beside) if isinstance(thing, KEYED)]
        return {(type(thing), thing.key): thing.name for thing in keyed}

    def _thing(self, kind: type[Thing], row: Any) -> Thing:
        found = {}
        for name, column, reference in _KEPT_AS[kind]:
            value = row[column]
            if value is not None:
                if reference is not None:
                    value = self.keys[reference][value]
                elif kind is Person and name == "through":
                    value -= DAY
                elif isinstance(value, list):
                    value = tuple(value)
            found[name] = value
        return kind(**found)

    def differences(self, pairs: Iterable[tuple[Kept | None, Thing]]) -> Difference:
        """The pairs of before and after that differ, as a difference in the order of KINDS."""
        pairs = list(pairs)
        names = self.names(beside=(after for _, after in pairs))
        changes = [
            Change(after, called(after, names), before and before.thing, before and before.id)
            for before, after in pairs
            if before is None or before.thing != after
        ]
        return Difference(tuple(sorted(changes, key=lambda one: KINDS.index(type(one.after)))))

    def touched(self, difference: Difference) -> list[Touched]:
        """What a difference is about, to be judged whose change it is."""
        return [Touched(change.before, change.after) for change in difference.changes]

    # --- writing ----------------------------------------------------------------------------------

    def write(
        self,
        changes: tuple[Change, ...],
        doer: Doer,
        today: date,
        now: datetime,
        calendar: Calendar,
    ) -> None:
        """Write the changes and their journal; have the calendar look at what they touch.

        The changes come in the order of KINDS, so that what is referred to is there already.
        """
        ids = {kind: {key: id_ for id_, key in keys.items()} for kind, keys in self.keys.items()}
        for change in changes:
            row = self._written(change, _columns(change.after, ids))
            if isinstance(change.after, KEYED):
                ids[type(change.after)][change.after.key] = row
        self._tie_new_groups(changes, ids)
        self._journal(changes, doer, ids, today, now)
        touched = [change.after for change in changes]
        groups = [ids[Group][thing.key] for thing in touched if isinstance(thing, Group)]
        look_for_gaps(self.connection, groups, today, calendar)
        offices = {
            thing.office for thing in touched if isinstance(thing, Holder | StandIn | Authority)
        }
        for office in sorted(offices):
            wake_office(self.connection, ids[Office][office], on=today)

    def _written(self, change: Change, columns: dict[str, Any]) -> int:
        table = _table(type(change.after))
        if change.id is not None:
            self.connection.execute(update(table).where(table.c.id == change.id).values(columns))
            return change.id
        row = self.connection.execute(insert(table).values(columns)).inserted_primary_key
        assert row is not None
        if isinstance(change.after, Group):
            self.connection.execute(insert(tables.Subject).values(group_id=row.id))
        return int(row.id)

    def _tie_new_groups(
        self, changes: tuple[Change, ...], ids: dict[type[Keyed], dict[str, int]]
    ) -> None:
        """Name parents and successors once every group is there: they may come in any order."""
        table = _table(Group)
        for change in changes:
            group = change.after
            if isinstance(group, Group) and (group.parent or group.taken_over_by):
                self.connection.execute(
                    update(table)
                    .where(table.c.id == ids[Group][group.key])
                    .values(
                        parent_id=ids[Group].get(group.parent or ""),
                        taken_over_by_id=ids[Group].get(group.taken_over_by or ""),
                    )
                )

    def _journal(
        self,
        changes: tuple[Change, ...],
        doer: Doer,
        ids: dict[type[Keyed], dict[str, int]],
        today: date,
        now: datetime,
    ) -> None:
        rows = [
            {
                "at": now,
                "day": today,
                "act": ACT,
                "person_id": ids[Person][doer.person.key],
                "name": doer.person.name,
                "role": doer.role.value,
                "group_id": ids[Group].get(_group_of(change.after) or ""),
                "details": {"how": change.how.value, **change.as_json()},
            }
            for change in changes
        ]
        if rows:
            self.connection.execute(insert(tables.Journal.__table__), rows)  # type: ignore[arg-type]


def _columns(thing: Thing, ids: dict[type[Keyed], dict[str, int]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields(thing):
        value = getattr(thing, one.name)
        if one.name in REFERENCES:
            # A group may name one that is not written yet; that is tied afterwards.
            value = ids[REFERENCES[one.name]].get(value or "")
        elif (type(thing), one.name) == (Person, "through") and value is not None:
            value += DAY
        elif isinstance(value, tuple):
            value = plain_value(value)
        found[_column(type(thing), one.name)] = value
    if isinstance(thing, KEYED):
        found["name_folded"] = thing.name.casefold()
    if isinstance(thing, Person):
        found["email_folded"] = thing.email.casefold() if thing.email else None
    return found


def _column(kind: type[Thing], attribute: str) -> str:
    if attribute in REFERENCES:
        return f"{attribute}_id"
    return COLUMNS.get((kind, attribute), attribute)


def _table(kind: type[Thing]) -> Table:
    return cast(Table, TABLES[kind].__table__)


def _group_of(thing: Thing) -> str | None:
    return thing.key if isinstance(thing, Group) else getattr(thing, "group", None)


def _covers(period: tuple[date, date], day: date) -> bool:
    return period[0] <= day <= period[1]


_KEPT_AS: dict[type[Thing], list[tuple[str, str, type[Keyed] | None]]] = {
    kind: [(one.name, _column(kind, one.name), REFERENCES.get(one.name)) for one in fields(kind)]
    for kind in KINDS
}
"""The fields of each kind, the column each is kept in, and what it refers to."""
