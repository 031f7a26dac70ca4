"""The environment Prefect runs in. It is read when Prefect is imported, so it is set before."""

import os
from collections.abc import Mapping
from pathlib import Path

HOME = Path("var/prefect")
"""Where Prefect keeps its own database and logs, unless PREFECT_HOME says otherwise."""

PARENT = "MANDAT_SERVICE_PID"
"""Set by a service for the processes it starts: they end with it."""

ALWAYS: Mapping[str, str] = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    # The server Prefect starts by itself has no scheduler, and outlives a command that is killed.
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
}

IN_A_COMMAND: Mapping[str, str] = {
    # Whoever types a command gets its answer, or a sentence about what stopped it.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


def prepare(*more: Mapping[str, str]) -> None:
    """Set what Prefect reads. What the operator has set stands."""
    os.environ.setdefault("PREFECT_HOME", str(HOME.resolve()))
    for settings in (ALWAYS, *more):
        for name, value in settings.items():
            os.environ.setdefault(name, value)


def home() -> Path:
    """The folder that is Prefect's own."""
    return Path(os.environ["PREFECT_HOME"])
