"""A change: what an act, once judged, alters; plain data until the door writes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from casework.matter import Sibling
from casework.papers import Sheet
from models.directory import Someone
from models.document import Document
from statemachine.machine import Outcome
from statemachine.vocabulary import Audience
from statemachine.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said with an act. Each act listens to its own; the rest is silence."""

    document: Document | None = None
    version: int | None = None
    """The charter's version that the text was written of: nobody else's is written over."""
    group_id: int | None = None
    subject: str | None = None
    """The title of a subject that is no group: a role described on its own."""
    kind: str | None = None
    """The kind of document to renew; a charter unless said otherwise."""
    office: str | None = None
    """The deciding office, by key or name."""
    reason: str = ""
    conflict: bool | None = None
    presenter: str | None = None
    others_present: str | None = None
    answer: str | None = None
    """The answer to a warning that must be answered before submission."""
    instead: Mapping[int, str] = field(default_factory=dict)
    """Who gets it instead, by the line on the distribution list."""
    to: Someone | None = None
    """The new handler, or the reviewer asked."""
    supports: bool | None = None
    statement: str | None = None
    valid_from: date | None = None
    valid_through: date | None = None
    effective_day: date | None = None
    registry_number: str | None = None
    ends_on: date | None = None
    """When a charter decided before this system really ended, if before its last day."""
    decided_on: date | None = None
    decided_by: str | None = None
    decided_as: str | None = None
    """The office in which a decision before this system was made."""
    basis: str | None = None
    recorded_with: tuple[Sibling, ...] = ()
    """Other charters of the subject recorded in the same transaction, and not written yet."""
    taken_over_by: str | None = None
    """The name of the group taking over from one that is discontinued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Someone on the distribution list, found: which line, who, and with what purpose."""

    place: int
    who: str
    purpose: str | None
    name: str
    email: str
    language: str
    person_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an act alters: columns of the charter, and the rows that go with it."""

    outcome: Outcome
    columns: dict[str, Any] = field(default_factory=dict)
    content: Document | None = None
    """New text, to be kept under its hash."""
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    decision: dict[str, Any] | None = None
    sheets: tuple[Sheet, ...] = ()
    recipients: tuple[Reached, ...] = ()
    cuts: dict[int, date] = field(default_factory=dict)
    """New last days of other charters of the subject, by charter."""
    opinion_asked_of: Someone | None = None
    opinion_given: dict[str, Any] | None = None
    conflict_of: Someone | None = None
    to: dict[Audience, tuple[Someone, ...]] = field(default_factory=dict)
    """Audiences only this act knows: the new handler, the former round's decider."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What its letters tell beyond the charter itself."""
    restarts_calendar: bool = False
    """Whether all that was due before is dealt with by this act: a new series begins."""
    cancels_round: bool = False
    """Whether the round's letters no longer make sense."""
    note: Words | None = None
    """Something the person who acts should be told."""
