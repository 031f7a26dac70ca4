"""The life: what is in the table can be done when its rules hold, and nothing else ever."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.case import Case, Standing
from statemachine.lifecycle import LIFE, WHEREUPON, Step, roles_for, steps_of, what_follows
from statemachine.machine import NotInTheLife, Refused, advance
from statemachine.rules import Rule
from statemachine.vocabulary import LIVING, Act, Letter, Paper, Role, State
from statemachine.words import Words
from tests.statemachine.cases import (
    BROKEN,
    DIRECTOR,
    NEVER_BOTH_BROKEN,
    STANDS_BROKEN,
    TODAY,
    TOMORROW,
    YESTERDAY,
    named,
    refusing,
    satisfying,
    with_broken,
    words,
)

THE_LIFE = """
    unwritten    draft             handler          draft
    unwritten    draft             coordinator      draft
    unwritten    renew             handler          draft
    unwritten    renew             coordinator      draft
    unwritten    record            registry_keeper  distributed
    unwritten    record            registry_keeper  expiring
    unwritten    record            registry_keeper  expired
    unwritten    record            registry_keeper  superseded

    draft        edit              handler          draft
    draft        hand-over         handler          draft
    draft        hand-over         registry_keeper  draft
    draft        submit            handler          review
    draft        abandon           handler          abandoned
    draft        abandon           registry_keeper  abandoned
    draft        abandon           calendar         abandoned

    review       ask-opinion       handler          review
    review       ask-opinion       director         review
    review       opinion           reviewer         review
    review       withdraw          handler          draft
    review       hand-over         handler          review
    review       hand-over         registry_keeper  review
    review       send-back         director         draft
    review       send-back         calendar         draft
    review       declare-conflict  director         review
    review       approve           director         approved

    approved     distribute        calendar         distributed
    approved     enter-renewal     calendar         expiring
    distributed  enter-renewal     calendar         expiring

    approved     correct           director         approved
    distributed  correct           director         distributed
    expiring     correct           director         expiring
    approved     discontinue       discontinuer     approved
    distributed  discontinue       discontinuer     distributed
    expiring     discontinue       discontinuer     expiring
    approved     discontinue       calendar         discontinued
    distributed  discontinue       calendar         discontinued
    expiring     discontinue       calendar         discontinued
    approved     supersede         calendar         superseded
    distributed  supersede         calendar         superseded
    expiring     supersede         calendar         superseded
    approved     expire            calendar         expired
    distributed  expire            calendar         expired
    expiring     expire            calendar         expired
"""
"""The life as the organisation decided it, written down a second time, by hand."""

each_row = pytest.mark.parametrize("step", LIFE, ids=named)
each_broken_rule = pytest.mark.parametrize(
    ("step", "rule"),
    [
        pytest.param(step, rule, id=f"{named(step)}-{rule.name}")
        for step in LIFE
        for rule in refusing(step)
    ],
)


def test_the_life_is_the_one_decided() -> None:
    decided = {tuple(line.split()) for line in THE_LIFE.splitlines() if line.strip()}
    held = [(row.stands, row.act, row.by, row.becomes) for row in LIFE]
    assert {tuple(map(str, row)) for row in held} == decided
    assert len(held) == len(set(held))


@pytest.mark.parametrize("state", State)
def test_what_is_not_in_the_life_is_refused_in_both_languages(state: State) -> None:
    known = {(row.stands, row.by, row.act) for row in LIFE}
    generous = replace(satisfying(LIFE[0]), standing=Standing(state=state))
    for role, act in itertools.product(Role, Act):
        if (state, role, act) in known:
            continue
        with pytest.raises(NotInTheLife) as refused:
            advance(generous, act, role)
        (sentence,) = refused.value.reasons
        assert act.words.sv in sentence.sv
        assert act.words.en in sentence.en
        assert refused.value.act is act


def test_a_refusal_says_whose_the_act_is() -> None:
    with pytest.raises(NotInTheLife) as refused:
        advance(_case(State.REVIEW), Act.APPROVE, Role.HANDLER)
    assert refused.value.reasons == (
        Words(
            "Du är handläggare i det här ärendet. Att fastställa är en sak för beslutsfattare.",
            "You are handler in this case. To approve is for the director.",
        ),
    )


def test_a_refusal_says_that_the_state_knows_no_such_act() -> None:
    with pytest.raises(NotInTheLife) as refused:
        advance(_case(State.REVIEW), Act.EDIT, Role.HANDLER)
    assert refused.value.reasons == (
        Words(
            "Det går inte att redigera när handlingen står som granskning.",
            "You cannot edit while the document stands as in review.",
        ),
    )


@each_row
def test_a_row_is_taken_when_its_rules_hold(step: Step) -> None:
    outcome = advance(satisfying(step), step.act, step.by)
    assert (outcome.stood, outcome.act, outcome.role, outcome.becomes) == (
        step.stands,
        step.act,
        step.by,
        step.becomes,
    )


def test_every_rule_of_the_life_has_a_way_to_be_broken() -> None:
    named_in_the_life = {rule.name for step in LIFE for rule in step.provided_that}
    assert named_in_the_life == BROKEN.keys() | STANDS_BROKEN.keys()


@each_broken_rule
def test_one_broken_rule_refuses_and_is_the_only_one_named(step: Step, rule: Rule) -> None:
    case = with_broken(satisfying(step), rule)
    with pytest.raises(Refused) as refused:
        advance(case, step.act, step.by)
    assert refused.value.rules == (rule.name,)
    assert refused.value.reasons == (rule.refuse(case),)


@pytest.mark.parametrize("step", [step for step in LIFE if refusing(step)], ids=named)
def test_all_broken_rules_are_named_at_once(step: Step) -> None:
    with pytest.raises(Refused) as refused:
        advance(with_broken(satisfying(step), *refusing(step)), step.act, step.by)
    names = {rule.name for rule in refusing(step)}
    excused = {name for name, instead in NEVER_BOTH_BROKEN.items() if instead in names}
    assert set(refused.value.rules) == names - excused
    assert len(refused.value.reasons) == len(refused.value.rules)


def test_approval_names_every_rule_it_breaks_in_the_order_of_the_table() -> None:
    with pytest.raises(Refused) as refused:
        advance(_case(State.REVIEW, by=DIRECTOR, overlaps=words("x")), Act.APPROVE, Role.DIRECTOR)
    assert refused.value.rules == (
        "text_is_as_submitted",
        "deciding_office_is_known",
        "decider_is_not_the_submitter",
        "decider_answered_the_conflict_question",
        "decider_authenticated_recently",
        "overlaps_nothing",
    )


@pytest.mark.parametrize(
    ("state", "act", "role"),
    [
        (State.UNWRITTEN, Act.RENEW, Role.HANDLER),
        (State.UNWRITTEN, Act.RECORD, Role.REGISTRY_KEEPER),
        (State.DRAFT, Act.HAND_OVER, Role.HANDLER),
        (State.DRAFT, Act.SUBMIT, Role.HANDLER),
        (State.DRAFT, Act.ABANDON, Role.CALENDAR),
        (State.REVIEW, Act.ASK_OPINION, Role.DIRECTOR),
        (State.REVIEW, Act.OPINION, Role.REVIEWER),
        (State.REVIEW, Act.SEND_BACK, Role.DIRECTOR),
        (State.REVIEW, Act.APPROVE, Role.DIRECTOR),
        *itertools.product(LIVING, [Act.CORRECT], [Role.DIRECTOR]),
        *itertools.product(LIVING, [Act.DISCONTINUE], [Role.DISCONTINUER, Role.CALENDAR]),
        *itertools.product(LIVING, [Act.EXPIRE, Act.SUPERSEDE], [Role.CALENDAR]),
    ],
)
def test_silence_satisfies_no_rule_that_protects_something(
    state: State, act: Act, role: Role
) -> None:
    with pytest.raises(Refused) as refused:
        advance(_case(state), act, role)
    assert refused.value.rules


@pytest.mark.parametrize("valid_through", [date(2031, 6, 17), None])
def test_nobody_decides_a_term_longer_than_allowed(valid_through: date | None) -> None:
    approval = _row(State.REVIEW, Act.APPROVE, Role.DIRECTOR)
    case = replace(
        satisfying(approval), valid_through=valid_through, longest_term=date(2031, 6, 16)
    )
    with pytest.raises(Refused) as refused:
        advance(case, Act.APPROVE, Role.DIRECTOR)
    assert refused.value.rules == ("term_is_not_too_long",)


def test_a_document_without_a_longest_term_may_run_without_end() -> None:
    approval = _row(State.REVIEW, Act.APPROVE, Role.DIRECTOR)
    case = replace(satisfying(approval), valid_through=None, longest_term=None)
    assert advance(case, Act.APPROVE, Role.DIRECTOR).becomes is State.APPROVED


def test_a_term_may_be_a_single_day_long() -> None:
    approval = _row(State.REVIEW, Act.APPROVE, Role.DIRECTOR)
    case = replace(satisfying(approval), valid_from=TODAY, valid_through=TODAY)
    assert advance(case, Act.APPROVE, Role.DIRECTOR).becomes is State.APPROVED


def test_a_charter_may_be_discontinued_from_today_and_from_its_last_day() -> None:
    decision = _row(State.DISTRIBUTED, Act.DISCONTINUE, Role.DISCONTINUER)
    for day, last_day in ((TODAY, TOMORROW), (TOMORROW, TOMORROW), (TOMORROW, None)):
        case = replace(
            satisfying(decision),
            standing=Standing(state=State.DISTRIBUTED, ends_on=last_day),
            effective_day=day,
        )
        outcome = advance(case, Act.DISCONTINUE, Role.DISCONTINUER)
        assert outcome.becomes is State.DISTRIBUTED


def test_a_charter_decided_today_may_be_recorded_today() -> None:
    record = satisfying(_row(State.UNWRITTEN, Act.RECORD, Role.REGISTRY_KEEPER))
    case = replace(record, standing=replace(record.standing, decided_on=TODAY))
    assert advance(case, Act.RECORD, Role.REGISTRY_KEEPER).stood is State.UNWRITTEN


@pytest.mark.parametrize("age", [timedelta(seconds=-1), timedelta(minutes=15, seconds=1)])
def test_an_authentication_from_the_future_or_long_ago_decides_nothing(age: timedelta) -> None:
    approval = _row(State.REVIEW, Act.APPROVE, Role.DIRECTOR)
    with pytest.raises(Refused) as refused:
        advance(replace(satisfying(approval), authenticated=age), Act.APPROVE, Role.DIRECTOR)
    assert refused.value.rules == ("decider_authenticated_recently",)


@pytest.mark.parametrize(
    ("ends_on", "successor", "opens_on", "becomes"),
    [
        (YESTERDAY, False, TODAY, State.EXPIRED),
        (YESTERDAY, True, TODAY, State.SUPERSEDED),
        (TODAY, False, TODAY, State.EXPIRING),
        (TODAY, True, TODAY, State.EXPIRING),
        (TOMORROW, False, TOMORROW, State.DISTRIBUTED),
        (None, False, None, State.DISTRIBUTED),
    ],
)
def test_a_recorded_charter_becomes_what_its_dates_say(
    ends_on: date | None, successor: bool, opens_on: date | None, becomes: State
) -> None:
    case = replace(
        satisfying(_row(State.UNWRITTEN, Act.RECORD, Role.REGISTRY_KEEPER)),
        standing=Standing(
            state=State.UNWRITTEN,
            decided_on=YESTERDAY,
            ends_on=ends_on,
            successor_took_over=successor,
        ),
        renewal_opens_on=opens_on,
    )
    assert advance(case, Act.RECORD, Role.REGISTRY_KEEPER).becomes is becomes


@pytest.mark.parametrize("state", LIVING)
def test_a_charter_that_ended_before_its_discontinuance_has_expired(state: State) -> None:
    ended = Standing(state=state, ends_on=date(2026, 5, 31), discontinue_on=date(2026, 6, 2))
    case = Case(today=TODAY, standing=ended)
    assert advance(case, Act.EXPIRE, Role.CALENDAR).becomes is State.EXPIRED
    with pytest.raises(Refused):
        advance(case, Act.DISCONTINUE, Role.CALENDAR)


OPTIONAL_DAYS = st.none() | st.dates(date(2026, 6, 10), date(2026, 6, 24))
SENTENCES = st.none() | st.just(words("något"))
CASES = st.builds(
    Case,
    today=st.just(TODAY),
    standing=st.builds(
        Standing,
        state=st.sampled_from(State),
        decided_on=OPTIONAL_DAYS,
        ends_on=OPTIONAL_DAYS,
        discontinue_on=OPTIONAL_DAYS,
        successor_took_over=st.booleans(),
        outcomes_missing=st.integers(0, 1),
        group_is_discontinued=st.booleans(),
    ),
    by=st.none() | st.integers(1, 2),
    errors=st.just(()) | st.just((words("fel"),)),
    unresolved_recipients=st.just(()) | st.just((words("rad 1"),)),
    unanswered_warnings=st.just(()) | st.just((words("varning"),)),
    unrenderable=SENTENCES,
    text_hash=st.sampled_from([None, "a", "b"]),
    submitted_hash=st.sampled_from([None, "a"]),
    submitted_by=st.none() | st.integers(1, 2),
    longest_term=OPTIONAL_DAYS,
    valid_from=OPTIONAL_DAYS,
    valid_through=OPTIONAL_DAYS,
    open_successor=SENTENCES,
    renewable=st.booleans(),
    overlaps=SENTENCES,
    deciding_office=SENTENCES,
    office_has_authority=st.booleans(),
    receiver_can_handle=st.booleans(),
    opinion_is_asked=st.booleans(),
    reviewer_is_known=st.booleans(),
    reviewer_has_answered=st.booleans(),
    reason=st.sampled_from(["", " ", "skäl"]),
    conflict=st.none() | st.booleans(),
    authenticated=st.none() | st.timedeltas(timedelta(minutes=-1), timedelta(minutes=30)),
    effective_day=OPTIONAL_DAYS,
    registry_number=st.sampled_from([None, "", "SJ 2026-1"]),
    decider_named=st.booleans(),
    is_clerical=st.booleans(),
    renewal_opens_on=OPTIONAL_DAYS,
)


@given(case=CASES, row=st.sampled_from(LIFE))
def test_whatever_the_case_a_broken_rule_is_refused_and_a_kept_one_is_not(
    case: Case, row: Step
) -> None:
    case = replace(case, standing=replace(case.standing, state=row.stands))
    open_rows = [
        step
        for step in steps_of(row.stands, row.by, row.act)
        if all(rule.holds(case) for rule in step.provided_that)
    ]
    if open_rows:
        (open_row,) = open_rows
        assert advance(case, row.act, row.by).becomes is open_row.becomes
        return
    with pytest.raises(Refused) as refused:
        advance(case, row.act, row.by)
    assert refused.value.reasons
    assert all(reason.sv and reason.en for reason in refused.value.reasons)


def test_who_may_do_an_act_is_told_once_and_in_the_order_of_the_table() -> None:
    assert roles_for(State.REVIEW, Act.HAND_OVER) == (Role.HANDLER, Role.REGISTRY_KEEPER)
    assert roles_for(State.UNWRITTEN, Act.RECORD) == (Role.REGISTRY_KEEPER,)
    assert roles_for(State.APPROVED, Act.EDIT) == ()


@pytest.mark.parametrize(
    ("act", "by", "letters", "papers"),
    [
        (Act.SUBMIT, Role.HANDLER, {Letter.DECISION_REQUEST}, {Paper.DRAFT}),
        (Act.DECLARE_CONFLICT, Role.DIRECTOR, {Letter.DECISION_REQUEST}, set()),
        (Act.APPROVE, Role.DIRECTOR, {Letter.OUTCOME, Letter.DISTRIBUTION}, {Paper.DECISION}),
        (Act.SEND_BACK, Role.DIRECTOR, {Letter.SENT_BACK}, set()),
        (Act.WITHDRAW, Role.HANDLER, {Letter.WITHDRAWN}, set()),
        (Act.CORRECT, Role.DIRECTOR, {Letter.CORRECTED}, {Paper.CORRECTION}),
        (Act.DISCONTINUE, Role.DISCONTINUER, {Letter.DISCONTINUED}, {Paper.DISCONTINUANCE}),
        (Act.DISCONTINUE, Role.CALENDAR, set(), set()),
        (Act.RECORD, Role.REGISTRY_KEEPER, set(), set()),
        (Act.EDIT, Role.HANDLER, set(), set()),
    ],
)
def test_what_an_act_sets_in_motion(
    act: Act, by: Role, letters: set[Letter], papers: set[Paper]
) -> None:
    follows = what_follows(act, by)
    assert set(follows.letters) == letters
    assert set(follows.papers) == papers


def test_an_outcome_names_the_letters_and_papers_of_its_act() -> None:
    outcome = advance(
        satisfying(_row(State.REVIEW, Act.APPROVE, Role.DIRECTOR)), Act.APPROVE, Role.DIRECTOR
    )
    assert outcome.letters == WHEREUPON[Act.APPROVE].letters
    assert outcome.papers == WHEREUPON[Act.APPROVE].papers


def test_taking_a_step_leaves_the_case_as_it_was() -> None:
    case = satisfying(_row(State.REVIEW, Act.APPROVE, Role.DIRECTOR))
    before = replace(case)
    advance(case, Act.APPROVE, Role.DIRECTOR)
    assert case == before
    assert case.standing.state is State.REVIEW


def _case(state: State, by: int | None = None, overlaps: Words | None = None) -> Case:
    return Case(today=TODAY, standing=Standing(state=state), by=by, overlaps=overlaps)


def _row(stands: State, act: Act, by: Role) -> Step:
    return next(row for row in LIFE if (row.stands, row.act, row.by) == (stands, act, by))
