"""One charter after another: what a decision does to the one before, and when each gives way."""

from datetime import date

import pytest

from casework.questions import in_force
from models.session import reading
from notifications.carriers.recording import RecordingCarrier
from statemachine.machine import NotInTheLife
from statemachine.vocabulary import EXPIRY_WARNINGS, LIVING, Act, Letter, State
from tests.builders import (
    DAY,
    DECIDED,
    LAPSED,
    LAST_DAY,
    Region,
    an_executive_decision,
    replayed,
)

LATER = date(2028, 3, 1)
NEW_YEAR = date(2029, 1, 1)


def in_force_on(region: Region, day: date) -> int | None:
    with reading(region.engine) as connection:
        row = in_force(connection, region.group().id, day)
    return row.id if row else None


def test_a_successor_from_today_ends_the_one_before_yesterday_and_supersedes_it_at_once(
    anywhere: Region,
) -> None:
    first = anywhere.distributed()
    second = anywhere.successor(on=LATER)
    assert anywhere.in_force(first) == (DECIDED, LATER - DAY)
    assert anywhere.state(first) is State.SUPERSEDED
    assert anywhere.in_force(second) == (LATER, date(2033, 3, 1))
    assert in_force_on(anywhere, LATER - DAY) == first
    assert in_force_on(anywhere, LATER) == second


def test_the_cut_is_made_in_the_decisions_own_transaction(anywhere: Region) -> None:
    first = anywhere.distributed()
    second = anywhere.does("sara", Act.RENEW, on=LATER, group="rorelse").charter_id
    anywhere.submitted(second, on=LATER)
    assert anywhere.in_force(first) == (DECIDED, LAST_DAY)
    anywhere.decided(second, on=LATER)
    acts = [(row.charter_id, row.act, row.at) for row in anywhere.journal()[-3:]]
    assert [(charter, act) for charter, act, _ in acts] == [
        (first, "ends-earlier"),
        (second, "approve"),
        (first, "supersede"),
    ]
    assert len({at for _, _, at in acts}) == 1


def test_a_successor_to_come_leaves_the_one_before_in_force_until_its_day(
    anywhere: Region,
) -> None:
    first = anywhere.distributed()
    second = anywhere.successor(on=LATER, valid_from=NEW_YEAR)
    assert anywhere.in_force(first) == (DECIDED, NEW_YEAR - DAY)
    anywhere.live_through(NEW_YEAR - DAY)
    assert anywhere.state(first) in LIVING
    assert in_force_on(anywhere, NEW_YEAR - DAY) == first
    anywhere.sweep(NEW_YEAR)
    assert anywhere.state(first) is State.SUPERSEDED
    assert in_force_on(anywhere, NEW_YEAR) == second


def test_dates_are_the_truth_though_the_calendar_is_late(region: Region) -> None:
    first = region.distributed()
    second = region.successor(on=LATER, valid_from=NEW_YEAR)
    assert in_force_on(region, NEW_YEAR) == second
    region.sweep(NEW_YEAR + 90 * DAY)
    assert region.state(first) is State.SUPERSEDED


def test_a_successor_from_the_day_after_the_last_cuts_nothing(region: Region) -> None:
    first = region.distributed()
    second = region.successor(on=date(2031, 2, 3), valid_from=LAPSED)
    assert region.in_force(first) == (DECIDED, LAST_DAY)
    assert region.journal(first, "ends-earlier") == []
    region.live_through(LAPSED)
    assert region.state(first) is State.SUPERSEDED
    assert region.letters(Letter.EXPIRED) == []
    assert in_force_on(region, LAPSED) == second


def test_a_successor_with_a_gap_before_it_lets_the_one_before_expire(region: Region) -> None:
    first = region.distributed()
    region.successor(on=date(2031, 2, 3), valid_from=date(2031, 9, 1))
    region.live_through(LAPSED)
    assert region.state(first) is State.EXPIRED


def test_a_successor_to_one_not_yet_begun_takes_its_place(anywhere: Region) -> None:
    first = anywhere.distributed(valid_from=date(2027, 1, 1))
    second = anywhere.successor(on=date(2026, 7, 1))
    assert anywhere.in_force(first) == (date(2027, 1, 1), date(2026, 12, 31))
    assert in_force_on(anywhere, date(2027, 1, 1)) == second
    anywhere.live_through(date(2027, 1, 1))
    assert anywhere.state(first) is State.SUPERSEDED


def test_of_one_overtaken_before_it_began_nothing_is_written_again(region: Region) -> None:
    first = region.distributed(valid_from=date(2027, 1, 1))
    region.successor(on=date(2026, 7, 1))
    region.live_through(date(2028, 1, 1))
    assert region.letters(charter=first, since=date(2026, 7, 1)) == []


def test_the_one_that_overtook_it_is_reminded_of_in_its_turn(region: Region) -> None:
    region.distributed(valid_from=date(2027, 1, 1))
    second = region.does("sara", Act.RENEW, on=date(2026, 7, 1), group="rorelse").charter_id
    region.submitted(second, on=date(2026, 7, 1))
    region.decided(second, on=date(2026, 7, 1))
    assert region.charter(second).wake_on == date(2026, 7, 8)
    region.reached(second, on=date(2026, 7, 1))
    region.live_through(date(2030, 7, 1))
    assert [one.stage for one in region.letters(Letter.RENEWAL) if one.to == "bo"] == ["12m"]


def test_a_short_charter_before_one_to_come_leaves_it_alone(anywhere: Region) -> None:
    coming = anywhere.distributed(valid_from=date(2027, 1, 1))
    meanwhile = anywhere.successor(on=date(2026, 7, 1), valid_through=date(2026, 12, 31))
    assert anywhere.in_force(coming) == (date(2027, 1, 1), date(2032, 1, 1))
    anywhere.live_through(date(2027, 1, 1))
    assert anywhere.state(meanwhile) is State.SUPERSEDED
    assert anywhere.state(coming) is State.DISTRIBUTED


def test_a_chain_of_three_gives_way_one_by_one(anywhere: Region) -> None:
    first = anywhere.distributed()
    second = anywhere.successor(on=LATER, valid_from=NEW_YEAR)
    third = anywhere.successor(on=date(2030, 5, 6), valid_from=date(2030, 9, 1))
    assert [anywhere.in_force(one) for one in (first, second, third)] == [
        (DECIDED, date(2028, 12, 31)),
        (NEW_YEAR, date(2030, 8, 31)),
        (date(2030, 9, 1), date(2035, 9, 1)),
    ]
    anywhere.live_through(date(2030, 9, 1))
    assert [anywhere.state(one) for one in (first, second, third)] == [
        State.SUPERSEDED,
        State.SUPERSEDED,
        State.DISTRIBUTED,
    ]
    predecessors = [anywhere.charter(one).predecessor_id for one in (second, third)]
    assert predecessors == [first, second]


def test_two_successors_to_come_the_later_decided_one_wins(region: Region) -> None:
    first = region.distributed()
    second = region.successor(on=LATER, valid_from=NEW_YEAR)
    third = region.successor(on=LATER + DAY, valid_from=date(2028, 7, 1))
    assert region.in_force(first) == (DECIDED, date(2028, 6, 30))
    assert region.in_force(second) == (NEW_YEAR, NEW_YEAR - DAY)
    region.live_through(NEW_YEAR)
    assert region.state(second) is State.SUPERSEDED
    assert in_force_on(region, NEW_YEAR) == third


def test_reminders_stop_once_the_successor_is_decided(region: Region) -> None:
    first = region.distributed()
    region.live_through(date(2030, 12, 31))
    assert {one.stage for one in region.letters(Letter.RENEWAL)} == {"12m", "6m"}
    region.successor(on=date(2031, 1, 7), valid_from=LAPSED)
    region.live_through(LAPSED)
    assert region.letters(charter=first, since=date(2031, 1, 1)) == []


def test_while_the_successor_is_under_way_the_reminder_says_where_it_stands(
    region: Region,
) -> None:
    first = region.distributed()
    region.live_through(date(2030, 6, 14))
    draft = region.does("elin", Act.RENEW, on=date(2030, 6, 14), group="rorelse").charter_id

    def told() -> tuple[object, ...]:
        letters = [row for row in region.outbox(first) if row.letter == Letter.RENEWAL]
        successor = letters[-1].facts["successor"]
        return successor["id"], successor["state"], successor["with_whom"]

    region.live_through(date(2030, 6, 17))
    assert told() == (draft, "draft", "Elin Sandberg")
    region.submitted(draft, on=date(2030, 12, 16), by="elin")
    region.live_through(date(2030, 12, 17))
    assert told() == (draft, "review", "Helena Ask")


def test_when_the_coming_successor_is_discontinued_the_reminders_come_back(
    region: Region,
) -> None:
    first = region.distributed()
    second = region.successor(on=LATER, valid_from=NEW_YEAR)
    region.sweep(LATER)
    region.discontinued(second, on=date(2028, 4, 3), effective_day=date(2028, 4, 3))
    assert region.state(second) is State.DISCONTINUED
    assert region.in_force(first) == (DECIDED, NEW_YEAR - DAY)
    region.live_through(NEW_YEAR + DAY)
    assert [one.stage for one in region.letters(*EXPIRY_WARNINGS) if one.to == "bo"] == [
        "6m",
        "3m",
        "1m",
        "14d",
    ]
    assert region.state(first) is State.EXPIRED
    assert len(region.letters(Letter.EXPIRED)) == 7


def test_reminders_that_came_back_leave_the_house(region: Region) -> None:
    first = region.distributed()
    second = region.successor(on=LATER, valid_from=NEW_YEAR)
    region.discontinued(second, on=date(2028, 4, 3), effective_day=date(2028, 4, 3))
    region.live_through(date(2028, 6, 30))
    region.delivers(RecordingCarrier(), on=date(2028, 6, 30))
    reminders = [row for row in region.outbox(first) if row.letter == Letter.RENEWAL]
    latest = [row for row in reminders if row.day == reminders[-1].day]
    assert {row.state for row in latest} == {"sent"}
    assert {row.state for row in reminders if row not in latest} == {"cancelled"}


def test_an_expiry_is_told_though_a_decided_successor_awaits_its_day(region: Region) -> None:
    first = region.distributed()
    coming = region.successor(on=date(2031, 2, 3), valid_from=date(2031, 9, 1))
    region.live_through(LAPSED)
    region.delivers(RecordingCarrier(), on=LAPSED)
    told = [row for row in region.outbox(first) if row.letter == Letter.EXPIRED]
    assert {row.state for row in told} == {"sent"}
    assert {row.facts["successor"]["id"] for row in told} == {coming}


def test_a_superseded_charter_never_revives(anywhere: Region) -> None:
    first = anywhere.distributed()
    second = anywhere.successor(on=LATER)
    anywhere.discontinued(second, on=LATER + DAY, effective_day=LATER + DAY)
    anywhere.sweep(LATER + 2 * DAY)
    assert anywhere.state(first) is State.SUPERSEDED
    assert in_force_on(anywhere, LATER + DAY) is None


@pytest.mark.parametrize("act", [Act.SUPERSEDE, Act.EXPIRE, Act.ENTER_RENEWAL, Act.DISTRIBUTE])
def test_nobody_does_the_calendars_acts_by_hand(region: Region, act: Act) -> None:
    charter = region.distributed()
    for who in ("sara", "helena", "oskar"):
        assert isinstance(region.refuses(who, act, charter, on=LATER), NotInTheLife)


def test_a_document_without_a_term_ends_when_its_successor_begins(anywhere: Region) -> None:
    first = anywhere.distributed(document=an_executive_decision())
    assert anywhere.in_force(first) == (DECIDED, None)
    anywhere.live_through(LATER)
    second = anywhere.distributed(document=an_executive_decision(), on=LATER, begun=LATER)
    assert anywhere.in_force(first) == (DECIDED, LATER - DAY)
    assert anywhere.state(first) is State.SUPERSEDED
    assert anywhere.in_force(second) == (LATER, None)
    assert anywhere.letters(*EXPIRY_WARNINGS) == []


def test_the_journal_of_every_charter_replays_to_where_it_stands(region: Region) -> None:
    charters = [
        region.distributed(),
        region.successor(on=LATER, valid_from=NEW_YEAR),
        region.successor(on=date(2030, 5, 6), valid_from=date(2030, 9, 1)),
    ]
    region.live_through(date(2036, 1, 1))
    for charter in charters:
        assert replayed(region.journal(charter)) is region.state(charter)
