"""The calendar's whole look at a day, as the flows take it, without Prefect around it."""

from collections.abc import Callable, Generator

from sqlalchemy import Connection, Engine

from casework.digest import write_digest
from casework.matter import Sitting
from casework.sweep import BATCH, Swept, distribute_completed, sweep_charters, sweep_groups
from models.session import transaction

STRANDS: tuple[Callable[[Connection, Sitting, int], Swept], ...] = (
    sweep_charters,
    sweep_groups,
    distribute_completed,
    lambda connection, at, _most: write_digest(connection, at),
)
"""What is looked at on a day, in its order."""


def look(engine: Engine, at: Sitting, batch: int = BATCH) -> Swept:
    """Carry out all that is due, batch after batch, each in a transaction of its own."""
    total = Swept()
    for swept in batch_by_batch(engine, at, batch):
        total += swept
    return total


def batch_by_batch(engine: Engine, at: Sitting, batch: int = BATCH) -> Generator[Swept, None, None]:
    """The same, one batch at a time, for whoever wants to do something in between."""
    for strand in STRANDS:
        while True:
            with transaction(engine) as connection:
                swept = strand(connection, at, batch)
            if swept == Swept():
                break
            yield swept
