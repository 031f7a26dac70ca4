"""A forecast as a calendar file (RFC 5545): one entry for each act or letter to come."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from casework.forecast import Coming
from statemachine.words import Language

DAY = timedelta(days=1)


def as_icalendar(comings: Iterable[Coming], domain: str, now: datetime, language: Language) -> str:
    """The file's text. An entry keeps its UID from one forecast to the next."""
    # Here, since it is slow to load and few commands need it.
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Mandat//Mandat//SV")
    for one in comings:
        entry = Event()
        entry.add("uid", f"{_key(one)}@{domain}")
        entry.add("dtstamp", now.astimezone(UTC))
        entry.add("dtstart", one.day)
        entry.add("dtend", one.day + DAY)
        entry.add("summary", _summary(one, language))
        entry.add("description", _description(one, language))
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    text: str = calendar.to_ical().decode()
    return text


def _summary(one: Coming, language: Language) -> str:
    what = one.what.words.in_(language)
    stage = f" {one.stage}" if one.stage else ""
    return f"{what[:1].upper()}{what[1:]}{stage}: {one.about}"


def _description(one: Coming, language: Language) -> str:
    readers = "\n".join(f"{to.name} ({to.role.words.in_(language)})" for to in one.to)
    told = (readers, one.why.in_(language), one.unless.in_(language))
    return "\n".join(line for line in told if line)


def _key(one: Coming) -> str:
    told = f"{one.charter}:{one.about}:{one.what}:{one.stage}:{one.day}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]
