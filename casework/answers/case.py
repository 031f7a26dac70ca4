"""One case before its decider: what changes, what a decision sets in motion, and what it set.

What would follow is asked of the act itself, judged and not written.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from casework.change import Change, Said
from casework.deciding import what_happened
from casework.drafting import latest_decided
from casework.matter import (
    Authentication,
    Matter,
    Sibling,
    Sitting,
    document_of,
    look_at,
)
from casework.papers import NoPress
from casework.questions import submission_of, text_in_force
from casework.review import approve, term
from documents import Comparison, compare
from models.tables import (
    Charter,
    Decision,
    Group,
    Opinion,
    Outbox,
    PaperKept,
    Person,
)
from statemachine.calendar import Occasion
from statemachine.case import Standing
from statemachine.vocabulary import EXPIRY_WARNINGS, Audience, Paper, State
from statemachine.words import Refusal, Words


@dataclass(frozen=True, slots=True)
class Cut:
    """A charter that ends earlier because of the decision."""

    number: int
    title: str
    last_day: date
    is_never_in_force: bool


@dataclass(frozen=True, slots=True)
class Consequences:
    """What approving the case today would set in motion."""

    cuts: tuple[Cut, ...]
    readers: tuple[tuple[str, str | None], ...]
    """Who gets it, and with what purpose."""
    letters: int
    warnings: tuple[Occasion, ...]
    """When people will be reminded to renew it."""
    note: Words | None


@dataclass(frozen=True, slots=True)
class Case:
    """A case before the one who decides it: all that the page tells."""

    number: int
    title: str
    kind: str
    group: str | None
    registry_number: str | None
    round: int
    content_hash: str
    state: State
    office: str | None
    stands_in_for: str | None
    submitted_on: date | None
    working_days: int
    presenter: str | None
    answer: str | None
    """What was answered to the warnings as it was submitted."""
    message: str | None
    """What was written to whoever decides."""
    handler: str | None
    comparison: Comparison | None
    in_force: Sibling | None
    asked_from: date | None
    """The first day proposed, when it has already passed."""
    valid_from: date
    valid_through: date | None
    opinions: tuple[Row[Any], ...]
    paper: int | None
    hindrances: tuple[Words, ...]
    """What stands in the way, whatever is answered."""
    consequences: Consequences | None
    """None when something stands in the way."""
    in_conflict: bool
    """Whether the reader has declared a conflict in this round."""
    others: tuple[str, ...]
    """Who could decide it in the reader's place, were they in conflict."""


def case_before(connection: Connection, number: int, at: Sitting) -> Case:
    """The case as whoever decides it needs to see it. Nothing is written.

    Raises NoSuchCharter, and Refusal for a charter that is not in review.
    """
    # As if they had logged in this moment and were in no conflict: both are asked at the decision.
    assert at.by is not None
    supposed = replace(at, press=NoPress(), authenticated=Authentication("supposed", at.now))
    matter = look_at(connection, number, supposed)
    if matter.state is not State.REVIEW:
        raise Refusal(what_happened(connection, matter.charter))
    row, document = matter.charter, matter.document
    me = next((held for held in matter.able if held.person.id == at.by.id), None)
    latest = latest_decided(matter.siblings)
    valid_from, valid_through, _longest = term(matter, document)
    change, hindrances = _supposed(matter)
    others = matter.people.able(row.office_id, matter.conflicted | {at.by.id})
    handler = matter.people.person(row.handler_id)
    submission = submission_of(connection, row.id)
    said = submission.details if submission is not None else {}
    return Case(
        number=row.id,
        title=row.title,
        kind=row.kind,
        group=matter.group.name if matter.group is not None else None,
        registry_number=row.registry_number,
        round=row.round,
        content_hash=row.content_hash,
        state=matter.state,
        office=me.office if me else None,
        stands_in_for=_stood_in_for(matter) if me and me.stands_in else None,
        submitted_on=row.submitted_on,
        working_days=at.settings.calendar.working_days_since(row.submitted_on, at.today),
        presenter=said.get("presenter"),
        answer=said.get("answer"),
        message=submission.reason if submission is not None else None,
        handler=handler.name if handler else None,
        comparison=compare(document_of(connection, text_in_force(connection, latest.id)), document)
        if latest is not None
        else None,
        in_force=latest if latest is not None and latest.in_force_on(at.today) else None,
        asked_from=row.valid_from if row.valid_from and row.valid_from < valid_from else None,
        valid_from=valid_from,
        valid_through=valid_through,
        opinions=_opinions(connection, row),
        paper=_paper(connection, row),
        hindrances=hindrances,
        consequences=_consequences(matter, change) if change is not None else None,
        in_conflict=at.by.id in matter.conflicted,
        others=tuple(dict.fromkeys(held.person.name for held in others)),
    )


def _supposed(matter: Matter) -> tuple[Change | None, tuple[Words, ...]]:
    """The decision, were it made now; or everything that stands in its way."""
    try:
        return approve(matter, Said(conflict=False)), ()
    except Refusal as refusal:
        return None, refusal.reasons


def _stood_in_for(matter: Matter) -> str | None:
    holders = matter.people.holders(matter.charter.office_id)
    return holders[0].name if holders else None


def _opinions(connection: Connection, row: Any) -> tuple[Row[Any], ...]:
    asked = (
        select(Opinion.supports, Opinion.statement, Opinion.given_at, Person.name)
        .join(Person, Person.id == Opinion.reviewer_id)
        .where(Opinion.charter_id == row.id, Opinion.round == row.round)
        .order_by(Opinion.id)
    )
    return tuple(connection.execute(asked))


def _paper(connection: Connection, row: Any) -> int | None:
    """The paper of this round, as PDF when there is one."""
    return connection.scalar(
        select(PaperKept.id)
        .where(
            PaperKept.charter_id == row.id,
            PaperKept.round == row.round,
            PaperKept.paper == Paper.DRAFT,
        )
        .order_by(PaperKept.id.desc())
        .limit(1)
    )


def _consequences(matter: Matter, change: Change) -> Consequences:
    siblings = {one.id: one for one in matter.siblings}
    ends_on = change.columns["ends_on"]
    standing = Standing(
        state=State.APPROVED,
        decided_on=matter.today,
        valid_from=change.columns["valid_from"],
        ends_on=ends_on,
    )
    coming = (
        matter.calendar.occasions(standing, since=matter.today, today=ends_on) if ends_on else []
    )
    participants = change.to[Audience.PARTICIPANT]
    return Consequences(
        cuts=tuple(
            Cut(
                number=other,
                title=siblings[other].title,
                last_day=last_day,
                is_never_in_force=last_day < (siblings[other].valid_from or last_day),
            )
            for other, last_day in change.cuts.items()
        ),
        readers=tuple((one.name, one.purpose) for one in change.recipients),
        letters=len({one.email.casefold() for one in change.recipients})
        + len({one.email for one in participants if one.email}),
        warnings=tuple(one for one in coming if one.what in EXPIRY_WARNINGS),
        note=change.note,
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as its receipt tells of it."""

    row: Row[Any]
    title: str
    papers: tuple[Row[Any], ...]


@dataclass(frozen=True, slots=True)
class Fared:
    """How the letters of a decision fare, in letters."""

    in_all: int
    on_their_way: int


def receipts(
    connection: Connection, *, charter: int | None = None, group: int | None = None
) -> list[Decided]:
    """The decisions on a charter, or on a group itself, the latest first, with their papers."""
    about = (
        Decision.charter_id == charter
        if charter is not None
        else and_(Decision.group_id == group, Decision.charter_id.is_(None))
    )
    rows = connection.execute(
        select(Decision, func.coalesce(Charter.title, Group.name).label("title"))
        .outerjoin(Charter, Charter.id == Decision.charter_id)
        .outerjoin(Group, Group.id == Decision.group_id)
        .where(about)
        .order_by(Decision.id.desc())
    ).all()
    papers: dict[int, list[Row[Any]]] = {}
    for paper in connection.execute(
        select(
            PaperKept.id,
            PaperKept.decision_id,
            PaperKept.filename,
            PaperKept.media_type,
            PaperKept.sha256,
        )
        .where(
            PaperKept.charter_id == charter
            if charter is not None
            else PaperKept.charter_id.is_(None),
            PaperKept.decision_id.in_([row.id for row in rows]),
        )
        .order_by(PaperKept.id)
    ):
        papers.setdefault(paper.decision_id, []).append(paper)
    return [Decided(row, row.title, tuple(papers.get(row.id, ()))) for row in rows]


def how_letters_fare(
    connection: Connection, since: datetime, *, charter: int | None, group: int | None
) -> Fared:
    """How many letters a decision of that moment caused, and how many are still on their way."""
    # Those of a group are about itself, or about a charter of its own that ends with it.
    about = (
        Outbox.charter_id == charter
        if charter is not None
        else or_(
            and_(Outbox.charter_id.is_(None), Outbox.group_id == group),
            Outbox.charter_id.in_(select(Charter.id).where(Charter.group_id == group)),
        )
    )
    states = connection.scalars(select(Outbox.state).where(about, Outbox.created_at == since)).all()
    waiting = sum(state in ("pending", "claimed", "sending", "uncertain") for state in states)
    return Fared(len(states), waiting)


def paper_of_group(connection: Connection, group: int, paper: int) -> Row[Any] | None:
    """A paper of a decision on the group itself, byte for byte."""
    return connection.execute(
        select(PaperKept)
        .join(Decision, Decision.id == PaperKept.decision_id)
        .where(PaperKept.id == paper, Decision.group_id == group, Decision.charter_id.is_(None))
    ).first()
