"""Groups without a charter in force: since when, and when the calendar speaks of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from casework.questions import CHARTER
from models.many import among
from models.tables import Charter, Group
from statemachine.calendar import DAY, Calendar
from statemachine.vocabulary import DECIDED, LIVING, State


@dataclass(frozen=True, slots=True)
class Gap:
    """Since when a group has had no charter in force, and when it is next looked at."""

    since: date | None
    wake: date | None
    looked: date


_GROUPS = (
    select(Group.id, Group.starts_on, Group.discontinued_on, Group.gap_since, Group.wake_on)
    .where(among(Group.id, "groups"))
    .order_by(Group.id)
)
_PERIODS = select(Charter.group_id, Charter.state, Charter.valid_from, Charter.ends_on).where(
    among(Charter.group_id, "groups"), Charter.kind == CHARTER, Charter.state.in_(DECIDED)
)
_LOOKED = (
    update(Group)
    .where(Group.id == bindparam("group"))
    .values(gap_since=bindparam("since"), wake_on=bindparam("wake"), looked_on=bindparam("looked"))
)


def look_for_gaps(
    connection: Connection,
    group_ids: Iterable[int],
    today: date,
    calendar: Calendar,
    *,
    catching_up: bool = False,
) -> None:
    """Note, for each of these groups, since when it has had no charter in force.

    A group with one in force, or with a decided one awaiting its day, has no gap; nor has one
    that is discontinued. A gap is next spoken of in a month; `catching_up`, the months since it
    began are still to be dealt with.
    """
    asked = {"groups": list(dict.fromkeys(group_ids))}
    if not asked["groups"]:
        return
    groups = connection.execute(_GROUPS, asked).all()
    periods = connection.execute(_PERIODS, asked).all()
    changed = []
    for group in groups:
        own = [
            (State(row.state), row.valid_from, row.ends_on)
            for row in periods
            if row.group_id == group.id and (row.ends_on is None or row.ends_on >= row.valid_from)
        ]
        gap = gap_of(group, own, today, calendar, catching_up=catching_up)
        if gap is not None:
            changed.append({"group": group.id, **asdict(gap)})
    if changed:
        connection.execute(_LOOKED, changed)


def gap_of(
    group: Any,
    periods: Iterable[tuple[State, date, date | None]],
    today: date,
    calendar: Calendar,
    *,
    catching_up: bool = False,
) -> Gap | None:
    """The group's gap, given the periods of its charters; None when it is as it was."""
    is_gone = group.discontinued_on is not None and group.discontinued_on <= today
    since = None if is_gone else _gap_since(periods, group.starts_on, today)
    if since == group.gap_since:
        return None
    looked = since - DAY if since and catching_up else today
    if is_gone:
        # It may still be to be closed: then it wakes for that, but no more for its gap.
        to_be_closed = group.wake_on is not None and group.wake_on <= today
        return Gap(since, group.wake_on if to_be_closed else None, looked)
    return Gap(since, _wakes_on(since, group.discontinued_on, looked, calendar), looked)


def _gap_since(
    periods: Iterable[tuple[State, date, date | None]], starts_on: date, today: date
) -> date | None:
    last_day: date | None = None
    for state, _valid_from, ends_on in periods:
        if ends_on is None or (ends_on >= today and state in LIVING):
            return None
        last_day = max(last_day or ends_on, ends_on)
    return last_day + DAY if last_day else starts_on


def _wakes_on(
    gap_since: date | None, discontinued_on: date | None, looked: date, calendar: Calendar
) -> date | None:
    """The next day on which the group is written about, or closed, whichever comes first."""
    coming = (
        calendar.gap_wakes_on(gap_since, after=looked) if gap_since else None,
        discontinued_on if discontinued_on and discontinued_on > looked else None,
    )
    return min((day for day in coming if day is not None), default=None)
