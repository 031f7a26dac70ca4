"""Papers in: text, Markdown, Word and PDF become a document, or a sentence that says why not."""

from dataclasses import dataclass
from pathlib import Path

from documents.judge import Judge, problems_of
from documents.kinds import kinds
from documents.read.gate import LOCKED
from documents.read.interpret import interpret
from documents.read.lines import Line
from documents.read.recognise import best_form
from documents.read.strangers import SLIDES, looking_like, not_a_charter
from documents.read.text import NOT_TEXT, decoded, lines_of
from documents.refused import NotACharter, Unreadable
from models.document import Document, Problem
from statemachine.words import Words

EMPTY = Words("{filename} är tom.", "{filename} is empty.")
AN_OLD_WORD = Words(
    "{filename} är i ett äldre Officeformat. Öppna den i Word och spara som .docx.",
    "{filename} is in an older Office format. Open it in Word and save it as .docx.",
)
NOT_WORD = Words(
    "{filename} är ett zip-arkiv men inte ett Worddokument. Skicka in handlingen som .docx.",
    "{filename} is a zip archive but not a Word document. Hand the document in as .docx.",
)
AN_OPEN_DOCUMENT = Words(
    "{filename} är ett OpenDocument. Öppna den och spara som .docx.",
    "{filename} is an OpenDocument. Open it and save it as .docx.",
)
A_SPREADSHEET = Words(
    "{filename} är ett kalkylblad, inte en handling. Skicka in handlingen som .docx.",
    "{filename} is a spreadsheet, not a document. Hand the document in as .docx.",
)

HEAD = 1024
"""A PDF may have so many bytes of something else before it begins."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as it was read, and everything a careful registrar would point out about it."""

    document: Document
    problems: tuple[Problem, ...]


def read(data: bytes, filename: str, *, extra: Path | None = None) -> Reading:
    """The document in a file's bytes, and its problems; the content decides, not the name.

    `extra` is a folder of the organisation's own forms. Raises Unreadable when the file cannot be
    or should not be opened, and NotACharter when no form describes what it says.
    """
    lines, seen = _lines(data, filename)
    if not lines:
        raise (
            NotACharter(EMPTY.about(filename=filename))
            if not data.strip()
            else NotACharter(not_a_charter(lines))
        )
    kind, form, evidence = best_form(lines, kinds(extra))
    if not evidence.enough:
        raise NotACharter(not_a_charter(lines))
    document, notes = interpret(lines, kind, form)
    judge = Judge(document, kind)
    noticed = [
        *(judge.problem(code, "document") for code in sorted(seen)),
        *(judge.problem(note.code, note.field, excerpt=note.excerpt) for note in notes),
    ]
    return Reading(document, (*problems_of(document, kind=kind), *noticed))


def _lines(data: bytes, filename: str) -> tuple[list[Line], frozenset[str]]:
    """The lines of the file and the codes of what was noticed, by what its first bytes say."""
    if data.startswith(b"PK\x03\x04"):
        return _office_lines(data, filename)
    if b"%PDF-" in data[:HEAD]:
        from documents.read.pdf import read_pdf

        return read_pdf(data), frozenset()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise Unreadable(LOCKED if locked else AN_OLD_WORD.about(filename=filename))
    if data.startswith((b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise Unreadable(NOT_TEXT)
    return lines_of(decoded(data)), frozenset()


def _office_lines(data: bytes, filename: str) -> tuple[list[Line], frozenset[str]]:
    if b"ppt/presentation.xml" in data:
        raise NotACharter(looking_like(SLIDES))
    if b"xl/workbook.xml" in data:
        raise Unreadable(A_SPREADSHEET.about(filename=filename))
    if b"application/vnd.oasis.opendocument" in data[:HEAD]:
        raise Unreadable(AN_OPEN_DOCUMENT.about(filename=filename))
    if b"word/" not in data:
        raise Unreadable(NOT_WORD.about(filename=filename))
    from documents.read.word import read_word

    word = read_word(data)
    return word.lines, word.notes


__all__ = ["NotACharter", "Reading", "Unreadable", "read"]
