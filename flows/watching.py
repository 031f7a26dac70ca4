"""The watchdog's flow: what is late is told to those who can do something about it."""

from collections.abc import Iterator
from functools import partial

from pydantic import Field

from casework.alarm import alarm
from casework.matter import Sitting
from casework.sweep import Swept
from casework.watch import Late
from flows.catalogue import awaited
from flows.looks import begun, ended
from flows.running import in_catalogue
from flows.workbench import When, workbench
from statemachine.words import Words

NAME = "watchdog"

FAILED = Words(
    "Körningen ”{run}” misslyckades. Orsaken står i Prefect.",
    "The run “{run}” failed. The cause is in Prefect.",
)


class Watched(When):
    """The moment to look at, and a run that is known to have failed."""

    failed: str | None = Field(
        None,
        title="Misslyckad körning · Failed run",
        description="Namnet på en körning som misslyckats; fylls i av Prefects automation. · "
        "The name of a run that failed; filled in by Prefect's automation.",
        max_length=300,
    )


@in_catalogue(NAME)
async def watchdog(when: Watched = Watched()) -> Swept:  # noqa: B008
    """Look for what is late, and write to the administrators of it, once a day for each cause."""
    with workbench() as bench:
        at, clock = bench.sitting(when), bench.clock(when)
        number = await bench.act(partial(begun, flow=NAME, day=at.today, at=at.now))
        told = partial(alarm, at=at, awaited=awaited(at.now), more=tuple(_failed(when, at)))
        total = await bench.act(told)
        await bench.act(partial(ended, number=number, total=total, at=clock()))
    return total


def _failed(when: Watched, at: Sitting) -> Iterator[Late]:
    if when.failed:
        flow = when.failed.split()[0]
        yield Late(f"failed {flow}", FAILED.about(run=when.failed), at.now)
