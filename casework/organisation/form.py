"""The form of the file: which fields each thing has, what they take, and what stands inside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from casework.organisation import things, values
from casework.organisation.things import Thing
from documents.kinds import kinds
from statemachine.vocabulary import Duty, Seat
from statemachine.words import Words


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is read: a function from the text, or `each` of a list of texts."""

    read: Callable[[str], Any]
    needed: bool = False
    each: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind of thing is written; what `inside` lists belongs to it by its `key`."""

    thing: type[Thing]
    fields: Mapping[str, Field]
    inside: Mapping[str, "Form"] = field(default_factory=dict)


MAY = {
    "establish": Words("inrätta", "establish"),
    "decide": Words("besluta", "decide"),
    "discontinue": Words("avveckla", "discontinue"),
}
"""What an office may have authority to do."""


def needed(read: Callable[[str], Any]) -> Field:
    return Field(read, needed=True)


PERIOD = {"from": needed(values.day), "through": Field(values.day)}

PERSON = Form(
    things.Person,
    {
        "key": needed(values.key),
        "name": needed(values.text),
        "title": Field(values.text),
        "email": Field(values.email),
        "phone": Field(values.text),
        "administration": Field(values.text),
        "language": Field(values.one_of(lambda: ("sv", "en"))),
        "from": Field(values.day),
        "through": Field(values.day),
    },
)
DUTY = Form(things.Duty, {"person": needed(values.text), **PERIOD})
HOLDER = Form(things.Holder, {"person": needed(values.text), **PERIOD})
STAND_IN = Form(things.StandIn, {"person": needed(values.text), **PERIOD})
AUTHORITY = Form(
    things.Authority,
    {
        "may": needed(values.one_of(lambda: MAY)),
        "kind": Field(values.one_of(lambda: (kind.key for kind in kinds()))),
        "group": Field(values.text),
        "area": Field(values.text),
        "basis": needed(values.text),
        "basis_date": Field(values.day),
        **PERIOD,
    },
)
OFFICE = Form(
    things.Office,
    {
        "key": needed(values.key),
        "name": needed(values.text),
        "administration": Field(values.text),
    },
    {"holders": HOLDER, "stand_ins": STAND_IN, "authority": AUTHORITY},
)
SEAT = Form(
    things.Seat,
    {
        "seat": needed(values.one_of(lambda: Seat)),
        "person": Field(values.text),
        "vacant": Field(values.truth),
        "appointed_by": Field(values.text),
        **PERIOD,
    },
)
GROUP = Form(
    things.Group,
    {
        "key": needed(values.key),
        "name": needed(values.text),
        "kind": Field(values.text),
        "level": Field(values.text),
        "area": Field(values.text),
        "parent": Field(values.text),
        "programme_areas": Field(values.text, each=True),
        "from": needed(values.day),
        "discontinued_on": Field(values.day),
        "taken_over_by": Field(values.text),
    },
    {"seats": SEAT},
)

ORGANISATION = {"name": needed(values.text), "abbreviation": Field(values.text)}
DUTIES = tuple(Duty)
SECTIONS = {"people": PERSON, "offices": OFFICE, "groups": GROUP}
WHOLE = ("organisation", "administrations", "people", "duties", "offices", "groups")

FIELDS = {
    "key": Words("nyckel", "key"),
    "name": Words("namn", "name"),
    "title": Words("titel", "title"),
    "email": Words("e-post", "e-mail"),
    "phone": Words("telefon", "telephone"),
    "administration": Words("förvaltning", "administration"),
    "language": Words("språk", "language"),
    "from": Words("fr.o.m.", "from"),
    "through": Words("t.o.m.", "through"),
    "duty": Words("uppgift", "duty"),
    "person": Words("person", "person"),
    "office": Words("befattning", "office"),
    "may": Words("får", "may"),
    "kind": Words("slag", "kind"),
    "group": Words("grupp", "group"),
    "level": Words("nivå", "level"),
    "area": Words("område", "area"),
    "basis": Words("grund", "basis"),
    "basis_date": Words("grundens datum", "basis date"),
    "parent": Words("överordnad grupp", "parent group"),
    "programme_areas": Words("programområden", "programme areas"),
    "discontinued_on": Words("avvecklad den", "discontinued on"),
    "taken_over_by": Words("övertagen av", "taken over by"),
    "seat": Words("plats", "seat"),
    "appointed_by": Words("utsedd av", "appointed by"),
}
"""What people call each field."""


def attribute(name: str) -> str:
    """The attribute that keeps a field: `from` is a word of Python's own."""
    return "from_" if name == "from" else name


def field_of(attribute: str) -> str:
    """The field an attribute keeps."""
    return attribute.rstrip("_")
