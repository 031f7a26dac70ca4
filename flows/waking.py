"""Telling a running service that something has happened, so that letters leave at once.

An accelerator and no more: a word that is lost costs nothing but the minutes until the next look.
Prefect is not imported here, since a command must not wait seconds for that.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import Engine

from models.serving import service_of

POSTED = "mandat.letters.posted"
"""The event: an act has been committed, and there are letters of it in the outbox."""
SECONDS = 2.0
"""How long a command waits at most for its word to be heard."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What was done, for the name of the runs that follow: `approve 3`."""

    what: str
    at: datetime


def wake(engine: Engine, happened: Happened) -> bool:
    """Tell the service on this database, if one runs on this machine; whether it was heard.

    To be called after the commit. Never raises: what was done is done, heard or not.
    """
    card = service_of(engine)
    if card is None or not card.prefect:
        return False
    return tell(card.prefect, card.secret, happened)


def tell(api: str, secret: str, happened: Happened) -> bool:
    """Emit the event at a Prefect server's API; whether it was taken."""
    where = urlsplit(api)
    headers = {"Content-Type": "application/json", **authorisation(secret)}
    caller = HTTPConnection(where.hostname or "", where.port, timeout=SECONDS)
    try:
        caller.request("POST", f"{where.path}/events", json.dumps([_event(happened)]), headers)
        return caller.getresponse().status < 300
    except (OSError, HTTPException):
        return False
    finally:
        caller.close()


def _event(happened: Happened) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "occurred": happened.at.isoformat(),
        "event": POSTED,
        "resource": {
            "prefect.resource.id": "mandat.outbox",
            "prefect.resource.name": "outbox",
        },
        "payload": {"because": happened.what},
    }


def authorisation(secret: str) -> dict[str, str]:
    """The header that a Prefect server wants from those who call."""
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
