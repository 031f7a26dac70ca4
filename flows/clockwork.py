"""The flows as a command runs them: one clockwork held open, any number of runs.

Prefect is imported only when it opens.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from casework.settings import Settings
from flows.environment import IN_A_COMMAND, prepare
from notifications.carriers import Carrier
from statemachine.words import Words

if TYPE_CHECKING:
    from collections import Counter

    from casework.returned import Became
    from casework.sweep import Swept
    from notifications.outbox import Delivery

T = TypeVar("T")

SILENT = Words(
    "Prefects server på {url} svarar inte, så inget har körts. Starta den, eller ta bort "
    "PREFECT_API_URL.",
    "Prefect's server at {url} does not answer, so nothing was run. Start it, or remove "
    "PREFECT_API_URL.",
)


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Runs flows, one at a time, and returns what they came to.

    `on` is the day the calendar looks at, today unless said; `at` what time it is held to be, now
    unless said. A run that fails raises what failed.
    """

    _loop: asyncio.Runner

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        """Run a flow that has been called, and return what it returns."""
        return self._loop.run(flow)

    def daily(self, on: date | None = None, at: datetime | None = None) -> "Swept":
        """Run the whole calendar for a day."""
        from flows.daily import daily
        from flows.workbench import When

        return self.run(daily(When(on=on, at=at)))

    def deliver(self, at: datetime | None = None) -> "Delivery":
        """Deliver the letters that are due, without waiting for a rate. Raises RelayDown."""
        from flows.delivery import outbox_delivery
        from flows.workbench import When

        return self.run(outbox_delivery(When(at=at), patience=0))

    def returned_mail(self, at: datetime | None = None) -> "Counter[Became]":
        """Take in what has come to the mailbox of returned mail. Raises MailboxClosed."""
        from flows.returned import returned_mail
        from flows.workbench import When

        return self.run(returned_mail(When(at=at)))


@contextmanager
def clockwork(settings: Settings, *, carrier: Carrier | None = None) -> Iterator[Clockwork]:
    """Open memory, a way out for letters, and Prefect: the server at PREFECT_API_URL, or our own.

    A server of our own takes some seconds to start, a run a fifth of a second. Letters go where
    the settings say, unless `carrier` is given.

    Raises NoServer, RelayMissetting or CannotRemember.
    """
    prepare(IN_A_COMMAND)
    from prefect.context import SyncClientContext
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    from flows.server import NoServer, prefect_server
    from flows.workbench import opened

    with ExitStack() as stack:
        stack.enter_context(opened(settings, carrier))
        if not PREFECT_API_URL.value():
            server = stack.enter_context(prefect_server("commands"))
            stack.enter_context(
                temporary_settings(
                    {PREFECT_API_URL: server.url, PREFECT_API_AUTH_STRING: server.secret}
                )
            )
        # Each run asks twice where results are kept; without this, by a new client it never closes.
        kept = stack.enter_context(SyncClientContext.get_or_create())
        if kept.client.api_healthcheck() is not None:
            raise NoServer(SILENT.about(url=PREFECT_API_URL.value()))
        yield Clockwork(stack.enter_context(asyncio.Runner()))
