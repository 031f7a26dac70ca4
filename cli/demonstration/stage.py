"""The demonstration's own world: a clock, memory, a clockwork, and what has happened so far."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from casework import questions
from casework.door import Done, carry_out
from casework.matter import Sitting, document_of, open_matter
from casework.organisation import load, read_organisation
from casework.recipients import resolve
from casework.settings import Settings
from casework.sweep import next_wake
from cli.demonstration import report
from cli.demonstration.cast import SAMPLES, cast
from cli.edge import LANGUAGE, Edge, said, say
from documents import read
from flows.clockwork import Clockwork, clockwork
from models.directory import Directory, Someone
from models.document import Document
from models.migrations import upgrade
from models.session import engine_for, reading, transaction
from models.tables import Charter, Journal, Outbox
from statemachine.vocabulary import EXPIRY_WARNINGS, Act, Letter, Paper, Role, Seat, Spoken, State
from statemachine.words import Refusal, Words

BEGINS = date(2026, 6, 8)
"""A Monday. The demonstration's clock starts here, whatever day it is."""
MOST_DAYS = 200
"""How many days the demonstration wakes up on, at the most."""


@dataclass
class Stage:
    """The demonstration's own world: a clock, memory, a clockwork, and what has happened so far."""

    edge: Edge
    clockwork: Clockwork
    folder: Path
    now: datetime
    office: str | None = None
    refusals: list[dict[str, Any]] = field(default_factory=list)
    told: int = 0
    """The last letter already told of."""

    @property
    def today(self) -> date:
        return self.now.date()

    # --- speaking -----------------------------------------------------------------------------

    def scene(self, title: str, what: str) -> None:
        say(f"\n{title}\n{'─' * len(title)}\n{what}\n")

    def tell(self, line: str) -> None:
        say(f"{self.today}  {line}")

    # --- acting -------------------------------------------------------------------------------

    def act(self, act: Act, by: str, charter: int | None = None, **stated: Any) -> Done:
        """Carry out one act as someone, and tell of it."""
        before = self._last_entry()
        with transaction(self.edge.engine) as connection:
            sitting = self._sitting(connection, by)
            done = carry_out(connection, charter, act, at=sitting, **stated)
        who = self.person(by).name
        outcome = done.outcome
        moved = "" if outcome.stood is outcome.becomes else f" → {_in_words(outcome.becomes)}"
        self.tell(f"{who}: {_in_words(act)}{moved}")
        if done.note:
            self.tell(f"    {done.note.in_(LANGUAGE)}")
        self._tell_of_acts(since=before)
        self._minutes_pass()
        return done

    def refused(self, act: Act, by: str, charter: int, **stated: Any) -> None:
        """Try what is not allowed, and tell why it was not."""
        try:
            with transaction(self.edge.engine) as connection:
                carry_out(connection, charter, act, at=self._sitting(connection, by), **stated)
        except Refusal as refusal:
            reasons = [reason.in_(LANGUAGE) for reason in refusal.reasons]
        else:
            raise AssertionError(f"{act} by {by} was expected to be refused")
        name = self.person(by).name
        self.refusals.append(
            {"date": self.today, "charter": charter, "act": act, "by": name, "reasons": reasons}
        )
        self.tell(
            Words("{who} försöker {act}. Det går inte:", "{who} tries to {act}. Refused:")
            .about(who=name, act=act.words)
            .in_(LANGUAGE)
        )
        for reason in reasons:
            say(f"            – {reason}".replace("\n", "\n" + 12 * " "))
        self._minutes_pass()

    def submit(self, by: str, charter: int) -> None:
        """Submit, naming the handler for every line of the list that reaches nobody."""
        with reading(self.edge.engine) as connection:
            matter = open_matter(connection, charter, self._sitting(connection, by))
            lost = resolve(matter.text, matter.people, matter.group, {}).unresolved
        instead = dict.fromkeys(lost, "sara.nyberg")
        if instead:
            self.tell(
                Words(
                    "Rader på sändlistan som ingen innehar går till Sara Nyberg i stället: {lines}.",
                    "Lines of the distribution list that nobody holds go to Sara Nyberg: {lines}.",
                )
                .about(lines=", ".join(str(place) for place in lost))
                .in_(LANGUAGE)
            )
        self.act(Act.SUBMIT, by, charter, conflict=False, instead=instead)

    def whole_way(self, text: Document) -> int:
        """From draft to distributed, without detours."""
        charter = self.act(
            Act.DRAFT,
            "sara.nyberg",
            document=text,
            group_id=self.group_of(text),
            office=self.office,
        ).charter_id
        self.submit("sara.nyberg", charter)
        self.deliver()
        self.next_day()
        self.act(Act.APPROVE, self.director_of(charter), charter, conflict=False)
        self.deliver()
        self.calendar()
        self.keep_papers(charter)
        return charter

    # --- time ---------------------------------------------------------------------------------

    def live_until(self, last: date) -> None:
        """Jump from one day on which something is due to the next, through the flows."""
        for _ in range(MOST_DAYS):
            with reading(self.edge.engine) as connection:
                wakes = next_wake(connection)
            if wakes is None or wakes > last:
                break
            self._go_to(max(wakes, self.today))
            self.calendar()
            self.deliver()
        self._go_to(max(last, self.today))

    def calendar(self) -> None:
        """Run the calendar for today, and tell what it did."""
        before = self._last_entry()
        self.clockwork.daily(on=self.today, at=self.now)
        self._tell_of_acts(since=before)

    def deliver(self) -> None:
        """Deliver what waits, and tell who got what."""
        self.clockwork.deliver(at=self.now)
        self._tell_of_letters()

    def next_day(self) -> None:
        self._go_to(self.edge.calendar.on_or_after(self.today + timedelta(days=1)))

    def _go_to(self, day: date) -> None:
        if day > self.today:
            self.now = datetime.combine(day, time(9), self.edge.settings.timezone)

    def _minutes_pass(self) -> None:
        self.now += timedelta(minutes=5)

    # --- asking -------------------------------------------------------------------------------

    def read(self, name: str) -> Document:
        """A sample, with what the system made of it told aloud."""
        path = SAMPLES / name
        found = read(path.read_bytes(), name)
        self.tell(f"{name}: {found.document.title}")
        for problem in found.problems:
            say(f"            – {problem.message.in_(LANGUAGE)}")
        return found.document

    def person(self, key: str) -> Someone:
        with reading(self.edge.engine) as connection:
            someone = Directory(connection, self.today).found(key)
        assert someone is not None
        return someone

    def group_of(self, text: Document) -> int:
        with reading(self.edge.engine) as connection:
            group = questions.group_called(connection, text.group or "")
        assert group is not None
        return int(group.id)

    def coordinator_of(self, charter: int) -> str:
        with reading(self.edge.engine) as connection:
            row = questions.charter_row(connection, charter)
            assert row is not None
            seated = Directory(connection, self.today).seated(row.group_id, Seat.COORDINATOR)
        return seated[0].key

    def director_of(self, charter: int) -> str:
        """Who may decide the charter today: the office's holder, or who stands in."""
        with reading(self.edge.engine) as connection:
            row = questions.charter_row(connection, charter)
            assert row is not None
            return Directory(connection, self.today).able(row.office_id)[0].person.key

    def ends_on(self, charter: int) -> date:
        with reading(self.edge.engine) as connection:
            row = questions.charter_row(connection, charter)
        assert row is not None
        day: date = row.ends_on
        return day

    def text(self, charter: int) -> Document:
        with reading(self.edge.engine) as connection:
            return document_of(connection, questions.text_in_force(connection, charter))

    def load_organisation(self, own: Document | None) -> None:
        """Load the sample organisation; the reader's own group is added to it."""
        if own is not None:
            self.office = "halso-och-sjukvardsdirektor"
        organisation = read_organisation(cast(own.group if own else None), "organisation.yaml")
        with transaction(self.edge.engine) as connection:
            load(
                connection,
                organisation,
                by="astrid.wall",
                today=self.today,
                now=self.now,
                calendar=self.edge.calendar,
            )
        self.tell(said("Organisationen är inläst.", "The organisation is loaded."))

    # --- keeping ------------------------------------------------------------------------------

    def keep_papers(self, charter: int) -> None:
        """Lay the charter's papers out as files."""
        with reading(self.edge.engine) as connection:
            for kept in questions.papers_of(connection, charter):
                paper = questions.paper(connection, kept.id)
                assert paper is not None
                target = self.folder / "papers" / f"{kept.id:02} {paper.filename}"
                if not target.exists():
                    target.write_bytes(paper.body)
                    self.tell(
                        Words("Papper: {what}, {file}", "Paper: {what}, {file}")
                        .about(what=Paper(paper.paper).words, file=target.name)
                        .in_(LANGUAGE)
                    )

    def report(self) -> None:
        """Write report.json, and say where everything lies."""
        with reading(self.edge.engine) as connection:
            told = {
                "acts": report.acts(connection),
                "letters": report.letters(connection),
                "refusals": self.refusals,
            }
        target = self.folder / "report.json"
        target.write_text(
            json.dumps(told, ensure_ascii=False, indent=2, default=str), encoding="utf-8"
        )
        self.scene(
            said("Kvar på bordet", "Left on the table"),
            Words(
                "{acts} åtgärder, {letters} brev och {refusals} avslag.\n"
                "Papper: {folder}/papers  Brev: {folder}/mail  Allt i ett: {folder}/report.json",
                "{acts} acts, {letters} letters and {refusals} refusals.\n"
                "Papers: {folder}/papers  Letters: {folder}/mail  All in one: {folder}/report.json",
            )
            .about(
                acts=len(told["acts"]),
                letters=len(told["letters"]),
                refusals=len(told["refusals"]),
                folder=self.folder,
            )
            .in_(LANGUAGE),
        )

    # --- telling ------------------------------------------------------------------------------

    def _sitting(self, connection: Connection, by: str) -> Sitting:
        return Edge(self.edge.settings, self.edge.engine, self.now).sitting(connection, by)

    def _last_entry(self) -> int:
        with reading(self.edge.engine) as connection:
            return connection.execute(select(func.max(Journal.id))).scalar() or 0

    def _tell_of_acts(self, since: int) -> None:
        with reading(self.edge.engine) as connection:
            rows = connection.execute(
                select(Journal.act, Journal.becomes, Charter.title)
                .join(Charter, Journal.charter_id == Charter.id)
                .where(
                    Journal.id > since,
                    Journal.version.is_not(None),
                    Journal.role == Role.CALENDAR,
                )
                .order_by(Journal.id)
            ).all()
        for row in rows:
            self.tell(
                f"{_in_words(Role.CALENDAR).capitalize()}: {_in_words(Act(row.act))} → "
                f"{_in_words(State(row.becomes))}  ({row.title})"
            )

    def _tell_of_letters(self) -> None:
        with reading(self.edge.engine) as connection:
            rows = connection.execute(
                select(Outbox.id, Outbox.letter, Outbox.stage, Outbox.to_name)
                .where(Outbox.id > self.told, Outbox.state == "sent")
                .order_by(Outbox.id)
            ).all()
        readers: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            stage = row.stage if Letter(row.letter) in EXPIRY_WARNINGS else ""
            readers.setdefault((row.letter, stage), []).append(row.to_name)
            self.told = max(self.told, row.id)
        for (letter, stage), names in readers.items():
            ahead = f" ({_ahead(stage)})" if stage else ""
            self.tell(f"  ✉ {Letter(letter).words.in_(LANGUAGE)}{ahead}: {', '.join(names)}")


@contextmanager
def stage_in(settings: Settings, folder: Path) -> Iterator[Stage]:
    say(said("Urverket startar …", "The clockwork is starting …"))
    engine = engine_for(settings.database_url)
    upgrade(engine)
    begins = datetime.combine(BEGINS, time(9), settings.timezone)
    try:
        with clockwork(settings) as works:
            yield Stage(Edge(settings, engine, begins), works, folder, begins)
    finally:
        engine.dispose()


def settings_for(folder: Path, port: int) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder / 'mandat.db'}",
        relay_host="127.0.0.1",
        relay_port=port,
        relay_security="none",
        mail_from="Mandat <mandat@sjoviken.example>",
        mail_domain="sjoviken.example",
        seal_folder=folder / "seal",
    )


def _in_words(word: Spoken) -> str:
    return word.words.in_(LANGUAGE)


def _ahead(stage: str) -> str:
    number, unit = stage[:-1], stage[-1]
    if unit == "m":
        return said(f"{number} mån kvar", f"{number} months left")
    return said(f"{number} dagar kvar", f"{number} days left")
