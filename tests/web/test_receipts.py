"""The receipts: who is reached and how, and what is done for those who are not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models.session import reading, transaction
from models.tables import Outbox, Recipient
from notifications.carriers.recording import RecordingCarrier
from statemachine.vocabulary import Letter, Reach
from tests.builders import DECIDED, Region, moment
from tests.web.conftest import Browser, Clock, Clockwork, token_of


@pytest.fixture
def charter(region: Region) -> int:
    """Decided, and one on its list not reached: the letter came back."""
    charter = region.approved()
    region_letters = _letters(region, charter)
    with transaction(region.engine) as connection:
        lost = region_letters[0]
        connection.execute(
            update(Outbox)
            .where(Outbox.id == lost.id)
            .values(state="dead", reply="550 No such mailbox")
        )
        connection.execute(
            update(Recipient)
            .where(Recipient.charter_id == charter, Recipient.email == lost.to_email)
            .values(outcome=Reach.BOUNCED, outcome_at=moment(DECIDED), outcome_note="550 No")
        )
    return charter


def _letters(region: Region, charter: int) -> list[Any]:
    with reading(region.engine) as connection:
        return list(
            connection.execute(
                select(Outbox)
                .where(Outbox.charter_id == charter, Outbox.letter == Letter.DISTRIBUTION)
                .order_by(Outbox.id)
            )
        )


def _lost(region: Region, charter: int) -> str:
    return f"/charters/{charter}/receipts/{_letters(region, charter)[0].id}"


def test_the_receipts_say_how_each_one_was_reached(
    browser: Browser, region: Region, charter: int
) -> None:
    page = browser.logs_in("sara").get(f"/charters/{charter}/receipts").text
    assert "0 av 3 har ett utfall" in page
    assert '<progress id="reached" max="3" value="0">' in page
    assert "1 kom inte fram" in page
    assert f'href="{_lost(region, charter)}"' in page
    assert page.count("Gör något åt det") == 3


def test_the_page_looks_again_while_letters_are_on_their_way(
    browser: Browser, region: Region, charter: int, clock: Clock
) -> None:
    here = f"/charters/{charter}/receipts"
    clock.moment = moment(DECIDED) + timedelta(minutes=1)
    browser.logs_in("sara")
    assert f'data-again="{here}"' in browser.get(here).text
    clock.forward(minutes=11)
    page = browser.get(here).text
    assert "data-again" not in page
    assert "Se efter igen" in page
    region.reached(charter, on=DECIDED)
    assert "data-again" not in browser.get(here).text


def test_a_letter_goes_again_to_another_address(
    browser: Browser, region: Region, charter: int, clockwork: Clockwork
) -> None:
    page = _lost(region, charter)
    told = browser.logs_in("sara").send(
        page, f"{page}/retry", email="anna.ny@sjoviken.example", reason="Fel adress."
    )
    assert "skickas på nytt till anna.ny@sjoviken.example" in told.text
    assert clockwork.happened[-1] == "receipts"
    assert region.recipients(charter)[0].email == "anna.ny@sjoviken.example"
    assert _letters(region, charter)[-1].to_email == "anna.ny@sjoviken.example"


def test_someone_is_reached_otherwise(browser: Browser, region: Region, charter: int) -> None:
    page = _lost(region, charter)
    told = browser.logs_in("sara").send(page, f"{page}/reached-otherwise", how="På papper.")
    assert "1 av 3 har ett utfall" in told.text
    assert "Sara Nyberg: På papper." in told.text
    assert region.recipients(charter)[0].outcome == Reach.REACHED_OTHERWISE
    assert "Här finns inget mer att göra." in browser.get(page).text


def test_someone_is_given_up_and_may_be_reached_after_all(
    browser: Browser, region: Region, charter: int
) -> None:
    page = _lost(region, charter)
    browser.logs_in("sara").send(page, f"{page}/give-up", why="Har slutat.")
    assert region.recipients(charter)[0].outcome == Reach.GIVEN_UP
    assert "Går inte att nå" not in browser.get(page).text
    browser.send(page, f"{page}/reached-otherwise", how="Kom tillbaka.")
    assert region.recipients(charter)[0].outcome == Reach.REACHED_OTHERWISE


def test_what_is_refused_keeps_what_was_written(
    browser: Browser, region: Region, charter: int
) -> None:
    page = _lost(region, charter)
    browser.logs_in("sara").get(page)
    before = region.everything()
    refused: tuple[tuple[str, dict[str, Any], str, str], ...] = (
        ("retry", {"email": "ingen adress"}, "Ange ett skäl.", "ingen adress"),
        ("retry", {"email": "ingen adress", "reason": "Fel."}, "ingen e-postadress", "Fel."),
        ("reached-otherwise", {"how": "  "}, "Ange hur mottagaren nåddes.", ""),
        ("give-up", {}, "Ange ett skäl.", ""),
    )
    for act, said, reason, kept in refused:
        answer = browser.send(page, f"{page}/{act}", **said)
        assert answer.status_code == 422
        assert reason in answer.text
        assert f'value="{kept}"' in answer.text
    assert region.everything() == before


def test_a_letter_sent_again_elsewhere_meanwhile_is_told_of_without_a_command(
    browser: Browser, region: Region, charter: int
) -> None:
    page = _lost(region, charter)
    token = token_of(browser.logs_in("sara").get(page).text, f"{page}/retry")
    said = {"token": token, "reason": "Fel adress.", "email": "anna.ny@sjoviken.example"}
    browser.client.post(f"{page}/retry", data=said)
    again = browser.client.post(f"{page}/retry", data=said)
    assert again.status_code == 422
    assert "har redan skickats på nytt" in again.text
    assert 'value="Fel adress."' in again.text
    assert "mandat outbox" not in again.text


def test_those_who_take_part_see_but_only_some_may_do_anything(
    browser: Browser, region: Region, charter: int
) -> None:
    page = _lost(region, charter)
    browser.logs_in("bo")
    assert "Gör något åt det" not in browser.get(f"/charters/{charter}/receipts").text
    shown = browser.get(page).text
    assert "Det är handläggaren, registratorn eller en administratör" in shown
    token = token_of(shown, "/logout")
    answer = browser.client.post(f"{page}/give-up", data={"token": token, "why": "Nej."})
    assert answer.status_code == 422
    assert "Bo Lund får inte göra det." in answer.text
    assert region.recipients(charter)[0].outcome == Reach.BOUNCED


def test_a_letter_is_mended_only_under_its_own_charter(
    browser: Browser, region: Region, charter: int
) -> None:
    region.with_a_neighbour()
    other = region.approved("narvard")
    number = _letters(region, other)[0].id
    browser.logs_in("sara")
    page = _lost(region, charter)
    token = token_of(browser.get(page).text, f"{page}/retry")
    for letter in (str(number), "0", "x", "9" * 30):
        path = f"/charters/{charter}/receipts/{letter}"
        assert browser.get(path).status_code == 404
        answer = browser.client.post(f"{path}/give-up", data={"token": token, "why": "Nej."})
        assert answer.status_code == 404
    assert all(row.outcome is None for row in region.recipients(other))


def test_a_draft_has_no_receipts(browser: Browser, region: Region) -> None:
    draft = region.draft()
    assert browser.logs_in("sara").get(f"/charters/{draft}/receipts").status_code == 404


def test_a_charter_without_a_list_says_so(browser: Browser, region: Region) -> None:
    recorded = region.recorded(decided_on=DECIDED, valid_from=DECIDED).charter_id
    page = browser.logs_in("oskar").get(f"/charters/{recorded}/receipts").text
    assert "ingen sändlista" in page


def test_the_receipts_speak_english(browser: Browser, region: Region, charter: int) -> None:
    browser.logs_in("sara").get("/language/en")
    assert "0 of 3 have an outcome" in browser.get(f"/charters/{charter}/receipts").text
    assert "Reached otherwise" in browser.get(_lost(region, charter)).text


def test_what_was_accepted_at_a_wrong_address_goes_to_the_right_one(
    browser: Browser, region: Region, charter: int
) -> None:
    region.delivers(RecordingCarrier(), on=DECIDED)
    (bo,) = [one for one in _letters(region, charter) if one.to_name == "Bo Lund"]
    page = f"/charters/{charter}/receipts/{bo.id}"
    browser.logs_in("sara")
    assert "Kom det fel?" in browser.get(f"/charters/{charter}/receipts").text
    same = browser.send(page, f"{page}/retry", email=bo.to_email, reason="Fel Bo.")
    assert same.status_code == 422
    assert "mandat outbox" not in same.text
    told = browser.send(page, f"{page}/retry", email="bo.annan@sjoviken.example", reason="Fel Bo.")
    assert "skickas på nytt till bo.annan@sjoviken.example" in told.text
