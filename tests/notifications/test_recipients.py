"""Every letter is meant for someone, and a renewal for more people as the end comes near."""

import pytest

from notifications.recipients import FALLBACK, RECIPIENTS, WHY, For, meant_for
from statemachine.vocabulary import EXPIRY_WARNINGS, Audience, Letter

COORDINATOR, CHAIR = For(Audience.COORDINATOR), For(Audience.CHAIR, in_copy=True)
FROM_THREE_MONTHS = tuple(
    For(audience) for audience in (Audience.LIAISON, Audience.HANDLER, Audience.COMMISSIONER)
)


def test_every_letter_has_recipients() -> None:
    assert {*RECIPIENTS, *EXPIRY_WARNINGS} == set(Letter)
    assert all(RECIPIENTS.values())


def test_every_audience_can_be_told_why_it_got_the_letter() -> None:
    assert set(WHY) == set(Audience)


@pytest.mark.parametrize("stage", ["18m", "12m", "6m", "4m", "120d"])
def test_far_from_the_end_the_coordinator_is_told_with_the_chair_in_copy(stage: str) -> None:
    assert meant_for(Letter.RENEWAL, stage) == (COORDINATOR, CHAIR)


@pytest.mark.parametrize("stage", ["3m", "2m", "60d", "90d"])
def test_from_three_months_liaison_handler_and_commissioner_are_told_too(stage: str) -> None:
    assert meant_for(Letter.RENEWAL, stage) == (COORDINATOR, CHAIR, *FROM_THREE_MONTHS)


@pytest.mark.parametrize("stage", ["1m", "30d", "14d", "1d"])
@pytest.mark.parametrize("letter", EXPIRY_WARNINGS)
def test_in_the_last_month_the_deciding_office_is_told_too(letter: Letter, stage: str) -> None:
    everyone = (COORDINATOR, CHAIR, *FROM_THREE_MONTHS, For(Audience.DECIDER))
    assert meant_for(letter, stage) == everyone


def test_a_stage_that_is_no_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="soon"):
        meant_for(Letter.RENEWAL, "soon")


def test_a_handed_over_case_is_told_to_the_new_handler_and_copied_to_the_former() -> None:
    assert meant_for(Letter.HANDED_OVER) == (
        For(Audience.NEW_HANDLER),
        For(Audience.HANDLER, in_copy=True),
    )


def test_what_nobody_can_receive_goes_to_the_handler_and_then_the_registry_keeper() -> None:
    assert FALLBACK == (Audience.HANDLER, Audience.REGISTRY_KEEPER)
