"""A draft beside the charter in force, and as the paper it would be."""

from dataclasses import replace
from pathlib import Path

import pytest

from statemachine.vocabulary import Act
from tests.builders import DAY, DECIDED, Region, with_tasks
from tests.web.conftest import Browser, Client
from web.application import application
from web.house import House


def revised(region: Region) -> int:
    """A renewal with other tasks, one of which is markup."""
    region.distributed()
    number = region.does("sara", Act.RENEW, on=DECIDED, group="rorelse").charter_id
    text = with_tasks(region.text(number), "Följ <b>väntetiderna</b> varje månad.")
    region.does("sara", Act.EDIT, number, on=DECIDED, document=text)
    return number


def test_what_changes_is_said_in_short_and_then_word_by_word(
    browser: Browser, region: Region
) -> None:
    number = revised(region)
    page = browser.logs_in("sara").get(f"/charters/{number}/compare").text
    assert "som gäller 2026-06-17 – 2031-06-17" in page
    assert "Uppdragsbeskrivning: ”väntetiderna och kom överens” blir " in page
    assert page.index("I korthet") < page.index("Ordagrant")
    assert '<ins><span class="visually-hidden">Tillagt: </span>' in page
    assert "&lt;b&gt;väntetiderna&lt;/b&gt;" in page
    assert "Lika vård i hela regionen." not in page


def test_a_first_charter_has_nothing_to_be_compared_with(browser: Browser, region: Region) -> None:
    number = region.draft()
    page = browser.logs_in("sara").get(f"/charters/{number}/compare").text
    assert "inget tidigare beslutat uppdrag" in page


def test_a_decided_charter_is_compared_with_what_it_followed_by_anyone(
    browser: Browser, region: Region
) -> None:
    first = region.distributed()
    second = region.successor(on=DECIDED + 30 * DAY)
    page = browser.get(f"/charters/{second}/compare").text
    assert f'href="/charters/{first}"' in page
    assert "Datum: 2026-06-15 blir 2026-07-17." in page
    assert "inget tidigare" in browser.get(f"/charters/{first}/compare").text


def test_a_draft_is_compared_by_nobody_else(browser: Browser, region: Region) -> None:
    number = revised(region)
    assert browser.get(f"/charters/{number}/compare").status_code == 303
    browser.logs_in("dag")
    assert browser.get(f"/charters/{number}/compare").status_code == 404
    assert browser.get(f"/charters/{number}/preview.pdf").status_code == 404


def test_the_paper_is_shown_as_it_would_be(browser: Browser, region: Region) -> None:
    number = region.draft()
    before = region.everything()
    answer = browser.logs_in("sara").get(f"/charters/{number}/preview.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert f"utkast-{number}.pdf" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    after = region.everything()
    assert {name for name in after if after[name] != before[name]} <= {"keys", "logins"}


def test_what_cannot_be_printed_ends_in_a_sentence(
    house: House, region: Region, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"no picture")
    app = application(replace(house, settings=house.settings.model_copy(update={"logo": logo})))
    browser = Browser(app, Client(app)).logs_in("sara")
    answer = browser.get(f"/charters/{region.draft()}/preview.pdf")
    assert answer.status_code == 422
    assert "Handlingen går inte att skriva ut" in answer.text
    assert "no picture" not in answer.text


def test_a_decided_charter_has_its_own_paper(browser: Browser, region: Region) -> None:
    number = region.approved()
    answer = browser.logs_in("sara").get(f"/charters/{number}/preview.pdf")
    assert answer.headers["location"] == f"/charters/{number}"


@pytest.mark.parametrize("number", ["0", "99", "99999999999", "-1", "x"])
def test_a_number_of_none_leads_nowhere(browser: Browser, region: Region, number: str) -> None:
    browser.logs_in("sara")
    for page in ("edit", "compare", "submit", "preview.pdf"):
        assert browser.get(f"/charters/{number}/{page}").status_code == 404
