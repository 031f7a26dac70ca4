"""The editor: what it shows, what it saves, and that nothing written is ever lost."""

from datetime import date

import pytest
from sqlalchemy import func, select

from casework.matter import document_of
from models.document import ItemList, Paragraph, Run, Section
from models.session import reading
from models.tables import Unsaved
from statemachine.vocabulary import Act, State
from tests.builders import BEGUN, Region, a_charter, with_tasks
from tests.web.conftest import Browser, Clock
from tests.web.filled_in import FilledIn


@pytest.fixture
def draft(region: Region) -> int:
    return region.draft()


@pytest.fixture
def sara(browser: Browser, region: Region) -> Browser:
    return browser.logs_in("sara")


def editor(browser: Browser, number: int, asked: str = "") -> FilledIn:
    path = f"/charters/{number}/edit"
    return FilledIn(browser, path + asked, path)


def kept(region: Region) -> int:
    with reading(region.engine) as connection:
        return connection.execute(select(func.count()).select_from(Unsaved)).scalar_one()


def purpose(region: Region, number: int) -> str:
    section = region.text(number).section("purpose")
    assert section is not None
    return section.text


def test_what_nobody_touched_is_saved_as_it_was_and_no_act_is_made(
    sara: Browser, region: Region
) -> None:
    rich = a_charter().model_copy(
        update={
            "sections": (
                *a_charter().sections,
                Section(
                    key="communication",
                    heading="Kommunikation",
                    blocks=(
                        Paragraph(
                            runs=(
                                Run(text="Fet ", bold=True),
                                Run(text="länk", link="https://intranat.sjoviken.example/a_(b)"),
                                Run(text=" och * stjärna"),
                            )
                        ),
                        ItemList(numbered=True, items=((Run(text="ett"),), (Run(text="två"),))),
                        ItemList(numbered=True, items=((Run(text="tre"),),)),
                    ),
                ),
            )
        }
    )
    number = region.draft(document=rich)
    before = region.charter(number)
    answer = editor(sara, number).send()
    assert "Inget var ändrat" in answer.text
    assert region.charter(number) == before
    assert editor(sara, number).write(field_area="Hud").send().status_code == 200
    assert region.text(number) == rich.model_copy(update={"area": "Hud", "raw": {"area": "Hud"}})


def test_a_section_a_field_and_a_line_are_saved_together(
    sara: Browser, region: Region, draft: int
) -> None:
    form = editor(sara, draft)
    answer = (
        form.write(
            section_0_text="Lika vård.\n\n- **alltid** svara", field_registry_number="RS 2026-00999"
        )
        .write(line_2_email="registrator@sjoviken.example")
        .send()
    )
    assert "Sparat 12:00." in answer.text
    document = region.text(draft)
    assert purpose(region, draft) == "Lika vård.\n\n- alltid svara"
    points = document.sections[0].blocks[1]
    assert isinstance(points, ItemList)
    assert points.items[0][0].bold
    assert document.registry_number == "RS 2026-00999"
    assert document.recipients[2].email == "registrator@sjoviken.example"
    assert document.recipients[0] == a_charter().recipients[0]
    assert [row.act for row in region.journal(draft)] == [Act.DRAFT, Act.EDIT]


def test_problems_stand_beside_their_fields_and_in_a_summary(sara: Browser, region: Region) -> None:
    text = with_tasks(a_charter(registry_number=None), "xxx")
    page = sara.get(f"/charters/{region.draft(document=text)}/edit").text
    assert "2 att rätta före beslut" in page
    assert '<a href="#field-registry_number">Fel: Uppgift saknas: Diarienummer.' in page
    assert '<a href="#section-1-text">Fel: Platshållaren' in page
    assert 'aria-describedby="field-registry_number-hint field-registry_number-noted-1 "' in page
    assert "Se över: Avsnittet ”Arbetsorganisation”" in page
    english = sara.get("/language/en?next=/", headers={}).headers
    assert english["location"] == "/"
    number = 1
    assert "2 to correct before submission" in sara.get(f"/charters/{number}/edit").text


def test_the_deciding_office_is_chosen_among_those_that_may(
    sara: Browser, region: Region, draft: int
) -> None:
    region.also_decides("planering", on=BEGUN)
    form = editor(sara, draft)
    assert form["office"] == "direktor"
    form.write(office="planering").send()
    assert editor(sara, draft)["office"] == "planering"
    answer = editor(sara, draft).write(office="finns-inte", field_area="Öga").send()
    assert answer.status_code == 422
    assert "finns-inte" in answer.text
    assert 'value="Öga"' in answer.text


def test_the_days_in_force_follow_the_text_and_go_with_it(
    sara: Browser, region: Region, draft: int
) -> None:
    editor(sara, draft).write(field_valid_through="2029-12-31").send()
    assert region.charter(draft).valid_through == date(2029, 12, 31)
    editor(sara, draft).write(field_valid_through="").send()
    assert region.charter(draft).valid_through is None


def test_a_line_is_added_moved_and_removed_without_a_script_and_without_saving(
    sara: Browser, region: Region, draft: int
) -> None:
    before = region.charter(draft)
    form = editor(sara, draft).write(section_0_text="Halvskrivet")
    shown = form.send(do="line")
    assert shown.status_code == 200
    assert 'id="line-3-who" name="line-3-who" value="" autocomplete="off" autofocus' in shown.text
    form = FilledIn(sara, shown, f"/charters/{draft}/edit")
    assert form["section-0-text"] == "Halvskrivet"
    shown = form.write(line_3_who="Anna Ek").send(do="line-up:3")
    form = FilledIn(sara, shown, f"/charters/{draft}/edit")
    assert (form["line-2-who"], form["line-3-who"]) == ("Anna Ek", "Registrator")
    shown = form.send(do="line-away:3")
    assert region.charter(draft) == before
    FilledIn(sara, shown, f"/charters/{draft}/edit").send()
    assert [one.who for one in region.text(draft).recipients] == [
        "Ordförande för Samordningsråd rörelse",
        "Koordinator för Samordningsråd rörelse",
        "Anna Ek",
    ]
    assert purpose(region, draft) == "Halvskrivet"


def test_sections_are_added_moved_and_removed(sara: Browser, region: Region, draft: int) -> None:
    path = f"/charters/{draft}/edit"
    shown = editor(sara, draft).send(do="section:Arbetsorganisation")
    shown = FilledIn(sara, shown, path).write(heading="Lokaler").send(do="section:")
    form = FilledIn(sara, shown, path)
    form.write(section_2_text="Fyra möten per år.", section_3_text="Två rum.")
    shown = form.send(do="section-up:3")
    FilledIn(sara, shown, path).send(do="section-away:0")
    FilledIn(sara, path + "?go_on=yes", path).send()
    assert [(one.key, one.text) for one in region.text(draft).sections] == [
        ("tasks", "Följ väntetiderna och kom överens."),
        ("lokaler", "Två rum."),
        ("work_organisation", "Fyra möten per år."),
    ]


@pytest.mark.parametrize("do", ["section:Syfte", "section:", "section:" + "x" * 300])
def test_a_heading_that_cannot_be_is_refused_with_everything_kept(
    sara: Browser, draft: int, do: str
) -> None:
    answer = editor(sara, draft).write(section_0_text="Mitt").send(do=do)
    assert answer.status_code == 422
    assert 'href="#heading"' in answer.text
    assert "Mitt</textarea>" in answer.text


@pytest.mark.parametrize("do", ["line-up:99", "line-away:x", "section-down:-1", "what", ":::"])
def test_odd_buttons_change_nothing(sara: Browser, draft: int, do: str) -> None:
    answer = editor(sara, draft).send(do=do)
    assert answer.status_code == 200
    again = FilledIn(sara, answer, f"/charters/{draft}/edit")
    assert again["section-0-text"] == "Lika vård i hela regionen."


# --- nothing is lost ----------------------------------------------------------------------------


def test_what_is_written_is_kept_meanwhile_and_offered_when_the_editor_opens(
    sara: Browser, another_browser: Browser, region: Region, draft: int, clock: Clock
) -> None:
    before = region.everything()
    answer = (
        editor(sara, draft)
        .write(section_0_text="Inte sparat än")
        .send(f"/charters/{draft}/unsaved")
    )
    assert answer.status_code == 204
    after = region.everything()
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"keys"} == {"unsaved"}
    assert purpose(region, draft) == "Lika vård i hela regionen."
    # The browser went down, the login with it; another day, another browser.
    clock.forward(days=1)
    another_browser.logs_in("sara")
    offered = another_browser.get(f"/charters/{draft}/edit").text
    assert "Du har skrivit något som inte är sparat" in offered
    assert "2026-06-17 12:00" in offered
    assert "Inte sparat än" in offered
    assert "textarea" not in offered
    form = editor(another_browser, draft, "?go_on=yes")
    assert form["section-0-text"] == "Inte sparat än"
    form.send()
    assert purpose(region, draft) == "Inte sparat än"
    assert kept(region) == 0


def test_a_draft_is_not_submitted_without_what_its_writer_has_not_saved(
    sara: Browser, region: Region, draft: int
) -> None:
    path = f"/charters/{draft}/submit"
    editor(sara, draft).write(section_0_text="Inte sparat än").send(f"/charters/{draft}/unsaved")
    assert f'href="/charters/{draft}/edit">Du har skrivit något' in sara.get(path).text
    refused = sara.send(path, conflict="no", presenter="Sara Nyberg")
    assert refused.status_code == 422
    assert "Spara eller kasta det först." in refused.text
    assert region.state(draft) is State.DRAFT
    editor(sara, draft, "?go_on=yes").send()
    sara.send(path, conflict="no", presenter="Sara Nyberg")
    assert region.state(draft) is State.REVIEW
    assert purpose(region, draft) == "Inte sparat än"


def test_it_can_be_thrown_away_and_is_nobody_elses(
    sara: Browser, region: Region, draft: int, another_browser: Browser
) -> None:
    editor(sara, draft).write(section_0_text="Hemligt").send(f"/charters/{draft}/unsaved")
    another_browser.logs_in("bo")
    assert "Hemligt" not in another_browser.get(f"/charters/{draft}/edit").text
    answer = sara.send(f"/charters/{draft}/edit", f"/charters/{draft}/unsaved/discard")
    assert "Det osparade är kastat" in answer.text
    assert kept(region) == 0
    assert purpose(region, draft) == "Lika vård i hela regionen."


def test_what_is_as_it_was_saved_is_not_kept(sara: Browser, region: Region, draft: int) -> None:
    form = editor(sara, draft)
    form.write(section_0_text="Ändrat").send(f"/charters/{draft}/unsaved")
    assert kept(region) == 1
    form.write(section_0_text="Lika vård i hela regionen.").send(f"/charters/{draft}/unsaved")
    assert kept(region) == 0


def test_a_save_that_is_refused_keeps_everything(sara: Browser, region: Region, draft: int) -> None:
    endless = "x" * 60_000
    answer = editor(sara, draft).write(section_0_text=endless, field_area="Hud").send()
    assert answer.status_code == 422
    assert endless in answer.text
    assert 'value="Hud"' in answer.text
    assert kept(region) == 1
    assert purpose(region, draft) == "Lika vård i hela regionen."


def test_whoever_is_no_longer_the_handler_finds_what_they_wrote(
    sara: Browser, region: Region, draft: int
) -> None:
    form = editor(sara, draft).write(section_0_text="Två timmars arbete")
    region.does("sara", Act.HAND_OVER, draft, on=BEGUN, to="elin")
    # Sara coordinates nothing: what she wrote is hers, though the draft no longer is.
    answer = form.send()
    assert answer.status_code == 404
    region.does("elin", Act.HAND_OVER, draft, on=BEGUN, to="sara")
    form = editor(sara, draft).write(section_0_text="Två timmars arbete")
    region.submitted(draft, on=BEGUN)
    answer = form.send()
    assert answer.status_code == 422
    assert "Det du skrev" in answer.text
    assert "Två timmars arbete" in answer.text
    assert kept(region) == 1
    assert form.send(f"/charters/{draft}/unsaved").status_code == 409


def test_what_was_written_before_a_login_ended_is_sent_again_after_the_next(
    sara: Browser, region: Region, draft: int, clock: Clock
) -> None:
    form = editor(sara, draft).write(section_0_text="Före lunch.\n\nOch <efter>.")
    clock.forward(days=2)
    assert form.send().status_code == 401
    sara.logs_in("sara")
    ours = {"Sec-Fetch-Site": "same-origin"}
    grown_old = form.send(headers=ours)
    assert grown_old.status_code == 403
    assert "Allt du skrev finns kvar" in grown_old.text
    assert purpose(region, draft) == "Lika vård i hela regionen."
    FilledIn(sara, grown_old, form.action).send()
    assert purpose(region, draft) == "Före lunch.\n\nOch <efter>."
    # A form that may be another site's is not handed back.
    assert "Skicka igen" not in form.send().text
    assert "Skicka igen" not in form.send(headers={"Sec-Fetch-Site": "cross-site"}).text


# --- two at once --------------------------------------------------------------------------------


def saves(region: Region, draft: int, key: str, text: str) -> None:
    """Elin, who has had it handed over, saves; and hands it back."""
    region.does("sara", Act.HAND_OVER, draft, on=BEGUN, to="elin")
    document = region.text(draft)
    sections = tuple(
        one.model_copy(update={"blocks": (Paragraph(runs=(Run(text=text),)),)})
        if one.key == key
        else one
        for one in document.sections
    )
    changed = document.model_copy(update={"sections": sections})
    region.does("elin", Act.EDIT, draft, on=BEGUN, document=changed)
    region.does("elin", Act.HAND_OVER, draft, on=BEGUN, to="sara")


def test_the_second_is_told_by_name_and_time_and_sees_both_texts(
    sara: Browser, region: Region, draft: int
) -> None:
    form = editor(sara, draft).write(section_0_text="Saras syfte.")
    saves(region, draft, "purpose", "Elins syfte.")
    answer = form.send()
    assert answer.status_code == 409
    assert "Elin Sandberg har sparat medan du skrev" in answer.text
    assert "2026-06-15 09:00" in answer.text
    assert "Elins syfte." in answer.text
    assert "Saras syfte." in answer.text
    assert purpose(region, draft) == "Elins syfte."
    path = f"/charters/{draft}/edit"
    again = FilledIn(sara, answer, path)
    unchosen = again.send()
    assert unchosen.status_code == 422
    assert "Välj vilken text som ska gälla för ”Syfte med uppdraget”" in unchosen.text
    assert purpose(region, draft) == "Elins syfte."
    FilledIn(sara, unchosen, path).into("choose-0", "mine").send()
    assert purpose(region, draft) == "Saras syfte."
    assert kept(region) == 0


def test_the_others_text_can_be_chosen(sara: Browser, region: Region, draft: int) -> None:
    form = editor(sara, draft).write(section_0_text="Saras syfte.", field_area="Hud")
    saves(region, draft, "purpose", "Elins syfte.")
    again = FilledIn(sara, form.send(), f"/charters/{draft}/edit")
    again.into("choose-0", "theirs").send()
    assert purpose(region, draft) == "Elins syfte."
    assert region.text(draft).area == "Hud"


def test_what_they_changed_elsewhere_comes_along(sara: Browser, region: Region, draft: int) -> None:
    form = editor(sara, draft).write(section_0_text="Saras syfte.")
    saves(region, draft, "tasks", "Elins uppgifter.")
    answer = form.send()
    assert answer.status_code == 409
    assert "Olika delar är ändrade" in answer.text
    assert "Uppdragsbeskrivning." in answer.text
    FilledIn(sara, answer, f"/charters/{draft}/edit").send()
    assert purpose(region, draft) == "Saras syfte."
    tasks = region.text(draft).section("tasks")
    assert tasks is not None
    assert tasks.text == "Elins uppgifter."


def test_a_choice_not_yet_made_is_still_asked_for_after_the_browser_went_down(
    sara: Browser, another_browser: Browser, region: Region, draft: int
) -> None:
    form = editor(sara, draft).write(section_0_text="Saras syfte.")
    saves(region, draft, "purpose", "Elins syfte.")
    form.send()
    another_browser.logs_in("sara")
    form = editor(another_browser, draft, "?go_on=yes")
    assert form.send().status_code == 422
    assert purpose(region, draft) == "Elins syfte."


def test_unsaved_writing_of_an_older_version_meets_what_was_saved_since(
    sara: Browser, region: Region, draft: int
) -> None:
    editor(sara, draft).write(section_0_text="Saras syfte.").send(f"/charters/{draft}/unsaved")
    saves(region, draft, "purpose", "Elins syfte.")
    assert "Elin Sandberg har sparat sedan dess" in sara.get(f"/charters/{draft}/edit").text
    page = sara.get(f"/charters/{draft}/edit?go_on=yes").text
    assert "Ändrat på båda hållen" in page
    assert "Elins syfte." in page


def test_two_windows_of_ones_own_are_two_editors_too(
    sara: Browser, region: Region, draft: int
) -> None:
    one, two = editor(sara, draft), editor(sara, draft)
    one.write(section_0_text="Ena fönstret.").send()
    answer = two.write(section_0_text="Andra fönstret.").send()
    assert "Du har sparat från ett annat fönster" in answer.text
    assert purpose(region, draft) == "Ena fönstret."


@pytest.mark.parametrize("version", ["", "999", "x", "9" * 40])
def test_a_form_of_no_version_saves_nothing_and_loses_nothing(
    sara: Browser, region: Region, draft: int, version: str
) -> None:
    answer = editor(sara, draft).write(section_0_text="Mitt", version=version).send()
    assert answer.status_code == 422
    assert "Mitt</textarea>" in answer.text
    assert purpose(region, draft) == "Lika vård i hela regionen."


def test_a_form_with_nothing_in_it_takes_nothing_away_unseen(
    sara: Browser, region: Region, draft: int
) -> None:
    form = editor(sara, draft)
    form.without(*(name for name in form.says if name not in ("token", "version")))
    form.into("section", "0").into("section-0-of", "77").into("section-0-text", "Hej")
    answer = form.send()
    assert answer.status_code == 422
    assert region.text(draft) == a_charter()


# --- who may ------------------------------------------------------------------------------------


def test_who_follows_it_is_told_who_writes(browser: Browser, region: Region, draft: int) -> None:
    page = browser.logs_in("bo").get(f"/charters/{draft}/edit")
    assert page.status_code == 200
    assert "Det är Sara Nyberg som är handläggare och skriver." in page.text
    assert "textarea" not in page.text
    keeper = browser.logs_in("oskar").get(f"/charters/{draft}/edit").text
    assert f'href="/charters/{draft}/hand-over"' in keeper


def test_in_review_one_button_withdraws_and_opens_the_editor(sara: Browser, region: Region) -> None:
    number = region.in_review()
    assert "ligger för beslut" in sara.get(f"/charters/{number}/edit").text
    answer = sara.send(f"/charters/{number}/edit", f"/charters/{number}/withdraw")
    assert answer.url.path == f"/charters/{number}/edit"
    assert "Återkallat." in answer.text
    assert "</textarea>" in answer.text
    assert region.state(number) is State.DRAFT


def test_a_decided_text_is_renewed_and_not_written_in(sara: Browser, region: Region) -> None:
    number = region.approved()
    assert f'href="/cases/new/renew?charter={number}"' in sara.get(f"/charters/{number}/edit").text


def test_strangers_learn_nothing_and_numbers_that_are_none_lead_nowhere(
    browser: Browser, region: Region, draft: int
) -> None:
    assert browser.get(f"/charters/{draft}/edit").headers["location"].startswith("/login?next=")
    browser.logs_in("dag")
    for path in (f"/charters/{draft}/edit", "/charters/77/edit", "/charters/abc/edit"):
        assert browser.get(path).status_code == 404, path


def test_the_very_text_that_was_saved_can_be_read_again(
    sara: Browser, region: Region, draft: int
) -> None:
    editor(sara, draft).write(section_0_text="Andra versionen.").send()
    with reading(region.engine) as connection:
        kept = [document_of(connection, row.content_hash) for row in region.journal(draft)]
    assert [one.sections[0].text for one in kept] == [
        "Lika vård i hela regionen.",
        "Andra versionen.",
    ]


def test_a_document_of_two_hundred_pages_is_written_like_any_other(
    sara: Browser, region: Region
) -> None:
    long = "\n\n".join(["Rådet följer väntetiderna och kommer överens om åtgärder. " * 8] * 60)
    number = region.draft()
    form = editor(sara, number)
    shown = form
    for n in range(12):
        answer = shown.into("heading", f"Bilaga {n}").send(do="section:")
        shown = FilledIn(sara, answer, f"/charters/{number}/edit")
        shown.into(f"section-{n + 2}-text", long)
    assert "Sparat" in shown.send().text
    assert sum(len(one.text) for one in region.text(number).sections) > 300_000
