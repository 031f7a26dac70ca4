"""Whatever two organisations say: loading one after the other ends in the latter, and keeps all."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from casework.organisation import Organisation, load, rules
from casework.organisation.memory import TABLES, Memory
from casework.organisation.things import (
    Dated,
    Duty,
    Group,
    Holder,
    Office,
    Person,
    Seat,
    StandIn,
    Thing,
    ending_with_their_own,
    identity,
)
from tests.casework.organisations import TODAY, noon

LONG_AGO = date(2020, 1, 1)
WEEKS = timedelta(weeks=3)
KEEPER = (
    Person(key="keeper", name="Keeper"),
    Duty(duty="administrator", person="keeper", from_=LONG_AGO),
)
days = st.integers(-6, 6).map(lambda number: TODAY + timedelta(days=number))
some_keys = st.sets(st.sampled_from("abc"), min_size=1).map(sorted)


@st.composite
def held(draw: st.DrawFn, people: list[str], offices: list[str], groups: list[str]) -> Dated:
    """Something held by one of these people, between any two days."""
    first = draw(days)
    when: dict[str, Any] = {
        "from_": first,
        "through": draw(st.none() | days.filter(lambda day: day >= first)),
    }
    who, office, group = (draw(st.sampled_from(keys)) for keys in (people, offices, groups))
    match draw(st.sampled_from(["holder", "stand-in", "chair", "member", "vacant"])):
        case "holder":
            return Holder(office=office, person=who, **when)
        case "stand-in":
            return StandIn(office=office, person=who, **when)
        case "vacant":
            return Seat(group=group, seat="chair", person=None, **when)
        case seat:
            return Seat(group=group, seat=seat, person=who, **when)


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """A whole organisation, small enough that two of them often speak of the same things."""
    people, offices, groups = (draw(some_keys) for _ in range(3))
    things: list[Thing] = [
        *KEEPER,
        *(Person(key=key, name=key, through=draw(st.none() | days)) for key in people),
        *(Office(key=key, name=draw(st.sampled_from("xy"))) for key in offices),
        *(
            Group(key=key, name=key, from_=LONG_AGO, discontinued_on=draw(st.none() | days))
            for key in groups
        ),
    ]
    for candidate in draw(st.lists(held(people, offices, groups), max_size=8)):
        if not list(rules.wrongs(ending_with_their_own([*things, candidate]))):
            things.append(candidate)
    return Organisation(name="x", things=ending_with_their_own(things))


def counts(connection: Connection) -> list[int]:
    return [
        connection.execute(select(func.count()).select_from(table.__table__)).scalar_one()
        for table in TABLES.values()
    ]


def held_on(day: date, things: tuple[Thing, ...]) -> list[str]:
    current = [one for one in things if isinstance(one, Dated) and one.covers(day)]
    return sorted(str((type(one).__name__, identity(one))) for one in current)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(former=organisations(), latter=organisations(), wait=st.integers(0, 4))
def test_the_latter_of_two_organisations_stands_and_nothing_is_ever_deleted(
    sqlite_engine: Engine, former: Organisation, latter: Organisation, wait: int
) -> None:
    later = TODAY + timedelta(days=wait)
    with sqlite_engine.connect() as connection, connection.begin() as attempt:
        load(connection, former, by="keeper", today=TODAY, now=noon(TODAY))
        before = counts(connection)
        load(connection, latter, by="keeper", today=later, now=noon(later))
        after = counts(connection)
        assert all(now >= then for then, now in zip(before, after, strict=True))
        assert held_on(later, tuple(Memory(connection).things)) == held_on(later, latter.things)
        assert not load(connection, latter, by="keeper", today=later, now=noon(later))
        assert counts(connection) == after
        assert not load(
            connection, latter, by="keeper", today=later + timedelta(9), now=noon(later)
        )
        attempt.rollback()
