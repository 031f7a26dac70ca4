"""The local inbox: there while letters reach nobody and the pages are reached from here alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from casework.settings import Settings
from tests.builders import Region
from tests.web.conftest import Browser, Client
from web.application import application
from web.house import House

LETTER = b"""From: Mandat <mandat@mandat.example>
To: Sara Nyberg <sara@sjoviken.example>
Subject: Logga in <b>
Date: Wed, 17 Jun 2026 12:00:00 +0200

482 913
"""


def browser_of(house: House, **settings: object) -> Browser:
    app = application(replace(house, settings=Settings(**settings)))  # type: ignore[arg-type]
    return Browser(app, Client(app))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "1-code.eml").write_bytes(LETTER)
    return tmp_path


def test_letters_in_the_folder_are_read_without_logging_in(house: House, folder: Path) -> None:
    browser = browser_of(house, mail_folder=folder)
    assert "Logga in &lt;b&gt;" in browser.get("/inbox").text
    assert "482 913" in browser.get("/inbox/1-code.eml").text


def test_whoever_is_asked_for_a_code_is_led_to_the_inbox(
    house: House, region: Region, folder: Path
) -> None:
    def asked_for(browser: Browser) -> str:
        return browser.send("/login", email="sara@sjoviken.example", next="/").text

    led = '<a href="/inbox">Koden ligger i brevlådan'
    assert led in asked_for(browser_of(house, mail_folder=folder))
    assert led not in asked_for(browser_of(house, relay_host="relay.example"))


def test_a_letters_lines_have_names_in_the_readers_language(house: House, folder: Path) -> None:
    page = browser_of(house, mail_folder=folder).get("/inbox/1-code.eml").text
    assert "<dt>Från</dt>" in page
    assert "<dt>Datum</dt>" in page


def test_an_empty_inbox_says_when_letters_come(house: House, tmp_path: Path) -> None:
    assert "Inga brev ännu" in browser_of(house, mail_folder=tmp_path / "none").get("/inbox").text


@pytest.mark.parametrize(
    "settings",
    [
        {"relay_host": "relay.example"},
        {"address": "https://mandat.example"},
        {"host": "0.0.0.0"},
    ],
)
def test_it_is_gone_once_letters_leave_or_others_reach_the_pages(
    house: House, folder: Path, settings: dict[str, str]
) -> None:
    browser = browser_of(house, mail_folder=folder, **settings)
    for path in ("/inbox", "/inbox/1-code.eml"):
        assert "482 913" not in browser.get(path).text
        assert browser.get(path).status_code in (303, 404)
    assert "/inbox" not in browser.get("/").text


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "x.eml", "*.eml"])
def test_nothing_but_letters_in_the_folder_is_read(house: House, folder: Path, name: str) -> None:
    assert browser_of(house, mail_folder=folder).get(f"/inbox/{name}").status_code == 404
