"""Logging in with an OpenID provider: what is believed of what it says, and what is not."""

import base64
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey
from sqlalchemy import select

from casework.settings import Settings
from models.session import reading
from models.tables import Identity, Login
from tests.builders import DAY, Region
from tests.web.conftest import Browser, Client, Clock
from tests.web.openid.forger import ACCESS, CLIENT, CODE, SUBJECT, Forger, forging, new_key
from web.application import application
from web.house import House
from web.openid import Provider

AWAY, BACK = "/login/openid", "/login/openid/back"
IN = "Du är inloggad som Helena Ask."
NOT_BELIEVED = "gick inte att lita på"
BEGIN_AGAIN = "Börja om här."
MISSET = "är inte rätt inställd"


@pytest.fixture
def forger(clock: Clock) -> Iterator[Forger]:
    with forging() as answering:
        answering.now = clock()
        yield answering


@dataclass
class Visit:
    """Someone's browser, at pages that ask the forger who people are."""

    house: House
    forger: Forger
    browser: Browser

    @classmethod
    def at(cls, house: House, forger: Forger, **settings: object) -> "Visit":
        known = {
            "openid_issuer": forger.issuer,
            "openid_client_id": CLIENT,
            "openid_name": "Tjänstelegitimationen",
            "address": "http://mandat.example",
        }
        ours = replace(house, settings=Settings(**{**known, **settings}))  # type: ignore[arg-type]
        app = application(ours)
        return cls(ours, forger, Browser(app, Client(app)))

    def goes(self, next: str = "/") -> dict[str, str]:
        """Goes to the provider; what it is asked."""
        answer = self.browser.client.get(AWAY, params={"next": next})
        assert answer.status_code == 303, answer.text
        where = urlsplit(answer.headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == f"{self.forger.issuer}/auth"
        asked = dict(parse_qsl(where.query))
        self.forger.nonce = asked["nonce"]
        return asked

    def comes_back(self, **came_with: str) -> httpx.Response:
        """Comes back with this; the page where that ends."""
        return self.browser.client.get(BACK, params=came_with, follow_redirects=True)

    def logs_in(self, next: str = "/") -> httpx.Response:
        return self.comes_back(state=self.goes(next)["state"], code=CODE)

    def is_refused(self, why: str) -> str:
        """Goes, comes back, and is told why nobody is logged in."""
        return self.is_told(self.logs_in(), why)

    def is_told(self, page: httpx.Response, why: str) -> str:
        assert page.url.path == "/login"
        assert 'id="refusal"' in page.text
        assert why in page.text
        with reading(self.house.engine) as connection:
            assert connection.execute(select(Login)).all() == []
        assert why not in self.browser.get("/login").text, "it is told once"
        return page.text

    def login(self) -> Any:
        with reading(self.house.engine) as connection:
            return connection.execute(select(Login)).one()


@pytest.fixture
def visit(house: House, region: Region, forger: Forger) -> Visit:
    return Visit.at(house, forger)


# --- who is let in -------------------------------------------------------------------------------


def test_whoever_the_provider_vouches_for_is_logged_in_where_they_were_going(visit: Visit) -> None:
    assert "Logga in med Tjänstelegitimationen" in visit.browser.get("/login").text
    page = visit.logs_in(next="/groups?level=hp")
    assert page.url.path == "/groups"
    assert page.url.query == b"level=hp"
    assert IN in page.text


def test_a_code_is_asked_for_with_a_challenge_and_bought_with_its_verifier(visit: Visit) -> None:
    asked = visit.goes()
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"http://mandat.example{BACK}"
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert IN in visit.comes_back(state=asked["state"], code=CODE).text
    ((sent, authorization),) = visit.forger.received
    assert sent["code"] == CODE
    assert sent["client_id"] == CLIENT
    assert len(sent["code_verifier"]) >= 43
    assert sent["redirect_uri"] == asked["redirect_uri"]
    assert authorization is None, "there is no secret"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_our_secret_is_read_from_its_file_each_time(
    house: House, region: Region, forger: Forger, tmp_path: Path, method: str
) -> None:
    file = tmp_path / "secret"
    forger.itself = {"token_endpoint_auth_methods_supported": [method]}
    visit = Visit.at(house, forger, openid_client_secret_file=file)
    for secret in ("one secret", "another"):
        file.write_text(f"{secret}\n")
        visit.logs_in()
        sent, authorization = forger.received[-1]
        if method == "client_secret_post":
            assert sent["client_secret"] == secret
        else:
            told = base64.b64decode((authorization or "").removeprefix("Basic ")).decode()
            assert told == f"{CLIENT}:{secret}"
    file.unlink()
    page = visit.logs_in()
    assert MISSET in page.text
    assert str(file) not in page.text


def test_the_first_time_the_address_tells_and_from_then_on_the_subject(
    visit: Visit, region: Region, clock: Clock
) -> None:
    assert IN in visit.logs_in().text
    visit.forger.claims = {"email": "sara@sjoviken.example", "email_verified": False}
    assert IN in visit.logs_in().text
    with reading(visit.house.engine) as connection:
        known = connection.execute(select(Identity)).one()
    assert (known.issuer, known.subject) == (visit.forger.issuer, SUBJECT)


def test_an_address_that_is_not_in_the_token_is_asked_for(visit: Visit) -> None:
    visit.forger.claims = {"email": None, "email_verified": None}
    visit.forger.told_of_user = {
        "sub": SUBJECT,
        "email": "helena@sjoviken.example",
        "email_verified": True,
    }
    assert IN in visit.logs_in().text


def test_what_is_told_of_another_subject_is_not_heard(visit: Visit) -> None:
    visit.forger.claims = {"email": None, "email_verified": None}
    visit.forger.told_of_user = {
        "sub": "hsa-8",
        "email": "helena@sjoviken.example",
        "email_verified": True,
    }
    visit.is_refused("går inte i god för din e-postadress")


def test_an_address_that_nobody_checked_lets_nobody_in(visit: Visit) -> None:
    for verified in (False, None, "true", 1):
        visit.forger.claims = {"email_verified": verified}
        visit.is_refused("går inte i god för din e-postadress")


def test_someone_unknown_is_told_whom_to_turn_to(visit: Visit) -> None:
    visit.forger.claims = {"email": "nobody@grannen.example"}
    visit.is_refused("Ingen i organisationen har adressen nobody@grannen.example i dag.")


def test_someone_who_has_left_is_not_let_in(
    visit: Visit, region: Region, house: House, clock: Clock
) -> None:
    visit.forger.claims = {"email": "sara@sjoviken.example"}
    visit.logs_in()
    visit.browser.send("/", "/logout")
    region.leaves("sara", on=clock().date(), through=clock().date() - DAY)
    page = visit.logs_in()
    assert page.url.path == "/login"
    assert "Du finns inte i organisationen i dag." in page.text


# --- when, and how surely ------------------------------------------------------------------------


def test_a_login_is_as_old_as_the_provider_says(visit: Visit, clock: Clock) -> None:
    three_hours_ago = clock() - timedelta(hours=3)
    visit.forger.claims = {"auth_time": int(three_hours_ago.timestamp())}
    assert IN in visit.logs_in().text
    login = visit.login()
    assert login.authenticated_at == three_hours_ago
    assert login.method == "OpenID Connect"


def test_a_clock_a_little_ahead_makes_nobody_log_in_tomorrow(visit: Visit, clock: Clock) -> None:
    visit.forger.claims = {"auth_time": int(clock().timestamp()) + 30}
    visit.logs_in()
    assert visit.login().authenticated_at == clock()


def test_whoever_is_logged_in_shows_anew_who_they_are(visit: Visit, clock: Clock) -> None:
    assert "prompt" not in visit.goes()
    assert visit.goes()["max_age"] == str(visit.house.settings.login_hours * 3600)
    visit.logs_in()
    clock.forward(minutes=20)
    visit.forger.now = clock()
    assert "Bekräfta att det är du" in visit.browser.get("/login?next=/groups").text
    asked = visit.goes("/groups")
    assert asked["prompt"] == "login"
    assert asked["max_age"] == str(visit.house.settings.recent_minutes * 60)
    assert IN in visit.comes_back(state=asked["state"], code=CODE).text


def test_a_provider_that_lets_an_old_login_pass_for_a_new_one_is_not_believed(
    visit: Visit, clock: Clock
) -> None:
    visit.logs_in()
    long_ago = clock() - timedelta(minutes=visit.house.settings.recent_minutes + 2)
    visit.forger.claims = {"auth_time": int(long_ago.timestamp())}
    page = visit.logs_in("/groups")
    assert page.url.path == "/login"
    assert "lät dig inte logga in på nytt" in page.text
    assert "Helena Ask" in page.text, "the login there was stands as it was"
    assert visit.login().authenticated_at == clock() - timedelta(seconds=60)


def test_a_provider_must_say_when_someone_logged_in(visit: Visit) -> None:
    visit.forger.claims = {"auth_time": None}
    visit.is_refused("säger inte när du loggade in")


def test_a_level_of_assurance_that_is_demanded_is_confirmed_and_kept(
    house: House, region: Region, forger: Forger
) -> None:
    visit = Visit.at(house, forger, openid_acr="loa3 loa4")
    assert visit.goes()["acr_values"] == "loa3 loa4"
    visit.is_refused("intygar inte att du loggade in så säkert")
    forger.claims = {"acr": "loa2"}
    visit.is_refused("intygar inte att du loggade in så säkert")
    forger.claims = {"acr": "loa3"}
    assert IN in visit.logs_in().text
    assert visit.login().method == "OpenID Connect (loa3)"


# --- forged, replayed, of another ----------------------------------------------------------------

FORGED: tuple[dict[str, Any], ...] = (
    {"iss": "http://127.0.0.1:1"},
    {"aud": "somebody-else"},
    {"aud": [CLIENT, "somebody-else"]},
    {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
    {"azp": "somebody-else"},
    {"nonce": "another"},
    {"nonce": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"exp": None},
    {"iat": None},
    {"at_hash": "forged"},
)


def test_a_token_that_was_not_made_for_this_login_is_not_believed(visit: Visit) -> None:
    for claims in FORGED:
        visit.forger.claims = claims
        visit.is_refused(NOT_BELIEVED)


def test_clocks_may_differ_a_little_and_no_more(visit: Visit, clock: Clock) -> None:
    now = int(clock().timestamp())
    for claim, seconds in (
        ("exp", -90),
        ("iat", 90),
        ("iat", -3600),
        ("nbf", 90),
        ("auth_time", 90),
    ):
        visit.forger.claims = {claim: now + seconds}
        visit.is_refused(NOT_BELIEVED)
    for claim, seconds in (("exp", -30), ("iat", 30)):
        visit.forger.claims = {claim: now + seconds}
        assert IN in visit.logs_in().text, (claim, seconds)


def test_a_token_for_several_is_believed_when_it_was_given_to_us(visit: Visit) -> None:
    visit.forger.claims = {"aud": [CLIENT, "somebody-else"], "azp": CLIENT}
    assert IN in visit.logs_in().text


def test_a_token_signed_by_another_is_not_believed(visit: Visit) -> None:
    visit.forger.shown, visit.forger.key = [new_key("1")], new_key("1")
    visit.is_refused(NOT_BELIEVED)


def test_a_token_signed_with_what_anyone_knows_is_not_believed(visit: Visit) -> None:
    visit.forger.shown = [new_key("1")]
    visit.forger.key = OctKey.import_key(json.dumps(visit.forger.shown[0].as_dict()).encode())
    visit.forger.header = {"alg": "HS256", "kid": "1"}
    visit.is_refused(NOT_BELIEVED)


def test_a_token_that_nobody_signed_is_not_believed(visit: Visit) -> None:
    asked = visit.goes()
    signed = visit.forger.id_token().split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    visit.forger.token = {
        "access_token": ACCESS,
        "token_type": "Bearer",
        "id_token": f"{unsigned}.{signed[1]}.",
    }
    visit.is_told(visit.comes_back(state=asked["state"], code=CODE), NOT_BELIEVED)


def test_new_keys_of_the_provider_are_learnt_when_they_are_used(visit: Visit) -> None:
    visit.logs_in()
    visit.forger.key = new_key("2")
    assert IN in visit.logs_in().text
    assert visit.forger.asked["/keys"] == 2
    visit.forger.key = new_key("2")
    assert IN in visit.logs_in().text, "also under an old name"


def test_what_the_provider_says_of_itself_is_asked_for_once_an_hour(
    visit: Visit, clock: Clock
) -> None:
    known = "/.well-known/openid-configuration"
    visit.logs_in()
    visit.logs_in()
    assert (visit.forger.asked[known], visit.forger.asked["/keys"]) == (1, 1)
    clock.forward(hours=1)
    visit.forger.now = clock()
    visit.logs_in()
    assert (visit.forger.asked[known], visit.forger.asked["/keys"]) == (2, 2)


def test_whoever_comes_back_with_another_state_begins_again(visit: Visit) -> None:
    ways_back: tuple[dict[str, str], ...] = (
        {},
        {"code": CODE},
        {"code": CODE, "state": "ä"},
        {"error": "access_denied", "state": "x"},
    )
    for came_with in ways_back:
        visit.goes()
        visit.is_told(visit.comes_back(**came_with), BEGIN_AGAIN)
    assert visit.forger.received == [], "the provider is not troubled"


def test_a_login_begun_in_one_browser_ends_in_no_other(visit: Visit) -> None:
    asked = visit.goes()
    other = Browser(visit.browser.app, Client(visit.browser.app))
    answer = other.client.get(
        BACK, params={"state": asked["state"], "code": CODE}, follow_redirects=True
    )
    assert BEGIN_AGAIN in answer.text
    assert visit.forger.received == []


def test_a_way_back_is_used_once(visit: Visit) -> None:
    asked = visit.goes()
    assert IN in visit.comes_back(state=asked["state"], code=CODE).text
    visit.browser.send("/", "/logout")
    page = visit.comes_back(state=asked["state"], code=CODE)
    assert BEGIN_AGAIN in page.text
    assert "Helena Ask" not in page.text


def test_a_way_back_is_good_for_a_quarter_of_an_hour(visit: Visit, clock: Clock) -> None:
    asked = visit.goes()
    clock.forward(minutes=15, seconds=1)
    visit.is_told(visit.comes_back(state=asked["state"], code=CODE), BEGIN_AGAIN)
    assert visit.forger.received == []


def test_a_code_that_the_provider_does_not_take_lets_nobody_in(visit: Visit) -> None:
    visit.forger.token = {"error": "invalid_grant"}
    visit.is_refused(BEGIN_AGAIN)


def test_an_answer_said_to_be_another_provider_s_is_not_believed(visit: Visit) -> None:
    asked = visit.goes()
    page = visit.comes_back(state=asked["state"], code=CODE, iss="http://127.0.0.1:1")
    visit.is_told(page, NOT_BELIEVED)
    assert visit.forger.received == []


# --- when the provider will not, or cannot -------------------------------------------------------


def test_what_the_provider_says_instead_of_a_code_is_put_in_words(visit: Visit) -> None:
    for error, why in (
        ("access_denied", "avbröts, så ingen är inloggad"),
        ("unmet_authentication_requirements", "intygar inte att du loggade in så säkert"),
        ("temporarily_unavailable", "svarar inte just nu"),
        ("invalid_request", MISSET),
        ("<b>", MISSET),
    ):
        page = visit.comes_back(state=visit.goes()["state"], error=error)
        assert "<b>" not in visit.is_told(page, why)


def test_an_answer_that_is_no_token_lets_nobody_in(visit: Visit) -> None:
    answers: tuple[tuple[dict[str, Any] | str, str], ...] = (
        ({"error": "invalid_client"}, MISSET),
        ({"access_token": ACCESS, "token_type": "Bearer"}, NOT_BELIEVED),
        ({"access_token": ACCESS, "id_token": "no token"}, NOT_BELIEVED),
        ({"access_token": ACCESS, "id_token": ["no token"]}, NOT_BELIEVED),
        ("[]", NOT_BELIEVED),
        ("no JSON", NOT_BELIEVED),
    )
    for token, why in answers:
        visit.forger.token = token
        visit.is_refused(why)


def test_a_provider_that_says_odd_things_of_itself_is_not_believed(visit: Visit) -> None:
    odd: tuple[dict[str, Any], ...] = (
        {"issuer": "http://127.0.0.1:1"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": 7},
        {"userinfo_endpoint": "ftp://127.0.0.1/me"},
    )
    for itself in odd:
        visit.forger.itself = itself
        answer = visit.browser.client.get(AWAY, follow_redirects=True)
        visit.is_told(answer, NOT_BELIEVED)


def test_a_provider_that_is_down_is_said_to_be_and_the_other_way_in_stands(
    house: House, region: Region, forger: Forger
) -> None:
    visit = Visit.at(house, forger, openid_issuer="http://127.0.0.1:1")
    answer = visit.browser.client.get(AWAY, params={"next": "/groups"}, follow_redirects=True)
    page = visit.is_told(answer, "Tjänstelegitimationen svarar inte just nu.")
    assert "Skicka kod" in page
    assert 'name="next" value="/groups"' in page, "they still go where they were going"


def test_a_provider_that_anyone_could_listen_to_or_that_does_not_know_us_is_not_asked(
    house: House, region: Region, forger: Forger
) -> None:
    for missing in (
        {"openid_issuer": "http://id.sjoviken.example"},
        {"openid_client_id": None},
        {"openid_client_id": ""},
    ):
        visit = Visit.at(house, forger, **missing)
        visit.is_told(visit.browser.client.get(AWAY, follow_redirects=True), MISSET)
    assert not forger.asked


def test_in_english_it_is_said_in_english(visit: Visit) -> None:
    visit.browser.get("/language/en")
    visit.forger.claims = {"aud": "somebody-else"}
    visit.is_refused("could not be trusted, so nobody is logged in")


def test_a_provider_that_says_nothing_holds_nobody_long(house: House, region: Region) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        forger = Forger(issuer=f"http://127.0.0.1:{silent.getsockname()[1]}")
        visit = Visit.at(house, forger)
        visit.browser.app.state.openid = Provider(visit.house.settings, patience=0.05)
        answer = visit.browser.client.get(AWAY, follow_redirects=True)
    visit.is_told(answer, "svarar inte just nu")


def test_few_wait_for_the_provider_at_a_time_and_others_are_answered_at_once(
    visit: Visit,
) -> None:
    visit.browser.app.state.openid = Provider(visit.house.settings, at_once=0)
    answer = visit.browser.client.get(AWAY, follow_redirects=True)
    visit.is_told(answer, "svarar inte just nu")
    assert not visit.forger.asked
    visit.browser.app.state.openid = Provider(visit.house.settings, at_once=1)
    assert IN in visit.logs_in().text


# --- around it -----------------------------------------------------------------------------------


def test_a_login_leads_to_no_other_site(visit: Visit) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert visit.logs_in(elsewhere).url == httpx.URL("http://localhost/")


def test_without_a_provider_there_is_no_such_page(browser: Browser, region: Region) -> None:
    assert browser.get(AWAY).status_code == 404
    assert browser.get(BACK).status_code == 404
    assert AWAY not in browser.get("/login").text


def test_logging_out_says_that_the_provider_may_still_know_them(visit: Visit) -> None:
    visit.logs_in()
    page = visit.browser.send("/", "/logout")
    assert "Du kan fortfarande vara inloggad hos Tjänstelegitimationen" in page.text


def test_by_https_what_the_browser_keeps_cannot_be_planted(
    house: House, region: Region, forger: Forger
) -> None:
    visit = Visit.at(house, forger, address="https://mandat.example")
    cookie = visit.browser.client.get(AWAY).headers["set-cookie"]
    assert cookie.startswith("__Host-mandat_errand=")
    for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert flag in cookie


def test_nothing_of_anyone_is_in_the_log(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    visit.forger.claims = {"aud": "somebody-else"}
    visit.is_refused(NOT_BELIEVED)
    visit.forger.claims = {"email": "nobody@grannen.example"}
    visit.is_refused("nobody@grannen.example")
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("mandat")]
    assert ours == ["the OpenID provider is not believed: InvalidClaimError"]
