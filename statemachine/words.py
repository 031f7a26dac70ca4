"""Words a person reads, in Swedish and English."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in both languages. Swedish is the first language of the product."""

    sv: str
    en: str

    def in_(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.en if language == "en" else self.sv

    def about(self, **facts: object) -> "Words":
        """The sentence with its `{names}` filled in; a fact that is Words speaks each language."""
        return Words(
            self.sv.format(**{name: _spoken(fact, "sv") for name, fact in facts.items()}),
            self.en.format(**{name: _spoken(fact, "en") for name, fact in facts.items()}),
        )

    def __str__(self) -> str:
        return self.sv


class Refusal(Exception):
    """Something was not done, and why, in sentences a person reads. Nothing has changed."""

    def __init__(self, *reasons: Words, at_terminal: Words | None = None) -> None:
        self.reasons = reasons
        self.at_terminal = at_terminal
        """The command that helps, for whoever sits at a terminal: at the pages it is a button."""
        super().__init__(" ".join(reason.en for reason in reasons))


def _spoken(fact: object, language: Language) -> object:
    return fact.in_(language) if isinstance(fact, Words) else fact


def plain(text: str) -> Words:
    """A name or a number: the same in both languages."""
    return Words(text, text)


def joined(sentences: Iterable[Words], by: str = " ") -> Words:
    """Several sentences as one."""
    kept = tuple(sentences)
    return Words(by.join(one.sv for one in kept), by.join(one.en for one in kept))
