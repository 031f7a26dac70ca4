"""The operations' page: how the service fares, and what is done about letters."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from models.session import transaction
from notifications.outbox import hold
from statemachine.vocabulary import Letter
from tests.builders import DECIDED, Region
from tests.casework.test_invariants import drop_the_guards
from tests.web.conftest import NOON, Browser, Clockwork
from web.house import House


@pytest.fixture
def keeper(browser: Browser, region: Region) -> Browser:
    return browser.logs_in("oskar")


def waiting_letter(region: Region) -> int:
    region.in_review(on=DECIDED)
    return int(next(row.id for row in region.outbox() if row.letter == Letter.DECISION_REQUEST))


def test_with_nothing_to_see_to_it_says_so(keeper: Browser) -> None:
    page = keeper.get("/operations").text
    assert "Allt går som det ska" in page
    assert "Inga brev väntar" in page
    assert "Kalendern har inte kört ännu" in page


def test_it_says_what_someone_needs_to_see_to(keeper: Browser, clockwork: Clockwork) -> None:
    clockwork.is_late("letters", "Brev <b>väntar</b>.", "Letters wait.")
    assert "Brev &lt;b&gt;väntar&lt;/b&gt;." in keeper.get("/operations").text


def test_a_letter_is_read_and_called_off_with_a_reason(
    keeper: Browser, region: Region, clockwork: Clockwork
) -> None:
    letter = waiting_letter(region)
    assert f"/operations/letters/{letter}" in keeper.get("/operations").text
    address = f"/operations/letters/{letter}"
    assert "Helena" in keeper.get(address).text
    refused = keeper.send(address, act="cancel", reason="  ")
    assert refused.status_code == 422
    assert "Ange ett skäl" in refused.text
    page = keeper.send(address, act="cancel", reason="Ärendet tas muntligt")
    assert "är inställt" in page.text
    assert region.outbox()[0].state == "cancelled"
    assert clockwork.happened == ["outbox"]


def test_a_letter_that_waits_goes_to_a_corrected_address(keeper: Browser, region: Region) -> None:
    letter = waiting_letter(region)
    page = keeper.send(
        f"/operations/letters/{letter}",
        act="retry",
        email="helena.ask@sjoviken.example",
        reason="Ny adress",
    )
    assert "skickas på nytt till helena.ask@sjoviken.example" in page.text


@pytest.mark.parametrize("number", ["0", "99", "99999999999999999999"])
def test_no_such_letter_answers_404(keeper: Browser, number: str) -> None:
    assert keeper.get(f"/operations/letters/{number}").status_code == 404


def test_what_no_form_of_ours_would_ask_for_is_not_done(keeper: Browser, region: Region) -> None:
    letter = waiting_letter(region)
    assert keeper.send(f"/operations/letters/{letter}", act="burn", reason="x").status_code == 400


def test_a_login_code_is_not_shown(keeper: Browser, house: House, region: Region) -> None:
    keeper.send("/login", email="sara@sjoviken.example")
    code = keeper.code_in_the_letter()
    letter = region.outbox()[-1].id
    page = keeper.get(f"/operations/letters/{letter}").text
    assert "bär en engångskod och visas inte" in page
    assert code not in page


def test_letters_held_are_let_go(keeper: Browser, house: House) -> None:
    with transaction(house.engine) as connection:
        hold(connection, NOON - timedelta(hours=3), "efter återställning")
    assert "Breven hålls sedan 2026-06-17 09:00" in keeper.get("/operations").text
    keeper.send("/operations", "/operations/try-now", reason="Genomgångna")
    assert "hålls" not in keeper.get("/operations").text


def test_the_journal_is_checked_and_what_does_not_hold_is_said(
    keeper: Browser, region: Region, house: House
) -> None:
    region.distributed()
    assert "Allt stämmer" in keeper.send("/operations", "/operations/journal").text
    with transaction(house.engine) as connection:
        drop_the_guards(connection)
        connection.execute(text("DELETE FROM papers WHERE paper = 'decision'"))
    page = keeper.send("/operations", "/operations/journal").text
    assert "Det här stämmer inte" in page
    assert "papper" in page.split("Det här stämmer inte")[1].split("</ul>")[0]
