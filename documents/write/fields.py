"""The labelled lines of a paper: which stand at its head, which at its end, and what they say."""

from collections.abc import Iterator

from documents.kinds import Form, Kind
from documents.read.interpret import title_parts
from models.document import Document, Named, RecipientLine

HEAD = (
    "document_date",
    "registry_number",
    "organisation",
    "unit",
    "group",
    "revision",
    "area",
    "commissioner",
    "assignee",
    "handler",
    "handler.phone",
    "handler.email",
)
END = ("decision.date", "decision.maker", "valid_from", "valid_through", "validity_text")


def head_fields(document: Document, kind: Kind) -> Iterator[tuple[str, str]]:
    """Label and value of the head's fields: those of the form even when empty, others when known.

    A revision that the title already names is not said again.
    """
    form = kind.in_(document.language)
    named = title_parts(document.title or "", form)
    if not document.title:
        yield form.label("title"), ""
    for field in (*kind.form, *(field for field in HEAD if field not in kind.form)):
        value = value_of(document, field, form)
        said = field == "revision" and named.get("revision") == value
        if (value or field in kind.form) and not said:
            yield form.label(field), value


def end_fields(document: Document, kind: Kind) -> Iterator[tuple[str, str]]:
    """Label and value of what is said of the decision; its date has its line even when empty."""
    form = kind.in_(document.language)
    for field in END:
        value = value_of(document, field, form)
        if value or field == "decision.date":
            yield form.label(field), value


def value_of(document: Document, field: str, form: Form) -> str:
    """What the paper prints for a field; empty when unknown."""
    value: object = document
    for step in field.split("."):
        value = getattr(value, step)
    if isinstance(value, Named):
        return named_text(value, form)
    return str(value) if value is not None else ""


def named_text(person: Named, form: Form) -> str:
    """ "Name, title", or the one of them that is known."""
    if person.name is None and person.title and not form.office.search(person.title):
        return f", {person.title}"
    return ", ".join(part for part in (person.name, person.title) if part)


def recipient_text(recipient: RecipientLine, form: Form) -> str:
    """A line of the distribution list, as `recipient_of` reads it."""
    if recipient.email:
        who = recipient.who if recipient.who != recipient.email else None
        return ", ".join(part for part in (who, recipient.email, recipient.purpose) if part)
    if recipient.purpose is None:
        return recipient.who
    spoken = f"{recipient.who} {recipient.purpose}"
    found = form.purpose.search(spoken)
    if found and found["purpose"] == recipient.purpose:
        return spoken
    return f"{recipient.who} – {recipient.purpose}"
