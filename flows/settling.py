"""What a service puts in order as it starts: dead runs, alarms, and what is late."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.states import Crashed

from casework.watch import Awaited
from flows.catalogue import CATALOGUE, Entry
from flows.watching import NAME as WATCHDOG

GONE = "It died with the service that ran it."
DAY_AND_AN_HOUR = timedelta(hours=25)
FAILURES = ("Failed", "Crashed", "TimedOut")


async def settle(ids: Mapping[str, UUID], late: Mapping[str, Awaited]) -> None:
    """Put everything in order. `ids` are the deployments', `late` the flows that are, by name."""
    async with get_client() as client:
        await _lay_to_rest(client)
        for automation in automations(ids[WATCHDOG]):
            await _set(client, automation)
        for name, awaited in late.items():
            await client.create_flow_run_from_deployment(
                ids[name],
                parameters={"when": {"because": "catching up"}},
                idempotency_key=f"{name} {awaited.after.isoformat()}",
            )


def automations(watchdog: UUID, silence: timedelta = DAY_AND_AN_HOUR) -> tuple[AutomationCore, ...]:
    """Prefect's own alarms. Each runs the watchdog, which knows whom to write to, and how often.

    `silence` is how long nothing may be heard of a daily flow.
    """
    daily = [one for one in CATALOGUE if one.cron and not _comes_often(one)]
    failures = EventTrigger(
        expect={f"prefect.flow-run.{state}" for state in FAILURES},
        match_related=_of(daily),
        posture=Posture.Reactive,
        threshold=1,
    )
    failed = AutomationCore(
        name="mandat: a run has failed",
        description="En körning misslyckades: larma administratörerna. · "
        "A run failed: alarm the administrators.",
        trigger=failures,
        actions=[_watch(watchdog, failed="{{ flow_run.name }}")],
    )
    return (failed, *(_silent(one, watchdog, silence) for one in daily))


def _silent(entry: Entry, watchdog: UUID, silence: timedelta) -> AutomationCore:
    return AutomationCore(
        name=f"mandat: no {entry.name} for 25 hours",
        description=f"{entry.name} har inte avslutats på 25 timmar: låt vakthunden se efter. · "
        f"{entry.name} has not ended for 25 hours: have the watchdog look.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Completed"},
            match_related=_of([entry]),
            posture=Posture.Proactive,
            threshold=1,
            within=silence,
        ),
        actions=[_watch(watchdog)],
    )


def _comes_often(entry: Entry) -> bool:
    """Whether a run that fails is followed by another within minutes: if none is, that is late."""
    return entry.cron is not None and entry.cron.split()[1] == "*"


def _of(entries: list[Entry]) -> dict[str, str | list[str]]:
    return {
        "prefect.resource.role": "flow",
        "prefect.resource.name": [entry.name for entry in entries],
    }


def _watch(watchdog: UUID, **when: str) -> RunDeployment:
    filled = {
        name: {"__prefect_kind": "jinja", "template": template} for name, template in when.items()
    }
    return RunDeployment(
        source="selected", deployment_id=watchdog, parameters={"when": filled} if filled else None
    )


async def _set(client: PrefectClient, automation: AutomationCore) -> None:
    """Have exactly this automation under its name; what an operator has paused stays paused."""
    known = await client.read_automations_by_name(automation.name)
    if not known:
        await client.create_automation(automation)
        return
    first, *doubles = known
    kept = automation.model_copy(update={"enabled": first.enabled})
    await client.update_automation(first.id, kept)
    for double in doubles:
        await client.delete_automation(double.id)


async def _lay_to_rest(client: PrefectClient) -> None:
    """End what Prefect believes to be running, now that nothing runs.

    A run killed with its service would hold its flow's one place, and keep every other from it.
    """
    going = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    runs = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=going))
        )
    )
    for run in runs:
        await client.set_flow_run_state(run.id, Crashed(message=GONE), force=True)
