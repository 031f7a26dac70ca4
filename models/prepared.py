"""Prepared: statements put into words once, and given to the driver as they are."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from models.session import see_that_it_has_begun

Process = Callable[[Any], Any]


class Prepared:
    """A statement that nearly every act or look needs, asked or written past SQLAlchemy's toll.

    The words, the types, the transaction, the faults and whoever listens at the engine are
    SQLAlchemy's own; a row of the answer is a named tuple.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._said: dict[tuple[str, tuple[str, ...]], _Said] = {}

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        """Every row of the answer."""
        said = self._in_words(connection.dialect, tuple(values))
        return list(map(said.read, give(connection, said.sql, said.bound(values)).fetchall()))

    def first(self, connection: Connection, **values: Any) -> Any | None:
        """The first row of the answer; None when there is none."""
        rows = self.rows(connection, **values)
        return rows[0] if rows else None

    def value(self, connection: Connection, **values: Any) -> Any | None:
        """What stands first in the first row; None when there is none."""
        row = self.first(connection, **values)
        return row[0] if row is not None else None

    def write(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Write the values, each in its column or its place; how many rows that concerned."""
        said = self._in_words(connection.dialect, tuple(values))
        written: int = give(connection, said.sql, said.bound(values)).rowcount
        return written

    def _in_words(self, dialect: Dialect, names: tuple[str, ...]) -> "_Said":
        """The statement as this kind of database has it, with values of these names."""
        known = dialect.name, names
        if known not in self._said:
            self._said[known] = _say(self._statement, dialect, names)
        return self._said[known]


def give(connection: Connection, sql: str, values: Any, *, many: bool = False) -> Any:
    """Have the driver execute a statement in the connection's transaction; returns its cursor.

    Raises what SQLAlchemy raises.
    """
    see_that_it_has_begun(connection)
    cursor = connection.connection.cursor()
    listening = connection.dispatch
    for hear in listening.before_cursor_execute:
        hear(connection, cursor, sql, values, None, many)
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except connection.dialect.loaded_dbapi.Error as fault:
        raise _as_sqlalchemy_says(fault, connection, sql, values, cursor) from fault
    for hear in listening.after_cursor_execute:
        hear(connection, cursor, sql, values, None, many)
    return cursor


def _as_sqlalchemy_says(
    fault: Any, connection: Connection, sql: str, values: Any, cursor: Any
) -> Any:
    """The driver's fault as one of SQLAlchemy's; a connection that is lost is not used again."""
    dialect = connection.dialect
    is_lost = dialect.is_disconnect(fault, connection.connection, cursor)
    if is_lost:
        connection.invalidate(fault)
    return DBAPIError.instance(
        sql,
        values,
        fault,
        dialect.loaded_dbapi.Error,
        connection_invalidated=is_lost,
        dialect=dialect,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement in a database's own words."""

    sql: str
    places: Sequence[str] | None
    """The names of its values in their order; None where the driver finds them by name."""
    constants: Mapping[str, Any]
    """The values that are part of the statement."""
    binds: Sequence[tuple[str, Process]]
    """How values are written for the driver, where they are not given as they are."""
    read: Process
    """A row, out of what the driver found."""

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        said = {**self.constants, **values}
        for name, bind in self.binds:
            said[name] = bind(said[name])
        return said if self.places is None else [said[name] for name in self.places]


def _say(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> _Said:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    binds = compiled.binds.items()
    return _Said(
        compiled.string,
        compiled.positiontup,
        {name: bind.value for name, bind in binds if not bind.required},
        [
            (name, process)
            for name, bind in binds
            if (process := _of(bind.type, dialect).bind_processor(dialect)) is not None
        ],
        _reading(getattr(statement, "selected_columns", ()), dialect),
    )


def _reading(columns: Any, dialect: Dialect) -> Process:
    """What makes a row, with its columns' names and types, out of what the driver found."""
    make: Process = _row_of([column.key for column in columns])._make
    processes = [
        (place, process)
        for place, column in enumerate(columns)
        if (process := _of(column.type, dialect).result_processor(dialect, None)) is not None
    ]

    def read(found: Sequence[Any]) -> Any:
        values = list(found)
        for place, process in processes:
            values[place] = process(values[place])
        return make(values)

    return read if processes else make


def _row_of(names: Sequence[str]) -> Any:
    return namedtuple("Row", names)


def _of(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """The type as this kind of database has it."""
    return kind.dialect_impl(dialect)
