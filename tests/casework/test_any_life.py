"""Any life at all: people do what they like on any days, and what must always hold, holds."""

import shutil
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row, select

from casework.matter import open_matter
from models.directory import Directory
from models.session import engine_for, reading, transaction
from models.tables import Charter, Decision, Group, Outbox, PaperKept, Person
from statemachine.calendar import Calendar
from statemachine.vocabulary import DECIDED, ENDED, LIVING, OPEN, Act, Letter, State
from statemachine.words import Refusal
from tests.builders import (
    FOUNDED,
    Region,
    a_charter,
    an_executive_decision,
    replayed,
    with_tasks,
)

PEOPLE = ("sara", "elin", "bo", "helena", "mikael", "oskar", "rolf", "anna")
FOREVER = date.max

TEXTS = {
    "a charter": a_charter(),
    "another charter": with_tasks(a_charter(), "Följ väntetiderna och redovisa dem."),
    "a decision about a role": an_executive_decision(),
    "a decision about the group": an_executive_decision(group="Samordningsråd rörelse"),
    "a form": a_charter(area="xxx"),
}
BY_PEOPLE = [
    act
    for act in Act
    if act not in (Act.DRAFT, Act.RENEW, Act.RECORD, Act.SUBMIT, Act.APPROVE, Act.DISCONTINUE)
]
OF_THE_OFFICE = (Letter.DECISION_REQUEST, Letter.NOBODY_CAN_DECIDE)
"""These go the day the office changes hands, whatever else has gone that day."""

people = st.sampled_from(PEOPLE)
acts = st.sampled_from(BY_PEOPLE)
texts = st.sampled_from(list(TEXTS))
which = st.integers(0, 7)
days_away = st.none() | st.integers(-40, 500)
"""A day told as so many days from today, or not told."""


def about(text: str) -> dict[str, Any]:
    """The text, and the group it is about unless it is about none."""
    document = TEXTS[text]
    return {"document": document, "group": "rorelse" if document.group else None}


class AnyLife(RuleBasedStateMachine):
    """Random acts by random people on random days, with sweeps now and then."""

    founded: Path

    def __init__(self) -> None:
        super().__init__()
        self.file = Path(shutil.copy(self.founded, self.founded.with_suffix(".life")))
        self.region = Region(engine_for(f"sqlite:///{self.file}"))
        self.today = FOUNDED
        self.swept_on: date | None = None

    def teardown(self) -> None:
        self.region.engine.dispose()
        for file in self.file.parent.glob(f"{self.file.name}*"):
            file.unlink()

    # --- time ------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 1, 3, 8, 30, 100, 366, 1830]))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.swept_on = None

    @rule()
    def the_calendar_looks(self) -> None:
        assert self.region.sweep(self.today).put_off == 0
        self.swept_on = self.today
        again = self.region.sweep(self.today)
        assert (again.acts, again.letters, again.skipped) == (0, 0, 0)

    @rule(wakes=st.integers(1, 12))
    def the_calendar_looks_whenever_it_wakes(self, wakes: int) -> None:
        for _ in range(wakes):
            wake = self.region.next_wake()
            if wake is None:
                return
            self.today = max(wake, self.today)
            self.the_calendar_looks()

    # --- people ----------------------------------------------------------------------------------

    @rule(steps=st.integers(1, 4), first=days_away, last=days_away, text=texts)
    def the_work_goes_on(self, steps: int, first: int | None, last: int | None, text: str) -> None:
        """What is under way gets so many steps further, by those whose turn it is."""
        for _ in range(steps):
            going = [row for row in self.charters if row.state in (*OPEN, State.APPROVED)]
            if not going:
                term = self.term(first=first, last=last)
                self.tries("sara", Act.RENEW, None, group="rorelse", **term)
                self.tries("elin", Act.DRAFT, None, **about(text), **term)
                continue
            self.takes_a_step(going[-1])

    def takes_a_step(self, charter: Row[Any]) -> None:
        match charter.state:
            case State.DRAFT:
                instead = {place: "oskar" for place in (1, 2, 3)}
                for who in ("sara", "elin", "bo"):
                    said = {"conflict": False, "answer": "Ja.", "instead": instead}
                    self.tries(who, Act.SUBMIT, charter.id, **said)
            case State.REVIEW:
                for who in ("helena", "mikael", "elin"):
                    self.tries(who, Act.APPROVE, charter.id, conflict=False)
            case _:
                self.region.reached(charter.id, on=self.today)

    @precondition(lambda self: self.charters)
    @rule(who=people, act=acts, one=which, to=people, text=texts, day=days_away)
    def someone_does_something(
        self, who: str, act: Act, one: int, to: str, text: str, day: int | None
    ) -> None:
        latest = self.charters[-4:]
        self.tries(
            who,
            act,
            latest[one % len(latest)].id,
            to=to,
            document=TEXTS[text],
            reason="Skälet.",
            statement="Bra.",
            supports=day is None,
            registry_number="RS 1",
            conflict=False,
            effective_day=self.today + timedelta(days=day or 0),
            valid_from=None if day is None else self.today + timedelta(days=day),
        )

    @rule(text=texts, first=st.integers(-3000, 200), length=st.integers(-10, 1830))
    def the_registry_keeper_records(self, text: str, first: int, length: int) -> None:
        begins = self.today + timedelta(days=first)
        ends = begins + timedelta(days=length)
        self.tries(
            "oskar",
            Act.RECORD,
            None,
            **about(text),
            decided_by="Karl Ljung",
            decided_as="Direktör",
            decided_on=begins,
            **{"ends_on" if length % 2 else "valid_through": ends},
        )

    @precondition(lambda self: self.charters)
    @rule(one=which, day=st.integers(0, 400))
    def the_director_discontinues(self, one: int, day: int) -> None:
        latest = [row for row in self.charters if row.state in LIVING] or self.charters
        self.tries(
            "helena",
            Act.DISCONTINUE,
            latest[one % len(latest)].id,
            reason="Slutfört.",
            registry_number="RS 1",
            effective_day=self.today + timedelta(days=day),
            conflict=False,
        )

    @precondition(lambda self: self.today > FOUNDED + timedelta(days=1500))
    @rule(day=st.integers(0, 200))
    def the_group_is_discontinued(self, day: int) -> None:
        if self.here("helena"):
            ends = self.today + timedelta(days=day)
            self.unless_refused(
                self.region.discontinues_group,
                "helena",
                "rorelse",
                on=self.today,
                effective_day=ends,
            )

    @rule(
        change=st.sampled_from(["stand-in", "office", "seat", "vacancy", "leaving"]),
        who=people,
        seat=st.sampled_from(["chair", "coordinator", "liaison"]),
        from_=st.integers(-30, 60),
        length=st.none() | st.integers(0, 90),
    )
    def the_organisation_changes(
        self, change: str, who: str, seat: str, from_: int, length: int | None
    ) -> None:
        begins = self.today + timedelta(days=from_)
        through = None if length is None else begins + timedelta(days=length)
        today: dict[str, Any] = {"on": self.today}
        match change:
            case "stand-in":
                dates = {"from_": begins, "through": through}
                self.unless_refused(self.region.stands_in, who, **today, **dates)
            case "office":
                begins = max(begins, self.today)
                self.unless_refused(self.region.holds_office, who, **today, from_=begins)
            case "seat":
                self.unless_refused(self.region.takes_seat, who, seat, **today)
            case "vacancy":
                self.unless_refused(self.region.vacates, seat, **today)
            case _ if who not in ("oskar", "elin", "mikael"):
                self.unless_refused(self.region.leaves, who, **today, through=self.today)

    # --- how it is done --------------------------------------------------------------------------

    def tries(self, who: str, act: Act, charter: int | None, **said: Any) -> None:
        """Do it if one may. Anything but a refusal is a fault of ours."""
        if self.here(who):
            self.unless_refused(self.region.does, who, act, charter, on=self.today, **said)

    def unless_refused(self, what: Any, *args: Any, **said: Any) -> None:
        before = self.region.everything()
        try:
            what(*args, **said)
            self.swept_on = None
        except Refusal:
            assert self.region.everything() == before

    def here(self, who: str) -> bool:
        with reading(self.region.engine) as connection:
            return Directory(connection, self.today).found(who) is not None

    def term(self, *, first: int | None, last: int | None) -> dict[str, date]:
        days = {"valid_from": first, "valid_through": last}
        return {
            name: self.today + timedelta(days=day) for name, day in days.items() if day is not None
        }

    @property
    def charters(self) -> list[Row[Any]]:
        return self.rows(Charter)

    def rows(self, table: Any) -> list[Row[Any]]:
        with reading(self.region.engine) as connection:
            return list(connection.execute(select(table).order_by(table.id)))

    # --- what always holds -----------------------------------------------------------------------

    @invariant()
    def no_two_charters_of_a_subject_are_in_force_on_one_day(self) -> None:
        for one, other in product(self.charters, repeat=2):
            if one.id < other.id and (one.subject_id, one.kind) == (other.subject_id, other.kind):
                assert not (period(one) & period(other))

    @invariant()
    def every_journal_tells_where_its_charter_stands(self) -> None:
        for charter in self.charters:
            journal = self.region.journal(charter.id)
            assert replayed([row for row in journal if row.becomes]) == charter.state
            versions = [row.version for row in journal if row.version]
            assert all(earlier < later for earlier, later in pairwise(versions))

    @invariant()
    def every_decision_has_its_paper(self) -> None:
        papers = {row.decision_id for row in self.rows(PaperKept)}
        for decision in self.rows(Decision):
            assert decision.id in papers or decision.what == Act.RECORD
        decided = {row.charter_id for row in self.rows(Decision)}
        assert all(row.id in decided for row in self.charters if row.state in DECIDED)

    @invariant()
    def a_subject_has_at_most_one_open_draft_of_a_kind(self) -> None:
        drafts = Counter((row.subject_id, row.kind) for row in self.charters if row.state in OPEN)
        assert all(count == 1 for count in drafts.values())

    @invariant()
    def the_calendar_never_wakes_too_late(self) -> None:
        calendar = Calendar()
        # Letters found on a day of rest wait for it.
        working_day = calendar.on_or_after(self.today)
        with transaction(self.region.engine) as connection:
            for row in self.charters:
                at = self.region.sitting(connection, None, self.today)
                standing = open_matter(connection, row.id, at).standing
                due = calendar.wakes_on(standing, after=row.looked_on or FOUNDED)
                if due is not None:
                    assert row.wake_on is not None, f"nobody looks at {row.id} on {due}"
                    assert row.wake_on <= max(due, working_day), f"{row.id} is due {due}"
        for group in self.rows(Group):
            days = [group.discontinued_on] if group.wake_on else []
            if group.gap_since is not None:
                days.append(calendar.gap_wakes_on(group.gap_since, after=group.looked_on))
            assert all(group.wake_on <= max(day, working_day) for day in days if day)

    @invariant()
    def no_letter_is_the_same_as_another(self) -> None:
        keys = [row.dedupe_key for row in self.rows(Outbox)]
        assert len(set(keys)) == len(keys)

    @invariant()
    def nobody_gets_two_calendar_letters_about_one_charter_on_a_day(self) -> None:
        got = Counter(
            (row.charter_id, row.day, row.to_email)
            for row in self.rows(Outbox)
            if row.calendar and row.letter not in OF_THE_OFFICE
        )
        assert all(count == 1 for count in got.values()), got.most_common(1)

    @invariant()
    def nobody_who_has_left_is_written_to(self) -> None:
        left = {row.email: row.left_on or FOREVER for row in self.rows(Person)}
        for letter in self.rows(Outbox):
            assert letter.day < left[letter.to_email], f"{letter.letter} to {letter.to_email}"

    @invariant()
    def once_the_calendar_has_looked_every_state_follows_from_its_dates(self) -> None:
        if self.swept_on != self.today:
            return
        for row in self.charters:
            over = row.ends_on is not None and row.ends_on < self.today
            if row.state in LIVING:
                assert not over, f"{row.id} ended {row.ends_on} and is still {row.state}"
            elif row.state in ENDED:
                assert over or row.valid_from > self.today
        charters = [row for row in self.charters if row.kind == "charter" and row.group_id]
        for group in self.rows(Group):
            gone = group.discontinued_on is not None and group.discontinued_on <= self.today
            own = [row for row in charters if row.group_id == group.id]
            has_one = any(
                row.state in LIVING and (row.ends_on or FOREVER) >= row.valid_from for row in own
            )
            assert (group.gap_since is None) is (has_one or gone)
            if gone:
                assert not any(row.state in LIVING or row.state == State.REVIEW for row in own)


def period(row: Row[Any]) -> set[int]:
    """The days a decided charter is in force, as ordinals."""
    if row.state not in DECIDED:
        return set()
    last = row.ends_on.toordinal() if row.ends_on else date(2060, 1, 1).toordinal()
    return set(range(row.valid_from.toordinal(), last + 1))


@pytest.fixture(scope="module")
def founded(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = shutil.copy(migrated_file, tmp_path_factory.mktemp("lives") / "founded.db")
    engine = engine_for(f"sqlite:///{file}")
    Region.founded(engine)
    engine.dispose()
    return Path(file)


@pytest.mark.slow
def test_whatever_people_do_what_must_hold_holds(founded: Path) -> None:
    class AnyLifeHere(AnyLife):
        pass

    AnyLifeHere.founded = founded
    run_state_machine_as_test(
        AnyLifeHere, settings=settings(max_examples=20, stateful_step_count=30)
    )
