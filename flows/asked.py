"""Flows that run only when someone asks: each has a form in Prefect."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from operator import itemgetter

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from casework.matter import Sitting
from casework.mending import Mended, retry
from flows.running import in_catalogue
from flows.waking import Happened, wake
from flows.workbench import NOW, Workbench, workbench
from models.directory import Directory
from rehearsal.memory import copied
from rehearsal.rehearse import Rehearsed
from rehearsal.rehearse import rehearse as go_through
from statemachine.words import Refusal, Words

MOST_ROWS = 500

NOBODY = Words(
    "Det finns ingen person {who} i organisationen i dag.",
    "There is nobody called {who} in the organisation today.",
)
UNTOUCHED = Words(
    "{begins}–{until}: {acts} åtgärder, {letters} brev. Databasen är orörd.",
    "{begins}–{until}: {acts} acts, {letters} letters. The database is untouched.",
)


class Again(BaseModel):
    """The letter to send again, and who says so."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(
        title="Brevets nummer · The letter's number",
        description="Som i mandat outbox list. · As in mandat outbox list.",
        ge=1,
    )
    by: str = Field(
        title="Vem · Who",
        description="Din nyckel eller e-postadress. · Your key or e-mail address.",
        min_length=1,
    )
    reason: str = Field(
        title="Skäl · Reason",
        description="Skrivs i händelseloggen. · Written in the journal.",
        min_length=1,
    )
    email: str | None = Field(
        None,
        title="Annan adress · Another address",
        description="Tomt: samma som förut. · Empty: the same as before.",
    )


class Until(BaseModel):
    """How far ahead to rehearse."""

    model_config = ConfigDict(frozen=True)

    until: date = Field(
        title="Till och med · Through",
        description="Kalendern körs till den dagen på en kopia; inga brev skickas. · "
        "The calendar is run to that day on a copy; no letter is sent.",
    )


@in_catalogue("resend-letter")
async def resend_letter(letter: Again) -> Mended:
    """Have a letter go now, or go again. Raises Refusal."""
    with workbench() as bench:

        def again(connection: Connection) -> Mended:
            at = _sitting_of(connection, bench, letter.by)
            return retry(connection, letter.number, at=at, reason=letter.reason, email=letter.email)

        mended = await bench.act(again)
        happened = Happened(f"resend-letter {letter.number}", bench.clock(NOW)())
        await asyncio.to_thread(wake, bench.engine, happened)
        await acreate_markdown_artifact(
            mended.said.in_(bench.settings.language), key="resend-letter"
        )
    return mended


@in_catalogue("rehearse")
async def rehearse(time: Until) -> int:
    """Run the calendar to a day on a copy of memory; how many letters it would write."""
    with workbench() as bench:
        done = await asyncio.to_thread(_rehearsed, bench, time.until)
        await acreate_table_artifact(
            table=list(_rows(done)) or [{"Vad · What": "–"}],
            key="rehearse",
            description=UNTOUCHED.about(
                begins=done.begins,
                until=done.until,
                acts=len(done.acts),
                letters=len(done.letters),
            ).in_(bench.settings.language),
        )
    return len(done.letters)


def _sitting_of(connection: Connection, bench: Workbench, who: str) -> Sitting:
    at = bench.sitting(NOW)
    someone = Directory(connection, at.today).found(who)
    if someone is None:
        raise Refusal(NOBODY.about(who=who))
    return replace(at, by=someone)


def _rehearsed(bench: Workbench, until: date) -> Rehearsed:
    with copied(bench.engine) as copy:
        return go_through(copy, bench.settings, now=bench.clock(NOW)(), until=until)


def _rows(done: Rehearsed) -> Iterable[dict[str, str]]:
    happened = [
        *((one.day, one.what, one.about, one.becomes or "", "") for one in done.acts),
        *((one.day, one.letter, one.about, "", one.to_email) for one in done.letters),
    ]
    for day, what, about, becomes, to in sorted(happened, key=itemgetter(0))[:MOST_ROWS]:
        yield {
            "Dag · Day": day.isoformat(),
            "Vad · What": what,
            "Om · About": about or "",
            "Blev · Became": becomes,
            "Till · To": to,
        }
