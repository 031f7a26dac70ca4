"""`mandat check-config`: every setting explained, and everything it names tried."""

import os
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from cli.acts import AsJson
from cli.edge import LANGUAGE, answer, said, say, settings_read, table
from statemachine.words import Words

if TYPE_CHECKING:
    from casework.configuration import Finding
    from casework.settings import Settings

SIGNS = {"good": "✓", "note": "·", "warning": "!", "error": "✗"}
CANNOT_RUN = Words("Tjänsten kan inte köra så här.", "The service cannot run like this.")
CAN_RUN = Words("Tjänsten kan köra.", "The service can run.")


def register(app: typer.Typer) -> None:
    app.command(
        "check-config",
        help=said(
            "Förklara varje inställning, och pröva allt de anger. Ändrar och skickar ingenting. "
            "Slutkod 1: tjänsten kan inte köra.",
            "Explain every setting, and try everything they name. Changes and sends nothing. "
            "Exit code 1: the service cannot run.",
        ),
        rich_help_panel=said("Köra", "Running"),
    )(check_config)


def check_config(as_json: AsJson = False) -> None:
    from casework.configuration import explained, tried
    from flows.environment import home

    settings, now = settings_read(), datetime.now().astimezone()
    findings = tuple(
        tried(
            settings,
            now=now,
            folders={"PREFECT_HOME": home()},
            probe=lambda: _open_the_way_out(settings),
            provider=lambda: _ask_the_provider(settings, now),
            environment=os.environ,
        )
    )
    can_run = all(one.level != "error" for one in findings)
    answer(
        {
            "can_run": can_run,
            "settings": [
                {
                    "name": one.name,
                    "value": one.value,
                    "source": "default" if one.is_default else "environment",
                    "what": one.words.in_(LANGUAGE),
                }
                for one in explained(settings)
            ],
            "findings": [
                {"about": one.about, "level": one.level, "what": one.words.in_(LANGUAGE)}
                for one in findings
            ],
        },
        as_json=as_json,
        text=lambda: _in_words(settings, findings, can_run),
    )
    if not can_run:
        raise typer.Exit(1)


def _open_the_way_out(settings: "Settings") -> None:
    """Connect as a delivery would, say no letter, and hang up."""
    from flows.workbench import carrier_of

    carrier = carrier_of(settings)
    try:
        carrier.connect()
    finally:
        carrier.close()


def _ask_the_provider(settings: "Settings", now: datetime) -> None:
    """Ask the OpenID provider what it says of itself, as a login would."""
    from web.openid import Provider

    Provider(settings).tried(now=now)


def _in_words(settings: "Settings", findings: "tuple[Finding, ...]", can_run: bool) -> None:
    from casework.configuration import explained

    table(
        said("Inställning", "Setting"),
        said("Värde", "Value"),
        said("Vad den är till för", "What it is for"),
        rows=[
            (
                one.name,
                one.value + (said(" (förval)", " (default)") if one.is_default else ""),
                one.words.in_(LANGUAGE),
            )
            for one in explained(settings)
        ],
    )
    say("")
    for one in findings:
        say(f"{SIGNS[one.level]} {one.words.in_(LANGUAGE)}")
    say("")
    say((CAN_RUN if can_run else CANNOT_RUN).in_(LANGUAGE))
