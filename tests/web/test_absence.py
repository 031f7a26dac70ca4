"""Absence: whoever holds an office names who stands in for it, and ends it."""

from tests.builders import BEGUN, DECIDED, Region
from tests.web.conftest import Browser, token_of

NAMED = {
    "office": "direktor",
    "person": "mikael@sjoviken.example",
    "from": "2026-07-06",
    "through": "2026-07-31",
}


def test_a_stand_in_is_named_and_can_decide_from_that_day(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    page = browser.logs_in("helena").get("/absence").text
    assert "Ingen ersätter dig." in page
    told = browser.send("/absence", files=None, **NAMED)
    assert "Mikael Lindvall ersätter dig som Sjukvårdsdirektör från 2026-07-06" in told.text
    assert "<h3>Mikael Lindvall</h3>" in told.text
    assert another_browser.logs_in("mikael").get("/decisions").status_code == 403


def test_a_name_is_enough_where_one_person_has_it(browser: Browser, region: Region) -> None:
    told = browser.logs_in("helena").send(
        "/absence", files=None, **{**NAMED, "person": "Mikael Lindvall"}
    )
    assert "Mikael Lindvall ersätter dig" in told.text


def test_what_is_wrong_is_said_and_what_was_written_stays(browser: Browser, region: Region) -> None:
    browser.logs_in("helena").get("/absence")
    before = region.everything()
    for wrong in (
        {"person": "Ingen Alls"},
        {"person": ""},
        {"from": "i morgon"},
        {"through": "2026-07-01"},
        {"person": "helena"},
    ):
        refused = browser.send("/absence", files=None, **{**NAMED, **wrong})
        assert refused.status_code == 422, wrong
        assert 'role="alert"' in refused.text
        assert 'value="2026-07-' in refused.text
    assert region.everything() == before


def test_it_is_ended_and_told(browser: Browser, region: Region) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    page = browser.logs_in("helena").get("/absence").text
    assert "Ersätter dig nu" in page
    told = browser.client.post(
        "/absence/end",
        data={
            "token": token_of(page, "/absence/end"),
            "office": "direktor",
            "person": "mikael",
        },
        follow_redirects=True,
    )
    assert f"Mikael Lindvall ersätter dig inte längre som Sjukvårdsdirektör efter {DECIDED}" in (
        told.text
    )


def test_nobody_names_a_stand_in_for_an_office_they_do_not_hold(
    browser: Browser, region: Region
) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    page = browser.logs_in("mikael").get("/absence").text
    assert "Du har ingen egen befattning" in page
    before = region.everything()
    for path in ("/absence", "/absence/end"):
        data = {**NAMED, "token": token_of(page, "/logout"), "person": "sara"}
        assert browser.client.post(path, data=data).status_code == 403
    assert region.everything() == before


def test_absence_shows_what_waits_and_speaks_english(browser: Browser, region: Region) -> None:
    number = region.in_review()
    browser.logs_in("helena").get("/language/en")
    page = browser.get("/absence").text
    assert "Nobody stands in for you." in page
    assert f'href="/charters/{number}/decide"' in page
