"""The daily calendar as its flow, the Prefect run and all: 1,000 due of very many, and of few.

Each look has a process of its own, so that its memory can be told, and a Prefect server that is up
before the clock starts. Due is the act of entering renewal, with its two letters. The first run of
all, which also writes the week's digest, is not timed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from statistics import median

from benchmarks.measure import Measured, Target, seconds_of, times, within
from benchmarks.region import TODAY
from benchmarks.sweep import ACTS_AND_LETTERS, Archive
from casework.settings import Settings
from flows.clockwork import Clockwork, clockwork

DUE = 1_000
FEW = 10_000
MEGABYTES = 300
ROUNDS = 3


def measure(folder: Path, charters: int) -> Iterator[Measured]:
    """The medians over some runs among the few, and as many among all."""
    few, _ = _looked_at(folder / "daily-few.db", FEW)
    many, peak = _looked_at(folder / "daily-many.db", charters)
    look = f"the daily flow, {DUE:,} due of {charters:,}"
    yield Measured(look, many, None, within(5))
    yield Measured(f"{look}; floor: of {FEW:,}", many, few, times(1.3))
    within_memory = Target(f"≤ {MEGABYTES} MB", lambda _floor, _ours: peak <= MEGABYTES)
    yield Measured(f"{look}; at most {peak:.0f} MB in memory", many, None, within_memory)


def _looked_at(path: Path, charters: int) -> tuple[float, float]:
    Archive(path, charters, due=DUE).engine.dispose()
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.daily", str(path), str(charters)),
        env=os.environ | {"PREFECT_HOME": str(path.with_suffix(".prefect"))},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = json.loads(done.stdout.splitlines()[-1])
    return seconds, megabytes


def look(path: Path, charters: int) -> tuple[float, float]:
    """The median seconds of a run with 1,000 due, and the most memory of the process, in MB."""
    settings = Settings(database_url=f"sqlite:///{path}", mail_folder=path.with_suffix(".mail"))
    archive = Archive(path, charters, due=DUE, filled=True)
    with clockwork(settings) as works:
        _run(works, looked_at=0)
        seconds = []
        for _ in range(ROUNDS):
            archive.make_due(ACTS_AND_LETTERS)
            seconds.append(seconds_of(_run, works, DUE))
    return median(seconds), _most_memory()


def _most_memory() -> float:
    """In MB. What getrusage calls the most may be that of whoever started this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def _run(works: Clockwork, looked_at: int) -> None:
    swept = works.daily(on=TODAY, at=datetime.combine(TODAY, time(9), Settings().timezone))
    if swept.looked_at < looked_at:
        raise ArithmeticError(f"a run came to {swept} instead of {looked_at} looked at")


if __name__ == "__main__":
    print(json.dumps(look(Path(sys.argv[1]), int(sys.argv[2]))))
