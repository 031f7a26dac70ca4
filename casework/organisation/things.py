"""The things an organisation is made of, as plain values: what a file states and memory keeps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar, TypeAlias

from statemachine.vocabulary import Seat as SeatKind
from statemachine.words import Language, Words

DAY = timedelta(days=1)

ONE_AT_A_TIME = (SeatKind.CHAIR, SeatKind.VICE_CHAIR, SeatKind.COORDINATOR, SeatKind.LIAISON)
"""Seats that one person holds at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    noun: ClassVar = Words("person", "person")
    told_apart_by: ClassVar = ("key",)

    key: str
    name: str
    title: str | None = None
    email: str | None = None
    phone: str | None = None
    administration: str | None = None
    language: Language = "sv"
    from_: date | None = None
    through: date | None = None
    """The last day the person is here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    noun: ClassVar = Words("befattning", "office")
    told_apart_by: ClassVar = ("key",)

    key: str
    name: str
    administration: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    noun: ClassVar = Words("grupp", "group")
    told_apart_by: ClassVar = ("key",)

    key: str
    name: str
    kind: str | None = None
    level: str | None = None
    area: str | None = None
    parent: str | None = None
    programme_areas: tuple[str, ...] = ()
    from_: date
    discontinued_on: date | None = None
    """The first day the group no longer exists."""
    taken_over_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Something held or allowed between two days, both inclusive; without `through` it goes on.

    Where `through` lies before `from_` it never came about.
    """

    noun: ClassVar[Words]
    told_apart_by: ClassVar[tuple[str, ...]]

    from_: date
    through: date | None = None

    @property
    def ends(self) -> date:
        """The last day; the end of time for what goes on until further notice."""
        return self.through or date.max

    def overlaps(self, other: "Dated") -> bool:
        return max(self.from_, other.from_) <= min(self.ends, other.ends)

    def covers(self, day: date) -> bool:
        return self.from_ <= day <= self.ends

    def is_over(self, day: date) -> bool:
        """Whether it has ended before `day`, or never came about; what is to come is not over."""
        return self.ends < max(self.from_, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Dated):
    noun: ClassVar = Words("uppgift", "duty")
    told_apart_by: ClassVar = ("duty", "person")

    duty: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(Dated):
    noun: ClassVar = Words("innehavare", "holder")
    told_apart_by: ClassVar = ("office", "person")

    office: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn(Dated):
    noun: ClassVar = Words("ersättare", "stand-in")
    told_apart_by: ClassVar = ("office", "person")

    office: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Dated):
    noun: ClassVar = Words("behörighet", "authority")
    told_apart_by: ClassVar = ("office", "may", "kind", "group", "area")

    office: str
    may: str
    kind: str | None = None
    group: str | None = None
    area: str | None = None
    basis: str
    basis_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat(Dated):
    noun: ClassVar = Words("plats", "seat")
    told_apart_by: ClassVar = ("group", "seat", "person")

    group: str
    seat: str
    person: str | None = None
    """None while the seat is vacant."""
    appointed_by: str | None = None


Keyed: TypeAlias = Person | Office | Group
Thing: TypeAlias = Keyed | Dated

KEYED: tuple[type[Keyed], ...] = (Person, Office, Group)
DATED: tuple[type[Dated], ...] = (Duty, Holder, StandIn, Authority, Seat)
KINDS: tuple[type[Thing], ...] = (*KEYED, *DATED)
"""Every kind of thing; what others refer to comes before what refers to it."""

REFERENCES: dict[str, type[Keyed]] = {
    "person": Person,
    "office": Office,
    "group": Group,
    "parent": Group,
    "taken_over_by": Group,
}
"""The fields that name another thing by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A whole organisation as its file states it, judged and found whole."""

    name: str
    abbreviation: str | None = None
    administrations: tuple[str, ...] = ()
    things: tuple[Thing, ...] = ()


def identity(thing: Thing) -> tuple[object, ...]:
    """What tells a thing apart from others of its kind, its dates aside."""
    return tuple(getattr(thing, name) for name in thing.told_apart_by)


def place(thing: Dated) -> tuple[object, ...] | None:
    """What only one can be at a time: two with the same place must not overlap; None for no such.

    Some seats and every office take one person at a time. Elsewhere nobody is listed twice.
    """
    match thing:
        case Holder():
            return (Holder, thing.office)
        case Seat() if thing.seat in ONE_AT_A_TIME:
            return (Seat, thing.group, thing.seat)
        case Seat(person=None):
            return None
        case _:
            return (type(thing), *identity(thing))


def life(thing: Keyed) -> tuple[date, date]:
    """The first and last day of a person, an office or a group."""
    match thing:
        case Person():
            return thing.from_ or date.min, thing.through or date.max
        case Group():
            ends = thing.discontinued_on
            return thing.from_, ends - DAY if ends else date.max
        case _:
            return date.min, date.max


def ending_with_their_own(things: Iterable[Thing]) -> tuple[Thing, ...]:
    """The things in their order, each held no longer than its person stays and its group exists."""
    things = tuple(things)
    ends = {(type(one), one.key): life(one)[1] for one in things if isinstance(one, KEYED)}
    return tuple(_ended_by(thing, ends) if isinstance(thing, Dated) else thing for thing in things)


def _ended_by(thing: Dated, ends: Mapping[tuple[type[Keyed], str], date]) -> Dated:
    last = min((ends.get(owner, date.max) for owner in owners(thing)), default=date.max)
    return replace(thing, through=last) if thing.from_ <= last < thing.ends else thing


def owners(thing: Dated) -> list[tuple[type[Keyed], str]]:
    """Whose lives bound this: its person, and for a seat its group. Kind and key of each."""
    bounds = ("person", "group") if isinstance(thing, Seat) else ("person",)
    return [
        (REFERENCES[name], key)
        for name in bounds
        if (key := getattr(thing, name, None)) is not None
    ]
