"""The desk: one request's moment. Here the web reads the clock, opens memory and knows who asks."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection, Row

from casework.answers.register import group_row
from casework.answers.visitors import Visitor, visitor
from casework.door import carry_out
from casework.logins import LoggedIn, logged_in
from casework.matter import Authentication, Sitting
from casework.papers import printer
from casework.questions import charter_row
from casework.settings import Settings
from casework.writing import Done
from models.directory import Directory, Someone
from models.session import reading, transaction
from statemachine.vocabulary import Act
from statemachine.words import Language, Words
from web.house import House
from web.reading import written
from web.signing import form_token, sealed, told, unsealed

TOLD = "mandat_told"
LANGUAGE = "mandat_language"
TOLD_FOR = 120
"""Seconds that a sentence told after an act waits for the page that shows it."""


@dataclass
class Desk:
    """Who asks, when, in what language, and memory as it was when they asked."""

    request: Request
    house: House
    now: datetime
    _held: ExitStack = field(default_factory=ExitStack)

    # --- who, when ------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self.house.settings

    @cached_property
    def today(self) -> date:
        """The day it is in the organisation's zone."""
        return self.now.astimezone(self.settings.timezone).date()

    @cached_property
    def connection(self) -> Connection:
        """Memory, as it was when it was first asked for anything."""
        return self._held.enter_context(reading(self.house.engine))

    def let_go(self) -> None:
        """Hold memory no longer: what is asked after this is asked of memory as it is then."""
        self._held.close()
        for asked in ("connection", "people", "login", "who", "_charters", "_groups"):
            self.__dict__.pop(asked, None)

    @cached_property
    def people(self) -> Directory:
        return Directory(self.connection, self.today)

    @property
    def token(self) -> str | None:
        """What this browser holds since someone logged in."""
        return self.request.cookies.get(login_cookie(self.house))

    @cached_property
    def login(self) -> LoggedIn | None:
        """Who is logged in in this browser; None when nobody is."""
        if not self.token:
            return None
        return logged_in(
            self.connection, self.token, now=self.now, people=self.people, settings=self.settings
        )

    @cached_property
    def who(self) -> Visitor | None:
        """Who is logged in, and what they are here today."""
        return visitor(self.connection, self.login.person, self.today) if self.login else None

    @property
    def visitor(self) -> Visitor:
        """Who is logged in, on a page that nobody else sees."""
        if self.who is None:
            raise HTTPException(401)
        return self.who

    @property
    def person(self) -> Someone:
        return self.visitor.person

    @cached_property
    def language(self) -> Language:
        """The language chosen, else the person's own, else the browser's, else the house's."""
        chosen = self.request.cookies.get(LANGUAGE)
        if chosen not in ("sv", "en") and self.login is not None:
            chosen = self.login.person.language
        if chosen not in ("sv", "en"):
            chosen = _asked_for(self.request.headers.get("accept-language", ""))
        return "en" if (chosen or self.settings.language) == "en" else "sv"

    # --- what it is about -----------------------------------------------------------------------

    @cached_property
    def _charters(self) -> dict[int, Row[Any] | None]:
        return {}

    def charter(self, number: int) -> Row[Any]:
        """The charter of this number, as it stands. Answers 404 when there is none."""
        if number not in self._charters:
            # No number is greater than the database can hold.
            self._charters[number] = (
                charter_row(self.connection, number) if number < 2**31 else None
            )
        row = self._charters[number]
        if row is None:
            raise HTTPException(404)
        return row

    @cached_property
    def _groups(self) -> dict[str, Row[Any] | None]:
        return {}

    def group(self, key: str) -> Row[Any]:
        """The group with this key. Answers 404 when there is none."""
        if key not in self._groups:
            self._groups[key] = group_row(self.connection, key)
        row = self._groups[key]
        if row is None:
            raise HTTPException(404)
        return row

    # --- acting ---------------------------------------------------------------------------------

    @contextmanager
    def writing(self, what: str | None = None) -> Iterator[Connection]:
        """One transaction. What has letters says what it was, and is told after the commit."""
        with transaction(self.house.engine) as connection:
            yield connection
        if what is not None:
            self.house.happened(what)

    def sitting(self) -> Sitting:
        """The moment in which the person acts, authenticated as they logged in."""
        login = self.login
        if login is None:
            raise HTTPException(401)
        return Sitting(
            by=login.person,
            now=self.now,
            today=self.today,
            settings=self.settings,
            press=printer(self.settings, self.now),
            authenticated=Authentication(login.method, login.authenticated_at),
        )

    def carry_out(self, number: int | None, act: Act, **said: Any) -> Done:
        """Knock at the one door, in a transaction of its own. Raises what `carry_out` raises."""
        with self.writing(act.value) as connection:
            return carry_out(connection, number, act, at=self.sitting(), **said)

    # --- answering ------------------------------------------------------------------------------

    def said(self, words: Words) -> str:
        return words.in_(self.language)

    def page(self, template: str, *, code: int = 200, **told_of: Any) -> HTMLResponse:
        """A page in the reader's language. After a refusal its code is 422."""
        answer = HTMLResponse(
            written(
                template,
                self.language,
                desk=self,
                who=self.who,
                path=self.request.url.path,
                here=_with_its_question(self.request),
                organisation=self.settings.organisation,
                form_token=lambda: form_token(self.house.key, self.holder),
                told=self._told,
                **told_of,
            ),
            status_code=code,
            headers={"Content-Language": self.language, "Cache-Control": "no-store"},
        )
        if self._told is not None:
            answer.delete_cookie(TOLD)
        return answer

    @property
    def places(self) -> list[tuple[str, Words]]:
        """The places in the menu that are for whoever asks."""
        from web.places import PLACES

        return [(address, words) for address, words, rule in PLACES if rule.holds(self, {})]

    @property
    def holder(self) -> str:
        """The cookie that a form of this browser's is tied to."""
        return self.token or self.request.cookies.get(browser_cookie(self.house), "")

    @cached_property
    def _told(self) -> str | None:
        """What was told after the act that led here."""
        words = unsealed(self.house.key, TOLD, self.request.cookies.get(TOLD), TOLD_FOR)
        return str(words[self.language]) if words else None

    def go(self, path: str, words: Words | None = None) -> Response:
        """On to another page of ours after an act, which tells there what was done."""
        answer = RedirectResponse(path, status_code=303)
        if words is not None:
            self.keep(answer, TOLD, sealed(self.house.key, TOLD, told(words)), TOLD_FOR)
        return answer

    def keep(self, answer: Response, name: str, value: str, seconds: int) -> None:
        """Have the browser hold something, which no script can read and no other site can send."""
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            httponly=True,
            secure=self.house.is_secure,
            samesite="lax",
            path="/",
        )


def login_cookie(house: House) -> str:
    """The cookie that holds a login. By https no other host can plant it."""
    return "__Host-mandat" if house.is_secure else "mandat"


def browser_cookie(house: House) -> str:
    """The cookie that a login code is tied to, before anyone is logged in."""
    return "__Host-mandat-browser" if house.is_secure else "mandat_browser"


def at_desk(request: Request) -> Iterator[Desk]:
    """The desk of this request; memory is read as it was when the request came."""
    house: House = request.app.state.house
    if "\0" in request.url.path or any("\0" in said for said in request.query_params.values()):
        raise HTTPException(404)  # No database keeps it, and PostgreSQL will not be asked for it.
    desk = Desk(request, house, house.now())
    request.state.desk = desk
    try:
        yield desk
    finally:
        desk.let_go()


AtDesk = Annotated[Desk, Depends(at_desk)]
"""The desk at which a request is answered."""


def _with_its_question(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _asked_for(header: str) -> Language | None:
    """The first of our languages that the reader's browser asks for."""
    for asked in header.split(","):
        if asked.strip()[:2] == "sv":
            return "sv"
        if asked.strip()[:2] == "en":
            return "en"
    return None
