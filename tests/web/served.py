"""The web at an address on loopback, as `mandat serve` opens it, for browsers that are real."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from fastapi import FastAPI

from web.door import Server, address_of, opened

PATIENCE = 30.0
"""Seconds waited at most for the server to end."""


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address where it answers, until the block ends."""
    with opened("127.0.0.1", 0) as door:
        server = Server(app)
        thread = Thread(target=server.run, args=([door],))
        thread.start()
        try:
            yield address_of(door)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the server does not end"
