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


HERE = {"host": "localhost:8000"}
"""How a browser on the very machine asks."""


def browser_of(house: House, **settings: object) -> Browser:
    app = application(replace(house, settings=Settings(**settings)))  # type: ignore[arg-type]
    return Browser(app, Client(app))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "1-code.eml").write_bytes(LETTER)
    return tmp_path


def test_letters_in_the_folder_are_read_without_logging_in(house: House, folder: Path) -> None:
    browser = browser_of(house, mail_folder=folder)
    assert "Logga in &lt;b&gt;" in browser.get("/inbox", HERE).text
    assert "482 913" in browser.get("/inbox/1-code.eml", HERE).text


def test_whoever_is_asked_for_a_code_is_led_to_the_inbox(
    house: House, region: Region, folder: Path
) -> None:
    def asked_for(browser: Browser) -> str:
        return browser.send("/login", email="sara@sjoviken.example", next="/").text

    led = '<a href="/inbox">Koden ligger i brevlådan'
    assert led in asked_for(browser_of(house, mail_folder=folder))
    assert led not in asked_for(browser_of(house, relay_host="relay.example"))


def test_a_letters_lines_have_names_in_the_readers_language(house: House, folder: Path) -> None:
    page = browser_of(house, mail_folder=folder).get("/inbox/1-code.eml", HERE).text
    assert "<dt>Från</dt>" in page
    assert "<dt>Datum</dt>" in page


def test_an_empty_inbox_says_when_letters_come(house: House, tmp_path: Path) -> None:
    assert (
        "Inga brev ännu"
        in browser_of(house, mail_folder=tmp_path / "none").get("/inbox", HERE).text
    )


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
        assert "482 913" not in browser.get(path, HERE).text
        assert browser.get(path, HERE).status_code in (303, 404)
    assert "/inbox" not in browser.get("/", HERE).text


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8000"},
        {"host": "["},
        {"x-forwarded-for": "192.0.2.7"},
        {"forwarded": "for=192.0.2.7"},
    ],
)
def test_it_is_not_there_for_whoever_comes_by_another_name_or_by_a_proxy(
    house: House, folder: Path, headers: dict[str, str]
) -> None:
    browser = browser_of(house, mail_folder=folder)
    for path in ("/inbox", "/inbox/1-code.eml"):
        answer = browser.get(path, headers={**HERE, **headers})
        assert "482 913" not in answer.text
        assert answer.status_code in (303, 404)


def test_whoever_is_logged_in_is_told_whom_the_inbox_is_for(
    house: House, folder: Path, region: Region
) -> None:
    browser = browser_of(house, mail_folder=folder, relay_host="relay.example").logs_in("sara")
    answer = browser.get("/inbox", HERE)
    assert answer.status_code == 403
    assert "Det är för den som sitter vid datorn." in answer.text


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "x.eml", "*.eml"])
def test_nothing_but_letters_in_the_folder_is_read(house: House, folder: Path, name: str) -> None:
    assert browser_of(house, mail_folder=folder).get(f"/inbox/{name}", HERE).status_code == 404


def test_from_the_inbox_one_finds_back_to_where_the_code_is_written(
    house: House, region: Region, folder: Path
) -> None:
    browser = browser_of(house, mail_folder=folder)
    assert "/login/code" not in browser.get("/inbox", HERE).text
    browser.send("/login", email="sara@sjoviken.example")
    for path in ("/inbox", "/inbox/1-code.eml"):
        assert 'href="/login/code"' in browser.get(path, HERE).text


def test_links_in_a_letter_are_followed_and_nothing_else_in_it_is_markup(
    house: House, tmp_path: Path
) -> None:
    text = LETTER + b"<script>\nhttp://127.0.0.1:8080/links/1-1-a\n"
    (tmp_path / "2.eml").write_bytes(text)
    page = browser_of(house, mail_folder=tmp_path).get("/inbox/2.eml", HERE).text
    assert '<a href="http://127.0.0.1:8080/links/1-1-a"' in page
    assert "&lt;script&gt;" in page
    assert "Wed, 17 Jun" not in page, "the day is told as everywhere else"
