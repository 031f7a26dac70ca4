"""What the web stands on: settings, memory, and what the clockwork has to say. It knows no flow."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, Engine

from casework.keys import PAGES, made_key
from casework.settings import Settings
from casework.watch import Late
from models.session import transaction
from statemachine.words import Words
from web.aside import Aside
from web.lately import Lately


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere else to go from the front page."""

    address: str
    words: Words


def _nobody_listens(_what: str) -> None:
    """What nobody hears is found by the clock's next run."""


@dataclass(frozen=True)
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
    happened: Callable[[str], None] = _nobody_listens
    """Told after the commit that something was done and has letters."""
    clock: Callable[[], datetime] | None = None
    aside: Aside = field(default_factory=Aside)
    """Where that which takes longer than an answer may goes on."""
    lately: Lately = field(default_factory=Lately)
    """What was worked out lately and takes long, while nothing it hangs on has changed."""

    def now(self) -> datetime:
        """The moment, in the organisation's zone."""
        moment = self.clock() if self.clock is not None else datetime.now(self.settings.timezone)
        return moment.astimezone(self.settings.timezone)

    @cached_property
    def key(self) -> str:
        """What forms, cookies and links are signed with."""
        with transaction(self.engine) as connection:
            return made_key(connection, PAGES, self.now())

    @property
    def is_secure(self) -> bool:
        """Whether people reach the pages by https, so that cookies never travel in the clear."""
        return self.settings.pages.startswith("https://")
