"""What a measurement comes to: a floor, ours, and whether the target between them holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Target:
    """What ours may be at most, given the floor; seconds."""

    says: str
    holds: Callable[[float, float], bool]


def times(most: float) -> Target:
    """At most so many times the floor."""
    return Target(f"≤ {most:g} ×", lambda floor, ours: ours <= most * floor)


def more(seconds: float) -> Target:
    """At most so many seconds more than the floor."""
    return Target(f"≤ + {_spoken(seconds)}", lambda floor, ours: ours - floor <= seconds)


def within(seconds: float) -> Target:
    """At most so many seconds, whatever the floor."""
    return Target(f"≤ {_spoken(seconds)}", lambda _floor, ours: ours <= seconds)


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians of one run, in seconds; no floor where there is nothing to compare with."""

    what: str
    ours: float
    floor: float | None = None
    target: Target | None = None

    @property
    def holds(self) -> bool | None:
        """None where nothing is promised."""
        return self.target.holds(self.floor or 0.0, self.ours) if self.target else None


def seconds_of(work: Callable[[], object]) -> float:
    """How long one call takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def seconds_per_call(call: Callable[[], object], calls: int, rounds: int = 7) -> float:
    """The median over some rounds of what one of many calls takes."""
    return median(seconds_of(lambda: [call() for _ in range(calls)]) / calls for _ in range(rounds))


def as_table(measured: Iterable[Measured]) -> Table:
    """One row for each measurement."""
    table = Table("what", "floor", "ours", "ratio", "target", "holds")
    for name in ("floor", "ours", "ratio", "target"):
        next(one for one in table.columns if one.header == name).justify = "right"
    for one in measured:
        table.add_row(
            one.what,
            _spoken(one.floor) if one.floor else "",
            _spoken(one.ours),
            f"{one.ours / one.floor:.2f}" if one.floor else "",
            one.target.says if one.target else "",
            {True: "yes", False: "NO", None: ""}[one.holds],
        )
    return table


def _spoken(seconds: float) -> str:
    scale, unit = next(
        (scale, unit) for scale, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")) if seconds * scale >= 1
    )
    return f"{seconds * scale:.3g} {unit}"
