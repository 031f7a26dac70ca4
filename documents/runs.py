"""Runs of text: tidied to one spelling, and written and read as Markdown."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

from models.document import Run

Style = tuple[bool, bool, str | None]
PLAIN: Style = (False, False, None)

SPACES = re.compile(r"\s+")
# Soft hyphens, zero-width characters, directional marks and the other unseen ones.
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]")
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
SAFE_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+$", re.IGNORECASE)

ESCAPED = re.compile(r"([\\*\[\]])")
LINK_ESCAPED = re.compile(r"([()\\])")
BACKSLASHED = r"\\\1"
STARS = re.compile(r"\*+")
LINK = re.compile(r"\[((?:\\.|[^\[\]\\])*)\]\(((?:\\.|[^()\\\s])*)\)")


def tidy(text: str) -> str:
    """`text` in one spelling: NFC, ordinary spaces and hyphens, nothing unseen, no edges."""
    text = CONTROL.sub("", UNSEEN.sub("", text)).replace("\u2011", "-")
    return SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def on_one_line(text: str) -> str:
    """`text` as paper can hold it: nothing unseen, no line breaks; its edges are kept."""
    return SPACES.sub(" ", CONTROL.sub("", UNSEEN.sub("", text)))


def tidy_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs with their text tidied, like neighbours joined and no style on a space between."""
    runs = tuple(runs)
    if all(style_of(run) == PLAIN for run in runs):
        text = tidy(text_of(runs))
        return (Run(text=text),) if text else ()
    letters: list[tuple[str, Style]] = []
    for run in runs:
        text = CONTROL.sub("", UNSEEN.sub("", run.text)).replace("\u2011", "-")
        style = (run.bold, run.italic, safe_link(run.link))
        for letter in SPACES.sub(" ", unicodedata.normalize("NFC", text)):
            if letter != " ":
                letters.append((letter, style))
            elif letters and letters[-1][0] != " ":
                letters.append((" ", style))
    while letters and letters[-1][0] == " ":
        letters.pop()
    for place, (letter, _) in enumerate(letters):
        if letter == " ":
            before, after = letters[place - 1][1], letters[place + 1][1]
            letters[place] = (" ", before if before == after else PLAIN)
    return tuple(
        Run(text="".join(letter for letter, _ in group), bold=bold, italic=italic, link=link)
        for (bold, italic, link), group in groupby(letters, key=lambda pair: pair[1])
    )


def style_of(run: Run) -> Style:
    return (run.bold, run.italic, run.link)


def safe_link(link: str | None) -> str | None:
    """The link, when it leads to the web or to an address; other kinds are only text."""
    return link if link and SAFE_LINK.match(link) else None


def text_of(runs: Iterable[Run]) -> str:
    return "".join(run.text for run in runs)


def wholly_bold(runs: Iterable[Run]) -> bool:
    """Every letter is bold, and there is one."""
    seen = [run.bold for run in runs if run.text.strip()]
    return bool(seen) and all(seen)


def between(runs: Iterable[Run], start: int, end: int) -> tuple[Run, ...]:
    """The runs from character `start` up to `end`, tidied."""
    kept, place = [], 0
    for run in runs:
        text = run.text[max(start - place, 0) : max(end - place, 0)]
        kept.append(run.model_copy(update={"text": text}))
        place += len(run.text)
    return tidy_runs(kept)


def without_start(runs: Iterable[Run], count: int) -> tuple[Run, ...]:
    """The runs without their first `count` characters, tidied."""
    return between(runs, count, sys.maxsize)


def joined(first: tuple[Run, ...], second: tuple[Run, ...]) -> tuple[Run, ...]:
    """Two pieces of one sentence, tidied already, as one, with a space between."""
    if not first or not second or style_of(first[-1]) != style_of(second[0]):
        return tidy_runs((*first, Run(text=" "), *second))
    seam = first[-1].model_copy(update={"text": f"{first[-1].text} {second[0].text}"})
    return (*first[:-1], seam, *second[1:])


def as_markdown(runs: Iterable[Run]) -> str:
    """The runs as one line of Markdown; `from_markdown` gives them back."""
    parts = []
    for link, group in groupby(runs, key=lambda run: run.link):
        inner = _emphasised(group)
        parts.append(f"[{inner}]({LINK_ESCAPED.sub(BACKSLASHED, link)})" if link else inner)
    return "".join(parts)


def from_markdown(text: str) -> tuple[Run, ...]:
    """The runs of one line of Markdown. Marks that open nothing stay as they are written."""
    return tidy_runs(_parsed(text))


def _emphasised(runs: Iterable[Run]) -> str:
    """Marks are toggles: `**` for bold, `*` for italic, `***` for both at once."""
    written, bold, italic = [], False, False
    for run in (*runs, Run(text="")):
        written.append("**" * (run.bold != bold) + "*" * (run.italic != italic))
        written.append(ESCAPED.sub(BACKSLASHED, run.text))
        bold, italic = run.bold, run.italic
    return "".join(written)


def _parsed(text: str, link: str | None = None) -> Iterator[Run]:
    bold = italic = False
    plain: list[str] = []
    place = 0

    def so_far() -> Run:
        run = Run(text="".join(plain), bold=bold, italic=italic, link=link)
        plain.clear()
        return run

    while place < len(text):
        letter = text[place]
        if letter == "\\" and place + 1 < len(text) and not text[place + 1].isalnum():
            plain.append(text[place + 1])
            place += 2
        elif letter == "[" and link is None and (found := LINK.match(text, place)):
            yield so_far()
            target = re.sub(r"\\(.)", r"\1", found[2])
            for run in _parsed(found[1], target):
                yield run.model_copy(
                    update={"bold": run.bold != bold, "italic": run.italic != italic}
                )
            place = found.end()
        elif found := STARS.match(text, place):
            end = found.end()
            stars = end - place
            opens_or_closes = stars <= 3 and _is_mark(text, place, end, stars, bold, italic)
            if opens_or_closes:
                yield so_far()
                bold ^= stars >= 2
                italic ^= stars % 2 == 1
            elif stars != 4:
                plain.append("*" * stars)
            place = end
        else:
            plain.append(letter)
            place += 1
    yield so_far()


def _is_mark(text: str, start: int, end: int, stars: int, bold: bool, italic: bool) -> bool:
    """A mark hugs a word: before it when it opens (and something closes it), after it when not."""
    hugs_before = start > 0 and not text[start - 1].isspace()
    hugs_after = end < len(text) and not text[end].isspace()
    closes = (stars >= 2 and bold) or (stars % 2 == 1 and italic)
    if closes:
        return hugs_before
    return hugs_after and text.find("*" * min(stars, 2), end + 1) != -1
