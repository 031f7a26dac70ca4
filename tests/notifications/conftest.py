"""An empty memory with one charter in it, and a clock the test turns by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from models.session import engine_for, transaction
from models.tables import Base, Charter, Content, Group, Subject
from notifications.compose import Sender
from statemachine.vocabulary import State


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(f"sqlite:///{tmp_path}/mandat.db")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def charter(engine: Engine) -> int:
    """A charter in its first round of review."""
    return a_charter(engine)


def a_charter(engine: Engine, state: State = State.REVIEW) -> int:
    with transaction(engine) as connection:
        connection.execute(
            insert(Group).values(
                id=1, key="rad", name="Rådet", name_folded="rådet", starts_on=date(2020, 1, 1)
            )
        )
        connection.execute(insert(Subject).values(id=1, group_id=1))
        connection.execute(insert(Content).values(hash="0" * 64, document="{}"))
        connection.execute(
            insert(Charter).values(
                id=3,
                kind="charter",
                subject_id=1,
                group_id=1,
                title="Uppdrag för rådet",
                content_hash="0" * 64,
                state=state.value,
                round=0 if state is State.DRAFT else 1,
                valid_from=date(2026, 6, 17),
                decided_on=None if state is State.DRAFT else date(2026, 6, 17),
            )
        )
    return 3


@dataclass
class Clock:
    """Asked for the time, it answers what the test last set."""

    at: datetime = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender() -> Sender:
    return Sender("Mandat, Region Sjöviken", "mandat@sjoviken.example", "sjoviken.example")
