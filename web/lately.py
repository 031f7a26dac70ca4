"""What was worked out lately, and is the same for as long as what it hangs on is."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

MOST = 8
"""So many things are held at most: each may be large."""


class Lately:
    """Things by name, each with a mark of what it hangs on."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[object, Any]] = OrderedDict()
        self._holding = Lock()

    def or_anew(self, name: str, mark: object, work: Callable[[], Any]) -> Any:
        """What is held by this name while the mark is the same; else what the work comes to."""
        with self._holding:
            held = self._held.get(name)
        if held is not None and held[0] == mark:
            return held[1]
        anew = work()
        with self._holding:
            self._held[name] = (mark, anew)
            self._held.move_to_end(name)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return anew
