"""Correcting: a clerical error is mended, and both papers are kept."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.document import DecisionLine, Named
from statemachine.machine import NotInTheLife, Refused
from statemachine.vocabulary import Act, Letter, State
from tests.builders import DAY, DECIDED, LAPSED, LAST_DAY, Region, a_charter, with_tasks

TODAY = date(2027, 3, 1)
MENDED = with_tasks(a_charter(), "Följ väntetiderna, och kom överens.")


def corrected(region: Region, charter: int, *, on: date = TODAY, **said: Any) -> None:
    stated = {"document": MENDED, "reason": "Skrivfel i uppdraget.", **said}
    region.does("helena", Act.CORRECT, charter, on=on, **stated)


def rules(region: Region, charter: int, **said: Any) -> tuple[str, ...]:
    stated = {"document": MENDED, "reason": "Skrivfel.", **said}
    refused = region.refuses("helena", Act.CORRECT, charter, on=TODAY, **stated)
    assert isinstance(refused, Refused)
    return refused.rules


def test_both_papers_are_kept_and_the_decided_text_stands(anywhere: Region) -> None:
    charter = anywhere.distributed()
    decided = anywhere.charter(charter)
    corrected(anywhere, charter)
    assert anywhere.papers(charter) == ["draft", "decision", "correction"]
    row = anywhere.charter(charter)
    assert row.content_hash == decided.content_hash
    assert (row.state, row.valid_from, row.ends_on) == ("distributed", DECIDED, LAST_DAY)
    approval, correction = anywhere.decisions(charter)
    assert approval.content_hash == decided.content_hash
    assert correction.what == "correct"
    assert correction.content_hash != decided.content_hash
    assert correction.reason == "Skrivfel i uppdraget."
    assert anywhere.journal(charter)[-1].content_hash == correction.content_hash


def test_the_distribution_list_is_told_with_the_new_paper(region: Region) -> None:
    charter = region.distributed()
    corrected(region, charter)
    assert [one.to for one in region.letters(Letter.CORRECTED)] == ["anna", "bo", "oskar"]


def test_whoever_has_left_is_told_nothing(region: Region) -> None:
    charter = region.distributed()
    region.leaves("anna", on=TODAY)
    corrected(region, charter)
    assert [one.to for one in region.letters(Letter.CORRECTED)] == ["bo", "oskar"]


@pytest.mark.parametrize("state", [State.APPROVED, State.DISTRIBUTED, State.EXPIRING])
def test_a_living_charter_is_corrected_and_stays_as_it_was(region: Region, state: State) -> None:
    short = date(2027, 12, 31)
    charter = {
        State.APPROVED: region.approved,
        State.DISTRIBUTED: region.distributed,
        State.EXPIRING: lambda: region.distributed(valid_through=short),
    }[state]()
    region.sweep(TODAY)
    assert region.state(charter) is state
    corrected(region, charter)
    assert region.state(charter) is state


def test_a_charter_is_corrected_more_than_once_and_every_paper_is_kept(region: Region) -> None:
    charter = region.distributed()
    corrected(region, charter)
    assert rules(region, charter) == ("correction_is_clerical",)
    corrected(region, charter, document=with_tasks(a_charter(), "Följ väntetiderna; kom överens."))
    assert region.papers(charter).count("correction") == 2
    assert len(region.letters(Letter.CORRECTED)) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"valid_through": date(2030, 1, 1)},
        {"valid_from": TODAY},
        {"group": "Samordningsgrupp nära vård"},
        {"commissioner": Named(name="Rolf Sund")},
        {"decision": DecisionLine(maker=Named(name="Rolf Sund"))},
    ],
    ids=["nothing", "last day", "first day", "group", "commissioner", "decider"],
)
def test_what_was_decided_is_not_changed_by_a_correction(
    region: Region, changes: dict[str, Any]
) -> None:
    charter = region.distributed()
    assert "correction_is_clerical" in rules(region, charter, document=a_charter(**changes))


@pytest.mark.parametrize(
    "tasks",
    [
        "Rådet avgör ensamt alla inköp.",
        "Följ väntetiderna och kom överens.\n\nBesluta om alla inköp.",
    ],
    ids=["a task rewritten", "a task added"],
)
def test_what_says_something_else_takes_a_new_decision(region: Region, tasks: str) -> None:
    charter = region.distributed()
    rewritten = with_tasks(a_charter(), tasks)
    assert rules(region, charter, document=rewritten) == ("correction_is_clerical",)


def test_a_correction_changes_neither_list_nor_title_nor_a_section_of_the_same_heading(
    region: Region,
) -> None:
    charter = region.distributed()
    said = a_charter()
    twice = [one.model_copy(update={"key": "other", "heading": "Övrigt"}) for one in said.sections]
    for changes in (
        {"title": "Uppdragshandling för något helt annat"},
        {"recipients": said.recipients[:-1]},
        {"assignee": "Ett annat råd"},
        {"sections": (*said.sections, twice[0])},
    ):
        broken = rules(region, charter, document=said.model_copy(update=changes))
        assert "correction_is_clerical" in broken


def test_each_thing_a_correction_needs_is_asked_for(region: Region) -> None:
    charter = region.distributed()
    assert rules(region, charter, reason=" ") == ("a_reason_is_given",)
    lacking = with_tasks(a_charter(), "Följ väntetiderna och kom överens xxx.")
    assert rules(region, charter, document=lacking) == ("document_has_no_errors",)
    too_old = timedelta(minutes=16)
    assert rules(region, charter, authenticated=too_old) == ("decider_authenticated_recently",)
    assert rules(region, charter, conflict=True) == ("decider_has_no_conflict",)


@pytest.mark.parametrize("who", ["sara", "oskar", "mikael"])
def test_only_the_deciding_office_corrects(region: Region, who: str) -> None:
    charter = region.distributed()
    refused = region.refuses(who, Act.CORRECT, charter, on=TODAY, document=MENDED, reason="Fel.")
    assert isinstance(refused, NotInTheLife)


def test_what_has_ended_is_not_corrected(region: Region) -> None:
    charter = region.distributed()
    region.sweep(LAPSED + DAY)
    region.refuses("helena", Act.CORRECT, charter, on=LAPSED + DAY, document=MENDED, reason="F")
