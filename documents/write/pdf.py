"""PDF out, set by typst: PDF/A-3a and PDF/UA-1, the same bytes for the same input."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from documents.kinds import Kind
from documents.kinds import kind as kind_called
from documents.refused import Unrenderable
from documents.runs import on_one_line
from documents.write.decision import DecisionBlock
from documents.write.fields import end_fields, head_fields, recipient_text
from documents.write.look import Look, Standing
from models.document import Block, Document, ItemList, Run, as_json
from statemachine.words import Language, Words

if TYPE_CHECKING:
    import typst

HERE = Path(__file__).parent
STANDARDS: "list[typst.PDFStandard]" = ["a-3a", "ua-1"]
MISSING_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)

DOCUMENT_FILE, DECISION_FILE = "document.json", "decision.json"
"""What is attached: the document in its canonical spelling, whose SHA-256 is the content hash of
the decision, and the decision's own facts."""

SAID_LARGE = frozenset({"decided_by", "office", "decided_on", "valid_from", "valid_through"})
"""What the record of a decision says above its table."""
SAID_ELSEWHERE = frozenset({"reason", "valid_from", "valid_through"})
"""What a discontinuance says in its own sections, and what does not apply to it."""

LONG = 2500
"""Characters, with eighty for each row, past which a table is not kept on one page."""

RUNNING = 64
"""Characters that have room beside the draft mark at the head of a page, or at its foot."""

LONG_WORD = re.compile(r"\S{21,}")
CHECKSUM = re.compile(r"[0-9a-f]{64}")
UNHYPHENATED = re.compile(
    r"(?=\w*(?:\d|(\w)\1\1|[^\Waeiouyåäöéüæø]{12}))\w{21,}|[^\w\s\u200b]{21,}", re.IGNORECASE
)
"""What no hyphenation knows: digits among letters, a letter over and over, rows of signs."""
BREAK = "\u200b"
LEADS_ELSEWHERE = "link"
"""What is not shown but followed, and so may not be broken."""

NO_GLYPH = Words(
    "Tecknet ”{letter}” (U+{code}) kan inte skrivas på papper. Byt ut det{place}.",
    "The character “{letter}” (U+{code}) cannot be printed. Replace it{place}.",
)
NEAR = Words(" (intill ”{near}”)", " (next to “{near}”)")
BAD_LOGO = Words(
    "Organisationens logotyp går inte att läsa. Den ska vara en PNG- eller SVG-bild.",
    "The organisation's logotype cannot be read. It must be a PNG or SVG picture.",
)
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
    end = [] if decision else list(end_fields(document, kind))
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
        "end": end,
        "end_is_long": _is_long(end),
        "recipients_heading": form.recipients.heading if document.recipients else "",
        "recipients": [recipient_text(line, form) for line in document.recipients],
    }
    attached = {DOCUMENT_FILE: as_json(document)}
    if decision is not None:
        paper |= _record(decision, look, document.language, form.record.heading, SAID_LARGE)
        paper["stands"] = _stands(decision, look, document.language)
        attached[DECISION_FILE] = decision.as_json()
    return _set(paper, _attached(attached, look, document.language), written_at)


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
    }
    ends = replace(decision, valid_from=None)
    paper |= _record(ends, look, language, label("record"), SAID_LARGE | SAID_ELSEWHERE)
    attached = {
        DECISION_FILE: decision.as_json(
            discontinues=title, group=group, effective_on=effective_on, taken_over_by=taken_over_by
        )
    }
    return _set(paper, _attached(attached, look, language), written_at)


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
        "stands": "",
        "organisation": look.organisation,
        "unit": "",
        "registry_number": "",
        "accent": look.accent,
        "ink": look.ink,
        "tint": look.tint,
        "logo": list(look.logo) if look.logo else None,
        "logo_text": look.logo_text or look.organisation,
        "draft": look.label("draft", language) if standing == "draft" else None,
        "draft_note": look.label("draft_note", language),
        "page": look.label("page", language),
        "head": [],
        "preamble": [],
        "sections": [],
        "end": [],
        "end_is_long": False,
        "recipients_heading": "",
        "recipients": [],
        "record_heading": "",
        "decided": [],
        "decision": [],
        "decision_is_long": False,
    }


def _shortened(text: str) -> str:
    return text if len(text) <= RUNNING else f"{text[: RUNNING - 1].rstrip()}…"


def _record(
    decision: DecisionBlock, look: Look, language: Language, heading: str, without: frozenset[str]
) -> dict[str, Any]:
    """The record of the decision: who, when and for how long stand large, the rest in a table."""
    rows = list(decision.rows(look, language, without=without))
    return {
        "record_heading": heading,
        "decided": list(decision.facts_first(look, language)),
        "decision": rows,
        "decision_is_long": _is_long(rows),
    }


def _is_long(rows: list[tuple[str, str]]) -> bool:
    """Whether a table may need more than the rest of a page, and so be broken over two."""
    return sum(len(text) + 80 for _, text in rows) > LONG


def _stands(decision: DecisionBlock, look: Look, language: Language) -> str:
    name = "stands" if decision.valid_through else "stands_open"
    return look.label(name, language).format(
        day=decision.decided_on, through=decision.valid_through
    )


def _attached(texts: dict[str, str], look: Look, language: Language) -> list[dict[str, str]]:
    """The files that go with the paper; the document is the paper's source."""
    said = {
        DOCUMENT_FILE: ("source", "attached_document"),
        DECISION_FILE: ("data", "attached_decision"),
    }
    return [
        {
            "name": name,
            "text": text,
            "relationship": said[name][0],
            "says": look.label(said[name][1], language),
        }
        for name, text in texts.items()
    ]


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


def _set(
    paper: dict[str, Any], attached: list[dict[str, str]], written_at: datetime | None
) -> bytes:
    import typst

    moment = written_at or datetime(2000, 1, 1, tzinfo=UTC)
    running = {
        "document_title": on_one_line(paper["title"]),
        "running_title": _shortened(on_one_line(paper["title"])),
        "running_number": _shortened(on_one_line(paper["registry_number"])),
    }
    shown = _shown(paper) | running | {"attached": attached}
    inputs = {"paper": json.dumps(shown, ensure_ascii=False)}
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


def _shown(value: Any) -> Any:
    """Every text in it as it can be set: nothing unseen, and no word that cannot be broken."""
    if isinstance(value, str):
        return LONG_WORD.sub(_breakable, on_one_line(value))
    if isinstance(value, dict):
        return {
            name: part if name == LEADS_ELSEWHERE else _shown(part) for name, part in value.items()
        }
    if isinstance(value, list | tuple) and value and not isinstance(value[0], int):
        return [_shown(part) for part in value]
    return value


def _breakable(word: re.Match[str]) -> str:
    """A long word with places to break it that nobody sees: after signs, and among digits.

    Words of letters are hyphenated by the language's own rules; a checksum is set small instead.
    """
    if CHECKSUM.fullmatch(word[0]):
        return word[0]
    signs = re.sub(r"([/._@?&=:;,+)\]])(?=.)", f"\\1{BREAK}", word[0])
    return UNHYPHENATED.sub(lambda run: BREAK.join(re.findall(".{1,10}", run[0])), signs)


def _why(message: str, paper: str) -> Words:
    """The sentence of a typst error: which character, and the words it stands among."""
    if "image" in message or "SVG" in message:
        return BAD_LOGO
    if found := MISSING_GLYPH.search(message):
        letter = found[1]
        code = " ".join(f"{ord(one):04X}" for one in letter)
        near = re.search(rf"[\w .,]{{0,15}}{re.escape(letter)}[\w .,]{{0,15}}", paper)
        place = NEAR.about(near=near[0].strip()) if near else Words("", "")
        return NO_GLYPH.about(letter=letter, code=code, place=place)
    return NOT_PRINTED.about(reason=message.splitlines()[0])
