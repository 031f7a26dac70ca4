"""The forms, as data: a folder per document kind, and in it what the form says in each language.

`<kind>/kind.yaml` says what the kind requires; `<kind>/<language>.yaml` its headings, labels and
phrases, on top of what all forms in that language share (`<language>.yaml` beside this file). An
organisation describes a form of its own in a folder of the same shape, and hands its path in.
"""

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from models.document import Document
from statemachine.words import Language, Words

HERE = Path(__file__).parent

RECIPIENTS, RECORD = "recipients", "record"
"""Two headings every form has: the distribution list, and the record our own papers end in."""


class Described(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SectionForm(Described):
    """A heading of the form. An `optional` one is known when met, but not shown in a blank form."""

    key: str
    heading: str
    aliases: tuple[str, ...] = ()
    level: int = 1
    optional: bool = False


class ListHeading(Described):
    heading: str
    aliases: tuple[str, ...] = ()


class Often(Described):
    """How often a year "N per ..." is."""

    pattern: str
    a_year: int


class MeetingWords(Described):
    labels: tuple[str, ...]
    sentence: str
    at_least: tuple[str, ...]
    at_most: tuple[str, ...]
    when_needed: tuple[str, ...]
    per: tuple[Often, ...]
    unit: str


class ValidityPhrases(Described):
    valid_through: tuple[str, ...] = ()
    valid_from: tuple[str, ...] = ()


class DutyWords(Described):
    """How a recipient's line shows that it means the holder of a duty or seat."""

    who: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()


class Form(Described):
    """What a document kind says in one language: its headings, labels and phrases."""

    language: Language
    names: tuple[str, ...]
    title_patterns: tuple[str, ...] = ()
    sections: tuple[SectionForm, ...]
    fields: dict[str, tuple[str, ...]]
    recipients: ListHeading
    record: ListHeading
    months: tuple[str, ...]
    numbers: dict[str, int]
    organisations: tuple[str, ...]
    groups: tuple[str, ...]
    offices: tuple[str, ...]
    meetings: MeetingWords
    validity: ValidityPhrases
    purpose_word: str
    purposes: tuple[str, ...]
    duties: dict[str, DutyWords]
    duty_names: dict[str, str]
    duty_of: str
    placeholders: tuple[str, ...]
    help_texts: tuple[str, ...]
    page_numbers: tuple[str, ...]
    stamps: tuple[str, ...] = ()

    def label(self, field: str) -> str:
        """The word this form writes before a field."""
        return self.fields[field][0]

    def heading(self, key: str) -> str | None:
        """The form's own heading of a section, or None when it does not know the key."""
        section = self.section_forms.get(key)
        return section.heading if section else None

    @cached_property
    def section_forms(self) -> Mapping[str, SectionForm]:
        return {section.key: section for section in self.sections}

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """The section key of every heading and alias, in lower case; RECIPIENTS and RECORD too."""
        keyed: list[tuple[str, ListHeading | SectionForm]] = [
            (RECIPIENTS, self.recipients),
            (RECORD, self.record),
            *((section.key, section) for section in self.sections),
        ]
        spelled = {alias.casefold(): key for key, one in keyed for alias in one.aliases}
        return spelled | {one.heading.casefold(): key for key, one in keyed}

    @cached_property
    def fields_by_label(self) -> Mapping[str, str]:
        """The field of every label and synonym, in lower case.

        The longest label first: "Datum för beslut" must be tried before "Datum".
        """
        labels = {
            label.casefold(): field for field, labels in self.fields.items() for label in labels
        }
        return dict(sorted(labels.items(), key=lambda pair: -len(pair[0])))

    @cached_property
    def label_start(self) -> re.Pattern[str]:
        """A label at the start of a line, and the colon after it if there is one."""
        labels = "|".join(map(re.escape, self.fields_by_label))
        return re.compile(rf"({labels})(?!\w)\s*(:)?\s*", re.IGNORECASE)

    @cached_property
    def label_within(self) -> re.Pattern[str]:
        """A label with its capital and colon, wherever it stands."""
        spelled = [label for labels in self.fields.values() for label in labels]
        labels = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
        return re.compile(rf"(?<![-A-ZÅÄÖ])({labels})\s*:")

    @cached_property
    def left_over(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """The problem code and pattern of every placeholder and help text, in small letters.

        One by one: a pattern that begins with a letter is found many times faster than a choice.
        """
        coded = (("placeholder", self.placeholders), ("help_text", self.help_texts))
        return tuple((code, re.compile(one)) for code, patterns in coded for one in patterns)

    @cached_property
    def worded_date(self) -> re.Pattern[str]:
        """A date with its month in words: "17 juni 2026"."""
        months = "|".join(self.months)
        return re.compile(rf"\b(\d{{1,2}})(?::?e)?\s+({months})\s+(\d{{4}})\b", re.IGNORECASE)

    @cached_property
    def count(self) -> re.Pattern[str]:
        """How many times, in figures or words, and not a share, a clause or a length."""
        numbers = "|".join(sorted(self.numbers, key=len, reverse=True))
        return re.compile(
            rf"\b(\d{{1,3}}|{numbers})\b(?!\s*(?:kap|§|%|tim\b|timm|hour|minut))", re.IGNORECASE
        )

    @cached_property
    def meeting_frequency(self) -> re.Pattern[str]:
        """A label for how often the group meets, and what is said after it."""
        labels = "|".join(map(re.escape, self.meetings.labels))
        return re.compile(rf"(?:{labels})\s*:?\s+(.+)", re.IGNORECASE)

    @cached_property
    def duty_words(self) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
        """Each duty, and how a recipient's line and its purpose show it."""
        return tuple(
            (duty, any_of(words.who), any_of(words.purpose)) for duty, words in self.duties.items()
        )

    @cached_property
    def before_the_group(self) -> re.Pattern[str]:
        """What stands between a duty and the name of its group: "för", "i"."""
        return re.compile(rf"^\s*(?:{self.duty_of}|i|in|the|\s)+\b", re.IGNORECASE)

    @cached_property
    def page_number(self) -> re.Pattern[str]:
        return re.compile(f"(?:{'|'.join(self.page_numbers)})", re.IGNORECASE)

    @cached_property
    def stamp(self) -> re.Pattern[str]:
        return any_of(self.stamps)

    @cached_property
    def organisation(self) -> re.Pattern[str]:
        return any_of(self.organisations)

    @cached_property
    def group_name(self) -> re.Pattern[str]:
        """A group's kind of name, at the start: "Samordningsråd ..."."""
        words = "|".join(sorted(map(re.escape, self.groups), key=len, reverse=True))
        return re.compile(rf"^(?:the )?(?:{words})\w*\b", re.IGNORECASE)

    @cached_property
    def office(self) -> re.Pattern[str]:
        """A title rather than a name: its last word is an office."""
        return re.compile(rf"(?:{'|'.join(self.offices)})$", re.IGNORECASE)

    @cached_property
    def purpose(self) -> re.Pattern[str]:
        """Where a recipient's purpose begins: "för genomförande ..."."""
        return re.compile(
            rf"(?:^|,?\s+)(?P<purpose>{self.purpose_word}\s+(?:{'|'.join(self.purposes)})\b.*)$",
            re.IGNORECASE | re.DOTALL,
        )


class Kind(Described):
    """A kind of document: what it is called, what it requires and how long it may last."""

    key: str
    names: dict[Language, str]
    longest_term_years: int | None = None
    required: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    required_sections: tuple[str, ...] = ()
    expected_sections: tuple[str, ...] = ()
    required_recipients: tuple[str, ...] = ()
    distinctive: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    forms: dict[Language, Form]

    @property
    def name(self) -> Words:
        """What the kind is called; a language without a name borrows the other's."""
        some = next(iter(self.names.values()))
        return Words(self.names.get("sv", some), self.names.get("en", some))

    def in_(self, language: Language) -> Form:
        """The form in `language`, or in the first language it is described in."""
        return self.forms.get(language) or next(iter(self.forms.values()))


class UnknownKind(LookupError):
    """No form describes this kind."""


def kind(name: str, extra: Path | None = None) -> Kind:
    """The kind called `name`. Raises UnknownKind when no form describes it."""
    for known in kinds(extra):
        if known.key == name:
            return known
    raise UnknownKind(name)


def kinds(extra: Path | None = None) -> tuple[Kind, ...]:
    """All kinds there are; one in the folder `extra` goes before ours of the same name.

    Without `extra`, the folder of the organisation's own forms counts, where it has one.
    """
    return _kinds(extra or _own)


_own: Path | None = None


def own_forms(folder: Path | None) -> None:
    """Have this process know the organisation's own forms. An edge says it once, from settings."""
    global _own
    _own = folder


def where_own_forms_are() -> Path | None:
    """The folder of the organisation's own forms, or None."""
    return _own


@lru_cache(maxsize=8)
def _kinds(extra: Path | None) -> tuple[Kind, ...]:
    folders = {folder.parent.name: folder.parent for folder in sorted(HERE.glob("*/kind.yaml"))}
    if extra is not None:
        folders |= {
            folder.parent.name: folder.parent for folder in sorted(extra.glob("*/kind.yaml"))
        }
    return tuple(_load(folder) for folder in folders.values())


def form_of(document: Document, kind_: Kind | None = None) -> Form:
    """The form a document is written in: its kind's, in its language."""
    return (kind_ or kind(document.kind)).in_(document.language)


def any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern that matches what any of them matches; nothing when there are none."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)", re.IGNORECASE)


def _load(folder: Path) -> Kind:
    described = _yaml(folder / "kind.yaml")
    forms = {
        path.stem: _on_top_of(_yaml(HERE / path.name), _yaml(path))
        for path in sorted(folder.glob("??.yaml"), reverse=True)
    }
    return Kind.model_validate({**described, "key": folder.name, "forms": forms})


def _on_top_of(common: Any, own: Any) -> Any:
    """`own` over `common`: lists joined, own first; mappings merged; anything else is own."""
    if isinstance(common, dict) and isinstance(own, dict):
        return common | {
            key: _on_top_of(common[key], value) if key in common else value
            for key, value in own.items()
        }
    if isinstance(common, list) and isinstance(own, list):
        return [*own, *(value for value in common if value not in own)]
    return own


def _yaml(path: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML

    loaded: dict[str, Any] = YAML(typ="safe").load(path)
    return loaded
