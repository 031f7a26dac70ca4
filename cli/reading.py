"""`mandat read`: judge documents alone, without a database."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.edge import LANGUAGE, answer, said

Files = Annotated[
    list[Path],
    typer.Argument(
        help=said(
            "En eller flera filer: text, Markdown, Word.",
            "One or more files: text, Markdown, Word.",
        )
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        help=said("Svara med JSON, en rad per fil.", "Answer in JSON, one line for each file."),
    ),
]

FAULTLESS, HAS_ERRORS, NOT_READ = 0, 1, 2


def register(app: typer.Typer) -> None:
    app.command(
        "read",
        help=said(
            "Läs en handling och säg vad som står i den. "
            "Slutkod 1: den har fel. Slutkod 2: den är ingen uppdragshandling eller går inte att "
            "läsa.",
            "Read a document and say what it says. "
            "Exit code 1: it has errors. Exit code 2: it is not a charter, or cannot be read.",
        ),
    )(read)


def read(files: Files, as_json: AsJson = False) -> None:
    from casework.settings import Settings
    from documents import Refused
    from documents.kinds import own_forms

    own_forms(Settings().forms)
    worst = FAULTLESS
    for path in files:
        try:
            code = _read_one(path, as_json)
        except (Refused, OSError) as refused:
            code = NOT_READ
            _refuse(path, refused, as_json)
        worst = max(worst, code)
    raise typer.Exit(worst)


def _read_one(path: Path, as_json: bool) -> int:
    from documents import read_apart, reading_as_json
    from models.document import Level

    reading = read_apart(path.read_bytes(), path.name)
    told = {"file": str(path), **reading_as_json(reading, LANGUAGE)}
    answer(told, as_json=as_json, one_line=True, text=lambda: _in_words(told))
    has_errors = any(problem.level is Level.ERROR for problem in reading.problems)
    return HAS_ERRORS if has_errors else FAULTLESS


def _refuse(path: Path, fault: Exception, as_json: bool) -> None:
    from statemachine.words import Refusal, Words

    if isinstance(fault, Refusal):
        reasons = [reason.in_(LANGUAGE) for reason in fault.reasons]
    else:
        reason = Words(
            "Filen går inte att öppna: {why}.", "The file cannot be opened: {why}."
        ).about(why=getattr(fault, "strerror", None) or fault)
        reasons = [reason.in_(LANGUAGE)]
    if as_json:
        answer({"file": str(path), "refused": reasons}, as_json=True, one_line=True, text="")
    for one in reasons:
        typer.echo(f"{path}: {one}", err=True)


def _in_words(told: dict[str, Any]) -> None:
    from cli.edge import say, table

    say(f"{told['title'] or '–'}  ({told['file']})")
    people = {"commissioner": told["commissioner"], "decision": told["decision"]["maker"]}
    rows = [
        (said("Slag", "Kind"), told["kind"]),
        (said("Organisation", "Organisation"), told["organisation"]),
        (said("Grupp", "Group"), told["group"]),
        (said("Revidering", "Revision"), told["revision"]),
        (said("Datum", "Date"), told["document_date"]),
        (said("Diarienummer", "Registry number"), told["registry_number"]),
        (said("Ansvarsområde", "Area"), told["area"]),
        (said("Uppdragsgivare", "Commissioner"), _named(people["commissioner"])),
        (said("Uppdragstagare", "Assignee"), told["assignee"]),
        (said("Handläggare", "Handler"), _named(told["handler"])),
        (said("Möten per år", "Meetings a year"), _meetings(told["meetings"])),
        (said("Beslutsdag", "Day of decision"), told["decision"]["date"]),
        (said("Beslutas av", "Decided by"), _named(people["decision"])),
        (said("Gäller till och med", "Valid through"), told["valid_through"]),
        (
            said("Hänvisar till", "Refers to"),
            ", ".join(_reference(one) for one in told["references"]),
        ),
    ]
    table("", "", rows=[row for row in rows if row[1]])
    for section in told["sections"]:
        say(f"\n{section['heading']}  ({len(section['text'].split())} {said('ord', 'words')})")
    say("\n" + said("Sändlista", "Distribution list"))
    for recipient in told["recipients"]:
        parts = (recipient["who"], recipient["email"], recipient["purpose"])
        say("  - " + ", ".join(part for part in parts if part))
    problems = told["problems"]
    say("")
    if not problems:
        say(said("Inga fel och inga varningar.", "No errors and no warnings."))
    for problem in problems:
        level = said("FEL", "ERROR") if problem["level"] == "error" else said("Varning", "Warning")
        say(f"{level} ({problem['field']}): {problem['message']}")


def _named(person: dict[str, Any]) -> str:
    return ", ".join(part for part in (person["name"], person["title"]) if part)


def _meetings(meetings: dict[str, Any] | None) -> str:
    if not meetings:
        return ""
    return "–".join(str(meetings[end]) for end in ("min", "max") if meetings[end] is not None)


def _reference(reference: Any) -> str:
    return reference if isinstance(reference, str) else str(reference["registry_number"])
