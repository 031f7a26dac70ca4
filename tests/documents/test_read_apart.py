"""Reading apart: the same answers, and an attack takes only a child with it, and little of that."""

import io
import os
import resource
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from documents import Look, Refused, Unreadable, read, write_docx, write_pdf
from documents.read.apart import MEGABYTES, Lost, Reader, read_apart
from models.document import Document
from tests.documents.charters import SAMPLES, sample
from tests.documents.test_gate import a_docx
from tests.documents.test_pdf_gate import CATALOG, PAGE, PAGES, by_hand, packed

LOOK = Look("Region Sjöviken")


def seconds_of_children() -> float:
    """Processor time, as the wall's depends on what else the machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("name", ["nara-vard", "nara-vard-forsta-utkast", "digital-care"])
def test_a_file_read_apart_reads_the_same(name: str) -> None:
    document = sample(name)
    for data in (
        (SAMPLES / f"{name}.md").read_bytes(),
        write_docx(document, decision=None, standing="draft", look=LOOK),
        write_pdf(document, decision=None, standing="draft", look=LOOK),
    ):
        assert read_apart(data, "charter") == read(data, "charter")


@pytest.mark.parametrize("data", [b"", b"Hej!", b"PK\x03\x04 xl/workbook.xml", b"\x89PNG"])
def test_a_refusal_apart_is_the_same_refusal(data: bytes) -> None:
    with pytest.raises(Refused) as here:
        read(data, "inskickat")
    with pytest.raises(Refused) as apart:
        read_apart(data, "inskickat")
    assert type(apart.value) is type(here.value)
    assert apart.value.words == here.value.words


def test_a_child_that_needs_too_much_memory_is_refused_with_a_sentence() -> None:
    text = (SAMPLES / "nara-vard.md").read_bytes() + b"A b c.\n\n" * 9_000
    assert read(text, "x").document
    with pytest.raises(Unreadable) as refusal:
        read_apart(text, "lång.txt", megabytes=24)
    assert "lång.txt gick inte att läsa inom rimlig tid" in refusal.value.words.sv


def test_a_child_that_takes_too_long_is_refused_with_a_sentence() -> None:
    began = seconds_of_children()
    with pytest.raises(Unreadable, match="reasonable time"):
        read_apart((SAMPLES / "nara-vard.md").read_bytes(), "x.md", seconds=0.02)
    assert seconds_of_children() - began < 0.2


def test_nothing_is_left_on_the_disk_and_no_secret_is_inherited(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "from pathlib import Path\n"
        "from documents.read.apart import read_apart\n"
        "read_apart(Path(sys.argv[2]).read_bytes(), 'x.md')\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(SAMPLES.parent), str(SAMPLES / "nara-vard.md")],
        env={**os.environ, "TMPDIR": str(tmp_path), "MANDAT_SECRET": "hemlig"},
        check=True,
    )
    assert list(tmp_path.iterdir()) == []


def test_one_that_reads_many_gives_each_the_answer_it_gets_alone() -> None:
    document = sample("nara-vard")
    files = (
        (SAMPLES / "digital-care.md").read_bytes(),
        write_docx(document, decision=None, standing="draft", look=LOOK),
        write_pdf(document, decision=None, standing="draft", look=LOOK),
    )
    with Reader() as reader:
        assert [reader.read(data, "charter") for data in files] == [
            read(data, "charter") for data in files
        ]
        for data in (b"", b"Hej!", b"\x89PNG"):
            with pytest.raises(Refused) as here:
                read(data, "inskickat")
            with pytest.raises(type(here.value)) as apart:
                reader.read(data, "inskickat")
            assert apart.value.words == here.value.words


def test_of_many_a_file_that_needs_too_much_takes_none_of_the_others_with_it() -> None:
    good = (SAMPLES / "nara-vard.md").read_bytes()
    with Reader() as reader:
        for limits in ({"megabytes": 24}, {"seconds": 0.002}):
            with pytest.raises(Unreadable, match="reasonable time") as refusal:
                reader.read(good + b"A b c.\n\n" * 9_000, "lång.txt", **limits)
            assert isinstance(refusal.value.__cause__, Lost)
            assert reader.read(good, "nara-vard.md") == read(good, "nara-vard.md")


def test_when_the_one_that_tends_them_is_gone_another_takes_its_place() -> None:
    good = (SAMPLES / "nara-vard.md").read_bytes()
    with Reader() as reader:
        assert reader.read(good, "x.md").document
        assert reader._nursery is not None
        reader._nursery.kill()
        reader._nursery.wait(10)
        with pytest.raises(Unreadable):
            reader.read(good, "x.md")
        assert reader.read(good, "x.md").document


def attacks() -> dict[str, bytes]:
    """Files that once took minutes, hundreds of megabytes, or a program with them."""
    paragraphs = "<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 400_000
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    whole = f"<w:document xmlns:w='{word}'><w:body>{paragraphs}</w:body></w:document>"
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<x>" * 5_000 + "</x>" * 5_000)
    return {
        "bomb.docx": a_docx(word__media__a="0" * 300_000_000),
        "endless.docx": a_docx(**{"word__document.xml": whole}),
        "nested.docx": nested.getvalue(),
        "bomb.pdf": by_hand(CATALOG, PAGES, PAGE, packed(zlib.compress(bytes(300_000_000), 9))),
        "nested.pdf": by_hand(CATALOG, PAGES, PAGE, b"[" * 5_000 + b"]" * 5_000),
        "stars.md": b"*" * 200_000,
        "brackets.md": b"[" * 200_000,
        "one-line.txt": b"a " * 2_000_000,
        "spaces.txt": b"Uppdragshandling" + b" " * 5_000_000 + b"x",
        "labels.txt": b"Datum:" * 300_000,
        "dashes.txt": b"-" * 49_000 + b"x",
        "bars.txt": b"|" * 49_000 + b"x|",
        "stars.txt": b"* a" * 16_000,
        "address.txt": b"a" * 49_000,
    }


@pytest.mark.slow
def test_every_attack_is_refused_within_a_second_and_two_hundred_megabytes() -> None:
    refused = {}
    for name, data in attacks().items():
        began = seconds_of_children()
        with pytest.raises(Refused) as refusal:
            read_apart(data, name, megabytes=200)
        refused[name] = seconds_of_children() - began
        assert refusal.value.__cause__ is None, "the reader says why itself; no limit was reached"
    assert max(refused.values()) < 1, refused


@pytest.mark.slow
def test_of_many_every_attack_is_refused_and_the_next_is_read() -> None:
    good = (SAMPLES / "nara-vard.md").read_bytes()
    with Reader() as reader:
        for name, data in attacks().items():
            with pytest.raises(Refused):
                reader.read(data, name, megabytes=200)
            assert reader.read(good, "x.md").document


@pytest.mark.slow
def test_two_hundred_pages_are_read_within_the_limits() -> None:
    short = sample("rorelseorganen")
    sections = tuple(
        section.model_copy(update={"key": f"{section.key}_{n}", "heading": f"Del {n}"})
        for n in range(182)
        for section in short.sections
    )
    document: Document = short.model_copy(update={"sections": (*short.sections, *sections)})
    data = write_pdf(document, decision=None, standing="draft", look=LOOK)
    began = seconds_of_children()
    reading = read_apart(data, "long.pdf")
    assert len(reading.document.sections) == len(document.sections)
    assert seconds_of_children() - began < 4, "and under 2 on a quiet machine"
    assert MEGABYTES <= 300
