"""Whether a PDF is ours and unchanged: judged from its bytes alone, without a network or a clock.

Ours is what was sealed with one of the organisation's own certificates, those it has now and those
it had before; no authority further up is asked, and a certificate that has run out still vouches
for what it sealed. Unchanged is every byte of the paper, from the first to the last.
"""

import io
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from documents.write.pdf import DECISION_FILE, DOCUMENT_FILE
from models.document import Document
from statemachine.words import Words

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

MOST = 50 * 1024 * 1024
"""Bytes of the largest file that is looked into; our own papers are a thousandth of it."""

THE_SEAL = re.compile(rb"<([0-9A-F]+)>")

SAID: Mapping[str, Words] = {
    "unchanged": Words(
        "Pappret är vårt och oförändrat: beseglat {when} av {signer}.",
        "The paper is ours and unchanged: sealed {when} by {signer}.",
    ),
    "changed": Words(
        "Pappret har ändrats sedan det beseglades {when} av {signer}. "
        "Lita inte på det; begär ett nytt.",
        "The paper has been changed since it was sealed {when} by {signer}. "
        "Do not rely on it; ask for a new one.",
    ),
    "added_to": Words(
        "Något har lagts till i pappret sedan det beseglades {when} av {signer}. "
        "Lita inte på det; begär ett nytt.",
        "Something was added to the paper after it was sealed {when} by {signer}. "
        "Do not rely on it; ask for a new one.",
    ),
    "stranger": Words(
        "Pappret är inte vårt: det är beseglat av {signer}.",
        "The paper is not ours: it is sealed by {signer}.",
    ),
    "forged": Words(
        "Sigillet är inte äkta: det utger sig för att vara {signer}.",
        "The seal is not genuine: it claims to be {signer}.",
    ),
    "several": Words(
        "Pappret har flera underskrifter. Våra har ett enda sigill, "
        "så det här är inte pappret som vi lämnade det.",
        "The paper has several signatures. Ours have a single seal, "
        "so this is not the paper as we left it.",
    ),
    "unsealed": Words(
        "Pappret har inget sigill. Det kan vara ett utkast eller en kopia, "
        "och ingenting visar att det är vårt.",
        "The paper has no seal. It may be a draft or a copy, and nothing shows that it is ours.",
    ),
    "unreadable": Words(
        "PDF-filen är skadad eller låst och går inte att granska. Begär en ny.",
        "The PDF is damaged or locked and cannot be examined. Ask for a new one.",
    ),
    "too_large": Words(
        "Filen är större än något papper härifrån, och granskas inte.",
        "The file is larger than any paper from here, and is not examined.",
    ),
    "not_a_pdf": Words(
        "Filen är ingen PDF. Bara PDF-filer härifrån har ett sigill att granska.",
        "The file is not a PDF. Only PDF files from here have a seal to examine.",
    ),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file is ours and unchanged, when and by whom it was sealed, and that in words."""

    ours: bool
    unchanged: bool
    words: Words
    sealed_at: datetime | None = None
    signer: str | None = None

    @property
    def holds(self) -> bool:
        """Ours, and as we left it."""
        return self.ours and self.unchanged


def verify(
    pdf: bytes, *, trusted: Collection["Certificate"], zone: tzinfo = UTC, most: int = MOST
) -> Verdict:
    """What the seal of a PDF proves. `trusted` are our certificates; `zone` is the sentence's."""
    if b"%PDF-" not in pdf[:1024]:
        return Verdict(False, False, SAID["not_a_pdf"])
    if len(pdf) > most:
        return Verdict(False, False, SAID["too_large"])
    try:
        return _judged(pdf, trusted, zone)
    except Exception:
        # Hostile bytes make a parser fail in any way there is; none of them is our paper.
        return Verdict(False, False, SAID["unreadable"])


def document_in(pdf: bytes, *, trusted: Collection["Certificate"]) -> Document | None:
    """The document attached to a PDF of ours that is unchanged; None for any other file.

    What is attached to a PDF may disagree with what it shows; only our own seal says it does not.
    """
    text = attached(pdf, trusted=trusted).get(DOCUMENT_FILE)
    return Document.model_validate_json(text) if text is not None else None


def decision_in(pdf: bytes, *, trusted: Collection["Certificate"]) -> dict[str, Any] | None:
    """The facts of the decision attached to a PDF of ours that is unchanged; else None."""
    text = attached(pdf, trusted=trusted).get(DECISION_FILE)
    return json.loads(text) if text is not None else None


def attached(pdf: bytes, *, trusted: Collection["Certificate"]) -> dict[str, bytes]:
    """The files attached to a PDF of ours that is unchanged, by name; none for any other file."""
    if not verify(pdf, trusted=trusted).holds:
        return {}
    files = (one.get_object() for one in _opened(pdf).root.get("/AF", ()))
    return {str(file["/UF"]): bytes(file["/EF"]["/F"].data) for file in files}


def _opened(pdf: bytes) -> Any:
    from pyhanko.pdf_utils.reader import PdfFileReader

    return PdfFileReader(io.BytesIO(pdf), strict=True)


def _judged(pdf: bytes, trusted: Collection["Certificate"], zone: tzinfo) -> Verdict:
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity
    from pyhanko.sign.validation.status import SignatureCoverageLevel as Covers

    signatures = _opened(pdf).embedded_signatures
    if len(signatures) != 1:
        return Verdict(False, False, SAID["several" if signatures else "unsealed"])
    (signature,) = signatures
    certificate = signature.signer_cert
    intact, genuine = validate_sig_integrity(
        signature.signer_info,
        certificate,
        expected_content_type="data",
        actual_digest=signature.compute_digest(),
    )
    ours = genuine and certificate.dump() in {one.dump() for one in trusted}
    whole = signature.evaluate_signature_coverage() is Covers.ENTIRE_FILE
    unchanged = ours and intact and whole and _nothing_but_the_seal(pdf, signature)
    sealed_at = signature.self_reported_timestamp
    signer = certificate.subject.native.get("common_name") or certificate.subject.human_friendly
    if not genuine:
        said = SAID["forged"]
    elif not ours:
        said = SAID["stranger"]
    elif unchanged:
        said = SAID["unchanged"]
    else:
        said = SAID["added_to" if intact and not whole else "changed"]
    when = sealed_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if sealed_at else "–"
    return Verdict(ours, unchanged, said.about(when=when, signer=signer), sealed_at, str(signer))


def _nothing_but_the_seal(pdf: bytes, signature: Any) -> bool:
    """The only bytes the signature does not cover are itself, and they hide nothing else."""
    from asn1crypto.cms import ContentInfo

    start, first, second, _ = signature.byte_range
    found = THE_SEAL.fullmatch(pdf, first, second)
    if start != 0 or not found:
        return False
    contents = bytes.fromhex(found[1].decode())
    padding = contents[len(ContentInfo.load(contents).dump()) :]
    return contents == bytes(signature.pkcs7_content) and not any(padding)
