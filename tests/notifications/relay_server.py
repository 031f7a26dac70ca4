"""A real SMTP server on loopback that does as it is told: refuses, vanishes or falls silent."""

import asyncio
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from notifications.carriers.recording import Carried

Step = Literal["MAIL", "RCPT", "DATA"]

DROP = "drop"
HANG = "hang"


@dataclass
class Script:
    """What the server answers, step by step; an answer of None, or a script run out, accepts.

    `MAIL` and `RCPT` are those commands; `DATA` is the answer after the letter's last line, and
    the server keeps the letter before it gives it.
    """

    answers: dict[Step, Iterator[str | None]] = field(default_factory=dict)
    received: list[Carried] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        answers: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("MAIL", server)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("RCPT", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        for address in envelope.rcpt_tos:
            self.received.append(Carried(str(envelope.mail_from), address, content))
        return await self._answer("DATA", server)

    async def _answer(self, step: Step, server: SMTP) -> str:
        answer = next(self.answers.get(step, iter(())), None)
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            await asyncio.sleep(3600)
        if answer == HANG:
            await asyncio.sleep(3600)
        return answer or "250 2.0.0 fine"


def script(**answers: Iterable[str | None]) -> Script:
    """`script(RCPT=["450 4.2.0 later"])`: the first recipient is deferred, the next accepted."""
    return Script(answers={step: iter(said) for step, said in answers.items()})  # type: ignore[misc]


@contextmanager
def serving(
    play: Script,
    *,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    password: str | None = None,
) -> Iterator[int]:
    """The server, running on the port this yields; gone without a trace afterwards."""
    loop = asyncio.new_event_loop()

    def authenticate(_server: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> Any:
        return AuthResult(success=given.password == (password or "").encode(), handled=False)

    def conversation() -> SMTP:
        return SMTP(
            play,
            hostname="relay.example",
            loop=loop,
            tls_context=None if implicit else tls,
            require_starttls=bool(tls) and not implicit,
            authenticator=authenticate if password else None,
            auth_required=bool(password),
        )

    started = threading.Event()
    bound: list[int] = []

    async def listen() -> None:
        server = await loop.create_server(
            conversation, "127.0.0.1", port, ssl=tls if implicit else None
        )
        bound.append(server.sockets[0].getsockname()[1])
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    listening = loop.create_task(listen())
    thread = threading.Thread(target=_run, args=(loop, listening), daemon=True)
    thread.start()
    assert started.wait(5)
    try:
        yield bound[0]
    finally:
        loop.call_soon_threadsafe(listening.cancel)
        thread.join(5)


def _run(loop: asyncio.AbstractEventLoop, listening: "asyncio.Task[None]") -> None:
    async def until_cancelled() -> None:
        await asyncio.gather(listening, return_exceptions=True)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.01)

    try:
        loop.run_until_complete(until_cancelled())
    finally:
        loop.close()
