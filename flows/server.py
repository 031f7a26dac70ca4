"""A Prefect server as a child of this process: on loopback, with its own database and a secret."""

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    """Prefect's server did not start, or does not answer; nothing was run."""


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
    files = home() / name
    files.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        with _alone(files.with_suffix(".lock")):
            child = _started(files, port, server, scheduling)
            stack.callback(_stop, child)
            _wait_for(child, port, files.with_suffix(".log"))
        yield server


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Of two servers that begin the same database at once, one would fail."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _started(
    files: Path, port: int, server: PrefectServer, scheduling: bool
) -> subprocess.Popen[bytes]:
    command = ["server", "start", "--host", LOOPBACK, "--port", str(port), "--no-ui"]
    if not scheduling:
        command.append("--no-services")
    with files.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "flows.child", str(os.getpid()), *command],
            env=_environment(files.with_suffix(".db"), server),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


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
                    "Prefects server startade inte, så inget har körts. Orsaken står i {log}",
                    "Prefect's server did not start, so nothing was run. The cause is in {log}",
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
