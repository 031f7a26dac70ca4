"""Migrations: once, under a lock, to what the mappings say, and never backwards."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from models import migrations
from models.migrations import NEWEST, upgrade
from models.session import CannotRemember, engine_for, reading, transaction
from models.tables import Base
from tests.conftest import EMPTY, Server

AT_ONCE = 4
UPGRADE = """
import sys
from models.migrations import upgrade
from models.session import engine_for
engine = engine_for(sys.argv[1])
sys.stdin.readline()
print(upgrade(engine))
engine.dispose()
"""


# The exclusion constraint and the check that only PostgreSQL can declare.
HELD_BY_THE_DATABASE = ("periods_overlap", "ends_before_it_begins")


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = engine_for(url)
    try:
        yield engine
    finally:
        engine.dispose()


def test_a_new_memory_is_brought_to_the_newest_revision_once(unmigrated: str) -> None:
    with opened(unmigrated) as engine:
        assert upgrade(engine) is True
        assert upgrade(engine) is False
        with reading(engine) as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == NEWEST


def test_starting_twice_at_once_migrates_once(unmigrated: str) -> None:
    ready = Barrier(AT_ONCE)

    def start() -> bool:
        with opened(unmigrated) as engine:
            ready.wait(timeout=10)
            return upgrade(engine)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        started = [threads.submit(start) for _ in range(AT_ONCE)]
        assert sorted(one.result() for one in started) == [False, False, False, True]


@pytest.mark.slow
def test_processes_that_start_at_once_migrate_once(unmigrated: str) -> None:
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, unmigrated],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(AT_ONCE)
    ]
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].strip() for process in starting]
    assert sorted(answers) == ["False", "False", "False", "True"]


def test_the_newest_revision_is_the_last_of_one_line() -> None:
    scripts = ScriptDirectory(str(migrations.HERE))
    assert scripts.get_heads() == [NEWEST]
    revisions = sorted(script.revision for script in scripts.walk_revisions())
    assert revisions == [f"{number:04}" for number in range(1, int(NEWEST) + 1)]


def test_the_migrated_memory_is_what_the_mappings_say(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_it_has_the_constraints_and_indexes_of_the_mappings_to_the_letter(
    engine: Engine, unmigrated_twin: Engine
) -> None:
    Base.metadata.create_all(unmigrated_twin)
    for table in Base.metadata.tables:
        assert _shape(engine, table) == _shape(unmigrated_twin, table)


def test_a_migration_that_fails_leaves_nothing_half_done(unmigrated: str) -> None:
    with opened(unmigrated) as engine:
        with transaction(engine) as connection:
            connection.execute(text("CREATE TABLE charters (id integer)"))
        with pytest.raises(Exception, match="charters"):
            upgrade(engine)
        assert inspect(engine).get_table_names() == ["charters"]


def test_a_memory_newer_than_the_program_is_refused_in_a_sentence(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0917'"))
    with pytest.raises(CannotRemember) as refused:
        upgrade(engine)
    (sentence,) = refused.value.reasons
    assert sentence.sv == (
        f"Databasen är nyare (0917) än det här programmet ({NEWEST}). "
        "Uppdatera programmet innan du fortsätter."
    )
    assert sentence.en.startswith(f"The database is newer (0917) than this program ({NEWEST}).")
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0917"


@pytest.fixture
def unmigrated_twin(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Any:
    """A memory without tables on the same engine as `engine`."""
    if engine.dialect.name == "sqlite":
        with opened(f"sqlite:///{tmp_path}/twin.db") as twin:
            yield twin
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database(template=EMPTY) as url, opened(url) as twin:
            yield twin


def _shape(engine: Engine, table: str) -> dict[str, Any]:
    """What an inspector sees of a table, in an order of its own; guards of 0002 apart."""
    with closing(engine.connect()) as connection:
        seen = inspect(connection)
        columns = {
            column["name"]: (str(column["type"]), column["nullable"], column["default"])
            for column in seen.get_columns(table)
        }
        named: dict[str, list[Any]] = {
            "primary": [seen.get_pk_constraint(table)],
            "foreign": [*seen.get_foreign_keys(table)],
            "unique": [*seen.get_unique_constraints(table)],
            "check": [*seen.get_check_constraints(table)],
            "index": [*seen.get_indexes(table)],
        }
    return {
        "columns": columns,
        **{
            kind: sorted(_spelt(one) for one in found if one["name"] not in HELD_BY_THE_DATABASE)
            for kind, found in named.items()
        },
    }


def _spelt(found: Any) -> str:
    """A constraint or index in words: a condition prints as an object otherwise."""
    options = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return repr({**found, "dialect_options": options})
