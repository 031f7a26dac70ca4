"""Whom delivery tells of what it finds out. What follows from it is for the rooms above to say."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Row
from sqlalchemy.exc import OperationalError

from notifications.facts import Standstill

LOG = logging.getLogger("mandat")

How = Literal["refused", "suppressed"]


class Told(Protocol):
    """Hears of what goes wrong, and of what is well again, in the transaction that marks it."""

    def undelivered(
        self, connection: Connection, letter: Row[Any], why: str, how: How, now: datetime
    ) -> None:
        """A letter will not reach its reader: it was refused for good, or its address is dead."""

    def stands_still(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        """No letter has left for as long as anyone should bear without being told."""

    def runs_again(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        """Letters leave again, after a standstill as long as that."""


class TellsNobody:
    """Hears it, and does nothing: for an outbox that nobody answers for."""

    def undelivered(
        self, connection: Connection, letter: Row[Any], why: str, how: How, now: datetime
    ) -> None:
        """The outbox's own mark is all that is left of it."""

    def stands_still(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        """The channel's row says so to whoever looks."""

    def runs_again(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        """The channel's row no longer says otherwise."""


def tell(connection: Connection, telling: Callable[[], None]) -> Exception | None:
    """Tell someone, or not at all; what stopped it, since that must not keep letters waiting."""
    try:
        with connection.begin_nested():
            telling()
    except OperationalError:
        raise
    except Exception as fault:
        LOG.exception("nobody could be told")
        return fault
    return None
