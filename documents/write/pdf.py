"""PDF out, set by typst: PDF/A-3a and PDF/UA-1, the same bytes for the same input."""

import json
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from documents.kinds import Kind
from documents.kinds import kind as kind_called
from documents.refused import Unrenderable
from documents.write.decision import DecisionBlock
from documents.write.fields import end_fields, head_fields, recipient_text
from documents.write.look import Look, Standing
from models.document import Block, Document, ItemList, Run
from statemachine.words import Language, Words

if TYPE_CHECKING:
    import typst

HERE = Path(__file__).parent
STANDARDS: "list[typst.PDFStandard]" = ["a-3a", "ua-1"]
MISSING_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)

SAID_ELSEWHERE = frozenset({"reason", "valid_from", "valid_through"})
"""What a discontinuance says in its own sections, and what does not apply to it."""

NO_GLYPH = Words(
    "Tecknet ”{letter}” (U+{code}) kan inte skrivas på papper. Byt ut det{place}.",
    "The character “{letter}” (U+{code}) cannot be printed. Replace it{place}.",
)
NEAR = Words(" (intill ”{near}”)", " (next to “{near}”)")
DISCONTINUED = Words(
    "{title} avvecklas och upphör att gälla {day}.",
    "{title} is discontinued and ceases to be in force on {day}.",
)
NOT_PRINTED = Words(
    "Handlingen går inte att skriva som PDF: {reason}.",
    "The document cannot be written as PDF: {reason}.",
)


def write_pdf(
    document: Document,
    *,
    decision: DecisionBlock | None,
    standing: Standing,
    look: Look,
    kind: Kind | None = None,
    written_at: datetime | None = None,
) -> bytes:
    """The document as a PDF on A4. `written_at` is the moment the file says it was made.

    Raises Unrenderable, naming the character, when the paper's fonts lack one.
    """
    kind = kind or kind_called(document.kind)
    form = kind.in_(document.language)
    paper = _paper(document.language, form.names[0], document.title, standing, look) | {
        "unit": document.unit or "",
        "registry_number": document.registry_number or "",
        "head": _shown_at_head(document, kind),
        "preamble": [_block(block) for block in document.preamble],
        "sections": [
            {
                "heading": section.heading,
                "level": known.level if (known := form.section_forms.get(section.key)) else 1,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in document.sections
        ],
        "end": [] if decision else list(end_fields(document, kind)),
        "recipients_heading": form.recipients.heading if document.recipients else "",
        "recipients": [recipient_text(line, form) for line in document.recipients],
        "record_heading": form.record.heading,
        "decision": list(decision.rows(look, document.language)) if decision else [],
    }
    return _set(paper, written_at)


def write_discontinuance(
    *,
    title: str,
    group: str | None,
    effective_on: date,
    decision: DecisionBlock,
    look: Look,
    language: Language,
    taken_over_by: str | None = None,
    written_at: datetime | None = None,
) -> bytes:
    """The paper of a decision that a charter, or a group, is discontinued, as a PDF on A4.

    `title` is what is discontinued; the reason is the decision's. Raises Unrenderable as
    `write_pdf` does.
    """

    def label(name: str) -> str:
        return look.label(name, language)

    told = [
        (label("registry_number"), decision.registry_number),
        (label("discontinued"), title),
        (label("group"), group),
        (label("effective_on"), effective_on.isoformat()),
        (label("taken_over_by"), taken_over_by),
    ]
    sentence = DISCONTINUED.about(title=title, day=effective_on.isoformat()).in_(language)
    heading = f"{label('discontinuance')}: {title}"
    paper = _paper(language, label("discontinuance"), heading, "decided", look) | {
        "registry_number": decision.registry_number or "",
        "head": [(name, text or label("none")) for name, text in told],
        "sections": [
            _plain_section(label("decision"), sentence),
            _plain_section(label("reason"), decision.reason or label("none")),
        ],
        "record_heading": label("record"),
        "decision": list(decision.rows(look, language, without=SAID_ELSEWHERE)),
    }
    return _set(paper, written_at)


def _shown_at_head(document: Document, kind: Kind) -> list[tuple[str, str]]:
    """The head's fields as printed: organisation and unit stand in the letterhead already."""
    form = kind.in_(document.language)
    letterhead = {form.label("organisation"), form.label("unit"), form.label("title")}
    return [row for row in head_fields(document, kind) if row[0] not in letterhead]


def _paper(
    language: Language, what: str, title: str | None, standing: Standing, look: Look
) -> dict[str, Any]:
    """The parts every paper has; those it lacks are empty."""
    return {
        "language": language,
        "what": what,
        "title": title or what,
        "organisation": look.organisation,
        "unit": "",
        "registry_number": "",
        "accent": look.accent,
        "logo": list(look.logo) if look.logo else None,
        "draft": look.label("draft", language) if standing == "draft" else None,
        "draft_note": look.label("draft_note", language),
        "page": look.label("page", language),
        "head": [],
        "preamble": [],
        "sections": [],
        "end": [],
        "recipients_heading": "",
        "recipients": [],
        "record_heading": "",
        "decision": [],
    }


def _plain_section(heading: str, text: str) -> dict[str, Any]:
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    blocks = [{"type": "paragraph", "runs": [_run(Run(text=line))]} for line in paragraphs]
    return {"heading": heading, "level": 1, "blocks": blocks}


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, ItemList):
        items = [[_run(run) for run in item] for item in block.items]
        return {"type": "list", "numbered": block.numbered, "items": items}
    return {"type": "paragraph", "runs": [_run(run) for run in block.runs]}


def _run(run: Run) -> dict[str, Any]:
    return {"text": run.text, "bold": run.bold, "italic": run.italic, "link": run.link}


ONE_AT_A_TIME = Lock()
"""A compiler keeps the inputs it was last given, so two threads may not set at once."""


@lru_cache(maxsize=1)
def _compiler() -> "typst.Compiler":
    """One compiler, with the fonts typst carries and no others: every machine sets alike."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(HERE / "paper.typ", root=HERE, font_paths=fonts, ignore_system_fonts=True)


def _set(paper: dict[str, Any], written_at: datetime | None) -> bytes:
    import typst

    moment = written_at or datetime(2000, 1, 1, tzinfo=UTC)
    inputs = {"paper": json.dumps(paper, ensure_ascii=False)}
    try:
        with ONE_AT_A_TIME:
            pdf = _compiler().compile(
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=int(moment.timestamp()),
            )
    except typst.TypstError as error:
        raise Unrenderable(_why(error.message, inputs["paper"])) from error
    if not isinstance(pdf, bytes):
        raise Unrenderable(NOT_PRINTED.about(reason="typst"))
    return pdf


def _why(message: str, paper: str) -> Words:
    """The sentence of a typst error: which character, and the words it stands among."""
    if found := MISSING_GLYPH.search(message):
        letter = found[1]
        code = " ".join(f"{ord(one):04X}" for one in letter)
        near = re.search(rf"[\w .,]{{0,15}}{re.escape(letter)}[\w .,]{{0,15}}", paper)
        place = NEAR.about(near=near[0].strip()) if near else Words("", "")
        return NO_GLYPH.about(letter=letter, code=code, place=place)
    return NOT_PRINTED.about(reason=message.splitlines()[0])
