"""Years of simulated lives: how long a charter takes to live through one of them."""

from collections.abc import Iterator

from benchmarks.measure import Measured, seconds_of, within
from rehearsal.simulation import simulate

PROMISED = 60 / (1_000 * 6)
"""Seconds for a charter and a year: 1,000 charters live through six years in a minute."""


def measure(charters: int, years: int) -> Iterator[Measured]:
    """One simulation, without faults. Raises ArithmeticError when something did not hold."""
    took = seconds_of(_live, charters, years)
    yield Measured(
        f"simulate {charters:,} charters over {years} years, for each and year",
        took / (charters * years),
        None,
        within(PROMISED),
    )


def _live(charters: int, years: int) -> None:
    lived = simulate(charters, years, "benchmark")
    if any(one.broken for one in lived):
        raise ArithmeticError("something did not hold in a simulated life")
