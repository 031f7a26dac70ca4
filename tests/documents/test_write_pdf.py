"""The PDF: archival, accessible, the same every time, and honest about what it cannot print."""

import base64
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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
from documents.write.look import READABLE, contrast
from models.document import (
    Document,
    ItemList,
    Named,
    Paragraph,
    RecipientLine,
    Run,
    Section,
    as_json,
    content_hash,
)
from statemachine.words import Words
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


def attachments(pdf: bytes) -> dict[str, tuple[str, bytes]]:
    """What is attached, by name: what it is to the paper, and its bytes."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {
            str(one.UF): (str(one.AFRelationship), one.EF.F.read_bytes()) for one in opened.Root.AF
        }


def test_the_document_and_the_decision_are_attached_as_data() -> None:
    document = sample("nara-vard")
    found = attachments(decided(document))
    assert {name: relation for name, (relation, _) in found.items()} == {
        "document.json": "/Source",
        "decision.json": "/Data",
    }
    assert Document.model_validate_json(found["document.json"][1]) == document
    assert content_hash(found["document.json"][1].decode()) == content_hash(as_json(document))
    assert json.loads(found["decision.json"][1])["valid_through"] == "2031-06-17"
    draft = write_pdf(document, decision=None, standing="draft", look=LOOK)
    assert attachments(draft).keys() == {"document.json"}


LONG_WORD = "Verksamhetsutvecklingssamordningsfunktionsansvarighetsutredningsassistenten"
UNBREAKABLE = (
    "x" * 200,
    "a1b2" * 50,
    "https://intranat.sjoviken.example/" + "sida/" * 40,
    "=" * 200,
)


def everywhere(text: str) -> Document:
    """A document that says `text` in every field."""
    document = sample("nara-vard")
    runs = (Run(text=text), Run(text=text, bold=True))
    section = Section(
        key="x", heading=text, blocks=(Paragraph(runs=runs), ItemList(items=(runs, runs)))
    )
    fields = ("title", "group", "area", "assignee", "registry_number", "unit")
    named: dict[str, object] = dict.fromkeys(fields, text)
    return document.model_copy(
        update=named
        | {
            "commissioner": Named(name=text, title=text),
            "sections": (section,),
            "recipients": (RecipientLine(who=text, purpose=text),),
        }
    )


@pytest.mark.parametrize("word", [LONG_WORD, *UNBREAKABLE])
def test_no_word_runs_off_the_page(word: str) -> None:
    told = replace(DECISION, decided_by=word, office=word, authority=word, reason=word)
    paper = write_pdf(everywhere(word), decision=told, standing="decided", look=LOOK)
    with pdfplumber.open(io.BytesIO(paper)) as opened:
        for page in opened.pages:
            assert max(letter["x1"] for letter in page.chars) <= page.width - 60
            assert max(letter["bottom"] for letter in page.chars) <= page.height - 20


def test_a_long_swedish_word_is_hyphenated_as_swedish_is() -> None:
    text = text_of(decided(everywhere(f"{'ord ' * 12}{LONG_WORD}")))
    assert re.search("\\w[-\u00ad]\n\\w+assistenten", text)


@pytest.mark.parametrize(
    "hostile",
    ["#panic()", "*a* _b_ $c$", "= rubrik", "\\ @x <y> // z", "a\x00b\x1b\x7fc", "a\u202eb\ufeff",
     "#let x = 1; [x]", "```raw```", "\r\n\t rad"],
)  # fmt: skip
def test_hostile_text_in_every_field_comes_out_as_text(hostile: str) -> None:
    text = text_of(write_pdf(everywhere(hostile), decision=None, standing="draft", look=LOOK))
    if hostile.isprintable():
        assert text.replace("\n", " ").count(hostile) >= 8


def test_forty_recipients_and_a_long_reason_are_all_on_paper() -> None:
    lines = tuple(RecipientLine(who=f"Mottagare nummer {n}") for n in range(1, 41))
    told = replace(DECISION, reason=" ".join(f"skäl{n}" for n in range(1, 1501)))
    document = sample("nara-vard").model_copy(update={"recipients": lines})
    text = text_of(write_pdf(document, decision=told, standing="decided", look=LOOK))
    assert all(f"Mottagare nummer {n}" in text for n in range(1, 41))
    assert "skäl1500" in text


def test_the_paper_says_on_its_first_page_how_long_it_is_in_force() -> None:
    with pdfplumber.open(io.BytesIO(decided(sample("nara-vard")))) as opened:
        first = opened.pages[0].extract_text()
    assert "Beslutad 2026-06-17. Gäller till och med 2031-06-17." in first


def test_a_stand_in_is_named_as_one() -> None:
    told = replace(DECISION, standing_in_for="Helena Ask")
    text = text_of(write_pdf(sample("nara-vard"), decision=told, standing="decided", look=LOOK))
    assert "Ersättare för Helena Ask" in text
    assert "ersättare för" in text


def test_a_pale_colour_is_darkened_where_it_is_read() -> None:
    assert Look("Region Sjöviken", accent="#1d4f73").ink == "#1d4f73"
    for pale in ("#ffcc00", "#ffffff", "#7fd4ff"):
        red, green, blue = bytes.fromhex(Look("Region Sjöviken", accent=pale).ink[1:])
        assert contrast(red, green, blue) >= READABLE


def test_a_logotype_is_read_aloud_as_the_organisation_says() -> None:
    dot = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
        "gg=="
    )
    look = replace(LOOK, logo=dot, logo_text="Sjövikens våg")
    paper = write_pdf(sample("nara-vard"), decision=None, standing="draft", look=look)
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        alts = {str(one.get("/Alt")) for one in pdf.objects if isinstance(one, pikepdf.Dictionary)}
    assert "Sjövikens våg" in alts


def test_the_organisation_has_its_own_words_for_things() -> None:
    look = replace(LOOK, labels={"authority": Words("Delegation", "Delegation")})
    text = text_of(write_pdf(sample("nara-vard"), decision=DECISION, standing="decided", look=look))
    assert "Delegation Delegationsordning" in " ".join(text.split())
    assert "Beslutanderätt" not in text


def test_a_picture_that_is_none_is_refused_and_named() -> None:
    with pytest.raises(Unrenderable) as refusal:
        write_pdf(
            sample("nara-vard"), decision=None, standing="draft", look=replace(LOOK, logo=b"GIF89a")
        )
    assert "logotyp" in refusal.value.words.sv
