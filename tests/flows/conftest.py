"""One real Prefect server for the session, and a small memory with something due in it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from flows.environment import IN_A_COMMAND, home, prepare

# Prefect reads these when it is imported, which the tests beside this file do.
_HOME = tempfile.TemporaryDirectory(prefix="mandat-prefect-")
os.environ["PREFECT_HOME"] = _HOME.name
prepare(IN_A_COMMAND)


@pytest.fixture(scope="session")
def prefect() -> Iterator[Path]:
    """A Prefect server that schedules, which every flow in the session runs against."""
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    from flows.server import prefect_server

    with (
        prefect_server("tests", scheduling=True) as server,
        temporary_settings({PREFECT_API_URL: server.url, PREFECT_API_AUTH_STRING: server.secret}),
    ):
        yield home()


@pytest.fixture
def address(sqlite_engine: Engine) -> str:
    """The address of an empty, migrated memory."""
    return sqlite_engine.url.render_as_string(hide_password=False)
