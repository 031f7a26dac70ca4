"""The outbox's flow: what waits is delivered, and what the relay cannot take now is left in it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial

from casework.sweep import Swept
from flows.looks import begun, ended
from flows.running import BATCH, batches, in_catalogue
from flows.workbench import NOW, When, Workbench, workbench
from notifications.outbox import Delivery, Paused
from statemachine.words import Refusal, Words, joined

NAME = "outbox-delivery"
PATIENCE = 25 * 60
"""Seconds a run waits in all for the rate to let more letters go; then the next run takes over."""
UNCOUNTED = ("unsent", "again_at")

DOWN = Words(
    "Breven kommer inte iväg just nu: {reply}. De ligger kvar i utkorgen ({waiting} väntar) och "
    "skickas när det går igen. Nästa försök {until}.",
    "No letter gets through just now: {reply}. They stay in the outbox ({waiting} wait) and leave "
    "when one does. Next try {until}.",
)
HELD = Words(
    "Breven hålls: {reply}. {waiting} väntar tills någon säger: mandat outbox try-now",
    "Letters are held: {reply}. {waiting} wait until someone says: mandat outbox try-now",
)
STANDING_STILL = Words(
    "LARM: breven står stilla sedan {since}.", "ALARM: letters stand still since {since}."
)


class RelayDown(Refusal):
    """No letter gets through now. Nothing is lost: they wait in the outbox."""


@in_catalogue(NAME)
async def outbox_delivery(when: When = NOW, patience: float = PATIENCE) -> Delivery:
    """Deliver the letters that are due. Raises RelayDown.

    Where a rate holds some back the run waits for them, at most `patience` seconds in all: between
    deliveries, when nothing is held and no transaction is open.
    """
    with workbench() as bench:
        at, clock = bench.sitting(when), bench.clock(when)
        number = await bench.act(partial(begun, flow=NAME, day=at.today, at=at.now))
        total = Delivery()
        try:
            async for done in _deliveries(bench, when, patience):
                total = _together(total, done)
        except Paused as fault:
            raise RelayDown(_said(fault, bench)) from fault
        finally:
            # It has looked, whatever came of it: a channel that is down has an alarm of its own.
            await bench.act(partial(ended, number=number, total=_as_look(total), at=clock()))
    return total


async def _deliveries(bench: Workbench, when: When, patience: float) -> AsyncIterator[Delivery]:
    clock = bench.clock(when)
    until = clock() + timedelta(seconds=patience)
    again_at: datetime | None = None
    while True:
        async for done in batches("letters", partial(bench.deliver, when, BATCH), rows=_tried):
            again_at = done.again_at
            yield done
        if again_at is None or again_at > until or when.at is not None:
            return
        await asyncio.sleep(max(0.0, (again_at - clock()).total_seconds()))


def _as_look(total: Delivery) -> Swept:
    return Swept(looked_at=_tried(total), letters=total.sent, put_off=total.deferred)


def _said(fault: Paused, bench: Workbench) -> Words:
    pause = fault.pause
    down = (HELD if pause.is_held else DOWN).about(
        reply=pause.reply, waiting=pause.waiting, until=_clock_time(pause.until, bench)
    )
    if not pause.is_alarming:
        return down
    return joined((STANDING_STILL.about(since=_clock_time(pause.since, bench)), down))


def _clock_time(at: datetime, bench: Workbench) -> str:
    return f"{at.astimezone(bench.settings.timezone):%Y-%m-%d %H:%M}"


def _tried(done: Delivery) -> int:
    return sum(getattr(done, each.name) for each in fields(done) if each.name not in UNCOUNTED)


def _together(one: Delivery, other: Delivery) -> Delivery:
    both = Delivery(unsent=one.unsent + other.unsent, again_at=other.again_at)
    for each in fields(both):
        if each.name not in UNCOUNTED:
            setattr(both, each.name, getattr(one, each.name) + getattr(other, each.name))
    return both
