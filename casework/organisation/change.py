"""Single changes to the organisation: person, duty, seat, office, stand-in, by the file's rules.

Every function takes `by` (the key or e-mail address of whoever does it: `whose` says who may),
`today` and `now`, returns the difference it made, and raises Refusal with every reason not to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from casework.organisation import form, rules, values
from casework.organisation.difference import Difference
from casework.organisation.form import attribute
from casework.organisation.load import USUAL
from casework.organisation.memory import Kept, Memory
from casework.organisation.things import (
    DAY,
    KEYED,
    ONE_AT_A_TIME,
    Dated,
    Duty,
    Group,
    Holder,
    Keyed,
    Office,
    Person,
    Seat,
    StandIn,
    Thing,
    ending_with_their_own,
    identity,
    owners,
    place,
)
from casework.organisation.whose import Touched, doer, has_an_administrator
from statemachine.vocabulary import Duty as DutyWord
from statemachine.vocabulary import Seat as SeatWord
from statemachine.words import Refusal, Words


def add_person(
    connection: Connection,
    key: str,
    fields: Mapping[str, str],
    *,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Add someone new; `fields` are those of the file, as texts."""
    changing = _Changing(Memory(connection), today)
    if any(kept.thing.key == key for kept in changing.memory.kept[Person]):
        raise Refusal(ALREADY_THERE.about(key=key))
    changing.state(Person(**_read({"name": "", **fields, "key": key})))
    return changing.done(by, now)


def set_person(
    connection: Connection,
    person: str,
    fields: Mapping[str, str | None],
    *,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Change what is said of someone; None empties a field."""
    changing = _Changing(Memory(connection), today)
    kept = changing.person(person)
    changing.state(replace(kept.thing, **_read(fields)), instead_of=kept)
    return changing.done(by, now)


def leave(
    connection: Connection,
    person: str,
    *,
    through: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Someone's last day, today unless said: what they hold ends, and their seats stand vacant.

    What they were to take up later never comes about.
    """
    changing = _Changing(Memory(connection), today)
    kept = changing.person(person)
    last = through or today
    changing.state(replace(kept.thing, through=last), instead_of=kept)
    for held in changing.current(Dated):
        if getattr(held.thing, "person", None) == kept.thing.key and held.thing.ends > last:
            changing.end(held, last)
            if isinstance(held.thing, Seat):
                changing.leave_vacant(held.thing, max(held.thing.from_, last + DAY))
    return changing.done(by, now)


def set_seat(
    connection: Connection,
    group: str,
    seat: str,
    person: str,
    *,
    from_: date | None = None,
    through: date | None = None,
    appointed_by: str | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Give someone a seat, from today unless said, until further notice unless said.

    Whoever has a seat that takes one person at a time gives way the day before, and so does a
    vacancy. Someone who has the seat already gets the dates now said.
    """
    changing = _Changing(Memory(connection), today)
    stated = Seat(
        group=changing.keyed(Group, group).thing.key,
        seat=_seat(seat),
        person=changing.person(person).thing.key,
        appointed_by=values.text(appointed_by) if appointed_by else None,
        from_=from_ or today,
        through=through,
    )
    changing.put(stated, begins_as_before=from_ is None)
    return changing.done(by, now)


def vacate_seat(
    connection: Connection,
    group: str,
    seat: str,
    *,
    person: str | None = None,
    from_: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Leave a seat vacant from a day, today unless said.

    `person` says whose, where several have such a seat.
    """
    changing = _Changing(Memory(connection), today)
    begins = from_ or today
    where = changing.keyed(Group, group).thing
    whose = changing.person(person).thing.key if person else None
    held = [
        one
        for one in changing.current(Seat)
        if (one.thing.group, one.thing.seat) == (where.key, _seat(seat))
        and one.thing.person is not None
        and whose in (None, one.thing.person)
        and one.thing.covers(begins)
    ]
    if len(held) != 1:
        says = WHOSE_SEAT if held else NOBODYS_SEAT
        raise Refusal(says.about(seat=SeatWord(seat).words, group=where.name, day=begins))
    changing.end(held[0], begins - DAY)
    changing.leave_vacant(held[0].thing, begins)
    return changing.done(by, now)


def set_office_holder(
    connection: Connection,
    office: str,
    person: str,
    *,
    from_: date | None = None,
    through: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Have someone hold an office; whoever holds it gives way the day before."""
    changing = _Changing(Memory(connection), today)
    stated = Holder(
        office=changing.keyed(Office, office).thing.key,
        person=changing.person(person).thing.key,
        from_=from_ or today,
        through=through,
    )
    changing.put(stated, begins_as_before=from_ is None)
    return changing.done(by, now)


def set_stand_in(
    connection: Connection,
    office: str,
    person: str,
    *,
    from_: date | None = None,
    through: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Have someone stand in for an office's holder between two days."""
    changing = _Changing(Memory(connection), today)
    stated = StandIn(
        office=changing.keyed(Office, office).thing.key,
        person=changing.person(person).thing.key,
        from_=from_ or today,
        through=through,
    )
    changing.put(stated, begins_as_before=from_ is None)
    return changing.done(by, now)


def end_stand_in(
    connection: Connection,
    office: str,
    person: str,
    *,
    through: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Someone stands in no longer than `through`, today unless said; later times never come."""
    last = through or today
    changing = _Changing(Memory(connection), today)
    whose = (changing.keyed(Office, office).thing.key, changing.person(person).thing.key)
    lasting = [
        kept
        for kept in changing.current(StandIn)
        if identity(kept.thing) == whose and kept.thing.ends > last
    ]
    if not lasting:
        raise Refusal(NOT_STANDING_IN.about(person=person, office=office, day=last))
    for kept in lasting:
        changing.end(kept, last)
    return changing.done(by, now)


def give_duty(
    connection: Connection,
    duty: str,
    person: str,
    *,
    from_: date | None = None,
    through: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Make someone handler, registry keeper or administrator, from today unless said.

    Others may have the same duty beside them.
    """
    changing = _Changing(Memory(connection), today)
    stated = Duty(
        duty=_duty(duty),
        person=changing.person(person).thing.key,
        from_=from_ or today,
        through=through,
    )
    changing.put(stated, begins_as_before=from_ is None)
    return changing.done(by, now)


def end_duty(
    connection: Connection,
    duty: str,
    person: str,
    *,
    through: date | None = None,
    by: str,
    today: date,
    now: datetime,
) -> Difference:
    """Someone has a duty no longer than `through`, today unless said; later times never come.

    The last administrator is not let go: somebody must be able to appoint the next.
    """
    last = through or today
    changing = _Changing(Memory(connection), today)
    whose = (_duty(duty), changing.person(person).thing.key)
    lasting = [
        kept
        for kept in changing.current(Duty)
        if identity(kept.thing) == whose and kept.thing.ends > last
    ]
    if not lasting:
        raise Refusal(NOT_ON_DUTY.about(person=person, duty=DutyWord(duty).words, day=last))
    for kept in lasting:
        changing.end(kept, last)
    if duty == DutyWord.ADMINISTRATOR:
        changing.administered_on = max(last + DAY, today)
    return changing.done(by, now)


@dataclass(slots=True)
class _Changing:
    """A change being put together: what is stated anew, and what ends because of it."""

    memory: Memory
    today: date
    stated: list[tuple[Kept | None, Thing]] = field(default_factory=list)
    ended: list[tuple[Kept, Dated]] = field(default_factory=list)
    administered_on: date | None = None
    """A day on which somebody must be administrator afterwards."""

    def keyed(self, kind: type[Keyed], key: str) -> Kept:
        """The office or group with this key. Raises Refusal naming the nearest."""
        return self._found(kind, key, (key,))

    def person(self, key_or_email: str) -> Kept:
        """The person with this key or address. Raises Refusal naming the nearest."""
        folded = key_or_email.strip().casefold()
        addressed = (
            kept.thing.key
            for kept in self.memory.kept[Person]
            if kept.thing.email and kept.thing.email.casefold() == folded
        )
        return self._found(Person, folded, (folded, *addressed))

    def _found(self, kind: type[Keyed], key: str, keys: tuple[str, ...]) -> Kept:
        kept = {one.thing.key: one for one in self.memory.kept[kind]}
        found = next((kept[one] for one in keys if one in kept), None)
        if found is None:
            meant = values.meant(values.nearest_to(key, kept))
            raise Refusal(NO_SUCH.about(noun=kind.noun, key=key, meant=meant))
        return found

    def current(self, kind: type[Dated]) -> list[Kept]:
        """What is not over: held today, or still to come."""
        return [
            one
            for table, kept in self.memory.kept.items()
            if issubclass(table, kind)
            for one in kept
            if not one.thing.is_over(self.today)
        ]

    def state(self, thing: Thing, *, instead_of: Kept | None = None) -> None:
        self.stated.append((instead_of, thing))

    def end(self, kept: Kept, through: date) -> None:
        """End something on a day; what would end before it begins never comes about."""
        if through < kept.thing.from_:
            through = min(through, self.today - DAY)
        self.ended.append((kept, replace(kept.thing, through=through)))

    def put(self, thing: Duty | Holder | StandIn | Seat, *, begins_as_before: bool) -> None:
        """State what someone holds; what gives way to it ends the day before it begins."""
        for kept in self.current(type(thing)):
            if identity(kept.thing) != identity(thing):
                continue
            if begins_as_before and kept.thing.covers(self.today):
                thing = replace(thing, from_=kept.thing.from_)
            elif not kept.thing.overlaps(thing):
                continue
            if isinstance(thing, Seat):
                thing = replace(thing, appointed_by=thing.appointed_by or kept.thing.appointed_by)
            return self.state(thing, instead_of=kept)
        for kept in self._giving_way_to(thing):
            self.end(kept, thing.from_ - DAY)
        return self.state(thing)

    def _giving_way_to(self, thing: Dated) -> list[Kept]:
        begun = [
            kept
            for kept in self.current(type(thing))
            if kept.thing.from_ <= thing.from_ and kept.thing.overlaps(thing)
        ]
        if isinstance(thing, Seat) and thing.seat not in ONE_AT_A_TIME:
            vacancy = replace(thing, person=None)
            return [kept for kept in begun if identity(kept.thing) == identity(vacancy)][:1]
        return [kept for kept in begun if place(kept.thing) == place(thing)]

    def leave_vacant(self, seat: Seat, from_: date) -> None:
        """The seat is vacant from a day, until it was to end or someone else has it."""
        following = min(
            (
                kept.thing.from_
                for kept in self.current(Seat)
                if seat.seat in ONE_AT_A_TIME
                and place(kept.thing) == place(seat)
                and kept.thing.from_ >= from_
                and kept.thing.person != seat.person
            ),
            default=date.max,
        )
        through = min(seat.ends, following - DAY) if following != date.max else seat.through
        vacancy = replace(seat, person=None, appointed_by=None, from_=from_, through=through)
        if not vacancy.is_over(self.today):
            self.state(vacancy)

    def done(self, by: str, now: datetime) -> Difference:
        """Judge the change, write it and its journal. Raises Refusal with every rule it breaks."""
        kept = [*self.memory.kept[Person], *self.memory.kept[Office], *self.memory.kept[Group]]
        kept += self.current(Dated)
        pairs = self._afterwards(kept)
        difference = self.memory.differences(pairs)
        about = [Touched(one and one.thing, thing) for one, thing in (*self.stated, *self.ended)]
        touched = (*about, *self.memory.touched(difference))
        whose = doer(by, self.memory.things, self.today, touched)
        never = {id(thing) for _, thing in self.ended if thing.ends < thing.from_}
        wrongs = tuple(rules.wrongs(thing for _, thing in pairs if id(thing) not in never))
        known = set(rules.wrongs(one.thing for one in kept)) if wrongs else set()
        reasons = [wrong.says for wrong in wrongs if wrong not in known]
        day = self.administered_on
        if day is not None and not has_an_administrator((thing for _, thing in pairs), day):
            reasons.append(LAST_ADMINISTRATOR.about(day=day))
        if reasons:
            raise Refusal(*dict.fromkeys(reasons))
        self.memory.write(difference.changes, whose, self.today, now, USUAL)
        return difference

    def _afterwards(self, kept: list[Kept]) -> list[tuple[Kept | None, Thing]]:
        """Everything as it is after the change: what ends with the stated ends with it."""
        new = {id(one): thing for one, thing in (*self.stated, *self.ended) if one is not None}
        pairs: list[tuple[Kept | None, Thing]] = [
            (one, new.get(id(one), one.thing)) for one in kept
        ]
        pairs += [(None, thing) for one, thing in self.stated if one is None]
        stated = [thing for _, thing in self.stated]
        whose = {(type(thing), thing.key) for thing in stated if isinstance(thing, KEYED)}
        ending = ending_with_their_own(thing for _, thing in pairs)
        return [
            (one, ended)
            if isinstance(thing, Dated) and (thing in stated or whose & set(owners(thing)))
            else (one, thing)
            for (one, thing), ended in zip(pairs, ending, strict=True)
        ]


def _read(fields: Mapping[str, str | None]) -> dict[str, Any]:
    """Fields of a person as the file reads them. Raises Refusal with every one that is wrong."""
    found: dict[str, Any] = {}
    reasons = []
    for name, written in fields.items():
        one = form.PERSON.fields[name]
        if not written and one.needed:
            reasons.append(NEEDED.about(field=form.FIELDS[name]))
            continue
        try:
            found[attribute(name)] = one.read(written) if written else None
        except values.Unusable as unusable:
            reasons.append(unusable.says)
    if reasons:
        raise Refusal(*reasons)
    return found


def _seat(written: str) -> str:
    try:
        return str(form.SEAT.fields["seat"].read(written))
    except values.Unusable as unusable:
        raise Refusal(unusable.says) from unusable


def _duty(written: str) -> str:
    if written not in form.DUTIES:
        raise Refusal(values.not_among(written, form.DUTIES))
    return written


ALREADY_THERE = Words(
    "Det finns redan någon med nyckeln {key}. Ändra med: mandat person change {key}",
    "There already is someone with the key {key}. Change with: mandat person change {key}",
)
NO_SUCH = Words(
    "Det finns ingen {noun} med nyckeln {key}.{meant}",
    "There is no {noun} with the key {key}.{meant}",
)
NEEDED = Words("{field} måste anges.", "{field} must be given.")
WHOSE_SEAT = Words(
    "Flera har platsen {seat} i {group} den {day}. Säg vems med --person.",
    "Several have the seat {seat} in {group} on {day}. Say whose with --person.",
)
NOBODYS_SEAT = Words(
    "Ingen har platsen {seat} i {group} den {day}.",
    "Nobody has the seat {seat} in {group} on {day}.",
)
NOT_STANDING_IN = Words(
    "{person} är inte ersättare för {office} efter den {day}.",
    "{person} does not stand in for {office} after {day}.",
)
NOT_ON_DUTY = Words(
    "{person} är inte {duty} efter den {day}.", "{person} is not {duty} after {day}."
)
LAST_ADMINISTRATOR = Words(
    "Den {day} skulle ingen vara administratör. Utse en annan först.",
    "On {day} nobody would be administrator. Appoint another first.",
)
