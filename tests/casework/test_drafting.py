"""Writing: who begins a draft, what it is a copy of, and what saving it keeps."""

from datetime import date

import pytest

from casework.matter import document_of
from models.document import RecipientLine
from models.session import reading
from statemachine.machine import NotInTheLife, Refused
from statemachine.vocabulary import Act, Letter, State
from tests.builders import (
    BEGUN,
    DAY,
    DECIDED,
    LAST_DAY,
    Region,
    a_charter,
    an_executive_decision,
    with_tasks,
)

LATER = date(2030, 9, 2)


# --- beginning -----------------------------------------------------------------------------------


def test_a_handler_begins_a_draft_and_handles_it(region: Region) -> None:
    draft = region.draft(by="elin")
    assert region.state(draft) is State.DRAFT
    assert region.charter(draft).handler_id == region.person("elin").id
    assert region.text(draft) == a_charter()


def test_the_groups_coordinator_begins_a_draft_and_handles_it(region: Region) -> None:
    draft = region.draft(by="bo")
    assert region.journal(draft)[0].role == "coordinator"
    region.does("bo", Act.EDIT, draft, on=BEGUN, document=with_tasks(a_charter(), "Annat."))


@pytest.mark.parametrize("who", ["anna", "cia", "dag", "helena", "oskar", "astrid"])
def test_nobody_else_begins_a_draft(region: Region, who: str) -> None:
    refused = region.refuses(who, Act.DRAFT, on=BEGUN, group="rorelse", document=a_charter())
    assert isinstance(refused, NotInTheLife)
    assert "handläggare eller koordinator" in refused.reasons[0].sv


def test_a_draft_needs_a_text_and_something_it_is_about(region: Region) -> None:
    region.refuses("sara", Act.DRAFT, on=BEGUN, group="rorelse")
    untitled = an_executive_decision(title=None)
    region.refuses("sara", Act.DRAFT, on=BEGUN, document=untitled)


def test_a_group_has_one_open_draft_of_a_kind(region: Region) -> None:
    draft = region.draft()
    refused = region.refuses("elin", Act.DRAFT, on=BEGUN, group="rorelse", document=a_charter())
    assert f"nummer {draft}" in refused.reasons[0].sv


def test_a_charter_in_review_is_an_open_draft_too(region: Region) -> None:
    region.in_review()
    region.refuses("elin", Act.DRAFT, on=BEGUN, group="rorelse", document=a_charter())


def test_documents_of_different_kinds_are_written_side_by_side(region: Region) -> None:
    region.draft()
    region.draft(document=an_executive_decision())


def test_a_draft_follows_the_latest_decided_charter(region: Region) -> None:
    first = region.distributed()
    draft = region.draft(on=LATER)
    assert region.charter(draft).predecessor_id == first


def test_a_discontinued_group_gets_no_draft_and_no_renewal(region: Region) -> None:
    region.distributed()
    region.discontinues_group("helena", "rorelse", on=LATER, effective_day=LATER)
    for act in (Act.DRAFT, Act.RENEW):
        refused = region.refuses("sara", act, on=LATER, group="rorelse", document=a_charter())
        assert isinstance(refused, Refused)
        assert refused.rules == ("group_is_active",)


def test_a_draft_may_hold_any_error_until_it_is_submitted(region: Region) -> None:
    backwards = a_charter(valid_from=date(2027, 1, 1), valid_through=date(2026, 12, 1))
    draft = region.draft(document=backwards)
    refused = region.refuses("sara", Act.SUBMIT, draft, on=BEGUN, conflict=False)
    assert "innan den börjar" in refused.reasons[0].sv


def test_an_act_on_a_charter_that_is_not_there_is_refused(region: Region) -> None:
    assert "nummer 99" in region.refuses("sara", Act.EDIT, 99, on=BEGUN).reasons[0].sv


def test_an_act_on_no_charter_in_particular_is_refused(region: Region) -> None:
    assert isinstance(region.refuses("sara", Act.SUBMIT, on=BEGUN), NotInTheLife)


# --- renewing ------------------------------------------------------------------------------------


def test_a_renewal_copies_the_text_and_leaves_the_old_decision_behind(region: Region) -> None:
    first = region.distributed(
        document=a_charter(
            valid_from=DECIDED, valid_through=LAST_DAY, revision="reviderad maj 2026"
        )
    )
    renewal = region.does("elin", Act.RENEW, on=LATER, group="rorelse").charter_id
    row, text = region.charter(renewal), region.text(renewal)
    assert row.predecessor_id == first
    assert (row.valid_from, row.valid_through, row.decided_on) == (None, None, None)
    assert text.sections == a_charter().sections
    assert text.document_date == LATER
    assert (text.valid_from, text.valid_through, text.revision) == (None, None, None)
    assert text.decision.date is None
    assert text.decision.maker == a_charter().decision.maker


def test_a_renewal_copies_the_text_as_corrected(region: Region) -> None:
    first = region.distributed()
    mended = with_tasks(a_charter(), "Följ väntetiderna, kom överens.")
    region.does("helena", Act.CORRECT, first, on=LATER, document=mended, reason="Skrivfel.")
    renewal = region.does("sara", Act.RENEW, on=LATER, group="rorelse").charter_id
    assert region.text(renewal).sections == mended.sections


def test_a_charter_that_never_came_into_force_is_not_what_is_renewed(region: Region) -> None:
    region.distributed(valid_from=date(2027, 1, 1))
    in_force = region.successor(on=date(2026, 7, 1))
    renewal = region.does("sara", Act.RENEW, on=LATER, group="rorelse").charter_id
    assert region.charter(renewal).predecessor_id == in_force


def test_without_a_decided_charter_there_is_nothing_to_renew(region: Region) -> None:
    refused = region.refuses("sara", Act.RENEW, on=BEGUN, group="rorelse")
    assert isinstance(refused, Refused)
    assert refused.rules == ("there_is_a_decided_charter",)


# --- editing -------------------------------------------------------------------------------------


def test_every_saved_text_is_kept(region: Region) -> None:
    draft = region.draft()
    region.does("sara", Act.EDIT, draft, on=BEGUN, document=with_tasks(a_charter(), "Annat."))
    hashes = [row.content_hash for row in region.journal(draft)]
    assert len(set(hashes)) == 2
    with reading(region.engine) as connection:
        assert document_of(connection, hashes[0]) == a_charter()


@pytest.mark.parametrize("who", ["elin", "bo", "helena", "oskar"])
def test_only_its_handler_edits_a_draft(region: Region, who: str) -> None:
    draft = region.draft()
    region.refuses(who, Act.EDIT, draft, on=BEGUN, document=with_tasks(a_charter(), "Annat."))


def test_text_in_review_is_not_edited(region: Region) -> None:
    charter = region.in_review()
    refused = region.refuses("sara", Act.EDIT, charter, on=BEGUN, document=a_charter())
    assert isinstance(refused, NotInTheLife)
    assert "granskning" in refused.reasons[0].sv


def test_a_text_that_is_silent_of_its_validity_leaves_what_was_proposed(region: Region) -> None:
    draft = region.draft(valid_from=date(2027, 1, 1), valid_through=date(2028, 12, 31))
    region.does("sara", Act.EDIT, draft, on=BEGUN, document=with_tasks(a_charter(), "Annat."))
    row = region.charter(draft)
    assert (row.valid_from, row.valid_through) == (date(2027, 1, 1), date(2028, 12, 31))


def test_a_last_day_said_to_lie_before_the_first_is_refused(region: Region) -> None:
    draft = region.draft(valid_from=date(2027, 1, 1))
    refused = region.refuses("sara", Act.EDIT, draft, on=BEGUN, valid_through=date(2026, 12, 1))
    assert "2026-12-01" in refused.reasons[0].sv
    assert "2027-01-01" in refused.reasons[0].sv


def test_a_draft_does_not_turn_into_another_kind_of_document(region: Region) -> None:
    draft = region.draft()
    region.refuses("sara", Act.EDIT, draft, on=BEGUN, document=an_executive_decision())


def test_who_gets_it_instead_is_forgotten_only_for_lines_that_changed(region: Region) -> None:
    draft = region.draft()
    region.does("sara", Act.EDIT, draft, on=BEGUN, instead={2: "dag", 3: "gun"})
    chair, coordinator, keeper = a_charter().recipients
    moved = a_charter(recipients=(chair, coordinator, RecipientLine(who="Ledningen"), keeper))
    region.does("sara", Act.EDIT, draft, on=BEGUN, document=moved)
    assert region.charter(draft).instead == {"2": "dag"}


def test_the_deciding_office_is_named_when_editing(region: Region) -> None:
    draft = region.draft()
    region.does("sara", Act.EDIT, draft, on=BEGUN, office="Sjukvårdsdirektör")
    region.refuses("sara", Act.EDIT, draft, on=BEGUN, office="Rymdchef")


# --- handing over and abandoning -----------------------------------------------------------------


@pytest.mark.parametrize("who", ["sara", "oskar"])
def test_handler_and_registry_keeper_hand_a_draft_over(region: Region, who: str) -> None:
    draft = region.draft()
    region.does(who, Act.HAND_OVER, draft, on=BEGUN, to="elin")
    region.does("elin", Act.EDIT, draft, on=BEGUN, document=with_tasks(a_charter(), "Annat."))
    region.refuses("sara", Act.EDIT, draft, on=BEGUN, document=a_charter())
    assert {letter.to for letter in region.letters(Letter.HANDED_OVER)} == {"elin", "sara"}


def test_in_review_the_round_goes_on_with_the_new_handler(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.HAND_OVER, charter, on=BEGUN, to="elin")
    assert region.state(charter) is State.REVIEW
    assert region.charter(charter).round == 1
    region.does("elin", Act.WITHDRAW, charter, on=BEGUN)


@pytest.mark.parametrize("who", ["anna", "oskar", "helena"])
def test_only_a_handler_takes_over(region: Region, who: str) -> None:
    draft = region.draft()
    refused = region.refuses("sara", Act.HAND_OVER, draft, on=BEGUN, to=who)
    assert isinstance(refused, Refused)
    assert refused.rules == ("receiver_can_handle",)


def test_a_handler_who_has_left_takes_nothing_over(region: Region) -> None:
    draft = region.draft()
    region.leaves("elin", on=BEGUN)
    region.refuses("sara", Act.HAND_OVER, draft, on=BEGUN, to="elin")


@pytest.mark.parametrize("who", ["sara", "oskar"])
def test_handler_and_registry_keeper_abandon_a_draft(region: Region, who: str) -> None:
    draft = region.draft()
    region.does(who, Act.ABANDON, draft, on=BEGUN, reason="Behövs inte.")
    assert region.state(draft) is State.ABANDONED
    assert region.draft() != draft


def test_an_abandoned_draft_never_revives(region: Region) -> None:
    draft = region.draft()
    region.does("sara", Act.ABANDON, draft, on=BEGUN)
    for act in (Act.EDIT, Act.SUBMIT, Act.ABANDON, Act.HAND_OVER):
        assert isinstance(
            region.refuses("sara", act, draft, on=BEGUN + DAY, conflict=False, to="elin"),
            NotInTheLife,
        )
    region.sweep(date(2027, 1, 4))
    assert region.letters(Letter.DRAFT_UNTOUCHED) == []
