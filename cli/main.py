"""The command `mandat`: every act by its own name, and every answer as words or JSON."""

import os
import sys

import typer

from cli import (
    acts,
    answers,
    configuration,
    explaining,
    importing,
    inbox,
    keeping,
    letters,
    organisation,
    outbox,
    papers,
    reading,
    rehearsing,
    returned,
    running,
    serve,
    snoozing,
)
from cli.edge import explain, said
from statemachine.words import Refusal, Words

app = typer.Typer(
    name="mandat",
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
    help=said(
        "Uppdragshandlingens hela liv: skriva, besluta, expediera, förnya eller låta löpa ut.",
        "The whole life of a charter: write, decide, distribute, renew or let expire.",
    ),
)
for room in (
    reading,
    acts,
    snoozing,
    answers,
    explaining,
    importing,
    papers,
    letters,
    organisation,
    rehearsing,
    running,
    serve,
    configuration,
    outbox,
    inbox,
    returned,
    keeping,
):
    room.register(app)


def main() -> None:
    """Run one command. What is refused ends in its sentences on stderr, and exit code 1."""
    try:
        app()
    except Refusal as refusal:
        explain(refusal)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our answer has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as fault:
        _tell_or_raise(fault)


def _tell_or_raise(fault: Exception) -> None:
    """One sentence for what nobody foresaw; MANDAT_DEBUG=1 shows where it happened."""
    if os.environ.get("MANDAT_DEBUG"):
        raise fault
    if isinstance(fault, FileNotFoundError):
        words = Words("Filen {what} finns inte.", "There is no file {what}.").about(
            what=fault.filename
        )
    else:
        words = Words(
            "Det gick inte, och ingenting har ändrats: {what}. "
            "Kör igen med MANDAT_DEBUG=1 för att se var det hände.",
            "That did not work, and nothing has changed: {what}. "
            "Run again with MANDAT_DEBUG=1 to see where it happened.",
        ).about(what=" ".join(str(fault).split())[:300])
    explain(Refusal(words))
    sys.exit(1)


if __name__ == "__main__":
    main()
