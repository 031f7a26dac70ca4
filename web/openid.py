"""An OpenID provider's word on who someone is: asked for, fetched, and believed when it holds."""

import asyncio
import hmac
import logging
import ssl
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from casework.secrets import SecretMissetting, secret_in
from casework.settings import Settings
from statemachine.words import Refusal, Words
from web.access import LOOPBACK

log = logging.getLogger("mandat.web")

Answer = TypeVar("Answer")

SCOPE = "openid profile email"
SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Only the provider holds these keys: neither no signature at all nor one with our own secret."""
LEEWAY = 60
"""Seconds that two clocks may differ."""
FRESH = timedelta(minutes=10)
"""How old a token may be when it reaches us: it is made when we ask for it."""
REMEMBERED = timedelta(hours=1)
"""How long we go by what the provider last said of itself."""
ERRAND_LASTS = 15 * 60
"""Seconds someone may be away, finding their card and remembering its code."""
PATIENCE = 6.0
"""Seconds that all that is asked of the provider for one page may take together."""
AT_ONCE = 6
"""Pages that wait for the provider at a time; more are told to come back. Others are free."""

AWAY = Words(
    "{name} svarar inte just nu. Försök igen om en stund.",
    "{name} does not answer just now. Try again in a while.",
)
SAID_NO = Words(
    "Inloggningen hos {name} avbröts, så ingen är inloggad. Försök igen när du vill.",
    "The login at {name} was broken off, so nobody is logged in. Try again when you like.",
)
ANOTHER_ERRAND = Words(
    "Inloggningen började i en annan webbläsare, är redan använd eller tog för lång tid. Börja om "
    "här.",
    "The login began in another browser, has been used already or took too long. Begin again here.",
)
NOT_BELIEVED = Words(
    "Svaret från {name} gick inte att lita på, så ingen är inloggad. Försök igen. Händer det på "
    "nytt, säg till den som sköter tjänsten.",
    "The answer from {name} could not be trusted, so nobody is logged in. Try again. If it happens "
    "anew, tell whoever runs the service.",
)
TOO_LOW = Words(
    "{name} intygar inte att du loggade in så säkert som krävs här. Logga in där på ett säkrare "
    "sätt.",
    "{name} does not confirm that you logged in as safely as is demanded here. Log in there in a "
    "safer way.",
)
NO_MOMENT = Words(
    "{name} säger inte när du loggade in, och det behövs. Säg till den som sköter tjänsten.",
    "{name} does not say when you logged in, which is needed. Tell whoever runs the service.",
)
NOT_ANEW = Words(
    "{name} lät dig inte logga in på nytt, och det behövs. Logga ut där och försök igen.",
    "{name} did not have you log in anew, which is needed. Log out there and try again.",
)
MISSET = Words(
    "Inloggningen med {name} är inte rätt inställd. Säg till den som sköter tjänsten.",
    "The login with {name} is not set up right. Tell whoever runs the service.",
)


class NotVouched(Refusal):
    """The provider does not vouch for anyone, or not so that it can be believed."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What the browser keeps while its person is away at the provider."""

    state: str
    nonce: str
    verifier: str
    within: int
    """How many seconds ago they may have logged in there, at most, when they come back."""
    began_at: float


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the provider says of whoever logged in there."""

    subject: str
    email: str | None
    email_is_verified: bool
    acr: str | None
    authenticated_at: datetime


class Provider:
    """The one provider there is, and what we know of it."""

    def __init__(
        self, settings: Settings, *, patience: float = PATIENCE, at_once: int = AT_ONCE
    ) -> None:
        self.settings = settings
        self.patience = patience
        # Whom the machine trusts, the organisation's own among them. Made once: it takes long.
        self._trusted = ssl.create_default_context()
        self._known: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._waiting = BoundedSemaphore(at_once)

    @property
    def issuer(self) -> str:
        return (self.settings.openid_issuer or "").rstrip("/")

    @property
    def back(self) -> str:
        """Where the provider sends people back to; it knows the address beforehand."""
        return f"{self.settings.pages}/login/openid/back"

    # --- what is asked of it --------------------------------------------------------------------

    def way_there(self, *, anew: bool, now: datetime) -> tuple[str, Errand]:
        """Where to send someone to log in, and what their browser is to keep meanwhile.

        `anew` has them show who they are even if they are logged in there. Raises NotVouched.
        """
        self._set_right()
        known = self._asked(self._about_itself(now))
        if anew:
            within, asked = self.settings.recent_minutes * 60, {"prompt": "login"}
        else:
            within, asked = self.settings.login_hours * 3600, {}
        if self.settings.openid_acr:
            asked["acr_values"] = self.settings.openid_acr
        state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
        errand = Errand(state, nonce, verifier, within, began_at=now.timestamp())
        # With a greatest age asked for, a provider must say when they logged in.
        address, _ = self._client(known, secret=None).create_authorization_url(
            known["authorization_endpoint"],
            state=errand.state,
            nonce=errand.nonce,
            code_verifier=errand.verifier,
            max_age=str(within),
            **asked,
        )
        return address, errand

    def word(self, came_with: Mapping[str, str], errand: Errand, *, now: datetime) -> Vouched:
        """Whom the provider vouches for, when someone came back with this. Raises NotVouched."""
        if not hmac.compare_digest(came_with.get("state", "").encode(), errand.state.encode()):
            raise NotVouched(ANOTHER_ERRAND)
        if now.timestamp() - errand.began_at > ERRAND_LASTS:
            raise NotVouched(ANOTHER_ERRAND)
        if came_with.get("iss", self.issuer).rstrip("/") != self.issuer:
            raise self._not_believed("another issuer came back")
        if "error" in came_with:
            raise self._said_no(came_with["error"])
        if not came_with.get("code"):
            raise self._not_believed("neither code nor error came back")
        self._set_right()
        return self._asked(self._exchanged(came_with["code"], errand, now))

    def tried(self, *, now: datetime) -> None:
        """Ask the provider for what it says of itself, and nothing more. Raises NotVouched."""
        self._set_right()
        self._secret()
        self._asked(self._about_itself(now))

    def _asked(self, asking: Coroutine[Any, Any, Answer]) -> Answer:
        """Its answer, within our patience and in turn: no page waits long, and few wait at all."""
        if not self._waiting.acquire(blocking=False):
            asking.close()
            raise NotVouched(self._called(AWAY))
        try:
            return asyncio.run(asyncio.wait_for(asking, self.patience))
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError) as fault:
            log.warning("the OpenID provider does not answer: %s", type(fault).__name__)
            raise NotVouched(self._called(AWAY)) from fault
        except OAuthError as fault:
            raise self._refused_us(str(fault.error)) from fault
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise self._not_believed(type(fault).__name__) from fault
        finally:
            self._waiting.release()

    async def _about_itself(self, now: datetime) -> dict[str, Any]:
        if self._known is not None and now - self._known[0] < REMEMBERED:
            return self._known[1]
        known = await self._fetched(f"{self.issuer}/.well-known/openid-configuration")
        if str(known["issuer"]).rstrip("/") != self.issuer:
            raise self._not_believed("it calls itself something else")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        for what in (*needed, *({"userinfo_endpoint"} & known.keys())):
            if not self._is_as_safe(str(known[what])):
                raise self._not_believed(f"its {what} is not as safe as itself")
        self._known = now, known
        return known

    async def _exchanged(self, code: str, errand: Errand, now: datetime) -> Vouched:
        """The code is worth a token, and the token names someone."""
        known = await self._about_itself(now)
        async with self._client(known, secret=self._secret()) as client:
            token = await client.fetch_token(
                known["token_endpoint"], code=code, code_verifier=errand.verifier
            )
        claims = await self._believed(token, known, errand, now)
        if "email" not in claims and known.get("userinfo_endpoint"):
            told = await self._fetched(known["userinfo_endpoint"], token["access_token"])
            if told.get("sub") == claims["sub"]:
                claims = {**told, **claims}
        email = claims.get("email")
        return Vouched(
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            email_is_verified=claims.get("email_verified") is True,
            acr=claims.get("acr"),
            authenticated_at=min(datetime.fromtimestamp(claims["auth_time"], UTC), now),
        )

    async def _fetched(self, address: str, bearer: str | None = None) -> dict[str, Any]:
        """What is told at an address. Raises HTTPError, or ValueError for what is no object."""
        headers = {"Accept": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        async with httpx2.AsyncClient(timeout=self.patience, verify=self._trusted) as client:
            answer = (await client.get(address, headers=headers)).raise_for_status()
        told = answer.json()
        if not isinstance(told, dict):
            raise ValueError(address)
        return told

    def _client(self, known: dict[str, Any], secret: str | None) -> Any:
        methods = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_header = "client_secret_basic" in methods or "client_secret_post" not in methods
        with_secret = "client_secret_basic" if by_header else "client_secret_post"
        return AsyncOAuth2Client(
            self.settings.openid_client_id,
            secret,
            token_endpoint_auth_method=with_secret if secret else "none",
            scope=SCOPE,
            redirect_uri=self.back,
            code_challenge_method="S256",
            timeout=self.patience,
            verify=self._trusted,
        )

    def _set_right(self) -> None:
        """Raises NotVouched when anyone could listen, or nothing tells what is meant for us."""
        where = urlsplit(self.issuer)
        in_the_clear = where.scheme != "https" and where.hostname not in LOOPBACK
        if in_the_clear or not self.settings.openid_client_id:
            log.error("the OpenID provider is not set up right: see mandat check-config")
            raise NotVouched(self._called(MISSET))

    def _secret(self) -> str | None:
        """Read each time: a new one holds without a restart."""
        file = self.settings.openid_client_secret_file
        try:
            if file is None:
                return None
            return secret_in(file, "MANDAT_OPENID_CLIENT_SECRET_FILE").get_secret_value()
        except SecretMissetting as fault:
            # Whoever logs in is not told of files; check-config says which.
            log.error("the file with the secret for the OpenID provider cannot be used")
            raise NotVouched(self._called(MISSET)) from fault

    # --- what of it is believed -----------------------------------------------------------------

    async def _believed(
        self, token: dict[str, Any], known: dict[str, Any], errand: Errand, now: datetime
    ) -> dict[str, Any]:
        """What the ID token says, when all of it holds. Raises JoseError or NotVouched."""
        decoded = await self._decoded(token["id_token"], known, now)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": known["issuer"]},
                "aud": {"essential": True, "value": self.settings.openid_client_id},
                "sub": {"essential": True, "allow_blank": False},
            },
            {
                "nonce": errand.nonce,
                "client_id": self.settings.openid_client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(int(now.timestamp()), LEEWAY)
        if not isinstance(claims["sub"], str):
            raise self._not_believed("its subject is no text")
        if claims["iat"] < (now - FRESH).timestamp() - LEEWAY:
            raise self._not_believed("its token is old")
        demanded = (self.settings.openid_acr or "").split()
        if demanded and claims.get("acr") not in demanded:
            raise NotVouched(self._called(TOO_LOW))
        moment = claims.get("auth_time")
        if not isinstance(moment, int | float):
            raise NotVouched(self._called(NO_MOMENT))
        if moment > now.timestamp() + LEEWAY:
            raise self._not_believed("they logged in at a time to come")
        if moment < now.timestamp() - errand.within - LEEWAY:
            raise NotVouched(self._called(NOT_ANEW))
        return dict(claims)

    async def _decoded(self, token: str, known: dict[str, Any], now: datetime) -> jwt.Token:
        """The token, whose signature is the provider's; by its newest keys when they changed."""
        if self._keys is not None and now - self._keys[0] < REMEMBERED:
            try:
                return jwt.decode(token, self._keys[1], algorithms=list(SIGNED_WITH))
            except (BadSignatureError, InvalidKeyIdError):
                log.info("the OpenID provider signs with a key we do not know yet")
        keys = KeySet.import_key_set(await self._fetched(known["jwks_uri"]))  # type: ignore[arg-type]
        self._keys = now, keys
        return jwt.decode(token, keys, algorithms=list(SIGNED_WITH))

    def _is_as_safe(self, address: str) -> bool:
        """A provider that is reached by https answers nowhere else in the clear."""
        kinds = ("https",) if self.issuer.startswith("https:") else ("https", "http")
        return urlsplit(address).scheme in kinds

    # --- why nobody is logged in ----------------------------------------------------------------

    def _called(self, words: Words) -> Words:
        return words.about(name=self.settings.openid_name)

    def _not_believed(self, why: str) -> NotVouched:
        log.warning("the OpenID provider is not believed: %s", why)
        return NotVouched(self._called(NOT_BELIEVED))

    def _said_no(self, error: str) -> NotVouched:
        """The provider sent someone back without having logged them in."""
        reasons = {
            "access_denied": SAID_NO,
            "interaction_required": SAID_NO,
            "login_required": SAID_NO,
            "unmet_authentication_requirements": TOO_LOW,
            "server_error": AWAY,
            "temporarily_unavailable": AWAY,
        }
        words = reasons.get(error, MISSET)
        if words is MISSET:
            log.error("the OpenID provider refuses what we ask of people")
        return NotVouched(self._called(words))

    def _refused_us(self, error: str) -> NotVouched:
        """The provider would not give us a token for the code."""
        if error == "invalid_grant":
            return NotVouched(ANOTHER_ERRAND)
        log.error("the OpenID provider refuses us: see to the client's identity and secret")
        return NotVouched(self._called(MISSET))
