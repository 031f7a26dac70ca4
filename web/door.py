"""The door to the web: the address it is reached at, and the server that answers there."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import uvicorn
from fastapi import FastAPI

from statemachine.words import Refusal, Words

TAKEN = Words(
    "Tjänsten kan inte lyssna på {host}:{port}: {why}. Välj en annan port med --port eller "
    "MANDAT_PORT.",
    "The service cannot listen at {host}:{port}: {why}. Choose another port with --port or "
    "MANDAT_PORT.",
)
GRACE = 2
"""Seconds an answer under way may still take when the service stops."""


class NoDoor(Refusal):
    """The address is taken, or not ours."""


@contextmanager
def opened(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens at the address. Port 0 means any that is free. Raises NoDoor."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            door.listen()
        except OSError as fault:
            raise NoDoor(
                TAKEN.about(host=host, port=port, why=(fault.strerror or str(fault)).lower())
            ) from fault
        yield door


def address_of(door: socket.socket) -> str:
    """Where the door is reached, as a browser wants it."""
    host, port = door.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn, which leaves the signals to whoever runs the whole service."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE,
            )
        )

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        return nullcontext()
