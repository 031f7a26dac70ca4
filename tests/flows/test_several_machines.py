"""Several machines: two worker processes share the work by what PostgreSQL hands out."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from multiprocessing.context import ForkServerContext
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import get_current_settings
from prefect.workers.process import ProcessWorker
from sqlalchemy import Engine, select

from casework.organisation import load
from flows.catalogue import WORK_POOL
from models.session import reading, transaction
from models.tables import Attempt, Charter, Group, Journal
from statemachine.vocabulary import State
from tests.builders import (
    DECIDED,
    FOUNDED,
    LAPSED,
    ORGANISATION,
    Region,
    a_charter,
    moment,
    organisation,
)
from tests.flows import crew
from tests.flows.crew import PATIENCE, Share

pytestmark = pytest.mark.slow

DUE = 200


def councils(count: int) -> str:
    return "".join(
        f"  - key: rad{number}\n    name: Råd {number}\n    from: 2026-01-05\n"
        "    seats: [{seat: coordinator, person: bo, from: 2026-01-05}]\n"
        for number in range(count)
    )


def many_due(engine: Engine, count: int) -> Region:
    """A region whose many councils each have a charter that ran out yesterday."""
    region = Region.founded(engine)
    with transaction(engine) as connection:
        many = organisation(ORGANISATION + councils(count))
        load(connection, many, by="astrid", today=FOUNDED, now=moment(FOUNDED))
        groups = connection.execute(select(Group.id, Group.name).where(Group.key.like("rad%")))
        named = {row.id: row.name for row in groups}
    for group, name in named.items():
        region.recorded(
            group=None,
            group_id=group,
            document=a_charter(title=f"Uppdrag för {name}", group=name),
            decided_on=DECIDED,
        )
    return region


def worked_at_once(url: str, folder: Path) -> list[Share]:
    """Two processes do the day's work side by side; what each did."""
    # A fork of this very process would inherit its threads' locks.
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([crew.__name__])
    meeting, shares = context.Barrier(2), context.Queue()
    workers = [
        context.Process(target=crew.work, args=(name, url, folder, LAPSED, meeting, shares))
        for name in ("first", "second")
    ]
    for worker in workers:
        worker.start()
    done: list[Share] = [shares.get(timeout=2 * PATIENCE) for _ in workers]
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.exitcode == 0
    return done


def test_two_workers_share_the_day_and_nothing_is_done_twice(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    region = many_due(postgresql_engine, DUE)
    url = postgresql_engine.url.render_as_string(hide_password=False)
    postgresql_engine.dispose()
    first, second = worked_at_once(url, tmp_path)

    # Both worked, and what they did together is what there was to do.
    assert first.swept.acts
    assert second.swept.acts
    assert first.swept.acts + second.swept.acts == DUE
    letters = region.outbox()
    assert first.swept.letters + second.swept.letters == len(letters) >= DUE
    assert first.delivered.sent
    assert second.delivered.sent
    assert first.delivered.sent + second.delivered.sent == len(letters)

    with reading(postgresql_engine) as connection:
        lapsed = select(Charter.state).where(Charter.title.like("Uppdrag för Råd%"))
        assert set(connection.scalars(lapsed)) == {State.EXPIRED}
        ended = select(Journal.charter_id).where(Journal.act == "expire")
        assert Counter(connection.scalars(ended)).most_common(1)[0][1] == 1
        tries = connection.execute(select(Attempt.outbox_id, Attempt.result)).all()
    assert {row.state for row in letters} == {"sent"}
    assert sorted(tries) == [(row.id, "accepted") for row in sorted(letters, key=lambda x: x.id)]
    carried = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).parts[0] for path in carried} == {"first", "second"}
    identities = Counter(message_from_bytes(path.read_bytes())["Message-ID"] for path in carried)
    assert identities == dict.fromkeys((row.message_id for row in letters), 1)


# --- Prefect's own workers ----------------------------------------------------------------------

FEW = 20
BY_HAND = ("renewal-and-expiry", "review-reminders")
"""Those that run once a day: nothing but this test has them run while it lasts."""


@contextmanager
def pool_with_deployments(environment: dict[str, str]) -> Iterator[dict[str, UUID]]:
    """The work pool, and the deployments as prefect.yaml has them; removed afterwards."""
    with get_client(sync_client=True) as client:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(
            WorkPoolCreate(name=WORK_POOL, type="process", base_job_template=template)
        )
        names = [word for name in BY_HAND for word in ("-n", name)]
        prefect_says("--no-prompt", "deploy", *names, environment=environment)
        known = {name: client.read_deployment_by_name(f"{name}/{name}").id for name in BY_HAND}
        try:
            yield known
        finally:
            for deployment in known.values():
                client.delete_deployment(deployment)
            client.delete_work_pool(WORK_POOL)


def prefect_says(*words: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "prefect", *words]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=90)


@contextmanager
def prefect_worker(name: str, folder: Path, environment: dict[str, str]) -> Iterator[Path]:
    """A worker that takes one run at a time; what it says is written to a file."""
    said = folder / f"{name}.log"
    command = ["worker", "start", "--pool", WORK_POOL, "--name", name, "--limit", "1"]
    with said.open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "flows.child", str(os.getpid()), *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield said
    finally:
        worker.terminate()
        worker.wait(30)


def wait_until(it_is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not it_is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def is_over(client: SyncPrefectClient, run: UUID) -> bool:
    state = client.read_flow_run(run).state
    return state is not None and state.is_final()


def test_prefect_s_workers_take_runs_of_the_same_deployments(
    prefect: Path, postgresql_engine: Engine, tmp_path: Path
) -> None:
    region = many_due(postgresql_engine, FEW)
    untouched = region.draft()
    environment = {
        **os.environ,
        **get_current_settings().to_environment_variables(exclude_unset=True),
        "MANDAT_DATABASE_URL": postgresql_engine.url.render_as_string(hide_password=False),
        "MANDAT_SEAL_FOLDER": str(tmp_path / "seal"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_LOGGING_LEVEL": "INFO",
    }
    with pool_with_deployments(environment) as known, ExitStack() as crew_of_two:
        logs = [
            crew_of_two.enter_context(prefect_worker(name, tmp_path, environment))
            for name in ("first", "second")
        ]
        with get_client(sync_client=True) as client:
            wait_until(lambda: len(client.read_workers_for_work_pool(WORK_POOL)) == 2, 60)
            when = {"when": {"on": LAPSED.isoformat()}}
            runs = [
                client.create_flow_run_from_deployment(known[name], parameters=when).id
                for name in (*BY_HAND, BY_HAND[0])
            ]
            wait_until(lambda: all(is_over(client, run) for run in runs), 120)
            ended = [client.read_flow_run(run).state_name for run in runs]
    # The same deployment's second run comes after the first, or is cancelled while that is on.
    assert ended[1] == "Completed" in (ended[0], ended[2])
    assert set(ended) <= {"Completed", "Cancelled"}
    taken = [{run for run in runs if str(run) in log.read_text()} for log in logs]
    assert all(taken), "both worked"

    expired = Counter(row.charter_id for row in region.journal(act="expire"))
    assert len(expired) == FEW
    assert set(expired.values()) == {1}
    assert region.letters(charter=untouched, on=LAPSED)
