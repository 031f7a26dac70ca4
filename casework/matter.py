"""The matter: one charter taken up by someone on a day, with all that its judgement needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType, SimpleNamespace
from typing import Any

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import aliased

from casework.papers import Press
from casework.settings import Settings
from documents import Addressee, addressee_of, problems_of
from models.directory import Directory, Holding, Someone
from models.document import Document, Level
from models.many import among
from models.prepared import Prepared
from models.tables import (
    STILL_UNREACHED,
    Charter,
    Conflict,
    Content,
    Group,
    Opinion,
    Recipient,
    SnoozeAsked,
    Subject,
)
from statemachine.calendar import DAY, Calendar
from statemachine.case import Case, Snooze, Standing
from statemachine.lifecycle import roles_for
from statemachine.machine import NotInTheLife, Outcome, advance
from statemachine.vocabulary import DECIDED, LIVING, OPEN, Act, Duty, Role, Seat, State
from statemachine.words import Refusal, Words


@dataclass(frozen=True, slots=True)
class Authentication:
    """How someone was identified, and when. Passed by the edge, kept with the decision."""

    method: str
    at: datetime


TERMINAL = "terminal, asserted by operator"
"""The command line's authentication: whoever runs it vouches for the name they give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """When and by whom something is done: what the edge knows and passes down.

    `by` is None for the calendar.
    """

    by: Someone | None
    now: datetime
    today: date
    settings: Settings
    press: Press
    authenticated: Authentication | None = None

    def by_the_calendar(self) -> "Sitting":
        """The same moment, acted in by the calendar."""
        return replace(self, by=None, authenticated=None)


NOT_WRITTEN_YET = 0
"""The number of a charter that is to be recorded together with the one before us."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another charter of the same subject and kind."""

    id: int
    state: State
    valid_from: date | None
    ends_on: date | None
    handler_id: int | None
    title: str
    decided_on: date | None
    office_id: int | None

    def in_force_on(self, day: date) -> bool:
        return (
            self.state in DECIDED
            and self.valid_from is not None
            and self.valid_from <= day
            and (self.ends_on is None or day <= self.ends_on)
        )


NO_CUTS: Mapping[int, date] = MappingProxyType({})


@dataclass
class Matter:
    """One charter (or none yet) before someone who wants to do something to it."""

    connection: Connection
    row: Any | None
    sitting: Sitting
    people: Directory
    siblings: tuple[Sibling, ...] = ()
    outcomes_missing: int = 0
    group: Any | None = None
    subject_id: int | None = None
    canonical: str | None = None
    """The text as it is kept, when it came with the charter."""
    snoozes_read: tuple[Snooze, ...] | None = None
    """Who wants no warnings of its end for a while, when that was read for many at once."""

    # --- what is known --------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.sitting.today

    @property
    def calendar(self) -> Calendar:
        return self.sitting.settings.calendar

    @property
    def by(self) -> Someone | None:
        return self.sitting.by

    @property
    def charter(self) -> Any:
        """The charter's row. Only an act that begins a life may do without."""
        if self.row is None:
            raise LookupError("no charter has been written yet")
        return self.row

    @cached_property
    def state(self) -> State:
        return State.UNWRITTEN if self.row is None else State(self.row.state)

    @property
    def group_id(self) -> int | None:
        return self.group.id if self.group is not None else None

    @property
    def document(self) -> Document:
        """The text as it stands."""
        return self.text.document

    @cached_property
    def text(self) -> "Text":
        """The text as it stands, and what is wrong with it."""
        if self.canonical is not None:
            return text_kept(self.charter.content_hash, self.canonical)
        return text_of(self.connection, self.charter.content_hash)

    @cached_property
    def standing(self) -> Standing:
        return standing_of(
            self.row,
            self.siblings,
            self.outcomes_missing,
            self.group_discontinued_on,
            self.today,
            self.deciders_change_on(after=self.charter.submitted_on)
            if self.state is State.REVIEW and self.charter.submitted_on is not None
            else (),
            self.snoozes,
        )

    @cached_property
    def snoozes(self) -> tuple[Snooze, ...]:
        """Who wants, or wanted, no warnings of the charter's coming end for a while."""
        if self.state not in LIVING:
            return ()
        if self.snoozes_read is None:
            return snoozes_of(self.connection, [self.charter.id]).get(self.charter.id, ())
        return self.snoozes_read

    def deciders_change_on(self, after: date) -> tuple[date, ...]:
        """The days after `after` on which who can decide this may change."""
        return self.people.deciders_change_on(
            self.charter.office_id, after, **self._what_is_decided
        )

    @property
    def group_discontinued_on(self) -> date | None:
        return self.group.discontinued_on if self.group is not None else None

    @cached_property
    def conflicted(self) -> frozenset[int]:
        """Who has declared a conflict of interest in this round."""
        if self.state is not State.REVIEW:
            return frozenset()
        return frozenset(
            row.person_id for row in _CONFLICTED.rows(self.connection, **self._this_round)
        )

    @cached_property
    def able(self) -> tuple[Holding, ...]:
        """Who may decide this charter today."""
        return self.people.able(self.charter.office_id, self.conflicted)

    @cached_property
    def deciders(self) -> tuple[Holding, ...]:
        """Who can decide it today: nobody, when the office itself has no authority to."""
        return self.able if self.authority is not None else ()

    @cached_property
    def authority(self) -> Any | None:
        """The deciding office's authority to decide this today."""
        office = self.charter.office_id or -1
        return self.people.authority("decide", office_id=office, **self._what_is_decided)

    @property
    def _what_is_decided(self) -> dict[str, Any]:
        """What an authority to decide this must cover."""
        area = self.group.area if self.group is not None else None
        return {"kind": self.charter.kind, "group_id": self.group_id, "area": area}

    @cached_property
    def opinions(self) -> tuple[Any, ...]:
        """The opinions asked for in this round."""
        return tuple(_OPINIONS.rows(self.connection, **self._this_round))

    @property
    def _this_round(self) -> dict[str, int]:
        return {"charter": self.charter.id, "round": self.charter.round}

    def after(
        self, columns: dict[str, Any], *, cuts: Mapping[int, date] = NO_CUTS, newly_listed: int = 0
    ) -> "Matter":
        """The same matter once these columns have changed, and what changed with them."""
        return Matter(
            self.connection,
            SimpleNamespace(**{**_columns(self.row), **columns}),
            self.sitting,
            self.people,
            tuple(
                replace(one, ends_on=cuts[one.id]) if one.id in cuts else one
                for one in self.siblings
            ),
            self.outcomes_missing + newly_listed,
            self.group,
            self.subject_id,
            snoozes_read=self.snoozes if self.state in LIVING else None,
        )

    # --- judging --------------------------------------------------------------------------------

    def judge(self, act: Act, **said: Any) -> Outcome:
        """Take the step in the role the person has here today.

        Raises machine.Refused with every broken rule, or NotInTheLife.
        """
        role = self.role_for(act)
        case = Case(
            today=self.today,
            standing=self.standing,
            by=self.by.id if self.by else None,
            recent=timedelta(minutes=self.sitting.settings.recent_minutes),
            renewal_opens_on=self.calendar.renewal_opens_on(
                said.pop("ends_on", self.standing.ends_on)
            ),
            **said,
        )
        return advance(case, act, role)

    def role_for(self, act: Act) -> Role:
        """The first role the life knows for this act here that the person plays today."""
        roles = roles_for(self.state, act)
        if not roles:
            # The machine words it.
            advance(Case(today=self.today, standing=self.standing), act, Role.CALENDAR)
        for role in roles:
            if self.plays(role):
                return role
        raise NotInTheLife(act, (self._not_for_you(act, roles),))

    def plays(self, role: Role) -> bool:
        """Whether the person has this role here today. Derived, never passed in."""
        if self.by is None:
            return role is Role.CALENDAR
        me = self.by.id
        match role:
            case Role.HANDLER if self.row is None:
                return any(person.id == me for person in self.people.on_duty(Duty.HANDLER))
            case Role.HANDLER:
                return bool(self.charter.handler_id == me)
            case Role.COORDINATOR:
                seated = self.people.seated(self.group_id, Seat.COORDINATOR)
                return any(person.id == me for person in seated)
            case Role.DIRECTOR:
                # Someone in conflict still holds the office; the rule about conflict refuses them.
                return me in self.conflicted or any(held.person.id == me for held in self.able)
            case Role.DISCONTINUER:
                return self.discontinuing_office(me) is not None
            case Role.REVIEWER:
                return any(opinion.reviewer_id == me for opinion in self.opinions)
            case Role.REGISTRY_KEEPER:
                return any(person.id == me for person in self.people.on_duty(Duty.REGISTRY_KEEPER))
            case Role.ADMINISTRATOR:
                return any(person.id == me for person in self.people.on_duty(Duty.ADMINISTRATOR))
            case _:
                return False

    def discontinuing_office(self, person_id: int) -> Holding | None:
        """The office with authority to discontinue this that the person holds or stands in for."""
        offices = self.people.offices_with(
            "discontinue",
            kind=self.charter.kind,
            group_id=self.group_id,
            area=self.group.area if self.group is not None else None,
        )
        for office_id in offices:
            for held in self.people.able(office_id):
                if held.person.id == person_id:
                    return held
        return None

    def _not_for_you(self, act: Act, roles: Iterable[Role]) -> Words:
        kept = [role for role in roles if role is not Role.CALENDAR]
        if self.by is None or not kept:
            return Words(
                "Det sköter kalendern när dagen kommer; ingen gör det för hand.",
                "The calendar does that when the day comes; nobody does it by hand.",
            )
        return Words(
            "{name} kan inte {act} här i dag. Det är en sak för {roles}.",
            "{name} cannot {act} here today. That is for the {roles}.",
        ).about(
            name=self.by.name,
            act=act.words,
            roles=Words(
                " eller ".join(role.words.sv for role in kept),
                " or ".join(role.words.en for role in kept),
            ),
        )


def _columns(row: Any | None) -> dict[str, Any]:
    if row is None:
        return dict.fromkeys(column.key for column in Charter.__table__.columns)
    return vars(row) if isinstance(row, SimpleNamespace) else dict(zip(_COLUMNS, row, strict=False))


# --- opening a matter ---------------------------------------------------------------------------

# The subject's row is locked before the charter's: two acts on one subject come one by one, and
# neither holds what the other waits for. Foreign keys may still be checked against both.
# With the charter come its text and its group: nearly every act needs both.
_COLUMNS = tuple(Charter.__table__.columns.keys())
_OF_THE_GROUP = ("id", "key", "name", "area", "discontinued_on")
_CHARTER_READ = (
    select(
        Charter,
        Content.document.label("text"),
        *(getattr(Group, name).label(f"its_group_{name}") for name in _OF_THE_GROUP),
    )
    .select_from(Subject)
    .join(Charter, Charter.subject_id == Subject.id)
    .join(Content, Content.hash == Charter.content_hash)
    .outerjoin(Group, Group.id == Charter.group_id)
    .where(Charter.id == bindparam("charter"))
)
_CHARTER = Prepared(_CHARTER_READ.with_for_update(key_share=True, of=(Subject, Charter)))
_LOOKED_AT = Prepared(_CHARTER_READ)
SIBLINGS = (
    select(
        Charter.subject_id,
        Charter.kind,
        Charter.id,
        Charter.state,
        Charter.valid_from,
        Charter.ends_on,
        Charter.handler_id,
        Charter.title,
        Charter.decided_on,
        Charter.office_id,
    )
    .where(Charter.state != State.ABANDONED)
    .order_by(Charter.id)
)
_SIBLINGS = Prepared(
    SIBLINGS.where(
        Charter.subject_id == bindparam("subject"),
        Charter.kind == bindparam("kind"),
        Charter.id != bindparam("without"),
    )
)
_TEXT = Prepared(select(Content.document).where(Content.hash == bindparam("hash")))
_OUTCOMES_MISSING = Prepared(
    select(func.count().label("missing"))
    .select_from(Recipient)
    .where(Recipient.charter_id == bindparam("charter"), STILL_UNREACHED)
)
_SNOOZES = (
    select(SnoozeAsked).where(among(SnoozeAsked.charter_id, "charters")).order_by(SnoozeAsked.id)
)
_CONFLICTED = Prepared(
    select(Conflict.person_id).where(
        Conflict.charter_id == bindparam("charter"), Conflict.round == bindparam("round")
    )
)
_OPINIONS = Prepared(
    select(Opinion).where(
        Opinion.charter_id == bindparam("charter"), Opinion.round == bindparam("round")
    )
)


_THESE = among(Charter.id, "charters")
_THESE_CHARTERS = select(Charter).where(_THESE)
_THEIR_GROUPS = select(Group).where(Group.id.in_(select(Charter.group_id).where(_THESE)))
_of_these = aliased(Charter)
_THEIR_SIBLINGS = SIBLINGS.where(
    Charter.subject_id.in_(select(_of_these.subject_id).where(among(_of_these.id, "charters")))
)
_MISSING_OF_THESE = (
    select(Recipient.charter_id, func.count())
    .where(among(Recipient.charter_id, "charters"), STILL_UNREACHED)
    .group_by(Recipient.charter_id)
)


class NoSuchCharter(Refusal):
    """No charter has this number."""

    def __init__(self, charter_id: int) -> None:
        super().__init__(
            Words(
                "Det finns ingen handling med nummer {id}.", "There is no charter number {id}."
            ).about(id=charter_id),
            at_terminal=Words("Se alla med: mandat list", "See them all with: mandat list"),
        )


def open_matter(connection: Connection, charter_id: int, sitting: Sitting) -> Matter:
    """Take up a charter for an act; it and its subject are locked until the transaction ends.

    Raises NoSuchCharter.
    """
    # Whoever waited for an act that gave it another text finds no text that fits: by then it is
    # locked, and a second look finds it as it stands.
    row = _CHARTER.first(connection, charter=charter_id) or _CHARTER.first(
        connection, charter=charter_id
    )
    return _taken_up(connection, charter_id, row, sitting)


def look_at(connection: Connection, charter_id: int, sitting: Sitting) -> Matter:
    """A charter as it stands, to be looked at and judged: nothing is locked, nothing is written.

    Raises NoSuchCharter.
    """
    row = _LOOKED_AT.first(connection, charter=charter_id)
    return _taken_up(connection, charter_id, row, sitting)


def all_looked_up(
    connection: Connection, charter_ids: Iterable[int], at: Sitting
) -> dict[int, Matter]:
    """Several charters by their number, looked up together; those there are."""
    asked = {"charters": list(charter_ids)}
    rows = connection.execute(_THESE_CHARTERS, asked).all()
    groups = {group.id: group for group in connection.execute(_THEIR_GROUPS, asked)}
    siblings = connection.execute(_THEIR_SIBLINGS, asked).all()
    missing = {charter: count for charter, count in connection.execute(_MISSING_OF_THESE, asked)}
    people = Directory(connection, at.today)
    people.remember(
        people=(row.handler_id for row in rows if row.handler_id is not None),
        groups=(row.group_id for row in rows if row.group_id is not None),
    )
    return {
        row.id: Matter(
            connection,
            row,
            at.by_the_calendar(),
            people,
            siblings=tuple(
                sibling(other)
                for other in siblings
                if (other.subject_id, other.kind) == (row.subject_id, row.kind)
                and other.id != row.id
            ),
            outcomes_missing=missing.get(row.id, 0),
            group=groups.get(row.group_id),
            subject_id=row.subject_id,
        )
        for row in rows
    }


def _taken_up(connection: Connection, charter_id: int, row: Any | None, sitting: Sitting) -> Matter:
    if row is None:
        raise NoSuchCharter(charter_id)
    return Matter(
        connection,
        row,
        sitting,
        Directory(connection, sitting.today, known=sitting.by),
        siblings=siblings_of(connection, row.subject_id, row.kind, without=charter_id),
        outcomes_missing=_outcomes_missing(connection, row) if row.state in LIVING else 0,
        group=_group_in(row),
        subject_id=row.subject_id,
        canonical=row.text,
    )


def _group_in(row: Any) -> Any | None:
    """The charter's group, out of the answer about the charter."""
    if row.group_id is None:
        return None
    return SimpleNamespace(**dict(zip(_OF_THE_GROUP, row[len(_COLUMNS) + 1 :], strict=True)))


def sibling(row: Any) -> Sibling:
    return Sibling(
        row.id,
        State(row.state),
        row.valid_from,
        row.ends_on,
        row.handler_id,
        row.title,
        row.decided_on,
        row.office_id,
    )


def siblings_of(
    connection: Connection, subject_id: int, kind: str, *, without: int | None = None
) -> tuple[Sibling, ...]:
    """The other charters of a subject and kind that are open or decided, oldest first."""
    rows = _SIBLINGS.rows(connection, subject=subject_id, kind=kind, without=without or 0)
    return tuple(sibling(row) for row in rows)


def snoozes_of(connection: Connection, charters: Iterable[int]) -> dict[int, tuple[Snooze, ...]]:
    """The snoozes of these charters, oldest first; those that have none are not there."""
    found: dict[int, tuple[Snooze, ...]] = {}
    for row in connection.execute(_SNOOZES, {"charters": list(charters)}):
        snooze = Snooze(row.person_id, row.from_, row.until)
        found[row.charter_id] = (*found.get(row.charter_id, ()), snooze)
    return found


def _outcomes_missing(connection: Connection, row: Any) -> int:
    return int(_OUTCOMES_MISSING.value(connection, charter=row.id) or 0)


def standing_of(
    row: Any | None,
    siblings: Iterable[Sibling],
    outcomes_missing: int,
    group_discontinued_on: date | None,
    today: date,
    deciders_change_on: tuple[date, ...] = (),
    snoozes: tuple[Snooze, ...] = (),
) -> Standing:
    """Where a charter stands today, by its dates and its siblings'."""
    gone = group_discontinued_on is not None and group_discontinued_on <= today
    if row is None:
        return Standing(state=State.UNWRITTEN, group_is_discontinued=gone)
    state = State(row.state)
    overtaken = is_empty(row)
    return Standing(
        state=state,
        touched_on=row.touched_on,
        submitted_on=row.submitted_on,
        decided_on=row.decided_on,
        valid_from=row.valid_from,
        ends_on=row.ends_on,
        discontinue_on=row.discontinue_on,
        successor_decided=state in LIVING
        and (overtaken or decided_successor(row, siblings) is not None),
        successor_took_over=state in LIVING and (overtaken or took_over(row.ends_on, siblings)),
        outcomes_missing=outcomes_missing,
        deciders_change_on=deciders_change_on,
        group_is_discontinued=gone,
        snoozes=snoozes,
    )


def decided_successor(row: Any, siblings: Iterable[Sibling]) -> Sibling | None:
    """The decided charter that follows this one, whether or not its day has come."""
    return next(
        (
            other
            for other in siblings
            if other.state in LIVING
            and other.valid_from is not None
            and row.valid_from is not None
            and (other.valid_from, other.id) > (row.valid_from, row.id)
            and not is_empty(other)
        ),
        None,
    )


def is_empty(charter: Any) -> bool:
    """Whether it was cut to nothing before its first day: discontinued, or overtaken by another."""
    return (
        charter.valid_from is not None
        and charter.ends_on is not None
        and charter.ends_on < charter.valid_from
    )


def open_successor(siblings: Iterable[Sibling]) -> Sibling | None:
    """The draft or review under way for the same subject and kind."""
    return next((other for other in siblings if other.state in OPEN), None)


def took_over(ends_on: date | None, siblings: Iterable[Sibling]) -> bool:
    """Whether another charter was in force the day after this one's last day."""
    return ends_on is not None and any(other.in_force_on(ends_on + DAY) for other in siblings)


# --- the text -------------------------------------------------------------------------------------


class Text:
    """A document as it is kept under its hash: it never changes, so it is judged once."""

    def __init__(self, canonical: str) -> None:
        self.document = Document.model_validate_json(canonical)

    @cached_property
    def errors(self) -> tuple[Words, ...]:
        """What must be corrected before it is submitted."""
        return errors_in(self.document)

    @cached_property
    def addressees(self) -> tuple[Addressee | None, ...]:
        """Whom each line of its distribution list means; None for a line with an address."""
        return tuple(
            None if line.email else addressee_of(line, self.document)
            for line in self.document.recipients
        )


@lru_cache(maxsize=512)
def text_kept(_content_hash: str, canonical: str) -> Text:
    """The text that is this under its hash."""
    return Text(canonical)


def text_of(connection: Connection, content_hash: str) -> Text:
    """The text kept under this hash."""
    (kept,) = _TEXT.rows(connection, hash=content_hash)
    return text_kept(content_hash, kept.document)


def document_of(connection: Connection, content_hash: str) -> Document:
    """The document kept under this hash."""
    return text_of(connection, content_hash).document


def errors_in(document: Document) -> tuple[Words, ...]:
    """What must be corrected before anyone decides the document."""
    return tuple(
        problem.message for problem in problems_of(document) if problem.level is Level.ERROR
    )
