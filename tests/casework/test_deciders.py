"""The request belongs to the office: whoever can decide has it; that nobody can is told."""

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from models.session import transaction
from models.tables import Authority, Charter, Office
from statemachine.machine import NotInTheLife
from statemachine.vocabulary import Act, Letter, State
from tests.builders import BEGUN, DAY, DECIDED, WEEK, Region

TUESDAY = BEGUN + DAY
REQUEST, NOBODY = Letter.DECISION_REQUEST, Letter.NOBODY_CAN_DECIDE


def asked(region: Region) -> list[tuple[date, str]]:
    return [(one.day, one.to) for one in region.letters(REQUEST)]


def told_nobody_can(region: Region) -> list[tuple[date, str]]:
    return [(one.day, one.to) for one in region.letters(NOBODY)]


# --- those whose time begins ---------------------------------------------------------------------


def test_a_stand_in_whose_dates_begin_gets_the_request_that_day(region: Region) -> None:
    region.stands_in("mikael", on=date(2026, 2, 2), from_=BEGUN + WEEK, through=BEGUN + 3 * WEEK)
    region.in_review()
    region.live_through(BEGUN + WEEK)
    assert asked(region) == [(BEGUN, "helena"), (BEGUN + WEEK, "mikael")]


def test_the_stand_ins_request_carries_the_draft_paper_too(region: Region) -> None:
    charter = region.in_review()
    region.stands_in("mikael", on=TUESDAY, from_=TUESDAY)
    region.sweep(TUESDAY)
    first, second = (row for row in region.outbox(charter) if row.letter == REQUEST)
    assert first.papers == second.papers != []


def test_a_stand_in_appointed_while_the_case_waits_gets_the_request(region: Region) -> None:
    region.in_review()
    region.stands_in("mikael", on=TUESDAY, from_=TUESDAY + DAY)
    region.live_through(TUESDAY + DAY)
    assert asked(region) == [(BEGUN, "helena"), (TUESDAY + DAY, "mikael")]


@pytest.mark.parametrize("from_", [TUESDAY, BEGUN, BEGUN - WEEK], ids=["today", "then", "before"])
def test_a_stand_in_appointed_after_todays_look_gets_the_request_today(
    region: Region, from_: date
) -> None:
    region.in_review()
    region.sweep(TUESDAY)
    region.stands_in("mikael", on=TUESDAY, from_=from_)
    region.sweep(TUESDAY)
    assert asked(region) == [(BEGUN, "helena"), (TUESDAY, "mikael")]


def test_a_stand_in_appointed_on_the_day_of_submission_gets_the_request(region: Region) -> None:
    region.in_review()
    region.sweep(BEGUN)
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    region.sweep(BEGUN)
    assert asked(region) == [(BEGUN, "helena"), (BEGUN, "mikael")]


def test_a_new_holder_gets_the_request_on_their_first_day(region: Region) -> None:
    region.in_review()
    region.holds_office("gun", on=BEGUN, from_=DECIDED)
    region.live_through(DECIDED)
    assert asked(region) == [(BEGUN, "helena"), (DECIDED, "gun")]


def test_the_request_is_not_sent_twice_to_whoever_has_it(region: Region) -> None:
    region.in_review()
    region.stands_in("mikael", on=TUESDAY, from_=TUESDAY)
    for day in (TUESDAY, TUESDAY, DECIDED, DECIDED + DAY):
        region.sweep(day)
    assert asked(region) == [(BEGUN, "helena"), (TUESDAY, "mikael")]


def test_after_a_week_without_the_calendar_the_stand_in_still_gets_the_request(
    region: Region,
) -> None:
    region.in_review()
    region.stands_in("mikael", on=TUESDAY, from_=DECIDED)
    region.sweep(BEGUN + WEEK)
    assert asked(region) == [(BEGUN, "helena"), (BEGUN + WEEK, "mikael")]


def test_a_stand_in_decides_for_the_office_while_their_dates_last(anywhere: Region) -> None:
    charter = anywhere.in_review()
    anywhere.stands_in("mikael", on=BEGUN, from_=TUESDAY, through=DECIDED)
    refused = anywhere.refuses("mikael", Act.APPROVE, charter, on=BEGUN, conflict=False)
    assert isinstance(refused, NotInTheLife)
    anywhere.refuses("mikael", Act.APPROVE, charter, on=DECIDED + DAY, conflict=False)
    anywhere.decided(charter, on=DECIDED, by="mikael")
    (decision,) = anywhere.decisions(charter)
    assert (decision.decided_by, decision.office) == ("Mikael Lindvall", "Sjukvårdsdirektör")
    assert decision.standing_in_for == "Helena Ask"


def test_a_former_holder_decides_nothing(region: Region) -> None:
    charter = region.in_review()
    region.holds_office("gun", on=BEGUN, from_=DECIDED)
    region.refuses("helena", Act.APPROVE, charter, on=DECIDED, conflict=False)
    region.decided(charter, on=DECIDED, by="gun")


# --- a conflict of interest ----------------------------------------------------------------------


def test_a_conflict_lets_the_stand_in_act_though_their_dates_have_not_begun(
    region: Region,
) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN + 4 * WEEK)
    charter = region.in_review()
    region.does("helena", Act.DECLARE_CONFLICT, charter, on=TUESDAY)
    assert asked(region) == [(BEGUN, "helena"), (TUESDAY, "mikael")]
    region.refuses("helena", Act.APPROVE, charter, on=TUESDAY, conflict=False)
    region.decided(charter, on=TUESDAY, by="mikael")
    assert region.decisions(charter)[0].standing_in_for == "Helena Ask"


def test_a_conflict_lets_the_stand_in_act_for_that_round_only(region: Region) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN + 4 * WEEK)
    charter = region.in_review()
    region.does("helena", Act.DECLARE_CONFLICT, charter, on=TUESDAY)
    region.does("sara", Act.WITHDRAW, charter, on=TUESDAY)
    region.submitted(charter, on=TUESDAY)
    region.refuses("mikael", Act.APPROVE, charter, on=TUESDAY, conflict=False)
    region.decided(charter, on=TUESDAY, by="helena")


def test_a_conflict_in_one_case_is_none_in_another(region: Region) -> None:
    region.with_a_neighbour().stands_in("mikael", on=BEGUN, from_=BEGUN + 4 * WEEK)
    one, other = region.in_review(), region.in_review("narvard")
    region.does("helena", Act.DECLARE_CONFLICT, one, on=TUESDAY)
    region.refuses("mikael", Act.APPROVE, other, on=TUESDAY, conflict=False)
    region.decided(other, on=TUESDAY)


def test_a_stand_in_in_conflict_leaves_it_to_the_holder(region: Region) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    charter = region.in_review()
    region.does("mikael", Act.DECLARE_CONFLICT, charter, on=TUESDAY)
    region.refuses("mikael", Act.APPROVE, charter, on=TUESDAY, conflict=False)
    region.decided(charter, on=TUESDAY)


def test_someone_in_conflict_is_reminded_of_nothing(region: Region) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN + 8 * WEEK)
    charter = region.in_review()
    region.does("helena", Act.DECLARE_CONFLICT, charter, on=BEGUN)
    region.live_through(BEGUN + 2 * WEEK)
    assert {one.to for one in region.letters(Letter.DECISION_REMINDER)} == {"mikael"}


# --- nobody can decide ---------------------------------------------------------------------------


def test_when_nobody_can_decide_handler_and_registry_keeper_are_told_the_same_day(
    region: Region,
) -> None:
    region.in_review()
    region.leaves("helena", on=BEGUN, through=TUESDAY)
    region.live_through(DECIDED)
    assert told_nobody_can(region) == [(DECIDED, "sara"), (DECIDED, "oskar")]


def test_when_nobody_can_decide_they_are_told_once(region: Region) -> None:
    region.in_review()
    region.leaves("helena", on=BEGUN, through=TUESDAY)
    region.live_through(DECIDED + 3 * WEEK)
    assert told_nobody_can(region) == [(DECIDED, "sara"), (DECIDED, "oskar")]


def test_when_the_last_one_is_said_to_have_left_long_ago_they_are_told_today(
    region: Region,
) -> None:
    region.in_review()
    region.sweep(DECIDED)
    region.leaves("helena", on=DECIDED, through=BEGUN)
    region.sweep(DECIDED)
    assert told_nobody_can(region) == [(DECIDED, "sara"), (DECIDED, "oskar")]


def test_when_nobody_can_decide_at_submission_they_are_told_at_once(region: Region) -> None:
    region.leaves("helena", on=BEGUN)
    region.in_review()
    assert told_nobody_can(region) == [(BEGUN, "sara"), (BEGUN, "oskar")]
    region.sweep(TUESDAY)
    region.sweep(DECIDED + DAY)
    assert len(told_nobody_can(region)) == 2


def test_a_conflict_with_no_stand_in_is_told_at_once(region: Region) -> None:
    charter = region.in_review()
    done = region.does("helena", Act.DECLARE_CONFLICT, charter, on=TUESDAY)
    assert told_nobody_can(region) == [(TUESDAY, "sara"), (TUESDAY, "oskar")]
    assert done.note is not None
    assert "ersättare" in done.note.sv
    region.live_through(BEGUN + WEEK)
    assert len(told_nobody_can(region)) == 2


def test_when_the_offices_authority_ends_they_are_told_that_day_and_the_holder_is_not_reminded(
    region: Region,
) -> None:
    region.in_review()
    region.authority_ends(on=TUESDAY, through=TUESDAY)
    region.live_through(BEGUN + 2 * WEEK)
    assert told_nobody_can(region) == [(DECIDED, "sara"), (DECIDED, "oskar")]
    assert {one.to for one in region.letters(Letter.DECISION_REMINDER)} == {"sara"}


def test_authority_over_something_else_tells_nobody_anew(region: Region) -> None:
    region.in_review()
    region.leaves("helena", on=BEGUN, through=TUESDAY)
    region.live_through(DECIDED)
    told = told_nobody_can(region)
    with transaction(region.engine) as connection:
        office = connection.execute(select(Office.id)).scalars().first()
        elsewhere = insert(Authority).values(
            office_id=office,
            may="decide",
            kind="executive_decision",
            basis="5",
            from_=DECIDED + DAY,
        )
        connection.execute(elsewhere)
        connection.execute(update(Charter).values(wake_on=DECIDED + DAY))
    region.sweep(DECIDED + DAY)
    assert told_nobody_can(region) == told


def test_once_somebody_can_decide_they_get_the_request(region: Region) -> None:
    charter = region.in_review()
    region.does("helena", Act.DECLARE_CONFLICT, charter, on=TUESDAY)
    region.stands_in("mikael", on=DECIDED, from_=DECIDED + 8 * WEEK)
    region.sweep(DECIDED)
    assert asked(region)[-1] == (DECIDED, "mikael")
    region.decided(charter, on=DECIDED, by="mikael")
    assert region.state(charter) is State.APPROVED


def test_when_the_stand_in_goes_too_nobody_is_told_anew(region: Region) -> None:
    region.in_review()
    region.leaves("helena", on=BEGUN, through=BEGUN)
    region.sweep(TUESDAY)
    region.stands_in("mikael", on=DECIDED, from_=DECIDED, through=DECIDED + DAY)
    region.live_through(BEGUN + WEEK)
    days = sorted({day for day, _ in told_nobody_can(region)})
    assert days == [TUESDAY, DECIDED + 2 * DAY]


# --- reminders -----------------------------------------------------------------------------------


def test_the_decider_is_reminded_after_3_and_7_working_days_and_escalated_after_12(
    region: Region,
) -> None:
    """Midsummer Eve, 19 June 2026, is no working day."""
    region.stands_in("mikael", on=BEGUN, from_=date(2026, 6, 29))
    charter = region.in_review()
    region.live_through(date(2026, 7, 17))
    assert region.letters(charter=charter, since=TUESDAY) == [
        (date(2026, 6, 18), Letter.DECISION_REMINDER, "wd3", "helena"),
        (date(2026, 6, 25), Letter.DECISION_REMINDER, "wd7", "helena"),
        (date(2026, 6, 29), Letter.DECISION_REQUEST, "", "mikael"),
        (date(2026, 7, 2), Letter.ESCALATION, "wd12", "helena"),
        (date(2026, 7, 2), Letter.ESCALATION, "wd12", "mikael"),
        (date(2026, 7, 2), Letter.ESCALATION, "wd12", "sara"),
        (date(2026, 7, 9), Letter.ESCALATION, "wd12+1w", "helena"),
        (date(2026, 7, 9), Letter.ESCALATION, "wd12+1w", "mikael"),
        (date(2026, 7, 9), Letter.ESCALATION, "wd12+1w", "sara"),
        (date(2026, 7, 16), Letter.ESCALATION, "wd12+2w", "helena"),
        (date(2026, 7, 16), Letter.ESCALATION, "wd12+2w", "mikael"),
        (date(2026, 7, 16), Letter.ESCALATION, "wd12+2w", "sara"),
    ]


def test_an_escalation_gives_no_one_authority(region: Region) -> None:
    charter = region.in_review()
    region.live_through(date(2026, 7, 31))
    region.refuses("sara", Act.APPROVE, charter, on=date(2026, 7, 31), conflict=False)
    region.refuses("mikael", Act.APPROVE, charter, on=date(2026, 7, 31), conflict=False)
