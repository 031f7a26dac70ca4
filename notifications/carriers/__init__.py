"""Carriers take one finished letter to one address: through a relay, to a folder, or to a list."""

import re
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from statemachine.vocabulary import Reach


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was answered when the letter was accepted."""

    code: int | None = 250
    """None where no relay was asked."""
    enhanced: str | None = None
    reply: str = ""

    @property
    def reach(self) -> Reach:
        """How its reader is reached by that, as far as is known."""
        return Reach.WRITTEN if self.code is None else Reach.ACCEPTED


class NotDelivered(Exception):
    """The letter was not accepted, or nobody knows whether it was."""

    def __init__(self, reply: str, code: int | None = None) -> None:
        super().__init__(reply)
        self.reply = reply
        self.code = code
        self.enhanced = enhanced(reply)


class Rejected(NotDelivered):
    """Refused for good (5xx): trying again would not help."""


class Deferred(NotDelivered):
    """Not now (4xx), or the connection was lost before the letter was handed over."""


class Uncertain(NotDelivered):
    """The connection was lost while the letter was handed over: it may or may not be accepted."""


class ChannelDown(NotDelivered):
    """No letter would get through: connection, certificate, login or sender is refused."""


@runtime_checkable
class Carrier(Protocol):
    """One worker's way out. Not shared between workers."""

    def connect(self) -> None:
        """Be ready to deliver. Cheap when ready already. Raises ChannelDown."""

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        """Hand over these very bytes, once. Raises a NotDelivered when they were not accepted."""

    def close(self) -> None:
        """Let go of what is held open; a later delivery opens it again."""


def enhanced(reply: str) -> str | None:
    """The enhanced code (RFC 3463) an answer begins with: `5.1.1`."""
    found = re.match(r"([245]\.\d{1,3}\.\d{1,3})\b", reply)
    return found[1] if found else None
