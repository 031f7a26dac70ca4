"""Builders: an organisation, its documents, and charters brought to any state by real acts."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Engine, Row, func, select, update

from casework.digest import write_digest
from casework.door import carry_out
from casework.groups import GroupDiscontinued, discontinue_group
from casework.matter import TERMINAL, Authentication, Sitting, document_of
from casework.organisation import (
    Organisation,
    leave,
    load,
    read_organisation,
    set_office_holder,
    set_person,
    set_seat,
    set_stand_in,
    vacate_seat,
)
from casework.papers import Press, Typewriter
from casework.settings import Settings
from casework.sweep import Swept, distribute_completed, next_wake, sweep_charters, sweep_groups
from casework.told import ToldByDelivery
from casework.writing import Done
from models.directory import Directory
from models.document import (
    Contact,
    DecisionLine,
    Document,
    Named,
    Paragraph,
    RecipientLine,
    Run,
    Section,
)
from models.session import reading, transaction
from models.tables import (
    Base,
    Charter,
    Decision,
    Group,
    Journal,
    Outbox,
    PaperKept,
    Person,
    Recipient,
)
from notifications.carriers import Carrier
from notifications.compose import Sender
from notifications.outbox import Delivery, deliver
from statemachine.vocabulary import Act, Letter, State
from statemachine.words import Refusal

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)

FOUNDED = date(2026, 1, 5)
"""The day the organisation is loaded: its groups have had no charter since."""
BEGUN = date(2026, 6, 15)
"""A Monday: drafts are begun and submitted."""
DECIDED = date(2026, 6, 17)
"""The Wednesday of domain.md: decided that day, a charter is in force through 2031-06-17."""
LAST_DAY = date(2031, 6, 17)
LAPSED = LAST_DAY + DAY

ORGANISATION = """\
organisation: {name: Region Sjöviken, abbreviation: RS}
administrations: [Sjukhuset, Kansliet]
people:
  - {key: sara, name: Sara Nyberg, email: sara@sjoviken.example}
  - {key: elin, name: Elin Sandberg, email: elin@sjoviken.example}
  - {key: oskar, name: Oskar Dahl, email: oskar@sjoviken.example}
  - {key: astrid, name: Astrid Wall, email: astrid@sjoviken.example}
  - {key: helena, name: Helena Ask, email: helena@sjoviken.example}
  - {key: mikael, name: Mikael Lindvall, email: mikael@sjoviken.example}
  - {key: gun, name: Gun Åberg, email: gun@sjoviken.example}
  - {key: rolf, name: Rolf Sund, email: rolf@sjoviken.example, language: en}
  - {key: anna, name: Anna Ek, email: anna@sjoviken.example, administration: Sjukhuset}
  - {key: bo, name: Bo Lund, email: bo@sjoviken.example, administration: Kansliet}
  - {key: cia, name: Cia Rask, email: cia@sjoviken.example, administration: Kansliet}
  - {key: dag, name: Dag Hall, email: dag@sjoviken.example, administration: Sjukhuset}
duties:
  handler: [{person: sara, from: 2020-01-01}, {person: elin, from: 2020-01-01}]
  registry_keeper: [{person: oskar, from: 2020-01-01}]
  administrator: [{person: astrid, from: 2020-01-01}]
offices:
  - key: direktor
    name: Sjukvårdsdirektör
    holders: [{person: helena, from: 2020-01-01}]
    authority:
      - {may: decide, basis: Delegation 4.1, from: 2020-01-01}
      - {may: discontinue, basis: Delegation 4.2, from: 2020-01-01}
groups:
  - key: rorelse
    name: Samordningsråd rörelse
    from: 2026-01-05
    seats:
      - {seat: chair, person: anna, from: 2026-01-05}
      - {seat: coordinator, person: bo, from: 2026-01-05}
      - {seat: liaison, person: cia, from: 2026-01-05}
      - {seat: member, person: dag, from: 2026-01-05}
"""
NEIGHBOUR = """\
  - key: narvard
    name: Samordningsgrupp nära vård
    from: 2026-01-05
    seats:
      - {seat: chair, person: dag, from: 2026-01-05}
      - {seat: coordinator, person: bo, from: 2026-01-05}
      - {seat: liaison, person: cia, from: 2026-01-05}
"""

NAMES = {"rorelse": "Samordningsråd rörelse", "narvard": "Samordningsgrupp nära vård"}


@lru_cache
def organisation(text: str = ORGANISATION) -> Organisation:
    return read_organisation(text, "organisation.yaml")


def moment(day: date, clock: time = time(9)) -> datetime:
    return datetime.combine(day, clock, Settings().timezone)


# --- documents -----------------------------------------------------------------------------------


def a_charter(for_group: str = "rorelse", **changes: Any) -> Document:
    """A charter without errors for one of the groups."""
    name = NAMES[for_group]
    stands = {
        "kind": "charter",
        "title": f"Uppdragshandling för {name}",
        "group": name,
        "organisation": "Region Sjöviken",
        "document_date": BEGUN,
        "registry_number": "RS 2026-00412",
        "area": "Ortopedi",
        "commissioner": Named(name="Gun Åberg", title="utvecklingschef"),
        "assignee": f"Ordförande i {name}",
        "sections": (
            section("purpose", "Syfte med uppdraget", "Lika vård i hela regionen."),
            section("tasks", "Uppdragsbeskrivning", "Följ väntetiderna och kom överens."),
        ),
        "decision": DecisionLine(maker=Named(name="Helena Ask", title="Sjukvårdsdirektör")),
        "recipients": (
            RecipientLine(who=f"Ordförande för {name}", purpose="för genomförande"),
            RecipientLine(who=f"Koordinator för {name}", purpose="för kännedom"),
            RecipientLine(who="Registrator", purpose="för registret"),
        ),
    }
    return Document(**{**stands, **changes})


def an_executive_decision(**changes: Any) -> Document:
    """An executive decision without errors: about a role, for no group, and without a term."""
    stands = {
        "kind": "executive_decision",
        "title": "Uppdragsbeskrivning för kontaktperson",
        "organisation": "Region Sjöviken",
        "document_date": BEGUN,
        "registry_number": "RS 2026-00291",
        "handler": Contact(name="Sara Nyberg", email="sara@sjoviken.example"),
        "sections": (
            section("decision_items", "Beslut", "Uppdragsbeskrivningen fastställs."),
            section("summary", "Sammanfattning av ärendet", "Grupperna saknar en väg in."),
        ),
        "recipients": (RecipientLine(who="Registrator", purpose="för diarieföring"),),
    }
    return Document(**{**stands, **changes})


def section(key: str, heading: str, text: str) -> Section:
    return Section(key=key, heading=heading, blocks=(Paragraph(runs=(Run(text=text),)),))


def with_tasks(document: Document, text: str) -> Document:
    """The same document with other tasks."""
    kept = tuple(one for one in document.sections if one.key != "tasks")
    tasks = section("tasks", "Uppdragsbeskrivning", text)
    return document.model_copy(update={"sections": (*kept, tasks)})


# --- the region at work --------------------------------------------------------------------------


class Sent(NamedTuple):
    """A letter in the outbox, as a proof reads it; `to` is the person's key."""

    day: date
    letter: Letter
    stage: str
    to: str


@dataclass(frozen=True)
class Region:
    """The organisation at work: people do things on days, and the calendar looks."""

    engine: Engine
    press: Press = field(default_factory=Typewriter)
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def founded(cls, engine: Engine, on: date = FOUNDED, **more: Any) -> "Region":
        """The region with its organisation loaded on a day."""
        region = cls(engine, **more)
        region._loads(ORGANISATION, on)
        return region

    def with_a_neighbour(self, on: date = FOUNDED) -> "Region":
        """The same region with a second group."""
        self._loads(ORGANISATION + NEIGHBOUR, on)
        return self

    def _loads(self, text: str, on: date) -> None:
        with transaction(self.engine) as connection:
            load(connection, organisation(text), by="astrid", today=on, now=moment(on))

    # --- people act ------------------------------------------------------------------------------

    def sitting(
        self,
        connection: Connection,
        who: str | None,
        on: date,
        authenticated: timedelta | None = timedelta(),
    ) -> Sitting:
        """Someone's moment on a day; `authenticated` is how long ago, None for not at all."""
        by = Directory(connection, on).found(who) if who else None
        assert (by is None) is (who is None), f"{who} is not here on {on}"
        known = (
            Authentication(TERMINAL, moment(on) - authenticated)
            if authenticated is not None
            else None
        )
        return Sitting(
            by=by,
            now=moment(on),
            today=on,
            settings=self.settings,
            press=self.press,
            authenticated=known,
        )

    def does(
        self,
        who: str | None,
        act: Act,
        charter: int | None = None,
        *,
        on: date,
        authenticated: timedelta | None = timedelta(),
        **said: Any,
    ) -> Done:
        """Someone does something to a charter: in a transaction of its own, through the door."""
        with transaction(self.engine) as connection:
            at = self.sitting(connection, who, on, authenticated)
            return carry_out(connection, charter, act, at=at, **self._said(connection, on, said))

    def refuses(
        self, who: str | None, act: Act, charter: int | None = None, *, on: date, **said: Any
    ) -> Refusal:
        """The refusal someone gets: in both languages, and nothing has changed."""
        before = self.everything()
        with pytest.raises(Refusal) as refused:
            self.does(who, act, charter, on=on, **said)
        assert refused.value.reasons
        for reason in refused.value.reasons:
            assert reason.sv.strip()
            assert reason.en.strip()
            assert reason.sv != reason.en
            assert "{" not in reason.sv + reason.en
        assert self.everything() == before
        return refused.value

    def _said(self, connection: Connection, on: date, said: dict[str, Any]) -> dict[str, Any]:
        """What was said, with the people and groups it names found."""
        if "to" in said:
            said["to"] = Directory(connection, on).found(said["to"])
        if group := said.pop("group", None):
            said["group_id"] = self.group(group, connection).id
        return said

    def discontinues_group(
        self, who: str, group: str, *, on: date, **said: Any
    ) -> GroupDiscontinued:
        stated = {
            "reason": "Rådet går upp i ett annat.",
            "registry_number": "RS 2027-00001",
            "conflict": False,
            **said,
        }
        with transaction(self.engine) as connection:
            return discontinue_group(
                connection, NAMES.get(group, group), at=self.sitting(connection, who, on), **stated
            )

    # --- charters in any state -------------------------------------------------------------------

    def draft(
        self,
        group: str = "rorelse",
        *,
        on: date = BEGUN,
        by: str = "sara",
        document: Document | None = None,
        **said: Any,
    ) -> int:
        """A draft begun on the day, for the group unless its text is about none."""
        text = document or a_charter(group)
        about: dict[str, Any] = {"group": group} if text.group else {}
        return self.does(by, Act.DRAFT, on=on, document=text, **about, **said).charter_id

    def in_review(self, group: str = "rorelse", *, on: date = BEGUN, **said: Any) -> int:
        """A charter begun and submitted on the day, in its first round."""
        charter = self.draft(group, on=on, **said)
        self.submitted(charter, on=on, by=said.get("by", "sara"))
        return charter

    def approved(
        self, group: str = "rorelse", *, on: date = DECIDED, begun: date | None = None, **said: Any
    ) -> int:
        """A charter decided on the day; nobody on its list is reached yet."""
        charter = self.in_review(group, on=begun or min(on, BEGUN), **said)
        self.decided(charter, on=on)
        return charter

    def distributed(self, group: str = "rorelse", *, on: date = DECIDED, **said: Any) -> int:
        """A charter decided on the day, and everyone on its list reached."""
        charter = self.approved(group, on=on, **said)
        self.reached(charter, on=on)
        return charter

    def successor(self, *, on: date, by: str = "sara", group: str = "rorelse", **said: Any) -> int:
        """A renewal begun, submitted, approved and distributed on the day."""
        charter = self.does(by, Act.RENEW, on=on, group=group, **said).charter_id
        self.submitted(charter, on=on, by=by)
        self.decided(charter, on=on)
        self.reached(charter, on=on)
        return charter

    def recorded(self, *, on: date = DECIDED, **said: Any) -> Done:
        """A charter decided before this system, written down by the registry keeper."""
        stated = {
            "document": a_charter(),
            "group": "rorelse",
            "decided_by": "Karl Ljung",
            "decided_as": "Sjukvårdsdirektör",
            **said,
        }
        return self.does("oskar", Act.RECORD, on=on, **stated)

    def submitted(self, charter: int, *, on: date, by: str = "sara", **said: Any) -> Done:
        return self.does(by, Act.SUBMIT, charter, on=on, **{"conflict": False, **said})

    def decided(self, charter: int, *, on: date, by: str = "helena", **said: Any) -> Done:
        return self.does(by, Act.APPROVE, charter, on=on, **{"conflict": False, **said})

    def discontinued(self, charter: int, *, on: date, effective_day: date, **said: Any) -> Done:
        stated = {
            "reason": "Uppdraget är slutfört.",
            "registry_number": "RS 2027-00002",
            "conflict": False,
            **said,
        }
        return self.does(
            "helena", Act.DISCONTINUE, charter, on=on, effective_day=effective_day, **stated
        )

    def reached(self, charter: int, *, on: date) -> None:
        """Everyone on the charter's distribution list is reached, and the calendar sees it."""
        with transaction(self.engine) as connection:
            connection.execute(
                update(Recipient)
                .where(Recipient.charter_id == charter, Recipient.outcome.is_(None))
                .values(outcome="accepted", outcome_at=moment(on))
            )
            distribute_completed(connection, self.sitting(connection, None, on))

    def delivers(
        self, carrier: Carrier, *, on: date, clock: time = time(9), worker: str = "the post"
    ) -> Delivery:
        """The post goes out: what lies in the outbox and still makes sense is carried."""

        def sitting(now: datetime) -> Sitting:
            return Sitting(by=None, now=now, today=on, settings=self.settings, press=self.press)

        return deliver(
            self.engine,
            carrier,
            now=lambda: moment(on, clock),
            sender=Sender("Mandat, Region Sjöviken", "mandat@sjoviken.example", "sjoviken.example"),
            worker=worker,
            told=ToldByDelivery(sitting),
        )

    # --- the calendar looks ----------------------------------------------------------------------

    def sweep(self, on: date) -> Swept:
        """The whole daily look, batch after batch, until nothing is due."""
        total = Swept()
        for look in (sweep_charters, sweep_groups, distribute_completed):
            while True:
                with transaction(self.engine) as connection:
                    swept = look(connection, self.sitting(connection, None, on))
                if not swept.looked_at:
                    break
                total += swept
        return total

    def writes_digest(self, on: date) -> int:
        """The calendar writes the weekly digest, if it is due; how many letters were new."""
        with transaction(self.engine) as connection:
            return write_digest(connection, self.sitting(connection, None, on)).letters

    def live_through(self, last: date) -> list[date]:
        """Jump from wake to wake through `last`, and sweep on each; returns the days swept."""
        days = []
        while (wake := self.next_wake()) is not None and wake <= last:
            self.sweep(wake)
            assert wake not in days, f"the calendar wants to look at {wake} for ever"
            days.append(wake)
        return days

    def next_wake(self) -> date | None:
        with reading(self.engine) as connection:
            return next_wake(connection)

    # --- the organisation changes ----------------------------------------------------------------

    def stands_in(self, who: str, *, on: date, from_: date, through: date | None = None) -> None:
        """`who` is appointed, on a day, to stand in for the director between two days."""
        self._changes(set_stand_in, "direktor", who, on=on, from_=from_, through=through)

    def holds_office(self, who: str, *, on: date, from_: date) -> None:
        self._changes(set_office_holder, "direktor", who, on=on, from_=from_)

    def takes_seat(
        self, who: str, seat: str, *, on: date, group: str = "rorelse", from_: date | None = None
    ) -> None:
        self._changes(set_seat, group, seat, who, on=on, from_=from_)

    def vacates(self, seat: str, *, on: date, group: str = "rorelse") -> None:
        self._changes(vacate_seat, group, seat, on=on)

    def also_decides(self, office: str, *, on: date) -> None:
        """Another office gets the same authority to decide."""
        self._reloads(
            on,
            "groups:",
            f"  - {{key: {office}, name: {office.capitalize()}, authority: "
            f"[{{may: decide, basis: Delegation 5, from: 2020-01-01}}]}}\ngroups:",
        )

    def authority_ends(self, *, on: date, through: date) -> None:
        """The director's authority to decide ends with a day."""
        decides = "may: decide, basis: Delegation 4.1, from: 2020-01-01"
        self._reloads(on, decides, f"{decides}, through: {through}")

    def _reloads(self, on: date, old: str, new: str) -> None:
        assert old in ORGANISATION
        self._loads(ORGANISATION.replace(old, new), on)

    def leaves(self, who: str, *, on: date, through: date | None = None) -> None:
        """`who` leaves; what they hold ends with their last day."""
        self._changes(leave, who, on=on, through=through or on - DAY)

    def has_address(self, who: str, email: str, *, on: date) -> None:
        self._changes(set_person, who, {"email": email}, on=on)

    def _changes(self, change: Any, *what: Any, on: date, **dates: Any) -> None:
        with transaction(self.engine) as connection:
            change(connection, *what, by="astrid", today=on, now=moment(on), **dates)

    # --- what is remembered ----------------------------------------------------------------------

    def charter(self, charter: int) -> Row[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(Charter).where(Charter.id == charter)).one()

    def person(self, key: str) -> Row[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(Person).where(Person.key == key)).one()

    def text(self, charter: int) -> Document:
        """The text as it stands, or as it was decided."""
        content_hash = self.charter(charter).content_hash
        with reading(self.engine) as connection:
            return document_of(connection, content_hash)

    def state(self, charter: int) -> State:
        return State(self.charter(charter).state)

    def group(self, key: str = "rorelse", connection: Connection | None = None) -> Row[Any]:
        query = select(Group).where(Group.key == key)
        if connection is not None:
            return connection.execute(query).one()
        with reading(self.engine) as reader:
            return reader.execute(query).one()

    def letters(
        self,
        *letters: Letter,
        charter: int | None = None,
        on: date | None = None,
        since: date | None = None,
    ) -> list[Sent]:
        """The letters posted, oldest first; every kind unless some are named."""
        return [
            Sent(row.day, Letter(row.letter), row.stage, row.to_email.split("@")[0])
            for row in self.outbox(charter)
            if (not letters or row.letter in letters)
            and on in (None, row.day)
            and (since is None or row.day >= since)
        ]

    def outbox(self, charter: int | None = None) -> list[Row[Any]]:
        query = select(Outbox).order_by(Outbox.day, Outbox.id)
        return self._rows(query if charter is None else query.where(Outbox.charter_id == charter))

    def journal(self, charter: int | None = None, act: str | None = None) -> list[Row[Any]]:
        query = select(Journal).order_by(Journal.id)
        query = query if charter is None else query.where(Journal.charter_id == charter)
        return self._rows(query if act is None else query.where(Journal.act == act))

    def skipped(self, charter: int | None = None) -> list[tuple[str, str, str]]:
        """The letters that fell due and were not sent: which, which stage, and why."""
        return [
            (row.details["letter"], row.details["stage"], row.reason)
            for row in self.journal(charter, "skipped")
        ]

    def decisions(self, charter: int) -> list[Row[Any]]:
        return self._rows(select(Decision).where(Decision.charter_id == charter))

    def papers(self, charter: int) -> list[str]:
        rows = self._rows(select(PaperKept).where(PaperKept.charter_id == charter))
        return [row.paper for row in rows]

    def recipients(self, charter: int) -> list[Row[Any]]:
        return self._rows(
            select(Recipient).where(Recipient.charter_id == charter).order_by(Recipient.place)
        )

    def in_force(self, charter: int) -> tuple[date | None, date | None]:
        row = self.charter(charter)
        return row.valid_from, row.ends_on

    def everything(self) -> dict[str, Any]:
        """All that an act could have changed, to compare with afterwards."""
        with reading(self.engine) as connection:
            counted = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar()
                for table in Base.metadata.sorted_tables
            }
            charters = connection.execute(select(Charter).order_by(Charter.id)).all()
            groups = connection.execute(select(Group).order_by(Group.id)).all()
            letters = connection.execute(select(Outbox.id, Outbox.state).order_by(Outbox.id)).all()
        return {**counted, "charters": charters, "groups": groups, "outbox": letters}

    def _rows(self, query: Any) -> list[Row[Any]]:
        with reading(self.engine) as connection:
            return list(connection.execute(query))


def replayed(journal: list[Row[Any]]) -> State:
    """Where the journal of one charter leaves it; every act must begin where the last one ended."""
    stands = State.UNWRITTEN
    for row in (one for one in journal if one.version is not None):
        assert row.stood == stands, f"{row.act} began in {row.stood}, but it stood in {stands}"
        stands = State(row.becomes)
    return stands
