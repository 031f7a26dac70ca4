"""Answers from the ledger: why someone got a letter, and why a reminder was not sent."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.acts import AsJson, Number
from cli.edge import LANGUAGE, answer, edge, said, say
from statemachine.words import Words

ANSWERS = said("Fråga", "Questions")


def register(app: typer.Typer) -> None:
    app.command(
        "why",
        help=said(
            "Varför fick någon ett brev, vem orsakade det, och vad blev det av det?",
            "Why did someone get a letter, who caused it, and what came of it?",
        ),
        rich_help_panel=ANSWERS,
    )(why)
    app.command(
        "why-not",
        help=said(
            "Vad blev det av en påminnelse: skickad, överhoppad, stoppad, eller inte aktuell än?",
            "What became of a reminder: sent, skipped, stopped, or not due yet?",
        ),
        rich_help_panel=ANSWERS,
    )(why_not)


def why(
    what: Annotated[str, typer.Argument(help=said("Ett brevs nummer eller Message-ID, eller en persons nyckel eller adress.", "A letter's number or Message-ID, or a person's key or address."))],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework.answers.explain import why as explained
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        found = explained(connection, what, at.settings.timezone)

    def text() -> None:
        for one in found:
            say(one.words.in_(LANGUAGE))
        if not found:
            say(
                Words("{what} har inte fått något brev.", "{what} has got no letter.")
                .about(what=what)
                .in_(LANGUAGE)
            )

    answer([_as_data(one) for one in found], as_json=as_json, text=text)


def why_not(
    number: Number,
    stage: Annotated[str, typer.Option("--stage", help=said("Påminnelsen, som den heter i brev och händelselogg: 12m, 3m, 14d, wd3.", "The reminder, as letters and journal call it: 12m, 3m, 14d, wd3."))],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework.answers.explain import why_not as explained
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        found = explained(connection, number, stage.strip(), at.sitting(connection, None))

    def text() -> None:
        for one in found:
            say(one.words.in_(LANGUAGE))

    answer([_as_data(one) for one in found], as_json=as_json, text=text)


def _as_data(one: Any) -> dict[str, Any]:
    told = asdict(one)
    del told["words"]
    return {**told, "says": one.words.in_(LANGUAGE)}
