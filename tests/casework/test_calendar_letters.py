"""What the calendar writes, when and to whom; after any downtime once, and never twice a day."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, update

from models.session import transaction
from models.tables import Recipient
from statemachine.vocabulary import Act, Letter, State
from tests.builders import BEGUN, DAY, DECIDED, LAPSED, LAST_DAY, WEEK, Region, Sent, moment

RENEWAL, LAST_CALL = Letter.RENEWAL, Letter.LAST_CALL
FOLLOW_UP, EXPIRED = Letter.FOLLOW_UP, Letter.EXPIRED
ALL = ("bo", "anna", "cia", "sara", "gun", "helena", "oskar")


def calendar_letters(region: Region, charter: int, *, since: date = DECIDED) -> list[Sent]:
    acts = (Letter.OUTCOME, Letter.DISTRIBUTION)
    return [one for one in region.letters(charter=charter, since=since) if one.letter not in acts]


def to(day: date, letter: Letter, stage: str, *people: str) -> list[Sent]:
    return [Sent(day, letter, stage, one) for one in people]


# --- a charter's five years ----------------------------------------------------------------------


def test_a_charters_five_years_as_domain_md_tells_them(region: Region) -> None:
    """17 June is a Saturday in 2028 and a Sunday in 2029; 17 May 2031 is a Saturday."""
    charter = region.distributed()
    region.live_through(LAPSED)
    assert calendar_letters(region, charter) == [
        *to(date(2027, 6, 17), FOLLOW_UP, "year 1", "anna", "cia"),
        *to(date(2028, 6, 16), FOLLOW_UP, "year 2", "anna", "cia"),
        *to(date(2029, 6, 15), FOLLOW_UP, "year 3", "anna", "cia"),
        *to(date(2030, 6, 17), RENEWAL, "12m", "bo", "anna"),
        *to(date(2030, 6, 17), FOLLOW_UP, "year 4", "cia"),
        *to(date(2030, 12, 17), RENEWAL, "6m", "bo", "anna"),
        *to(date(2031, 3, 17), RENEWAL, "3m", "bo", "anna", "cia", "sara", "gun"),
        *to(date(2031, 5, 16), RENEWAL, "1m", "bo", "anna", "cia", "sara", "gun", "helena"),
        *to(date(2031, 6, 3), LAST_CALL, "14d", "bo", "anna", "cia", "sara", "gun", "helena"),
        *to(date(2031, 6, 18), EXPIRED, "", *ALL),
    ]
    assert region.skipped(charter) == []


def test_the_chair_gets_the_early_reminders_in_copy(region: Region) -> None:
    charter = region.distributed()
    region.live_through(date(2030, 6, 17))
    copies = {
        row.to_name: row.facts["reader"].get("in_copy", False)
        for row in region.outbox(charter)
        if row.letter == RENEWAL
    }
    assert copies == {"Bo Lund": False, "Anna Ek": True}


def test_the_renewal_window_opens_on_its_day_and_the_state_says_so(region: Region) -> None:
    charter = region.distributed()
    region.live_through(date(2030, 6, 16))
    assert region.state(charter) is State.DISTRIBUTED
    region.sweep(date(2030, 6, 17))
    assert region.state(charter) is State.EXPIRING


@pytest.mark.slow
def test_a_charter_nobody_was_reached_by_opens_its_renewal_and_expires_all_the_same(
    region: Region,
) -> None:
    charter = region.approved()
    region.live_through(date(2030, 6, 17))
    assert region.state(charter) is State.EXPIRING
    region.live_through(LAPSED)
    assert region.state(charter) is State.EXPIRED


def test_the_last_day_in_force_is_in_force(region: Region) -> None:
    charter = region.distributed()
    region.sweep(LAST_DAY)
    assert region.state(charter) is State.EXPIRING
    region.sweep(LAPSED)
    assert region.state(charter) is State.EXPIRED


@pytest.mark.parametrize(
    ("last_day", "told_on"),
    [
        (date(2026, 12, 23), date(2026, 12, 28)),  # julafton, juldagen, annandagen, Sunday
        (date(2026, 9, 4), date(2026, 9, 7)),  # Saturday and Sunday
        (date(2027, 3, 25), date(2027, 3, 30)),  # långfredagen through annandag påsk
        (date(2026, 9, 10), date(2026, 9, 11)),
    ],
)
def test_expiry_never_moves_but_its_letter_waits_for_a_working_day(
    region: Region, last_day: date, told_on: date
) -> None:
    charter = region.distributed(valid_through=last_day)
    region.live_through(last_day + DAY)
    assert region.state(charter) is State.EXPIRED
    region.live_through(told_on)
    assert {one.day for one in region.letters(EXPIRED)} == {told_on}
    assert region.journal(charter, "expire")[0].day == last_day + DAY


# --- after downtime ------------------------------------------------------------------------------

DOWNTIMES = [1, 6, 40, 202, 400, 800, 1461, 1750, 1804, 1827, 1902, 2203]
"""In days, each of which ends on a working day."""


@pytest.mark.parametrize("days", DOWNTIMES)
@pytest.mark.parametrize("reached", [True, False], ids=["distributed", "not distributed"])
def test_after_downtime_one_letter_a_person_and_the_rest_journalled_with_the_reason(
    sqlite_engine: Engine, days: int, reached: bool
) -> None:
    region = Region.founded(sqlite_engine)
    charter = region.distributed() if reached else region.approved()
    back = DECIDED + timedelta(days=days)
    region.sweep(back)
    written = calendar_letters(region, charter)
    assert max(Counter(one.to for one in written).values(), default=0) <= 1
    assert {one.day for one in written} <= {back}
    assert all("overtaken" in why for _, _, why in region.skipped(charter))
    dealt_with = {(one.letter.value, one.stage) for one in written}
    dealt_with |= {(letter, stage) for letter, stage, _ in region.skipped(charter)}
    assert dealt_with == what_had_fallen_due(back, reached)


def what_had_fallen_due(by: date, reached: bool) -> set[tuple[str, str]]:
    """Read off domain.md and an almanac, for a charter decided on 17 June 2026."""
    table = {
        (FOLLOW_UP, "year 1"): date(2027, 6, 17),
        (FOLLOW_UP, "year 2"): date(2028, 6, 16),
        (FOLLOW_UP, "year 3"): date(2029, 6, 15),
        (FOLLOW_UP, "year 4"): date(2030, 6, 17),
        (RENEWAL, "12m"): date(2030, 6, 17),
        (RENEWAL, "6m"): date(2030, 12, 17),
        (RENEWAL, "3m"): date(2031, 3, 17),
        (RENEWAL, "1m"): date(2031, 5, 16),
        (LAST_CALL, "14d"): date(2031, 6, 3),
        (EXPIRED, ""): date(2031, 6, 18),
    }
    due = {(letter.value, stage) for (letter, stage), day in table.items() if day <= by}
    if not reached:
        week, day = 0, date(2026, 6, 25)
        while day <= by:
            due.add(("distribution_incomplete", f"week {week}"))
            week += 1
            day = moved_to_a_working_day(date(2026, 6, 25) + week * WEEK)
    return due


def moved_to_a_working_day(thursday: date) -> date:
    """The Thursdays of those years that are holidays: Ascension Day and some others."""
    off = {
        date(2026, 12, 24): 4,
        date(2026, 12, 31): 4,
        date(2027, 5, 6): 1,
        date(2028, 1, 6): 1,
        date(2028, 5, 25): 1,
        date(2029, 5, 10): 1,
        date(2030, 5, 30): 1,
        date(2031, 5, 22): 1,
    }
    return thursday + off.get(thursday, 0) * DAY


def test_downtime_that_ends_on_a_saturday_ends_for_letters_on_the_monday(region: Region) -> None:
    charter = region.distributed()
    saturday, monday = date(2031, 6, 21), date(2031, 6, 23)
    region.live_through(date(2031, 6, 3))
    swept = region.sweep(saturday)
    assert (swept.acts, swept.letters, region.state(charter)) == (1, 0, State.EXPIRED)
    region.sweep(saturday + DAY)
    assert calendar_letters(region, charter, since=saturday) == []
    region.sweep(monday)
    assert calendar_letters(region, charter, since=saturday) == to(monday, EXPIRED, "", *ALL)


def test_an_act_on_a_day_of_rest_does_not_wait_for_letters_held_over(region: Region) -> None:
    """The term ends on Saturday 14 June: the last call, missed, is overtaken on the Sunday."""
    charter = region.distributed(valid_through=date(2031, 6, 14))
    region.live_through(date(2031, 5, 16))
    region.sweep(date(2031, 6, 14))
    assert region.state(charter) is State.EXPIRING
    region.sweep(date(2031, 6, 15))
    assert region.state(charter) is State.EXPIRED
    assert calendar_letters(region, charter, since=date(2031, 6, 1)) == []
    region.live_through(date(2031, 6, 16))
    assert calendar_letters(region, charter, since=date(2031, 6, 1)) == to(
        date(2031, 6, 16), EXPIRED, "", *ALL
    )


def test_after_downtime_a_reader_gets_the_latest_stage_due_to_them(region: Region) -> None:
    charter = region.distributed()
    region.sweep(date(2031, 4, 1))
    assert {(one.to, one.stage) for one in calendar_letters(region, charter)} == {
        ("bo", "3m"),
        ("anna", "3m"),
        ("cia", "3m"),
        ("sara", "3m"),
        ("gun", "3m"),
    }


def test_after_downtime_it_goes_on_where_the_years_are(region: Region) -> None:
    charter = region.distributed()
    region.sweep(date(2031, 4, 1))
    region.live_through(LAPSED)
    later = calendar_letters(region, charter, since=date(2031, 4, 2))
    assert {(one.day, one.stage) for one in later} == {
        (date(2031, 5, 16), "1m"),
        (date(2031, 6, 3), "14d"),
        (LAPSED, ""),
    }


def test_a_review_left_for_two_months_is_escalated_once(region: Region) -> None:
    charter = region.in_review()
    region.sweep(date(2026, 8, 17))
    sent = calendar_letters(region, charter, since=BEGUN + DAY)
    assert [(one.letter, one.to) for one in sent] == [
        (Letter.ESCALATION, "helena"),
        (Letter.ESCALATION, "sara"),
    ]
    assert ("decision_reminder", "wd3") in [one[:2] for one in region.skipped(charter)]


# --- twice and never -----------------------------------------------------------------------------


def test_running_twice_sends_nothing(anywhere: Region) -> None:
    anywhere.distributed()
    for day in (date(2030, 6, 17), date(2031, 6, 3), LAPSED, date(2031, 7, 18)):
        assert anywhere.sweep(day).letters > 0
        before = anywhere.everything()
        again = anywhere.sweep(day)
        assert (again.acts, again.letters, again.skipped) == (0, 0, 0)
        assert anywhere.everything() == before


@pytest.mark.slow
def test_nobody_ever_gets_two_calendar_letters_about_one_charter_on_a_day(
    region: Region,
) -> None:
    """The handler is coordinator, chair and registry keeper as well; the list is never reached."""
    for seat in ("chair", "coordinator"):
        region.takes_seat("sara", seat, on=BEGUN)
    charter = region.approved()
    region.live_through(date(2032, 1, 1))
    got = Counter(
        (row.charter_id, row.day, row.to_email) for row in region.outbox() if row.calendar
    )
    assert max(got.values()) == 1
    assert region.state(charter) is State.EXPIRED


def test_a_gap_letter_waits_where_the_expiry_letter_goes_the_same_day(region: Region) -> None:
    charter = region.distributed(valid_through=date(2026, 9, 4))
    region.sweep(date(2026, 9, 5))
    assert region.state(charter) is State.EXPIRED
    back = date(2026, 12, 14)
    region.sweep(back)
    assert {one.letter for one in region.letters(on=back)} == {EXPIRED}
    gaps = [one for one in region.skipped() if one[0] == "gap"]
    assert gaps == [
        ("gap", "month 1", "overtaken by month 3"),
        ("gap", "month 2", "overtaken by month 3"),
        ("gap", "month 3", "overtaken by expired"),
    ]
    region.live_through(date(2027, 1, 5))
    assert {one.day for one in region.letters(Letter.GAP)} == {date(2027, 1, 5)}


# --- who is missing, who has left ----------------------------------------------------------------


def test_without_a_coordinator_the_chair_is_told_and_the_letter_says_who_is_missing(
    region: Region,
) -> None:
    charter = region.distributed()
    region.vacates("coordinator", on=date(2030, 1, 7))
    region.live_through(date(2030, 6, 17))
    (letter,) = (row for row in region.outbox(charter) if row.letter == RENEWAL)
    assert letter.to_name == "Anna Ek"
    assert letter.facts["missing"] == ["coordinator"]


def test_with_nobody_in_the_group_the_handler_is_told_in_their_place(region: Region) -> None:
    charter = region.distributed()
    for seat in ("coordinator", "chair", "liaison"):
        region.vacates(seat, on=date(2027, 1, 4))
    region.live_through(date(2027, 6, 17))
    (letter,) = (row for row in region.outbox(charter) if row.letter == FOLLOW_UP)
    assert letter.to_name == "Sara Nyberg"
    assert letter.facts["reader"]["in_place_of"] == "chair"
    assert letter.facts["missing"] == ["chair", "liaison"]


def test_without_a_handler_either_the_registry_keeper_is_told(region: Region) -> None:
    charter = region.distributed()
    for seat in ("coordinator", "chair", "liaison"):
        region.vacates(seat, on=date(2027, 1, 4))
    region.leaves("sara", on=date(2027, 1, 4))
    region.live_through(date(2027, 6, 17))
    (letter,) = (row for row in region.outbox(charter) if row.letter == FOLLOW_UP)
    assert letter.to_name == "Oskar Dahl"


def test_with_nobody_at_all_the_silence_is_journalled(region: Region) -> None:
    charter = region.distributed()
    for who in ("sara", "oskar", "anna", "bo", "cia"):
        region.leaves(who, on=date(2027, 1, 4))
    region.live_through(date(2027, 6, 17))
    assert region.skipped(charter) == [("follow_up", "year 1", "nobody to write to")]


def test_an_abandoned_handlers_draft_is_told_of_to_the_registry_keeper(region: Region) -> None:
    draft = region.draft()
    region.leaves("sara", on=BEGUN + DAY)
    region.live_through(BEGUN + 4 * WEEK)
    (letter,) = (row for row in region.outbox(draft))
    assert (letter.letter, letter.to_name) == ("draft_untouched", "Oskar Dahl")
    assert letter.facts["missing"] == ["handler"]


def test_leavers_get_nothing_and_their_successors_do(region: Region) -> None:
    charter = region.distributed()
    region.leaves("anna", on=date(2030, 1, 7))
    region.leaves("gun", on=date(2030, 1, 7))
    region.takes_seat("dag", "chair", on=date(2030, 1, 8))
    region.holds_office("mikael", on=date(2030, 1, 8), from_=date(2030, 1, 8))
    region.live_through(LAPSED)
    told = {one.to for one in calendar_letters(region, charter, since=date(2030, 1, 7))}
    assert told == {"bo", "dag", "cia", "sara", "mikael", "oskar"}


# --- drafts and distribution ---------------------------------------------------------------------


def test_an_untouched_draft_is_recalled_after_ten_working_days_and_then_monthly(
    region: Region,
) -> None:
    draft = region.draft()
    region.live_through(date(2026, 10, 1))
    assert [(one.day, one.to) for one in region.letters(charter=draft)] == [
        (date(2026, 6, 30), "sara"),  # midsommarafton is no working day
        (date(2026, 7, 30), "sara"),
        (date(2026, 8, 28), "sara"),  # the 30th is a Sunday
        (date(2026, 9, 30), "sara"),
    ]


def test_touching_a_draft_starts_its_days_over(region: Region) -> None:
    draft = region.draft()
    region.does("sara", Act.EDIT, draft, on=date(2026, 6, 29), instead={2: "dag"})
    region.live_through(date(2026, 7, 12))
    assert region.letters(charter=draft) == []
    region.live_through(date(2026, 7, 13))
    assert [one.day for one in region.letters(charter=draft)] == [date(2026, 7, 13)]


def test_a_draft_sent_back_is_recalled_ten_working_days_later(region: Region) -> None:
    charter = region.in_review()
    region.does("helena", Act.SEND_BACK, charter, on=date(2026, 7, 1), reason="Förtydliga.")
    region.live_through(date(2026, 7, 15))
    assert [one.day for one in region.letters(Letter.DRAFT_UNTOUCHED)] == [date(2026, 7, 15)]


def test_a_distribution_not_complete_is_told_after_five_working_days_and_then_weekly(
    region: Region,
) -> None:
    charter = region.approved()
    assert region.charter(charter).wake_on == date(2026, 6, 25)
    with transaction(region.engine) as connection:
        connection.execute(
            update(Recipient)
            .where(Recipient.charter_id == charter, Recipient.name != "Bo Lund")
            .values(outcome="accepted", outcome_at=moment(DECIDED))
        )
    region.live_through(date(2026, 7, 5))
    late = [row for row in region.outbox(charter) if row.letter == Letter.DISTRIBUTION_INCOMPLETE]
    assert [(row.day, row.to_name) for row in late] == [
        (date(2026, 6, 25), "Sara Nyberg"),
        (date(2026, 7, 2), "Sara Nyberg"),
    ]
    assert [one["name"] for one in late[0].facts["unreached"]] == ["Bo Lund"]
    region.reached(charter, on=date(2026, 7, 6))
    assert region.state(charter) is State.DISTRIBUTED
    region.live_through(date(2026, 8, 1))
    assert region.letters(Letter.DISTRIBUTION_INCOMPLETE, since=date(2026, 7, 6)) == []


def test_a_charter_is_distributed_once_everyone_on_its_list_has_an_outcome(
    anywhere: Region,
) -> None:
    charter = anywhere.approved()
    for outcome, name in (
        ("accepted", "Anna Ek"),
        ("given_up", "Bo Lund"),
        ("reached_otherwise", "Oskar Dahl"),
    ):
        anywhere.sweep(DECIDED)
        assert anywhere.state(charter) is State.APPROVED
        with transaction(anywhere.engine) as connection:
            connection.execute(
                update(Recipient)
                .where(Recipient.charter_id == charter, Recipient.name == name)
                .values(outcome=outcome, outcome_at=moment(DECIDED))
            )
    anywhere.sweep(DECIDED)
    assert anywhere.state(charter) is State.DISTRIBUTED
