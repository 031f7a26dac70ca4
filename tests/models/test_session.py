"""The connection to memory: what SQLite must be told, and who waits for whom."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from models.session import CannotRemember, engine_for, reading, transaction
from models.tables import Base, Subject, Suppression, Sweep
from tests.models.memory import NOW, TODAY, recorded, row, subject

SUBJECTS = select(func.count()).select_from(Subject)


def test_a_transaction_is_kept_whole(engine: Engine) -> None:
    with transaction(engine) as connection:
        subject(connection)
        subject(connection, "halsa")
    with reading(engine) as connection:
        assert connection.scalar(SUBJECTS) == 2


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    def fail() -> None:
        with transaction(engine) as connection:
            about = subject(connection)
            recorded(connection, about)
            recorded(connection, about)

    with pytest.raises(IntegrityError):
        fail()
    with reading(engine) as connection:
        for table in Base.metadata.tables.values():
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_a_reader_sees_one_memory_however_long_it_looks(engine: Engine) -> None:
    with reading(engine) as looking:
        assert looking.scalar(SUBJECTS) == 0
        with transaction(engine) as connection:
            subject(connection)
        assert looking.scalar(SUBJECTS) == 0
    with reading(engine) as looking:
        assert looking.scalar(SUBJECTS) == 1


def test_a_reader_keeps_no_writer_waiting_and_waits_for_none(engine: Engine) -> None:
    with transaction(engine) as writing:
        subject(writing)
        with reading(engine) as looking:
            assert looking.scalar(SUBJECTS) == 0


def test_a_reader_cannot_write_and_whoever_comes_after_can(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), reading(engine) as looking:
        subject(looking)
    with transaction(engine) as connection:
        subject(connection)


def test_a_row_of_nobody_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign"), transaction(engine) as connection:
        connection.execute(insert(Subject).values(group_id=7))


@pytest.mark.parametrize("threads", [2, 6])
def test_writers_at_once_wait_their_turn_and_none_is_lost(engine: Engine, threads: int) -> None:
    turns = 8
    with transaction(engine) as connection:
        sweep = row(connection, Sweep, flow="calendar", day=TODAY, started_at=NOW)
    ready = Barrier(threads)

    def write() -> None:
        ready.wait(timeout=10)
        for _ in range(turns):
            with transaction(engine) as connection:
                so_far = connection.scalar(
                    select(Sweep.acts).where(Sweep.id == sweep).with_for_update()
                )
                assert so_far is not None
                connection.execute(update(Sweep).where(Sweep.id == sweep).values(acts=so_far + 1))

    _together(threads, write)
    with reading(engine) as connection:
        assert connection.scalar(select(Sweep.acts)) == threads * turns


def test_sqlite_is_told_what_decisions_demand_on_every_connection(sqlite_engine: Engine) -> None:
    demanded = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with sqlite_engine.connect() as one, reading(sqlite_engine) as another:
        for connection in (one, another):
            told = {name: connection.scalar(text(f"PRAGMA {name}")) for name in demanded}
            assert told == demanded


def test_sqlite_takes_the_write_lock_when_a_transaction_begins(sqlite_engine: Engine) -> None:
    database = sqlite_engine.url.database
    assert database is not None
    with transaction(sqlite_engine) as connection:
        connection.scalar(SUBJECTS)
        with (
            closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")


def test_sqlite_waits_for_its_turn_to_write_ahead(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite:///{tmp_path}/mandat.db")
    with (
        closing(sqlite3.connect(tmp_path / "mandat.db", isolation_level=None)) as other,
        ThreadPoolExecutor() as thread,
    ):
        other.execute("CREATE TABLE elsewhere (id integer)")
        other.execute("BEGIN IMMEDIATE")
        opening = thread.submit(engine.connect)
        with pytest.raises(TimeoutError):
            opening.result(timeout=0.1)
        other.execute("COMMIT")
        with opening.result(timeout=10) as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    engine.dispose()


def test_sqlite_makes_the_folder_it_lives_in(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite:///{tmp_path}/var/deep/mandat.db")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert (tmp_path / "var" / "deep" / "mandat.db").is_file()


def test_postgresql_is_spoken_to_through_psycopg() -> None:
    engine = engine_for("postgresql://mandat@localhost/mandat")
    assert engine.driver == "psycopg"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("mysql://mandat@localhost/mandat", "mysql"),
        ("oracle+oracledb://mandat", "oracle"),
        ("var/mandat.db", "var/mandat.db"),
        ("", ""),
    ],
)
def test_any_other_database_is_refused_in_a_sentence(url: str, kind: str) -> None:
    with pytest.raises(CannotRemember) as refused:
        engine_for(url)
    (sentence,) = refused.value.reasons
    assert sentence.sv.startswith(f"Databasen {kind} stöds inte. Ange en adress som börjar med")
    assert sentence.en.startswith(f"The database {kind} is not supported.")


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_told_in(engine: Engine) -> None:
    stockholm = timezone(timedelta(hours=2))
    with transaction(engine) as connection:
        connection.execute(
            insert(Suppression).values(
                email_folded="borta@sjoviken.example",
                reason="finns inte",
                since=datetime(2026, 6, 17, 10, 30, tzinfo=stockholm),
            )
        )
    with reading(engine) as connection:
        since = connection.scalar(select(Suppression.since))
    assert since == datetime(2026, 6, 17, 8, 30, tzinfo=UTC)
    assert since is not None
    assert since.utcoffset() == timedelta()


def test_a_moment_without_a_zone_is_not_remembered(engine: Engine) -> None:
    nowhere = datetime(2026, 6, 17, 8, 30)  # noqa: DTZ001
    with (
        pytest.raises(StatementError, match="has no time zone"),
        transaction(engine) as connection,
    ):
        row(connection, Sweep, flow="calendar", day=TODAY, started_at=nowhere)


def _together(threads: int, work: Callable[[], None]) -> None:
    """Run the work in several threads at once; the first fault of any is raised."""
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work) for _ in range(threads)]:
            done.result()


def test_a_database_that_does_not_answer_is_said_in_a_sentence() -> None:
    engine = engine_for("postgresql://nobody@127.0.0.1:9/mandat?connect_timeout=2")
    with pytest.raises(CannotRemember) as refused, transaction(engine):
        pytest.fail("there is no server")
    assert "Databasen svarar inte, så inget har ändrats" in refused.value.reasons[0].sv
    engine.dispose()


def test_an_act_whose_database_is_shut_down_is_said_in_a_sentence_and_undone(
    postgresql_engine: Engine,
) -> None:
    def act() -> None:
        with transaction(postgresql_engine) as connection:
            connection.execute(insert(Subject).values(title="halvvägs"))
            own = connection.scalar(text("SELECT pg_backend_pid()"))
            with transaction(postgresql_engine) as operator:
                operator.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
            connection.scalar(SUBJECTS)

    with pytest.raises(CannotRemember) as refused:
        act()
    assert "Databasen svarar inte, så inget har ändrats" in refused.value.reasons[0].sv
    with reading(postgresql_engine) as connection:
        assert connection.scalar(SUBJECTS) == 0
