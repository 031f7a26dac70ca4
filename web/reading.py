"""How a page is written: a template in each language's own words, escaped."""

from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from documents.runs import safe_link
from statemachine.words import Language, Words

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"


def written(template: str, language: Language, **told: Any) -> str:
    """A page in one language. In the template `said(sv, en)` is the sentence in that language.

    `said` also takes Words: `said(state.words)`.
    """

    def said(words: Words | str, en: str = "", **facts: object) -> str:
        spoken = words if isinstance(words, Words) else Words(words, en)
        return (spoken.about(**facts) if facts else spoken).in_(language)

    return _templates().get_template(template).render(said=said, language=language, **told)


@cache
def static(name: str) -> str:
    """The address of a file of ours, which changes with what it says."""
    return f"/static/{name}?{sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def _moment(value: datetime | None, zone: Any = None) -> str:
    """A moment as people write it: 2026-06-17 09:00."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else "–"


def _day(value: date | None) -> str:
    """A day, or a dash where there is none."""
    return value.isoformat() if value else "–"


def _pair(word: str) -> tuple[str, str]:
    """A choice that is its own word."""
    return word, word


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["static"] = static
    templates.filters.update(moment=_moment, day=_day, pair=_pair, safe_link=safe_link)
    return templates
