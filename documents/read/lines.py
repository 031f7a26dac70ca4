"""What every reader hands on: lines, each with its runs and the shape it had in the file."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from documents.runs import text_of, wholly_bold
from models.document import Run


class Shape(StrEnum):
    TEXT = "text"
    TITLE = "title"
    HEADING = "heading"
    ITEM = "item"
    NUMBERED = "numbered"
    LITERAL = "literal"
    """A paragraph and nothing else, whatever it looks like: our own papers say so."""


@dataclass(frozen=True)
class Line:
    """A paragraph, heading, list item or labelled table row; `runs` are tidied."""

    runs: tuple[Run, ...]
    shape: Shape = Shape.TEXT
    from_table: bool = False

    @cached_property
    def text(self) -> str:
        return text_of(self.runs)

    @cached_property
    def bold(self) -> bool:
        return wholly_bold(self.runs)


LISTED = frozenset({Shape.ITEM, Shape.NUMBERED})
HEADED = frozenset({Shape.HEADING, Shape.TITLE})
