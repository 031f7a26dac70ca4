"""The register, a group's own page, its seats, and what a coordinator comes for."""

from datetime import date

from casework.answers.register import Sought, register
from models.session import reading
from statemachine.vocabulary import State
from tests.builders import BEGUN, DECIDED, FOUNDED, LAST_DAY, ORGANISATION, Region
from tests.web.conftest import Browser, Clock

SWEDISH = ORGANISATION + "".join(
    f"  - {{key: g{place}, name: {name}, from: 2026-01-05}}\n"
    for place, name in enumerate(("Öron", "Ärr", "Åldrande", "Zon"))
)


def names(page: str) -> list[str]:
    import re

    return re.findall(r'<h3><a href="/groups/[^"]+">([^<]+)</a>', page)


def test_everyone_may_read_the_register_and_a_group_s_page(
    browser: Browser, region: Region
) -> None:
    region.distributed()
    assert names(browser.get("/groups").text) == ["Samordningsråd rörelse"]
    page = browser.get("/groups/rorelse").text
    assert f"{DECIDED} t.o.m. {LAST_DAY}" in page
    for name in ("Anna Ek", "Bo Lund", "Cia Rask", "Dag Hall"):
        assert name in page
    assert "@" not in page, "nobody's address is shown to everyone"
    assert "Ändra platser" not in page


def test_a_draft_is_shown_on_its_group_s_page_to_those_who_take_part(
    browser: Browser, region: Region
) -> None:
    draft = region.draft()
    address = f"/charters/{draft}"
    assert address not in browser.get("/groups/rorelse").text
    assert address not in browser.logs_in("dag").get("/groups/rorelse").text
    assert address in browser.logs_in("bo").get("/groups/rorelse").text


def test_the_register_is_in_swedish_order_and_found_however_it_is_cased(
    browser: Browser, region: Region
) -> None:
    region._loads(SWEDISH, FOUNDED)
    assert names(browser.get("/groups").text) == [
        "Samordningsråd rörelse",
        "Zon",
        "Åldrande",
        "Ärr",
        "Öron",
    ]
    assert names(browser.get("/groups?q=ÖRON").text) == ["Öron"]
    assert names(browser.get("/groups?q=%25").text) == []
    assert "Ingen grupp stämmer" in browser.get("/groups?q=x__").text


def test_the_order_is_the_same_on_both_engines(engine: object) -> None:
    from sqlalchemy import Engine

    assert isinstance(engine, Engine)
    region = Region.founded(engine)
    region._loads(SWEDISH, FOUNDED)
    with reading(engine) as connection:
        found = register(connection, Sought(), today=DECIDED)
    assert [entry.group.name for entry in found.entries][1:] == ["Zon", "Åldrande", "Ärr", "Öron"]


def test_the_register_finds_gaps_what_ends_soon_and_groups_without_a_coordinator(
    browser: Browser, region: Region, clock: Clock
) -> None:
    def found(standing: str) -> list[str]:
        return names(browser.get(f"/groups?standing={standing}").text)

    everyone = ["Samordningsråd rörelse"]
    assert found("gap") == everyone
    region.distributed()
    assert (found("gap"), found("soon"), found("no_coordinator")) == ([], [], [])
    clock.on(date(2030, 7, 1))
    assert found("soon") == everyone
    region.vacates("coordinator", on=date(2030, 7, 1))
    assert found("no_coordinator") == everyone
    assert found("discontinued") == []
    assert found("nonsense") == everyone
    assert browser.get("/groups?page=99").status_code == 200
    assert browser.get("/groups?page=x").status_code == 200


def test_a_page_of_the_register_that_is_no_number_shows_one_there_is(
    browser: Browser, region: Region
) -> None:
    for page in ("9" * 5000, "9" * 30, "²", "-1"):
        assert "Samordningsråd rörelse" in browser.get(f"/groups?page={page}").text


def test_no_such_group_answers_404(browser: Browser, region: Region) -> None:
    page = browser.get("/groups/finns-inte")
    assert page.status_code == 404
    assert "Sidan finns inte" in page.text


def test_the_registry_keeper_gives_and_vacates_a_seat(browser: Browser, region: Region) -> None:
    browser.logs_in("oskar")
    page = browser.send(
        "/groups/rorelse/seats",
        seat="vice_chair",
        person="dag@sjoviken.example",
        appointed_by="Sjukhusets ledning",
    )
    assert "Dag Hall är vice ordförande i Samordningsråd rörelse." in page.text
    assert "Sjukhusets ledning" in page.text
    page = browser.send(
        "/groups/rorelse/seats",
        "/groups/rorelse/seats/vacate",
        seat="vice_chair",
        person="dag",
        from_="2026-07-01",
    )
    assert "är vakant från 2026-07-01" in page.text


def test_a_seat_refused_keeps_what_was_written(browser: Browser, region: Region) -> None:
    browser.logs_in("oskar")
    page = browser.send(
        "/groups/rorelse/seats",
        seat="chair",
        person="ingen@sjoviken.example",
        appointed_by="Styrgruppen",
        from_="2026-02-30",
    )
    assert page.status_code == 422
    assert "2026-02-30 är ingen dag" in page.text
    assert 'value="Styrgruppen"' in page.text
    assert 'value="ingen@sjoviken.example"' in page.text
    page = browser.send("/groups/rorelse/seats", seat="chair", person="ingen@sjoviken.example")
    assert "Det finns ingen person" in page.text
    assert "Välj vilken plats" in browser.send("/groups/rorelse/seats", seat="x", person="y").text


def test_leavers_on_the_distribution_list_are_shown_to_those_who_keep_it(
    browser: Browser, region: Region, clock: Clock
) -> None:
    region.distributed()
    region.leaves("anna", on=date(2026, 8, 3))
    clock.on(date(2026, 8, 3))
    assert "Anna Ek slutade" not in browser.get("/groups/rorelse").text
    assert "Anna Ek slutade" in browser.logs_in("bo").get("/groups/rorelse").text


def test_a_coordinator_sees_their_groups_and_begins_a_revision_in_one_step(
    browser: Browser, region: Region
) -> None:
    region.distributed()
    browser.logs_in("bo")
    page = browser.get("/my-groups").text
    assert f"gäller t.o.m. {LAST_DAY}" in page
    answer = browser.send("/my-groups", "/groups/rorelse/renew")
    renewed = int(str(answer.url).split("/")[-2])
    assert region.state(renewed) is State.DRAFT
    assert region.charter(renewed).handler_id == region.person("bo").id
    assert "Påbörja förnyelsen" not in browser.get("/my-groups").text
    assert "En förnyelse är på gång" in browser.get("/my-groups").text


def test_a_chair_is_shown_no_button_for_what_only_a_coordinator_may_do(
    browser: Browser, region: Region
) -> None:
    region.distributed()
    page = browser.logs_in("anna").get("/my-groups").text
    assert "Du är ordförande" in page
    assert "Påbörja förnyelsen" not in page


def test_the_timeline_draws_and_lists_what_lapses_when(
    browser: Browser, region: Region, clock: Clock
) -> None:
    charter = region.distributed()
    page = browser.get("/timeline").text
    assert "Ett gällande uppdrag har sin sista dag inom fem år." in page
    assert page.count("<rect") == 1
    assert "/timeline?month=2031-06" in page
    assert f"/charters/{charter}" not in page
    assert f"/charters/{charter}" in browser.get("/timeline?month=2031-06").text
    clock.on(date(2031, 1, 7))
    page = browser.get("/timeline", headers={"Accept-Language": "en"}).text
    assert f"/charters/{charter}" in page
    assert "none yet" in page


def test_a_timeline_with_nothing_says_so(browser: Browser, region: Region) -> None:
    page = browser.get("/timeline?month=nonsense").text
    assert "0 gällande uppdrag" in page
    assert "<svg" not in page


def test_a_coordinator_is_warned_later_with_a_reason_and_can_take_it_back(
    browser: Browser, region: Region, clock: Clock
) -> None:
    region.distributed()
    day = date(2030, 9, 2)
    region.sweep(day)
    clock.on(day)
    browser.logs_in("bo", on=day)
    assert "Påminn mig senare" in browser.get("/my-groups").text
    later = "/groups/rorelse/snooze"
    refused = browser.send(later, until="2031-06-01", reason="Utreds")
    assert refused.status_code == 422
    assert ">\nUtreds</textarea>" in refused.text
    assert "Ange till vilken dag" in browser.send(later, reason="Utreds").text
    browser.send(later, until="2030-10-01", reason="Utreds")
    page = browser.get("/my-groups").text
    assert "Du påminns igen från 2030-10-01." in page
    assert "Påminn mig senare" not in page
    browser.send(later, act="end")
    assert "Du påminns igen från 2030-10-01." not in browser.get("/my-groups").text


def test_without_a_charter_there_is_nothing_to_put_off(browser: Browser, region: Region) -> None:
    browser.logs_in("bo")
    assert "Det finns inga förvarningar" in browser.get("/groups/rorelse/snooze").text


def test_a_group_for_which_nothing_was_decided_begins_its_first_charter(
    browser: Browser, region: Region
) -> None:
    region.sweep(BEGUN)
    assert region.group().gap_since is not None
    page = browser.logs_in("bo").get("/my-groups").text
    assert "Påbörja förnyelsen" not in page, "it would only be refused"
    assert "Påbörja det första uppdraget" in page
    assert "/cases/new?group=rorelse" in page
