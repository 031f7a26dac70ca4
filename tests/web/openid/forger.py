"""An OpenID provider on loopback that says whatever a test has it say, true or forged."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT, SUBJECT, CODE, ACCESS = "mandat", "hsa-7", "a-code", "an-access-token"


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class Forger:
    """What it says. A claim of None is left out."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    itself: dict[str, Any] = field(default_factory=dict)
    key: ECKey | OctKey = field(default_factory=lambda: new_key("1"))
    shown: list[ECKey] = field(default_factory=list)
    """The keys it shows; its own unless said otherwise."""
    token: dict[str, Any] | str | None = None
    """What a code is worth, when it is no honest token."""
    told_of_user: dict[str, Any] | None = None
    asked: Counter[str] = field(default_factory=Counter)
    received: list[tuple[dict[str, str], str | None]] = field(default_factory=list)
    """What was sent for a token, and how the client showed who it is."""
    nonce: str = ""
    now: datetime | None = None

    def answer(self, path: str, body: str, authorization: str | None) -> tuple[int, Any]:
        """Status and what is said at a path."""
        self.asked[path] += 1
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/me",
                **self.itself,
            }
        if path == "/keys":
            own = [self.key] if isinstance(self.key, ECKey) else []
            return 200, KeySet(list(self.shown or own)).as_dict()
        if path == "/me":
            return 200, self.told_of_user or {}
        sent = {name: said[0] for name, said in parse_qs(body).items()}
        self.received.append((sent, authorization))
        if self.token is not None:
            return (400 if "error" in self.token else 200), self.token
        return 200, {
            "access_token": ACCESS,
            "token_type": "Bearer",
            "id_token": self.id_token(),
        }

    def id_token(self) -> str:
        """The ID token, with what the test changed in it."""
        assert self.now is not None
        at = int(self.now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": SUBJECT,
            "exp": at + 300,
            "iat": at,
            "auth_time": at - 60,
            "nonce": self.nonce,
            "email": "helena@sjoviken.example",
            "email_verified": True,
            **self.claims,
        }
        kept = {name: said for name, said in claims.items() if said is not None}
        header = {"alg": "ES256", "kid": self.key.kid, **self.header}
        return jwt.encode(header, kept, self.key, algorithms=["ES256", "HS256"])


@contextmanager
def forging() -> Iterator[Forger]:
    """A forger, answering until the block ends."""
    forger = Forger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, said = forger.answer(self.path, body, self.headers.get("Authorization"))
            sent = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is said of requests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forger.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield forger
        finally:
            server.shutdown()
            thread.join()
