"""The daily look: what is due for charters and groups is carried out, in batches.

Safe to run twice, late, or side by side: what was dealt with is known by `looked_on`, what was
sent by the letter's key, and a batch's rows are locked while it is worked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.exc import OperationalError

from casework.change import Said
from casework.door import HANDLING
from casework.gaps import look_for_gaps
from casework.groups import close_group, subjects_to_lock
from casework.letters import Addressee, about, addressed, letter_to, successor_under_way
from casework.matter import (
    SIBLINGS,
    Matter,
    Sibling,
    Sitting,
    decided_successor,
    sibling,
    siblings_of,
    snoozes_of,
)
from casework.questions import CHARTER, presenter_of
from casework.review import what_changes
from casework.writing import ENTRIES, SNOOZED, hold_over, looked, put_off, skipped, write_acts
from models.directory import Directory
from models.many import among
from models.prepared import Prepared
from models.tables import (
    STILL_UNREACHED,
    Charter,
    Group,
    Outbox,
    PaperKept,
    Recipient,
    Subject,
)
from notifications.facts import Successor, Unreached
from notifications.outbox import LetterToPost, post
from statemachine.calendar import DAY, Occasion
from statemachine.vocabulary import DECIDED, LIVING, Letter, Paper, Role, State

BATCH = 200

PRECEDENCE = (
    Letter.EXPIRED,
    Letter.ESCALATION,
    Letter.DECISION_REMINDER,
    Letter.LAST_CALL,
    Letter.RENEWAL,
    Letter.DISTRIBUTION_INCOMPLETE,
    Letter.DRAFT_UNTOUCHED,
    Letter.FOLLOW_UP,
)
"""Of two letters due the same day about one charter, a reader gets the first of these."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one batch came to."""

    looked_at: int = 0
    acts: int = 0
    letters: int = 0
    skipped: int = 0
    put_off: int = 0
    """Charters that could not be looked at; the journal says why."""

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(
            self.looked_at + other.looked_at,
            self.acts + other.acts,
            self.letters + other.letters,
            self.skipped + other.skipped,
            self.put_off + other.put_off,
        )


@dataclass
class Due:
    """What a batch has gathered to write together; or a forecast, which writes nothing."""

    letters: list[LetterToPost] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[tuple[int, Letter, int], list[tuple[date, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """Who was asked to decide, and when, by charter, letter and round: nobody is asked twice."""
    held_over: list[Matter] = field(default_factory=list)
    """Charters whose letters wait for a working day."""


def sweep_charters(
    connection: Connection,
    at: Sitting,
    limit: int = BATCH,
    states: Collection[State] = tuple(State),
) -> Swept:
    """Carry out what is due for at most `limit` charters; nothing looked at means all is done.

    With `states`, only those that stand in one of them.
    """
    found = _due_matters(connection, at.by_the_calendar(), limit, states)
    if not found:
        return Swept()
    try:
        with connection.begin_nested():
            return _look_at(connection, at, found)
    except OperationalError:
        raise
    except Exception:
        # One charter that cannot be looked at must not keep all the others waiting.
        return sum((_look_at_alone(connection, at, matter) for matter in found), Swept())


def _look_at(connection: Connection, at: Sitting, found: Sequence[Matter]) -> Swept:
    matters, acts = _act(connection, found)
    due = Due()
    for before, matter in zip(found, matters, strict=True):
        gather_letters(before, matter, due)
    new = _post(connection, at, due)
    held_over = {matter.charter.id for matter in due.held_over}
    looked(connection, [matter for matter in matters if matter.charter.id not in held_over])
    hold_over(connection, due.held_over)
    return Swept(len(matters), acts, new, len(due.skipped))


def _look_at_alone(connection: Connection, at: Sitting, matter: Matter) -> Swept:
    """Look at one charter; what stops it is journalled, and it is looked at again tomorrow."""
    try:
        with connection.begin_nested():
            return _look_at(connection, at, [matter])
    except OperationalError:
        raise
    except Exception as fault:
        put_off(connection, matter, why=f"{type(fault).__name__}: {fault}")
        return Swept(looked_at=1, put_off=1)


_OF_GROUPS_CLOSING = (
    Group.wake_on <= bindparam("today"),
    Group.discontinued_on <= bindparam("today"),
)
_SUBJECTS_CLOSING = subjects_to_lock(*_OF_GROUPS_CLOSING)
_GROUPS_DUE = (
    select(Group)
    .where(Group.wake_on <= bindparam("today"))
    .order_by(Group.wake_on, Group.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)
_GROUP_LOOKED = (
    update(Group)
    .where(Group.id == bindparam("group"))
    .values(wake_on=bindparam("wake"), looked_on=bindparam("looked"))
)


def sweep_groups(connection: Connection, at: Sitting, limit: int = BATCH) -> Swept:
    """Write about at most `limit` groups that have no charter in force."""
    at = at.by_the_calendar()
    asked = {"today": at.today, "limit": limit}
    connection.execute(_SUBJECTS_CLOSING, asked)
    groups = connection.execute(_GROUPS_DUE, asked).all()
    if not groups:
        return Swept()
    people = Directory(connection, at.today)
    due = Due()
    looks = []
    for group in groups:
        if group.discontinued_on is not None and group.discontinued_on <= at.today:
            close_group(connection, group.id, at)
            looks.append({"group": group.id, "wake": None, "looked": at.today})
        elif group.gap_since is not None and not at.settings.calendar.is_working_day(at.today):
            wake = at.settings.calendar.on_or_after(at.today)
            wake = min(wake, group.discontinued_on or wake)
            looks.append({"group": group.id, "wake": wake, "looked": group.looked_on})
        elif group.gap_since is not None:
            _write_of_gap(connection, group, at, people, due)
            wake = at.settings.calendar.gap_wakes_on(group.gap_since, after=at.today)
            wake = min(wake, group.discontinued_on or wake)
            looks.append({"group": group.id, "wake": wake, "looked": at.today})
        else:
            looks.append({"group": group.id, "wake": group.discontinued_on, "looked": at.today})
    new = _post(connection, at, due)
    connection.execute(_GROUP_LOOKED, looks)
    return Swept(len(groups), 0, new, len(due.skipped))


_REACHED = (
    select(Charter)
    .where(
        Charter.state == State.APPROVED,
        ~select(Recipient.id).where(Recipient.charter_id == Charter.id, STILL_UNREACHED).exists(),
    )
    .order_by(Charter.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)


def distribute_completed(connection: Connection, at: Sitting, limit: int = BATCH) -> Swept:
    """Distribute the approved charters whose every recipient is reached, or given up."""
    rows = connection.execute(_REACHED, {"limit": limit}).all()
    matters, acts = _act(connection, _matters(connection, rows, at.by_the_calendar()))
    if acts:
        looked_already = [matter for matter in matters if matter.charter.looked_on == at.today]
        looked(connection, looked_already)
    return Swept(len(matters), acts)


def next_wake(connection: Connection) -> date | None:
    """The next day on which anything is due for any charter or group."""
    days = (
        connection.execute(select(func.min(Charter.wake_on))).scalar(),
        connection.execute(select(func.min(Group.wake_on))).scalar(),
    )
    return min((day for day in days if day is not None), default=None)


# --- acts -----------------------------------------------------------------------------------------


def _act(connection: Connection, matters: Sequence[Matter]) -> tuple[list[Matter], int]:
    """Carry out the acts that are due, until none is; a charter may distribute and then expire."""
    standing = {matter.charter.id: matter for matter in matters}
    acts = 0
    ended: list[int] = []
    waiting = list(matters)
    while waiting:
        judged = []
        for matter in waiting:
            act = matter.calendar.act_due(matter.standing, matter.today)
            if act is not None:
                judged.append((matter, HANDLING[act](matter, Said())))
        waiting = write_acts(connection, judged)
        acts += len(judged)
        standing.update((matter.charter.id, matter) for matter in waiting)
        ended += [
            matter.group_id
            for matter in waiting
            if matter.group_id is not None
            and matter.state in (State.EXPIRED, State.SUPERSEDED, State.DISCONTINUED)
        ]
    if ended:
        look_for_gaps(connection, ended, matters[0].today, matters[0].calendar, catching_up=True)
    return list(standing.values()), acts


# --- letters --------------------------------------------------------------------------------------


def gather_letters(before: Matter, matter: Matter, due: Due) -> None:
    """Gather what is due for one charter, once it has been acted on. Only reads memory."""
    _write_letters(matter, due)
    if matter.state not in LIVING and matter is not before:
        _skip_what_no_longer_holds(before, matter, due)


def _write_letters(matter: Matter, due: Due) -> None:
    """Gather the letters due for one charter: to each reader only the latest.

    After downtime of any length nobody gets more than one; what that passes over is journalled.
    Found on a day of rest, when downtime ends on one, they wait for a working day.
    """
    written: dict[str, Letter] = {}
    if matter.state is State.REVIEW:
        _request_of_new_deciders(matter, written, due)
    occasions = sorted(_letters_due(matter), key=_latest_first)
    if occasions and not matter.calendar.is_working_day(matter.today):
        due.held_over.append(matter)
        return
    for occasion in occasions:
        letter = Letter(occasion.what)
        if occasion.only_to is not None and _has_it(matter, occasion, due):
            continue
        who = addressed(letter, occasion.stage, matter, {})
        meant = [one for one in who.readers if is_meant_for(one, occasion)]
        quiet = {one.email.casefold() for one in meant if is_snoozed(one, matter, occasion)}
        due.skipped += [
            skipped(matter, occasion, SNOOZED, to=one.name, until=_until(one, matter))
            for one in meant
            if one.email.casefold() in quiet
        ]
        fresh = [one for one in meant if one.email.casefold() not in {*written, *quiet}]
        if not fresh:
            overtaken = next(iter(written.values()), None)
            why = f"overtaken by {overtaken}" if overtaken else "nobody to write to"
            if not quiet:
                due.skipped.append(skipped(matter, occasion, why))
            continue
        told, said = about(matter), _facts(letter, matter)
        for reader in fresh:
            written[reader.email.casefold()] = letter
            due.letters.append(
                letter_to(
                    reader,
                    letter,
                    matter,
                    stage=occasion.stage,
                    calendar=True,
                    missing=who.missing,
                    about=told,
                    said=said,
                )
            )


def is_meant_for(reader: Addressee, occasion: Occasion) -> bool:
    """Whether this reader of a letter is one whom the occasion is for."""
    theirs = reader.person.id if reader.person else None
    return occasion.only_to in (None, theirs)


def is_snoozed(reader: Addressee, matter: Matter, occasion: Occasion) -> bool:
    """Whether the reader has asked not to be warned of this today."""
    return (
        matter.calendar.may_be_snoozed(occasion, matter.charter.ends_on)
        and _until(reader, matter) is not None
    )


def _until(reader: Addressee, matter: Matter) -> date | None:
    """When the reader's snooze of this charter ends; None without one today."""
    theirs = reader.person.id if reader.person else None
    return next(
        (
            snooze.until
            for snooze in matter.snoozes
            if snooze.person == theirs and snooze.covers(matter.today)
        ),
        None,
    )


def _has_it(matter: Matter, occasion: Occasion, due: Due) -> bool:
    """Whether the only one it is for has got that very warning already."""
    told = select(Outbox.id).where(
        Outbox.charter_id == matter.charter.id,
        Outbox.letter == occasion.what,
        Outbox.stage == occasion.stage,
        Outbox.person_id == occasion.only_to,
        Outbox.calendar,
    )
    return matter.connection.execute(told.limit(1)).first() is not None or any(
        (one.charter_id, one.letter, one.stage, one.person_id)
        == (matter.charter.id, occasion.what, occasion.stage, occasion.only_to)
        for one in due.letters
    )


def _letters_due(matter: Matter) -> list[Occasion]:
    """The letters that fell due since the calendar last looked. A request has no day of its own."""
    since: date = matter.charter.looked_on or matter.today - DAY
    return [
        occasion
        for occasion in matter.calendar.occasions(matter.standing, since=since, today=matter.today)
        if isinstance(occasion.what, Letter) and occasion.what is not Letter.DECISION_REQUEST
    ]


def _skip_what_no_longer_holds(before: Matter, matter: Matter, due: Due) -> None:
    """Journal the letters that were due until today's act: a warning, once the end has come."""
    still_due = _letters_due(matter)
    due.skipped += [
        skipped(matter, occasion, f"overtaken by {matter.state}")
        for occasion in _letters_due(before)
        if occasion not in still_due and occasion.only_to is None
    ]


def _latest_first(occasion: Occasion) -> tuple[int, int]:
    return (-occasion.on.toordinal(), PRECEDENCE.index(Letter(occasion.what)))


def _facts(letter: Letter, matter: Matter) -> dict[str, Any]:
    """What a calendar letter tells beyond the charter itself."""
    row = matter.charter
    match letter:
        case Letter.RENEWAL | Letter.LAST_CALL | Letter.EXPIRED:
            return {
                "days_left": (row.ends_on - matter.today).days if row.ends_on else None,
                "successor": successor_under_way(matter) or _awaiting(matter),
            }
        case Letter.DECISION_REQUEST:
            return {
                **what_changes(matter, matter.document),
                "submitted_on": row.submitted_on,
                "presenter": presenter_of(matter.connection, row.id, row.round),
            }
        case Letter.DECISION_REMINDER | Letter.ESCALATION | Letter.NOBODY_CAN_DECIDE:
            return {
                "submitted_on": row.submitted_on,
                "presenter": presenter_of(matter.connection, row.id, row.round),
                "working_days_waiting": matter.calendar.working_days_since(
                    row.submitted_on, matter.today
                ),
                "others_told": tuple(held.person.name for held in matter.deciders),
            }
        case Letter.DRAFT_UNTOUCHED:
            return {"touched_on": row.touched_on}
        case Letter.DISTRIBUTION_INCOMPLETE:
            return {"unreached": _unreached(matter)}
        case _:
            return {}


def _awaiting(matter: Matter) -> Successor | None:
    """A successor already decided that awaits its day."""
    coming: Sibling | None = decided_successor(matter.charter, matter.siblings)
    if coming is None:
        return None
    return Successor(id=coming.id, state=coming.state, valid_from=coming.valid_from)


_LEFT_TO_REACH = (
    select(Recipient)
    .where(Recipient.charter_id == bindparam("charter"), STILL_UNREACHED)
    .order_by(Recipient.place)
)


def _unreached(matter: Matter) -> tuple[Unreached, ...]:
    rows = matter.connection.execute(_LEFT_TO_REACH, {"charter": matter.charter.id})
    return tuple(
        Unreached(name=row.name, email=row.email, purpose=row.purpose, outcome=row.outcome)
        for row in rows
    )


_ASKED_SINCE = select(Outbox.person_id).where(
    Outbox.charter_id == bindparam("charter"),
    Outbox.letter == bindparam("letter"),
    Outbox.round == bindparam("round"),
    Outbox.day >= bindparam("since"),
)


def _request_of_new_deciders(matter: Matter, written: dict[str, Letter], due: Due) -> None:
    """The request belongs to the office: whoever is able now and has not got it gets it today.

    When nobody is able, handler and registry keeper are told the same day.
    """
    since = date.min if matter.deciders else _nobody_since(matter)
    letter = Letter.DECISION_REQUEST if matter.deciders else Letter.NOBODY_CAN_DECIDE
    asked = {
        "charter": matter.charter.id,
        "letter": letter.value,
        "round": matter.charter.round,
        "since": since,
    }
    has_it = set(matter.connection.scalars(_ASKED_SINCE, asked))
    lately = due.asked[matter.charter.id, letter, matter.charter.round]
    has_it |= {person for day, person in lately if day >= since}
    who = addressed(letter, "", matter, {})
    fresh = [one for one in who.readers if one.person and one.person.id not in has_it]
    if not fresh:
        return
    told, said = about(matter), _facts(letter, matter)
    for reader in fresh:
        assert reader.person is not None
        lately.append((matter.today, reader.person.id))
        written[reader.email.casefold()] = letter
        due.letters.append(
            letter_to(
                reader,
                letter,
                matter,
                stage="" if matter.deciders else since.isoformat(),
                calendar=True,
                missing=who.missing,
                papers=_draft_papers(matter) if matter.deciders else (),
                about=told,
                said=said,
            )
        )


def _nobody_since(matter: Matter) -> date:
    """The day on which the last one who could decide no longer could."""
    changes = matter.deciders_change_on(after=date.min)
    submitted_on: date = matter.charter.submitted_on
    return max((day for day in changes if day <= matter.today), default=submitted_on)


_DRAFT_PAPER = (
    select(PaperKept.id)
    .where(
        PaperKept.charter_id == bindparam("charter"),
        PaperKept.round == bindparam("round"),
        PaperKept.paper == Paper.DRAFT,
    )
    .order_by(PaperKept.id.desc())
    .limit(1)
)


def _draft_papers(matter: Matter) -> tuple[int, ...]:
    asked = {"charter": matter.charter.id, "round": matter.charter.round}
    paper = matter.connection.execute(_DRAFT_PAPER, asked).scalar()
    return (paper,) if paper is not None else ()


_LATEST = (
    select(Charter)
    .where(
        Charter.group_id == bindparam("group"),
        Charter.kind == CHARTER,
        Charter.state.in_(DECIDED),
        Charter.ends_on >= Charter.valid_from,
    )
    .order_by(Charter.valid_from.desc())
    .limit(1)
)


def _write_of_gap(
    connection: Connection, group: Any, at: Sitting, people: Directory, due: Due
) -> None:
    """One letter about a group's gap, to those who get no other about its charter that day."""
    latest = connection.execute(_LATEST, {"group": group.id}).first()
    about_group = (
        _matters(connection, [latest], at, people)[0]
        if latest is not None
        else without_a_charter(connection, group, at, people)
    )
    written = _written_today(latest.id, at, connection) if latest is not None else {}
    gather_of_gap(about_group, group, written, due)


def gather_of_gap(about_group: Matter, group: Any, written: Mapping[str, str], due: Due) -> None:
    """Gather the latest letter due about a gap; earlier months are journalled. Only reads memory.

    `written` are the calendar's letters about the group's last charter that day, by address.
    """
    today = about_group.today
    since: date = group.looked_on or today - DAY
    occasions = about_group.calendar.gap_occasions(group.gap_since, since=since, today=today)
    if not occasions:
        return
    *earlier, last = occasions
    due.skipped += [
        _gap_skipped(about_group, occasion, f"overtaken by {last.stage}") for occasion in earlier
    ]
    who = addressed(Letter.GAP, last.stage, about_group, {})
    fresh = [one for one in who.readers if one.email.casefold() not in written]
    if not fresh:
        overtaken = next(iter(written.values()), None)
        why = f"overtaken by {overtaken}" if overtaken else "nobody to write to"
        due.skipped.append(_gap_skipped(about_group, last, why))
    for reader in fresh:
        due.letters.append(
            letter_to(
                reader,
                Letter.GAP,
                about_group,
                stage=f"{group.gap_since.isoformat()} {last.stage}",
                calendar=True,
                missing=who.missing,
                about=about(about_group),
                said={
                    "gap_since": group.gap_since,
                    "successor": successor_under_way(about_group),
                },
            )
        )


_SUBJECT = select(Subject.id).where(Subject.group_id == bindparam("group"))


def without_a_charter(
    connection: Connection, group: Any, at: Sitting, people: Directory | None = None
) -> Matter:
    """The matter of a group that never had a charter in force, though one may be under way.

    `people` is the organisation that very day, where it is already read.
    """
    subject = connection.execute(_SUBJECT, {"group": group.id}).scalar()
    return Matter(
        connection,
        None,
        at,
        people or Directory(connection, at.today),
        siblings=siblings_of(connection, subject, CHARTER) if subject else (),
        group=group,
    )


_WRITTEN_ON = select(Outbox.to_email, Outbox.letter).where(
    Outbox.charter_id == bindparam("charter"), Outbox.calendar, Outbox.day == bindparam("day")
)


def _written_today(charter_id: int, at: Sitting, connection: Connection) -> dict[str, str]:
    """The calendar's letters about a charter today, by the address they went to."""
    rows = connection.execute(_WRITTEN_ON, {"charter": charter_id, "day": at.today})
    return {row.to_email.casefold(): row.letter for row in rows}


def _gap_skipped(matter: Matter, occasion: Occasion, why: str) -> dict[str, Any]:
    return {
        "at": matter.sitting.now,
        "day": matter.today,
        "charter_id": None,
        "group_id": matter.group_id,
        "version": None,
        "act": "skipped",
        "person_id": None,
        "name": "Kalendern",
        "role": Role.CALENDAR,
        "stood": None,
        "becomes": None,
        "content_hash": None,
        "reason": why,
        "details": {
            "letter": str(Letter.GAP),
            "stage": occasion.stage,
            "due": occasion.on.isoformat(),
        },
    }


def _post(connection: Connection, at: Sitting, due: Due) -> int:
    if due.skipped:
        ENTRIES.write(connection, due.skipped)
    if not due.letters:
        return 0
    return post(
        connection,
        due.letters,
        now=at.now,
        today=at.today,
        domain=at.settings.mail_domain,
    )


# --- taking up many at once -----------------------------------------------------------------------

_SIBLINGS = Prepared(SIBLINGS.where(among(Charter.subject_id, "subjects")))
_GROUPS = Prepared(select(Group).where(among(Group.id, "groups")))
_MISSING = Prepared(
    select(Recipient.charter_id, func.count().label("missing"))
    .where(
        among(Recipient.charter_id, "charters"),
        STILL_UNREACHED,
    )
    .group_by(Recipient.charter_id)
)


_CHARTERS_DUE = (
    select(Charter)
    .where(Charter.wake_on <= bindparam("today"))
    .order_by(Charter.wake_on, Charter.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)
_DUE = Prepared(_CHARTERS_DUE)
_DUE_IN = Prepared(_CHARTERS_DUE.where(among(Charter.state, "states")))


def _due_matters(
    connection: Connection, at: Sitting, limit: int, states: Collection[State]
) -> list[Matter]:
    if set(states) != set(State):
        rows = _DUE_IN.rows(connection, today=at.today, limit=limit, states=tuple(states))
    else:
        rows = _DUE.rows(connection, today=at.today, limit=limit)
    return _matters(connection, rows, at)


def _matters(
    connection: Connection, rows: Sequence[Any], at: Sitting, people: Directory | None = None
) -> list[Matter]:
    """Take up many charters with a handful of questions in all, however many they are."""
    if not rows:
        return []
    people = people or Directory(connection, at.today)
    people.expect(
        people=_people_of(rows),
        groups=(row.group_id for row in rows if row.group_id is not None),
    )
    siblings = _siblings(connection, rows)
    snoozes = snoozes_of(connection, [row.id for row in rows if row.state in LIVING])
    missing = _missing(connection, rows)
    groups = {
        group.id: group
        for group in _GROUPS.rows(connection, groups=list({row.group_id for row in rows}))
    }
    return [
        Matter(
            connection,
            row,
            at,
            people,
            siblings=tuple(one for one in siblings[row.subject_id, row.kind] if one.id != row.id),
            outcomes_missing=missing.get(row.id, 0),
            group=groups.get(row.group_id),
            subject_id=row.subject_id,
            snoozes_read=snoozes.get(row.id, ()),
        )
        for row in rows
    ]


def _people_of(rows: Iterable[Any]) -> list[int]:
    return [
        person
        for row in rows
        for person in (row.handler_id, row.commissioner_id, row.submitted_by_id)
        if person is not None
    ]


def _siblings(connection: Connection, rows: Sequence[Any]) -> dict[tuple[int, str], list[Sibling]]:
    siblings: dict[tuple[int, str], list[Sibling]] = defaultdict(list)
    found = _SIBLINGS.rows(connection, subjects=list({row.subject_id for row in rows}))
    for row in found:
        siblings[row.subject_id, row.kind].append(sibling(row))
    return siblings


def _missing(connection: Connection, rows: Sequence[Any]) -> dict[int, int]:
    counted = _MISSING.rows(connection, charters=[row.id for row in rows])
    return {charter_id: count for charter_id, count in counted}
