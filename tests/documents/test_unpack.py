"""Many papers in one archive: taken out within bounds; one that means harm is refused."""

import io
import zipfile

import pytest

from documents import Look, Unreadable, write_docx
from documents.unpack import Handed, Room, gathered, is_archive, unpacked
from tests.documents.charters import sample

MB = 1024 * 1024


def zipped(*files: tuple[str, bytes], stored: bool = False) -> bytes:
    written = io.BytesIO()
    how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(written, "w", how) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return written.getvalue()


def a_word_file() -> bytes:
    look = Look("Region Sjöviken")
    return write_docx(sample("nara-vard"), decision=None, standing="draft", look=look)


def refusal_of(body: bytes, room: Room | None = None) -> str:
    with pytest.raises(Unreadable) as refused:
        unpacked("uppdrag.zip", body, room or Room())
    (reason,) = refused.value.reasons
    assert "{" not in reason.sv + reason.en
    return reason.sv


def test_the_files_come_out_by_name_and_what_systems_leave_behind_is_passed_over() -> None:
    handed_in = unpacked(
        "uppdrag.zip",
        zipped(
            ("b/råd.md", b"text"),
            ("a.docx", b"word"),
            ("__MACOSX/b/._råd.md", b""),
            ("b/Thumbs.db", b""),
            ("b/~$a.docx", b""),
            (".DS_Store", b""),
            ("b/", b""),
        ),
    )
    assert [one.name for one in handed_in.files] == ["a.docx", "b/råd.md"]
    assert handed_in.passed_over == (
        ".DS_Store",
        "__MACOSX/b/._råd.md",
        "b/Thumbs.db",
        "b/~$a.docx",
    )


def test_one_file_is_handed_in_as_it_is_though_it_is_a_zip_inside() -> None:
    word = a_word_file()
    assert unpacked("a.docx", word).files == (Handed("a.docx", word),)
    assert not is_archive(word)


def test_an_archive_of_word_files_is_an_archive_even_when_they_lie_unpacked_in_it() -> None:
    assert is_archive(zipped(("a.docx", a_word_file()), stored=True))


def test_a_name_packed_as_utf8_without_saying_so_is_spelt_right() -> None:
    body = bytearray(zipped(("r\u00e5d.md", b"text")))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = body.index(signature) + flags
        body[place + 1] &= ~0x08
    assert [one.name for one in unpacked("a.zip", bytes(body)).files] == ["råd.md"]


def test_a_name_that_nothing_can_show_is_made_legible() -> None:
    (one,) = gathered("mapp", [Handed("r\udce5d\u202e\x00.md", b"text")]).files
    assert one.name == "r?d.md"


@pytest.mark.parametrize("name", ["../a.md", "/etc/a.md", "a/../../b.md", "C:\\a.md", "..\\a.md"])
def test_a_path_that_leads_out_is_refused(name: str) -> None:
    assert "leder utanför" in refusal_of(zipped((name, b"text")))


def test_more_than_is_taken_in_at_once_is_refused() -> None:
    three = [(f"{n}.md", b"x" * 600_000) for n in range(3)]
    assert "högst 2" in refusal_of(zipped(*three), Room(files=2))
    assert "mer än 1 MB" in refusal_of(zipped(*three, stored=True), Room(unpacked=MB))
    assert "är större än" in refusal_of(zipped(*three, stored=True), Room(file=500_000))
    assert "mer än 0 MB" in refusal_of(zipped(*three), Room(unpacked=1_000))
    with pytest.raises(Unreadable, match="at most 2"):
        gathered("mapp", [Handed(name, body) for name, body in three], Room(files=2))


def test_a_bomb_is_refused_while_it_is_unpacked() -> None:
    assert "orimligt mycket" in refusal_of(zipped(("a.md", b"0" * 5 * MB)))


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    body = bytearray(zipped(("a.md", b"0" * 5 * MB)))
    directory = body.index(b"PK\x01\x02")
    body[directory + 24 : directory + 28] = (100).to_bytes(4, "little")
    assert refusal_of(bytes(body))


def test_a_table_of_contents_that_would_fill_the_memory_is_never_read() -> None:
    body = bytearray(zipped(("a.md", b"text")))
    end = body.rindex(b"PK\x05\x06")
    body[end + 12 : end + 16] = (500 * MB).to_bytes(4, "little")
    assert "Dela upp dem" in refusal_of(bytes(body))
    assert "Dela upp dem" in refusal_of(bytes(body[:end]) + b"PK\x06\x07" + bytes(16) + body[end:])


def test_a_locked_archive_is_refused() -> None:
    body = bytearray(zipped(("a.md", b"text")))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(signature) + flags] |= 0x01
    assert "lösenord" in refusal_of(bytes(body))


def test_a_damaged_and_an_empty_archive_are_refused() -> None:
    assert "skadad" in refusal_of(zipped(("a.md", b"text"))[:-30])
    assert "inga filer" in refusal_of(zipped())
    assert "inga filer" in refusal_of(zipped(("Thumbs.db", b"x")))
