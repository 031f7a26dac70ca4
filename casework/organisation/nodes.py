"""YAML with a place for everything: text in, nodes out, and nothing clever let through."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from statemachine.words import Words

LARGEST = 1_000_000
"""Characters. A region's file is a tenth of this; one of this size is read in a few seconds."""
DEEPEST = 8
EMPTY = ("", "~", "null", "Null", "NULL")


class Place(NamedTuple):
    """Line and column, counted from 1 as editors do."""

    line: int
    column: int


BEGINNING = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Scalar:
    place: Place
    text: str | None
    """As it is written, so that a telephone number keeps its zero; None where nothing is."""


@dataclass(frozen=True, slots=True)
class Listed:
    place: Place
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    place: Place
    pairs: tuple[tuple["Node", "Node"], ...]


Node: TypeAlias = Scalar | Listed | Mapped


class Unparsable(Exception):
    """The text is not YAML of the plain kind; the place where reading stopped, and why."""

    def __init__(self, place: Place, says: Words) -> None:
        super().__init__(says.en)
        self.place = place
        self.says = says


NOT_YAML = Words(
    "Här går filen inte att läsa som YAML. Se över indrag, kolon och citattecken på den här "
    "raden och raden ovanför.",
    "The file cannot be read as YAML here. Look over indentation, colons and quotation marks on "
    "this line and the one above.",
)
PROBLEMS = {
    "character '\\t'": Words(
        "Här står ett tabbtecken. Gör indrag med mellanslag.",
        "There is a tab here. Indent with spaces.",
    ),
    "mapping values are not allowed": Words(
        "Här står ett kolon för mycket. Sätt citattecken om en text som innehåller kolon.",
        "There is one colon too many here. Put quotation marks around text that holds a colon.",
    ),
}
TOO_LARGE = Words(
    "Filen är större än {largest} tecken och läses inte. Är det rätt fil?",
    "The file is larger than {largest} characters and is not read. Is it the right file?",
).about(largest=LARGEST)
CONTROL_CHARACTER = Words(
    "Här står ett styrtecken som inte syns. Ta bort det och skriv stället på nytt.",
    "There is an invisible control character here. Remove it and write the place anew.",
)
ALIAS = Words(
    "Här står en YAML-hänvisning (*). Skriv ut värdet i stället.",
    "There is a YAML alias (*) here. Write the value out instead.",
)
TAG = Words(
    "Här står en YAML-tagg (!). Ta bort den och skriv bara värdet.",
    "There is a YAML tag (!) here. Remove it and write only the value.",
)
TOO_DEEP = Words(
    "Här är listorna nästlade djupare än en organisation behöver. Se över indragen.",
    "The lists are nested deeper here than an organisation needs. Look over the indentation.",
)
SECOND_DOCUMENT = Words(
    "Här börjar ett andra dokument (---). En fil beskriver en organisation; ta bort strecken.",
    "A second document (---) begins here. A file describes one organisation; remove the dashes.",
)


def parsed(text: str) -> Node:
    """The one document in `text` as nodes.

    Raises Unparsable for what is not YAML, is empty or too large, and for aliases, tags and
    depths that a file written by hand has no use for: they are how a small file becomes a huge
    one.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    if len(text) > LARGEST:
        raise Unparsable(BEGINNING, TOO_LARGE)
    try:
        return _document(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        says = next((says for part, says in PROBLEMS.items() if part in str(error)), NOT_YAML)
        raise Unparsable(_place(mark) if mark else BEGINNING, says) from error
    except ReaderError as error:
        before = text[: error.position].split("\n")
        place = Place(len(before), len(before[-1]) + 1)
        raise Unparsable(place, CONTROL_CHARACTER) from error
    except (YAMLError, ValueError) as error:
        raise Unparsable(BEGINNING, NOT_YAML) from error


def _document(events: Iterator[Any]) -> Node:
    from ruamel.yaml import events as yaml

    root: Node = Scalar(BEGINNING, None)
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Unparsable(_place(event.start_mark), SECOND_DOCUMENT)
            root = _node(next(events), events, depth=0)
    return root


def _node(event: Any, events: Iterator[Any], depth: int) -> Node:
    from ruamel.yaml import events as yaml

    place = _place(event.start_mark)
    if isinstance(event, yaml.AliasEvent):
        raise Unparsable(place, ALIAS)
    if event.tag not in (None, "!"):
        raise Unparsable(place, TAG)
    if depth > DEEPEST:
        raise Unparsable(place, TOO_DEEP)
    if isinstance(event, yaml.ScalarEvent):
        # implicit[0]: written plainly, without quotes; a quoted "null" is a text.
        return Scalar(place, None if event.implicit[0] and event.value in EMPTY else event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        return Listed(place, tuple(_nodes(events, yaml.SequenceEndEvent, depth)))
    inside = list(_nodes(events, yaml.MappingEndEvent, depth))
    return Mapped(place, tuple(zip(inside[::2], inside[1::2], strict=True)))


def _nodes(events: Iterator[Any], end: type, depth: int) -> Iterator[Node]:
    for event in events:
        if isinstance(event, end):
            return
        yield _node(event, events, depth + 1)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)
