"""Time tried out: forecast, rehearse, simulate, check-journal; none of them changes anything."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acts import DAY_FORMAT, AsJson, day
from cli.edge import LANGUAGE, Edge, answer, edge, said, say, table
from statemachine.calendar import add_years
from statemachine.vocabulary import Act, Letter, State
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from casework.answers.forecast import Coming
    from casework.invariants import Broken
    from rehearsal.rehearse import Rehearsed
    from rehearsal.simulation.report import Lived

REHEARSING = said("Öva", "Rehearsing")
NOT_FORWARD = Words(
    "Dagen {until} har redan varit. Ange en dag som kommer, t.ex. --until {example}.",
    "The day {until} has already been. Give one to come, such as --until {example}.",
)
NOT_SO_MANY = Words(
    "--charters och --years måste vara minst 1.", "--charters and --years must be at least 1."
)
ALL_HOLDS = Words("Allt som ska hålla håller.", "Everything that must hold holds.")
MOST_ROWS = 200
"""Rows of a table on a terminal; --json has every one."""

# fmt: off
Until = Annotated[datetime | None, typer.Option("--until", formats=DAY_FORMAT, help=said("Till och med denna dag; ett år framåt om ingen anges.", "Through this day; a year ahead if none is given."))]
# fmt: on


def register(app: typer.Typer) -> None:
    for name, command, sv, en in (
        ("forecast", forecast, "Alla kommande brev och åtgärder: vilken dag, till vem, varför, och vad som skulle stoppa dem.", "Every coming letter and act: on what day, to whom, why, and what would stop it."),
        ("rehearse", rehearse, "Kör kalendern till en dag på en kopia av databasen. Inga brev skickas.", "Run the calendar until a day on a copy of the database. No letter is sent."),
        ("simulate", simulate, "Lev år av liv i en påhittad region, och pröva varje dag det som alltid ska hålla.", "Live years of lives in a made-up region, and ask every day what must always hold."),
        ("check-journal", check_journal, "Pröva händelselogg, beslut och brev i databasen mot det som alltid ska hålla.", "Ask of journal, decisions and letters in the database what must always hold."),
    ):  # fmt: skip
        app.command(name, help=said(sv, en), rich_help_panel=REHEARSING)(command)


# --- forecast ---------------------------------------------------------------------------------


def forecast(
    what: Annotated[str | None, typer.Argument(help=said("En handlings nummer eller en grupps namn; alla om inget anges.", "A charter's number or a group's name; all if none is given."))] = None,
    until: Until = None,
    person: Annotated[str | None, typer.Option("--person", help=said("Bara breven till denna person: nyckel eller e-postadress.", "Only the letters to this person: key or e-mail address."))] = None,
    as_calendar: Annotated[bool, typer.Option("--calendar", help=said("Som kalenderfil (iCalendar).", "As a calendar file (iCalendar)."))] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework.answers.agenda import as_icalendar
    from casework.answers.forecast import forecast as foresee
    from casework.answers.forecast import only_to
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        coming: Iterator[Coming] = foresee(
            connection,
            at.sitting(connection, None),
            _until(at, until),
            **_meant(connection, what),
        )
        if person is not None:
            coming = only_to(coming, (at.person(connection, person).email or "",))
        found = sorted(coming, key=lambda one: (one.day, one.charter or 0))
        domain = at.settings.mail_domain
    if as_calendar:
        typer.echo(as_icalendar(found, domain, at.now, LANGUAGE), nl=False)
        return
    answer(
        [_as_data(one) for one in found],
        as_json=as_json,
        text=lambda: _forecast_in_words(found),
    )


def _meant(connection: "Connection", what: str | None) -> dict[str, int]:
    """The charter of this number, or the group of this name."""
    from casework.matter import NoSuchCharter
    from casework.questions import charter_row
    from cli.acts import group_meant

    if what is None:
        return {}
    if not what.isdigit():
        return {"group_id": group_meant(connection, what).id}
    if charter_row(connection, int(what)) is None:
        raise NoSuchCharter(int(what))
    return {"charter_id": int(what)}


def _until(at: Edge, until: datetime | None) -> date:
    chosen = day(until) or add_years(at.today, 1)
    if chosen < at.today:
        raise Refusal(NOT_FORWARD.about(until=chosen, example=add_years(at.today, 1)))
    return chosen


def _as_data(one: "Coming") -> dict[str, Any]:
    return {
        "day": one.day,
        "kind": "letter" if isinstance(one.what, Letter) else "act",
        "what": one.what,
        "stage": one.stage,
        "charter": one.charter,
        "about": one.about,
        "to": [
            {"name": to.name, "email": to.email, "role": to.role, "in_place_of": to.in_place_of}
            for to in one.to
        ],
        "why": one.why.in_(LANGUAGE),
        "unless": one.unless.in_(LANGUAGE),
    }


def _forecast_in_words(found: list["Coming"]) -> None:
    if not found:
        say(said("Inget är på väg.", "Nothing is to come."))
        return
    table(
        said("Dag", "Day"), said("Nr", "No"), said("Vad", "What"), said("Till", "To"), said("Därför att", "Because"), said("Stoppas", "Stopped"),
        rows=[
            (one.day, one.charter or one.about, _spoken(one), ", ".join(f"{to.name} ({to.role.words.in_(LANGUAGE)})" for to in one.to), one.why.in_(LANGUAGE), one.unless.in_(LANGUAGE))
            for one in found[:MOST_ROWS]
        ],
    )  # fmt: skip
    _told_the_rest(len(found))


def _spoken(one: "Coming") -> str:
    what = one.what.words.in_(LANGUAGE)
    return f"{what} {one.stage}" if one.stage else what


# --- rehearse ---------------------------------------------------------------------------------


def rehearse(
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    from rehearsal.memory import copied
    from rehearsal.rehearse import rehearse as go_through

    with edge() as at:
        last = _until(at, until)
        with copied(at.engine) as copy, _progress(at.today, last) as watch:
            done = go_through(copy, at.settings, now=at.now, until=last, watch=watch)
    answer(_rehearsed_as_data(done), as_json=as_json, text=lambda: _rehearsed_in_words(done))
    _exit_if(done.broken or done.put_off)


def _rehearsed_as_data(done: "Rehearsed") -> dict[str, Any]:
    return {
        "begins": done.begins,
        "until": done.until,
        "days": done.days,
        "acts": [asdict(one) for one in done.acts],
        "letters": [asdict(one) for one in done.letters],
        "skipped": [asdict(one) for one in done.skipped],
        "carried": done.carried,
        "put_off": done.put_off,
        "broken": _broken_as_data(done.broken),
    }


def _rehearsed_in_words(done: "Rehearsed") -> None:
    happened = [
        (one.day, one.charter or one.about, _word(Act, one.what), _word(State, one.becomes), "")
        for one in done.acts
    ] + [
        (one.day, one.charter or one.about, f"{_word(Letter, one.letter)} {one.stage}".strip(), "", f"{one.to_name} <{one.to_email}>")
        for one in done.letters
    ]  # fmt: skip
    happened.sort(key=lambda one: one[0])
    table(
        said("Dag", "Day"), said("Nr", "No"), said("Vad", "What"), said("Blev", "Became"), said("Till", "To"),
        rows=happened[:MOST_ROWS],
    )  # fmt: skip
    _told_the_rest(len(happened))
    say(
        Words(
            "{begins}–{until}: kalendern vaknade {days} dagar: {acts} åtgärder, {letters} brev, "
            "{skipped} överhoppade. Databasen är orörd.",
            "{begins}–{until}: the calendar woke on {days} days: {acts} acts, {letters} letters, "
            "{skipped} skipped. The database is untouched.",
        )
        .about(
            begins=done.begins,
            until=done.until,
            days=len(done.days),
            acts=len(done.acts),
            letters=len(done.letters),
            skipped=len(done.skipped),
        )
        .in_(LANGUAGE)
    )
    _tell_what_is_broken(done.broken)


# --- simulate ---------------------------------------------------------------------------------


def simulate(
    charters: Annotated[int, typer.Option("--charters", help=said("Hur många grupper som lever under uppdrag.", "How many groups live under charters."))] = 100,
    years: Annotated[int, typer.Option("--years", help=said("Hur många år.", "How many years."))] = 6,
    seed: Annotated[str, typer.Option("--seed", help=said("Slumpens frö: samma frö ger samma liv.", "The seed of chance: the same seed gives the same lives."))] = "1",
    faults: Annotated[bool, typer.Option("--faults", help=said("Med krascher, dött relä, klockan som går bakåt och dubbla körningar.", "With crashes, a dead relay, the clock going back and runs twice over."))] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from rehearsal.simulation import simulate as live

    if charters < 1 or years < 1:
        raise Refusal(NOT_SO_MANY)
    lived = live(charters, years, seed, faults=faults, watch=_region_is_done)
    answer(
        [_lived_as_data(one) for one in lived],
        as_json=as_json,
        text=lambda: _lived_in_words(lived),
    )
    _exit_if(any(one.broken for one in lived))


def _region_is_done(one: "Lived") -> None:
    if sys.stderr.isatty():
        words = Words("Region {seed}: {days} dagar levda.", "Region {seed}: {days} days lived.")
        told = words.about(seed=one.asked.seed, days=one.days).in_(LANGUAGE)
        typer.echo(told, err=True)


def _lived_as_data(one: "Lived") -> dict[str, Any]:
    told = {each.name: getattr(one, each.name) for each in fields(one)}
    return {**told, "asked": asdict(one.asked), "broken": _broken_as_data(one.broken)}


def _lived_in_words(lived: list["Lived"]) -> None:
    table(
        said("Frö", "Seed"), said("Grupper", "Groups"), said("Dagar", "Days"), said("Handlingar", "Charters"), said("Gäller", "In force"), said("Åtgärder", "Acts"), said("Nekade", "Refused"), said("Brev", "Letters"), said("Överhoppade", "Skipped"), said("Fel som gjordes", "Faults"), "Hash",
        rows=[
            (one.asked.seed, one.asked.charters, one.days, one.charters, one.in_force, one.acts.total(), one.refused.total(), one.letters.total(), one.skipped, one.faults.total(), one.hash[:16])
            for one in lived
        ],
    )  # fmt: skip
    for one in lived:
        for broken in one.broken:
            words = Words(
                "BRUTET, frö {seed}, dag {day} ({name}): {what}",
                "BROKEN, seed {seed}, day {day} ({name}): {what}",
            ).about(
                seed=one.asked.seed, day=one.broken_on, name=broken.invariant, what=broken.words
            )
            typer.echo(words.in_(LANGUAGE), err=True)
    if not any(one.broken for one in lived):
        say(ALL_HOLDS.in_(LANGUAGE))


# --- check-journal ----------------------------------------------------------------------------


def check_journal(as_json: AsJson = False) -> None:
    from casework.invariants import broken
    from casework.questions import last_whole_look
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        last = last_whole_look(connection)
        # What people do after a look may be due that very day, and waits for the next.
        looked_on = last - timedelta(1) if last is not None else None
        found = broken(connection, at.calendar, looked_on=looked_on)
    answer(
        {"looked_on": looked_on, "broken": _broken_as_data(found)},
        as_json=as_json,
        text=lambda: _tell_what_is_broken(found, or_else=ALL_HOLDS),
    )
    _exit_if(found)


# --- what the commands above share ----------------------------------------------------------------


def _broken_as_data(found: list["Broken"]) -> list[dict[str, str]]:
    return [{"invariant": one.invariant, "says": one.words.in_(LANGUAGE)} for one in found]


def _tell_what_is_broken(found: list["Broken"], or_else: Words | None = None) -> None:
    for one in found:
        typer.echo(f"{one.invariant}: {one.words.in_(LANGUAGE)}", err=True)
    if not found and or_else is not None:
        say(or_else.in_(LANGUAGE))


def _told_the_rest(count: int) -> None:
    if count > MOST_ROWS:
        words = Words(
            "… och {more} till; alla finns med --json.", "… and {more} more; --json has them all."
        )
        say(words.about(more=count - MOST_ROWS).in_(LANGUAGE))


def _word(vocabulary: Any, value: str | None) -> str:
    try:
        words: Words = vocabulary(value).words
    except ValueError:
        return value or ""
    return words.in_(LANGUAGE)


def _exit_if(failed: object) -> None:
    if failed:
        raise typer.Exit(1)


@contextmanager
def _progress(begins: date, until: date) -> Iterator[Callable[[date], None]]:
    """How far the rehearsal has come, where somebody watches."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _day: None
        return
    with Progress(console=console, transient=True) as bar:
        days = bar.add_task(said("Övar", "Rehearsing"), total=(until - begins + timedelta(1)).days)
        yield lambda day: bar.update(days, completed=(day - begins).days)
