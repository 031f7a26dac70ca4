"""A real browser before a real server, on a real memory; and the judge of what it is served."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from casework.settings import Settings
from models.session import engine_for
from statemachine.words import Language
from tests.node.program import program
from tests.web.browser.chromium import Browsing, chromium
from tests.web.browser.pages import LETTER, Listed, Lived, lived_in, logged_in
from tests.web.conftest import Clock, Clockwork, house_on
from tests.web.served import served
from web.application import application
from web.desk import LANGUAGE
from web.house import House


@dataclass(frozen=True, slots=True)
class Web:
    """The application, and where it answers."""

    address: str
    house: House
    lived: Lived | None = None

    def path(self, listed: Listed) -> str:
        """Where the page is, in this memory."""
        return self.address + listed.path.format(**asdict(self.lived) if self.lived else {})

    def read_by(self, listed: Listed, profile: BrowserContext, language: Language) -> None:
        """Have whoever the page is for be logged in there, in the language they chose."""
        profile.add_cookies([{"name": LANGUAGE, "value": language, "url": self.address}])
        if listed.who is not None:
            logged_in(self.house, profile, listed.who, self.address)


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
    folder = tmp_path_factory.mktemp("web")
    (folder / "mail").mkdir()
    (folder / "mail" / "1-code.eml").write_bytes(LETTER)
    memory = Path(shutil.copy(migrated_file, folder / "mandat.db"))
    yield from _web(memory, folder / "mail", full=True)


@pytest.fixture
def web(migrated_file: Path, tmp_path: Path) -> Iterator[Web]:
    """A web of the test's own."""
    yield from _web(Path(shutil.copy(migrated_file, tmp_path / "web.db")))


def _web(memory: Path, mail: Path | None = None, *, full: bool = False) -> Iterator[Web]:
    engine = engine_for(f"sqlite:///{memory}")
    lived = lived_in(engine) if full else None
    house = house_on(engine, Clockwork(), Clock())
    if mail is not None:
        house = replace(house, settings=Settings(mail_folder=mail))
    with served(application(house)) as address:
        yield Web(address, house, lived)
    engine.dispose()
