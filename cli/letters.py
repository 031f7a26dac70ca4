"""`mandat letter`: every letter the system writes, shown with sample facts before anyone gets it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.acts import AsJson
from cli.answers import ANSWERS
from cli.edge import LANGUAGE, answer, said, say, table
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from statemachine.vocabulary import Letter

NO_SUCH_LETTER = Words(
    "Det finns inget brev som heter {name}. Menade du {near}? Alla finns i: mandat letter list",
    "There is no letter called {name}. Did you mean {near}? All of them: mandat letter list",
)
NO_SUCH_STAGE = Words(
    "Brevet {letter} skickas inte vid {stage}, utan vid {stages}.",
    "The letter {letter} is not sent at {stage}, but at {stages}.",
)
NO_STAGES = Words(
    "Brevet {letter} har inga steg: utelämna --stage.",
    "The letter {letter} has no stages: leave out --stage.",
)


class InLanguage(StrEnum):
    """The languages letters are written in."""

    SV = "sv"
    EN = "en"


def register(app: typer.Typer) -> None:
    letter = typer.Typer(no_args_is_help=True)
    letter.command(
        "list", help=said("Alla brev, och vem de är till.", "All letters, and whom they are for.")
    )(list_)
    letter.command(
        "preview",
        help=said("Visa ett brev med påhittade uppgifter.", "Show a letter with made-up facts."),
    )(preview)
    app.add_typer(
        letter,
        name="letter",
        help=said("Breven: vilka som finns, och hur de ser ut.", "The letters: which there are, and how they look."),
        rich_help_panel=ANSWERS,
    )  # fmt: skip


def list_(as_json: AsJson = False) -> None:
    from notifications.preview import stages_of
    from notifications.recipients import meant_for
    from statemachine.vocabulary import Letter

    told = [
        {
            "letter": letter.value,
            "name": letter.words.in_(LANGUAGE),
            "to": list(
                dict.fromkeys(
                    meant.audience.words.in_(LANGUAGE)
                    for stage in stages_of(letter)
                    for meant in meant_for(letter, stage)
                )
            ),
            "stages": [stage for stage in stages_of(letter) if stage],
        }
        for letter in Letter
    ]
    answer(
        told,
        as_json=as_json,
        text=lambda: table(
            said("Brev", "Letter"), said("Vad", "What"), said("Till", "To"), said("Steg", "Stages"),
            rows=[(one["letter"], one["name"], ", ".join(one["to"]), ", ".join(one["stages"])) for one in told],
        ),
    )  # fmt: skip


def preview(
    letter: Annotated[str, typer.Argument(help=said("Brevets namn, t.ex. decision_request.", "The letter's name, such as decision_request."))],
    html: Annotated[bool, typer.Option("--html", help=said("Brevet som webbsida, att öppna i en webbläsare.", "The letter as a page, to open in a browser."))] = False,
    language: Annotated[InLanguage | None, typer.Option("--language", help=said("Svenska eller engelska.", "Swedish or English."))] = None,
    stage: Annotated[str, typer.Option("--stage", help=said("Hur långt före slutet, för förvarningar: 12m, 3m, 14d.", "How long before the end, for expiry warnings: 12m, 3m, 14d."))] = "",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework.settings import Settings
    from notifications.compose import Sender
    from notifications.links import Pages
    from notifications.preview import preview as previewed

    meant = letter_meant(letter)
    _know_stage(meant, stage)
    settings = Settings()
    sender = Sender.of(settings.mail_from, domain=settings.mail_domain, accent=settings.accent)
    written = previewed(
        meant,
        language.value if language else LANGUAGE,
        stage,
        signed=sender.name,
        accent=sender.accent,
        pages=Pages(address, "preview") if (address := settings.pages_in_letters) else None,
    )
    told = {
        "letter": meant.value,
        "subject": written.subject,
        "text": written.text,
        "html": written.html,
    }

    def text() -> None:
        if html:
            typer.echo(written.html)
            return
        say(said("Ämne: ", "Subject: ") + written.subject + "\n")
        typer.echo(written.text)

    answer(told, as_json=as_json, text=text)


def letter_meant(name: str) -> "Letter":
    """The letter of this name, in code or as it is spoken. Raises Refusal with the nearest names."""
    from rapidfuzz import fuzz, process

    from statemachine.vocabulary import Letter

    asked = name.strip().casefold()
    spoken = {
        spelt: letter
        for letter in Letter
        for spelt in (letter.value, letter.words.sv, letter.words.en)
    }
    found = spoken.get(asked) or spoken.get(asked.replace("-", "_").replace(" ", "_"))
    if found is not None:
        return found
    likest = process.extract(asked, list(spoken), scorer=fuzz.WRatio, limit=6)
    near = list(dict.fromkeys(spoken[spelt].value for spelt, _, _ in likest))[:3]
    either = (" eller ", " or ")
    raise Refusal(
        NO_SUCH_LETTER.about(name=name, near=Words(*(_either(near, by) for by in either)))
    )


def _either(names: list[str], by: str) -> str:
    *first, last = names
    return by.join((", ".join(first), last)) if first else last


def _know_stage(letter: "Letter", stage: str) -> None:
    from notifications.preview import stages_of

    stages = [one for one in stages_of(letter) if one]
    if not stage or stage in stages:
        return
    if not stages:
        raise Refusal(NO_STAGES.about(letter=letter.value))
    raise Refusal(NO_SUCH_STAGE.about(letter=letter.value, stage=stage, stages=", ".join(stages)))
