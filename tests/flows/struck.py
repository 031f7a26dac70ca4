"""Run as `python -m tests.flows.struck`: the day's flows in a process that kills itself on the way.

Its arguments: the memory's address, the folder for letters, what time it is held to be, and at
which point it ends, the how manieth time; no point means that it lives.
"""

import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from casework.settings import Settings
from flows.clockwork import clockwork
from notifications.carriers.folder import FolderCarrier
from tests.notifications.doomed import Doom, Watched, watch


def live(url: str, folder: str, at: str, point: str, nth: str) -> None:
    """Look and deliver through the real flows, until done or struck down."""
    doom = Doom(point, int(nth))
    watch(Engine, doom)
    moment = datetime.fromisoformat(at)
    with clockwork(
        Settings(database_url=url), carrier=Watched(FolderCarrier(Path(folder)), doom)
    ) as works:
        works.daily(at=moment)
        works.deliver(at=moment)


if __name__ == "__main__":
    live(*sys.argv[1:])
