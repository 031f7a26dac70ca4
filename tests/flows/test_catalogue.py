"""The catalogue, and what Prefect is told from it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule
from ruamel.yaml import YAML

from flows.catalogue import CATALOGUE, ZONE, Entry, as_page, awaited
from flows.deployments import deployments, prefect_yaml

REPOSITORY = Path(__file__).parents[2]
SCHEDULED = [entry for entry in CATALOGUE if entry.cron]
NIGHTS_THE_CLOCK_IS_CHANGED = [
    datetime(2027, 3, 27, 23, tzinfo=UTC),
    datetime(2027, 10, 30, 22, tzinfo=UTC),
]


def by_name(entry: Entry) -> str:
    return entry.name


def test_prefect_yaml_is_the_catalogue() -> None:
    written = (REPOSITORY / "prefect.yaml").read_text()
    assert written == prefect_yaml(), "write it anew: python -m flows.deployments > prefect.yaml"


def test_the_table_in_the_operations_page_is_the_catalogue() -> None:
    written = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    assert as_page() in written, "write it anew: python -m flows.catalogue"


def test_prefect_reads_prefect_yaml_as_it_is_meant() -> None:
    from prefect.cli.deploy._models import PrefectYamlModel

    read = PrefectYamlModel.model_validate(YAML(typ="safe").load(prefect_yaml()))
    assert [deployment.name for deployment in read.deployments] == [e.name for e in CATALOGUE]


@pytest.mark.parametrize("entry", CATALOGUE, ids=by_name)
def test_an_entry_is_named_as_its_flow(entry: Entry) -> None:
    flow: Flow[..., Any] = load_flow_from_entrypoint(entry.entrypoint, use_placeholder_flow=False)
    assert flow.name == entry.name
    assert flow.isasync
    assert flow.timeout_seconds == entry.timeout.total_seconds()
    assert flow.description == entry.described


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2027, 3, 28, 4, 3, 20, tzinfo=UTC),
        datetime(2027, 10, 31, 4, 7, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("entry", SCHEDULED, ids=by_name)
def test_a_look_is_awaited_from_the_last_time_prefect_would_have_begun_it(
    entry: Entry, moment: datetime
) -> None:
    [one] = [one for one in awaited(moment) if one.flow == entry.name]
    by = moment - entry.timeout
    schedule = CronSchedule(cron=str(entry.cron), timezone=ZONE)
    itself, coming = asyncio.run(schedule.get_dates(2, start=one.after))
    assert itself == one.after <= by
    assert by < coming


def test_nothing_is_awaited_of_the_hour_that_comes_twice() -> None:
    for minutes in range(0, 180, 7):
        now = datetime(2027, 10, 31, 0, 20, tzinfo=UTC) + timedelta(minutes=minutes)
        for one in awaited(now):
            assert one.after.astimezone(ZoneInfo(ZONE)).hour != 2


@pytest.mark.parametrize("night", NIGHTS_THE_CLOCK_IS_CHANGED, ids=["spring", "autumn"])
@pytest.mark.parametrize("entry", SCHEDULED, ids=by_name)
def test_a_night_the_clock_is_changed_nothing_comes_at_another_hour(
    entry: Entry, night: datetime
) -> None:
    assert entry.cron is not None
    schedule = CronSchedule(cron=entry.cron, timezone=ZONE)
    minute, hour, *_ = entry.cron.split()
    for moment in asyncio.run(schedule.get_dates(10, start=night)):
        local = moment.astimezone(ZoneInfo(ZONE))
        if hour != "*":
            assert (str(local.minute), str(local.hour)) == (minute, hour)


def test_a_run_that_comes_while_another_is_on_is_cancelled() -> None:
    for deployment in deployments():
        assert deployment.concurrency_limit == 1
        assert deployment.concurrency_options is not None
        assert deployment.concurrency_options.collision_strategy == "CANCEL_NEW"
