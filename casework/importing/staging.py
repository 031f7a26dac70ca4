"""What is brought in: files kept until the import ends, and read one by one."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from casework.importing.matching import Groups
from casework.matter import Matter, Sitting
from casework.writing import note
from documents import Reader
from documents.refused import NotACharter, Refused
from documents.unpack import ZIP_IN_ZIP, HandedIn, is_archive
from models.directory import Directory
from models.document import as_json, content_hash
from models.session import reading, transaction
from models.tables import Import, ImportedFile, Person
from statemachine.vocabulary import Act, Role
from statemachine.words import Refusal, Words

DROP_IMPORT = "drop-import"

AT_ONCE = 2
"""How many files are read at a time, each by a process of its own."""


class Stands(StrEnum):
    """Where an import stands."""

    READING = "reading"
    READY = "ready"
    COMMITTED = "committed"
    DROPPED = "dropped"


class Read(StrEnum):
    """What came of reading a file."""

    WAITING = "waiting"
    READ = "read"
    UNREADABLE = "unreadable"
    NOT_A_CHARTER = "not_a_charter"


class NoSuchImport(Refusal):
    """No import has this number."""

    def __init__(self, import_id: int) -> None:
        super().__init__(
            Words("Det finns ingen import {id}.", "There is no import {id}.").about(id=import_id)
        )


class ImportEnded(Refusal):
    """The import has been committed or dropped, and nothing more can be done to it."""

    def __init__(self, state: str) -> None:
        super().__init__(COMMITTED if state == Stands.COMMITTED else DROPPED)


COMMITTED = Words("Importen är redan registrerad.", "The import has already been committed.")
DROPPED = Words("Importen är släppt.", "The import has been dropped.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading of an import has come."""

    import_id: int
    state: Stands
    files: int
    read: int


def begin_import(connection: Connection, handed_in: HandedIn, *, name: str, at: Sitting) -> int:
    """Take in files to be read, and return the import's number. Nothing is recorded by it.

    Raises NotInTheLife for anyone but the registry keeper.
    """
    keeper = keeper_of(connection, at)
    assert keeper.by is not None
    import_id = int(
        connection.execute(
            insert(Import)
            .values(
                name=name,
                by_id=keeper.by.id,
                begun_at=at.now,
                state=Stands.READING,
                passed_over=list(handed_in.passed_over),
            )
            .returning(Import.id)
        ).scalar_one()
    )
    connection.execute(
        insert(ImportedFile),
        [
            {
                "import_id": import_id,
                "place": place,
                "name": one.name,
                "sha256": hashlib.sha256(one.body).hexdigest(),
                "body": one.body,
                "reading": Read.WAITING,
                "remarks": [],
                "left_out": False,
            }
            for place, one in enumerate(handed_in.files, start=1)
        ],
    )
    return import_id


def read_on(
    engine: Engine, import_id: int, *, readers: Sequence[Reader] = ()
) -> Iterator[Progress]:
    """Read the files that wait, each committed as it is read, and say after each how far it is.

    Safe to begin again after an interruption, or side by side. Every file is read by a process of
    its own, within limits: nothing is locked meanwhile. Without `readers`, they are its own.
    """
    with reading(engine) as connection:
        groups = Groups(connection)
        waiting = _waiting(connection, import_id)
        now = progress(connection, import_id)
    yield now
    with ExitStack() as stack:
        ours = readers or [stack.enter_context(Reader()) for _ in range(AT_ONCE)]
        threads = stack.enter_context(ThreadPoolExecutor(len(ours)))
        # No more are taken up than are read: the bytes of all would not fit.
        for place in range(0, len(waiting), len(ours)):
            files = _files(engine, waiting[place : place + len(ours)])
            for file_id, understood in zip(
                files, threads.map(_understood, files.values(), ours), strict=False
            ):
                with transaction(engine) as connection:
                    _take_in(connection, file_id, understood, groups)
                    if not _waiting(connection, import_id):
                        _is_ready(connection, import_id)
                    now = progress(connection, import_id)
                yield now


def progress(connection: Connection, import_id: int) -> Progress:
    """How far the reading has come. Raises NoSuchImport."""
    row = import_row(connection, import_id)
    files, waiting = connection.execute(
        select(
            func.count(),
            func.count().filter(ImportedFile.reading == Read.WAITING),
        ).where(ImportedFile.import_id == import_id)
    ).one()
    return Progress(import_id, Stands(row.state), files, files - waiting)


def drop_import(connection: Connection, import_id: int, *, at: Sitting) -> None:
    """Let go of an import: its files are forgotten, and nothing of them was recorded.

    Raises NotInTheLife for anyone but the registry keeper, NoSuchImport and ImportEnded.
    """
    keeper = keeper_of(connection, at)
    row = open_import(connection, import_id)
    connection.execute(delete(ImportedFile).where(ImportedFile.import_id == import_id))
    end(connection, import_id, Stands.DROPPED, at)
    note(
        keeper,
        DROP_IMPORT,
        Role.REGISTRY_KEEPER,
        reason=None,
        details={"import": import_id, "name": row.name},
    )


def forget_import(connection: Connection, import_id: int, *, at: Sitting) -> None:
    """Undo the beginning of an import that was only tried: no trace of it is left.

    Raises NotInTheLife for anyone but the registry keeper, NoSuchImport and ImportEnded.
    """
    keeper_of(connection, at)
    open_import(connection, import_id)
    connection.execute(delete(ImportedFile).where(ImportedFile.import_id == import_id))
    connection.execute(delete(Import).where(Import.id == import_id))


def imports(connection: Connection, most: int = 50) -> list[Row[Any]]:
    """The imports there are and who began them: those still open on top, then the latest."""
    still_open = Import.state.in_((Stands.READING, Stands.READY))
    return list(
        connection.execute(
            select(Import, Person.name.label("by_name"))
            .join(Person, Import.by_id == Person.id)
            .order_by(still_open.desc(), Import.id.desc())
            .limit(most)
        )
    )


def original(connection: Connection, import_id: int, place: int) -> Row[Any] | None:
    """A file of an import as it was handed in: its name and bytes; None once it is let go of."""
    return connection.execute(
        select(ImportedFile.name, ImportedFile.body).where(
            ImportedFile.import_id == import_id,
            ImportedFile.place == place,
            ImportedFile.body.is_not(None),
        )
    ).first()


# --- what an import is asked ----------------------------------------------------------------------


def keeper_of(connection: Connection, at: Sitting) -> Matter:
    """The registry keeper's matter, about no charter yet. Raises NotInTheLife for anyone else."""
    matter = Matter(connection, None, at, Directory(connection, at.today, known=at.by))
    matter.role_for(Act.RECORD)
    return matter


def import_row(connection: Connection, import_id: int) -> Row[Any]:
    """The import of this number. Raises NoSuchImport."""
    row = connection.execute(select(Import).where(Import.id == import_id)).first()
    if row is None:
        raise NoSuchImport(import_id)
    return row


def open_import(connection: Connection, import_id: int) -> Row[Any]:
    """The import, locked, when it has not ended. Raises NoSuchImport and ImportEnded."""
    row = connection.execute(select(Import).where(Import.id == import_id).with_for_update()).first()
    if row is None:
        raise NoSuchImport(import_id)
    if row.state in (Stands.COMMITTED, Stands.DROPPED):
        raise ImportEnded(row.state)
    return row


def end(connection: Connection, import_id: int, stands: Stands, at: Sitting) -> None:
    connection.execute(
        update(Import).where(Import.id == import_id).values(state=stands, ended_at=at.now)
    )


# --- reading --------------------------------------------------------------------------------------


def _understood(one: Row[Any], reader: Reader) -> dict[str, Any]:
    """What a file says, as columns: its document, or why there is none."""
    try:
        if is_archive(one.body):
            return _refused(Read.UNREADABLE, (ZIP_IN_ZIP.about(filename=one.name),))
        found = reader.read(one.body, one.name)
    except Refused as refused:
        what = Read.NOT_A_CHARTER if isinstance(refused, NotACharter) else Read.UNREADABLE
        return _refused(what, refused.reasons)
    canonical = as_json(found.document)
    return {
        "reading": Read.READ,
        "document": canonical,
        "content_hash": content_hash(canonical),
        "remarks": [
            {"level": one.level, "field": one.field, "sv": one.message.sv, "en": one.message.en}
            for one in found.problems
        ],
        "found": found.document,
    }


def _refused(what: Read, reasons: Sequence[Words]) -> dict[str, Any]:
    return {
        "reading": what,
        "remarks": [{"level": "error", "sv": one.sv, "en": one.en} for one in reasons],
        # What is no charter has nothing to record; what cannot be read may yet be one.
        "left_out": what is Read.NOT_A_CHARTER,
    }


def _take_in(
    connection: Connection, file_id: int, understood: dict[str, Any], groups: Groups
) -> None:
    """Keep what a file says, unless another reader was first or the import has ended."""
    columns = dict(understood)
    document = columns.pop("found", None)
    match = groups.match(document) if document is not None else None
    if match is not None:
        columns |= {
            "group_id": match.group_id,
            "matched": match.matched,
            "score": match.score,
        }
    connection.execute(
        update(ImportedFile)
        .where(ImportedFile.id == file_id, ImportedFile.reading == Read.WAITING)
        .values(**columns)
    )


def _waiting(connection: Connection, import_id: int) -> list[int]:
    return list(
        connection.scalars(
            select(ImportedFile.id)
            .where(ImportedFile.import_id == import_id, ImportedFile.reading == Read.WAITING)
            .order_by(ImportedFile.place)
        )
    )


def _files(engine: Engine, file_ids: Sequence[int]) -> dict[int, Row[Any]]:
    with reading(engine) as connection:
        rows = connection.execute(
            select(ImportedFile.id, ImportedFile.name, ImportedFile.body)
            .where(ImportedFile.id.in_(file_ids))
            .order_by(ImportedFile.place)
        )
        return {row.id: row for row in rows}


def _is_ready(connection: Connection, import_id: int) -> None:
    connection.execute(
        update(Import)
        .where(Import.id == import_id, Import.state == Stands.READING)
        .values(state=Stands.READY)
    )
