"""The journal in words: every word that may stand in it is told as a person says it."""

import pytest

from casework.acknowledging import ACKNOWLEDGE
from casework.answers import history
from casework.mending import CANCEL, GIVE_UP, REACHED_OTHERWISE, RETRY
from casework.snoozing import END_SNOOZE, SNOOZE
from casework.undelivered import ACT as UNDELIVERED
from statemachine.vocabulary import Act, Letter


def test_every_act_is_told_of() -> None:
    assert set(history.DID) == set(Act)
    told = {SNOOZE, END_SNOOZE, ACKNOWLEDGE, CANCEL, GIVE_UP, REACHED_OTHERWISE, RETRY, UNDELIVERED}
    assert history.OTHERWISE.keys() == told | {"skipped", "ends-earlier", "put-off"}


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ("12m", "12 månader före sista dagen"),
        ("1m", "en månad före sista dagen"),
        ("14d", "14 dagar före sista dagen"),
        ("wd3", "efter 3 arbetsdagar"),
        ("wd12+2w", "efter 12 arbetsdagar och 2 veckor"),
        ("wd12+1w", "efter 12 arbetsdagar och en vecka"),
        ("week 1", "en vecka senare"),
        ("year 1", "år 1"),
        ("week 0", "första gången"),
        ("week 3", "3 veckor senare"),
        ("month 2", "månad 2"),
    ],
)
def test_a_stage_is_said_in_words(stage: str, told: str) -> None:
    words = history.stage_in_words(stage)
    assert words is not None
    assert words.sv == told
    assert words.en != told


@pytest.mark.parametrize("stage", ["", "2026-06-17", "letter 12", "wd", "m", "wdx+1w"])
def test_a_stage_that_says_nothing_more_is_left_out(stage: str) -> None:
    assert history.stage_in_words(stage) is None


def test_a_word_of_an_earlier_day_stands_as_it_is() -> None:
    assert history.word(Letter, "a_letter_of_before").sv == "a_letter_of_before"
    assert history.word(Letter, "renewal").sv == "förvarning"
