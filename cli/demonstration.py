"""`mandat demo`: one charter lives its whole life before the reader's eyes, another is left to expire.

Everything is the real thing on a clock of its own: the acts pass the door, the calendar runs through
the Prefect flows, and letters travel by yagmail through an SMTP server that writes down what it gets.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.edge import LANGUAGE, Edge, said, say
from statemachine.vocabulary import Act, Letter, Paper, Role, Spoken, State
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from casework.settings import Settings
    from casework.writing import Done
    from flows.clockwork import Clockwork
    from models.document import Document

BEGINS = date(2026, 6, 8)
"""A Monday. The demonstration's clock starts here, whatever day it is."""
SAMPLES = Path(__file__).parent.parent / "samples"
PLAYED = ("Samordningsgrupp nära vård", "Samordningsråd rörelseorganen")
"""The groups of the play, the renewed one first."""
MOST_DAYS = 200
"""How many days the demonstration wakes up on, at the most."""


def demonstrate(folder: Path, charter: Path | None) -> None:
    """Live the life in `folder`, which is emptied first, with the reader's own `charter` if given."""
    first_text = _own(charter) if charter else None
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "papers").mkdir(parents=True)
    with _postbox(folder / "mail") as port:
        settings = _settings(folder, port)
        with _stage(settings, folder) as stage:
            _play(stage, first_text)
            stage.report()


# --- the play -----------------------------------------------------------------------------------


def _play(stage: "Stage", own: "Document | None") -> None:
    stage.scene(
        said("Organisationen", "The organisation"),
        said(
            "Administratören läser in vem som är vem: personer, befattningar, grupper och platser.",
            "The administrator loads who is who: people, offices, groups and seats.",
        ),
    )
    stage.load_organisation(own)

    stage.scene(
        said("Ett första utkast", "A first draft"),
        said(
            "Handläggaren Sara Nyberg har en text och ett slutdatum. Systemet läser texten.",
            "Sara Nyberg, handler, has a text and a deadline. The system reads the text.",
        ),
    )
    text = own or stage.read("nara-vard.md")
    first = stage.act(
        Act.DRAFT,
        "sara.nyberg",
        document=own or stage.read("nara-vard-forsta-utkast.md"),
        group_id=stage.group_of(text),
        office=stage.office,
    ).charter_id
    stage.refused(Act.SUBMIT, "sara.nyberg", first)
    if own is None:
        stage.act(Act.EDIT, "sara.nyberg", first, document=text)
    stage.submit("sara.nyberg", first)

    stage.scene(
        said("På direktörens bord", "On the director's desk"),
        said(
            "Brevet säger vad ärendet gäller och hur man beslutar. Tre arbetsdagar går.",
            "The letter says what the case is about and how to decide it. Three working days pass.",
        ),
    )
    stage.act(Act.ASK_OPINION, "sara.nyberg", first, to=stage.person("elin.sandberg"))
    stage.deliver()
    stage.act(
        Act.OPINION,
        "elin.sandberg",
        first,
        supports=True,
        statement=said("Tydligt och genomförbart.", "Clear and workable."),
    )
    stage.deliver()
    stage.live_until(stage.today + timedelta(days=3))
    stage.act(
        Act.SEND_BACK,
        stage.director_of(first),
        first,
        reason=said(
            "Skriv ut hur ofta gruppen följer upp sitt arbete.",
            "Say how often the group follows up its work.",
        ),
    )
    stage.deliver()
    stage.act(Act.EDIT, "sara.nyberg", first, document=_with_a_follow_up(text))
    stage.submit("sara.nyberg", first)
    stage.deliver()
    stage.refused(Act.APPROVE, "sara.nyberg", first, conflict=False)
    stage.next_day()
    stage.act(Act.APPROVE, stage.director_of(first), first, conflict=False)

    stage.scene(
        said("Expediering", "Distribution"),
        said(
            "Beslutet går till sändlistan. Var och en får sitt eget brev, med sitt eget syfte.",
            "The decision goes to the distribution list, each with a letter and purpose of their own.",
        ),
    )
    stage.deliver()
    stage.calendar()
    stage.keep_papers(first)

    stage.scene(
        said("Ett andra uppdrag", "A second charter"),
        said(
            "Ett annat råd får sitt uppdrag samma vecka. Det ska ingen komma ihåg att förnya.",
            "Another council gets its charter the same week. Nobody will remember to renew this one.",
        ),
    )
    second = stage.whole_way(stage.read("rorelseorganen.md"))

    stage.scene(
        said("Fem år", "Five years"),
        said(
            "Kalendern går från dag till dag då något är dags. Inget är schemalagt; allt följer av "
            "datumen.",
            "The calendar goes from day to day on which anything is due. Nothing is scheduled; all "
            "follows from the dates.",
        ),
    )
    ends_on = stage.ends_on(first)
    stage.live_until(_months_before(ends_on, 5))
    stage.next_day()

    stage.scene(
        said("Förnyelse", "Renewal"),
        said(
            "Gruppens koordinator förnyar i ett steg. Det beslutade uppdraget kopieras; bara "
            "ändringen skrivs.",
            "The group's coordinator renews in one step. The decided charter is copied; only the "
            "change is written.",
        ),
    )
    coordinator = stage.coordinator_of(first)
    renewed = stage.act(
        Act.RENEW,
        coordinator,
        group_id=stage.group_of(text),
        office=stage.office,
        valid_from=ends_on + timedelta(days=1),
    ).charter_id
    stage.act(Act.EDIT, coordinator, renewed, document=_with_new_rhythm(stage.text(renewed)))
    stage.submit(coordinator, renewed)
    stage.deliver()
    stage.next_day()
    stage.act(Act.APPROVE, stage.director_of(renewed), renewed, conflict=False)
    stage.deliver()
    stage.calendar()
    stage.keep_papers(renewed)

    stage.scene(
        said("Slutet, på två sätt", "The end, in two ways"),
        said(
            "Det förnyade uppdraget tar vid utan lucka. Det andra löper ut, och gruppen påminns "
            "varje månad tills den har ett nytt.",
            "The renewed charter takes over without a gap. The other expires, and the group is "
            "reminded every month until it has a new one.",
        ),
    )
    stage.live_until(_months_before(max(stage.ends_on(first), stage.ends_on(second)), -3))


# --- the stage ----------------------------------------------------------------------------------


@dataclass
class Stage:
    """The demonstration's own world: a clock, memory, a clockwork, and what has happened so far."""

    edge: Edge
    clockwork: "Clockwork"
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

    def act(self, act: Act, by: str, charter: int | None = None, **stated: Any) -> "Done":
        """Carry out one act as someone, and tell of it."""
        from casework.door import carry_out
        from models.session import transaction

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
        from casework.door import carry_out
        from models.session import transaction

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
            say(f"            – {reason}")
        self._minutes_pass()

    def submit(self, by: str, charter: int) -> None:
        """Submit, naming the handler for every line of the list that reaches nobody."""
        from casework.matter import open_matter
        from casework.recipients import resolve
        from models.session import reading

        with reading(self.edge.engine) as connection:
            matter = open_matter(connection, charter, self._sitting(connection, by))
            lost = resolve(matter.document, matter.people, matter.group, {}).unresolved
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

    def whole_way(self, text: "Document") -> int:
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
        from casework.sweep import next_wake
        from models.session import reading

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

    def read(self, name: str) -> "Document":
        """A sample, with what the system made of it told aloud."""
        from documents import read

        path = SAMPLES / name
        reading = read(path.read_bytes(), name)
        self.tell(f"{name}: {reading.document.title}")
        for problem in reading.problems:
            say(f"            – {problem.message.in_(LANGUAGE)}")
        return reading.document

    def person(self, key: str) -> Any:
        from models.directory import Directory
        from models.session import reading

        with reading(self.edge.engine) as connection:
            return Directory(connection, self.today).found(key)

    def group_of(self, text: "Document") -> int:
        from casework.questions import group_called
        from models.session import reading

        with reading(self.edge.engine) as connection:
            group = group_called(connection, text.group or "")
        assert group is not None
        return int(group.id)

    def coordinator_of(self, charter: int) -> str:
        from casework.questions import charter_row
        from models.directory import Directory
        from models.session import reading
        from statemachine.vocabulary import Seat

        with reading(self.edge.engine) as connection:
            row = charter_row(connection, charter)
            assert row is not None
            seated = Directory(connection, self.today).seated(row.group_id, Seat.COORDINATOR)
        return seated[0].key

    def director_of(self, charter: int) -> str:
        """Who may decide the charter today: the office's holder, or who stands in."""
        from casework.questions import charter_row
        from models.directory import Directory
        from models.session import reading

        with reading(self.edge.engine) as connection:
            row = charter_row(connection, charter)
            assert row is not None
            return Directory(connection, self.today).able(row.office_id)[0].person.key

    def ends_on(self, charter: int) -> date:
        from casework.questions import charter_row
        from models.session import reading

        with reading(self.edge.engine) as connection:
            row = charter_row(connection, charter)
        assert row is not None
        day: date = row.ends_on
        return day

    def text(self, charter: int) -> "Document":
        from casework.matter import document_of
        from casework.questions import text_in_force
        from models.session import reading

        with reading(self.edge.engine) as connection:
            return document_of(connection, text_in_force(connection, charter))

    def load_organisation(self, own: "Document | None") -> None:
        """Load the sample organisation; the reader's own group is added to it."""
        from casework.organisation import load, read_organisation
        from models.session import transaction

        source = (SAMPLES / "organisation.yaml").read_text(encoding="utf-8")
        if own is not None:
            self.office = "halso-och-sjukvardsdirektor"
        source = _cast(source, own.group if own else None)
        organisation = read_organisation(source, "organisation.yaml")
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
        from casework import questions
        from models.session import reading

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
        from models.session import reading

        with reading(self.edge.engine) as connection:
            told = {
                "acts": _acts(connection),
                "letters": _letters(connection),
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

    def _sitting(self, connection: "Connection", by: str) -> Any:
        return Edge(self.edge.settings, self.edge.engine, self.now).sitting(connection, by)

    def _last_entry(self) -> int:
        from sqlalchemy import func, select

        from models.session import reading
        from models.tables import Journal

        with reading(self.edge.engine) as connection:
            return connection.execute(select(func.max(Journal.id))).scalar() or 0

    def _tell_of_acts(self, since: int) -> None:
        from sqlalchemy import select

        from models.session import reading
        from models.tables import Charter, Journal

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
        from sqlalchemy import select

        from models.session import reading
        from models.tables import Outbox

        with reading(self.edge.engine) as connection:
            rows = connection.execute(
                select(Outbox.id, Outbox.letter, Outbox.stage, Outbox.to_name)
                .where(Outbox.id > self.told, Outbox.state == "sent")
                .order_by(Outbox.id)
            ).all()
        readers: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            stage = row.stage if Letter(row.letter) is Letter.RENEWAL else ""
            readers.setdefault((row.letter, stage), []).append(row.to_name)
            self.told = max(self.told, row.id)
        for (letter, stage), names in readers.items():
            ahead = f" ({_ahead(stage)})" if stage else ""
            self.tell(f"  ✉ {Letter(letter).words.in_(LANGUAGE)}{ahead}: {', '.join(names)}")


# --- what the play needs ---------------------------------------------------------------------------


@contextmanager
def _stage(settings: "Settings", folder: Path) -> Iterator[Stage]:
    from flows.clockwork import clockwork
    from models.migrations import upgrade
    from models.session import engine_for

    say(said("Urverket startar …", "The clockwork is starting …"))
    engine = engine_for(settings.database_url)
    upgrade(engine)
    begins = datetime.combine(BEGINS, time(9), settings.timezone)
    try:
        with clockwork(settings) as works:
            yield Stage(Edge(settings, engine, begins), works, folder, begins)
    finally:
        engine.dispose()


def _settings(folder: Path, port: int) -> "Settings":
    from casework.settings import Settings

    return Settings(
        database_url=f"sqlite:///{folder / 'mandat.db'}",
        relay_host="127.0.0.1",
        relay_port=port,
        relay_security="none",
        mail_from="Mandat <mandat@sjoviken.example>",
        mail_domain="sjoviken.example",
        seal_folder=folder / "seal",
    )


class _Postbox:
    """What the SMTP server does with a letter: writes it down as it came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name for it)
        self.count += 1
        to = envelope.rcpt_tos[0].split("@")[0]
        (self.folder / f"{self.count:03} {to}.eml").write_bytes(envelope.original_content)
        return "250 2.0.0 Accepted"


@contextmanager
def _postbox(folder: Path) -> Iterator[int]:
    """An SMTP server on loopback; yields its port."""
    import socket

    from aiosmtpd.controller import Controller

    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = Controller(_Postbox(folder), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


def _own(path: Path) -> "Document":
    """The reader's own document. Its addresses become `.example` ones: nobody real gets a letter.

    Raises Refusal when it has errors the handler must correct first.
    """
    from documents import problems_of, read
    from models.document import Level

    document = read(path.read_bytes(), path.name).document
    document = document.model_copy(
        update={
            "group": document.group or document.title,
            "valid_through": None,
            "recipients": tuple(
                line.model_copy(update={"email": _made_up(line.email)})
                for line in document.recipients
            ),
        }
    )
    errors = [one.message for one in problems_of(document) if one.level is Level.ERROR]
    if errors:
        raise Refusal(
            Words(
                "{file} har fel som ska rättas innan det kan beslutas:",
                "{file} has errors to correct before it can be decided:",
            ).about(file=path.name),
            *errors,
        )
    return document


def _made_up(email: str | None) -> str | None:
    return f"{email.split('@')[0]}@mottagare.example" if email else None


def _cast(source: str, own: str | None) -> str:
    """The sample organisation with only the groups of the play, and the reader's own among them.

    The others have no charter, and would be written about every month for five years.
    """
    from io import StringIO

    from ruamel.yaml import YAML

    yaml = YAML()
    organisation = yaml.load(source)
    groups = organisation["groups"]
    model = next(group for group in groups if group["name"] == PLAYED[0])
    kept = [group for group in groups if group["name"] in PLAYED]
    for group in kept:
        group.pop("parent", None)
    if own is not None and own.casefold() not in (name.casefold() for name in PLAYED):
        seats = ("chair", "liaison", "coordinator")
        kept.append(
            {
                "key": "er-grupp",
                "name": own,
                "from": "2024-01-01",
                "seats": [dict(seat) for seat in model["seats"] if seat["seat"] in seats],
            }
        )
    organisation["groups"] = kept
    written = StringIO()
    yaml.dump(organisation, written)
    return written.getvalue()


def _with_a_follow_up(text: "Document") -> "Document":
    """The text as the director asked for it."""
    from models.document import Paragraph, Run, Section

    english = text.language == "en"
    heading = "Follow-up" if english else "Uppföljning"
    sentence = (
        "The group follows up its work once a year and reports to the commissioner."
        if english
        else "Gruppen följer upp sitt arbete en gång om året och redovisar det för uppdragsgivaren."
    )
    section = Section(
        key="follow_up", heading=heading, blocks=(Paragraph(runs=(Run(text=sentence),)),)
    )
    others = tuple(one for one in text.sections if one.key != "follow_up")
    return text.model_copy(update={"sections": (*others, section)})


def _with_new_rhythm(text: "Document") -> "Document":
    """The renewed text: the follow-up twice a year."""
    from models.document import Paragraph, Run, Section

    def renewed(section: Section) -> Section:
        if section.key != "follow_up":
            return section
        words = section.text.replace("en gång om året", "två gånger om året")
        words = words.replace("once a year", "twice a year")
        return section.model_copy(update={"blocks": (Paragraph(runs=(Run(text=words),)),)})

    return text.model_copy(update={"sections": tuple(renewed(one) for one in text.sections)})


def _months_before(day: date, months: int) -> date:
    from statemachine.calendar import add_months

    return add_months(day, -months)


def _in_words(word: Spoken) -> str:
    return word.words.in_(LANGUAGE)


def _ahead(stage: str) -> str:
    number, unit = stage[:-1], stage[-1]
    if unit == "m":
        return said(f"{number} mån kvar", f"{number} months left")
    return said(f"{number} dagar kvar", f"{number} days left")


def _acts(connection: "Connection") -> list[dict[str, Any]]:
    from sqlalchemy import select

    from models.tables import Charter, Journal

    rows = connection.execute(
        select(Journal, Charter.title)
        .outerjoin(Charter, Journal.charter_id == Charter.id)
        .where(Journal.version.is_not(None))
        .order_by(Journal.id)
    )
    return [
        {
            "date": row.day,
            "charter": row.charter_id,
            "title": row.title,
            "act": row.act,
            "by": row.name,
            "role": row.role,
            "stood": row.stood if row.stood != State.UNWRITTEN else None,
            "becomes": row.becomes,
            "reason": row.reason,
        }
        for row in rows
    ]


def _letters(connection: "Connection") -> list[dict[str, Any]]:
    from sqlalchemy import select

    from models.tables import Outbox
    from notifications.recipients import WHY
    from statemachine.vocabulary import Audience

    rows = connection.execute(
        select(
            Outbox.day,
            Outbox.letter,
            Outbox.stage,
            Outbox.charter_id,
            Outbox.to_name,
            Outbox.to_email,
            Outbox.facts,
            Outbox.state,
        ).order_by(Outbox.id)
    )
    return [
        {
            "date": row.day,
            "letter": row.letter,
            "stage": row.stage,
            "charter": row.charter_id,
            "to": row.to_name,
            "email": row.to_email,
            "role": row.facts["reader"]["role"],
            "reason": WHY[Audience(row.facts["reader"]["role"])].in_(LANGUAGE),
            "state": row.state,
        }
        for row in rows
    ]
