"""Telling a service what happened: a word that nobody hears costs nothing."""

import socket
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from flows.at_once import named
from flows.waking import Happened, tell, wake
from models.serving import served

NOON = datetime(2026, 6, 17, 10, tzinfo=UTC)
HAPPENED = Happened("approve 1", NOON)


def test_without_a_service_nobody_hears_and_nothing_fails(sqlite_engine: Engine) -> None:
    assert not wake(sqlite_engine, HAPPENED)


def test_a_service_that_is_just_starting_is_not_waited_for(sqlite_engine: Engine) -> None:
    with served(sqlite_engine, since=NOON):
        assert not wake(sqlite_engine, HAPPENED)


def test_a_server_that_is_gone_or_hangs_up_is_not_waited_for(sqlite_engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with served(sqlite_engine, since=NOON) as place:
        place.tell("", f"http://127.0.0.1:{port}/api", "mandat:x")
        assert not wake(sqlite_engine, HAPPENED)


def test_a_server_takes_the_word_of_those_who_know_its_secret(prefect: Path) -> None:
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL

    api, secret = str(PREFECT_API_URL.value()), str(PREFECT_API_AUTH_STRING.value())
    assert tell(api, secret, HAPPENED)
    assert not tell(api, "mandat:wrong", HAPPENED)


def test_a_run_isnamed_by_what_it_comes_of_at_whatever_pace_things_happen() -> None:
    assert named(["approve 1"]) == "approve 1"
    assert named(["approve 1", "submit 2", "approve 1"]) == "approve 1, submit 2"
    many = named([f"approve {number}" for number in range(40)])
    assert many.endswith("approve 4 +35")
    assert len(named(["x" * 300])) <= 200
