"""An SMTP server on loopback that writes down every letter as it came."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class _Postbox:
    """What the SMTP server does with a letter: writes it down as it came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name for it)
        self.count += 1
        to = envelope.rcpt_tos[0].split("@")[0]
        (self.folder / f"{self.count:03} {to}.eml").write_bytes(envelope.original_content)
        return "250 2.0.0 Accepted"


@contextmanager
def postbox(folder: Path) -> Iterator[int]:
    """An SMTP server on loopback; yields its port."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = Controller(_Postbox(folder), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()
