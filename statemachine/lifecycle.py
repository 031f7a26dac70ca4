"""The life: who may do what where, provided that what, and what follows."""

from dataclasses import dataclass
from functools import cache

from statemachine import rules as it
from statemachine.rules import Rule
from statemachine.vocabulary import Act, Letter, Paper, Role, State


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the life: in this state, this role may do this act, provided that these hold."""

    stands: State
    by: Role
    act: Act
    becomes: State
    provided_that: tuple[Rule, ...]


def step(stands: State, by: Role, act: Act, becomes: State, *provided_that: Rule) -> Step:
    return Step(stands, by, act, becomes, provided_that)


WRITABLE = (it.no_other_draft_is_open, it.group_is_active)

RECORDABLE = (
    it.decider_is_named,
    it.decision_day_is_given,
    it.first_day_is_given,
    it.term_ends_after_it_begins,
    it.term_is_not_too_long,
    it.overlaps_nothing,
)

READY_FOR_DECISION = (
    it.group_is_active,
    it.document_has_no_errors,
    it.term_ends_after_it_begins,
    it.term_is_not_too_long,
    it.every_recipient_resolves,
    it.deciding_office_is_known,
    it.office_has_authority,
    it.presenter_answered_the_conflict_question,
    it.presenter_has_no_conflict,
    it.warnings_are_answered,
    it.paper_renders,
)

DECIDABLE = (
    it.group_is_active,
    it.text_is_as_submitted,
    it.deciding_office_is_known,
    it.office_has_authority,
    it.decider_is_not_the_submitter,
    it.decider_answered_the_conflict_question,
    it.decider_has_no_conflict,
    it.decider_authenticated_recently,
    it.term_ends_after_it_begins,
    it.term_is_not_too_long,
    it.overlaps_nothing,
)

CORRECTABLE = (
    it.a_reason_is_given,
    it.correction_is_clerical,
    it.document_has_no_errors,
    it.decider_has_no_conflict,
    it.decider_authenticated_recently,
    it.paper_renders,
)

DISCONTINUABLE = (
    it.a_reason_is_given,
    it.registry_number_is_given,
    it.effective_day_is_not_past,
    it.effective_day_is_within_the_term,
    it.not_already_discontinued,
    it.decider_answered_the_conflict_question,
    it.decider_has_no_conflict,
    it.decider_authenticated_recently,
)

# fmt: off
LIFE: tuple[Step, ...] = (
    #    where it stands    who                   does what             it becomes          provided that
    step(State.UNWRITTEN,   Role.HANDLER,         Act.DRAFT,            State.DRAFT,        *WRITABLE),
    step(State.UNWRITTEN,   Role.COORDINATOR,     Act.DRAFT,            State.DRAFT,        *WRITABLE),
    step(State.UNWRITTEN,   Role.HANDLER,         Act.RENEW,            State.DRAFT,        it.there_is_a_decided_charter, *WRITABLE),
    step(State.UNWRITTEN,   Role.COORDINATOR,     Act.RENEW,            State.DRAFT,        it.there_is_a_decided_charter, *WRITABLE),
    step(State.UNWRITTEN,   Role.REGISTRY_KEEPER, Act.RECORD,           State.SUPERSEDED,   *RECORDABLE, it.term_has_run_out, it.a_successor_took_over),
    step(State.UNWRITTEN,   Role.REGISTRY_KEEPER, Act.RECORD,           State.EXPIRED,      *RECORDABLE, it.term_has_run_out, it.no_successor_took_over),
    step(State.UNWRITTEN,   Role.REGISTRY_KEEPER, Act.RECORD,           State.EXPIRING,     *RECORDABLE, it.term_has_not_run_out, it.renewal_window_is_open),
    step(State.UNWRITTEN,   Role.REGISTRY_KEEPER, Act.RECORD,           State.DISTRIBUTED,  *RECORDABLE, it.term_has_not_run_out, it.renewal_window_is_not_open),

    step(State.DRAFT,       Role.HANDLER,         Act.EDIT,             State.DRAFT),
    step(State.DRAFT,       Role.HANDLER,         Act.HAND_OVER,        State.DRAFT,        it.receiver_can_handle),
    step(State.DRAFT,       Role.REGISTRY_KEEPER, Act.HAND_OVER,        State.DRAFT,        it.receiver_can_handle),
    step(State.DRAFT,       Role.HANDLER,         Act.SUBMIT,           State.REVIEW,       *READY_FOR_DECISION),
    step(State.DRAFT,       Role.HANDLER,         Act.ABANDON,          State.ABANDONED),
    step(State.DRAFT,       Role.REGISTRY_KEEPER, Act.ABANDON,          State.ABANDONED),
    step(State.DRAFT,       Role.CALENDAR,        Act.ABANDON,          State.ABANDONED,    it.group_is_discontinued),

    step(State.REVIEW,      Role.HANDLER,         Act.ASK_OPINION,      State.REVIEW,       it.reviewer_is_known, it.reviewer_has_not_answered),
    step(State.REVIEW,      Role.DIRECTOR,        Act.ASK_OPINION,      State.REVIEW,       it.reviewer_is_known, it.reviewer_has_not_answered),
    step(State.REVIEW,      Role.REVIEWER,        Act.OPINION,          State.REVIEW,       it.opinion_is_asked),
    step(State.REVIEW,      Role.HANDLER,         Act.WITHDRAW,         State.DRAFT),
    step(State.REVIEW,      Role.HANDLER,         Act.HAND_OVER,        State.REVIEW,       it.receiver_can_handle),
    step(State.REVIEW,      Role.REGISTRY_KEEPER, Act.HAND_OVER,        State.REVIEW,       it.receiver_can_handle),
    step(State.REVIEW,      Role.DIRECTOR,        Act.SEND_BACK,        State.DRAFT,        it.a_reason_is_given, it.decider_has_no_conflict),
    step(State.REVIEW,      Role.CALENDAR,        Act.SEND_BACK,        State.DRAFT,        it.a_reason_is_given, it.group_is_discontinued),
    step(State.REVIEW,      Role.DIRECTOR,        Act.DECLARE_CONFLICT, State.REVIEW),
    step(State.REVIEW,      Role.DIRECTOR,        Act.APPROVE,          State.APPROVED,     *DECIDABLE),

    step(State.APPROVED,    Role.CALENDAR,        Act.DISTRIBUTE,       State.DISTRIBUTED,  it.every_recipient_has_an_outcome),
    step(State.APPROVED,    Role.CALENDAR,        Act.ENTER_RENEWAL,    State.EXPIRING,     it.renewal_window_is_open, it.term_has_not_run_out),
    step(State.DISTRIBUTED, Role.CALENDAR,        Act.ENTER_RENEWAL,    State.EXPIRING,     it.renewal_window_is_open, it.term_has_not_run_out),

    *(step(living,          Role.DIRECTOR,        Act.CORRECT,          living,             *CORRECTABLE)
      for living in (State.APPROVED, State.DISTRIBUTED, State.EXPIRING)),
    *(step(living,          Role.DISCONTINUER,    Act.DISCONTINUE,      living,             *DISCONTINUABLE)
      for living in (State.APPROVED, State.DISTRIBUTED, State.EXPIRING)),
    *(step(living,          Role.CALENDAR,        Act.DISCONTINUE,      State.DISCONTINUED, it.discontinuance_has_come)
      for living in (State.APPROVED, State.DISTRIBUTED, State.EXPIRING)),
    *(step(living,          Role.CALENDAR,        Act.SUPERSEDE,        State.SUPERSEDED,   it.term_has_run_out, it.a_successor_took_over, it.no_discontinuance_has_come)
      for living in (State.APPROVED, State.DISTRIBUTED, State.EXPIRING)),
    *(step(living,          Role.CALENDAR,        Act.EXPIRE,           State.EXPIRED,      it.term_has_run_out, it.no_successor_took_over, it.no_discontinuance_has_come)
      for living in (State.APPROVED, State.DISTRIBUTED, State.EXPIRING)),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an act sets in motion, as words; casework makes them real."""

    letters: tuple[Letter, ...] = ()
    papers: tuple[Paper, ...] = ()


NOTHING = Consequence()

WHEREUPON: dict[Act, Consequence] = {
    Act.HAND_OVER: Consequence(letters=(Letter.HANDED_OVER,)),
    Act.SUBMIT: Consequence(letters=(Letter.DECISION_REQUEST,), papers=(Paper.DRAFT,)),
    Act.ASK_OPINION: Consequence(letters=(Letter.OPINION_ASKED,)),
    Act.OPINION: Consequence(letters=(Letter.OPINION_GIVEN,)),
    Act.WITHDRAW: Consequence(letters=(Letter.WITHDRAWN,)),
    Act.SEND_BACK: Consequence(letters=(Letter.SENT_BACK,)),
    Act.DECLARE_CONFLICT: Consequence(letters=(Letter.DECISION_REQUEST,)),
    Act.APPROVE: Consequence(
        letters=(Letter.OUTCOME, Letter.DISTRIBUTION), papers=(Paper.DECISION,)
    ),
    Act.CORRECT: Consequence(letters=(Letter.CORRECTED,), papers=(Paper.CORRECTION,)),
}

DISCONTINUANCE = Consequence(letters=(Letter.DISCONTINUED,), papers=(Paper.DISCONTINUANCE,))
"""What a decision to discontinue sets in motion; its effective day only changes the state."""


def what_follows(act: Act, by: Role) -> Consequence:
    """The letters and papers an act sets in motion when `by` does it."""
    if act is Act.DISCONTINUE:
        return DISCONTINUANCE if by is Role.DISCONTINUER else NOTHING
    return WHEREUPON.get(act, NOTHING)


@cache
def steps_of(stands: State, by: Role, act: Act) -> tuple[Step, ...]:
    """The rows for this state, role and act; none when the life does not know the act there."""
    return tuple(row for row in LIFE if (row.stands, row.by, row.act) == (stands, by, act))


@cache
def roles_for(stands: State, act: Act) -> tuple[Role, ...]:
    """Who may do this act in this state, in the order of the table, each role once."""
    return tuple(dict.fromkeys(row.by for row in LIFE if (row.stands, row.act) == (stands, act)))
