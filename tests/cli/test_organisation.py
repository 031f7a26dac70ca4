"""The organisation from a terminal: loaded, shown, changed, and refused in a sentence."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli import organisation
from statemachine.words import Refusal
from tests.casework.organisations import SAMPLE, SMALL

BY = ("--by", "cia.lund")


class Terminal:
    """Commands typed one after another, against one memory."""

    def __init__(self) -> None:
        self.app = typer.Typer()
        organisation.register(self.app)

    def type(self, *words: str) -> str:
        answered = CliRunner().invoke(self.app, words, catch_exceptions=False)
        assert answered.exit_code == 0, answered.output
        return answered.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.type(*words, "--json"))


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("MANDAT_DATABASE_URL", f"sqlite:///{tmp_path}/mandat.db")
    return Terminal()


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return str(path)


def test_the_sample_is_loaded_once_and_shown(terminal: Terminal) -> None:
    load = ("organisation", "load", str(SAMPLE), "--by", "astrid.wall")
    assert terminal.type(*load).startswith("Nytt (72)\n  person Helena Ask (helena.ask)\n")
    assert terminal.json(*load) == {"new": [], "changed": [], "closed": []}
    shown = terminal.json("organisation", "show", "--on", "2026-07-15")
    assert len(shown["groups"]) == 5
    assert [one["person"] for one in shown["offices"][0]["stand_ins"]] == ["johan.berglund"]
    assert "Anna Rosén" in terminal.type("organisation", "show")


def test_a_dry_run_changes_nothing(terminal: Terminal, small: str) -> None:
    dry = terminal.json("organisation", "load", small, "--dry-run")
    assert dry == terminal.json("organisation", "load", small, *BY)
    assert len(dry["new"]) == 12


def test_people_seats_offices_and_stand_ins_are_changed_one_at_a_time(
    terminal: Terminal, small: str
) -> None:
    terminal.type("organisation", "load", small, *BY)
    terminal.type("person", "add", "disa.lo", "--name", "Disa Lo", "--language", "en", *BY)
    terminal.type("person", "change", "disa.lo", "--title", "strateg", *BY)
    terminal.type("seat", "set", "rad", "liaison", "disa.lo", "--from", "2026-01-01", *BY)
    terminal.type("seat", "vacate", "rad", "chair", "--from", "2026-02-01", *BY)
    terminal.type("office", "hold", "direktor", "disa.lo", "--from", "2026-03-01", *BY)
    terminal.type("stand-in", "set", "direktor", "bo.ask", "--from", "2026-04-01", *BY)
    terminal.type("stand-in", "end", "direktor", "bo.ask", "--through", "2040-01-31", *BY)
    terminal.type("person", "leave", "disa.lo", "--through", "2040-12-31", *BY)
    disa = terminal.json("person", "show", "disa.lo")
    assert (disa["title"], disa["language"], disa["through"]) == ("strateg", "en", "2040-12-31")
    assert [(one["what"], one["from"], one["through"]) for one in disa["holds"]] == [
        ("holder", "2026-03-01", "2040-12-31"),
        ("seat", "2026-01-01", "2040-12-31"),
    ]
    shown = terminal.json("organisation", "show", "--on", "2039-01-01")
    assert shown["offices"][0]["stand_ins"] == [
        {"person": "bo.ask", "from": "2026-04-01", "through": "2040-01-31"}
    ]
    assert "plats: Rådet, kontaktperson, Disa Lo" in terminal.type("person", "show", "disa.lo")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("organisation", "load", "nowhere.yaml", *BY), "nowhere.yaml cannot be opened"),
        (("organisation", "load", "{small}"), "Say who loads"),
        (("seat", "set", "rad", "chair", "bo.ask", "--from", "1 maj", *BY), "not a date"),
        (("person", "show", "nobody"), "There is no person"),
        (("person", "leave", "cia.lund", *BY), "no person with the key cia.lund"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    terminal: Terminal, small: str, words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(Refusal, match=says):
        terminal.type(*(word.format(small=small) for word in words))


def test_a_change_that_is_refused_leaves_memory_as_it_was(terminal: Terminal, small: str) -> None:
    terminal.type("organisation", "load", small, *BY)
    before = terminal.json("organisation", "show", "--on", str(date(2026, 1, 1)))
    with pytest.raises(Refusal):
        terminal.type("seat", "set", "rad", "chair", "bo.ask", "--from", "2020-01-01", *BY)
    assert terminal.json("organisation", "show", "--on", str(date(2026, 1, 1))) == before


def test_a_duty_is_given_and_ended(terminal: Terminal, small: str) -> None:
    terminal.type("organisation", "load", small, *BY)
    assert "Anna Ek" in terminal.type("duty", "give", "handler", "anna.ek", *BY)
    given = terminal.json("duty", "give", "handler", "anna.ek", "--through", "2099-01-01", *BY)
    assert given["closed"][0]["fields"]["through"] == {"old": None, "new": "2099-01-01"}
    terminal.type("duty", "end", "handler", "anna.ek", *BY)
    assert terminal.json("organisation", "show", "--on", "2098-01-01")["duties"]["handler"] == []
