"""The cases: piles by what is to be done, searched as Swedish is read, never anyone else's."""

from datetime import date
from typing import Any

from sqlalchemy import event

from models.session import transaction
from models.tables import Recipient
from statemachine.vocabulary import Act
from tests.builders import BEGUN, DECIDED, Region, a_charter, an_executive_decision
from tests.web.conftest import Browser, Clock

HERE = "/cases"


def test_a_desk_without_cases_leads_to_a_new_draft(browser: Browser, region: Region) -> None:
    page = browser.logs_in("sara").get(HERE)
    assert page.status_code == 200
    assert "Inga ärenden väntar" in page.text
    assert 'href="/cases/new"' in page.text


def test_whoever_has_no_cases_and_no_duty_is_told_whom_it_is_for(
    browser: Browser, region: Region
) -> None:
    assert browser.logs_in("dag").get(HERE).status_code == 403


def test_a_draft_lies_among_the_drafts_and_leads_to_its_editor(
    browser: Browser, region: Region
) -> None:
    draft = region.draft()
    page = browser.logs_in("sara").get(HERE).text
    assert "Utkast" in page
    assert f'href="/charters/{draft}/edit"' in page
    assert "handläggaren Sara Nyberg" in page
    assert "(2 arbetsdagar)" in page


def test_a_case_in_review_waits_for_whoever_decides(browser: Browser, region: Region) -> None:
    region.in_review()
    page = browser.logs_in("sara").get(HERE).text
    assert "Väntar på andra" in page
    assert f"beslut av Helena Ask, sedan {BEGUN}" in " ".join(page.split())


def test_what_was_sent_back_needs_its_handler_now(browser: Browser, region: Region) -> None:
    charter = region.in_review()
    region.does("helena", Act.SEND_BACK, charter, on=DECIDED, reason="Skriv om syftet.")
    page = browser.logs_in("sara").get(HERE).text
    assert "Behöver dig nu" in page
    assert "Återlämnat av den som beslutar" in page
    region.does("sara", Act.EDIT, charter, on=DECIDED, document=a_charter(area="Reumatologi"))
    assert "Behöver dig nu" not in browser.get(HERE).text


def test_an_opinion_asked_for_lies_on_the_reviewers_desk_alone(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=DECIDED, to="dag")
    page = browser.logs_in("dag").get(HERE).text
    assert "Yttrande som du ska lämna" in page
    assert f'href="/charters/{charter}/opinion"' in page
    assert "Nytt utkast" not in page
    others = another_browser.logs_in("sara").get(HERE).text
    assert "Yttrande som du ska lämna" not in others
    assert "yttrande av Dag Hall" in others
    region.does("dag", Act.OPINION, charter, on=DECIDED, supports=True, statement="Bra.")
    assert browser.get(HERE).status_code == 200
    assert "Yttrande som du ska lämna" not in browser.get(HERE).text


def test_someone_who_was_not_reached_needs_the_handler(browser: Browser, region: Region) -> None:
    charter = region.approved()
    page = browser.logs_in("sara").get(HERE).text
    assert "Beslutat och expedieras" in page
    assert "3 mottagare som inte är nådda" in page
    _bounced(region, charter)
    page = browser.get(HERE).text
    assert "Mottagare som inte har nåtts" in page
    assert f'href="/charters/{charter}/receipts"' in page


def test_what_was_decided_lately_is_shown_last(browser: Browser, region: Region) -> None:
    region.distributed()
    page = browser.logs_in("sara").get(HERE).text
    assert "Beslutat på sistone" in page
    assert "Gäller till och med 2031-06-17" in page


def test_what_runs_out_with_nothing_to_follow_needs_a_renewal(
    browser: Browser, region: Region, clock: Clock
) -> None:
    region.distributed()
    region.live_through(date(2030, 9, 2))
    clock.on(date(2030, 9, 2))
    browser.logs_in("sara")
    assert "Löper ut utan att något tar vid" in browser.get(HERE).text
    region.does("sara", Act.RENEW, on=date(2030, 9, 2), group="rorelse")
    page = browser.get(HERE).text
    assert "Löper ut utan att något tar vid" not in page
    assert "Gällande uppdrag löper ut 2031-06-17, om 288 dagar" in page


def test_a_handler_sees_no_one_elses_cases(browser: Browser, region: Region) -> None:
    region.draft()
    page = browser.logs_in("elin").get(f"{HERE}?handler=sara").text
    assert "Inga ärenden väntar" in page
    assert "Uppdragshandling" not in page.split("<main")[1].split("</main")[0]


def test_a_registry_keeper_sees_everyones_and_may_choose(browser: Browser, region: Region) -> None:
    region.draft()
    page = browser.logs_in("oskar").get(HERE).text
    assert "handläggs av Sara Nyberg" in page
    assert "Nytt utkast" not in page
    assert '<option value="elin"' in page
    assert "handläggs av Sara" in browser.get(f"{HERE}?handler=sara").text
    assert "handläggs av Sara" not in browser.get(f"{HERE}?handler=elin").text


def test_what_is_sought_is_found_however_it_is_cased(browser: Browser, region: Region) -> None:
    region.draft(document=a_charter(title="Uppdragshandling för Samordningsråd Rörelse"))
    browser.logs_in("sara")
    for search in ("RÖRELSE", "rörelse uppdrag", "rs 2026-00412", "nyberg", "ö"):
        assert "handläggaren Sara Nyberg" in browser.get(f"{HERE}?q={search}").text, search


def test_what_is_not_there_is_not_found(browser: Browser, region: Region) -> None:
    region.draft()
    browser.logs_in("sara")
    for search in ("rorelse", "%", "_", "\\", "rörelse saknas", "'"):
        page = browser.client.get(HERE, params={"q": search})
        assert page.status_code == 200
        assert "Inget ärende innehåller" in page.text, search


def test_odd_questions_get_the_desk(browser: Browser, region: Region) -> None:
    region.draft()
    browser.logs_in("sara")
    for asked in ("?page=x", "?page=-1", "?page=99999999999", "?pile=nothing", "?handler=%22"):
        page = browser.get(HERE + asked)
        assert page.status_code == 200, asked
        assert "handläggaren Sara Nyberg" in page.text, asked


def test_one_pile_is_leafed_through(browser: Browser, region: Region) -> None:
    for number in range(26):
        title = f"Roll nummer {number}"
        document = an_executive_decision(title=title)
        region.draft(document=document, subject=title)
    page = browser.logs_in("sara").get(HERE).text
    assert 'href="/cases?pile=drafts"' in page
    assert "Visa alla 26" in page
    first = browser.get(f"{HERE}?pile=drafts").text
    assert "Sida 1 av 2" in first
    assert 'href="/cases?pile=drafts&amp;page=2"' in first
    assert "Roll nummer 25" in browser.get(f"{HERE}?pile=drafts&page=2").text
    assert browser.get(f"{HERE}?pile=drafts&page=3").status_code == 200


def test_the_cases_speak_english(browser: Browser, region: Region) -> None:
    region.in_review()
    browser.logs_in("sara").get("/language/en")
    page = browser.get(HERE).text
    assert "My cases" in page
    assert "a decision by Helena Ask" in page


def test_the_page_asks_as_much_however_many_cases_there_are(
    browser: Browser, region: Region
) -> None:
    region.draft()
    browser.logs_in("oskar")
    few = _questions(region, browser)
    for number in range(12):
        title = f"Roll nummer {number}"
        document = an_executive_decision(title=title)
        charter = region.draft(document=document, subject=title)
        if number % 2:
            region.submitted(charter, on=BEGUN)
    assert _questions(region, browser) <= few + 3
    assert few < 30


def _questions(region: Region, browser: Browser) -> int:
    asked: list[str] = []

    def count(*told: Any) -> None:
        asked.append(told[2])

    event.listen(region.engine, "before_cursor_execute", count)
    assert browser.get(HERE).status_code == 200
    event.remove(region.engine, "before_cursor_execute", count)
    return len(asked)


def _bounced(region: Region, charter: int) -> None:
    with transaction(region.engine) as connection:
        connection.execute(
            Recipient.__table__.update()  # type: ignore[attr-defined]
            .where(Recipient.charter_id == charter, Recipient.place == 1)
            .values(outcome="bounced", outcome_note="550 No such mailbox")
        )
