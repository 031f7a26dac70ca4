"""The acts from a terminal: each by its own name, each refusal in sentences, nothing half done."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from casework.settings import Settings
from statemachine.vocabulary import Act
from tests.cli.terminal import SAMPLES, Terminal

FIRST_TRY = SAMPLES / "nara-vard-forsta-utkast.md"
CHARTER = SAMPLES / "nara-vard.md"

BY_PEOPLE = [
    act for act in Act if act not in (Act.DISTRIBUTE, Act.ENTER_RENEWAL, Act.SUPERSEDE, Act.EXPIRE)
]


def journal_rows(terminal: Terminal) -> int:
    with sqlite3.connect(terminal.database) as connection:
        count: int = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
    connection.close()
    return count


@pytest.mark.parametrize("act", BY_PEOPLE)
def test_every_act_that_people_do_is_a_command_of_the_same_name(
    terminal: Terminal, act: Act
) -> None:
    assert act.value in terminal.type("--help").out
    assert "--by" in terminal.type(act.value, "--help").out


def test_a_charter_goes_from_a_file_to_a_decision(terminal: Terminal) -> None:
    terminal.organised()
    assert terminal.json("draft", FIRST_TRY, "--by", "sara.nyberg")["becomes"] == "draft"
    assert terminal.json("edit", 1, CHARTER, "--by", "sara.nyberg")["becomes"] == "draft"
    assert terminal.json("submit", 1, "--by", "sara.nyberg", "--no-conflict")["letters"] == 1
    assert terminal.json("show", 1)["waits_for"] == ["Helena Ask"]
    approved = terminal.json("approve", 1, "--by", "helena.ask", "--no-conflict")
    assert (approved["role"], approved["becomes"]) == ("director", "approved")
    shown = terminal.json("show", 1)
    assert [paper["what"] for paper in shown["papers"]] == ["draft", "decision", "decision"]
    assert [one["authenticated"] for one in shown["decisions"]] == [
        "terminal, asserted by operator"
    ]
    assert [one["act"] for one in terminal.json("history", 1)] == [
        "draft",
        "edit",
        "submit",
        "approve",
    ]
    reader = shown["recipients"][0]["email"]
    assert terminal.json("acknowledge", 1, "--by", reader)["lines"] == [1]
    assert terminal.json("show", 1)["recipients"][0]["acknowledged_at"]
    assert "redan" in terminal.refused("acknowledge", 1, "--by", reader).err
    until = (datetime.now(Settings().timezone) + timedelta(days=30)).date()
    wanted_later = ("--until", until, "--reason", "Föräldraledig.")
    mine = ("snooze", "set", "nara-vard", "--by", "rasmus.ek", *wanted_later)
    assert terminal.json(*mine)["charter"] == 1
    assert "redan skjutit upp" in terminal.refused(*mine).err
    assert "Rasmus Ek" in terminal.type("snooze", "list").out
    terminal.type("snooze", "end", 1, "--by", "rasmus.ek")
    in_force = terminal.json("in-force", "nara-vard")
    assert in_force["charter"] == 1
    assert [one["state"] for one in terminal.json("list", "--state", "approved")] == ["approved"]


def test_every_reason_is_given_at_once_and_nothing_changes(terminal: Terminal) -> None:
    terminal.organised()
    terminal.type("draft", FIRST_TRY, "--by", "sara.nyberg")
    before = journal_rows(terminal)
    refused = terminal.refused("submit", 1, "--by", "sara.nyberg")
    assert "xxx" in refused.err
    assert "koordinator" in refused.err
    assert "jäv" in refused.err
    assert journal_rows(terminal) == before
    assert terminal.json("show", 1)["state"] == "draft"


def test_a_conflict_of_interest_is_kept_though_nothing_is_decided(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    declared = terminal.json("approve", number, "--by", "helena.ask", "--conflict")
    assert (declared["act"], declared["becomes"]) == ("declare-conflict", "review")
    refused = terminal.refused("approve", number, "--by", "helena.ask", "--no-conflict")
    assert "jäv" in refused.err


def test_decisions_from_the_terminal_can_be_switched_off(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = terminal.organised().submitted()
    monkeypatch.setenv("MANDAT_TERMINAL_DECISIONS", "false")
    refused = terminal.refused("approve", number, "--by", "helena.ask", "--no-conflict")
    assert "MANDAT_TERMINAL_DECISIONS" in refused.err
    terminal.type("withdraw", number, "--by", "sara.nyberg")


def test_an_opinion_is_asked_for_and_given(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    terminal.type("ask-opinion", number, "--by", "sara.nyberg", "--of", "elin.sandberg")
    terminal.type(
        "opinion", number, "--by", "elin.sandberg", "--has-remarks", "--statement", "Förtydliga."
    )
    assert terminal.json("history", number)[-1]["reason"] == "Förtydliga."


def test_an_empty_form_knows_its_group_and_says_what_it_lacks(terminal: Terminal) -> None:
    terminal.organised()
    terminal.type("draft", "--form", "charter", "--group", "nara-vard", "--by", "sara.nyberg")
    shown = terminal.json("show", 1)
    assert shown["group"] == "Samordningsgrupp nära vård"
    fields = {problem["field"] for problem in shown["problems"] if problem["level"] == "error"}
    assert "registry_number" in fields
    assert not any(field.startswith("recipients") for field in fields)


def test_a_charter_decided_before_the_system_is_recorded_and_renewed(terminal: Terminal) -> None:
    terminal.organised()
    decided = ("--decided-by", "Helena Ask", "--as", "Hälso- och sjukvårdsdirektör")
    recorded = terminal.json(
        "record", CHARTER, "--by", "oskar.dahl", "--decided-on", "2020-02-29", *decided
    )
    assert (recorded["becomes"], recorded["letters"]) == ("expired", 0)
    assert terminal.json("in-force", "nara-vard", "--on", "2025-02-28")["in_force"]
    assert not terminal.json("in-force", "nara-vard", "--on", "2025-03-01")["in_force"]
    overlapping = terminal.refused(
        "record", CHARTER, "--by", "oskar.dahl", "--decided-on", "2021-01-01", *decided
    )
    assert "2020-02-29" in overlapping.err
    renewed = terminal.json("renew", "nara-vard", "--by", "rasmus.ek")
    assert terminal.json("show", renewed["charter"])["predecessor"] == recorded["charter"]


def test_a_decision_about_a_role_is_renewed_by_its_number(terminal: Terminal) -> None:
    terminal.organised()
    role = SAMPLES / "kontaktperson.md"
    decided = ("--decided-on", "2024-03-01", "--decided-by", "Helena Ask")
    recorded = terminal.json(
        "record", role, "--by", "oskar.dahl", *decided, "--as", "Hälso- och sjukvårdsdirektör"
    )
    renewed = terminal.json("renew", str(recorded["charter"]), "--by", "sara.nyberg")
    shown = terminal.json("show", renewed["charter"])
    assert (shown["kind"], shown["predecessor"]) == ("executive_decision", recorded["charter"])


def test_a_group_is_discontinued_with_its_charter_and_draft(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    done = terminal.json(
        *("discontinue-group", "nara-vard", "--into", "rorelseorganen", "--by", "helena.ask"),
        *("--effective-day", _today(), "--registry-number", "RS 2026-01000"),
        *("--reason", "Uppgifterna förs samman.", "--no-conflict"),
    )
    assert done["returned"] == [number]
    assert terminal.json("show", number)["state"] == "draft"
    refused = terminal.refused("submit", number, "--by", "sara.nyberg", "--no-conflict")
    assert "avvecklad" in refused.err


def test_a_paper_is_fetched_as_it_was_written(terminal: Terminal, tmp_path: Path) -> None:
    number = terminal.organised().submitted()
    target = tmp_path / "utkast.pdf"
    terminal.type("show", number, "--paper", 1, "--out", target)
    assert target.read_bytes().startswith(b"%PDF-")
    terminal.refused("show", number, "--paper", 99)


def test_a_paper_is_fetched_under_its_own_name_where_no_other_is_given(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = terminal.organised().submitted()
    monkeypatch.chdir(tmp_path)
    written = Path(terminal.type("show", number, "--paper", 1).out.strip())
    assert (tmp_path / written).read_bytes().startswith(b"%PDF-")


def test_charters_are_listed_by_state_in_the_words_people_use(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    for state in ("granskning", "Granskning", "in review", "review"):
        assert [one["charter"] for one in terminal.json("list", "--state", state)] == [number]
    assert terminal.json("list", "--state", "löper snart ut") == []
    assert "löper snart ut" in terminal.refused("list", "--state", "sovande").err


def test_the_text_is_shown_as_it_can_be_edited(terminal: Terminal, tmp_path: Path) -> None:
    number = terminal.organised().submitted()
    text = tmp_path / "text.md"
    text.write_text(terminal.type("show", number, "--text").out, encoding="utf-8")
    terminal.type("withdraw", number, "--by", "sara.nyberg")
    before = terminal.json("history", number)[-1]["content_hash"]
    terminal.type("edit", number, text, "--by", "sara.nyberg")
    assert terminal.json("read", text)["title"] == terminal.json("show", number)["title"]
    assert before


WRONG = [
    ("approve", 99, "--by", "helena.ask"),
    ("approve", 1, "--by", "nobody.here"),
    ("approve", 1, "--by", "sara.nyberg", "--no-conflict"),
    ("draft", "--by", "sara.nyberg"),
    ("draft", "no-such-file.md", "--by", "sara.nyberg"),
    ("draft", SAMPLES, "--by", "sara.nyberg"),
    ("draft", "--form", "poem", "--by", "sara.nyberg"),
    ("draft", "--form", "charter", "--language", "de", "--by", "sara.nyberg"),
    ("draft", CHARTER, "--group", "no-such-group", "--by", "sara.nyberg"),
    ("draft", CHARTER, "--by", "sara.nyberg"),
    ("draft", CHARTER, "--by", "helena.ask"),
    ("draft", SAMPLES / "rorelseorganen.md", "--office", "kung", "--by", "sara.nyberg"),
    ("edit", 1, CHARTER, "--by", "sara.nyberg"),
    ("renew", "nara-vard", "--by", "rasmus.ek"),
    ("record", CHARTER, "--by", "sara.nyberg", "--decided-on", "2020-01-01"),
    ("record", CHARTER, "--by", "oskar.dahl", "--decided-on", "igår"),
    ("hand-over", 1, "--by", "sara.nyberg", "--to", "helena.ask"),
    ("submit", 1, "--by", "sara.nyberg", "--instead", "first=anna"),
    ("send-back", 1, "--by", "helena.ask"),
    ("opinion", 1, "--by", "elin.sandberg", "--supports"),
    ("discontinue", 1, "--by", "helena.ask", "--effective-day", "2030-01-01"),
    ("in-force", "no-such-group"),
    ("list", "--state", "asleep"),
    ("show", 99),
    ("history", 99),
    ("no-such-command",),
]  # fmt: skip


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(map(str, words))[:60])
def test_bad_input_gets_a_sentence_and_changes_nothing(
    terminal: Terminal, words: tuple[object, ...]
) -> None:
    terminal.organised().submitted()
    before = journal_rows(terminal)
    refused = terminal.refused(*words)
    assert journal_rows(terminal) == before
    assert refused.out == ""


def test_a_database_that_is_none_gets_a_sentence(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "poem.db").write_text("Det var en gång en databas, och det var inte den här.\n")
    monkeypatch.setenv("MANDAT_DATABASE_URL", f"sqlite:///{tmp_path}/poem.db")
    assert "MANDAT_DEBUG" in terminal.refused("list").err
    monkeypatch.setenv("MANDAT_DATABASE_URL", "mysql://localhost/mandat")
    assert "postgresql" in terminal.refused("list").err


def _today() -> str:
    from cli.edge import edge

    with edge() as at:
        return at.today.isoformat()


def test_a_day_that_has_not_come_is_rehearsed_and_not_done_by_a_slip_of_the_year(
    terminal: Terminal,
) -> None:
    terminal.organised()
    refused = terminal.refused("calendar", "run", "--on", "2962-01-01")
    assert "mandat rehearse --until 2962-01-01" in refused.err
