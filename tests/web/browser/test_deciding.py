"""Deciding in a real browser: three touches on a phone, and links that decide nothing."""

import re

import pytest
from sqlalchemy import select

from casework.keys import pages_in_letters
from models.session import reading, transaction
from models.tables import Outbox
from notifications.facts import LetterFacts
from notifications.links import links_in
from statemachine.vocabulary import Letter, State
from tests.builders import Region
from tests.web.browser.chromium import PHONE, Browsing, Reader
from tests.web.browser.conftest import Web
from tests.web.browser.pages import logged_in

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_open_answer_and_approve_is_all_it_takes_on_a_phone(
    web: Web, browsing: Browsing, scripts: bool
) -> None:
    region = Region.founded(web.house.engine)
    number = region.in_review()
    reader = Reader(PHONE, scripts=scripts)
    logged_in(web.house, browsing.profile(reader), "helena", web.address, "sv")
    page = browsing.page(reader)
    page.goto(f"{web.address}/decisions")
    page.get_by_role("link", name="Uppdragshandling för").tap()
    page.get_by_text("Jag är inte jävig").tap()
    page.get_by_role("button", name="Fastställ").tap()
    page.wait_for_url(f"**/charters/{number}/decision")
    assert "Fastställt" in page.get_by_role("heading", level=1).inner_text()
    assert region.state(number) is State.APPROVED


def link_in_the_letter(web: Web) -> str:
    """Where the link in the decision request leads, on this web."""
    with transaction(web.house.engine) as connection:
        pages = pages_in_letters(connection, web.house.settings, web.house.now())
    with reading(web.house.engine) as connection:
        facts = connection.scalars(
            select(Outbox.facts).where(Outbox.letter == Letter.DECISION_REQUEST)
        ).one()
    (link,) = links_in(LetterFacts.model_validate(facts), pages)
    return re.sub(r"^https?://[^/]+", web.address, link.address)


TRIES_EVERYTHING = """
async () => {
  for (const path of ["/charters/1/approve", "/charters/1/send-back", location.pathname])
    await fetch(path, {
      method: "POST",
      body: new URLSearchParams({ conflict: "no", round: "1", reason: "x", token: "x" }),
    });
  for (const link of document.querySelectorAll("main a")) await fetch(link.href);
}
"""


@pytest.mark.parametrize("who", [None, "dag", "helena"])
def test_a_scanner_that_runs_scripts_decides_nothing(
    web: Web, browsing: Browsing, who: str | None
) -> None:
    region = Region.founded(web.house.engine)
    number = region.in_review()
    link = link_in_the_letter(web)
    reader = Reader()
    if who is not None:
        logged_in(web.house, browsing.profile(reader), who, web.address, "sv")
    before = region.everything()
    page = browsing.page(reader)
    page.goto(link)
    page.evaluate(TRIES_EVERYTHING)
    browsing.expected("40[1345]|422")
    assert region.everything() == before
    assert region.state(number) is State.REVIEW
    seen = page.locator("main").inner_text()
    assert ("Samordningsråd rörelse" in seen) is (who == "helena")
