"""Absence: who stands in for one's own office, from when through when; and what waits meanwhile."""

from fastapi import HTTPException
from fastapi.responses import Response

from casework.answers.absence import OwnOffice, own_offices, someone_else
from casework.answers.queue import queue_of
from casework.organisation import end_stand_in, set_stand_in
from statemachine.words import Refusal, Words
from web.access import DECIDER
from web.desk import AtDesk, Desk
from web.forms import Posted
from web.pages.deciding import written_in
from web.routes import Pages

pages = Pages()

SET = Words(
    "{name} ersätter dig som {office} från {from_}{through}.",
    "{name} stands in for you as {office} from {from_}{through}.",
)
ENDED = Words(
    "{name} ersätter dig inte längre som {office} efter {day}.",
    "{name} no longer stands in for you as {office} after {day}.",
)


@pages.page("/absence", DECIDER)
def absence(desk: AtDesk) -> Response:
    """Who stands in for the reader's own offices, and a form to name someone."""
    return _absence(desk)


@pages.act("/absence", DECIDER)
def name_stand_in(desk: AtDesk, form: Posted) -> Response:
    """Have someone stand in for an office of the reader's own."""
    office = _own(desk, form.text("office"))
    try:
        someone = someone_else(desk.people, form.text("person"), desk.person)
        from_, through = form.day("from") or desk.today, form.day("through")
        with desk.writing("organisation") as connection:
            set_stand_in(
                connection,
                office.key,
                someone.key,
                from_=from_,
                through=through,
                by=desk.person.key,
                today=desk.today,
                now=desk.now,
            )
    except Refusal as refusal:
        return _absence(desk, written_in(form), refusal.reasons)
    last = Words(f" till och med {through}", f" through {through}") if through else Words("", "")
    words = SET.about(name=someone.name, office=office.name, from_=from_, through=last)
    return desk.go("/absence", words)


@pages.act("/absence/end", DECIDER)
def end(desk: AtDesk, form: Posted) -> Response:
    """Someone stands in for the reader no longer than a day, today unless said."""
    office = _own(desk, form.text("office"))
    try:
        someone = someone_else(desk.people, form.text("person"), desk.person)
        last = form.day("through") or desk.today
        with desk.writing("organisation") as connection:
            end_stand_in(
                connection,
                office.key,
                someone.key,
                through=last,
                by=desk.person.key,
                today=desk.today,
                now=desk.now,
            )
    except Refusal as refusal:
        return _absence(desk, {}, refusal.reasons)
    return desk.go("/absence", ENDED.about(name=someone.name, office=office.name, day=last))


def _own(desk: Desk, key: str) -> OwnOffice:
    """The office of the reader's own with this key. Answers 403 for anyone else's."""
    for office in own_offices(desk.connection, desk.people, desk.visitor):
        if office.key == key:
            return office
    raise HTTPException(403)


def _absence(
    desk: Desk, written: dict[str, str] | None = None, refused: tuple[Words, ...] = ()
) -> Response:
    offices = own_offices(desk.connection, desk.people, desk.visitor)
    return desk.page(
        "deciding/absence.html.j2",
        code=422 if refused else 200,
        offices=offices,
        choices=[(office.key, office.name) for office in offices],
        stood_in_for=[one for one in desk.visitor.offices if one.stands_in],
        queue=queue_of(desk.connection, desk.people, desk.person, desk.settings.calendar),
        written=written or {},
        refused=list(refused),
    )
