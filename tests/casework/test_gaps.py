"""Groups without a charter in force: written about monthly, until they have one or are no more."""

from datetime import date

from notifications.carriers.recording import RecordingCarrier
from statemachine.vocabulary import Letter
from tests.builders import DAY, FOUNDED, LAPSED, Region, an_executive_decision

GAP = Letter.GAP
SHORT = date(2026, 9, 4)
"""A Friday."""


def days(region: Region) -> list[date]:
    return sorted({one.day for one in region.letters(GAP)})


def test_a_group_that_never_had_a_charter_is_written_about_monthly(region: Region) -> None:
    region.live_through(date(2026, 6, 1))
    assert days(region) == [
        date(2026, 2, 5),
        date(2026, 3, 5),
        date(2026, 4, 7),  # påsk
        date(2026, 5, 5),
    ]
    assert [one.to for one in region.letters(GAP, on=date(2026, 2, 5))] == [
        "bo",
        "anna",
        "cia",
    ]


def test_a_lapsed_charter_leaves_a_gap_that_its_people_hear_of_monthly(region: Region) -> None:
    region.distributed()
    region.live_through(date(2031, 10, 1))
    assert region.group().gap_since == LAPSED
    assert days(region) == [date(2031, 7, 18), date(2031, 8, 18), date(2031, 9, 18)]
    assert {one.to for one in region.letters(GAP)} == {
        "bo",
        "anna",
        "cia",
        "sara",
        "gun",
    }


def test_a_gap_of_a_group_with_nobody_in_it_is_told_to_the_registry_keeper(region: Region) -> None:
    for seat in ("coordinator", "chair", "liaison"):
        region.vacates(seat, on=date(2026, 1, 12))
    region.live_through(date(2026, 2, 5))
    (told,) = (row for row in region.outbox() if row.letter == GAP)
    assert told.to_name == "Oskar Dahl"
    assert told.facts["reader"]["in_place_of"] == "coordinator"


def test_a_gap_ends_with_the_next_charter(anywhere: Region) -> None:
    anywhere.distributed(valid_through=SHORT)
    anywhere.live_through(date(2026, 10, 5))
    assert days(anywhere) == [date(2026, 10, 5)]
    anywhere.successor(on=date(2026, 10, 20))
    assert anywhere.group().gap_since is None
    anywhere.live_through(date(2027, 10, 1))
    assert days(anywhere) == [date(2026, 10, 5)]


def test_a_decided_charter_awaiting_its_day_stops_the_letters(region: Region) -> None:
    region.distributed(valid_through=SHORT)
    region.live_through(date(2026, 10, 5))
    region.successor(on=date(2026, 10, 20), valid_from=date(2027, 6, 1))
    region.live_through(date(2027, 6, 1))
    assert days(region) == [date(2026, 10, 5)]


def test_when_the_awaited_charter_is_discontinued_the_letters_come_back(region: Region) -> None:
    region.distributed(valid_through=SHORT)
    region.live_through(date(2026, 9, 7))
    coming = region.successor(on=date(2026, 9, 8), valid_from=date(2027, 6, 1))
    region.live_through(date(2026, 12, 1))
    assert days(region) == []
    region.discontinued(coming, on=date(2026, 12, 1), effective_day=date(2027, 3, 1))
    assert region.group().gap_since == SHORT + DAY
    region.live_through(date(2027, 1, 31))
    assert days(region) == [date(2026, 12, 7), date(2027, 1, 5)]


def test_until_a_group_ends_the_letters_leave_the_house(region: Region) -> None:
    region.discontinues_group(
        "helena", "rorelse", on=date(2026, 1, 12), effective_day=date(2026, 5, 4)
    )
    region.live_through(date(2026, 3, 5))
    region.delivers(RecordingCarrier(), on=date(2026, 3, 5))
    told = [row for row in region.outbox() if row.letter == GAP]
    assert {row.state for row in told if row.day == told[-1].day} == {"sent"}
    assert {row.state for row in told if row.day != told[-1].day} == {"cancelled"}


def test_a_draft_under_way_is_told_of_and_stops_nothing(region: Region) -> None:
    region.distributed(valid_through=SHORT)
    region.live_through(SHORT + 3 * DAY)
    draft = region.draft(on=date(2026, 9, 28), by="elin")
    region.live_through(date(2026, 10, 5))
    told = next(row for row in region.outbox() if row.letter == GAP)
    assert told.facts["successor"]["id"] == draft
    assert told.facts["successor"]["with_whom"] == "Elin Sandberg"


def test_a_first_draft_under_way_is_told_of_too(region: Region) -> None:
    draft = region.draft(on=date(2026, 1, 26))
    region.live_through(date(2026, 2, 5))
    told = next(row for row in region.outbox() if row.letter == GAP)
    assert told.facts["successor"]["id"] == draft


def test_months_missed_are_journalled_and_the_latest_is_sent_once(region: Region) -> None:
    region.sweep(date(2026, 6, 1))
    assert days(region) == [date(2026, 6, 1)]
    assert region.skipped() == [
        ("gap", "month 1", "overtaken by month 4"),
        ("gap", "month 2", "overtaken by month 4"),
        ("gap", "month 3", "overtaken by month 4"),
    ]


def test_months_missed_while_nobody_knew_of_the_gap_are_journalled_too(region: Region) -> None:
    region.distributed(valid_through=SHORT)
    back = date(2027, 1, 11)
    region.sweep(back)
    assert {one.letter for one in region.letters(on=back)} == {Letter.EXPIRED}
    gaps = [one[:2] for one in region.skipped() if one[0] == "gap"]
    assert gaps == [("gap", f"month {number}") for number in (1, 2, 3, 4)]


def test_an_executive_decision_about_the_group_is_no_charter(region: Region) -> None:
    decision = an_executive_decision(group="Samordningsråd rörelse")
    charter = region.distributed(document=decision)
    assert region.charter(charter).group_id == region.group().id
    assert region.group().gap_since == FOUNDED


def test_a_gap_found_on_a_saturday_is_written_of_on_the_monday(region: Region) -> None:
    saturday, monday = date(2026, 2, 7), date(2026, 2, 9)
    region.sweep(saturday)
    assert days(region) == []
    region.sweep(monday)
    assert days(region) == [monday]
