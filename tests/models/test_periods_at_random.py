"""Whatever periods are tried, both engines keep every day to one charter."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from models.session import transaction
from tests.models.memory import recorded, subject

FIRST = date(2026, 1, 1)
PERIODS = st.tuples(st.integers(0, 12), st.none() | st.integers(-1, 5)).map(
    lambda drawn: (
        FIRST + timedelta(drawn[0]),
        None if drawn[1] is None else FIRST + timedelta(drawn[0] + drawn[1]),
    )
)


class NotKept(Exception):
    """Ends the transaction: no example leaves anything behind."""


@settings(max_examples=40)
@given(tried=st.lists(PERIODS, min_size=2, max_size=8))
def test_a_period_is_taken_exactly_when_its_days_are_free(
    shared_engine: Engine, tried: list[tuple[date, date | None]]
) -> None:
    taken: set[int] = set()
    try:
        with transaction(shared_engine) as connection:
            about = subject(connection)
            for valid_from, ends_on in tried:
                days = _days(valid_from, ends_on)
                try:
                    with connection.begin_nested():
                        recorded(connection, about, valid_from, ends_on, valid_through=None)
                    assert not days & taken
                    taken |= days
                except IntegrityError:
                    assert days & taken
            raise NotKept
    except NotKept:
        pass


def _days(valid_from: date, ends_on: date | None) -> set[int]:
    """The days of a period, as numbers; one without an end is taken to last these three weeks."""
    last = ends_on or FIRST + timedelta(21)
    return set(range(valid_from.toordinal(), last.toordinal() + 1))
