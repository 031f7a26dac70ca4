"""A real OpenID provider on loopback, with invented people, that anyone may log in at as anyone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import httpx

from tests.node.program import PATIENCE, program

CLIENT, SECRET = "mandat", "en-hemlighet-som-bara-provet-vet"
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the provider knows, and how surely: `acr` is the level of assurance of a login."""

    name: str
    email: str
    acr: str
    email_verified: bool = True


ACCOUNTS = {
    "hsa-0001": Account("Disa Direktör", "disa.direktor@sjoviken.example", "loa3"),
    "hsa-0002": Account("Hanna Handläggare", "hanna.handlaggare@sjoviken.example", "loa2"),
    "hsa-0003": Account(
        "Disa Direktör", "disa.direktor@grannen.example", "loa1", email_verified=False
    ),
}
"""By subject. The last is called like the first, has an address nobody checked, and is another."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where it is, and what it calls its one client."""

    issuer: str
    client: str = CLIENT
    secret: str = SECRET


@contextmanager
def openid_provider(redirect_uris: Sequence[str], port: int = 0) -> Iterator[Provider]:
    """The provider, answering, on a port that is free unless one is asked for.

    It asks who someone is on a page; whoever is named in `login_hint` by subject is not asked.
    """
    client = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": list(redirect_uris),
        "require_auth_time": True,
    }
    known = {subject: asdict(account) for subject, account in ACCOUNTS.items()}
    with program("openid.js") as running:
        where = running.ask({"port": port, "accounts": known, "clients": [client]})
        httpx.get(where["issuer"] + DISCOVERY, timeout=PATIENCE).raise_for_status()
        yield Provider(where["issuer"])
