"""`python -m benchmarks [--quick] [--charters N]`: every measurement in one table."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from benchmarks import (
    command,
    daily,
    letters,
    life,
    pages,
    papers,
    serve,
    simulation,
    submit,
    sweep,
)
from benchmarks.measure import Measured, as_table


def main() -> None:
    """Measure, and say how it went. Always exits with 0: a noisy machine breaks no build."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, fewer charters")
    parser.add_argument("--charters", type=int, help="how many the calendar sweeps among")
    asked = parser.parse_args()
    console = Console()
    measured = []
    for one in _measured(asked.charters, quick=asked.quick):
        console.log(one.what)
        measured.append(one)
    console.print(as_table(measured))


def _measured(charters: int | None, *, quick: bool) -> Iterator[Measured]:
    with tempfile.TemporaryDirectory(prefix="mandat-benchmarks-") as folder:
        yield from submit.measure(Path(folder), submissions=50 if quick else 200)
        yield from sweep.measure(
            Path(folder), charters or (100_000 if quick else 1_000_000), rounds=8 if quick else 18
        )
        yield from daily.measure(Path(folder), charters or (100_000 if quick else 1_000_000))
        yield from pages.measure(Path(folder), charters or 100_000, rounds=20 if quick else 60)
        yield from letters.measure(Path(folder), rounds=15 if quick else 40)
        yield from papers.measure(Path(folder), rounds=9 if quick else 25)
        yield from serve.measure(Path(folder), rounds=1 if quick else 3)
    yield from life.measure()
    yield from command.measure(rounds=3 if quick else 9)
    yield from simulation.measure(charters=100 if quick else 1_000, years=1 if quick else 6)


if __name__ == "__main__":
    main()
