"""The seal: what it proves, and every way of changing a sealed paper that it must betray."""

import asyncio
import io
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import write_pdf
from documents.seal import OUR_FILE, Signer, Unsealable, seal
from documents.verify import decision_in, document_in, verify
from tests.documents.charters import sample
from tests.documents.test_write_pdf import DECISION, LOOK

AT = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.self_made(tmp_path_factory.mktemp("seal"), "Region Sjöviken", AT)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.self_made(tmp_path_factory.mktemp("seal"), "Region Sjöviken", AT)


@pytest.fixture(scope="module")
def paper() -> bytes:
    return write_pdf(sample("nara-vard"), decision=DECISION, standing="decided", look=LOOK)


@pytest.fixture(scope="module")
def sealed(paper: bytes, ours: Signer) -> bytes:
    return seal(paper, signer=ours, at=AT, reason="Beslut")


def test_a_sealed_paper_is_ours_and_unchanged(sealed: bytes, ours: Signer) -> None:
    verdict = verify(sealed, trusted=[ours.certificate], zone=ZoneInfo("Europe/Stockholm"))
    assert verdict.holds
    assert verdict.sealed_at == AT
    assert verdict.words.sv == (
        "Pappret är vårt och oförändrat: beseglat 2026-06-17 11:30 av "
        "Region Sjöviken – egentillverkat sigill."
    )


def test_the_seal_comes_after_the_paper_and_changes_nothing_in_it(
    paper: bytes, sealed: bytes
) -> None:
    assert sealed.startswith(paper)
    assert len(sealed) < len(paper) + 20_000


def test_a_sealed_paper_is_still_archival_and_accessible(sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "3A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["xmp:ModifyDate"] == "2000-01-01T00:00:00+00:00"  # no clock was read
        (field,) = pdf.Root.AcroForm.Fields
        print_only = 4
        assert int(field.F) & 0b111111 == print_only  # neither hidden nor invisible
        assert all(float(edge) < 0 for edge in field.Rect)  # PDF/UA: outside the page
        assert str(field.TU) == "Sigill – Seal"
        assert "/AP" not in field or field.AP
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        assert pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P == 1


def test_the_library_itself_finds_the_seal_valid(sealed: bytes, ours: Signer) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    found = validate_pdf_signature(
        signature, ValidationContext(trust_roots=[ours.certificate], moment=AT)
    )
    assert found.bottom_line
    assert found.md_algorithm == "sha256"


def test_any_changed_byte_shows(sealed: bytes, ours: Signer) -> None:
    envelope = range(sealed.index(b"/Contents <3082"), sealed.rindex(b"0000>"))
    for place in (*range(0, envelope.start, 997), *range(envelope.stop, len(sealed), 17)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert not verify(bytes(changed), trusted=[ours.certificate]).holds


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_cut_splice_or_garbage_passes(sealed: bytes, ours: Signer, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed)))
    more = data.draw(st.binary(min_size=1, max_size=40))
    cut = data.draw(st.integers(0, 400))
    changed = sealed[:at] + more + sealed[at + cut :]
    if changed != sealed:
        assert not verify(changed, trusted=[ours.certificate]).holds


def test_an_update_appended_after_the_seal_is_found(sealed: bytes, ours: Signer) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer: Any = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    contents = page.get_object().raw_get("/Contents")
    cover = generic.StreamObject(stream_data=b"1 g 0 0 600 850 re f")
    page.get_object()["/Contents"] = generic.ArrayObject([contents, writer.add_object(cover)])
    writer.mark_update(page)
    written: Any = io.BytesIO()
    writer.write(written)
    verdict = verify(written.getvalue(), trusted=[ours.certificate])
    assert verdict.ours
    assert not verdict.unchanged
    assert verdict.words.sv.startswith("Något har lagts till")


def test_a_second_signature_is_not_ours(sealed: bytes, ours: Signer, theirs: Signer) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    unsealed_twice = sealed.replace(b"/DocMDP", b"/DocXXX")
    assert not verify(unsealed_twice, trusted=[ours.certificate]).holds
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    meta = signers.PdfSignatureMetadata(field_name="Annan")

    class Heedless(signers.PdfSigner):
        def _enforce_certification_constraints(self, reader: object) -> None:
            pass

    twice = asyncio.run(Heedless(meta, theirs.signs).async_sign_pdf(writer)).getvalue()
    verdict = verify(twice, trusted=[ours.certificate])
    assert not verdict.holds
    assert "flera underskrifter" in verdict.words.sv


def test_another_seal_of_the_same_name_is_not_ours(
    paper: bytes, ours: Signer, theirs: Signer
) -> None:
    verdict = verify(seal(paper, signer=theirs, at=AT, reason="Beslut"), trusted=[ours.certificate])
    assert not verdict.ours
    assert verdict.words.sv.startswith("Pappret är inte vårt: det är beseglat av Region Sjöviken")


def test_a_certificate_of_before_still_vouches_for_its_papers(
    sealed: bytes, ours: Signer, theirs: Signer
) -> None:
    assert verify(sealed, trusted=[theirs.certificate, ours.certificate]).holds


def test_an_unsealed_paper_and_what_is_no_pdf_each_get_a_sentence(
    paper: bytes, ours: Signer
) -> None:
    for data, said in (
        (paper, "inget sigill"),
        (b"%PDF-1.7\nnonsense", "skadad eller l"),
        (b"%PDF-1.7\n" + b"[" * 100_000, "skadad eller l"),
        (b"PK\x03\x04", "ingen PDF"),
        (b"", "ingen PDF"),
    ):
        verdict = verify(data, trusted=[ours.certificate])
        assert not verdict.ours
        assert said in verdict.words.sv
    assert "större" in verify(paper, trusted=[], most=1000).words.sv


def test_an_encrypted_pdf_is_examined_without_a_traceback(paper: bytes, ours: Signer) -> None:
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert not verify(locked.getvalue(), trusted=[ours.certificate]).ours


def test_only_a_sealed_paper_is_trusted_for_what_is_attached(
    paper: bytes, sealed: bytes, ours: Signer, theirs: Signer
) -> None:
    document = sample("nara-vard")
    assert document_in(sealed, trusted=[ours.certificate]) == document
    decision = decision_in(sealed, trusted=[ours.certificate])
    assert decision
    assert decision["decided_by"] == DECISION.decided_by
    assert document_in(paper, trusted=[ours.certificate]) is None
    assert document_in(sealed, trusted=[theirs.certificate]) is None
    assert document_in(sealed + b" ", trusted=[ours.certificate]) is None


def test_the_self_made_signer_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = Signer.self_made(tmp_path / "seal", "Region Sjöviken", AT)
    again = Signer.self_made(tmp_path / "seal", "Något annat", AT)
    assert first.certificate.dump() == again.certificate.dump()
    path = tmp_path / "seal" / OUR_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == [OUR_FILE]
    assert "egentillverkat" in first.certificate.subject.native["common_name"]
    assert first.certificate.subject.native["organizational_unit_name"] == "Self-made seal"
    assert first.certificate.public_key.curve == ("named", "secp256r1")


@pytest.mark.parametrize("organisation", ["Å" * 200, " ", "Region <Norr> & Söder, Ltd"])
def test_any_organisation_gets_a_certificate(tmp_path: Path, organisation: str) -> None:
    assert Signer.self_made(tmp_path, organisation, AT).certificate


def test_the_organisations_own_certificate_is_read_from_its_files(
    tmp_path: Path, paper: bytes, ours: Signer, theirs: Signer
) -> None:
    from asn1crypto import pem

    certificate, key = tmp_path / "seal.crt", tmp_path / "seal.key"
    certificate.write_bytes(pem.armor("CERTIFICATE", ours.certificate.dump()))
    private = serialization.load_der_private_key(ours.signs.signing_key.dump(), None)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hemligt"),
        )
    )
    signer = Signer.from_files(certificate, key, b"hemligt")
    sealed = seal(paper, signer=signer, at=AT, reason="Beslut")
    assert verify(sealed, trusted=[signer.certificate]).holds
    for password in (None, b"fel"):
        with pytest.raises(Unsealable, match="password is wrong"):
            Signer.from_files(certificate, key, password)
    with pytest.raises(Unsealable, match="no such file"):
        Signer.from_files(tmp_path / "nowhere", key)
    with pytest.raises(Unsealable, match="not a PEM"):
        Signer.from_files(key, key, b"hemligt")
    certificate.write_bytes(pem.armor("CERTIFICATE", theirs.certificate.dump()))
    with pytest.raises(Unsealable, match="not the certificate's"):
        Signer.from_files(certificate, key, b"hemligt")


def test_a_paper_is_sealed_inside_a_running_loop_too(paper: bytes, ours: Signer) -> None:
    async def within() -> bytes:
        return seal(paper, signer=ours, at=AT, reason="Beslut")

    assert verify(asyncio.run(within()), trusted=[ours.certificate]).holds
