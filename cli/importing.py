"""`mandat import`: a folder or archive of existing charters, recorded together or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acts import ACTS, AsJson, By
from cli.edge import LANGUAGE, Edge, answer, edge, said, say, table
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from casework.importing import Committed, FileReport, Report
    from documents.unpack import HandedIn

# fmt: off
Where = Annotated[Path, typer.Argument(metavar="FOLDER|ZIP", help=said("En mapp, ett zip-arkiv eller en fil.", "A folder, a zip archive or a file."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=said("Läs och visa vad som skulle registreras, och registrera inget.", "Read and show what would be recorded, and record nothing."))]
Corrections = Annotated[Path | None, typer.Option("--corrections", metavar="FILE.csv", help=said("Rättelser av det som förstods.", "Corrections of what was understood."))]
WriteCorrections = Annotated[Path | None, typer.Option("--write-corrections", metavar="FILE.csv", help=said("Skriv det som förstods till en fil att rätta i, och registrera inget.", "Write what was understood to a file to correct, and record nothing."))]
# fmt: on

NOT_WRITTEN = Words("{path} går inte att skriva: {why}.", "{path} cannot be written: {why}.")
NOT_OPENED = Words("{path} går inte att öppna: {why}.", "{path} cannot be opened: {why}.")
IN_THE_WAY = Words(
    "Inget har registrerats: {count} av {all} filer kan inte registreras som de står. "
    "Rätta dem med --write-corrections och --corrections, eller på webbsidan Import.",
    "Nothing has been recorded: {count} of {all} files cannot be recorded as they stand. "
    "Put them right with --write-corrections and --corrections, or on the page Import.",
)
WOULD_BE = Words(
    "{count} av {all} filer skulle registreras; {left_out} är utelämnade och {in_the_way} står i "
    "vägen. Inget har registrerats.",
    "{count} of {all} files would be recorded; {left_out} are left out and {in_the_way} stand in "
    "the way. Nothing has been recorded.",
)
RECORDED = Words(
    "{count} uppdrag har registrerats ({states}). Utelämnade filer: {left_out}. Inget har skickats.",
    "{count} charters have been recorded ({states}). Files left out: {left_out}. Nothing was sent.",
)
WRITTEN = Words(
    "Det som förstods står i {path}. Rätta där och kör igen med --corrections {path}.",
    "What was understood stands in {path}. Put it right there and run again with "
    "--corrections {path}.",
)


def register(app: typer.Typer) -> None:
    app.command(
        "import",
        help=said(
            "Registrera många befintliga uppdrag på en gång: alla, eller inget.",
            "Record many existing charters at once: all of them, or none.",
        ),
        rich_help_panel=ACTS,
    )(import_)


def import_(
    where: Where,
    by: By,
    dry_run: DryRun = False,
    corrections: Corrections = None,
    write_corrections: WriteCorrections = None,
    as_json: AsJson = False,
) -> None:
    from casework import importing
    from models.session import reading, transaction

    handed_in = _handed_in(where)
    corrected = _opened(corrections, importing.LARGEST) if corrections else None
    with edge() as at, _tried(at, handed_in, where.name or str(where), by) as import_id:
        _read(at, import_id)
        if corrected is not None:
            with transaction(at.engine) as connection:
                sitting = at.sitting(connection, by)
                report = importing.report(connection, import_id, at=sitting)
                importing.correct(
                    connection,
                    import_id,
                    importing.corrections_in(corrected, report),
                    at=sitting,
                )
        with reading(at.engine) as connection:
            report = importing.report(connection, import_id, at=at.sitting(connection, by))
        committed = None
        if write_corrections:
            _written(write_corrections, importing.as_csv(report, LANGUAGE))
        elif not dry_run and not report.in_the_way:
            with transaction(at.engine) as connection:
                committed = importing.commit_import(
                    connection, import_id, at=at.sitting(connection, by)
                )
    answer(
        _as_data(report, committed),
        as_json=as_json,
        text=lambda: _in_words(report, committed, write_corrections),
    )
    if report.in_the_way and not write_corrections:
        raise Refusal(IN_THE_WAY.about(count=len(report.in_the_way), all=len(report.files)))


# --- what is handed in ----------------------------------------------------------------------------


def _handed_in(where: Path) -> "HandedIn":
    from documents.unpack import ROOM, TOO_MANY, Handed, gathered, unpacked

    name = where.name or str(where)
    if not where.is_dir():
        return unpacked(name, _opened(where, ROOM.unpacked))

    def files() -> Iterator[Handed]:
        for count, path in enumerate(where.rglob("*")):
            if count >= ROOM.entries:
                raise Refusal(TOO_MANY.about(name=name, count=f"> {count}", limit=ROOM.files))
            if path.is_file() and not path.is_symlink():
                yield Handed(path.relative_to(where).as_posix(), _opened(path, ROOM.file))

    return gathered(name, files())


@contextmanager
def _tried(at: Edge, handed_in: "HandedIn", name: str, by: str) -> Iterator[int]:
    """An import that leaves no trace unless it is committed, however the command ends."""
    from casework import importing
    from models.session import transaction

    with transaction(at.engine) as connection:
        import_id = importing.begin_import(
            connection, handed_in, name=name, at=at.sitting(connection, by)
        )
    try:
        yield import_id
    finally:
        with transaction(at.engine) as connection:
            if importing.progress(connection, import_id).state not in (
                importing.Stands.COMMITTED,
                importing.Stands.DROPPED,
            ):
                importing.forget_import(connection, import_id, at=at.sitting(connection, by))


def _read(at: Edge, import_id: int) -> None:
    """Read the files, and show how far it has come where somebody is watching."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from casework.importing import read_on

    watched = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=watched,
        transient=True,
        disable=not watched.is_terminal,
    ) as bar:
        reading = bar.add_task(said("Läser filerna", "Reading the files"))
        for now in read_on(at.engine, import_id):
            bar.update(reading, total=now.files, completed=now.read)


def _opened(path: Path, most: int) -> bytes:
    """The file's bytes; of one larger than `most`, so many that it is seen to be."""
    try:
        with path.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as fault:
        raise Refusal(NOT_OPENED.about(path=path, why=fault.strerror or fault)) from fault


def _written(path: Path, body: bytes) -> None:
    try:
        path.write_bytes(body)
    except OSError as fault:
        raise Refusal(NOT_WRITTEN.about(path=path, why=fault.strerror or fault)) from fault


# --- what is told ---------------------------------------------------------------------------------


def _in_words(report: "Report", committed: "Committed | None", written: Path | None) -> None:
    table(
        said("Nr", "No"), said("Fil", "File"), said("Grupp", "Group"), said("Beslutad", "Decided"), said("Av", "By"), said("Gäller", "In force"), said("I dag", "Today"), said("Blir", "Becomes"),
        rows=[_row(one) for one in report.files],
    )  # fmt: skip
    for one in report.files:
        for why in one.obstacles:
            say(f"{one.name}: {why.in_(LANGUAGE)}")
    for name in report.passed_over:
        say(said(f"{name}: hoppas över, det är ingen handling.", f"{name}: passed over, it is no paper."))  # fmt: skip
    left_out = sum(one.left_out for one in report.files)
    if committed is not None:
        states = ", ".join(
            f"{count} {state.words.in_(LANGUAGE)}" for state, count in committed.states.items()
        )
        words = RECORDED.about(count=len(committed.charters), states=states, left_out=left_out)
    else:
        words = WOULD_BE.about(
            count=len(report.to_record),
            all=len(report.files),
            left_out=left_out,
            in_the_way=len(report.in_the_way),
        )
    say(words.in_(LANGUAGE))
    if written:
        say(WRITTEN.about(path=written).in_(LANGUAGE))


def _row(one: "FileReport") -> tuple[object, ...]:
    from casework.importing import Read

    terms = one.terms
    last = terms.ends_on if terms else None
    if one.left_out:
        becomes = said("utelämnas", "left out")
    elif one.reading is not Read.READ:
        becomes = said("kan inte läsas", "cannot be read")
    elif one.obstacles:
        becomes = said("kan inte registreras", "cannot be recorded")
    else:
        becomes = one.becomes.words.in_(LANGUAGE) if one.becomes else ""
    return (
        one.place,
        one.name,
        (one.group_name or "") + (f" ({one.score} %)" if one.score and one.score < 100 else ""),
        terms.decided_on if terms else None,
        ", ".join(part for part in (terms.decided_by, terms.decided_as) if part) if terms else "",
        f"{terms.valid_from}–{last or ''}" if terms and terms.valid_from else "",
        one.in_force.words.in_(LANGUAGE) if one.in_force else "",
        becomes,
    )


def _as_data(report: "Report", committed: "Committed | None") -> dict[str, Any]:
    charters = committed.charters if committed else {}
    return {
        "import": report.id if committed else None,
        "committed": committed is not None,
        "to_record": len(report.to_record),
        "in_the_way": len(report.in_the_way),
        "passed_over": list(report.passed_over),
        "files": [
            {
                "place": one.place,
                "file": one.name,
                "sha256": one.sha256,
                "reading": one.reading,
                "title": one.title,
                "kind": one.kind,
                "registry_number": one.registry_number,
                "group": one.group_name,
                "matched": one.matched,
                "score": one.score,
                "decided_on": one.terms.decided_on if one.terms else None,
                "decided_by": one.terms.decided_by if one.terms else None,
                "decided_as": one.terms.decided_as if one.terms else None,
                "valid_from": one.terms.valid_from if one.terms else None,
                "valid_through": one.terms.valid_through if one.terms else None,
                "ends_on": one.terms.ends_on if one.terms else None,
                "in_force": one.in_force,
                "becomes": one.becomes,
                "obstacles": [why.in_(LANGUAGE) for why in one.obstacles],
                "remarks": [why.in_(LANGUAGE) for why in one.remarks],
                "left_out": one.left_out,
                "charter": charters.get(one.id),
            }
            for one in report.files
        ],
    }
