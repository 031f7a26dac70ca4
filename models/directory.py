"""Who is who on a day: seats, offices, stand-ins and duties, each asked for once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Select,
    and_,
    bindparam,
    literal,
    or_,
    select,
    union_all,
)

from models.many import among
from models.prepared import Prepared
from models.tables import Authority, DutyHeld, Group, Office, Person, SeatHeld, StandIn, Tenure
from statemachine.vocabulary import Duty, Seat


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as seen on a day."""

    id: int
    key: str
    name: str
    title: str | None
    email: str | None
    administration: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Someone holding an office, or standing in for its holder, between two days."""

    office_id: int
    office: str
    person: Someone
    from_: date
    through: date | None
    stands_in: bool

    def covers(self, day: date) -> bool:
        return self.from_ <= day and (self.through is None or day <= self.through)


@dataclass(frozen=True, slots=True)
class Seated:
    seat: Seat
    person: Someone


_SOMEONE = (
    Person.id,
    Person.key,
    Person.name,
    Person.title,
    Person.email,
    Person.administration,
    Person.language,
)


def _someone(row: Any) -> Someone:
    """Every question about people ends with _SOMEONE."""
    return Someone(*row[-len(_SOMEONE) :])


def _one(rows: Sequence[Any]) -> Someone | None:
    return _someone(rows[0]) if rows else None


def _seated(row: Any) -> Seated:
    return Seated(Seat(row.seat), _someone(row))


_DAY = bindparam("day", type_=Date())

_HERE = (
    or_(Person.left_on.is_(None), Person.left_on > _DAY),
    or_(Person.starts_on.is_(None), Person.starts_on <= _DAY),
)


def _runs(table: Any) -> tuple[Any, ...]:
    return (table.from_ <= _DAY, or_(table.through.is_(None), table.through >= _DAY))


def _holding(table: Any, *, stands_in: bool) -> Select[Any]:
    """Who holds an office by this table, whenever it is."""
    return (
        select(
            table.id.label("place"),
            table.office_id,
            Office.name.label("office"),
            table.from_,
            table.through,
            literal(stands_in, Boolean()).label("stands_in"),
            Person.starts_on,
            Person.left_on,
            *_SOMEONE,
        )
        .join_from(table, Person, table.person_id == Person.id)
        .join(Office, table.office_id == Office.id)
    )


_PEOPLE = select(*_SOMEONE).where(*_HERE)
_THESE_PEOPLE = Prepared(_PEOPLE.where(among(Person.id, "people")))
_CALLED = Prepared(_PEOPLE.where(Person.name_folded == bindparam("name")))
_AT_THESE = Prepared(_PEOPLE.where(among(Person.email_folded, "emails")))
_KEY_OR_EMAIL = Prepared(
    _PEOPLE.where(or_(Person.key == bindparam("said"), Person.email_folded == bindparam("said")))
)
_EVER_AT = Prepared(select(Person.id).where(Person.email_folded == bindparam("email")))
_SEATS = (
    select(SeatHeld.group_id, SeatHeld.seat, *_SOMEONE)
    .join_from(SeatHeld, Person, SeatHeld.person_id == Person.id)
    .where(*_runs(SeatHeld), *_HERE)
    .order_by(SeatHeld.id)
)
_SEATS_BY_NAME = Prepared(
    select(Group.id.label("of_group"), Group.name_folded, SeatHeld.seat, *_SOMEONE)
    .select_from(Group)
    .outerjoin(SeatHeld, and_(SeatHeld.group_id == Group.id, *_runs(SeatHeld)))
    .outerjoin(Person, and_(Person.id == SeatHeld.person_id, *_HERE))
    .where(or_(Group.id == bindparam("group"), among(Group.name_folded, "called")))
    .order_by(Group.id, SeatHeld.id)
)
_SEATS_OF_THESE = Prepared(_SEATS.where(among(SeatHeld.group_id, "groups")))
_DUTIES = Prepared(
    select(DutyHeld.duty, *_SOMEONE)
    .join_from(DutyHeld, Person, DutyHeld.person_id == Person.id)
    .where(*_runs(DutyHeld), *_HERE)
    .order_by(DutyHeld.id)
)
_HOLDINGS = Prepared(
    union_all(_holding(Tenure, stands_in=False), _holding(StandIn, stands_in=True)).order_by(
        "stands_in", "place"
    )
)
_AUTHORITIES = Prepared(
    select(
        Authority.office_id,
        Authority.may,
        Authority.kind,
        Authority.group_id,
        Authority.area,
        Authority.basis,
        Authority.from_,
        Authority.through,
    ).order_by(Authority.id)
)


def _while_here(row: Any) -> tuple[date, date | None]:
    """The first and last day of what is held: nobody holds anything before they come or once gone.

    The last day is None where it is not set.
    """
    last_days = (row.through, row.left_on and row.left_on - timedelta(days=1))
    return (
        max(row.from_, row.starts_on or row.from_),
        min((day for day in last_days if day is not None), default=None),
    )


class Directory:
    """The organisation as it stands on one day, read as it is asked for and then remembered.

    People who have left, or have not begun, are not there. `known` is someone already read on this
    very day: whoever acts.
    """

    def __init__(self, connection: Connection, day: date, known: Someone | None = None) -> None:
        self.connection = connection
        self.day = day
        self._people: dict[int, Someone | None] = {known.id: known} if known else {}
        self._seats: dict[int, tuple[Seated, ...]] = {}
        self._addressed: dict[str, Someone | None] = {}
        self._groups: dict[str, int | None] = {}
        self._held: dict[int | None, tuple[Holding, ...]] = {}
        self._expected_people: set[int] = set()
        self._expected_groups: set[int] = set()

    # --- people ---------------------------------------------------------------------------------

    def person(self, person_id: int | None) -> Someone | None:
        """The person, when they are here on this day."""
        if person_id is None:
            return None
        if person_id not in self._people:
            self.remember(people={person_id, *self._expected_people})
            self._expected_people.clear()
        return self._people[person_id]

    def found(self, key_or_email: str) -> Someone | None:
        """The person with this key or address, when they are here on this day."""
        return _one(self._ask(_KEY_OR_EMAIL, said=key_or_email.strip().casefold()))

    def addressed(self, email: str) -> Someone | None:
        """The person with this address, when they are here on this day."""
        self.remember(emails=(email,))
        return self._addressed[email.casefold()]

    def was_here(self, email: str) -> bool:
        """Whether the address belongs to someone who has left, or has not begun."""
        known = self._ask(_EVER_AT, email=email.casefold())
        return bool(known) and self.person(known[0].id) is None

    def named(self, name: str) -> Someone | None:
        """The one person of this name; None where there is none, or more than one."""
        rows = self._ask(_CALLED, name=name.strip().casefold())
        return _someone(rows[0]) if len(rows) == 1 else None

    def expect(self, *, people: Iterable[int] = (), groups: Iterable[int] = ()) -> None:
        """These may be asked for, in a batch: once one is, all are read, in one question."""
        self._expected_people.update(people)
        self._expected_groups.update(groups)

    def remember(
        self,
        *,
        people: Iterable[int] = (),
        groups: Iterable[int] = (),
        emails: Iterable[str] = (),
    ) -> None:
        """Read these people, these groups' seats and whose these addresses are, for a batch."""
        ids = [person for person in people if person not in self._people]
        if ids:
            self._people.update(dict.fromkeys(ids))
            rows = self._ask(_THESE_PEOPLE, people=ids)
            self._people.update((row.id, _someone(row)) for row in rows)
        wanted = [group for group in groups if group not in self._seats]
        if wanted:
            seats: dict[int, list[Seated]] = {group: [] for group in wanted}
            for row in self._ask(_SEATS_OF_THESE, groups=wanted):
                seats[row.group_id].append(_seated(row))
            self._seats.update((group, tuple(held)) for group, held in seats.items())
        folded = {email.casefold() for email in emails} - self._addressed.keys()
        if folded:
            self._addressed.update(dict.fromkeys(folded))
            for someone in map(_someone, self._ask(_AT_THESE, emails=list(folded))):
                self._addressed[(someone.email or "").casefold()] = someone

    def remember_groups(self, group_id: int | None, called: Iterable[str]) -> None:
        """Read the seats of this group and of those called so, in one question."""
        wanted = {name.casefold() for name in called} - self._groups.keys()
        if not wanted and (group_id is None or group_id in self._seats):
            return
        self._groups.update(dict.fromkeys(wanted))
        seats: dict[int, list[Seated]] = {} if group_id is None else {group_id: []}
        for row in self._ask(_SEATS_BY_NAME, group=group_id, called=list(wanted)):
            held = seats.setdefault(row.of_group, [])
            if row.id is not None:
                held.append(_seated(row))
            if self._groups.get(row.name_folded, row.of_group) is None:
                self._groups[row.name_folded] = row.of_group
        self._seats.update((group, tuple(held)) for group, held in seats.items())

    def group_called(self, name: str) -> int | None:
        """The first group of this name."""
        if name.casefold() not in self._groups:
            self.remember_groups(None, (name,))
        return self._groups[name.casefold()]

    # --- seats, duties, offices -------------------------------------------------------------------

    def seats(self, group_id: int | None) -> tuple[Seated, ...]:
        """The seats of a group that someone holds on this day."""
        if group_id is None:
            return ()
        if group_id not in self._seats:
            self.remember(groups={group_id, *self._expected_groups})
            self._expected_groups.clear()
        return self._seats[group_id]

    def seated(self, group_id: int | None, seat: Seat) -> tuple[Someone, ...]:
        return tuple(held.person for held in self.seats(group_id) if held.seat is seat)

    def on_duty(self, duty: Duty) -> tuple[Someone, ...]:
        return self._duties.get(duty, ())

    @cached_property
    def _duties(self) -> dict[str, tuple[Someone, ...]]:
        held: dict[str, tuple[Someone, ...]] = {}
        for row in self._ask(_DUTIES):
            held[row.duty] = (*held.get(row.duty, ()), _someone(row))
        return held

    def holdings(self, office_id: int | None) -> tuple[Holding, ...]:
        """Who holds this office and who stands in, past and to come, holders first."""
        if office_id not in self._held:
            self._held[office_id] = tuple(
                Holding(row.office_id, row.office, _someone(row), begins, ends, row.stands_in)
                for row in self._holdings.get(office_id, ())
                for begins, ends in (_while_here(row),)
                if ends is None or begins <= ends
            )
        return self._held[office_id]

    def holders(self, office_id: int | None) -> tuple[Someone, ...]:
        """Who holds the office on this day."""
        return tuple(
            held.person
            for held in self.holdings(office_id)
            if not held.stands_in and held.covers(self.day)
        )

    def stand_ins(self, office_id: int | None) -> tuple[Someone, ...]:
        """Who stands in for the office on this day."""
        return tuple(
            held.person
            for held in self.holdings(office_id)
            if held.stands_in and held.covers(self.day)
        )

    def able(
        self, office_id: int | None, conflicted: frozenset[int] = frozenset()
    ) -> tuple[Holding, ...]:
        """Who may decide for the office on this day: its holder, and who stands in.

        A holder's conflict of interest lets in every stand-in whose time has not run out, though
        their dates have not begun: for that case alone.
        """
        holdings = self.holdings(office_id)
        holder_is_out = any(
            not held.stands_in and held.covers(self.day) and held.person.id in conflicted
            for held in holdings
        )
        able: dict[int, Holding] = {}
        for held in holdings:
            lets_in = held.covers(self.day) or (
                holder_is_out
                and held.stands_in
                and (held.through is None or held.through >= self.day)
                and self.person(held.person.id) is not None
            )
            if lets_in and held.person.id not in conflicted:
                able.setdefault(held.person.id, held)
        return tuple(able.values())

    def deciders_change_on(
        self,
        office_id: int | None,
        after: date,
        *,
        kind: str | None = None,
        group_id: int | None = None,
        area: str | None = None,
    ) -> tuple[date, ...]:
        """The days after `after` on which who can decide this for the office may change.

        Someone's time in it, or its own authority to decide such a thing, begins or has ended.
        """
        periods = [(held.from_, held.through) for held in self.holdings(office_id)]
        periods += [
            (one.from_, one.through)
            for one in self._authorities
            if one.office_id == office_id
            and one.may == "decide"
            and one.kind in (None, kind)
            and one.group_id in (None, group_id)
            and one.area in (None, area)
        ]
        # A period that was a mistake ends before it begins, and covers no day.
        periods = [
            (from_, through) for from_, through in periods if not through or through >= from_
        ]
        days = {begins for begins, _ in periods}
        days |= {through + timedelta(days=1) for _, through in periods if through is not None}
        return tuple(sorted(day for day in days if day > after))

    @cached_property
    def _holdings(self) -> dict[int | None, list[Any]]:
        """What is held and stood in for, by office, as it was read."""
        held: dict[int | None, list[Any]] = {}
        for row in self._ask(_HOLDINGS):
            held.setdefault(row.office_id, []).append(row)
        return held

    def authorities(self, may: str) -> tuple[Any, ...]:
        """The authorities in force on this day to `establish`, `decide` or `discontinue`."""
        return tuple(row for row in self._authorities if row.may == may and self._runs_today(row))

    def _runs_today(self, row: Any) -> bool:
        return bool(row.from_ <= self.day and (row.through is None or row.through >= self.day))

    @cached_property
    def _authorities(self) -> tuple[Any, ...]:
        return tuple(self._ask(_AUTHORITIES))

    def authority(
        self,
        may: str,
        *,
        kind: str,
        group_id: int | None,
        area: str | None,
        office_id: int | None = None,
    ) -> Any | None:
        """The closest authority that covers this: for the group before its area before all."""
        covering = [
            row
            for row in self.authorities(may)
            if office_id in (None, row.office_id)
            and row.kind in (None, kind)
            and row.group_id in (None, group_id)
            and row.area in (None, area)
        ]
        covering.sort(key=lambda row: (row.group_id is None, row.area is None, row.kind is None))
        return covering[0] if covering else None

    def offices_with(
        self, may: str, *, kind: str, group_id: int | None, area: str | None
    ) -> tuple[int, ...]:
        """Every office with such an authority on this day, each once."""
        return tuple(
            dict.fromkeys(
                row.office_id
                for row in self.authorities(may)
                if row.kind in (None, kind)
                and row.group_id in (None, group_id)
                and row.area in (None, area)
            )
        )

    def _ask(self, question: Prepared, **about: Any) -> list[Any]:
        return question.rows(self.connection, day=self.day, **about)
