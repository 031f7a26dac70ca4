"""The post of a simulated region: some letters by the real delivery, the rest as they fare.

To write and send a letter takes longer than a charter lives through in a month. In a large region
the real delivery takes a share of the letters, and every one to an address that does not exist;
what would have come of the others is written for all of them at once.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, insert, literal, select, update

from casework.matter import Sitting
from casework.returned import take_in
from casework.told import ToldByDelivery
from models.many import among
from models.session import transaction
from models.tables import Attempt, Outbox, Recipient
from notifications.compose import Sender
from notifications.outbox import Delivery, deliver
from notifications.outbox.posting import WAITING
from rehearsal.simulation import region
from rehearsal.simulation.faults import Relay
from statemachine.vocabulary import Letter

ALL = 60
"""Up to so many charters, every letter is delivered by the real delivery."""
SENDER = Sender("Mandat", f"mandat@{region.DOMAIN}", region.DOMAIN)

_SHARE = select(Outbox.id, Outbox.letter, Outbox.recipient_id).where(
    WAITING,
    Outbox.state == "pending",
    Outbox.id % bindparam("every") != 0,
    ~among(Outbox.to_email, "nowhere"),
)
"""The letters that are only carried: all but every so manieth, and those to nowhere."""
_THESE = among(Outbox.id, "letters")
_SENT = (
    update(Outbox)
    .where(_THESE)
    .values(state="sent", sent_at=bindparam("now"), wire_at=bindparam("now"))
    .values(attempts=1, code=250, reply="250 ok")
)
_ACCEPTED = insert(Attempt).from_select(
    ["outbox_id", "at", "result", "code", "reply"],
    select(
        Outbox.id, bindparam("now", type_=Outbox.sent_at.type), literal("accepted"),
        literal(250), literal("250 ok"),
    ).where(_THESE),
)  # fmt: skip
_REACHED = (
    update(Recipient)
    .where(among(Recipient.id, "lines"), Recipient.outcome.is_(None))
    .values(outcome="accepted", outcome_at=bindparam("now"))
)


@dataclass
class Post:
    """What carries the letters, and how many of each kind it carried."""

    engine: Engine
    relay: Relay
    charters: int
    sitting: Callable[[datetime], Sitting]
    delivered: int = 0
    """By the real delivery."""
    carried: int = 0
    """All at once."""

    def goes_out(self, now: Callable[[], datetime], chance: random.Random) -> None:
        """Everything due leaves. Raises ChannelDown, or what kills the process."""
        if not self.relay.is_down and self.charters > ALL:
            with transaction(self.engine) as connection:
                self._carry(connection, now())
        done = self._deliver(now, chance)
        self.delivered += done.sent

    def comes_back(self, now: datetime) -> int:
        """Letters that were accepted and then returned; how many came back today."""
        returned = self.relay.returns()
        for one in returned:
            with transaction(self.engine) as connection:
                take_in(connection, one, self.sitting(now))
        return len(returned)

    def _carry(self, connection: Connection, now: datetime) -> None:
        every, nowhere = max(5, self.charters // 2), self.relay.dead_addresses
        letters = connection.execute(_SHARE, {"every": every, "nowhere": nowhere}).all()
        if not letters:
            return
        self.carried += len(letters)
        these = {"letters": [row.id for row in letters], "now": now}
        connection.execute(_SENT, these)
        connection.execute(_ACCEPTED, these)
        listed = [row.recipient_id for row in letters if row.letter == Letter.DISTRIBUTION]
        if listed:
            connection.execute(_REACHED, {"lines": listed, "now": now})

    def _deliver(self, now: Callable[[], datetime], chance: random.Random) -> Delivery:
        return deliver(
            self.engine,
            self.relay,
            now=now,
            sender=SENDER,
            worker=now().isoformat(),
            limit=100_000,
            chance=chance,
            told=ToldByDelivery(self.sitting),
        )
