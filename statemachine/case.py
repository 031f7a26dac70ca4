"""The case: everything an act is judged by, as plain facts about one charter on one day."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from statemachine.vocabulary import State
from statemachine.words import Words


@dataclass(frozen=True, slots=True)
class Snooze:
    """Someone wants no warnings of a charter's coming end for a while."""

    person: int
    from_: date
    until: date
    """The first day on which they are warned again."""

    def covers(self, day: date) -> bool:
        return self.from_ <= day < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one charter stands: what the calendar and the rules need to know of it.

    All days are calendar days in the organisation's zone; `ends_on` is inclusive and None for a
    document without a term. `discontinue_on` is the first day *not* in force.
    """

    state: State
    touched_on: date | None = None
    submitted_on: date | None = None
    decided_on: date | None = None
    valid_from: date | None = None
    ends_on: date | None = None
    discontinue_on: date | None = None
    successor_decided: bool = False
    successor_took_over: bool = False
    outcomes_missing: int = 0
    deciders_change_on: tuple[date, ...] = ()
    group_is_discontinued: bool = False
    snoozes: tuple[Snooze, ...] = ()

    @property
    def ends_by_discontinuance(self) -> bool:
        """Whether a decision to discontinue ends it, rather than a last day that comes before."""
        return self.discontinue_on is not None and (
            self.ends_on is None or self.discontinue_on <= self.ends_on + timedelta(days=1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An act about to be judged: the charter as it stands, and what was said with the act.

    What nobody has stated is left at its default, and the defaults never satisfy a rule that
    protects something: silence approves nothing.
    """

    today: date
    standing: Standing
    by: int | None = None

    # about the document
    errors: tuple[Words, ...] = ()
    unresolved_recipients: tuple[Words, ...] = ()
    unanswered_warnings: tuple[Words, ...] = ()
    unrenderable: Words | None = None
    text_hash: str | None = None
    longest_term: date | None = None
    valid_from: date | None = None
    valid_through: date | None = None

    # about the subject's other charters
    open_successor: Words | None = None
    renewable: bool = False
    overlaps: Words | None = None

    # about the people
    deciding_office: Words | None = None
    office_has_authority: bool = False
    submitted_by: int | None = None
    submitted_hash: str | None = None
    receiver_can_handle: bool = False
    opinion_is_asked: bool = False
    reviewer_is_known: bool = False
    reviewer_has_answered: bool = False

    # what was said with the act
    reason: str = ""
    conflict: bool | None = None
    authenticated: timedelta | None = None
    effective_day: date | None = None
    registry_number: str | None = None
    decider_named: bool = False
    is_clerical: bool = False
    recent: timedelta = field(default=timedelta(minutes=15))
    renewal_opens_on: date | None = None
