"""The guard around every answer: headers that keep it in its place, and no fault told in full."""

import logging
import secrets
import traceback
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("mandat.web")

STAYS_PUT = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    # With no referrer at all a browser would not say which site a form comes from.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONLY_BY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


class Guard:
    """Around the application. What nobody foresaw becomes a number that operations can look up."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self.app = app
        self.headers = {**STAYS_PUT, **(ONLY_BY_HTTPS if is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except Exception as fault:
            number = secrets.token_hex(4)
            log.error("fault %s: %s", number, where(fault))
            if begun:
                return
            answer = PlainTextResponse(
                f"Något gick fel, och inget har ändrats. Säg numret {number} till den som sköter "
                f"tjänsten.\nSomething went wrong, and nothing has changed. Give the number "
                f"{number} to whoever runs the service.\n",
                status_code=500,
            )
            await answer(scope, receive, guarded)


def where(fault: BaseException) -> str:
    """What kind of fault, and where: never what it says, which may name people."""
    last = traceback.extract_tb(fault.__traceback__)[-3:]
    places = " > ".join(f"{Path(one.filename).name}:{one.lineno}" for one in last)
    return f"{type(fault).__module__}.{type(fault).__name__} at {places}"
