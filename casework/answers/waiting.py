"""Waiting: for whom or what a charter waits today, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, select

from models.directory import Directory
from models.many import among
from models.tables import Charter, Conflict, Opinion, Person
from statemachine.calendar import Calendar
from statemachine.vocabulary import LIVING, State
from statemachine.words import Words, joined, plain


@dataclass(frozen=True, slots=True)
class Round:
    """What has been said in a case's round: who has a conflict, and whose opinion is awaited."""

    conflicted: frozenset[int] = frozenset()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """For whom or what, and since when; `working_days` are those gone since then."""

    words: Words
    since: date | None = None
    working_days: int | None = None


FOR_HANDLER = Words("handläggaren {name}", "the handler {name}")
FOR_NO_HANDLER = Words("en handläggare: ingen är utsedd", "a handler: there is none")
FOR_DECISION = Words("beslut av {names}", "a decision by {names}")
FOR_A_DECIDER = Words(
    "någon som kan besluta: ingen kan det i dag", "someone who can decide: nobody can today"
)
FOR_OPINION = Words("yttrande av {names}", "an opinion by {names}")
FOR_ONE_READER = Words("en mottagare som inte är nådd", "one recipient who is not reached")
FOR_READERS = Words("{count} mottagare som inte är nådda", "{count} recipients not yet reached")
FOR_RENEWAL = Words("att en förnyelse påbörjas", "a renewal to be begun")

NO_ROUND = Round()

_CONFLICTS = (
    select(Conflict.charter_id, Conflict.person_id)
    .join(Charter, and_(Charter.id == Conflict.charter_id, Charter.round == Conflict.round))
    .where(among(Conflict.charter_id, "charters"))
)
_ASKED = (
    select(Opinion.charter_id, Person.name)
    .join(Charter, and_(Charter.id == Opinion.charter_id, Charter.round == Opinion.round))
    .join(Person, Person.id == Opinion.reviewer_id)
    .where(among(Opinion.charter_id, "charters"), Opinion.given_at.is_(None))
    .order_by(Opinion.id)
)


def rounds(connection: Connection, charters: Iterable[int]) -> dict[int, Round]:
    """What has been said in the rounds under way of these charters, in two questions."""
    ids = list(charters)
    if not ids:
        return {}
    conflicted: dict[int, set[int]] = {}
    asked: dict[int, list[str]] = {}
    for charter, person in connection.execute(_CONFLICTS, {"charters": ids}):
        conflicted.setdefault(charter, set()).add(person)
    for charter, name in connection.execute(_ASKED, {"charters": ids}):
        asked.setdefault(charter, []).append(name)
    return {
        one: Round(frozenset(conflicted.get(one, ())), tuple(asked.get(one, ()))) for one in ids
    }


def waits(
    people: Directory,
    charter: Any,
    calendar: Calendar,
    *,
    handler: str | None = None,
    said: Round = NO_ROUND,
    unreached: int = 0,
    to_renew: bool = False,
) -> Waiting | None:
    """For whom a charter waits on the directory's day; None when only for its days to come.

    `handler` is the handler's name. `to_renew` says that it runs out with nothing to follow it.
    """
    match State(charter.state):
        case State.DRAFT:
            words = FOR_HANDLER.about(name=handler) if handler else FOR_NO_HANDLER
            return _since(words, charter.touched_on, calendar, people.day)
        case State.REVIEW:
            words = joined(_in_review(people, charter, said), "; ")
            return _since(words, charter.submitted_on, calendar, people.day)
        case state if state in LIVING and unreached:
            words = FOR_READERS.about(count=unreached) if unreached > 1 else FOR_ONE_READER
            return _since(words, charter.decided_on, calendar, people.day)
        case State.EXPIRING if to_renew:
            return Waiting(FOR_RENEWAL)
        case _:
            return None


def _in_review(people: Directory, charter: Any, said: Round) -> Iterable[Words]:
    able = people.able(charter.office_id, said.conflicted)
    if able:
        yield FOR_DECISION.about(names=_either([held.person.name for held in able]))
    else:
        yield FOR_A_DECIDER
    if said.asked:
        yield FOR_OPINION.about(names=plain(", ".join(said.asked)))


def _either(names: list[str]) -> Words:
    return Words(" eller ".join(names), " or ".join(names))


def _since(words: Words, day: date | None, calendar: Calendar, today: date) -> Waiting:
    gone = calendar.working_days_since(day, today) if day is not None else None
    return Waiting(words, day, gone)
