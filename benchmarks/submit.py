"""Submitting through the one door, against the same SQL through the driver.

Each charter is submitted in three equal databases: in one, timed, through `carry_out`; in one,
untimed, to write down the SQL that it takes, from BEGIN IMMEDIATE to COMMIT; in one, timed, by the
driver. Every commit is synced to disk.

No paper is written, and each charter is its group's first, so that there is nothing to compare it
with. A process parses and judges a text once: *seen* is a text it has met before, as when its
handler has just looked at it there; *new* is one it meets with the submission. The promise is for
the first; the second is measured beside it.
"""

import gc
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from sqlalchemy import Engine

from benchmarks.floor import bare_driver, hold_equal, repeat, written_down
from benchmarks.measure import Measured, seconds_of, times
from benchmarks.region import drafts, sitting
from casework.door import carry_out
from casework.matter import Sitting
from models.migrations import upgrade
from models.session import engine_for, reading, transaction
from statemachine.vocabulary import Act

WARM_UP = 20
TARGET = times(2.5)


def measure(folder: Path, submissions: int) -> Iterator[Measured]:
    """The medians over so many submissions of a text seen, and as many of a new one."""
    drafted = folder / "drafted.db"
    charters = _draft(drafted, WARM_UP + 2 * submissions)
    ours, recording, floor = (
        Path(shutil.copy(drafted, folder / f"{name}.db")) for name in ("ours", "recording", "floor")
    )
    engine, recorder = engine_for(f"sqlite:///{ours}"), engine_for(f"sqlite:///{recording}")
    statements = written_down(recorder)
    with reading(engine) as connection:
        at = sitting(connection, "sara.nyberg")
    gc.freeze()  # What was only needed to draft is not searched for garbage any more.
    timed: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    with closing(bare_driver(floor)) as driver:
        for number, charter in enumerate(charters):
            seen = number % 2 == 0
            statements.clear()
            if seen:
                _submit(recorder, charter, at)
            through_the_door = seconds_of(_submit, engine, charter, at)
            if not seen:
                _submit(recorder, charter, at)
            by_the_driver = seconds_of(repeat, driver, statements)
            if number >= WARM_UP:
                timed[seen].append((by_the_driver, through_the_door))
    engine.dispose()
    recorder.dispose()
    hold_equal(ours, floor)
    for seen, what in ((True, "submit, a text seen before"), (False, "submit, a new text")):
        least, taken = zip(*timed[seen], strict=True)
        promised = TARGET if seen else None
        yield Measured(f"{what}; floor: its SQL", median(taken), median(least), promised)


def _draft(path: Path, count: int) -> list[int]:
    """A database with so many drafts, whole in its one file."""
    engine = engine_for(f"sqlite:///{path}")
    upgrade(engine)
    charters = drafts(engine, count)
    engine.dispose()
    return charters


def _submit(engine: Engine, charter: int, at: Sitting) -> None:
    with transaction(engine) as connection:
        carry_out(connection, charter, Act.SUBMIT, at=at, conflict=False)
