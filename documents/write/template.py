"""Word by the organisation's own template: a .docx with marks that docxtpl fills in.

What a template may name is what `context` returns, and nothing else: `{{ title }}`,
`{%p for section in sections %}`, `{{r paragraph }}`. A template is a program, so it runs in
Jinja's immutable sandbox, it passes the same gate as any Word file, and only administrators may
place one.
"""

import io
import re
from collections.abc import Iterable
from typing import Any

from documents.kinds import Kind
from documents.read.gate import unpacked
from documents.refused import Unreadable, Unrenderable
from documents.runs import on_one_line
from documents.write.decision import DecisionBlock
from documents.write.fields import end_fields, head_fields, recipient_text
from documents.write.look import Look, Standing
from models.document import Block, Document, ItemList, Run
from statemachine.words import Words, plain

BROKEN = Words(
    "Organisationens Wordmall går inte att fylla i: {why}. Rätta mallen, eller ta bort den ur "
    "inställningarna (MANDAT_WORD_TEMPLATE).",
    "The organisation's Word template cannot be filled in: {why}. Mend the template, or take it "
    "out of the settings (MANDAT_WORD_TEMPLATE).",
)
NOT_ALLOWED = Words(
    "den försöker nå något som en mall inte får nå ({detail})",
    "it tries to reach what a template may not reach ({detail})",
)
UNKNOWN = Words(
    "den frågar efter något som inte finns ({detail})",
    "it asks for something there is none of ({detail})",
)
MISWRITTEN = Words(
    "ett märke är felskrivet ({detail})",
    "a mark is miswritten ({detail})",
)
NOT_WORD = Words(
    "den blir inte en riktig Wordfil ({detail})",
    "it does not become a proper Word file ({detail})",
)


class Styled(str):
    """Text for `{{ }}`, and with its bold, italic and links for `{{r }}`."""

    __slots__ = ("runs",)
    runs: tuple[Run, ...]


def context(
    document: Document,
    decision: DecisionBlock | None,
    standing: Standing,
    look: Look,
    kind: Kind,
) -> dict[str, Any]:
    """Everything a template may name: texts, lists and mappings of texts, and nothing else.

    `head`, `end` and `decision` are lines of `label` and `value`; `decision` is empty in a draft,
    and `draft` in a decided paper. A block is a `paragraph`, or a `list` (perhaps `numbered`) of
    `items`: write those with `{{r }}`, as they carry their bold and links.
    """
    form = kind.in_(document.language)
    head, end = list(head_fields(document, kind)), list(end_fields(document, kind))
    return {
        "what": form.names[0],
        "title": document.title or form.names[0],
        "organisation": look.organisation,
        "unit": document.unit or "",
        "group": document.group or "",
        "registry_number": document.registry_number or "",
        "draft": look.label("draft_note", document.language) if standing == "draft" else "",
        "page": look.label("page", document.language),
        "head": _labelled(head),
        "preamble": [_block(block) for block in document.preamble],
        "sections": [
            {
                "key": section.key,
                "heading": section.heading,
                "level": known.level if (known := form.section_forms.get(section.key)) else 1,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in document.sections
        ],
        "end": _labelled(end),
        "recipients_heading": form.recipients.heading,
        "recipients": [recipient_text(line, form) for line in document.recipients],
        "decision_heading": form.record.heading,
        "decision": _labelled(decision.rows(look, document.language)) if decision else [],
    }


def filled(template: bytes, told: dict[str, Any]) -> bytes:
    """The template with everything told filled in.

    Raises Unrenderable, with what is wrong in it: a mark that is miswritten, names nothing, or
    reaches for what it may not; a file that is not safe to open or not Word.
    """
    import jinja2
    from docxtpl import DocxTemplate
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        unpacked(template)
    except Unreadable as refused:
        raise Unrenderable(BROKEN.about(why=_lowered(refused.words))) from refused
    paper: Any = DocxTemplate(io.BytesIO(template))
    sandbox = ImmutableSandboxedEnvironment(autoescape=True, undefined=jinja2.StrictUndefined)
    written = io.BytesIO()
    try:
        paper.init_docx()
        paper.render(_with_style(told, paper), jinja_env=sandbox, autoescape=True)
        paper.save(written)
    except SecurityError as fault:
        raise _broken(NOT_ALLOWED, fault) from fault
    except jinja2.UndefinedError as fault:
        raise _broken(UNKNOWN, fault) from fault
    except jinja2.TemplateError as fault:
        raise _broken(MISWRITTEN, fault) from fault
    except Exception as fault:
        # A template can make the libraries below fail in any way; each is the template's fault.
        raise _broken(NOT_WORD, fault) from fault
    return written.getvalue()


def _broken(why: Words, fault: Exception) -> Unrenderable:
    detail = re.sub(r"\s+", " ", str(fault)).strip(" .")[:200] or type(fault).__name__
    return Unrenderable(BROKEN.about(why=why.about(detail=plain(detail))))


def _lowered(words: Words) -> Words:
    return Words(words.sv.rstrip("."), words.en.rstrip("."))


def _labelled(rows: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in rows]


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, ItemList):
        items = [_styled(item) for item in block.items]
        return {"list": True, "numbered": block.numbered, "paragraph": "", "items": items}
    return {"list": False, "numbered": False, "paragraph": _styled(block.runs), "items": []}


def _styled(runs: tuple[Run, ...]) -> Styled:
    text = Styled("".join(run.text for run in runs))
    text.runs = runs
    return text


def _with_style(told: Any, paper: Any) -> Any:
    """The context as docxtpl takes it: styled text as its RichText, all else as plain text."""
    from docxtpl import RichText

    if isinstance(told, Styled):
        rich = RichText()
        for run in told.runs:
            rich.add(
                on_one_line(run.text),
                bold=run.bold,
                italic=run.italic,
                underline=bool(run.link),
                url_id=paper.build_url_id(run.link) if run.link else None,
            )
        return rich
    if isinstance(told, str):
        return on_one_line(told)
    if isinstance(told, dict):
        return {name: _with_style(part, paper) for name, part in told.items()}
    if isinstance(told, list):
        return [_with_style(part, paper) for part in told]
    return told
