"""Many at once: existing charters read, put right together, and recorded all or none."""

from casework.importing.committing import COMMIT_IMPORT, Committed, NotCommitted, commit_import
from casework.importing.correcting import (
    FIELDS,
    Miscorrected,
    correct,
    only_changed,
    understood,
)
from casework.importing.matching import Groups, Matched, group_names
from casework.importing.report import FileReport, InForce, Report, mark, report
from casework.importing.spreadsheet import LARGEST, as_csv, corrections_in
from casework.importing.staging import (
    DROP_IMPORT,
    ImportEnded,
    NoSuchImport,
    Progress,
    Read,
    Stands,
    begin_import,
    drop_import,
    forget_import,
    imports,
    original,
    progress,
    read_on,
)

__all__ = [
    "COMMIT_IMPORT",
    "DROP_IMPORT",
    "FIELDS",
    "LARGEST",
    "Committed",
    "FileReport",
    "Groups",
    "ImportEnded",
    "InForce",
    "Matched",
    "Miscorrected",
    "NoSuchImport",
    "NotCommitted",
    "Progress",
    "Read",
    "Report",
    "Stands",
    "as_csv",
    "begin_import",
    "commit_import",
    "correct",
    "corrections_in",
    "drop_import",
    "forget_import",
    "group_names",
    "imports",
    "mark",
    "only_changed",
    "original",
    "progress",
    "read_on",
    "report",
    "understood",
]
