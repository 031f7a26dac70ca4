"""The line of a life: its stations in order, one of them where the charter stands."""

from datetime import date

import pytest
from sqlalchemy import Engine

from casework.answers.lifeline import Station, days_of, lifeline, term, what_comes
from models.session import reading
from statemachine.vocabulary import Act, Letter
from tests.builders import BEGUN, DAY, DECIDED, LAPSED, Region


@pytest.fixture
def region(sqlite_engine: Engine) -> Region:
    return Region.founded(sqlite_engine)


def line(region: Region, charter: int, on: date) -> list[Station]:
    row = region.charter(charter)
    with reading(region.engine) as connection:
        days = days_of(connection, charter)
    return lifeline(row, days, region.settings.calendar, on, has_term=True)


def drawn(region: Region, charter: int, on: date) -> str:
    """The line in short: what is passed, where it [stands], and what is (ahead)."""
    marks = {"past": "{}", "now": "[{}]", "ahead": "({})"}
    return " ".join(marks[one.when].format(one.name) for one in line(region, charter, on))


def test_a_life_is_drawn_from_draft_to_end(region: Region) -> None:
    charter = region.draft()
    assert (
        drawn(region, charter, BEGUN)
        == "[draft] (review) (approved) (distributed) (expiring) (end)"
    )
    region.submitted(charter, on=BEGUN)
    assert drawn(region, charter, BEGUN).startswith("draft [review] (approved)")
    region.decided(charter, on=DECIDED)
    assert (
        drawn(region, charter, DECIDED) == "draft review [approved] (distributed) (expiring) (end)"
    )
    region.reached(charter, on=DECIDED)
    stations = line(region, charter, DECIDED)
    assert [one.day for one in stations] == [
        BEGUN,
        BEGUN,
        DECIDED,
        DECIDED,
        date(2030, 6, 17),
        LAPSED,
    ]
    region.live_through(date(2030, 9, 2))
    assert (
        drawn(region, charter, date(2030, 9, 2))
        == "draft review approved distributed [expiring] (end)"
    )
    region.live_through(LAPSED)
    assert drawn(region, charter, LAPSED) == "draft review approved distributed [expired]"


def test_other_ends_are_drawn_too(region: Region) -> None:
    charter = region.distributed()
    region.discontinued(charter, on=DECIDED, effective_day=DECIDED + 30 * DAY)
    ahead = line(region, charter, DECIDED)[-1]
    assert (ahead.name, ahead.day, ahead.when) == ("discontinued", DECIDED + 30 * DAY, "ahead")
    region.live_through(DECIDED + 30 * DAY)
    assert drawn(region, charter, DECIDED + 30 * DAY).endswith("distributed [discontinued]")
    abandoned = region.draft(on=DECIDED + 31 * DAY)
    region.does("sara", Act.ABANDON, abandoned, on=DECIDED + 31 * DAY)
    assert drawn(region, abandoned, DECIDED + 31 * DAY) == "draft [abandoned]"


def test_what_was_decided_before_has_no_draft(region: Region) -> None:
    charter = region.recorded(decided_on=DECIDED - DAY, valid_from=DECIDED).charter_id
    assert drawn(region, charter, DECIDED) == "approved in_force [recorded] (expiring) (end)"


def test_a_term_is_told_in_days_and_shares(region: Region) -> None:
    charter = region.charter(region.distributed())
    half = term(charter, region.settings.calendar, date(2028, 12, 17))
    assert half is not None
    assert (half.days_left, half.gone, half.renewal_opens) == (912, 50.1, 80.0)
    before = term(charter, region.settings.calendar, DECIDED - DAY)
    assert before is not None
    assert before.gone == 0


def test_what_comes_is_of_this_charter_though_a_successor_is_in_review(region: Region) -> None:
    charter = region.distributed()
    successor = region.does("sara", Act.RENEW, on=DECIDED, group="rorelse").charter_id
    region.submitted(successor, on=DECIDED)
    with reading(region.engine) as connection:
        at = region.sitting(connection, None, DECIDED)
        coming = what_comes(connection, at, charter)
        waits = what_comes(connection, at, successor)
    assert [(one.what, one.day) for one in coming] == [(Letter.FOLLOW_UP, date(2027, 6, 17))]
    assert [one.what for one in waits] == [
        Letter.DECISION_REMINDER,
        Letter.DECISION_REMINDER,
        Letter.ESCALATION,
    ]
