"""A document on one page: what is left alone stays exactly, and two who write lose nothing."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from documents import Refused
from documents.kinds import kind
from documents.page import (
    LineWritten,
    Page,
    merged,
    missing_sections,
    page_of,
    read_page,
    with_section_added,
    with_theirs,
)
from models.document import Document, Paragraph, RecipientLine, Run, Section
from tests.builders import a_charter, section
from tests.documents.charters import codes, sample
from tests.documents.documents_at_random import documents

FORM = kind("charter").in_("sv")


def rewritten(page: Page, key: str, text: str) -> Page:
    return replace(
        page,
        sections=tuple(replace(one, text=text) if one.key == key else one for one in page.sections),
    )


def said(document: Document, key: str) -> str:
    found = document.section(key)
    assert found is not None
    return found.text


@given(documents)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_page_that_nobody_wrote_in_is_the_very_document(document: Document) -> None:
    assert read_page(page_of(document), document).document == document


@given(documents)
@settings(max_examples=75, deadline=None, derandomize=True)
def test_one_section_rewritten_leaves_all_the_others_as_they_were(document: Document) -> None:
    page = with_section_added(page_of(document), "En alldeles egen rubrik", FORM)
    new = len(page.sections) - 1
    page = replace(
        page, sections=(*page.sections[:new], replace(page.sections[new], text="- ett\n- **två**"))
    )
    written = read_page(page, document).document
    assert written.sections[:-1] == document.sections
    assert written.sections[-1].text == "- ett\n- två"
    assert written.model_copy(update={"sections": document.sections}) == document


def test_line_ends_and_edges_as_a_browser_sends_them_change_nothing() -> None:
    document = sample("rorelseorganen")
    page = page_of(document)
    sent = replace(
        page,
        sections=tuple(
            replace(one, text=one.text.replace("\n", "\r\n") + "\r\n") for one in page.sections
        ),
    )
    assert read_page(sent, document).document == document


def test_two_sections_of_one_heading_are_two() -> None:
    twice = (section("x", "Lokaler", "Ett rum."), section("x", "Lokaler", "Två rum."))
    document = a_charter(sections=twice)
    page = page_of(document)
    page = replace(page, sections=(page.sections[0], replace(page.sections[1], text="Tre rum.")))
    assert [one.text for one in read_page(page, document).document.sections] == [
        "Ett rum.",
        "Tre rum.",
    ]


def test_an_unreadable_date_is_shown_and_kept_until_it_is_corrected() -> None:
    document = a_charter(document_date=None, raw={"document_date": "31 juni 2026"})
    page = page_of(document)
    assert page.fields["document_date"] == "31 juni 2026"
    reading = read_page(page, document)
    assert reading.document == document
    assert "unreadable_date" in codes(reading.problems)
    mended = replace(page, fields={**page.fields, "document_date": "2026-06-30"})
    assert read_page(mended, document).document.document_date == date(2026, 6, 30)


def test_a_field_that_is_not_on_the_page_is_left_alone() -> None:
    document = a_charter()
    assert read_page(replace(page_of(document), fields={}), document).document == document


def test_the_distribution_list_is_written_line_by_line() -> None:
    document = a_charter()
    page = page_of(document)
    lines = (
        page.lines[1],
        LineWritten("Anna Ek", "anna@sjoviken.example", "för kännedom"),
        LineWritten(),
        LineWritten("Bo Lund, bo@sjoviken.example"),
    )
    written = read_page(replace(page, lines=lines), document).document.recipients
    assert written[0] is document.recipients[1]
    assert [(one.who, one.email, one.purpose) for one in written[1:]] == [
        ("Anna Ek", "anna@sjoviken.example", "för kännedom"),
        ("Bo Lund", "bo@sjoviken.example", None),
    ]


def test_an_address_that_is_none_is_pointed_out_on_its_line() -> None:
    document = a_charter()
    page = page_of(document)
    reading = read_page(replace(page, lines=(LineWritten("Anna", "anna(at)x"),)), document)
    assert ("broken_address", "recipients.0") in [(one.code, one.field) for one in reading.problems]


def test_a_section_is_added_where_the_form_has_it() -> None:
    page = with_section_added(page_of(a_charter()), "Arbetsorganisation", FORM)
    assert [one.key for one in page.sections] == ["purpose", "tasks", "work_organisation"]
    assert "work_organisation" not in [one.key for one in missing_sections(page, FORM)]
    page = with_section_added(page, "Lokaler", FORM)
    assert page.sections[-1].key == "lokaler"


@pytest.mark.parametrize("heading", ["", "Uppdraget skickas till", "x" * 200, "Syfte"])
def test_a_heading_that_cannot_be_is_refused(heading: str) -> None:
    with pytest.raises(Refused):
        with_section_added(page_of(a_charter()), heading, FORM)


def test_a_heading_of_ones_own_can_be_written_anew() -> None:
    document = a_charter(sections=(section("lokaler", "Lokaler", "Ett rum."),))
    page = page_of(document)
    page = replace(page, sections=(replace(page.sections[0], heading="Rum"),))
    (written,) = read_page(page, document).document.sections
    assert (written.key, written.heading, written.text) == ("rum", "Rum", "Ett rum.")


# --- two who write at once ----------------------------------------------------------------------


def test_what_each_changed_stands_on_one_page() -> None:
    before = a_charter()
    mine = rewritten(page_of(before), "purpose", "Mitt syfte.")
    theirs = read_page(rewritten(page_of(before), "tasks", "Deras uppgifter."), before).document
    both = merged(before, mine, theirs)
    assert both.clashes == ()
    assert both.taken == ("Uppdragsbeskrivning",)
    written = read_page(both.page, theirs).document
    assert said(written, "purpose") == "Mitt syfte."
    assert said(written, "tasks") == "Deras uppgifter."


def test_what_both_changed_is_named_and_mine_stands_until_someone_chooses() -> None:
    before = a_charter()
    mine = rewritten(page_of(before), "purpose", "Mitt syfte.")
    theirs = read_page(rewritten(page_of(before), "purpose", "Deras syfte."), before).document
    both = merged(before, mine, theirs)
    (clash,) = both.clashes
    assert (clash.at, clash.mine, clash.theirs) == (
        "sections.purpose",
        "Mitt syfte.",
        "Deras syfte.",
    )
    assert said(read_page(both.page, theirs).document, "purpose") == "Mitt syfte."
    chosen = with_theirs(both.page, clash.at, theirs)
    assert read_page(chosen, theirs).document == theirs


def test_a_section_one_removed_and_the_other_wrote_in_stays_until_someone_chooses() -> None:
    before = a_charter()
    removed = replace(page_of(before), sections=page_of(before).sections[:1])
    wrote = read_page(rewritten(page_of(before), "tasks", "Fler uppgifter."), before).document
    both = merged(before, removed, wrote)
    assert [clash.at for clash in both.clashes] == ["sections.tasks"]
    assert said(read_page(both.page, wrote).document, "tasks") == "Fler uppgifter."

    gone = read_page(removed, before).document
    both = merged(before, rewritten(page_of(before), "tasks", "Fler uppgifter."), gone)
    (clash,) = both.clashes
    assert (clash.mine, clash.theirs) == ("Fler uppgifter.", "")
    assert said(read_page(both.page, gone).document, "tasks") == "Fler uppgifter."
    assert read_page(with_theirs(both.page, clash.at, gone), gone).document == gone


def test_a_section_that_both_removed_is_gone_and_new_ones_of_each_are_there() -> None:
    before = a_charter()
    page = page_of(before)
    mine = with_section_added(replace(page, sections=page.sections[:1]), "Mina rum", FORM)
    other = with_section_added(replace(page, sections=page.sections[:1]), "Deras rum", FORM)
    both = merged(before, mine, read_page(other, before).document)
    assert {one.key for one in both.page.sections} == {"purpose", "mina_rum", "deras_rum"}
    assert both.clashes == ()


def test_fields_and_lists_of_both_are_named_too() -> None:
    before = a_charter()
    page = page_of(before)
    mine = replace(page, fields={**page.fields, "area": "Hud"}, lines=page.lines[:1])
    other = replace(page, fields={**page.fields, "area": "Öra"}, lines=page.lines[1:])
    theirs = read_page(other, before).document
    both = merged(before, mine, theirs)
    assert [clash.at for clash in both.clashes] == ["fields.area", "recipients"]
    page = both.page
    for clash in both.clashes:
        page = with_theirs(page, clash.at, theirs)
    assert read_page(page, theirs).document == theirs


def test_nothing_of_mine_is_lost_whatever_the_other_did() -> None:
    before = a_charter(preamble=(Paragraph(runs=(Run(text="Förord."),)),))
    page = page_of(before)
    mine = replace(
        rewritten(page, "tasks", "Mina uppgifter."),
        preamble="Mitt förord.",
        fields={**page.fields, "title": "Min titel"},
        lines=(*page.lines, LineWritten("Min vän", "van@sjoviken.example", "")),
    )
    theirs = Document(kind="charter", sections=(Section(key="x", heading="X"),))
    both = merged(before, mine, theirs)
    written = read_page(both.page, theirs).document
    assert said(written, "tasks") == "Mina uppgifter."
    assert written.preamble[0].text == "Mitt förord."
    assert written.title == "Min titel"
    assert any(one.email == "van@sjoviken.example" for one in written.recipients)
    assert isinstance(written.recipients[0], RecipientLine)
