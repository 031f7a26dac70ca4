"""Simulated years: whatever people do and whatever goes wrong, what must hold holds every day."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text, update

from casework.settings import Settings
from models.session import transaction
from models.tables import Charter
from rehearsal.memory import new_memory
from rehearsal.simulation import simulate
from rehearsal.simulation.living import Asked, Breach, Life
from rehearsal.simulation.report import Lived, live_on


def lived(asked: Asked, engine: Engine) -> Lived:
    return live_on(Life(asked, engine, Settings()))


@pytest.fixture
def memory() -> Iterator[Engine]:
    with new_memory() as engine:
        yield engine


def said(one: Lived) -> list[str]:
    return [f"{one.broken_on} {broken.invariant}: {broken.words.en}" for broken in one.broken]


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_with_everything_that_can_go_wrong_what_must_hold_holds(seed: str, memory: Engine) -> None:
    one = lived(Asked(8, 2, seed, faults=True), memory)
    assert said(one) == []
    assert one.days == 730
    assert one.acts["approve"] > 0
    assert one.letters["renewal"] > 0
    assert one.faults["killed_in_a_batch"] > 0


@pytest.mark.slow
def test_two_sweeps_side_by_side_on_postgresql_hold_it_too(postgresql_engine: Engine) -> None:
    one = lived(Asked(6, 1, "side by side", faults=True), postgresql_engine)
    assert said(one) == []
    assert one.faults["side_by_side"] > 0


@pytest.mark.slow
def test_the_same_seed_gives_the_same_lives_and_another_gives_others() -> None:
    first, again, other = (
        simulate(3, 1, seed, faults=True)[0] for seed in ("same", "same", "other")
    )
    assert first.hash == again.hash != other.hash
    assert first.acts == again.acts


def test_what_breaks_ends_the_life_and_says_on_which_day_and_what(memory: Engine) -> None:
    life = Life(Asked(3, 1, "broken"), memory, Settings())
    with transaction(memory) as connection:
        connection.execute(text("DROP TRIGGER state_has_its_journal_row"))
    begins = life.world.today

    def unjournalled(day: object) -> None:
        if (life.world.today - begins).days == 5:
            with transaction(memory) as connection:
                connection.execute(update(Charter).values(wake_on=None))
            life._everything_on = begins

    with pytest.raises(Breach) as breach:
        life.live(unjournalled)
    assert breach.value.day > begins
    assert {one.invariant for one in breach.value.found} == {"everything_open_has_a_day"}
