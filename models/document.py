"""The charter document: what a charter says, as structure, whatever file it came from.

The sections are the truth. Meeting frequency and references are derived from them in
`documents`, never stored beside them where they could disagree.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from statemachine.words import Language, Words

# A field called `date` would hide the type of that name.
Day: TypeAlias = date


class Part(BaseModel):
    """A part of a document: frozen, and nothing it does not know is let in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Run(Part):
    """A stretch of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str | None = None


class Paragraph(Part):
    type: Literal["paragraph"] = "paragraph"
    runs: tuple[Run, ...] = ()

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


class ItemList(Part):
    """A list of points; `numbered` for an executive decision's numbered items."""

    type: Literal["list"] = "list"
    numbered: bool = False
    items: tuple[tuple[Run, ...], ...] = ()

    @property
    def text(self) -> str:
        lines = ("".join(run.text for run in item) for item in self.items)
        if self.numbered:
            return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
        return "\n".join(f"- {line}" for line in lines)


Block = Annotated[Paragraph | ItemList, Field(discriminator="type")]


def text_of(blocks: Iterable[Paragraph | ItemList]) -> str:
    """The blocks as plain text, one blank line between paragraphs and lists."""
    return "\n\n".join(block.text for block in blocks if block.text)


class Section(Part):
    """A heading and what stands under it; `key` is the kind's name for it, or a slug of its own."""

    key: str
    heading: str
    blocks: tuple[Block, ...] = ()

    @property
    def text(self) -> str:
        return text_of(self.blocks)


class Named(Part):
    """A person as a document names one. A snapshot, not a reference."""

    name: str | None = None
    title: str | None = None


class Contact(Named):
    phone: str | None = None
    email: str | None = None


class DecisionLine(Part):
    """What the document itself says of its decision, before or after it is made."""

    date: Day | None = None
    maker: Named = Named()


class RecipientLine(Part):
    """One line of the distribution list: who, perhaps an address, and for what purpose."""

    who: str
    email: str | None = None
    purpose: str | None = None
    raw: str | None = None


class Meetings(Part):
    """Meetings a year, as the document says it and as numbers (None where it names none)."""

    text: str
    min: int | None = None
    max: int | None = None


class Reference(Part):
    """Another document this one leans on."""

    registry_number: str
    title: str | None = None


class Document(Part):
    """A charter document of any kind. Unknown is None; nothing is guessed.

    `raw` keeps, beside every parsed value, the text it was parsed from (key: the field's name).
    """

    kind: str
    language: Language = "sv"
    organisation: str | None = None
    unit: str | None = None
    title: str | None = None
    group: str | None = None
    revision: str | None = None
    document_date: date | None = None
    registry_number: str | None = None
    area: str | None = None
    commissioner: Named = Named()
    assignee: str | None = None
    handler: Contact = Contact()
    preamble: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    decision: DecisionLine = DecisionLine()
    recipients: tuple[RecipientLine, ...] = ()
    valid_from: date | None = None
    valid_through: date | None = None
    validity_text: str | None = None
    raw: dict[str, str] = Field(default_factory=dict)

    def section(self, key: str) -> Section | None:
        """The first section with this key, or None."""
        return next((section for section in self.sections if section.key == key), None)


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a careful registrar would point out, and where it stands.

    An error keeps the document from being submitted; a warning does not. `field` is the path of
    the field (`registry_number`, `sections.purpose`, `recipients.2`).
    """

    level: Level
    code: str
    field: str
    message: Words


def as_json(document: Document) -> str:
    """The document in its one canonical spelling: sorted keys, no spaces, unescaped UTF-8."""
    return json.dumps(
        document.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def content_hash(canonical: str) -> str:
    """SHA-256 of a canonical document, in hexadecimal: what a decision is tied to."""
    return hashlib.sha256(canonical.encode()).hexdigest()
