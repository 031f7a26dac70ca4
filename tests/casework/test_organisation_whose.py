"""Whose change it is: each role changes what is theirs, and nobody appoints themselves."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from casework.organisation import (
    Difference,
    add_person,
    as_it_stands,
    end_duty,
    end_stand_in,
    give_duty,
    leave,
    load,
    set_office_holder,
    set_person,
    set_seat,
    set_stand_in,
    vacate_seat,
)
from models import tables
from models.session import transaction
from statemachine.words import Refusal
from tests.casework.organisations import SMALL, TODAY, journalled, loaded, noon, rows, small

SUMMER = {"from_": date(2026, 6, 1), "through": date(2026, 6, 14)}

# cia administers, eva keeps the register, bo is the director and dan coordinates the council.
MORE_PEOPLE = """\
  - {key: dan.vik, name: Dan Vik, email: dan.vik@sjoviken.example}
  - {key: eva.berg, name: Eva Berg, email: eva.berg@sjoviken.example}
duties:
  registry_keeper:
    - {person: eva.berg, from: 2024-01-01}
"""
MORE_OFFICES = """\
  - key: chef
    name: Utvecklingschef
    holders:
      - {person: anna.ek, from: 2024-01-01}
groups:
"""
MORE_GROUPS = """\
      - {seat: coordinator, person: dan.vik, from: 2024-01-01}
  - key: grupp
    name: Gruppen
    from: 2024-01-01
"""
WHOLE = SMALL.replace("duties:\n", MORE_PEOPLE).replace("groups:\n", MORE_OFFICES) + MORE_GROUPS


@pytest.fixture
def connection(sqlite_engine: Engine) -> Iterator[Connection]:
    """Memory with the larger organisation in it."""
    with transaction(sqlite_engine) as opened:
        loaded(opened, small((SMALL, WHOLE)))
        yield opened


def does(
    connection: Connection, what: Callable[..., Difference], *args: Any, by: str, **more: Any
) -> Difference:
    return what(connection, *args, by=by, today=TODAY, now=noon(TODAY), **more)


def is_refused(
    connection: Connection, what: Callable[..., Difference], *args: Any, by: str, **more: Any
) -> str:
    """The English sentence someone gets; nothing has changed."""
    before = as_it_stands(connection, on=TODAY), journalled(connection)
    with pytest.raises(Refusal) as refused:
        does(connection, what, *args, by=by, **more)
    assert (as_it_stands(connection, on=TODAY), journalled(connection)) == before
    assert all(one.sv != one.en and "{" not in one.sv + one.en for one in refused.value.reasons)
    return str(refused.value)


def role_of_the_last(connection: Connection) -> tuple[str, str]:
    last = rows(connection, tables.Journal)[-1]
    return last.name, last.role


# --- each role, what is theirs --------------------------------------------------------------------


def test_a_coordinator_changes_the_seats_of_their_own_group(connection: Connection) -> None:
    assert does(connection, set_seat, "rad", "liaison", "bo.ask", by="dan.vik")
    assert role_of_the_last(connection) == ("Dan Vik", "coordinator")
    assert does(connection, vacate_seat, "rad", "chair", by="dan.vik@sjoviken.example")


def test_a_coordinator_does_not_change_the_seats_of_others(connection: Connection) -> None:
    says = is_refused(connection, set_seat, "grupp", "chair", "bo.ask", by="dan.vik")
    assert says == (
        "Dan Vik cannot change the seats of Gruppen. That is for the group's coordinator, the "
        "administrator or the registry keeper."
    )


def test_one_who_no_longer_coordinates_changes_nothing(connection: Connection) -> None:
    does(connection, set_seat, "rad", "coordinator", "anna.ek", by="dan.vik")
    assert "cannot change the seats" in is_refused(
        connection, vacate_seat, "rad", "chair", by="dan.vik"
    )


def test_the_holder_of_an_office_names_and_ends_their_stand_in(connection: Connection) -> None:
    assert does(connection, set_stand_in, "direktor", "cia.lund", by="bo.ask", **SUMMER)
    assert role_of_the_last(connection) == ("Bo Ask", "office_holder")
    assert does(connection, end_stand_in, "direktor", "cia.lund", by="bo.ask")


def test_the_holder_of_an_office_names_none_for_another(connection: Connection) -> None:
    says = is_refused(connection, set_stand_in, "direktor", "cia.lund", by="anna.ek", **SUMMER)
    assert "Anna Ek cannot change the stand-ins of Direktör" in says
    assert "That is for whoever holds the office" in says


def test_the_holder_of_an_office_does_not_pass_it_on(connection: Connection) -> None:
    says = is_refused(connection, set_office_holder, "direktor", "cia.lund", by="bo.ask")
    assert "That is for the administrator or the registry keeper" in says


def test_a_registry_keeper_changes_all_but_who_keeps_the_register(connection: Connection) -> None:
    assert does(connection, give_duty, "handler", "anna.ek", by="eva.berg")
    assert does(connection, set_seat, "grupp", "chair", "bo.ask", by="eva.berg")
    assert does(connection, set_stand_in, "direktor", "cia.lund", by="eva.berg", **SUMMER)
    for duty in ("registry_keeper", "administrator"):
        says = is_refused(connection, give_duty, duty, "anna.ek", by="eva.berg")
        assert says.endswith("That is for the administrator.")
    assert "who is administrator" in is_refused(
        connection, end_duty, "administrator", "cia.lund", by="eva.berg"
    )


def test_a_registry_keeper_ends_no_administrators_time_by_having_them_leave(
    connection: Connection,
) -> None:
    assert "who is administrator" in is_refused(connection, leave, "cia.lund", by="eva.berg")
    assert does(connection, leave, "anna.ek", by="eva.berg")


def test_an_administrators_address_is_theirs_alone_to_change(connection: Connection) -> None:
    mine = {"email": "eva.annan@sjoviken.example"}
    says = is_refused(connection, set_person, "cia.lund", mine, by="eva.berg")
    assert "the address of Cia Lund, who is an administrator" in says
    assert does(connection, set_person, "cia.lund", {"title": "systemägare"}, by="eva.berg")
    assert does(connection, set_person, "cia.lund", mine, by="cia.lund")


def test_the_address_of_one_who_decides_is_not_the_registry_keepers_to_change(
    connection: Connection,
) -> None:
    mine = {"email": "eva.annan@sjoviken.example"}
    says = is_refused(connection, set_person, "bo.ask", mine, by="eva.berg")
    assert "the address of Bo Ask, who is an administrator or decides in an office" in says
    assert does(connection, set_person, "dan.vik", mine, by="eva.berg")
    does(connection, set_stand_in, "direktor", "dan.vik", **SUMMER, by="cia.lund")
    other = {"email": "eva.tredje@sjoviken.example"}
    assert "the address of Dan Vik" in is_refused(
        connection, set_person, "dan.vik", other, by="eva.berg"
    )
    assert does(connection, set_person, "dan.vik", other, by="cia.lund")


def test_a_registry_keeper_loads_what_is_theirs_to_change(connection: Connection) -> None:
    def loads(text: str, by: str) -> Difference:
        changed = small((SMALL, text))
        return load(connection, changed, by=by, today=TODAY, now=noon(TODAY))

    assert loads(WHOLE.replace("name: Gruppen", "name: Andra gruppen"), "eva.berg")
    before = journalled(connection)
    with pytest.raises(Refusal, match=r"who is administrator\. That is"):
        loads(WHOLE.replace("person: cia.lund, from", "person: eva.berg, from"), "eva.berg")
    assert journalled(connection) == before


def test_someone_without_a_part_in_it_changes_nothing(connection: Connection) -> None:
    does(connection, add_person, "fia.alm", {"name": "Fia Alm"}, by="cia.lund")
    for what, *args in (
        (add_person, "gun.ek", {"name": "Gun Ek"}),
        (set_person, "fia.alm", {"title": "chef"}),
        (set_seat, "rad", "member", "fia.alm"),
        (set_stand_in, "direktor", "fia.alm"),
        (give_duty, "handler", "fia.alm"),
    ):
        assert "Fia Alm cannot change" in is_refused(connection, what, *args, by="fia.alm")


# --- nobody appoints themselves -------------------------------------------------------------------


@pytest.mark.parametrize("what", [set_office_holder, set_stand_in])
def test_a_registry_keeper_takes_no_office_themselves(
    connection: Connection, what: Callable[..., Difference]
) -> None:
    says = is_refused(connection, what, "direktor", "eva.berg", by="eva.berg")
    assert "Nobody makes themselves" in says
    assert "Direktör. Ask the administrator." in says


def test_a_registry_keeper_is_made_handler_by_another(connection: Connection) -> None:
    says = is_refused(connection, give_duty, "handler", "eva.berg", by="eva.berg")
    assert says == "Nobody makes themselves handler. Ask another administrator."
    assert does(connection, give_duty, "handler", "eva.berg", by="cia.lund")


def test_an_administrator_is_appointed_by_another_when_there_is_another(
    connection: Connection,
) -> None:
    does(connection, give_duty, "administrator", "anna.ek", by="cia.lund")
    for duty in ("registry_keeper", "handler"):
        says = is_refused(connection, give_duty, duty, "cia.lund", by="cia.lund")
        assert "Ask another administrator" in says
        assert does(connection, give_duty, duty, "cia.lund", by="anna.ek")


def test_the_only_administrator_may_do_it_all_themselves_and_the_journal_shows_it(
    connection: Connection,
) -> None:
    assert does(connection, give_duty, "registry_keeper", "cia.lund", by="cia.lund")
    last = rows(connection, tables.Journal)[-1]
    assert (last.name, last.details["called"]["en"]) == ("Cia Lund", "registry keeper, Cia Lund")


def test_nobody_appoints_themselves_by_a_file(connection: Connection) -> None:
    does(connection, give_duty, "administrator", "anna.ek", by="cia.lund")
    given = "administrator:\n    - {person: anna.ek, from: 2026-05-04}\n"
    mine = "handler: [{person: cia.lund, from: 2026-05-04}]\n  administrator:\n"
    changed = small((SMALL, WHOLE), ("administrator:\n", given), ("administrator:\n", mine))
    with pytest.raises(Refusal, match="Nobody makes themselves handler"):
        load(connection, changed, by="cia.lund", today=TODAY, now=noon(TODAY))


# --- duties ---------------------------------------------------------------------------------------


def test_a_duty_is_given_from_and_through_and_ended(connection: Connection) -> None:
    assert does(connection, give_duty, "handler", "anna.ek", by="cia.lund", **SUMMER)
    held = as_it_stands(connection, on=TODAY)["duties"]["handler"]
    assert held == [{"person": "anna.ek", "from": "2026-06-01", "through": "2026-06-14"}]
    assert does(connection, end_duty, "handler", "anna.ek", by="cia.lund")
    assert as_it_stands(connection, on=TODAY)["duties"]["handler"] == []
    assert "is not handler after" in is_refused(
        connection, end_duty, "handler", "anna.ek", by="cia.lund"
    )


def test_a_duty_that_is_none_is_answered_with_the_nearest(connection: Connection) -> None:
    says = is_refused(connection, give_duty, "registrykeeper", "anna.ek", by="cia.lund")
    assert "Did you mean registry_keeper?" in says


def test_the_last_administrator_is_not_let_go(connection: Connection) -> None:
    says = is_refused(connection, end_duty, "administrator", "cia.lund", by="cia.lund")
    assert says == "On 2026-05-05 nobody would be administrator. Appoint another first."
    does(connection, give_duty, "administrator", "anna.ek", by="cia.lund")
    assert does(connection, end_duty, "administrator", "cia.lund", by="cia.lund")


def test_when_the_last_administrator_has_left_a_file_founds_anew(connection: Connection) -> None:
    does(connection, leave, "cia.lund", by="cia.lund", through=date(2026, 5, 3))
    founded = small((SMALL, WHOLE), ("person: cia.lund, from", "person: anna.ek, from"))
    with pytest.raises(Refusal, match="Nobody is administrator today"):
        load(connection, founded, by="eva.berg", today=TODAY, now=noon(TODAY))
    assert load(connection, founded, by="anna.ek", today=TODAY, now=noon(TODAY))
    assert does(connection, give_duty, "handler", "eva.berg", by="anna.ek")
