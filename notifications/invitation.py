"""The charter's last day as a calendar entry (RFC 5545): published, nothing to accept."""

from datetime import UTC, datetime, timedelta

from notifications.facts import LetterFacts
from notifications.wording import about
from statemachine.words import Words


def last_day(facts: LetterFacts, domain: str, sequence: int, at: datetime) -> str | None:
    """The entry as iCalendar text; None when the charter has no last day.

    The UID is the charter's own, so that a later letter moves the entry instead of adding one.
    `sequence` rises with every letter about the charter.
    """
    charter = facts.charter
    day = charter.ends_on or charter.valid_through if charter else None
    if charter is None or day is None:
        return None
    language = facts.reader.language
    what = Words("Sista dagen: {}", "Last day: {}").in_(language).format(about(facts))
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Mandat//Mandat//SV",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:charter-{charter.id}@{domain}",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY;LANGUAGE={language}:{_escaped(what)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.splitlines())


def _folded(line: str) -> list[str]:
    """Lines of at most 75 octets, never cut inside a character; a space begins each next one."""
    folded = [""]
    for character in line:
        if len((folded[-1] + character).encode()) > 75:
            folded.append(" ")
        folded[-1] += character
    return folded
