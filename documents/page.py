"""A document as one page for a person to write in; what she leaves alone stays exactly as it was.

Where two have written from the same text, `merged` puts what each changed on one page, and names
the pieces that both changed differently: those a person has to choose between.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from documents.edit import field_changed, section_text, written_blocks
from documents.judge import Judge, problems_of
from documents.kinds import RECIPIENTS, RECORD, Form, form_of
from documents.kinds import kind as kind_called
from documents.read import Reading
from documents.read.interpret import Note, recipient_of, slug
from documents.read.lines import Line, Shape
from documents.read.recognise import LONGEST_HEADING, heading_of
from documents.refused import Refused
from documents.runs import tidy
from documents.write.fields import END, HEAD, recipient_text, value_of
from documents.write.text import block_text
from models.document import Document, RecipientLine, Run, Section
from statemachine.words import Words

Piece = TypeVar("Piece")

FIELDS = ("title", *HEAD, *END)
"""Every field a page may have, in the order a paper has them."""

NO_HEADING = Words(
    "”{heading}” kan inte vara rubrik på ett avsnitt. Skriv en annan, på högst {most} tecken.",
    "“{heading}” cannot be the heading of a section. Write another, of {most} characters at most.",
)


@dataclass(frozen=True, slots=True)
class SectionWritten:
    """A section as it stands on the page; `of` is its place in the document it was written from."""

    key: str
    heading: str
    text: str = ""
    of: int | None = None


@dataclass(frozen=True, slots=True)
class LineWritten:
    """A line of the distribution list on the page; `of` is its place in the document it is from."""

    who: str = ""
    email: str = ""
    purpose: str = ""
    of: int | None = None

    @property
    def said(self) -> tuple[str, str, str]:
        return self.who, self.email, self.purpose

    @property
    def empty(self) -> bool:
        return not any(self.said)


@dataclass(frozen=True, slots=True)
class Page:
    """All that a person may write in a document, as text."""

    fields: Mapping[str, str] = field(default_factory=dict)
    preamble: str = ""
    sections: tuple[SectionWritten, ...] = ()
    lines: tuple[LineWritten, ...] = ()


def page_of(document: Document) -> Page:
    """The document written out for a person to edit."""
    form = form_of(document)
    return Page(
        {name: field_written(document, name, form) for name in FIELDS},
        "\n\n".join(block_text(block, form) for block in document.preamble),
        tuple(
            SectionWritten(one.key, one.heading, section_text(one, document), place)
            for place, one in enumerate(document.sections)
        ),
        tuple(
            LineWritten(one.who, one.email or "", one.purpose or "", place)
            for place, one in enumerate(document.recipients)
        ),
    )


def field_written(document: Document, name: str, form: Form) -> str:
    """What a field says; where its value could not be read, what was written there."""
    return value_of(document, name, form) or tidy(document.raw.get(name, "").replace("\n", ", "))


def read_page(page: Page, before: Document) -> Reading:
    """The document that the page says, and its problems. `before` is what the page was written of.

    A field that the page does not have is left alone. Raises Refused for a heading that can be
    none, and Unreadable when a text is endless.
    """
    was = page_of(before)
    document = before
    for name, text in page.fields.items():
        if not _same(text, was.fields.get(name, "")):
            document = document.model_copy(update=field_changed(document, name, text))
    notes: list[Note] = []
    if not _same(page.preamble, was.preamble):
        blocks, noticed = written_blocks(page.preamble, "preamble")
        document = document.model_copy(update={"preamble": blocks})
        notes += noticed
    sections = tuple(_section(one, before, notes) for one in page.sections)
    form = form_of(before)
    recipients = tuple(_line(one, before, form) for one in page.lines if not one.empty)
    document = document.model_copy(update={"sections": sections, "recipients": recipients})
    kind = kind_called(document.kind)
    judge = Judge(document, kind)
    seen = (judge.problem(note.code, note.field, excerpt=note.excerpt) for note in notes)
    return Reading(document, (*problems_of(document, kind=kind), *seen))


def missing_sections(page: Page, form: Form) -> tuple[SectionWritten, ...]:
    """The sections of the form that the page does not have, in the form's order."""
    there = {one.key for one in page.sections}
    return tuple(
        SectionWritten(one.key, one.heading) for one in form.sections if one.key not in there
    )


def with_section_added(page: Page, heading: str, form: Form) -> Page:
    """The page with an empty section more, where the form has it; at the end when it has not.

    Raises Refused when the heading is none, or that of a section there is.
    """
    heading = tidy(heading)
    key = key_of(heading, form)
    if any(one.key == key for one in page.sections):
        raise Refused(SECTION_EXISTS.about(heading=heading))
    order = list(form.section_forms)
    earlier = set(order[: order.index(key)]) if key in order else {one.key for one in page.sections}
    place = max((n for n, one in enumerate(page.sections, 1) if one.key in earlier), default=0)
    new = SectionWritten(key, heading)
    return replace(page, sections=(*page.sections[:place], new, *page.sections[place:]))


SECTION_EXISTS = Words(
    "Handlingen har redan ett avsnitt ”{heading}”. Skriv i det, eller välj en annan rubrik.",
    "The document already has a section “{heading}”. Write in it, or choose another heading.",
)


def key_of(heading: str, form: Form) -> str:
    """The key of a section with this heading. Raises Refused when it can be none."""
    key = heading_of(Line((Run(text=heading),), Shape.HEADING), form) or slug(heading)
    if not heading or len(heading) > LONGEST_HEADING or key in (RECIPIENTS, RECORD):
        raise Refused(NO_HEADING.about(heading=heading[:60], most=LONGEST_HEADING))
    return key


def _section(one: SectionWritten, before: Document, notes: list[Note]) -> Section:
    was = _at(before.sections, one.of)
    heading = tidy(one.heading)
    if was is not None and heading == was.heading and _same(one.text, section_text(was, before)):
        return was
    form = form_of(before)
    if was is not None and heading == was.heading:
        key = was.key
    else:
        key = one.key if one.key in form.section_forms else key_of(heading, form)
        key_of(heading, form)
    blocks, noticed = written_blocks(one.text, f"sections.{key}")
    notes += noticed
    return Section(key=key, heading=heading, blocks=blocks)


def _line(one: LineWritten, before: Document, form: Form) -> RecipientLine:
    was = _at(before.recipients, one.of)
    if was is not None and one.said == (was.who, was.email or "", was.purpose or ""):
        return was
    who, email, purpose = map(tidy, one.said)
    if not email and not purpose:
        # An address written with the name is an address.
        return recipient_of(who, form)
    line = RecipientLine(who=who or email, email=email or None, purpose=purpose or None)
    return line.model_copy(update={"raw": recipient_text(line, form)})


def _at(those: tuple[Piece, ...], place: int | None) -> Piece | None:
    return those[place] if place is not None and 0 <= place < len(those) else None


def _same(one: str, other: str) -> bool:
    """Whether two texts are one, however a browser sends its line ends and edges."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


# --- two who write at once ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clash:
    """A piece that both changed, differently: what each says. `at` is where it is on the page."""

    at: str
    heading: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """One page with what each changed. It is written of the other's text; mine where both did."""

    page: Page
    clashes: tuple[Clash, ...]
    taken: tuple[str, ...]
    """The headings of what the other changed and I had left alone: theirs counts."""


def merged(before: Document, mine: Page, theirs: Document) -> Merged:
    """What I wrote, of the text `before`, on one page with what another saved meanwhile."""
    was, now = page_of(before), page_of(theirs)
    form = form_of(theirs)
    clashes: list[Clash] = []
    taken: list[str] = []

    def chosen(at: str, heading: str, base: str, my: str, their: str) -> str:
        if _same(my, base):
            if not _same(their, base):
                taken.append(heading)
            return their
        if not _same(their, base) and not _same(my, their):
            clashes.append(Clash(at, heading, my, their))
        return my

    fields = {
        name: chosen(
            f"fields.{name}",
            form.label(name),
            was.fields.get(name, ""),
            mine.fields.get(name, was.fields.get(name, "")),
            now.fields.get(name, ""),
        )
        for name in FIELDS
    }
    preamble = chosen("preamble", "", was.preamble, mine.preamble, now.preamble)
    sections = _sections_merged(was, mine, now, clashes, taken)
    lines = _lines_merged(was, mine, now, form, clashes, taken)
    return Merged(Page(fields, preamble, sections, lines), tuple(clashes), tuple(taken))


def with_theirs(page: Page, at: str, theirs: Document) -> Page:
    """The page with the other's text where a clash was."""
    now = page_of(theirs)
    room, _, rest = at.partition(".")
    if room == "fields":
        return replace(page, fields={**page.fields, rest: now.fields.get(rest, "")})
    if at == "preamble":
        return replace(page, preamble=now.preamble)
    if at == RECIPIENTS:
        return replace(page, lines=now.lines)
    other = _named(now.sections).get(rest)
    kept = tuple(other if name == rest else one for name, one in _named(page.sections).items())
    return replace(page, sections=tuple(one for one in kept if one is not None))


def _named(sections: Iterable[SectionWritten]) -> dict[str, SectionWritten]:
    """The sections by a name of their own: their key, and a number where it stands again."""
    seen: Counter[str] = Counter()
    named = {}
    for one in sections:
        seen[one.key] += 1
        named[one.key + f".{seen[one.key]}" * (seen[one.key] > 1)] = one
    return named


def _whole(section: SectionWritten | None) -> str:
    return f"{section.heading}\n\n{section.text}" if section is not None else ""


def _sections_merged(
    was: Page, mine: Page, now: Page, clashes: list[Clash], taken: list[str]
) -> tuple[SectionWritten, ...]:
    base, my, their = _named(was.sections), _named(mine.sections), _named(now.sections)
    kept: dict[str, SectionWritten] = {}
    for name in _in_order(was, mine, now):
        before, m, t = base.get(name), my.get(name), their.get(name)
        i_changed = not _same(_whole(m), _whole(before))
        they_changed = not _same(_whole(t), _whole(before))
        here = m if i_changed else t
        if they_changed and not i_changed:
            taken.append((t or before or SectionWritten(name, name)).heading)
        if they_changed and i_changed and not _same(_whole(m), _whole(t)):
            shown = m or t
            assert shown is not None
            clashes.append(
                Clash(f"sections.{name}", shown.heading, m.text if m else "", t.text if t else "")
            )
            # What one removed and the other wrote in stays until someone chooses.
            here = shown
        if here is not None:
            kept[name] = replace(here, of=t.of if t is not None else None)
    return tuple(kept.values())


def _in_order(was: Page, mine: Page, now: Page) -> Iterator[str]:
    """Every section's name: in my order where the other left theirs, each new one at its place."""
    base, my, their = (list(_named(one.sections)) for one in (was, mine, now))
    first, second = (my, their) if [n for n in their if n in base] == base else (their, my)
    order = list(first)
    for place, name in enumerate(second):
        if name not in order:
            above = next((n for n in reversed(second[:place]) if n in order), None)
            order.insert(order.index(above) + 1 if above is not None else 0, name)
    yield from order


def _lines_merged(
    was: Page, mine: Page, now: Page, form: Form, clashes: list[Clash], taken: list[str]
) -> tuple[LineWritten, ...]:
    base, my, their = ([one.said for one in page.lines] for page in (was, mine, now))
    my = [said for said in my if any(said)]
    if my == base:
        if their != base:
            taken.append(form.recipients.heading)
        return now.lines
    if their not in (base, my):
        said = ("\n".join(", ".join(filter(None, one)) for one in those) for those in (my, their))
        clashes.append(Clash(RECIPIENTS, form.recipients.heading, *said))
    places = {one.said: one.of for one in now.lines}
    return tuple(replace(one, of=places.get(one.said)) for one in mine.lines)
