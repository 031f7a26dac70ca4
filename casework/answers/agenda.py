"""A forecast as a calendar file: one entry for each act or letter to come."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from casework.answers.forecast import Coming
from notifications.invitation import Entry, calendar_of
from statemachine.words import Language


def as_icalendar(comings: Iterable[Coming], domain: str, now: datetime, language: Language) -> str:
    """The file's text. An entry keeps its UID from one forecast to the next."""
    entries = (
        Entry(f"{_key(one)}@{domain}", one.day, _summary(one, language), _described(one, language))
        for one in comings
    )
    return calendar_of(entries, now)


def _summary(one: Coming, language: Language) -> str:
    what = one.what.words.in_(language)
    stage = f" {one.stage}" if one.stage else ""
    return f"{what[:1].upper()}{what[1:]}{stage}: {one.about}"


def _described(one: Coming, language: Language) -> str:
    readers = "\n".join(f"{to.name} ({to.role.words.in_(language)})" for to in one.to)
    told = (readers, one.why.in_(language), one.unless.in_(language))
    return "\n".join(line for line in told if line)


def _key(one: Coming) -> str:
    told = f"{one.charter}:{one.about}:{one.what}:{one.stage}:{one.day}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]
