"""A real browser before a real server, on a real memory; and the judge of what it is served."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.node.program import program
from tests.web.browser.chromium import Browsing, chromium
from tests.web.browser.web import Web, web_on


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
    """A web that is read and never changed."""
    memory = shutil.copy(migrated_file, tmp_path_factory.mktemp("web") / "mandat.db")
    with web_on(f"sqlite:///{memory}") as web:
        yield web


@pytest.fixture
def web(migrated_file: Path, tmp_path: Path) -> Iterator[Web]:
    """A web of the test's own."""
    memory = shutil.copy(migrated_file, tmp_path / "web.db")
    with web_on(f"sqlite:///{memory}") as web:
        yield web
