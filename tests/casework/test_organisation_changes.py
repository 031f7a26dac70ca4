"""Single changes: a person, a seat, an office, a stand-in, by the same rules as the file's."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from casework.organisation import (
    Difference,
    How,
    add_person,
    as_it_stands,
    end_stand_in,
    leave,
    person_as_they_stand,
    set_office_holder,
    set_person,
    set_seat,
    set_stand_in,
    vacate_seat,
)
from models import tables
from models.session import transaction
from statemachine.words import Refusal
from tests.casework.organisations import (
    TODAY,
    YESTERDAY,
    journalled,
    loaded,
    noon,
    row,
    rows,
    small,
)

BY_CIA: dict[str, Any] = {"by": "cia.lund", "today": TODAY, "now": noon(TODAY)}
AUTUMN = date(2026, 9, 1)
END_OF_SUMMER = date(2026, 8, 31)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Memory with the small organisation in it."""
    with transaction(engine) as opened:
        loaded(opened)
        yield opened


def told(difference: Difference) -> list[str]:
    return [change.words.en for change in difference.changes]


def test_someone_may_start_today_and_be_known_by_their_address(connection: Connection) -> None:
    fields = {"name": "Disa Å", "email": "Disa.A@sjoviken.example", "from": str(TODAY)}
    difference = add_person(connection, "disa.a", fields, **BY_CIA)
    assert told(difference) == ["person Disa Å (disa.a)"]
    set_seat(connection, "rad", "liaison", "disa.a@SJOVIKEN.example", **BY_CIA)
    disa = row(connection, tables.Person, key="disa.a")
    assert (disa.starts_on, disa.language) == (TODAY, "sv")
    assert row(connection, tables.SeatHeld, person_id=disa.id).from_ == TODAY


def test_a_person_is_changed_field_by_field_and_emptied_on_request(connection: Connection) -> None:
    difference = set_person(
        connection, "anna.ek", {"title": "överläkare", "administration": None}, **BY_CIA
    )
    assert told(difference) == [
        "person Anna Ek (anna.ek); title – → överläkare; administration Sjukhuset → –"
    ]
    assert not set_person(connection, "anna.ek", {"title": "överläkare"}, **BY_CIA)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"email": "bo.ask@sjoviken.example"}, "the address of both Anna Ek and Bo Ask"),
        ({"email": "anna"}, "not an e-mail address"),
        ({"name": None}, "name must be given"),
        ({"name": "Anna\u202eEk"}, "U\\+202E"),
        ({"language": "fi"}, "none of sv, en"),
        ({"through": "2026-02-30"}, "not a date"),
        ({"from": "2026-05-01", "through": "2026-04-01"}, "lies before"),
        ({"from": "2025-01-01"}, "Anna Ek begins only on 2025-01-01"),
    ],
)
def test_a_person_obeys_the_rules_of_the_file(
    connection: Connection, fields: dict[str, str | None], says: str
) -> None:
    written = journalled(connection)
    with pytest.raises(Refusal, match=says):
        set_person(connection, "anna.ek", fields, **BY_CIA)
    assert journalled(connection) == written


def test_all_that_is_wrong_with_a_person_is_told_at_once(connection: Connection) -> None:
    with pytest.raises(Refusal) as refused:
        add_person(connection, "Eva", {"name": "", "email": "eva", "language": "fi"}, **BY_CIA)
    assert len(refused.value.reasons) == 4


def test_a_key_is_given_once(connection: Connection) -> None:
    with pytest.raises(Refusal, match=r"mandat person change anna\.ek"):
        add_person(connection, "anna.ek", {"name": "Anna Ekman"}, **BY_CIA)


def test_a_new_chair_has_the_old_one_give_way_the_day_before(connection: Connection) -> None:
    difference = set_seat(
        connection, "rad", "chair", "bo.ask", from_=AUTUMN, appointed_by="Direktören", **BY_CIA
    )
    anna, bo = rows(connection, tables.SeatHeld, seat="chair")
    assert (anna.through, bo.from_, bo.through) == (END_OF_SUMMER, AUTUMN, None)
    assert bo.appointed_by == "Direktören"
    assert [change.how for change in difference.changes] == [How.CLOSED, How.NEW]


def test_a_chair_set_by_mistake_is_put_right_the_same_day(connection: Connection) -> None:
    set_seat(connection, "rad", "chair", "bo.ask", **BY_CIA)
    set_seat(connection, "rad", "chair", "cia.lund", **BY_CIA)
    standing = as_it_stands(connection, on=TODAY)["groups"][0]["seats"]
    assert [one["person"] for one in standing if one["seat"] == "chair"] == ["cia.lund"]


def test_someone_taking_over_later_is_not_pushed_aside(connection: Connection) -> None:
    set_seat(connection, "rad", "chair", "bo.ask", from_=AUTUMN, **BY_CIA)
    with pytest.raises(Refusal, match="Only one at a time: it is Cia Lund"):
        set_seat(connection, "rad", "chair", "cia.lund", from_=date(2026, 8, 1), **BY_CIA)
    august = date(2026, 8, 1)
    assert set_seat(
        connection, "rad", "chair", "cia.lund", from_=august, through=END_OF_SUMMER, **BY_CIA
    )


def test_someone_who_has_the_seat_gets_the_dates_now_said(connection: Connection) -> None:
    difference = set_seat(connection, "rad", "member", "bo.ask", through=AUTUMN, **BY_CIA)
    assert told(difference) == [f"seat Rådet, member, Bo Ask; through – → {AUTUMN}"]
    with pytest.raises(Refusal, match="lies before"):
        set_seat(connection, "rad", "member", "bo.ask", through=date(2023, 1, 1), **BY_CIA)


def test_members_sit_side_by_side(connection: Connection) -> None:
    difference = set_seat(connection, "rad", "member", "cia.lund", **BY_CIA)
    assert told(difference) == ["seat Rådet, member, Cia Lund"]


def test_a_new_member_takes_a_vacant_seat(connection: Connection) -> None:
    vacate_seat(connection, "rad", "member", **BY_CIA)
    difference = set_seat(connection, "rad", "member", "cia.lund", **BY_CIA)
    assert told(difference) == [
        f"seat Rådet, member, vacant; through – → {YESTERDAY}",
        "seat Rådet, member, Cia Lund",
    ]


def test_someone_who_never_came_stands_in_the_way_of_nothing(connection: Connection) -> None:
    last = "  - {key: cia.lund, name: Cia Lund, email: cia.lund@sjoviken.example}\n"
    coming = "  - {key: disa.lo, name: Disa Lo, from: 2026-08-01}\n"
    loaded(connection, small((last, last + coming)))
    loaded(connection)
    assert set_person(connection, "anna.ek", {"title": "överläkare"}, **BY_CIA)


def test_what_a_file_says_after_a_days_back_and_forth_is_what_stands(
    connection: Connection,
) -> None:
    for person in ("bo.ask", "cia.lund", "bo.ask"):
        set_seat(connection, "rad", "chair", person, **BY_CIA)
    chair = "{seat: chair, person: anna.ek, from: 2024-01-01}"
    assert not loaded(connection, small((chair, f"{{seat: chair, person: bo.ask, from: {TODAY}}}")))


def test_a_vacated_seat_stands_vacant_and_is_filled_again(connection: Connection) -> None:
    vacate_seat(connection, "rad", "chair", from_=AUTUMN, **BY_CIA)
    anna, vacant = rows(connection, tables.SeatHeld, seat="chair")
    assert (anna.through, vacant.person_id, vacant.from_) == (END_OF_SUMMER, None, AUTUMN)
    set_seat(connection, "rad", "chair", "bo.ask", from_=AUTUMN, **BY_CIA)
    seats = as_it_stands(connection, on=AUTUMN)["groups"][0]["seats"]
    assert [one.get("person") for one in seats if one["seat"] == "chair"] == ["bo.ask"]


def test_vacating_asks_whose_seat_where_several_have_one(connection: Connection) -> None:
    with pytest.raises(Refusal, match="Nobody has the seat liaison"):
        vacate_seat(connection, "rad", "liaison", **BY_CIA)
    set_seat(connection, "rad", "member", "cia.lund", **BY_CIA)
    with pytest.raises(Refusal, match="Say whose with --person"):
        vacate_seat(connection, "rad", "member", **BY_CIA)
    assert vacate_seat(connection, "rad", "member", person="cia.lund", **BY_CIA)


def test_a_leaver_is_closed_with_all_they_hold_and_leaves_vacant_seats(
    connection: Connection,
) -> None:
    difference = leave(connection, "anna.ek", through=date(2026, 6, 30), **BY_CIA)
    assert told(difference) == [
        "person Anna Ek (anna.ek); through – → 2026-06-30",
        f"stand-in Direktör, Anna Ek; through 2026-07-31 → {YESTERDAY}",
        "seat Rådet, chair, Anna Ek; through – → 2026-06-30",
        "seat Rådet, chair, vacant",
    ]
    assert row(connection, tables.Person, key="anna.ek").left_on == date(2026, 7, 1)
    vacant = rows(connection, tables.SeatHeld, seat="chair")[1]
    assert (vacant.person_id, vacant.from_, vacant.through) == (None, date(2026, 7, 1), None)


def test_a_leavers_seat_stands_vacant_only_until_the_next_one_comes(
    connection: Connection,
) -> None:
    set_seat(connection, "rad", "chair", "bo.ask", from_=AUTUMN, **BY_CIA)
    leave(connection, "anna.ek", through=date(2026, 6, 30), **BY_CIA)
    vacant = row(connection, tables.SeatHeld, seat="chair", person_id=None)
    assert (vacant.from_, vacant.through) == (date(2026, 7, 1), END_OF_SUMMER)


def test_someone_with_a_last_day_holds_nothing_beyond_it(connection: Connection) -> None:
    set_person(connection, "bo.ask", {"through": str(END_OF_SUMMER)}, **BY_CIA)
    assert row(connection, tables.Tenure).through == END_OF_SUMMER
    with pytest.raises(Refusal, match="the last day of Bo Ask is 2026-08-31"):
        set_seat(connection, "rad", "liaison", "bo.ask", from_=AUTUMN, **BY_CIA)


def test_an_office_passes_from_one_to_the_next(connection: Connection) -> None:
    set_office_holder(connection, "direktor", "cia.lund", from_=AUTUMN, **BY_CIA)
    bo, cia = rows(connection, tables.Tenure)
    assert (bo.through, cia.from_) == (END_OF_SUMMER, AUTUMN)


def test_a_stand_in_is_set_and_ended(connection: Connection) -> None:
    until = TODAY + timedelta(days=14)
    set_stand_in(connection, "direktor", "cia.lund", through=until, **BY_CIA)
    assert [one.through for one in rows(connection, tables.StandIn)] == [date(2026, 7, 31), until]
    end_stand_in(connection, "direktor", "cia.lund", **BY_CIA)
    end_stand_in(connection, "direktor", "anna.ek", **BY_CIA)
    assert [one.through for one in rows(connection, tables.StandIn)] == [YESTERDAY, TODAY]
    with pytest.raises(Refusal, match="does not stand in"):
        end_stand_in(connection, "direktor", "anna.ek", **BY_CIA)


@pytest.mark.parametrize(
    ("group", "seat", "person", "says"),
    [
        ("radet", "chair", "bo.ask", "no group with the key radet. Did you mean rad?"),
        ("rad", "chairman", "bo.ask", "Did you mean chair?"),
        ("rad", "chair", "bo.aske", "no person with the key bo.aske. Did you mean bo.ask?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    connection: Connection, group: str, seat: str, person: str, says: str
) -> None:
    with pytest.raises(Refusal, match=says.replace("?", "\\?")):
        set_seat(connection, group, seat, person, **BY_CIA)


def test_a_single_change_is_journalled_on_its_group(connection: Connection) -> None:
    before = journalled(connection)
    set_seat(connection, "rad", "liaison", "bo.ask", **BY_CIA)
    entries = rows(connection, tables.Journal)[before:]
    group = row(connection, tables.Group)
    assert [(one.act, one.role, one.group_id, one.details["how"]) for one in entries] == [
        ("organisation", "administrator", group.id, "closed"),
        ("organisation", "administrator", group.id, "new"),
    ]


def test_a_handler_does_not_change_the_organisation(connection: Connection) -> None:
    with pytest.raises(Refusal, match="That is for the administrator or the registry keeper"):
        set_person(connection, "anna.ek", {"title": "chef"}, **BY_CIA | {"by": "anna.ek"})


def test_a_person_is_shown_with_what_they_hold(connection: Connection) -> None:
    data, holds = person_as_they_stand(connection, "bo.ask@sjoviken.example", on=TODAY)
    assert [one["what"] for one in data["holds"]] == ["holder", "seat"]
    assert holds[0].sv == "innehavare: Direktör, Bo Ask, fr.o.m. 2024-01-01"
    with pytest.raises(Refusal, match=r"Did you mean bo.ask\?"):
        person_as_they_stand(connection, "bo.ak", on=TODAY)
