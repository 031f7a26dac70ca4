"""Our own record of every look."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, select

from casework.sweep import Swept
from flows.looks import KEPT, begun, ended
from models.session import transaction
from models.tables import Sweep

DAY = date(2026, 6, 17)
NOON = datetime(2026, 6, 17, 10, tzinfo=UTC)


def looks(engine: Engine, flow: str, total: Swept, day: date = DAY) -> None:
    noon = NOON + (day - DAY)
    with transaction(engine) as connection:
        number = begun(connection, flow=flow, day=day, at=noon)
        ended(connection, number=number, total=total, at=noon + timedelta(seconds=3))


def kept(engine: Engine) -> list[tuple[str, date, int]]:
    with transaction(engine) as connection:
        rows = connection.execute(select(Sweep).order_by(Sweep.id))
        return [(row.flow, row.day, row.looked_at) for row in rows]


def test_of_a_days_looks_that_found_nothing_the_last_is_kept(engine: Engine) -> None:
    looks(engine, "distribution", Swept())
    looks(engine, "distribution", Swept(looked_at=2, acts=2))
    looks(engine, "watchdog", Swept())
    looks(engine, "distribution", Swept())
    looks(engine, "distribution", Swept())
    looks(engine, "distribution", Swept(), DAY + timedelta(days=1))
    assert kept(engine) == [
        ("distribution", DAY, 2),
        ("watchdog", DAY, 0),
        ("distribution", DAY, 0),
        ("distribution", DAY + timedelta(days=1), 0),
    ]


def test_a_look_that_never_ended_stays(engine: Engine) -> None:
    with transaction(engine) as connection:
        begun(connection, flow="distribution", day=DAY, at=NOON)
    looks(engine, "distribution", Swept())
    assert len(kept(engine)) == 2


def test_a_look_is_remembered_for_four_hundred_days_and_each_flows_last_for_ever(
    engine: Engine,
) -> None:
    found, day = Swept(looked_at=1), timedelta(days=1)
    looks(engine, "watchdog", found)
    for looked_on in (DAY, DAY + day, DAY + KEPT - day):
        looks(engine, "distribution", found, looked_on)
    assert len(kept(engine)) == 4
    looks(engine, "distribution", found, DAY + KEPT)
    assert kept(engine) == [
        ("watchdog", DAY, 1),
        ("distribution", DAY + day, 1),
        ("distribution", DAY + KEPT - day, 1),
        ("distribution", DAY + KEPT, 1),
    ]
