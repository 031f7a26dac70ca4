"""`mandat demo` as a newcomer runs it: the whole life, told, and everything left on the table."""

import json
import subprocess
import sys
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from documents import Look, read, write_docx
from tests.cli.terminal import SAMPLES

pytestmark = pytest.mark.slow


def demonstrate(folder: Path, *words: str) -> tuple[str, dict[str, Any]]:
    """Run the demonstration in a process of its own; returns its transcript and report."""
    ran = subprocess.run(
        [sys.executable, "-m", "cli.main", "demo", "--folder", str(folder), *words],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    return ran.stdout, json.loads((folder / "report.json").read_text(encoding="utf-8"))


def states(report: dict[str, Any], charter: int) -> list[tuple[str, str]]:
    return [(one["date"], one["becomes"]) for one in report["acts"] if one["charter"] == charter]


def test_one_charter_is_renewed_and_another_expires(tmp_path: Path) -> None:
    transcript, report = demonstrate(tmp_path / "demo")
    assert states(report, 1) == [
        ("2026-06-08", "draft"),
        ("2026-06-08", "draft"),
        ("2026-06-08", "review"),
        ("2026-06-08", "review"),
        ("2026-06-08", "review"),
        ("2026-06-11", "draft"),
        ("2026-06-11", "draft"),
        ("2026-06-11", "review"),
        ("2026-06-12", "approved"),
        ("2026-06-12", "distributed"),
        ("2030-06-12", "expiring"),
        ("2031-06-13", "superseded"),
    ]
    assert states(report, 2)[-2:] == [("2030-06-15", "expiring"), ("2031-06-16", "expired")]
    assert states(report, 3)[-1][1] == "distributed"
    assert len(report["refusals"]) == 2
    assert "xxx" in str(report["refusals"][0]["reasons"])

    letters = report["letters"]
    renewals = [
        (one["date"], one["stage"])
        for one in letters
        if one["letter"] in ("renewal", "last_call") and one["charter"] == 2
    ]
    assert list(dict.fromkeys(renewals)) == [
        ("2030-06-14", "12m"),
        ("2030-12-13", "6m"),
        ("2031-03-14", "3m"),
        ("2031-05-15", "1m"),
        ("2031-05-30", "14d"),
    ]  # fmt: skip
    assert {one["date"] for one in letters if one["letter"] == "expired"} == {"2031-06-16"}
    assert {one["date"] for one in letters if one["letter"] == "gap"} == {
        "2031-07-16",
        "2031-08-18",
    }
    assert "Sara Nyberg: skicka för beslut → granskning" in transcript

    received = sorted((tmp_path / "demo" / "mail").iterdir())
    mails = [BytesParser(policy=policy.default).parsebytes(one.read_bytes()) for one in received]
    assert len(mails) == len([one for one in letters if one["state"] == "sent"])
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    decided = [mail for mail in mails if "Fastställt" in mail["Subject"]]
    assert all(
        next(part.get_content_type() for part in mail.iter_attachments()) == "application/pdf"
        for mail in decided
    )
    papers = {path.suffix for path in (tmp_path / "demo" / "papers").iterdir()}
    assert papers == {".pdf", ".docx"}


def test_the_reader_s_own_word_file_lives_too_and_nobody_real_gets_a_letter(tmp_path: Path) -> None:
    sample = read((SAMPLES / "digital-care.md").read_bytes(), "digital-care.md").document
    own = sample.model_copy(
        update={
            "group": "Rådet för sjöfåglar",
            "recipients": (
                *sample.recipients[:-1],
                sample.recipients[-1].model_copy(update={"email": "someone@real.test"}),
            ),
        }
    )
    word = tmp_path / "own.docx"
    word.write_bytes(write_docx(own, decision=None, standing="draft", look=Look("Region Sjöviken")))
    _, report = demonstrate(tmp_path / "demo", "--charter", str(word))
    assert states(report, 1)[-1][1] == "superseded"
    assert all(one["email"].endswith(".example") for one in report["letters"])


def test_a_document_with_errors_is_not_played(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "cli.main", "demo", "--folder", str(tmp_path / "demo")),
            *("--charter", str(SAMPLES / "nara-vard-forsta-utkast.md")),
        ],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert "xxx" in ran.stderr
    assert "Traceback" not in ran.stderr
