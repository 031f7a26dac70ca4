"""Answers: what is read, in words or JSON, in either language, and how fast help comes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import SAMPLES, Terminal

FIELDS = [
    "file",
    "kind",
    "title",
    "organisation",
    "unit",
    "group",
    "revision",
    "document_date",
    "registry_number",
    "area",
    "commissioner",
    "assignee",
    "handler",
    "sections",
    "meetings",
    "decision",
    "recipients",
    "valid_through",
    "references",
    "problems",
]


def test_a_sound_document_is_read_with_code_0(terminal: Terminal) -> None:
    answer = terminal.type("read", SAMPLES / "nara-vard.md", "--json")
    assert list(answer.json) == FIELDS
    assert answer.json["registry_number"] == "RS 2026-00533"
    assert answer.json["meetings"] == {"min": 6, "max": 10}


def test_a_document_with_errors_is_read_with_code_1(terminal: Terminal) -> None:
    answer = terminal.run(("read", str(SAMPLES / "nara-vard-forsta-utkast.md")))
    assert answer.code == 1
    assert "FEL" in answer.out


def test_what_is_no_charter_is_refused_with_code_2(terminal: Terminal, tmp_path: Path) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("Rosor är röda.\nVioler är blå.\n")
    answer = terminal.run(("read", str(poem), str(SAMPLES / "nara-vard.md")))
    assert answer.code == 2
    assert "poem.txt" in answer.err
    assert "Samordningsgrupp nära vård" in answer.out, "the next file is read all the same"
    assert terminal.run(("read", str(tmp_path / "missing.docx"))).code == 2


def test_an_empty_memory_says_how_to_begin(terminal: Terminal) -> None:
    assert "mandat draft" in terminal.type("list").out
    assert terminal.json("list") == []


def test_the_life_is_drawn(terminal: Terminal) -> None:
    assert terminal.type("lifecycle", "--mermaid").out.startswith("stateDiagram-v2")
    assert "fastställa" in terminal.type("lifecycle").out


@pytest.mark.parametrize(
    ("language", "says"),
    [("sv", "Uppdragshandlingens hela liv"), ("en", "The whole life of a charter")],
)
def test_help_speaks_both_languages(language: str, says: str) -> None:
    helped = _mandat("--help", MANDAT_LANGUAGE=language)
    assert says in helped.stdout


def test_help_needs_nothing_heavy() -> None:
    heavy = "{'sqlalchemy', 'prefect', 'pydantic', 'docx', 'lxml', 'typst', 'yagmail', 'alembic'}"
    seen = subprocess.run(
        [sys.executable, "-c", f"import cli.main, sys; print({heavy} & set(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "set()"


def _mandat(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )


def test_an_organisation_s_own_form_is_known_wherever_a_document_is(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = tmp_path / "terms.md"
    terms.write_text(TERMS, encoding="utf-8")
    assert terminal.run(("read", str(terms), "--json")).json["kind"] == "charter"
    monkeypatch.setenv("MANDAT_FORMS", str(SAMPLES / "forms"))
    assert terminal.json("read", terms)["kind"] == "terms_of_reference"
    terminal.organised()
    form = ("--form", "terms_of_reference", "--language", "en")
    terminal.type("draft", *form, "--group", "nara-vard", "--by", "sara.nyberg")
    shown = terminal.json("show", 1)
    assert (shown["kind"], shown["state"]) == ("terms_of_reference", "draft")
    terminal.type("edit", 1, terms, "--by", "sara.nyberg")
    assert not terminal.json("show", 1)["problems"]


TERMS = """Terms of reference for the Panel on Harbour Noise

Port of Whitewater

Convened by: Ada Marsh, Harbour Director

Field of work: Noise

Date: 3 March 2026

# Aims

Quiet nights for those who live by the quay.

# Scope

The panel measures noise.

# Membership

Two residents. The panel meets six times a year.

Valid until: 31 December 2027

# Circulated to

- Chair of the panel
- Secretary for minutes
"""
