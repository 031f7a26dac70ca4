"""A whole organisation loaded: what is new, changed and gone, and what the journal says of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, update

from casework.organisation import Difference, How, load, plan, read_organisation_file
from models import tables
from models.session import transaction
from statemachine.vocabulary import State
from statemachine.words import Refusal
from tests.casework.organisations import (
    SAMPLE,
    SMALL,
    TODAY,
    YESTERDAY,
    journalled,
    loaded,
    noon,
    row,
    rows,
    small,
)

A_LATER_DAY = TODAY + timedelta(days=30)
CHAIR = "      - {seat: chair, person: anna.ek, from: 2024-01-01}\n"
RAD = "    name: Rådet\n"


def told(difference: Difference) -> list[str]:
    return difference.words.en.splitlines()


def keep_draft(connection: Connection) -> int:
    """A draft charter of the council, for the director to decide."""
    group = row(connection, tables.Group, key="rad")
    connection.execute(insert(tables.Content).values(hash="0" * 64, document="{}"))
    draft = connection.execute(
        insert(tables.Charter).values(
            kind="charter",
            subject_id=row(connection, tables.Subject, group_id=group.id).id,
            group_id=group.id,
            office_id=row(connection, tables.Office, key="direktor").id,
            title="Uppdrag",
            content_hash="0" * 64,
            state=State.DRAFT.value,
        )
    ).inserted_primary_key
    assert draft is not None
    return int(draft.id)


def submit(connection: Connection, charter_id: int) -> None:
    connection.execute(
        insert(tables.Journal).values(
            at=noon(TODAY), day=TODAY, charter_id=charter_id, version=2, act="submit",
            name="Cia Lund", role="handler", stood="draft", becomes="review",
        )
    )  # fmt: skip
    connection.execute(update(tables.Charter).values(state=State.REVIEW.value, version=2))


def test_everything_in_the_file_is_remembered(engine: Engine) -> None:
    with transaction(engine) as connection:
        difference = loaded(connection)
        anna = row(connection, tables.Person, key="anna.ek")
        group = row(connection, tables.Group, key="rad")
        seats = rows(connection, tables.SeatHeld)
        assert len(difference.of(How.NEW)) == len(difference.changes) == 12
        assert (anna.name_folded, anna.email_folded) == ("anna ek", "anna.ek@sjoviken.example")
        assert (group.starts_on, group.programme_areas) == (date(2024, 1, 1), ["Höft", "Knä"])
        assert [(seat.seat, seat.person_id) for seat in seats] == [
            ("chair", anna.id),
            ("liaison", None),
            ("member", row(connection, tables.Person, key="bo.ask").id),
        ]
        assert row(connection, tables.Authority).group_id == group.id
        assert row(connection, tables.Tenure).through is None
        assert row(connection, tables.StandIn).through == date(2026, 7, 31)
        assert row(connection, tables.DutyHeld).duty == "administrator"


def test_a_new_group_is_a_subject_and_lacks_a_charter_from_its_first_day(engine: Engine) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        group = row(connection, tables.Group)
        assert row(connection, tables.Subject).group_id == group.id
        assert (group.gap_since, group.looked_on) == (date(2024, 1, 1), TODAY)
        assert group.wake_on > TODAY


def test_loading_again_is_silent(engine: Engine) -> None:
    region = read_organisation_file(SAMPLE)
    with transaction(engine) as connection:
        assert load(connection, region, by="astrid.wall", today=TODAY, now=noon(TODAY))
        written = journalled(connection)
        again = load(connection, region, by="astrid.wall", today=A_LATER_DAY, now=noon(A_LATER_DAY))
        assert not again
        assert again.words.sv == "Ingenting är ändrat."
        assert journalled(connection) == written


def test_a_group_may_name_one_that_comes_further_down(engine: Engine) -> None:
    last = "      - {seat: member, person: bo.ask, from: 2024-01-01}\n"
    organisation = small(
        (RAD, f"{RAD}    parent: ledning\n"),
        (last, f"{last}  - {{key: ledning, name: Ledningen, from: 2024-01-01}}\n"),
    )
    with transaction(engine) as connection:
        loaded(connection, organisation)
        parent = row(connection, tables.Group, key="ledning")
        assert row(connection, tables.Group, key="rad").parent_id == parent.id
        assert not loaded(connection, organisation)


def test_a_plan_shows_the_difference_and_writes_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        planned = plan(connection, small(), today=TODAY)
        assert rows(connection, tables.Person) == []
        assert loaded(connection) == planned


def test_a_changed_field_is_told_with_old_and_new(engine: Engine) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        difference = loaded(
            connection,
            small(("name: Bo Ask,", "name: Bo Ask, title: direktör,"), ("Knä]", "Knä, Rygg]")),
        )
        assert told(difference) == [
            "Changed (2)",
            "  person Bo Ask (bo.ask); title – → direktör",
            "  group Rådet (rad); programme areas Höft, Knä → Höft, Knä, Rygg",
        ]
        assert difference.as_json()["changed"][0]["fields"] == {
            "title": {"old": None, "new": "direktör"}
        }


def test_what_is_gone_from_the_file_ended_yesterday(engine: Engine) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        difference = loaded(
            connection,
            small(
                ("  - {key: bo.ask, name: Bo Ask, email: bo.ask@sjoviken.example, "
                 "administration: Kansliet}\n", ""),
                ("    holders:\n      - {person: bo.ask, from: 2024-01-01}\n", ""),
                ("      - {seat: member, person: bo.ask, from: 2024-01-01}\n", ""),
                ("      - {may: decide, kind: charter, group: rad, basis: Punkt 1, "
                 "from: 2024-01-01}\n", ""),
            ),
        )  # fmt: skip
        assert len(difference.of(How.CLOSED)) == len(difference.changes) == 4
        assert row(connection, tables.Person, key="bo.ask").left_on == TODAY
        assert row(connection, tables.Tenure).through == YESTERDAY
        assert row(connection, tables.Authority).through == YESTERDAY
        assert row(connection, tables.SeatHeld, seat="member").through == YESTERDAY
        assert row(connection, tables.SeatHeld, seat="chair").through is None


def test_what_had_not_begun_when_it_went_never_comes_about(engine: Engine) -> None:
    """Its last day lies before its first: it covers no day, whoever asks."""
    begins_today = f"      - {{seat: co_opted, person: bo.ask, from: {TODAY}}}\n"
    without = small(("      - {person: anna.ek, from: 2026-07-01, through: 2026-07-31}\n", ""))
    with transaction(engine) as connection:
        loaded(connection, small((CHAIR, CHAIR + begins_today)))
        loaded(connection, without)
        summer = row(connection, tables.StandIn)
        co_opted = row(connection, tables.SeatHeld, seat="co_opted")
        assert (summer.from_, summer.through) == (date(2026, 7, 1), YESTERDAY)
        assert (co_opted.from_, co_opted.through) == (TODAY, YESTERDAY)
        assert not loaded(connection, without)


def test_what_ended_before_it_went_keeps_its_day(engine: Engine) -> None:
    former = "      - {seat: member, person: cia.lund, from: 2024-01-01, through: 2025-01-31}\n"
    with transaction(engine) as connection:
        loaded(connection, small((CHAIR, CHAIR + former)))
        assert not loaded(connection)
        cia = row(connection, tables.Person, key="cia.lund").id
        assert row(connection, tables.SeatHeld, person_id=cia).through == date(2025, 1, 31)


def test_what_comes_back_into_the_file_is_the_same_again(engine: Engine) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        loaded(connection, small((CHAIR, "")))
        back = loaded(connection, on=A_LATER_DAY)
        assert told(back) == [
            "Changed (1)",
            f"  seat Rådet, chair, Anna Ek; through {YESTERDAY} → –",
        ]
        assert row(connection, tables.SeatHeld, seat="chair").through is None


def test_a_first_day_put_right_is_the_same_seat_and_a_new_beginning_another(
    engine: Engine,
) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        loaded(connection, small((CHAIR, CHAIR.replace("2024-01-01", "2024-02-01"))))
        assert row(connection, tables.SeatHeld, seat="chair").from_ == date(2024, 2, 1)
        loaded(connection, small((CHAIR, CHAIR.replace("2024-01-01", "2026-09-01"))))
        former, coming = rows(connection, tables.SeatHeld, seat="chair")
        assert (former.from_, former.through) == (date(2024, 2, 1), YESTERDAY)
        assert (coming.from_, coming.through) == (date(2026, 9, 1), None)


def test_every_change_is_journalled_with_who_did_it_and_what_it_was(engine: Engine) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        loaded(connection, small((CHAIR, CHAIR.replace("anna.ek", "bo.ask"))), on=A_LATER_DAY)
        entries = rows(connection, tables.Journal, day=A_LATER_DAY)
        cia = row(connection, tables.Person, key="cia.lund")
        group = row(connection, tables.Group)
        assert {(one.act, one.name, one.role, one.person_id, one.at, one.group_id)
                for one in entries} == {
            ("organisation", "Cia Lund", "administrator", cia.id, noon(A_LATER_DAY), group.id)
        }  # fmt: skip
        new, closed = sorted((one.details for one in entries), key=lambda one: -len(one["fields"]))
        assert (new["how"], new["what"], new["which"]) == (
            "new",
            "seat",
            ["rad", "chair", "bo.ask"],
        )
        assert closed["called"]["sv"] == "Rådet, ordförande, Anna Ek"
        assert closed["fields"] == {
            "through": {"old": None, "new": str(A_LATER_DAY - timedelta(days=1))}
        }


def test_only_the_administrator_and_the_registry_keeper_change_the_organisation(
    engine: Engine,
) -> None:
    with transaction(engine) as connection:
        with pytest.raises(Refusal, match="Bo Ask is no administrator in the file"):
            load(connection, small(), by="bo.ask", today=TODAY, now=noon(TODAY))
        with pytest.raises(Refusal, match=r"nobody here today .* cia.lunt. Did you mean cia.lund"):
            load(connection, small(), by="cia.lunt", today=TODAY, now=noon(TODAY))
        loaded(connection)
        self_made = small(("    - {person: cia.lund,", "    - {person: bo.ask,"))
        with pytest.raises(Refusal, match="Bo Ask cannot"):
            load(connection, self_made, by="bo.ask", today=TODAY, now=noon(TODAY))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{person: bo.ask, from: 2024-01-01}", "{person: anna.ek, from: 2024-01-01}"),
        ("through: 2026-07-31", "through: 2026-08-15"),
    ],
)
def test_a_changed_holder_or_stand_in_has_the_calendar_look_at_what_waits(
    engine: Engine, old: str, new: str
) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        submit(connection, keep_draft(connection))
        loaded(connection, small(("name: Bo Ask,", "name: Bo Ask, phone: 0599,")))
        assert row(connection, tables.Charter).wake_on is None
        loaded(connection, small((old, new)))
        assert row(connection, tables.Charter).wake_on == TODAY


WITHOUT_COUNCIL = (
    ("      - {may: decide, kind: charter, group: rad, basis: Punkt 1, from: 2024-01-01}\n", ""),
    (SMALL[SMALL.index("groups:") :], ""),
)


def test_a_group_without_a_charter_that_is_gone_from_the_file_is_discontinued(
    engine: Engine,
) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        loaded(connection, small(*WITHOUT_COUNCIL))
        group = row(connection, tables.Group)
        assert (group.discontinued_on, group.gap_since, group.wake_on) == (TODAY, None, None)
        assert {seat.through for seat in rows(connection, tables.SeatHeld)} == {YESTERDAY}
        loaded(connection, on=A_LATER_DAY)
        group = row(connection, tables.Group)
        assert (group.discontinued_on, group.gap_since) == (None, date(2024, 1, 1))


@pytest.mark.parametrize(
    "changes",
    [WITHOUT_COUNCIL, ((RAD, f"{RAD}    discontinued_on: 2026-12-01\n"),)],
    ids=["gone", "discontinued"],
)
def test_a_group_with_a_charter_is_not_discontinued_by_a_file(
    engine: Engine, changes: tuple[tuple[str, str], ...]
) -> None:
    with transaction(engine) as connection:
        loaded(connection)
        keep_draft(connection)
        with pytest.raises(Refusal, match="mandat discontinue-group rad"):
            plan(connection, small(*changes), today=TODAY)
        with pytest.raises(Refusal, match="mandat discontinue-group rad"):
            loaded(connection, small(*changes))
        assert row(connection, tables.Group).discontinued_on is None


@pytest.mark.parametrize("effective_day", [TODAY, A_LATER_DAY])
def test_no_file_revives_a_group_that_a_decision_discontinued(
    engine: Engine, effective_day: date
) -> None:
    last_day = effective_day - timedelta(days=1)
    with transaction(engine) as connection:
        loaded(connection)
        group = row(connection, tables.Group)
        connection.execute(
            insert(tables.Decision).values(
                group_id=group.id,
                what="discontinue-group",
                decided_at=noon(TODAY),
                decided_on=TODAY,
                decided_by="Bo Ask",
                conflict="nej",
            )
        )
        connection.execute(update(tables.Group).values(discontinued_on=effective_day))
        if effective_day <= TODAY:
            connection.execute(update(tables.SeatHeld).values(through=last_day))
        assert not loaded(connection)
        assert row(connection, tables.Group).discontinued_on == effective_day
