"""Memories for proofs of the lowest room: one shared and never committed to, and one empty."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from models.session import engine_for
from tests.conftest import EMPTY, MIGRATED, Server

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(scope="session", params=BOTH)
def shared_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A migrated memory that no test leaves anything in."""
    if request.param == "sqlite":
        migrated: Path = request.getfixturevalue("migrated_file")
        path = shutil.copy(migrated, tmp_path_factory.mktemp("shared") / "mandat.db")
        yield from _opened(f"sqlite:///{path}")
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database(template=MIGRATED) as url:
            yield from _opened(url)


@pytest.fixture
def memory(shared_engine: Engine) -> Iterator[Connection]:
    """An empty memory in a transaction that is rolled back, on each engine in turn."""
    with shared_engine.connect() as connection:
        yield connection


@pytest.fixture(params=BOTH)
def unmigrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a memory without tables, on each engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/var/mandat.db"
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database(template=EMPTY) as url:
            yield url


def _opened(url: str) -> Iterator[Engine]:
    engine = engine_for(url)
    yield engine
    engine.dispose()
