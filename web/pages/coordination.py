"""What a coordinator comes for: their groups, how long each charter lasts, and its renewal."""

from contextlib import suppress
from datetime import date
from typing import Any

from fastapi.responses import Response
from sqlalchemy import Row

from casework.answers.beginning import choices_of
from casework.answers.register import Entry, groups_of
from casework.matter import look_at
from casework.snoozing import (
    charter_to_snooze,
    end_snooze,
    snooze,
    snooze_at_most_until,
    snoozes_on,
)
from statemachine.vocabulary import Act, Seat, State
from statemachine.words import Refusal, Words
from web.access import GROUP_KEEPER, SEATED, WRITER
from web.desk import AtDesk, Desk
from web.forms import Form, Posted, Wrote
from web.routes import Pages

pages = Pages()

RENEWAL_BEGUN = Words(
    "Ett utkast till förnyat uppdrag är påbörjat, med samma text som det som gäller.",
    "A draft of a renewed charter is begun, with the same text as the one in force.",
)
UNTIL_WHEN = Words("Ange till vilken dag.", "Say until which day.")


@pages.page("/my-groups", SEATED)
def my_groups(desk: AtDesk) -> Response:
    """The groups that whoever asks coordinates, chairs or is liaison of: those that end first."""
    return _my_groups(desk)


@pages.act("/groups/{group}/renew", WRITER)
def renew(desk: AtDesk, group: str) -> Response:
    """Begin a revision, in one step: a draft with the text of the charter in force."""
    try:
        done = desk.carry_out(None, Act.RENEW, group_id=desk.group(group).id)
    except Refusal as refusal:
        return _my_groups(desk, refusal)
    return desk.go(f"/charters/{done.charter_id}/edit", RENEWAL_BEGUN)


@pages.page("/groups/{group}/snooze", GROUP_KEEPER)
def later(desk: AtDesk, group: str) -> Response:
    """Where a coordinator asks to be warned later of a charter's end, and says why."""
    return _later(desk, group)


@pages.act("/groups/{group}/snooze", GROUP_KEEPER)
def warn_later(desk: AtDesk, group: str, form: Posted) -> Response:
    """Keep the early warnings to oneself quiet until a day; or no longer."""
    try:
        charter = charter_to_snooze(desk.connection, desk.group(group))
        with desk.writing("snooze") as connection:
            if form.text("act") == "end":
                done = end_snooze(connection, charter, at=desk.sitting())
            else:
                done = snooze(
                    connection,
                    charter,
                    at=desk.sitting(),
                    until=_day_given(form),
                    reason=form.text("reason"),
                )
    except Refusal as refusal:
        return _later(desk, group, refusal, form)
    return desk.go("/my-groups", done.said)


def _day_given(form: Form) -> date:
    until = form.day("until")
    if until is None:
        raise Refusal(UNTIL_WHEN)
    return until


def _later(
    desk: Desk, key: str, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    group = desk.group(key)
    until = None
    with suppress(Refusal):
        charter = charter_to_snooze(desk.connection, group)
        until = snooze_at_most_until(look_at(desk.connection, charter, desk.sitting()))
    return desk.page(
        "groups/snooze.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        wrote=Wrote(form),
        group=group,
        at_most=until,
        snoozed=_snoozed(desk).get(key),
    )


def _snoozed(desk: Desk) -> dict[str, Row[Any]]:
    """The reader's own snoozes that run today, by group."""
    rows = snoozes_on(desk.connection, desk.today, person_id=desk.person.id)
    return {row.group_key: row for row in rows if row.group_key}


def _renewable(desk: Desk, entries: tuple[Entry, ...]) -> set[int]:
    """The groups for which something was decided before, in force today or not."""
    choices = choices_of(desk.connection, [one.group for one in entries])
    return {one.group.id for one in choices if one.latest is not None}


def _my_groups(desk: Desk, refusal: Refusal | None = None) -> Response:
    seats: dict[int, list[Seat]] = {}
    for group, seat in desk.visitor.seats:
        seats.setdefault(group, []).append(seat)
    entries = groups_of(desk.connection, seats, desk.today)
    return desk.page(
        "groups/mine.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        entries=entries,
        renewable=_renewable(desk, entries),
        snoozed=_snoozed(desk),
        seats=seats,
        Seat=Seat,
        State=State,
    )
