"""The forecast: what it says will be sent, is sent; to the same people, on the same days."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, select

from casework.answers.forecast import Coming, forecast, only_to
from casework.settings import Settings
from models.session import reading
from models.tables import Charter, Journal, Outbox
from rehearsal.looking import look
from rehearsal.memory import new_memory
from rehearsal.simulation.living import Asked, Life
from rehearsal.simulation.world import World
from statemachine.vocabulary import Act, Letter, State
from tests.builders import BEGUN, DAY, DECIDED, LAST_DAY, Region

Sent = tuple[date, str, str, int | None, str, str]
Done = tuple[date, str, int | None]


def foreseen(region: Region, on: date, until: date, **asked: int) -> list[Coming]:
    with reading(region.engine) as connection:
        at = region.sitting(connection, None, on)
        return list(forecast(connection, at, until, **asked))


def letters(coming: list[Coming]) -> set[Sent]:
    return {
        (one.day, str(one.what), one.stage, one.charter, to.email, str(to.role))
        for one in coming
        if isinstance(one.what, Letter)
        for to in one.to
    }


def acts(coming: list[Coming]) -> set[Done]:
    return {(one.day, str(one.what), one.charter) for one in coming if isinstance(one.what, Act)}


def test_a_charters_whole_time_is_foreseen_with_who_and_why_and_what_would_stop_it(
    region: Region,
) -> None:
    charter = region.distributed()
    coming = foreseen(region, DECIDED, LAST_DAY + 60 * DAY, charter_id=charter)
    assert [(one.day, one.what) for one in coming if isinstance(one.what, Act)] == [
        (date(2030, 6, 17), Act.ENTER_RENEWAL),
        (LAST_DAY + DAY, Act.EXPIRE),
    ]
    three_months = next(one for one in coming if one.stage == "3m")
    assert three_months.day == date(2031, 3, 17)
    assert {to.name for to in three_months.to} >= {"Bo Lund", "Anna Ek", "Sara Nyberg"}
    assert three_months.why.sv == "sista dagen är 2031-06-17"
    assert "efterföljare" in three_months.unless.sv


def test_one_persons_forecast_holds_their_letters_alone(region: Region) -> None:
    region.distributed()
    coming = foreseen(region, DECIDED, LAST_DAY)
    theirs = list(only_to(iter(coming), ("BO@sjoviken.example",)))
    assert theirs
    assert {to.email for one in theirs for to in one.to} == {"bo@sjoviken.example"}


def test_a_forecast_writes_nothing(region: Region) -> None:
    region.in_review()
    before = region.everything()
    assert foreseen(region, BEGUN, LAST_DAY)
    assert region.everything() == before


def test_a_stand_in_whose_days_are_set_is_foreseen_to_get_the_request(region: Region) -> None:
    charter = region.in_review()
    begins = BEGUN + 30 * DAY
    region.stands_in("mikael", on=BEGUN, from_=begins)
    coming = foreseen(region, BEGUN, BEGUN + 60 * DAY, charter_id=charter)
    request = [one for one in coming if one.what is Letter.DECISION_REQUEST]
    assert [(one.day, [to.email for to in one.to]) for one in request] == [
        (begins, ["mikael@sjoviken.example"])
    ]


def test_a_list_not_reached_is_foreseen_to_be_told_of_week_after_week(region: Region) -> None:
    charter = region.approved()
    until = DECIDED + 40 * DAY
    coming = foreseen(region, DECIDED, until, charter_id=charter)
    region.live_through(until)
    told = [(one.day, one.stage) for one in coming]
    assert told == [(one.day, one.stage) for one in region.letters(Letter.DISTRIBUTION_INCOMPLETE)]
    assert len(told) == 5


def really(engine: Engine, world: World, until: date) -> tuple[set[Sent], set[Done]]:
    """What is sent and done when the calendar looks at every day until then."""
    with reading(engine) as connection:
        letter = connection.execute(select(func.max(Outbox.id))).scalar() or 0
        entry = connection.execute(select(func.max(Journal.id))).scalar() or 0
    while world.today <= until:
        look(engine, world.sitting())
        world.today += timedelta(days=1)
    with reading(engine) as connection:
        written = connection.execute(
            select(Outbox).where(Outbox.id > letter, Outbox.letter != Letter.DIGEST)
        )
        sent = {
            (
                one.day,
                one.letter,
                one.stage,
                one.charter_id,
                one.to_email,
                one.facts["reader"]["role"],
            )
            for one in written
        }
        done = {
            (row.day, row.act, row.charter_id)
            for row in connection.execute(
                select(Journal).where(Journal.id > entry, Journal.act != "skipped")
            )
        }
    return sent, done


@pytest.mark.slow
def test_what_is_foreseen_of_any_life_is_what_happens() -> None:
    """Regions are lived in for some months; then their people do nothing for two years."""
    stood: set[str] = set()
    for seed, months in (("a", 1), ("b", 2), ("c", 10)):
        with new_memory() as engine:
            life = Life(Asked(30, 1, seed), engine, Settings())
            life.live_until(date(2026, 1 + months, 5))
            until = life.world.today + timedelta(days=800)
            with reading(engine) as connection:
                coming = list(forecast(connection, life.world.sitting(), until))
                stood |= set(connection.execute(select(Charter.state)).scalars())
            sent, done = really(engine, life.world, until)
        assert letters(coming) == sent
        assert acts(coming) == done
        assert len(sent) > 200
    assert stood >= set(State) - {State.UNWRITTEN, State.APPROVED}
