"""The front page, as a person reads it."""

import pytest

from statemachine.vocabulary import Act
from tests.builders import DECIDED, Region
from tests.web.conftest import Browser, Clockwork
from web.house import House
from web.places import PLACES, WHAT_FOR


def test_the_front_page_says_what_runs_and_where_to_go(browser: Browser) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert "har varit i gång sedan 2026-06-17 12:00" in page.text
    assert "Allt går som det ska" in page.text
    assert '<a href="http://127.0.0.1:4200">Körningarna</a>' in page.text


def test_it_speaks_the_readers_language_and_swedish_otherwise(browser: Browser) -> None:
    english = browser.get("/", headers={"Accept-Language": "de, en-GB;q=0.8, sv;q=0.5"})
    assert "has been running since" in english.text
    assert '<html lang="en">' in english.text
    for header in ("sv-SE, en;q=0.5", "de", ""):
        assert "i gång sedan" in browser.get("/", headers={"Accept-Language": header}).text


def test_it_says_what_someone_needs_to_see_to_and_never_as_markup(
    browser: Browser, clockwork: Clockwork
) -> None:
    clockwork.is_late("letters", "Brev <b>väntar</b>.", "Letters wait.")
    page = browser.get("/").text
    assert "Brev &lt;b&gt;väntar&lt;/b&gt;." in page
    assert "Allt går" not in page


def test_a_page_runs_nothing_and_is_framed_by_nobody(browser: Browser) -> None:
    policy = browser.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("who", "waits"),
    [
        ("helena", "Ett ärende väntar på ditt beslut"),
        ("dag", "Ett yttrande väntar på dig"),
        ("anna", "Bekräfta att du har läst Uppdragshandling för Samordningsråd rörelse"),
        ("bo", "Samordningsgrupp nära vård saknar gällande uppdrag"),
        ("elin", "Inget väntar på dig just nu."),
    ],
)
def test_whoever_is_logged_in_sees_what_waits_for_them(
    browser: Browser, house: House, who: str, waits: str
) -> None:
    region = Region.founded(house.engine).with_a_neighbour()
    region.distributed()
    renewed = region.does("sara", Act.RENEW, on=DECIDED, group="rorelse").charter_id
    region.submitted(renewed, on=DECIDED)
    region.does("sara", Act.ASK_OPINION, renewed, on=DECIDED, to="dag")
    assert waits in browser.logs_in(who).get("/").text


def test_those_who_keep_the_service_see_what_is_late(
    browser: Browser, region: Region, clockwork: Clockwork
) -> None:
    clockwork.is_late("letters", "Brev väntar.", "Letters wait.")
    assert "Brev väntar." in browser.logs_in("astrid").get("/").text
    assert "Brev väntar." not in browser.logs_in("sara").get("/").text


<<<<<<< HEAD
def test_whoever_is_not_logged_in_reads_what_it_is_and_the_way_in(
    browser: Browser, region: Region
) -> None:
    page = browser.get("/").text
    assert "Det som är beslutat får alla läsa." in page
    assert '<a class="button" href="/login">Logga in</a>' in page
    assert 'action="/groups"' in page
    assert "Det som är beslutat får alla läsa." not in browser.logs_in("sara").get("/").text
=======
def test_every_place_says_what_one_goes_there_for() -> None:
    places = {address for address, _words, _for_whom in PLACES} - {"/"}
    assert set(WHAT_FOR) == places
>>>>>>> 17ad2e6876d8d9ba327def566fc3242c6bde02bc
