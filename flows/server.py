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
STOPS_WITHIN = 3.0

NOT_STARTED = Words(
    "Prefects server startade inte, så inget har körts. Orsaken står i {log}",
    "Prefect's server did not start, so nothing was run. The cause is in {log}",
)


class NoServer(Refusal):
    """Prefect's server did not start, or does not answer; nothing was run."""


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A running server: where its API is, and what it wants to hear from those who call."""

    url: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class ServerProcess:
    """The server's process, which can be started, looked at, and started again at the same place.

    To be started from the main thread: the kernel ends the server with the thread that did.
    """

    name: str
    port: int
    secret: str = field(repr=False)
    scheduling: bool = False
    with_pages: bool = False
    _child: subprocess.Popen[bytes] | None = None

    @property
    def served(self) -> PrefectServer:
        return PrefectServer(f"http://{LOOPBACK}:{self.port}/api", self.secret)

    @property
    def pages(self) -> str:
        """Where a person sees the runs, when the server has its pages."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def files(self) -> Path:
        """Its database, log and lock, but for their endings."""
        return home() / self.name

    @property
    def log(self) -> Path:
        return self.files.with_suffix(".log")

    def start(self, *, again: bool = False) -> None:
        """Start it. What it says goes to its log, after what it said before when it is `again`."""
        self.files.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab" if again else "wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "flows.child", str(os.getpid()), *self._command()],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal is meant for us, who then stop it.
                process_group=0,
            )

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def answers(self) -> bool:
        """Whether it answers when called."""
        caller = HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            caller.request("GET", "/api/health")
            return caller.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            caller.close()

    def wait(self) -> None:
        """Wait until it answers. Raises NoServer."""
        deadline = time.monotonic() + PATIENCE
        while not self.answers:
            if not self.is_running or time.monotonic() > deadline:
                raise NoServer(NOT_STARTED.about(log=self.log))
            time.sleep(0.05)

    def stop(self) -> None:
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _command(self) -> list[str]:
        command = ["server", "start", "--host", LOOPBACK, "--port", str(self.port)]
        if not self.with_pages:
            command.append("--no-ui")
        if not self.scheduling:
            command.append("--no-services")
        return command

    def _environment(self) -> dict[str, str]:
        database = self.files.with_suffix(".db")
        return {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}",
            "PREFECT_UI_STATIC_DIRECTORY": str(home() / "pages"),
            **os.environ,
            "PREFECT_API_URL": self.served.url,
            "PREFECT_API_AUTH_STRING": self.secret,
            "PREFECT_SERVER_API_AUTH_STRING": self.secret,
        }


@contextmanager
def prefect_server(name: str, *, scheduling: bool = False) -> Iterator[PrefectServer]:
    """Run a Prefect server until the block ends; it ends with this process in any case.

    Its database and log are called `name`, in Prefect's home. Only with `scheduling` does it make
    runs of what is scheduled. To be called from the main thread.

    Raises NoServer.
    """
    server = ServerProcess(name, free_port(), new_secret(), scheduling)
    with ExitStack() as stack:
        with _alone(server.files.with_suffix(".lock")):
            stack.callback(server.stop)
            server.start()
            server.wait()
        yield server.served


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Of two servers that begin the same database at once, one would fail."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def new_secret() -> str:
    """What a server wants to hear: a user and a password, as Prefect wants them."""
    return f"mandat:{secrets.token_urlsafe(24)}"


def free_port() -> int:
    """A port on this machine that nobody listens at."""
    with socket.socket() as door:
        door.bind((LOOPBACK, 0))
        return int(door.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens at the port on this machine."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
