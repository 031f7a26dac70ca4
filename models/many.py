"""Many at once: one parameter for a whole set of values, and rows written as they are."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ARRAY, Connection, Date, Table, Text, TypeDecorator, bindparam, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeEngine

from models.prepared import give
from models.tables import Moment


class _Values(TypeDecorator[Any]):
    """A set of values in one parameter: an array, or the text of one where there are no arrays."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        of_many: TypeEngine[Any] = ARRAY(self.of) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(of_many)

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        values = list(value or ())
        return values if dialect.name == "postgresql" else json.dumps(values)


class _Each(FunctionElement[Any]):
    """The values of a set, a row each."""

    inherit_cache = True
    name = "each"


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Whether the column's value is one of those given as the parameter `name`.

    Unlike `column.in_`, it reads the same however many there are: the database knows it by heart.
    """
    each = _Each(bindparam(name, type_=_Values(column.type))).table_valued("value", name="value")
    asked: ColumnElement[bool] = column.in_(select(each.c.value))
    return asked


@compiles(_Each, "sqlite")
def _each_sqlite(one: _Each, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_each({compiler.process(one.clauses, **how)})"


@compiles(_Each, "postgresql")
def _each_postgresql(one: _Each, compiler: SQLCompiler, **how: Any) -> str:
    return f"unnest({compiler.process(one.clauses, **how)})"


class Insertion:
    """The insertion of rows, put into words once and handed to the driver as they are.

    SQLAlchemy takes every parameter of every row in hand, which costs more than writing it does.
    """

    def __init__(
        self, table: Any, *, unless_known: bool = False, finished: Sequence[str] = ()
    ) -> None:
        """`unless_known`: a row already there is left as it is, whichever column it is known by.

        `finished`: columns of JSON whose values come as finished text.
        """
        self._table: Table = table.__table__
        self._unless_known = unless_known
        self._finished = frozenset(finished)

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows, which all name the same columns; how many were new."""
        if not rows:
            return 0
        names = tuple(rows[0])
        sql, binds = self._said(names, connection.dialect)
        columns = zip(*map(itemgetter(*names), rows), strict=True)
        bound = [
            values if bind is None else map(bind, values)
            for values, bind in zip(columns, binds, strict=True)
        ]
        values = list(zip(*bound, strict=True))
        many = len(values) > 1
        inserted: int = give(connection, sql, values if many else values[0], many=many).rowcount
        return inserted

    @cache  # noqa: B019 (there is one for each table, for as long as the process lives)
    def _said(
        self, names: tuple[str, ...], dialect: Dialect
    ) -> tuple[str, tuple[Callable[[Any], Any] | None, ...]]:
        """The statement, and how each column's values are written for the driver."""
        sign = "?" if dialect.paramstyle == "qmark" else "%s"
        said = f"INSERT INTO {self._table.name} ({', '.join(names)}) VALUES "
        said += f"({', '.join([sign] * len(names))})"
        if self._unless_known:
            said += " ON CONFLICT DO NOTHING"
        return said, tuple(self._bind(name, dialect) for name in names)

    def _bind(self, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Days and moments recur from row to row, and are said once."""
        if name in self._finished:
            return None
        kind = self._table.columns[name].type
        bind = kind.dialect_impl(dialect).bind_processor(dialect)
        return lru_cache(256)(bind) if bind and isinstance(kind, (Date, Moment)) else bind
