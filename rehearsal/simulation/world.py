"""The simulated world: memory of its own, a clock that is set, and a tally of what happens."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, bindparam, select

from casework.door import Done, carry_out
from casework.matter import Authentication, Sitting
from casework.papers import NoPress
from casework.settings import Settings
from models.directory import Directory, Someone
from models.session import reading, transaction
from models.tables import Charter
from statemachine.vocabulary import Act
from statemachine.words import Refusal

T = TypeVar("T")

SIMULATED = "simulated"
"""How people of a simulated region are authenticated."""


@dataclass
class World:
    """Memory, the day it is, and what has been done so far."""

    engine: Engine
    settings: Settings
    chance: random.Random
    today: date
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    hour: int = 9
    _people: Directory | None = None

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(self.hour), self.settings.timezone)

    def sitting(self, by: Someone | None = None, on: date | None = None) -> Sitting:
        """Someone's moment today; the calendar's when it is nobody's."""
        return Sitting(
            by=by,
            now=self.now,
            today=on or self.today,
            settings=self.settings,
            press=NoPress(),
            authenticated=Authentication(SIMULATED, self.now) if by else None,
        )

    def does(
        self, by: Someone | None, act: Act, charter: int | None = None, **said: Any
    ) -> Done | None:
        """Do it if one may: what came of it, or None when it was refused."""
        if by is None:
            return None
        return self.tries(
            act, lambda connection: carry_out(connection, charter, act, at=self.sitting(by), **said)
        )

    def tries(self, what: str, work: Callable[[Connection], T]) -> T | None:
        """Do something in a transaction of its own; None when it is refused."""
        try:
            with transaction(self.engine) as connection:
                done = work(connection)
        except Refusal:
            self.refused[what] += 1
            return None
        self.acts[what] += 1
        if not isinstance(what, Act):
            # Other than acts on charters, it may have changed who is who.
            self._people = None
        return done

    def ask(self, question: Callable[[Connection], T]) -> T:
        with reading(self.engine) as connection:
            return question(connection)

    def people(self, connection: Connection) -> Directory:
        """Who is who today, as read since that may last have changed."""
        if self._people is None or self._people.day != self.today:
            self._people = Directory(connection, self.today)
        self._people.connection = connection
        return self._people


_OF_THE_GROUP = (
    select(
        Charter.id,
        Charter.state,
        Charter.kind,
        Charter.round,
        Charter.handler_id,
        Charter.office_id,
        Charter.submitted_by_id,
        Charter.valid_from,
        Charter.ends_on,
        Charter.discontinue_on,
    )
    .where(Charter.group_id == bindparam("group"))
    .order_by(Charter.id)
)


def charters_of(connection: Connection, group_id: int) -> list[Row[Any]]:
    """A group's charters, oldest first."""
    return list(connection.execute(_OF_THE_GROUP, {"group": group_id}))
