"""What a measurement comes to: a floor, ours, and whether the target between them holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Target:
    """The most that ours may take, given the floor; both in seconds."""

    says: str
    holds: Callable[[float, float], bool]


def times(most: float) -> Target:
    """At most so many times the floor."""
    return Target(f"≤ {most:g} ×", lambda floor, ours: ours <= most * floor)


def more(seconds: float) -> Target:
    """At most so many seconds more than the floor."""
    return Target(f"≤ + {spoken(seconds)}", lambda floor, ours: ours - floor <= seconds)


def within(seconds: float) -> Target:
    """At most so many seconds, whatever the floor."""
    return Target(f"≤ {spoken(seconds)}", lambda _floor, ours: ours <= seconds)


def at_most(this: int) -> Target:
    """At most so many bytes."""
    return Target(f"≤ {as_bytes(this)}", lambda _floor, ours: ours <= this)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run came to, in seconds unless said; without a floor where nothing compares."""

    what: str
    ours: float
    floor: float | None = None
    target: Target | None = None
    spoken: Callable[[float], str] | None = None
    """How its values are said, where they are no seconds."""

    @property
    def holds(self) -> bool | None:
        """None where nothing is promised."""
        return self.target.holds(self.floor or 0.0, self.ours) if self.target else None


def seconds_of(work: Callable[..., object], *arguments: object) -> float:
    """How long one call takes."""
    began = perf_counter()
    work(*arguments)
    return perf_counter() - began


def seconds_per_call(call: Callable[[], object], calls: int, rounds: int = 9) -> float:
    """What one of many calls takes: the median over some rounds."""

    def many() -> None:
        for _ in range(calls):
            call()

    return median(seconds_of(many) / calls for _ in range(rounds))


def as_table(measured: Iterable[Measured]) -> Table:
    """One row for each measurement."""
    table = Table("what")
    for name in ("floor", "ours", "ratio", "target"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("holds")
    for one in measured:
        say = one.spoken or spoken
        table.add_row(
            one.what,
            say(one.floor) if one.floor else "",
            say(one.ours),
            f"{one.ours / one.floor:.2f}" if one.floor else "",
            one.target.says if one.target else "",
            {True: "yes", False: "no", None: ""}[one.holds],
        )
    return table


def spoken(seconds: float) -> str:
    """A duration in the unit that suits it: `2.41 ms`."""
    scale, unit = next(
        (scale, unit)
        for scale, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs"))
        if seconds * scale >= 1 or unit == "µs"
    )
    return f"{seconds * scale:.3g} {unit}"


def as_bytes(count: float) -> str:
    """So many bytes, in thousands: `24.3 kB`."""
    return f"{count / 1000:.3g} kB"
