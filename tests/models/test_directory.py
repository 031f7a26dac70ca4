"""Who is who on a day: seats, offices, stand-ins, duties and authority follow dates."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, event

from models.directory import Directory, Someone
from models.tables import Authority, DutyHeld, SeatHeld, StandIn, Tenure
from statemachine.vocabulary import Duty, Seat
from tests.models.memory import TODAY, group, office, person, row

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
LONG_AGO = date(2020, 1, 1)


def on(memory: Connection, day: date = TODAY) -> Directory:
    return Directory(memory, day)


def keys(people: tuple[Someone, ...]) -> list[str]:
    return [someone.key for someone in people]


class TestPeople:
    def test_a_person_is_found_by_key_and_by_address_however_it_is_written(
        self, memory: Connection
    ) -> None:
        anna = person(memory, title="Utvecklingsdirektör", administration="Kansliet")
        for name in ("anna", " Anna ", "Anna@Sjoviken.example"):
            found = on(memory).found(name)
            assert found is not None
            assert (found.id, found.title, found.administration) == (
                anna,
                "Utvecklingsdirektör",
                "Kansliet",
            )
        assert on(memory).found("bo") is None

    def test_a_leaver_is_gone_from_the_day_they_left(self, memory: Connection) -> None:
        anna = person(memory, left_on=TODAY)
        assert on(memory, TODAY - DAY).person(anna) is not None
        assert on(memory, TODAY).person(anna) is None
        assert on(memory, TODAY).found("anna") is None
        assert on(memory, TODAY).named("Anna Ek") is None
        assert on(memory, TODAY).was_here("anna@sjoviken.example")
        assert not on(memory, TODAY - DAY).was_here("anna@sjoviken.example")

    def test_someone_who_begins_later_is_not_here_yet(self, memory: Connection) -> None:
        anna = person(memory, starts_on=TODAY)
        assert on(memory, TODAY - DAY).person(anna) is None
        assert on(memory, TODAY).person(anna) is not None

    def test_nobody_is_nobody(self, memory: Connection) -> None:
        assert on(memory).person(None) is None
        assert on(memory).person(4711) is None
        assert on(memory).seats(None) == ()
        assert on(memory).holdings(None) == ()
        assert on(memory).addressed("okänd@sjoviken.example") is None
        assert not on(memory).was_here("okänd@sjoviken.example")

    def test_a_name_two_people_share_names_nobody(self, memory: Connection) -> None:
        person(memory)
        assert on(memory).named("anna ek ") is not None
        person(memory, "anna2", name="Anna Ek", name_folded="anna ek")
        assert on(memory).named("Anna Ek") is None

    def test_an_address_is_that_of_someone_here(self, memory: Connection) -> None:
        anna, _gone = person(memory), person(memory, "bo", left_on=LONG_AGO)
        found = on(memory).addressed("ANNA@sjoviken.example")
        assert found is not None
        assert found.id == anna
        assert on(memory).addressed("bo@sjoviken.example") is None
        assert on(memory).addressed("anna") is None


class TestSeatsAndDuties:
    def test_a_seat_is_held_through_its_last_day(self, memory: Connection) -> None:
        council, anna = group(memory), person(memory)
        row(
            memory,
            SeatHeld,
            group_id=council,
            seat=Seat.CHAIR,
            person_id=anna,
            from_=TODAY,
            through=TODAY + WEEK,
        )
        held = {
            day: keys(on(memory, day).seated(council, Seat.CHAIR))
            for day in (TODAY - DAY, TODAY, TODAY + WEEK, TODAY + WEEK + DAY)
        }
        assert list(held.values()) == [[], ["anna"], ["anna"], []]

    def test_a_vacant_seat_and_a_leavers_seat_are_held_by_nobody(self, memory: Connection) -> None:
        council = group(memory)
        for someone in (None, person(memory, left_on=TODAY)):
            row(
                memory,
                SeatHeld,
                group_id=council,
                seat=Seat.LIAISON,
                person_id=someone,
                from_=LONG_AGO,
            )
        assert on(memory).seats(council) == ()

    def test_a_group_has_its_seats_in_the_order_they_were_set(self, memory: Connection) -> None:
        council, other = group(memory), group(memory, "halsa")
        for key, seat, where in (
            ("anna", Seat.MEMBER, council),
            ("bo", Seat.CHAIR, council),
            ("cia", Seat.MEMBER, council),
            ("dag", Seat.CHAIR, other),
        ):
            row(
                memory,
                SeatHeld,
                group_id=where,
                seat=seat,
                person_id=person(memory, key),
                from_=LONG_AGO,
            )
        seats = [(seated.seat, seated.person.key) for seated in on(memory).seats(council)]
        assert seats == [(Seat.MEMBER, "anna"), (Seat.CHAIR, "bo"), (Seat.MEMBER, "cia")]
        assert keys(on(memory).seated(council, Seat.MEMBER)) == ["anna", "cia"]

    def test_a_duty_is_held_between_its_days(self, memory: Connection) -> None:
        held = {"person_id": person(memory), "from_": TODAY, "through": TODAY}
        row(memory, DutyHeld, duty=Duty.REGISTRY_KEEPER, **held)
        assert keys(on(memory).on_duty(Duty.REGISTRY_KEEPER)) == ["anna"]
        assert on(memory).on_duty(Duty.HANDLER) == ()
        assert on(memory, TODAY + DAY).on_duty(Duty.REGISTRY_KEEPER) == ()
        assert on(memory, TODAY - DAY).on_duty(Duty.REGISTRY_KEEPER) == ()

    def test_a_batch_is_read_at_once(self, memory: Connection) -> None:
        councils = [group(memory, key) for key in ("vard", "halsa", "digitalt")]
        people = [person(memory, key) for key in ("anna", "bo", "cia")]
        for council, someone in zip(councils, people, strict=True):
            row(
                memory,
                SeatHeld,
                group_id=council,
                seat=Seat.CHAIR,
                person_id=someone,
                from_=LONG_AGO,
            )
        directory = on(memory)
        asked: list[str] = []
        event.listen(memory, "before_cursor_execute", lambda *asking: asked.append(str(asking[2])))
        directory.remember(people=people, groups=councils)
        assert len(asked) == 2
        chairs = [directory.seated(council, Seat.CHAIR)[0].key for council in councils]
        names = [directory.person(someone) for someone in people]
        assert chairs == ["anna", "bo", "cia"]
        assert all(names)
        assert len(asked) == 2

    def test_a_batch_that_nobody_asks_for_is_not_read(self, memory: Connection) -> None:
        councils = [group(memory, key) for key in ("vard", "halsa")]
        people = [person(memory, key) for key in ("anna", "bo")]
        directory = on(memory)
        asked: list[str] = []
        event.listen(memory, "before_cursor_execute", lambda *asking: asked.append(str(asking[2])))
        directory.expect(people=people, groups=councils)
        assert asked == []
        assert all([directory.person(someone) for someone in people])
        assert len(asked) == 1
        assert not any([directory.seats(council) for council in councils])
        assert len(asked) == 2


class TestOffices:
    @pytest.fixture
    def desk(self, memory: Connection) -> int:
        """An office Anna holds, and Bo stands in for during the week after next."""
        desk = office(memory)
        row(memory, Tenure, office_id=desk, person_id=person(memory), from_=LONG_AGO)
        row(
            memory,
            StandIn,
            office_id=desk,
            person_id=person(memory, "bo"),
            from_=TODAY + 2 * WEEK,
            through=TODAY + 3 * WEEK,
        )
        return desk

    def able(self, memory: Connection, desk: int, day: date = TODAY, *conflicted: str) -> list[str]:
        directory = on(memory, day)
        out = [directory.found(key) for key in conflicted]
        ids = frozenset(someone.id for someone in out if someone is not None)
        return [held.person.key for held in directory.able(desk, ids)]

    def test_the_holder_decides_and_the_stand_in_too_once_their_days_begin(
        self, memory: Connection, desk: int
    ) -> None:
        assert self.able(memory, desk) == ["anna"]
        assert self.able(memory, desk, TODAY + 2 * WEEK) == ["anna", "bo"]
        assert self.able(memory, desk, TODAY + 3 * WEEK + DAY) == ["anna"]

    def test_holders_and_stand_ins_are_told_apart(self, memory: Connection, desk: int) -> None:
        then = on(memory, TODAY + 2 * WEEK)
        assert keys(then.holders(desk)) == ["anna"]
        assert keys(then.stand_ins(desk)) == ["bo"]
        assert on(memory).stand_ins(desk) == ()
        told = [(held.office, held.person.key, held.stands_in) for held in then.holdings(desk)]
        assert told == [
            ("Utvecklingsdirektor", "anna", False),
            ("Utvecklingsdirektor", "bo", True),
        ]

    def test_the_holders_conflict_lets_the_stand_in_in_before_their_days(
        self, memory: Connection, desk: int
    ) -> None:
        assert self.able(memory, desk, TODAY, "anna") == ["bo"]

    def test_but_not_after_them(self, memory: Connection, desk: int) -> None:
        assert self.able(memory, desk, TODAY + 3 * WEEK + DAY, "anna") == []

    def test_the_stand_ins_conflict_lets_nobody_in(self, memory: Connection, desk: int) -> None:
        assert self.able(memory, desk, TODAY, "bo") == ["anna"]
        assert self.able(memory, desk, TODAY, "anna", "bo") == []

    def test_a_former_holders_conflict_lets_nobody_in(self, memory: Connection, desk: int) -> None:
        row(
            memory,
            Tenure,
            office_id=desk,
            person_id=person(memory, "cia"),
            from_=LONG_AGO,
            through=TODAY - DAY,
        )
        assert self.able(memory, desk, TODAY, "cia") == ["anna"]

    def test_a_stand_in_who_is_not_here_yet_is_not_let_in(self, memory: Connection) -> None:
        desk = office(memory)
        row(memory, Tenure, office_id=desk, person_id=person(memory), from_=LONG_AGO)
        later = person(memory, "bo", starts_on=TODAY + WEEK)
        row(memory, StandIn, office_id=desk, person_id=later, from_=TODAY)
        assert self.able(memory, desk, TODAY, "anna") == []
        assert self.able(memory, desk, TODAY + WEEK, "anna") == ["bo"]

    def test_whoever_holds_and_stands_in_at_once_decides_as_holder(
        self, memory: Connection
    ) -> None:
        desk, anna = office(memory), person(memory)
        for table in (StandIn, Tenure):
            row(memory, table, office_id=desk, person_id=anna, from_=LONG_AGO)
        (held,) = on(memory).able(desk)
        assert held.stands_in is False

    def test_a_leaver_holds_nothing_from_the_day_they_left(self, memory: Connection) -> None:
        desk, gone = office(memory), person(memory, left_on=TODAY)
        row(memory, Tenure, office_id=desk, person_id=gone, from_=LONG_AGO)
        assert self.able(memory, desk, TODAY - DAY) == ["anna"]
        assert self.able(memory, desk, TODAY) == []

    def test_the_days_the_office_changes_hands_are_known_ahead(
        self, memory: Connection, desk: int
    ) -> None:
        assert on(memory).deciders_change_on(desk, after=TODAY) == (
            TODAY + 2 * WEEK,
            TODAY + 3 * WEEK + DAY,
        )
        assert on(memory).deciders_change_on(desk, after=TODAY + 2 * WEEK) == (
            TODAY + 3 * WEEK + DAY,
        )

    def test_so_are_the_days_its_people_come_and_go(self, memory: Connection) -> None:
        desk = office(memory)
        leaving = person(memory, left_on=TODAY + WEEK)
        coming = person(memory, "bo", starts_on=TODAY + 2 * WEEK)
        for someone in (leaving, coming):
            row(memory, Tenure, office_id=desk, person_id=someone, from_=LONG_AGO)
        assert on(memory).deciders_change_on(desk, after=TODAY) == (
            TODAY + WEEK,
            TODAY + 2 * WEEK,
        )

    def test_a_time_in_office_outside_the_time_here_is_none(self, memory: Connection) -> None:
        desk = office(memory)
        gone = person(memory, left_on=LONG_AGO)
        row(memory, Tenure, office_id=desk, person_id=gone, from_=TODAY)
        assert on(memory).holdings(desk) == ()


class TestAuthority:
    def test_the_closest_authority_counts(self, memory: Connection) -> None:
        council, desk = group(memory), office(memory)
        common = {"office_id": desk, "may": "decide", "from_": LONG_AGO}
        row(memory, Authority, basis="alla", **common)
        row(memory, Authority, basis="området", area="stöd", **common)
        row(memory, Authority, basis="gruppen", group_id=council, **common)
        row(memory, Authority, basis="slaget", kind="executive_decision", **common)
        directory = on(memory)

        def basis(kind: str, group_id: int | None, area: str | None) -> str:
            found = directory.authority("decide", kind=kind, group_id=group_id, area=area)
            assert found is not None
            return str(found.basis)

        assert basis("charter", council, "stöd") == "gruppen"
        assert basis("charter", council + 1, "stöd") == "området"
        assert basis("charter", council + 1, None) == "alla"
        assert basis("executive_decision", None, None) == "slaget"

    def test_an_authority_holds_between_its_days_for_its_own_act(self, memory: Connection) -> None:
        desk = office(memory)
        row(
            memory,
            Authority,
            office_id=desk,
            may="discontinue",
            basis="Delegation 4.2",
            from_=TODAY,
            through=TODAY,
        )

        def offices(may: str, day: date) -> tuple[int, ...]:
            return on(memory, day).offices_with(may, kind="charter", group_id=None, area=None)

        def granted(office_id: int) -> bool:
            found = on(memory).authority(
                "discontinue", kind="charter", group_id=None, area=None, office_id=office_id
            )
            return found is not None

        assert offices("discontinue", TODAY) == (desk,)
        assert offices("decide", TODAY) == ()
        assert offices("discontinue", TODAY - DAY) == ()
        assert offices("discontinue", TODAY + DAY) == ()
        assert granted(desk)
        assert not granted(desk + 1)

    def test_an_office_with_authority_twice_is_told_once(self, memory: Connection) -> None:
        desk = office(memory)
        for basis in ("Delegation 4.1", "Delegation 4.2"):
            row(memory, Authority, office_id=desk, may="decide", basis=basis, from_=LONG_AGO)
        told = on(memory).offices_with("decide", kind="charter", group_id=None, area=None)
        assert told == (desk,)
