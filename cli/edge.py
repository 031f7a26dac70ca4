"""The edge: where a command reads the clock, opens memory, and speaks to whoever typed it."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from statemachine.words import Language, Refusal, Words

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from casework.matter import Sitting
    from casework.settings import Settings
    from models.directory import Someone
    from statemachine.calendar import Calendar

LANGUAGE: Language = "en" if os.environ.get("MANDAT_LANGUAGE", "sv").startswith("en") else "sv"


def said(sv: str, en: str) -> str:
    """A help text or an answer in the reader's language: MANDAT_LANGUAGE, Swedish unless `en`."""
    return Words(sv, en).in_(LANGUAGE)


@dataclass(frozen=True)
class Edge:
    """One command's moment: the settings, memory, and what time it is."""

    settings: "Settings"
    engine: "Engine"
    now: datetime

    @property
    def today(self) -> date:
        """The day it is in the organisation's zone."""
        return self.now.astimezone(self.settings.timezone).date()

    @property
    def language(self) -> Language:
        return LANGUAGE

    @property
    def calendar(self) -> "Calendar":
        return self.settings.calendar

    def wake_service(self, what: str) -> None:
        """Tell a service on this database that `what` was done and has letters. After the commit.

        Whether or not it is heard: what nobody hears is found by the clock's next run.
        """
        from flows.waking import Happened, wake

        wake(self.engine, Happened(what, self.now))

    def person(self, connection: "Connection", key_or_email: str) -> "Someone":
        """The person with this key or address. Raises Refusal when nobody here has it."""
        from models.directory import Directory

        someone = Directory(connection, self.today).found(key_or_email)
        if someone is None:
            raise Refusal(
                Words(
                    "Det finns ingen person {who} i organisationen i dag. "
                    "Se alla med: mandat organisation show",
                    "There is nobody called {who} in the organisation today. "
                    "See everyone with: mandat organisation show",
                ).about(who=key_or_email)
            )
        return someone

    def sitting(
        self, connection: "Connection", by: str | None, on: date | None = None
    ) -> "Sitting":
        """The moment in which `by` acts, vouched for by whoever runs the command.

        With `on` the day is another than today: for the calendar, never for a decision.
        """
        from casework.matter import TERMINAL, Authentication, Sitting
        from casework.papers import printer

        someone = self.person(connection, by) if by else None
        allowed = self.settings.terminal_decisions
        return Sitting(
            by=someone,
            now=self.now,
            today=on or self.today,
            settings=self.settings,
            press=printer(self.settings, self.now),
            authenticated=Authentication(TERMINAL, self.now) if someone and allowed else None,
        )


MISSET = Words(
    "{name} är {given}, och det går inte: {why}", "{name} is {given}, which will not do: {why}"
)


def settings_read() -> "Settings":
    """The settings, from the environment. Raises Refusal that names each that will not do."""
    from pydantic import ValidationError

    from casework.settings import Settings

    try:
        return Settings()
    except ValidationError as fault:
        reasons = [
            MISSET.about(
                name=f"MANDAT_{'_'.join(str(part) for part in one['loc']).upper()}",
                given=repr(one["input"]),
                why=one["msg"],
            )
            for one in fault.errors()
        ]
    raise Refusal(*reasons)


@contextmanager
def edge(settings: "Settings | None" = None) -> Iterator[Edge]:
    """Open memory, brought to its newest shape, for the length of one command."""
    from documents.kinds import own_forms
    from models.migrations import upgrade
    from models.session import engine_for

    chosen = settings or settings_read()
    own_forms(chosen.forms)
    engine = engine_for(chosen.database_url)
    try:
        upgrade(engine)
        yield Edge(chosen, engine, datetime.now(chosen.timezone))
    finally:
        engine.dispose()


def answer(
    data: Any, *, as_json: bool, text: str | Callable[[], None], one_line: bool = False
) -> None:
    """Give the answer: as JSON for a program (on `one_line` where many follow), or in words."""
    if as_json:
        indent = None if one_line else 2
        print(json.dumps(data, ensure_ascii=False, indent=indent, default=str))  # noqa: T201
    elif callable(text):
        text()
    else:
        say(text)


def say(text: str) -> None:
    """A line on standard output. Rich styles it where it is a terminal, and only there."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def table(*headings: str, rows: Iterable[Iterable[object]], title: str | None = None) -> None:
    """A table on standard output; an empty cell is a dash."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*("–" if cell in (None, "") else str(cell) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(drawn)


def explain(refusal: Refusal) -> None:
    """Why something was not done, each reason on a line of its own, on standard error.

    Last the command that helps, where there is one.
    """
    for reason in (*refusal.reasons, *filter(None, (refusal.at_terminal,))):
        print(reason.in_(LANGUAGE), file=sys.stderr)  # noqa: T201
