"""The organisation's own Word template: filled in, kept in its sandbox, refused when broken."""

import io
from dataclasses import replace

import docx
import pytest

from documents import Look, Unrenderable, read, write_docx
from models.document import Document, ItemList, Paragraph, Run, Section
from tests.documents.charters import sample
from tests.documents.test_write_pdf import DECISION

LOOK = Look("Region Sjöviken")

WHOLE = (
    "{{ organisation }} {{ draft }}",
    "{{ what }}",
    "{{ title }}",
    "{%p for line in head %}",
    "{{ line.label }}: {{ line.value }}",
    "{%p endfor %}",
    "{%p for section in sections %}",
    "{{ section.heading }}",
    "{%p for block in section.blocks %}",
    "{%p if block.list %}",
    "{%p for item in block['items'] %}",
    "- {{r item }}",
    "{%p endfor %}",
    "{%p else %}",
    "{{r block.paragraph }}",
    "{%p endif %}",
    "{%p endfor %}",
    "{%p endfor %}",
    "{%p for line in end %}",
    "{{ line.label }}: {{ line.value }}",
    "{%p endfor %}",
    "{{ recipients_heading }}",
    "{%p for line in recipients %}",
    "- {{ line }}",
    "{%p endfor %}",
    "{%p for line in decision %}",
    "{{ line.label }} = {{ line.value }}",
    "{%p endfor %}",
)


def template(*lines: str) -> bytes:
    """A Word file with these paragraphs."""
    word = docx.Document()
    for line in lines:
        word.add_paragraph(line)
    written = io.BytesIO()
    word.save(written)
    return written.getvalue()


def by(lines: tuple[str, ...], document: Document | None = None) -> bytes:
    return write_docx(
        document or sample("nara-vard"),
        decision=DECISION,
        standing="decided",
        look=LOOK,
        template=template(*lines),
    )


def text_of(paper: bytes) -> str:
    return "\n".join(one.text for one in docx.Document(io.BytesIO(paper)).paragraphs)


def test_the_template_is_filled_with_all_there_is() -> None:
    text = text_of(by(WHOLE))
    for said in (
        "Region Sjöviken",
        "Uppdragshandling för Samordningsgrupp nära vård",
        "Diarienummer: RS 2026-00533",
        "Syfte med uppdraget",
        "- hålla en gemensam bild",
        "Ordförande: Utses av",
        "Oskar Dahl, oskar.dahl@sjoviken.example",
        "Beslutat av = Mikael Lindvall",
    ):
        assert said in text
    assert "{{" not in text


def test_a_paper_by_the_template_reads_back_as_the_document() -> None:
    document = sample("nara-vard")
    read_back = read(by(WHOLE[:-3]), "x.docx").document
    assert read_back.title == document.title
    assert [one.text for one in read_back.sections] == [one.text for one in document.sections]
    assert read_back.recipients == document.recipients


def test_bold_and_links_come_along() -> None:
    run = Run(text="länken", bold=True, link="https://intranat.sjoviken.example/a?b=1&c=2")
    section = Section(key="x", heading="X", blocks=(Paragraph(runs=(Run(text="Se "), run)),))
    paper = by(WHOLE, sample("nara-vard").model_copy(update={"sections": (section,)}))
    found = docx.Document(io.BytesIO(paper))
    (line,) = [one for one in found.paragraphs if one.text == "Se länken"]
    (link,) = line.hyperlinks
    assert link.address == run.link
    assert link.runs[0].bold


def test_the_same_input_gives_the_same_bytes() -> None:
    assert by(WHOLE) == by(WHOLE)


@pytest.mark.parametrize("text", ["<w:p/> & {{ 7 * 7 }}", "{% raw %}", "a\x00b\x1b", "]]>", "\n\n"])
def test_hostile_text_in_the_document_is_only_text(text: str) -> None:
    items = ItemList(items=((Run(text=text),),))
    section = Section(key="x", heading=text, blocks=(Paragraph(runs=(Run(text=text),)), items))
    document = sample("nara-vard").model_copy(update={"title": text, "sections": (section,)})
    written = text_of(by(WHOLE, document))
    if text.isprintable():
        assert written.count(text) == 4
    default = write_docx(document, decision=DECISION, standing="decided", look=LOOK)
    assert docx.Document(io.BytesIO(default))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ title.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ sections.append(1) }}",
        "{{ ''['__class__'] }}",
        "{{ (title|attr('__class__')) }}",
        "{{ '{0.__class__}'.format(title) }}",
        "{{ lipsum.__globals__ }}",
        "{% set x = namespace() %}{{ x.__class__ }}",
        "{{ range(10000000)|list }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ sections[0].blocks[0].paragraph.__class__ }}",
    ],
)
def test_a_template_that_reaches_out_of_its_sandbox_is_refused(attack: str) -> None:
    with pytest.raises(Unrenderable) as refusal:
        by((attack,))
    assert "Organisationens Wordmall går inte att fylla i" in refusal.value.words.sv


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ titel }}", "som inte finns ('titel' is undefined)"),
        ("{{ title", "felskrivet"),
        ("{% for x in head %}", "felskrivet"),
        ("{{ title | nosuchfilter }}", "felskrivet"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_broken_template_is_refused_with_what_is_wrong(line: str, said: str) -> None:
    with pytest.raises(Unrenderable) as refusal:
        by((line,))
    assert said in refusal.value.words.sv
    assert "MANDAT_WORD_TEMPLATE" in refusal.value.words.sv


def test_a_template_that_is_no_word_file_is_refused() -> None:
    for data in (b"", b"PK\x03\x04 nothing", b"hello"):
        with pytest.raises(Unrenderable, match="Mend the template"):
            write_docx(
                sample("nara-vard"), decision=None, standing="draft", look=LOOK, template=data
            )


def test_a_draft_says_so_in_the_organisations_own_words() -> None:
    paper = write_docx(
        sample("nara-vard"),
        decision=None,
        standing="draft",
        look=replace(LOOK),
        template=template("{{ draft }}"),
    )
    assert text_of(paper) == "Utkast – inte beslutat"
