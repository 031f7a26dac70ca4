"""What runs by itself: the calendar, the delivery of letters, and the demonstration."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.acts import DAY_FORMAT, AsJson
from cli.edge import LANGUAGE, answer, edge, said
from statemachine.words import Refusal, Words, joined

PUT_OFF = Words(
    "{count} kunde inte ses över och försöks igen i morgon; skälet står i händelseloggen (put-off).",
    "{count} could not be looked at and will be tried tomorrow; the journal says why (put-off).",
)
NOT_YET = Words(
    "{day} har inte kommit. Se vad som händer då med: mandat rehearse --until {day}. Med --ahead "
    "görs det på riktigt nu, och går inte att ångra.",
    "{day} has not come. See what will happen with: mandat rehearse --until {day}. With --ahead it "
    "is done for real now, and cannot be undone.",
)
AHEAD = Words(
    "Dagen ligger framåt i tiden: det som skulle ha hänt då har hänt nu.",
    "That day lies ahead: what would have happened then has happened now.",
)

HELD_BACK = Words(
    "Fler väntar, för att e-postservern tar emot så många i minuten; nästa får gå {when}.",
    "More wait, since the mail server takes so many in a minute; the next may go at {when}.",
)

RUNNING = said("Köra", "Running")


def register(app: typer.Typer) -> None:
    calendar = typer.Typer(no_args_is_help=True)
    calendar.command(
        "run",
        help=said(
            "Utför allt som är dags till och med en dag.", "Carry out all that is due by a day."
        ),
    )(run)
    app.add_typer(
        calendar,
        name="calendar",
        help=said(
            "Kalendern: påminnelser, förvarningar och utlöp.",
            "The calendar: reminders, expiry warnings and ends.",
        ),
        rich_help_panel=RUNNING,
    )
    app.command(
        "deliver",
        help=said("Leverera breven i utkorgen.", "Deliver the letters in the outbox."),
        rich_help_panel=RUNNING,
    )(deliver)
    app.command(
        "demo",
        help=said(
            "Se ett uppdrag leva hela sitt liv, i en egen databas.",
            "See a charter live its whole life, in a database of its own.",
        ),
        rich_help_panel=RUNNING,
    )(demo)


def run(
    on: Annotated[datetime | None, typer.Option("--on", formats=DAY_FORMAT, help=said("Till och med denna dag; i dag om ingen anges.", "By this day; today if none is given."))] = None,
    ahead: Annotated[bool, typer.Option("--ahead", help=said("Gör på riktigt det som hör till en dag som inte har kommit.", "Do for real what belongs to a day that has not come."))] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    with edge() as at:
        from flows.clockwork import clockwork

        chosen = on.date() if on else at.today
        if chosen > at.today and not ahead:
            raise Refusal(NOT_YET.about(day=chosen))
        with clockwork(at.settings) as works:
            swept = works.daily(on=chosen)
    words = Words(
        "{day}: {looked_at} handlingar och grupper sågs över, {acts} åtgärder, {letters} brev i "
        "utkorgen, {skipped} överhoppade (står i händelseloggen).",
        "{day}: looked at {looked_at} charters and groups, {acts} acts, {letters} letters in the "
        "outbox, {skipped} skipped (they stand in the journal).",
    ).about(
        day=chosen,
        looked_at=swept.looked_at,
        acts=swept.acts,
        letters=swept.letters,
        skipped=swept.skipped,
    )
    if swept.put_off:
        words = joined((words, PUT_OFF.about(count=swept.put_off)))
    if chosen > at.today:
        words = joined((words, AHEAD))
    answer(
        {
            "on": chosen,
            "looked_at": swept.looked_at,
            "acts": swept.acts,
            "letters": swept.letters,
            "skipped": swept.skipped,
            "put_off": swept.put_off,
        },
        as_json=as_json,
        text=words.in_(LANGUAGE),
    )


def deliver(as_json: AsJson = False) -> None:
    with edge() as at:
        from flows.clockwork import clockwork

        with clockwork(at.settings) as works:
            done = works.deliver()
    words = Words(
        "Skickade: {sent}. Försöks igen: {deferred}. Gick inte fram: {dead}. Osäkra: {uncertain}.",
        "Sent: {sent}. Tried again later: {deferred}. Not delivered: {dead}. Uncertain: {uncertain}.",
    ).about(sent=done.sent, deferred=done.deferred, dead=done.dead, uncertain=done.uncertain)
    if done.again_at is not None:
        held = HELD_BACK.about(when=f"{done.again_at.astimezone(at.settings.timezone):%H:%M:%S}")
        words = joined((words, held))
    answer(
        {
            "sent": done.sent,
            "deferred": done.deferred,
            "dead": done.dead,
            "uncertain": done.uncertain,
            "cancelled": done.cancelled,
            "suppressed": done.suppressed,
            "expired": done.expired,
            "again_at": done.again_at,
        },
        as_json=as_json,
        text=words.in_(LANGUAGE),
    )


def demo(
    charter: Annotated[Path | None, typer.Option("--charter", help=said("Din egen handling i stället för exemplet.", "Your own document instead of the sample."))] = None,
    folder: Annotated[Path, typer.Option("--folder", help=said("Var papper och brev läggs.", "Where papers and letters are put."))] = Path("var/demo"),
) -> None:  # fmt: skip
    from cli.demonstration import demonstrate

    demonstrate(folder, charter)
