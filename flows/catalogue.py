"""The catalogue: every flow there is, when it runs, and why. What Prefect is told comes from it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from casework.watch import Awaited
from statemachine.words import Words

ZONE = "Europe/Stockholm"
WORK_POOL = "mandat"
ONE_AT_A_TIME = "CANCEL_NEW"
"""What becomes of a run that comes while another of the same flow is on."""
RETRY_DELAY = timedelta(seconds=5)
HOUR, QUARTER, MINUTE = timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One flow in the catalogue; without a `cron` it runs only when someone asks for it."""

    name: str
    entrypoint: str
    cron: str | None
    what: Words
    timeout: timedelta = HOUR
    """A run that takes longer is ended; one that has not ended by then is late."""
    retries: int = 2
    """How often a batch that fails is tried again within the run."""
    done_by: tuple[str, ...] = ()
    """The flows whose looks count as this one's too."""

    @property
    def described(self) -> str:
        return f"{self.what.sv} · {self.what.en}"


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
        done_by=("daily",),
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
        done_by=("daily",),
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
        timeout=2 * QUARTER,
        done_by=("daily",),
    ),
    Entry(
        "distribution",
        "flows.daily.distribution",
        "*/5 * * * *",
        Words(
            "Expedierar fastställda handlingar som har nått alla på sändlistan.",
            "Distributes approved charters that have reached everyone on their list.",
        ),
        timeout=QUARTER,
        done_by=("daily",),
    ),
    Entry(
        "outbox-delivery",
        "flows.delivery.outbox_delivery",
        "*/2 * * * *",
        Words(
            "Skickar breven som ligger i utkorgen.",
            "Delivers the letters in the outbox.",
        ),
        timeout=2 * QUARTER,
        retries=0,
    ),
    Entry(
        "watchdog",
        "flows.watching.watchdog",
        "*/10 * * * *",
        Words(
            "Larmar administratörerna när en körning, ett brev eller en expediering dröjer.",
            "Alarms the administrators when a run, a letter or a distribution is late.",
        ),
        timeout=QUARTER,
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
        timeout=2 * QUARTER,
        retries=0,
    ),
    Entry(
        "daily",
        "flows.daily.daily",
        None,
        Words(
            "Kör hela kalendern för en dag, när någon ber om det.",
            "Runs the whole calendar for a day, when someone asks for it.",
        ),
        timeout=2 * HOUR,
    ),
    Entry(
        "rehearse",
        "flows.asked.rehearse",
        None,
        Words(
            "Kör kalendern till en dag på en kopia av databasen, och visar vad som skulle hända.",
            "Runs the calendar to a day on a copy of the database, and shows what would happen.",
        ),
    ),
    Entry(
        "resend-letter",
        "flows.asked.resend_letter",
        None,
        Words(
            "Skickar ett brev på nytt, till samma eller en rättad adress.",
            "Sends a letter again, to the same or a corrected address.",
        ),
        timeout=QUARTER,
        retries=0,
    ),
)


def entry_called(name: str) -> Entry:
    """The flow in the catalogue with this name."""
    return next(entry for entry in CATALOGUE if entry.name == name)


def awaited(now: datetime) -> tuple[Awaited, ...]:
    """For every flow with a clock: the time after which a look must have ended by now.

    That is the last time it was to begin and has since had all the time a run may take.
    """
    return tuple(
        Awaited(entry.name, _last_time(entry.cron, now - entry.timeout), entry.done_by)
        for entry in CATALOGUE
        if entry.cron
    )


def _last_time(cron: str, before: datetime) -> datetime:
    """The last minute that a daily or more frequent cron names, on the zone's wall clock.

    None of the hour that an autumn night has twice: Prefect lets one of the two pass.
    """
    minute, hour, *_ = cron.split()
    at, zone = before.replace(second=0, microsecond=0), ZoneInfo(ZONE)
    while True:
        wall = at.astimezone(zone)
        is_twice = wall.utcoffset() != wall.replace(fold=not wall.fold).utcoffset()
        if _names(minute, wall.minute) and _names(hour, wall.hour) and not is_twice:
            return at
        at -= MINUTE


def _names(field: str, value: int) -> bool:
    every, _, step = field.partition("/")
    return value % int(step or 1) == 0 if every == "*" else value == int(field)


def as_page() -> str:
    """The catalogue as the table in docs/operations.md."""
    return "\n".join(
        (
            "| Flow | Cron (Europe/Stockholm) | At most | Retries of a batch | What it does |",
            "|---|---|---|---|---|",
            *_rows(),
            "",
        )
    )


def _rows() -> Iterator[str]:
    for entry in CATALOGUE:
        cron = f"`{entry.cron}`" if entry.cron else "when asked"
        minutes = int(entry.timeout.total_seconds() // 60)
        yield (f"| `{entry.name}` | {cron} | {minutes} min | {entry.retries} | {entry.what.en} |")


if __name__ == "__main__":
    sys.stdout.write(as_page())
