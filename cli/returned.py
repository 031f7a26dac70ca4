"""Returned mail: `mandat returns read` takes in what came back, from files or from the mailbox."""

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acts import AsJson
from cli.edge import LANGUAGE, Edge, answer, edge, said, say, table
from cli.running import RUNNING
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from casework.returned import Became, Taken
    from notifications.returns.reading import Returned

MOST = 10_000
"""Messages a command takes in at most."""
FOR_PEOPLE = 2
"""The exit code when something is left for a person to look at."""


def register(app: typer.Typer) -> None:
    returns = typer.Typer(no_args_is_help=True)
    returns.command(
        "read",
        help=said(
            "Läs det som har kommit tillbaka: studsar noteras, döda adresser spärras och "
            "handläggaren får veta. Slutkod 2: något behöver ses av en människa.",
            "Read what has come back: bounces are noted, dead addresses suppressed and the handler "
            "told. Exit code 2: something needs a person to look at it.",
        ),
    )(read)
    app.add_typer(
        returns,
        name="returns",
        help=said("Returpost: brev som inte kom fram.", "Returned mail: letters not delivered."),
        rich_help_panel=RUNNING,
    )


def read(
    paths: Annotated[list[Path] | None, typer.Argument(help=said("Filer (.eml), en mbox, en Maildir eller en mapp.", "Files (.eml), an mbox, a Maildir or a folder."))] = None,
    mailbox: Annotated[bool, typer.Option("--mailbox", help=said("Läs brevlådan i inställningarna (MANDAT_RETURNS_…).", "Read the mailbox of the settings (MANDAT_RETURNS_…)."))] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    if bool(paths) is mailbox:
        raise Refusal(
            Words(
                "Ange antingen filer att läsa eller --mailbox.",
                "Give either files to read, or --mailbox.",
            )
        )
    messages: list[dict[str, Any]] = []
    with edge() as at:
        count = _from_files(at, paths, messages) if paths else _from_mailbox(at)
    told: dict[str, Any] = {
        "read": count.total(),
        **{str(one): count[one] for one in sorted(count)},
    }
    if paths:
        told["messages"] = messages
    answer(told, as_json=as_json, text=lambda: _in_words(count, messages))
    raise typer.Exit(FOR_PEOPLE if _left_for_people(count) else 0)


def _from_files(at: Edge, paths: list[Path], messages: list[dict[str, Any]]) -> "Counter[Became]":
    from casework.returned import take_all_in, take_in
    from models.session import transaction
    from notifications.returns.places import lying_in

    def take(returned: "Returned") -> "Taken":
        with transaction(at.engine) as connection:
            return take_in(connection, returned, at.sitting(connection, None))

    def tell(name: str, taken: "Taken") -> None:
        messages.append(
            {
                "file": name,
                "became": taken.became,
                "letter": taken.letter,
                "email": taken.email,
                "said": taken.said,
                "suppressed": taken.suppressed,
                "told": taken.told,
            }
        )

    return take_all_in(islice(lying_in(*paths), MOST), take, tell)


def _from_mailbox(at: Edge) -> "Counter[Became]":
    from flows.clockwork import clockwork
    from flows.workbench import mailbox_of

    if mailbox_of(at.settings) is None:
        raise Refusal(
            Words(
                "Ingen brevlåda för returpost är inställd. Ange MANDAT_RETURNS_HOST, _USER och "
                "_PASSWORD_FILE.",
                "No mailbox for returned mail is set. Set MANDAT_RETURNS_HOST, _USER and "
                "_PASSWORD_FILE.",
            )
        )
    with clockwork(at.settings) as works:
        return works.returned_mail()


def _left_for_people(count: "Counter[Became]") -> int:
    from casework.returned import SETTLED
    from notifications.returns.places import Settled

    return sum(many for one, many in count.items() if SETTLED[one] is Settled.FOR_PEOPLE)


def _in_words(count: "Counter[Became]", messages: list[dict[str, Any]]) -> None:
    if messages:
        table(
            said("Meddelande", "Message"),
            said("Blev", "Became"),
            said("Brev", "Letter"),
            said("Adress", "Address"),
            said("Servern sa", "The server said"),
            rows=(
                (
                    one["file"],
                    one["became"].words.in_(LANGUAGE),
                    one["letter"],
                    one["email"],
                    one["said"],
                )
                for one in messages
            ),
        )
    counted = ", ".join(f"{one.words.in_(LANGUAGE)} {many}" for one, many in sorted(count.items()))
    words = Words("Lästa: {read}.", "Read: {read}.").about(read=count.total())
    say(f"{words.in_(LANGUAGE)} {counted}".strip())
    if left := _left_for_people(count):
        say(
            Words(
                "{left} ligger kvar för en människa att se på.",
                "{left} are left for a person to look at.",
            )
            .about(left=left)
            .in_(LANGUAGE)
        )
