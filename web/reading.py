"""How a page is written: a template in each language's own words, escaped, and told to stay put."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from statemachine.words import Language, Words

TEMPLATES = Path(__file__).parent / "templates"
STAYS_PUT = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; style-src 'self'; img-src 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(template: str, language: Language, **told: Any) -> HTMLResponse:
    """A page in one language. In the template `said(sv, en)` is the sentence in that language."""

    def said(sv: str, en: str, **facts: object) -> str:
        return Words(sv, en).about(**facts).in_(language)

    written = _templates().get_template(template).render(said=said, language=language, **told)
    return HTMLResponse(written, headers={**STAYS_PUT, "Content-Language": language})


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
