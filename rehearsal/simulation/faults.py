"""What goes wrong, on purpose: a process killed at any statement, and a relay with its weather."""

import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, event

from notifications.carriers import ChannelDown, Deferred, Receipt, Rejected, Uncertain
from notifications.marks import of_letter
from notifications.returns.reading import Failure, Kind, Returned


class Killed(BaseException):
    """The process is gone: nothing of ours catches it, and what was not committed never was."""


class Fuse:
    """Kills whoever uses the database at the statement it is set to, and everyone after it.

    What a dying process would still do is not done either: each further statement kills again,
    until a new process begins.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._left: int | None = None

    def light(self, statements: int) -> None:
        """Kill at the statement that comes after so many."""
        if self._left is None:
            event.listen(self._engine, "before_cursor_execute", self._burn)
        self._left = statements

    def restart(self) -> bool:
        """A new process begins; whether the one before it was killed."""
        if self._left is None:
            return False
        event.remove(self._engine, "before_cursor_execute", self._burn)
        killed = self._left < 0
        self._left = None
        return killed

    def _burn(self, *_statement: Any) -> None:
        assert self._left is not None
        self._left -= 1
        if self._left < 0:
            raise Killed


@dataclass
class Relay:
    """A carrier to a relay with its weather: some days it is down, some addresses do not exist."""

    chance: random.Random
    is_faulty: bool
    down_until: date = date.min
    accepted: Counter[str] = field(default_factory=Counter)
    """How often these very bytes were accepted, by their hash."""
    dead_addresses: set[str] = field(default_factory=set)
    today: date = date.min
    _coming_back: list[tuple[date, Returned]] = field(default_factory=list)

    def dawns(self, day: date) -> None:
        """A new day, and how the relay is."""
        self.today = day
        if self.is_faulty and day >= self.down_until and self.chance.random() < 0.01:
            self.down_until = day + timedelta(days=self.chance.randint(1, 9))

    @property
    def is_down(self) -> bool:
        return self.today < self.down_until

    def connect(self) -> None:
        if self.is_down:
            raise ChannelDown("421 4.3.2 the relay is away", 421)

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        """Accept it, unless the address is dead or the weather is bad."""
        if envelope_to in self.dead_addresses:
            raise Rejected("550 5.1.1 no such mailbox", 550)
        if self.is_faulty and (luck := self.chance.random()) < 0.03:
            if luck < 0.02:
                raise Deferred("451 4.7.1 come back later", 451)
            if luck < 0.025:
                self._accept(message)
            raise Uncertain("the connection was lost")
        self._accept(message)
        if self.chance.random() < 0.01:
            self._come_back_later(envelope_to, message)
        return Receipt(reply="250 2.0.0 ok")

    def returns(self) -> list[Returned]:
        """The returned mail that has come by today."""
        come = [one for day, one in self._coming_back if day <= self.today]
        self._coming_back = [(day, one) for day, one in self._coming_back if day > self.today]
        return come

    def _come_back_later(self, email: str, message: bytes) -> None:
        """Some mailboxes are full, and some are no more."""
        mark = of_letter(message)
        if mark is None:
            return
        enhanced = "5.1.1" if self.chance.random() < 0.1 else "5.2.2"
        failure = Failure((email,), final=True, code=550, enhanced=enhanced, said="returned")
        day = self.today + timedelta(days=self.chance.randint(1, 4))
        self._coming_back.append((day, Returned(Kind.BOUNCE, marks=(mark,), failures=(failure,))))

    def close(self) -> None:
        """Nothing is held open."""

    def _accept(self, message: bytes) -> None:
        self.accepted[hashlib.sha256(message).hexdigest()] += 1
