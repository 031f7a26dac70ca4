"""The editor keeps what is written by itself, also past the end of a login."""

import pytest
from playwright.sync_api import Response, expect
from sqlalchemy import select, update

from models.session import reading, transaction
from models.tables import Charter, Login, Unsaved
from tests.builders import BEGUN, Region
from tests.web.browser.chromium import DESKTOP, Browsing, Reader
from tests.web.browser.conftest import Web
from tests.web.browser.pages import logged_in

pytestmark = pytest.mark.slow


def is_kept(answer: Response) -> bool:
    """What the editor is told when it has handed over what is written."""
    return answer.url.endswith("/unsaved") and answer.status == 204


def kept(web: Web) -> list[str]:
    """What is kept unsaved of the first section."""
    with reading(web.house.engine) as connection:
        rows = connection.execute(select(Unsaved.fields)).scalars()
        return [row["page"]["sections"][0]["text"] for row in rows]


def test_what_is_written_is_kept_by_itself_and_again_after_logging_in_anew(
    web: Web, browsing: Browsing
) -> None:
    region = Region.founded(web.house.engine)
    number = region.draft(on=BEGUN)
    reader = Reader(DESKTOP, "sv")
    profile = browsing.profile(reader)
    logged_in(web.house, profile, "sara", web.address, "sv")
    page = browsing.page(reader)
    page.goto(f"{web.address}/charters/{number}/edit")
    text = page.get_by_label("Text under Syfte med uppdraget")
    with page.expect_response(is_kept):
        text.fill("Skrivet, inte sparat.")
    expect(page.get_by_role("status")).to_contain_text("osparat utkast")
    assert kept(web) == ["Skrivet, inte sparat."]

    with transaction(web.house.engine) as connection:
        connection.execute(update(Login).values(ended_at=web.house.now()))
    with page.expect_response(lambda answer: answer.status == 401):
        text.fill("Skrivet efter lunch.")
    expect(page.get_by_role("status")).to_contain_text("Du är inte längre inloggad.")
    logged_in(web.house, profile, "sara", web.address, "sv")
    with page.expect_response(is_kept):
        text.fill("Skrivet efter lunch, och mer.")
    assert kept(web) == ["Skrivet efter lunch, och mer."]
    page.get_by_role("button", name="Spara").first.click()
    expect(page.get_by_text("Sparat 12:00.")).to_be_visible()
    assert kept(web) == []
    browsing.expected("401")
    browsing.expected("403")
    with reading(web.house.engine) as connection:
        assert connection.execute(select(Charter.version)).scalar_one() == 2
