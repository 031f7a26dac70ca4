"""A web that stands on a real, empty memory, and a clockwork that says what it is told to."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import Connection, Engine

from casework.settings import Settings
from casework.watch import Late
from statemachine.words import Words
from web.application import application
from web.house import House, Link

NOON = datetime(2026, 6, 17, 10, tzinfo=UTC)


@dataclass
class Clockwork:
    """What stands in for the flows, which the web does not know."""

    troubled_by: list[Words] = field(default_factory=list)
    late_with: list[Late] = field(default_factory=list)

    def troubles(self) -> list[Words]:
        return self.troubled_by

    def late(self, _connection: Connection, _now: datetime) -> list[Late]:
        return self.late_with

    def is_late(self, cause: str, sv: str, en: str) -> None:
        self.late_with.append(Late(cause, Words(sv, en), NOON - timedelta(hours=2)))


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()


@pytest.fixture
def house(sqlite_engine: Engine, clockwork: Clockwork) -> House:
    return house_on(sqlite_engine, clockwork)


def house_on(engine: Engine, clockwork: Clockwork) -> House:
    """What the web stands on in a test."""
    return House(
        Settings(),
        engine,
        NOON,
        clockwork.troubles,
        clockwork.late,
        links=(Link("http://127.0.0.1:4200", Words("Körningarna", "The runs")),),
    )


@dataclass(frozen=True)
class Browser:
    """Asks the application itself, with no network between."""

    app: FastAPI

    def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        async def asked() -> Response:
            async with AsyncClient(
                transport=ASGITransport(self.app), base_url="http://mandat.example"
            ) as client:
                return await client.get(path, headers=headers)

        return asyncio.run(asked())


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(application(house))
