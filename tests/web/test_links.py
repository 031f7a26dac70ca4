"""A link in a letter: a way to the case for whom it was written to, and nothing for anyone else."""

from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest

from casework.keys import pages_in_letters
from models.session import transaction
from notifications.carriers.recording import RecordingCarrier
from notifications.compose import Sender
from notifications.outbox import deliver
from statemachine.vocabulary import Act, State
from tests.builders import BEGUN, DECIDED, Region, moment
from tests.web.conftest import Browser
from web.house import House

TITLE = "Uppdragshandling"


@pytest.fixture
def letter(region: Region, house: House) -> str:
    """The path of the link in the letter that asks Helena for her decision, as it was delivered."""
    region.in_review()
    with transaction(house.engine) as connection:
        pages = pages_in_letters(connection, house.settings, house.now())
    carrier = RecordingCarrier()
    deliver(
        house.engine,
        carrier,
        now=lambda: moment(BEGUN),
        sender=Sender("Mandat", "mandat@sjoviken.example", "sjoviken.example", pages=pages),
        worker="the post",
    )
    (carried,) = carrier.carried
    found = Hrefs()
    body = message_from_bytes(carried.message, policy=policy.default).get_body(("html",))
    assert body is not None
    found.feed(body.get_content())
    (address,) = found.hrefs
    assert address.startswith("http://127.0.0.1:8080/links/")
    return address.removeprefix("http://127.0.0.1:8080")


class Hrefs(HTMLParser):
    """What the links of a page lead to, as a scanner of mail reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hrefs += [value for name, value in attrs if tag == "a" and name == "href" and value]


def test_the_link_leads_its_reader_to_the_case(browser: Browser, letter: str) -> None:
    asked = browser.get(letter)
    assert asked.headers["location"].startswith("/login?next=/links/")
    browser.logs_in("helena")
    assert browser.get(letter).headers["location"] == "/charters/1/decide"
    assert TITLE in browser.get("/charters/1/decide").text


def test_a_forwarded_link_shows_nothing_and_says_whom_it_is_not_for(
    browser: Browser, letter: str, region: Region
) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    for who in ("dag", "sara", "mikael"):
        page = browser.logs_in(who).get(letter)
        assert page.status_code == 403
        assert "skrevs inte till dig" in page.text
        assert TITLE not in page.text
        assert "Helena" not in page.text
        assert "/charters/1" not in page.text


def test_a_scanner_that_opens_and_posts_whatever_it_finds_decides_nothing(
    browser: Browser, letter: str, region: Region
) -> None:
    before = region.everything()
    paths = [letter, "/charters/1/decide", "/charters/1/approve", "/charters/1/send-back"]
    for path in paths:
        seen = browser.client.get(path, follow_redirects=True)
        assert TITLE not in seen.text
        for body in ({}, {"conflict": "no", "round": "1", "reason": "x", "token": "x"}):
            assert browser.client.post(path, data=body).status_code in (401, 403, 405)
    assert region.everything() == before


def test_even_in_the_readers_own_browser_a_link_only_leads(
    browser: Browser, letter: str, region: Region
) -> None:
    browser.logs_in("helena")
    before = region.everything()
    for _ in range(3):
        browser.client.get(letter, follow_redirects=True)
        assert browser.client.post(letter, data={}).status_code == 405
    assert region.everything() == before
    assert region.state(1) is State.REVIEW


def test_a_link_of_an_earlier_round_says_so(browser: Browser, letter: str, region: Region) -> None:
    browser.logs_in("helena")
    region.does("sara", Act.WITHDRAW, 1, on=DECIDED)
    assert "Länken är inte aktuell" in browser.get(letter).text
    region.submitted(1, on=DECIDED)
    stale = browser.get(letter)
    assert "Länken är inte aktuell" in stale.text
    assert 'href="/charters/1/decide"' in stale.text
    region.decided(1, on=DECIDED)
    assert "Länken är inte aktuell" in browser.get(letter).text


@pytest.mark.parametrize("mark", ["x", "1-1-aa-1-" + 32 * "0", "%00", "1-1-aa-1"])
def test_what_nobody_here_signed_leads_nowhere(browser: Browser, region: Region, mark: str) -> None:
    region.in_review()
    assert browser.logs_in("helena").get(f"/links/{mark}").status_code == 404


def test_it_speaks_english_too(browser: Browser, letter: str) -> None:
    browser.logs_in("dag").get("/language/en")
    assert "was not written to you, Dag Hall." in browser.get(letter).text
