"""Calendar files (RFC 5545): a charter's last day, published with a letter; and other days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from notifications.facts import AboutCharter, LetterFacts
from notifications.wording import about
from statemachine.vocabulary import Letter
from statemachine.words import Words

WHAT = Words("Sista dagen: {charter}", "Last day: {charter}")
WHAT_IS_DISCONTINUED = Words(
    "Sista dagen, avvecklas: {charter}", "Last day, discontinued: {charter}"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole day in a calendar, and what it says."""

    uid: str
    day: date
    summary: str
    description: str


def calendar_of(entries: Iterable[Entry], at: datetime) -> str:
    """The entries as iCalendar text, to be opened as a file."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Mandat//Mandat//SV")
    for one in entries:
        entry = Event()
        entry.add("uid", one.uid)
        entry.add("dtstamp", at.astimezone(UTC))
        entry.add("dtstart", one.day)
        entry.add("dtend", one.day + timedelta(days=1))
        entry.add("summary", one.summary)
        entry.add("description", one.description)
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    text: str = calendar.to_ical().decode()
    return text


def last_day(facts: LetterFacts, domain: str, sequence: int, at: datetime) -> str | None:
    """The entry as iCalendar text; None when the charter has no last day.

    The UID is the charter's own, so that a later letter moves the entry instead of adding one:
    when the charter is discontinued, to the day before it ends. `sequence` rises with every letter
    about the charter.
    """
    charter = facts.charter
    if charter is None or (day := _last_day_of(charter, facts)) is None:
        return None
    # Here, since it is slow to load and few letters need it.
    from icalendar import Calendar, Event

    language = facts.reader.language
    what = WHAT_IS_DISCONTINUED if facts.letter is Letter.DISCONTINUED else WHAT
    summary = what.about(charter=" ".join(about(facts).split())).in_(language)
    entry = Event()
    entry.add("uid", f"charter-{charter.id}@{domain}")
    entry.add("sequence", sequence)
    entry.add("dtstamp", at.astimezone(UTC))
    entry.add("dtstart", day)
    entry.add("dtend", day + timedelta(days=1))
    entry.add("summary", summary, parameters={"LANGUAGE": language})
    entry.add("transp", "TRANSPARENT")
    entry.add("x-microsoft-cdo-busystatus", "FREE")
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Mandat//Mandat//SV")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    text: str = calendar.to_ical().decode()
    return text


def _last_day_of(charter: AboutCharter, facts: LetterFacts) -> date | None:
    """The last day in force: the one decided, or earlier when it is discontinued before."""
    days = [charter.ends_on or charter.valid_through]
    if facts.letter is Letter.DISCONTINUED and facts.effective_day is not None:
        days.append(facts.effective_day - timedelta(days=1))
    return min((day for day in days if day is not None), default=None)
