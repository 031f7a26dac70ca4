"""The people of the organisation: found, added, changed, given duties and offices, and gone."""

from collections.abc import Callable
from typing import Any

from fastapi import HTTPException
from fastapi.responses import Response
from sqlalchemy import Connection, Row

from casework.answers.people import free_key, has, offices, people, person_row
from casework.organisation import (
    add_person,
    end_duty,
    give_duty,
    leave,
    set_office_holder,
    set_person,
)
from statemachine.vocabulary import Duty, Seat
from statemachine.words import Refusal, Words
from web.access import ADMINISTRATION, REGISTRY
from web.addresses import page_in
from web.desk import AtDesk, Desk
from web.forms import Form, Posted, Wrote
from web.routes import Pages

pages = Pages()

FIELDS = ("name", "title", "email", "phone", "administration", "language")
ADDED = Words("{name} finns nu i organisationen.", "{name} is now in the organisation.")
CHANGED = Words("Uppgifterna om {name} är sparade.", "What is said of {name} is saved.")
NOTHING_NEW = Words("Ingenting var ändrat.", "Nothing was changed.")
LEFT = Words(
    "{name} slutar {day}. Det personen har upphör då, och platserna blir vakanta.",
    "{name} leaves on {day}. What they have ends then, and their seats stand vacant.",
)
GIVEN = Words("{name} är nu {duty}.", "{name} is now {duty}.")
ENDED = Words("{name} är inte längre {duty}.", "{name} is no longer {duty}.")
HOLDS = Words("{name} innehar nu befattningen {office}.", "{name} now holds the office {office}.")
WHICH_DUTY = Words("Välj vilken uppgift det gäller.", "Choose which duty it is.")
WHICH_OFFICE = Words("Välj vilken befattning det gäller.", "Choose which office it is.")
LAST_DAY = Words("Ange sista dagen.", "Give the last day.")


@pages.page("/people", REGISTRY)
def everyone(desk: AtDesk, q: str = "", left: str = "", page: str = "1") -> Response:
    """Everyone here, or those who have left, sought by name or address."""
    return desk.page(
        "people/people.html.j2",
        found=people(
            desk.connection,
            q[:200],
            today=desk.today,
            left=left == "yes",
            page=page_in(page),
        ),
        q=q[:200],
        left=left == "yes",
    )


@pages.page("/people/new", REGISTRY)
def new(desk: AtDesk) -> Response:
    """Where someone new is written down."""
    return _new(desk)


@pages.act("/people/new", REGISTRY)
def add(desk: AtDesk, form: Posted) -> Response:
    """Add someone new; their key is made of their name."""
    given = {name: form.text(name) for name in (*FIELDS, "from") if form.text(name)}
    try:
        with desk.writing() as connection:
            key = free_key(connection, form.text("name"))
            add_person(connection, key, given, **_by(desk))
    except Refusal as refusal:
        return _new(desk, refusal, form)
    return desk.go(f"/people/{key}", ADDED.about(name=form.text("name")))


@pages.page("/people/{person}", REGISTRY)
def person(desk: AtDesk, person: str) -> Response:
    """One person, and all that they have."""
    return _person(desk, person)


@pages.act("/people/{person}", REGISTRY)
def change(desk: AtDesk, person: str, form: Posted) -> Response:
    """Change what is said of someone."""
    kept = _there(desk, person)
    given = {
        name: form.text(name) or None
        for name in FIELDS
        if name in form and form.text(name) != (getattr(kept, name) or "")
    }
    if not given:
        return desk.go(f"/people/{person}", NOTHING_NEW)
    said = CHANGED.about(name=form.text("name") or kept.name)
    return _changed(desk, person, form, said, set_person, given)


@pages.act("/people/{person}/leave", REGISTRY)
def goes(desk: AtDesk, person: str, form: Posted) -> Response:
    """Someone's last day."""
    kept = _there(desk, person)
    try:
        last = form.day("through")
        if last is None:
            raise Refusal(LAST_DAY)
    except Refusal as refusal:
        return _person(desk, person, refusal, form)
    said = LEFT.about(name=kept.name, day=last)
    return _changed(desk, person, form, said, leave, through=last)


@pages.act("/people/{person}/office", REGISTRY)
def office(desk: AtDesk, person: str, form: Posted) -> Response:
    """Have someone hold an office; whoever holds it gives way the day before."""
    kept = _there(desk, person)
    chosen = next((one for one in offices(desk.connection) if one.key == form.text("office")), None)
    if chosen is None:
        return _person(desk, person, Refusal(WHICH_OFFICE), form)

    def holds(connection: Connection, key: str, **more: Any) -> object:
        return set_office_holder(
            connection, chosen.key, key, from_=form.day("from"), through=form.day("through"), **more
        )

    said = HOLDS.about(name=kept.name, office=chosen.name)
    return _changed(desk, person, form, said, holds)


@pages.act("/people/{person}/duty", ADMINISTRATION)
def duty(desk: AtDesk, person: str, form: Posted) -> Response:
    """Make someone handler, registry keeper or administrator; or no longer."""
    kept = _there(desk, person)
    if form.text("duty") not in set(Duty):
        return _person(desk, person, Refusal(WHICH_DUTY), form)
    duty = Duty(form.text("duty"))
    ends = form.text("act") == "end"

    def given(connection: Connection, key: str, **more: Any) -> object:
        if ends:
            return end_duty(connection, duty, key, through=form.day("through"), **more)
        return give_duty(
            connection, duty, key, from_=form.day("from"), through=form.day("through"), **more
        )

    said = (ENDED if ends else GIVEN).about(name=kept.name, duty=duty.words)
    return _changed(desk, person, form, said, given)


def _changed(
    desk: Desk,
    person: str,
    form: Form,
    said: Words,
    does: Callable[..., object],
    *what: Any,
    **more: Any,
) -> Response:
    try:
        with desk.writing() as connection:
            does(connection, person, *what, **more, **_by(desk))
    except Refusal as refusal:
        return _person(desk, person, refusal, form)
    return desk.go(f"/people/{person}", said)


def _by(desk: Desk) -> dict[str, Any]:
    return {"by": desk.person.key, "today": desk.today, "now": desk.now}


def _there(desk: Desk, key: str) -> Row[Any]:
    row = person_row(desk.connection, key)
    if row is None:
        raise HTTPException(404)
    return row


def _new(desk: Desk, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    return desk.page(
        "people/new.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        wrote=Wrote(form),
    )


def _person(
    desk: Desk, key: str, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    row = _there(desk, key)
    return desk.page(
        "people/person.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        wrote=Wrote(form),
        anew=form is not None and "name" in form,
        person=row,
        has=has(desk.connection, row.id, desk.today),
        offices=[(one.key, one.name) for one in offices(desk.connection)],
        duties=[(duty.value, duty.words) for duty in Duty],
        administers=desk.visitor.has(Duty.ADMINISTRATOR),
        gone=row.left_on is not None and row.left_on <= desk.today,
        Duty=Duty,
        Seat=Seat,
    )
