"""Every page asked for as whoever it is for, with no network and no browser between."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from sqlalchemy import Engine

from casework.logins import BY_CODE, begin_login
from casework.settings import Settings
from models.directory import Directory
from models.session import transaction
from tests.web.browser.pages import LETTER, Listed, Lived, lived_in
from tests.web.conftest import Clock, Clockwork, house_on, token_of
from web.application import application
from web.desk import login_cookie
from web.house import House

HERE = ("127.0.0.1", 50_000)
HOST = b"localhost"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered, as it would have gone over the wire."""

    code: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return next((said for called, said in self.headers if called == name), "")

    @property
    def kept(self) -> dict[str, str]:
        """The cookies that the browser is to hold."""
        pairs = (said.partition(";")[0] for called, said in self.headers if called == "set-cookie")
        return dict(pair.split("=", 1) for pair in pairs)


@dataclass
class Asked:
    """The application, and how it is asked: each time as a browser new to it."""

    house: House
    lived: Lived
    app: FastAPI = field(init=False)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self.app = application(self.house)

    def path(self, listed: Listed) -> str:
        return listed.path.format(**asdict(self.lived))

    def cookies(self, listed: Listed) -> dict[str, str]:
        """What the browser of whoever the page is for holds, before they ask for it."""
        cookies = {}
        if listed.who is not None:
            cookies[login_cookie(self.house)] = self._login_of(listed.who)
        if listed.first is not None:
            cookies |= BEFORE[listed.route](self)
        return cookies

    def get(self, path: str, cookies: dict[str, str], *, packed: bool = False) -> Answer:
        """The whole answer; packed as browsers ask for it, or as it is read."""
        headers = [(b"accept-encoding", b"gzip")] if packed else []
        return self.loop.run_until_complete(self._asked("GET", path, cookies, headers, b""))

    def post(self, path: str, cookies: dict[str, str], **fields: str) -> Answer:
        body = urlencode(fields).encode()
        headers = [
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
        ]
        return self.loop.run_until_complete(self._asked("POST", path, cookies, headers, body))

    async def _asked(
        self,
        method: str,
        path: str,
        cookies: dict[str, str],
        headers: list[tuple[bytes, bytes]],
        body: bytes,
    ) -> Answer:
        kept = "; ".join(f"{name}={said}" for name, said in cookies.items())
        where, _, question = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": where,
            "raw_path": where.encode(),
            "query_string": question.encode(),
            "headers": [(b"host", HOST), (b"cookie", kept.encode()), *headers],
            "client": HERE,
            "server": ("127.0.0.1", 8000),
        }
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        return Answer(
            said[0]["status"],
            tuple((name.decode(), value.decode()) for name, value in said[0]["headers"]),
            b"".join(message.get("body", b"") for message in said[1:]),
        )

    def _login_of(self, who: str) -> str:
        now = self.house.now()
        with transaction(self.house.engine) as connection:
            someone = Directory(connection, now.date()).found(who)
            assert someone is not None, f"{who} is not here"
            return begin_login(connection, someone.id, BY_CODE, authenticated_at=now, now=now)

    def _code_is_asked_for(self) -> dict[str, str]:
        shown = self.get("/login", {})
        held = shown.kept
        token = token_of(shown.text, "/login")
        sent = self.post("/login", held, email="sara@sjoviken.example", token=token)
        assert sent.code == 303, sent.text
        return held | sent.kept


BEFORE = {"/login/code": Asked._code_is_asked_for}
"""What is done before there is such a page."""


@contextmanager
def asked_of(engine: Engine, folder: Path, lived: Lived | None = None) -> Iterator[Asked]:
    """The application on a memory with something on every page, and a folder for its letters.

    The memory is given that unless someone has `lived` in it already.
    """
    mail = folder / "mail"
    mail.mkdir(exist_ok=True)
    (mail / "1-code.eml").write_bytes(LETTER)
    house = replace(house_on(engine, Clockwork(), Clock()), settings=Settings(mail_folder=mail))
    asked = Asked(house, lived or lived_in(engine))
    try:
        yield asked
    finally:
        asked.loop.run_until_complete(asked.loop.shutdown_default_executor())
        asked.loop.close()
