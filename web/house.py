"""What the web stands on: settings, memory, and what the clockwork has to say. It knows no flow."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from casework.settings import Settings
from casework.watch import Late
from statemachine.words import Words


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere else to go from the front page."""

    address: str
    words: Words


@dataclass(frozen=True, slots=True)
class House:
    """Handed in by whoever starts the web."""

    settings: Settings
    engine: Engine
    began: datetime
    troubles: Callable[[], Iterable[Words]]
    """Why the clockwork does not go just now; nothing while it does."""
    late: Callable[[Connection, datetime], Iterable[Late]]
    """What is late at a moment."""
    links: tuple[Link, ...] = ()

    def now(self) -> datetime:
        return datetime.now(self.settings.timezone)
