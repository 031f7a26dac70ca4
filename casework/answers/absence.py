"""Absence: the offices someone holds, who stands in for them, and when."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from casework.answers.visitors import Visitor
from models.directory import Directory, Holding, Someone
from models.tables import Office
from statemachine.words import Refusal, Words

NOBODY_CALLED = Words(
    "Ingen här heter eller har adressen ”{said}”. Skriv hela namnet eller e-postadressen; delas "
    "namnet av flera behövs adressen.",
    "Nobody here has the name or address “{said}”. Write the whole name or the e-mail address; "
    "where several share the name, the address is needed.",
)
NOT_YOURSELF = Words(
    "Du kan inte ersätta dig själv. Ange någon annan.",
    "You cannot stand in for yourself. Name somebody else.",
)
NAME_SOMEONE = Words("Ange vem som ersätter dig.", "Say who stands in for you.")


@dataclass(frozen=True, slots=True)
class OwnOffice:
    """An office of someone's own: who stands in for it now or later, and who has done so before."""

    id: int
    key: str
    name: str
    stand_ins: tuple[Holding, ...]
    earlier: tuple[Someone, ...]


def own_offices(connection: Connection, people: Directory, who: Visitor) -> tuple[OwnOffice, ...]:
    """The offices someone holds themselves today."""
    held = [one.id for one in who.offices if not one.stands_in]
    rows = connection.execute(
        select(Office.id, Office.key, Office.name)
        .where(Office.id.in_(held))
        .order_by(Office.name_folded)
    )
    return tuple(
        OwnOffice(
            row.id,
            row.key,
            row.name,
            tuple(one for one in _stand_ins(people, row.id) if _lasts(one, people)),
            tuple(
                dict.fromkeys(
                    one.person
                    for one in _stand_ins(people, row.id)
                    if people.person(one.person.id) is not None
                )
            ),
        )
        for row in rows
    )


def someone_else(people: Directory, said: str, me: Someone) -> Someone:
    """The person here with this name, key or address.

    Raises Refusal when there is none, or when it is the one who asks.
    """
    if not said:
        raise Refusal(NAME_SOMEONE)
    found = people.found(said) or people.named(said)
    if found is None:
        raise Refusal(NOBODY_CALLED.about(said=said))
    if found.id == me.id:
        raise Refusal(NOT_YOURSELF)
    return found


def _stand_ins(people: Directory, office: int) -> tuple[Holding, ...]:
    return tuple(one for one in people.holdings(office) if one.stands_in)


def _lasts(one: Holding, people: Directory) -> bool:
    return one.through is None or one.through >= people.day
