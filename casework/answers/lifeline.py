"""The line of a charter's life: the places it passes, the days it did, and those to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, select

from casework.answers.forecast import Coming, forecast
from casework.matter import Sitting
from models.tables import Journal
from statemachine.calendar import DAY, Calendar, add_months
from statemachine.vocabulary import DECIDED, ENDED, LIVING, Act, State
from statemachine.words import Words

When = Literal["past", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class Station:
    """A place in the life: its day, when known; whether it is passed, stood at, or ahead."""

    name: str
    words: Words
    day: date | None
    when: When
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """How a term runs: in hundredths of its length, for a picture, and in days, for words."""

    begins: date
    ends: date
    renewal: date | None
    today: date

    @property
    def days_left(self) -> int:
        return (self.ends - self.today).days

    @property
    def gone(self) -> float:
        return self._share(self.today)

    @property
    def renewal_opens(self) -> float | None:
        return self._share(self.renewal) if self.renewal is not None else None

    def _share(self, day: date) -> float:
        whole = max((self.ends - self.begins).days, 1)
        return round(min(max((day - self.begins).days / whole, 0), 1) * 100, 1)


IN_FORCE = Words("börjar gälla", "comes into force")
WRITTEN_DOWN = Words("registrerat", "recorded")
UNTIL_FURTHER_NOTICE = Words("gäller tills vidare", "in force until further notice")
ENDS = Words("upphör att gälla", "ceases to be in force")
WHEN_REACHED = Words("när alla på sändlistan är nådda", "when everyone on the list is reached")
NOTHING_FOLLOWS = Words("om inget tar vid", "if nothing takes over")
ROUND = Words("omgång {round}", "round {round}")

_ACTS = (Act.DRAFT, Act.RENEW, Act.RECORD, Act.DISTRIBUTE, Act.ENTER_RENEWAL, Act.ABANDON)


def days_of(connection: Connection, charter_id: int) -> dict[str, date]:
    """The day of each act that moved a charter along; of one done again, the latest."""
    rows = connection.execute(
        select(Journal.act, Journal.day)
        .where(
            Journal.charter_id == charter_id,
            Journal.version.is_not(None),
            Journal.act.in_((*_ACTS, Act.EXPIRE, Act.SUPERSEDE, Act.DISCONTINUE)),
        )
        .order_by(Journal.version)
    )
    return {row.act: row.day for row in rows}


def lifeline(
    charter: Any, days: dict[str, date], calendar: Calendar, today: date, *, has_term: bool
) -> list[Station]:
    """The stations of a charter's life, from draft to end, as they stand.

    `days` are its acts' days. `has_term` says whether its kind of document runs out at all.
    """
    state = State(charter.state)
    stations = list(_begun(charter, days, state))
    if state is State.ABANDONED:
        return [*stations, _station(State.ABANDONED, days.get(Act.ABANDON), "now")]
    decided = state in DECIDED
    stations.append(
        _station(State.APPROVED, charter.decided_on, _when(decided, state is State.APPROVED))
    )
    if decided and charter.valid_from != charter.decided_on:
        begins = charter.valid_from
        stations.append(
            Station("in_force", IN_FORCE, begins, "past" if begins <= today else "ahead")
        )
    if Act.RECORD not in days:
        reached = days.get(Act.DISTRIBUTE)
        passed = _when(reached is not None, state is State.DISTRIBUTED)
        note = WHEN_REACHED if state is State.APPROVED else None
        if passed != "ahead" or state not in ENDED:
            stations.append(_station(State.DISTRIBUTED, reached, passed, note))
    elif state is State.DISTRIBUTED:
        stations.append(Station("recorded", WRITTEN_DOWN, days[Act.RECORD], "now"))
    stations.extend(_ending(charter, days, state, calendar, has_term=has_term))
    return stations


def _begun(charter: Any, days: dict[str, date], state: State) -> Iterator[Station]:
    if Act.RECORD in days:
        return
    begun = days.get(Act.RENEW, days.get(Act.DRAFT))
    yield _station(State.DRAFT, begun, "now" if state is State.DRAFT else "past")
    if state is State.ABANDONED:
        return
    submitted = charter.submitted_on if state is not State.DRAFT else None
    note = ROUND.about(round=charter.round) if charter.round > 1 else None
    passed = _when(state in DECIDED, state is State.REVIEW)
    yield _station(State.REVIEW, submitted, passed, note)


def _ending(
    charter: Any, days: dict[str, date], state: State, calendar: Calendar, *, has_term: bool
) -> Iterator[Station]:
    ends = _ends(charter)
    opens = days.get(Act.ENTER_RENEWAL) or calendar.renewal_opens_on(charter.ends_on)
    runs_out = charter.discontinue_on is None and state not in ENDED
    if state is State.EXPIRING or (
        runs_out and (opens is not None or (has_term and state not in DECIDED))
    ):
        entered = state is State.EXPIRING
        yield _station(State.EXPIRING, opens, "now" if entered else "ahead")
    if state in ENDED:
        yield _station(state, ends, "now")
    elif charter.discontinue_on is not None:
        yield _station(State.DISCONTINUED, ends, "ahead")
    elif ends is not None:
        yield Station("end", ENDS, ends, "ahead", NOTHING_FOLLOWS)
    elif state in DECIDED:
        yield Station("end", UNTIL_FURTHER_NOTICE, None, "ahead")
    else:
        yield Station("end", ENDS, None, "ahead")


def _ends(charter: Any) -> date | None:
    """The first day it is not in force."""
    if charter.ends_on is not None:
        after: date = charter.ends_on + DAY
        return after
    discontinued: date | None = charter.discontinue_on
    return discontinued


def _station(state: State, day: date | None, when: When, note: Words | None = None) -> Station:
    return Station(state, state.words, day, when, note)


def _when(passed: bool, stands: bool) -> When:
    return "now" if stands else "past" if passed else "ahead"


def term(charter: Any, calendar: Calendar, today: date) -> Term | None:
    """How its term runs, for one in force or to come; None without a last day."""
    if charter.state not in LIVING or charter.ends_on is None:
        return None
    if charter.ends_on < charter.valid_from:
        return None
    opens = calendar.renewal_opens_on(charter.ends_on)
    return Term(
        charter.valid_from,
        charter.ends_on,
        opens if opens is not None and opens > charter.valid_from else None,
        today,
    )


def what_comes(
    connection: Connection, at: Sitting, charter_id: int, *, most: int = 3, months: int = 13
) -> list[Coming]:
    """The next acts and letters that the calendar will see to, if nobody does anything first."""
    until = add_months(at.today, months)
    return list(islice(forecast(connection, at, until, charter_id=charter_id), most))
