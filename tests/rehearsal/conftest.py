"""A region at work, to be rehearsed: on SQLite, and where memory is copied, on both engines."""

import pytest
from sqlalchemy import Engine

from tests.builders import Region


@pytest.fixture
def region(sqlite_engine: Engine) -> Region:
    """The region at work."""
    return Region.founded(sqlite_engine)


@pytest.fixture
def anywhere(engine: Engine) -> Region:
    """The region at work, on each engine in turn."""
    return Region.founded(engine)
