"""The organisation as it stands on a day, as plain data in the shape of the file."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import Connection

from casework.organisation import values
from casework.organisation.difference import called, plain_value
from casework.organisation.form import DUTIES, SECTIONS, field_of
from casework.organisation.memory import Memory
from casework.organisation.things import (
    KEYED,
    Dated,
    Duty,
    Keyed,
    Office,
    Person,
    Thing,
    life,
)
from statemachine.words import Refusal, Words


def as_it_stands(connection: Connection, *, on: date) -> dict[str, Any]:
    """Everyone and everything that is there on this day or is still to come, as the file has it.

    Dates are ISO; a field without a value is left out.
    """
    memory = Memory(connection)
    things = [thing for thing in memory.things if not _is_over(thing, on)]
    dated = [thing for thing in things if isinstance(thing, Dated)]
    found: dict[str, Any] = {}
    for section, one in SECTIONS.items():
        found[section] = [
            _plain(thing)
            | {name: _belonging(inside.thing, thing, dated) for name, inside in one.inside.items()}
            for thing in things
            if isinstance(thing, one.thing) and isinstance(thing, KEYED)
        ]
    found["duties"] = {
        duty.value: [
            _plain(held, without="duty")
            for held in dated
            if isinstance(held, Duty) and held.duty == duty
        ]
        for duty in DUTIES
    }
    return found


def person_as_they_stand(
    connection: Connection, key_or_email: str, *, on: date
) -> tuple[dict[str, Any], tuple[Words, ...]]:
    """What is known of someone, as plain data, and in words what they hold or are to hold.

    Raises Refusal when nobody has that key or address, naming the nearest.
    """
    memory = Memory(connection)
    folded = key_or_email.strip().casefold()
    people = {kept.thing.key: kept.thing for kept in memory.kept[Person]}
    person = next(
        (one for one in people.values() if folded in (one.key, (one.email or "").casefold())), None
    )
    if person is None:
        meant = values.meant(values.nearest_to(folded, people))
        raise Refusal(
            Words(
                "Det finns ingen person med nyckeln eller adressen {who}.{meant}",
                "There is no person with the key or address {who}.{meant}",
            ).about(who=key_or_email, meant=meant)
        )
    held = [
        thing
        for thing in memory.things
        if isinstance(thing, Dated)
        and getattr(thing, "person", None) == person.key
        and not thing.is_over(on)
    ]
    names = memory.names()
    data = _plain(person) | {
        "holds": [{"what": thing.noun.en, **_plain(thing, without="person")} for thing in held]
    }
    return data, tuple(_line(thing, called(thing, names)) for thing in held)


def _line(thing: Dated, name: Words) -> Words:
    until = Words(f" t.o.m. {thing.through}", f" through {thing.through}")
    says = Words("{noun}: {name}, fr.o.m. {first}{last}", "{noun}: {name}, from {first}{last}")
    last = until if thing.through else ""
    return says.about(noun=thing.noun, name=name, first=thing.from_, last=last)


def _belonging(kind: type[Thing], to: Keyed, dated: Iterable[Dated]) -> list[dict[str, Any]]:
    owner = "office" if isinstance(to, Office) else "group"
    return [
        _plain(one, without=owner)
        for one in dated
        if isinstance(one, kind) and getattr(one, owner) == to.key
    ]


def _plain(thing: Thing, *, without: str = "") -> dict[str, Any]:
    named = ((field_of(one.name), getattr(thing, one.name)) for one in fields(thing))
    return {
        name: plain_value(value)
        for name, value in sorted(named, key=lambda pair: pair[0] in ("from", "through"))
        if value not in (None, ()) and name != without
    }


def _is_over(thing: Thing, day: date) -> bool:
    return thing.is_over(day) if isinstance(thing, Dated) else life(thing)[1] < day
