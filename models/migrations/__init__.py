"""How memory grows: migrations, run at start, under a lock, in one transaction."""

from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, inspect, text

from models.session import CannotRemember, reading, transaction
from statemachine.words import Words

HERE = Path(__file__).parent
NEWEST = "0006"
LOCK = 0x6D616E646174
"""The advisory lock two starting processes meet at, on PostgreSQL: "mandat" in ASCII."""


def upgrade(engine: Engine) -> bool:
    """Bring the database to the newest revision; True when there was anything to do.

    Two processes that start at once do it once: the second waits, and finds it done.

    Raises CannotRemember when the database is newer than this program.
    """
    with reading(engine) as connection:
        revision = _revision(connection)
    if revision == NEWEST:
        return False
    if revision is not None and revision > NEWEST:
        raise CannotRemember(
            Words(
                "Databasen är nyare ({theirs}) än det här programmet ({ours}). "
                "Uppdatera programmet innan du fortsätter.",
                "The database is newer ({theirs}) than this program ({ours}). "
                "Update the program before going on.",
            ).about(theirs=revision, ours=NEWEST)
        )
    with transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if _revision(connection) == NEWEST:
            return False
        _run(connection)
    return True


def is_newest(connection: Connection) -> bool:
    """Whether the database has the shape that this program works in."""
    return _revision(connection) == NEWEST


def shape(connection: Connection) -> Literal["none", "older", "newest", "newer"]:
    """The database's shape, beside the one that this program works in."""
    revision = _revision(connection)
    if revision is None:
        return "none"
    return "newest" if revision == NEWEST else "newer" if revision > NEWEST else "older"


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _run(connection: Connection) -> None:
    # Alembic takes a tenth of a second to load, and is needed once in a database's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """The revision memory stands at; None where there is no memory yet."""
    return _revision(connection)
