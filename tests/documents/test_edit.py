"""Editing piece by piece: what is written out reads back, and problems are said anew."""

from datetime import date

import pytest
from hypothesis import given, settings

from documents import Refused, problems_of
from documents.edit import (
    recipients_text,
    section_text,
    with_field,
    with_new_section,
    with_preamble,
    with_recipients,
    with_section,
    with_section_moved,
    without_section,
)
from documents.kinds import kind
from documents.write.fields import END, HEAD, value_of
from models.document import Document, ItemList
from tests.documents.charters import codes, sample
from tests.documents.documents_at_random import documents

FORM = kind("charter").in_("sv")


@given(documents)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_section_written_out_and_read_back_is_the_same(document: Document) -> None:
    seen = set()
    for section in document.sections:
        if section.key in seen:
            continue
        seen.add(section.key)
        edited = with_section(document, section.key, section_text(section, document))
        assert edited.document == document


@given(documents)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_field_and_the_list_written_out_and_read_back_are_the_same(document: Document) -> None:
    for field in ("title", *HEAD, *END):
        edited = with_field(document, field, value_of(document, field, FORM)).document
        assert edited.model_copy(update={"raw": {}}) == document
    edited = with_recipients(document, recipients_text(document)).document
    assert [(one.who, one.email, one.purpose) for one in edited.recipients] == [
        (one.who, one.email, one.purpose) for one in document.recipients
    ]


def test_points_bold_and_links_are_read_as_in_a_file() -> None:
    text = (
        "Rådet ska\n\n- **alltid** svara,\n- läsa [rutinen](https://intranat.sjoviken.example/r)."
    )
    document = with_section(sample("rorelseorganen"), "communication", text).document
    section = document.section("communication")
    assert section is not None
    paragraph, points = section.blocks
    assert paragraph.text == "Rådet ska"
    assert isinstance(points, ItemList)
    assert points.items[0][0].bold
    assert points.items[1][1].link == "https://intranat.sjoviken.example/r"


def test_a_heading_within_a_section_is_only_text() -> None:
    before = sample("rorelseorganen")
    edited = with_section(before, "communication", "## Beslutsordning\n\nHej.").document
    assert len(edited.sections) == len(before.sections)
    section = edited.section("communication")
    assert section is not None
    assert section.text == "Beslutsordning\n\nHej."


def test_an_edit_is_judged_like_a_file() -> None:
    edited = with_section(sample("rorelseorganen"), "purpose", "xxx")
    assert edited.problems == problems_of(edited.document)
    assert codes(edited.problems) == ["placeholder"]
    assert codes(
        with_field(sample("rorelseorganen"), "document_date", "31 juni 2026").problems
    ) == [
        "unreadable_date",
        "expected_field",
    ]
    assert codes(without_section(sample("rorelseorganen"), "tasks").problems) == ["missing_section"]
    assert "missing_recipient" in codes(with_recipients(sample("rorelseorganen"), "").problems)


def test_what_the_title_says_of_the_group_follows_the_title() -> None:
    title = "Uppdragshandling för Samordningsråd syn"
    edited = with_field(sample("rorelseorganen"), "title", title).document
    assert (edited.group, edited.revision) == ("Samordningsråd syn", None)
    own = sample("rorelseorganen").model_copy(update={"group": "Ledrådet"})
    assert with_field(own, "title", title).document.group == "Ledrådet"


def test_dates_in_the_validity_text_follow_it() -> None:
    document = sample("rorelseorganen")
    edited = with_field(document, "validity_text", "Gäller till och med 2030-12-31.").document
    assert edited.valid_through == date(2030, 12, 31)
    assert with_field(edited, "validity_text", "").document.valid_through is None


def test_a_handlers_phone_stays_when_her_name_is_written_anew() -> None:
    document = sample("kontaktperson")
    edited = with_field(document, "handler", "Li Ek, jurist").document
    assert (edited.handler.name, edited.handler.title) == ("Li Ek", "jurist")
    assert edited.handler.phone == document.handler.phone
    assert with_field(edited, "handler.phone", "").document.handler.phone is None


def test_a_new_section_stands_where_the_form_has_it() -> None:
    document = without_section(sample("rorelseorganen"), "tasks").document
    edited = with_new_section(document, "uppdragsbeskrivning", "Att vara.").document
    assert [one.key for one in edited.sections[:3]] == ["purpose", "tasks", "work_organisation"]
    edited = with_new_section(edited, "Lokaler", "Två rum.").document
    assert edited.sections[-1].key == "lokaler"
    assert with_section_moved(edited, "lokaler", 0).document.sections[0].key == "lokaler"


@pytest.mark.parametrize("heading", ["", "Uppdraget skickas till", "x" * 200, "Kommunikation"])
def test_a_heading_that_cannot_be_is_refused(heading: str) -> None:
    with pytest.raises(Refused):
        with_new_section(sample("rorelseorganen"), heading)


def test_what_is_not_there_is_refused_with_a_sentence() -> None:
    with pytest.raises(Refused, match="no section lokaler"):
        with_section(sample("rorelseorganen"), "lokaler", "x")
    with pytest.raises(Refused, match="no field called colour"):
        with_field(sample("rorelseorganen"), "colour", "blue")


def test_the_preamble_is_edited_too() -> None:
    edited = with_preamble(sample("nara-vard"), "Gruppen är ny.").document
    assert [block.text for block in edited.preamble] == ["Gruppen är ny."]
