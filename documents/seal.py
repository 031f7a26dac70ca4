"""The seal: a signature in the organisation's name, the last thing that happens to a paper.

It covers every byte and allows no change after it. It shows nothing: the record of the decision
already says what a reader needs. P-256, unless the organisation's own certificate is another.
"""

import io
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from documents.refused import Refused
from statemachine.words import Words

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Mandat"
OUR_FILE = "seal.pem"
"""The self-made certificate and its key, in one file so that one never stands without the other."""
YEARS = timedelta(days=3653)
"""How long a self-made certificate says that it lasts."""

READABLE_FIELD = "Sigill – Seal"
SELF_MADE, SELF_MADE_UNIT = " – egentillverkat sigill", "Self-made seal"
"""How a certificate is named that nobody but this installation vouches for."""
LONGEST_NAME = 64
"""Bytes there is room for in a name, as X.520 has it."""

NOT_OPENED = Words(
    "Sigillets certifikat eller nyckel går inte att öppna ({path}): {why}. "
    "Kontrollera MANDAT_SEAL_CERTIFICATE, MANDAT_SEAL_KEY och MANDAT_SEAL_PASSWORD_FILE.",
    "The seal's certificate or key cannot be opened ({path}): {why}. "
    "See to MANDAT_SEAL_CERTIFICATE, MANDAT_SEAL_KEY and MANDAT_SEAL_PASSWORD_FILE.",
)
NOT_A_PAIR = Words("nyckeln hör inte till certifikatet", "the key is not the certificate's")
NOT_PEM = Words(
    "den är inte en PEM-fil, eller lösenordet är fel",
    "it is not a PEM file, or the password is wrong",
)
NO_SUCH_FILE = Words("filen finns inte eller får inte läsas", "no such file, or it may not be read")


class Unsealable(Refused):
    """The organisation's certificate or key cannot be used."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate and its key, and the certificates that lead from it to one others trust."""

    certificate: "Certificate"
    signs: "SimpleSigner"

    @classmethod
    def from_files(cls, certificate: Path, key: Path, password: bytes | None = None) -> "Signer":
        """The signer in two PEM files; those above it may follow its certificate in its file.

        Raises Unsealable, naming the file, when they cannot be opened or do not belong together.
        """
        return cls._from_pem(_bytes_of(certificate), _bytes_of(key), password, certificate, key)

    @classmethod
    def self_made(cls, folder: Path, organisation: str, at: datetime) -> "Signer":
        """The installation's own signer, made at its first use and kept in `folder` (mode 0600).

        Its name says that it is self-made: it proves that this installation wrote a paper, and
        nothing of who runs the installation.
        """
        path = folder / OUR_FILE
        if not path.exists():
            _make(path, organisation, at)
        pem = _bytes_of(path)
        return cls._from_pem(pem, pem, None, path, path)

    @classmethod
    def _from_pem(
        cls, certificates: bytes, key: bytes, password: bytes | None, *paths: Path
    ) -> "Signer":
        from asn1crypto.keys import PrivateKeyInfo
        from cryptography.hazmat.primitives import serialization
        from pyhanko.sign.signers import SimpleSigner
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        chain = certificates_in(certificates, paths[0])
        try:
            private: Any = serialization.load_pem_private_key(key, password)
        except (ValueError, TypeError) as fault:
            raise Unsealable(NOT_OPENED.about(path=paths[-1], why=NOT_PEM)) from fault
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        if chain[0].public_key.dump() != public:
            raise Unsealable(NOT_OPENED.about(path=paths[-1], why=NOT_A_PAIR))
        bare = private.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        store: Any = SimpleCertificateStore
        above = store()
        above.register_multiple(chain[1:])
        return cls(chain[0], SimpleSigner(chain[0], PrivateKeyInfo.load(bare), above))


def seal(pdf: bytes, *, signer: Signer, at: datetime, reason: str) -> bytes:
    """The PDF sealed: the same bytes, and after them a signature over all of them.

    `at` is the moment the seal says. The paper stays PDF/A-3 and PDF/UA-1.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    setter = PdfSigner(
        PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            reason=reason,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        signer.signs,
        new_field_spec=SigFieldSpec(
            FIELD,
            # PDF/A wants the field printable, PDF/UA wants it outside the page.
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
            readable_field_name=READABLE_FIELD,
        ),
    )
    session = setter.init_signing_session(_appending(pdf))
    session.system_time = at

    async def sealed() -> bytes:
        size = await session.estimate_signature_container_size(None)
        to_be_signed = session.prepare_tbs_document(None, size)
        digest, written = to_be_signed.digest_tbs_document()
        moment = PdfCMSSignedAttributes(signing_time=at)
        done = await to_be_signed.perform_signature(digest.document_digest, moment)
        await done.post_signature_processing(written)
        written.seek(0)
        return bytes(written.read())

    # The library wants an event loop of its own, and whoever calls may be in one.
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, sealed()).result()


def certificates_in(pem: bytes, path: Path) -> list["Certificate"]:
    """Every certificate in a PEM file, the first one first. Raises Unsealable if there is none."""
    from asn1crypto import pem as armour
    from asn1crypto.x509 import Certificate

    try:
        found = [
            Certificate.load(der)
            for kind, _, der in armour.unarmor(pem, multiple=True)
            if kind == "CERTIFICATE"
        ]
    except ValueError:
        found = []
    if not found:
        raise Unsealable(NOT_OPENED.about(path=path, why=NOT_PEM))
    return found


def _appending(pdf: bytes) -> Any:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Untouched(IncrementalPdfFileWriter):
        """Leaves the paper's metadata as typst wrote it: the library would date it by the clock."""

        def _update_meta(self) -> None:
            pass

    return Untouched(io.BytesIO(pdf))


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Unsealable(NOT_OPENED.about(path=path, why=NO_SUCH_FILE)) from fault


def _make(path: Path, organisation: str, at: datetime) -> None:
    """Write a new key and certificate; whoever came first has made the one that stays."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    pem = _certificate(key, organisation, at) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _certificate(key: Any, organisation: str, at: datetime) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    whole = organisation.strip() or FIELD
    common = _cut(whole, LONGEST_NAME - len(SELF_MADE.encode())) + SELF_MADE
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, SELF_MADE_UNIT),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(whole, LONGEST_NAME)),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _cut(text: str, room: int) -> str:
    """As much of the text as there is room for, in whole characters."""
    return text.encode()[:room].decode(errors="ignore")
