"""Turns: no more requests are answered at a time than memory has connections for.

An answer looks at memory, may look anew and may write, each by a connection of its own. Were there
more answers than that, all could hold one connection and wait for another.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from models.session import CONNECTIONS

EACH = 3
"""Connections that an answer takes at most."""
AT_ONCE = sum(CONNECTIONS[kind] for kind in ("pool_size", "max_overflow")) // EACH
NEED_NO_MEMORY = ("/static/", "/livez")


class Turns:
    """Around the application. Whoever comes when all are busy waits for a turn, holding nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(NEED_NO_MEMORY):
            await self.app(scope, receive, send)
            return
        async with self._turns:
            await self.app(scope, self._meanwhile(receive), self._meanwhile(send))

    def _meanwhile(self, exchange: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same exchange with a browser, which may be slow: others have the turn meanwhile."""

        async def exchanged(*message: Any) -> Any:
            self._turns.release()
            try:
                return await exchange(*message)
            finally:
                await self._turns.acquire()

        return exchanged
