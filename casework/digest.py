"""The weekly digest: what waits, told once a week to those it waits for.

Nobody with nothing gets one. Safe to run at any time: a week's digest is done once for everyone,
and a reader's letter has the week in its key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, tuple_
from sqlalchemy.orm import aliased

from casework.matter import Sitting
from casework.questions import CHARTER, STRANDED
from casework.sweep import Swept
from models.directory import Directory, Someone
from models.tables import STILL_UNREACHED, Charter, Conflict, Group, Outbox, Recipient, Sweep
from notifications.facts import LetterFacts, Pending, Pile, PileName, Reader, Undelivered
from notifications.outbox import LetterToPost, post
from statemachine.calendar import DAY, WEEK, Occasion, add_months
from statemachine.vocabulary import LIVING, OPEN, Audience, Duty, Letter, Seat, State
from statemachine.words import Language

MOST = 25
"""Things named in a pile; those beyond are counted."""
WORTH_A_LETTER = 2
"""Things that must wait for a handler or coordinator before a digest is written of them."""
UNDELIVERED_FOR = 4 * WEEK
"""How long a letter that did not arrive is told of, when nobody on a list waits for it."""

PILES: tuple[PileName, ...] = (
    "gaps",
    "lapsing",
    "undecided",
    "drafts",
    "undistributed",
    "undelivered",
)
"""In the order they are told."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits, whose charter it is, and which group it is about."""

    pile: PileName
    told: Pending
    handler_id: int | None
    group_id: int | None


def write_digest(connection: Connection, at: Sitting) -> Swept:
    """Write the latest digest due by today to each reader for whom something waits.

    After downtime of any length that is one; once it is done for the week, none.
    """
    at = at.by_the_calendar()
    due = at.settings.calendar.digest_due(at.today)
    if _is_done(connection, due):
        return Swept()
    people = Directory(connection, at.today)
    waiting = what_waits(connection, at, people)
    letters = [_letter(reader, due, at) for reader in _readers(waiting, people)]
    new = post(connection, letters, now=at.now, today=at.today, domain=at.settings.mail_domain)
    connection.execute(
        insert(Sweep).values(
            flow=Letter.DIGEST,
            day=due.on,
            started_at=at.now,
            finished_at=at.now,
            looked_at=len(waiting),
            letters=new,
        )
    )
    return Swept(letters=new)


_DONE = select(exists().where(Sweep.flow == Letter.DIGEST, Sweep.day == bindparam("week")))


def _is_done(connection: Connection, due: Occasion) -> bool:
    """Whether that very week's is written: a calendar once run ahead silences no other week."""
    return bool(connection.execute(_DONE, {"week": due.on}).scalar_one())


# --- what waits -----------------------------------------------------------------------------------


def what_waits(connection: Connection, at: Sitting, people: Directory) -> list[Waiting]:
    """Everything that waits today, pile by pile, the most pressing first in each."""
    return [
        *_gaps(connection, people),
        *_lapsing(connection, at),
        *_undecided(connection, at, people),
        *_drafts(connection),
        *_undistributed(connection, at),
        *_undelivered(connection, at),
    ]


def _gaps(connection: Connection, people: Directory) -> Iterator[Waiting]:
    """Groups without a charter in force, and who is writing one."""
    rows = connection.execute(
        select(
            Group.id, Group.name, Group.gap_since, Charter.id.label("coming"), Charter.handler_id
        )
        .outerjoin(
            Charter,
            and_(
                Charter.group_id == Group.id,
                Charter.kind == CHARTER,
                Charter.state.in_(OPEN),
            ),
        )
        .where(Group.gap_since.is_not(None))
        .order_by(Group.gap_since, Group.name)
    ).all()
    people.remember(people=(row.handler_id for row in rows if row.handler_id is not None))
    for row in rows:
        handler = people.person(row.handler_id)
        told = Pending(
            about=row.name,
            charter=row.coming,
            since=row.gap_since,
            with_whom=handler.name if handler else None,
        )
        yield Waiting("gaps", told, None, row.id)


_other = aliased(Charter)
_FOLLOWED = exists().where(
    _other.subject_id == Charter.subject_id,
    _other.kind == Charter.kind,
    or_(
        _other.state.in_(OPEN),
        and_(
            _other.state.in_(LIVING),
            tuple_(_other.valid_from, _other.id) > tuple_(Charter.valid_from, Charter.id),
        ),
    ),
)
_UNFOLLOWED = (
    select(Charter)
    .where(
        Charter.state.in_(LIVING),
        Charter.ends_on.between(bindparam("today"), bindparam("year")),
        Charter.ends_on >= Charter.valid_from,
        Charter.discontinue_on.is_(None),
        ~_FOLLOWED,
    )
    .order_by(Charter.ends_on, Charter.id)
)


def _lapsing(connection: Connection, at: Sitting) -> Iterator[Waiting]:
    """What runs out within a year, where nothing is begun or decided that follows it."""
    within_a_year = {"today": at.today, "year": add_months(at.today, 12)}
    rows = connection.execute(_UNFOLLOWED, within_a_year)
    for row in rows:
        told = Pending(about=row.title, charter=row.id, through=row.ends_on)
        yield Waiting("lapsing", told, row.handler_id, row.group_id)


def _undecided(connection: Connection, at: Sitting, people: Directory) -> Iterator[Waiting]:
    """What has waited longer for a decision than it should."""
    calendar = at.settings.calendar
    long_ago = calendar.working_days_before(at.today, calendar.cadence.digest_undecided_after)
    rows = connection.execute(
        select(Charter)
        .where(Charter.state == State.REVIEW, Charter.submitted_on < long_ago)
        .order_by(Charter.submitted_on, Charter.id)
    ).all()
    conflicted = _conflicted(connection) if rows else {}
    for row in rows:
        able = people.able(row.office_id, frozenset(conflicted.get(row.id, ())))
        told = Pending(
            about=row.title,
            charter=row.id,
            since=row.submitted_on,
            working_days=at.settings.calendar.working_days_since(row.submitted_on, at.today),
            with_whom=able[0].person.name if able else None,
        )
        yield Waiting("undecided", told, row.handler_id, row.group_id)


def _conflicted(connection: Connection) -> dict[int, list[int]]:
    """Who has declared a conflict of interest, in each case in review."""
    found: dict[int, list[int]] = {}
    rows = connection.execute(
        select(Conflict.charter_id, Conflict.person_id)
        .join(Charter, and_(Charter.id == Conflict.charter_id, Charter.round == Conflict.round))
        .where(Charter.state == State.REVIEW)
    )
    for charter, person in rows:
        found.setdefault(charter, []).append(person)
    return found


def _drafts(connection: Connection) -> Iterator[Waiting]:
    rows = connection.execute(
        select(Charter).where(Charter.state == State.DRAFT).order_by(Charter.touched_on, Charter.id)
    )
    for row in rows:
        told = Pending(about=row.title, charter=row.id, since=row.touched_on)
        yield Waiting("drafts", told, row.handler_id, row.group_id)


def _undistributed(connection: Connection, at: Sitting) -> Iterator[Waiting]:
    """What was decided some days ago and has not reached everyone on its list."""
    calendar = at.settings.calendar
    some_days_ago = calendar.working_days_before(
        at.today, calendar.cadence.distribution_incomplete_after
    )
    rows = connection.execute(
        select(
            Charter.id,
            Charter.title,
            Charter.handler_id,
            Charter.group_id,
            Charter.decided_on,
            func.count().label("unreached"),
        )
        .join(Recipient, Recipient.charter_id == Charter.id)
        .where(Charter.state.in_(LIVING), Charter.decided_on <= some_days_ago, STILL_UNREACHED)
        .group_by(Charter.id)
        .order_by(Charter.decided_on, Charter.id)
    )
    for row in rows:
        told = Pending(
            about=row.title, charter=row.id, since=row.decided_on, unreached=row.unreached
        )
        yield Waiting("undistributed", told, row.handler_id, row.group_id)


_again = aliased(Outbox)
_STILL_WAITED_FOR = or_(
    and_(Outbox.recipient_id.is_not(None), Charter.state.in_(LIVING), STILL_UNREACHED),
    and_(Outbox.recipient_id.is_(None), Outbox.day > bindparam("since")),
)
_DID_NOT_ARRIVE = (
    select(
        Outbox.id,
        Outbox.letter,
        Outbox.to_name,
        Outbox.to_email,
        Outbox.charter_id,
        func.coalesce(Charter.title, Group.name).label("about"),
        Charter.handler_id,
        func.coalesce(Outbox.group_id, Charter.group_id).label("group_id"),
    )
    .outerjoin(Charter, Charter.id == Outbox.charter_id)
    .outerjoin(Group, Group.id == Outbox.group_id)
    .outerjoin(Recipient, Recipient.id == Outbox.recipient_id)
    .where(
        STRANDED,
        ~exists().where(_again.resend_of == Outbox.id),
        or_(Outbox.charter_id.is_not(None), Outbox.group_id.is_not(None)),
        _STILL_WAITED_FOR,
    )
    .order_by(Outbox.id)
)


def _undelivered(connection: Connection, at: Sitting) -> Iterator[Waiting]:
    """Letters that did not arrive: while someone on a list waits for one, else for some weeks."""
    rows = connection.execute(_DID_NOT_ARRIVE, {"since": at.today - UNDELIVERED_FOR})
    for row in rows:
        undelivered = Undelivered(
            letter=Letter(row.letter), number=row.id, name=row.to_name, email=row.to_email
        )
        told = Pending(about=row.about, charter=row.charter_id, undelivered=undelivered)
        yield Waiting("undelivered", told, row.handler_id, row.group_id)


# --- to whom --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """Someone for whom something waits, and in what role."""

    person: Someone
    role: Audience
    in_place_of: Audience | None = None
    waiting: list[Waiting] = field(default_factory=list)


def _readers(waiting: Sequence[Waiting], people: Directory) -> Iterator[_Reader]:
    """Each reader once: a registry keeper for whom anything waits, others for whom much does.

    A registry keeper sees everything except what others are still writing.
    """
    own = _own(waiting, people)
    for keeper in _keepers(people):
        theirs = own.pop(keeper.person.id, keeper)
        keeper.waiting = [
            *(one for one in waiting if one.pile != "drafts"),
            *(one for one in theirs.waiting if one.pile == "drafts"),
        ]
        if keeper.waiting:
            yield keeper
    yield from (reader for reader in own.values() if len(reader.waiting) >= WORTH_A_LETTER)


def _keepers(people: Directory) -> list[_Reader]:
    """The registry keepers; in their place, where there are none, the administrators."""
    keeper = Audience.REGISTRY_KEEPER
    return [_Reader(one, keeper) for one in people.on_duty(Duty.REGISTRY_KEEPER) if one.email] or [
        _Reader(one, Audience.ADMINISTRATOR, in_place_of=keeper)
        for one in people.on_duty(Duty.ADMINISTRATOR)
        if one.email
    ]


def _own(waiting: Sequence[Waiting], people: Directory) -> dict[int, _Reader]:
    """What waits for each handler and each coordinator, by person."""
    people.remember(
        people=(one.handler_id for one in waiting if one.handler_id is not None),
        groups=(one.group_id for one in waiting if one.group_id is not None),
    )
    own: dict[int, _Reader] = {}
    for one in waiting:
        handler = people.person(one.handler_id)
        coordinators = people.seated(one.group_id, Seat.COORDINATOR)
        for person in dict.fromkeys((handler, *coordinators)):
            if person is None or not person.email:
                continue
            role = Audience.HANDLER if person == handler else Audience.COORDINATOR
            reader = own.setdefault(person.id, _Reader(person, role))
            reader.waiting.append(one)
            if role is Audience.HANDLER:
                reader.role = role
    return own


def _letter(reader: _Reader, due: Occasion, at: Sitting) -> LetterToPost:
    person = reader.person
    language: Language = "en" if person.language == "en" else "sv"
    facts = LetterFacts(
        letter=Letter.DIGEST,
        stage=due.stage,
        today=at.today,
        reader=Reader(
            name=person.name, role=reader.role, language=language, in_place_of=reader.in_place_of
        ),
        piles=tuple(_piles(reader.waiting)),
        to_do=tuple(_to_do(reader.waiting)),
    )
    next_due = at.settings.calendar.on_or_after(due.on - due.on.weekday() * DAY + WEEK)
    return LetterToPost(
        letter=Letter.DIGEST,
        stage=due.stage,
        calendar=True,
        person_id=person.id,
        to_name=person.name,
        to_email=person.email or "",
        language=language,
        facts=facts,
        expires_at=datetime.combine(next_due, time(), at.settings.timezone),
    )


def _piles(waiting: Sequence[Waiting]) -> Iterator[Pile]:
    for what in PILES:
        pile = [one.told for one in waiting if one.pile == what]
        if pile:
            yield Pile(what=what, in_all=len(pile), first=tuple(pile[:MOST]))


def _to_do(waiting: Sequence[Waiting]) -> Iterator[str]:
    """How to see more: by the first charter, and the first letter that did not arrive."""
    for charter in [one.told.charter for one in waiting if one.told.charter][:1]:
        yield f"mandat show {charter}"
    for letter in [one.told.undelivered for one in waiting if one.told.undelivered][:1]:
        yield f"mandat outbox show {letter.number}"
