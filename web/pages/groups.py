"""The register of groups, and each group's own page: who sits in it, and its charter."""

from contextlib import suppress
from datetime import timedelta

from fastapi.responses import Response

from casework.answers.register import (
    Sought,
    Standing,
    charters_of,
    group_by_number,
    groups_under,
    leavers_on_lists,
    levels_and_areas,
    register,
    seats_of,
)
from casework.answers.visitors import may_read
from casework.matter import document_of
from casework.organisation import set_seat, vacate_seat
from casework.questions import in_force, text_in_force
from documents import meetings_of
from documents.kinds import kind as kind_called
from statemachine.vocabulary import Seat, State
from statemachine.words import Refusal, Words
from web.access import DISCONTINUES_GROUP, EVERYONE, GROUP_KEEPER
from web.addresses import page_in
from web.desk import AtDesk, Desk
from web.forms import Form, Posted, Wrote
from web.routes import Pages

pages = Pages()

STANDINGS: dict[Standing, Words] = {
    Standing.ALL: Words("Alla som finns", "All there are"),
    Standing.GAP: Words("Utan gällande uppdrag", "Without a charter in force"),
    Standing.SOON: Words("Löper ut inom ett år", "Ending within a year"),
    Standing.NO_COORDINATOR: Words("Utan koordinator", "Without a coordinator"),
    Standing.DISCONTINUED: Words("Avvecklade", "Discontinued"),
}
SEATED = Words("{name} är {seat} i {group}.", "{name} is {seat} of {group}.")
VACATED = Words(
    "Platsen {seat} i {group} är vakant från {day}.",
    "The seat {seat} of {group} is vacant from {day}.",
)
WHICH_SEAT = Words("Välj vilken plats det gäller.", "Choose which seat it is.")
WHO = Words(
    "Skriv e-postadressen till den som får platsen.",
    "Write the e-mail address of whoever gets the seat.",
)


@pages.page("/groups", EVERYONE)
def groups(
    desk: AtDesk,
    q: str = "",
    level: str = "",
    area: str = "",
    standing: str = "all",
    page: str = "1",
) -> Response:
    """The register: sought, filtered, a page at a time."""
    with suppress(ValueError):
        standing = Standing(standing)
    sought = Sought(
        words=q[:200],
        level=level,
        area=area,
        standing=standing if isinstance(standing, Standing) else Standing.ALL,
    )
    levels, areas = levels_and_areas(desk.connection)
    return desk.page(
        "groups/register.html.j2",
        found=register(desk.connection, sought, today=desk.today, page=page_in(page)),
        sought=sought,
        standings=STANDINGS.items(),
        levels=levels,
        areas=areas,
        Seat=Seat,
        State=State,
    )


@pages.page("/groups/{group}", EVERYONE)
def group(desk: AtDesk, group: str) -> Response:
    """One group: its charter in force, its people, how often it meets; for everyone to read."""
    row = desk.group(group)
    charter = in_force(desk.connection, row.id, desk.today)
    document = (
        document_of(desk.connection, text_in_force(desk.connection, charter.id))
        if charter is not None
        else None
    )
    others = [
        one
        for one in charters_of(desk.connection, row.id)
        if (charter is None or one.id != charter.id) and may_read(desk.people, one, desk.who)
    ]
    keeps = _keeps(desk, row.id)
    return desk.page(
        "groups/group.html.j2",
        group=row,
        charter=charter,
        document=document,
        meetings=meetings_of(document, kind=kind_called(document.kind)) if document else None,
        open=[one for one in others if one.state in (State.DRAFT, State.REVIEW)],
        coming=[one for one in others if one.valid_from and one.valid_from > desk.today],
        earlier=[one for one in others if one.ends_on and one.ends_on < desk.today],
        seats=seats_of(desk.connection, row.id, desk.today),
        parent=group_by_number(desk.connection, row.parent_id),
        under=groups_under(desk.connection, row.id),
        taken_over_by=group_by_number(desk.connection, row.taken_over_by_id),
        keeps=keeps,
        may_end=row.discontinued_on is None and DISCONTINUES_GROUP.holds(desk, {"group": row.key}),
        leavers=leavers_on_lists(desk.connection, desk.today, group_id=row.id) if keeps else (),
        Seat=Seat,
        State=State,
    )


@pages.page("/groups/{group}/seats", GROUP_KEEPER)
def seats(desk: AtDesk, group: str) -> Response:
    """The group's seats, to change: who, from when, through when, appointed by whom."""
    return _seats(desk, group)


@pages.act("/groups/{group}/seats", GROUP_KEEPER)
def seat(desk: AtDesk, group: str, form: Posted) -> Response:
    """Give someone a seat. Whoever had it gives way the day before."""
    try:
        named, person = _seat_named(form), _someone_named(form)
        with desk.writing() as connection:
            set_seat(
                connection,
                group,
                named,
                person,
                from_=form.day("from"),
                through=form.day("through"),
                appointed_by=form.text("appointed_by") or None,
                by=desk.person.key,
                today=desk.today,
                now=desk.now,
            )
    except Refusal as refusal:
        return _seats(desk, group, refusal, form)
    someone = desk.people.found(person)
    said = SEATED.about(
        name=someone.name if someone else person, seat=named.words, group=desk.group(group).name
    )
    return desk.go(f"/groups/{group}/seats", said)


@pages.act("/groups/{group}/seats/vacate", GROUP_KEEPER)
def vacate(desk: AtDesk, group: str, form: Posted) -> Response:
    """Leave a seat vacant from a day."""
    try:
        named = _seat_named(form)
        begins = form.day("from") or desk.today + timedelta(days=1)
        with desk.writing() as connection:
            vacate_seat(
                connection,
                group,
                named,
                person=form.text("person") or None,
                from_=begins,
                by=desk.person.key,
                today=desk.today,
                now=desk.now,
            )
    except Refusal as refusal:
        return _seats(desk, group, refusal, form)
    said = VACATED.about(seat=named.words, group=desk.group(group).name, day=begins)
    return desk.go(f"/groups/{group}/seats", said)


def _seats(
    desk: Desk, key: str, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    row = desk.group(key)
    return desk.page(
        "groups/seats.html.j2",
        code=422 if refusal else 200,
        group=row,
        seats=seats_of(desk.connection, row.id, desk.today),
        refused=refusal.reasons if refusal else (),
        wrote=Wrote(form),
        seat_choices=[(seat.value, seat.words) for seat in Seat],
        Seat=Seat,
    )


def _keeps(desk: Desk, group_id: int) -> bool:
    return desk.who is not None and (
        desk.who.keeps_the_register or group_id in desk.who.coordinates
    )


def _seat_named(form: Form) -> Seat:
    if form.text("seat") not in set(Seat):
        raise Refusal(WHICH_SEAT)
    return Seat(form.text("seat"))


def _someone_named(form: Form) -> str:
    if not form.text("person"):
        raise Refusal(WHO)
    return form.text("person")
