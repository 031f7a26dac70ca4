"""Putting right what was understood of a file: its group, days, decider, whether it counts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from casework.importing.matching import Groups, Matched
from casework.importing.report import FileReport
from casework.importing.staging import keeper_of, open_import
from casework.matter import Sitting
from models.tables import ImportedFile
from statemachine.words import Refusal, Words

DAYS = ("decided_on", "valid_from", "valid_through", "ends_on")
TEXTS = ("decided_by", "decided_as")
FIELDS = ("group", *DAYS, *TEXTS, "left_out")
"""What can be put right of a file. The text itself is what it is."""

NO_GROUP_CALLED = Words(
    "{file}: det finns ingen grupp som heter {name}.", "{file}: there is no group called {name}."
)
NO_SUCH_FILE = Words("Importen har ingen fil nr {file}.", "The import has no file no. {file}.")


def understood(one: FileReport) -> dict[str, Any]:
    """What stands in each of FIELDS just now. Of a group that is only guessed, nothing does."""
    terms = one.terms
    return {
        "group": "" if one.matched is Matched.NEAREST else one.group_name or "",
        "decided_on": terms and terms.decided_on,
        "valid_from": terms and terms.valid_from,
        "valid_through": terms and terms.valid_through,
        "ends_on": one.early_end,
        "decided_by": (terms and terms.decided_by) or "",
        "decided_as": (terms and terms.decided_as) or "",
        "left_out": one.left_out,
    }


def only_changed(one: FileReport, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something else than what stands there.

    What was understood and left alone still follows from the rest: a last day from the first.
    """
    stands = understood(one)
    return {name: value for name, value in fields.items() if value != stands[name]}


class Miscorrected(Refusal):
    """What was put right cannot be understood."""


def correct(
    connection: Connection,
    import_id: int,
    corrections: Mapping[int, Mapping[str, Any]],
    *,
    at: Sitting,
) -> None:
    """Put right these fields of these files, all of them or none.

    `corrections` says, for a file's number, its new fields of FIELDS: a group by key or name
    (empty for none), days, texts, and whether it is left out. An empty day or text lets the
    document's own count. To say a group that was only guessed is to confirm it.

    Raises Miscorrected, with every fault, for a group or file that is not there; NotInTheLife for
    anyone but the registry keeper; NoSuchImport and ImportEnded.
    """
    keeper_of(connection, at)
    open_import(connection, import_id)
    rows = {
        row.id: row
        for row in connection.execute(
            select(ImportedFile.id, ImportedFile.name, ImportedFile.group_id).where(
                ImportedFile.import_id == import_id
            )
        )
    }
    groups = Groups(connection)
    faults: list[Words] = []
    changed: dict[int, dict[str, Any]] = {}
    for file_id, fields in corrections.items():
        if file_id not in rows:
            faults.append(NO_SUCH_FILE.about(file=file_id))
            continue
        changed[file_id] = _columns(fields, rows[file_id].name, groups, faults)
    if faults:
        raise Miscorrected(*faults)
    for file_id, columns in changed.items():
        if columns:
            connection.execute(
                update(ImportedFile).where(ImportedFile.id == file_id).values(**columns)
            )


def _columns(
    fields: Mapping[str, Any], file: str, groups: Groups, faults: list[Words]
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "group":
            columns |= _group(value, file, groups, faults)
        elif name == "left_out":
            columns["left_out"] = bool(value)
        elif name in DAYS:
            assert value is None or isinstance(value, date)
            columns[name] = value
        elif name in TEXTS:
            columns[name] = " ".join((value or "").split()) or None
        else:
            raise LookupError(f"nothing called {name} can be put right")
    return columns


def _group(name: str | None, file: str, groups: Groups, faults: list[Words]) -> dict[str, Any]:
    if not name or not name.strip():
        return {"group_id": None, "matched": None, "score": None}
    found = groups.called(name)
    if found is None:
        faults.append(NO_GROUP_CALLED.about(file=file, name=name))
        return {}
    return {"group_id": found, "matched": Matched.SAID, "score": None}
