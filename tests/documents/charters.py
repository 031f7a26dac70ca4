"""The charters these tests read: the project's samples, and the real records where they are."""

import hashlib
from pathlib import Path

import pytest

from documents import read
from models.document import Document, Problem

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
REAL = ROOT.parent / "shared" / "charters"

needs_real_records = pytest.mark.skipif(not REAL.is_dir(), reason="the real records are not here")


def sample(name: str) -> Document:
    """The sample called `name`, as it is read."""
    return read((SAMPLES / f"{name}.md").read_bytes(), name).document


def real(name: str) -> bytes:
    return (REAL / name).read_bytes()


def without_raw(document: Document) -> Document:
    """The document without the texts it was parsed from."""
    recipients = tuple(one.model_copy(update={"raw": None}) for one in document.recipients)
    return document.model_copy(update={"raw": {}, "recipients": recipients})


def digest(text: str | None) -> str | None:
    """Twelve digits that stand for a text these tests may not repeat."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text is not None else None


def codes(problems: tuple[Problem, ...], level: str | None = None) -> list[str]:
    return [one.code for one in problems if level is None or one.level == level]
