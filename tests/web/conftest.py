"""A web that stands on a real memory, and a clockwork that says what it is told to."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Cookies, Response
from sqlalchemy import Connection, Engine, select

from casework.logins import BY_CODE, begin_login
from casework.settings import Settings
from casework.watch import Late
from models.directory import Directory
from models.session import reading, transaction
from models.tables import Outbox
from statemachine.words import Words
from tests.builders import Region
from web.application import application
from web.desk import login_cookie
from web.house import House, Link

NOON = datetime(2026, 6, 17, 10, tzinfo=UTC)


@dataclass
class Clockwork:
    """What stands in for the flows, which the web does not know."""

    troubled_by: list[Words] = field(default_factory=list)
    late_with: list[Late] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)

    def troubles(self) -> list[Words]:
        return self.troubled_by

    def late(self, _connection: Connection, _now: datetime) -> list[Late]:
        return self.late_with

    def is_late(self, cause: str, sv: str, en: str) -> None:
        self.late_with.append(Late(cause, Words(sv, en), NOON - timedelta(hours=2)))


@dataclass
class Clock:
    """What time it is at the pages."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)

    def on(self, day: date) -> None:
        """The same time of another day."""
        self.moment = datetime.combine(day, NOON.timetz())


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(sqlite_engine: Engine, clockwork: Clockwork, clock: Clock) -> House:
    return house_on(sqlite_engine, clockwork, clock)


def house_on(engine: Engine, clockwork: Clockwork, clock: Clock) -> House:
    """What the web stands on in a test."""
    return House(
        Settings(),
        engine,
        NOON,
        clockwork.troubles,
        clockwork.late,
        links=(Link("http://127.0.0.1:4200", Words("Körningarna", "The runs")),),
        happened=clockwork.happened.append,
        clock=clock,
    )


@pytest.fixture
def region(house: House) -> Region:
    """The organisation at work, in the memory that the pages stand on."""
    return Region.founded(house.engine)


@dataclass
class Client:
    """Asks the application itself, with no network between, and holds its cookies."""

    app: FastAPI
    cookies: Cookies = field(default_factory=Cookies)
    pages: str = "http://localhost"
    """Where the pages are reached; at the machine itself unless said."""
    address: str = "127.0.0.1"
    """From where it asks."""

    def get(self, path: str, **more: Any) -> Response:
        return self._asked("GET", path, **more)

    def post(self, path: str, **more: Any) -> Response:
        return self._asked("POST", path, **more)

    def _asked(self, method: str, path: str, **more: Any) -> Response:
        async def asked() -> Response:
            async with AsyncClient(
                transport=ASGITransport(self.app, client=(self.address, 50_000)),
                base_url=self.pages,
                cookies=self.cookies,
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(asked())


@dataclass
class Browser:
    """One person's browser: it holds cookies, and sends the forms that pages give it."""

    app: FastAPI
    client: Client

    def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        return self.client.get(path, headers=headers)

    def send(
        self,
        page: str,
        action: str | None = None,
        *,
        files: list[tuple[str, tuple[str, bytes]]] | None = None,
        **fields: str | list[str],
    ) -> Response:
        """Send the form on `page` whose action is `action` (the page itself unless said).

        Follows on to the page that it leads to. A field called as a word of Python's ends in `_`.
        """
        action = action or page
        shown = self.get(page).text
        token = token_of(shown, action)
        return self.client.post(
            action,
            data={**{name.rstrip("_"): said for name, said in fields.items()}, "token": token},
            files=files,
            follow_redirects=True,
        )

    def logs_in(self, who: str, on: date | None = None) -> "Browser":
        """Have someone be logged in here, as if they had just written their code."""
        house: House = self.app.state.house
        with transaction(house.engine) as connection:
            someone = Directory(connection, on or house.now().date()).found(who)
            assert someone is not None, f"{who} is not here"
            token = begin_login(
                connection,
                someone.id,
                BY_CODE,
                authenticated_at=house.now(),
                now=house.now(),
            )
        self.client.cookies.set(login_cookie(house), token)
        return self

    def code_in_the_letter(self) -> str:
        """The code in the latest letter that holds one."""
        house: House = self.app.state.house
        with reading(house.engine) as connection:
            facts = connection.scalars(
                select(Outbox.facts)
                .where(Outbox.letter == "login_code")
                .order_by(Outbox.id.desc())
                .limit(1)
            ).one()
        return str(facts["login"]["code"])


def token_of(page: str, action: str) -> str:
    form = re.search(
        rf'<form[^>]*action="{re.escape(action)}"[^>]*>.*?name="token" value="([^"]+)"',
        page,
        re.DOTALL,
    )
    assert form is not None, f"there is no form for {action} on this page:\n{page}"
    return form.group(1)


@pytest.fixture
def app(house: House) -> FastAPI:
    return application(house)


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    return Browser(app, Client(app))


@pytest.fixture
def another_browser(app: FastAPI) -> Browser:
    """Someone else's, or the same person's on another machine."""
    return Browser(app, Client(app))
