"""Warnings wanted later: only one's own, only the early ones, and never lost."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from casework.answers.explain import why_not
from casework.answers.forecast import forecast
from casework.invariants import FROM_THE_BEGINNING, broken, left_out
from casework.matter import open_matter
from casework.snoozing import (
    NotSnoozed,
    Snoozed,
    charter_to_snooze,
    end_snooze,
    snooze,
    snooze_at_most_until,
    snoozes_on,
)
from models.session import reading, transaction
from models.tables import SnoozeAsked
from statemachine.vocabulary import Letter, State
from tests.builders import DAY, LAPSED, LAST_DAY, Region

IN_DECEMBER = date(2030, 12, 2)
SIX_MONTHS = date(2030, 12, 17)
UNTIL = date(2031, 1, 8)
THREE_MONTHS = date(2031, 3, 17)
ONE_MONTH = date(2031, 5, 16)
"""A Friday: the 17th is a Saturday, and reminders move earlier."""
FOURTEEN_DAYS = date(2031, 6, 3)


@pytest.fixture
def charter(region: Region) -> int:
    """A charter looked at until December, half a year before its end."""
    charter = region.distributed()
    region.live_through(IN_DECEMBER)
    return charter


def does(region: Region, what: Callable[..., Snoozed], charter: int, **said: Any) -> Snoozed:
    who, on = said.pop("who", "bo"), said.pop("on", IN_DECEMBER)
    with transaction(region.engine) as connection:
        return what(connection, charter, at=region.sitting(connection, who, on), **said)


def snoozes(region: Region, charter: int, **said: Any) -> Snoozed:
    said = {"until": UNTIL, "reason": "Förnyelsen är planerad till mars.", **said}
    return does(region, snooze, charter, **said)


def is_refused(region: Region, what: Callable[..., Snoozed], *about: Any, **said: Any) -> str:
    """The Swedish sentences someone gets; nothing has changed."""
    before = region.everything()
    with pytest.raises(NotSnoozed) as refused:
        what(region, *about, **said)
    assert region.everything() == before
    assert all(one.sv != one.en and "{" not in one.sv + one.en for one in refused.value.reasons)
    return " ".join(one.sv for one in refused.value.reasons)


def readers(region: Region, on: date) -> list[tuple[Letter, str, str]]:
    """Who got which warning of the coming end on a day."""
    letters = (Letter.RENEWAL, Letter.LAST_CALL)
    return [(one.letter, one.stage, one.to) for one in region.letters(*letters, on=on)]


def holds(region: Region, on: date) -> None:
    """All that always holds, does."""
    with reading(region.engine) as connection:
        calendar = region.settings.calendar
        assert broken(connection, calendar, looked_on=on) == []
        at = region.sitting(connection, None, on)
        assert left_out(connection, at, FROM_THE_BEGINNING) == []


# --- quiet, and not lost --------------------------------------------------------------------------


def test_whoever_snoozes_gets_the_warning_when_it_ends_and_the_others_on_its_day(
    region: Region, charter: int
) -> None:
    snoozes(region, charter)
    region.live_through(SIX_MONTHS)
    assert readers(region, SIX_MONTHS) == [(Letter.RENEWAL, "6m", "anna")]
    holds(region, SIX_MONTHS)
    assert region.next_wake() == UNTIL
    region.sweep(UNTIL)
    assert readers(region, UNTIL) == [(Letter.RENEWAL, "6m", "bo")]
    holds(region, UNTIL)
    region.live_through(THREE_MONTHS)
    assert "bo" in [to for _, _, to in readers(region, THREE_MONTHS)]


def test_what_was_kept_back_is_journalled_with_for_whom_and_until_when(
    region: Region, charter: int
) -> None:
    snoozes(region, charter)
    region.live_through(SIX_MONTHS)
    (skip,) = [row for row in region.journal(charter, "skipped") if row.reason == "snoozed"]
    assert skip.details == {
        "letter": "renewal",
        "stage": "6m",
        "due": str(SIX_MONTHS),
        "to": "Bo Lund",
        "until": str(UNTIL),
    }


def test_a_snooze_is_journalled_with_its_reason_and_moves_nothing(
    region: Region, charter: int
) -> None:
    version = region.charter(charter).version
    done = snoozes(region, charter)
    assert done.until == UNTIL
    assert str(UNTIL) in done.said.sv
    (entry,) = region.journal(charter, "snooze")
    assert (entry.name, entry.role, entry.details) == (
        "Bo Lund",
        "coordinator",
        {"until": str(UNTIL)},
    )
    assert entry.reason == "Förnyelsen är planerad till mars."
    assert region.charter(charter).version == version


def test_nobody_is_left_to_write_to_and_the_stage_is_told_all_the_same(
    region: Region, charter: int
) -> None:
    region.vacates("chair", on=IN_DECEMBER)
    snoozes(region, charter)
    region.live_through(SIX_MONTHS)
    assert readers(region, SIX_MONTHS) == []
    holds(region, SIX_MONTHS)


def test_a_snooze_that_holds_nothing_back_sends_nothing_at_its_end(
    region: Region, charter: int
) -> None:
    region.live_through(SIX_MONTHS)
    snoozes(region, charter, on=SIX_MONTHS + DAY, until=UNTIL)
    region.live_through(UNTIL)
    assert readers(region, UNTIL) == []
    assert [row for row in region.journal(charter, "skipped") if row.reason == "snoozed"] == []


@pytest.mark.parametrize("found", [SIX_MONTHS + DAY, UNTIL, UNTIL + 14 * DAY, THREE_MONTHS])
def test_after_downtime_of_any_length_one_letter_comes(
    region: Region, charter: int, found: date
) -> None:
    snoozes(region, charter)
    region.sweep(found)
    region.sweep(found + DAY)
    got = [to for day in (found, found + DAY) for _, _, to in readers(region, day)]
    assert got.count("bo") == (1 if found >= UNTIL else 0)
    assert got.count("anna") == 1
    holds(region, found)
    region.live_through(THREE_MONTHS)
    assert [one.stage for one in region.letters(Letter.RENEWAL, since=SIX_MONTHS) if one.to == "bo"]
    holds(region, THREE_MONTHS)


def test_a_stage_due_before_the_snooze_began_comes_when_it_ends(
    region: Region, charter: int
) -> None:
    """The calendar was not run that day; by the time it is, someone has asked for quiet."""
    snoozes(region, charter, on=SIX_MONTHS + DAY)
    region.sweep(SIX_MONTHS + DAY)
    assert readers(region, SIX_MONTHS + DAY) == [(Letter.RENEWAL, "6m", "anna")]
    region.live_through(UNTIL)
    assert readers(region, UNTIL) == [(Letter.RENEWAL, "6m", "bo")]


def test_a_snooze_that_ends_on_a_day_of_rest_ends_the_next_working_day(
    region: Region, charter: int
) -> None:
    saturday = date(2031, 1, 11)
    snoozes(region, charter, until=saturday)
    region.live_through(saturday + 2 * DAY)
    assert readers(region, saturday) == []
    assert readers(region, saturday + 2 * DAY) == [(Letter.RENEWAL, "6m", "bo")]


def test_it_is_no_longer_sent_to_one_who_has_left_the_seat(region: Region, charter: int) -> None:
    snoozes(region, charter)
    region.live_through(SIX_MONTHS)
    region.takes_seat("dag", "coordinator", on=SIX_MONTHS + DAY)
    region.live_through(UNTIL)
    assert readers(region, UNTIL) == []
    assert (Letter.RENEWAL, "6m", "nobody to write to") in region.skipped(charter)
    holds(region, UNTIL)


def test_a_successor_decided_meanwhile_ends_it_all(region: Region, charter: int) -> None:
    snoozes(region, charter)
    region.live_through(SIX_MONTHS)
    region.successor(on=SIX_MONTHS + DAY, valid_from=LAPSED)
    region.live_through(UNTIL)
    assert readers(region, UNTIL) == []
    holds(region, UNTIL)


# --- never the late ones --------------------------------------------------------------------------


def test_the_last_month_the_last_call_and_the_end_reach_everyone(
    region: Region, charter: int
) -> None:
    begun = THREE_MONTHS + DAY
    region.live_through(THREE_MONTHS)
    snoozes(region, charter, on=begun, until=ONE_MONTH)
    region.live_through(LAPSED)
    for day in (ONE_MONTH, FOURTEEN_DAYS):
        assert "bo" in [to for _, _, to in readers(region, day)]
    assert "bo" in [one.to for one in region.letters(Letter.EXPIRED, on=LAPSED)]
    assert region.state(charter) is State.EXPIRED


@pytest.mark.parametrize(
    ("on", "latest"),
    [(IN_DECEMBER, date(2031, 3, 2)), (THREE_MONTHS, ONE_MONTH)],
)
def test_it_lasts_at_most_90_days_and_never_past_the_last_month(
    region: Region, charter: int, on: date, latest: date
) -> None:
    says = is_refused(region, snoozes, charter, on=on, until=latest + DAY)
    assert says == f"Ange en dag efter i dag och senast {latest}."
    assert is_refused(region, snoozes, charter, on=on, until=on) == says
    assert snoozes(region, charter, on=on, until=latest)


def test_close_to_the_end_nothing_is_snoozed(region: Region, charter: int) -> None:
    region.live_through(ONE_MONTH)
    says = is_refused(region, snoozes, charter, on=ONE_MONTH, until=LAST_DAY)
    assert "går förvarningarna till alla" in says


# --- whose, and once -----------------------------------------------------------------------------


def test_only_coordinator_and_handler_and_only_for_themselves(region: Region, charter: int) -> None:
    assert "bara för egen del" in is_refused(region, snoozes, charter, who="anna")
    assert snoozes(region, charter, who="sara")
    region.live_through(SIX_MONTHS)
    assert [to for _, _, to in readers(region, SIX_MONTHS)] == ["bo", "anna"]


def test_a_reason_is_given(region: Region, charter: int) -> None:
    assert is_refused(region, snoozes, charter, reason=" ") == "Ange ett skäl."


def test_a_second_one_waits_for_the_first_to_end(region: Region, charter: int) -> None:
    snoozes(region, charter)
    says = is_refused(region, snoozes, charter, until=UNTIL + DAY)
    assert f"redan skjutit upp förvarningarna till {UNTIL}" in says


def test_what_has_no_warnings_to_come_is_not_snoozed(region: Region) -> None:
    in_review = region.in_review()
    assert "inga förvarningar" in is_refused(region, snoozes, in_review, who="sara")


def test_what_has_a_successor_is_not_snoozed(region: Region, charter: int) -> None:
    region.successor(on=IN_DECEMBER, valid_from=LAPSED)
    assert "inga fler förvarningar" in is_refused(region, snoozes, charter)


def test_ended_early_the_warning_comes_the_day_after(region: Region, charter: int) -> None:
    snoozes(region, charter)
    region.live_through(SIX_MONTHS)
    ended = does(region, end_snooze, charter, on=SIX_MONTHS)
    assert ended.until == SIX_MONTHS + DAY
    (entry,) = region.journal(charter, "end-snooze")
    assert entry.details == {"until": str(ended.until), "was": str(UNTIL)}
    region.live_through(ended.until)
    assert readers(region, ended.until) == [(Letter.RENEWAL, "6m", "bo")]
    region.live_through(UNTIL)
    assert readers(region, UNTIL) == []


def test_what_is_not_snoozed_cannot_be_ended(region: Region, charter: int) -> None:
    def ends(region: Region, charter: int) -> Snoozed:
        return does(region, end_snooze, charter)

    assert "inte skjutit upp" in is_refused(region, ends, charter)
    snoozes(region, charter)
    ends(region, charter)


# --- told, foreseen, asked ------------------------------------------------------------------------


def test_the_forecast_knows_who_gets_it_when(region: Region, charter: int) -> None:
    snoozes(region, charter)
    with reading(region.engine) as connection:
        at = region.sitting(connection, None, IN_DECEMBER)
        coming = [
            (one.day, one.stage, [to.name for to in one.to])
            for one in forecast(connection, at, THREE_MONTHS - DAY)
            if one.what is Letter.RENEWAL
        ]
    assert coming == [(SIX_MONTHS, "6m", ["Anna Ek"]), (UNTIL, "6m", ["Bo Lund"])]
    region.live_through(THREE_MONTHS - DAY)
    assert readers(region, UNTIL) == [(Letter.RENEWAL, "6m", "bo")]


def test_why_not_tells_of_it_before_and_after(region: Region, charter: int) -> None:
    def answers(on: date) -> list[tuple[str, str]]:
        with reading(region.engine) as connection:
            at = region.sitting(connection, None, on)
            return [(one.verdict, one.words.sv) for one in why_not(connection, charter, "6m", at)]

    snoozes(region, charter)
    ((verdict, words),) = answers(IN_DECEMBER)
    assert verdict == "not_due"
    assert f"Bo Lund har skjutit upp sina förvarningar till {UNTIL} och får den då." in words
    region.live_through(SIX_MONTHS)
    found = dict(answers(SIX_MONTHS))
    assert set(found) == {"waiting", "skipped"}
    assert f"Bo Lund hade skjutit upp sina förvarningar till {UNTIL}" in found["skipped"]


def test_snoozes_that_run_are_listed_with_their_reason(region: Region, charter: int) -> None:
    snoozes(region, charter)
    snoozes(region, charter, who="sara", until=UNTIL + DAY)
    with reading(region.engine) as connection:
        bo = region.person("bo").id
        (mine,) = snoozes_on(connection, SIX_MONTHS, person_id=bo)
        assert (mine.charter_id, mine.until, mine.name) == (charter, UNTIL, "Bo Lund")
        assert mine.group_name == "Samordningsråd rörelse"
        assert len(snoozes_on(connection, SIX_MONTHS)) == 2
        assert [one.name for one in snoozes_on(connection, UNTIL)] == ["Sara Nyberg"]


def test_the_button_is_there_for_those_it_is_for(region: Region, charter: int) -> None:
    def latest(who: str) -> date | None:
        with transaction(region.engine) as connection:
            at = region.sitting(connection, who, IN_DECEMBER)
            return snooze_at_most_until(open_matter(connection, charter, at))

    assert latest("bo") == date(2031, 3, 2)
    assert latest("anna") is None
    snoozes(region, charter)
    assert latest("bo") is None


def test_a_groups_charter_is_the_one_that_ends_first(region: Region, charter: int) -> None:
    region.successor(on=IN_DECEMBER, valid_from=LAPSED)
    with reading(region.engine) as connection:
        assert charter_to_snooze(connection, region.group()) == charter


def test_a_group_without_a_charter_has_nothing_to_snooze(region: Region) -> None:
    with reading(region.engine) as connection, pytest.raises(NotSnoozed, match="no charter"):
        charter_to_snooze(connection, region.group())


def test_it_is_kept_on_each_engine(anywhere: Region) -> None:
    charter = anywhere.distributed()
    anywhere.live_through(IN_DECEMBER)
    snoozes(anywhere, charter)
    with reading(anywhere.engine) as connection:
        kept = connection.execute(select(SnoozeAsked)).one()
    assert (kept.charter_id, kept.from_, kept.until) == (charter, IN_DECEMBER, UNTIL)
    anywhere.live_through(UNTIL)
    assert readers(anywhere, UNTIL) == [(Letter.RENEWAL, "6m", "bo")]
