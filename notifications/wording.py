"""A letter in words: its templates, and the few things they can say that facts cannot."""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError
from markupsafe import Markup

from notifications.answers import in_plain_words
from notifications.facts import AboutCharter, LetterFacts
from notifications.links import Pages, links_in
from notifications.recipients import WHY
from statemachine.vocabulary import Letter
from statemachine.words import Language, Words

LETTERS = Path(__file__).parent / "letters"
TEXT_WIDTH = 76
ACCENT = "#1d4f73"
LAYOUTS = {"text": "layout.text.j2", "html": "layout.mjml"}
PARTS = (
    "p",
    "h",
    "table",
    "bullets",
    "things",
    "thing_named",
    "quote",
    "commands",
    "ways",
    "code",
    "verbatim",
)
"""What a letter is built of; parts.text.j2 and parts.html.j2 each say how it looks."""

KINDS: dict[str, Words] = {
    "charter": Words("uppdragshandlingen", "the charter"),
    "executive_decision": Words("verkställighetsbeslutet", "the executive decision"),
}
ABOUT_NO_CHARTER = (Letter.STANDSTILL, Letter.ALARM, Letter.DIGEST, Letter.LOGIN_CODE)
"""Letters about the service itself: their subject stands alone."""
ANY_DOCUMENT = Words("handlingen", "the document")


class Unsayable(Exception):
    """The letter cannot be written with these facts; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A letter as its reader will see it."""

    subject: str
    text: str
    html: str


def worded(
    facts: LetterFacts,
    *,
    attached: tuple[str, ...] = (),
    signed: str = "Mandat",
    accent: str = ACCENT,
    pages: Pages | None = None,
) -> Worded:
    """The letter in its reader's language, as subject, text and HTML.

    One template says all three, so that text and HTML never say different things. `attached`
    names the attached files and `signed` who the letter is from. With `pages` it leads to them;
    without, it says what to type.

    Raises Unsayable when the letter needs a fact that is not there.
    """
    language = facts.reader.language
    said = _said(facts, language) | {"attached": attached, "signed": signed, "accent": accent}
    said["links"] = [(one.words.in_(language), one.address) for one in links_in(facts, pages)]
    path = f"{facts.letter}/{language}.j2"
    try:
        on_text, on_html = (_stationery(form).get_template(path) for form in ("text", "html"))
        return Worded(
            subject=_block(on_text, "subject", said).strip(),
            text=on_text.render(said),
            html=on_html.render(said),
        )
    except (TemplateError, LookupError, TypeError, ValueError) as fault:
        raise Unsayable(f"{facts.letter} ({language}): {fault}") from fault


def _said(facts: LetterFacts, language: Language) -> dict[str, Any]:
    """The facts by name, with what follows from them in the reader's language."""
    charter = facts.charter
    ends_on = charter.ends_on or charter.valid_through if charter else None

    def left_until(last_day: date) -> str:
        return how_long(facts.today, last_day).in_(language)

    return {name: getattr(facts, name) for name in LetterFacts.model_fields} | {
        "language": language,
        "about": about(facts),
        "thing": _thing(charter).in_(language),
        "term": None if charter is None else _term(charter).in_(language),
        "ends_on": ends_on,
        "day_after": None if ends_on is None else ends_on + timedelta(days=1),
        "left": None if ends_on is None else left_until(ends_on),
        "left_until": left_until,
        "days_left": facts.days_left if ends_on is None else (ends_on - facts.today).days,
        "plainly": _plainly(facts).in_(language),
        "why": WHY[facts.reader.role].in_(language),
    }


def about(facts: LetterFacts) -> str:
    """What the letter is about: the stable tail of every subject, so mail keeps one thread."""
    charter = facts.charter
    if facts.letter in ABOUT_NO_CHARTER:
        return ""
    if charter is None:
        return facts.group or ""
    number = charter.registry_number
    return f"{charter.title} ({number})" if number else charter.title


def how_long(today: date, last_day: date) -> Words:
    """How long is left, as people say it: days when near, months when far."""
    days = (last_day - today).days
    months = round(days / 30.44)
    if days < 0:
        return Words("redan passerat", "already past")
    if days < 2:
        return (Words("i dag", "today"), Words("i morgon", "tomorrow"))[days]
    if days <= 45:
        return Words(f"om {days} dagar", f"in {days} days")
    if months < 24:
        return Words(f"om ungefär {months} månader", f"in about {months} months")
    return Words(f"om ungefär {months // 12} år", f"in about {months // 12} years")


def _thing(charter: AboutCharter | None) -> Words:
    return ANY_DOCUMENT if charter is None else KINDS.get(charter.kind, ANY_DOCUMENT)


def _plainly(facts: LetterFacts) -> Words:
    """What was answered to a letter that did not arrive, as a colleague would put it."""
    undelivered = facts.undelivered
    return in_plain_words(undelivered.reply if undelivered else None)


def _term(charter: AboutCharter) -> Words:
    """The period, as papers write it."""
    first = charter.valid_from
    last = charter.ends_on or charter.valid_through
    begins = (
        Words(f"fr.o.m. {first}", f"from {first}")
        if first
        else Words("fr.o.m. beslutsdagen", "from the day of the decision")
    )
    ends = Words(f"t.o.m. {last}", f"through {last}") if last else Words("tills vidare", "no end")
    return Words(f"{begins.sv} {ends.sv}", f"{begins.en} {ends.en}")


@cache
def _stationery(form: str) -> Environment:
    """The paper a letter is written on: `text` or `html`, with the same words for its parts."""
    environment = Environment(
        loader=_Drawer(LETTERS),
        autoescape=form == "html",
        undefined=StrictUndefined,
        finalize=_unbroken if form == "html" else _never_none,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "filled": filled,
        "hanging": hanging,
        "indented": indented,
        "columns": columns,
        "tidy": tidy,
        "sentence": sentence,
        "moment": moment,
    }
    environment.globals["layout"] = LAYOUTS[form]
    parts = environment.get_template(f"parts.{form}.j2").module
    environment.globals |= {name: getattr(parts, name) for name in PARTS}
    return environment


class _Drawer(FileSystemLoader):
    """Where templates lie. MJML becomes HTML here, once, before anything anyone wrote is in it."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, filename, is_fresh = super().get_source(environment, template)
        if template.endswith(".mjml"):
            from mjml import mjml2html

            source = mjml2html(source, fonts={})  # no font is fetched from anywhere
        return source, filename, is_fresh


def _block(template: Template, name: str, said: Mapping[str, Any]) -> str:
    return "".join(template.blocks[name](template.new_context(dict(said))))


def _never_none(value: object) -> object:
    if value is None:
        raise TemplateError("a fact the letter needs is missing")
    return value


def _unbroken(value: object) -> object:
    """A date stays on one line on the screen, however narrow."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return Markup('<span style="white-space:nowrap">{}</span>').format(value)
    return _never_none(value)


# --- filters --------------------------------------------------------------------------------


def filled(text: str, first: str = "", rest: str = "") -> str:
    """A paragraph, filled to the width of a text letter; long words and addresses stay whole."""
    return textwrap.fill(
        " ".join(text.split()),
        TEXT_WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def hanging(text: str) -> str:
    """A line of a list."""
    return filled(text, "  - ", "    ")


def indented(text: str, by: str = "    ", fill: bool = True) -> str:
    """Someone's own words, line by line, set in from the margin."""
    return "\n".join(
        filled(line, by, by) if fill else f"{by}{line}".rstrip()
        for line in text.strip().splitlines()
    )


def columns(rows: Mapping[str, object]) -> str:
    """Labels and values in two columns; rows without a value are left out."""
    kept = {label: str(value) for label, value in rows.items() if value is not None}
    widest = max(map(len, kept), default=0) + 1
    return "\n".join(
        filled(value, f"  {label + ':':<{widest}}  ", " " * (widest + 4))
        for label, value in kept.items()
    )


def tidy(text: str) -> str:
    """A text letter with one blank line between its parts."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for line, next_ in zip(lines, [*lines[1:], ""], strict=True) if line or next_]
    return "\n".join(kept)


def moment(at: datetime, language: Language) -> str:
    """A moment to the minute, in the zone it came in."""
    return f"{at:%Y-%m-%d kl. %H.%M}" if language == "sv" else f"{at:%Y-%m-%d at %H:%M}"


def sentence(words: str) -> str:
    """With a capital first letter and the rest as it was."""
    capitalised = words[:1].upper() + words[1:]
    return Markup(capitalised) if isinstance(words, Markup) else capitalised
