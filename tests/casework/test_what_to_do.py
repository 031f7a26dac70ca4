"""What letters tell their readers to type is what casework writes in them, and can be typed."""

import shlex
from typing import Any

import pytest
import typer

from casework.letters import TO_DO
from cli.main import app
from notifications.preview import every, sample
from notifications.wording import worded
from statemachine.vocabulary import Letter


@pytest.mark.parametrize(("letter", "stage"), [one for one in every() if one[0] in TO_DO])
def test_a_sample_tells_its_reader_to_type_what_the_real_letter_does(
    letter: Letter, stage: str
) -> None:
    facts = sample(letter, stage=stage)
    key = facts.reader.name.lower().replace(" ", ".")
    names = {
        "id": "3",
        "me": key,
        "group": "samordningsradet-rehabilitering",
        "number": "118",
    }
    assert facts.to_do == tuple(line.format(**names) for line in TO_DO[letter])


@pytest.mark.parametrize(
    ("letter", "stage"),
    [one for one in every() if one[0] in TO_DO and one[0] is not Letter.EXPIRED],
)
def test_what_is_to_be_typed_stands_in_the_letter(letter: Letter, stage: str) -> None:
    facts = sample(letter, stage=stage)
    said = worded(facts).text
    for line in facts.to_do:
        assert f"    {line}\n" in said


@pytest.mark.parametrize("letter", [Letter.RENEWAL, Letter.LAST_CALL, Letter.EXPIRED, Letter.GAP])
def test_with_a_successor_under_way_nobody_is_told_to_begin_another(letter: Letter) -> None:
    under_way = sample(Letter.EXPIRED).successor
    facts = sample(letter).model_copy(update={"successor": under_way})
    assert facts.to_do
    assert "mandat" not in worded(facts).text.replace("Mandat", "")
    assert facts.to_do[0] in worded(facts.model_copy(update={"successor": None})).text


@pytest.mark.parametrize(
    "line",
    sorted({line for letter, stage in every() for line in sample(letter, stage=stage).to_do}),
)
def test_what_a_letter_says_to_type_is_a_command(line: str) -> None:
    _mandat, *words = shlex.split(line)
    command: Any = typer.main.get_group(app)
    while (inside := getattr(command, "commands", None)) is not None:
        name, *words = words
        assert name in inside
        command = inside[name]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known
