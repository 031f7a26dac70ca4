"""Editing piece by piece: each act gives the document as it became, and its problems anew.

What a person writes is read as a file is, so a point is a point and a link a link; what one of
these functions writes out for her (`section_text`, `recipients_text`) reads back as it was.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from documents.judge import Judge, problems_of
from documents.kinds import RECIPIENTS, RECORD, Form, Kind
from documents.kinds import kind as kind_called
from documents.read import Reading
from documents.read.interpret import (
    Note,
    contact_in,
    number_said,
    put,
    put_recipient,
    recipient_of,
    slug,
    title_parts,
    validity_in,
)
from documents.read.lines import HEADED, Line, Shape
from documents.read.recognise import LONGEST_HEADING, heading_of
from documents.read.text import lines_of
from documents.refused import Refused
from documents.runs import as_markdown, tidy
from documents.values import EMAIL, date_in, named_in
from documents.write.fields import recipient_text
from documents.write.fields import value_of as field_text
from documents.write.text import block_text
from models.document import Block, Document, Run, Section
from statemachine.words import Words

NO_SUCH_SECTION = Words(
    "Handlingen har inget avsnitt {key}. Ladda om sidan och försök igen.",
    "The document has no section {key}. Reload the page and try again.",
)
NO_SUCH_FIELD = Words(
    "En handling har ingen uppgift som heter {field}.", "A document has no field called {field}."
)
SECTION_EXISTS = Words(
    "Handlingen har redan ett avsnitt {heading}. Skriv i det, eller välj en annan rubrik.",
    "The document already has a section {heading}. Write in it, or choose another heading.",
)
NO_HEADING = Words(
    "”{heading}” kan inte vara rubrik på ett avsnitt. Välj en annan, på högst {most} tecken.",
    "“{heading}” cannot be the heading of a section. Choose another, of {most} characters at most.",
)


def section_text(section: Section, document: Document, *, kind: Kind | None = None) -> str:
    """A section's content as Markdown, for a person to edit."""
    form = _kind(document, kind).in_(document.language)
    return "\n\n".join(block_text(block, form) for block in section.blocks)


def recipients_text(document: Document, *, kind: Kind | None = None) -> str:
    """The distribution list for a person to edit, one recipient a line."""
    form = _kind(document, kind).in_(document.language)
    lines = (as_markdown([Run(text=recipient_text(one, form))]) for one in document.recipients)
    return "\n".join(f"- {line}" for line in lines)


def with_section(document: Document, key: str, text: str, *, kind: Kind | None = None) -> Reading:
    """The document with `text` as the content of the section `key`.

    Raises Refused when it has no such section, and Unreadable when the text is endless.
    """
    place = _place(document, key)
    blocks, notes = written_blocks(text, f"sections.{key}")
    changed = document.sections[place].model_copy(update={"blocks": blocks})
    sections = (*document.sections[:place], changed, *document.sections[place + 1 :])
    return _judged(document, {"sections": sections}, kind, notes)


def with_preamble(document: Document, text: str, *, kind: Kind | None = None) -> Reading:
    """The document with `text` before its first heading."""
    blocks, notes = written_blocks(text, "preamble")
    return _judged(document, {"preamble": blocks}, kind, notes)


def with_field(document: Document, field: str, text: str, *, kind: Kind | None = None) -> Reading:
    """The document with `text` read as the value of `field` (`handler.email`, `valid_through`).

    What a title or a validity text says of other fields follows it, where they said the same
    before. Raises Refused when no document has such a field.
    """
    return _judged(document, field_changed(document, field, text, kind=kind), kind)


def field_changed(
    document: Document, field: str, text: str, *, kind: Kind | None = None
) -> dict[str, Any]:
    """What changes of the document when `text` is read as `field`. Raises as `with_field` does."""
    form = _kind(document, kind).in_(document.language)
    if field not in form.fields:
        raise Refused(NO_SUCH_FIELD.about(field=field))
    text = tidy(text)
    raw = {name: said for name, said in document.raw.items() if name != field}
    changed: dict[str, Any] = {"raw": raw | ({field: text} if text else {})}
    if said_of := FOLLOWING.get(field):
        before = said_of(field_text(document, field, form), form)
        for name, value in (dict.fromkeys(before) | dict(said_of(text, form))).items():
            if getattr(document, name) == before.get(name):
                changed[name] = value
    read = READ_AS.get(field, _as_written)(text, form)
    part, _, within = field.partition(".")
    if within:
        read = getattr(document, part).model_copy(update={within: read})
    elif field == "handler":
        read = read.model_copy(
            update={
                "phone": read.phone or document.handler.phone,
                "email": read.email or document.handler.email,
            }
        )
    return {**changed, part: read}


def with_recipients(document: Document, text: str, *, kind: Kind | None = None) -> Reading:
    """The document with each line of `text` a recipient."""
    form = _kind(document, kind).in_(document.language)
    lines: list[Line] = []
    notes = [note for line in lines_of(text) for note in put_recipient(line, lines)]
    recipients = tuple(recipient_of(line.text, form) for line in lines)
    return _judged(document, {"recipients": recipients}, kind, notes)


def with_new_section(
    document: Document, heading: str, text: str = "", *, kind: Kind | None = None
) -> Reading:
    """The document with one more section, where the form has it; at the end when it is free.

    Raises Refused when the heading is none, or is that of a section there is.
    """
    form = _kind(document, kind).in_(document.language)
    heading = tidy(heading)
    line = Line((Run(text=heading),), Shape.HEADING)
    key = heading_of(line, form) or slug(heading)
    if not heading or len(heading) > LONGEST_HEADING or key in (RECIPIENTS, RECORD):
        raise Refused(NO_HEADING.about(heading=heading[:60], most=LONGEST_HEADING))
    if document.section(key) is not None:
        raise Refused(SECTION_EXISTS.about(heading=f"”{heading}”"))
    blocks, notes = written_blocks(text, f"sections.{key}")
    place = _place_in_form(key, document, form)
    new = Section(key=key, heading=heading, blocks=blocks)
    sections = (*document.sections[:place], new, *document.sections[place:])
    return _judged(document, {"sections": sections}, kind, notes)


def with_section_moved(
    document: Document, key: str, place: int, *, kind: Kind | None = None
) -> Reading:
    """The document with the section `key` at `place`, counted from 0 in the new order."""
    here = _place(document, key)
    sections = list(document.sections)
    sections.insert(max(place, 0), sections.pop(here))
    return _judged(document, {"sections": tuple(sections)}, kind)


def without_section(document: Document, key: str, *, kind: Kind | None = None) -> Reading:
    """The document without the section `key`; what the form requires is then a problem."""
    here = _place(document, key)
    sections = (*document.sections[:here], *document.sections[here + 1 :])
    return _judged(document, {"sections": sections}, kind)


def _as_written(text: str, _form: Form) -> str | None:
    return text or None


def _as_address(text: str, _form: Form) -> str | None:
    found = EMAIL.search(text)
    return found[0] if found else text or None


def _validity(text: str, form: Form) -> dict[str, date]:
    said = validity_in(text, form)
    return {name: date.fromisoformat(day) for name, day in said.items()}


READ_AS: Mapping[str, Callable[[str, Form], Any]] = {
    "document_date": date_in,
    "decision.date": date_in,
    "valid_from": date_in,
    "valid_through": date_in,
    "registry_number": lambda text, _form: number_said(text),
    "commissioner": named_in,
    "decision.maker": named_in,
    "handler": contact_in,
    "handler.email": _as_address,
}
"""How each field is read; those that are not here are kept as written."""

FOLLOWING: Mapping[str, Callable[[str, Form], Mapping[str, Any]]] = {
    "title": title_parts,
    "validity_text": _validity,
}
"""What a field says of others."""


def _kind(document: Document, kind: Kind | None) -> Kind:
    return kind or kind_called(document.kind)


def _place(document: Document, key: str) -> int:
    for place, section in enumerate(document.sections):
        if section.key == key:
            return place
    raise Refused(NO_SUCH_SECTION.about(key=key))


def _place_in_form(key: str, document: Document, form: Form) -> int:
    """After the last of the sections that go before it in the form."""
    order = list(form.section_forms)
    if key not in order:
        return len(document.sections)
    earlier = set(order[: order.index(key)])
    places = [n for n, one in enumerate(document.sections, 1) if one.key in earlier]
    return max(places, default=0)


def written_blocks(text: str, where: str) -> tuple[tuple[Block, ...], list[Note]]:
    """The paragraphs and lists of a text; within a section, a heading is a paragraph."""
    blocks: list[Block] = []
    notes: list[Note] = []
    for line in lines_of(text):
        shape = Shape.LITERAL if line.shape in HEADED else line.shape
        notes += put(Line(line.runs, shape), blocks, where)
    return tuple(blocks), notes


def _judged(
    document: Document, changed: Mapping[str, Any], kind: Kind | None, notes: Iterable[Note] = ()
) -> Reading:
    document = document.model_copy(update=dict(changed))
    kind = _kind(document, kind)
    judge = Judge(document, kind)
    noticed = (judge.problem(note.code, note.field, excerpt=note.excerpt) for note in notes)
    return Reading(document, (*problems_of(document, kind=kind), *noticed))
