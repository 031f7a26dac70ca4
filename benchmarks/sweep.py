"""The daily look: what is due for 100 charters, found and carried out among very many others.

Due is, for each of the 100, the act of entering renewal: read, judged, journalled and written, as
in the figures this was promised by. In a second look, at 100 others, two letters go with every
act: the first warning to coordinator and chair. A look is what the flow does: batches, each in a
synced transaction of its own, until nothing is left.

Every charter is its own group's, with two seats, a journal row and a letter sent long ago; all
indices and triggers are in place. Each round makes others due, untimed, and then looks at the
many, at the few, and has the driver repeat what was done to the few.
"""

import gc
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.floor import bare_driver, hold_equal, repeat, written_down
from benchmarks.measure import Measured, more, seconds_of, times
from benchmarks.region import TODAY, sitting
from casework.sweep import Swept, sweep_charters
from models.migrations import upgrade
from models.session import engine_for, reading, transaction
from statemachine.vocabulary import OPEN, State

DUE = 100
FEW = 1_000
NOT_OPEN = tuple(state for state in State if state not in OPEN)
NOTHING = Swept()


@dataclass(frozen=True, slots=True)
class Load:
    """What is due for each of the 100: their last day, and what a look at them comes to."""

    what: str
    ends_on: str
    looked_on: str
    comes_to: Swept


# The window of one that ends on a Sunday opened on a Saturday, and its letters left the day before.
ACTS = Load("acts", "2027-05-30", "2026-05-29", Swept(looked_at=DUE, acts=DUE))
ACTS_AND_LETTERS = Load(
    "acts with two letters each",
    "2027-06-01",
    "2026-05-31",
    Swept(looked_at=DUE, acts=DUE, letters=2 * DUE),
)
LOADS = (ACTS, ACTS_AND_LETTERS)
ROUNDS_OF_FEW = FEW // DUE // len(LOADS) - 1
"""How often others can be due among the few, after one round to warm up."""

MAKE_DUE = """
UPDATE charters SET wake_on = :today, looked_on = :looked_on, ends_on = :ends_on
WHERE id = :charter
"""


def measure(folder: Path, charters: int, rounds: int) -> Iterator[Measured]:
    """The medians over so many rounds: nothing due, 100 due of many, of few, and by the driver."""
    many = Archive(folder / "many.db", charters)
    few = [Twins(folder / f"few-{number}.db", FEW) for number in range(-(-rounds // ROUNDS_OF_FEW))]
    for archive in (many, *few):
        for load in LOADS:
            archive.round(load)
    gc.freeze()  # What was only needed to fill them is not searched for garbage any more.
    timed: dict[Load, list[tuple[float, ...]]] = {load: [] for load in LOADS}
    for number in range(rounds):
        for load in LOADS:
            beside = few[number // ROUNDS_OF_FEW]
            timed[load].append((*many.round(load), *beside.round(load)))
    for twins in few:
        twins.hold_equal()
    for load in LOADS:
        none, of_many, _, of_few, by_driver = map(median, zip(*timed[load], strict=True))
        promised = load is ACTS
        look = f"look at {DUE} due of {charters:,}, {load.what}"
        yield Measured(f"{look}; floor: none due", of_many, none, more(0.025) if promised else None)
        yield Measured(
            f"{look}; floor: of {FEW:,}", of_many, of_few, times(1.5) if promised else None
        )
        yield Measured(
            f"look at {DUE} due of {FEW:,}, {load.what}; floor: its SQL", of_few, by_driver
        )


class Archive:
    """A database of so many charters, of which `due` others are due in every round."""

    def __init__(self, path: Path, charters: int, *, due: int = DUE, filled: bool = False) -> None:
        self.path, self.charters, self.due, self.rounds = path, charters, due, 0
        self.engine = engine_for(f"sqlite:///{path}")
        if not filled:
            upgrade(self.engine)
            self.engine.dispose()
            _fill(path, charters)
        with reading(self.engine) as connection:
            self.at = sitting(connection, None)

    def round(self, load: Load) -> tuple[float, ...]:
        """How many seconds a look takes with nothing due, and then with 100 due."""
        nothing = seconds_of(self._look, NOTHING)
        self.make_due(load)
        return nothing, seconds_of(self._look, load.comes_to)

    def make_due(self, load: Load) -> None:
        """Have others than in any round before wake today."""
        self._wake(self.path, load)
        self.rounds += 1

    def _look(self, comes_to: Swept) -> None:
        swept = Swept()
        while True:
            with transaction(self.engine) as connection:
                batch = sweep_charters(connection, self.at, states=NOT_OPEN)
            swept += batch
            if not batch.looked_at:
                break
        if swept != comes_to:
            raise ArithmeticError(f"a look came to {swept} instead of {comes_to}")

    def _wake(self, path: Path, load: Load) -> None:
        """Have so many that were never due wake today, evenly spread over all of them."""
        due = range(1 + self.rounds, 1 + self.charters, self.charters // self.due)
        days = {"today": TODAY.isoformat(), "looked_on": load.looked_on, "ends_on": load.ends_on}
        with closing(sqlite3.connect(path)) as driver, driver:
            driver.executemany(MAKE_DUE, [{**days, "charter": charter} for charter in due])


class Twins(Archive):
    """An archive, and an equal one where the driver does all that was done to the first."""

    def __init__(self, path: Path, charters: int) -> None:
        super().__init__(path, charters)
        self.engine.dispose()
        self.twin = Path(shutil.copy(path, path.with_suffix(".twin.db")))
        self.driver = bare_driver(self.twin)
        self.statements = written_down(self.engine)

    def round(self, load: Load) -> tuple[float, ...]:
        """As in any archive; and how many seconds the driver takes with the same 100."""
        self._wake(self.twin, load)
        nothing, due = super().round(load)
        by_driver = seconds_of(repeat, self.driver, self.statements)
        self.statements.clear()
        return nothing, due, by_driver

    def hold_equal(self) -> None:
        """Raises ArithmeticError when the driver has not done the same."""
        hold_equal(self.path, self.twin)


def _fill(path: Path, charters: int) -> None:
    """Fill a new database as fast as it goes: nothing is synced, and much is kept in memory."""
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        for pragma in ("synchronous=OFF", "journal_mode=MEMORY", "cache_size=-500000"):
            driver.execute(f"PRAGMA {pragma}")
        driver.execute("BEGIN")
        driver.execute(
            "CREATE TEMP TABLE n AS WITH RECURSIVE numbers(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :of) "
            "SELECT i, :of AS of FROM numbers",
            {"of": charters},
        )
        script = Path(__file__).with_name("archive.sql").read_text(encoding="utf-8")
        for statement in script.split(";\n"):
            driver.execute(statement)
        driver.execute("COMMIT")
