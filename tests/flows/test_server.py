"""A real Prefect server: it schedules what the catalogue says, and ends with whoever started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings
from sqlalchemy import Engine, select

from casework.settings import Settings
from flows.catalogue import CATALOGUE
from flows.clockwork import clockwork
from flows.deployments import deployments
from flows.environment import home
from flows.server import NoServer, prefect_server
from models.session import transaction
from models.tables import Sweep
from statemachine.vocabulary import State
from tests.flows.charters import RUN_OUT, something_due, states

pytestmark = pytest.mark.slow

OPENS_A_CLOCKWORK = """
import os, sys, time
from casework.settings import Settings
from flows.clockwork import clockwork
with clockwork(Settings(database_url=sys.argv[1])):
    from prefect.settings import PREFECT_API_URL
    print(PREFECT_API_URL.value(), flush=True)
    time.sleep(60)
"""


def wait_until(it_is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not it_is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@pytest.fixture
def registered(prefect: Path) -> dict[str, str]:
    """The catalogue's deployments, known to the server: each one's name and id."""
    return {deployment.name: str(deployment.apply()) for deployment in deployments()}


def scheduled(client: SyncPrefectClient) -> set[str]:
    """The deployments that have runs waiting for their time."""
    waiting = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
    runs = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=waiting))
    return {str(run.deployment_id) for run in runs if run.auto_scheduled}


def test_what_is_scheduled_in_the_catalogue_really_gets_scheduled_runs(
    registered: dict[str, str],
) -> None:
    wanted = {registered[entry.name] for entry in CATALOGUE if entry.cron}
    with get_client(sync_client=True) as client:
        assert wait_until(lambda: wanted <= scheduled(client), seconds=60)
        assert registered["daily"] not in scheduled(client)


def test_a_run_asked_for_by_form_works_in_the_memory_of_the_environment(
    registered: dict[str, str], sqlite_engine: Engine, address: str
) -> None:
    something_due(sqlite_engine)
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(
            UUID(registered["daily"]), parameters={"when": {"on": RUN_OUT.isoformat()}}
        )
    subprocess.run(
        [sys.executable, "-m", "prefect", "flow-run", "execute", str(run.id)],
        env={
            **os.environ,
            **get_current_settings().to_environment_variables(exclude_unset=True),
            "MANDAT_DATABASE_URL": address,
            "PYTHONPATH": str(Path.cwd()),
        },
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert states(sqlite_engine)["Uppdrag för Hörselrådet"] == State.EXPIRED
    with transaction(sqlite_engine) as connection:
        assert connection.scalars(select(Sweep.day).where(Sweep.flow == "daily")).all() == [RUN_OUT]


def test_a_command_that_is_killed_leaves_no_server_behind(address: str, tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", OPENS_A_CLOCKWORK, address],
        env={
            **{name: v for name, v in os.environ.items() if not name.startswith("PREFECT_API")},
            "PREFECT_HOME": str(tmp_path),
            "PYTHONPATH": str(Path.cwd()),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    with command:
        assert command.stdout is not None
        port = int(command.stdout.readline().split(":")[2].partition("/")[0])
        assert answers(port)
        command.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not answers(port), seconds=10)


def answers(port: int) -> bool:
    caller = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        caller.request("GET", "/api/health")
        return caller.getresponse().status == 200
    except OSError:
        return False
    finally:
        caller.close()


def test_strangers_are_not_let_in(prefect: Path) -> None:
    port = int(str(get_current_settings().api.url).split(":")[2].partition("/")[0])
    stranger = HTTPConnection("127.0.0.1", port, timeout=5)
    stranger.request("POST", "/api/flow_runs/filter", body="{}")
    assert stranger.getresponse().status == 401
    stranger.close()


def test_a_server_that_does_not_start_is_said_in_a_sentence() -> None:
    (home() / "broken.db").mkdir(exist_ok=True)
    with pytest.raises(NoServer, match=r"broken\.log"), prefect_server("broken"):
        pytest.fail("it started")


def test_a_server_that_does_not_answer_is_said_in_a_sentence(address: str) -> None:
    nowhere = temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"})
    with (
        nowhere,
        pytest.raises(NoServer, match=r"127\.0\.0\.1:9"),
        clockwork(Settings(database_url=address)),
    ):
        pytest.fail("it opened")


def test_two_commands_that_are_the_first_at_once_both_get_a_server() -> None:
    with ThreadPoolExecutor(2) as both:
        for url in both.map(url_of_a_new_server, ["first", "first"]):
            assert url.startswith("http://127.0.0.1:")


def url_of_a_new_server(name: str) -> str:
    with prefect_server(name) as server:
        return server.url
