"""A terminal for tests: commands typed one after another through the real `main`."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main

SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """One memory, and whoever types at it."""

    database: Path
    run: Callable[[tuple[str, ...]], Answer]

    def type(self, *words: object) -> Answer:
        """Type a command that is expected to work."""
        answer = self.run(tuple(str(word) for word in words))
        assert answer.code == 0, answer.err
        return answer

    def refused(self, *words: object) -> Answer:
        """Type a command that is expected to be refused, in sentences."""
        answer = self.run(tuple(str(word) for word in words))
        assert answer.code != 0, answer.out
        assert answer.err.strip()
        assert "Traceback" not in answer.err
        return answer

    def json(self, *words: object) -> Any:
        return self.type(*words, "--json").json

    def organised(self) -> "Terminal":
        self.type("organisation", "load", SAMPLES / "organisation.yaml", "--by", "astrid.wall")
        return self

    def submitted(self) -> int:
        """A charter on the director's desk; returns its number."""
        drafted = self.json("draft", SAMPLES / "nara-vard.md", "--by", "sara.nyberg")
        number: int = drafted["charter"]
        self.type("submit", number, "--by", "sara.nyberg", "--no-conflict")
        return number


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    database = tmp_path / "mandat.db"
    monkeypatch.setenv("MANDAT_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("MANDAT_MAIL_FOLDER", str(tmp_path / "mail"))
    monkeypatch.setenv("MANDAT_SEAL_FOLDER", str(tmp_path / "seal"))

    def run(words: tuple[str, ...]) -> Answer:
        monkeypatch.setattr(sys, "argv", ["mandat", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return Terminal(database, run)
