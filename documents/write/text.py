"""The canonical text: Markdown that a person edits and `read` gives back unchanged."""

from collections.abc import Iterator

from documents.kinds import Form, Kind
from documents.kinds import kind as kind_called
from documents.read.lines import Line, Shape
from documents.read.recognise import SENTENCE_END, heading_of, is_free_heading, label_of, unglued
from documents.read.text import LITERAL, lines_of
from documents.runs import as_markdown
from documents.write.fields import end_fields, head_fields, recipient_text
from models.document import Block, Document, ItemList, Run
from statemachine.words import Language


def write_text(
    document: Document, language: Language | None = None, *, kind: Kind | None = None
) -> str:
    """The document as Markdown, headings and labels as its form has them.

    `language` only names the form when the document's own language is to be overridden.
    """
    if language is not None and language != document.language:
        document = document.model_copy(update={"language": language})
    return "\n\n".join(_parts(document, kind or kind_called(document.kind))) + "\n"


def _parts(document: Document, kind: Kind) -> Iterator[str]:
    form = kind.in_(document.language)
    yield form.names[0]
    if document.title:
        yield f"# {as_markdown([Run(text=document.title)])}"
    yield _labels(head_fields(document, kind))
    for block in document.preamble:
        yield block_text(block, form, in_head=True)
    for section in document.sections:
        known = form.section_forms.get(section.key)
        mark = "###" if known and known.level == 2 else "##"
        yield f"{mark} {as_markdown([Run(text=section.heading)])}"
        for block in section.blocks:
            yield block_text(block, form)
    yield _labels(end_fields(document, kind))
    yield f"## {form.recipients.heading}"
    if document.recipients:
        lines = (recipient_text(one, form) for one in document.recipients)
        yield "\n".join(f"- {_item([Run(text=line)])}" for line in lines)


def _labels(fields: Iterator[tuple[str, str]]) -> str:
    lines = (f"**{label}:** {as_markdown([Run(text=value)])}".rstrip() for label, value in fields)
    return "\n\n".join(lines)


def block_text(block: Block, form: Form, *, in_head: bool = False) -> str:
    """A paragraph or list as Markdown, marked as text where it would read as something else."""
    if isinstance(block, ItemList):
        marks = (f"{n}." if block.numbered else "-" for n in range(1, len(block.items) + 1))
        return "\n".join(
            f"{mark} {_item(item)}" for mark, item in zip(marks, block.items, strict=True)
        )
    written = as_markdown(block.runs)
    plain = _reads_as_written(written, block.runs, form, in_head=in_head)
    return written if plain else f"{LITERAL}{written}"


def _item(runs: tuple[Run, ...] | list[Run]) -> str:
    """A point; one that is nothing but dashes would read as a rule, so its first is escaped."""
    written = as_markdown(runs)
    return written if lines_of(f"- {written}") else f"\\{written}"


def _reads_as_written(written: str, runs: tuple[Run, ...], form: Form, *, in_head: bool) -> bool:
    """A paragraph that reads back as itself needs no mark to say that it is only text."""
    match lines_of(written):
        case [Line(shape=Shape.TEXT) as line] if line.runs == runs and not line.from_table:
            pass
        case _:
            return False
    if heading_of(line, form) or is_free_heading(line) or form.page_number.fullmatch(line.text):
        return False
    before_colon = line.text.partition(":")[0].strip().casefold()
    if label_of(line, form) or before_colon in form.headings or len(unglued(line, form)) > 1:
        return False
    if in_head and not SENTENCE_END.search(line.text):
        return False
    return not line.text[:1].islower()
