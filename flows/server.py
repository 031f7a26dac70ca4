"""A Prefect server as a child of this process: on loopback, with its own database and a secret."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from flows.environment import home
from statemachine.words import Refusal, Words

LOOPBACK = "127.0.0.1"
PATIENCE = 90.0
"""Seconds a server may take to answer; the first time it also makes its database."""
STOPS_WITHIN = 5.0


class NoServer(Refusal):
    """Prefect's server did not start; the sentence says where to read why."""


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A running server: where its API is, and what it wants to hear from those who call."""

    url: str
    secret: str = field(repr=False)


@contextmanager
def prefect_server(name: str, *, scheduling: bool = False) -> Iterator[PrefectServer]:
    """Run a Prefect server until the block ends; it ends with this process in any case.

    Its database and log are called `name`, in Prefect's home. Only with `scheduling` does it make
    runs of what is scheduled. To be called from the main thread: the kernel ends the server with
    the thread that started it.

    Raises NoServer.
    """
    port = _free_port()
    server = PrefectServer(f"http://{LOOPBACK}:{port}/api", f"mandat:{secrets.token_urlsafe(24)}")
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    command = ["server", "start", "--host", LOOPBACK, "--port", str(port), "--no-ui"]
    with log.open("wb") as heard:
        child = subprocess.Popen(
            [
                sys.executable,
                *("-m", "flows.child", str(os.getpid())),
                *command,
                *(() if scheduling else ("--no-services",)),
            ],
            env=_environment(folder / f"{name}.db", server),
            stdin=subprocess.DEVNULL,
            stdout=heard,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(child, port, log)
        yield server
    finally:
        _stop(child)


def _environment(database: Path, server: PrefectServer) -> dict[str, str]:
    own = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}"}
    return {
        **own,
        **os.environ,
        "PREFECT_API_URL": server.url,
        "PREFECT_API_AUTH_STRING": server.secret,
        "PREFECT_SERVER_API_AUTH_STRING": server.secret,
    }


def _wait_for(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(port):
        if child.poll() is not None or time.monotonic() > deadline:
            raise NoServer(
                Words(
                    "Prefects server startade inte, så inget har körts. Vad som hände står i {log}",
                    "Prefect's server did not start, so nothing was run. See what happened in {log}",
                ).about(log=log)
            )
        time.sleep(0.05)


def _answers(port: int) -> bool:
    caller = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        caller.request("GET", "/api/health")
        return caller.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        caller.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind((LOOPBACK, 0))
        return int(door.getsockname()[1])
