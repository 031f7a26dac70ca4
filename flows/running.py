"""How every flow runs: under a name that says what and when, in batches, with one task for each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.flows import Flow
from prefect.runtime import flow_run

from casework.settings import Settings
from flows.catalogue import RETRY_DELAY, entry_called
from flows.workbench import When

BATCH = 200
"""Rows in a batch: one transaction, one task."""
MOST_BATCHES = 10_000
"""Two million rows. A run that comes this far ends, and the next one goes on."""

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[P, Coroutine[Any, Any, T]]


def in_catalogue(name: str) -> Callable[[Work[P, T]], Flow[P, Coroutine[Any, Any, T]]]:
    """Make a flow of a function, as the catalogue says it runs."""
    entry = entry_called(name)

    def made(work: Work[P, T]) -> Flow[P, Coroutine[Any, Any, T]]:
        decorated: Callable[[Work[P, T]], Flow[P, Coroutine[Any, Any, T]]] = flow(
            name=entry.name,
            description=entry.described,
            flow_run_name=what_and_when,
            timeout_seconds=entry.timeout.total_seconds(),
        )
        return decorated(work)

    return made


@task(cache_policy=NO_CACHE)
async def batch(work: Callable[[], Awaitable[T]]) -> T:
    """Do one batch, and return what came of it."""
    return await work()


async def batches(
    what: str, work: Callable[[], Awaitable[T]], *, rows: Callable[[T], int]
) -> AsyncIterator[T]:
    """Do batch after batch until one comes back with fewer rows than it asked for."""
    retries = entry_called(str(flow_run.flow_name)).retries
    for number in range(1, MOST_BATCHES + 1):
        one = batch.with_options(
            task_run_name=f"{what} {number}",
            retries=retries,
            retry_delay_seconds=RETRY_DELAY.total_seconds(),
        )
        done: T = await one(work)
        yield done
        if rows(done) < BATCH:
            return


def what_and_when() -> str:
    """The name of a run: `renewal-and-expiry 2031-06-18`, or with the time it was due, and why."""
    when = When.model_validate(flow_run.parameters.get("when") or {})
    why = f" ({when.because})" if when.because else ""
    if when.on is not None:
        return f"{flow_run.flow_name} {when.on}{why}"
    due = when.at or flow_run.scheduled_start_time
    return f"{flow_run.flow_name} {due.astimezone(Settings().timezone):%Y-%m-%d %H:%M}{why}"
