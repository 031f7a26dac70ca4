"""What must hold between the things of an organisation, whichever way they come in."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from casework.organisation.things import (
    KEYED,
    ONE_AT_A_TIME,
    Dated,
    Group,
    Holder,
    Keyed,
    Person,
    Seat,
    Thing,
    life,
    owners,
    place,
)
from statemachine.words import Words


class Wrong(NamedTuple):
    """A rule broken: by which thing, in which field of the file, and in words."""

    thing: Thing
    field: str
    says: Words


Rule: TypeAlias = Callable[[tuple[Thing, ...]], Iterator[Wrong]]


def wrongs(things: Iterable[Thing]) -> Iterator[Wrong]:
    """Every rule that is broken among `things`, by every thing that breaks it."""
    things = tuple(things)
    for rule in RULES:
        yield from rule(things)


def keys_are_unique(things: tuple[Thing, ...]) -> Iterator[Wrong]:
    seen: set[tuple[type, str]] = set()
    for thing in _keyed(things):
        if (type(thing), thing.key) in seen:
            says = Words(
                "{key} finns redan längre upp. Ge var och en sin egen nyckel.",
                "{key} already stands further up. Give each its own key.",
            )
            yield Wrong(thing, "key", says.about(key=thing.key))
        seen.add((type(thing), thing.key))


def addresses_are_their_own(things: tuple[Thing, ...]) -> Iterator[Wrong]:
    """One address leads to one person, among those who are here at the same time."""
    seen: dict[str, list[Person]] = defaultdict(list)
    for person in things:
        if not isinstance(person, Person) or person.email is None:
            continue
        begins, ends = life(person)
        for other in seen[person.email.casefold()]:
            others_begin, others_end = life(other)
            if other.key != person.key and begins <= others_end and others_begin <= ends:
                says = Words(
                    "{email} är adress till både {one} och {other}. Ge var och en sin egen.",
                    "{email} is the address of both {one} and {other}. Give each their own.",
                )
                yield Wrong(
                    person,
                    "email",
                    says.about(email=person.email, one=other.name, other=person.name),
                )
                break
        seen[person.email.casefold()].append(person)


def time_runs_forward(things: tuple[Thing, ...]) -> Iterator[Wrong]:
    for thing in things:
        match thing:
            case Group(from_=first, discontinued_on=last) if last and last < first:
                says = Words(
                    "Gruppen avvecklas {last} innan den börjar {first}. Rätta ett av datumen.",
                    "The group is discontinued on {last}, before it begins on {first}. "
                    "Correct one of the dates.",
                )
                yield Wrong(thing, "discontinued_on", says.about(last=last, first=first))
            case Person(from_=first, through=last) | Dated(from_=first, through=last):
                if first and last and last < first:
                    says = Words(
                        "t.o.m. {last} ligger före fr.o.m. {first}. Rätta ett av datumen.",
                        "through {last} lies before from {first}. Correct one of the dates.",
                    )
                    yield Wrong(thing, "through", says.about(last=last, first=first))


def nobody_begins_outside_their_time(things: tuple[Thing, ...]) -> Iterator[Wrong]:
    """A seat, duty or office begins while its person is here and its group exists."""
    lives = {(type(thing), thing.key): (thing.name, life(thing)) for thing in _keyed(things)}
    for thing in things:
        if not isinstance(thing, Dated):
            continue
        for owner in owners(thing):
            if owner not in lives:
                continue
            name, (first, last) = lives[owner]
            if thing.from_ < first:
                says = Words(
                    "Det börjar {day}, men {name} börjar först {first}. Ändra ett av datumen.",
                    "It begins on {day}, but {name} begins only on {first}. Change one of the "
                    "dates.",
                )
                yield Wrong(thing, "from", says.about(day=thing.from_, name=name, first=first))
            elif thing.from_ > last:
                says = Words(
                    "Det börjar {day}, men sista dagen för {name} är {last}. Ändra ett av datumen.",
                    "It begins on {day}, but the last day of {name} is {last}. Change one of the "
                    "dates.",
                )
                yield Wrong(thing, "from", says.about(day=thing.from_, name=name, last=last))


def no_two_at_once(things: tuple[Thing, ...]) -> Iterator[Wrong]:
    """Some seats, and every office, take one person at a time; no one is listed twice at once."""
    names = {thing.key: thing.name for thing in things if isinstance(thing, Person)}
    lists: dict[tuple[object, ...], list[Dated]] = defaultdict(list)
    for thing in things:
        if isinstance(thing, Dated) and (where := place(thing)) is not None:
            lists[where].append(thing)
    for listed in lists.values():
        latest: Dated | None = None
        for thing in sorted(listed, key=lambda one: one.from_):
            if latest is not None and latest.overlaps(thing):
                yield Wrong(thing, "from", _two_at_once(latest, thing, names))
            latest = max(latest or thing, thing, key=lambda one: one.ends)


def _two_at_once(one: Dated, other: Dated, names: Mapping[str, str]) -> Words:
    until = Words("tills vidare", "until further notice")
    facts = {
        "first": one.from_,
        "last": until
        if one.through is None
        else Words(f"t.o.m. {one.through}", f"to {one.through}"),
    }
    takes_one = isinstance(other, Holder) or (
        isinstance(other, Seat) and other.seat in ONE_AT_A_TIME
    )
    if not takes_one:
        return Words(
            "Samma sak står redan för tiden fr.o.m. {first} {last}. Ta bort det ena eller ändra "
            "datumen.",
            "The same already stands for the time from {first} {last}. Remove one or change the "
            "dates.",
        ).about(**facts)
    key = getattr(one, "person", None)
    who = Words("platsen är vakant", "the seat is vacant") if key is None else None
    name = names.get(key or "", key or "")
    return Words(
        "Bara en i taget: {who} fr.o.m. {first} {last}. Avsluta den tiden dagen innan nästa tar "
        "vid.",
        "Only one at a time: {who} from {first} {last}. End that time the day before the next "
        "begins.",
    ).about(who=who or Words(f"{name} är det", f"it is {name}"), **facts)


def groups_go_in_no_circle(things: tuple[Thing, ...]) -> Iterator[Wrong]:
    groups = {thing.key: thing for thing in things if isinstance(thing, Group)}
    for field in ("parent", "taken_over_by"):
        judged: set[str] = set()
        for group in groups.values():
            circle = _circle(groups, group.key, field, judged)
            if circle:
                says = Words(
                    "Grupperna pekar på varandra i en ring: {circle}. Bryt den på ett ställe.",
                    "The groups point at one another in a circle: {circle}. Break it somewhere.",
                ).about(circle=" → ".join(circle))
                yield Wrong(groups[circle[0]], field, says)


def _circle(
    groups: Mapping[str, Group], key: str, field: str, judged: set[str]
) -> tuple[str, ...] | None:
    """The circle met on the way up from `key`, each circle once; None where the way ends."""
    way: list[str] = []
    while key in groups and key not in judged:
        judged.add(key)
        way.append(key)
        key = getattr(groups[key], field) or ""
    return (*way[way.index(key) :], key) if key in way else None


def only_the_discontinued_are_taken_over(things: tuple[Thing, ...]) -> Iterator[Wrong]:
    for thing in things:
        if isinstance(thing, Group) and thing.taken_over_by and not thing.discontinued_on:
            says = Words(
                "Gruppen är övertagen men inte avvecklad. Ange discontinued_on, eller ta bort "
                "taken_over_by.",
                "The group is taken over but not discontinued. Give discontinued_on, or remove "
                "taken_over_by.",
            )
            yield Wrong(thing, "taken_over_by", says)


def _keyed(things: tuple[Thing, ...]) -> Iterator[Keyed]:
    return (thing for thing in things if isinstance(thing, KEYED))


RULES: tuple[Rule, ...] = (
    keys_are_unique,
    addresses_are_their_own,
    time_runs_forward,
    nobody_begins_outside_their_time,
    no_two_at_once,
    groups_go_in_no_circle,
    only_the_discontinued_are_taken_over,
)
