"""The connection to memory: engines, and the one transaction that commits."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from statemachine.words import Refusal, Words

BUSY_MILLISECONDS = 30_000
CONNECTIONS = {"pool_size": 5, "max_overflow": 75, "pool_timeout": 10}
"""How many are kept, how many more there may be, and the seconds that one is waited for.

The web answers as many at a time as this is enough for. PostgreSQL gives out a hundred by itself.
"""
NAP_MILLISECONDS = 20
PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MILLISECONDS}",
    # Of a million charters a batch of 200 reads 10 MB and changes 6, and then changes it again.
    "cache_size=-16000",
    # What a savepoint or a refusing statement would put back needs no file.
    "temp_store=MEMORY",
    # Pages of 4 kB. A look at a thousand charters among a million writes 7,000, nearly all of them
    # once: brought home while it goes on, they would be written twice.
    "wal_autocheckpoint=16000",
)
"""What every connection to SQLite is told, once it writes ahead."""


class CannotRemember(Refusal):
    """The database cannot be used; the sentence says why."""


BUSY = Words(
    "Databasen är upptagen av någon annan, så inget har ändrats. Försök igen om en stund.",
    "The database is taken up by someone else, so nothing has changed. Try again in a while.",
)
FULL = Words(
    "Det finns inte plats för mer i databasen, så inget har ändrats. Se till att det finns utrymme "
    "och försök igen.",
    "There is no room for more in the database, so nothing has changed. See that there is space, "
    "and try again.",
)
AWAY = Words(
    "Databasen svarar inte, så inget har ändrats. Försök igen när den är i gång.",
    "The database does not answer, so nothing has changed. Try again when it is up.",
)
FAULTS: dict[int | str, Words] = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_FULL: FULL,
    "55P03": BUSY,  # lock_not_available
    "53100": FULL,  # disk_full
    "53300": BUSY,  # too_many_connections
    "57P01": AWAY,  # admin_shutdown
    "57P03": AWAY,  # cannot_connect_now
}
"""What stops any act, by the database's own code for it."""


def engine_for(url: str) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`, set up as decisions demand.

    SQLite writes ahead, holds its foreign keys, syncs every commit to disk, and takes the write
    lock when a transaction begins: a deferred transaction that reads before it writes loses to
    another writer in spite of any timeout.

    Raises CannotRemember for any other kind of database.
    """
    kind = kind_of(url)
    address = make_url(url)
    if kind == "sqlite":
        in_a_file = bool(address.database) and address.database != ":memory:"
        if in_a_file:
            Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, **(CONNECTIONS if in_a_file else {}))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **CONNECTIONS
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def kind_of(url: str) -> str:
    """Which database an address is of: `sqlite` or `postgresql`. Raises CannotRemember."""
    kind = url.partition(":")[0].partition("+")[0]
    if kind in ("sqlite", "postgresql"):
        return kind
    raise CannotRemember(
        Words(
            "Databasen {kind} stöds inte. Ange en adress som börjar med sqlite:/// eller "
            "postgresql:// i MANDAT_DATABASE_URL.",
            "The database {kind} is not supported. Give an address that begins with sqlite:/// or "
            "postgresql:// in MANDAT_DATABASE_URL.",
        ).about(kind=kind)
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One act: everything written inside is committed together, or not at all.

    Raises CannotRemember when the database is taken up, full or away.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except NoneFree as fault:
        raise CannotRemember(BUSY) from fault
    except (OperationalError, sqlite3.OperationalError) as fault:
        words = _in_words(fault)
        if words is None:
            raise
        raise CannotRemember(words) from fault


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent look at memory that keeps no writer waiting, and cannot write.

    Raises CannotRemember when every connection is taken up.
    """
    try:
        connected = engine.connect()
    except NoneFree as fault:
        raise CannotRemember(BUSY) from fault
    with connected.execution_options(reading=True) as connection:
        yield connection


class WroteInALook(Exception):
    """Something was written by what only looks. It is undone."""


def let_looks_be_counted(engine: Engine) -> None:
    """Find what a look writes in SQLite when it ends, rather than have SQLite refuse it.

    For memory to try things out on, where looks and acts take turns all day: each turn from one to
    the other otherwise makes SQLite prepare every statement anew. What a look wrote is undone, and
    it raises WroteInALook.
    """
    event.remove(engine, "begin", _begin_sqlite)
    event.listen(engine, "begin", _begin_counting)
    event.listen(engine, "rollback", _end_counting)


def see_that_it_has_begun(connection: Connection) -> None:
    """Begin the transaction of a connection that nothing was asked of yet.

    For what is given to the driver itself: SQLAlchemy sees to its own.
    """
    if not connection.in_transaction():
        connection.begin()


def _in_words(fault: BaseException | None) -> Words | None:
    """What stopped the act, if it is one of the known; a full SQLite also loses its savepoints."""
    while fault is not None:
        driver = fault.orig if isinstance(fault, OperationalError) else fault
        if isinstance(driver, sqlite3.OperationalError):
            words = FAULTS.get(driver.sqlite_errorcode & 0xFF)
        else:
            # PostgreSQL's own code, which is None where there was no server to ask.
            code = getattr(driver, "sqlstate", "not PostgreSQL's")
            words = FAULTS.get(code or "57P03")
        if words is not None:
            return words
        fault = fault.__context__
    return None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own implicit BEGIN is deferred; _begin_sqlite says it explicitly.
    connection.isolation_level = None
    _write_ahead(connection)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    # Of two that switch a new database at once SQLite lets one fail, in spite of any timeout.
    connection.execute("PRAGMA busy_timeout=0")
    for patience in reversed(range(BUSY_MILLISECONDS // NAP_MILLISECONDS)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or not patience:
                raise
            sleep(NAP_MILLISECONDS / 1000)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    reads = _only_reads(connection)
    # The pragma makes SQLite prepare every statement anew: it is only said when it changes.
    if connection.info.get("reads", False) is not reads:
        _driver(connection).execute(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
        connection.info["reads"] = reads
    # Said to the driver itself: by way of SQLAlchemy it takes longer than most questions do.
    _driver(connection).execute("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_counting(connection: Connection) -> None:
    driver = _driver(connection)
    driver.execute("BEGIN" if _only_reads(connection) else "BEGIN IMMEDIATE")
    connection.info["written"] = driver.total_changes


def _end_counting(connection: Connection) -> None:
    driver = _driver(connection)
    if _only_reads(connection) and driver.total_changes != connection.info["written"]:
        driver.rollback()
        raise WroteInALook


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _begin_postgresql(connection: Connection) -> None:
    # By default every statement would see a memory of its own.
    if _only_reads(connection):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _only_reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reading", False))
