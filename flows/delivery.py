"""The outbox's flow: what waits is delivered, and what the relay cannot take now is left in it."""

from dataclasses import fields
from functools import partial

from flows.running import BATCH, batches, in_catalogue
from flows.workbench import NOW, When, workbench
from notifications.carriers import ChannelDown
from notifications.outbox import Delivery
from statemachine.words import Refusal, Words


class RelayDown(Refusal):
    """No letter gets through now. Nothing is lost: they wait in the outbox."""


@in_catalogue("outbox-delivery")
async def outbox_delivery(when: When = NOW) -> Delivery:
    """Deliver the letters that are due. Raises RelayDown."""
    total = Delivery()
    with workbench() as bench:
        try:
            async for done in batches("letters", partial(bench.deliver, when, BATCH), rows=_tried):
                total = _together(total, done)
        except ChannelDown as fault:
            raise RelayDown(
                Words(
                    "Breven kommer inte iväg just nu: {reply}. De ligger kvar i utkorgen och "
                    "skickas när det går igen.",
                    "No letter gets through just now: {reply}. They stay in the outbox and leave "
                    "when one does.",
                ).about(reply=fault.reply)
            ) from fault
    return total


def _tried(done: Delivery) -> int:
    return sum(getattr(done, each.name) for each in fields(done) if each.name != "unsent")


def _together(one: Delivery, other: Delivery) -> Delivery:
    both = Delivery()
    for each in fields(both):
        setattr(both, each.name, getattr(one, each.name) + getattr(other, each.name))
    return both
