"""Deciding: what waits for someone's decision, what it would set in motion, and what was decided.

What someone decides is tied to what they were shown: a case that has changed since is not decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, text

from casework.change import Change, Said
from casework.door import carry_out
from casework.drafting import latest_decided
from casework.living import correct, discontinue
from casework.matter import (
    Authentication,
    Matter,
    Sibling,
    Sitting,
    document_of,
    look_at,
    open_matter,
)
from casework.papers import NoPress
from casework.questions import charter_row, submission_of, text_in_force
from casework.review import approve, term
from casework.writing import Done
from documents import Comparison, compare
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
    Opinion,
    Outbox,
    PaperKept,
    Person,
    StandIn,
    Tenure,
    Unsaved,
)
from notifications.links import ToDecide
from statemachine.calendar import Calendar, Occasion
from statemachine.case import Standing
from statemachine.vocabulary import DECIDED, EXPIRY_WARNINGS, Act, Audience, Paper, State
from statemachine.words import Refusal, Words

A_PAGE = 20
LATELY = 10
BRIEF = 160
"""Characters of what changes that the queue tells."""
LOOKED_BACK = 2000
"""How many decisions back someone's own are looked for, whatever the number there are."""

# Word for word the condition of uq_charters_one_open_draft: only then is the index used.
_OPEN = text("charters.state IN ('draft', 'review')")


# --- what waits -----------------------------------------------------------------------------------


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


# --- one case -------------------------------------------------------------------------------------


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


# --- deciding what was shown ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What someone had before them: the round, and the text by its hash."""

    round: int
    content_hash: str


class Overtaken(Refusal):
    """The case is no longer what was shown: nothing is decided, and here is what happened."""


def carry_out_as_shown(
    connection: Connection, number: int, act: Act, *, at: Sitting, shown: Shown, **said: Any
) -> Done:
    """Do `act` to the case if it still is what was shown, and return what came of it.

    Raises Overtaken when it is not, and what `carry_out` raises.
    """
    row = open_matter(connection, number, at).charter
    if (row.state, row.round, row.content_hash) != (
        State.REVIEW,
        shown.round,
        shown.content_hash,
    ):
        raise Overtaken(what_happened(connection, row))
    return carry_out(connection, number, act, at=at, **said)


def is_as_linked(connection: Connection, link: ToDecide) -> bool:
    """Whether the case still stands as it did when a letter with this link was written."""
    row = charter_row(connection, link.charter)
    return row is not None and (
        row.state == State.REVIEW
        and row.round == link.round
        and row.content_hash.startswith(link.content)
    )


NOTHING_WAITS = Words(
    "Handlingen väntar inte på något beslut: den står som {state}.",
    "The document waits for no decision: it stands as {state}.",
)
# fmt: off
HAPPENED: dict[str, Words] = {
    Act.SUBMIT: Words("{name} skickade ärendet för beslut på nytt {day}. Läs det igen innan du beslutar.", "{name} submitted the case anew on {day}. Read it again before you decide."),
    Act.WITHDRAW: Words("{name} återkallade ärendet {day}. Du får en ny begäran om det skickas igen.", "{name} withdrew the case on {day}. You get a new request if it is submitted again."),
    Act.SEND_BACK: Words("{name} återlämnade ärendet till handläggaren {day}.", "{name} sent the case back to the handler on {day}."),
    Act.APPROVE: Words("{name} fastställde handlingen {day}.", "{name} approved the document on {day}."),
    Act.EDIT: Words("Ärendet är återkallat, och {name} ändrade texten {day}. Du får en ny begäran om det skickas igen.", "The case was withdrawn, and {name} edited the text on {day}. You get a new request if it is submitted again."),
    Act.ABANDON: Words("Ärendet lades ned {day}.", "The case was abandoned on {day}."),
    Act.DISCONTINUE: Words("{name} beslutade {day} att uppdraget upphör.", "{name} decided on {day} that the charter ends."),
}
"""What was last done to a case that is not what was shown."""
# fmt: on


def what_happened(connection: Connection, row: Any) -> Words:
    """What was last done to a case, as it is told to whoever was about to decide it."""
    last = connection.execute(
        select(Journal.act, Journal.name, Journal.day)
        .where(Journal.charter_id == row.id, Journal.act.in_([act.value for act in _TOLD]))
        .order_by(Journal.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return NOTHING_WAITS.about(state=State(row.state).words)
    return HAPPENED[last.act].about(name=last.name, day=last.day)


_TOLD = tuple(Act(act) for act in HAPPENED)


# --- correcting and ending, before it is done -----------------------------------------------------


UNCHANGED = Words(
    "Texten är densamma som den beslutade. Rätta det som är fel, och skicka den igen.",
    "The text is the same as the one decided. Correct what is wrong, and send it again.",
)


def would_correct(
    connection: Connection, number: int, at: Sitting, document: Document, **said: Any
) -> Comparison:
    """What a correction would change, judged as it would be. Nothing is written.

    Raises Refusal when it changes nothing, and what `carry_out` raises but for the paper.
    """
    matter = look_at(connection, number, replace(at, press=NoPress()))
    changed = compare(document_in_force(connection, number), document)
    if changed.unchanged:
        raise Refusal(UNCHANGED)
    correct(matter, Said(document=document, **said))
    return changed


CORRECTED_MEANWHILE = Words(
    "Handlingen har rättats sedan du öppnade sidan. Texten nedan är din; jämför den med den som "
    "gäller nu, och skicka den igen.",
    "The document has been corrected since you opened the page. The text below is yours; compare "
    "it with the one in force now, and send it again.",
)


def correct_as_shown(
    connection: Connection, number: int, *, at: Sitting, shown: str, **said: Any
) -> Done:
    """Correct a charter whose text in force still is what was shown, by its hash.

    Otherwise one correction would undo another that its maker never saw. Raises Overtaken when it
    is not, and what `carry_out` raises.
    """
    open_matter(connection, number, at)
    if text_in_force(connection, number) != shown:
        raise Overtaken(CORRECTED_MEANWHILE)
    return carry_out(connection, number, Act.CORRECT, at=at, **said)


def document_in_force(connection: Connection, number: int) -> Document:
    """A decided charter's text: its latest correction, else as decided."""
    return document_of(connection, text_in_force(connection, number))


def would_end(connection: Connection, number: int, at: Sitting, **said: Any) -> None:
    """Judge a decision to end a charter early. Nothing is written. Raises what `carry_out` does."""
    discontinue(look_at(connection, number, replace(at, press=NoPress())), Said(**said))


# --- what was decided -----------------------------------------------------------------------------


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


# --- what is written while someone logs in anew ---------------------------------------------------


def keep_written(
    connection: Connection, row: Any, me: Someone, fields: Mapping[str, str], now: datetime
) -> None:
    """Keep what someone has written about a charter until they come back to it."""
    forget_written(connection, row.id, me)
    connection.execute(
        insert(Unsaved).values(
            charter_id=row.id,
            person_id=me.id,
            version=row.version,
            fields=dict(fields),
            written_at=now,
        )
    )


def kept_written(connection: Connection, number: int, me: Someone) -> dict[str, str]:
    """What someone had written about a charter when they went to log in; nothing when they had."""
    fields = connection.scalar(
        select(Unsaved.fields).where(Unsaved.charter_id == number, Unsaved.person_id == me.id)
    )
    return dict(fields) if fields else {}


def forget_written(connection: Connection, number: int, me: Someone) -> None:
    """What was written has been said, or is no longer wanted."""
    connection.execute(
        delete(Unsaved).where(Unsaved.charter_id == number, Unsaved.person_id == me.id)
    )
