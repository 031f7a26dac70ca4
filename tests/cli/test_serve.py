"""`mandat serve` as it is run: one command, everything it does, and nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine

from flows.catalogue import CATALOGUE
from flows.waking import authorisation
from models.serving import Card, service_of
from models.session import engine_for
from tests.cli.terminal import SAMPLES, Terminal

STARTS_WITHIN = 150
"""Seconds, on a machine busy with other tests; `make bench` measures the promise."""
HAPPENS_WITHIN = 60
BUSY, TRIES = 503, 10
"""What Prefect's server answers while its own database is locked, and how often it is asked."""
CHARTERS = {1: ("nara-vard.md", "helena.ask"), 2: ("rorelseorganen.md", "mikael.lindvall")}


def wait_until(it_is_so: Callable[[], Any], seconds: float = HAPPENS_WITHIN) -> Any:
    """What becomes true within so many seconds; what it was last, when nothing does."""
    deadline = time.monotonic() + seconds
    while not (found := it_is_so()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@dataclass(frozen=True)
class Running:
    """A service in a process of its own."""

    process: subprocess.Popen[str]
    said: Path
    card: Card

    def asks(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """What its Prefect server answers."""
        question = Request(
            f"{self.card.prefect}{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Content-Type": "application/json", **authorisation(self.card.secret)},
            method=method,
        )
        for _ in range(TRIES):
            try:
                with urlopen(question, timeout=20) as answer:
                    return json.loads(answer.read() or "null")
            except HTTPError as refused:
                with refused:
                    if refused.code != BUSY:
                        raise
        raise AssertionError(f"{path} was busy {TRIES} times")

    def children(self) -> list[int]:
        """The processes it has started, and those they have."""
        parents = {
            int(stat.parent.name): int(stat.read_text().rpartition(")")[2].split()[1])
            for stat in Path("/proc").glob("[0-9]*/stat")
            if stat.exists()
        }
        ours = {self.process.pid}
        while more := {one for one, of in parents.items() if of in ours} - ours:
            ours |= more
        return sorted(ours - {self.process.pid})


def ready(web: str) -> tuple[int, Any]:
    try:
        with urlopen(f"{web}/readyz", timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def memory(terminal: Terminal) -> Iterator[Engine]:
    engine = engine_for(f"sqlite:///{terminal.database}")
    yield engine
    engine.dispose()


@pytest.fixture
def service(
    terminal: Terminal, memory: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("MANDAT_PORT", "0")
    monkeypatch.setenv("MANDAT_PREFECT_PORT", "0")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    said = tmp_path / "said.txt"
    with (
        said.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "cli.main", "serve"],
            cwd=tmp_path,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:

            def card() -> Card | None:
                assert process.poll() is None, said.read_text()
                found = service_of(memory)
                return found if found and found.prefect else None

            found = wait_until(card, STARTS_WITHIN)
            assert found, said.read_text()
            yield Running(process, said, found)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.slow
def test_one_command_runs_it_all_and_leaves_nothing_behind(
    terminal: Terminal, service: Running
) -> None:
    terminal.organised()
    the_addresses_are_said_and_the_secret_is_not(service)
    assert ready(service.card.web) == (200, {"ready": True, "reasons": []})
    a_second_service_is_refused(terminal)
    what_is_in_the_catalogue_is_scheduled(service)
    the_clock_stands_still(service)
    an_approval_is_distributed_at_once(terminal, service, charter=1)
    a_server_that_dies_is_started_again(service)
    an_approval_is_distributed_at_once(terminal, service, charter=2)
    it_stops_and_leaves_nothing(service)


def the_addresses_are_said_and_the_secret_is_not(service: Running) -> None:
    said = service.said.read_text()
    assert f"i gång på {service.card.web}" in said
    assert f"läses på {service.card.web}/inbox" in said
    assert service.card.prefect.removesuffix("/api") in said
    assert service.card.secret not in said


def a_second_service_is_refused(terminal: Terminal) -> None:
    assert "redan en tjänst: process" in terminal.refused("serve").err


def what_is_in_the_catalogue_is_scheduled(service: Running) -> None:
    wanted = {one.name for one in CATALOGUE if one.cron}

    def scheduled() -> bool:
        waiting = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        names = {one["name"] for one in service.asks("/deployments/filter", waiting)}
        return wanted <= names

    assert wait_until(scheduled)


def the_clock_stands_still(service: Running) -> None:
    """From here on nothing comes by the clock: what happens does so because it was told."""
    for one in service.asks("/deployments/filter", {}):
        service.asks(f"/deployments/{one['id']}", {"paused": True}, method="PATCH")


def an_approval_is_distributed_at_once(
    terminal: Terminal, service: Running, *, charter: int
) -> None:
    sample, director = CHARTERS[charter]
    drafted = terminal.json("draft", SAMPLES / sample, "--by", "sara.nyberg")
    assert drafted["charter"] == charter
    terminal.type("submit", charter, "--by", "sara.nyberg", "--no-conflict")
    terminal.type("approve", charter, "--by", director, "--no-conflict")

    def distributed() -> bool:
        return bool(terminal.json("show", charter)["state"] == "distributed")

    assert wait_until(distributed), service.said.read_text()
    named = {"flow_runs": {"name": {"like_": f"approve {charter})"}}}

    def told() -> bool:
        runs = service.asks("/flow_runs/filter", named)
        return {one["name"].split()[0] for one in runs} == {"outbox-delivery", "distribution"}

    assert wait_until(told)


def a_server_that_dies_is_started_again(service: Running) -> None:
    [server, *_] = service.children()
    os.kill(server, signal.SIGKILL)
    assert wait_until(lambda: "startad på nytt" in service.said.read_text(), STARTS_WITHIN)
    assert wait_until(lambda: ready(service.card.web)[0] == 200)


def it_stops_and_leaves_nothing(service: Running) -> None:
    children = service.children()
    assert children
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(30) == 0
    said = service.said.read_text()
    assert "Mandat är avslutad." in said, said
    assert "Traceback" not in said, said
    assert wait_until(lambda: not any(map(lives, children)))


def test_a_port_that_is_taken_is_said_in_a_sentence(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in terminal.refused("serve", "--port", port).err


def test_mail_settings_that_do_not_go_together_keep_it_from_starting(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANDAT_RELAY_HOST", "mail.sjoviken.example")
    monkeypatch.setenv("MANDAT_RELAY_SECURITY", "none")
    assert "MANDAT_RELAY_…" in terminal.refused("serve").err
    assert not terminal.database.exists()
