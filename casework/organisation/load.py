"""A whole organisation brought into memory: what is new, what changed, what is gone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from casework.groups import DISCONTINUE_GROUP
from casework.organisation.difference import Difference
from casework.organisation.memory import Kept, Memory
from casework.organisation.things import (
    DAY,
    KINDS,
    Dated,
    Group,
    Organisation,
    Person,
    Seat,
    Thing,
    ending_with_their_own,
    identity,
    life,
)
from casework.organisation.whose import doer, founder, has_an_administrator
from models.tables import Charter, Decision
from statemachine.calendar import Calendar
from statemachine.vocabulary import LIVING, OPEN
from statemachine.words import Refusal, Words

USUAL = Calendar()


def load(
    connection: Connection,
    organisation: Organisation,
    *,
    by: str,
    today: date,
    now: datetime,
    calendar: Calendar = USUAL,
) -> Difference:
    """Make memory what the file states, journal every change, and return the difference.

    The file is the whole truth. What is gone from it ended yesterday, and what had not begun by
    then never comes about; nothing is deleted. What a decision has discontinued no file revives.
    `by` is the key or e-mail address of an administrator, or of a registry keeper for what is
    theirs to change. While memory has no administrator, the file's own founds the organisation, or
    founds it anew: that is how the first one comes about.

    Raises Refusal when that is not for `by` to do, or when a group would be discontinued that has
    a charter: that takes a decision.
    """
    memory = Memory(connection)
    difference = _difference(memory, organisation, today)
    if has_an_administrator(memory.things, today):
        keeper = doer(by, memory.things, today, memory.touched(difference))
    else:
        keeper = founder(by, organisation.things, today)
    memory.write(difference.changes, keeper, today, now, calendar)
    return difference


def plan(connection: Connection, organisation: Organisation, *, today: date) -> Difference:
    """The difference `load` would make; writes nothing. Raises Refusal as `load` does."""
    return _difference(Memory(connection), organisation, today)


def _difference(memory: Memory, organisation: Organisation, today: date) -> Difference:
    decided = _discontinued_by_decision(memory)
    wanted: dict[type[Thing], list[Any]] = defaultdict(list)
    for thing in _as_decided(organisation.things, decided, today):
        wanted[type(thing)].append(thing)
    difference = memory.differences(
        pair
        for kind in KINDS
        for pair in (
            _periods(memory.kept[kind], wanted[kind], today)
            if issubclass(kind, Dated)
            else _lives(memory.kept[kind], wanted[kind], today)
        )
    )
    _refuse_to_discontinue_what_has_a_charter(memory.connection, difference)
    return difference


def _lives(
    kept: Iterable[Kept], wanted: Iterable[Thing], today: date
) -> Iterator[tuple[Kept | None, Thing]]:
    """People, offices and groups, paired by key; what is gone is paired with its end."""
    left = {identity(one.thing): one for one in kept}
    for thing in wanted:
        yield left.pop(identity(thing), None), thing
    for one in left.values():
        yield one, gone(one.thing, today)


def _periods(
    kept: Iterable[Kept], wanted: Iterable[Dated], today: date
) -> Iterator[tuple[Kept | None, Thing]]:
    """What is held between days, paired by who, what and first day.

    One whose first day alone was corrected is still the same; one that begins anew is not.
    """
    left: dict[tuple[object, ...], list[Kept]] = defaultdict(list)
    for one in sorted(kept, key=lambda one: one.thing.is_over(today)):
        left[identity(one.thing)].append(one)
    unpaired = []
    for thing in wanted:
        mine = left[identity(thing)]
        same = next((one for one in mine if one.thing.from_ == thing.from_), None)
        if same is None:
            unpaired.append(thing)
        else:
            mine.remove(same)
            yield same, thing
    for thing in unpaired:
        mine = left[identity(thing)]
        same = next((one for one in mine if _corrected(one.thing, thing, today)), None)
        if same is not None:
            mine.remove(same)
        yield same, thing
    for mine in left.values():
        for one in mine:
            yield one, gone(one.thing, today)


def _corrected(before: Dated, after: Dated, today: date) -> bool:
    """Whether `after` covers days that `before` has already had: its first day is put right."""
    return not before.is_over(today) and replace(before, through=today - DAY).overlaps(after)


def gone(thing: Thing, today: date) -> Thing:
    """The thing as it is once it is gone from the file: over since yesterday.

    What ended earlier keeps its day; an office has no days of its own, only its holders have.
    """
    match thing:
        case Dated() if not thing.is_over(today):
            return replace(thing, through=today - DAY)
        case Person() if life(thing)[1] >= today:
            return replace(thing, through=today - DAY)
        case Group() if life(thing)[1] >= today:
            return replace(thing, discontinued_on=today)
        case _:
            return thing


def _discontinued_by_decision(memory: Memory) -> dict[str, Group]:
    decided = set(
        memory.connection.execute(
            select(Decision.group_id).where(Decision.what == DISCONTINUE_GROUP)
        ).scalars()
    )
    return {one.thing.key: one.thing for one in memory.kept[Group] if one.id in decided}


def _as_decided(things: Iterable[Thing], decided: dict[str, Group], today: date) -> Iterator[Thing]:
    """The things, with the groups that a decision has discontinued as it left them.

    On its day the decision closes their seats itself; the file opens none of them again.
    """
    over = {key: group for key, group in decided.items() if life(group)[1] < today}
    for thing in _left_as(decided, ending_with_their_own(_left_as(over, things))):
        group = over.get(thing.group) if isinstance(thing, Seat) else None
        if not (isinstance(thing, Seat) and group and thing.from_ > life(group)[1]):
            yield thing


def _left_as(decided: dict[str, Group], things: Iterable[Thing]) -> Iterator[Thing]:
    for thing in things:
        if isinstance(thing, Group) and thing.key in decided:
            left = decided[thing.key]
            yield replace(
                thing, discontinued_on=left.discontinued_on, taken_over_by=left.taken_over_by
            )
        else:
            yield thing


def _refuse_to_discontinue_what_has_a_charter(
    connection: Connection, difference: Difference
) -> None:
    ending = {
        change.id or 0: change.after
        for change in difference.changes
        if isinstance(change.after, Group)
        if change.after.discontinued_on is not None and "discontinued_on" in change.fields
    }
    having = connection.execute(
        select(Charter.group_id)
        .where(Charter.group_id.in_(ending), Charter.state.in_((*OPEN, *LIVING)))
        .distinct()
    ).scalars()
    reasons = [
        Words(
            "{group} har en uppdragshandling som skrivs eller gäller och kan inte avvecklas i "
            "filen. Avveckla gruppen genom beslut: mandat discontinue-group {key}",
            "{group} has a charter being written or in force and cannot be discontinued in the "
            "file. Discontinue the group by decision: mandat discontinue-group {key}",
        ).about(group=ending[group_id].name, key=ending[group_id].key)
        for group_id in sorted(one for one in having if one is not None)
    ]
    if reasons:
        raise Refusal(*reasons)
