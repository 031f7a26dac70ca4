"""Papers on their own: `mandat compare` two versions, `mandat verify` a sealed PDF."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acts import AsJson
from cli.edge import LANGUAGE, Edge, answer, edge, said
from statemachine.words import Refusal, Words, plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from casework.settings import Settings
    from documents import Comparison
    from models.document import Document

PAPERS = said("Papper", "Papers")
HOLDS, DOES_NOT_HOLD = 0, 1

# fmt: off
Version = Annotated[str, typer.Argument(help=said("En fil, eller en handlings nummer som i mandat list.", "A file, or a charter's number as in mandat list."))]
Out = Annotated[Path | None, typer.Option("--out", help=said("Filen att skriva till.", "The file to write to."))]
AsHtml = Annotated[bool, typer.Option("--html", help=said("Som HTML.", "As HTML."))]
AsText = Annotated[bool, typer.Option("--text", help=said("Bara texten, utan sammanfattning.", "Only the text, without the summary."))]
AsWord = Annotated[bool, typer.Option("--docx", help=said("Som Word med spårade ändringar; ange --out.", "As Word with tracked changes; give --out."))]
SealedFile = Annotated[Path, typer.Argument(help=said("PDF-filen att granska.", "The PDF to examine."))]
# fmt: on

NEITHER = Words(
    "{name} är varken en fil eller en handlings nummer.",
    "{name} is neither a file nor a charter's number.",
)
ONE_SHAPE = Words(
    "Välj ett av --html, --docx och --text.", "Choose one of --html, --docx and --text."
)
WHERE_TO = Words(
    "Ett Worddokument visas inte i terminalen. Ange en fil med --out.",
    "A Word document is not shown in the terminal. Give a file with --out.",
)
NOT_WRITTEN = Words("{path} går inte att skriva: {why}.", "{path} cannot be written: {why}.")
NOT_OPENED = Words("{path} går inte att öppna: {why}.", "{path} cannot be opened: {why}.")
UNKNOWN_HERE = Words(
    "Pappret finns inte bland dem som förvaras här.",
    "The paper is not among those kept here.",
)
IN_FORCE = Words(
    "Handling {number} gäller i dag{through}.", "Charter {number} is in force today{through}."
)
THROUGH = Words(", till och med {day}", ", through {day}")
NOT_IN_FORCE = Words(
    "Handling {number} gäller inte i dag ({state}).",
    "Charter {number} is not in force today ({state}).",
)
CORRECTED = Words(
    "En senare rättelse av texten finns; be om det papper som gäller nu.",
    "The text has been corrected since; ask for the paper that counts now.",
)


def register(app: typer.Typer) -> None:
    app.command(
        "compare",
        help=said(
            "Vad skiljer två versioner? Filer eller handlingars nummer, den äldre först.",
            "What differs between two versions? Files or charters' numbers, the older first.",
        ),
        rich_help_panel=PAPERS,
    )(compare)
    app.command(
        "verify",
        help=said(
            "Är en PDF vår och oförändrad, och gäller den i dag? Slutkod 1: nej.",
            "Is a PDF ours and unchanged, and is it in force today? Exit code 1: no.",
        ),
        rich_help_panel=PAPERS,
    )(verify)


def compare(
    older: Version,
    newer: Version,
    html: AsHtml = False,
    docx: AsWord = False,
    text: AsText = False,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    from documents import compare as compared

    if html + docx + text > 1:
        raise Refusal(ONE_SHAPE)
    if docx and out is None:
        raise Refusal(WHERE_TO)
    found = compared(_version(older), _version(newer))
    body = _tracked(found) if docx else _shown(found, html=html, text=text).encode()
    if out is not None:
        _write(out, body)
    summary = found.summary(LANGUAGE)
    told = {
        "unchanged": found.unchanged,
        "summary": summary,
        "passages": [
            {"heading": one.heading, "key": one.passage.key, "moved": one.moved,
             "old": one.old.text if one.old else None, "new": one.new.text if one.new else None}
            for one in found.passages if not one.unchanged
        ],
        "written_to": str(out) if out else None,
    }  # fmt: skip
    answer(told, as_json=as_json, text=summary if out else body.decode().rstrip("\n"))


def _shown(found: "Comparison", *, html: bool, text: bool) -> str:
    if html:
        return found.as_html(LANGUAGE) + "\n"
    if text or found.unchanged:
        return found.as_text(LANGUAGE) + "\n"
    return f"{found.summary(LANGUAGE)}\n\n{found.as_text(LANGUAGE)}\n"


def _tracked(found: "Comparison") -> bytes:
    from casework.papers import look

    with edge() as at:
        organisation = at.settings.organisation
        return found.as_docx(
            look=look(at.settings), author=organisation, at=at.now, language=LANGUAGE
        )


def _version(name: str) -> "Document":
    """The document a file holds, or the text in force of the charter of that number."""
    from casework import questions
    from casework.matter import NoSuchCharter, document_of
    from documents import read_apart
    from models.session import reading

    path = Path(name)
    if path.is_file():
        return read_apart(path.read_bytes(), path.name).document
    if not name.isdecimal():
        raise Refusal(NEITHER.about(name=name))
    with edge() as at, reading(at.engine) as connection:
        if questions.charter_row(connection, int(name)) is None:
            raise NoSuchCharter(int(name))
        return document_of(connection, questions.text_in_force(connection, int(name)))


def _write(path: Path, body: bytes) -> None:
    try:
        path.write_bytes(body)
    except OSError as fault:
        raise Refusal(NOT_WRITTEN.about(path=path, why=fault.strerror)) from fault


def verify(file: SealedFile, as_json: AsJson = False) -> None:
    from casework.papers import trusted
    from casework.settings import Settings
    from documents.verify import verify as verified

    settings = Settings()
    try:
        pdf = file.read_bytes()
    except OSError as fault:
        raise Refusal(NOT_OPENED.about(path=file, why=fault.strerror)) from fault
    verdict = verified(pdf, trusted=trusted(settings), zone=settings.timezone)
    told: dict[str, Any] = {
        "file": str(file),
        "ours": verdict.ours,
        "unchanged": verdict.unchanged,
        "sealed_at": verdict.sealed_at and verdict.sealed_at.isoformat(),
        "signer": verdict.signer,
        "verdict": verdict.words.in_(LANGUAGE),
        "charter": None,
        "in_force": None,
    }
    sentences = [verdict.words]
    if verdict.holds and _has_memory(settings):
        today, more = _today(pdf)
        told |= more
        sentences += today
    answer(told, as_json=as_json, text="\n".join(one.in_(LANGUAGE) for one in sentences))
    raise typer.Exit(HOLDS if verdict.holds else DOES_NOT_HOLD)


def _has_memory(settings: "Settings") -> bool:
    """Whether there is a database to ask; a paper is examined without one too."""
    from sqlalchemy import make_url

    url = make_url(settings.database_url)
    return not url.drivername.startswith("sqlite") or Path(url.database or "").is_file()


def _today(pdf: bytes) -> tuple[list[Words], dict[str, Any]]:
    """What memory knows of a paper of ours: which charter it is, and whether it is in force."""
    from casework import questions
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        kept = questions.kept_paper(connection, pdf)
        if kept is None or kept.charter_id is None:
            return [UNKNOWN_HERE], {}
        return _stands(at, connection, kept.charter_id, kept)


def _stands(
    at: Edge, connection: "Connection", number: int, kept: Any
) -> tuple[list[Words], dict[str, Any]]:
    from casework import questions
    from statemachine.vocabulary import State

    row = questions.charter_row(connection, number)
    assert row is not None
    in_force = questions.is_in_force(row, at.today)
    if in_force:
        through = THROUGH.about(day=row.ends_on) if row.ends_on else plain("")
        said_today = [IN_FORCE.about(number=number, through=through)]
    else:
        said_today = [NOT_IN_FORCE.about(number=number, state=State(row.state).words)]
    latest = questions.papers_of(connection, number)
    if any(one.paper == "correction" and one.id > kept.id for one in latest):
        said_today.append(CORRECTED)
    return said_today, {
        "charter": number,
        "in_force": in_force,
        "in_words": " ".join(one.in_(LANGUAGE) for one in said_today),
    }
