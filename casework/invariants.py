"""What always holds of memory, on every day; and where it does not, a sentence for each.

The database itself is asked. Each question is about what has been written since the last time, so
that a check a day costs less than the day does; asked from the beginning, it is about everything.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import aliased

from casework.letters import addressed
from casework.matter import Sitting, all_looked_up
from casework.questions import CHARTER
from casework.sweep import is_snoozed
from casework.writing import SNOOZED
from models.many import among
from models.tables import (
    Attempt,
    Charter,
    Decision,
    Group,
    Journal,
    Outbox,
    PaperKept,
    Person,
)
from statemachine.calendar import Calendar, Occasion
from statemachine.case import Standing
from statemachine.vocabulary import DECIDED, ENDED, LIVING, OPEN, Act, Fate, Letter, State
from statemachine.words import Words, plain

OF_THE_OFFICE = (Letter.DECISION_REQUEST, Letter.NOBODY_CAN_DECIDE)
"""These go the day the office changes hands, whatever else has gone that day."""

OF_AN_ACT = (Letter.DISTRIBUTION, Letter.CORRECTED, Letter.DISCONTINUED)
"""Of these a reader gets one for every line on the distribution list."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far memory has been checked: the last row that was there, of each."""

    journal: int = 0
    outbox: int = 0
    decisions: int = 0
    attempts: int = 0


FROM_THE_BEGINNING = Seen()


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that always holds: a question that finds what breaks it, and how that is said."""

    name: str
    breaks_it: Select[Any]
    says: Callable[[Any], Words]
    after_a_look: bool = False
    """Whether it holds only once the calendar has looked at everything due."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that does not hold."""

    invariant: str
    words: Words


def broken(
    connection: Connection,
    calendar: Calendar,
    *,
    looked_on: date | None = None,
    since: Seen = FROM_THE_BEGINNING,
) -> list[Broken]:
    """Everything that does not hold, of what was written after `since`; empty when all is well.

    `looked_on` is the last day that the calendar has looked at to the end, if there is one.
    """
    asked = {**asdict(since), "looked_on": looked_on, "whole": since == FROM_THE_BEGINNING}
    found = [
        Broken(one.name, one.says(row))
        for one, breaks in zip(INVARIANTS, _glance(connection, asked), strict=True)
        if breaks and (looked_on is not None or not one.after_a_look)
        for row in connection.execute(one.breaks_it, asked)
    ]
    missing = _stages_untold(connection, calendar, asked)
    return [*found, *(Broken("every_stage_is_sent_or_skipped", words) for words in missing)]


def _glance(connection: Connection, asked: dict[str, Any]) -> Sequence[bool]:
    """Whether anything breaks each invariant, all of them in one question."""
    said, kept = _in_one_question(connection.dialect)
    bound = {**kept, **asked}
    if connection.dialect.name == "sqlite" and asked["looked_on"] is not None:
        bound["looked_on"] = asked["looked_on"].isoformat()
    return connection.exec_driver_sql(said, bound).one()


@cache
def _in_one_question(dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """The question in the database's own words, which take longer to find than to answer."""
    every = select(*(one.breaks_it.exists().label(one.name) for one in INVARIANTS)).params(
        **asdict(FROM_THE_BEGINNING), looked_on=None, whole=True
    )
    named: Dialect = type(dialect)(  # type: ignore[call-arg]
        paramstyle="pyformat" if dialect.name == "postgresql" else "named"
    )
    compiled = every.compile(dialect=named, compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.construct_params())


def seen_so_far(connection: Connection) -> Seen:
    """Where the next check may begin."""
    return Seen(*(last or 0 for last in connection.execute(_LAST).one()))


_LAST = select(
    *(
        select(func.max(table.id)).scalar_subquery()
        for table in (Journal, Outbox, Decision, Attempt)
    )
)

# --- the questions ------------------------------------------------------------------------------

_FOREVER = date(9999, 12, 31)
_LOOKED_ON = bindparam("looked_on", type_=Date())
_journal, _outbox = Journal.id > bindparam("journal"), Outbox.id > bindparam("outbox")
_decision, _attempt = Decision.id > bindparam("decisions"), Attempt.id > bindparam("attempts")
_TOUCHED = select(Journal.charter_id).where(_journal, Journal.charter_id.is_not(None))
_WRITTEN_ABOUT = select(Outbox.charter_id).where(_outbox, Outbox.charter_id.is_not(None))

_other = aliased(Charter)


def _ends(charter: Any) -> Any:
    return func.coalesce(charter.ends_on, literal(_FOREVER, Date()))


def _has_a_period(charter: Any) -> Any:
    return and_(charter.state.in_(DECIDED), _ends(charter) >= charter.valid_from)


_BOTH_IN_FORCE = (
    select(Charter.id, _other.id.label("other"), _other.valid_from)
    .join(
        _other,
        and_(
            _other.subject_id == Charter.subject_id,
            _other.kind == Charter.kind,
            _other.id != Charter.id,
        ),
    )
    .where(
        Charter.id.in_(_TOUCHED),
        _has_a_period(Charter),
        _has_a_period(_other),
        Charter.valid_from <= _other.valid_from,
        _ends(Charter) >= _other.valid_from,
    )
)

_PAST_ITS_END = select(Charter.id, Charter.state, Charter.ends_on).where(
    Charter.state.in_(LIVING), Charter.ends_on < _LOOKED_ON
)

_LIVING_CHARTER = (
    select(Charter.id)
    .where(Charter.group_id == Group.id, Charter.kind == CHARTER, Charter.state.in_(LIVING))
    .where(_ends(Charter) >= Charter.valid_from)
    .exists()
)
_FORGOTTEN_GROUP = select(Group.name).where(
    or_(Group.gap_since.is_(None), Group.wake_on.is_(None)),
    or_(Group.discontinued_on.is_(None), Group.discontinued_on > _LOOKED_ON),
    Group.starts_on <= _LOOKED_ON,
    ~_LIVING_CHARTER,
)

_gone = aliased(Group)
_LEFT_IN_A_GROUP_THAT_IS_GONE = (
    select(Charter.id, Charter.state, Group.name)
    .join(Group, Group.id == Charter.group_id)
    # Said of the charter: only then are the few groups that are gone looked up first.
    .where(Charter.group_id.in_(select(_gone.id).where(_gone.discontinued_on <= _LOOKED_ON)))
    .where(Charter.state.in_((State.REVIEW, *LIVING)), Charter.kind == CHARTER)
)

_MADE = (Decision.id, Decision.charter_id, Decision.group_id, Decision.what)
_WITHOUT_PAPER = (
    select(*_MADE)
    .outerjoin(
        PaperKept,
        and_(
            PaperKept.decision_id == Decision.id,
            PaperKept.charter_id.is_not_distinct_from(Decision.charter_id),
        ),
    )
    .where(_decision, Decision.what != Act.RECORD, PaperKept.id.is_(None))
)
_ITS_ENTRY = (
    select(Journal.id)
    .where(
        or_(
            Journal.charter_id == Decision.charter_id,
            and_(
                Decision.charter_id.is_(None),
                Journal.charter_id.is_(None),
                Journal.group_id == Decision.group_id,
            ),
        ),
        Journal.act == Decision.what,
        or_(Journal.day == Decision.decided_on, Decision.what == Act.RECORD),
    )
    .exists()
)
_UNJOURNALLED = select(*_MADE).where(_decision, ~_ITS_ENTRY)

_DECISION_ON_IT = select(Decision.id).where(Decision.charter_id == Charter.id).exists()
_UNDECIDED = select(Charter.id, Charter.state).where(
    Charter.id.in_(_TOUCHED), Charter.state.in_(DECIDED), ~_DECISION_ON_IT
)

_of_one: dict[str, Any] = {"partition_by": Journal.charter_id, "order_by": Journal.id}
_LIVES = (
    select(
        Journal.charter_id,
        Journal.act,
        Journal.stood,
        Journal.becomes,
        func.coalesce(func.lag(Journal.becomes).over(**_of_one), State.UNWRITTEN).label("before"),
        func.lead(Journal.id).over(**_of_one).label("following"),
    )
    .where(Journal.charter_id.in_(_TOUCHED), Journal.version.is_not(None))
    .subquery()
)
_LEAPS = select(_LIVES).where(_LIVES.c.stood != _LIVES.c.before)
_ENDS_ELSEWHERE = (
    select(_LIVES, Charter.state)
    .join(Charter, Charter.id == _LIVES.c.charter_id)
    .where(_LIVES.c.following.is_(None), _LIVES.c.becomes != Charter.state)
)
_WITHOUT_JOURNAL = select(Charter.id).where(
    bindparam("whole", type_=Boolean()),
    ~select(Journal.id).where(Journal.charter_id == Charter.id).exists(),
)

_ABOUT = (Outbox.charter_id, Outbox.group_id)
_READER = func.lower(Outbox.to_email)
_OF_THESE_KINDS = select(Outbox.letter).where(_outbox)
_WRITTEN_TWICE = (
    select(*_ABOUT, Outbox.letter, Outbox.stage, _READER.label("reader"), func.count().label("n"))
    .where(Outbox.charter_id.in_(_WRITTEN_ABOUT), Outbox.letter.in_(_OF_THESE_KINDS))
    .where(Outbox.letter.not_in(OF_AN_ACT))
    .where(Outbox.resend_of.is_(None))
    .group_by(*_ABOUT, Outbox.letter, Outbox.stage, Outbox.round, _READER)
    .having(func.count() > 1)
)
_TWO_A_DAY = (
    select(*_ABOUT, Outbox.day, _READER.label("reader"), func.count().label("n"))
    .where(_outbox, Outbox.calendar, Outbox.letter.not_in(OF_THE_OFFICE))
    .where(Outbox.resend_of.is_(None))
    .where(or_(Outbox.charter_id.is_not(None), Outbox.group_id.is_not(None)))
    .group_by(*_ABOUT, Outbox.day, _READER)
    .having(func.count() > 1)
)
_TO_A_LEAVER = (
    select(Outbox.id, Outbox.to_name, Outbox.day, Person.left_on)
    .join(Person, Person.id == Outbox.person_id)
    .where(_outbox, Person.left_on <= Outbox.day)
)
_ACCEPTED_TWICE = (
    select(Attempt.outbox_id, func.count().label("n"))
    .where(Attempt.outbox_id.in_(select(Attempt.outbox_id).where(_attempt)))
    .where(Attempt.result == "accepted")
    .group_by(Attempt.outbox_id)
    .having(func.count() > 1)
)

_WITHOUT_A_DAY = select(Charter.id, Charter.state).where(
    Charter.wake_on.is_(None),
    or_(Charter.state.in_(OPEN), and_(Charter.state.in_(LIVING), Charter.ends_on.is_not(None))),
)
_CHARTER_LEFT = select(Charter.id, Charter.wake_on).where(Charter.wake_on <= _LOOKED_ON)
_GROUP_LEFT = select(Group.name, Group.wake_on).where(Group.wake_on <= _LOOKED_ON)


def _thing(row: Any) -> Words:
    """What a row is about: a charter by its number, else a group."""
    if row.charter_id is not None:
        return Words("nummer {id}", "number {id}").about(id=row.charter_id)
    return Words("grupp {id}", "group {id}").about(id=row.group_id)


def _says(sv: str, en: str) -> Callable[[Any], Words]:
    """The sentence about a row, with what the row tells: its columns by name, states as words."""
    words = Words(sv, en)

    def said(row: Any) -> Words:
        facts = dict(row._mapping)
        for name in ("state", "stood", "becomes", "before"):
            if name in facts:
                facts[name] = State(facts[name]).words
        if "letter" in facts:
            facts["letter"] = Letter(facts["letter"]).words
        if "charter_id" in facts and "group_id" in facts:
            facts["about"] = _thing(row)
        return words.about(**facts)

    return said


# fmt: off
INVARIANTS = (
    Invariant("one_charter_in_force", _BOTH_IN_FORCE, _says(
        "Nummer {id} och {other} gäller båda den {valid_from}.",
        "Numbers {id} and {other} are both in force on {valid_from}.")),
    Invariant("nothing_past_its_end_is_in_force", _PAST_ITS_END, _says(
        "Nummer {id} hade sin sista dag {ends_on} men står ännu som {state}.",
        "Number {id} had its last day on {ends_on} but still stands as {state}."), after_a_look=True),
    Invariant("no_group_without_a_charter_is_forgotten", _FORGOTTEN_GROUP, _says(
        "{name} har inget gällande uppdrag, och ingen kommer att få veta det.",
        "{name} has no charter in force, and nobody will be told."), after_a_look=True),
    Invariant("nothing_lives_in_a_group_that_is_gone", _LEFT_IN_A_GROUP_THAT_IS_GONE, _says(
        "{name} är avvecklad, men nummer {id} står ännu som {state}.",
        "{name} is discontinued, but number {id} still stands as {state}."), after_a_look=True),
    Invariant("every_decision_has_its_paper", _WITHOUT_PAPER, _says(
        "Beslut {id} ({what}) om {about} har inget papper.",
        "Decision {id} ({what}) on {about} has no paper.")),
    Invariant("every_decision_is_journalled", _UNJOURNALLED, _says(
        "Beslut {id} ({what}) om {about} står inte i händelseloggen.",
        "Decision {id} ({what}) on {about} is not in the journal.")),
    Invariant("what_stands_as_decided_is_decided", _UNDECIDED, _says(
        "Nummer {id} står som {state}, men ingen har beslutat det.",
        "Number {id} stands as {state}, but nobody has decided it.")),
    Invariant("the_journal_replays", _LEAPS, _says(
        "Händelseloggen för nummer {charter_id}: {act} utgick från {stood}, men det stod som {before}.",
        "The journal of number {charter_id}: {act} began in {stood}, but it stood as {before}.")),
    Invariant("the_journal_ends_where_it_stands", _ENDS_ELSEWHERE, _says(
        "Händelseloggen för nummer {charter_id} slutar i {becomes}, men det står som {state}.",
        "The journal of number {charter_id} ends in {becomes}, but it stands as {state}.")),
    Invariant("every_charter_is_journalled", _WITHOUT_JOURNAL, _says(
        "Nummer {id} har ingen händelselogg.",
        "Number {id} has no journal.")),
    Invariant("no_letter_is_written_twice", _WRITTEN_TWICE, _says(
        "{reader} har fått brevet {letter} {stage} om {about} {n} gånger.",
        "{reader} got the letter {letter} {stage} about {about} {n} times.")),
    Invariant("one_calendar_letter_a_day", _TWO_A_DAY, _says(
        "{reader} fick {n} brev från kalendern om {about} den {day}.",
        "{reader} got {n} letters from the calendar about {about} on {day}.")),
    Invariant("nobody_who_has_left_is_written_to", _TO_A_LEAVER, _says(
        "Brev {id} skrevs {day} till {to_name}, som slutade {left_on}.",
        "Letter {id} was written on {day} to {to_name}, who left on {left_on}.")),
    Invariant("no_letter_is_accepted_twice", _ACCEPTED_TWICE, _says(
        "Brev {outbox_id} har tagits emot {n} gånger.",
        "Letter {outbox_id} was accepted {n} times.")),
    Invariant("everything_open_has_a_day", _WITHOUT_A_DAY, _says(
        "Nummer {id} ({state}) har ingen dag då kalendern ser på det.",
        "Number {id} ({state}) has no day on which the calendar looks at it.")),
    Invariant("no_charter_due_is_left", _CHARTER_LEFT, _says(
        "Nummer {id} skulle ha setts över {wake_on}.",
        "Number {id} was to be looked at on {wake_on}."), after_a_look=True),
    Invariant("no_group_due_is_left", _GROUP_LEFT, _says(
        "{name} skulle ha setts över {wake_on}.",
        "{name} was to be looked at on {wake_on}."), after_a_look=True),
)
# fmt: on

# --- expiry warnings ----------------------------------------------------------------------------

_successor = aliased(Charter)
_FOLLOWED = (
    select(_successor.id)
    .where(
        _successor.subject_id == Charter.subject_id,
        _successor.kind == Charter.kind,
        _successor.decided_on.is_not(None),
        tuple_(_successor.valid_from, _successor.id) > tuple_(Charter.valid_from, Charter.id),
    )
    .exists()
)
_RECORDED_AS_OVER = (
    select(Journal.id)
    .where(Journal.charter_id == Charter.id, Journal.act == Act.RECORD)
    .where(Journal.becomes.in_(ENDED))
    .exists()
)
_WARNED_OF = select(Charter.id, Charter.ends_on, Charter.looked_on).where(
    or_(
        Charter.id.in_(_TOUCHED),
        Charter.id.in_(_WRITTEN_ABOUT),
        Charter.looked_on == _LOOKED_ON,
    ),
    Charter.state.in_(DECIDED),
    Charter.ends_on >= Charter.valid_from,
    Charter.discontinue_on.is_(None),
    ~_FOLLOWED,
    ~_RECORDED_AS_OVER,
)
_SENT = select(Outbox.charter_id, Outbox.stage).where(
    among(Outbox.charter_id, "charters"), Outbox.calendar
)
_SKIPPED = select(Journal.charter_id, Journal.details).where(
    among(Journal.charter_id, "charters"),
    Journal.act == "skipped",
    Journal.reason.is_not(None),
)


def _stages_untold(
    connection: Connection, calendar: Calendar, asked: dict[str, Any]
) -> Iterator[Words]:
    """Expiry warnings that fell due, and were neither sent nor journalled as skipped.

    They stop once a successor is decided, or the charter's end is a discontinuance.
    """
    warned = connection.execute(_WARNED_OF, asked).all()
    if not warned:
        return
    told: dict[int, set[str]] = defaultdict(set)
    these = {"charters": [row.id for row in warned]}
    for sent in connection.execute(_SENT, these):
        told[sent.charter_id].add(sent.stage)
    for skip in connection.execute(_SKIPPED, these):
        told[skip.charter_id].add(skip.details["stage"])
    for row in warned:
        stands = Standing(state=State.EXPIRING, ends_on=row.ends_on)
        for due in calendar.occasions(stands, since=date.min, today=row.looked_on):
            if isinstance(due.what, Letter) and due.stage not in told[row.id]:
                yield Words(
                    "Förvarningen {stage} för nummer {id}, som skulle gå {day}, är varken skickad "
                    "eller överhoppad med skäl.",
                    "The expiry warning {stage} of number {id}, due on {day}, is neither sent nor "
                    "skipped with a reason.",
                ).about(stage=plain(due.stage), id=row.id, day=due.on)


# --- readers ------------------------------------------------------------------------------------

_WRITTEN_TODAY = (
    select(Outbox.charter_id, Outbox.letter, Outbox.stage)
    .where(_outbox, Outbox.calendar, Outbox.charter_id.is_not(None))
    .where(Outbox.letter.not_in((*OF_THE_OFFICE, Letter.GAP)), Outbox.day == bindparam("today"))
    # Of a round that ended the same day the letters are called back: nobody decides it any more.
    .where(Outbox.state != Fate.CANCELLED)
    .distinct()
)
_READERS_TODAY = select(Outbox.charter_id, _READER.label("reader")).where(
    among(Outbox.charter_id, "charters"), Outbox.calendar, Outbox.day == bindparam("today")
)
_SNOOZED_BEFORE = select(Journal.details).where(
    Journal.charter_id == bindparam("charter"),
    Journal.act == "skipped",
    Journal.reason == SNOOZED,
    Journal.day < bindparam("today"),
)


def left_out(connection: Connection, at: Sitting, since: Seen) -> list[Broken]:
    """Whom a letter of today's was meant for, and who got none about that charter today.

    To be asked on the very day, once the calendar has looked: tomorrow others may hold the roles.
    """
    today = {"today": at.today}
    written = connection.execute(_WRITTEN_TODAY, {**asdict(since), **today}).all()
    if not written:
        return []
    charters = list(dict.fromkeys(row.charter_id for row in written))
    matters = all_looked_up(connection, charters, at)
    reached: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(_READERS_TODAY, {"charters": charters, **today}):
        reached[row.charter_id].add(row.reader)
    found = []
    for row in written:
        put_off = connection.scalars(_SNOOZED_BEFORE, {"charter": row.charter_id, **today})
        if row.stage in {skip["stage"] for skip in put_off}:
            continue  # Others got it on its day: today it is for whoever had snoozed it.
        matter = matters[row.charter_id]
        warning = Occasion(at.today, Letter(row.letter), row.stage)
        readers = [
            one
            for one in addressed(Letter(row.letter), row.stage, matter, {}).readers
            if not is_snoozed(one, matter, warning)
        ]
        got = reached[row.charter_id]
        found += [
            Broken("every_reader_is_written_to", _LEFT_OUT.about(
                name=one.name, letter=Letter(row.letter).words, stage=row.stage, id=row.charter_id
            ))
            for one in readers
            if one.email.lower() not in got
        ]  # fmt: skip
    return found


_LEFT_OUT = Words(
    "{name} skulle ha fått {letter} {stage} om nummer {id} i dag, men fick inget brev.",
    "{name} should have got {letter} {stage} about number {id} today, but got no letter.",
)
