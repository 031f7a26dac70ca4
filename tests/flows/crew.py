"""One of several workers, in a process of its own: it looks, and delivers, as its flows would."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from casework.sweep import Swept, distribute_completed, sweep_charters, sweep_groups
from models.session import engine_for, transaction
from notifications.carriers import Receipt
from notifications.carriers.folder import FolderCarrier
from notifications.outbox import Delivery
from tests.builders import Region

BATCH = 20
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker did of the work."""

    worker: str
    swept: Swept
    delivered: Delivery


class WhenBothHold:
    """A carrier that lets its first letter go when the other worker holds letters too."""

    def __init__(self, folder: Path, meeting: Barrier) -> None:
        self._carrier, self._meeting = FolderCarrier(folder), meeting
        self._met = False

    def connect(self) -> None:
        self._carrier.connect()

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        if not self._met:
            self._meeting.wait(PATIENCE)
            self._met = True
        return self._carrier.deliver(envelope_from, envelope_to, message)

    def close(self) -> None:
        self._carrier.close()


def work(
    worker: str, url: str, folder: Path, day: date, meeting: Barrier, shares: "Queue[Share]"
) -> None:
    """Look at all that is due on the day, deliver what came of it, and tell what was done."""
    region = Region(engine_for(url))
    swept = _look(region, day, meeting)
    meeting.wait(PATIENCE)
    delivered = region.delivers(WhenBothHold(folder / worker, meeting), on=day, worker=worker)
    region.engine.dispose()
    shares.put(Share(worker, swept, delivered))


def _look(region: Region, day: date, meeting: Barrier) -> Swept:
    """Batch after batch; the first is not committed until the other worker has one in hand too."""
    total = Swept()
    meet: Callable[[], object] = partial(meeting.wait, PATIENCE)
    for sweep in (sweep_charters, sweep_groups, distribute_completed):
        while True:
            with transaction(region.engine) as connection:
                swept = sweep(connection, region.sitting(connection, None, day), BATCH)
                meet()
            meet = bool
            total += swept
            if not swept.looked_at:
                break
    return total
