"""The people's pages: those who keep the register add, change, appoint and end."""

import pytest
from sqlalchemy import select

from casework.answers.people import free_key
from models.session import reading
from models.tables import DutyHeld
from tests.builders import Region
from tests.web.conftest import Browser
from web.house import House


@pytest.fixture
def keeper(browser: Browser, region: Region) -> Browser:
    return browser.logs_in("oskar")


@pytest.fixture
def administrator(browser: Browser, region: Region) -> Browser:
    return browser.logs_in("astrid")


def test_people_are_found_by_name_or_address_in_swedish(keeper: Browser) -> None:
    assert "12 personer" in keeper.get("/people").text
    page = keeper.get("/people?q=ÅBERG").text
    assert "Gun Åberg" in page
    assert "Sara Nyberg" not in page
    assert "Rolf Sund" in keeper.get("/people?q=rolf@").text
    assert "Ingen stämmer" in keeper.get("/people?q=finns%20inte").text


def test_someone_new_gets_a_key_of_their_name_and_may_then_be_changed(
    keeper: Browser, region: Region
) -> None:
    page = keeper.send("/people/new", name="Åsa Öman", email="asa@sjoviken.example")
    assert page.url.path == "/people/asa.oman"
    assert "Åsa Öman finns nu i organisationen." in page.text
    page = keeper.send("/people/asa.oman", name="Åsa Öman", title="Överläkare", language="en")
    assert "är sparade" in page.text
    assert (region.person("asa.oman").title, region.person("asa.oman").language) == (
        "Överläkare",
        "en",
    )
    assert "Ingenting var ändrat" in keeper.send("/people/asa.oman", title="Överläkare").text


def test_two_of_the_same_name_get_keys_of_their_own(keeper: Browser, house: House) -> None:
    keeper.send("/people/new", name="Per Ek", email="per@sjoviken.example")
    page = keeper.send("/people/new", name="Per Ek", email="per.ek@sjoviken.example")
    assert page.url.path == "/people/per.ek2"
    with reading(house.engine) as connection:
        assert free_key(connection, "Ωμέγα") == "person"


def test_what_is_refused_stays_written(keeper: Browser) -> None:
    page = keeper.send("/people/new", name="Ny Person", email="ingen adress", title="Läkare")
    assert page.status_code == 422
    assert 'value="Läkare"' in page.text
    assert 'value="ingen adress"' in page.text
    taken = keeper.send("/people/new", name="Ny", email="sara@sjoviken.example")
    assert "Sara Nyberg" in taken.text
    assert taken.status_code == 422


def test_someone_leaves_and_their_seats_stand_vacant(keeper: Browser) -> None:
    assert "Ange sista dagen" in keeper.send("/people/anna", "/people/anna/leave").text
    page = keeper.send("/people/anna", "/people/anna/leave", through="2026-06-30")
    assert "Anna Ek slutar 2026-06-30." in page.text
    assert "vakant" in keeper.get("/groups/rorelse").text


def test_an_administrator_gives_and_ends_duties_and_a_keeper_may_not(
    administrator: Browser, another_browser: Browser, region: Region
) -> None:
    page = administrator.send("/people/bo", "/people/bo/duty", duty="registry_keeper")
    assert "Bo Lund är nu registrator." in page.text
    page = administrator.send("/people/bo", "/people/bo/duty", duty="registry_keeper", act="end")
    assert "Bo Lund är inte längre registrator." in page.text
    assert (
        "Välj vilken uppgift"
        in administrator.send("/people/bo", "/people/bo/duty", duty="king").text
    )
    keeper = another_browser.logs_in("oskar")
    assert "/people/bo/duty" not in keeper.get("/people/bo").text
    with reading(region.engine) as connection:
        held = connection.scalars(select(DutyHeld.duty).where(DutyHeld.duty == "king")).all()
    assert held == []


def test_nobody_appoints_themselves(administrator: Browser, region: Region) -> None:
    administrator.send("/people/bo", "/people/bo/duty", duty="administrator")
    page = administrator.send("/people/astrid", "/people/astrid/duty", duty="registry_keeper")
    assert page.status_code == 422


def test_an_office_is_given_from_a_day(keeper: Browser) -> None:
    page = keeper.send(
        "/people/mikael", "/people/mikael/office", office="direktor", from_="2026-09-01"
    )
    assert "Mikael Lindvall innehar nu befattningen Sjukvårdsdirektör." in page.text
    assert "2026-08-31" in keeper.get("/people/helena").text
    assert (
        "Välj vilken befattning"
        in keeper.send("/people/mikael", "/people/mikael/office", office="kung").text
    )


def test_nobody_of_that_key_answers_404(keeper: Browser) -> None:
    assert keeper.get("/people/finns.inte").status_code == 404
