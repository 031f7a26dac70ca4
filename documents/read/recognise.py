"""Which form a paper is written on, and which of its lines are headings and labels."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from documents.kinds import Form, Kind
from documents.read.lines import HEADED, Line, Shape
from documents.runs import between, text_of, without_start
from documents.values import dates_in, registry_number
from models.document import Run

LIKE_ENOUGH = 88
"""Whole-string likeness, in percent, at which a misspelt heading or label is still the form's."""

LONGEST_HEADING = 120
SO_MANY_NUMBERED = 3
"""Fewer headings among numbered points are points that happen to be worded like headings."""
SECTION_NUMBER = re.compile(r"^\d+(?:\.\d+)*\.?\s+")
SENTENCE_END = re.compile(r"[.!?:;…][)”\"'’]*$")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label of the form and what follows it."""

    field: str
    runs: tuple[Run, ...]

    @property
    def value(self) -> str:
        return text_of(self.runs)


def heading_of(line: Line, form: Form) -> str | None:
    """The key of the section (or RECIPIENTS, RECORD) whose heading the whole line is, or None."""
    text = line.text.rstrip(":").rstrip().casefold()
    if line.shape not in (Shape.TEXT, *HEADED) or len(text) > LONGEST_HEADING:
        return None
    if line.shape in HEADED:
        text = SECTION_NUMBER.sub("", text)
    return form.headings.get(text) or form.headings.get(_nearest(text, form.headings) or "")


def with_numbered_headings(lines: Sequence[Line], form: Form) -> list[Line]:
    """The lines, where "1. Purpose" is a heading: when several of the form's are numbered so."""
    spelled = {
        place: form.headings.get(line.text.rstrip(": ").casefold())
        for place, line in enumerate(lines)
        if line.shape is Shape.NUMBERED
    }
    if len(set(spelled.values()) - {None}) < SO_MANY_NUMBERED:
        return list(lines)
    return [
        replace(line, shape=Shape.HEADING) if spelled.get(place) else line
        for place, line in enumerate(lines)
    ]


def is_free_heading(line: Line) -> bool:
    """A heading the form does not know: styled as one, or short, all bold and no sentence."""
    if line.shape in HEADED:
        return True
    short = len(line.text) <= LONGEST_HEADING and not SENTENCE_END.search(line.text)
    return line.shape is Shape.TEXT and line.bold and short and not line.from_table


def label_of(line: Line, form: Form, fields: frozenset[str] | None = None) -> Labelled | None:
    """The label a line begins with, or None; only labels of `fields`, when given."""
    if line.shape is not Shape.TEXT:
        return None
    if found := form.label_start.match(line.text):
        field, end = form.fields_by_label[found[1].casefold()], found.end()
        rest = line.text[end:]
        only_label_is_bold = line.runs[0].bold and line.runs[0].text.rstrip(": ") == found[1]
        if not (
            found[2] or not rest or only_label_is_bold or _follows(field, found[1], rest, form)
        ):
            return None
    else:
        before, colon, _ = line.text.partition(":")
        spelling = _nearest(before.strip().casefold(), form.fields_by_label) if colon else None
        if spelling is None:
            return None
        field, end = form.fields_by_label[spelling], len(before) + 1
    if fields is not None and field not in fields:
        return None
    return Labelled(field, without_start(line.runs, end))


def _follows(field: str, label: str, rest: str, form: Form) -> bool:
    """Without a colon, what stands after a label must look like its value."""
    if field in ("document_date", "decision.date", "valid_from", "valid_through"):
        return any(rest.startswith(written) for _, written in dates_in(rest, form))
    if field == "registry_number":
        return registry_number(rest) is not None and len(rest) <= 30
    unmistakable = len(label) >= 8 and not SENTENCE_END.search(rest)
    return unmistakable and len(rest) <= LONGEST_HEADING and rest[0].isupper()


def unglued(line: Line, form: Form) -> list[Line]:
    """The line, cut before every label that is stuck to what stands before it.

    A bold run stuck to plain text is cut off too: "Regionen**Kontoret**" is two lines.
    """
    if line.shape is not Shape.TEXT:
        return [line]
    labels = [found.start() for found in form.label_within.finditer(line.text)]
    begins_with_label = 0 in labels
    cuts = {place for place in labels if begins_with_label or not line.text[place - 1].isspace()}
    place = 0
    for before, run in pairwise(line.runs):
        place += len(before.text)
        if run.bold and not before.bold and before.text[-1].isalnum() and run.text[0].isupper():
            cuts.add(place)
    edges = [0, *sorted(cuts - {0}), len(line.text)]
    pieces = (
        Line(between(line.runs, start, end), line.shape, line.from_table)
        for start, end in pairwise(edges)
    )
    return [piece for piece in pieces if piece.runs]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a paper being written on a form."""

    named: bool
    sections: int
    labels: int

    @property
    def enough(self) -> bool:
        return self.sections >= 2 and (self.named or self.labels >= 2)

    @property
    def weight(self) -> int:
        return 3 * self.named + self.sections + 2 * self.labels


def evidence(lines: Sequence[Line], kind: Kind, form: Form) -> Evidence:
    """How much of the form's own name, headings and distinctive labels the lines show."""
    lines = with_numbered_headings(lines, form)
    names = tuple(name.casefold() for name in form.names)
    found = {labelled.field for line in lines if (labelled := label_of(line, form))}
    found |= {
        form.fields_by_label[label[1].casefold()]
        for line in lines
        if ":" in line.text
        for label in form.label_within.finditer(line.text)
    }
    return Evidence(
        named=any(line.text.casefold().startswith(names) for line in lines[:15]),
        sections=len({heading_of(line, form) for line in lines} - {None}),
        labels=len(found & set(kind.distinctive)),
    )


def best_form(lines: Sequence[Line], kinds: Iterable[Kind]) -> tuple[Kind, Form, Evidence]:
    """The form for which most speaks, whether that is enough or not."""
    tried = [
        (kind, form, evidence(lines, kind, form)) for kind in kinds for form in kind.forms.values()
    ]
    return max(tried, key=lambda one: (one[2].enough, one[2].weight))


def _nearest(text: str, spellings: Mapping[str, str]) -> str | None:
    """The spelling that `text` is a slip of, or None."""
    from rapidfuzz import fuzz, process

    near = process.extractOne(text, spellings.keys(), scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
    return near[0] if near else None
