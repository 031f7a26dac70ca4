"""A form of another organisation's, in English, added as two files: no line of Python knows it."""

from datetime import date
from pathlib import Path

import pytest

from documents import (
    Look,
    blank,
    compare,
    kind,
    meetings_of,
    problems_of,
    read,
    reading_as_json,
    write_docx,
    write_pdf,
    write_text,
)
from documents.edit import recipients_text, section_text, with_new_section, with_section
from documents.kinds import Kind
from documents.read.apart import read_apart
from tests.documents.charters import codes, without_raw

TEXT = """TERMS OF REFERENCE

Terms of reference for the Panel on Harbour Noise

Port of Whitewater
Convened by: Ada Marsh, Harbour Director
Field of work: Noise, night traffic
Date: 3 March 2026

Aims
Quiet nights for those who live by the quay.

Scope
The panel shall
- measure noise at **four** places,
- publish what it finds at [the port](https://port.whitewater.example/noise).

Membership
Two residents and two captains. The panel meets at least six times a year.

Conduct of meetings
In public.

Sunset clause
The panel ends when the new quay opens.

Decided on: 10 March 2026
Decided by: Ada Marsh, Harbour Director
Valid until: 31 December 2028

Circulated to
- Chair of the panel
- Secretary for minutes and archiving
- Residents' association, board@residents.example, for information
"""
LOOK = Look("Port of Whitewater")


@pytest.fixture
def forms() -> Path:
    """A folder of forms, as an organisation keeps one."""
    return Path(__file__).parents[2] / "samples" / "forms"


@pytest.fixture
def terms(forms: Path) -> Kind:
    return kind("terms_of_reference", forms)


def test_it_is_read(forms: Path, terms: Kind) -> None:
    reading = read(TEXT.encode(), "terms.txt", extra=forms)
    document = reading.document
    assert (document.kind, document.language) == ("terms_of_reference", "en")
    assert document.title == "Terms of reference for the Panel on Harbour Noise"
    assert document.group == "Panel on Harbour Noise"
    assert document.organisation == "Port of Whitewater"
    assert (document.commissioner.name, document.commissioner.title) == (
        "Ada Marsh",
        "Harbour Director",
    )
    assert document.document_date == date(2026, 3, 3)
    assert document.valid_through == date(2028, 12, 31)
    assert [one.key for one in document.sections] == [
        "aims",
        "scope",
        "membership",
        "conduct",
        "sunset",
    ]
    meetings = meetings_of(document, kind=terms)
    assert meetings is not None
    assert (meetings.min, meetings.max) == (6, None)
    assert [(one.who, one.purpose) for one in document.recipients] == [
        ("Chair of the panel", None),
        ("Secretary", "for minutes and archiving"),
        ("Residents' association", "for information"),
    ]
    assert codes(reading.problems) == ["decision_date_filled_in"]
    assert reading_as_json(reading, "en", kind=terms)["meetings"] == {"min": 6, "max": None}


def test_it_is_read_apart_too(forms: Path) -> None:
    assert read_apart(TEXT.encode(), "t.txt", extra=forms) == read(TEXT.encode(), "t", extra=forms)


def test_it_is_judged_by_its_own_rules(forms: Path, terms: Kind) -> None:
    document = read(TEXT.encode(), "terms.txt", extra=forms).document
    poorer = document.model_copy(
        update={
            "sections": document.sections[1:],
            "recipients": document.recipients[:1],
            "valid_through": date(2031, 12, 31),
        }
    )
    problems = problems_of(poorer, kind=terms)
    assert codes(problems, "error") == ["term_too_long", "missing_section", "missing_recipient"]
    assert "Aims and objectives" in problems[1].message.en
    assert "the secretary" in problems[2].message.en


def test_it_is_written_and_read_back(forms: Path, terms: Kind) -> None:
    document = without_raw(read(TEXT.encode(), "terms.txt", extra=forms).document)
    papers = (
        write_text(document, kind=terms).encode(),
        write_docx(document, decision=None, standing="draft", look=LOOK, kind=terms),
        write_pdf(document, decision=None, standing="draft", look=LOOK, kind=terms),
    )
    for paper in papers:
        assert without_raw(read(paper, "terms", extra=forms).document) == document


def test_it_is_blank_compared_and_edited(forms: Path, terms: Kind) -> None:
    empty = blank("terms_of_reference", "en", extra=forms)
    assert empty.sections[0].heading == "Aims and objectives"
    document = read(TEXT.encode(), "terms.txt", extra=forms).document
    scope = section_text(document.sections[1], document, kind=terms)
    edited = with_section(document, "scope", f"{scope}\n- report.", kind=terms).document
    assert not compare(document, edited, kind=terms).unchanged
    assert "Secretary for minutes" in recipients_text(document, kind=terms)
    added = with_new_section(empty, "Sunset clause", "Never.", kind=terms).document
    assert added.sections[-1].key == "sunset"
