"""Submitting: what must be in order before a case is put in front of the director."""

from datetime import date
from typing import Any

import pytest

from casework.papers import Printer
from documents import Look
from models.document import DecisionLine, Named, RecipientLine
from statemachine.machine import NotInTheLife, Refused
from statemachine.vocabulary import Act, Letter, State
from tests.builders import (
    BEGUN,
    DAY,
    DECIDED,
    Region,
    a_charter,
    an_executive_decision,
    with_tasks,
)


def rules(region: Region, charter: int, *, on: date = BEGUN, **said: Any) -> tuple[str, ...]:
    """The rules broken when the handler submits, with no conflict of interest."""
    refused = region.refuses("sara", Act.SUBMIT, charter, on=on, **{"conflict": False, **said})
    assert isinstance(refused, Refused)
    assert len(refused.reasons) == len(refused.rules)
    return refused.rules


def test_a_submitted_charter_waits_for_the_director_in_its_first_round(region: Region) -> None:
    charter = region.in_review()
    row = region.charter(charter)
    assert (row.state, row.round, row.submitted_on) == ("review", 1, BEGUN)
    assert row.submitted_hash == row.content_hash
    assert row.submitted_by_id == region.person("sara").id
    assert region.letters() == [(BEGUN, Letter.DECISION_REQUEST, "", "helena")]


def test_the_request_carries_the_draft_paper(region: Region) -> None:
    charter = region.in_review()
    assert region.papers(charter) == ["draft"]
    (request,) = region.outbox(charter)
    assert len(request.papers) == 1


@pytest.mark.parametrize("who", ["elin", "bo", "helena", "oskar"])
def test_only_its_handler_submits_a_draft(region: Region, who: str) -> None:
    draft = region.draft()
    refused = region.refuses(who, Act.SUBMIT, draft, on=BEGUN, conflict=False)
    assert isinstance(refused, NotInTheLife)


def test_a_submitted_charter_is_not_submitted_again(region: Region) -> None:
    charter = region.in_review()
    refused = region.refuses("sara", Act.SUBMIT, charter, on=BEGUN, conflict=False)
    assert isinstance(refused, NotInTheLife)


# --- one rule at a time --------------------------------------------------------------------------


def test_a_charter_with_a_placeholder_is_not_submitted(region: Region) -> None:
    draft = region.draft(document=a_charter(area="xxx"))
    assert rules(region, draft) == ("document_has_no_errors",)


def test_a_charter_without_what_its_kind_requires_is_not_submitted(region: Region) -> None:
    draft = region.draft(document=a_charter(registry_number=None))
    assert rules(region, draft) == ("document_has_no_errors",)


def test_a_recipient_nobody_is_behind_is_named(region: Region) -> None:
    draft = region.draft()
    region.vacates("coordinator", on=BEGUN)
    refused = region.refuses("sara", Act.SUBMIT, draft, on=BEGUN, conflict=False)
    assert "Rad 2 (Koordinator för Samordningsråd rörelse)" in refused.reasons[0].sv


def test_the_handler_names_who_gets_it_instead(region: Region) -> None:
    charter = region.draft()
    region.vacates("coordinator", on=BEGUN)
    region.submitted(charter, on=BEGUN, instead={2: "dag"})
    region.decided(charter, on=DECIDED)
    assert [row.name for row in region.recipients(charter)] == [
        "Anna Ek",
        "Dag Hall",
        "Oskar Dahl",
    ]


def test_someone_outside_gets_it_instead_at_their_address(region: Region) -> None:
    charter = region.draft()
    region.vacates("coordinator", on=BEGUN)
    region.submitted(charter, on=BEGUN, instead={2: "vikarie@bemanning.example"})
    region.decided(charter, on=DECIDED)
    assert "vikarie@bemanning.example" in [row.email for row in region.recipients(charter)]


@pytest.mark.parametrize("instead", ["bo", "bo@sjoviken.example", "nobody.at.all"])
def test_nobody_who_has_left_gets_it_instead(region: Region, instead: str) -> None:
    draft = region.draft()
    region.vacates("coordinator", on=BEGUN)
    region.leaves("bo", on=BEGUN)
    assert rules(region, draft, instead={2: instead}) == ("every_recipient_resolves",)


def test_the_address_of_someone_who_has_left_reaches_nobody(region: Region) -> None:
    lines = (*a_charter().recipients, RecipientLine(who="Dag Hall", email="dag@sjoviken.example"))
    draft = region.draft(document=a_charter(recipients=lines))
    region.leaves("dag", on=BEGUN)
    assert rules(region, draft) == ("every_recipient_resolves",)


def test_it_must_be_clear_which_office_decides(region: Region) -> None:
    region.also_decides("stabschef", on=BEGUN)
    untold = a_charter(decision=DecisionLine(maker=Named(name="Helena Ask")))
    draft = region.draft(document=untold)
    assert rules(region, draft) == ("deciding_office_is_known",)
    region.does("sara", Act.EDIT, draft, on=BEGUN, office="direktor")
    region.submitted(draft, on=BEGUN)


def test_the_office_must_have_authority_today(region: Region) -> None:
    region.authority_ends(on=BEGUN, through=BEGUN)
    draft = region.draft()
    assert rules(region, draft, on=BEGUN + DAY) == ("office_has_authority",)


def test_the_presenter_answers_the_question_of_conflict(region: Region) -> None:
    draft = region.draft()
    assert rules(region, draft, conflict=None) == ("presenter_answered_the_conflict_question",)
    assert rules(region, draft, conflict=True) == ("presenter_has_no_conflict",)


def test_chair_and_liaison_from_one_administration_must_be_answered(region: Region) -> None:
    region.takes_seat("bo", "chair", on=BEGUN)
    draft = region.draft()
    refused = region.refuses("sara", Act.SUBMIT, draft, on=BEGUN, conflict=False)
    assert "Bo Lund" in refused.reasons[0].sv
    assert "Kansliet" in refused.reasons[0].sv
    region.submitted(draft, on=BEGUN, answer="Tillfälligt, till nyåret.")
    assert region.journal(draft)[-1].details["answer"] == "Tillfälligt, till nyåret."


def test_what_cannot_be_printed_is_refused_here_and_not_before_the_director(
    region: Region,
) -> None:
    printing = Region(region.engine, press=Printer(Look(organisation="Region Sjöviken")))
    draft = printing.draft(document=with_tasks(a_charter(), "Följ väntetiderna 𐎀."))
    assert rules(printing, draft) == ("paper_renders",)


def test_a_term_longer_than_five_years_is_refused(region: Region) -> None:
    draft = region.draft(valid_from=DECIDED, valid_through=date(2031, 6, 18))
    assert rules(region, draft) == ("term_is_not_too_long",)


def test_a_charter_whose_last_day_has_passed_is_refused(region: Region) -> None:
    draft = region.draft(valid_through=BEGUN)
    assert rules(region, draft, on=BEGUN + DAY) == ("term_ends_after_it_begins",)


def test_a_discontinued_groups_draft_is_not_submitted(region: Region) -> None:
    returned = region.in_review()
    region.discontinues_group("helena", "rorelse", on=DECIDED, effective_day=DECIDED)
    assert region.state(returned) is State.DRAFT
    assert "group_is_active" in rules(region, returned, on=DECIDED)


# --- all at once ---------------------------------------------------------------------------------


def test_every_broken_rule_is_named_at_once(region: Region) -> None:
    region.also_decides("stabschef", on=BEGUN)
    region.takes_seat("bo", "chair", on=BEGUN)
    region.vacates("coordinator", on=BEGUN)
    broken = a_charter(area="xxx", decision=DecisionLine())
    draft = region.draft(document=broken, valid_through=date(2041, 1, 1))
    assert rules(region, draft, conflict=None) == (
        "document_has_no_errors",
        "term_is_not_too_long",
        "every_recipient_resolves",
        "deciding_office_is_known",
        "presenter_answered_the_conflict_question",
        "warnings_are_answered",
    )


def test_an_executive_decision_needs_neither_group_nor_term(region: Region) -> None:
    charter = region.in_review(document=an_executive_decision())
    region.decided(charter, on=DECIDED)
    assert region.in_force(charter) == (DECIDED, None)
