"""The PDF: archival, accessible, the same every time, and honest about what it cannot print."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pdfplumber
import pikepdf
import pytest

from documents import (
    DecisionBlock,
    Look,
    Unrenderable,
    write_discontinuance,
    write_pdf,
)
from models.document import Document, Paragraph, Run
from tests.documents.charters import sample

LOOK = Look("Region Sjöviken", accent="#1d4f73")
DECISION = DecisionBlock(
    decided_by="Mikael Lindvall",
    office="utvecklingsdirektör",
    decided_on=date(2026, 6, 17),
    content_hash="ab" * 32,
    authentication="Terminal, intygat av operatören",
    authority="Delegationsordning punkt 4.2",
    registry_number="RS 2026-00412",
    valid_from=date(2026, 6, 17),
    valid_through=date(2031, 6, 17),
    presenter="Sara Nyberg",
    conflict="nej",
)


def decided(document: Document) -> bytes:
    return write_pdf(document, decision=DECISION, standing="decided", look=LOOK)


def text_of(pdf: bytes) -> str:
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        return "\n".join(page.extract_text() for page in opened.pages)


def test_the_pdf_is_archival_and_accessible() -> None:
    document = sample("rorelseorganen")
    with pikepdf.open(io.BytesIO(decided(document))) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "3A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == document.title
        assert pdf.Root.Lang == "sv"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "/StructTreeRoot" in pdf.Root
        assert "/AcroForm" not in pdf.Root
        for page in pdf.pages:
            assert [round(float(edge)) for edge in page.mediabox] == [0, 0, 595, 842]


def test_headings_lists_and_tables_are_tagged() -> None:
    with pikepdf.open(io.BytesIO(decided(sample("rorelseorganen")))) as pdf:
        tags = {str(one.get("/S")) for one in pdf.objects if isinstance(one, pikepdf.Dictionary)}
    assert {"/Title", "/H1", "/H2", "/L", "/LI", "/Table", "/P", "/Link"} <= tags


def test_an_english_charter_says_that_it_is_english() -> None:
    paper = write_pdf(sample("digital-care"), decision=None, standing="draft", look=LOOK)
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        assert pdf.Root.Lang == "en"
    assert "DRAFT" in text_of(paper)
    assert "Page 1 (" in text_of(paper)


def test_the_decided_paper_says_who_decided_what_and_when() -> None:
    text = text_of(decided(sample("rorelseorganen")))
    assert "UTKAST" not in text
    for said in ("Mikael Lindvall", "2031-06-17", "RS 2026-00412", "ab" * 32, "Sida 1 ("):
        assert said in text
    assert "Ersättare för ingen" in text
    assert "Oskar Dahl" in text


def test_a_draft_is_visibly_a_draft_on_every_page() -> None:
    paper = write_pdf(sample("rorelseorganen"), decision=None, standing="draft", look=LOOK)
    with pdfplumber.open(io.BytesIO(paper)) as opened:
        assert all("INTE BESLUTAT" in page.extract_text() for page in opened.pages)


def test_the_same_input_gives_the_same_bytes() -> None:
    document = sample("nara-vard")
    moment = datetime(2026, 6, 17, 12, tzinfo=UTC)

    def once() -> bytes:
        return write_pdf(document, decision=None, standing="draft", look=LOOK, written_at=moment)

    assert once() == once()
    assert once() != write_pdf(document, decision=None, standing="draft", look=LOOK)


def test_papers_set_at_the_same_time_do_not_mix() -> None:
    samples = [sample("nara-vard"), sample("digital-care")] * 4
    alone = [decided(document) for document in samples]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(decided, samples)) == alone


def test_a_character_that_cannot_be_printed_is_named() -> None:
    section = sample("nara-vard").sections[0]
    strange = section.model_copy(update={"blocks": (Paragraph(runs=(Run(text="Glad 😀 dag"),)),)})
    document = sample("nara-vard").model_copy(update={"sections": (strange,)})
    with pytest.raises(Unrenderable) as refusal:
        decided(document)
    assert "😀" in refusal.value.words.sv
    assert "U+1F600" in refusal.value.words.sv
    assert "Glad" in refusal.value.words.sv


def test_markup_in_the_text_is_only_text() -> None:
    section = sample("nara-vard").sections[0]
    text = '#import "x" *nej* _nej_ $x$ `raw` \\ = rubrik @ref <tag> // slut'
    written = section.model_copy(update={"blocks": (Paragraph(runs=(Run(text=text),)),)})
    document = sample("nara-vard").model_copy(update={"sections": (written,)})
    assert text in " ".join(text_of(decided(document)).split())


def test_a_logotype_is_printed_with_its_name() -> None:
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="10">'
        b'<rect width="40" height="10"/></svg>'
    )
    paper = write_pdf(
        sample("nara-vard"), decision=None, standing="draft", look=Look("Region Sjöviken", logo=svg)
    )
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        alts = {str(one.get("/Alt")) for one in pdf.objects if isinstance(one, pikepdf.Dictionary)}
    assert "Region Sjöviken" in alts


def test_an_executive_decision_numbers_its_items() -> None:
    text = text_of(decided(sample("kontaktperson")))
    assert "VERKSTÄLLIGHETSBESLUT" in text
    assert "2. Varje samordningsråd" in text


def test_a_discontinuance_is_a_paper_of_its_own() -> None:
    paper = write_discontinuance(
        title="Uppdragshandling för Samordningsråd rörelseorganen",
        group="Samordningsråd rörelseorganen",
        effective_on=date(2027, 1, 1),
        decision=DECISION,
        look=LOOK,
        language="sv",
        taken_over_by="Samordningsgrupp nära vård",
    )
    text = " ".join(text_of(paper).split())
    assert "avvecklas och upphör att gälla 2027-01-01." in text
    assert "Uppdraget övertas av Samordningsgrupp nära vård" in text
    assert "Motivering ingen" in text
