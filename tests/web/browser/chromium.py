"""Debian's Chromium: how it is started, who reads in it, and what it finds fault with."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    sync_playwright,
)

from statemachine.words import Language

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # It finds nobody but this machine itself, be they asked for by name or by number.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE = 20_000
"""Milliseconds waited at most for anything asked of a page."""
GIVEN_UP = "net::ERR_ABORTED"
"""Said of what the browser itself no longer wants: it went elsewhere, or it became a download."""
UNASKED = "/favicon.ico"
"""Fetched once by the browser of its own accord, whatever the page says."""

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LANGUAGES: tuple[Language, ...] = ("sv", "en")


@dataclass(frozen=True, slots=True)
class Screen:
    """What a page is read on."""

    name: str
    width: int
    height: int
    hand_held: bool = False


DESKTOP = Screen("desktop", 1280, 800)
PHONE = Screen("phone", 320, 640, hand_held=True)


@dataclass(frozen=True, slots=True)
class Reader:
    """How someone reads."""

    screen: Screen = DESKTOP
    language: Language = "sv"
    scheme: Scheme = "light"
    scripts: bool = True


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that reaches loopback only.

    While it is there, no event loop can run in the thread that asked for it.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Browsing:
    """One browser, where each kind of reader has a profile that outlives the test.

    What a page says to the console as an error, what its scripts throw, and what cannot be fetched
    is a fault.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._profiles: dict[Reader, BrowserContext] = {}
        self._faults: list[str] = []

    def page(self, reader: Reader = Reader()) -> Page:
        """A new page, as the reader would see it."""
        return self.profile(reader).new_page()

    def profile(self, reader: Reader) -> BrowserContext:
        """The reader's own: cookies are put here. It is empty when a test begins."""
        if reader not in self._profiles:
            self._profiles[reader] = self._new_profile(reader)
        return self._profiles[reader]

    def expected(self, fault: str) -> None:
        """Takes out the faults a test meant to meet, given as a pattern. There must be one."""
        self._hear()
        met = [one for one in self._faults if re.search(fault, one)]
        assert met, f"nothing went wrong as {fault!r}, but {self._faults}"
        self._faults = [one for one in self._faults if one not in met]

    def ended(self) -> list[str]:
        """Everything closed and forgotten; what went wrong meanwhile."""
        self._hear()
        for profile in self._profiles.values():
            for page in profile.pages:
                page.close()
            profile.clear_cookies()
        faults, self._faults = self._faults, []
        return faults

    def _new_profile(self, reader: Reader) -> BrowserContext:
        profile = self._browser.new_context(
            viewport={"width": reader.screen.width, "height": reader.screen.height},
            is_mobile=reader.screen.hand_held,
            has_touch=reader.screen.hand_held,
            locale={"sv": "sv-SE", "en": "en-GB"}[reader.language],
            timezone_id="Europe/Stockholm",
            color_scheme=reader.scheme,
            reduced_motion="reduce",
            java_script_enabled=reader.scripts,
        )
        profile.set_default_timeout(PATIENCE)
        profile.on("console", self._said)
        profile.on("weberror", self._thrown)
        profile.on("requestfailed", self._not_fetched)
        return profile

    def _hear(self) -> None:
        """Asked something, each page first tells what it had to say."""
        for profile in self._profiles.values():
            for page in profile.pages:
                page.title()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(UNASKED):
            self._faults.append(f"{message.location['url']}: {message.text}")

    def _thrown(self, error: WebError) -> None:
        self._faults.append(str(error.error))

    def _not_fetched(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self._faults.append(f"{request.url}: {request.failure}")
