"""A handler's cases: what needs them now, what waits for others, and what was decided lately."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import aliased

from casework.answers.waiting import NO_ROUND, Waiting, rounds, waits
from casework.questions import STILL_TO_END
from casework.settings import Settings
from models.directory import Directory, Someone
from models.tables import (
    STILL_UNREACHED,
    Charter,
    Decision,
    Group,
    Journal,
    Opinion,
    Person,
    Recipient,
)
from statemachine.vocabulary import DECIDED, LIVING, OPEN, Act, Duty, Reach, Spoken, State
from statemachine.words import Words

LATELY = 500
"""How many of the organisation's latest decisions are looked through for one's own."""


class Pile(Spoken):
    """A pile of cases on the desk; where a case lies says what is to be done with it."""

    ASKED = "asked", "Yttrande som du ska lämna", "Opinion for you to give"
    RETURNED = "returned", "Återlämnat av den som beslutar", "Sent back by whoever decides"
    UNREACHED = "unreached", "Mottagare som inte har nåtts", "Recipients who were not reached"
    LAPSING = "lapsing", "Löper ut utan att något tar vid", "Running out with nothing to follow"
    REVIEW = "review", "Väntar på beslut", "Waiting for a decision"
    DRAFTS = "drafts", "Utkast", "Drafts"
    DISTRIBUTION = "distribution", "Expedieras", "Being distributed"
    DECIDED = "decided", "Beslutat på sistone", "Decided lately"


NEEDS_SOMEONE_NOW = (Pile.ASKED, Pile.RETURNED, Pile.UNREACHED, Pile.LAPSING)

NEXT_STEP: dict[Pile, Words] = {
    Pile.ASKED: Words("Läs och yttra dig", "Read it and give your opinion"),
    Pile.RETURNED: Words("Läs skälet, ändra och skicka igen", "Read why, change it, submit again"),
    Pile.UNREACHED: Words("Se till att alla nås", "See that everyone is reached"),
    Pile.LAPSING: Words("Påbörja en förnyelse", "Begin a renewal"),
    Pile.REVIEW: Words("Invänta beslut", "Await the decision"),
    Pile.DRAFTS: Words("Skriv klart och skicka för beslut", "Finish it and submit it"),
    Pile.DISTRIBUTION: Words("Breven är på väg", "The letters are on their way"),
}
"""What comes next for a case in the pile; nothing for one that is decided and distributed."""


@dataclass(frozen=True, slots=True)
class CaseOnDesk:
    """One case: where it stands, what is next, for whom it waits, and how long there is left."""

    number: int
    title: str
    group: str | None
    registry_number: str | None
    state: State
    handler: str | None
    handler_id: int | None
    pile: Pile
    waiting: Waiting | None
    until: date | None
    """The last day of the charter in force, or the day since which there is none."""
    days_left: int | None
    """Until that day; below zero since it passed."""

    @property
    def next_step(self) -> Words | None:
        return NEXT_STEP.get(self.pile)


@dataclass(frozen=True, slots=True)
class Heap:
    """A pile as it is shown: some of its cases, and how many there are in all."""

    pile: Pile
    cases: tuple[CaseOnDesk, ...]
    in_all: int


def has_cases(connection: Connection, someone: Someone) -> bool:
    """Whether anything being written or judged is theirs: as its handler, or asked to read it."""
    return connection.execute(_HAS_CASES, {"me": someone.id}).first() is not None


def heaps(
    connection: Connection,
    people: Directory,
    settings: Settings,
    *,
    me: int,
    handler: int | None,
    search: str = "",
    piles: tuple[Pile, ...] = tuple(Pile),
    at: int = 1,
    most: int = 10,
) -> list[Heap]:
    """The piles of one handler's cases, or of everyone's (`handler` None); empty ones are left out.

    What one is asked to give an opinion on is one's own (`me`), whoever handles it. Of each pile
    the `at`th `most` cases are shown, those first that have least time.
    """
    about = {"me": me, "handler": handler, "most": most, "after": (at - 1) * most}
    said = [_says(word) for word in search.split()]
    found = {
        pile: connection.execute(
            _asked_of(pile, of_one=handler is not None).where(*said), about
        ).all()
        for pile in piles
    }
    rows = [row for rows in found.values() for row in rows]
    under_way = rounds(connection, {row.id for row in rows if row.state == State.REVIEW})

    def shown(pile: Pile, row: Row[Any]) -> CaseOnDesk:
        return CaseOnDesk(
            row.id,
            row.title,
            row.group_name,
            row.registry_number,
            State(row.state),
            row.handler_name,
            row.handler_id,
            pile,
            waits(
                people,
                row,
                settings.calendar,
                handler=row.handler_name,
                said=under_way.get(row.id, NO_ROUND),
                unreached=row.unreached,
                to_renew=pile is Pile.LAPSING,
            ),
            row.until,
            (row.until - people.day).days if row.until is not None else None,
        )

    return [
        Heap(pile, tuple(shown(pile, row) for row in rows), rows[0].in_all)
        for pile, rows in found.items()
        if rows
    ]


def handlers(connection: Connection, people: Directory) -> list[Someone]:
    """Those whose cases may be asked for: who handles cases by duty, or has some open."""
    on_duty = {one.id: one for one in people.on_duty(Duty.HANDLER)}
    with_open = connection.scalars(_HANDLERS)
    others = [one for one in with_open if one is not None and one not in on_duty]
    people.remember(people=others)
    found = [*on_duty.values(), *filter(None, map(people.person, others))]
    return sorted(found, key=lambda one: in_order(one.name))


# --- the questions --------------------------------------------------------------------------------

# Word for word the condition of an index that holds only these: there are few of them, however
# many charters there have been.
_OPEN = text("charters.state IN ('draft', 'review')")

_BEFORE = aliased(Charter)
_OTHER = aliased(Charter)

_UNTIL = case(
    (
        Charter.state.in_(OPEN),
        func.coalesce(
            Group.gap_since, case((_BEFORE.state.in_(DECIDED), _BEFORE.ends_on), else_=None)
        ),
    ),
    else_=Charter.ends_on,
)

_LISTED = (
    select(
        Recipient.charter_id,
        func.count().label("unreached"),
        func.sum(case((Recipient.outcome == Reach.BOUNCED, 1), else_=0)).label("bounced"),
    )
    .where(STILL_UNREACHED)
    .group_by(Recipient.charter_id)
    .subquery("listed")
)

_WAS_SENT_BACK = exists().where(
    Journal.charter_id == Charter.id,
    Journal.version == Charter.version,
    Journal.act == Act.SEND_BACK,
)

_IS_FOLLOWED = exists().where(
    _OTHER.subject_id == Charter.subject_id,
    _OTHER.kind == Charter.kind,
    or_(
        _OTHER.state.in_(OPEN),
        and_(
            _OTHER.state.in_(LIVING),
            tuple_(_OTHER.valid_from, _OTHER.id) > tuple_(Charter.valid_from, Charter.id),
        ),
    ),
)

_DECIDED_LATELY = (
    select(Decision.charter_id)
    .where(Decision.what == Act.APPROVE)
    .order_by(Decision.id.desc())
    .limit(LATELY)
)


# Of every handler's the database would else look through all they ever had.
_HANDLERS = select(Charter.handler_id + 0).where(_OPEN).distinct()

_HAS_CASES = (
    select(Charter.id)
    .where(
        _OPEN,
        or_(
            Charter.handler_id == bindparam("me"),
            exists().where(
                Opinion.charter_id == Charter.id,
                Opinion.round == Charter.round,
                Opinion.reviewer_id == bindparam("me"),
            ),
        ),
    )
    .limit(1)
)


def _cases(*, listed: bool = False) -> Select[Any]:
    """Cases with all that is shown of them, those with least time first."""
    asked = (
        select(
            Charter.id,
            Charter.title,
            Charter.registry_number,
            Charter.state,
            Charter.handler_id,
            Charter.office_id,
            Charter.touched_on,
            Charter.submitted_on,
            Charter.decided_on,
            Group.name.label("group_name"),
            Person.name.label("handler_name"),
            _UNTIL.label("until"),
            (_LISTED.c.unreached if listed else literal(0)).label("unreached"),
            func.count().over().label("in_all"),
        )
        .select_from(Charter)
        .outerjoin(Group, Group.id == Charter.group_id)
        .outerjoin(Person, Person.id == Charter.handler_id)
        .outerjoin(_BEFORE, _BEFORE.id == Charter.predecessor_id)
        .order_by(_UNTIL.is_(None), _UNTIL, Charter.id)
    )
    return asked.join(_LISTED, _LISTED.c.charter_id == Charter.id) if listed else asked


_ASKED_OF_ME = exists().where(
    Opinion.charter_id == Charter.id,
    Opinion.round == Charter.round,
    Opinion.reviewer_id == bindparam("me"),
    Opinion.given_at.is_(None),
)


@cache
def _asked_of(pile: Pile, *, of_one: bool) -> Select[Any]:
    """The cases of a pile, one handler's or everyone's. Put into words once."""
    asked = _PILES[pile]()
    if pile is Pile.ASKED:
        asked = asked.where(_ASKED_OF_ME)
    elif of_one:
        # By handler there may be thousands; what is open, or not yet distributed, is always few.
        few = pile is not Pile.LAPSING
        mine = Charter.handler_id + 0 if few else Charter.handler_id
        asked = asked.where(mine == bindparam("handler"))
    return asked.limit(bindparam("most")).offset(bindparam("after"))


_PILES: dict[Pile, Callable[[], Select[Any]]] = {
    Pile.ASKED: lambda: _cases().where(_OPEN, Charter.state == State.REVIEW),
    Pile.RETURNED: lambda: _cases().where(_OPEN, Charter.state == State.DRAFT, _WAS_SENT_BACK),
    Pile.UNREACHED: lambda: _cases(listed=True).where(
        Charter.state.in_(LIVING), _LISTED.c.bounced > 0
    ),
    Pile.LAPSING: lambda: _cases().where(
        STILL_TO_END,
        Charter.state == State.EXPIRING,
        Charter.discontinue_on.is_(None),
        ~_IS_FOLLOWED,
    ),
    Pile.REVIEW: lambda: _cases().where(_OPEN, Charter.state == State.REVIEW),
    Pile.DRAFTS: lambda: _cases().where(_OPEN, Charter.state == State.DRAFT, ~_WAS_SENT_BACK),
    Pile.DISTRIBUTION: lambda: _cases(listed=True).where(
        Charter.state.in_(LIVING), _LISTED.c.bounced == 0
    ),
    Pile.DECIDED: lambda: (
        _cases()
        .where(
            Charter.id.in_(_DECIDED_LATELY),
            Charter.state != State.APPROVED,
            ~exists().where(Recipient.charter_id == Charter.id, STILL_UNREACHED),
        )
        .order_by(None)
        .order_by(Charter.decided_on.desc(), Charter.id.desc())
    ),
}


# --- as Swedish is read ---------------------------------------------------------------------------


def _says(word: str) -> ColumnElement[bool]:
    """Whether the word stands in a case's title, number, group or handler's name."""
    sought = unicodedata.normalize("NFC", word).lower()
    found = [
        folded(column).contains(sought, autoescape=True)
        for column in (Charter.title, Charter.registry_number, Group.name, Person.name)
    ]
    if sought.isdecimal() and len(sought) < 10:
        found.append(Charter.id == int(sought))
    return or_(*found)


def folded(column: Any) -> ColumnElement[str]:
    """The column's text in lower case, Swedish letters too: SQLite's own knows only A to Z."""
    lower: ColumnElement[str] = func.lower(column)
    for capital, small in ("Åå", "Ää", "Öö", "Éé", "Üü"):
        lower = func.replace(lower, capital, small)
    return lower


def in_order(name: str) -> tuple[int, ...]:
    """Where a name stands in Swedish order: å, ä and ö come last, in that order."""
    after_z = {"å": 1, "ä": 2, "æ": 2, "ö": 3, "ø": 3}
    return tuple(
        ord("z") + after_z[letter] if letter in after_z else ord(letter)
        for letter in unicodedata.normalize("NFC", name).casefold()
    )
