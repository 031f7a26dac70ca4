"""A real browser before a real server, on a real memory; and the judge of what it is served."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response

from casework.settings import Settings
from models.session import engine_for
from tests.node.program import program
from tests.web.browser.chromium import Browsing, Reader, chromium
from tests.web.browser.pages import LETTER, Listed, Lived, lived_in, logged_in
from tests.web.conftest import Clock, Clockwork, house_on
from tests.web.served import served
from web.application import application
from web.house import House


@dataclass(frozen=True, slots=True)
class Web:
    """The application, and where it answers."""

    address: str
    house: House
    lived: Lived | None = None

    def opened(self, listed: Listed, browsing: Browsing, reader: Reader) -> tuple[Page, Response]:
        """The page before its reader, who is whoever it is for, and the answer it came with."""
        if listed.who is not None:
            profile = browsing.profile(reader)
            logged_in(self.house, profile, listed.who, self.address, reader.language)
        page = browsing.page(reader)
        if listed.first is not None:
            listed.first(page, self.address)
        answer = page.goto(self.path(listed))
        assert answer is not None
        return page, answer

    def path(self, listed: Listed) -> str:
        """Where the page is, in this memory."""
        return self.address + listed.path.format(**asdict(self.lived) if self.lived else {})


# For the package and no longer: with Playwright there, no other test's event loop can run.
@pytest.fixture(scope="package")
def browser_of_all() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def profiles(browser_of_all: Browser) -> Browsing:
    return Browsing(browser_of_all)


@pytest.fixture
def browsing(profiles: Browsing) -> Iterator[Browsing]:
    """The browser. What goes wrong in it fails the test, unless the test expected it."""
    yield profiles
    assert profiles.ended() == []


@pytest.fixture(scope="package")
def valid() -> Iterator[Callable[[str], list[str]]]:
    """What is wrong with a page as HTML, as it was served; nothing is good."""
    with program("validate.js") as judge:
        yield judge.ask


@pytest.fixture(scope="package")
def web_of_all(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web that is read and never changed, with something on every page."""
    with web_on(migrated_file, tmp_path_factory.mktemp("web"), full=True) as opened:
        yield opened


@pytest.fixture
def web(migrated_file: Path, tmp_path: Path) -> Iterator[Web]:
    """A web of the test's own."""
    with web_on(migrated_file, tmp_path) as opened:
        yield opened


@contextmanager
def web_on(migrated: Path, folder: Path, *, full: bool = False) -> Iterator[Web]:
    """A web over a copy of a migrated memory in a folder; full, with something on every page."""
    engine = engine_for(f"sqlite:///{shutil.copy(migrated, folder / 'web.db')}")
    house = house_on(engine, Clockwork(), Clock())
    house = replace(house, settings=Settings(seal_folder=folder / "seal"))
    lived = None
    if full:
        lived, mail = lived_in(engine), folder / "mail"
        mail.mkdir()
        (mail / "1-code.eml").write_bytes(LETTER)
        # Its login page has every way in; nobody is there where the button leads.
        settings = Settings(
            mail_folder=mail, openid_issuer="http://127.0.0.1:1", openid_client_id="mandat"
        )
        house = replace(house, settings=settings)
    with served(application(house)) as address:
        yield Web(address, house, lived)
    engine.dispose()
