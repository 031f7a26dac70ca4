"""Whose change it is: who may change what of the organisation, and that nobody appoints themselves.

Judged by what a change comes to, whichever way it is made: one thing at a time, or by a file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from casework.organisation import values
from casework.organisation.difference import Names
from casework.organisation.things import (
    Dated,
    Duty,
    Group,
    Holder,
    Office,
    Person,
    Seat,
    StandIn,
    Thing,
    life,
)
from statemachine.vocabulary import Duty as DutyWord
from statemachine.vocabulary import Role
from statemachine.vocabulary import Seat as SeatWord
from statemachine.words import Refusal, Words, plain

FOR_ADMINISTRATORS = (DutyWord.ADMINISTRATOR, DutyWord.REGISTRY_KEEPER)
"""Duties that only an administrator gives and ends."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Who changes the organisation, and in what role."""

    person: Person
    role: Role


class Touched(NamedTuple):
    """A thing that a change is about, as it was and as it becomes; None before for a new one."""

    before: Thing | None
    after: Thing


def doer(by: str, things: Iterable[Thing], today: date, touched: Iterable[Touched] = ()) -> Doer:
    """The person with this key or e-mail address, in the role in which all of this is for them.

    `things` is the organisation as it stands. Raises Refusal when there is no such person here,
    when any of it is for others to change, or when they would appoint themselves.
    """
    known = _Known(tuple(things), today)
    me = known.here(by)
    touched = tuple(touched)
    roles = [role for role, plays in ROLES.items() if plays(known, me)]
    keeps_it = {Role.ADMINISTRATOR, Role.REGISTRY_KEEPER}
    for role in roles if touched else [role for role in roles if role in keeps_it]:
        if all(MAY[role](known, me, one) for one in touched):
            if reasons := [
                _nobody_appoints_themselves(known, one)
                for one in touched
                if known.appoints(me, role, one)
            ]:
                raise Refusal(*dict.fromkeys(reasons))
            return Doer(me, role)
    not_theirs = [
        one for one in touched if not any(MAY[role](known, me, one) for role in roles)
    ] or touched
    reasons = [_for_others(known, me, one) for one in not_theirs]
    raise Refusal(*dict.fromkeys(reasons or [_said(ORGANISATION, me, BOTH)]))


def founder(by: str, things: Iterable[Thing], today: date) -> Doer:
    """The administrator who founds the organisation made of these things.

    Nobody has appointed them: whoever runs the terminal vouches for them, and the journal begins
    with it. Raises Refusal for anyone else.
    """
    known = _Known(tuple(things), today)
    me = known.here(by)
    if me.key not in known.administrators:
        raise Refusal(NOT_A_FOUNDER.about(name=me.name))
    return Doer(me, Role.ADMINISTRATOR)


def has_an_administrator(things: Iterable[Thing], day: date) -> bool:
    """Whether anyone is administrator on this day."""
    return bool(_Known(tuple(things), day).administrators)


@dataclass(frozen=True)
class _Known:
    """The organisation as it stands on a day, asked about who is what."""

    things: tuple[Thing, ...]
    today: date

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everyone here today."""
        return {
            one.key: one
            for one in self.things
            if isinstance(one, Person) and life(one)[0] <= self.today <= life(one)[1]
        }

    @cached_property
    def held(self) -> tuple[Dated, ...]:
        """What is held today."""
        return tuple(
            one for one in self.things if isinstance(one, Dated) and one.covers(self.today)
        )

    @cached_property
    def names(self) -> Names:
        return {
            (type(one), one.key): one.name
            for one in self.things
            if isinstance(one, Person | Office | Group)
        }

    @cached_property
    def administrators(self) -> frozenset[str]:
        """Who is administrator today."""
        return frozenset(
            one.person
            for one in self.held
            if isinstance(one, Duty)
            and one.duty == DutyWord.ADMINISTRATOR
            and one.person in self.people
        )

    def here(self, by: str) -> Person:
        """The person here today with this key or address. Raises Refusal naming the nearest."""
        wanted = by.strip().casefold()
        person = self.people.get(wanted) or next(
            (one for one in self.people.values() if wanted == (one.email or "").casefold()), None
        )
        if person is None or not wanted:
            meant = values.meant(values.nearest_to(wanted, self.people))
            raise Refusal(NOBODY_HERE.about(by=by, meant=meant))
        return person

    def holds(self, me: Person, office: str) -> bool:
        return any(
            isinstance(one, Holder) and (one.office, one.person) == (office, me.key)
            for one in self.held
        )

    @cached_property
    def coordinators(self) -> frozenset[tuple[str, str | None]]:
        """Who coordinates which group today: group and person."""
        return frozenset(
            (one.group, one.person)
            for one in self.held
            if isinstance(one, Seat) and one.seat == SeatWord.COORDINATOR
        )

    def coordinates(self, me: Person, group: str) -> bool:
        return (group, me.key) in self.coordinators

    def has_duty(self, me: Person, duty: DutyWord) -> bool:
        return any(
            isinstance(one, Duty) and (one.duty, one.person) == (duty, me.key) for one in self.held
        )

    def is_entrusted(self, one: Person) -> bool:
        """Whether they are administrator, or have an office or stand in for one, now or later."""
        return any(
            isinstance(thing, Holder | StandIn)
            or (isinstance(thing, Duty) and thing.duty == DutyWord.ADMINISTRATOR)
            for thing in self.things
            if isinstance(thing, Duty | Holder | StandIn)
            and thing.person == one.key
            and not thing.is_over(self.today)
        )

    def appoints(self, me: Person, role: Role, one: Touched) -> bool:
        """Whether someone would give themselves what another should give them."""
        after = one.after
        if getattr(after, "person", None) != me.key or not _covers_more(one):
            return False
        match after:
            case Duty():
                return bool(self.administrators - {me.key}) or role is not Role.ADMINISTRATOR
            case Holder():
                return role is not Role.ADMINISTRATOR
            case StandIn():
                return role is not Role.ADMINISTRATOR and not self.holds(me, after.office)
            case _:
                return False


def _covers_more(one: Touched) -> bool:
    """Whether it gives any day that was not given before."""
    before, after = one
    if not isinstance(after, Dated) or after.ends < after.from_:
        return False
    if not isinstance(before, Dated) or before.ends < before.from_:
        return True
    return after.from_ < before.from_ or after.ends > before.ends


# --- in what role, and what it may ----------------------------------------------------------------

May = Callable[[_Known, Person, Touched], bool]


def _everything(_known: _Known, _me: Person, _one: Touched) -> bool:
    return True


def _all_but_administrators(known: _Known, _me: Person, one: Touched) -> bool:
    """Neither their duties, nor the address of one of them or of one who decides: whoever has it
    can log in as them."""
    before, after = one
    match after:
        case Duty():
            return after.duty not in FOR_ADMINISTRATORS
        case Person() if isinstance(before, Person):
            return before.email == after.email or not known.is_entrusted(after)
        case _:
            return True


def _seats_of_their_group(known: _Known, me: Person, one: Touched) -> bool:
    return isinstance(one.after, Seat) and known.coordinates(me, one.after.group)


def _stand_ins_of_their_office(known: _Known, me: Person, one: Touched) -> bool:
    return isinstance(one.after, StandIn) and known.holds(me, one.after.office)


ROLES: dict[Role, Callable[[_Known, Person], bool]] = {
    Role.ADMINISTRATOR: lambda known, me: known.has_duty(me, DutyWord.ADMINISTRATOR),
    Role.REGISTRY_KEEPER: lambda known, me: known.has_duty(me, DutyWord.REGISTRY_KEEPER),
    Role.COORDINATOR: lambda known, me: any(
        person == me.key for _group, person in known.coordinators
    ),
    Role.OFFICE_HOLDER: lambda known, me: any(
        isinstance(one, Holder) and one.person == me.key for one in known.held
    ),
}
"""The roles in which someone changes the organisation; the first that will do is theirs."""

MAY: dict[Role, May] = {
    Role.ADMINISTRATOR: _everything,
    Role.REGISTRY_KEEPER: _all_but_administrators,
    Role.COORDINATOR: _seats_of_their_group,
    Role.OFFICE_HOLDER: _stand_ins_of_their_office,
}
"""What each role may change."""

# --- in words -------------------------------------------------------------------------------------

NOBODY_HERE = Words(
    "Det finns ingen här i dag med nyckeln eller adressen {by}.{meant}",
    "There is nobody here today with the key or address {by}.{meant}",
)
NOT_A_FOUNDER = Words(
    "Ingen är administratör i dag. Den första läser in organisationen själv, och {name} är inte "
    "administratör i filen.",
    "Nobody is administrator today. The first loads the organisation themselves, and {name} is no "
    "administrator in the file.",
)
NOT_YOURS = Words(
    "{name} kan inte ändra {what}. Det är en sak för {who}.",
    "{name} cannot change {what}. That is for {who}.",
)
ORGANISATION = Words("organisationen", "the organisation")
BOTH = Words("administratören eller registratorn", "the administrator or the registry keeper")
ADMINISTRATOR = Words("administratören", "the administrator")
COORDINATOR_TOO = Words(
    "gruppens koordinator, administratören eller registratorn",
    "the group's coordinator, the administrator or the registry keeper",
)
HOLDER_TOO = Words(
    "den som har befattningen, administratören eller registratorn",
    "whoever holds the office, the administrator or the registry keeper",
)
SEATS_OF = Words("platserna i {group}", "the seats of {group}")
STAND_INS_OF = Words("ersättarna för {office}", "the stand-ins of {office}")
WHO_HAS = Words("vem som är {duty}", "who is {duty}")
ADDRESS_OF = Words(
    "adressen för {name}, som är administratör eller beslutar i en befattning",
    "the address of {name}, who is an administrator or decides in an office",
)
NOT_YOURSELF = Words(
    "Ingen utser sig själv till {what}. Be {who}.", "Nobody makes themselves {what}. Ask {who}."
)
ANOTHER_ADMINISTRATOR = Words("en annan administratör", "another administrator")
AN_ADMINISTRATOR = Words("administratören", "the administrator")
HOLDER_OF = Words("innehavare av {office}", "holder of {office}")
STAND_IN_FOR = Words("ersättare för {office}", "stand-in for {office}")


def _said(what: Words, me: Person, who: Words) -> Words:
    return NOT_YOURS.about(name=me.name, what=what, who=who)


def _for_others(known: _Known, me: Person, one: Touched) -> Words:
    """That it is not for them, and who may."""
    after = one.after
    match after:
        case Seat():
            group = known.names.get((Group, after.group), after.group)
            return _said(SEATS_OF.about(group=group), me, COORDINATOR_TOO)
        case StandIn():
            office = known.names.get((Office, after.office), after.office)
            return _said(STAND_INS_OF.about(office=office), me, HOLDER_TOO)
        case Duty():
            who = ADMINISTRATOR if after.duty in FOR_ADMINISTRATORS else BOTH
            return _said(WHO_HAS.about(duty=DutyWord(after.duty).words), me, who)
        case Person() if not _all_but_administrators(known, me, one):
            return _said(ADDRESS_OF.about(name=after.name), me, ADMINISTRATOR)
        case _:
            return _said(ORGANISATION, me, BOTH)


def _nobody_appoints_themselves(known: _Known, one: Touched) -> Words:
    match one.after:
        case Duty(duty=duty):
            what = DutyWord(duty).words
            return NOT_YOURSELF.about(what=what, who=ANOTHER_ADMINISTRATOR)
        case Holder(office=office):
            what = HOLDER_OF
        case StandIn(office=office):
            what = STAND_IN_FOR
        case other:
            raise LookupError(f"nobody is appointed to {other}")
    name = plain(known.names.get((Office, office), office))
    return NOT_YOURSELF.about(what=what.about(office=name), who=AN_ADMINISTRATOR)
