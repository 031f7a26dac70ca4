"""The calendar's flows: each asks what is due on the day, and has casework carry it out.

One question serves them all: a charter's reminders, its renewal and its end are derived together,
by the one sweep. The flows differ in what they look at. `review_reminders` takes the charters
still open, `renewal_and_expiry` all others and the groups left without one: between them every
charter, and none twice. `weekly_digest` tells what waits, on the week's first working day. `daily`
takes everything at once, for whoever runs the calendar by hand.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from prefect.runtime import flow_run
from sqlalchemy import Connection

from casework.digest import write_digest
from casework.matter import Sitting
from casework.sweep import Swept, distribute_completed, sweep_charters, sweep_groups
from flows.looks import begun, ended
from flows.reporting import entries_after, last_entry, report
from flows.running import BATCH, batches, in_catalogue
from flows.workbench import NOW, When, workbench
from statemachine.vocabulary import OPEN, State

Strand: TypeAlias = tuple[str, Callable[[Connection, Sitting, int], Swept]]
"""What is looked at, and the sweep that deals with at most so many of it."""

ALL_BUT_OPEN = tuple(state for state in State if state not in OPEN)

CHARTERS: Strand = ("charters", sweep_charters)
OPEN_CHARTERS: Strand = ("open charters", partial(sweep_charters, states=OPEN))
DECIDED_CHARTERS: Strand = ("decided charters", partial(sweep_charters, states=ALL_BUT_OPEN))
GROUPS: Strand = ("groups without a charter", sweep_groups)
COMPLETED: Strand = ("completed distributions", distribute_completed)

DIGEST: Strand = ("digest", lambda connection, at, _most: write_digest(connection, at))


@in_catalogue("review-reminders")
async def review_reminders(when: When = NOW) -> Swept:
    """Remind of drafts left untouched and of decisions waited for."""
    return await _look(when, OPEN_CHARTERS)


@in_catalogue("renewal-and-expiry")
async def renewal_and_expiry(when: When = NOW) -> Swept:
    """Open renewals, end what has run out, and write to those concerned."""
    return await _look(when, DECIDED_CHARTERS, GROUPS)


@in_catalogue("distribution")
async def distribution(when: When = NOW) -> Swept:
    """Distribute what is approved and has reached everyone on its list."""
    return await _look(when, COMPLETED)


@in_catalogue("weekly-digest")
async def weekly_digest(when: When = NOW) -> Swept:
    """Write to each, once a week, of what waits for them. Most days there is nothing to do."""
    return await _look(when, DIGEST)


@in_catalogue("daily")
async def daily(when: When = NOW) -> Swept:
    """The whole look: charters, groups, what is distributed to the last, and what then waits."""
    return await _look(when, CHARTERS, GROUPS, COMPLETED, DIGEST)


async def _look(when: When, *strands: Strand) -> Swept:
    total, flow = Swept(), str(flow_run.flow_name)
    with workbench() as bench:
        at, clock = bench.sitting(when), bench.clock(when)
        number = await bench.act(partial(begun, flow=flow, day=at.today, at=at.now))
        before = await bench.act(last_entry)
        for what, sweep in strands:
            work = partial(bench.act, partial(_one_batch, sweep=sweep, at=at))
            async for swept in batches(what, work, rows=_looked_at):
                total += swept
        await bench.act(partial(ended, number=number, total=total, at=clock()))
        if total.looked_at:
            done = await bench.act(partial(entries_after, number=before))
            await report(flow, total, done, at)
    return total


def _looked_at(swept: Swept) -> int:
    return swept.looked_at


def _one_batch(
    connection: Connection, *, sweep: Callable[[Connection, Sitting, int], Swept], at: Sitting
) -> Swept:
    return sweep(connection, at, BATCH)
