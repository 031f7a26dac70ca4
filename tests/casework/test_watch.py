"""What is late, as the watch finds it in memory itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, insert, update

from casework.settings import Settings
from casework.watch import Awaited, what_is_late
from models.session import reading, transaction
from models.tables import Channel, Outbox, Recipient, Sweep
from tests.builders import DECIDED, Region, moment

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = moment(DECIDED) + DAY


def late(region: Region, *awaited: Awaited, now: datetime = NOW, **more: Any) -> dict[str, str]:
    """What is late: each cause, and what is said of it."""
    with reading(region.engine) as connection:
        found = what_is_late(connection, now, awaited, Settings(**more))
    for one in found:
        assert one.what.sv != one.what.en
        assert "{" not in one.what.sv + one.what.en
    return {one.cause: one.what.sv for one in found}


def looked(region: Region, flow: str, begun: datetime, ended: datetime | None) -> None:
    with transaction(region.engine) as connection:
        connection.execute(
            insert(Sweep).values(flow=flow, day=begun.date(), started_at=begun, finished_at=ended)
        )


def test_nothing_is_awaited_of_a_service_that_has_never_run(anywhere: Region) -> None:
    assert late(anywhere, Awaited("distribution", NOW - HOUR)) == {}


def test_a_look_that_has_not_ended_since_it_should_is_late(anywhere: Region) -> None:
    looked(anywhere, "distribution", NOW - 3 * HOUR, NOW - 2 * HOUR)
    looked(anywhere, "distribution", NOW - HOUR, None)
    found = late(anywhere, Awaited("distribution", NOW - HOUR))
    assert list(found) == ["flow distribution"]
    assert f"{(NOW - 2 * HOUR).astimezone(Settings().timezone):%Y-%m-%d %H:%M}" in str(found)
    looked(anywhere, "distribution", NOW - 30 * timedelta(minutes=1), NOW)
    assert late(anywhere, Awaited("distribution", NOW - HOUR)) == {}


def test_a_flow_that_has_never_looked_is_late_once_the_service_has_run(anywhere: Region) -> None:
    looked(anywhere, "outbox-delivery", NOW - DAY, NOW - DAY)
    assert list(late(anywhere, Awaited("distribution", NOW - HOUR))) == ["flow distribution"]


def test_a_look_by_a_flow_that_does_the_same_counts(anywhere: Region) -> None:
    looked(anywhere, "daily", NOW - DAY, NOW - HOUR)
    assert late(anywhere, Awaited("distribution", NOW - 2 * HOUR, done_by=("daily",))) == {}


def test_letters_that_should_have_left_long_ago_are_late_once_for_all(anywhere: Region) -> None:
    anywhere.approved()
    when = moment(DECIDED)
    assert late(anywhere, now=when + timedelta(minutes=59)) == {}
    found = late(anywhere, now=when + timedelta(minutes=61))
    assert list(found) == ["letters"]
    assert late(anywhere, now=when + timedelta(minutes=61), late_after_minutes=120) == {}
    with transaction(anywhere.engine) as connection:
        connection.execute(update(Outbox).values(state="sent"))
    assert late(anywhere) == {}


def test_a_charter_that_has_reached_everyone_and_is_not_distributed_is_late(
    anywhere: Region,
) -> None:
    charter = anywhere.approved()
    with transaction(anywhere.engine) as connection:
        connection.execute(update(Outbox).values(state="sent"))
    assert late(anywhere) == {}, "someone on its list is not reached yet"
    with transaction(anywhere.engine) as connection:
        connection.execute(update(Recipient).values(outcome="accepted", outcome_at=NOW))
    assert late(anywhere, now=NOW + HOUR) == {}
    assert list(late(anywhere, now=NOW + 2 * HOUR)) == [f"distribution {charter}"]


def test_a_channel_that_stands_still_is_late_when_people_should_know(anywhere: Region) -> None:
    with transaction(anywhere.engine) as connection:
        connection.execute(
            insert(Channel).values(name="mail", down_since=NOW, probes=1, reply="535 5.7.8 no")
        )
    assert late(anywhere, now=NOW + timedelta(minutes=14)) == {}
    found = late(anywhere, now=NOW + timedelta(minutes=15))
    assert list(found) == ["channel"]
    assert "535 5.7.8 no" in found["channel"]


def test_the_watch_reads_none_of_what_is_settled(region: Region) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append(statement)

    event.listen(region.engine, "before_cursor_execute", note)
    late(region)
    event.remove(region.engine, "before_cursor_execute", note)
    plans = ""
    with reading(region.engine) as connection:
        for statement in asked:
            values = tuple("2026-01-01" for _ in range(statement.count("?")))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans += "\n".join(row.detail for row in plan) + "\n"
    assert "ix_charters_approved" in plans
    assert "ix_outbox_waiting" in plans
    assert "SCAN charters\n" not in plans
    assert "SCAN outbox\n" not in plans
