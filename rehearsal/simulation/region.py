"""The made-up region: its people, its offices, its groups, and what their charters say."""

import random
from datetime import date
from typing import TypeAlias

from casework.organisation.things import (
    Authority,
    Duty,
    Group,
    Holder,
    Office,
    Organisation,
    Person,
    Seat,
    Thing,
)
from models.document import DecisionLine, Document, Named, Paragraph, RecipientLine, Run, Section
from statemachine.vocabulary import Duty as DutyWord
from statemachine.vocabulary import Seat as SeatWord

DOMAIN = "simulerad.example"
GROUPS_AN_OFFICE = 40
GROUPS_A_HANDLER = 15
KEEPER, SECOND_KEEPER, ADMINISTRATOR = "registrator-1", "registrator-2", "administrator"
SEATS = (SeatWord.CHAIR, SeatWord.COORDINATOR, SeatWord.LIAISON, SeatWord.MEMBER)

FIRST = ("Alva", "Bertil", "Cecilia", "David", "Ester", "Folke", "Gudrun", "Hugo", "Ines", "Jonas")
LAST = ("Alm", "Berg", "Dahlin", "Ekman", "Fors", "Gren", "Holm", "Islund", "Kvist", "Lindh")
Chance: TypeAlias = random.Random


def organisation(groups: int, begins: date, chance: Chance) -> Organisation:
    """A whole organisation with so many groups; who sits where is left to chance."""
    offices = offices_for(groups)
    handlers = max(3, groups // GROUPS_A_HANDLER)
    seated = max(8, groups)
    things: list[Thing] = [
        *(_person(KEEPERS_NAMES[key], key) for key in (KEEPER, SECOND_KEEPER, ADMINISTRATOR)),
        *(_person(f"Handläggare {n}", handler(n)) for n in range(handlers)),
        *(_person(f"Direktör {n}", director(n)) for n in range(3 * offices)),
        *(_person(_name(n), member(n), chance) for n in range(seated)),
    ]
    things += [
        Duty(duty=DutyWord.REGISTRY_KEEPER, person=KEEPER, from_=begins),
        Duty(duty=DutyWord.REGISTRY_KEEPER, person=SECOND_KEEPER, from_=begins),
        Duty(duty=DutyWord.ADMINISTRATOR, person=ADMINISTRATOR, from_=begins),
        *(Duty(duty=DutyWord.HANDLER, person=handler(n), from_=begins) for n in range(handlers)),
    ]
    for n in range(offices):
        things += [
            Office(key=office(n), name=f"Områdesdirektör {n}"),
            Holder(office=office(n), person=director(3 * n), from_=begins),
            *(
                Authority(
                    office=office(n), may=may, area=area(n), basis=f"Delegation {n}", from_=begins
                )
                for may in ("decide", "discontinue")
            ),
        ]
    for n in range(groups):
        things.append(Group(key=group(n), name=group_name(n), area=area(n % offices), from_=begins))
        sitting = chance.sample(range(seated), len(SEATS))
        things += [
            Seat(group=group(n), seat=seat, person=member(who), from_=begins)
            for seat, who in zip(SEATS, sitting, strict=True)
        ]
    return Organisation(name="Simulerade regionen", things=tuple(things))


def charter_of(number: int, version: int, day: date, *, kind: str = "charter") -> Document:
    """The text of a group's charter. Every version says something of its own."""
    name = group_name(number)
    return Document(
        kind=kind,
        title=f"Uppdragshandling för {name}",
        group=name,
        organisation="Simulerade regionen",
        document_date=day,
        registry_number=f"SIM {day.year}-{number:05}",
        area=f"Område {number}",
        commissioner=Named(name=_name(number), title="chef"),
        assignee=f"Ordförande i {name}",
        sections=(
            _section("purpose", "Syfte med uppdraget", "Lika vård i hela regionen."),
            _section("tasks", "Uppdragsbeskrivning", f"Följ väntetiderna, ordning {version}."),
        ),
        decision=DecisionLine(maker=Named(name="Områdesdirektören", title=None)),
        recipients=(
            RecipientLine(who=f"Ordförande för {name}", purpose="för genomförande"),
            RecipientLine(who=f"Koordinator för {name}", purpose="för kännedom"),
            RecipientLine(who="Registrator", purpose="för registret"),
            RecipientLine(
                who="Samarbetspart", email=f"part-{number}@{DOMAIN}", purpose="för kännedom"
            ),
        ),
    )


def office(number: int) -> str:
    return f"omrade-{number}"


def area(number: int) -> str:
    return f"Område {number}"


def group(number: int) -> str:
    return f"grupp-{number}"


def group_name(number: int) -> str:
    return f"Samordningsråd {number}"


def handler(number: int) -> str:
    return f"handlaggare-{number}"


def director(number: int) -> str:
    return f"direktor-{number}"


def member(number: int) -> str:
    return f"ledamot-{number}"


def offices_for(groups: int) -> int:
    return max(1, groups // GROUPS_AN_OFFICE)


KEEPERS_NAMES = {
    KEEPER: "Registrator Ett",
    SECOND_KEEPER: "Registrator Två",
    ADMINISTRATOR: "Administratör",
}


def _name(number: int) -> str:
    return f"{FIRST[number % 10]} {LAST[number // 10 % 10]} {number}"


def _person(name: str, key: str, chance: Chance | None = None) -> Person:
    english = chance is not None and chance.random() < 0.1
    return Person(key=key, name=name, email=f"{key}@{DOMAIN}", language="en" if english else "sv")


def _section(key: str, heading: str, text: str) -> Section:
    return Section(key=key, heading=heading, blocks=(Paragraph(runs=(Run(text=text),)),))
