"""What a registry keeper brings in many at once: read, put right on one page, committed or dropped.

Nothing of an import is in the register before it is committed, and then all of it is.
"""

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from fastapi import HTTPException
from fastapi.responses import Response

from casework import importing
from casework.importing import FileReport, InForce, Matched, Read, Report, Stands
from documents.read.gate import MB
from documents.unpack import ROOM, Handed, unpacked_together
from statemachine.words import Refusal, Words
from web.access import KEEPER
from web.addresses import page_in
from web.desk import AtDesk, Desk
from web.forms import Form, Posted
from web.limits import SENDING_FILES, counted
from web.routes import Pages

pages = Pages()

MOST_UPLOADED = 64 * MB
ON_A_PAGE = 50
FEW = 20
"""So many are committed before the answer; more go on aside, and the page shows that they do."""
SUGGESTED = 500
"""So many groups at most are offered while a name is being written."""
DAYS = ("decided_on", "valid_from", "valid_through", "ends_on")
TEXTS = ("group", "decided_by", "decided_as")

BEGUN = Words(
    "{count} filer är mottagna. Inget är registrerat ännu.",
    "{count} files are taken in. Nothing is recorded yet.",
)
CORRECTED = Words("Rättelserna är sparade.", "The corrections are saved.")
COMMITTED = Words("{count} uppdrag är registrerade.", "{count} charters are recorded.")
DROPPED = Words(
    "Importen är släppt. Inget av den är registrerat.",
    "The import is dropped. Nothing of it is recorded.",
)
NO_CORRECTIONS = Words("Välj filen med rättelser (CSV).", "Choose the file of corrections (CSV).")
SHOWN: dict[str, Words] = {
    "way": Words("Att åtgärda", "To put right"),
    "record": Words("Registreras", "To be recorded"),
    "out": Words("Utelämnade", "Left out"),
    "all": Words("Alla", "All"),
}
READING_WORDS: dict[Read, Words] = {
    Read.WAITING: Words("väntar på att läsas", "waits to be read"),
    Read.READ: Words("läst", "read"),
    Read.UNREADABLE: Words("kan inte läsas", "cannot be read"),
    Read.NOT_A_CHARTER: Words("ingen uppdragshandling", "no charter"),
}
STANDS_WORDS: dict[Stands, Words] = {
    Stands.READING: Words("läses", "being read"),
    Stands.READY: Words("läst, inte registrerad", "read, not recorded"),
    Stands.COMMITTED: Words("registrerad", "recorded"),
    Stands.DROPPED: Words("släppt", "dropped"),
}


@pages.page("/imports", KEEPER)
def imports(desk: AtDesk) -> Response:
    """The imports there are, and a form to begin one."""
    return _imports(desk)


@pages.act("/imports", KEEPER, most_bytes=MOST_UPLOADED)
def begin(desk: AtDesk, form: Posted) -> Response:
    """Take in files; they are read aside, and the import's page shows how far it has come."""
    counted(desk.request, SENDING_FILES, "files", desk.person.key)
    handed = [Handed(one.name, one.body) for one in form.files("files")]
    try:
        handed_in = unpacked_together(handed)
        more = f" + {len(handed) - 1}" if len(handed) > 1 else ""
        with desk.writing() as connection:
            number = importing.begin_import(
                connection, handed_in, name=handed[0].name + more, at=desk.sitting()
            )
    except Refusal as refusal:
        return _imports(desk, refusal)
    _read_aside(desk, number)
    return desk.go(f"/imports/{number}", BEGUN.about(count=len(handed_in.files)))


@pages.page("/imports/{number}", KEEPER)
def one(desk: AtDesk, number: int, show: str = "", page: str = "1") -> Response:
    """How far the reading has come; then each file, to be put right; then what it came to."""
    return _one(desk, number, show, page_in(page))


@pages.act("/imports/{number}/read", KEEPER)
def read(desk: AtDesk, number: int) -> Response:
    """Go on reading, after an interruption."""
    _there(desk, number)
    _read_aside(desk, number)
    return desk.go(f"/imports/{number}")


@pages.page("/imports/{number}/files/{place}", KEEPER)
def file(desk: AtDesk, number: int, place: int) -> Response:
    """A file as it was handed in, to be opened by whatever it belongs to."""
    found = importing.original(desk.connection, _numbered(number), _numbered(place))
    if found is None:
        raise HTTPException(404)
    return _to_save(found.body, found.name.rpartition("/")[2], "application/octet-stream")


@pages.act("/imports/{number}/correct", KEEPER)
def correct(desk: AtDesk, number: int, form: Posted) -> Response:
    """Put right what was understood of the files on the page; they are judged anew at once."""
    report = _there(desk, number)
    show, page = form.text("show"), form.text("page")
    at_page = page_in(page)
    try:
        corrections = _corrections_in(form, report)
        with desk.writing() as connection:
            importing.correct(connection, number, corrections, at=desk.sitting())
    except Refusal as refusal:
        return _one(desk, number, show, at_page, refusal, form)
    return desk.go(f"/imports/{number}?show={quote(show)}&page={at_page}", CORRECTED)


@pages.page("/imports/{number}/corrections.csv", KEEPER)
def corrections(desk: AtDesk, number: int) -> Response:
    """What was understood, for a spreadsheet program."""
    body = importing.as_csv(_there(desk, number), desk.language)
    return _to_save(body, f"import-{number}.csv", "text/csv")


@pages.act("/imports/{number}/corrections", KEEPER, most_bytes=8 * MB)
def take_corrections(desk: AtDesk, number: int, form: Posted) -> Response:
    """Put right what a spreadsheet says."""
    counted(desk.request, SENDING_FILES, "files", desk.person.key)
    report = _there(desk, number)
    try:
        sent = form.files("corrections")
        if not sent:
            raise Refusal(NO_CORRECTIONS)
        corrected = importing.corrections_in(sent[0].body, report)
        with desk.writing() as connection:
            importing.correct(connection, number, corrected, at=desk.sitting())
    except Refusal as refusal:
        return _one(desk, number, refusal=refusal)
    return desk.go(f"/imports/{number}", CORRECTED)


@pages.act("/imports/{number}/commit", KEEPER)
def commit(desk: AtDesk, number: int) -> Response:
    """Record all of the files, in one transaction, or none of them."""
    report = _there(desk, number)
    if len(report.to_record) > FEW and not report.in_the_way:
        _commit_aside(desk, number)
        return desk.go(f"/imports/{number}")
    try:
        with desk.writing() as connection:
            committed = importing.commit_import(connection, number, at=desk.sitting())
    except Refusal as refusal:
        return _one(desk, number, refusal=refusal)
    return desk.go(f"/imports/{number}", COMMITTED.about(count=len(committed.charters)))


@pages.act("/imports/{number}/drop", KEEPER)
def drop(desk: AtDesk, number: int) -> Response:
    """Let go of the import. Nothing of it is recorded."""
    _there(desk, number)
    try:
        with desk.writing() as connection:
            importing.drop_import(connection, number, at=desk.sitting())
    except Refusal as refusal:
        return _one(desk, number, refusal=refusal)
    return desk.go("/imports", DROPPED)


# --- what the pages above share -------------------------------------------------------------------


def _imports(desk: Desk, refusal: Refusal | None = None) -> Response:
    return desk.page(
        "imports/imports.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        imports=importing.imports(desk.connection),
        stands=STANDS_WORDS,
        most_files=ROOM.files,
        most_megabytes=MOST_UPLOADED // MB,
    )


def _one(
    desk: Desk,
    number: int,
    show: str = "",
    page: int = 1,
    refusal: Refusal | None = None,
    form: Form | None = None,
) -> Response:
    report = _there(desk, number)
    committing = desk.house.aside.goes_on(_committing(number))
    if report.state is Stands.READING or committing:
        return desk.page(
            "imports/progress.html.j2",
            report=report,
            progress=report.progress,
            committing=committing,
            goes_on=desk.house.aside.goes_on(_reading(number)),
            refused=refusal.reasons if refusal else (),
            code=422 if refusal else 200,
        )
    if report.state is not Stands.READY:
        return desk.page("imports/ended.html.j2", report=report, stands=STANDS_WORDS, Stands=Stands)
    shown = show if show in SHOWN else "way" if report.in_the_way else "all"
    files = _shown(report, shown)
    in_all = max(1, -(-len(files) // ON_A_PAGE))
    at_page = min(max(page, 1), in_all)
    return desk.page(
        "imports/report.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons[:ON_A_PAGE] if refusal else (),
        report=report,
        files=files[(at_page - 1) * ON_A_PAGE : at_page * ON_A_PAGE],
        counted={name: len(_shown(report, name)) for name in SHOWN},
        shown=shown,
        choices=SHOWN,
        at_page=at_page,
        pages=in_all,
        wrote=lambda one, field: _wrote(form, one, field),
        ticked=lambda one, field: _ticked(form, one, field),
        suggested=importing.group_names(desk.connection, SUGGESTED),
        reading=READING_WORDS,
        Matched=Matched,
        Read=Read,
        InForce=InForce,
    )


def _there(desk: Desk, number: int) -> Report:
    """The report on this import. Answers 404 when there is none."""
    at = desk.sitting()
    with suppress(importing.NoSuchImport):
        mark = importing.mark(desk.connection, _numbered(number), at=at)
        found: Report = desk.house.lately.or_anew(
            f"import {number}",
            mark,
            lambda: importing.report(desk.connection, number, at=at),
        )
        return found
    raise HTTPException(404)


def _numbered(number: int) -> int:
    """A number that the database can hold. Answers 404 for any other."""
    if not 0 <= number < 2**31:
        raise HTTPException(404)
    return number


def _shown(report: Report, which: str) -> tuple[FileReport, ...]:
    match which:
        case "way":
            return report.in_the_way
        case "record":
            return report.to_record
        case "out":
            return tuple(one for one in report.files if one.left_out)
        case _:
            return report.files


def _corrections_in(form: Form, report: Report) -> dict[int, dict[str, Any]]:
    """What the form says otherwise than what stands, of the files that were on the page.

    Raises Miscorrected with every fault.
    """
    on_the_page = set(form.text("files").split())
    faults: list[Words] = []
    corrections: dict[int, dict[str, Any]] = {}
    for one in report.files:
        if str(one.id) not in on_the_page:
            continue
        fields: dict[str, Any] = {"left_out": form.text(f"left_out-{one.id}") == "yes"}
        for name in (*DAYS, *TEXTS):
            if f"{name}-{one.id}" in form:
                try:
                    said = form.day if name in DAYS else form.text
                    fields[name] = said(f"{name}-{one.id}")
                except Refusal as refused:
                    faults += (
                        Words("{name}: {why}", "{name}: {why}").about(name=one.name, why=why)
                        for why in refused.reasons
                    )
        if form.text(f"confirmed-{one.id}") == "yes" and not fields.get("group"):
            fields["group"] = one.group_key
        if form.text(f"ended-{one.id}") == "yes" and not fields.get("ends_on"):
            fields["ends_on"] = one.offered_end
        corrections[one.id] = importing.only_changed(one, fields)
    if faults:
        raise importing.Miscorrected(*faults)
    return corrections


def _wrote(form: Form | None, one: FileReport, field: str) -> str:
    """What was written in a field when the form was refused; else what stands in it."""
    if form is not None and f"{field}-{one.id}" in form:
        return form.text(f"{field}-{one.id}")
    return str(importing.understood(one)[field] or "")


def _ticked(form: Form | None, one: FileReport, field: str) -> bool:
    if form is not None and str(one.id) in form.text("files").split():
        return form.text(f"{field}-{one.id}") == "yes"
    return field == "left_out" and one.left_out


def _reading(number: int) -> str:
    return f"read import {number}"


def _committing(number: int) -> str:
    return f"commit import {number}"


def _read_aside(desk: Desk, number: int) -> None:
    engine = desk.house.engine

    def work() -> None:
        for _progress in importing.read_on(engine, number):
            pass

    desk.house.aside.undertake(_reading(number), work)


def _commit_aside(desk: Desk, number: int) -> None:
    """Commit beside the answer. What stands in the way by then, the page shows by itself."""
    sitting = desk.sitting()

    def work() -> None:
        with suppress(Refusal), desk.writing() as connection:
            importing.commit_import(connection, number, at=sitting)

    desk.house.aside.undertake(_committing(number), work)


def _to_save(body: bytes, name: str, media_type: str) -> Response:
    """Bytes that a browser saves and never shows: they come from outside."""
    return Response(
        body,
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )
