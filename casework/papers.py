"""Papers: what is written down for good when something is submitted or decided."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from casework.settings import Settings
from documents import DecisionBlock, Look, write_discontinuance, write_docx, write_pdf, write_text
from documents.seal import Signer, certificates_in, seal
from documents.write.look import LABELS
from models.document import Document
from statemachine.vocabulary import Paper
from statemachine.words import Language, Refusal, Words

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper as written: its kind, and its bytes."""

    paper: Paper
    media_type: str
    suffix: str
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Ending:
    """What a decision to discontinue ends, and when: `effective_on` is the first day without it."""

    title: str
    group: str | None
    effective_on: date
    language: Language
    taken_over_by: str | None = None


class Press(Protocol):
    """Whoever writes papers. Raises documents.Refused for what cannot be rendered."""

    def draft(self, document: Document) -> tuple[Sheet, ...]: ...

    def decided(
        self, document: Document, block: DecisionBlock, paper: Paper
    ) -> tuple[Sheet, ...]: ...

    def discontinuance(self, ending: Ending, block: DecisionBlock) -> tuple[Sheet, ...]: ...


@dataclass(frozen=True, slots=True)
class Seal:
    """The organisation's seal at one moment; its key is not opened until something is sealed."""

    settings: Settings
    at: datetime

    def open(self) -> Signer:
        """Take the key out. Raises documents.Refused when certificate or key cannot be used."""
        return signer(self.settings, self.at)

    def on(self, pdf: bytes, paper: Paper) -> bytes:
        """The paper, sealed. Raises what `open` raises."""
        reason = paper.words.in_(self.settings.language)
        return seal(pdf, signer=self.open(), at=self.at, reason=reason)


@dataclass(frozen=True, slots=True)
class Printer:
    """Writes PDF with typst, and what is decided in Word as well; seals what is decided."""

    look: Look
    seal: Seal | None = None
    word_template: Path | None = None

    def draft(self, document: Document) -> tuple[Sheet, ...]:
        """The draft paper. What a decision will need is tried too: it fails here, or not at all."""
        body = write_pdf(document, decision=None, standing="draft", look=self.look)
        if self.word_template is not None:
            self._word(document, None)
        if self.seal is not None:
            self.seal.open()
        return (Sheet(Paper.DRAFT, PDF, ".pdf", body),)

    def decided(self, document: Document, block: DecisionBlock, paper: Paper) -> tuple[Sheet, ...]:
        pdf = write_pdf(document, decision=block, standing="decided", look=self.look)
        return (
            Sheet(paper, PDF, ".pdf", self._sealed(pdf, paper)),
            Sheet(paper, WORD, ".docx", self._word(document, block)),
        )

    def discontinuance(self, ending: Ending, block: DecisionBlock) -> tuple[Sheet, ...]:
        body = write_discontinuance(
            title=ending.title,
            group=ending.group,
            effective_on=ending.effective_on,
            taken_over_by=ending.taken_over_by,
            decision=block,
            look=self.look,
            language=ending.language,
        )
        sealed = self._sealed(body, Paper.DISCONTINUANCE)
        return (Sheet(Paper.DISCONTINUANCE, PDF, ".pdf", sealed),)

    def _word(self, document: Document, block: DecisionBlock | None) -> bytes:
        return write_docx(
            document,
            decision=block,
            standing="decided" if block else "draft",
            look=self.look,
            template=_bytes_of(self.word_template),
        )

    def _sealed(self, pdf: bytes, paper: Paper) -> bytes:
        return self.seal.on(pdf, paper) if self.seal else pdf


def printer(settings: Settings, at: datetime) -> Printer:
    """The organisation's own press: its look, its Word template, and its seal."""
    return Printer(look(settings), Seal(settings, at), settings.word_template)


def look(settings: Settings) -> Look:
    """How the organisation's papers look. Raises Refusal for a label there is none of."""
    for name in settings.labels:
        if name not in LABELS:
            raise Refusal(NO_SUCH_LABEL.about(name=name, names=", ".join(LABELS)))
    labels = {
        name: Words(said.get("sv", LABELS[name].sv), said.get("en", LABELS[name].en))
        for name, said in settings.labels.items()
    }
    return Look(
        organisation=settings.organisation,
        accent=settings.accent,
        logo=_bytes_of(settings.logo),
        labels=labels,
        logo_text=settings.logo_text,
        tint=settings.tint,
    )


def signer(settings: Settings, at: datetime) -> Signer:
    """Whoever seals: the organisation's own certificate, else one made here at its first use."""
    if settings.seal_certificate is None:
        return Signer.self_made(settings.seal_folder, settings.organisation, at)
    password = _bytes_of(settings.seal_password_file)
    return Signer.from_files(
        settings.seal_certificate,
        settings.seal_key or settings.seal_certificate,
        password.strip() if password is not None else None,
    )


def trusted(settings: Settings) -> tuple["Certificate", ...]:
    """The certificates that papers of ours are sealed with, now and before."""
    earlier = sorted(settings.seal_folder.glob("*.pem"))
    now = [settings.seal_certificate] if settings.seal_certificate else []
    return tuple(certificates_in(path.read_bytes(), path)[0] for path in (*now, *earlier))


NO_SUCH_LABEL = Words(
    "Det finns inget ord på pappren som heter {name} (MANDAT_LABELS). De heter: {names}.",
    "There is no label on the papers called {name} (MANDAT_LABELS). They are called: {names}.",
)
NO_SUCH_FILE = Words(
    "Filen {path} går inte att läsa: {why}. Se över inställningarna för papper.",
    "The file {path} cannot be read: {why}. See to the settings for papers.",
)


def _bytes_of(path: Path | None) -> bytes | None:
    """What stands in a file that the settings name; None when they name none."""
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Refusal(NO_SUCH_FILE.about(path=path, why=fault.strerror)) from fault


@dataclass(frozen=True, slots=True)
class Typewriter:
    """Writes plain text: for rehearsals and measurements, where the layout does not matter."""

    def draft(self, document: Document) -> tuple[Sheet, ...]:
        return (self._typed(Paper.DRAFT, document),)

    def decided(self, document: Document, _block: DecisionBlock, paper: Paper) -> tuple[Sheet, ...]:
        return (self._typed(paper, document),)

    def discontinuance(self, ending: Ending, block: DecisionBlock) -> tuple[Sheet, ...]:
        text = f"{ending.title}\n{ending.effective_on}\n{block.reason or ''}\n{block.decided_by}\n"
        return (Sheet(Paper.DISCONTINUANCE, TEXT, ".txt", text.encode()),)

    def _typed(self, paper: Paper, document: Document) -> Sheet:
        body = write_text(document, document.language).encode()
        return Sheet(paper, TEXT, ".txt", body)


@dataclass(frozen=True, slots=True)
class NoPress:
    """Writes nothing where nothing is decided: for measuring an act without its paper."""

    def draft(self, _document: Document) -> tuple[Sheet, ...]:
        return ()

    def decided(self, document: Document, block: DecisionBlock, paper: Paper) -> tuple[Sheet, ...]:
        return Typewriter().decided(document, block, paper)

    def discontinuance(self, ending: Ending, block: DecisionBlock) -> tuple[Sheet, ...]:
        return Typewriter().discontinuance(ending, block)
