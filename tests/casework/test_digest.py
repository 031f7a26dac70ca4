"""The weekly digest: what waits, to those it waits for, once a week and never for nothing."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from casework.digest import MOST
from models.session import transaction
from models.tables import Outbox, Recipient
from notifications.carriers.recording import RecordingCarrier
from notifications.facts import LetterFacts
from notifications.wording import worded
from statemachine.vocabulary import Act, Letter
from tests.builders import BEGUN, DAY, DECIDED, WEEK, Region, an_executive_decision
from tests.casework.test_side_by_side import at_once

DIGEST = Letter.DIGEST
MONDAY = date(2026, 1, 12)
"""The first after the organisation was loaded; the group has no charter."""
A_MONDAY_LATER = date(2026, 7, 6)


def readers(region: Region, on: date) -> set[str]:
    return {one.to for one in region.letters(DIGEST, on=on)}


def told(region: Region, who: str, on: date) -> dict[str, list[dict[str, Any]]]:
    """What someone's digest of a day tells, pile by pile."""
    (letter,) = (
        row
        for row in region.outbox()
        if row.letter == DIGEST and row.day == on and row.to_email == f"{who}@sjoviken.example"
    )
    return {pile["what"]: pile["first"] for pile in letter.facts["piles"]}


def everyone_has_a_charter(region: Region) -> int:
    charter = region.distributed()
    assert region.group().gap_since is None
    return charter


# --- when ----------------------------------------------------------------------------------------


def test_on_a_monday_the_registry_keeper_is_told_of_every_group_without_a_charter(
    anywhere: Region,
) -> None:
    anywhere.with_a_neighbour()
    anywhere.writes_digest(MONDAY)
    gaps = told(anywhere, "oskar", MONDAY)["gaps"]
    assert [one["about"] for one in gaps] == [
        "Samordningsgrupp nära vård",
        "Samordningsråd rörelse",
    ]
    assert {one["since"] for one in gaps} == {"2026-01-05"}


def test_a_week_s_digest_is_written_once_whatever_happens_later_in_the_week(
    region: Region,
) -> None:
    assert region.writes_digest(MONDAY) == 1
    region.with_a_neighbour(on=MONDAY + DAY)
    for days in range(7):
        assert region.writes_digest(MONDAY + days * DAY) == 0
    assert region.writes_digest(MONDAY + WEEK) == 2  # the coordinator of both now has two


def test_a_monday_off_is_made_up_for_on_the_next_working_day(region: Region) -> None:
    easter_monday = date(2026, 4, 6)
    region.writes_digest(easter_monday - WEEK)
    assert region.writes_digest(easter_monday) == 0
    assert region.writes_digest(easter_monday + DAY) == 1


def test_after_three_weeks_of_downtime_there_is_one(region: Region) -> None:
    region.writes_digest(MONDAY)
    back = MONDAY + 3 * WEEK + 2 * DAY
    assert region.writes_digest(back) == 1
    assert [one.stage for one in region.letters(DIGEST)] == ["2026-W03", "2026-W06"]
    assert region.writes_digest(back + DAY) == 0


def test_a_calendar_once_run_ahead_silences_no_week_before_that(region: Region) -> None:
    assert region.writes_digest(MONDAY + 52 * WEEK) == 1
    assert region.writes_digest(MONDAY) == 1


def test_two_looks_at_once_write_each_digest_once(anywhere: Region) -> None:
    anywhere.with_a_neighbour()
    came = at_once(*[partial(anywhere.writes_digest, MONDAY)] * 4)
    assert sum(came) == 2
    assert readers(anywhere, MONDAY) == {"oskar", "bo"}
    assert len(anywhere.letters(DIGEST)) == 2


def test_with_nothing_waiting_nobody_is_written_to(region: Region) -> None:
    everyone_has_a_charter(region)
    assert region.writes_digest(A_MONDAY_LATER) == 0
    assert region.letters(DIGEST) == []


def test_a_digest_that_could_not_leave_before_the_next_one_never_does(region: Region) -> None:
    region.writes_digest(MONDAY)
    carrier = RecordingCarrier()
    region.delivers(carrier, on=MONDAY + WEEK)
    assert carrier.carried == []
    assert {row.state for row in region.outbox()} == {"expired"}


# --- to whom -------------------------------------------------------------------------------------


def test_a_coordinator_with_one_thing_waiting_gets_none_and_with_two_gets_one(
    region: Region,
) -> None:
    region.writes_digest(MONDAY)
    assert readers(region, MONDAY) == {"oskar"}
    region.with_a_neighbour(on=MONDAY + DAY)
    region.writes_digest(MONDAY + WEEK)
    assert readers(region, MONDAY + WEEK) == {"oskar", "bo"}
    assert len(told(region, "bo", MONDAY + WEEK)["gaps"]) == 2


def test_a_handler_is_told_of_their_own_and_of_nothing_else(region: Region) -> None:
    for title in ("Roll ett", "Roll två"):
        region.draft(document=an_executive_decision(title=title))
    region.draft(by="elin", document=an_executive_decision(title="Roll tre"))
    region.writes_digest(BEGUN + WEEK)
    assert readers(region, BEGUN + WEEK) == {"oskar", "sara"}
    drafts = told(region, "sara", BEGUN + WEEK)["drafts"]
    assert [one["about"] for one in drafts] == ["Roll ett", "Roll två"]
    assert "drafts" not in told(region, "oskar", BEGUN + WEEK)


def test_one_who_is_everything_at_once_gets_a_single_digest(region: Region) -> None:
    region.takes_seat("oskar", "coordinator", on=BEGUN)
    region.draft(by="oskar")
    region.writes_digest(BEGUN + WEEK)
    assert [one.to for one in region.letters(DIGEST)].count("oskar") == 1
    assert set(told(region, "oskar", BEGUN + WEEK)) == {"gaps", "drafts"}


def test_without_a_registry_keeper_the_administrator_is_told_in_their_place(
    region: Region,
) -> None:
    region.leaves("oskar", on=MONDAY)
    region.writes_digest(MONDAY)
    (letter,) = (row for row in region.outbox() if row.letter == DIGEST)
    assert letter.to_name == "Astrid Wall"
    assert letter.facts["reader"]["in_place_of"] == "registry_keeper"


# --- what ----------------------------------------------------------------------------------------


def test_a_gap_says_who_is_writing_a_charter(region: Region) -> None:
    draft = region.draft(by="elin")
    region.writes_digest(BEGUN + WEEK)
    (gap,) = told(region, "oskar", BEGUN + WEEK)["gaps"]
    assert (gap["charter"], gap["with_whom"]) == (draft, "Elin Sandberg")


def test_what_lapses_within_a_year_is_told_of_until_a_successor_is_begun(region: Region) -> None:
    charter = everyone_has_a_charter(region)
    too_early, early_enough = date(2030, 6, 10), date(2030, 6, 17)
    region.writes_digest(too_early)
    assert readers(region, too_early) == set()
    region.writes_digest(early_enough)
    (lapsing,) = told(region, "oskar", early_enough)["lapsing"]
    assert (lapsing["charter"], lapsing["through"]) == (charter, "2031-06-17")
    region.does("elin", Act.RENEW, on=early_enough + DAY, group="rorelse")
    region.writes_digest(early_enough + WEEK)
    assert readers(region, early_enough + WEEK) == set()


def test_what_ends_by_a_decision_to_discontinue_is_not_called_lapsing(region: Region) -> None:
    charter = everyone_has_a_charter(region)
    region.discontinued(charter, on=date(2030, 9, 2), effective_day=date(2031, 1, 1))
    region.writes_digest(date(2030, 9, 9))
    assert readers(region, date(2030, 9, 9)) == set()


def test_a_case_is_told_of_when_it_has_waited_more_than_ten_working_days(region: Region) -> None:
    eleven_ago, ten_ago, today = date(2026, 6, 11), date(2026, 6, 12), date(2026, 6, 29)
    waited = region.in_review(on=eleven_ago)
    region.in_review(on=ten_ago, document=an_executive_decision())
    region.writes_digest(today)
    (case,) = told(region, "oskar", today)["undecided"]
    assert (case["charter"], case["since"], case["working_days"]) == (waited, "2026-06-11", 11)
    assert case["with_whom"] == "Helena Ask"


def test_a_case_nobody_can_decide_is_not_said_to_lie_with_anyone(region: Region) -> None:
    charter = region.in_review()
    region.does("helena", Act.DECLARE_CONFLICT, charter, on=BEGUN)
    region.writes_digest(A_MONDAY_LATER)
    (case,) = told(region, "oskar", A_MONDAY_LATER)["undecided"]
    assert "with_whom" not in case


def test_a_distribution_not_complete_after_some_days_is_told_of(region: Region) -> None:
    charter = region.approved()
    region.writes_digest(DECIDED + 5 * DAY)
    assert readers(region, DECIDED + 5 * DAY) == set()
    region.writes_digest(DECIDED + 12 * DAY)
    (late,) = told(region, "oskar", DECIDED + 12 * DAY)["undistributed"]
    assert (late["charter"], late["unreached"]) == (charter, 3)


def test_a_letter_that_did_not_arrive_is_told_of_until_its_reader_is_reached(
    region: Region,
) -> None:
    region.approved()
    fails(region, Letter.DISTRIBUTION, "anna")
    region.reached(1, on=DECIDED)
    bounced(region, "Anna Ek", "bounced")
    region.writes_digest(A_MONDAY_LATER)
    (lost,) = told(region, "oskar", A_MONDAY_LATER)["undelivered"]
    assert lost["undelivered"]["name"] == "Anna Ek"
    assert lost["undelivered"]["letter"] == "distribution"
    assert readers(region, A_MONDAY_LATER) == {"oskar", "sara", "bo"}
    bounced(region, "Anna Ek", "reached_otherwise")
    region.writes_digest(A_MONDAY_LATER + WEEK)
    assert readers(region, A_MONDAY_LATER + WEEK) == set()


def test_a_letter_sent_again_is_told_of_no_more(region: Region) -> None:
    everyone_has_a_charter(region)
    fails(region, Letter.OUTCOME, "gun")
    with transaction(region.engine) as connection:
        lost, again = connection.scalars(
            select(Outbox.id).where(Outbox.letter == Letter.OUTCOME).order_by(Outbox.state)
        )
        connection.execute(update(Outbox).where(Outbox.id == again).values(resend_of=lost))
    region.writes_digest(date(2026, 6, 22))
    assert region.letters(DIGEST) == []


def test_a_letter_that_nobody_on_a_list_waits_for_is_told_of_for_some_weeks(
    region: Region,
) -> None:
    everyone_has_a_charter(region)
    fails(region, Letter.OUTCOME, "gun")
    soon, at_last = date(2026, 6, 22), date(2026, 7, 20)
    region.writes_digest(soon)
    assert [*told(region, "oskar", soon)] == ["undelivered"]
    region.writes_digest(at_last)
    assert readers(region, at_last) == set()


def test_a_long_pile_names_the_first_and_counts_the_rest(region: Region) -> None:
    for number in range(MOST + 3):
        region.draft(document=an_executive_decision(title=f"Roll {number}"))
    region.writes_digest(BEGUN + WEEK)
    (letter,) = (row for row in region.outbox() if row.to_email == "sara@sjoviken.example")
    (pile,) = letter.facts["piles"]
    assert (pile["in_all"], len(pile["first"])) == (MOST + 3, MOST)
    said = worded(LetterFacts.model_validate(letter.facts)).text
    assert f"Utkast ({MOST + 3})" in said
    assert "… och 3 till." in said


@pytest.mark.parametrize("who", ["oskar", "sara"])
def test_a_digest_can_be_read_with_everything_in_it(region: Region, who: str) -> None:
    region.with_a_neighbour()
    region.approved()
    fails(region, Letter.DISTRIBUTION, "anna")
    region.in_review("narvard")
    region.draft(document=an_executive_decision())
    region.writes_digest(A_MONDAY_LATER)
    (letter,) = (
        row
        for row in region.outbox()
        if row.letter == DIGEST and row.to_email == f"{who}@sjoviken.example"
    )
    said = worded(LetterFacts.model_validate(letter.facts)).text
    expected = {"oskar": "(1)\n", "sara": "Utkast (1)"}[who]
    assert expected in said
    assert "mandat show" in said


# --- what the post would have done ---------------------------------------------------------------


def fails(region: Region, letter: Letter, who: str) -> None:
    """The letter to someone is refused for good."""
    with transaction(region.engine) as connection:
        connection.execute(
            update(Outbox)
            .where(Outbox.letter == letter, Outbox.to_email == f"{who}@sjoviken.example")
            .values(state="dead", reply="550 5.1.1 No such user")
        )


def bounced(region: Region, name: str, outcome: str) -> None:
    with transaction(region.engine) as connection:
        connection.execute(update(Recipient).where(Recipient.name == name).values(outcome=outcome))
