"""A worker in a process of its own, which kills itself at the point it was told to."""

import os
import random
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event

from models.session import engine_for
from notifications.carriers import Carrier, Receipt
from notifications.carriers.relay import Relay, YagmailCarrier
from notifications.compose import Sender
from notifications.outbox import deliver

STATES = ("pending", "claimed", "sending", "uncertain", "sent")


@dataclass
class Doom:
    """Where a worker ends: at a named point the `nth` time, or anywhere at all by the dice."""

    point: str = ""
    nth: int = 1
    seed: int | None = None
    one_in: int = 60

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def reached(self, point: str) -> None:
        if self.is_here(point):
            os.kill(os.getpid(), signal.SIGKILL)

    def is_here(self, point: str) -> bool:
        if point == self.point:
            self.nth -= 1
            return self.nth == 0
        return self.seed is not None and self._dice.randrange(self.one_in) == 0


class Watched:
    """A carrier that says where it is, on its way through another one."""

    def __init__(self, carrier: Carrier, doom: Doom) -> None:
        self.carrier, self.doom = carrier, doom

    def connect(self) -> None:
        self.doom.reached("before connecting")
        self.carrier.connect()
        self.doom.reached("connected")

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        self.doom.reached("on the threshold")
        receipt = self.carrier.deliver(envelope_from, envelope_to, message)
        self.doom.reached("accepted, before the mark")
        return receipt

    def close(self) -> None:
        self.carrier.close()


def watch(engine: Engine | type[Engine], doom: Doom) -> None:
    """Every statement is a point; so is the moment before each commit, and the one after."""
    written = {"state": "nothing", "committed": ""}

    def after_execute(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> None:
        if statement.startswith("UPDATE outbox"):
            written["state"] = _state_in(parameters)
        doom.reached("a statement")

    def before_commit(_connection: Any) -> None:
        doom.reached(f"before {written['state']} is committed")
        written.update(state="nothing", committed=written["state"])

    def after_all(*_: Any) -> None:
        committed, written["committed"] = written["committed"], ""
        if committed:
            doom.reached(f"after {committed} is committed")

    event.listen(engine, "after_cursor_execute", after_execute)
    event.listen(engine, "commit", before_commit)
    event.listen(engine, "checkin", after_all)


def _state_in(parameters: Any) -> str:
    if isinstance(parameters, Mapping):
        return str(parameters["state"])
    return next(str(value) for value in parameters if value in STATES)


def work(url: str, port: int, worker: str, now: datetime, limit: int, doom: Doom) -> None:
    """Deliver until done, or until the end; what time it is is told, and stands still."""
    engine = engine_for(url)
    watch(engine, doom)
    relay = Relay("127.0.0.1", port, "none", timeout=20.0, called=f"{os.getpid()}.example")
    carrier = Watched(YagmailCarrier(relay), doom)
    deliver(
        engine,
        carrier,
        now=lambda: now,
        sender=Sender("Mandat", "mandat@sjoviken.example", "sjoviken.example"),
        worker=f"{worker} {os.getpid()}",
        limit=limit,
    )
    carrier.close()
    engine.dispose()
