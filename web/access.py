"""Who may open what: every route names one of these rules, and a test holds every route to it.

What someone may *do* is judged by the life's own table when they do it. These say who may see a
page at all, or knock at its door. A page that someone may not know of answers as if it were not
there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException

from casework.answers.cases import has_cases
from casework.answers.register import group_by_number
from casework.answers.visitors import (
    KNOW_THE_GROUP,
    decides,
    may_discontinue,
    may_read,
    takes_part,
)
from casework.questions import CHARTER
from casework.settings import Settings
from statemachine.vocabulary import DECIDED, Duty
from statemachine.words import Words
from web.desk import AtDesk, Desk


@dataclass(frozen=True)
class Rule:
    """For whom something is. `holds` is asked with what the address names."""

    name: str
    words: Words
    """For whom, as a sentence says it to others: "…", "Det är för {words}"."""
    holds: Callable[[Desk, dict[str, Any]], bool]
    hides: bool = False
    """Whether those who may not read the charter are answered as if there were nothing here."""
    open: bool = False
    """Whether nobody needs to be logged in."""

    def check(self, desk: AtDesk) -> None:
        """Let the request in, or answer why not. Raises HTTPException 401, 403 or 404."""
        if self.holds(desk, desk.request.path_params):
            return
        if desk.login is None:
            raise HTTPException(401)
        hides = self.hides and not _reads(desk, desk.request.path_params)
        raise HTTPException(404 if hides else 403, detail=self)


def number_in(said: str) -> int:
    """A number as an address says it. Answers 404 for what is none."""
    if not (said.isascii() and said.isdecimal() and len(said) <= 10):
        raise HTTPException(404)
    return int(said)


def _reads(desk: Desk, named: dict[str, Any]) -> bool:
    return may_read(desk.people, desk.charter(number_in(named["number"])), desk.who)


def _takes_part(desk: Desk, named: dict[str, Any]) -> bool:
    if desk.who is None:
        return False
    return takes_part(desk.people, desk.charter(number_in(named["number"])), desk.who)


def _has_cases(desk: Desk, _named: dict[str, Any]) -> bool:
    who = desk.who
    return who is not None and (
        who.has(*Duty) or bool(who.coordinates) or has_cases(desk.connection, who.person)
    )


def _decides(desk: Desk, named: dict[str, Any]) -> bool:
    if desk.who is None:
        return False
    return decides(desk.people, desk.charter(number_in(named["number"])), desk.who)


def _decided_it(desk: Desk, named: dict[str, Any]) -> bool:
    """Whether it is decided, and for the office they have: that is who corrects it."""
    return desk.charter(number_in(named["number"])).state in DECIDED and _decides(desk, named)


def _discontinues(desk: Desk, named: dict[str, Any]) -> bool:
    if desk.who is None:
        return False
    charter = desk.charter(number_in(named["number"]))
    group = group_by_number(desk.connection, charter.group_id)
    return charter.state in DECIDED and may_discontinue(desk.people, group, charter.kind, desk.who)


def _discontinues_group(desk: Desk, named: dict[str, Any]) -> bool:
    if desk.who is None or not desk.who.offices:
        return False
    return may_discontinue(desk.people, desk.group(named["group"]), CHARTER, desk.who)


def _has(*duties: Duty) -> Callable[[Desk, dict[str, Any]], bool]:
    return lambda desk, _named: desk.who is not None and desk.who.has(*duties)


EVERYONE = Rule("everyone", Words("alla", "everyone"), lambda _desk, _named: True, open=True)
LOGGED_IN = Rule(
    "logged_in",
    Words("den som är inloggad", "whoever is logged in"),
    lambda desk, _named: desk.login is not None,
)
READER = Rule(
    "reader",
    Words("den som får läsa handlingen", "whoever may read the charter"),
    _reads,
    hides=True,
    open=True,
)
"""Of a charter, by its number: what is decided is for everyone, the rest for who takes part."""
PARTICIPANT = Rule(
    "participant",
    Words("den som deltar i handläggningen", "whoever takes part in the handling"),
    _takes_part,
    hides=True,
)
WRITER = Rule(
    "writer",
    Words("handläggare och koordinatorer", "handlers and coordinators"),
    lambda desk, _named: (
        desk.who is not None and (desk.who.has(Duty.HANDLER) or bool(desk.who.coordinates))
    ),
)
HAS_CASES = Rule(
    "has_cases",
    Words(
        "den som skriver uppdrag, lämnar yttranden eller för registret",
        "whoever writes charters, gives opinions or keeps the register",
    ),
    _has_cases,
)
DECIDER = Rule(
    "decider",
    Words("den som har eller ersätter i en befattning", "whoever holds or stands in for an office"),
    lambda desk, _named: desk.who is not None and bool(desk.who.offices),
)
DECIDES = Rule(
    "decides",
    Words("den som kan besluta ärendet i dag", "whoever can decide the case today"),
    _decides,
    hides=True,
)
"""Of a charter that has been submitted, by its number."""
DECIDED_IT = Rule(
    "decided_it",
    Words("den som har beslutat handlingen", "whoever decided the charter"),
    _decided_it,
    hides=True,
)
DISCONTINUES = Rule(
    "discontinues",
    Words("den som får avveckla uppdraget", "whoever may discontinue the charter"),
    _discontinues,
    hides=True,
)
DISCONTINUES_GROUP = Rule(
    "discontinues_group",
    Words("den som får avveckla gruppen", "whoever may discontinue the group"),
    _discontinues_group,
)
"""Of a group, by its key."""
KEEPER = Rule("keeper", Words("registratorn", "the registry keeper"), _has(Duty.REGISTRY_KEEPER))
REGISTRY = Rule(
    "registry",
    Words("registratorn och administratören", "the registry keeper and the administrator"),
    _has(Duty.REGISTRY_KEEPER, Duty.ADMINISTRATOR),
)
ADMINISTRATION = Rule(
    "administration", Words("administratören", "the administrator"), _has(Duty.ADMINISTRATOR)
)


def _coordinates(desk: Desk, named: dict[str, Any]) -> bool:
    if desk.who is None:
        return False
    group = desk.group(str(named["group"]))
    return desk.who.keeps_the_register or group.id in desk.who.coordinates


GROUP_KEEPER = Rule(
    "group_keeper",
    Words(
        "gruppens koordinator, registratorn och administratören",
        "the group's coordinator, the registry keeper and the administrator",
    ),
    _coordinates,
)
"""Of a group, by its key."""
SEATED = Rule(
    "seated",
    Words(
        "den som är ordförande, koordinator eller kontaktperson i en grupp",
        "whoever is chair, coordinator or liaison of a group",
    ),
    lambda desk, _named: (
        desk.who is not None and any(seat in KNOW_THE_GROUP for _group, seat in desk.who.seats)
    ),
)


LOOPBACK = ("127.0.0.1", "::1", "localhost")
PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds to what it passes on."""


def letters_are_read_here(settings: Settings) -> bool:
    """Whether letters reach nobody, and the pages are reached from this machine alone."""
    return settings.relay_host is None and settings.address is None and settings.host in LOOPBACK


def _is_local(desk: Desk, _named: dict[str, Any]) -> bool:
    client = desk.request.client
    return (
        letters_are_read_here(desk.settings)
        and client is not None
        and client.host in LOOPBACK
        and _asks_for_this_machine(desk)
    )


def _asks_for_this_machine(desk: Desk) -> bool:
    """Whether the browser asked for this machine by its own name, and nobody passed it on.

    A proxy beside us comes from here too; and a name elsewhere may be made to lead here.
    """
    headers = desk.request.headers
    asked = _host_in(headers.get("host", ""))
    return asked in LOOPBACK and not any(one in headers for one in PASSED_ON)


def _host_in(host: str) -> str:
    """The name or number in a Host header, without its port."""
    return host.rpartition("]")[0].lstrip("[") if "[" in host else host.partition(":")[0].lower()


LOCAL = Rule(
    "local",
    Words("den som sitter vid datorn", "whoever sits at the machine"),
    _is_local,
    open=True,
)
"""Of an installation that sends no letters and is reached from its own machine alone."""
