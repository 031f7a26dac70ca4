"""Papers in and out: read, judge, derive, compare, write. No database, no clock, no network."""

from documents.as_json import reading_as_json
from documents.blank import blank
from documents.compare import Comparison, compare
from documents.derive import Addressee, addressee_of, meetings_of, references_of, registry_number
from documents.judge import problems_of
from documents.kinds import Form, Kind, UnknownKind, kind, kinds
from documents.read import Reading, read
from documents.read.apart import Reader, read_apart
from documents.refused import NotACharter, Refused, Unreadable, Unrenderable
from documents.write import (
    DecisionBlock,
    Look,
    Standing,
    write_discontinuance,
    write_docx,
    write_pdf,
    write_text,
)

__all__ = [
    "Addressee",
    "Comparison",
    "DecisionBlock",
    "Form",
    "Kind",
    "Look",
    "NotACharter",
    "Reader",
    "Reading",
    "Refused",
    "Standing",
    "UnknownKind",
    "Unreadable",
    "Unrenderable",
    "addressee_of",
    "blank",
    "compare",
    "kind",
    "kinds",
    "meetings_of",
    "problems_of",
    "read",
    "read_apart",
    "reading_as_json",
    "references_of",
    "registry_number",
    "write_discontinuance",
    "write_docx",
    "write_pdf",
    "write_text",
]
