"""The words: every state, act, role and refusal is spoken in Swedish and in English."""

import re

import pytest

from statemachine.lifecycle import LIFE
from statemachine.machine import Refused
from statemachine.rules import Rule
from statemachine.vocabulary import (
    DECIDED,
    ENDED,
    LIVING,
    OPEN,
    Act,
    Audience,
    Duty,
    Letter,
    Paper,
    Role,
    Seat,
    Spoken,
    State,
)
from statemachine.words import Words, joined, plain
from tests.statemachine.cases import named, satisfying, with_broken

RULES = tuple(dict.fromkeys(rule for step in LIFE for rule in step.provided_that))


@pytest.mark.parametrize("kind", [State, Act, Role, Letter, Paper, Audience, Seat, Duty])
def test_every_word_is_spoken_in_both_languages_and_no_two_alike(kind: type[Spoken]) -> None:
    for language in ("sv", "en"):
        spoken = [word.words.in_(language) for word in kind]
        assert all(spoken)
        assert len(set(spoken)) == len(spoken)


def test_a_word_is_stored_as_its_plain_name() -> None:
    assert str(Act.SEND_BACK) == "send-back"
    assert f"{State.DRAFT}" == "draft"
    assert Act("approve") is Act.APPROVE


def test_every_written_state_is_open_or_decided_or_abandoned() -> None:
    assert {*OPEN, *DECIDED, State.ABANDONED, State.UNWRITTEN} == set(State)
    assert set(LIVING) | set(ENDED) == set(DECIDED)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_refusal_is_a_sentence_in_both_languages(rule: Rule) -> None:
    assert rule.refusal.sv != rule.refusal.en
    for sentence in (rule.refusal.sv, rule.refusal.en):
        assert re.fullmatch(r"[A-ZÅÄÖ].+([.!?]|\{\})", sentence)


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if "{}" in rule.refusal.sv], ids=lambda rule: rule.name
)
def test_a_refusal_names_what_broke_the_rule(rule: Rule) -> None:
    step = next(step for step in LIFE if rule in step.provided_that)
    said = rule.refuse(with_broken(satisfying(step), rule))
    assert "(sv)" in said.sv
    assert "(en)" in said.en
    assert "{}" not in said.sv + said.en


def test_a_refusal_names_every_error_of_the_text() -> None:
    step = next(step for step in LIFE if step.act is Act.SUBMIT)
    rule = next(rule for rule in step.provided_that if rule.name == "document_has_no_errors")
    said = rule.refuse(with_broken(satisfying(step), rule))
    assert [line.strip() for line in said.sv.splitlines()] == [
        "Texten har fel som ska rättas först:",
        "– Syfte saknas. (sv)",
        "– Titel saknas. (sv)",
    ]


def test_a_refusal_reads_as_one_text_in_a_log() -> None:
    refused = Refused(Act.APPROVE, (Words("Ett.", "One."), Words("Två.", "Two.")), ("one", "two"))
    assert str(refused) == "One. Two."
    assert refused.reasons == (Words("Ett.", "One."), Words("Två.", "Two."))


def test_words_speak_of_words_in_their_own_language() -> None:
    sentence = Words("Att {act} är för {who}.", "To {act} is for {who}.")
    spoken = sentence.about(act=Act.APPROVE.words, who="Anna Ek")
    assert spoken == Words("Att fastställa är för Anna Ek.", "To approve is for Anna Ek.")


def test_words_join_in_both_languages() -> None:
    assert joined([Words("a", "b"), plain("7")], by="; ") == Words("a; 7", "b; 7")


def test_no_row_of_the_life_states_a_rule_twice() -> None:
    for step in LIFE:
        names = [rule.name for rule in step.provided_that]
        assert len(set(names)) == len(names), named(step)
