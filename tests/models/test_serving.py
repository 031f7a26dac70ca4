"""One service for one database, and the card others read."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.serving import Card, ServedAlready, served, service_of
from models.session import engine_for

NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)

SERVES_UNTIL_KILLED = """
import sys
from datetime import datetime, UTC
from models.serving import served
from models.session import engine_for
with served(engine_for(sys.argv[1]), since=datetime(2026, 6, 17, 12, tzinfo=UTC)):
    print("serving", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def other(engine: Engine) -> Iterator[Engine]:
    """The same database, as another service would open it."""
    opened = engine_for(engine.url.render_as_string(hide_password=False))
    yield opened
    opened.dispose()


def test_a_second_service_on_the_same_database_is_refused_and_told_who_serves(
    engine: Engine, other: Engine
) -> None:
    with (
        served(engine, since=NOON),
        pytest.raises(ServedAlready, match=f"process {os.getpid()} since 2026-06-17 12:00"),
        served(other, since=NOON),
    ):
        pytest.fail("it was let in")
    with served(other, since=NOON):
        assert service_of(engine) is not None


def test_a_service_on_another_machine_is_met_in_the_database(
    postgresql_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(postgresql_engine, since=NOON):
        another_machine = tmp_path / "another"
        another_machine.mkdir()
        monkeypatch.chdir(another_machine)
        with (
            pytest.raises(ServedAlready, match=f"mandat serve .* {os.getpid()}, 20"),
            served(postgresql_engine, since=NOON),
        ):
            pytest.fail("it was let in")


def test_a_service_that_is_killed_leaves_the_database_free(engine: Engine) -> None:
    address = engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", SERVES_UNTIL_KILLED, address],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "serving\n"
        card = service_of(engine)
        assert card is not None
        assert card.pid == service.pid
        service.kill()
    assert service_of(engine) is None
    with served(engine, since=NOON):
        pass


def test_the_card_says_where_the_service_is_and_only_its_owner_reads_it(engine: Engine) -> None:
    assert service_of(engine) is None
    with served(engine, since=NOON) as place:
        place.tell("http://127.0.0.1:8080", "http://127.0.0.1:4200/api", "mandat:secret")
        card = service_of(engine)
    assert card == Card(
        os.getpid(),
        "2026-06-17 12:00",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:4200/api",
        "mandat:secret",
    )
    assert "secret" not in repr(card)
    files = [path for path in Path.cwd().rglob("*.service")]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert service_of(engine) is None
