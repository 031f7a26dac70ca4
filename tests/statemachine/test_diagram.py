"""The drawing: docs/lifecycle.md is the life, and shows all of it."""

from pathlib import Path
from typing import Literal

import pytest

from statemachine.diagram import mermaid, page, strands, table
from statemachine.lifecycle import LIFE
from statemachine.vocabulary import State

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"
each_language = pytest.mark.parametrize("language", ["sv", "en"])
Language = Literal["sv", "en"]


def test_the_page_on_the_life_is_drawn_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "The life has changed. Draw its page anew: mandat lifecycle --page > docs/lifecycle.md"
    )


def test_the_strands_are_the_rows_of_the_life_and_no_others() -> None:
    drawn = [
        (stands, role, strand.act, strand.becomes or stands, strand.provided_that)
        for strand in strands()
        for stands in strand.stands
        for role in strand.by
    ]
    held = [(row.stands, row.by, row.act, row.becomes, row.provided_that) for row in LIFE]
    assert len(drawn) == len(held)
    assert set(drawn) == set(held)


@each_language
def test_every_step_can_be_followed_in_the_picture(language: Language) -> None:
    picture = [line.strip() for line in mermaid(language).splitlines()]
    arrows = [line.partition(":")[0].split(" --> ") for line in picture if " --> " in line]
    for row in LIFE:
        start = "[*]" if row.stands is State.UNWRITTEN else str(row.stands)
        label = row.act.words.in_(language)
        role = row.by.words.in_(language)
        if row.stands is row.becomes:
            lines = [line for line in picture if line.startswith(f"{row.stands}: ")]
        else:
            points = {start, str(row.becomes)} | {
                end for begin, end in arrows if begin == start and end.startswith("at_")
            }
            assert _reaches(arrows, start, str(row.becomes))
            lines = [
                line
                for line in picture
                if " --> " in line and set(line.partition(":")[0].split(" --> ")) <= points
            ]
        assert any(label in line and role in line for line in lines), row


@each_language
def test_the_picture_leads_nowhere_the_life_does_not(language: Language) -> None:
    lines = mermaid(language).splitlines()
    arrows = [line.strip().partition(":")[0].split(" --> ") for line in lines if " --> " in line]
    moves = {
        ("[*]" if row.stands is State.UNWRITTEN else str(row.stands), str(row.becomes))
        for row in LIFE
        if row.stands is not row.becomes
    }
    starts = {begin for begin, _ in arrows if not begin.startswith("at_")}
    ends = {end for _, end in arrows if not end.startswith("at_")}
    assert {
        (start, end) for start in starts for end in ends if _reaches(arrows, start, end)
    } == moves


@each_language
def test_the_picture_names_every_written_state_as_it_is_spoken(language: Language) -> None:
    for state in set(State) - {State.UNWRITTEN}:
        assert f'state "{state.words.in_(language)}" as {state}\n' in mermaid(language)


@each_language
def test_the_table_has_a_line_for_every_strand(language: Language) -> None:
    lines = table(language).splitlines()
    assert len(lines) == 2 + len(strands())
    assert {line.count(" | ") for line in lines} == {4}


def test_the_tables_say_what_a_director_reads() -> None:
    swedish = "| granskning | yttra sig | granskare | oförändrat | Ditt yttrande är inte begärt"
    english = "| in review | give an opinion | reviewer | unchanged | opinion is asked |\n"
    assert swedish in table("sv")
    assert english in table("en")


def test_the_page_gives_every_rule_its_sentence_in_both_languages() -> None:
    for rule in {rule for row in LIFE for rule in row.provided_that}:
        said = (rule.refusal.en.replace("{}", "…"), rule.refusal.sv.replace("{}", "…"))
        assert f"| {rule.name.replace('_', ' ')} | {said[0]} | {said[1]} |\n" in page()


def _reaches(arrows: list[list[str]], start: str, end: str) -> bool:
    """Whether an arrow leads from start to end, straight or through one diamond."""
    return any(
        begin == start and (to == end or (to.startswith("at_") and [to, end] in arrows))
        for begin, to in arrows
    )
