"""Our own record of every look: begun, ended, and what came of it. The watch reads it."""

from dataclasses import asdict
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, update

from casework.sweep import Swept
from models.tables import Sweep

KEPT = timedelta(days=400)
"""How long a look is remembered: a year and a month, to compare a day with its last year's."""


def begun(connection: Connection, *, flow: str, day: date, at: datetime) -> int:
    """Write down that a flow begins to look; the number of the record."""
    row = insert(Sweep).values(flow=flow, day=day, started_at=at).returning(Sweep.id)
    return int(connection.execute(row).scalar_one())


def ended(connection: Connection, *, number: int, total: Swept, at: datetime) -> None:
    """Write down that the look is over. Of a day's looks that found nothing the last is kept.

    What is older than KEPT of the same flow's is forgotten: each flow keeps its own latest.
    """
    ours = connection.execute(
        update(Sweep)
        .where(Sweep.id == number)
        .values(finished_at=at, **asdict(total))
        .returning(Sweep.flow, Sweep.day)
    ).one()
    connection.execute(
        delete(Sweep).where(
            Sweep.flow == ours.flow,
            Sweep.day == ours.day,
            Sweep.id < number,
            Sweep.finished_at.is_not(None),
            Sweep.looked_at == 0,
        )
    )
    connection.execute(delete(Sweep).where(Sweep.flow == ours.flow, Sweep.started_at < at - KEPT))
