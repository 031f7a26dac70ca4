"""After letters have stood still nobody gets two calendar letters about one charter: the newest."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from models.session import reading, transaction
from models.tables import Charter, Group, Outbox
from notifications.carriers import Rejected
from notifications.carriers.recording import RecordingCarrier
from notifications.compose import Sender
from notifications.outbox import LetterToPost, deliver, post
from notifications.preview import sample
from statemachine.vocabulary import Letter, State
from tests.notifications.conftest import Clock

DAY = timedelta(days=1)


class Week:
    """A week in which the relay was down: what the calendar posted waits."""

    def __init__(self, engine: Engine, clock: Clock, sender: Sender) -> None:
        self.engine, self.clock, self.sender = engine, clock, sender

    def posts(self, letter: Letter, stage: str = "", reader: str = "chair", **more: Any) -> None:
        known: dict[str, Any] = {"charter_id": 3, "round": 1, "calendar": True}
        one = LetterToPost(
            letter=letter,
            stage=stage,
            to_name="Läsare",
            to_email=f"{reader}@sjoviken.example",
            facts=sample(letter, stage=stage if letter is Letter.RENEWAL else ""),
            **(known | more),
        )
        with transaction(self.engine) as connection:
            now = self.clock()
            post(connection, [one], now=now, today=now.date(), domain="sjoviken.example")
        self.clock.forward(days=1)

    def stands(self, **columns: Any) -> None:
        with transaction(self.engine) as connection:
            connection.execute(update(Charter).values(**columns))

    def ends(self, answers: Iterable[Any] = ()) -> list[tuple[str, str, str]]:
        """The relay is back: each letter with its stage, and what became of it."""
        deliver(
            self.engine,
            RecordingCarrier(answers),
            now=self.clock,
            sender=self.sender,
            worker="one",
        )
        with reading(self.engine) as connection:
            rows = connection.execute(select(Outbox).order_by(Outbox.id)).all()
        return [(row.letter, row.stage, row.state) for row in rows]


@pytest.fixture
def week(engine: Engine, charter: int, clock: Clock, sender: Sender) -> Week:
    return Week(engine, clock, sender)


def test_the_newest_goes_and_the_others_say_why_they_did_not(week: Week) -> None:
    week.posts(Letter.DECISION_REMINDER, "wd3")
    week.posts(Letter.DECISION_REMINDER, "wd7")
    week.posts(Letter.ESCALATION, "week 0")
    assert [state for _, _, state in week.ends()] == ["cancelled", "cancelled", "sent"]
    with reading(week.engine) as connection:
        reply = connection.scalar(select(Outbox.reply).where(Outbox.stage == "wd3"))
    assert str(reply).startswith("Ett senare brev till samma läsare")


def test_another_reader_or_another_charter_has_letters_of_its_own(week: Week) -> None:
    week.posts(Letter.DECISION_REMINDER, "wd3")
    week.posts(Letter.ESCALATION, "week 0", reader="liaison")
    week.posts(Letter.GAP, "month 1", charter_id=None, group_id=1, round=None)
    with transaction(week.engine) as connection:
        connection.execute(update(Group).values(gap_since=week.clock().date()))
    assert [state for _, _, state in week.ends()] == ["sent"] * 3


def test_months_without_a_charter_give_one_letter_too(week: Week) -> None:
    with transaction(week.engine) as connection:
        connection.execute(update(Group).values(gap_since=week.clock().date()))
    for month in range(3):
        week.posts(Letter.GAP, f"month {month}", charter_id=None, group_id=1, round=None)
    assert [state for _, _, state in week.ends()] == ["cancelled", "cancelled", "sent"]


def test_a_letter_of_an_act_is_never_overtaken(week: Week) -> None:
    week.posts(Letter.OUTCOME, calendar=False)
    week.posts(Letter.DECISION_REMINDER, "wd3")
    assert [state for _, _, state in week.ends()] == ["sent", "sent"]


def test_the_request_itself_goes_rather_than_what_reminds_of_it(week: Week) -> None:
    week.posts(Letter.DECISION_REQUEST)
    week.posts(Letter.DECISION_REMINDER, "wd3")
    assert [state for _, _, state in week.ends()] == ["sent", "cancelled"]
    week.clock.forward(days=4)
    week.posts(Letter.DECISION_REMINDER, "wd7")
    assert week.ends()[-1] == (Letter.DECISION_REMINDER, "wd7", "sent")


def test_a_letter_does_not_give_way_to_one_that_will_not_go(week: Week) -> None:
    week.stands(state=State.EXPIRING)
    week.posts(Letter.RENEWAL, "12m")
    week.posts(Letter.DISTRIBUTION_INCOMPLETE, "week 1")
    assert [state for _, _, state in week.ends()] == ["sent", "cancelled"]


def test_nor_to_one_that_was_refused(week: Week) -> None:
    week.posts(Letter.DECISION_REMINDER, "wd3")
    week.posts(Letter.DECISION_REMINDER, "wd7")
    with transaction(week.engine) as connection:
        wd3 = Outbox.stage == "wd3"
        connection.execute(update(Outbox).where(wd3).values(due_at=week.clock() + DAY))
    assert week.ends([Rejected("5.1.1 no such user", 550)])[1][2] == "dead"
    week.clock.forward(days=2)
    assert [state for _, _, state in week.ends()] == ["sent", "dead"]


def test_in_ordinary_weeks_every_letter_goes(week: Week) -> None:
    for stage in ("wd3", "wd7"):
        week.posts(Letter.DECISION_REMINDER, stage)
        week.clock.forward(days=2)
        assert week.ends()[-1][2] == "sent"
