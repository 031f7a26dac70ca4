"""`mandat inbox`: the letters in the folder, for whoever has no relay."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acts import AsJson
from cli.edge import LANGUAGE, answer, said, say, table
from cli.running import RUNNING
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from notifications.inbox import InFolder

EMPTY = Words(
    "Inga brev i {folder}. De hamnar där när utkorgen levereras: mandat deliver",
    "No letters in {folder}. They land there when the outbox is delivered: mandat deliver",
)
NONE_TO = Words("Inga brev till {reader} i {folder}.", "No letters to {reader} in {folder}.")
THROUGH_RELAY = Words(
    "Breven skickas genom {host}, så här visas bara sådana som lades i mappen dessförinnan.",
    "Letters go through {host}, so here are only those put in the folder before that.",
)
NO_SUCH = Words(
    "Det finns inget brev {number} i listan. Se den med: mandat inbox",
    "There is no letter {number} in the list. See it with: mandat inbox",
)


def register(app: typer.Typer) -> None:
    app.command(
        "inbox",
        help=said(
            "Breven i mappen, när ingen e-postserver är inställd.",
            "The letters in the folder, while no mail server is set.",
        ),
        rich_help_panel=RUNNING,
    )(inbox)


def inbox(
    reader: Annotated[str, typer.Option("--reader", help=said("Bara till den som heter eller har adressen så.", "Only to whoever is called so, or has such an address."))] = "",
    open_: Annotated[int | None, typer.Option("--open", help=said("Visa ett brev, efter sitt nummer i listan.", "Show a letter, by its number in the list."))] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework.settings import Settings
    from notifications.inbox import letters_in

    settings = Settings()
    found = letters_in(settings.mail_folder, reader)
    if open_ is not None:
        _open(found, open_, as_json)
        return
    told = [
        {
            "number": number,
            "at": one.at.astimezone(settings.timezone),
            "to": one.to,
            "subject": one.subject,
            "file": str(one.path),
        }
        for number, one in enumerate(found, start=1)
    ]

    def text() -> None:
        if settings.relay_host is not None:
            say(THROUGH_RELAY.about(host=settings.relay_host).in_(LANGUAGE))
        if not told:
            words = NONE_TO if reader else EMPTY
            say(words.about(reader=reader, folder=settings.mail_folder).in_(LANGUAGE))
            return
        table(
            said("Nr", "No"), said("Tid", "Time"), said("Till", "To"), said("Ärende", "Subject"),
            rows=[(one["number"], f"{one['at']:%Y-%m-%d %H:%M}", one["to"], one["subject"]) for one in told],
        )  # fmt: skip

    answer(told, as_json=as_json, text=text)


def _open(found: "list[InFolder]", number: int, as_json: bool) -> None:
    from notifications.inbox import read_back

    if not 1 <= number <= len(found):
        raise Refusal(NO_SUCH.about(number=number))
    one = found[number - 1]
    read = read_back(one.path.read_bytes())
    told: dict[str, Any] = {
        "number": number,
        "file": str(one.path),
        "headers": dict(read.headers),
        "attached": list(read.attached),
        "text": read.text,
    }

    def text() -> None:
        rows = [*read.headers, (said("Bifogat", "Attached"), ", ".join(read.attached))]
        table("", "", rows=[row for row in rows if row[1]])
        say("\n" + read.text.rstrip())

    answer(told, as_json=as_json, text=text)
