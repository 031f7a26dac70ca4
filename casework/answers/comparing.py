"""What a charter changes, beside the one decided before it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from casework.drafting import latest_decided
from casework.matter import document_of, siblings_of
from casework.questions import charter_row, is_in_force, text_in_force
from documents import Comparison, compare
from statemachine.vocabulary import DECIDED


@dataclass(frozen=True, slots=True)
class Beside:
    """Two charters of a subject side by side."""

    against: Row[Any]
    in_force: bool
    """Whether what it is compared with is in force today."""
    comparison: Comparison


def beside_what_went_before(connection: Connection, charter: Any, today: date) -> Beside | None:
    """The charter beside the one decided last, or, itself decided, the one it followed.

    None when there is none.
    """
    if charter.state in DECIDED:
        earlier = charter.predecessor_id
        text = text_in_force(connection, charter.id)
    else:
        siblings = siblings_of(connection, charter.subject_id, charter.kind, without=charter.id)
        latest = latest_decided(siblings)
        earlier = latest.id if latest is not None else None
        text = charter.content_hash
    against = charter_row(connection, earlier) if earlier is not None else None
    if against is None:
        return None
    before = document_of(connection, text_in_force(connection, against.id))
    return Beside(
        against, is_in_force(against, today), compare(before, document_of(connection, text))
    )
