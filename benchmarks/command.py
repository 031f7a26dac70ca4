"""How long `mandat --help` takes, in a process of its own; the floor is Python doing nothing."""

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from benchmarks.measure import Measured, seconds_of, within


def measure(rounds: int) -> Iterator[Measured]:
    """The median over so many rounds, the floor's and ours in turn."""
    timed = [(_seconds("-c", "pass"), _seconds("-m", "cli.main", "--help")) for _ in range(rounds)]
    floor, ours = zip(*timed, strict=True)
    yield Measured("mandat --help", median(ours), median(floor), within(0.3))


def _seconds(*arguments: str) -> float:
    return seconds_of(subprocess.check_output, (sys.executable, *arguments))
