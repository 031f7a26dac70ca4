"""`mandat snooze`: warnings of a charter's coming end wanted later, for a while."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.acts import ACTS, DAY_FORMAT, AsJson, By, Reason, day, group_meant
from cli.edge import LANGUAGE, answer, edge, said, say, table
from statemachine.words import Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from casework.snoozing import Snoozed

# fmt: off
What = Annotated[str, typer.Argument(metavar="GROUP|NUMBER", help=said("Gruppen, eller handlingens nummer.", "The group, or the charter's number."))]
Until = Annotated[datetime, typer.Option("--until", formats=DAY_FORMAT, help=said("Den dag då förvarningarna kommer igen; högst 90 dagar bort.", "The day on which warnings come again; at most 90 days ahead."))]
ByOne = Annotated[str | None, typer.Option("--by", help=said("Bara den här personens.", "Only this person's."))]
# fmt: on
NONE = Words("Ingen har skjutit upp några förvarningar.", "Nobody has snoozed any expiry warnings.")


def register(app: typer.Typer) -> None:
    snooze = typer.Typer(no_args_is_help=True)
    for name, command, sv, en in (
        ("set", set_, "Skjut upp dina egna förvarningar om att ett uppdrag snart löper ut.", "Snooze your own warnings that a charter is about to expire."),
        ("end", end, "Få förvarningarna igen, från i morgon.", "Have the warnings come again, from tomorrow."),
        ("list", list_, "Uppskjutna förvarningar: vems, till när och varför.", "Snoozed warnings: whose, until when and why."),
    ):  # fmt: skip
        snooze.command(name, help=said(sv, en))(command)
    app.add_typer(
        snooze,
        name="snooze",
        help=said("Skjuta upp förvarningar.", "Snooze expiry warnings."),
        rich_help_panel=ACTS,
    )


def set_(what: What, by: By, until: Until, reason: Reason, as_json: AsJson = False) -> None:
    from casework import snoozing
    from models.session import transaction

    with edge() as at, transaction(at.engine) as connection:
        chosen = day(until)
        assert chosen is not None
        done = snoozing.snooze(
            connection,
            _charter(connection, what),
            at=at.sitting(connection, by),
            until=chosen,
            reason=reason,
        )
    _tell(done, as_json)


def end(what: What, by: By, as_json: AsJson = False) -> None:
    from casework import snoozing
    from models.session import transaction

    with edge() as at, transaction(at.engine) as connection:
        number = _charter(connection, what)
        done = snoozing.end_snooze(connection, number, at=at.sitting(connection, by))
    _tell(done, as_json)


def list_(by: ByOne = None, as_json: AsJson = False) -> None:
    from casework import snoozing
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        person = at.person(connection, by).id if by else None
        rows = snoozing.snoozes_on(connection, at.today, person_id=person)
    told = [
        {
            "charter": row.charter_id,
            "title": row.title,
            "group": row.group_name,
            "by": row.name,
            "from": row.from_,
            "until": row.until,
            "reason": row.reason,
        }
        for row in rows
    ]

    def text() -> None:
        if not told:
            say(NONE.in_(LANGUAGE))
            return
        table(
            said("Nr", "No"), said("Titel", "Title"), said("Vem", "Who"), said("Till", "Until"), said("Skäl", "Reason"),
            rows=[(one["charter"], one["title"], one["by"], one["until"], one["reason"]) for one in told],
        )  # fmt: skip

    answer(told, as_json=as_json, text=text)


def _charter(connection: "Connection", what: str) -> int:
    from casework.snoozing import charter_to_snooze

    return (
        int(what)
        if what.isdigit()
        else charter_to_snooze(connection, group_meant(connection, what))
    )


def _tell(done: "Snoozed", as_json: bool) -> None:
    told = {"charter": done.charter_id, "until": done.until, "said": done.said.in_(LANGUAGE)}
    answer(told, as_json=as_json, text=done.said.in_(LANGUAGE))
