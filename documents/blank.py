"""An empty form."""

from pathlib import Path

from documents.kinds import kind as kind_called
from models.document import Document, Section
from statemachine.words import Language


def blank(kind: str, language: Language = "sv", *, extra: Path | None = None) -> Document:
    """An empty form of `kind`: all its headings and nothing under them.

    Raises UnknownKind when no form describes it; `extra` is a folder of the organisation's own.
    """
    form = kind_called(kind, extra).in_(language)
    headings = (section for section in form.sections if not section.optional)
    return Document(
        kind=kind,
        language=form.language,
        sections=tuple(Section(key=one.key, heading=one.heading) for one in headings),
    )
