"""Papers: what is written down for good when something is submitted or decided."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from documents import DecisionBlock, Look, write_discontinuance, write_docx, write_pdf, write_text
from models.document import Document
from statemachine.vocabulary import Paper
from statemachine.words import Language

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
class Printer:
    """Writes PDF with typst, and what is decided in Word as well."""

    look: Look

    def draft(self, document: Document) -> tuple[Sheet, ...]:
        body = write_pdf(document, decision=None, standing="draft", look=self.look)
        return (Sheet(Paper.DRAFT, PDF, ".pdf", body),)

    def decided(self, document: Document, block: DecisionBlock, paper: Paper) -> tuple[Sheet, ...]:
        pdf = write_pdf(document, decision=block, standing="decided", look=self.look)
        word = write_docx(document, decision=block, standing="decided", look=self.look)
        return (Sheet(paper, PDF, ".pdf", pdf), Sheet(paper, WORD, ".docx", word))

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
        return (Sheet(Paper.DISCONTINUANCE, PDF, ".pdf", body),)


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
