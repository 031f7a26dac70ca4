"""From lines to a document: the head, the sections, the decision and the distribution list."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto

from documents.kinds import RECIPIENTS, RECORD, Form, Kind
from documents.read.lines import HEADED, LISTED, Line, Shape
from documents.read.recognise import (
    SENTENCE_END,
    Labelled,
    heading_of,
    is_free_heading,
    label_of,
    unglued,
    with_numbered_headings,
)
from documents.runs import joined, text_of
from documents.values import EMAIL, PHONE, date_in, dates_in, named_in, registry_number
from models.document import (
    Block,
    Contact,
    DecisionLine,
    Document,
    ItemList,
    Named,
    Paragraph,
    RecipientLine,
    Run,
    Section,
)

LATE_FIELDS = frozenset(
    {"decision.date", "decision.maker", "valid_from", "valid_through", "validity_text"}
)
"""The labels that end the sections: what the paper says of its decision and how long it holds."""

DATES = frozenset({"document_date", "decision.date", "valid_from", "valid_through"})
A_SIGNATURE_LINE = re.compile(r"[_.…\s]{3,}$")
NO_TITLE_IS_LONGER = 160
LONGEST_TITLE = 500
A_SHORT_NAME = 60
A_LONG_PARAGRAPH = 5_000
"""Characters past which what goes on below is no longer one torn sentence."""
MOST_DATES = 12


class Zone(Enum):
    HEAD = auto()
    BODY = auto()
    DECISION = auto()
    RECIPIENTS = auto()
    RECORD = auto()


@dataclass(frozen=True, slots=True)
class Note:
    """Something seen on the way, by its problem code, and where."""

    code: str
    field: str
    excerpt: str = ""


@dataclass
class OpenSection:
    """A section being filled."""

    key: str
    heading: str
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Interpreter:
    """Reads the lines one by one and remembers what they said."""

    kind: Kind
    form: Form
    zone: Zone = Zone.HEAD
    values: dict[str, str] = field(default_factory=dict)
    loose: list[Line] = field(default_factory=list)
    sections: list[OpenSection] = field(default_factory=list)
    makers: list[str] = field(default_factory=list)
    recipients: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    waiting: str | None = None

    def take(self, line: Line) -> None:
        """One line, to where it belongs."""
        if line.shape is Shape.TEXT and self.form.page_number.fullmatch(line.text):
            return
        if self._is_stamp(line):
            return
        key = heading_of(line, self.form)
        if key is not None and not self._is_of_the_head(line):
            self._begin(key, line.text)
        elif self.zone is Zone.HEAD:
            self._take_in_head(line)
        elif is_free_heading(line) and (line.shape in HEADED or self.zone is Zone.BODY):
            if not self._take_label(line, LATE_FIELDS | {RECIPIENTS}):
                self._begin(slug(line.text), line.text)
        elif self.zone is Zone.BODY:
            if not self._take_label(line, LATE_FIELDS | {RECIPIENTS}):
                self._add(line)
        elif self.zone is Zone.DECISION:
            for piece in unglued(line, self.form):
                self._take_of_decision(piece)
        elif self.zone is Zone.RECIPIENTS:
            self._take_recipient(line)

    def _begin(self, key: str, heading: str) -> None:
        self.waiting = None
        if key == RECIPIENTS:
            self.zone = Zone.RECIPIENTS
        elif key == RECORD:
            self.zone = Zone.RECORD
        else:
            self.zone = Zone.BODY
            self.sections.append(OpenSection(key, heading.rstrip(":").rstrip()))

    def _is_of_the_head(self, line: Line) -> bool:
        """The kind's own name, or a label spelt as a heading is: "Organisation:"."""
        labelled = label_of(line, self.form) is not None
        return self.zone is Zone.HEAD and (labelled or self._is_the_kind(line))

    def _is_the_kind(self, line: Line) -> bool:
        names = {_closed_up(name) for name in self.form.names}
        return line.shape in (Shape.TEXT, *HEADED) and _closed_up(line.text) in names

    def _is_stamp(self, line: Line) -> bool:
        """A word set beside the document, as "Utkast" is: of the paper, not of the charter."""
        said = self.form.stamp.fullmatch(_closed_up(line.text))
        return self.zone is Zone.HEAD and line.shape is Shape.TEXT and bool(said)

    # The head

    def _take_in_head(self, line: Line) -> None:
        for piece in unglued(line, self.form):
            if self._take_label(piece, None) or self._take_awaited(piece):
                continue
            self.waiting = None
            if is_free_heading(piece) and self._title_is_known():
                self._take_free_heading(piece)
            elif not self._is_the_kind(piece):
                self.loose.append(piece)

    def _title_is_known(self) -> bool:
        return "title" in self.values or any(
            _looks_like_title(one, self.form) for one in self.loose
        )

    def _take_free_heading(self, line: Line) -> None:
        """A free heading in the head opens the first section, unless it is only a bold name."""
        if line.shape in HEADED:
            self._begin(slug(line.text), line.text)
        else:
            self.loose.append(line)

    def _take_awaited(self, line: Line) -> bool:
        """The value of a label that stood alone on the line before."""
        if self.waiting is None or line.shape is not Shape.TEXT:
            return False
        typed = (
            date_in(line.text, self.form) is not None
            if self.waiting in DATES
            else registry_number(line.text) is not None
        )
        if not typed or len(line.text) > A_SHORT_NAME:
            return False
        self.values[self.waiting] = line.text
        self.waiting = None
        return True

    def _take_label(self, line: Line, fields: frozenset[str] | None) -> bool:
        labelled = label_of(line, self.form, fields) or self._recipients_label(line)
        if labelled is None:
            return False
        if labelled.field == RECIPIENTS:
            self._begin(RECIPIENTS, "")
            self.recipients.append(Line(labelled.runs, Shape.ITEM))
            return True
        if self.sections:
            self.zone = Zone.DECISION
        if labelled.value or labelled.field not in self.values:
            if self.values.get(labelled.field):
                return True  # said twice, as in a running head; the first time counts
            self.values[labelled.field] = labelled.value
        awaits = labelled.field in DATES or labelled.field == "registry_number"
        self.waiting = labelled.field if awaits and not labelled.value else None
        return True

    def _recipients_label(self, line: Line) -> Labelled | None:
        """The distribution list on its label's own line: "Skickas till: Ordförande ..." """
        before, colon, rest = line.text.partition(":")
        spelled = self.form.headings.get(before.strip().casefold())
        if not colon or not rest.strip() or spelled != RECIPIENTS or line.shape is not Shape.TEXT:
            return None
        return Labelled(RECIPIENTS, (Run(text=rest.strip()),))

    # The sections

    def _add(self, line: Line) -> None:
        section = self.sections[-1]
        if line.from_table:
            self.notes.append(Note("table_flattened", f"sections.{section.key}", line.text[:40]))
        self.notes.extend(put(line, section.blocks, f"sections.{section.key}"))

    # The decision and the distribution list

    def _take_of_decision(self, line: Line) -> None:
        if A_SIGNATURE_LINE.match(line.text) or self._take_awaited(line):
            return
        if self._take_label(line, LATE_FIELDS | {RECIPIENTS}) or self._take_validity(line):
            return
        if len(self.makers) < 2 and not SENTENCE_END.search(line.text) and len(line.text) < 120:
            self.makers.append(line.text)
        else:
            self._add(line)

    def _take_validity(self, line: Line) -> bool:
        """A sentence that says how long the document holds, standing after its decision."""
        found = validity_in(line.text, self.form)
        if not found:
            return False
        self.values.setdefault("validity_text", line.text)
        return True

    def _take_recipient(self, line: Line) -> None:
        if self._take_label(line, LATE_FIELDS) or self._take_validity(line):
            self.zone = Zone.RECIPIENTS
            return
        self.notes.extend(put_recipient(line, self.recipients))

    # The whole

    def document(self) -> Document:
        """The document the lines said."""
        head = self._read_head()
        values = self.values
        for found, day in validity_in(values.get("validity_text", ""), self.form).items():
            values.setdefault(found, day)
        raw = {name: value for name, value in values.items() if value}
        if self.makers:
            raw["decision.maker"] = "\n".join(self.makers)
        return Document(
            kind=self.kind.key,
            language=self.form.language,
            organisation=values.get("organisation") or None,
            unit=values.get("unit") or None,
            title=values.get("title") or None,
            group=_capital(values.get("group")),
            revision=values.get("revision") or None,
            document_date=self._day("document_date"),
            registry_number=number_said(values.get("registry_number", "")),
            area=values.get("area") or None,
            commissioner=named_in(values.get("commissioner", ""), self.form),
            assignee=values.get("assignee") or None,
            handler=self._handler(),
            preamble=tuple(head),
            sections=tuple(
                Section(key=one.key, heading=one.heading, blocks=tuple(one.blocks))
                for one in self.sections
            ),
            decision=DecisionLine(date=self._day("decision.date"), maker=self._maker()),
            recipients=tuple(recipient_of(line.text, self.form) for line in self.recipients),
            valid_from=self._day("valid_from"),
            valid_through=self._day("valid_through"),
            validity_text=values.get("validity_text") or None,
            raw=raw,
        )

    def _read_head(self) -> list[Block]:
        """The unlabelled lines of the head, each to its field; the rest is the preamble."""
        rest = self.loose
        rest = self._title_from(rest)
        rest = self._organisation_from(rest)
        rest = self._group_from(rest)
        preamble: list[Block] = []
        for line in rest:
            self.notes.extend(put(line, preamble, "preamble"))
        return preamble

    def _title_from(self, lines: list[Line]) -> list[Line]:
        title = next((one for one in lines if _looks_like_title(one, self.form)), None)
        if title is None:
            nameless = [one for one in lines if not self._is_another_name(one)]
            title = next((one for one in nameless if _could_be_title(one)), None)
        if "title" not in self.values and title is not None:
            lines, title = self._whole_title(lines, title)
            self.values["title"] = title.text
        found = title_parts(self.values.get("title", ""), self.form)
        for part, text in found.items():
            self.values.setdefault(part, text)
        return [one for one in lines if one is not title or one.text != self.values.get("title")]

    def _whole_title(self, lines: list[Line], title: Line) -> tuple[list[Line], Line]:
        """A title broken after "för" goes on with the line below it."""
        place = lines.index(title)
        ends_open = title.text.casefold().endswith(
            (f" {self.form.duty_of}", f" {self.form.purpose_word}")
        )
        if not ends_open or place + 1 == len(lines) or not _is_short_name(lines[place + 1]):
            return lines, title
        whole = Line(joined(title.runs, lines[place + 1].runs), title.shape)
        return [*lines[:place], whole, *lines[place + 2 :]], whole

    def _is_another_name(self, line: Line) -> bool:
        """An organisation, the unit under it, or a group: a name, but not a title."""
        return bool(
            self.form.organisation.search(line.text)
            or self.form.group_name.match(line.text)
            or len(line.text.split()) < 3
        )

    def _organisation_from(self, lines: list[Line]) -> list[Line]:
        for place, line in enumerate(lines):
            if "organisation" in self.values or not _is_short_name(line):
                continue
            if self.form.organisation.search(line.text):
                self.values["organisation"] = line.text
                taken = [place]
                after = lines[place + 1] if place + 1 < len(lines) else None
                if after is not None and "unit" not in self.values and self._is_unit(after):
                    self.values["unit"] = after.text
                    taken.append(place + 1)
                return [one for number, one in enumerate(lines) if number not in taken]
        return lines

    def _is_unit(self, line: Line) -> bool:
        group = self.values.get("group", "").casefold()
        is_group = line.text.casefold() == group or self.form.group_name.match(line.text)
        return _is_short_name(line) and len(line.text.split()) <= 5 and not is_group

    def _group_from(self, lines: list[Line]) -> list[Line]:
        if "group" not in self.values:
            for line in lines:
                if _is_short_name(line) and self.form.group_name.match(line.text):
                    self.values["group"] = line.text
                    break
        group = self.values.get("group", "").casefold()
        return [one for one in lines if not (_is_short_name(one) and one.text.casefold() == group)]

    def _maker(self) -> Named:
        if said := self.values.get("decision.maker"):
            return named_in(said, self.form)
        match self.makers:
            case [only]:
                return named_in(only, self.form)
            case [name, title, *_]:
                return Named(name=name, title=title)
            case _:
                return Named()

    def _handler(self) -> Contact:
        said = contact_in(self.values.get("handler", ""), self.form)
        phone, email = self.values.get("handler.phone"), self.values.get("handler.email", "")
        found = EMAIL.search(email)
        return said.model_copy(
            update={
                "phone": phone or said.phone,
                "email": found[0] if found else said.email or email or None,
            }
        )

    def _day(self, name: str) -> date | None:
        return date_in(self.values.get(name, ""), self.form)


def put(line: Line, blocks: list[Block], where: str) -> list[Note]:
    """Adds a line to the blocks it belongs among, and says what was noticed at `where`."""
    last = blocks[-1] if blocks else None
    if line.shape in LISTED:
        numbered = line.shape is Shape.NUMBERED
        if isinstance(last, ItemList) and last.numbered == numbered:
            blocks[-1] = ItemList(numbered=numbered, items=(*last.items, line.runs))
        else:
            blocks.append(ItemList(numbered=numbered, items=(line.runs,)))
    elif last is not None and _continues(_last_runs(last), line):
        note = Note("healed_page_break", where, _seam(_last_runs(last), line))
        whole = joined(_last_runs(last), line.runs)
        if isinstance(last, ItemList):
            blocks[-1] = last.model_copy(update={"items": (*last.items[:-1], whole)})
        else:
            blocks[-1] = Paragraph(runs=whole)
        return [note]
    else:
        blocks.append(Paragraph(runs=line.runs))
    return []


def put_recipient(line: Line, recipients: list[Line]) -> list[Note]:
    """Adds a line to the distribution list, and says what was noticed."""
    last = recipients[-1] if recipients else None
    if last is None or not _continues(last.runs, line):
        recipients.append(line)
        return []
    recipients[-1] = Line(joined(last.runs, line.runs), last.shape)
    return [Note("healed_page_break", RECIPIENTS, _seam(last.runs, line))]


def interpret(lines: list[Line], kind: Kind, form: Form) -> tuple[Document, list[Note]]:
    """The document that the lines of a paper on this form say, and what was seen on the way."""
    interpreter = Interpreter(kind, form)
    for line in with_numbered_headings(lines, form):
        interpreter.take(line)
    return interpreter.document(), interpreter.notes


def recipient_of(text: str, form: Form) -> RecipientLine:
    """A line of the distribution list: role or name, then address, then purpose."""
    if email := EMAIL.search(text):
        who, purpose = text[: email.start()], text[email.end() :]
        return RecipientLine(
            who=who.strip(" ,;<(–-") or email[0],
            email=email[0],
            purpose=purpose.strip(" ,;>)").removeprefix("–").strip() or None,
            raw=text,
        )
    who, dash, purpose = text.partition(" – ")
    if dash:
        return RecipientLine(who=who.strip(), purpose=purpose.strip() or None, raw=text)
    if (found := form.purpose.search(text)) and text[: found.start()].strip(" ,"):
        who = text[: found.start()].strip(" ,")
        return RecipientLine(who=who, purpose=found["purpose"].strip(), raw=text)
    return RecipientLine(who=text, raw=text)


def contact_in(text: str, form: Form) -> Contact:
    """The handler as written: name and title, and phone or address when they stand there too."""
    email, phone = EMAIL.search(text), PHONE.search(text)
    rest = text
    for found in (email, phone):
        rest = rest.replace(found[0], "") if found else rest
    named = named_in(rest.strip(" ,"), form)
    return Contact(
        name=named.name,
        title=named.title,
        phone=phone[0] if phone else None,
        email=email[0] if email else None,
    )


def number_said(text: str) -> str | None:
    """The registry number in its one spelling; as it is written when it is a number, but none."""
    return registry_number(text) or (text if re.search(r"\d", text) else None)


def validity_in(text: str, form: Form) -> dict[str, str]:
    """What a sentence says of `valid_from` and `valid_through`, as ISO dates."""
    days = dates_in(text, form)[:MOST_DATES]
    said: dict[str, str] = {}
    for name, patterns in (
        ("valid_through", form.validity.valid_through),
        ("valid_from", form.validity.valid_from),
    ):
        for pattern in patterns:
            for day, written in days:
                spelled = pattern.replace("{date}", re.escape(written))
                if re.search(spelled, text, re.IGNORECASE):
                    said.setdefault(name, day.isoformat())
    return said


def slug(heading: str) -> str:
    """A section's own key: its heading in small ASCII letters, words joined by underscores."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return "_".join(re.findall(r"[a-z0-9]+", plain)) or "section"


def _looks_like_title(line: Line, form: Form) -> bool:
    if len(line.text) > NO_TITLE_IS_LONGER:
        return False
    names = tuple(f"{name.casefold()} " for name in form.names)
    named = line.text.casefold().startswith(names) and not SENTENCE_END.search(line.text)
    return line.shape in HEADED or (line.shape is Shape.TEXT and named)


def _could_be_title(line: Line) -> bool:
    short = len(line.text) <= NO_TITLE_IS_LONGER and not SENTENCE_END.search(line.text)
    return line.shape is Shape.TEXT and short


def title_parts(title: str, form: Form) -> dict[str, str]:
    """The group and the revision that the title names, if it follows the form's pattern."""
    for pattern in form.title_patterns if len(title) <= LONGEST_TITLE else ():
        if found := re.match(pattern, title, re.IGNORECASE):
            return {name: text.strip() for name, text in found.groupdict().items() if text}
    return {}


def _is_short_name(line: Line) -> bool:
    short = len(line.text) <= A_SHORT_NAME and not SENTENCE_END.search(line.text)
    return short and line.shape is Shape.TEXT


def _continues(before: tuple[Run, ...], line: Line) -> bool:
    """A page break tore a sentence: the line before has no end and this one begins small."""
    begins_small = line.shape is Shape.TEXT and line.text[:1].islower()
    if not begins_small or sum(len(run.text) for run in before) > A_LONG_PARAGRAPH:
        return False
    return not SENTENCE_END.search(text_of(before))


def _seam(before: tuple[Run, ...], line: Line) -> str:
    return " ".join([*text_of(before).split()[-3:], *line.text.split()[:3]])


def _last_runs(block: Block) -> tuple[Run, ...]:
    return block.items[-1] if isinstance(block, ItemList) else block.runs


def _closed_up(text: str) -> str:
    """The letters without the spaces between: capitals are often s p a c e d out."""
    return "".join(text.split()).casefold()


def _capital(name: str | None) -> str | None:
    return name[:1].upper() + name[1:] if name else None
