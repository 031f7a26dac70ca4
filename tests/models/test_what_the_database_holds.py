"""What the database itself refuses, on both engines, whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from models.tables import Base, Charter, Opinion, Outbox, Recipient, Subject
from statemachine.lifecycle import LIFE
from statemachine.vocabulary import DECIDED, ENDED, LIVING, Act, Paper, State
from tests.models.memory import (
    LAST_DAY,
    NOW,
    TODAY,
    approved,
    changed,
    charter,
    content,
    decision,
    journalled,
    moved,
    one_row_of_each,
    paper,
    person,
    recorded,
    row,
    subject,
)

held = import_module("models.migrations.versions.0002_what_the_database_holds")

DAY = timedelta(days=1)
YEAR_LATER = date(2027, 6, 17)


@contextmanager
def refused(guard: str, memory: Connection) -> Iterator[None]:
    """What is done inside is refused by the database, which names the guard."""
    with pytest.raises(IntegrityError, match=guard), memory.begin_nested():
        yield


class TestPeriodsInForce:
    def test_two_charters_for_one_subject_cannot_be_in_force_on_one_day(
        self, memory: Connection
    ) -> None:
        with refused("periods_overlap", memory):
            about = subject(memory)
            recorded(memory, about, TODAY, LAST_DAY)
            recorded(memory, about, LAST_DAY, None)

    def test_a_charter_without_a_term_is_in_force_for_ever(self, memory: Connection) -> None:
        with refused("periods_overlap", memory):
            about = subject(memory)
            recorded(memory, about, TODAY, None)
            recorded(memory, about, date(2099, 1, 1), date(2099, 12, 31))

    def test_a_charter_cannot_be_inserted_around_another(self, memory: Connection) -> None:
        with refused("periods_overlap", memory):
            about = subject(memory)
            recorded(memory, about, YEAR_LATER, YEAR_LATER + DAY)
            recorded(memory, about, TODAY, LAST_DAY)

    def test_an_approval_cannot_overlap_the_charter_in_force(self, memory: Connection) -> None:
        with refused("periods_overlap", memory):
            about = subject(memory)
            recorded(memory, about, date(2024, 1, 1), TODAY)
            approved(memory, about)

    def test_a_successor_may_follow_the_day_after(self, memory: Connection) -> None:
        about = subject(memory)
        recorded(memory, about, date(2024, 1, 1), TODAY - DAY)
        approved(memory, about)
        recorded(memory, about, LAST_DAY + DAY, None)

    def test_a_predecessor_cut_in_the_same_transaction_makes_room(self, memory: Connection) -> None:
        about = subject(memory)
        before = recorded(memory, about, date(2024, 1, 1), date(2028, 12, 31))
        changed(memory, before, ends_on=TODAY - DAY)
        approved(memory, about)

    def test_a_period_cut_to_nothing_is_in_nobodys_way(self, memory: Connection) -> None:
        about = subject(memory)
        never = recorded(memory, about, TODAY, LAST_DAY)
        changed(memory, never, ends_on=TODAY - DAY)
        approved(memory, about)
        recorded(memory, about, LAST_DAY + DAY, None)

    def test_a_period_cut_to_nothing_within_another_is_in_nobodys_way(
        self, memory: Connection
    ) -> None:
        about = subject(memory)
        never = recorded(memory, about, YEAR_LATER, LAST_DAY)
        changed(memory, never, ends_on=YEAR_LATER - DAY)
        approved(memory, about)

    def test_a_period_cannot_end_before_the_day_before_it_begins(self, memory: Connection) -> None:
        number = recorded(memory, subject(memory))
        with refused("ends_before_it_begins", memory):
            changed(memory, number, ends_on=TODAY - 2 * DAY)

    def test_nor_can_it_be_recorded_so(self, memory: Connection) -> None:
        with refused("ends_before_it_begins", memory):
            recorded(memory, subject(memory), valid_through=LAST_DAY, ends_on=TODAY - 2 * DAY)

    def test_other_kinds_subjects_and_drafts_may_overlap(self, memory: Connection) -> None:
        about = subject(memory)
        recorded(memory, about)
        recorded(memory, about, kind="executive_decision")
        recorded(memory, subject(memory, "halsa"))
        charter(memory, about, valid_from=TODAY, ends_on=LAST_DAY, valid_through=LAST_DAY)

    def test_an_ended_charter_still_holds_the_days_it_was_in_force(
        self, memory: Connection
    ) -> None:
        with refused("periods_overlap", memory):
            about = subject(memory)
            past = recorded(memory, about, date(2020, 1, 1), date(2024, 12, 31))
            moved(memory, past, State.EXPIRED)
            recorded(memory, about, date(2024, 12, 31), date(2025, 12, 31))

    @pytest.mark.parametrize(
        ("broken", "columns"),
        [
            ("term_runs_forward", {"valid_from": LAST_DAY + DAY}),
            ("ends_within_term", {"ends_on": LAST_DAY + DAY}),
            ("decided_has_dates", {"valid_from": None}),
            ("decided_has_dates", {"decided_on": None}),
            ("state_is_known|life_begins", {"state": "revised"}),
        ],
    )
    def test_a_decided_charter_has_dates_in_order_and_a_known_state(
        self, memory: Connection, broken: str, columns: dict[str, Any]
    ) -> None:
        dates = {"valid_from": TODAY, "valid_through": LAST_DAY, "decided_on": TODAY}
        with refused(broken, memory):
            charter(memory, subject(memory), **{"state": State.DISTRIBUTED, **dates, **columns})


class TestWhatIsDecided:
    @pytest.mark.parametrize(
        "columns",
        [
            {"kind": "executive_decision"},
            {"title": "En annan titel"},
            {"registry_number": "SJ 2026-0043"},
            {"round": 7},
            {"group_id": 1},
            {"submitted_on": TODAY},
            {"submitted_by_id": 1},
            {"submitted_hash": "0" * 64},
            {"decided_on": YEAR_LATER},
            {"valid_from": YEAR_LATER},
            {"valid_through": date(2032, 1, 1)},
            {"valid_through": None, "ends_on": None},
        ],
        ids=lambda columns: "-".join(columns),
    )
    @pytest.mark.parametrize("state", [State.APPROVED, State.EXPIRED])
    def test_it_cannot_change(
        self, memory: Connection, state: State, columns: dict[str, Any]
    ) -> None:
        number = approved(memory, subject(memory))
        if state is not State.APPROVED:
            moved(memory, number, state)
        with refused("decided_content_stands|ends_only_earlier", memory):
            changed(memory, number, **columns)

    def test_its_text_cannot_be_another(self, memory: Connection) -> None:
        number = approved(memory, subject(memory))
        other = content(memory, '{"title":"En annan"}')
        with refused("decided_content_stands", memory):
            changed(memory, number, content_hash=other)

    def test_its_subject_cannot_be_another(self, memory: Connection) -> None:
        number = approved(memory, subject(memory))
        other = subject(memory, "halsa")
        with refused("decided_content_stands", memory):
            changed(memory, number, subject_id=other)

    def test_what_is_not_its_content_may_change(self, memory: Connection) -> None:
        number = approved(memory, subject(memory))
        changed(memory, number, handler_id=person(memory), wake_on=TODAY, looked_on=TODAY)

    def test_a_draft_may_change_and_go(self, memory: Connection) -> None:
        number = charter(memory, subject(memory))
        changed(memory, number, title="En annan titel", valid_from=YEAR_LATER)
        memory.execute(delete(Charter).where(Charter.id == number))

    def test_it_is_never_deleted(self, memory: Connection) -> None:
        number = recorded(memory, subject(memory))
        with refused("decided_is_kept", memory):
            memory.execute(delete(Charter).where(Charter.id == number))

    @pytest.mark.parametrize("later", [LAST_DAY, YEAR_LATER + DAY])
    def test_its_last_day_only_moves_earlier(self, memory: Connection, later: date) -> None:
        number = approved(memory, subject(memory))
        changed(memory, number, ends_on=YEAR_LATER)
        with refused("ends_only_earlier", memory):
            changed(memory, number, ends_on=later)

    def test_its_last_day_cannot_be_taken_away(self, memory: Connection) -> None:
        number = approved(memory, subject(memory))
        with refused("ends_only_earlier", memory):
            changed(memory, number, ends_on=None)

    def test_without_a_term_a_last_day_may_be_set(self, memory: Connection) -> None:
        number = recorded(memory, subject(memory), ends_on=None)
        changed(memory, number, ends_on=YEAR_LATER)

    @pytest.mark.parametrize("back", [State.DRAFT, State.REVIEW, State.ABANDONED])
    def test_it_is_never_undecided(self, memory: Connection, back: State) -> None:
        number = approved(memory, subject(memory))
        with refused("no_way_back", memory):
            moved(memory, number, back)

    @pytest.mark.parametrize("ended", ENDED)
    @pytest.mark.parametrize("revived", [*LIVING, State.DRAFT])
    def test_once_ended_it_never_revives(
        self, memory: Connection, ended: State, revived: State
    ) -> None:
        number = approved(memory, subject(memory))
        moved(memory, number, ended)
        with refused("no_way_back", memory):
            moved(memory, number, revived)

    def test_an_abandoned_draft_never_revives(self, memory: Connection) -> None:
        number = charter(memory, subject(memory))
        moved(memory, number, State.ABANDONED)
        with refused("no_way_back", memory):
            moved(memory, number, State.DRAFT)


class TestNoStateWithoutItsJournalRow:
    def test_a_state_changes_with_its_journal_row(self, memory: Connection) -> None:
        moved(memory, charter(memory, subject(memory)), State.REVIEW)

    def test_without_one_it_does_not(self, memory: Connection) -> None:
        with refused("state_has_its_journal_row", memory):
            number = charter(memory, subject(memory))
            changed(memory, number, state=State.REVIEW, version=2)

    @pytest.mark.parametrize(
        "entry",
        [
            {"becomes": State.REVIEW, "version": 7},
            {"becomes": State.REVIEW, "stood": State.REVIEW},
            {"becomes": State.ABANDONED},
        ],
    )
    def test_nor_with_the_row_of_another_act(
        self, memory: Connection, entry: dict[str, Any]
    ) -> None:
        with refused("state_has_its_journal_row", memory):
            number = charter(memory, subject(memory))
            journalled(memory, number, **entry)
            changed(memory, number, state=State.REVIEW, version=2)

    def test_nor_with_the_row_of_another_charter(self, memory: Connection) -> None:
        with refused("state_has_its_journal_row", memory):
            number = charter(memory, subject(memory))
            other = charter(memory, subject(memory, "halsa"))
            journalled(memory, other, State.REVIEW)
            changed(memory, number, state=State.REVIEW, version=2)

    def test_one_version_is_journalled_once(self, memory: Connection) -> None:
        with refused("journal.*version", memory):
            number = charter(memory, subject(memory))
            journalled(memory, number, State.REVIEW)
            journalled(memory, number, State.REVIEW)

    @pytest.mark.parametrize("state", [State.REVIEW, State.APPROVED, State.DISCONTINUED])
    def test_a_life_begins_where_lives_begin(self, memory: Connection, state: State) -> None:
        with refused("life_begins_at_a_beginning", memory):
            charter(memory, subject(memory), state, decided_on=TODAY, valid_from=TODAY)


class TestNoDecisionWithoutItsPaper:
    @pytest.fixture
    def number(self, memory: Connection) -> int:
        """A charter in review, its decision yet to be made."""
        number = charter(memory, subject(memory))
        moved(memory, number, State.REVIEW)
        return number

    def test_with_both_it_is_approved(self, memory: Connection, number: int) -> None:
        paper(memory, number, decision(memory, number))
        self._approve(memory, number)

    def test_an_approval_needs_its_decision(self, memory: Connection, number: int) -> None:
        with refused("decision_has_its_paper", memory):
            self._approve(memory, number)

    def test_an_approval_needs_its_paper(self, memory: Connection, number: int) -> None:
        decision(memory, number)
        with refused("decision_has_its_paper", memory):
            self._approve(memory, number)

    def test_a_draft_paper_is_not_enough(self, memory: Connection, number: int) -> None:
        paper(memory, number, decision(memory, number), paper=Paper.DRAFT)
        with refused("decision_has_its_paper", memory):
            self._approve(memory, number)

    def test_a_decision_on_another_text_is_not_enough(
        self, memory: Connection, number: int
    ) -> None:
        other = content(memory, '{"title":"En annan"}')
        paper(memory, number, decision(memory, number, content_hash=other))
        with refused("decision_has_its_paper", memory):
            self._approve(memory, number)

    def test_another_kind_of_decision_is_not_enough(self, memory: Connection, number: int) -> None:
        paper(memory, number, decision(memory, number, what=Act.CORRECT))
        with refused("decision_has_its_paper", memory):
            self._approve(memory, number)

    def test_the_decision_on_another_charter_is_not_enough(
        self, memory: Connection, number: int
    ) -> None:
        other = charter(memory, subject(memory, "halsa"))
        paper(memory, other, decision(memory, other))
        with refused("decision_has_its_paper", memory):
            self._approve(memory, number)

    def _approve(self, memory: Connection, number: int) -> None:
        moved(memory, number, State.APPROVED, decided_on=TODAY, valid_from=TODAY)


APPEND_ONLY = ("attempts", "conflicts", "contents", "decisions", "journal", "papers")
KEPT = (
    *APPEND_ONLY,
    "authorities",
    "duties",
    "groups",
    "offices",
    "opinions",
    "outbox",
    "persons",
    "recipients",
    "seats",
    "stand_ins",
    "subjects",
    "tenures",
)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_append_only_cannot_change(memory: Connection, table: str) -> None:
    mapped = Base.metadata.tables[table]
    column = next(column for column in mapped.c if not column.primary_key)
    one_row_of_each(memory)
    with refused(f"{table}_update", memory):
        memory.execute(update(mapped).values({column: column}))


@pytest.mark.parametrize("table", KEPT)
def test_what_is_kept_cannot_be_deleted(memory: Connection, table: str) -> None:
    mapped = Base.metadata.tables[table]
    one_row_of_each(memory)
    with refused(f"{table}_delete", memory):
        memory.execute(delete(mapped))
    assert memory.execute(select(func.count()).select_from(mapped)).scalar_one() > 0


def test_an_opinion_is_given_once_and_then_stands(memory: Connection) -> None:
    one_row_of_each(memory)
    memory.execute(update(Opinion).values(given_at=NOW, supports=True))
    with refused("given_opinion_stands", memory):
        memory.execute(update(Opinion).values(supports=False))


def test_what_is_sent_and_reached_may_change(memory: Connection) -> None:
    one_row_of_each(memory)
    memory.execute(update(Outbox).values(state="sent", sent_at=NOW))
    memory.execute(update(Recipient).values(outcome="accepted", outcome_at=NOW))


def test_one_draft_at_a_time_is_open_for_a_subject_and_kind(memory: Connection) -> None:
    about = subject(memory)
    first = charter(memory, about)
    charter(memory, about, kind="executive_decision")
    with refused("uq_charters_one_open_draft|charters.subject_id", memory):
        charter(memory, about)
    moved(memory, first, State.ABANDONED)
    charter(memory, about)


def test_a_subject_is_a_group_or_a_title_never_both_or_neither(memory: Connection) -> None:
    about = subject(memory)
    with refused("group_or_title", memory):
        row(memory, Subject, group_id=None, title=None)
    with refused("group_or_title", memory):
        memory.execute(update(Subject).where(Subject.id == about).values(title="Sekreterare"))


def test_a_letter_has_one_key(memory: Connection) -> None:
    one_row_of_each(memory)
    first = memory.execute(select(Outbox)).one()._asdict()
    with refused("dedupe_key", memory):
        row(memory, Outbox, **{**first, "id": 2**31 - 1, "message_id": "<2@sjoviken.example>"})


def test_the_database_and_the_life_agree_on_what_is_begun_decided_and_ended() -> None:
    begun = {row.becomes for row in LIFE if row.stands is State.UNWRITTEN}
    assert _states(held.BEGUN) == begun
    assert _states(held.DECIDED) == set(DECIDED)
    assert _states(held.ENDED) == {*ENDED, State.ABANDONED}


def _states(in_sql: str) -> set[str]:
    return {state.strip("' ") for state in in_sql.strip("()").split(",")}
