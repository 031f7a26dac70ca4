"""Values as papers spell them: dates, registry numbers, names with titles, addresses."""

import re
from datetime import date

from documents.kinds import Form
from documents.runs import tidy
from models.document import Named

DASH = r"\s?[-‐‑‒–—−]\s?"
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
PHONE = re.compile(r"(?:\+|\b0)\d[\d\s()–-]{5,20}\d")
NUMERIC_DATE = re.compile(rf"\b(\d{{4}})(?:{DASH}|/)(\d{{1,2}})(?:{DASH}|/)(\d{{1,2}})\b")
COMPACT_DATE = re.compile(r"\b((?:19|20)\d{2})(\d{2})(\d{2})\b")

# A case, as in "RS 2024-00784", perhaps with a document's number after it, as in "-40".
REGISTRY_NUMBER = re.compile(
    rf"\b([A-ZÅÄÖ]{{1,6}})\s?((?:19|20)\d{{2}})(?:{DASH}|/|:)(\d{{2,6}})(?:-(\d{{1,4}}))?(?![\w-]*\d)"
)
ANY_CASE = re.compile(REGISTRY_NUMBER.pattern, re.IGNORECASE)
A_YEAR = re.compile(r"(?:19|20)\d{2}$")


def registry_number(text: str) -> str | None:
    """The first registry number in `text` in its one spelling, `RS 2024-00370`, or None."""
    found = ANY_CASE.search(tidy(text))
    return _spelled(found) if found else None


def registry_numbers(text: str) -> list[tuple[str, int, str]]:
    """Every registry number in running text: its one spelling, where it begins, as written.

    There the letters must be capitals, and "HS 2022-2024" is a span of years, not a number.
    """
    return [
        (_spelled(found), found.start(), found[0])
        for found in REGISTRY_NUMBER.finditer(text)
        if not A_YEAR.match(found[3])
    ]


def _spelled(found: re.Match[str]) -> str:
    letters, year, number, document = found.groups()
    return f"{letters.upper()} {year}-{number}" + (f"-{document}" if document else "")


def date_in(text: str, form: Form) -> date | None:
    """The first date in `text` ("2026-06-17", "17 juni 2026"), or None; 31 June is None."""
    return next((day for day, _ in dates_in(text, form)), None)


def dates_in(text: str, form: Form) -> list[tuple[date, str]]:
    """Every date in `text` and how it is written there."""
    order = [month.casefold() for month in form.months]
    found = [(m.start(), m[0], (m[1], m[2], m[3])) for m in NUMERIC_DATE.finditer(text)]
    found += [(m.start(), m[0], (m[1], m[2], m[3])) for m in COMPACT_DATE.finditer(text)]
    found += [
        (m.start(), m[0], (m[3], str(order.index(m[2].casefold()) + 1), m[1]))
        for m in form.worded_date.finditer(text)
    ]
    days = []
    for _, written, (year, month, day) in sorted(found):
        try:
            days.append((date(int(year), int(month), int(day)), written))
        except ValueError:
            continue
    return days


def named_in(text: str, form: Form) -> Named:
    """ "Name, title", a name, or a title alone when its last word is an office."""
    name, comma, title = text.partition(",")
    name, title = name.strip(), title.strip()
    if not comma and form.office.search(name):
        return Named(title=name)
    return Named(name=name or None, title=title or None)
