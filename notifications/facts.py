"""The facts a letter tells: kept with the letter at the act, so that it says what was true then."""

from datetime import date, datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from statemachine.vocabulary import Audience, Letter, State
from statemachine.words import Language


class Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reader(Facts):
    """Who reads the letter, and why they get it."""

    name: str
    role: Audience
    """In what role; the letter says so in its last line."""
    language: Language = "sv"
    in_copy: bool = False
    in_place_of: Audience | None = None
    """Set when nobody holds the role the letter was meant for, and the reader gets it instead."""


class Spoken(Facts):
    """A sentence of this very letter, in both languages."""

    sv: str
    en: str


class AboutCharter(Facts):
    id: int
    title: str
    kind: str
    group: str | None = None
    registry_number: str | None = None
    state: State
    valid_from: date | None = None
    valid_through: date | None = None
    ends_on: date | None = None
    decided_on: date | None = None
    decided_by: str | None = None
    handler: str | None = None
    handler_email: str | None = None


class Successor(Facts):
    """The charter under way to follow this one: where it stands and with whom."""

    id: int
    state: State
    with_whom: str | None = None
    valid_from: date | None = None


class InForce(Facts):
    """The charter in force while another one is being written to follow it."""

    title: str
    ends_on: date | None = None


class Unreached(Facts):
    """A recipient without an outcome, or whose address bounced."""

    name: str
    email: str
    purpose: str | None = None
    outcome: str | None = None


class Undelivered(Facts):
    """A letter that did not reach its reader, and what was answered."""

    letter: Letter
    number: int
    """The letter's number in the outbox."""
    name: str
    email: str
    purpose: str | None = None
    """The reader's purpose on the distribution list, when it was a distribution."""
    how: Literal["refused", "bounced", "suppressed"] = "refused"
    """Refused for good, come back, or not even tried since the address is known to be dead."""
    reply: str | None = None
    """What the relay or the bounce said, in its own words: `550 5.1.1 No such user here`."""


class Standstill(Facts):
    """A pause of the mail channel. Moments are in the organisation's own zone."""

    since: datetime
    reply: str | None = None
    """What the relay said, in its own words."""
    waiting: int
    """How many letters waited."""
    again_at: datetime | None = None
    """When letters began to leave again; None while they had not."""


class Alarm(Facts):
    """Something of the service that is late. The moment is in the organisation's own zone."""

    cause: str
    what: Spoken
    since: datetime


class Pending(Facts):
    """One thing that waits; what the weekly digest tells of it depends on the pile it lies in."""

    about: str
    """The charter's title, or the group's name."""
    charter: int | None = None
    since: date | None = None
    through: date | None = None
    working_days: int | None = None
    with_whom: str | None = None
    unreached: int | None = None
    undelivered: Undelivered | None = None


PileName: TypeAlias = Literal[
    "gaps", "lapsing", "undecided", "drafts", "undistributed", "undelivered"
]


class Pile(Facts):
    """Things that wait for the same reason: the first of them, and how many there are in all."""

    what: PileName
    in_all: int
    first: tuple[Pending, ...]


class LoginCode(Facts):
    """A code that lets its reader in, once, for a short while."""

    code: str
    minutes: int = 10


class Asked(Facts):
    """The decision a letter asks for: of which round and text, and of whom."""

    round: int
    content_hash: str
    person: int


class LetterFacts(Facts):
    """Everything a letter may tell. Each letter uses what it needs; None is left out."""

    letter: Letter
    stage: str = ""
    today: date
    reader: Reader
    charter: AboutCharter | None = None
    group: str | None = None
    group_key: str | None = None
    asked: Asked | None = None
    by: str | None = None
    """Who did the act that caused the letter."""
    reason: str | None = None
    purpose: str | None = None
    """The reader's own purpose on the distribution list."""
    changes: Spoken | None = None
    """What changes since the charter in force, in one paragraph."""
    changes_in_full: Spoken | None = None
    """The compare as text, word by word."""
    presenter: str | None = None
    in_force: InForce | None = None
    """What stays in force if nothing is decided."""
    touched_on: date | None = None
    """When the draft was last written in."""
    submitted_on: date | None = None
    working_days_waiting: int | None = None
    others_told: tuple[str, ...] = ()
    days_left: int | None = None
    successor: Successor | None = None
    unreached: tuple[Unreached, ...] = ()
    supports: bool | None = None
    statement: str | None = None
    new_handler: str | None = None
    effective_day: date | None = None
    taken_over_by: str | None = None
    gap_since: date | None = None
    undelivered: Undelivered | None = None
    standstill: Standstill | None = None
    alarm: Alarm | None = None
    piles: tuple[Pile, ...] = ()
    login: LoginCode | None = None
    missing: tuple[Audience, ...] = ()
    """Roles the letter was meant for that nobody holds."""
    to_do: tuple[str, ...] = ()
    """What to type to act on the letter, where there are no pages: `mandat approve 3 --by …`."""
