"""The distribution list, line by line: the people of a day behind the words of a document."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select

from casework.change import Reached
from casework.matter import Text
from documents import Addressee
from models.directory import Directory, Someone
from models.document import RecipientLine
from models.prepared import Prepared
from models.tables import Group, Office
from statemachine.vocabulary import Duty, Seat
from statemachine.words import Words

CLOSE_ENOUGH = 88
"""Whole-string likeness, in percent, at which two spellings of a group's name are the same."""


_OFFICE_CALLED = Prepared(select(Office.id).where(Office.name_folded == bindparam("name")))
_GROUP_NAMES = Prepared(select(Group.id, Group.name).order_by(Group.id))


@dataclass(frozen=True, slots=True)
class DistributionList:
    """Who was found behind each line, and why nobody was behind the others."""

    reached: tuple[Reached, ...]
    unresolved: dict[int, Words]
    """Why a line reaches nobody, by its place on the list."""


def resolve(
    text: Text,
    people: Directory,
    group: Any | None,
    instead: Mapping[int, str],
) -> DistributionList:
    """Find the people behind every line of the text's distribution list on this day.

    `instead` names, by line, who gets it in place of someone who cannot be found: a person's key
    or an address. Each line reaches at least one address, or is named as unresolved.
    """
    reached: list[Reached] = []
    unresolved: dict[int, Words] = {}
    lines, meant = text.document.recipients, text.addressees
    people.remember(emails=(line.email for line in lines if line.email))
    own = group.id if group is not None else None
    people.remember_groups(own, (one.group for one in meant if one and one.group))
    for place, (line, one) in enumerate(zip(lines, meant, strict=True), start=1):
        found = _instead(instead[place], people) if place in instead else None
        found = found or _behind(line, one, people, own)
        with_address = [one for one in found if one[1]]
        if not with_address:
            unresolved[place] = _nobody(place, line, found)
        reached += [
            Reached(
                place=place,
                who=line.who,
                purpose=line.purpose,
                name=name,
                email=email or "",
                language=language,
                person_id=person_id,
            )
            for name, email, language, person_id in with_address
        ]
    return DistributionList(_each_once(reached), unresolved)


_Found = Sequence[tuple[str, str | None, str, int | None]]


def _found(*someone: Someone) -> _Found:
    return [(one.name, one.email, one.language, one.id) for one in someone]


def _instead(named: str, people: Directory) -> _Found:
    someone = people.found(named)
    if someone:
        return _found(someone)
    if "@" not in named or people.was_here(named):
        return []
    return [(named, named, "sv", None)]


def _behind(
    line: RecipientLine, meant: Addressee | None, people: Directory, own: int | None
) -> _Found:
    """An address before a seat before a duty before an office before a whole body before a name."""
    if meant is None:
        return _at(line, people)
    if meant.duty == Duty.REGISTRY_KEEPER:
        return _found(*people.on_duty(Duty.REGISTRY_KEEPER))
    if meant.duty in set(Seat):
        group_id = _group_called(meant.group, people) if meant.group else own
        return _found(*people.seated(group_id, Seat(meant.duty)))
    office = _OFFICE_CALLED.value(people.connection, name=line.who.casefold())
    if office is not None:
        return _found(*people.holders(office))
    body = _group_called(line.who, people)
    if body is not None:
        return _found(*dict.fromkeys(seated.person for seated in people.seats(body)))
    someone = people.named(line.who)
    return _found(someone) if someone else []


def _at(line: RecipientLine, people: Directory) -> _Found:
    """Who has the address on the line; nobody, when whoever had it has left."""
    email = line.email or ""
    known = people.addressed(email)
    if known:
        return _found(known)
    return [] if people.was_here(email) else [(line.who, email, "sv", None)]


def _group_called(name: str, people: Directory) -> int | None:
    """The group of this name, or else the one spelled most like it."""
    exactly = people.group_called(name)
    return exactly if exactly is not None else _group_spelled_like(name, people)


def _group_spelled_like(name: str, people: Directory) -> int | None:
    from rapidfuzz import fuzz, process

    names = {row.id: row.name for row in _GROUP_NAMES.rows(people.connection)}
    likest = process.extractOne(
        name, names, scorer=fuzz.ratio, processor=_bare, score_cutoff=CLOSE_ENOUGH
    )
    return likest[2] if likest else None


def _bare(name: str) -> str:
    return re.sub(r"\b(?:för|of|for|the)\b|[^\w ]|(?<=råd)et\b|(?<=grupp)en\b", "", name.casefold())


def _nobody(place: int, line: RecipientLine, found: _Found) -> Words:
    if found:
        return Words(
            "Rad {place} ({who}): {name} saknar e-postadress.",
            "Line {place} ({who}): {name} has no e-mail address.",
        ).about(place=place, who=line.who, name=found[0][0])
    return Words(
        "Rad {place} ({who}): ingen innehar den rollen eller adressen i dag.",
        "Line {place} ({who}): nobody holds that role or address today.",
    ).about(place=place, who=line.who)


def _each_once(reached: Sequence[Reached]) -> tuple[Reached, ...]:
    """One letter an address: someone named on several lines gets one, with all its purposes."""
    seen: dict[str, Reached] = {}
    for one in reached:
        first = seen.setdefault(one.email.casefold(), one)
        if first is not one and one.purpose and one.purpose not in (first.purpose or ""):
            purpose = "; ".join(part for part in (first.purpose, one.purpose) if part)
            seen[one.email.casefold()] = replace(first, purpose=purpose)
    return tuple(seen.values())
