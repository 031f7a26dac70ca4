"""The decider's pages: the queue, a case on one screen, the decision, and its receipt."""

import re
from datetime import date, timedelta

import pytest
from httpx import Response
from sqlalchemy import event

from statemachine.vocabulary import Act, Letter, State
from tests.builders import BEGUN, DAY, DECIDED, Region, with_tasks
from tests.web.conftest import Browser, Clock, token_of
from web.house import House

NEXT_DAY = DECIDED + DAY


def answers(
    browser: Browser, number: int, act: str = "approve", *, page: str | None = None, **fields: str
) -> Response:
    """Send the form of the case as it was shown, with the button of this act."""
    shown = page or browser.get(f"/charters/{number}/decide").text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', shown))
    hidden["token"] = token_of(shown, f"/charters/{number}/approve")
    return browser.client.post(
        f"/charters/{number}/{act}", data={**hidden, **fields}, follow_redirects=True
    )


def revised(region: Region, *, on: date = BEGUN) -> int:
    """A renewal with other tasks, sent for decision."""
    number = region.does("sara", Act.RENEW, on=on, group="rorelse").charter_id
    other = with_tasks(region.text(number), "Följ väntetiderna varje kvartal och rapportera.")
    region.does("sara", Act.EDIT, number, on=on, document=other)
    region.submitted(number, on=on)
    return number


def test_the_queue_tells_what_waits_and_for_how_long(browser: Browser, region: Region) -> None:
    number = region.in_review()
    page = browser.logs_in("helena").get("/decisions").text
    assert f'href="/charters/{number}/decide"' in page
    assert "Uppdragshandling för Samordningsråd rörelse" in page
    assert "Har väntat 2 arbetsdagar" in page
    assert "Inget uppdrag gäller nu." in page
    assert "Föredragande: Sara Nyberg" in page
    assert 'href="/decisions" aria-current="page"' in page


def test_the_queue_tells_what_changes_and_when_what_is_in_force_ends(
    browser: Browser, region: Region, clock: Clock
) -> None:
    region.distributed(on=DECIDED)
    revised(region, on=NEXT_DAY)
    clock.on(NEXT_DAY)
    page = browser.logs_in("helena").get("/decisions").text
    assert "Texten är ändrad i Uppdragsbeskrivning" in page
    assert "Kom in i dag" in page
    assert "Det som gäller nu löper ut 2031-06-17" in page
    assert "Det första uppdraget" not in page


def test_an_empty_queue_says_what_happens_next(browser: Browser, region: Region) -> None:
    page = browser.logs_in("helena").get("/decisions").text
    assert "Inget väntar på ditt beslut." in page
    assert "Här visas det du har beslutat" in page


def test_the_queue_is_for_those_who_decide(browser: Browser, region: Region) -> None:
    assert browser.get("/decisions").headers["location"].startswith("/login?next=")
    assert browser.logs_in("sara").get("/decisions").status_code == 403


def test_a_case_is_told_on_one_screen(browser: Browser, region: Region, clock: Clock) -> None:
    old = region.distributed(on=DECIDED)
    number = revised(region, on=NEXT_DAY)
    region.does("sara", Act.ASK_OPINION, number, on=NEXT_DAY, to="rolf")
    region.does("rolf", Act.OPINION, number, on=NEXT_DAY, supports=False, statement="Vem <kallar>?")
    clock.on(NEXT_DAY)
    page = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    assert "Texten är ändrad i Uppdragsbeskrivning" in page
    assert "<ins>" in page
    assert "<strong>2026-06-18</strong> till och med <strong>2031-06-18</strong>" in page
    assert "Rolf Sund</strong>: har synpunkter" in page
    assert "Vem &lt;kallar&gt;?" in page
    assert "gäller till och med 2026-06-17, och inte längre" in page
    assert "Brev som skickas: 6." in page
    assert '<span class="date">2030-06-18</span>' in page
    assert f"/charters/{number}/papers/" in page
    assert f'href="/charters/{number}/text"' in page
    assert region.in_force(old) == (DECIDED, date(2031, 6, 17)), "nothing has happened yet"
    region.decided(number, on=NEXT_DAY)
    assert len(region.letters(Letter.OUTCOME, Letter.DISTRIBUTION, charter=number)) == 6
    assert region.in_force(old) == (DECIDED, DECIDED), "and then what was said came true"


def test_a_first_day_already_past_becomes_the_decision_day_and_is_shown(
    browser: Browser, region: Region
) -> None:
    number = region.in_review(valid_from=DECIDED - DAY)
    page = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    assert "Handläggaren föreslog 2026-06-16, som har passerat." in page
    assert "<strong>2026-06-17</strong> till och med <strong>2031-06-17</strong>" in page


def test_answering_and_approving_is_all_it_takes(
    browser: Browser, region: Region, clock: Clock
) -> None:
    number = region.in_review()
    waits = region.with_a_neighbour().in_review("narvard")
    browser.logs_in("helena")
    receipt = answers(browser, number, conflict="no", others_present="Gun Åberg")
    assert receipt.url.path == f"/charters/{number}/decision"
    assert "Fastställt: Uppdragshandling för Samordningsråd rörelse." in receipt.text
    assert region.state(number) is State.APPROVED
    decision = region.decisions(number)[0]
    assert decision.conflict == "no"
    assert decision.others_present == "Gun Åberg"
    assert decision.authentication_method == "e-mailed one-time code"
    assert decision.content_hash in receipt.text
    assert "engångskod med e-post" in receipt.text
    assert "brev är på väg" in receipt.text
    assert f"/charters/{waits}/decide" in receipt.text
    assert "(1 kvar)" in receipt.text
    assert f"/charters/{number}/papers/" in receipt.text
    assert f'href="/charters/{number}/decision"' in browser.get("/decisions").text


def test_the_receipt_is_found_again_by_anyone_and_there_is_none_before_the_decision(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    number = region.in_review()
    assert browser.logs_in("helena").get(f"/charters/{number}/decision").status_code == 404
    region.decided(number, on=DECIDED)
    assert (
        "terminal, på operatörens ord" in another_browser.get(f"/charters/{number}/decision").text
    )


def test_without_an_answer_nothing_is_decided_and_what_was_written_stays(
    browser: Browser, region: Region
) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    refused = answers(browser, number, others_present="Gun Åberg")
    assert refused.status_code == 422
    assert '<a href="#conflict">Svara på frågan om jäv innan du beslutar.</a>' in refused.text
    assert 'value="Gun Åberg"' in refused.text
    assert region.state(number) is State.REVIEW


def test_a_yes_does_not_decide_and_points_at_the_stand_in(browser: Browser, region: Region) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    refused = answers(browser, number, conflict="yes")
    assert refused.status_code == 422
    assert "Tryck på Lämna till ersättare." in refused.text
    assert region.state(number) is State.REVIEW


def test_a_case_is_sent_back_with_its_reason(browser: Browser, region: Region) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    told = answers(browser, number, "send-back", reason="Till vem rapporterar rådet?")
    assert told.url.path == "/decisions"
    assert "Återlämnat till handläggaren" in told.text
    assert region.state(number) is State.DRAFT
    assert region.journal(number, Act.SEND_BACK)[0].reason == "Till vem rapporterar rådet?"


def test_sending_back_takes_a_reason(browser: Browser, region: Region) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    refused = answers(browser, number, "send-back", reason="  ", conflict="no")
    assert refused.status_code == 422
    assert '<a href="#reason">Ange skälet.</a>' in refused.text
    assert 'value="no" checked' in refused.text
    assert region.state(number) is State.REVIEW


def test_a_conflict_lets_the_stand_in_decide_though_their_dates_lie_ahead(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    region.stands_in("mikael", on=BEGUN, from_=date(2026, 7, 6), through=date(2026, 7, 31))
    number = region.in_review()
    assert another_browser.logs_in("mikael").get(f"/charters/{number}/decide").status_code == 404
    told = answers(browser.logs_in("helena"), number, "declare-conflict")
    assert "ligger nu hos Mikael Lindvall." in told.text
    own = browser.get(f"/charters/{number}/decide").text
    assert "Du har anmält jäv i ärendet" in own
    assert '<form method="post" action="/charters' not in own
    assert answers(another_browser, number, conflict="no").status_code == 200
    assert region.decisions(number)[0].standing_in_for == "Helena Ask"


def test_a_conflict_with_no_stand_in_says_who_has_been_told(
    browser: Browser, region: Region
) -> None:
    number = region.in_review()
    told = answers(browser.logs_in("helena"), number, "declare-conflict")
    assert "Ingen ersättare är utsedd." in told.text


def test_a_case_withdrawn_meanwhile_is_not_decided_and_the_page_says_so(
    browser: Browser, region: Region
) -> None:
    number = region.in_review()
    shown = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    region.does("sara", Act.WITHDRAW, number, on=DECIDED)
    refused = answers(browser, number, page=shown, conflict="no")
    assert refused.status_code == 422
    assert "Sara Nyberg återkallade ärendet 2026-06-17." in refused.text
    assert region.state(number) is State.DRAFT


def test_a_case_submitted_anew_meanwhile_is_read_again_before_it_is_decided(
    browser: Browser, region: Region
) -> None:
    number = region.in_review()
    shown = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    region.does("sara", Act.WITHDRAW, number, on=DECIDED)
    region.submitted(number, on=DECIDED)
    refused = answers(browser, number, page=shown, conflict="no")
    assert refused.status_code == 422
    assert "Sara Nyberg skickade ärendet för beslut på nytt 2026-06-17." in refused.text
    assert 'value="no" checked' in refused.text
    assert region.state(number) is State.REVIEW
    assert answers(browser, number, conflict="no").status_code == 200
    assert region.state(number) is State.APPROVED


def test_an_answer_kept_from_an_earlier_round_is_asked_for_again(
    browser: Browser, region: Region, clock: Clock
) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    clock.forward(minutes=20)
    answers(browser, number, "decide", conflict="no", reason="Vem kallar?")
    region.does("sara", Act.WITHDRAW, number, on=DECIDED)
    region.submitted(number, on=DECIDED)
    page = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    assert 'value="no" checked' not in page
    assert "Vem kallar?" in page


def test_what_a_decider_wrote_is_no_writing_of_the_draft(
    browser: Browser, region: Region, clock: Clock
) -> None:
    """A handler who stood in for the office, and was handed the case once it was withdrawn."""
    region.stands_in("elin", on=BEGUN, from_=BEGUN)
    number = region.in_review()
    browser.logs_in("elin")
    clock.forward(minutes=20)
    answers(browser, number, "decide", reason="Vem kallar?")
    region.does("sara", Act.WITHDRAW, number, on=DECIDED)
    region.does("sara", Act.HAND_OVER, number, on=DECIDED, to="elin")
    page = browser.logs_in("elin").get(f"/charters/{number}/edit")
    assert page.status_code == 200
    assert "Samordningsråd rörelse" in page.text


def test_a_second_conflict_is_not_handed_back_to_the_first(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    number = region.in_review()
    answers(browser.logs_in("helena"), number, "declare-conflict")
    told = answers(another_browser.logs_in("mikael"), number, "declare-conflict")
    assert "ligger nu hos" not in told.text
    assert "Ingen ersättare är utsedd." in told.text


def test_a_text_that_was_not_shown_is_not_decided(browser: Browser, region: Region) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    for fields in ({"hash": "0" * 64}, {"round": "7"}, {"round": "x"}, {"hash": ""}):
        refused = answers(browser, number, conflict="no", **fields)
        assert refused.status_code == 422
        assert region.state(number) is State.REVIEW


def test_two_who_decide_at_once_leave_one_decision(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN)
    number = region.in_review()
    shown = another_browser.logs_in("mikael").get(f"/charters/{number}/decide").text
    answers(browser.logs_in("helena"), number, conflict="no")
    refused = answers(another_browser, number, page=shown, conflict="no", reason="Bra.")
    assert refused.status_code == 422
    assert "Helena Ask fastställde handlingen 2026-06-17." in refused.text
    assert f'href="/charters/{number}/decision"' in refused.text
    assert "Bra." in refused.text
    assert len(region.decisions(number)) == 1


def test_an_old_login_is_said_and_shown_anew_and_nothing_written_is_lost(
    browser: Browser, region: Region, clock: Clock
) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    clock.forward(minutes=20)
    page = browser.get(f"/charters/{number}/decide").text
    assert "Du loggade in för 20 minuter sedan." in page
    asked = answers(browser, number, conflict="no", others_present="Gun Åberg")
    assert asked.url.path == "/login"
    assert asked.url.params["next"] == f"/charters/{number}/decide"
    assert "Inget är beslutat ännu." in asked.text
    assert region.state(number) is State.REVIEW
    back = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    assert 'value="Gun Åberg"' in back
    assert 'value="no" checked' in back
    assert answers(browser, number, conflict="no").url.path == f"/charters/{number}/decision"
    assert region.state(number) is State.APPROVED


def test_whoever_confirms_who_they_are_first_keeps_a_long_reason_too(
    browser: Browser, region: Region, clock: Clock
) -> None:
    number = region.in_review()
    reason = "Det framgår inte till vem rådet rapporterar. " * 200
    browser.logs_in("helena")
    clock.forward(minutes=20)
    asked = answers(browser, number, "decide", reason=reason)
    assert asked.url.path == "/login"
    assert reason.strip() in browser.logs_in("helena").get(f"/charters/{number}/decide").text


def test_sending_back_needs_no_new_login(browser: Browser, region: Region, clock: Clock) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    clock.forward(minutes=20)
    answers(browser, number, "send-back", reason="Vem kallar?")
    assert region.state(number) is State.DRAFT


@pytest.mark.parametrize(
    ("who", "code"), [("sara", 403), ("bo", 403), ("oskar", 403), ("dag", 404)]
)
def test_a_case_is_only_for_whoever_can_decide_it(
    browser: Browser, region: Region, who: str, code: int
) -> None:
    number = region.in_review()
    browser.logs_in(who)
    assert browser.get(f"/charters/{number}/decide").status_code == code
    token = token_of(browser.get("/").text, "/logout")
    row = region.charter(number)
    for act in ("approve", "send-back", "declare-conflict", "decide"):
        refused = browser.client.post(
            f"/charters/{number}/{act}",
            data={
                "token": token,
                "round": "1",
                "hash": row.content_hash,
                "conflict": "no",
                "reason": "Nej.",
            },
        )
        assert refused.status_code == code, act
    assert region.charter(number) == row


def test_nobody_decides_without_a_login_or_without_a_form(browser: Browser, region: Region) -> None:
    number = region.in_review()
    assert browser.get(f"/charters/{number}/decide").status_code == 303
    assert browser.client.post(f"/charters/{number}/approve", data={}).status_code == 401
    browser.logs_in("helena")
    row = region.charter(number)
    blindly = {"round": "1", "hash": row.content_hash, "conflict": "no"}
    assert browser.client.post(f"/charters/{number}/approve", data=blindly).status_code == 403
    assert region.charter(number) == row


def test_nobody_decides_what_they_submitted_themselves(browser: Browser, region: Region) -> None:
    region.stands_in("sara", on=BEGUN, from_=BEGUN)
    number = region.in_review()
    page = browser.logs_in("sara").get(f"/charters/{number}/decide").text
    assert "Den som skickade ärendet för beslut får inte själv besluta det." in page
    assert "Inget väntar på ditt beslut" in browser.get("/decisions").text
    assert answers(browser, number, conflict="no").status_code == 422
    assert region.state(number) is State.REVIEW


def test_an_office_that_lost_its_authority_is_told_so(browser: Browser, region: Region) -> None:
    number = region.in_review()
    region.authority_ends(on=DECIDED, through=DECIDED - DAY)
    page = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    assert "har inte rätt att besluta detta i dag" in page


def test_what_is_too_long_is_refused_in_words(browser: Browser, region: Region) -> None:
    number = region.in_review()
    refused = answers(browser.logs_in("helena"), number, "send-back", reason="a" * 10_001)
    assert refused.status_code == 422
    assert "högst 10000 tecken" in refused.text
    assert region.state(number) is State.REVIEW


def test_the_pages_speak_english_too(browser: Browser, region: Region) -> None:
    number = region.in_review()
    browser.logs_in("helena").get("/language/en")
    assert "One case waits for your decision." in browser.get("/decisions").text
    page = browser.get(f"/charters/{number}/decide").text
    assert "I have no conflict" in page
    assert "If you approve" in page
    receipt = answers(browser, number, conflict="no").text
    assert "Approved: Uppdragshandling" in receipt
    assert "letters are on their way" in receipt


@pytest.mark.parametrize("page", ["0", "7", "x", "-1", "99999999999999999999"])
def test_a_page_there_is_not_shows_one_there_is(
    browser: Browser, region: Region, page: str
) -> None:
    region.in_review()
    assert "Ett ärende väntar" in browser.logs_in("helena").get(f"/decisions?page={page}").text


def test_the_queue_asks_as_much_of_many_as_of_few(
    browser: Browser, region: Region, house: House, clock: Clock
) -> None:
    region.with_a_neighbour().in_review()
    browser.logs_in("helena").get("/decisions")
    asked: list[str] = []
    event.listen(house.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    browser.get("/decisions")
    for_one = len(asked)
    region.in_review("narvard")
    asked.clear()
    assert "2 ärenden" in browser.get("/decisions").text
    assert len(asked) == for_one <= 20


def test_a_case_asks_a_bounded_number_of_questions(
    browser: Browser, region: Region, house: House
) -> None:
    number = region.in_review()
    browser.logs_in("helena")
    asked: list[str] = []
    event.listen(house.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    browser.get(f"/charters/{number}/decide")
    assert len(asked) <= 35, "\n".join(asked)


def test_a_stand_in_is_told_in_whose_place_they_decide(browser: Browser, region: Region) -> None:
    region.stands_in("mikael", on=BEGUN, from_=BEGUN, through=DECIDED + timedelta(weeks=3))
    number = region.in_review()
    browser.logs_in("mikael")
    assert "(du ersätter)" in browser.get("/decisions").text
    assert "i stället för Helena Ask" in browser.get(f"/charters/{number}/decide").text


def test_what_the_handler_said_as_it_was_submitted_is_read_by_the_decider(
    browser: Browser, region: Region
) -> None:
    number = region.draft()
    region.submitted(number, on=BEGUN, reason="Behövs före <fredag>.", answer="Så är det här.")
    page = browser.logs_in("helena").get(f"/charters/{number}/decide").text
    assert "”Behövs före &lt;fredag&gt;.”" in page
    assert "”Så är det här.”" in page
    region.with_a_neighbour()
    other = region.in_review("narvard")
    assert "Sagt när det skickades" not in browser.get(f"/charters/{other}/decide").text
