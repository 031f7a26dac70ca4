"""The alarm: whom it reaches, how often, and when it keeps quiet."""

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from casework.alarm import alarm
from casework.sweep import Swept
from casework.watch import Awaited, Late
from models.session import transaction
from models.tables import Channel, Outbox, Sweep
from statemachine.vocabulary import Letter
from statemachine.words import Words
from tests.builders import DECIDED, Region, moment

DAY = timedelta(days=1)
LONG_AGO = moment(DECIDED) - 3 * DAY
AWAITED = Awaited("distribution", moment(DECIDED) - timedelta(hours=1))
FAILED = Late("failed daily", Words("Körningen misslyckades.", "The run failed."), LONG_AGO)


def alarms(region: Region, *more: Late, days: int = 0) -> Swept:
    """The watchdog looks, so many days on."""
    day = DECIDED + timedelta(days=days)
    with transaction(region.engine) as connection:
        at = region.sitting(connection, None, day)
        return alarm(connection, at, [Awaited(AWAITED.flow, moment(day))], more)


def letters(region: Region) -> list[tuple[str, str, datetime]]:
    with transaction(region.engine) as connection:
        rows = connection.execute(
            select(Outbox).where(Outbox.letter == Letter.ALARM).order_by(Outbox.id)
        )
        return [(row.to_email, row.facts["alarm"]["what"]["sv"], row.expires_at) for row in rows]


def a_look_is_late(region: Region) -> None:
    with transaction(region.engine) as connection:
        connection.execute(
            insert(Sweep).values(
                flow="distribution",
                day=LONG_AGO.date(),
                started_at=LONG_AGO,
                finished_at=LONG_AGO,
            )
        )


def test_nothing_late_alarms_nobody(region: Region) -> None:
    assert alarms(region) == Swept()
    assert letters(region) == []


def test_what_is_late_is_told_to_the_administrators_once_a_day(region: Region) -> None:
    a_look_is_late(region)
    assert alarms(region) == Swept(looked_at=1, letters=1)
    assert alarms(region) == Swept(looked_at=1, letters=0)
    with transaction(region.engine) as connection:
        connection.execute(update(Outbox).values(state="sent"))
    assert alarms(region, days=1) == Swept(looked_at=1, letters=1)
    (to, said, expires), (_, _, then) = letters(region)
    assert to == "astrid@sjoviken.example"
    assert "distribution" in said
    assert expires == moment(DECIDED) + DAY
    assert then == expires + DAY


def test_each_cause_has_a_letter_of_its_own(region: Region) -> None:
    a_look_is_late(region)
    assert alarms(region, FAILED) == Swept(looked_at=2, letters=2)
    assert {said for _, said, _ in letters(region)} >= {"Körningen misslyckades."}


def test_while_letters_stand_still_none_is_written_of_that(region: Region) -> None:
    region.approved()
    with transaction(region.engine) as connection:
        connection.execute(update(Outbox).values(due_at=LONG_AGO))
        connection.execute(
            insert(Channel).values(name="mail", down_since=LONG_AGO, probes=3, reply="535 no")
        )
    assert alarms(region, FAILED) == Swept(looked_at=1, letters=1)
    with transaction(region.engine) as connection:
        connection.execute(update(Channel).values(down_since=None))
    assert alarms(region, FAILED) == Swept(looked_at=2, letters=1)
