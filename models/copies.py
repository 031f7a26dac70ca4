"""Copies of memory: taken while others write, examined, and put in memory's place."""

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, Engine, and_, func, inspect, or_, select, text
from sqlalchemy.engine import make_url

from models.migrations import revision_of
from models.session import CannotRemember, engine_for, kind_of, reading
from models.tables import Base, Charter, Journal
from statemachine.vocabulary import State
from statemachine.words import Words

VERSIONS = "alembic_version"
SIDE_FILES = ("-wal", "-shm")

NO_MEMORY = Words(
    "Det finns ingen databas på {place}. Se över MANDAT_DATABASE_URL.",
    "There is no database at {place}. See to MANDAT_DATABASE_URL.",
)
NOT_OURS = Words(
    "{place} är ingen databas som Mandat har skrivit: {why}.",
    "{place} is no database that Mandat has written: {why}.",
)
NOT_SOUND = Words(
    "{place} är skadad: {why}. Ta fram en äldre säkerhetskopia.",
    "{place} is damaged: {why}. Find an older backup.",
)
DOES_NOT_REPLAY = Words(
    "händelseloggen för nummer {numbers} leder inte dit handlingen står",
    "the journal of number {numbers} does not lead to where the charter stands",
)
NO_TOOL = Words(
    "Programmet {tool} saknas på den här maskinen. Installera PostgreSQL:s klientprogram, i minst "
    "serverns version.",
    "The program {tool} is missing on this machine. Install PostgreSQL's client programs, no older "
    "than the server.",
)
TOOL_FAILED = Words("{tool} gick inte: {why}", "{tool} did not work: {why}")
IN_USE = Words(
    "Databasen {place} används just nu. Stoppa Mandat överallt och kör igen.",
    "The database {place} is in use. Stop Mandat everywhere and run again.",
)
STRANGERS = Words(
    "I databasen {place} ligger annat än Mandat ({tables}), och det rörs inte. Ange en egen "
    "databas med --to.",
    "The database {place} holds other things than Mandat ({tables}), which are left alone. Give a "
    "database of its own with --to.",
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What a sound memory holds: its revision, and how many rows of each kind."""

    revision: str
    counts: dict[str, int]


def place_of(url: str) -> str:
    """Where a memory is, as a sentence may say it: never with its password."""
    address = make_url(url)
    if kind_of(url) == "sqlite":
        return str(address.database)
    return address.render_as_string(hide_password=True)


# --- examining ----------------------------------------------------------------------------------

_of_one: dict[str, Any] = {"partition_by": Journal.charter_id, "order_by": Journal.id}
_LIVES = (
    select(
        Journal.charter_id,
        Journal.stood,
        Journal.becomes,
        func.coalesce(func.lag(Journal.becomes).over(**_of_one), State.UNWRITTEN).label("before"),
        func.lead(Journal.id).over(**_of_one).label("following"),
    )
    # What was only noted moved nothing, and may have been written beside an act.
    .where(Journal.charter_id.is_not(None), Journal.version.is_not(None))
    .subquery()
)
_ASTRAY = (
    select(_LIVES.c.charter_id)
    .join(Charter, Charter.id == _LIVES.c.charter_id)
    .where(
        or_(
            _LIVES.c.stood != _LIVES.c.before,
            and_(_LIVES.c.following.is_(None), _LIVES.c.becomes != Charter.state),
        )
    )
    .distinct()
    .limit(10)
)


def examine(connection: Connection, place: str) -> Examined:
    """What memory holds, once it has been found sound. Raises CannotRemember."""
    revision = revision_of(connection)
    if revision is None:
        why = Words("den har inga tabeller", "it has no tables")
        raise CannotRemember(NOT_OURS.about(place=place, why=why))
    if connection.dialect.name == "sqlite":
        _look_for_damage(connection, place)
    if astray := connection.scalars(_ASTRAY).all():
        numbers = ", ".join(str(number) for number in sorted(astray))
        why = DOES_NOT_REPLAY.about(numbers=numbers)
        raise CannotRemember(NOT_SOUND.about(place=place, why=why))
    return Examined(revision, _counts(connection))


def _look_for_damage(connection: Connection, place: str) -> None:
    damage = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
    orphan = connection.execute(text("PRAGMA foreign_key_check")).first()
    if damage != "ok" or orphan is not None:
        why = damage if damage != "ok" else f"foreign key: {orphan}"
        raise CannotRemember(NOT_SOUND.about(place=place, why=why))


def _counts(connection: Connection) -> dict[str, int]:
    there = set(inspect(connection).get_table_names())
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Base.metadata.sorted_tables
        if table.name in there
    }


def examine_file(path: Path, place: str) -> Examined:
    """The same, of an SQLite file that nobody else has open. Raises CannotRemember."""
    try:
        with _opened(path) as engine, reading(engine) as connection:
            return examine(connection, place)
    except Exception as fault:
        if isinstance(fault, CannotRemember):
            raise
        why = " ".join(str(getattr(fault, "orig", fault)).split())
        raise CannotRemember(NOT_SOUND.about(place=place, why=why)) from fault


@contextmanager
def _opened(path: Path) -> Iterator[Engine]:
    engine = engine_for(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


def holds_anything(connection: Connection) -> bool:
    """Whether anything would be lost if memory were replaced."""
    return bool(_strangers(connection)) or any(_counts(connection).values())


def _strangers(connection: Connection) -> list[str]:
    """Tables that are not Mandat's."""
    return sorted({*inspect(connection).get_table_names()} - {*Base.metadata.tables, VERSIONS})


# --- SQLite -------------------------------------------------------------------------------------


def copy_file(source: Path, to: Path) -> None:
    """Copy an SQLite memory as it is at one moment; those who write meanwhile are not kept waiting.

    Raises CannotRemember.
    """
    if not source.is_file():
        raise CannotRemember(NO_MEMORY.about(place=source))
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as memory,
            closing(sqlite3.connect(to)) as copy,
        ):
            memory.backup(copy)
    except sqlite3.DatabaseError as fault:
        raise CannotRemember(NOT_SOUND.about(place=source, why=fault)) from fault


def in_one_file(path: Path) -> None:
    """Bring home what is written ahead, so that the file is the whole memory, and sync it."""
    with closing(sqlite3.connect(path, timeout=0)) as memory:
        memory.execute("PRAGMA journal_mode=DELETE").fetchall()
    with path.open("rb") as written:
        os.fsync(written.fileno())


def replace_file(prepared: Path, memory: Path, aside: Path | None) -> None:
    """Put a prepared file in memory's place, at once; what was there is kept `aside`, or not.

    Raises CannotRemember while anyone has memory open.
    """
    if memory.exists():
        _must_be_free(memory)
        _owned_as(memory, prepared)
        if aside is not None:
            os.link(memory, aside)
    for suffix in SIDE_FILES:
        # Only one too damaged to be opened still has these; they must not meet the new one.
        beside = memory.with_name(memory.name + suffix)
        if aside is not None and beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
        beside.unlink(missing_ok=True)
    prepared.replace(memory)
    sync_folder(memory.parent)


def _owned_as(memory: Path, prepared: Path) -> None:
    """Whoever could read and write what was there can do so with what comes in its place."""
    stands = memory.stat()
    prepared.chmod(stat.S_IMODE(stands.st_mode))
    if (stands.st_uid, stands.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.chown(prepared, stands.st_uid, stands.st_gid)


def _must_be_free(memory: Path) -> None:
    try:
        # SQLite gives up writing ahead only for whoever has memory to themselves.
        in_one_file(memory)
    except sqlite3.OperationalError as fault:
        raise CannotRemember(IN_USE.about(place=memory)) from fault
    except sqlite3.DatabaseError:
        return  # what is too damaged to be opened is nobody's


def sync_folder(folder: Path) -> None:
    """Have the folder remember on disk what its files are called."""
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


# --- PostgreSQL ---------------------------------------------------------------------------------


def dump(engine: Engine, to: Path) -> Examined:
    """Dump a PostgreSQL memory as it is at one moment, and say what that holds.

    Raises CannotRemember.
    """
    url = engine.url.render_as_string(hide_password=False)
    with reading(engine) as connection:
        # The very moment that is examined is the one that is dumped.
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        found = examine(connection, place_of(url))
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        _tool("pg_dump", *options, f"--file={to}", url=url)
    examine_dump(to)
    return found


def examine_dump(dumped: Path) -> None:
    """See that a dump can be read. Raises CannotRemember."""
    _tool("pg_restore", "--list", str(dumped))


def put_back(dumped: Path, engine: Engine, *at_last: str) -> None:
    """Put a dump in memory's place, and say `at_last`, all in one transaction.

    What lies there and is not Mandat's is left alone, and so is memory while anyone uses it.

    Raises CannotRemember.
    """
    url = engine.url.render_as_string(hide_password=False)
    with reading(engine) as connection:
        _must_be_ours_alone(connection, place_of(url))
    engine.dispose()
    script = dumped.with_suffix(".sql")
    _tool("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dumped))
    emptied = ("--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public")
    whole = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
    then = (f"--command={statement}" for statement in at_last)
    _tool("psql", *whole, *emptied, f"--file={script}", *then, url=url)


def _must_be_ours_alone(connection: Connection, place: str) -> None:
    others = connection.execute(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    ).scalar_one()
    if others:
        raise CannotRemember(IN_USE.about(place=place))
    if strange := _strangers(connection):
        raise CannotRemember(STRANGERS.about(place=place, tables=", ".join(strange[:5])))


def _tool(name: str, *arguments: str, url: str | None = None) -> None:
    """Run one of PostgreSQL's own programs; the password is told it apart, where nobody looks."""
    program = shutil.which(name)
    if program is None:
        raise CannotRemember(NO_TOOL.about(tool=name))
    environment = {**os.environ, "LC_ALL": "C", "PGOPTIONS": "-c client_min_messages=warning"}
    if url is not None:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        called = conninfo_to_dict(address)
        password = called.pop("password", None)
        if password is not None:
            environment["PGPASSWORD"] = str(password)
        arguments = (f"--dbname={make_conninfo('', **called)}", *arguments)
    ran = subprocess.run(
        [program, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if ran.returncode:
        why = " ".join(ran.stderr.split())[-300:] or str(ran.returncode)
        raise CannotRemember(TOOL_FAILED.about(tool=name, why=why))
