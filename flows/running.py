"""How every flow runs: under a name that says what and when, in batches, with one task for each."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from casework.settings import Settings
from flows.workbench import When

BATCH = 200
"""Rows in a batch: one transaction, one task."""
MOST_BATCHES = 10_000
"""Two million rows. A run that comes this far ends, and the next one goes on."""

T = TypeVar("T")


@task(cache_policy=NO_CACHE)
async def batch(work: Callable[[], Awaitable[T]]) -> T:
    """Do one batch, and return what came of it."""
    return await work()


async def batches(
    what: str, work: Callable[[], Awaitable[T]], *, rows: Callable[[T], int], retries: int = 0
) -> AsyncIterator[T]:
    """Do batch after batch until one comes back with fewer rows than it asked for."""
    for number in range(1, MOST_BATCHES + 1):
        one = batch.with_options(
            task_run_name=f"{what} {number}", retries=retries, retry_delay_seconds=5
        )
        done: T = await one(work)
        yield done
        if rows(done) < BATCH:
            return


def what_and_when() -> str:
    """The name of a run: `renewal-and-expiry 2031-06-18`, or with the time it was due."""
    when = When.model_validate(flow_run.parameters.get("when") or {})
    if when.on is not None:
        return f"{flow_run.flow_name} {when.on}"
    due = when.at or flow_run.scheduled_start_time
    return f"{flow_run.flow_name} {due.astimezone(Settings().timezone):%Y-%m-%d %H:%M}"
