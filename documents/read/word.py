"""Word in: the lines of a .docx, with heading styles or bold paragraphs, tables or tabs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from documents.read.gate import DAMAGED, LIMITS, unpacked
from documents.read.lines import Line, Shape
from documents.read.text import TOO_LONG, judge_length, typed_mark
from documents.refused import Unreadable
from documents.runs import safe_link, text_of, tidy_runs, without_start
from models.document import Run

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAIN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
HEADING = re.compile(r"(?:heading|rubrik) ?([1-9])$")
TITLE = re.compile(r"(?:title|titel|rubrik)$")
LISTING = re.compile(r"list (?:bullet|number)|punktlista|numrerad lista")

LITERAL_STYLE = "Charter text"
"""The style of paragraphs that our own writer made: text, whatever it looks like."""
UNREAD_STYLE = "Charter mark"
"""The style of what our own writer prints beside the document: running heads, draft marks."""

# Elements that only wrap others; w:del and w:moveFrom, whose text is gone, are not among them.
WRAPPERS = frozenset(
    MAIN + name
    for name in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "fldSimple")
)


@dataclass(frozen=True)
class Style:
    name: str = ""
    based_on: str | None = None
    outline: int | None = None
    bold: bool | None = None
    italic: bool | None = None
    numbering: tuple[str, str] | None = None


@dataclass(frozen=True)
class Package:
    """The parts of a Word file that say how its text looks."""

    styles: dict[str, Style]
    links: dict[str, str]
    number_formats: dict[tuple[str, str], str]
    notes: set[str] = field(default_factory=set)

    def chain(self, style_id: str | None) -> Iterator[Style]:
        """The style and those it is based on."""
        seen = set()
        while style_id in self.styles and style_id not in seen:
            seen.add(style_id)
            style = self.styles[style_id]
            yield style
            style_id = style.based_on


@dataclass(frozen=True)
class WordText:
    """The lines of a Word file; `notes` are the codes of what a registrar should know about it."""

    lines: list[Line]
    notes: frozenset[str]


def read_word(data: bytes) -> WordText:
    """The lines of a .docx, running head first. Raises Unreadable, with the reason."""
    parts = unpacked(data)
    if "word/document.xml" not in parts:
        raise Unreadable(DAMAGED)
    package = Package(
        styles=_styles(parts.get("word/styles.xml")),
        links=_links(parts.get("word/_rels/document.xml.rels")),
        number_formats=_number_formats(parts.get("word/numbering.xml")),
    )
    body = _parsed(parts["word/document.xml"]).find(f"{MAIN}body")
    if body is None:
        raise Unreadable(DAMAGED)
    if next(body.iter(f"{MAIN}del", f"{MAIN}ins"), None) is not None:
        package.notes.add("tracked_changes")
    judge_length(
        sum(len(text.text or "") for text in one.iter(f"{MAIN}t")) for one in body.iter(f"{MAIN}p")
    )
    heads = [
        line
        for name in sorted(parts)
        if re.match(r"word/header\d*\.xml$", name)
        for line in _block_lines(_parsed(parts[name]), package)
    ]
    lines = []
    for line in _block_lines(body, package):
        lines.append(line)
        if len(lines) > LIMITS.paragraphs:
            raise Unreadable(TOO_LONG.about(limit=LIMITS.paragraphs))
    return WordText([*heads, *lines], frozenset(package.notes))


def _parsed(part: bytes) -> "Element":
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(part, parser)
    except etree.XMLSyntaxError as damage:
        raise Unreadable(DAMAGED) from damage


def _block_lines(parent: "Element", package: Package) -> Iterator[Line]:
    for element in parent:
        if element.tag == f"{MAIN}p":
            yield from _paragraph_lines(element, package)
        elif element.tag == f"{MAIN}tbl":
            yield from _table_lines(element, package)
        elif element.tag in WRAPPERS:
            yield from _block_lines(element, package)


def _table_lines(table: "Element", package: Package) -> Iterator[Line]:
    """A row of label and value is one line, "Label: value"; other cells are lines of their own."""
    for row in table.iter(f"{MAIN}tr"):
        cells = [list(_block_lines(cell, package)) for cell in row.findall(f"{MAIN}tc")]
        if len(cells) % 2 == 0 and all(len(label) <= 1 for label in cells[::2]):
            for label, value in zip(cells[::2], cells[1::2], strict=True):
                if label:
                    yield _labelled(label[0], value)
                else:
                    yield from value
        else:
            for cell in cells:
                yield from cell


def _labelled(label: Line, value: list[Line]) -> Line:
    name = Run(text=label.text.rstrip(":").rstrip() + ":", bold=True)
    runs = [name]
    for place, line in enumerate(value):
        runs += [Run(text=", " if place else " "), *line.runs]
    return Line(tidy_runs(runs), from_table=True)


def _paragraph_lines(paragraph: "Element", package: Package) -> Iterator[Line]:
    """The paragraph's line; a line break inside it makes another."""
    properties = paragraph.find(f"{MAIN}pPr")
    style_id = _value(properties, "pStyle")
    styles = list(package.chain(style_id))
    names = {style.name for style in styles}
    if UNREAD_STYLE.casefold() in names:
        return
    for written in _split_at_breaks(_runs(paragraph, package, styles)):
        runs = tidy_runs(written)
        if not runs:
            continue
        shape = _shape(properties, styles, package)
        if LITERAL_STYLE.casefold() in names:
            shape = Shape.LITERAL
        elif shape is Shape.TEXT:
            shape, mark = typed_mark(text_of(written).lstrip())
            edge = len(text_of(written)) - len(text_of(written).lstrip())
            runs = without_start(written, edge + mark)
        if runs:
            yield Line(runs, shape)


def _shape(properties: "Element | None", styles: list[Style], package: Package) -> Shape:
    for style in styles:
        if HEADING.match(style.name) or style.outline is not None:
            return Shape.HEADING
        if TITLE.match(style.name):
            return Shape.TITLE
    numbering = _numbering(properties)
    if numbering is None:
        numbering = next((style.numbering for style in styles if style.numbering), None)
    if numbering is not None and numbering[0] != "0":
        known = package.number_formats.get(numbering, "bullet")
        return Shape.ITEM if known in ("bullet", "none") else Shape.NUMBERED
    for style in styles:
        if LISTING.match(style.name):
            return Shape.NUMBERED if "num" in style.name else Shape.ITEM
    return Shape.TEXT


def _runs(
    parent: "Element", package: Package, styles: list[Style], link: str | None = None
) -> Iterator[Run]:
    heading = any(HEADING.match(style.name) or TITLE.match(style.name) for style in styles)
    bold_here = not heading and any(style.bold for style in styles)
    for element in parent:
        if element.tag == f"{MAIN}r":
            yield _run(element, package, bold_here, link)
        elif element.tag == f"{MAIN}hyperlink":
            target = package.links.get(element.get(RELATION_ID, ""))
            yield from _runs(element, package, styles, safe_link(target))
        elif element.tag in WRAPPERS:
            yield from _runs(element, package, styles, link)


def _run(element: "Element", package: Package, bold_here: bool, link: str | None) -> Run:
    properties = element.find(f"{MAIN}rPr")
    own = list(package.chain(_value(properties, "rStyle")))
    bold, italic = _switch(properties, "b"), _switch(properties, "i")
    if bold is None:
        bold = bold_here or any(style.bold for style in own)
    if italic is None:
        italic = any(style.italic for style in own)
    return Run(text="".join(_letters(element)), bold=bold, italic=italic, link=link)


def _letters(run: "Element") -> Iterator[str]:
    for element in run:
        name = str(element.tag).removeprefix(MAIN)
        if name == "t":
            yield element.text or ""
        elif name == "tab":
            yield "\t"
        elif name == "noBreakHyphen":
            yield "-"
        elif name in ("br", "cr") and element.get(f"{MAIN}type") != "page":
            yield "\n"
        elif name == "sym" and element.get(f"{MAIN}char", "").upper() in ("F0B7", "F0A7"):
            yield "•"


def _split_at_breaks(runs: Iterator[Run]) -> Iterator[tuple[Run, ...]]:
    line: list[Run] = []
    for run in runs:
        first, *others = run.text.split("\n")
        line.append(run.model_copy(update={"text": first}))
        for other in others:
            yield tuple(line)
            line = [run.model_copy(update={"text": other})]
    yield tuple(line)


def _styles(part: bytes | None) -> dict[str, Style]:
    if part is None:
        return {}
    styles = {}
    for element in _parsed(part).findall(f"{MAIN}style"):
        paragraph, letters = element.find(f"{MAIN}pPr"), element.find(f"{MAIN}rPr")
        outline = _value(paragraph, "outlineLvl")
        styles[element.get(f"{MAIN}styleId", "")] = Style(
            name=(_value(element, "name") or "").casefold(),
            based_on=_value(element, "basedOn"),
            outline=int(outline) if outline and outline.isdigit() and int(outline) < 9 else None,
            bold=_switch(letters, "b"),
            italic=_switch(letters, "i"),
            numbering=_numbering(paragraph),
        )
    return styles


def _links(part: bytes | None) -> dict[str, str]:
    if part is None:
        return {}
    return {
        relation.get("Id", ""): relation.get("Target", "")
        for relation in _parsed(part)
        if relation.get("TargetMode") == "External"
    }


def _number_formats(part: bytes | None) -> dict[tuple[str, str], str]:
    """How each level of each list counts: bullet, decimal, ..."""
    if part is None:
        return {}
    numbering = _parsed(part)
    abstract = {
        (element.get(f"{MAIN}abstractNumId"), level.get(f"{MAIN}ilvl")): _value(level, "numFmt")
        for element in numbering.findall(f"{MAIN}abstractNum")
        for level in element.findall(f"{MAIN}lvl")
    }
    formats = {}
    for element in numbering.findall(f"{MAIN}num"):
        of = _value(element, "abstractNumId")
        for (abstract_id, level), number_format in abstract.items():
            if abstract_id == of and level is not None and number_format:
                formats[element.get(f"{MAIN}numId", ""), level] = number_format
    return formats


def _numbering(properties: "Element | None") -> tuple[str, str] | None:
    numbered = properties.find(f"{MAIN}numPr") if properties is not None else None
    number = _value(numbered, "numId")
    return (number, _value(numbered, "ilvl") or "0") if number is not None else None


def _value(parent: "Element | None", name: str) -> str | None:
    found = parent.find(MAIN + name) if parent is not None else None
    return found.get(f"{MAIN}val") if found is not None else None


def _switch(properties: "Element | None", name: str) -> bool | None:
    found = properties.find(MAIN + name) if properties is not None else None
    if found is None:
        return None
    return found.get(f"{MAIN}val", "true") not in ("0", "false", "off", "none")
