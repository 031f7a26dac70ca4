"""Recording: a charter decided before this system, in the state its dates say; nothing is sent."""

from datetime import date
from typing import Any

import pytest

from casework.questions import in_force
from models.document import DecisionLine, Named
from models.session import reading
from statemachine.machine import NotInTheLife, Refused
from statemachine.vocabulary import ENDED, EXPIRY_WARNINGS, Act, State
from statemachine.words import Refusal
from tests.builders import DECIDED, Region, a_charter, an_executive_decision, replayed

TODAY = DECIDED
RUNNING: dict[str, Any] = {"decided_on": date(2024, 3, 1), "valid_from": date(2024, 4, 1)}


def refusal(region: Region, **said: Any) -> Refusal:
    stated = {
        "document": a_charter(),
        "group": "rorelse",
        "decided_by": "Karl Ljung",
        "decided_as": "Sjukvårdsdirektör",
        **said,
    }
    return region.refuses("oskar", Act.RECORD, on=TODAY, **stated)


def rules(region: Region, **said: Any) -> tuple[str, ...]:
    refused = refusal(region, **said)
    assert isinstance(refused, Refused)
    return refused.rules


@pytest.mark.parametrize(
    ("valid_from", "valid_through", "state"),
    [
        (date(2024, 4, 1), date(2029, 4, 1), State.DISTRIBUTED),
        (date(2022, 4, 1), date(2027, 4, 1), State.EXPIRING),
        (date(2019, 4, 1), date(2024, 4, 1), State.EXPIRED),
        (date(2026, 1, 1), date(2026, 6, 17), State.EXPIRING),
        (date(2026, 1, 1), date(2026, 6, 16), State.EXPIRED),
        (date(2025, 1, 1), date(2027, 6, 18), State.DISTRIBUTED),
        (date(2025, 1, 1), date(2027, 6, 17), State.EXPIRING),
    ],
)
def test_its_state_follows_from_its_dates(
    anywhere: Region, valid_from: date, valid_through: date, state: State
) -> None:
    done = anywhere.recorded(
        decided_on=valid_from, valid_from=valid_from, valid_through=valid_through
    )
    assert anywhere.state(done.charter_id) is state
    assert replayed(anywhere.journal(done.charter_id)) is state
    assert anywhere.letters() == []


def test_one_that_another_followed_is_recorded_as_superseded(anywhere: Region) -> None:
    anywhere.recorded(decided_on=date(2024, 4, 1))
    earlier = anywhere.recorded(decided_on=date(2020, 1, 1), ends_on=date(2024, 3, 31))
    assert anywhere.state(earlier.charter_id) is State.SUPERSEDED


def test_one_that_ended_early_is_recorded_with_the_day_it_ended(anywhere: Region) -> None:
    ended = anywhere.recorded(decided_on=date(2023, 5, 2), ends_on=date(2025, 12, 31))
    row = anywhere.charter(ended.charter_id)
    assert (row.valid_through, row.ends_on) == (date(2028, 5, 2), date(2025, 12, 31))
    assert row.state == "expired"


def test_in_force_on_a_day_before_the_system_is_known(anywhere: Region) -> None:
    old = anywhere.recorded(decided_on=date(2020, 1, 1), ends_on=date(2024, 3, 31))
    with reading(anywhere.engine) as connection:
        group = anywhere.group().id
        row = in_force(connection, group, date(2024, 3, 31))
        assert row is not None
        assert row.id == old.charter_id
        assert in_force(connection, group, date(2024, 4, 1)) is None


def test_a_recorded_charter_keeps_who_decided_it_and_on_what(region: Region) -> None:
    done = region.recorded(**RUNNING, basis="Delegation 2019, 3.2")
    (decision,) = region.decisions(done.charter_id)
    assert (decision.what, decision.decided_by) == ("record", "Karl Ljung")
    assert decision.office == "Sjukvårdsdirektör"
    assert decision.decided_on == date(2024, 3, 1)
    assert decision.authority_basis == "Delegation 2019, 3.2"
    assert decision.content_hash == region.charter(done.charter_id).content_hash


def test_a_recorded_charter_ends_the_groups_gap(region: Region) -> None:
    assert region.group().gap_since is not None
    region.recorded(**RUNNING)
    assert region.group().gap_since is None


def test_from_then_on_the_calendar_minds_it(region: Region) -> None:
    charter = region.recorded(**RUNNING).charter_id
    region.live_through(date(2029, 4, 2))
    assert region.state(charter) is State.EXPIRED
    sent = [(one.day, one.stage) for one in region.letters(*EXPIRY_WARNINGS) if one.to == "bo"]
    assert sent == [
        (date(2028, 3, 31), "12m"),
        (date(2028, 9, 29), "6m"),
        (date(2028, 12, 29), "3m"),
        (date(2029, 3, 1), "1m"),
        (date(2029, 3, 16), "14d"),
    ]


def test_stages_already_past_are_journalled_and_not_sent(region: Region) -> None:
    charter = region.recorded(decided_on=date(2022, 1, 3), valid_through=date(2026, 9, 30))
    assert [stage for _, stage, _ in region.skipped(charter.charter_id)] == ["12m", "6m"]
    region.sweep(TODAY)
    assert region.letters() == []


def test_it_can_be_renewed(region: Region) -> None:
    old = region.recorded(**RUNNING).charter_id
    new = region.successor(on=date(2028, 5, 2))
    assert region.state(old) is State.SUPERSEDED
    assert region.charter(new).predecessor_id == old


def test_a_document_without_a_term_is_recorded_without_an_end(anywhere: Region) -> None:
    done = anywhere.recorded(
        document=an_executive_decision(), group=None, decided_on=date(2022, 1, 3)
    )
    assert anywhere.state(done.charter_id) is State.DISTRIBUTED
    assert anywhere.in_force(done.charter_id) == (date(2022, 1, 3), None)


# --- refusals ------------------------------------------------------------------------------------


def test_a_decision_day_to_come_is_refused(region: Region) -> None:
    assert "decision_day_is_given" in rules(region, decided_on=date(2026, 6, 18))


def test_a_term_longer_than_five_years_is_refused(region: Region) -> None:
    assert "term_is_not_too_long" in rules(region, **RUNNING, valid_through=date(2029, 4, 2))


def test_a_period_that_overlaps_another_is_refused_and_the_other_is_named(
    anywhere: Region,
) -> None:
    first = anywhere.recorded(**RUNNING).charter_id
    refused = refusal(anywhere, decided_on=date(2020, 1, 1))
    assert f"nummer {first}" in refused.reasons[0].sv
    assert isinstance(refused, Refused)
    assert refused.rules == ("overlaps_nothing",)


def test_a_period_may_end_the_day_before_the_next_begins(anywhere: Region) -> None:
    anywhere.recorded(**RUNNING)
    anywhere.recorded(decided_on=date(2019, 4, 1), valid_through=date(2024, 3, 31))
    refusal(anywhere, decided_on=date(2017, 4, 1), valid_through=date(2019, 4, 1))


@pytest.mark.parametrize("ends_on", [date(2024, 3, 31), date(2029, 4, 2)])
def test_an_early_end_outside_the_term_is_refused(anywhere: Region, ends_on: date) -> None:
    refused = refusal(anywhere, **RUNNING, ends_on=ends_on)
    assert ends_on.isoformat() in refused.reasons[0].sv


def test_a_charter_recorded_for_a_group_that_is_to_end_ends_with_it(region: Region) -> None:
    group_ends = date(2026, 9, 1)
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=group_ends)
    charter = region.recorded(**RUNNING).charter_id
    assert region.charter(charter).ends_on == date(2026, 8, 31)
    region.live_through(group_ends)
    assert region.state(charter) in ENDED


@pytest.mark.parametrize("said", [{"valid_from": date(2026, 9, 1)}, {"ends_on": date(2026, 9, 1)}])
def test_no_charter_is_recorded_for_days_after_its_group(
    region: Region, said: dict[str, Any]
) -> None:
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=date(2026, 9, 1))
    refused = refusal(region, **{**RUNNING, **said})
    assert "2026-09-01" in refused.reasons[0].sv


@pytest.mark.parametrize("who", ["sara", "helena", "bo", "astrid"])
def test_only_the_registry_keeper_records(region: Region, who: str) -> None:
    refused = region.refuses(
        who,
        Act.RECORD,
        on=TODAY,
        document=a_charter(),
        group="rorelse",
        decided_by="Karl Ljung",
        decided_as="Direktör",
        **RUNNING,
    )
    assert isinstance(refused, NotInTheLife)


def test_all_that_a_record_lacks_is_named_at_once(region: Region) -> None:
    untold = an_executive_decision()
    assert rules(region, document=untold, group=None, decided_by=None, decided_as=None) == (
        "decider_is_named",
        "decision_day_is_given",
        "first_day_is_given",
    )


def test_what_the_text_says_of_its_decision_need_not_be_said_again(region: Region) -> None:
    line = DecisionLine(date=date(2024, 3, 1), maker=Named(name="Karl Ljung", title="Direktör"))
    said = a_charter(decision=line, valid_from=date(2024, 4, 1))
    done = region.recorded(document=said, decided_by=None, decided_as=None)
    (decision,) = region.decisions(done.charter_id)
    assert (decision.decided_by, decision.office) == ("Karl Ljung", "Direktör")
    assert region.in_force(done.charter_id) == (date(2024, 4, 1), date(2029, 4, 1))
