"""A real provider and our own pages: from the button there to a login here, and what fails."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from casework.settings import Settings
from models.session import reading
from models.tables import Login
from tests.builders import FOUNDED, Region
from tests.web.conftest import Browser, Client
from tests.web.openid.provider import SECRET, Provider, openid_provider
from web.application import application
from web.house import House

pytestmark = pytest.mark.slow

OURS = "http://mandat.example"
BACK = f"{OURS}/login/openid/back"
"""Nobody listens there: the application is asked itself, with no network between."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with openid_provider([BACK]) as answering:
        yield answering


@dataclass
class Person:
    """A person with one browser, for our pages and the provider's."""

    house: House
    ours: Browser
    theirs: httpx.Client
    shown: list[str] = field(default_factory=list)
    """What the provider had to ask."""

    def logs_in(self, subject: str, next: str = "/") -> httpx.Response:
        """Presses the button, says who they are when asked, and comes back."""
        begun = self.ours.client.get("/login/openid", params={"next": next})
        return self.ours.client.get(self.way_back(begun, subject), follow_redirects=True)

    def way_back(self, begun: httpx.Response, subject: str) -> str:
        """The address the provider sends them back to."""
        answer = self.theirs.get(begun.headers["location"])
        for _ in range(10):
            if answer.next_request is None:
                self.shown.append(answer.text)
                answer = self.theirs.post(answer.url, data={"sub": subject})
            elif str(answer.next_request.url).startswith(OURS):
                return str(answer.next_request.url)
            else:
                answer = self.theirs.send(answer.next_request)
        raise AssertionError("the provider goes in a circle")

    def login(self) -> tuple[str, datetime]:
        """How and when they logged in."""
        with reading(self.house.engine) as connection:
            return connection.execute(  # type: ignore[return-value]
                select(Login.method, Login.authenticated_at).order_by(Login.id.desc()).limit(1)
            ).one()


def person_at(house: House, provider: Provider, file: Path, **settings: str) -> Person:
    """Someone at pages whose clock goes as the provider's does."""
    file.write_text(SECRET)
    region = Region.founded(house.engine)
    region.has_address("helena", "disa.direktor@sjoviken.example", on=FOUNDED)
    region.has_address("sara", "hanna.handlaggare@sjoviken.example", on=FOUNDED)
    known = {
        "address": OURS,
        "openid_issuer": provider.issuer,
        "openid_client_id": provider.client,
        "openid_client_secret_file": file,
        **settings,
    }
    app = application(replace(house, settings=Settings(**known), clock=None))  # type: ignore[arg-type]
    return Person(house, Browser(app, Client(app, pages=OURS)), httpx.Client())


@pytest.fixture
def person(house: House, provider: Provider, tmp_path: Path) -> Iterator[Person]:
    one = person_at(house, provider, tmp_path / "secret")
    with one.theirs:
        yield one


def test_a_person_logs_in_there_and_is_logged_in_here(person: Person) -> None:
    page = person.logs_in("hsa-0001", next="/groups")
    assert page.url.path == "/groups"
    assert "Du är inloggad som Helena Ask." in page.text
    method, at = person.login()
    assert method == "OpenID Connect (loa3)"
    assert timedelta() <= datetime.now(UTC) - at < timedelta(minutes=5)


def test_it_asks_anew_when_someone_is_to_confirm_who_they_are_and_not_otherwise(
    person: Person,
) -> None:
    person.logs_in("hsa-0001")
    person.ours.send("/", "/logout")
    assert "Helena Ask" in person.logs_in("nobody is asked").text
    assert len(person.shown) == 1
    assert "Du är inloggad som Helena Ask." in person.logs_in("hsa-0001").text
    assert len(person.shown) == 2


def test_a_person_whose_address_nobody_checked_and_one_who_says_no_are_told_why(
    person: Person,
) -> None:
    assert "går inte i god för din e-postadress" in person.logs_in("hsa-0003").text
    person.theirs.cookies.clear()
    page = person.logs_in("")
    assert "avbröts, så ingen är inloggad" in page.text
    assert page.url.path == "/login"


def test_a_way_back_is_worth_nothing_the_second_time(person: Person) -> None:
    begun = person.ours.client.get("/login/openid")
    kept = dict(person.ours.client.cookies)
    back = person.way_back(begun, "hsa-0001")
    assert "Helena Ask" in person.ours.client.get(back, follow_redirects=True).text
    person.ours.send("/", "/logout")
    person.ours.client.cookies.update(kept)
    assert "Börja om här." in person.ours.client.get(back, follow_redirects=True).text


def test_a_level_of_assurance_that_is_too_low_lets_nobody_in(
    house: House, provider: Provider, tmp_path: Path
) -> None:
    person = person_at(house, provider, tmp_path / "secret", openid_acr="loa3")
    with person.theirs:
        assert "intygar inte att du loggade in så säkert" in person.logs_in("hsa-0002").text
        person.theirs.cookies.clear()
        assert "Du är inloggad som Helena Ask." in person.logs_in("hsa-0001").text


def test_a_wrong_secret_lets_nobody_in(house: House, provider: Provider, tmp_path: Path) -> None:
    person = person_at(house, provider, tmp_path / "secret")
    (tmp_path / "secret").write_text("en annan hemlighet")
    with person.theirs:
        assert "är inte rätt inställd" in person.logs_in("hsa-0001").text
