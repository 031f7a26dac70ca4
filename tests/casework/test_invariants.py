"""What always holds: nothing is said of a memory as it should be, and whatever breaks is found."""

import pytest
from sqlalchemy import Connection, text

from casework.invariants import INVARIANTS, Broken, broken, seen_so_far
from models.session import reading, transaction
from statemachine.calendar import Calendar
from statemachine.vocabulary import Act
from tests.builders import DECIDED, LAPSED, LAST_DAY, Region

EVERY_STAGE = "every_stage_is_sent_or_skipped"


def found(region: Region) -> list[Broken]:
    with reading(region.engine) as connection:
        return broken(connection, Calendar(), looked_on=LAPSED)


def lived(region: Region) -> int:
    """A charter that was decided, warned of, discontinued from or lapsed, and left a gap."""
    charter = region.distributed()
    region.live_through(LAPSED)
    return charter


def test_of_a_whole_life_nothing_is_broken(anywhere: Region) -> None:
    lived(anywhere)
    assert found(anywhere) == []
    coming = anywhere.does("sara", Act.RENEW, on=LAPSED, group="rorelse").charter_id
    anywhere.submitted(coming, on=LAPSED)
    assert found(anywhere) == []


def test_each_is_asked_of_what_is_new_and_of_everything(region: Region) -> None:
    lived(region)
    with transaction(region.engine) as connection:
        drop_the_guards(connection)
        connection.execute(text("DELETE FROM papers WHERE paper = 'decision'"))
    assert [one.invariant for one in found(region)] == ["every_decision_has_its_paper"]
    with reading(region.engine) as connection:
        since = seen_so_far(connection)
        assert broken(connection, Calendar(), looked_on=LAPSED, since=since) == []


BREAKING = {
    "nothing_past_its_end_is_in_force": "UPDATE charters SET state = 'expiring'",
    "no_group_without_a_charter_is_forgotten": "UPDATE groups SET gap_since = NULL",
    "nothing_lives_in_a_group_that_is_gone": (
        f"UPDATE groups SET discontinued_on = '{DECIDED}';UPDATE charters SET state = 'distributed'"
    ),
    "every_decision_has_its_paper": "DELETE FROM papers WHERE paper = 'decision'",
    "every_decision_is_journalled": "DELETE FROM journal WHERE act = 'approve'",
    "what_stands_as_decided_is_decided": "DELETE FROM papers; DELETE FROM decisions",
    "the_journal_replays": "DELETE FROM journal WHERE act = 'submit'",
    "the_journal_ends_where_it_stands": "UPDATE charters SET state = 'superseded'",
    "every_charter_is_journalled": "DELETE FROM journal",
    "no_letter_is_written_twice": "UPDATE outbox SET stage = '6m' WHERE stage = '12m'",
    "one_calendar_letter_a_day": f"UPDATE outbox SET day = '{LAST_DAY}'",
    "nobody_who_has_left_is_written_to": f"UPDATE persons SET left_on = '{DECIDED}'",
    "no_letter_is_accepted_twice": (
        "INSERT INTO attempts (outbox_id, at, result) "
        "SELECT id, created_at, 'accepted' FROM outbox "
        "UNION ALL SELECT id, created_at, 'accepted' FROM outbox"
    ),
    "everything_open_has_a_day": "UPDATE charters SET state = 'draft', wake_on = NULL",
    "no_charter_due_is_left": f"UPDATE charters SET wake_on = '{LAPSED}'",
    "no_group_due_is_left": f"UPDATE groups SET wake_on = '{LAPSED}'",
    EVERY_STAGE: "UPDATE outbox SET calendar = false WHERE stage = '3m'",
    "one_charter_in_force": (
        "INSERT INTO charters (kind, subject_id, group_id, title, content_hash, state, version, "
        "instead, round, decided_on, valid_from, valid_through, ends_on) SELECT kind, subject_id, "
        "group_id, title, content_hash, 'distributed', version, instead, round, decided_on, "
        "valid_from, valid_through, ends_on FROM charters"
    ),
}


@pytest.mark.parametrize("invariant", BREAKING)
def test_whatever_breaks_is_found_and_said_in_both_languages(
    region: Region, invariant: str
) -> None:
    lived(region)
    with transaction(region.engine) as connection:
        drop_the_guards(connection)
        for statement in BREAKING[invariant].split(";"):
            connection.execute(text(statement))
    said = [one for one in found(region) if one.invariant == invariant]
    assert said
    for one in said:
        assert one.words.sv != one.words.en
        assert "{" not in one.words.sv + one.words.en


def test_every_invariant_is_broken_by_one_of_these() -> None:
    assert {one.name for one in INVARIANTS} | {EVERY_STAGE} == set(BREAKING)


def drop_the_guards(connection: Connection) -> None:
    """What the database itself refuses is let through, so that it can be found."""
    connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    guards = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for name in guards.scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))
