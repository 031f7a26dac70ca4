"""The calendar: terms, working days, and what falls due when."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.calendar import (
    DAY,
    Ahead,
    Cadence,
    Calendar,
    Occasion,
    add_months,
    add_years,
    before,
    last_day_of_term,
)
from statemachine.case import Case, Standing
from statemachine.machine import advance
from statemachine.vocabulary import LIVING, Act, Letter, Role, State

CALENDAR = Calendar()
LONG_AFTER = date(2040, 1, 1)


# Easter Sunday and midsommarafton, from an almanac.
EASTER_AND_MIDSUMMER = {
    2024: ("2024-03-31", "2024-06-21"),
    2025: ("2025-04-20", "2025-06-20"),
    2026: ("2026-04-05", "2026-06-19"),
    2027: ("2027-03-28", "2027-06-25"),
    2028: ("2028-04-16", "2028-06-23"),
    2029: ("2029-04-01", "2029-06-22"),
    2030: ("2030-04-21", "2030-06-21"),
    2031: ("2031-04-13", "2031-06-20"),
    2032: ("2032-03-28", "2032-06-25"),
}
FIXED = ("01-01", "01-06", "05-01", "06-06", "12-24", "12-25", "12-26", "12-31")
GOOD_FRIDAY, EASTER_MONDAY, ASCENSION = -2 * DAY, 1 * DAY, 39 * DAY


def days_nobody_works(year: int) -> set[date]:
    """The days of a year that are no working days in Sweden, weekends apart."""
    easter, midsummer = map(date.fromisoformat, EASTER_AND_MIDSUMMER[year])
    return {
        *(date.fromisoformat(f"{year}-{day}") for day in FIXED),
        *(easter + away for away in (GOOD_FRIDAY, EASTER_MONDAY, ASCENSION)),
        midsummer,
    }


@pytest.mark.parametrize("year", EASTER_AND_MIDSUMMER)
def test_a_working_day_is_no_weekend_no_holiday_and_no_eve(year: int) -> None:
    off = days_nobody_works(year)
    day = date(year, 1, 1)
    while day.year == year:
        assert CALENDAR.is_working_day(day) == (day.weekday() < 5 and day not in off), day
        day += DAY


def test_another_country_has_its_own_working_days() -> None:
    germany = Calendar(Cadence(country="DE"))
    assert germany.is_working_day(date(2026, 12, 24))
    assert not germany.is_working_day(date(2026, 10, 3))
    assert germany.is_working_day(date(2026, 6, 19))


@pytest.mark.parametrize(
    ("valid_from", "years", "last_day"),
    [
        ("2026-06-17", 5, "2031-06-17"),
        ("2024-02-29", 5, "2029-02-28"),
        ("2028-02-29", 4, "2032-02-29"),
        ("2028-02-29", 1, "2029-02-28"),
        ("2027-02-28", 5, "2032-02-28"),
        ("2026-12-31", 5, "2031-12-31"),
        ("2027-01-01", 5, "2032-01-01"),
    ],
)
def test_a_term_ends_on_the_same_calendar_date(valid_from: str, years: int, last_day: str) -> None:
    assert last_day_of_term(date.fromisoformat(valid_from), years).isoformat() == last_day


@pytest.mark.parametrize(
    ("ends_on", "ahead", "day"),
    [
        ("2031-06-17", Ahead(months=12), "2030-06-17"),
        ("2031-05-31", Ahead(months=3), "2031-02-28"),
        ("2032-05-31", Ahead(months=3), "2032-02-29"),
        ("2031-01-10", Ahead(days=14), "2030-12-27"),
        ("2031-01-31", Ahead(months=1), "2030-12-31"),
        ("2032-02-29", Ahead(months=12), "2031-02-28"),
    ],
)
def test_months_ahead_are_calendar_months(ends_on: str, ahead: Ahead, day: str) -> None:
    assert before(date.fromisoformat(ends_on), ahead).isoformat() == day


@given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)), months=st.integers(-240, 240))
def test_adding_months_keeps_the_day_or_ends_with_the_month(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved.day < day.day and (moved + DAY).day == 1)
    assert add_years(day, 5) == add_months(day, 60)


def test_a_stage_is_named_by_its_distance() -> None:
    assert [ahead.name for ahead in Cadence().renewal_stages] == ["12m", "6m", "3m", "1m", "14d"]


def test_reminders_move_to_the_working_day_before_and_escalations_to_the_one_after() -> None:
    midsummer = date(2026, 6, 19)
    assert CALENDAR.on_or_before(midsummer) == date(2026, 6, 18)
    assert CALENDAR.on_or_after(midsummer) == date(2026, 6, 22)
    christmas = date(2026, 12, 24)
    assert CALENDAR.on_or_before(christmas) == date(2026, 12, 23)
    assert CALENDAR.on_or_after(christmas) == date(2026, 12, 28)
    new_year = date(2027, 1, 1)
    assert CALENDAR.on_or_before(new_year) == date(2026, 12, 30)
    assert CALENDAR.on_or_after(new_year) == date(2027, 1, 4)
    assert CALENDAR.on_or_after(date(2026, 6, 17)) == date(2026, 6, 17)


@given(day=st.dates(date(2024, 1, 1), date(2032, 12, 1)), count=st.integers(1, 30))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    reached = CALENDAR.working_days_after(day, count)
    between = (day + step * DAY for step in range(1, (reached - day).days + 1))
    assert CALENDAR.is_working_day(reached)
    assert sum(CALENDAR.is_working_day(passed) for passed in between) == count


def test_a_draft_left_alone_is_mentioned_after_ten_working_days_and_then_monthly() -> None:
    draft = Standing(state=State.DRAFT, touched_on=date(2026, 6, 2))
    assert days(draft, Letter.DRAFT_UNTOUCHED, through=date(2026, 11, 30)) == [
        "2026-06-16",
        "2026-07-16",
        "2026-08-14",  # the 16th is a Sunday
        "2026-09-16",
        "2026-10-16",
        "2026-11-16",
    ]


def test_a_draft_never_touched_is_never_mentioned() -> None:
    assert every(Standing(state=State.DRAFT)) == []


def test_review_is_reminded_of_twice_and_then_escalated_weekly() -> None:
    review = Standing(state=State.REVIEW, submitted_on=date(2026, 6, 17))
    assert [
        (occasion.on.isoformat(), occasion.what, occasion.stage)
        for occasion in every(review, through=date(2026, 7, 21))
    ] == [
        ("2026-06-23", Letter.DECISION_REMINDER, "wd3"),  # midsummer's eve does not count
        ("2026-06-29", Letter.DECISION_REMINDER, "wd7"),
        ("2026-07-06", Letter.ESCALATION, "wd12"),
        ("2026-07-13", Letter.ESCALATION, "wd12+1w"),
        ("2026-07-20", Letter.ESCALATION, "wd12+2w"),
    ]


def test_an_escalation_on_a_holiday_waits_and_the_next_keeps_its_week() -> None:
    review = Standing(state=State.REVIEW, submitted_on=date(2026, 11, 24))
    assert days(review, Letter.ESCALATION, through=date(2027, 1, 15)) == [
        "2026-12-10",
        "2026-12-17",
        "2026-12-28",
        "2027-01-04",
        "2027-01-07",
        "2027-01-14",
    ]


def test_a_new_decider_gets_the_request_the_day_the_office_changes_hands() -> None:
    review = Standing(
        state=State.REVIEW,
        submitted_on=date(2026, 6, 17),
        deciders_change_on=(date(2026, 7, 4), date(2026, 6, 17), date(2026, 6, 20)),
    )
    assert days(review, Letter.DECISION_REQUEST, through=date(2026, 12, 31)) == [
        "2026-06-20",
        "2026-07-04",
    ]


IN_FORCE = Standing(
    state=State.DISTRIBUTED,
    decided_on=date(2026, 6, 17),
    valid_from=date(2026, 6, 17),
    ends_on=date(2031, 6, 17),
)


def test_a_charter_in_force_is_followed_up_and_renewed_and_then_ends() -> None:
    assert [
        (occasion.on.isoformat(), occasion.what, occasion.stage) for occasion in every(IN_FORCE)
    ] == [
        ("2027-06-17", Letter.FOLLOW_UP, "year 1"),
        ("2028-06-16", Letter.FOLLOW_UP, "year 2"),  # the 17th is a Saturday
        ("2029-06-15", Letter.FOLLOW_UP, "year 3"),  # and a Sunday
        ("2030-06-17", Act.ENTER_RENEWAL, ""),
        ("2030-06-17", Letter.RENEWAL, "12m"),
        ("2030-06-17", Letter.FOLLOW_UP, "year 4"),
        ("2030-12-17", Letter.RENEWAL, "6m"),
        ("2031-03-17", Letter.RENEWAL, "3m"),
        ("2031-05-16", Letter.RENEWAL, "1m"),  # the 17th is a Saturday
        ("2031-06-03", Letter.LAST_CALL, "14d"),
        ("2031-06-18", Act.EXPIRE, ""),
    ]


def test_a_charter_without_a_term_is_followed_up_for_ever_and_never_ends() -> None:
    endless = replace(IN_FORCE, ends_on=None)
    assert {occasion.what for occasion in every(endless)} == {Letter.FOLLOW_UP}
    assert len(every(endless, through=date(2126, 6, 17))) == 100


def test_once_a_successor_is_decided_nobody_is_reminded() -> None:
    followed = replace(IN_FORCE, successor_decided=True)
    assert whats(followed) == [Act.ENTER_RENEWAL, Act.EXPIRE]


def test_a_charter_whose_successor_took_over_is_superseded_not_renewed() -> None:
    overtaken = replace(IN_FORCE, successor_decided=True, successor_took_over=True)
    assert every(overtaken) == [Occasion(date(2031, 6, 18), Act.SUPERSEDE)]


def test_a_charter_in_renewal_does_not_enter_it_again() -> None:
    assert Act.ENTER_RENEWAL not in whats(replace(IN_FORCE, state=State.EXPIRING))


def test_a_discontinued_charter_ends_on_its_effective_day_in_silence() -> None:
    stopped = replace(IN_FORCE, ends_on=date(2027, 2, 28), discontinue_on=date(2027, 3, 1))
    assert every(stopped) == [Occasion(date(2027, 3, 1), Act.DISCONTINUE)]


def test_a_charter_whose_term_ends_before_its_discontinuance_expires_on_its_own_day() -> None:
    late = replace(IN_FORCE, discontinue_on=date(2032, 1, 1))
    assert [one for one in every(late) if isinstance(one.what, Act)] == [
        Occasion(date(2030, 6, 17), Act.ENTER_RENEWAL),
        Occasion(date(2031, 6, 18), Act.EXPIRE),
    ]


def test_a_charter_without_a_term_is_discontinued_on_its_effective_day() -> None:
    endless = replace(IN_FORCE, ends_on=None, discontinue_on=date(2027, 3, 1))
    assert every(endless) == [Occasion(date(2027, 3, 1), Act.DISCONTINUE)]


def test_a_distribution_that_is_not_complete_is_told_of_weekly() -> None:
    waiting = replace(IN_FORCE, state=State.APPROVED, outcomes_missing=2)
    assert days(waiting, Letter.DISTRIBUTION_INCOMPLETE, through=date(2026, 7, 10)) == [
        "2026-06-25",
        "2026-07-02",
        "2026-07-09",
    ]


def test_a_distribution_that_is_complete_is_not_told_of() -> None:
    assert Letter.DISTRIBUTION_INCOMPLETE not in whats(replace(IN_FORCE, state=State.APPROVED))


def test_expiry_never_moves_but_its_letter_waits_for_a_working_day() -> None:
    ends_on_new_years_eve = replace(IN_FORCE, ends_on=date(2026, 12, 31))
    assert every(ends_on_new_years_eve)[-1] == Occasion(date(2027, 1, 1), Act.EXPIRE)
    expired = replace(ends_on_new_years_eve, state=State.EXPIRED)
    assert every(expired) == [Occasion(date(2027, 1, 4), Letter.EXPIRED)]


def test_a_renewal_window_that_opens_over_the_new_year_opens_on_its_day() -> None:
    ends_on_new_years_day = replace(IN_FORCE, ends_on=date(2032, 1, 1))
    opens = [one for one in every(ends_on_new_years_day) if one.what is Act.ENTER_RENEWAL]
    assert opens == [Occasion(date(2031, 1, 1), Act.ENTER_RENEWAL)]
    assert CALENDAR.renewal_opens_on(date(2032, 1, 1)) == date(2031, 1, 1)
    assert CALENDAR.renewal_opens_on(None) is None
    assert days(ends_on_new_years_day, Letter.RENEWAL)[0] == "2030-12-30"


@pytest.mark.parametrize(
    ("today", "due", "week"),
    [
        ("2026-06-15", "2026-06-15", "2026-W25"),  # a Monday
        ("2026-06-21", "2026-06-15", "2026-W25"),
        ("2026-06-22", "2026-06-22", "2026-W26"),
        ("2026-04-05", "2026-03-30", "2026-W14"),
        ("2026-04-06", "2026-03-30", "2026-W14"),  # Easter Monday: not until Tuesday
        ("2026-04-07", "2026-04-07", "2026-W15"),
        ("2024-12-31", "2024-12-30", "2025-W01"),
        ("2027-01-01", "2026-12-28", "2026-W53"),
    ],
)
def test_the_digest_is_due_on_the_week_s_first_working_day(today: str, due: str, week: str) -> None:
    occasion = CALENDAR.digest_due(date.fromisoformat(today))
    assert occasion == Occasion(date.fromisoformat(due), Letter.DIGEST, week)


@given(st.dates(date(2024, 1, 1), date(2060, 12, 31)))
def test_a_digest_is_never_due_ahead_nor_more_than_ten_days_ago(today: date) -> None:
    due = CALENDAR.digest_due(today)
    assert due.on <= today <= due.on + timedelta(days=10)
    assert CALENDAR.is_working_day(due.on)


def test_working_days_are_counted_back_as_they_are_forward() -> None:
    assert CALENDAR.working_days_before(date(2026, 6, 23), 3) == date(2026, 6, 17)
    assert CALENDAR.working_days_after(date(2026, 6, 17), 3) == date(2026, 6, 23)
    assert CALENDAR.working_days_before(date(2026, 6, 21), 1) == date(2026, 6, 18)


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (State.UNWRITTEN, set()),
        (State.DRAFT, {Letter.DRAFT_UNTOUCHED}),
        (
            State.REVIEW,
            {Letter.DECISION_REMINDER, Letter.ESCALATION, Letter.DECISION_REQUEST},
        ),
        (
            State.APPROVED,
            {
                Letter.DISTRIBUTION_INCOMPLETE,
                Letter.FOLLOW_UP,
                Letter.RENEWAL,
                Letter.LAST_CALL,
                Act.ENTER_RENEWAL,
                Act.EXPIRE,
            },
        ),
        (
            State.DISTRIBUTED,
            {
                Letter.DISTRIBUTION_INCOMPLETE,
                Letter.FOLLOW_UP,
                Letter.RENEWAL,
                Letter.LAST_CALL,
                Act.ENTER_RENEWAL,
                Act.EXPIRE,
            },
        ),
        (
            State.EXPIRING,
            {
                Letter.DISTRIBUTION_INCOMPLETE,
                Letter.FOLLOW_UP,
                Letter.RENEWAL,
                Letter.LAST_CALL,
                Act.EXPIRE,
            },
        ),
        (State.EXPIRED, {Letter.EXPIRED}),
        (State.SUPERSEDED, set()),
        (State.DISCONTINUED, set()),
        (State.ABANDONED, set()),
    ],
)
def test_every_state_has_its_occasions(state: State, due: set[Act | Letter]) -> None:
    standing = replace(
        IN_FORCE,
        state=state,
        touched_on=date(2026, 6, 1),
        submitted_on=date(2026, 6, 2),
        deciders_change_on=(date(2026, 8, 1),),
        outcomes_missing=1,
    )
    assert set(whats(standing)) == due


def test_a_group_without_a_charter_is_written_about_monthly_until_it_has_one() -> None:
    gap_since = date(2026, 12, 1)
    told = CALENDAR.gap_occasions(gap_since, since=gap_since, today=date(2027, 5, 2))
    assert [(occasion.on.isoformat(), occasion.stage) for occasion in told] == [
        ("2027-01-04", "month 1"),
        ("2027-02-01", "month 2"),
        ("2027-03-01", "month 3"),
        ("2027-04-01", "month 4"),
    ]
    assert CALENDAR.gap_wakes_on(gap_since, after=gap_since) == date(2027, 1, 4)
    assert CALENDAR.gap_wakes_on(gap_since, after=date(2027, 4, 1)) == date(2027, 5, 3)


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(-40, 1200),
    st.integers(0, 70),
)
def test_a_gap_looked_at_late_is_told_of_as_if_every_month_had_been_counted(
    gap_since: date, later: int, days: int
) -> None:
    since = gap_since + later * DAY
    today = since + days * DAY
    every = CALENDAR.gap_occasions(gap_since, since=gap_since, today=today)
    assert CALENDAR.gap_occasions(gap_since, since=since, today=today) == [
        one for one in every if one.on > since
    ]
    wakes_on = CALENDAR.gap_wakes_on(gap_since, after=since)
    until_then = CALENDAR.gap_occasions(gap_since, since=gap_since, today=wakes_on)
    assert [one.on for one in until_then if one.on > since] == [wakes_on]


def test_the_cadence_is_configuration() -> None:
    hasty = Calendar(
        Cadence(
            review_reminders=(1,),
            escalation_after=2,
            renewal_window=Ahead(months=1),
            renewal_stages=(Ahead(days=7),),
        )
    )
    review = Standing(state=State.REVIEW, submitted_on=date(2026, 6, 15))
    assert [one.on.isoformat() for one in _all(hasty, review, date(2026, 6, 24))] == [
        "2026-06-16",
        "2026-06-17",
        "2026-06-24",
    ]
    assert [one.on.isoformat() for one in _all(hasty, IN_FORCE, LONG_AFTER) if one.stage == "7d"]
    assert hasty.renewal_opens_on(date(2031, 6, 17)) == date(2031, 5, 17)


START, END = date(2026, 1, 1), date(2028, 12, 31)
SOME_DAYS = st.dates(START, END)
MAYBE = st.none() | SOME_DAYS
STANDINGS = st.builds(
    Standing,
    state=st.sampled_from(State),
    touched_on=MAYBE,
    submitted_on=MAYBE,
    decided_on=MAYBE,
    valid_from=MAYBE,
    ends_on=MAYBE,
    discontinue_on=MAYBE,
    successor_decided=st.booleans(),
    successor_took_over=st.booleans(),
    outcomes_missing=st.integers(0, 2),
    deciders_change_on=st.lists(SOME_DAYS, max_size=3, unique=True).map(tuple),
)


@given(charter=STANDINGS, since=SOME_DAYS)
def test_waking_only_when_told_to_sees_everything_and_nothing_early(
    charter: Standing, since: date
) -> None:
    seen: list[Occasion] = []
    looked = since
    while (wake := CALENDAR.wakes_on(charter, after=looked)) is not None and wake <= END:
        assert wake > looked
        assert CALENDAR.occasions(charter, since=looked, today=wake - DAY) == []
        fallen_due = CALENDAR.occasions(charter, since=looked, today=wake)
        assert {occasion.on for occasion in fallen_due} == {wake}
        seen += fallen_due
        looked = wake
    assert seen == CALENDAR.occasions(charter, since=since, today=END)


@given(charter=STANDINGS, looks=st.lists(SOME_DAYS, min_size=2, max_size=8, unique=True))
def test_no_occasion_is_lost_or_repeated_whatever_days_are_missed(
    charter: Standing, looks: list[date]
) -> None:
    looks.sort()
    in_parts = [
        occasion
        for looked, today in itertools.pairwise(looks)
        for occasion in CALENDAR.occasions(charter, since=looked, today=today)
    ]
    at_once = CALENDAR.occasions(charter, since=looks[0], today=looks[-1])
    assert in_parts == at_once
    assert len(set(at_once)) == len(at_once)


@given(charter=STANDINGS)
def test_occasions_come_in_the_order_of_their_days(charter: Standing) -> None:
    on = [occasion.on for occasion in CALENDAR.occasions(charter, since=START, today=END)]
    assert on == sorted(on)


@given(charter=STANDINGS)
def test_calendar_letters_fall_on_working_days_save_the_request_of_a_new_decider(
    charter: Standing,
) -> None:
    for occasion in CALENDAR.occasions(charter, since=START, today=END):
        if isinstance(occasion.what, Letter) and occasion.what is not Letter.DECISION_REQUEST:
            assert CALENDAR.is_working_day(occasion.on), occasion


@given(charter=STANDINGS, today=SOME_DAYS)
def test_what_the_calendar_finds_due_the_life_allows(charter: Standing, today: date) -> None:
    """And a charter is never left short of where its dates have taken it."""
    steps = 0
    while (act := CALENDAR.act_due(charter, today)) is not None:
        case = Case(
            today=today,
            standing=charter,
            renewal_opens_on=CALENDAR.renewal_opens_on(charter.ends_on),
        )
        charter = replace(charter, state=advance(case, act, Role.CALENDAR).becomes)
        steps += 1
        assert steps <= 3
    if charter.state in LIVING:
        assert charter.ends_on is None or charter.ends_on >= today
        assert charter.discontinue_on is None or charter.discontinue_on > today


@given(charter=STANDINGS, since=SOME_DAYS)
def test_nothing_has_to_be_done_before_the_calendar_wakes(charter: Standing, since: date) -> None:
    if CALENDAR.act_due(charter, since) is not None:
        return
    wake = CALENDAR.wakes_on(charter, after=since)
    assert CALENDAR.act_due(charter, (wake or END) - DAY) is None


@pytest.mark.parametrize(
    ("charter", "today", "act"),
    [
        (IN_FORCE, "2030-06-16", None),
        (IN_FORCE, "2030-06-17", Act.ENTER_RENEWAL),
        (IN_FORCE, "2031-06-17", Act.ENTER_RENEWAL),
        (IN_FORCE, "2031-06-18", Act.EXPIRE),
        (IN_FORCE, "2039-01-01", Act.EXPIRE),
        (replace(IN_FORCE, state=State.APPROVED), "2026-06-17", Act.DISTRIBUTE),
        (replace(IN_FORCE, state=State.APPROVED, outcomes_missing=1), "2026-06-17", None),
        (replace(IN_FORCE, state=State.APPROVED, outcomes_missing=1), "2031-06-18", Act.EXPIRE),
        (replace(IN_FORCE, state=State.EXPIRED), "2039-01-01", None),
        (replace(IN_FORCE, state=State.REVIEW), "2039-01-01", None),
        (replace(IN_FORCE, successor_took_over=True), "2031-06-17", None),
        (replace(IN_FORCE, successor_took_over=True), "2031-06-18", Act.SUPERSEDE),
    ],
)
def test_what_the_calendar_must_do_follows_dates(
    charter: Standing, today: str, act: Act | None
) -> None:
    assert CALENDAR.act_due(charter, date.fromisoformat(today)) is act


def every(charter: Standing, through: date = LONG_AFTER) -> list[Occasion]:
    return _all(CALENDAR, charter, through)


def _all(calendar: Calendar, charter: Standing, through: date) -> list[Occasion]:
    return calendar.occasions(charter, since=date.min, today=through)


def days(charter: Standing, letter: Letter, through: date = LONG_AFTER) -> list[str]:
    return [one.on.isoformat() for one in every(charter, through) if one.what is letter]


def whats(charter: Standing) -> list[Act | Letter]:
    """What falls due, each thing once."""
    return list(dict.fromkeys(occasion.what for occasion in every(charter)))


@pytest.mark.parametrize("begins", range(40))
def test_working_days_since_a_day_are_those_that_have_come_after_it(begins: int) -> None:
    calendar, day = Calendar(), date(2025, 11, 20) + timedelta(days=begins * 11)
    for days in (-3, 0, 1, 2, 6, 7, 8, 40, 400, 1200):
        today = day + timedelta(days=days)
        after = [day + timedelta(days=one) for one in range(1, days + 1)]
        assert calendar.working_days_since(day, today) == sum(map(calendar.is_working_day, after))
