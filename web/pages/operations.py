"""Operations: does it go, what waits, what came back, when the calendar looked, does all hold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi import HTTPException
from fastapi.responses import Response
from sqlalchemy import Connection

from casework import mending
from casework.invariants import Broken, broken
from casework.matter import Sitting
from casework.mending import Mended
from casework.questions import (
    attempts_at,
    last_whole_look,
    letter_row,
    letters_in_outbox,
    sent_again_as,
    suppressions,
    sweeps,
)
from models.session import reading
from notifications.facts import LetterFacts
from notifications.inbox import read_back
from notifications.outbox import how_many_wait, pause_now
from notifications.wording import worded
from statemachine.vocabulary import Fate, Letter
from statemachine.words import Refusal, Words
from web.access import REGISTRY
from web.desk import AtDesk, Desk
from web.forms import Form, Posted, Wrote
from web.health import why_not
from web.routes import Pages

pages = Pages()

ALL_HOLDS = Words(
    "Allt stämmer: händelseloggen leder dit varje handling står.",
    "All holds: the journal leads to where every charter stands.",
)
RUNS = {
    "daily": Words("Det dagliga", "The daily look"),
    "review-reminders": Words("Påminnelser om beslut", "Reminders to decide"),
    "renewal-and-expiry": Words("Förnyelse och förvarningar", "Renewal and expiry warnings"),
    "weekly-digest": Words("Veckans sammanställning", "The weekly digest"),
    "distribution": Words("Expediering", "Distribution"),
    "outbox-delivery": Words("Utkorgen", "The outbox"),
    "returned-mail": Words("Returnerade brev", "Returned letters"),
    "watchdog": Words("Vakten", "The watchdog"),
}
"""What the runs are called by those who read of them."""
MOST_LETTERS = 100
MOST_SWEEPS = 20


@pages.page("/operations", REGISTRY)
def operations(desk: AtDesk) -> Response:
    """How the service fares, on one page."""
    return _operations(desk)


@pages.act("/operations/try-now", REGISTRY)
def try_now(desk: AtDesk, form: Posted) -> Response:
    """Have the next delivery try at once, when letters stand still."""

    def tried(connection: Connection, at: Sitting) -> Mended:
        return mending.try_now(connection, at=at, reason=form.text("reason"))

    return _mended(desk, tried)


@pages.act("/operations/lift", REGISTRY)
def lift(desk: AtDesk, form: Posted) -> Response:
    """Let letters go to an address again."""

    def lifted(connection: Connection, at: Sitting) -> Mended:
        return mending.lift(connection, form.text("email"), at=at, reason=form.text("reason"))

    return _mended(desk, lifted)


@pages.act("/operations/journal", REGISTRY)
def check_journal(desk: AtDesk) -> Response:
    """Ask memory whether everything holds that always must."""
    with reading(desk.house.engine) as connection:
        last = last_whole_look(connection)
        # What people do after a look may be due that very day, and waits for the next.
        looked_on = last - timedelta(days=1) if last is not None else None
        found = broken(connection, desk.settings.calendar, looked_on=looked_on)
    if not found:
        return desk.go("/operations", ALL_HOLDS)
    return _operations(desk, found=found)


@pages.page("/operations/letters/{letter}", REGISTRY)
def letter(desk: AtDesk, letter: int) -> Response:
    """One letter: what it says, to whom, what was answered, and what can be done about it."""
    return _letter(desk, letter)


@pages.act("/operations/letters/{letter}", REGISTRY)
def mend(desk: AtDesk, letter: int, form: Posted) -> Response:
    """Send the letter again, call it off, or note how its reader was reached."""
    why = form.text("reason")
    does: dict[str, Callable[[Connection, Sitting], Mended]] = {
        "retry": lambda connection, at: mending.retry(
            connection, letter, at=at, reason=why, email=form.text("email") or None
        ),
        "cancel": lambda connection, at: mending.cancel_letter(
            connection, letter, at=at, reason=why
        ),
        "reached-otherwise": lambda connection, at: mending.reached_otherwise(
            connection, letter, at=at, how=why
        ),
        "give-up": lambda connection, at: mending.give_up(connection, letter, at=at, reason=why),
    }
    act = does.get(form.text("act"))
    if act is None:
        raise HTTPException(400)
    try:
        with desk.writing("outbox") as connection:
            mended = act(connection, desk.sitting())
    except Refusal as refusal:
        return _letter(desk, letter, refusal, form)
    return desk.go(f"/operations/letters/{mended.new_letter or letter}", mended.said)


def _operations(
    desk: Desk, *, found: list[Broken] | None = None, refusal: Refusal | None = None
) -> Response:
    settings, connection = desk.settings, desk.connection
    return desk.page(
        "operations/operations.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        reasons=[reason.words for reason in why_not(desk.house)],
        began=desk.house.began,
        links=[(link.address, link.words) for link in desk.house.links],
        pause=pause_now(connection, desk.now, timedelta(minutes=settings.standstill_minutes)),
        waiting=how_many_wait(connection),
        letters=letters_in_outbox(connection, most=MOST_LETTERS),
        suppressions=suppressions(connection)[:MOST_LETTERS],
        sweeps=sweeps(connection, most=MOST_SWEEPS),
        runs=RUNS,
        found=found,
        zone=settings.timezone,
        Letter=Letter,
        Fate=Fate,
    )


def _letter(
    desk: Desk, number: int, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    row = letter_row(desk.connection, number) if 0 <= number < 2**31 else None
    if row is None:
        raise HTTPException(404)
    return desk.page(
        "operations/letter.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        wrote=Wrote(form),
        letter=row,
        read=_as_read(row),
        attempts=attempts_at(desk.connection, number),
        again=sent_again_as(desk.connection, number),
        zone=desk.settings.timezone,
        Letter=Letter,
        Fate=Fate,
    )


def _as_read(row: Any) -> dict[str, Any] | None:
    """The letter as sent, or as it would be; None for one that carries a code."""
    if row.letter == Letter.LOGIN_CODE:
        return None
    if row.bytes is not None:
        read = read_back(row.bytes)
        return {"headers": read.headers, "text": read.text, "attached": read.attached}
    would_be = worded(LetterFacts.model_validate(row.facts))
    return {"headers": (("Subject", would_be.subject),), "text": would_be.text, "attached": ()}


def _mended(desk: Desk, does: Callable[[Connection, Sitting], Mended]) -> Response:
    try:
        with desk.writing("outbox") as connection:
            mended = does(connection, desk.sitting())
    except Refusal as refusal:
        return _operations(desk, refusal=refusal)
    return desk.go("/operations", mended.said)
