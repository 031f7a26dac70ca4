"""In review: opinions, withdrawing, sending back, and the director's decision."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from casework.matter import TERMINAL
from models.document import as_json, content_hash
from models.session import transaction
from models.tables import Charter, Content, Opinion
from statemachine.machine import NotInTheLife, Refused
from statemachine.vocabulary import EXPIRY_WARNINGS, Act, Letter, State
from tests.builders import (
    BEGUN,
    DAY,
    DECIDED,
    LAST_DAY,
    WEEK,
    Region,
    a_charter,
    moment,
    with_tasks,
)

TUESDAY = BEGUN + DAY


def rules(region: Region, charter: int, *, on: date = DECIDED, **said: Any) -> tuple[str, ...]:
    """The rules broken when the director approves, with no conflict of interest."""
    refused = region.refuses("helena", Act.APPROVE, charter, on=on, **{"conflict": False, **said})
    assert isinstance(refused, Refused)
    return refused.rules


# --- opinions ------------------------------------------------------------------------------------


def test_an_opinion_is_asked_for_given_and_told(region: Region) -> None:
    charter = region.in_review()
    region.does("helena", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.does("rolf", Act.OPINION, charter, on=TUESDAY, supports=False, statement="Tydligare.")
    asked, given = Letter.OPINION_ASKED, Letter.OPINION_GIVEN
    assert [(one.day, one.to) for one in region.letters(asked)] == [(BEGUN, "rolf")]
    assert [(one.day, one.to) for one in region.letters(given)] == [
        (TUESDAY, "sara"),
        (TUESDAY, "helena"),
    ]
    (told, _) = (row for row in region.outbox(charter) if row.letter == given)
    assert told.facts["statement"] == "Tydligare."


def test_whoever_has_given_an_opinion_is_not_asked_again_in_the_round(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.does("sara", Act.ASK_OPINION, charter, on=TUESDAY, to="rolf")
    region.does("rolf", Act.OPINION, charter, on=TUESDAY, supports=True)
    refused = region.refuses("sara", Act.ASK_OPINION, charter, on=TUESDAY, to="rolf")
    assert isinstance(refused, Refused)
    assert refused.rules == ("reviewer_has_not_answered",)
    region.does("helena", Act.SEND_BACK, charter, on=TUESDAY, reason="Förtydliga.")
    region.submitted(charter, on=DECIDED)
    region.does("sara", Act.ASK_OPINION, charter, on=DECIDED, to="rolf")


def test_someone_in_conflict_does_not_send_the_case_back(region: Region) -> None:
    charter = region.in_review()
    region.does("helena", Act.DECLARE_CONFLICT, charter, on=TUESDAY)
    refused = region.refuses("helena", Act.SEND_BACK, charter, on=TUESDAY, reason="Förtydliga.")
    assert isinstance(refused, Refused)
    assert refused.rules == ("decider_has_no_conflict",)


def test_an_opinion_is_advisory(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.decided(charter, on=DECIDED)
    assert region.state(charter) is State.APPROVED


@pytest.mark.parametrize("who", ["elin", "oskar", "anna"])
def test_only_handler_and_director_ask_for_an_opinion(region: Region, who: str) -> None:
    charter = region.in_review()
    region.refuses(who, Act.ASK_OPINION, charter, on=BEGUN, to="rolf")


def test_only_someone_who_is_here_is_asked(region: Region) -> None:
    charter = region.in_review()
    region.leaves("rolf", on=BEGUN)
    refused = region.refuses("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    assert isinstance(refused, Refused)
    assert refused.rules == ("reviewer_is_known",)


def test_only_whoever_was_asked_gives_an_opinion_and_only_once(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.refuses("dag", Act.OPINION, charter, on=BEGUN, supports=True)
    region.does("rolf", Act.OPINION, charter, on=BEGUN, supports=True)
    refused = region.refuses("rolf", Act.OPINION, charter, on=BEGUN, supports=False)
    assert isinstance(refused, Refused)
    assert refused.rules == ("opinion_is_asked",)


def test_an_opinion_asked_for_in_a_withdrawn_round_is_not_given_in_the_next(
    region: Region,
) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.does("sara", Act.WITHDRAW, charter, on=BEGUN)
    region.refuses("rolf", Act.OPINION, charter, on=BEGUN, supports=True)
    region.submitted(charter, on=BEGUN)
    region.refuses("rolf", Act.OPINION, charter, on=BEGUN, supports=True)


def test_an_opinion_is_tied_to_the_text_it_was_given_on(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.does("rolf", Act.OPINION, charter, on=BEGUN, supports=True)
    with transaction(region.engine) as connection:
        kept = connection.execute(select(Opinion)).one()
    assert kept.content_hash == region.charter(charter).submitted_hash


# --- withdrawing ---------------------------------------------------------------------------------


def test_withdrawing_ends_the_round_and_its_letters(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.does("sara", Act.WITHDRAW, charter, on=BEGUN)
    assert region.state(charter) is State.DRAFT
    assert {row.letter: row.state for row in region.outbox(charter)} == {
        "decision_request": "cancelled",
        "opinion_asked": "cancelled",
        "withdrawn": "pending",
    }
    assert {one.to for one in region.letters(Letter.WITHDRAWN)} == {"helena", "rolf"}


def test_nobody_asked_for_an_opinion_is_nobody_missed(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.WITHDRAW, charter, on=BEGUN)
    (letter,) = [one for one in region.outbox(charter) if one.letter == Letter.WITHDRAWN]
    assert (letter.to_name, letter.facts.get("missing", [])) == ("Helena Ask", [])


def test_where_nobody_has_the_case_a_withdrawal_is_told_to_nobody(region: Region) -> None:
    charter = region.in_review()
    region.leaves("helena", on=BEGUN + DAY)
    region.does("sara", Act.WITHDRAW, charter, on=BEGUN + DAY)
    assert region.letters(Letter.WITHDRAWN) == []


def test_the_next_submission_is_a_new_round_and_is_sent_anew(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.WITHDRAW, charter, on=BEGUN)
    region.submitted(charter, on=BEGUN)
    assert region.charter(charter).round == 2
    requests = [row for row in region.outbox(charter) if row.letter == "decision_request"]
    assert [(row.round, row.state) for row in requests] == [(1, "cancelled"), (2, "pending")]


def test_withdrawing_and_submitting_starts_the_reminders_over(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.WITHDRAW, charter, on=BEGUN + WEEK)
    region.submitted(charter, on=BEGUN + WEEK)
    before = region.letters(Letter.DECISION_REMINDER)
    region.sweep(BEGUN + WEEK + 2 * DAY)
    assert region.letters(Letter.DECISION_REMINDER) == before


@pytest.mark.parametrize("who", ["elin", "helena", "oskar"])
def test_only_the_handler_withdraws(region: Region, who: str) -> None:
    charter = region.in_review()
    region.refuses(who, Act.WITHDRAW, charter, on=BEGUN)


def test_what_has_happened_is_told_though_the_round_has_ended(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.HAND_OVER, charter, on=BEGUN, to="elin")
    region.decided(charter, on=DECIDED)
    told = [row.state for row in region.outbox(charter) if row.letter == "handed_over"]
    assert told == ["pending", "pending"]


# --- sending back --------------------------------------------------------------------------------


def test_sending_back_takes_a_reason_and_tells_handler_and_submitter(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.HAND_OVER, charter, on=BEGUN, to="elin")
    for nothing in ("", "   "):
        refused = region.refuses("helena", Act.SEND_BACK, charter, on=TUESDAY, reason=nothing)
        assert isinstance(refused, Refused)
        assert refused.rules == ("a_reason_is_given",)
    region.does("helena", Act.SEND_BACK, charter, on=TUESDAY, reason="Förtydliga mötena.")
    assert region.state(charter) is State.DRAFT
    assert [one.to for one in region.letters(Letter.SENT_BACK)] == ["elin", "sara"]
    assert region.journal(charter)[-1].reason == "Förtydliga mötena."


@pytest.mark.parametrize("who", ["sara", "oskar", "mikael"])
def test_only_the_director_sends_back(region: Region, who: str) -> None:
    charter = region.in_review()
    region.refuses(who, Act.SEND_BACK, charter, on=TUESDAY, reason="Nej.")


# --- approving -----------------------------------------------------------------------------------


def test_approving_decides_the_text_its_term_and_whom_it_goes_to(anywhere: Region) -> None:
    charter = anywhere.approved()
    row = anywhere.charter(charter)
    assert row.state == "approved"
    assert row.decided_on == row.valid_from == DECIDED
    assert row.valid_through == row.ends_on == LAST_DAY
    assert [one.outcome for one in anywhere.recipients(charter)] == [None, None, None]
    assert [(one.letter, one.to) for one in anywhere.letters(on=DECIDED)] == [
        (Letter.OUTCOME, "sara"),
        (Letter.OUTCOME, "gun"),
        (Letter.DISTRIBUTION, "anna"),
        (Letter.DISTRIBUTION, "bo"),
        (Letter.DISTRIBUTION, "oskar"),
    ]


def test_a_decision_is_kept_as_the_law_wants_it(anywhere: Region) -> None:
    charter = anywhere.in_review()
    anywhere.decided(
        charter, on=DECIDED, others_present="Lisa Blom, jurist", authenticated=timedelta(minutes=4)
    )
    (decision,) = anywhere.decisions(charter)
    assert decision.what == "approve"
    assert decision.decided_on == DECIDED
    assert decision.decided_by == "Helena Ask"
    assert decision.office == "Sjukvårdsdirektör"
    assert decision.standing_in_for is None
    assert decision.authentication_method == TERMINAL
    assert decision.authenticated_at == moment(DECIDED) - timedelta(minutes=4)
    assert decision.content_hash == anywhere.charter(charter).submitted_hash
    assert decision.conflict == "no"
    assert decision.presenter == "Sara Nyberg"
    assert decision.others_present == "Lisa Blom, jurist"
    assert decision.authority_basis == "Delegation 4.1"
    assert decision.registry_number == "RS 2026-00412"


def test_all_who_took_part_are_told_the_outcome(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=BEGUN, to="rolf")
    region.does("sara", Act.HAND_OVER, charter, on=BEGUN, to="elin")
    region.decided(charter, on=DECIDED)
    told = {one.to for one in region.letters(Letter.OUTCOME)}
    assert told == {"elin", "sara", "rolf", "gun"}


def test_text_changed_below_the_door_is_not_approved(anywhere: Region) -> None:
    charter = anywhere.in_review()
    other = as_json(with_tasks(a_charter(), "Något helt annat."))
    with transaction(anywhere.engine) as connection:
        connection.execute(insert(Content).values(hash=content_hash(other), document=other))
        connection.execute(
            update(Charter).where(Charter.id == charter).values(content_hash=content_hash(other))
        )
    assert rules(anywhere, charter) == ("text_is_as_submitted",)


def test_authority_is_asked_for_on_the_day_of_decision(region: Region) -> None:
    charter = region.in_review()
    region.authority_ends(on=BEGUN, through=DECIDED - DAY)
    assert rules(region, charter) == ("office_has_authority",)


@pytest.mark.parametrize("who", ["sara", "elin", "mikael", "oskar", "gun"])
def test_only_the_deciding_office_approves(region: Region, who: str) -> None:
    charter = region.in_review()
    refused = region.refuses(who, Act.APPROVE, charter, on=DECIDED, conflict=False)
    assert isinstance(refused, NotInTheLife)
    assert "beslutsfattare" in refused.reasons[0].sv


def test_whoever_submitted_does_not_approve(region: Region) -> None:
    charter = region.in_review()
    region.holds_office("sara", on=BEGUN, from_=TUESDAY)
    refused = region.refuses("sara", Act.APPROVE, charter, on=DECIDED, conflict=False)
    assert isinstance(refused, Refused)
    assert refused.rules == ("decider_is_not_the_submitter",)


def test_handing_the_case_over_first_does_not_let_the_submitter_approve(region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.HAND_OVER, charter, on=BEGUN, to="elin")
    region.holds_office("sara", on=BEGUN, from_=TUESDAY)
    region.refuses("sara", Act.APPROVE, charter, on=DECIDED, conflict=False)


def test_silence_about_conflict_approves_nothing(region: Region) -> None:
    charter = region.in_review()
    assert rules(region, charter, conflict=None) == ("decider_answered_the_conflict_question",)
    assert rules(region, charter, conflict=True) == ("decider_has_no_conflict",)


@pytest.mark.parametrize(
    "minutes", [None, 15.1, 60, -1], ids=["none", "just too old", "an hour", "to come"]
)
def test_a_decision_takes_a_recent_login(region: Region, minutes: float | None) -> None:
    charter = region.in_review()
    authenticated = None if minutes is None else timedelta(minutes=minutes)
    assert rules(region, charter, authenticated=authenticated) == (
        "decider_authenticated_recently",
    )


def test_a_login_of_fifteen_minutes_is_recent(region: Region) -> None:
    charter = region.in_review()
    region.decided(charter, on=DECIDED, authenticated=timedelta(minutes=15))


def test_what_is_decided_is_not_decided_again(region: Region) -> None:
    charter = region.approved()
    refused = region.refuses("helena", Act.APPROVE, charter, on=DECIDED, conflict=False)
    assert isinstance(refused, NotInTheLife)
    assert "fastställt" in refused.reasons[0].sv


def test_what_is_still_a_draft_is_not_decided(region: Region) -> None:
    draft = region.draft()
    region.refuses("helena", Act.APPROVE, draft, on=DECIDED, conflict=False)


def test_every_broken_rule_of_a_decision_is_named_at_once(region: Region) -> None:
    charter = region.in_review(valid_through=DECIDED)
    region.authority_ends(on=BEGUN, through=BEGUN)
    assert rules(region, charter, on=DECIDED + DAY, conflict=None, authenticated=None) == (
        "office_has_authority",
        "decider_answered_the_conflict_question",
        "decider_authenticated_recently",
        "term_ends_after_it_begins",
    )


def test_a_line_that_lost_its_holder_since_submission_goes_to_the_handler(
    region: Region,
) -> None:
    charter = region.in_review()
    region.vacates("coordinator", on=TUESDAY)
    region.decided(charter, on=DECIDED)
    (line,) = (row for row in region.recipients(charter) if row.place == 2)
    assert (line.name, line.who) == ("Sara Nyberg", "Koordinator för Samordningsråd rörelse")


# --- the term ------------------------------------------------------------------------------------


def test_a_first_day_already_past_becomes_the_decision_day_and_is_shown(region: Region) -> None:
    charter = region.in_review(valid_from=BEGUN)
    done = region.decided(charter, on=DECIDED)
    assert region.in_force(charter) == (DECIDED, LAST_DAY)
    assert done.note is not None
    assert "2026-06-15" in done.note.sv
    assert "2026-06-17" in done.note.en


def test_a_first_day_to_come_stays_and_the_term_is_counted_from_it(region: Region) -> None:
    charter = region.in_review(valid_from=date(2027, 1, 1))
    assert region.decided(charter, on=DECIDED).note is None
    assert region.in_force(charter) == (date(2027, 1, 1), date(2032, 1, 1))


def test_a_charter_from_today_is_decided_without_a_note(region: Region) -> None:
    charter = region.in_review(valid_from=DECIDED)
    assert region.decided(charter, on=DECIDED).note is None


def test_a_shorter_term_may_be_decided(region: Region) -> None:
    charter = region.approved(valid_through=date(2028, 12, 31))
    assert region.in_force(charter) == (DECIDED, date(2028, 12, 31))


def test_five_years_from_29_february_end_on_28_february(region: Region) -> None:
    leap = date(2028, 2, 29)
    charter = region.distributed(on=leap)
    assert region.in_force(charter) == (leap, date(2033, 2, 28))
    region.sweep(date(2033, 2, 28))
    assert region.state(charter) is State.EXPIRING
    region.sweep(date(2033, 3, 1))
    assert region.state(charter) is State.EXPIRED


def test_stages_already_past_at_a_short_terms_decision_are_journalled_and_not_sent(
    region: Region,
) -> None:
    charter = region.distributed(valid_through=date(2026, 10, 31))
    assert region.skipped(charter) == [
        ("renewal", "12m", "past at the decision"),
        ("renewal", "6m", "past at the decision"),
    ]
    assert region.state(charter) is State.EXPIRING
    region.live_through(date(2026, 10, 31))
    sent = [(one.day, one.stage) for one in region.letters(*EXPIRY_WARNINGS) if one.to == "bo"]
    assert sent == [
        (date(2026, 7, 31), "3m"),
        (date(2026, 9, 30), "1m"),
        (date(2026, 10, 16), "14d"),
    ]
