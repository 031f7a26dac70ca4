"""A reading as other programs get it: the JSON that `mandat read --json` prints."""

from typing import Any

from documents.derive import meetings_of, references_of
from documents.kinds import Kind
from documents.read import Reading
from models.document import Named
from statemachine.words import Language


def reading_as_json(
    reading: Reading, language: Language = "sv", *, kind: Kind | None = None
) -> dict[str, Any]:
    """The reading as JSON values: dates ISO, registry numbers in one spelling, unknown is None.

    `language` is the problems'; everything else is as the document says it.
    """
    document = reading.document
    meetings = meetings_of(document, kind=kind)
    return {
        "kind": document.kind,
        "title": document.title,
        "organisation": document.organisation,
        "unit": document.unit,
        "group": document.group,
        "revision": document.revision,
        "document_date": document.document_date and document.document_date.isoformat(),
        "registry_number": document.registry_number,
        "area": document.area,
        "commissioner": _named(document.commissioner),
        "assignee": document.assignee,
        "handler": _named(document.handler)
        | {"phone": document.handler.phone, "email": document.handler.email},
        "sections": [
            {"key": section.key, "heading": section.heading, "text": section.text}
            for section in document.sections
        ],
        "meetings": {
            "min": meetings.min if meetings else None,
            "max": meetings.max if meetings else None,
        },
        "decision": {
            "date": document.decision.date and document.decision.date.isoformat(),
            "maker": _named(document.decision.maker),
        },
        "recipients": [
            {"who": line.who, "email": line.email, "purpose": line.purpose}
            for line in document.recipients
        ],
        "valid_through": document.valid_through and document.valid_through.isoformat(),
        "references": [reference.registry_number for reference in references_of(document)],
        "problems": [
            {
                "level": problem.level.value,
                "code": problem.code,
                "field": problem.field,
                "message": problem.message.in_(language),
            }
            for problem in reading.problems
        ],
    }


def _named(person: Named) -> dict[str, str | None]:
    return {"name": person.name, "title": person.title}
