"""The catalogue: every flow there is, when it runs, and why. What Prefect is told comes from it."""

import io
import sys
from dataclasses import dataclass
from typing import Any

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from ruamel.yaml import YAML

from statemachine.words import Words

ZONE = "Europe/Stockholm"
WORK_POOL = "mandat"


@dataclass(frozen=True, slots=True)
class Entry:
    """One flow in the catalogue; without a `cron` it runs only when someone asks for it."""

    name: str
    entrypoint: str
    cron: str | None
    what: Words


# What has an hour keeps out of 01:00-03:59, which a night in spring lacks and a night in autumn
# has twice. What runs all day and night pauses for an hour that night in autumn.
CATALOGUE = (
    Entry(
        "review-reminders",
        "flows.daily.review_reminders",
        "10 6 * * *",
        Words(
            "Påminner om utkast som blivit liggande och om beslut som dröjer.",
            "Reminds of drafts left untouched and of decisions waited for.",
        ),
    ),
    Entry(
        "renewal-and-expiry",
        "flows.daily.renewal_and_expiry",
        "20 6 * * *",
        Words(
            "Öppnar förnyelser, avslutar det som har löpt ut och skriver till dem det berör, "
            "också om grupper som saknar gällande uppdrag.",
            "Opens renewals, ends what has run out, and writes to those concerned, also about "
            "groups without a charter in force.",
        ),
    ),
    Entry(
        "weekly-digest",
        "flows.daily.weekly_digest",
        "30 6 * * *",
        Words(
            "Skriver veckobrevet om det som väntar, veckans första arbetsdag eller så snart det "
            "går därefter.",
            "Writes the weekly digest of what waits, the week's first working day or as soon as "
            "can be after it.",
        ),
    ),
    Entry(
        "distribution",
        "flows.daily.distribution",
        "*/5 * * * *",
        Words(
            "Expedierar fastställda handlingar som har nått alla på sändlistan.",
            "Distributes approved charters that have reached everyone on their list.",
        ),
    ),
    Entry(
        "outbox-delivery",
        "flows.delivery.outbox_delivery",
        "*/2 * * * *",
        Words(
            "Skickar breven som ligger i utkorgen.",
            "Delivers the letters in the outbox.",
        ),
    ),
    Entry(
        "returned-mail",
        "flows.returned.returned_mail",
        "*/10 * * * *",
        Words(
            "Läser det som har kommit tillbaka och noterar brev som inte kom fram; gör inget "
            "förrän en brevlåda är inställd.",
            "Reads what has come back and notes letters that did not arrive; does nothing until a "
            "mailbox is set.",
        ),
    ),
    Entry(
        "daily",
        "flows.daily.daily",
        None,
        Words(
            "Kör hela kalendern för en dag, när någon ber om det.",
            "Runs the whole calendar for a day, when someone asks for it.",
        ),
    ),
)


def deployments() -> list[RunnerDeployment]:
    """The catalogue as Prefect serves it. A run that comes while another is on is cancelled."""
    return [
        RunnerDeployment.from_entrypoint(
            entry.entrypoint,
            name=entry.name,
            description=_described(entry),
            schedule=Cron(entry.cron, timezone=ZONE) if entry.cron else None,
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
            ),
        )
        for entry in CATALOGUE
    ]


def prefect_yaml() -> str:
    """The catalogue as `prefect deploy` reads it: the text of prefect.yaml."""
    written = io.StringIO()
    written.write("# Written by `python -m flows.catalogue`: change flows/catalogue.py instead.\n")
    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump({"name": "mandat", "deployments": [_as_yaml(one) for one in CATALOGUE]}, written)
    return written.getvalue()


def _as_yaml(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "entrypoint": entry.entrypoint,
        "description": _described(entry),
        "schedules": [{"cron": entry.cron, "timezone": ZONE}] if entry.cron else [],
        "concurrency_limit": {
            "limit": 1,
            "collision_strategy": ConcurrencyLimitStrategy.CANCEL_NEW.value,
        },
        "work_pool": {"name": WORK_POOL},
    }


def _described(entry: Entry) -> str:
    return f"{entry.what.sv} · {entry.what.en}"


if __name__ == "__main__":
    sys.stdout.write(prefect_yaml())
