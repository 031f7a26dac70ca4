"""A case for every row of the life, and how each rule is broken alone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from statemachine.case import Case, Standing
from statemachine.lifecycle import Step
from statemachine.rules import Rule
from statemachine.vocabulary import Act
from statemachine.words import Words

TODAY = date(2026, 6, 17)
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
HANDLER, DIRECTOR = 1, 2


def words(text: str) -> Words:
    return Words(f"{text} (sv)", f"{text} (en)")


SATISFYING: dict[str, Any] = {
    "by": DIRECTOR,
    "deciding_office": words("Utvecklingsdirektören"),
    "office_has_authority": True,
    "text_hash": "a" * 64,
    "submitted_hash": "a" * 64,
    "submitted_by": HANDLER,
    "valid_from": TODAY,
    "valid_through": date(2031, 6, 17),
    "longest_term": date(2031, 6, 17),
    "renewable": True,
    "receiver_can_handle": True,
    "opinion_is_asked": True,
    "reviewer_is_known": True,
    "reason": "Mötesfrekvensen saknas.",
    "conflict": False,
    "authenticated": timedelta(minutes=5),
    "effective_day": TOMORROW,
    "registry_number": "SJ 2026-0042",
    "decider_named": True,
    "is_clerical": True,
    "renewal_opens_on": TODAY,
}
"""Everything said and done as it should be. What stands in the charter itself is in `HOLDS`."""

HOLDS: dict[str, dict[str, Any]] = {
    "decision_day_is_given": {"decided_on": YESTERDAY},
    "group_is_discontinued": {"group_is_discontinued": True},
    "term_has_run_out": {"ends_on": YESTERDAY},
    "term_has_not_run_out": {"ends_on": TODAY},
    "a_successor_took_over": {"successor_took_over": True},
    "discontinuance_has_come": {"discontinue_on": TODAY},
}
"""What makes a rule about the charter's own standing true, where its default does not."""

BROKEN: dict[str, dict[str, Any]] = {
    "no_other_draft_is_open": {"open_successor": words("Nummer 7, hos Anna Ek")},
    "there_is_a_decided_charter": {"renewable": False},
    "receiver_can_handle": {"receiver_can_handle": False},
    "decider_is_named": {"decider_named": False},
    "first_day_is_given": {"valid_from": None},
    "overlaps_nothing": {"overlaps": words("2024-01-01 till 2029-01-01")},
    "document_has_no_errors": {"errors": (words("Syfte saknas."), words("Titel saknas."))},
    "every_recipient_resolves": {"unresolved_recipients": (words("Rad 2: Okänd"),)},
    "deciding_office_is_known": {"deciding_office": None},
    "office_has_authority": {"office_has_authority": False},
    "presenter_answered_the_conflict_question": {"conflict": None},
    "presenter_has_no_conflict": {"conflict": True},
    "warnings_are_answered": {"unanswered_warnings": (words("Samma förvaltning."),)},
    "paper_renders": {"unrenderable": words("Tecknet på rad 4.")},
    "term_is_not_too_long": {"longest_term": date(2026, 6, 16)},
    "term_ends_after_it_begins": {"valid_from": date(2032, 1, 1)},
    "a_reason_is_given": {"reason": " \n"},
    "text_is_as_submitted": {"text_hash": "b" * 64},
    "decider_is_not_the_submitter": {"submitted_by": DIRECTOR},
    "decider_answered_the_conflict_question": {"conflict": None},
    "decider_has_no_conflict": {"conflict": True},
    "decider_authenticated_recently": {"authenticated": timedelta(minutes=16)},
    "effective_day_is_not_past": {"effective_day": YESTERDAY},
    "registry_number_is_given": {"registry_number": ""},
    "correction_is_clerical": {"is_clerical": False},
    "reviewer_is_known": {"reviewer_is_known": False},
    "reviewer_has_not_answered": {"reviewer_has_answered": True},
    "opinion_is_asked": {"opinion_is_asked": False},
    "renewal_window_is_open": {"renewal_opens_on": TOMORROW},
    "renewal_window_is_not_open": {"renewal_opens_on": TODAY},
}
"""What breaks a rule about what is said and done, and nothing else."""

STANDS_BROKEN: dict[str, dict[str, Any]] = {
    "decision_day_is_given": {"decided_on": TOMORROW},
    "group_is_active": {"group_is_discontinued": True},
    "group_is_discontinued": {"group_is_discontinued": False},
    "every_recipient_has_an_outcome": {"outcomes_missing": 1},
    "effective_day_is_within_the_term": {"ends_on": TODAY},
    "not_already_discontinued": {"discontinue_on": TOMORROW},
    "term_has_run_out": {"ends_on": TODAY},
    "term_has_not_run_out": {"ends_on": YESTERDAY},
    "a_successor_took_over": {"successor_took_over": False},
    "no_successor_took_over": {"successor_took_over": True},
    "discontinuance_has_come": {"discontinue_on": TOMORROW},
    "no_discontinuance_has_come": {"discontinue_on": TODAY},
}
"""What breaks a rule about the charter's own standing, and nothing else."""

NEVER_BOTH_BROKEN = {
    "presenter_answered_the_conflict_question": "presenter_has_no_conflict",
    "decider_answered_the_conflict_question": "decider_has_no_conflict",
    "office_has_authority": "deciding_office_is_known",
    "first_day_is_given": "term_ends_after_it_begins",
    "effective_day_is_within_the_term": "effective_day_is_not_past",
    "not_already_discontinued": "effective_day_is_not_past",
}
"""What cannot be broken beside another: a question is unanswered or answered wrongly, an unknown
office lacks no authority, a term without a first day does not end before it, and a day already
past is neither beyond the term nor beyond one decided before."""

CHOOSES_THE_ROW = {
    "term_has_run_out",
    "term_has_not_run_out",
    "a_successor_took_over",
    "no_successor_took_over",
    "renewal_window_is_open",
    "renewal_window_is_not_open",
}
"""In `record`, these tell what the charter becomes, not whether it may be recorded."""


def satisfying(step: Step) -> Case:
    """A case in which every rule of the row holds."""
    standing: dict[str, Any] = {}
    said = dict(SATISFYING)
    for rule in step.provided_that:
        standing |= HOLDS.get(rule.name, {})
        if rule.name == "renewal_window_is_not_open":
            said["renewal_opens_on"] = TOMORROW
    return Case(today=TODAY, standing=Standing(state=step.stands, **standing), **said)


def with_broken(case: Case, *rules: Rule) -> Case:
    """The same case with these rules broken."""
    for rule in rules:
        case = replace(
            case,
            standing=replace(case.standing, **STANDS_BROKEN.get(rule.name, {})),
            **BROKEN.get(rule.name, {}),
        )
    return case


def refusing(step: Step) -> tuple[Rule, ...]:
    """The rules of the row that refuse the act when they are broken."""
    if step.act is Act.RECORD:
        return tuple(rule for rule in step.provided_that if rule.name not in CHOOSES_THE_ROW)
    return step.provided_that


def named(step: Step) -> str:
    """How a row is called in the names of tests."""
    return f"{step.stands}-{step.act}-{step.by}-{step.becomes}"
