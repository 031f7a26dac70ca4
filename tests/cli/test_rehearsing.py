"""Time tried out from a terminal: forecast, rehearse, simulate, why, why-not, check-journal."""

import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from tests.cli.terminal import Terminal

UNTIL = ("--until", str(datetime.now(UTC).date() + timedelta(days=60)))


def test_a_forecast_is_a_table_json_or_a_calendar_file(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    told = terminal.type("forecast", number, *UNTIL).out
    assert "påminnelse om beslut wd3" in told
    assert "Helena Ask (beslutsfattare)" in told
    found = terminal.json("forecast", number, *UNTIL)
    assert {one["what"] for one in found} == {"decision_reminder", "escalation"}
    assert all(one["to"] and one["why"] and one["unless"] for one in found)
    entries = Calendar.from_ical(terminal.type("forecast", number, *UNTIL, "--calendar").out)
    assert len(list(entries.walk("VEVENT"))) == len(found)


def test_a_forecast_is_of_a_charter_a_group_a_person_or_all(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    of_the_group = terminal.json("forecast", "nara-vard")
    assert number in {one["charter"] for one in of_the_group}
    assert len(terminal.json("forecast")) > len(of_the_group)
    hers = terminal.json("forecast", "--person", "helena.ask")
    assert {to["email"] for one in hers for to in one["to"]} == {"helena.ask@sjoviken.example"}
    for words in (("forecast", 4711), ("forecast", "rymdrådet"), ("forecast", "--person", "x")):
        terminal.refused(*words)
    assert "har redan varit" in terminal.refused("forecast", "--until", "2001-01-01").err


def test_a_rehearsal_tells_what_would_happen_and_changes_nothing(terminal: Terminal) -> None:
    terminal.organised().submitted()
    before = everything_in(terminal)
    told = terminal.type("rehearse", *UNTIL).out
    assert "Databasen är orörd." in told
    done = terminal.json("rehearse", *UNTIL)
    assert {one["letter"] for one in done["letters"]} >= {"decision_reminder", "escalation"}
    assert done["broken"] == []
    assert everything_in(terminal) == before
    assert not (terminal.database.parent / "mail").exists()


@pytest.mark.slow
def test_a_simulation_says_what_was_lived_and_that_all_holds(terminal: Terminal) -> None:
    asked = ("simulate", "--charters", 2, "--years", 1, "--seed", "a terminal", "--faults")
    assert "Allt som ska hålla håller." in terminal.type(*asked).out
    [lived] = terminal.json(*asked)
    assert lived["days"] == 365
    assert lived["broken"] == []
    assert len(lived["hash"]) == 64
    assert not terminal.database.exists()


def test_a_simulation_of_nothing_is_a_sentence(terminal: Terminal) -> None:
    assert "minst 1" in terminal.refused("simulate", "--charters", 0).err


def test_why_and_why_not_answer_from_the_ledger(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    [letter] = terminal.json("why", "helena.ask")
    assert letter["caused_by"] == "Sara Nyberg"
    assert terminal.type("why", letter["letter"]).out.strip() == letter["says"]
    assert "har inte fått något brev" in terminal.type("why", "astrid.wall").out
    [reason] = terminal.json("why-not", number, "--stage", "wd3")
    assert reason["verdict"] == "not_due"
    assert reason["says"] in terminal.type("why-not", number, "--stage", "wd3").out
    terminal.refused("why", "rymdrådet")
    terminal.refused("why-not", number, "--stage", "3m")


def test_the_journal_is_checked_and_what_does_not_hold_is_a_sentence(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    assert "Allt som ska hålla håller." in terminal.type("check-journal").out
    with sqlite3.connect(terminal.database) as driver:
        driver.execute("UPDATE charters SET wake_on = NULL")
    driver.close()
    assert f"Nummer {number} (granskning) har ingen dag" in terminal.refused("check-journal").err


def everything_in(terminal: Terminal) -> str:
    with sqlite3.connect(terminal.database) as driver:
        told = "\n".join(driver.iterdump())
    driver.close()
    return hashlib.sha256(told.encode()).hexdigest()
