"""What takes longer than an answer may: it goes on aside, and a page shows how far it has come."""

import logging
from collections.abc import Callable
from threading import Lock, Thread

from web.guard import where

log = logging.getLogger("mandat.web")


class Aside:
    """Work that goes on beside the answers: one piece after another, each of them once at a time.

    A piece must bear to be broken off and begun again: it ends with the process.
    """

    def __init__(self) -> None:
        self._going: set[str] = set()
        self._knowing = Lock()
        self._working = Lock()

    def undertake(self, name: str, work: Callable[[], None]) -> None:
        """Have the work done, unless it is being done already."""
        with self._knowing:
            if name in self._going:
                return
            self._going.add(name)
        self._start(name, work)

    def goes_on(self, name: str) -> bool:
        """Whether the work is being done here, or waits for its turn."""
        with self._knowing:
            return name in self._going

    def _start(self, name: str, work: Callable[[], None]) -> None:
        Thread(target=self._do, args=(name, work), name=name, daemon=True).start()

    def _do(self, name: str, work: Callable[[], None]) -> None:
        try:
            with self._working:
                work()
        except Exception as fault:
            log.error("aside %s: %s", name, where(fault))
        finally:
            with self._knowing:
                self._going.discard(name)


class AtOnce(Aside):
    """The same, before the answer is given: for whoever would rather wait."""

    def _start(self, name: str, work: Callable[[], None]) -> None:
        self._do(name, work)


class WhenTold(Aside):
    """The same, when somebody says so: until then it stands still and can be looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[str, Callable[[], None]]] = []

    def _start(self, name: str, work: Callable[[], None]) -> None:
        self._waiting.append((name, work))

    def go(self) -> None:
        """Do all that waits."""
        while self._waiting:
            self._do(*self._waiting.pop(0))
