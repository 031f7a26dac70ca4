"""The editor's questions: the text as it was when the writing began, who saved since, what waits.

What someone has written and not saved is kept for them alone. It is no act: nothing is journalled,
and the charter stands as it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from casework.matter import Matter, document_of
from models.document import Document
from models.tables import Journal, Office, Unsaved
from statemachine.machine import Refused
from statemachine.vocabulary import Act


def may(matter: Matter, act: Act) -> bool:
    """Whether the life knows the act here for whoever sits; its rules are judged at the act."""
    try:
        matter.role_for(act)
    except Refused:
        return False
    return True


def text_at(connection: Connection, charter_id: int, version: int) -> Document | None:
    """The text as it was in a version of the charter; None when there was no such version."""
    kept = connection.execute(
        select(Journal.content_hash).where(
            Journal.charter_id == charter_id, Journal.version == version
        )
    ).scalar()
    return document_of(connection, kept) if kept else None


def last_saved(connection: Connection, charter_id: int) -> Row[Any] | None:
    """Who gave the draft the text it has, and when: the last act that changed it."""
    return connection.execute(
        select(Journal.name, Journal.at, Journal.person_id)
        .where(
            Journal.charter_id == charter_id,
            Journal.act.in_((Act.EDIT, Act.DRAFT, Act.RENEW)),
        )
        .order_by(Journal.id.desc())
        .limit(1)
    ).first()


def offices_to_decide(matter: Matter) -> list[tuple[str, str]]:
    """The offices that can decide this today, by key and name; the one it has, whatever it can."""
    able = set(
        matter.people.offices_with(
            "decide",
            kind=matter.charter.kind,
            group_id=matter.group_id,
            area=matter.group.area if matter.group is not None else None,
        )
    )
    if matter.charter.office_id is not None:
        able.add(matter.charter.office_id)
    rows = matter.connection.execute(
        select(Office.key, Office.name).where(Office.id.in_(able)).order_by(Office.name_folded)
    )
    return [(row.key, row.name) for row in rows]


def office_of(connection: Connection, office_id: int | None) -> Row[Any] | None:
    """The office of this number; None for none."""
    if office_id is None:
        return None
    return connection.execute(select(Office).where(Office.id == office_id)).first()


# --- what is written and not saved ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """Writing of someone's that waits to be saved: what it says, and what it was written of."""

    version: int
    said: Mapping[str, Any]
    written_at: datetime


def unsaved_of(connection: Connection, charter_id: int, person_id: int) -> Waiting | None:
    """What the person has written in the draft and not saved."""
    row = connection.execute(
        select(Unsaved.version, Unsaved.fields, Unsaved.written_at).where(
            Unsaved.charter_id == charter_id, Unsaved.person_id == person_id
        )
    ).first()
    # What they wrote as the one who was to decide it is kept in the same place, and has no page.
    if row is None or "page" not in row.fields:
        return None
    return Waiting(row.version, row.fields, row.written_at)


def keep_unsaved(
    connection: Connection,
    charter_id: int,
    person_id: int,
    *,
    version: int,
    said: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep what the person has written so far, in place of what was kept before."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    kept = {"version": version, "fields": dict(said), "written_at": now}
    connection.execute(
        dialect.insert(Unsaved)
        .values(charter_id=charter_id, person_id=person_id, **kept)
        .on_conflict_do_update(index_elements=["charter_id", "person_id"], set_=kept)
    )


def forget_unsaved(connection: Connection, charter_id: int, person_id: int) -> None:
    """It has been saved, or thrown away."""
    connection.execute(
        delete(Unsaved).where(Unsaved.charter_id == charter_id, Unsaved.person_id == person_id)
    )
