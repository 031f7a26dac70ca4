"""The floor: the very SQL that ours gave the driver, repeated by the bare driver.

Statements come with the parameters they had, and so belong to an equal database: there they find
and write the same rows.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from models.session import PRAGMAS

Statement = tuple[str, Any, bool]
"""SQL, its parameters, and whether they are for many executions."""


def written_down(engine: Engine) -> list[Statement]:
    """A list that from now on grows with every statement the engine gives the driver."""
    statements: list[Statement] = []

    def write_down(
        _connection: object, _cursor: object, sql: str, parameters: Any, _: object, many: bool
    ) -> None:
        statements.append((sql, parameters, many))

    event.listen(
        engine, "begin", lambda _connection: statements.append(("BEGIN IMMEDIATE", (), False))
    )
    event.listen(engine, "before_cursor_execute", write_down)
    event.listen(engine, "commit", lambda _connection: statements.append(("COMMIT", (), False)))
    return statements


def bare_driver(path: Path) -> sqlite3.Connection:
    """The driver's own connection, set up as models.session sets up ours."""
    driver = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", *PRAGMAS):
        driver.execute(f"PRAGMA {pragma}")
    return driver


def repeat(driver: sqlite3.Connection, statements: list[Statement]) -> None:
    """Execute the statements, fetching every row."""
    for sql, parameters, many in statements:
        if many:
            driver.executemany(sql, parameters)
        else:
            driver.execute(sql, parameters).fetchall()


def hold_equal(one: Path, other: Path) -> None:
    """Raises ArithmeticError when the two do not hold the same: then nothing was measured."""
    if _written(one) != _written(other):
        raise ArithmeticError("the driver has not written what ours has written")


def _written(path: Path) -> dict[str, list[Any]]:
    driver = sqlite3.connect(path)
    try:
        return {
            table: driver.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
            for table in ("charters", "journal", "outbox")
        }
    finally:
        driver.close()
