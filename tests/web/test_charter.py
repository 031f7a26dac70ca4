"""A charter's own page: what it shows to whom, its text and papers, and nobody else's."""

from datetime import date
from typing import Any

from sqlalchemy import event, select

from models.document import Contact, RecipientLine
from models.session import reading
from models.tables import PaperKept
from statemachine.vocabulary import Act
from tests.builders import BEGUN, DAY, DECIDED, Region, a_charter
from tests.web.conftest import Browser, Clock, token_of

WITH_ADDRESSES: dict[str, Any] = {
    "handler": Contact(name="Sara Nyberg", phone="0400-123456", email="sara@sjoviken.example"),
    "recipients": (
        RecipientLine(who="Ordförande för Samordningsråd rörelse", purpose="för genomförande"),
        RecipientLine(who="Koordinator för Samordningsråd rörelse"),
        RecipientLine(who="Registrator", email="oskar@sjoviken.example"),
        RecipientLine(who="dag@sjoviken.example", email="dag@sjoviken.example"),
    ),
}


def test_a_draft_is_as_if_it_were_not_there_for_others(browser: Browser, region: Region) -> None:
    draft = region.draft()
    for path in ("", "/text", "/papers/1", "/receipts"):
        answer = browser.client.get(f"/charters/{draft}{path}")
        assert answer.headers["location"].startswith("/login?next="), path
    browser.logs_in("dag")
    for path in ("", "/text", "/papers/1", "/receipts"):
        assert browser.get(f"/charters/{draft}{path}").status_code == 404, path


def test_a_draft_shows_its_handler_what_can_be_done(browser: Browser, region: Region) -> None:
    draft = region.draft()
    page = browser.logs_in("sara").get(f"/charters/{draft}").text
    for path in ("edit", "submit", "hand-over", "abandon"):
        assert f'href="/charters/{draft}/{path}"' in page
    for path in ("decide", "withdraw", "correct", "discontinue"):
        assert f'href="/charters/{draft}/{path}"' not in page
    assert "handläggaren Sara Nyberg" in page
    assert "utkast som ligger" in page
    assert "påbörjade utkastet" in page


def test_a_case_in_review_is_the_directors_to_read_and_decide(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    charter = region.in_review()
    page = browser.logs_in("helena").get(f"/charters/{charter}").text
    assert f'href="/charters/{charter}/decide"' in page
    assert "beslut av Helena Ask" in page
    assert "påminnelse om beslut" in page
    handlers = another_browser.logs_in("sara").get(f"/charters/{charter}").text
    assert f'href="/charters/{charter}/withdraw"' in handlers
    assert f'href="/charters/{charter}/decide"' not in handlers


def test_a_reviewer_may_give_an_opinion_once(browser: Browser, region: Region) -> None:
    charter = region.in_review()
    region.does("sara", Act.ASK_OPINION, charter, on=DECIDED, to="dag")
    browser.logs_in("dag")
    assert f"/charters/{charter}/opinion" in browser.get(f"/charters/{charter}").text
    region.does("dag", Act.OPINION, charter, on=DECIDED, supports=False, statement="Otydligt.")
    page = browser.get(f"/charters/{charter}").text
    assert f"/charters/{charter}/opinion" not in page
    assert "lämnade synpunkter" in page
    assert "Otydligt." in page


def test_everyone_reads_what_is_decided_and_no_more(browser: Browser, region: Region) -> None:
    charter = region.distributed(document=a_charter(**WITH_ADDRESSES))
    page = browser.get(f"/charters/{charter}").text
    assert "Gäller i dag, till och med 2031-06-17" in page
    assert "Helena Ask" in page
    assert "Delegation 4.1" in page
    assert "1826 dagar kvar" in page
    text = browser.get(f"/charters/{charter}/text").text
    assert "Lika vård i hela regionen." in text
    assert "En e-postadress" in text
    for told in (page, text):
        main = told.split("<main")[1].split("</main")[0]
        assert "@" not in main
        assert "0400-123456" not in main
        for kept in ("Historik", "Brev om handlingen", "Kvittens", "härnäst", "Väntar på"):
            assert kept not in main
    assert browser.logs_in("dag").get(f"/charters/{charter}").text.count("Historik") == 0


def test_those_who_take_part_see_it_all(browser: Browser, region: Region) -> None:
    charter = region.distributed(document=a_charter(**WITH_ADDRESSES))
    page = browser.logs_in("bo").get(f"/charters/{charter}").text
    for shown in (
        "Historik",
        "Brev om handlingen",
        "Kvittenser",
        "årlig uppföljning",
        "fastställde",
    ):
        assert shown.lower() in page.lower(), shown
    assert "Anna Ek" in page
    text = browser.get(f"/charters/{charter}/text").text
    assert "sara@sjoviken.example" in text
    assert "0400-123456" in text
    assert "dag@sjoviken.example" in text


def test_the_text_has_its_headings_and_contents(browser: Browser, region: Region) -> None:
    charter = region.distributed()
    text = browser.get(f"/charters/{charter}/text").text
    assert '<a href="#section-1">Syfte med uppdraget</a>' in text
    assert '<h2 id="section-1">Syfte med uppdraget</h2>' in text
    assert '<a href="#recipients">' in text


def test_what_is_written_in_a_charter_is_only_text(browser: Browser, region: Region) -> None:
    draft = region.draft(document=a_charter(title="<script>alert(1)</script>"))
    browser.logs_in("sara")
    for path in ("", "/text"):
        assert "<script>alert" not in browser.get(f"/charters/{draft}{path}").text


def test_papers_are_handed_out_as_they_were_written(browser: Browser, region: Region) -> None:
    charter = region.distributed()
    (decided,) = _papers(region, charter, "decision")
    answer = browser.get(f"/charters/{charter}/papers/{decided.id}")
    assert answer.content == decided.body
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-cache" in answer.headers["cache-control"]


def test_a_draft_paper_is_for_those_who_take_part(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    charter = region.distributed()
    (draft,) = _papers(region, charter, "draft")
    path = f"/charters/{charter}/papers/{draft.id}"
    assert browser.get(path).status_code == 404
    assert browser.logs_in("dag").get(path).status_code == 404
    assert path not in browser.get(f"/charters/{charter}").text
    assert another_browser.logs_in("sara").get(path).status_code == 200


def test_a_paper_is_found_only_under_its_own_charter(browser: Browser, region: Region) -> None:
    region.with_a_neighbour()
    decided = region.distributed()
    secret = region.in_review("narvard")
    (paper,) = _papers(region, secret, "draft")
    browser.logs_in("sara")
    assert browser.get(f"/charters/{secret}/papers/{paper.id}").status_code == 200
    assert browser.get(f"/charters/{decided}/papers/{paper.id}").status_code == 404


def test_odd_addresses_lead_nowhere(browser: Browser, region: Region) -> None:
    charter = region.distributed()
    browser.logs_in("sara")
    odd = ("x", "0", "-1", "9" * 12, "9" * 5000, "%EF%BC%91", "1.0", "%00")
    for number in odd:
        for path in ("", "/text", "/papers/1", "/receipts"):
            assert browser.get(f"/charters/{number}{path}").status_code == 404, (number, path)
        assert browser.get(f"/charters/{charter}/papers/{number}").status_code == 404, number


def test_whoever_is_on_the_list_acknowledges_once(browser: Browser, region: Region) -> None:
    charter = region.distributed()
    page = f"/charters/{charter}"
    browser.logs_in("anna")
    told = browser.send(page, f"{page}/acknowledge").text
    assert "Anna Ek har läst" in told
    assert "Jag har läst handlingen" not in told
    assert [row.name for row in region.recipients(charter) if row.acknowledged_at] == ["Anna Ek"]


def test_whoever_acknowledges_twice_at_once_is_told_so(browser: Browser, region: Region) -> None:
    charter = region.distributed()
    page = f"/charters/{charter}"
    browser.logs_in("anna")
    token = _token(browser, page, f"{page}/acknowledge")
    browser.client.post(f"{page}/acknowledge", data={"token": token})
    again = browser.client.post(f"{page}/acknowledge", data={"token": token})
    assert again.status_code == 422
    assert "bekräftade redan" in again.text


def test_whoever_is_not_on_the_list_is_not_asked(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    charter = region.distributed()
    page = f"/charters/{charter}"
    assert "Jag har läst" not in browser.logs_in("dag").get(page).text
    assert "Jag har läst" not in another_browser.get(page).text
    token = _token(another_browser, "/login", "/login")
    answer = another_browser.client.post(f"{page}/acknowledge", data={"token": token})
    assert answer.status_code == 401
    assert not any(row.acknowledged_at for row in region.recipients(charter))


def test_earlier_and_later_charters_are_shown_to_those_who_may_read_them(
    browser: Browser, another_browser: Browser, region: Region, clock: Clock
) -> None:
    first = region.distributed()
    later = DECIDED + 30 * DAY
    second = region.successor(on=later)
    third = region.does("sara", Act.RENEW, on=later, group="rorelse").charter_id
    clock.on(later)
    page = browser.get(f"/charters/{first}").text
    assert "Gäller inte längre." in page
    assert "I dag gäller i stället" in page
    assert f'href="/charters/{second}"' in page
    assert f'href="/charters/{third}"' not in page
    own = another_browser.logs_in("sara").get(f"/charters/{second}").text
    assert f'href="/charters/{third}"' in own
    assert f'href="/charters/{first}"' in own
    assert "/cases/new/renew?charter=" not in own


def test_a_decided_charter_is_renewed_by_those_who_write(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    charter = region.distributed()
    for who in ("sara", "bo"):
        page = browser.logs_in(who).get(f"/charters/{charter}").text
        assert f'href="/cases/new/renew?charter={charter}"' in page
    page = another_browser.logs_in("helena").get(f"/charters/{charter}").text
    assert "/cases/new/renew?charter=" not in page
    assert f"/charters/{charter}/correct" in page
    assert f"/charters/{charter}/discontinue" in page


def test_the_history_is_told_in_words(browser: Browser, region: Region) -> None:
    charter = region.in_review()
    region.does("helena", Act.SEND_BACK, charter, on=DECIDED, reason="Skriv om syftet.")
    region.does("sara", Act.HAND_OVER, charter, on=DECIDED, to="elin", reason="Ledig.")
    page = browser.logs_in("elin").get(f"/charters/{charter}").text
    for told in ("återlämnade ärendet", "Skriv om syftet.", "lämnade över ärendet", "Ledig."):
        assert told in page
    assert "beslutsfattare" in page
    assert "send-back" not in page
    browser.get("/language/en")
    english = browser.get(f"/charters/{charter}").text
    assert "sent the case back" in english
    assert "What happens next" in english


def test_a_long_history_is_shown_in_part_unless_all_is_asked_for(
    browser: Browser, region: Region
) -> None:
    draft = region.draft()
    for number in range(30):
        region.does("sara", Act.EDIT, draft, on=BEGUN, document=a_charter(area=f"Område {number}"))
    page = browser.logs_in("sara").get(f"/charters/{draft}").text
    assert page.count("ändrade texten") == 25
    assert "Visa alla 31 händelser" in page
    assert browser.get(f"/charters/{draft}?all=yes").text.count("ändrade texten") == 30


def test_every_place_in_a_life_has_its_page(browser: Browser, region: Region, clock: Clock) -> None:
    charter = region.approved()
    browser.logs_in("sara")
    assert "3 mottagare som inte är nådda" in browser.get(f"/charters/{charter}").text
    region.reached(charter, on=DECIDED)
    for day, shown in (
        (date(2030, 9, 2), "att en förnyelse påbörjas"),
        (date(2031, 7, 1), "Gäller inte längre."),
    ):
        region.live_through(day)
        clock.on(day)
        browser.logs_in("sara")
        page = browser.get(f"/charters/{charter}").text
        assert 'aria-current="step"' in page
        assert shown in page
    abandoned = region.draft(on=date(2031, 7, 1))
    region.does("sara", Act.ABANDON, abandoned, on=date(2031, 7, 1))
    assert "Blev inget uppdrag." in browser.get(f"/charters/{abandoned}").text
    recorded = region.recorded(on=date(2031, 7, 1), **RECORDED).charter_id
    assert "Beslutat före detta system" in browser.get(f"/charters/{recorded}").text


RECORDED: dict[str, Any] = {
    "decided_on": date(2020, 1, 1),
    "valid_from": date(2020, 1, 1),
    "valid_through": date(2024, 12, 31),
}


def test_the_page_asks_as_much_however_long_the_life(browser: Browser, region: Region) -> None:
    charter = region.approved()
    browser.logs_in("sara")
    few = _questions(region, browser, charter)
    region.reached(charter, on=DECIDED)
    region.live_through(date(2029, 1, 1))
    assert few < 60
    assert _questions(region, browser, charter) <= few + 5


def _questions(region: Region, browser: Browser, charter: int) -> int:
    asked: list[str] = []

    def count(*told: Any) -> None:
        asked.append(told[2])

    event.listen(region.engine, "before_cursor_execute", count)
    assert browser.get(f"/charters/{charter}").status_code == 200
    event.remove(region.engine, "before_cursor_execute", count)
    return len(asked)


def _papers(region: Region, charter: int, what: str) -> list[Any]:
    with reading(region.engine) as connection:
        return list(
            connection.execute(
                select(PaperKept).where(PaperKept.charter_id == charter, PaperKept.paper == what)
            )
        )


def _token(browser: Browser, page: str, action: str) -> str:
    return token_of(browser.get(page).text, action)
