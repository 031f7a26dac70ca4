"""Two versions of a document side by side: word for word, passage by passage.

A passage is a labelled field, the preamble, a section or the distribution list. Passages are
aligned by key, then by likeness. Accepting every change gives the new document's passages,
rejecting every one the old's.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import groupby

from documents.kinds import RECIPIENTS, Form, Kind, form_of
from documents.runs import Style, style_of
from documents.write.fields import END, HEAD, recipient_text, value_of
from documents.write.look import Look
from models.document import Block, Document, ItemList, Run
from statemachine.words import Language, Words

A_WORD = re.compile(r"[^ ]* |[^ ]+")

LIKE_ENOUGH = 60
"""Likeness in percent at which two passages of different keys are one, moved or renamed."""


class Op(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Word:
    """A word with the space after it, in its style; or the start of a paragraph or point."""

    text: str
    style: Style = (False, False, None)
    starts: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Words in a row that stayed, came or went."""

    op: Op
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document that is compared as one: its key, its heading and its words."""

    key: str
    heading: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return text_of(self.words)


@dataclass(frozen=True, slots=True)
class PassageChange:
    """A passage in the old version, in the new, or in both, and the words between them."""

    old: Passage | None
    new: Passage | None
    changes: tuple[Change, ...]
    moved: bool = False

    @property
    def passage(self) -> Passage:
        present = self.new or self.old
        assert present is not None
        return present

    @property
    def heading(self) -> str:
        return self.passage.heading

    @property
    def renamed(self) -> bool:
        return bool(self.old and self.new and self.old.heading != self.new.heading)

    @property
    def unchanged(self) -> bool:
        same_words = all(change.op is Op.SAME for change in self.changes)
        return bool(self.old and self.new) and same_words and not self.moved and not self.renamed


@dataclass(frozen=True)
class Comparison:
    """What changed from `old` to `new`, in the new version's order, what went where it stood."""

    old: Document
    new: Document
    passages: tuple[PassageChange, ...]

    @cached_property
    def unchanged(self) -> bool:
        """Nothing a reader sees differs."""
        return all(passage.unchanged for passage in self.passages)

    def accepted(self) -> dict[str, str]:
        """Every passage's text by heading, all changes accepted."""
        return {p.new.heading: _kept(p, Op.ADDED) for p in self.passages if p.new}

    def rejected(self) -> dict[str, str]:
        """Every passage's text by heading, all changes rejected."""
        return {p.old.heading: _kept(p, Op.REMOVED) for p in self.passages if p.old}

    def summary(self, language: Language, *, kind: Kind | None = None) -> str:
        """What changed, in one paragraph."""
        from documents.compare_summary import summary_of

        return summary_of(self, language, kind)

    def as_text(self, language: Language) -> str:
        """The changed passages as plain text: [-gone-] and {+come+}, for a letter."""
        return "\n\n".join(
            f"{passage.heading.upper()}{_mark(passage, language)}\n{_marked(passage)}".rstrip()
            for passage in self.passages
            if not passage.unchanged
        ) or UNCHANGED.in_(language)

    def as_html(self, language: Language) -> str:
        """The changed passages as HTML: `ins` and `del`, each with a hidden word that says so.

        The class `visually-hidden` is the page's to define; a letter that does not shows the words.
        """
        parts = []
        for passage in self.passages:
            if passage.unchanged:
                continue
            mark = html.escape(_mark(passage, language))
            heading = html.escape(passage.heading)
            parts.append(f"<h3>{heading}{mark}</h3>\n{_paragraphs(passage, language)}")
        return "\n".join(parts) or f"<p>{html.escape(UNCHANGED.in_(language))}</p>"

    def as_docx(
        self,
        *,
        look: Look,
        author: str,
        at: datetime,
        language: Language = "sv",
        kind: Kind | None = None,
    ) -> bytes:
        """The new version as a Word file in which every change is tracked, signed and dated."""
        from documents.compare_word import tracked_docx

        return tracked_docx(self, look=look, author=author, at=at, language=language, kind=kind)


def compare(old: Document, new: Document, *, kind: Kind | None = None) -> Comparison:
    """What a reader of `new` finds changed since `old`; `raw` does not count."""
    before, after = list(passages_of(old, kind)), list(passages_of(new, kind))
    pairs = _aligned(before, after)
    order = [before.index(a) for a, b in pairs if a is not None and b is not None]
    in_place = _longest_rising(order)
    changes = [
        PassageChange(
            a,
            b,
            changes_between(a.words if a else (), b.words if b else ()),
            moved=a is not None and b is not None and before.index(a) not in in_place,
        )
        for a, b in pairs
    ]
    return Comparison(old, new, tuple(changes))


UNCHANGED = Words("Texten är oförändrad.", "The text is unchanged.")
ADDED_WORD, REMOVED_WORD = Words("Tillagt", "Added"), Words("Borttaget", "Removed")
PREAMBLE = Words("Inledning", "Preamble")
MARKS = {
    "new": Words(" (nytt)", " (new)"),
    "gone": Words(" (borttaget)", " (removed)"),
    "moved": Words(" (flyttat)", " (moved)"),
}


def passages_of(document: Document, kind: Kind | None = None) -> Iterator[Passage]:
    """The parts of a document that are compared as one, in the order they are printed."""
    form = form_of(document, kind)
    for field in ("title", *HEAD):
        if value := value_of(document, field, form):
            yield Passage(field, form.label(field), tuple(_words([Run(text=value)])))
    if document.preamble:
        yield Passage("preamble", PREAMBLE.in_(document.language), tuple(_of(document.preamble)))
    seen: Counter[str] = Counter()
    for section in document.sections:
        seen[section.key] += 1
        key = f"sections.{section.key}" + f".{seen[section.key]}" * (seen[section.key] > 1)
        yield Passage(key, section.heading, tuple(_of(section.blocks)))
    for field in END:
        if value := value_of(document, field, form):
            yield Passage(field, form.label(field), tuple(_words([Run(text=value)])))
    if document.recipients:
        yield Passage(RECIPIENTS, form.recipients.heading, tuple(_recipient_words(document, form)))


def _recipient_words(document: Document, form: Form) -> Iterator[Word]:
    for recipient in document.recipients:
        yield Word("", starts="- ")
        yield from _words([Run(text=recipient_text(recipient, form))])


def _of(blocks: Iterable[Block]) -> Iterator[Word]:
    for block in blocks:
        if isinstance(block, ItemList):
            for number, item in enumerate(block.items, 1):
                yield Word("", starts=f"{number}. " if block.numbered else "- ")
                yield from _words(item)
        else:
            yield Word("", starts="")
            yield from _words(block.runs)


def _words(runs: Iterable[Run]) -> Iterator[Word]:
    """The words of the runs, each with the space after it."""
    for run in runs:
        style = style_of(run)
        for text in A_WORD.findall(run.text):
            yield Word(text, style)


def text_of(words: Iterable[Word]) -> str:
    """The words as plain text, a line for each paragraph and point."""
    return "".join(f"\n{w.starts}" if w.starts is not None else w.text for w in words).lstrip("\n")


def _aligned(
    before: Sequence[Passage], after: Sequence[Passage]
) -> list[tuple[Passage | None, Passage | None]]:
    """Old and new passages paired; what went stands after what it stood after before."""
    from rapidfuzz import fuzz

    by_key = {passage.key: passage for passage in before}
    partner = {b.key: by_key.pop(b.key) for b in after if b.key in by_key}
    for new in after:
        if new.key not in partner and new.key.startswith("sections."):
            near = [
                (fuzz.ratio(old.text, new.text), old)
                for old in by_key.values()
                if old.key.startswith("sections.")
            ]
            likeness, old = max(near, key=lambda one: one[0], default=(0.0, None))
            if old is not None and likeness >= LIKE_ENOUGH:
                partner[new.key] = by_key.pop(old.key)
    pairs: list[tuple[Passage | None, Passage | None]] = [(partner.get(b.key), b) for b in after]
    for place, old in enumerate(before):
        if old.key in by_key:
            above = before[place - 1] if place else None
            at = next((n + 1 for n, (a, _) in enumerate(pairs) if a is above and a), 0)
            pairs.insert(at, (old, None))
    return pairs


def changes_between(before: tuple[Word, ...], after: tuple[Word, ...]) -> tuple[Change, ...]:
    """The words of both, in an order that is right for either."""
    from rapidfuzz.distance import Indel

    if before == after:
        return (Change(Op.SAME, before),)
    found: list[Change] = []
    for same, codes in groupby(Indel.opcodes(before, after), key=lambda code: code.tag == "equal"):
        gone: list[Word] = []
        come: list[Word] = []
        for code in codes:
            gone += before[code.src_start : code.src_end]
            come += after[code.dest_start : code.dest_end]
        if same:
            found.append(Change(Op.SAME, tuple(gone)))
            continue
        if gone:
            found.append(Change(Op.REMOVED, tuple(gone)))
        if come:
            found.append(Change(Op.ADDED, tuple(come)))
    return tuple(found)


def _longest_rising(numbers: Sequence[int]) -> frozenset[int]:
    """The most numbers that already stand in rising order; the others have moved."""
    best: list[tuple[int, ...]] = []
    for number in numbers:
        lower = [run for run in best if run[-1] < number]
        best.append((*_longest(lower), number))
    return frozenset(_longest(best))


def _longest(runs: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return max(runs, key=len) if runs else ()


def _kept(passage: PassageChange, op: Op) -> str:
    return text_of(
        w for change in passage.changes if change.op in (Op.SAME, op) for w in change.words
    )


def _mark(passage: PassageChange, language: Language) -> str:
    if passage.old is None:
        return MARKS["new"].in_(language)
    if passage.new is None:
        return MARKS["gone"].in_(language)
    return MARKS["moved"].in_(language) if passage.moved else ""


def _marked(passage: PassageChange) -> str:
    """The passage as text; a mark never reaches over the end of a line."""
    signs = {Op.SAME: ("", ""), Op.ADDED: ("{+", "+}"), Op.REMOVED: ("[-", "-]")}
    written = []
    for change in passage.changes:
        opening, closing = signs[change.op]
        for starts, group in groupby(change.words, key=lambda word: word.starts is not None):
            if starts:
                written += [f"\n{word.starts}" for word in group]
            else:
                text = "".join(word.text for word in group)
                words = text.rstrip(" ")
                written.append(f"{opening}{words}{closing}{text[len(words) :]}")
    return "".join(written).lstrip("\n")


def _paragraphs(passage: PassageChange, language: Language) -> str:
    """The passage as HTML paragraphs; `ins` and `del` are closed at the end of each."""
    paragraphs: list[list[str]] = [[]]
    for change in passage.changes:
        for starts, group in groupby(change.words, key=lambda word: word.starts is not None):
            if starts:
                paragraphs += [[html.escape(word.starts or "")] for word in group]
            else:
                paragraphs[-1].append(_tagged(change.op, tuple(group), language))
    return "\n".join(f"<p>{''.join(parts)}</p>" for parts in paragraphs if "".join(parts).strip())


def _tagged(op: Op, words: tuple[Word, ...], language: Language) -> str:
    text = "".join(_styled(word) for word in words)
    if op is Op.SAME:
        return text
    tag, word = ("ins", ADDED_WORD) if op is Op.ADDED else ("del", REMOVED_WORD)
    hidden = f'<span class="visually-hidden">{word.in_(language)}: </span>'
    return f"<{tag}>{hidden}{text}</{tag}>"


def _styled(word: Word) -> str:
    text = html.escape(word.text)
    bold, italic, link = word.style
    if link:
        text = f'<a href="{html.escape(link)}">{text}</a>'
    if italic:
        text = f"<em>{text}</em>"
    return f"<strong>{text}</strong>" if bold else text
