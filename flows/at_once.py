"""Flows run within the service the moment it is told of letters: a process takes seconds to start.

They are the same flows the clock runs, and safe beside them. They have a thread of their own: in
the main one Prefect would take over the signals that stop the service.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from prefect.events.clients import PrefectEventSubscriber
from prefect.events.filters import EventFilter, EventNameFilter

from casework.settings import Settings
from flows.daily import distribution
from flows.delivery import outbox_delivery
from flows.waking import POSTED
from flows.workbench import When, opened
from statemachine.words import Refusal

LOG = logging.getLogger("mandat.service")

NAMED = 5
"""So many reasons at most stand in a run's name, when several came while another run was on."""
AGAIN_AFTER = 1.0
"""Seconds until the service listens again, when its Prefect server has hung up."""


@dataclass(slots=True)
class AtOnce:
    """Listens for what happens, and delivers and distributes without waiting for the clock."""

    settings: Settings
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _life: "asyncio.Task[None] | None" = None
    _listening: threading.Event = field(default_factory=threading.Event)
    _stopped_by: Exception | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="at once", daemon=True)
        self._thread.start()

    @property
    def is_listening(self) -> bool:
        return self._listening.is_set()

    def go_on(self) -> None:
        """Nothing while it does; else raises what stopped it."""
        if self._stopped_by is not None:
            raise self._stopped_by

    def ask_to_end(self) -> None:
        """Have it begin nothing more."""
        if self._loop is not None and self._life is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._life.cancel)

    def wait(self, seconds: float) -> None:
        """Wait so long for its end: a letter on its way is not held back."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with opened(self.settings), asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(self._lives())
        except asyncio.CancelledError:
            LOG.debug("listens no more")
        except Exception as fault:
            self._stopped_by = fault

    async def _lives(self) -> None:
        self._life = asyncio.current_task()
        reasons: asyncio.Queue[str] = asyncio.Queue()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._hear(reasons.put_nowait))
            both.create_task(_work(reasons))

    async def _hear(self, heard: Callable[[str], None]) -> None:
        only = EventFilter(event=EventNameFilter(name=[POSTED]))
        while True:
            try:
                async with PrefectEventSubscriber(filter=only) as events:
                    self._listening.set()
                    async for event in events:
                        heard(str(event.payload.get("because", "")))
            except Exception as fault:
                LOG.debug("Prefect's server hung up: %s", fault)
            self._listening.clear()
            await asyncio.sleep(AGAIN_AFTER)


async def _work(reasons: "asyncio.Queue[str]") -> None:
    while True:
        because = [await reasons.get()]
        while not reasons.empty():
            because.append(reasons.get_nowait())
        when = When(because=named(because))
        try:
            await outbox_delivery(when, patience=0)
            await distribution(when)
        except Refusal as refusal:
            LOG.info("%s", refusal)
        except Exception:
            LOG.exception("a run at once failed; the clock's next one takes over")


def named(because: list[str]) -> str:
    different = list(dict.fromkeys(because))
    more = f" +{len(different) - NAMED}" if len(different) > NAMED else ""
    return (", ".join(different[:NAMED]) + more)[:200]
