"""Text and Markdown in: lines of a form, with wrapped lines and marks made whole."""

import re
from collections.abc import Iterable
from itertools import pairwise

from documents.read.gate import LIMITS, TOO_LARGE
from documents.read.lines import Line, Shape
from documents.refused import Unreadable
from documents.runs import from_markdown
from statemachine.words import Words

NOT_TEXT = Words(
    "Filen är inte läsbar som text. Skicka in handlingen som Word, text eller Markdown.",
    "The file cannot be read as text. Hand the document in as Word, text or Markdown.",
)
TOO_LONG = Words(
    "Filen har fler än {limit} stycken; ingen handling är så lång.",
    "The file has more than {limit} paragraphs; no document is that long.",
)
TOO_MUCH = Words(
    "Filen har ett stycke på mer än {paragraph} tecken, eller mer än {letters} tecken i allt; "
    "ingen handling är så lång.",
    "The file has a paragraph of more than {paragraph} characters, or more than {letters} in all; "
    "no document is that long.",
)

BULLET = re.compile(r"[-‐‑−*+•◦▪‣·–\uf0b7\uf0a7\uf02d](?:[ \t]+|$)|[•\uf0b7\uf0a7](?=\S)")
NUMBER = re.compile(r"\(?\d{1,3}[.)][ \t]+(?=\S)")
HASH = re.compile(r"(#{1,6})[ \t]+(.+?)(?:[ \t]+#+)?$")
TABLE_ROW = re.compile(r"\|(.*\|.*)\|$")
RULE = re.compile(r"(?:\|[|: -]*--[|: -]*|-[ -]*-[ -]*-|\*[ *]*\*[ *]*\*|_[ _]*_[ _]*_|=+)$")
LINE_ENDS = re.compile(r"\r\n?|[\v\x85\u2028\u2029]")
PAGE_AT_EDGE = re.compile(
    r"[ \t]{3,}(?:\w{3,5}\.? )?\d{1,3} ?(?:\(\d{1,3}\)|(?:/|av|of) ?\d{1,3})[ \t]*$", re.MULTILINE
)
"""A page number set off at the end of a line: "Sida 1 (2)", "2/7"."""
LONG_GAP = re.compile(r"[ \t]{20,}")
SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
WIDEST_WRAP = 120
WIDEST_RULE = 300
TORN_LINES = 3
"""So many sentences that go on below a full line are a wrapper's work."""
LITERAL = "\\ "
UNCLOSED = re.compile(r"(?<!\\)\*\*")


def decoded(data: bytes) -> str:
    """The bytes as text: UTF-8, UTF-16 with its mark, or Windows Latin. Raises Unreadable."""
    if len(data) > LIMITS.size:
        size, limit = len(data) // (1024 * 1024), LIMITS.size // (1024 * 1024)
        raise Unreadable(TOO_LARGE.about(size=size, limit=limit))
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable(NOT_TEXT)


def lines_of(text: str) -> list[Line]:
    """The lines of a text or Markdown file. Raises Unreadable when there are too many."""
    text = SPACES.sub(" ", LINE_ENDS.sub("\n", text).replace("\f", "\n\n"))
    written = PAGE_AT_EDGE.sub("", LONG_GAP.sub("    ", text)).split("\n")
    judge_length(map(len, written))
    lines: list[Line] = []
    for paragraph in _paragraphs(written):
        line = _line(paragraph)
        if line.runs:
            lines.append(line)
        if len(lines) > LIMITS.paragraphs:
            raise Unreadable(TOO_LONG.about(limit=LIMITS.paragraphs))
    return lines


def judge_length(lengths: Iterable[int]) -> None:
    """Raises Unreadable when paragraphs of these lengths are longer than any document's."""
    left = LIMITS.letters
    for length in lengths:
        left -= length
        if length > LIMITS.paragraph or left < 0:
            limits = {"paragraph": LIMITS.paragraph, "letters": LIMITS.letters}
            raise Unreadable(TOO_MUCH.about(**limits))


def _paragraphs(written: list[str]) -> list[str]:
    """The paragraphs, wrapped lines joined: a wrapper broke a line where the next word did not fit.

    A mark of bold that is still open, or an indent under a list item, continues a line too.
    """
    written = [line.rstrip() for line in written]
    width = _wrapped_at(written)
    paragraphs: list[str] = []
    before = ""
    for line in written:
        stripped = line.strip()
        if not stripped or _is_rule(stripped):
            before = ""
            continue
        wrapped = before and width is not None and _is_full(before, stripped, width)
        indented = before and line[0] in " \t" and _starts_item(paragraphs[-1])
        open_bold = before and len(UNCLOSED.findall(paragraphs[-1])) % 2 == 1
        continues = wrapped or indented or open_bold
        if continues and not _starts_something(stripped):
            paragraphs[-1] += " " + stripped
        else:
            paragraphs.append(stripped)
        before = line
    return paragraphs


def _is_rule(line: str) -> bool:
    return len(line) <= WIDEST_RULE and bool(RULE.match(line))


def _wrapped_at(written: list[str]) -> int | None:
    """The width a wrapper held the lines to; None when no wrapper seems to have been at them."""
    width = max((len(line) for line in written), default=0)
    torn = sum(
        _is_full(line, after, width) and after[:1].islower()
        for line, after in pairwise(written)
        if line and after
    )
    return width if torn >= TORN_LINES and width <= WIDEST_WRAP else None


def _is_full(line: str, after: str, width: int) -> bool:
    return len(line) + 1 + len(after.split(maxsplit=1)[0]) > width


def _starts_item(line: str) -> bool:
    return bool(BULLET.match(line) or NUMBER.match(line))


def _starts_something(line: str) -> bool:
    return _starts_item(line) or bool(HASH.match(line)) or line.startswith(LITERAL)


def _line(paragraph: str) -> Line:
    if paragraph.startswith(LITERAL):
        return Line(from_markdown(paragraph[len(LITERAL) :]), Shape.LITERAL)
    if found := HASH.match(paragraph):
        shape = Shape.TITLE if len(found[1]) == 1 else Shape.HEADING
        return Line(from_markdown(found[2]), shape)
    if paragraph.endswith("|") and (found := TABLE_ROW.match(paragraph)):
        label, *values = (cell.strip() for cell in found[1].split("|"))
        return Line(from_markdown(f"{label}: {' '.join(values)}"), from_table=True)
    shape, mark = typed_mark(paragraph)
    return Line(from_markdown(paragraph[mark:]), shape)


def typed_mark(written: str) -> tuple[Shape, int]:
    """The shape that a bullet or number typed by hand gives a line, and the length of that mark."""
    if found := BULLET.match(written):
        return Shape.ITEM, found.end()
    if found := NUMBER.match(written):
        return Shape.NUMBERED, found.end()
    return Shape.TEXT, 0
