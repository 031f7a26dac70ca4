"""What waits for someone's decision, that which has waited longest first; and what they decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, text

from documents import compare
from models.directory import Directory, Holding, Someone
from models.document import Document
from models.many import among
from models.tables import (
    Charter,
    Conflict,
    Content,
    Decision,
    Group,
    Journal,
    StandIn,
    Tenure,
)
from statemachine.calendar import Calendar
from statemachine.vocabulary import DECIDED, Act, State
from statemachine.words import Words

A_PAGE = 20
LATELY = 10
BRIEF = 160
"""Characters of what changes that the queue tells."""
LOOKED_BACK = 2000
"""How many decisions back someone's own are looked for, whatever the number there are."""

# Word for word the condition of uq_charters_one_open_draft: only then is the index used.
_OPEN = text("charters.state IN ('draft', 'review')")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for a decision, as the queue tells of it."""

    number: int
    title: str
    group: str | None
    registry_number: str | None
    office: str
    stands_in: bool
    submitted_on: date
    working_days: int
    presenter: str | None
    changes: Words | None
    """What changes since the charter decided last; None for a first one."""
    in_force_through: date | None
    """The last day of the charter in force, when it has one."""
    something_is_in_force: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """The cases on one page of it, how many there are in all, and how many pages."""

    cases: tuple[Waiting, ...]
    in_all: int
    pages: int = 1


def queue_of(
    connection: Connection, people: Directory, me: Someone, calendar: Calendar, page: int = 1
) -> Queue:
    """What waits for someone's decision today, that which has waited longest first."""
    rows = _waiting_for(connection, people, me)
    pages = max(1, -(-len(rows) // A_PAGE))
    first = (min(max(page, 1), pages) - 1) * A_PAGE
    shown = rows[first : first + A_PAGE]
    return Queue(_told(connection, people, calendar, shown), len(rows), pages)


def next_case(
    connection: Connection, people: Directory, me: Someone
) -> tuple[Row[Any] | None, int]:
    """The case that has waited longest for someone, and how many wait in all."""
    rows = _waiting_for(connection, people, me)
    return (rows[0][0] if rows else None), len(rows)


def _waiting_for(
    connection: Connection, people: Directory, me: Someone
) -> list[tuple[Row[Any], Holding]]:
    """The cases someone can decide today, and by what: an office of theirs with authority to.

    A conflict of its holder's lets in a stand-in whose dates lie ahead.
    """
    offices = _offices_of(connection, me, people.day)
    if not offices:
        return []
    rows = connection.execute(
        select(
            Charter.id,
            Charter.title,
            Charter.kind,
            Charter.subject_id,
            Charter.group_id,
            Charter.office_id,
            Charter.registry_number,
            Charter.round,
            Charter.submitted_on,
            Charter.submitted_by_id,
            Charter.content_hash,
            Group.name.label("group_name"),
            Group.area,
        )
        .outerjoin(Group, Group.id == Charter.group_id)
        .where(_OPEN, Charter.state == State.REVIEW, Charter.office_id.in_(offices))
        .order_by(Charter.submitted_on, Charter.id)
    ).all()
    conflicted = _conflicted(connection, offices)
    found = []
    for row in rows:
        able = people.able(row.office_id, conflicted.get(row.id, frozenset()))
        mine = next((held for held in able if held.person.id == me.id), None)
        authority = people.authority(
            "decide",
            kind=row.kind,
            group_id=row.group_id,
            area=row.area,
            office_id=row.office_id,
        )
        if mine is not None and authority is not None and row.submitted_by_id != me.id:
            found.append((row, mine))
    return found


def _offices_of(connection: Connection, me: Someone, day: date) -> tuple[int, ...]:
    """Every office someone has something to do with now or later, as holder or stand-in."""
    held: dict[int, None] = {}
    tables: tuple[Any, ...] = (Tenure, StandIn)
    for table in tables:
        theirs = select(table.office_id).where(
            table.person_id == me.id, or_(table.through.is_(None), table.through >= day)
        )
        held.update(dict.fromkeys(connection.scalars(theirs)))
    return tuple(held)


def _conflicted(connection: Connection, offices: tuple[int, ...]) -> Mapping[int, frozenset[int]]:
    found: dict[int, frozenset[int]] = {}
    asked = (
        select(Conflict.charter_id, Conflict.person_id)
        .join(Charter, and_(Charter.id == Conflict.charter_id, Charter.round == Conflict.round))
        .where(_OPEN, Charter.state == State.REVIEW, Charter.office_id.in_(offices))
    )
    for charter, person in connection.execute(asked):
        found[charter] = found.get(charter, frozenset()) | {person}
    return found


def _told(
    connection: Connection,
    people: Directory,
    calendar: Calendar,
    cases: list[tuple[Row[Any], Holding]],
) -> tuple[Waiting, ...]:
    """The cases as the queue tells of them: a handful of questions, however many they are."""
    if not cases:
        return ()
    rows = [row for row, _ in cases]
    before = _decided_before(connection, rows)
    texts = _texts(connection, {row.content_hash for row in rows} | {h for _, h in before.values()})
    presenters = _presenters(connection, [row.id for row in rows])
    return tuple(
        _waiting(row, held, people.day, calendar, before.get(row.id), texts, presenters.get(row.id))
        for row, held in cases
    )


def _waiting(
    row: Row[Any],
    held: Holding,
    today: date,
    calendar: Calendar,
    before: tuple[Row[Any], str] | None,
    texts: Mapping[str, str],
    presenter: str | None,
) -> Waiting:
    goes_on = before is not None and (
        before[0].valid_from <= today and (before[0].ends_on is None or before[0].ends_on >= today)
    )
    return Waiting(
        number=row.id,
        title=row.title,
        group=row.group_name,
        registry_number=row.registry_number,
        office=held.office,
        stands_in=held.stands_in,
        submitted_on=row.submitted_on,
        working_days=calendar.working_days_since(row.submitted_on, today),
        presenter=presenter,
        changes=_summary(before[1], texts[before[1]], row.content_hash, texts[row.content_hash])
        if before
        else None,
        in_force_through=before[0].ends_on if before and goes_on else None,
        something_is_in_force=goes_on,
    )


def _decided_before(
    connection: Connection, rows: list[Row[Any]]
) -> dict[int, tuple[Row[Any], str]]:
    """The charter decided last before each of these, and the hash of its text in force."""
    decided = connection.execute(
        select(
            Charter.id,
            Charter.subject_id,
            Charter.kind,
            Charter.valid_from,
            Charter.ends_on,
            Charter.content_hash,
        )
        .where(
            among(Charter.subject_id, "subjects"),
            Charter.state.in_(DECIDED),
        )
        .order_by(Charter.valid_from, Charter.id),
        {"subjects": sorted({row.subject_id for row in rows})},
    ).all()
    latest = {(one.subject_id, one.kind): one for one in decided}
    corrected: dict[int, str] = {
        one.charter_id: one.content_hash
        for one in connection.execute(
            select(Decision.charter_id, Decision.content_hash)
            .where(among(Decision.charter_id, "charters"), Decision.what == Act.CORRECT)
            .order_by(Decision.id),
            {"charters": [one.id for one in latest.values()]},
        )
    }
    found = {}
    for row in rows:
        if (one := latest.get((row.subject_id, row.kind))) is not None:
            found[row.id] = (one, corrected.get(one.id, one.content_hash))
    return found


def _texts(connection: Connection, hashes: set[str]) -> dict[str, str]:
    kept = select(Content.hash, Content.document).where(Content.hash.in_(hashes))
    return {row.hash: row.document for row in connection.execute(kept)}


def _presenters(connection: Connection, charters: list[int]) -> dict[int, str | None]:
    submitted = connection.execute(
        select(Journal.charter_id, Journal.details)
        .where(among(Journal.charter_id, "charters"), Journal.act == Act.SUBMIT)
        .order_by(Journal.id),
        {"charters": charters},
    )
    return {row.charter_id: row.details.get("presenter") for row in submitted}


@lru_cache(maxsize=512)
def _summary(_old: str, old_text: str, _new: str, new_text: str) -> Words:
    """What changed between two texts, each kept under its hash, but for the date they bear."""
    old, new = Document.model_validate_json(old_text), Document.model_validate_json(new_text)
    changed = compare(old, new.model_copy(update={"document_date": old.document_date}))
    return Words(_briefly(changed.summary("sv")), _briefly(changed.summary("en")))


def _briefly(paragraph: str) -> str:
    """Its first sentence, and those after it that still make a short line or two."""
    said, *more = paragraph.split(". ")
    for sentence in more:
        if len(said) + len(sentence) > BRIEF:
            return f"{said}. …"
        said = f"{said}. {sentence}"
    return said


def decided_lately(connection: Connection, me: Someone, most: int = LATELY) -> list[Row[Any]]:
    """What someone decided last, the latest first; only so far back as is worth looking."""
    latest = select(func.max(Decision.id) - LOOKED_BACK).scalar_subquery()
    return list(
        connection.execute(
            select(
                Decision.what,
                Decision.decided_on,
                Decision.charter_id,
                func.coalesce(Charter.title, Group.name).label("title"),
                Group.key.label("group_key"),
            )
            .outerjoin(Charter, Charter.id == Decision.charter_id)
            .outerjoin(Group, Group.id == Decision.group_id)
            .where(Decision.id > latest, Decision.person_id == me.id)
            .order_by(Decision.id.desc())
            .limit(most)
        )
    )
