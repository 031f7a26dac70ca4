"""Discontinuing: a charter, or a group and with it all it has, ends early by a full decision."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.session import reading
from models.tables import Decision, PaperKept, SeatHeld
from statemachine.machine import NotInTheLife, Refused
from statemachine.vocabulary import Act, Letter, State
from statemachine.words import Refusal
from tests.builders import (
    DAY,
    DECIDED,
    FOUNDED,
    LAST_DAY,
    NAMES,
    WEEK,
    Region,
    an_executive_decision,
    replayed,
)

TODAY = date(2027, 3, 1)
DAY_IT_ENDS = date(2027, 9, 1)


def rules(region: Region, charter: int, **said: Any) -> tuple[str, ...]:
    stated = {
        "reason": "Slutfört.",
        "registry_number": "RS 2027-00002",
        "effective_day": DAY_IT_ENDS,
        "conflict": False,
        **said,
    }
    refused = region.refuses("helena", Act.DISCONTINUE, charter, on=TODAY, **stated)
    assert isinstance(refused, Refused)
    return refused.rules


# --- a charter -----------------------------------------------------------------------------------


def test_a_charter_discontinued_from_a_day_is_in_force_until_the_day_before(
    anywhere: Region,
) -> None:
    charter = anywhere.distributed()
    anywhere.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS)
    assert anywhere.in_force(charter) == (DECIDED, DAY_IT_ENDS - DAY)
    assert anywhere.state(charter) is State.DISTRIBUTED
    anywhere.live_through(DAY_IT_ENDS - DAY)
    assert anywhere.state(charter) is State.DISTRIBUTED
    anywhere.sweep(DAY_IT_ENDS)
    assert anywhere.state(charter) is State.DISCONTINUED
    assert replayed(anywhere.journal(charter)) is State.DISCONTINUED


def test_a_charter_discontinued_from_today_ends_at_once(anywhere: Region) -> None:
    charter = anywhere.distributed()
    anywhere.discontinued(charter, on=TODAY, effective_day=TODAY)
    assert anywhere.state(charter) is State.DISCONTINUED
    assert anywhere.in_force(charter) == (DECIDED, TODAY - DAY)


def test_a_charter_discontinued_before_it_begins_is_never_in_force(anywhere: Region) -> None:
    charter = anywhere.distributed(valid_from=date(2028, 1, 1))
    anywhere.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS)
    assert anywhere.in_force(charter) == (date(2028, 1, 1), date(2027, 12, 31))
    anywhere.live_through(date(2029, 1, 1))
    assert anywhere.state(charter) is State.DISCONTINUED
    assert anywhere.letters(Letter.RENEWAL, Letter.EXPIRED) == []


def test_a_charter_is_discontinued_before_everyone_has_been_reached(region: Region) -> None:
    charter = region.approved()
    region.discontinued(charter, on=DECIDED + DAY, effective_day=DECIDED + DAY)
    assert region.state(charter) is State.DISCONTINUED


def test_a_discontinuance_is_a_full_decision_with_its_paper(anywhere: Region) -> None:
    charter = anywhere.distributed()
    anywhere.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS, presenter="Sara Nyberg")
    decision = anywhere.decisions(charter)[-1]
    assert decision.what == "discontinue"
    assert decision.effective_day == DAY_IT_ENDS
    assert decision.registry_number == "RS 2027-00002"
    assert decision.reason == "Uppdraget är slutfört."
    assert decision.conflict == "no"
    assert decision.presenter == "Sara Nyberg"
    assert decision.authority_basis == "Delegation 4.2"
    assert anywhere.papers(charter)[-1] == "discontinuance"


def test_the_distribution_list_and_all_who_took_part_are_told_with_the_paper(
    region: Region,
) -> None:
    charter = region.distributed()
    region.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS)
    told = [row for row in region.outbox(charter) if row.letter == Letter.DISCONTINUED]
    assert {row.to_email.split("@")[0] for row in told} == {"anna", "bo", "oskar", "sara", "gun"}
    assert all(len(row.papers) == 1 for row in told)


def test_whoever_has_left_the_distribution_list_is_told_nothing(region: Region) -> None:
    charter = region.distributed()
    region.leaves("bo", on=TODAY)
    region.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS)
    assert "bo" not in {one.to for one in region.letters(Letter.DISCONTINUED)}


def test_each_thing_a_discontinuance_needs_is_asked_for(region: Region) -> None:
    charter = region.distributed()
    assert rules(region, charter, reason=" ") == ("a_reason_is_given",)
    assert rules(region, charter, registry_number=None) == ("registry_number_is_given",)
    assert rules(region, charter, effective_day=None) == ("effective_day_is_not_past",)
    assert rules(region, charter, effective_day=TODAY - DAY) == ("effective_day_is_not_past",)
    assert rules(region, charter, conflict=None) == ("decider_answered_the_conflict_question",)
    assert rules(region, charter, conflict=True) == ("decider_has_no_conflict",)
    too_old = timedelta(minutes=16)
    assert rules(region, charter, authenticated=too_old) == ("decider_authenticated_recently",)


def test_all_that_is_missing_is_named_at_once(region: Region) -> None:
    charter = region.distributed()
    nothing: dict[str, Any] = {"registry_number": None, "effective_day": None, "conflict": None}
    assert rules(region, charter, reason="", authenticated=None, **nothing) == (
        "a_reason_is_given",
        "registry_number_is_given",
        "effective_day_is_not_past",
        "decider_answered_the_conflict_question",
        "decider_authenticated_recently",
    )


def test_a_charter_is_discontinued_once_unless_it_is_to_end_earlier(region: Region) -> None:
    charter = region.distributed()
    region.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS)
    assert "not_already_discontinued" in rules(region, charter)
    region.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS - WEEK)
    region.live_through(DAY_IT_ENDS - WEEK)
    assert region.state(charter) is State.DISCONTINUED


def test_a_charter_discontinued_from_a_later_day_ends_with_its_group(region: Region) -> None:
    charter = region.distributed()
    region.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS + WEEK)
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    region.live_through(DAY_IT_ENDS)
    assert region.state(charter) is State.DISCONTINUED
    assert region.in_force(charter) == (DECIDED, DAY_IT_ENDS - DAY)


@pytest.mark.parametrize("who", ["sara", "oskar", "anna", "mikael"])
def test_only_an_office_with_that_authority_discontinues(region: Region, who: str) -> None:
    charter = region.distributed()
    region.also_decides("stabschef", on=TODAY)
    refused = region.refuses(
        who,
        Act.DISCONTINUE,
        charter,
        on=TODAY,
        reason="Nej.",
        registry_number="RS 1",
        effective_day=TODAY,
        conflict=False,
    )
    assert isinstance(refused, NotInTheLife)


def test_a_charter_that_has_ended_is_not_discontinued(region: Region) -> None:
    charter = region.distributed(valid_through=date(2026, 12, 31))
    region.sweep(TODAY)
    region.refuses("helena", Act.DISCONTINUE, charter, on=TODAY, effective_day=TODAY)


def test_no_reminder_is_sent_of_a_charter_that_will_be_discontinued(region: Region) -> None:
    charter = region.distributed(valid_through=date(2027, 12, 31))
    region.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS)
    region.live_through(DAY_IT_ENDS)
    later = region.letters(charter=charter, since=TODAY + DAY)
    assert later == []


def test_a_discontinued_charter_leaves_a_gap(region: Region) -> None:
    charter = region.distributed()
    region.discontinued(charter, on=TODAY, effective_day=DAY_IT_ENDS)
    assert region.group().gap_since is None
    region.live_through(date(2027, 10, 31))
    assert region.group().gap_since == DAY_IT_ENDS
    assert {one.day for one in region.letters(Letter.GAP)} == {date(2027, 10, 1)}


def test_a_successor_decided_before_that_day_supersedes_instead(region: Region) -> None:
    first = region.distributed()
    region.discontinued(first, on=TODAY, effective_day=DAY_IT_ENDS)
    region.successor(on=date(2027, 6, 1))
    assert region.state(first) is State.SUPERSEDED
    assert region.in_force(first) == (DECIDED, date(2027, 5, 31))


# --- a group -------------------------------------------------------------------------------------


def test_a_groups_charter_ends_on_the_groups_day(anywhere: Region) -> None:
    charter = anywhere.distributed()
    done = anywhere.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    assert done.charters_ended == (charter,)
    assert anywhere.in_force(charter) == (DECIDED, DAY_IT_ENDS - DAY)
    anywhere.live_through(DAY_IT_ENDS)
    assert anywhere.state(charter) is State.DISCONTINUED
    assert anywhere.group().discontinued_on == DAY_IT_ENDS


def test_on_its_day_reviews_are_returned_drafts_abandoned_and_seats_closed(
    anywhere: Region,
) -> None:
    review = anywhere.in_review(on=TODAY)
    draft = anywhere.draft(on=TODAY, document=an_executive_decision(group="Samordningsråd rörelse"))
    anywhere.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    anywhere.live_through(DAY_IT_ENDS - DAY)
    assert (anywhere.state(review), anywhere.state(draft)) == (State.REVIEW, State.DRAFT)
    anywhere.sweep(DAY_IT_ENDS)
    assert (anywhere.state(review), anywhere.state(draft)) == (State.DRAFT, State.ABANDONED)
    assert {one.to for one in anywhere.letters(Letter.SENT_BACK)} == {"sara"}
    assert seats_through(anywhere) == {DAY_IT_ENDS - DAY}


def test_a_seat_that_was_to_begin_later_never_does(region: Region) -> None:
    region.takes_seat("rolf", "vice_chair", on=TODAY, from_=DAY_IT_ENDS + WEEK)
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    region.live_through(DAY_IT_ENDS)
    assert seats_through(region) == {DAY_IT_ENDS - DAY}


def seats_through(region: Region) -> set[date | None]:
    with reading(region.engine) as connection:
        own = select(SeatHeld.through).where(SeatHeld.group_id == region.group().id)
        return set(connection.execute(own).scalars())


def test_a_group_discontinued_from_today_is_closed_at_once_and_only_once(
    anywhere: Region,
) -> None:
    review = anywhere.in_review(on=TODAY)
    done = anywhere.discontinues_group("helena", "rorelse", on=TODAY, effective_day=TODAY)
    assert done.returned == (review,)
    assert anywhere.state(review) is State.DRAFT
    for day in (TODAY, TODAY + DAY, TODAY + WEEK):
        anywhere.sweep(day)
    assert anywhere.state(review) is State.DRAFT


def test_a_group_with_a_charter_in_force_is_closed_once_when_it_ends_today(region: Region) -> None:
    region.distributed()
    coming = region.does("sara", Act.RENEW, on=TODAY, group="rorelse").charter_id
    region.submitted(coming, on=TODAY)
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=TODAY)
    region.sweep(TODAY + DAY)
    assert region.state(coming) is State.DRAFT


def test_the_group_taking_over_is_named_in_decision_paper_and_letters(anywhere: Region) -> None:
    charter = anywhere.with_a_neighbour().distributed()
    anywhere.discontinues_group(
        "helena",
        "rorelse",
        on=TODAY,
        effective_day=DAY_IT_ENDS,
        into="Samordningsgrupp nära vård",
    )
    taking_over = anywhere.group("narvard")
    assert anywhere.group().taken_over_by_id == taking_over.id
    told = [row for row in anywhere.outbox(charter) if row.letter == Letter.DISCONTINUED]
    assert {row.facts["taken_over_by"] for row in told} == {taking_over.name}
    with reading(anywhere.engine) as connection:
        decision = connection.execute(
            select(Decision).where(Decision.what == "discontinue-group")
        ).one()
        papers = connection.execute(
            select(PaperKept.paper).where(PaperKept.decision_id == decision.id)
        ).scalars()
        assert decision.group_id == anywhere.group().id
        assert list(papers) == ["discontinuance"]


def test_a_group_is_taken_over_by_another_one_that_goes_on(region: Region) -> None:
    region.with_a_neighbour()
    rorelse, nara_vard = NAMES["rorelse"], NAMES["narvard"]
    said: dict[str, Any] = {"on": TODAY, "effective_day": DAY_IT_ENDS}
    with pytest.raises(Refusal, match="by itself"):
        region.discontinues_group("helena", "rorelse", into=rorelse, **said)
    region.discontinues_group("helena", "narvard", **said)
    with pytest.raises(Refusal, match="ceases to be"):
        region.discontinues_group("helena", "rorelse", into=nara_vard, **said)
    assert region.group().discontinued_on is None


def test_a_group_without_a_charter_has_its_members_told(region: Region) -> None:
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    assert {one.to for one in region.letters(Letter.DISCONTINUED)} == {"anna", "bo", "cia", "dag"}


def test_a_charter_approved_before_the_groups_day_ends_with_the_group(anywhere: Region) -> None:
    charter = anywhere.in_review(on=TODAY)
    anywhere.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    done = anywhere.decided(charter, on=TODAY + WEEK)
    assert done.note is not None
    assert "2027-09-01" in done.note.sv
    row = anywhere.charter(charter)
    assert (row.valid_through, row.ends_on) == (date(2032, 3, 8), DAY_IT_ENDS - DAY)
    anywhere.reached(charter, on=TODAY + WEEK)
    anywhere.live_through(DAY_IT_ENDS)
    assert anywhere.state(charter) is State.DISCONTINUED


def test_nothing_is_decided_for_a_group_that_is_gone_though_the_calendar_is_late(
    region: Region,
) -> None:
    charter = region.in_review(on=TODAY)
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    refused = region.refuses("helena", Act.APPROVE, charter, on=DAY_IT_ENDS, conflict=False)
    assert isinstance(refused, Refused)
    assert "group_is_active" in refused.rules


def test_a_group_outlives_a_charter_that_ends_before_it(region: Region) -> None:
    charter = region.distributed(valid_through=date(2027, 5, 31))
    done = region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    assert done.charters_ended == ()
    region.live_through(DAY_IT_ENDS)
    assert region.state(charter) is State.EXPIRED
    assert {one.day for one in region.letters(Letter.GAP)} == {
        date(2027, 7, 1),
        date(2027, 8, 2),
    }


def test_a_group_in_a_gap_is_still_closed_on_its_day(region: Region) -> None:
    region.distributed(valid_through=date(2027, 8, 27))
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    region.live_through(DAY_IT_ENDS)
    assert seats_through(region) == {DAY_IT_ENDS - DAY}


def test_gap_letters_go_on_until_the_group_ends_and_no_longer(region: Region) -> None:
    region.discontinues_group(
        "helena", "rorelse", on=date(2026, 1, 12), effective_day=date(2026, 5, 4)
    )
    region.live_through(date(2027, 1, 1))
    assert sorted({one.day for one in region.letters(Letter.GAP)}) == [
        date(2026, 2, 5),
        date(2026, 3, 5),
        date(2026, 4, 7),
    ]


def test_a_group_left_with_a_gap_by_its_discontinuance_is_written_about_and_then_closed(
    region: Region,
) -> None:
    never_begins = region.distributed(valid_from=DAY_IT_ENDS + 60 * DAY)
    coming = region.does("sara", Act.RENEW, on=TODAY, group="rorelse").charter_id
    region.submitted(coming, on=TODAY)
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    assert region.group().gap_since == FOUNDED
    region.live_through(DAY_IT_ENDS)
    assert region.letters(Letter.GAP)
    assert region.state(never_begins) is State.DISCONTINUED
    assert region.state(coming) is State.DRAFT
    assert region.group().wake_on is None
    assert seats_through(region) == {DAY_IT_ENDS - DAY}


def test_a_group_is_discontinued_once(region: Region) -> None:
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    with pytest.raises(Refused) as refused:
        region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    assert refused.value.rules == ("not_already_discontinued",)


def test_all_that_a_groups_discontinuance_lacks_is_named_and_nothing_is_done(
    region: Region,
) -> None:
    region.distributed()
    before = region.everything()
    with pytest.raises(Refused) as refused:
        region.discontinues_group(
            "helena", "rorelse", on=TODAY, effective_day=None, reason="", conflict=None
        )
    assert refused.value.rules == (
        "a_reason_is_given",
        "effective_day_is_not_past",
        "decider_answered_the_conflict_question",
    )
    assert region.everything() == before


@pytest.mark.parametrize("who", ["sara", "anna", "oskar"])
def test_only_an_office_with_that_authority_discontinues_a_group(region: Region, who: str) -> None:
    with pytest.raises(NotInTheLife):
        region.discontinues_group(who, "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)


def test_an_unknown_group_takes_nothing_over(region: Region) -> None:
    before = region.everything()
    with pytest.raises(Refusal, match="no group"):
        region.discontinues_group(
            "helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS, into="Rymdrådet"
        )
    assert region.everything() == before


def test_a_discontinued_group_is_written_to_no_more(region: Region) -> None:
    region.distributed()
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=DAY_IT_ENDS)
    region.live_through(LAST_DAY)
    assert region.letters(since=TODAY + DAY) == []
