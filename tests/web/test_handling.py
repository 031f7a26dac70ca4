"""From draft to decision: the check list, submitting, taking back, handing over, opinions."""

from collections.abc import Callable
from typing import Any

import pytest

from models.document import RecipientLine
from statemachine.vocabulary import Act, Letter, State
from tests.builders import BEGUN, DAY, DECIDED, LAST_DAY, Region, a_charter, with_tasks
from tests.web.conftest import Browser, Clock
from tests.web.filled_in import FilledIn


@pytest.fixture
def sara(browser: Browser, region: Region) -> Browser:
    return browser.logs_in("sara")


def the(act: str, browser: Browser, number: int) -> FilledIn:
    path = f"/charters/{number}/{act}"
    return FilledIn(browser, path, path)


def test_a_draft_without_errors_is_submitted_when_the_question_is_answered(
    sara: Browser, region: Region
) -> None:
    number = region.draft()
    page = sara.get(f"/charters/{number}/submit").text
    assert "Texten har inga fel" in page
    assert "Sjukvårdsdirektör (Helena Ask)" in page
    assert "från 2026-06-17 till och med 2031-06-17, om det beslutas i dag" in page
    assert "Oskar Dahl" in page, "who is behind each line of the list"
    unanswered = the("submit", sara, number).send()
    assert unanswered.status_code == 422
    assert '<a href="#conflict">Föredraganden ska svara på frågan om jäv' in unanswered.text
    assert '<fieldset class="question wrong" id="conflict"' in unanswered.text
    assert region.state(number) is State.DRAFT
    form = the("submit", sara, number).into("conflict", "no").write(presenter="Gun Åberg")
    answer = sara.client.post(form.action, data=form.says)
    assert answer.headers["location"] == f"/charters/{number}"
    assert region.state(number) is State.REVIEW
    assert region.journal(number)[-1].details == {"presenter": "Gun Åberg", "conflict": "no"}
    assert len(region.letters(Letter.DECISION_REQUEST)) == 1


def test_every_hindrance_is_named_at_once_and_leads_to_its_field(
    sara: Browser, region: Region
) -> None:
    text = with_tasks(a_charter(registry_number=None), "xxx").model_copy(
        update={"recipients": (*a_charter().recipients, RecipientLine(who="Nils Okänd"))}
    )
    number = region.draft(document=text)
    region.authority_ends(on=BEGUN, through=BEGUN)
    page = sara.get(f"/charters/{number}/submit").text
    assert "Det här står i vägen (4)" in page
    for at in ("registry_number", "sections.tasks", "office"):
        assert f'href="/charters/{number}/edit?at={at}"' in page
    assert 'href="#instead-4"' in page
    there = sara.get(f"/charters/{number}/edit?at=sections.tasks")
    assert there.headers["location"] == f"/charters/{number}/edit#section-1-text"
    assert 'id="section-1-text"' in sara.get(f"/charters/{number}/edit").text
    refused = the("submit", sara, number).into("conflict", "no").write(reason="Hej").send()
    assert refused.status_code == 422
    assert "Diarienummer" in refused.text
    assert region.state(number) is State.DRAFT


def test_whoever_gets_it_instead_is_named_on_the_page(sara: Browser, region: Region) -> None:
    lines = (*a_charter().recipients, RecipientLine(who="Nils Okänd"))
    number = region.draft(document=a_charter(recipients=lines))
    form = the("submit", sara, number).into("conflict", "no")
    nobody = form.write(instead_4="ingen-alls").send()
    assert nobody.status_code == 422
    assert 'value="ingen-alls"' in nobody.text
    FilledIn(sara, nobody, form.action).write(instead_4="dag@sjoviken.example").send()
    assert region.state(number) is State.REVIEW
    assert region.charter(number).instead == {"4": "dag@sjoviken.example"}


def test_chair_and_liaison_of_one_administration_is_to_be_answered(
    sara: Browser, region: Region
) -> None:
    region.takes_seat("dag", "liaison", on=BEGUN)
    number = region.draft()
    form = the("submit", sara, number).into("conflict", "no")
    refused = form.send()
    assert refused.status_code == 422
    assert 'href="#answer"' in refused.text
    assert "båda från Sjukhuset" in refused.text
    FilledIn(sara, refused, form.action).write(answer="Bara i år.").send()
    assert region.journal(number)[-1].details["answer"] == "Bara i år."


def test_a_presenter_in_conflict_is_told_to_hand_over(sara: Browser, region: Region) -> None:
    number = region.draft()
    answer = the("submit", sara, number).into("conflict", "yes").send()
    assert answer.status_code == 422
    assert "Lämna över ärendet till en annan handläggare" in answer.text
    assert 'value="yes" checked' in answer.text


def test_a_case_is_withdrawn_with_a_reason(sara: Browser, region: Region) -> None:
    number = region.in_review()
    answer = the("withdraw", sara, number).write(reason="Fel bilaga").send()
    assert answer.url.path == f"/charters/{number}/edit"
    assert region.journal(number)[-1].reason == "Fel bilaga"


def test_a_draft_is_abandoned_after_being_asked_once_more(sara: Browser, region: Region) -> None:
    number = region.draft()
    form = the("abandon", sara, number)
    assert "Lägga ned utkastet?" in sara.get(form.action).text
    sara.client.post(form.action, data=form.says)
    assert region.state(number) is State.ABANDONED
    again = sara.client.post(form.action, data=form.says)
    assert again.status_code == 422


def test_it_is_handed_over_to_a_handler(sara: Browser, region: Region) -> None:
    number = region.draft()
    form = the("hand-over", sara, number)
    assert "Sara Nyberg</option>" not in sara.get(form.action).text
    nobody = form.write(reason="Semester").send()
    assert nobody.status_code == 422
    assert "Semester</textarea>" in nobody.text
    assert form.write(to="dag").send().status_code == 422
    sara.client.post(form.action, data=form.write(to="elin").says)
    assert region.charter(number).handler_id == region.person("elin").id
    assert region.letters(Letter.HANDED_OVER)


def test_an_opinion_is_asked_for_read_about_and_given(
    sara: Browser, another_browser: Browser, region: Region
) -> None:
    number = region.in_review()
    form = the("ask-opinion", sara, number)
    unknown = form.write(of="Nils Okänd", reason="Räcker fyra möten?").send()
    assert unknown.status_code == 422
    assert "Räcker fyra möten?" in unknown.text
    asked = form.write(of="dag hall").send()
    assert "Dag Hall har fått en begäran om yttrande." in asked.text
    assert "har inte svarat än" in asked.text
    another_browser.logs_in("dag")
    form = the("opinion", another_browser, number)
    page = another_browser.get(form.action).text
    assert "Följ väntetiderna och kom överens." in page
    unchosen = form.write(statement="Bra.").send()
    assert unchosen.status_code == 422
    assert 'href="#supports"' in unchosen.text
    assert "Bra.</textarea>" in unchosen.text
    sent = another_browser.client.post(form.action, data=form.into("supports", "no").says)
    assert sent.status_code == 303
    assert region.journal(number)[-1].details == {"supports": False}
    assert "har synpunkter. Bra." in sara.get(f"/charters/{number}/ask-opinion").text
    assert "Du har redan yttrat dig" in another_browser.get(form.action).text
    assert another_browser.client.post(form.action, data=form.says).status_code == 422


@pytest.mark.parametrize("act", ["submit", "withdraw", "abandon", "hand-over", "ask-opinion"])
def test_an_act_that_is_somebody_elses_says_whose(
    browser: Browser, region: Region, act: str
) -> None:
    begun: Callable[..., Any] = (
        region.in_review if act in ("withdraw", "ask-opinion") else region.draft
    )
    number = begun()
    browser.logs_in("bo")
    page = browser.get(f"/charters/{number}/{act}")
    assert page.status_code == 200
    assert "Bo Lund kan inte" in page.text
    assert f'action="/charters/{number}/{act}"' not in page.text
    before = region.everything()
    sent = sneaked(browser, f"/charters/{number}/{act}")
    assert sent == 422
    assert region.everything() == before


def sneaked(browser: Browser, path: str) -> int:
    """What becomes of a form that no page gave, with a token that one did."""
    form = FilledIn(browser, "/", "/logout")
    data = {"token": form["token"], "to": "elin", "of": "dag", "conflict": "no"}
    return browser.client.post(path, data=data).status_code


@pytest.mark.parametrize(
    "act", ["submit", "withdraw", "abandon", "hand-over", "ask-opinion", "opinion", "edit"]
)
def test_strangers_learn_nothing_of_a_draft(browser: Browser, region: Region, act: str) -> None:
    number = region.draft()
    browser.logs_in("dag")
    assert browser.get(f"/charters/{number}/{act}").status_code == 404
    assert sneaked(browser, f"/charters/{number}/{act}") == 404
    assert [row.act for row in region.journal(number)] == [Act.DRAFT]


def test_they_speak_english_too(sara: Browser, region: Region) -> None:
    number = region.draft()
    sara.get("/language/en?next=/")
    assert (
        "Has the presenter a conflict of interest?" in sara.get(f"/charters/{number}/submit").text
    )
    assert "Abandon the draft?" in sara.get(f"/charters/{number}/abandon").text


def test_nothing_is_submitted_past_what_is_written_and_not_saved(
    sara: Browser, region: Region
) -> None:
    number = region.draft()
    writing = f"/charters/{number}/edit"
    form = FilledIn(sara, writing, writing).write(section_0_text="Viktigt tillägg")
    form.send(f"/charters/{number}/unsaved")
    page = sara.get(f"/charters/{number}/submit").text
    assert "inte är sparat, och det skulle inte komma med" in page
    assert "Texten har inga fel" not in page
    refused = the("submit", sara, number).into("conflict", "no").write(reason="Före fredag").send()
    assert refused.status_code == 422
    assert ">\nFöre fredag</textarea>" in refused.text, "what was written is not lost"
    assert region.state(number) is State.DRAFT
    sara.send(writing, f"{writing.removesuffix('/edit')}/unsaved/discard")
    the("submit", sara, number).into("conflict", "no").send()
    assert region.state(number) is State.REVIEW


def test_a_renewal_that_would_cut_the_charter_in_force_says_so_before_it_is_submitted(
    sara: Browser, region: Region, clock: Clock
) -> None:
    region.distributed()
    day = DECIDED + 10 * DAY
    clock.on(day)
    number = region.does("sara", Act.RENEW, on=day, group="rorelse").charter_id
    sara.logs_in("sara", on=day)
    page = sara.get(f"/charters/{number}/submit").text
    assert f"slutar då i förtid, {day - DAY}." in page
    assert f"Ska det gälla till och med {LAST_DAY}, som beslutat är" in page
    writing = f"/charters/{number}/edit"
    FilledIn(sara, writing, writing).write(field_valid_from=str(LAST_DAY + DAY)).send()
    assert "i förtid" not in sara.get(f"/charters/{number}/submit").text
