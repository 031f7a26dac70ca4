"""Correcting what was decided, and ending it early: each shown first, and then done."""

import html
import re
from datetime import date

import pytest
from httpx import Response

from documents import write_text
from statemachine.vocabulary import Act, State
from tests.builders import DECIDED, Region
from tests.web.conftest import Browser, Clock, token_of

LATER = date(2026, 9, 1)
ENDING = {
    "effective_day": LATER.isoformat(),
    "registry_number": "RS 2026-00900",
    "reason": "Rådets frågor hanteras av ett annat råd.",
    "conflict": "no",
}


def sends(browser: Browser, path: str, page: str | None = None, **fields: str) -> Response:
    """Send the form on a page of this path with what its hidden fields say, and these."""
    shown = page or browser.get(path).text
    form = shown[shown.index(f'action="{path}"') :]
    hidden = {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    }
    data = {**hidden, "token": token_of(shown, path), **fields}
    return browser.client.post(path, data=data, follow_redirects=True)


# --- correcting -----------------------------------------------------------------------------------


def misspelt(region: Region, number: int) -> str:
    return write_text(region.text(number)).replace("väntetiderna", "väntetidena")


def test_a_clerical_error_is_shown_and_then_corrected(browser: Browser, region: Region) -> None:
    number = region.distributed()
    path = f"/charters/{number}/correct"
    assert "väntetiderna" in browser.logs_in("helena").get(path).text
    shown = sends(browser, path, text=misspelt(region, number), reason="Ett r för mycket.")
    assert shown.status_code == 200
    assert "väntetidena" in shown.text
    assert "<ins>" in shown.text
    assert len(region.decisions(number)) == 1, "it is only shown so far"
    receipt = sends(browser, path, shown.text, conflict="no")
    assert receipt.url.path == f"/charters/{number}/decision"
    assert "Rättat: Uppdragshandling" in receipt.text
    assert "Tidigare beslut" in receipt.text
    assert [one.what for one in region.decisions(number)] == ["approve", "correct"]
    assert region.papers(number).count("correction") == 2


def test_a_correction_does_not_undo_one_made_meanwhile(browser: Browser, region: Region) -> None:
    number = region.distributed()
    path = f"/charters/{number}/correct"
    browser.logs_in("helena")
    mine, before = misspelt(region, number), browser.get(path).text
    shown = sends(browser, path, before, text=mine, reason="Ett r för mycket.")
    corrected = region.text(number).model_copy(update={"revision": "rättad"})
    region.does("helena", Act.CORRECT, number, on=DECIDED, document=corrected, reason="Utgåvan.")
    refused = sends(browser, path, shown.text, conflict="no")
    assert refused.status_code == 422
    assert "Handlingen har rättats sedan du öppnade sidan." in refused.text
    assert "väntetidena" in refused.text, "what was written is still there"
    assert len(region.decisions(number)) == 2
    assert sends(browser, path, refused.text, text=mine, reason="Ett r.").status_code == 200


def test_another_text_is_no_correction(browser: Browser, region: Region) -> None:
    number = region.distributed()
    browser.logs_in("helena")
    other = write_text(region.text(number)).replace(
        "Följ väntetiderna och kom överens.", "Lägg ned all vård på söndagar."
    )
    path = f"/charters/{number}/correct"
    refused = sends(browser, path, text=other, reason="Fel.")
    assert refused.status_code == 422
    assert "En rättelse får bara gälla skrivfel" in refused.text
    assert "Lägg ned all vård" in refused.text
    assert len(region.decisions(number)) == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reason": "Fel."}, "Texten är densamma som den beslutade."),
        ({"reason": "", "text": "x"}, ""),
        ({"reason": "Fel.", "document": "{}", "confirmed": "yes"}, "är inte hel"),
        ({"reason": "a" * 10_001}, "högst 10000 tecken"),
    ],
)
def test_a_correction_that_is_none_is_refused_in_words(
    browser: Browser, region: Region, fields: dict[str, str], says: str
) -> None:
    number = region.distributed()
    browser.logs_in("helena")
    stands = {"text": write_text(region.text(number)), **fields}
    refused = sends(browser, f"/charters/{number}/correct", None, **stands)
    assert refused.status_code == 422
    assert says in refused.text
    assert len(region.decisions(number)) == 1


def test_a_correction_waits_for_a_new_login_and_is_not_lost(
    browser: Browser, region: Region, clock: Clock
) -> None:
    number = region.distributed()
    path = f"/charters/{number}/correct"
    browser.logs_in("helena")
    clock.forward(minutes=20)
    assert "Du loggade in för 20 minuter sedan" in browser.get(path).text
    asked = sends(browser, path, text=misspelt(region, number), reason="Ett r för mycket.")
    assert asked.url.path == "/login"
    back = browser.logs_in("helena").get(path).text
    assert "Är det här rättelsen?" in back
    assert "väntetidena" in back
    assert "Ett r för mycket." in back
    assert sends(browser, path, back, conflict="no").status_code == 200
    assert len(region.decisions(number)) == 2


# --- ending ---------------------------------------------------------------------------------------


def test_a_charter_is_ended_once_that_is_asked_twice(browser: Browser, region: Region) -> None:
    number = region.distributed()
    path = f"/charters/{number}/discontinue"
    browser.logs_in("helena")
    asked = sends(browser, path, None, **ENDING)
    assert "Ska uppdraget avvecklas?" in asked.text
    assert region.charter(number).discontinue_on is None
    receipt = sends(browser, path, asked.text, confirmed="yes")
    assert receipt.url.path == f"/charters/{number}/decision"
    assert "Avvecklat" in receipt.text
    assert "RS 2026-00900" in receipt.text
    assert region.charter(number).discontinue_on == LATER


def test_what_is_missing_is_said_beside_its_field_and_the_rest_stays(
    browser: Browser, region: Region
) -> None:
    number = region.distributed()
    browser.logs_in("helena")
    path = f"/charters/{number}/discontinue"
    wrong = {**ENDING, "effective_day": "2020-01-01", "registry_number": "", "conflict": ""}
    refused = sends(browser, path, None, **wrong)
    assert refused.status_code == 422
    for field in ("effective_day", "registry_number", "conflict"):
        assert f'<a href="#{field}">' in refused.text
    assert "Rådets frågor hanteras av ett annat råd." in refused.text
    assert "är ingen dag" in sends(browser, path, None, **{**ENDING, "effective_day": "x"}).text
    assert region.charter(number).discontinue_on is None


def test_ending_waits_for_a_new_login_and_keeps_what_was_written(
    browser: Browser, region: Region, clock: Clock
) -> None:
    number = region.distributed()
    browser.logs_in("helena")
    clock.forward(minutes=20)
    for path in (f"/charters/{number}/discontinue", "/groups/rorelse/discontinue"):
        assert sends(browser, path, None, **ENDING).url.path == "/login"
        browser.logs_in("helena")
        back = browser.get(path).text
        assert "RS 2026-00900" in back
        assert "Rådets frågor hanteras" in back
        clock.forward(minutes=20)


def test_a_group_is_ended_with_all_it_has(browser: Browser, region: Region) -> None:
    number = region.distributed()
    draft = region.does("sara", Act.RENEW, on=DECIDED, group="rorelse").charter_id
    path = "/groups/rorelse/discontinue"
    browser.logs_in("helena")
    asked = sends(browser, path, None, **ENDING)
    assert "Ska gruppen avvecklas?" in asked.text
    assert "Uppdraget ”Uppdragshandling för Samordningsråd rörelse”." in asked.text
    assert "läggs ned." in asked.text
    assert "Platser i gruppen som stängs: 4." in asked.text
    assert region.group().discontinued_on is None
    receipt = sends(browser, path, asked.text, confirmed="yes")
    assert receipt.url.path == "/groups/rorelse/decision"
    assert "Gruppen avvecklad: Samordningsråd rörelse" in receipt.text
    assert region.group().discontinued_on == LATER
    assert region.charter(number).discontinue_on == LATER
    assert region.state(draft) is State.DRAFT, "its day has not come"
    papers = re.findall(r'href="(/groups/rorelse/papers/\d+)"', receipt.text)
    paper = browser.get(papers[0])
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    for other in ("999999", "x", "99999999999999999999"):
        assert browser.get(f"/groups/rorelse/papers/{other}").status_code == 404
    assert 'href="/groups/rorelse/decision"' in browser.get("/groups/rorelse").text


def test_a_group_cannot_be_taken_over_by_one_there_is_not(browser: Browser, region: Region) -> None:
    refused = sends(
        browser.logs_in("helena"), "/groups/rorelse/discontinue", None, **ENDING, into="Ingen"
    )
    assert refused.status_code == 422
    assert "Det finns ingen grupp som heter Ingen." in refused.text
    assert "mandat organisation" not in refused.text, "a page tells of no commands"
    assert 'value="Ingen"' in refused.text


@pytest.mark.parametrize("who", ["sara", "bo", "oskar", "dag", None])
def test_ending_and_correcting_are_only_for_the_office(
    browser: Browser, region: Region, who: str | None
) -> None:
    number = region.distributed()
    if who:
        browser.logs_in(who)
    front = browser.get("/").text
    token = token_of(front, "/logout") if who else "x"
    before = region.everything()
    for path in (
        f"/charters/{number}/correct",
        f"/charters/{number}/discontinue",
        "/groups/rorelse/discontinue",
    ):
        assert browser.get(path).status_code == (403 if who else 303)
        sent = {**ENDING, "confirmed": "yes", "token": token}
        assert browser.client.post(path, data=sent).status_code == (403 if who else 401)
    assert region.everything() == before


def test_what_is_not_decided_is_neither_corrected_nor_ended(
    browser: Browser, region: Region
) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    assert browser.get(f"/charters/{number}/correct").status_code == 403
    assert browser.get(f"/charters/{number}/discontinue").status_code == 403
    assert browser.logs_in("dag").get(f"/charters/{number}/correct").status_code == 404


def test_these_pages_speak_english_too(browser: Browser, region: Region) -> None:
    number = region.distributed()
    browser.logs_in("helena").get("/language/en")
    assert "Correct a clerical error" in browser.get(f"/charters/{number}/correct").text
    page = sends(browser, f"/charters/{number}/discontinue", None, **ENDING).text
    assert "Is the charter to end?" in page
    assert "Discontinue the group" in browser.get("/groups/rorelse/discontinue").text
