"""What a service puts in order as it starts, on a real Prefect server."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Failed, Pending, Running

from casework.watch import Awaited
from flows.deployments import deployments
from flows.settling import automations, settle
from tests.cli.test_serve import wait_until

pytestmark = pytest.mark.slow

SINCE = datetime(2026, 6, 17, 4, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def ids(prefect: Path) -> dict[str, UUID]:
    """The deployments of the catalogue, known to the server."""
    return {one.name: UUID(str(one.apply())) for one in deployments()}


def a_run(ids: dict[str, UUID], flow: str, name: str, *states: State) -> UUID:
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(ids[flow], name=name)
        for state in states:
            client.set_flow_run_state(run.id, state)
        return run.id


def stands(run: UUID) -> StateType:
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run).state
    assert state is not None
    return state.type


def asked_for(ids: dict[str, UUID], flow: str) -> list[Any]:
    """The runs of a flow that were asked for: with what."""
    its = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[ids[flow]]))
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=its, sort=FlowRunSort.ID_DESC, limit=200)
    return [run.parameters["when"] for run in runs if not run.auto_scheduled and run.parameters]


def test_a_run_that_died_with_its_service_gives_up_its_place(ids: dict[str, UUID]) -> None:
    dead = a_run(ids, "daily", "dead", Pending(), Running())
    assert stands(dead) is StateType.RUNNING
    assert stands(a_run(ids, "daily", "kept out", Pending())) is StateType.CANCELLED
    asyncio.run(settle(ids, {}))
    assert stands(dead) is StateType.CRASHED
    assert stands(a_run(ids, "daily", "let in", Pending())) is StateType.PENDING
    asyncio.run(settle(ids, {}))


def test_the_alarms_are_set_once_and_stay_as_the_operator_left_them(ids: dict[str, UUID]) -> None:
    def known() -> dict[str, bool]:
        with get_client(sync_client=True) as client:
            ours = [one for one in client.read_automations() if one.name.startswith("mandat: ")]
        assert len({one.name for one in ours}) == len(ours)
        return {one.name: one.enabled for one in ours}

    asyncio.run(settle(ids, {}))
    assert set(known()) == {one.name for one in automations(ids["watchdog"])}
    silence = "mandat: no renewal-and-expiry for 25 hours"
    with get_client(sync_client=True) as client:
        [one] = client.read_automations_by_name(silence)
        client.pause_automation(one.id)
    asyncio.run(settle(ids, {}))
    assert known()[silence] is False


def test_what_is_late_is_asked_for_once(ids: dict[str, UUID]) -> None:
    late = {"review-reminders": Awaited("review-reminders", SINCE)}
    asyncio.run(settle(ids, late))
    asyncio.run(settle(ids, late))
    assert asked_for(ids, "review-reminders") == [{"because": "catching up"}]


def test_a_run_that_fails_has_the_watchdog_write_of_it(ids: dict[str, UUID]) -> None:
    asyncio.run(settle(ids, {}))
    name = "renewal-and-expiry 2026-06-17"
    a_run(ids, "renewal-and-expiry", name, Pending(), Running(), Failed())
    assert wait_until(lambda: {"failed": name} in asked_for(ids, "watchdog"))


def test_when_nothing_is_heard_of_a_flow_the_watchdog_is_run(ids: dict[str, UUID]) -> None:
    silent = automations(ids["watchdog"], silence=timedelta(seconds=10))
    [alarm] = [one for one in silent if one.name == "mandat: no renewal-and-expiry for 25 hours"]
    with get_client(sync_client=True) as client:
        number = client.create_automation(alarm.model_copy(update={"name": "nothing heard"}))
        try:
            assert wait_until(lambda: number in caused(ids, "watchdog"), seconds=90)
        finally:
            client.delete_automation(number)


def caused(ids: dict[str, UUID], flow: str) -> set[UUID | None]:
    """What had the runs of a flow made: automations, by their number."""
    its = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[ids[flow]]))
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=its, sort=FlowRunSort.ID_DESC, limit=200)
    return {run.created_by.id for run in runs if run.created_by is not None}
