"""What one judgement, and one look at the calendar, take: the pure life, without a database."""

from collections.abc import Iterator
from datetime import date

from benchmarks.measure import Measured, seconds_per_call
from statemachine.calendar import Calendar
from statemachine.case import Case, Standing
from statemachine.machine import advance
from statemachine.vocabulary import Act, Role, State

TODAY = date(2026, 6, 1)
CALLS = 2_000


def measure() -> Iterator[Measured]:
    """One send-back judged; one charter's next day found, among all its strands."""
    in_review = Case(
        today=TODAY,
        standing=Standing(state=State.REVIEW, submitted_on=TODAY),
        reason="Förtydliga syftet.",
    )
    in_force = Standing(
        state=State.APPROVED,
        decided_on=TODAY,
        valid_from=TODAY,
        ends_on=date(2031, 6, 1),
        outcomes_missing=1,
    )
    calendar = Calendar()
    yield Measured(
        "advance(), one call",
        seconds_per_call(lambda: advance(in_review, Act.SEND_BACK, Role.DIRECTOR), CALLS),
    )
    yield Measured(
        "Calendar.wakes_on(), one call",
        seconds_per_call(lambda: calendar.wakes_on(in_force, after=TODAY), CALLS),
    )
