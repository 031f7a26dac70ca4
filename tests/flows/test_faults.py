"""Faults: whatever breaks, acts come as dates say, and no letter is written or sent twice."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings
from sqlalchemy import Engine, event

from casework.invariants import broken
from casework.settings import Settings
from flows.clockwork import clockwork
from flows.server import NoServer
from flows.workbench import When, opened
from models.session import CannotRemember, reading
from notifications.carriers.folder import FolderCarrier
from statemachine.vocabulary import Letter, State
from tests.builders import (
    DAY,
    DECIDED,
    LAPSED,
    LAST_DAY,
    Region,
    an_executive_decision,
    moment,
    replayed,
)
from tests.flows.test_several_machines import many_due

DOWN = (timedelta(hours=1), DAY, timedelta(weeks=1), timedelta(days=365))
STRUCK = (
    # where a worker ends, before each downtime
    ("before nothing is committed", 2),  # in the middle of a look
    ("accepted, before the mark", 2),  # in the middle of a delivery
    ("after nothing is committed", 2),
    ("on the threshold", 2),
)


@pytest.fixture
def region(sqlite_engine: Engine) -> Region:
    return Region.founded(sqlite_engine)


def all_holds(region: Region, looked_on: date | None = None) -> None:
    """Every invariant does, as of the last day the calendar has looked at to the end."""
    with reading(region.engine) as connection:
        found = broken(connection, region.settings.calendar, looked_on=looked_on)
    assert [str(one.words) for one in found] == []
    assert region.outbox(), "letters were written, for the invariants to hold"


# --- killed -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_flows_killed_on_their_way_do_each_thing_once_whenever_they_are_started_again(
    prefect: Path, sqlite_engine: Engine, tmp_path: Path
) -> None:
    region = many_due(sqlite_engine, 6)
    waiting = region.in_review(document=an_executive_decision(), on=LAST_DAY - 366 * DAY)
    sqlite_engine.dispose()
    letters, at = tmp_path / "letters", moment(LAST_DAY - 365 * DAY)
    for (point, nth), down in zip(STRUCK, DOWN, strict=True):
        assert run_the_flows(sqlite_engine, letters, at, point, nth) == -signal.SIGKILL
        at += down
    # The year is over, and so are the charters; then what was uncertain is sent.
    for later in (timedelta(), timedelta(hours=1)):
        assert run_the_flows(sqlite_engine, letters, at + later) == 0

    all_holds(region, looked_on=at.date())
    for council in region.everything()["charters"]:
        assert replayed(acts(region, council.id)) == council.state
        if council.id != waiting:
            assert council.state == State.EXPIRED
            (ended,) = region.journal(council.id, "expire")
            assert ended.day == at.date() > LAST_DAY
    assert {row.state for row in region.outbox()} <= {"sent", "cancelled", "expired"}
    sent = {row.message_id for row in region.outbox() if row.state == "sent"}
    carried = Counter(identities(letters))
    assert set(carried.values()) == {1}
    # One had left when its worker was struck, and was too old to be sent again when that was seen.
    assert sent <= set(carried)
    assert len(set(carried) - sent) <= 1


def run_the_flows(
    engine: Engine, letters: Path, at: datetime, point: str = "", nth: int = 1
) -> int:
    """The day's flows in a process of their own, maybe struck down; how it ended."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.flows.struck", url, str(letters), at.isoformat()]
    environment = {
        **os.environ,
        **get_current_settings().to_environment_variables(exclude_unset=True),
    }
    ran = subprocess.run(
        [*command, point, str(nth)], env=environment, capture_output=True, timeout=90, check=False
    )
    assert ran.returncode in (0, -signal.SIGKILL), ran.stderr.decode()
    return ran.returncode


def acts(region: Region, charter: int) -> list[Any]:
    return [row for row in region.journal(charter) if row.stood != row.becomes]


def identities(folder: Path) -> Iterator[str]:
    for path in folder.glob("*.eml"):
        yield message_from_bytes(path.read_bytes())["Message-ID"]


# --- the database -------------------------------------------------------------------------------


def with_pragma(engine: Engine, pragma: str) -> None:
    """From here on the engine's connections have this said to them."""
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Someone else holds the database's write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_database_locked_for_too_long_is_said_in_a_sentence(region: Region) -> None:
    charter = region.in_review()
    before = region.everything()
    with_pragma(region.engine, "busy_timeout=20")
    with locked(str(region.engine.url.database)):
        for act in (
            lambda: region.decided(charter, on=DECIDED),
            lambda: region.sweep(DECIDED),
            lambda: region.delivers(FolderCarrier(Path("never")), on=DECIDED),
        ):
            with pytest.raises(CannotRemember) as refused:
                act()
            assert "upptagen av någon annan, så inget har ändrats" in refused.value.reasons[0].sv
    assert region.everything() == before
    region.decided(charter, on=DECIDED)
    assert region.state(charter) is State.APPROVED


def test_a_full_database_ends_an_act_in_a_sentence_and_halves_nothing(
    region: Region, tmp_path: Path
) -> None:
    charter = region.in_review()
    region.in_review(document=an_executive_decision())
    before = region.everything()
    pages = pages_of(region.engine)
    with_pragma(region.engine, f"max_page_count={pages}")
    # What fits in the pages there are may be done; soon nothing does.
    for number in range(200):
        try:
            region.draft(document=an_executive_decision(title=f"Roll {number}"))
        except CannotRemember as fault:
            full = fault
            break
    assert "inte plats för mer i databasen, så inget har ändrats" in full.reasons[0].sv
    filled = region.everything()
    with pytest.raises(CannotRemember):
        region.decided(charter, on=DECIDED)
    assert region.everything() == filled
    assert (region.state(charter), region.papers(charter)) == (State.REVIEW, ["draft"])
    assert filled["charters"][: len(before["charters"])] == before["charters"]

    with_pragma(region.engine, f"max_page_count={pages + 10_000}")
    region.decided(charter, on=DECIDED)
    region.delivers(FolderCarrier(tmp_path / "letters"), on=DECIDED)
    for one in region.everything()["charters"]:
        assert replayed(acts(region, one.id)) == one.state
    all_holds(region)


def test_a_look_at_many_in_a_full_database_is_done_later_to_the_last(
    sqlite_engine: Engine,
) -> None:
    region = many_due(sqlite_engine, 40)
    before = region.everything()
    pages = pages_of(sqlite_engine)
    with_pragma(sqlite_engine, f"max_page_count={pages}")
    with pytest.raises(CannotRemember):
        region.sweep(LAPSED)
    assert region.everything() == before
    with_pragma(sqlite_engine, f"max_page_count={pages + 10_000}")
    assert region.sweep(LAPSED).acts == 40
    all_holds(region, looked_on=LAPSED)


def test_a_letter_that_finds_no_room_to_be_written_down_does_not_leave(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    region = many_due(sqlite_engine, 4)
    region.sweep(LAPSED)
    pages, letters = pages_of(sqlite_engine), tmp_path / "letters"
    with_pragma(sqlite_engine, f"max_page_count={pages}")
    with pytest.raises(CannotRemember):
        region.delivers(FolderCarrier(letters), on=LAPSED)
    left = set(identities(letters))
    assert left == {row.message_id for row in region.outbox() if row.state == "sent"}
    assert len(left) < len(region.outbox())
    with_pragma(sqlite_engine, f"max_page_count={pages + 10_000}")
    region.delivers(FolderCarrier(letters), on=LAPSED, clock=time(10))
    assert {row.state for row in region.outbox()} == {"sent"}
    assert Counter(identities(letters)) == dict.fromkeys(
        (row.message_id for row in region.outbox()), 1
    )


def pages_of(engine: Engine) -> int:
    with closing(sqlite3.connect(str(engine.url.database))) as memory:
        return int(memory.execute("PRAGMA page_count").fetchone()[0])


# --- time ---------------------------------------------------------------------------------------


def test_a_clock_that_goes_back_a_day_between_two_looks_undoes_and_doubles_nothing(
    region: Region,
) -> None:
    charter = region.distributed()
    region.live_through(LAST_DAY - DAY)
    region.sweep(LAPSED)
    ended = region.everything()
    assert region.state(charter) is State.EXPIRED
    for day in (LAST_DAY, LAPSED, LAST_DAY - 2 * DAY):
        assert region.sweep(day).acts == 0
        after = region.everything()
        assert (after["outbox"], after["charters"]) == (ended["outbox"], ended["charters"])
    region.sweep(LAPSED + DAY)
    all_holds(region, looked_on=LAPSED + DAY)


def test_a_clock_that_went_back_before_a_warning_still_gives_it_once(region: Region) -> None:
    charter = region.distributed()
    for wake in region.live_through(LAST_DAY):
        region.sweep(wake - DAY)
        region.sweep(wake)
    stages = Counter(
        sent.stage for sent in region.letters(Letter.RENEWAL, charter=charter) if sent.to == "bo"
    )
    assert len(stages) >= 4
    assert set(stages.values()) == {1}
    all_holds(region, looked_on=LAST_DAY)


@pytest.mark.parametrize("night", [date(2031, 3, 30), date(2031, 10, 26)], ids=["spring", "autumn"])
def test_a_night_the_clock_is_changed_has_one_day_after_the_other(
    region: Region, night: date
) -> None:
    """Looked at every half hour through it, a charter that ends that night ends once, on time."""
    begun = date(2026, 10, 27)
    charter = region.recorded(
        on=begun, decided_on=begun, valid_from=begun, valid_through=night - DAY
    ).charter_id
    url = region.engine.url.render_as_string(hide_password=False)
    begins = datetime(night.year, night.month, night.day, tzinfo=UTC) - timedelta(hours=6)
    days = []
    with opened(Settings(database_url=url)) as bench:
        for half in range(24):
            at = begins + half * timedelta(minutes=30)
            day = bench.sitting(When(at=at)).today
            days.append(day)
            region.sweep(day)
            assert (region.state(charter) is State.EXPIRED) == (day >= night)
    assert days == sorted(days)
    assert set(days) == {night - DAY, night}
    (ended,) = region.journal(charter, "expire")
    assert ended.day == night
    # It was a Sunday: the letters went the next day.
    region.sweep(night + DAY)
    all_holds(region, looked_on=night + DAY)


def test_a_charter_that_ends_on_the_29th_of_february_is_warned_of_and_ends_once(
    region: Region,
) -> None:
    begun, leap_day = date(2027, 3, 1), date(2032, 2, 29)
    charter = region.recorded(
        on=begun, decided_on=begun, valid_from=begun, valid_through=leap_day
    ).charter_id
    swept = region.live_through(leap_day)
    assert region.state(charter) is State.EXPIRING
    warned = Counter(sent.stage for sent in region.letters(charter=charter) if sent.to == "bo")
    assert set(warned.values()) == {1}
    assert min(swept) <= date(2031, 2, 28)
    region.sweep(date(2032, 3, 1))
    (ended,) = region.journal(charter, "expire")
    assert ended.day == date(2032, 3, 1)
    all_holds(region, looked_on=date(2032, 3, 1))


# --- Prefect ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_act_stands_while_prefect_s_server_is_away_and_the_next_look_catches_up(
    prefect: Path, region: Region
) -> None:
    url = region.engine.url.render_as_string(hide_password=False)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        charter = region.approved(on=DECIDED)
        with pytest.raises(NoServer), clockwork(Settings(database_url=url)):
            pytest.fail("there is no server")
    assert region.state(charter) is State.APPROVED
    assert region.papers(charter)
    with clockwork(Settings(database_url=url), carrier=FolderCarrier(prefect / "mail")) as works:
        works.deliver(at=moment(DECIDED))
        works.daily(at=moment(DECIDED))
    assert region.state(charter) is State.DISTRIBUTED
    all_holds(region, looked_on=DECIDED)
