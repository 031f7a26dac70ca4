"""Committing an import: all of its files are recorded in one transaction, or none of them."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, update

from casework.door import carry_out
from casework.importing.report import Candidate, Examination, reasons_per_file
from casework.importing.staging import Stands, end, keeper_of, open_import
from casework.matter import Sibling, Sitting
from casework.writing import note
from models.tables import ImportedFile
from statemachine.vocabulary import Act, Role, State
from statemachine.words import Refusal, Words

COMMIT_IMPORT = "commit-import"


class NotCommitted(Refusal):
    """Something stands in the way of the files named; none of them has been recorded."""


STILL_READING = Words(
    "Alla filer är inte lästa ännu. Vänta tills de är det.",
    "Not all files have been read yet. Wait until they have.",
)
NOTHING_TO_RECORD = Words(
    "Importen har inga filer att registrera.", "The import has no files to record."
)


@dataclass(frozen=True, slots=True)
class Committed:
    """What an import came to: the charters recorded, by file, and how many stand in each state."""

    import_id: int
    charters: dict[int, int]
    states: dict[State, int]


def commit_import(connection: Connection, import_id: int, *, at: Sitting) -> Committed:
    """Record every file of the import that is not left out, oldest first, or none of them.

    A charter that another of the import followed without a gap is recorded as superseded.

    Raises NotCommitted with the reasons for each file, NotInTheLife for anyone but the registry
    keeper, NoSuchImport and ImportEnded.
    """
    keeper = keeper_of(connection, at)
    row = open_import(connection, import_id)
    if row.state == Stands.READING:
        raise NotCommitted(STILL_READING)
    beside = Examination(connection, import_id, at, row.state)
    in_the_way = reasons_per_file(one.reported() for one in beside.files)
    if in_the_way:
        raise NotCommitted(*in_the_way)
    meant = beside.meant
    if not meant:
        raise NotCommitted(NOTHING_TO_RECORD)
    charters: dict[int, int] = {}
    states: dict[State, int] = {}
    for place, one in enumerate(meant):
        done = _record(connection, one, to_come(one, meant[place + 1 :]), at)
        charters[one.row.id] = done[0]
        states[done[1]] = states.get(done[1], 0) + 1
    _let_go_of_the_files(connection, import_id, charters)
    end(connection, import_id, Stands.COMMITTED, at)
    note(
        keeper,
        COMMIT_IMPORT,
        Role.REGISTRY_KEEPER,
        reason=None,
        details={
            "import": import_id,
            "name": row.name,
            "charters": len(charters),
            "left_out": sum(one.row.left_out for one in beside.files),
        },
    )
    return Committed(import_id, charters, states)


def to_come(one: Candidate, later: list[Candidate]) -> tuple[Sibling, ...]:
    """The charters of its subject that the same commit has not written yet."""
    seen = (other.as_sibling() for other in later if other.subject == one.subject)
    return tuple(other for other in seen if other is not None)


def _record(
    connection: Connection, one: Candidate, recorded_with: tuple[Sibling, ...], at: Sitting
) -> tuple[int, State]:
    assert one.said is not None
    said = replace(one.said, recorded_with=recorded_with)
    stated = {name: getattr(said, name) for name in said.__dataclass_fields__}
    try:
        done = carry_out(connection, None, Act.RECORD, at=at, **stated)
    except Refusal as refused:
        raise NotCommitted(
            *(
                Words("{name}: {why}", "{name}: {why}").about(name=one.row.name, why=why)
                for why in refused.reasons
            )
        ) from refused
    return done.charter_id, done.outcome.becomes


def _let_go_of_the_files(connection: Connection, import_id: int, charters: dict[int, int]) -> None:
    """What was recorded has its text in the charter; the rest is not ours to keep."""
    connection.execute(
        update(ImportedFile)
        .where(ImportedFile.import_id == import_id)
        .values(body=None, document=None, remarks=[])
    )
    for file_id, charter_id in charters.items():
        connection.execute(
            update(ImportedFile).where(ImportedFile.id == file_id).values(charter_id=charter_id)
        )
