"""One service for one database: a lock that goes with its process, and a card saying where it is.

The card is a file that only its owner reads, locked for as long as the service runs: beside a
SQLite database, in a folder of its own for PostgreSQL, where the database itself holds a lock too.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import IO, Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL

from statemachine.words import Refusal, Words

SERVING = 0x6D616E646173
"""The advisory lock of the one service, on PostgreSQL."""
CARDS = Path("var/run")
"""Where the cards of services on PostgreSQL lie."""

# A command that looks whether there is a service holds the lock for the blink of an eye.
TRIES, NAP = 10, 0.05

SERVED_ALREADY = Words(
    "Databasen har redan en tjänst: {who}. Stoppa den först, eller låt den gå.",
    "The database has a service already: {who}. Stop it first, or let it run.",
)


class ServedAlready(Refusal):
    """Another service runs on this database."""


@dataclass(frozen=True, slots=True)
class Card:
    """Who serves a database, since when, and how others on this machine reach it."""

    pid: int
    since: str
    web: str = ""
    prefect: str = ""
    """The address of its Prefect server's API; empty until there is one."""
    secret: str = field(default="", repr=False)
    """What that server wants to hear from those who call."""

    @property
    def words(self) -> Words:
        return Words("process {pid} sedan {since}", "process {pid} since {since}").about(
            pid=self.pid, since=self.since
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The place at a database, held by this process: its card can be written anew."""

    _file: IO[str]
    card: Card

    def tell(self, web: str, prefect: str, secret: str) -> None:
        """Write on the card where the service is now reached."""
        _write(self._file, Card(self.card.pid, self.card.since, web, prefect, secret))


@contextmanager
def served(engine: Engine, *, since: datetime) -> Iterator[Place]:
    """Be the one service on this database until the block ends, or the process does.

    Raises ServedAlready.
    """
    card = Card(os.getpid(), f"{since:%Y-%m-%d %H:%M}")
    path = _card_of(engine)
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        file = stack.enter_context(os.fdopen(opened, "r+", encoding="utf-8"))
        if not _locked(file, patience=TRIES):
            other = _read(file)
            raise ServedAlready(SERVED_ALREADY.about(who=other.words if other else "?"))
        if engine.dialect.name == "postgresql":
            stack.enter_context(_held(engine, card))
        _write(file, card)
        stack.callback(_write, file, None)
        yield Place(file, card)


def service_of(engine: Engine) -> Card | None:
    """The card of the service that runs on this database on this machine, if one does."""
    try:
        with _card_of(engine).open("r+", encoding="utf-8") as file:
            return None if _locked(file) else _read(file)
    except OSError:
        return None


def _card_of(engine: Engine) -> Path:
    url: URL = engine.url
    if engine.dialect.name == "sqlite":
        return Path(f"{Path(url.database or 'mandat.db').resolve()}.service")
    where = f"{url.host}:{url.port}/{url.database}?{sorted(url.query.items())}"
    return CARDS / f"{hashlib.sha256(where.encode()).hexdigest()[:16]}.service"


def _locked(file: IO[str], patience: int = 1) -> bool:
    """Take the lock on a card; False when another process has it. It goes with the process."""
    for _ in range(patience):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(NAP)
        else:
            return True
    return False


def _write(file: IO[str], card: Card | None) -> None:
    file.seek(0)
    file.truncate()
    if card is not None:
        json.dump(asdict(card), file)
    file.flush()


def _read(file: IO[str]) -> Card | None:
    file.seek(0)
    try:
        return Card(**json.load(file))
    except (ValueError, TypeError):
        return None  # just being written


@contextmanager
def _held(engine: Engine, card: Card) -> Iterator[None]:
    """Hold the database's own lock, which other machines meet. It goes with the connection."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        who = f"mandat serve {os.uname().nodename} {card.pid}"[:63]
        connection.execute(text("SELECT set_config('application_name', :who, false)"), {"who": who})
        taken = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": SERVING})
        if not taken.scalar_one():
            raise ServedAlready(SERVED_ALREADY.about(who=_holder(connection)))
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": SERVING})


def _holder(connection: Connection) -> str:
    row: Any = connection.execute(
        text(
            "SELECT a.application_name AS who, a.backend_start AS since "
            "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE l.locktype = 'advisory' AND l.granted "
            "AND l.classid = :high AND l.objid = :low"
        ),
        {"high": SERVING >> 32, "low": SERVING & 0xFFFFFFFF},
    ).first()
    return f"{row.who}, {row.since:%Y-%m-%d %H:%M}" if row else "?"
