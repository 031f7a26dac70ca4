"""The catalogue as Prefect wants it: deployments to serve, and the text of prefect.yaml."""

import io
import sys
from typing import Any

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from ruamel.yaml import YAML

from flows.catalogue import CATALOGUE, ONE_AT_A_TIME, WORK_POOL, ZONE, Entry


def deployments() -> list[RunnerDeployment]:
    """The catalogue as Prefect serves it. A run that comes while another is on is cancelled."""
    return [
        RunnerDeployment.from_entrypoint(
            entry.entrypoint,
            name=entry.name,
            description=entry.described,
            schedule=Cron(entry.cron, timezone=ZONE) if entry.cron else None,
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy(ONE_AT_A_TIME)
            ),
        )
        for entry in CATALOGUE
    ]


def prefect_yaml() -> str:
    """The catalogue as `prefect deploy` reads it: the text of prefect.yaml."""
    written = io.StringIO()
    written.write(
        "# Written by `python -m flows.deployments`: change flows/catalogue.py instead.\n"
    )
    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump({"name": "mandat", "deployments": [_as_yaml(one) for one in CATALOGUE]}, written)
    return written.getvalue()


def _as_yaml(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "entrypoint": entry.entrypoint,
        "description": entry.described,
        "schedules": [{"cron": entry.cron, "timezone": ZONE}] if entry.cron else [],
        "concurrency_limit": {"limit": 1, "collision_strategy": ONE_AT_A_TIME},
        "work_pool": {"name": WORK_POOL},
    }


if __name__ == "__main__":
    sys.stdout.write(prefect_yaml())
