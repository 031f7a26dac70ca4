"""What a careful registrar would point out about a document before anyone decides it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from documents.derive import addressee_of, meetings_of
from documents.kinds import Form, Kind
from documents.kinds import kind as kind_called
from documents.runs import text_of
from documents.values import EMAIL, date_in, registry_number, registry_numbers
from models.document import Document, ItemList, Level, Named, Problem
from models.document import text_of as text_of_blocks
from statemachine.calendar import last_day_of_term
from statemachine.words import Language, Words

# fmt: off
SENTENCES: dict[str, tuple[Level, Words]] = {
    # What keeps a document from being submitted.
    "placeholder": (Level.ERROR, Words(
        "Platshållaren ”{excerpt}” står kvar i {where}. Skriv det som ska stå där.",
        "The placeholder “{excerpt}” is left in {where}. Write what should stand there.")),
    "missing_field": (Level.ERROR, Words(
        "Uppgift saknas: {where}. Fyll i den.",
        "Missing: {where}. Fill it in.")),
    "missing_section": (Level.ERROR, Words(
        "Avsnittet {where} saknas eller är tomt. Skriv det.",
        "The section {where} is missing or empty. Write it.")),
    "missing_recipient": (Level.ERROR, Words(
        "Sändlistan saknar {where}. Lägg till en rad.",
        "The distribution list lacks {where}. Add a line.")),
    "unreadable_date": (Level.ERROR, Words(
        "”{excerpt}” i {where} är inget datum. Skriv det som 2026-06-17.",
        "“{excerpt}” in {where} is no date. Write it as 2026-06-17.")),
    "term_too_long": (Level.ERROR, Words(
        "Giltighetstiden är längre än {years} år: den kan gälla längst t.o.m. {excerpt}.",
        "The term is longer than {years} years: it can be in force through {excerpt} at most.")),
    "ends_before_it_begins": (Level.ERROR, Words(
        "Handlingen slutar gälla ({excerpt}) innan den börjar. Rätta datumen.",
        "The document ceases to be in force ({excerpt}) before it begins. Correct the dates.")),
    # What a registrar would ask about.
    "expected_field": (Level.WARNING, Words(
        "{where} är inte ifyllt. Brukar finnas med.",
        "{where} is not filled in. It usually is.")),
    "expected_section": (Level.WARNING, Words(
        "Avsnittet {where} saknas eller är tomt. Brukar finnas med.",
        "The section {where} is missing or empty. It usually is there.")),
    "help_text": (Level.WARNING, Words(
        "Hjälptexten ”{excerpt}” står kvar i {where}. Ta bort den.",
        "The help text “{excerpt}” is left in {where}. Remove it.")),
    "decision_date_filled_in": (Level.WARNING, Words(
        "Datum för beslut är redan ifyllt ({excerpt}). Beslutsdagen blir den dag då beslut fattas.",
        "The date of decision is already filled in ({excerpt}). The day of the decision will be "
        "the day it is made.")),
    "odd_registry_number": (Level.WARNING, Words(
        "Diarienumret ”{excerpt}” ({where}) skrivs vanligen {usual}.",
        "The registry number “{excerpt}” ({where}) is usually written {usual}.")),
    "unknown_registry_number": (Level.WARNING, Words(
        "Diarienumret ”{excerpt}” ser inte ut som ett diarienummer. Kontrollera det.",
        "The registry number “{excerpt}” does not look like one. Check it.")),
    "run_together": (Level.WARNING, Words(
        "Två punkter kan ha flutit ihop i {where}: ”{excerpt}”. Dela dem.",
        "Two points may have run together in {where}: “{excerpt}”. Split them.")),
    "healed_page_break": (Level.WARNING, Words(
        "En mening var delad av en sidbrytning i {where} och har fogats ihop: ”{excerpt}”.",
        "A sentence was torn by a page break in {where} and has been joined: “{excerpt}”.")),
    "table_flattened": (Level.WARNING, Words(
        "En tabell i {where} har lästs som text: ”{excerpt}”. Kontrollera den.",
        "A table in {where} was read as text: “{excerpt}”. Check it.")),
    "tracked_changes": (Level.WARNING, Words(
        "Dokumentet har spårade ändringar; de har lästs som godtagna. Kontrollera texten.",
        "The document has tracked changes; they were read as accepted. Check the text.")),
    "broken_address": (Level.ERROR, Words(
        "”{excerpt}” ({where}) är ingen e-postadress. Rätta den.",
        "“{excerpt}” ({where}) is no e-mail address. Correct it.")),
    "same_recipient_twice": (Level.WARNING, Words(
        "Samma mottagare står två gånger i sändlistan: {excerpt}.",
        "The same recipient stands twice in the distribution list: {excerpt}.")),
}
# fmt: on

# A bullet in the middle, "slut.Nästa" or "slutNästa"; the capital first, as it is the rare one.
RUN_TOGETHER = re.compile(
    "[•\uf0b7▪]|[A-ZÅÄÖ](?=[a-zåäö]{2})(?:(?<=[a-zåäö]{4}.)|(?<=[a-zåäö]{3}[.;].))"
)
MEANT_AS_ADDRESS = re.compile(r"[^\s,;()<>]+(?:@|[(\[](?:a|at|snabel-a)[)\]])\S*", re.IGNORECASE)
"""What someone wrote for an e-mail address, whether it is one or not."""
TEXT_FIELDS = (
    "organisation",
    "unit",
    "title",
    "group",
    "revision",
    "registry_number",
    "area",
    "assignee",
    "validity_text",
)
EXCERPT = 60


def problems_of(document: Document, *, kind: Kind | None = None) -> tuple[Problem, ...]:
    """The document's problems, errors first. `kind` is looked up when not given."""
    judge = Judge(document, kind or kind_called(document.kind))
    found = [
        *judge.left_in_the_text(),
        *judge.dates(),
        *judge.registry_number(),
        *judge.missing(),
        *judge.distribution_list(),
    ]
    return tuple(sorted(found, key=lambda one: one.level is not Level.ERROR))


@dataclass(frozen=True)
class Judge:
    """A document beside the kind it claims to be."""

    document: Document
    kind: Kind

    @property
    def form(self) -> Form:
        return self.kind.in_(self.document.language)

    def problem(self, code: str, field: str, **facts: object) -> Problem:
        """The problem called `code` at `field`, with its sentence filled in."""
        level, sentence = SENTENCES[code]
        if isinstance(excerpt := facts.get("excerpt"), str) and len(excerpt) > EXCERPT:
            facts["excerpt"] = excerpt[: EXCERPT - 1] + "…"
        where = Words(self._where(field, "sv"), self._where(field, "en"))
        return Problem(level, code, field, sentence.about(where=where, **facts))

    def left_in_the_text(self) -> Iterator[Problem]:
        """Placeholders, help texts, odd registry numbers and points run together."""
        texts = list(self._texts())
        everything = "\n".join(text for _, text in texts).lower()
        present = [one for one in self.form.left_over if one[1].search(everything)]
        for field, text in texts if present else ():
            seen = set()
            for code, pattern in present:
                if code not in seen and (found := pattern.search(text.lower())):
                    seen.add(code)
                    left = text[found.start() : found.end()].strip("() ")
                    yield self.problem(code, field, excerpt=left)
        for section in self.document.sections:
            field = f"sections.{section.key}"
            for block in section.blocks:
                for usual, _, written in registry_numbers(block.text):
                    if written != usual:
                        yield self.problem(
                            "odd_registry_number", field, excerpt=written, usual=usual
                        )
                if isinstance(block, ItemList):
                    yield from self._run_together(block, field)

    def _run_together(self, points: ItemList, field: str) -> Iterator[Problem]:
        for item in points.items:
            text = text_of(item)
            if found := RUN_TOGETHER.search(text):
                around = text[max(found.start() - 15, 0) : found.end() + 15]
                yield self.problem("run_together", field, excerpt=around.strip())

    def dates(self) -> Iterator[Problem]:
        """Dates that are none, contradict each other, or are not the handler's to give."""
        document = self.document
        for field, day in self._days():
            said = self._as_written(field, day)
            if said and day is None and not self._is_left_over(said):
                yield self.problem("unreadable_date", field, excerpt=said)
        if document.decision.date is not None:
            said = document.decision.date.isoformat()
            yield self.problem("decision_date_filled_in", "decision.date", excerpt=said)
        begins, ends = document.valid_from or document.decision.date, document.valid_through
        if begins is None or ends is None:
            return
        if ends < begins:
            yield self.problem("ends_before_it_begins", "valid_through", excerpt=ends.isoformat())
        elif years := self.kind.longest_term_years:
            last = last_day_of_term(begins, years)
            if ends > last:
                yield self.problem(
                    "term_too_long", "valid_through", years=years, excerpt=last.isoformat()
                )

    def registry_number(self) -> Iterator[Problem]:
        """A number spelt in another way than its one, or that is none."""
        number = self.document.registry_number
        if number is None or self._is_left_over(number):
            return
        said = self._as_written("registry_number", number) or number
        usual = registry_number(number)
        if usual is None:
            yield self.problem("unknown_registry_number", "registry_number", excerpt=number)
        elif usual != said:
            yield self.problem("odd_registry_number", "registry_number", excerpt=said, usual=usual)

    def missing(self) -> Iterator[Problem]:
        """What the kind requires, and what it expects, that is not there."""
        for code, fields in (
            ("missing_field", self.kind.required),
            ("expected_field", self.kind.expected),
        ):
            for field in fields:
                if not self._has(field):
                    yield self.problem(code, field)
        for code, keys in (
            ("missing_section", self.kind.required_sections),
            ("expected_section", self.kind.expected_sections),
        ):
            for key in keys:
                section = self.document.section(key)
                if section is None or not section.text:
                    yield self.problem(code, f"sections.{key}")

    def distribution_list(self) -> Iterator[Problem]:
        """Duties the list must reach and does not, lines said twice, two addresses on a line."""
        document, lines = self.document, self.document.recipients
        reached = {addressee_of(line, document, kind=self.kind).duty for line in lines}
        for duty in self.kind.required_recipients:
            if duty not in reached:
                yield self.problem("missing_recipient", f"recipients.{duty}")
        seen = set()
        for place, line in enumerate(lines):
            said = (line.who.casefold(), line.email)
            if said in seen:
                yield self.problem("same_recipient_twice", f"recipients.{place}", excerpt=line.who)
            seen.add(said)
            text = line.raw or line.who
            for found in MEANT_AS_ADDRESS.findall(text):
                meant = found.removeprefix("mailto:").rstrip(".,;:>)")
                if not EMAIL.fullmatch(meant):
                    yield self.problem("broken_address", f"recipients.{place}", excerpt=meant)
            if RUN_TOGETHER.search(EMAIL.sub("", text)) or len(EMAIL.findall(text)) > 1:
                yield self.problem("run_together", f"recipients.{place}", excerpt=text)

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Every field with the text a reader sees there."""
        document = self.document
        for field in TEXT_FIELDS:
            if value := getattr(document, field):
                yield field, value
        for field, named in self._people():
            yield field, f"{named.name or ''} {named.title or ''}"
        for field, day in self._days():
            yield field, self._as_written(field, day)
        yield "preamble", text_of_blocks(document.preamble)
        for section in document.sections:
            yield f"sections.{section.key}", section.text
        for place, line in enumerate(document.recipients):
            yield f"recipients.{place}", line.raw or f"{line.who} {line.purpose or ''}"

    def _days(self) -> tuple[tuple[str, date | None], ...]:
        document = self.document
        return (
            ("document_date", document.document_date),
            ("decision.date", document.decision.date),
            ("valid_from", document.valid_from),
            ("valid_through", document.valid_through),
        )

    def _as_written(self, field: str, value: date | str | None) -> str:
        """What the paper says in a field, as long as that is what the value was parsed from."""
        said = self.document.raw.get(field)
        if not said:
            return ""
        parsed = registry_number(said) if isinstance(value, str) else date_in(said, self.form)
        return said if parsed == value else ""

    def _is_left_over(self, text: str) -> bool:
        return any(pattern.search(text.lower()) for _, pattern in self.form.left_over)

    def _people(self) -> tuple[tuple[str, Named], ...]:
        document = self.document
        return (
            ("commissioner", document.commissioner),
            ("handler", document.handler),
            ("decision.maker", document.decision.maker),
        )

    def _has(self, field: str) -> bool:
        if field == "meetings":
            return meetings_of(self.document, kind=self.kind) is not None
        for name, person in self._people():
            if field == name:
                return bool(person.name or person.title)
        value: object = self.document
        for step in field.split("."):
            value = getattr(value, step)
        return bool(value)

    def _where(self, field: str, language: Language) -> str:
        """How a person calls the field: the form's own label or heading."""
        form = self.kind.in_(language)
        room, _, rest = field.partition(".")
        if room == "sections":
            own = self.document.section(rest)
            return f"”{form.heading(rest) or (own.heading if own else rest)}”"
        if rest in form.duty_names:
            return form.duty_names[rest]
        if rest.isdigit():
            return PLACES["line"].in_(language).format(number=int(rest) + 1)
        if field in PLACES:
            return PLACES[field].in_(language)
        return form.label(field) if field in form.fields else field


PLACES = {
    "line": Words("sändlistans rad {number}", "line {number} of the distribution list"),
    "recipients": Words("sändlistan", "the distribution list"),
    "preamble": Words("inledningen", "the preamble"),
    "meetings": Words("Mötesfrekvens", "Meeting frequency"),
    "document": Words("dokumentet", "the document"),
}
