"""Keys: secrets this installation makes for itself once, the same for all its machines."""

import secrets
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from casework.settings import Settings
from models.tables import Key
from notifications.links import Pages

PAGES = "pages"
"""What links, forms and cookies of the pages are signed with."""


def key_of(connection: Connection, name: str) -> str | None:
    """The key of this name; None when it has not been made."""
    return connection.scalar(select(Key.secret).where(Key.name == name))


def made_key(connection: Connection, name: str, now: datetime) -> str:
    """The key of this name, made when there was none. Of two who make it at once, one has."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(Key)
        .values(name=name, secret=secrets.token_urlsafe(32), made_at=now)
        .on_conflict_do_nothing()
    )
    return str(key_of(connection, name))


def pages_in_letters(connection: Connection, settings: Settings, now: datetime) -> Pages | None:
    """The pages that letters lead to; None where they lead to none."""
    address = settings.pages_in_letters
    return Pages(address, made_key(connection, PAGES, now)) if address else None
