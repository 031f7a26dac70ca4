"""The provider is a real one: what a client may rely on, and what it must not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.web.openid.provider import ACCOUNTS, DISCOVERY, Provider, openid_provider

pytestmark = pytest.mark.slow

OURS = "http://127.0.0.1:1/back"
"""Where the provider sends people back to. Nobody listens: what stands in the address is read."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with openid_provider([OURS]) as answering:
        yield answering


@dataclass
class Login:
    """One login, from both ends: our client, and a person's browser without scripts."""

    provider: Provider
    asked_for: dict[str, str] = field(default_factory=dict)
    verifier: str = field(default_factory=lambda: generate_token(48))
    nonce: str = field(default_factory=lambda: generate_token(20))

    def __post_init__(self) -> None:
        self.known: dict[str, Any] = httpx.get(self.provider.issuer + DISCOVERY).json()

    def begun(self, person: httpx.Client) -> httpx.Response:
        """What the person sees when sent to the provider."""
        with self._client() as client:
            address, self.state = client.create_authorization_url(
                self.known["authorization_endpoint"],
                code_verifier=self.verifier,
                nonce=self.nonce,
                **self.asked_for,
            )
        return _followed(person, person.get(address))

    def ended(self, back: str, verifier: str | None = None) -> dict[str, Any]:
        """The token a person's return is worth. Raises OAuthError."""
        with self._client() as client:
            token: dict[str, Any] = client.fetch_token(
                self.known["token_endpoint"],
                authorization_response=back,
                state=self.state,
                code_verifier=verifier or self.verifier,
            )
            return token

    def claims_of(self, token: dict[str, Any]) -> dict[str, Any]:
        """What the ID token says, its signature checked with the keys the provider shows."""
        keys = KeySet.import_key_set(httpx.get(self.known["jwks_uri"]).json())
        claims = jwt.decode(token["id_token"], keys).claims
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "value": self.provider.client},
            nonce={"essential": True, "value": self.nonce},
        )
        rules.validate(claims)
        return claims

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self.provider.client,
            self.provider.secret,
            scope="openid profile email",
            redirect_uri=OURS,
            code_challenge_method="S256",
        )


def _followed(person: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """Along the provider's redirects, until it shows something or sends the person back to us."""
    for _ in range(10):
        if answer.next_request is None or str(answer.next_request.url).startswith(OURS):
            return answer
        answer = person.send(answer.next_request)
    raise AssertionError("the provider goes in a circle")


def back_at_us(answer: httpx.Response) -> str:
    assert answer.is_redirect, answer.text
    return str(answer.next_request.url) if answer.next_request else ""


@pytest.fixture
def person() -> Iterator[httpx.Client]:
    """A person's browser."""
    with httpx.Client() as browser:
        yield browser


def test_it_says_where_everything_is(provider: Provider) -> None:
    known = Login(provider).known
    assert known["issuer"] == provider.issuer
    assert "S256" in known["code_challenge_methods_supported"]
    assert {"sub", "name", "email", "acr", "auth_time"} <= set(known["claims_supported"])


@pytest.mark.parametrize("subject", ACCOUNTS)
def test_a_person_who_is_hinted_at_comes_back_with_a_code_worth_their_claims(
    provider: Provider, person: httpx.Client, subject: str
) -> None:
    login = Login(provider, {"login_hint": subject})
    token = login.ended(back_at_us(login.begun(person)))
    claims, account = login.claims_of(token), ACCOUNTS[subject]
    assert claims["sub"] == subject
    assert claims["acr"] == account.acr
    assert (claims["name"], claims["email"]) == (account.name, account.email)
    assert claims["email_verified"] is account.email_verified
    assert claims["iat"] - claims["auth_time"] in range(60)
    told = httpx.get(
        login.known["userinfo_endpoint"],
        headers={"Authorization": f"Bearer {token['access_token']}"},
    ).json()
    assert (told["sub"], told["email"]) == (subject, account.email)


def test_a_person_who_is_not_hinted_at_chooses_who_they_are(
    provider: Provider, person: httpx.Client
) -> None:
    login = Login(provider)
    asked = login.begun(person)
    assert "Hanna Handläggare" in asked.text
    answer = _followed(person, person.post(asked.url, data={"sub": "hsa-0002"}))
    assert login.claims_of(login.ended(back_at_us(answer)))["sub"] == "hsa-0002"


def test_whoever_logs_in_as_nobody_is_sent_back_with_an_error(
    provider: Provider, person: httpx.Client
) -> None:
    login = Login(provider)
    answer = _followed(person, person.post(login.begun(person).url, data={"sub": ""}))
    assert parse_qs(urlsplit(back_at_us(answer)).query)["error"] == ["access_denied"]


def test_a_login_that_stands_is_not_asked_for_again_unless_it_must_be_fresh(
    provider: Provider, person: httpx.Client
) -> None:
    first = Login(provider, {"login_hint": "hsa-0001"})
    first.ended(back_at_us(first.begun(person)))
    again = Login(provider)
    assert again.claims_of(again.ended(back_at_us(again.begun(person))))["sub"] == "hsa-0001"
    assert "Who are you?" in Login(provider, {"prompt": "login"}).begun(person).text
    silent = Login(provider, {"prompt": "none"})
    assert "code=" in back_at_us(silent.begun(person))
    with httpx.Client() as stranger:
        assert "error=login_required" in back_at_us(silent.begun(stranger))


def test_a_code_is_worth_nothing_twice_nor_without_its_verifier(
    provider: Provider, person: httpx.Client
) -> None:
    login = Login(provider, {"login_hint": "hsa-0001"})
    back = back_at_us(login.begun(person))
    with pytest.raises(OAuthError, match="invalid_grant"):
        login.ended(back, verifier=generate_token(48))
    back = back_at_us(login.begun(person))
    login.ended(back)
    with pytest.raises(OAuthError, match="invalid_grant"):
        login.ended(back)


def test_nobody_is_sent_to_an_address_that_is_not_registered(
    provider: Provider, person: httpx.Client
) -> None:
    login = Login(provider, {"redirect_uri": "http://127.0.0.1:1/elsewhere"})
    refused = login.begun(person)
    assert refused.status_code == 400
    assert "redirect_uri" in refused.text
