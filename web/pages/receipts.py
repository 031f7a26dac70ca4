"""Receipts: how each one on a charter's list was reached, and what is done for the others."""

from datetime import timedelta
from typing import Any

from fastapi import HTTPException
from fastapi.responses import Response

from casework.answers.receipts import Receipt, receipts_of
from casework.matter import look_at
from casework.mending import MAY_MEND, Mended, give_up, reached_otherwise, retry
from statemachine.vocabulary import DECIDED
from statemachine.words import Refusal
from web.access import PARTICIPANT, number_in
from web.desk import AtDesk, Desk
from web.forms import Form, Posted, Wrote
from web.pages.charter import looking
from web.routes import Pages

pages = Pages()

LOOKS_AGAIN_FOR = timedelta(minutes=10)
"""How long after a letter was written the page looks by itself for what has become of it."""


@pages.page("/charters/{number}/receipts", PARTICIPANT)
def receipts(desk: AtDesk, number: int) -> Response:
    """Everyone on the list, how they were reached, and how far the distribution has come."""
    row = _decided(desk, number)
    found = receipts_of(desk.connection, number)
    written = found.last_written()
    return desk.page(
        "receipts.html.j2",
        charter=row,
        receipts=found,
        may_mend=_may_mend(desk, number),
        under_way=written is not None,
        again=written is not None and desk.now - written < LOOKS_AGAIN_FOR,
    )


@pages.page("/charters/{number}/receipts/{letter}", PARTICIPANT)
def receipt(desk: AtDesk, number: int, letter: str) -> Response:
    """What can be done for one who was not reached."""
    return _mending(desk, number, letter)


@pages.act("/charters/{number}/receipts/{letter}/retry", PARTICIPANT)
def sent_again(desk: AtDesk, number: int, letter: str, form: Posted) -> Response:
    """Send the letter again, to the same address or another."""
    email = form.text("email") or None
    return _done(desk, number, letter, form, retry, reason=form.text("reason"), email=email)


@pages.act("/charters/{number}/receipts/{letter}/reached-otherwise", PARTICIPANT)
def reached(desk: AtDesk, number: int, letter: str, form: Posted) -> Response:
    """Note that they were reached in another way, and how."""
    return _done(desk, number, letter, form, reached_otherwise, how=form.text("how"))


@pages.act("/charters/{number}/receipts/{letter}/give-up", PARTICIPANT)
def given_up(desk: AtDesk, number: int, letter: str, form: Posted) -> Response:
    """Note that they cannot be reached, and why."""
    return _done(desk, number, letter, form, give_up, reason=form.text("why"))


def _done(
    desk: Desk, number: int, letter: str, form: Form, mend: Any, **said: str | None
) -> Response:
    _line(desk, number, letter)
    try:
        with desk.writing("receipts") as connection:
            mended: Mended = mend(connection, int(letter), at=desk.sitting(), **said)
    except Refusal as refusal:
        return _mending(desk, number, letter, form, refusal)
    return desk.go(f"/charters/{number}/receipts", mended.said)


def _mending(
    desk: Desk,
    number: int,
    letter: str,
    form: Form | None = None,
    refused: Refusal | None = None,
) -> Response:
    line = _line(desk, number, letter)
    return desk.page(
        "receipt.html.j2",
        code=422 if refused else 200,
        refused=refused.reasons if refused else (),
        charter=desk.charter(number),
        line=line,
        letter=int(letter),
        may_mend=_may_mend(desk, number),
        wrote=Wrote(form),
    )


def _line(desk: Desk, number: int, letter: str) -> Receipt:
    """The line that this letter serves on this very charter's list. Answers 404 for another's."""
    _decided(desk, number)
    line = receipts_of(desk.connection, number).of_letter(number_in(letter))
    if line is None:
        raise HTTPException(404)
    return line


def _decided(desk: Desk, number: int) -> Any:
    row = desk.charter(number)
    if row.state not in DECIDED:
        raise HTTPException(404)
    return row


def _may_mend(desk: Desk, number: int) -> bool:
    """Whether whoever looks may do something about letters of this charter."""
    matter = look_at(desk.connection, number, looking(desk))
    return any(map(matter.plays, MAY_MEND))
