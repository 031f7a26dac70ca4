"""The Word file: real heading styles, no clock, and the same bytes for the same input."""

import io
from datetime import date

import docx

from documents import DecisionBlock, Look, read, write_docx
from tests.documents.charters import sample, without_raw

LOOK = Look("Region Sjöviken")
DECISION = DecisionBlock(
    decided_by="Helena Ask",
    office="hälso- och sjukvårdsdirektör",
    decided_on=date(2026, 6, 17),
    content_hash="ab" * 32,
)


def test_headings_have_heading_styles() -> None:
    paper = write_docx(sample("nara-vard"), decision=None, standing="draft", look=LOOK)
    styles = {
        one.text: one.style and one.style.name
        for one in docx.Document(io.BytesIO(paper)).paragraphs
    }
    assert styles["Uppdragshandling för Samordningsgrupp nära vård"] == "Title"
    assert styles["Syfte med uppdraget"] == "Heading 1"
    assert styles["Rapportering"] == "Heading 2"


def test_a_draft_says_so_in_its_running_head_and_a_decided_paper_does_not() -> None:
    for standing, expected in (("draft", True), ("decided", False)):
        paper = write_docx(sample("nara-vard"), decision=None, standing=standing, look=LOOK)  # type: ignore[arg-type]
        head = docx.Document(io.BytesIO(paper)).sections[0].header.paragraphs[0].text
        assert ("UTKAST" in head) == expected
        assert "Region Sjöviken" in head


def test_the_decision_is_printed_and_not_taken_for_a_section_when_read_again() -> None:
    document = sample("nara-vard")
    paper = write_docx(document, decision=DECISION, standing="decided", look=LOOK)
    cells = [
        cell.text
        for table in docx.Document(io.BytesIO(paper)).tables
        for row in table.rows
        for cell in row.cells
    ]
    assert "Helena Ask" in cells
    assert "ab" * 32 in cells
    assert without_raw(read(paper, "x.docx").document) == without_raw(document)


def test_the_same_input_gives_the_same_bytes() -> None:
    first, second = (
        write_docx(sample("nara-vard"), decision=DECISION, standing="decided", look=LOOK)
        for _ in range(2)
    )
    assert first == second
