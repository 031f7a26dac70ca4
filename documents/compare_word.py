"""A comparison as a Word file with real tracked changes.

Accept them all and the new text stands; reject them all and the old one does.
A paragraph that came or went is tracked whole, its mark included; one that stands in both is
tracked word by word. What moved went from one place and came to another, and a comment says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from documents.kinds import RECIPIENTS, Form, Kind
from documents.kinds import kind as kind_called
from documents.runs import on_one_line
from documents.write.look import Look
from documents.write.word import WordPaper
from statemachine.words import Language, Words

if TYPE_CHECKING:
    from documents.compare import Change, Comparison, Op, Passage, Word

LIKE_ENOUGH = 40
"""Likeness in percent at which two paragraphs are one that was reworded."""

COMMENTS = {
    "moved_here": Words("Avsnittet är flyttat hit.", "The section is moved here."),
    "moved_away": Words("Avsnittet är flyttat härifrån.", "The section is moved from here."),
    "new": Words("Nytt avsnitt.", "New section."),
    "gone": Words("Avsnittet är borttaget.", "The section is removed."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph as printed: its style in Word, an untracked label before it, and its words."""

    style: str
    words: tuple["Word", ...]
    label: str = ""

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Tracked:
    """A paragraph in the file: the line, what became of it whole, and its words' changes."""

    line: Line
    op: "Op"
    changes: tuple["Change", ...]
    comment: str | None = None


def tracked_docx(
    comparison: "Comparison",
    *,
    look: Look,
    author: str,
    at: datetime,
    language: Language,
    kind: Kind | None = None,
) -> bytes:
    """The new document as .docx, with every change since the old one tracked.

    `author` and `at` are whom and when Word names for each change; `language` is the comments'.
    """
    kind = kind or kind_called(comparison.new.kind)
    paper = WordPaper(kind, kind.in_(comparison.new.language), look)
    pen = Pen(paper, on_one_line(author), at, language)
    for tracked in _tracked(comparison, kind, paper.form):
        pen.write(tracked)
    paper.word.add_paragraph()  # the last mark of a Word file cannot be tracked
    return paper.bytes(comparison.new)


class Pen:
    """Writes paragraphs with their changes, each change numbered, signed and dated."""

    def __init__(self, paper: WordPaper, author: str, at: datetime, language: Language) -> None:
        self.paper, self.author, self.language = paper, author, language
        self.at = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.count = 0

    def write(self, tracked: Tracked) -> None:
        from docx.oxml import OxmlElement

        from documents.compare import Op

        line = tracked.line
        paragraph = self.paper.paragraph(line.style)
        if tracked.op is not Op.SAME:
            mark: Any = OxmlElement("w:rPr")
            mark.append(self._change("w:ins" if tracked.op is Op.ADDED else "w:del"))
            paragraph._p.get_or_add_pPr().append(mark)
        if line.label:
            self._runs(paragraph, tracked.op, [(f"{line.label}: ", (True, False, None))])
        for change in tracked.changes:
            styled = groupby(change.words, key=lambda word: word.style)
            self._runs(
                paragraph,
                change.op,
                [("".join(word.text for word in words), style) for style, words in styled],
            )
        if tracked.comment and paragraph._p.xpath(".//w:r"):
            self._comment(paragraph, COMMENTS[tracked.comment].in_(self.language))

    def _runs(self, paragraph: Any, op: "Op", pieces: list[tuple[str, Any]]) -> None:
        from docx.oxml.ns import qn

        from documents.compare import Op

        if not pieces:
            return
        target = paragraph._p
        if op is not Op.SAME:
            target = self._change("w:ins" if op is Op.ADDED else "w:del")
            paragraph._p.append(target)
        for text, (bold, italic, link) in pieces:
            run = paragraph.add_run(on_one_line(text))
            run.bold, run.italic, run.underline = bold or None, italic or None, bool(link) or None
            if op is Op.REMOVED:
                for said in run._r.findall(qn("w:t")):
                    said.tag = qn("w:delText")
            target.append(run._r)

    def _change(self, tag: str) -> Any:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        self.count += 1
        change: Any = OxmlElement(tag)
        change.set(qn("w:id"), str(self.count))
        change.set(qn("w:author"), self.author)
        change.set(qn("w:date"), self.at)
        return change

    def _comment(self, paragraph: Any, text: str) -> None:
        from docx.oxml.ns import qn
        from docx.text.run import Run as WordRun

        runs = [WordRun(run, paragraph) for run in paragraph._p.xpath(".//w:r")]
        initials = "".join(word[0] for word in self.author.split())[:3]
        comment = self.paper.word.add_comment(runs, text, author=self.author, initials=initials)
        comment._comment_elm.set(qn("w:date"), self.at)


def _tracked(comparison: "Comparison", kind: Kind, form: Form) -> Iterator[Tracked]:
    """Every paragraph of both versions, in an order that is right for either one."""
    from documents.compare import Op, passages_of

    pairs = {change.new.key: change for change in comparison.passages if change.new}
    stays = {key: one for key, one in pairs.items() if one.old and not one.moved}
    moved_from = {one.old.key for one in pairs.values() if one.old and one.moved}
    before = list(passages_of(comparison.old, kind))

    def went(until: str | None) -> Iterator[Tracked]:
        while before and before[0].key != until:
            old = before.pop(0)
            comment = "moved_away" if old.key in moved_from else "gone"
            yield from _whole(_lines(old, form), Op.REMOVED, _noted(old, comment))
        if before:
            before.pop(0)

    for new in passages_of(comparison.new, kind):
        if (pair := stays.get(new.key)) and pair.old:
            yield from went(pair.old.key)
            yield from _compared(_lines(pair.old, form), _lines(new, form))
        else:
            comment = "moved_here" if pairs[new.key].old else "new"
            yield from _whole(_lines(new, form), Op.ADDED, _noted(new, comment))
    yield from went(None)


def _noted(passage: "Passage", comment: str) -> str | None:
    """Sections are worth a comment; a field or the title shows its change by itself."""
    return comment if passage.key.startswith("sections.") else None


def _lines(passage: "Passage", form: Form) -> list[Line]:
    """The passage as printed: its heading, then a line for each paragraph and point."""
    from documents.compare import Word

    in_section = passage.key.startswith("sections.")
    if passage.key == "title":
        return [Line("Title", passage.words)]
    if not in_section and passage.key not in ("preamble", RECIPIENTS):
        return [Line("Normal", passage.words, label=passage.heading)]
    lines: list[Line] = []
    if passage.key != "preamble":
        known = form.section_forms.get(passage.key.split(".")[1]) if in_section else None
        level = known.level if known else 1
        lines.append(Line(f"Heading {level}", (Word(passage.heading),)))
    for word in passage.words:
        if word.starts is not None:
            lines.append(Line(_style(word.starts), ()))
        else:
            lines[-1] = replace(lines[-1], words=(*lines[-1].words, word))
    return lines


def _style(starts: str) -> str:
    return {"": "Normal", "- ": "List Bullet"}.get(starts, "List Number")


def _compared(before: list[Line], after: list[Line]) -> Iterator[Tracked]:
    """The lines of one passage: those alike are compared word by word, others came or went."""
    from rapidfuzz import fuzz

    from documents.compare import Change, Op, changes_between

    def alike(old: Line, new: Line) -> bool:
        same_kind = old.style == new.style and old.label == new.label
        heading = old.style.startswith(("Heading", "Title")) or bool(old.label)
        return same_kind and (heading or fuzz.ratio(old.text, new.text) >= LIKE_ENOUGH)

    for old, new in _blocks(before, after):
        if old == new:
            for line in new:
                yield Tracked(line, Op.SAME, (Change(Op.SAME, line.words),))
            continue
        for one, other in _paired(old, new, alike):
            if one and other:
                yield Tracked(other, Op.SAME, changes_between(one.words, other.words))
            else:
                came_or_went = [line for line in (one, other) if line]
                yield from _whole(came_or_went, Op.REMOVED if one else Op.ADDED, None)


def _blocks(before: list[Line], after: list[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Stretches of lines that are equal in both, and stretches between them that are not."""
    from difflib import SequenceMatcher

    for _, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield before[a:b], after[c:d]


def _paired(
    before: list[Line], after: list[Line], alike: Any
) -> Iterator[tuple[Line | None, Line | None]]:
    """Old and new lines in order, each beside the one it became or beside none."""
    at = 0
    for old in before:
        became = next((n for n in range(at, len(after)) if alike(old, after[n])), None)
        if became is None:
            yield old, None
            continue
        for new in after[at:became]:
            yield None, new
        yield old, after[became]
        at = became + 1
    for new in after[at:]:
        yield None, new


def _whole(lines: Iterable[Line], op: "Op", comment: str | None) -> Iterator[Tracked]:
    from documents.compare import Change

    for number, line in enumerate(lines):
        yield Tracked(line, op, (Change(op, line.words),), comment if number == 0 else None)
