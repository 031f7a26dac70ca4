"""Memory to try things out on: a copy of the real one, or a new one, in a temporary folder.

The copy is SQLite whatever the real one is, and nothing in it is synced to disk: it is thrown away.
Whether a look wrote is counted when it ends: to have SQLite itself refuse it, as the real memory
does, makes it prepare every statement anew, and here looks and acts take turns all day.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, insert, select, text
from sqlalchemy.engine import make_url

from models.migrations import upgrade
from models.session import engine_for, let_looks_be_counted, reading, transaction
from models.tables import Base

ROWS_AT_A_TIME = 1_000
_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


@contextmanager
def new_memory() -> Iterator[Engine]:
    """An empty, migrated memory, gone when the block ends."""
    with _folder() as folder:
        yield from _opened(folder / "mandat.db")


@contextmanager
def copied(real: Engine) -> Iterator[Engine]:
    """A copy of memory as it is now, gone when the block ends. The real one is only read.

    SQLite is copied page by page, by its own backup; PostgreSQL row by row, as one consistent look.
    """
    with _folder() as folder:
        path = folder / "mandat.db"
        if real.dialect.name == "sqlite":
            _copy_pages(Path(real.url.database or ""), path)
            yield from _opened(path)
        else:
            for engine in _opened(path):
                _copy_rows(real, engine)
                yield engine


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mandat-rehearsal-") as folder:
        yield Path(folder)


def _opened(path: Path) -> Iterator[Engine]:
    engine = engine_for(make_url("sqlite://").set(database=str(path)).render_as_string())
    event.listen(engine, "connect", _never_synced)
    let_looks_be_counted(engine)
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()


def _never_synced(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-100000")


def _copy_pages(real: Path, copy: Path) -> None:
    with (
        closing(sqlite3.connect(f"{real.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _copy_rows(real: Engine, copy: Engine) -> None:
    """Every row of every table. What the copy would refuse of a life already lived is let in."""
    with reading(real) as source, transaction(copy) as target:
        target.execute(text("PRAGMA defer_foreign_keys=ON"))
        triggers = target.execute(_TRIGGERS).all()
        for trigger in triggers:
            target.execute(text(f"DROP TRIGGER {trigger.name}"))
        for table in Base.metadata.sorted_tables:
            _copy_table(source, target, table)
        for trigger in triggers:
            target.exec_driver_sql(trigger.sql)


def _copy_table(source: Connection, target: Connection, table: Table) -> None:
    for rows in source.execute(select(table)).mappings().partitions(ROWS_AT_A_TIME):
        target.execute(insert(table), [dict(row) for row in rows])
