"""The channel as all workers know it: its pause, its alarm, and how many letters it lets go."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Row, select, update

from models.session import reading, transaction
from models.tables import Attempt, Channel, Outbox
from notifications.carriers import ChannelDown, Deferred, NotDelivered, Receipt, Rejected
from notifications.carriers.recording import RecordingCarrier
from notifications.compose import Sender
from notifications.facts import Standstill
from notifications.outbox import (
    LEASE,
    Delivery,
    LetterToPost,
    Pause,
    Paused,
    TellsNobody,
    Told,
    cancel,
    deliver,
    pause_now,
    post,
)
from notifications.outbox.channel import PAUSES, pause_after
from notifications.preview import sample
from statemachine.vocabulary import Letter
from tests.notifications.conftest import Clock

DOMAIN = "sjoviken.example"
LOGIN = ChannelDown("5.7.8 Authentication credentials invalid", 535)


class Written(TellsNobody):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    def undelivered(
        self, connection: Connection, letter: Row[Any], why: str, how: str, now: datetime
    ) -> None:
        self.heard.append((how, letter.to_email))

    def stands_still(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        self.heard.append(("stands still", standstill))

    def runs_again(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        self.heard.append(("runs again", standstill))


class Meanwhile(RecordingCarrier):
    """Something else happens while a letter is on the wire."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__()
        self.happens = happens

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        receipt = super().deliver(envelope_from, envelope_to, message)
        self.happens()
        return receipt


class Office:
    """An outbox, its workers, and whoever hears of what goes wrong."""

    def __init__(self, engine: Engine, clock: Clock, sender: Sender) -> None:
        self.engine, self.clock, self.sender = engine, clock, sender
        self.told = Written()

    def work(
        self, carrier: Any, worker: str = "one", told: Told | None = None, **more: Any
    ) -> Delivery:
        return deliver(
            self.engine,
            carrier,
            now=self.clock,
            sender=self.sender,
            worker=worker,
            chance=random.Random(1),
            told=told or self.told,
            **more,
        )

    def rests(self, carrier: Any = None, worker: str = "one", **more: Any) -> Pause:
        """A worker comes, and is told of a pause."""
        with pytest.raises(Paused) as paused:
            self.work(carrier or RecordingCarrier(), worker, **more)
        return paused.value.pause

    def put(self, *letters: LetterToPost) -> None:
        with transaction(self.engine) as connection:
            post(connection, letters, now=self.clock(), today=self.clock().date(), domain=DOMAIN)

    def rows(self) -> list[Row[Any]]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(Outbox.__table__).order_by(Outbox.id)))

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.rows())

    def pause(self) -> Pause | None:
        with reading(self.engine) as connection:
            return pause_now(connection, self.clock())


def letters(count: int) -> list[LetterToPost]:
    """Letters about no charter, so that any memory holds them."""
    return [
        LetterToPost(
            letter=Letter.STANDSTILL,
            to_name=f"Läsare {reader}",
            to_email=f"reader{reader}@{DOMAIN}",
            facts=sample(Letter.STANDSTILL),
        )
        for reader in range(count)
    ]


def down(times: int = 1) -> RecordingCarrier:
    return RecordingCarrier([LOGIN] * times)


@pytest.fixture
def office(engine: Engine, clock: Clock, sender: Sender) -> Office:
    return Office(engine, clock, sender)


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, clock: Clock, sender: Sender) -> Office:
    """An office on each engine in turn."""
    return Office(request.getfixturevalue(f"{request.param}_engine"), clock, sender)


# --- the pause -----------------------------------------------------------------------------------


def test_a_channel_found_down_is_left_alone_by_every_worker(anywhere: Office) -> None:
    anywhere.put(*letters(3))
    pause = anywhere.rests(down())
    assert (pause.since, pause.reply, pause.code) == (anywhere.clock(), LOGIN.reply, 535)
    assert timedelta(seconds=45) <= pause.until - pause.since <= timedelta(seconds=75)
    theirs = RecordingCarrier()
    assert anywhere.rests(theirs, "two") == pause
    assert theirs.carried == []
    assert [(row.state, row.attempts) for row in anywhere.rows()] == [("pending", 0)] * 3


def test_each_pause_is_longer_and_ends_with_one_letter_tried(office: Office) -> None:
    office.put(*letters(30))
    carrier = down(9)
    waited = []
    for tried in range(1, 9):
        pause = office.rests(carrier)
        assert len(carrier.carried) == tried
        waited.append((pause.until - office.clock()) / timedelta(minutes=1))
        office.clock.at = pause.until
    assert pause.since == office.clock.at - timedelta(minutes=sum(waited))
    for wait, minutes in zip(waited, (1, 2, 5, 10, 15, 15, 15, 15), strict=True):
        assert minutes * 0.75 <= wait <= minutes * 1.25
    assert {row.attempts for row in office.rows()} == {0}


def test_pauses_are_spread_so_that_workers_of_many_houses_do_not_come_together() -> None:
    chance = random.Random(3)
    waits = {pause_after(0, chance) for _ in range(20)}
    assert len(waits) == 20
    assert max(pause_after(99, chance) for _ in range(20)) <= PAUSES[-1] * 1.25


def test_a_relay_down_for_a_day_costs_no_letter_a_try_and_they_leave_in_turn(
    office: Office, charter: int
) -> None:
    kinds = (Letter.OUTCOME, Letter.WITHDRAWN, Letter.DECISION_REMINDER, Letter.DECISION_REQUEST)
    office.put(
        *(
            LetterToPost(
                letter=letter,
                to_name="Läsare",
                to_email=f"{letter}@{DOMAIN}",
                facts=sample(letter),
                charter_id=charter,
                round=1,
            )
            for letter in kinds
        )
    )
    carrier = down(1000)
    for _ in range(24 * 6):
        office.rests(carrier)
        office.clock.forward(minutes=10)
    assert 60 <= len(carrier.carried) <= 90, "one letter each time the pause has run out"
    back = RecordingCarrier()
    office.clock.forward(hours=1)
    assert office.work(back) == Delivery(sent=4)
    tried_with, *in_turn = (Letter(one.envelope_to.split("@")[0]) for one in back.carried)
    by_priority = (
        Letter.DECISION_REQUEST,
        Letter.DECISION_REMINDER,
        Letter.OUTCOME,
        Letter.WITHDRAWN,
    )
    assert in_turn == [letter for letter in by_priority if letter is not tried_with]
    assert {row.attempts for row in office.rows()} == {1}
    assert office.pause() is None


class RefusesOne(RecordingCarrier):
    """A relay that takes one reader for a reason to let nothing through."""

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        if envelope_to == f"reader1@{DOMAIN}":
            raise ChannelDown("5.7.1 sender not authenticated for the group", 550)
        return super().deliver(envelope_from, envelope_to, message)


def test_one_letter_that_stops_the_channel_does_not_keep_the_others_waiting(
    office: Office,
) -> None:
    office.put(*letters(3))
    carrier = RefusesOne()
    for _ in range(6):
        with suppress(Paused):
            office.work(carrier)
        office.clock.forward(hours=1)
    assert [(row.to_email[:7], row.state) for row in office.rows()] == [
        ("reader0", "sent"),
        ("reader1", "pending"),
        ("reader2", "sent"),
    ]


@pytest.mark.parametrize(
    "answer", [None, Rejected("5.1.1 no such user", 550), Deferred("4.2.0 later", 450)]
)
def test_any_answer_to_a_letter_shows_that_the_channel_runs(
    answer: NotDelivered | None, office: Office
) -> None:
    office.put(*letters(3))
    office.clock.at = office.rests(down()).until
    office.work(RecordingCarrier([answer]))
    assert office.pause() is None
    assert office.states()["sent"] >= 2


def test_while_one_worker_tries_the_others_wait(anywhere: Office) -> None:
    anywhere.put(*letters(3))
    anywhere.clock.at = anywhere.rests(down()).until
    seen: list[Pause] = []

    def another_comes() -> None:
        if not seen:
            seen.append(anywhere.rests(worker="two"))

    assert anywhere.work(Meanwhile(another_comes)).sent == 3
    assert seen[0].until > anywhere.clock()


def test_of_two_that_come_as_the_pause_runs_out_one_tries(anywhere: Office) -> None:
    anywhere.put(*letters(6))
    anywhere.clock.at = anywhere.rests(down()).until
    start = Barrier(2)

    def come(worker: str) -> RecordingCarrier:
        carrier = down(9)
        start.wait()
        with pytest.raises(Paused):
            anywhere.work(carrier, worker)
        return carrier

    with ThreadPoolExecutor(2) as threads:
        carriers = list(threads.map(come, ("one", "two")))
    assert sorted(len(carrier.carried) for carrier in carriers) == [0, 1]
    assert anywhere.states() == {"pending": 6}


def test_another_tries_when_the_one_that_tried_has_vanished(office: Office) -> None:
    office.put(*letters(2))
    office.rests(down())
    with transaction(office.engine) as connection:
        connection.execute(
            update(Channel).values(prober="gone", paused_until=office.clock() + LEASE)
        )
    office.clock.forward(seconds=LEASE.total_seconds() - 1)
    office.rests(worker="two")
    office.clock.forward(seconds=1)
    assert office.work(RecordingCarrier(), "two").sent == 2
    assert office.pause() is None


def test_a_letter_that_no_longer_makes_sense_is_no_try_and_the_next_one_is(
    office: Office, charter: int
) -> None:
    office.put(
        LetterToPost(
            letter=Letter.DECISION_REQUEST,
            to_name="Läsare",
            to_email=f"late@{DOMAIN}",
            facts=sample(Letter.DECISION_REQUEST),
            charter_id=charter,
            round=0,
        ),
        *letters(1),
    )
    carrier = RecordingCarrier()
    office.rests(Unconnected())
    office.clock.forward(minutes=5)
    assert office.work(carrier) == Delivery(sent=1, cancelled=1)
    assert office.pause() is None


class Unconnected(RecordingCarrier):
    """A relay that cannot even be connected to."""

    def connect(self) -> None:
        raise ChannelDown("connection refused")


def test_with_nothing_to_try_with_it_stays_paused_and_whoever_comes_next_tries(
    office: Office, charter: int
) -> None:
    office.put(
        LetterToPost(
            letter=Letter.DECISION_REQUEST,
            to_name="Läsare",
            to_email=f"late@{DOMAIN}",
            facts=sample(Letter.DECISION_REQUEST),
            charter_id=charter,
            round=1,
        )
    )
    office.clock.at = office.rests(down()).until
    with transaction(office.engine) as connection:
        assert cancel(connection, charter, why="återkallat") == 1
    assert office.work(RecordingCarrier()) == Delivery()
    assert office.pause() is not None
    office.put(*letters(1))
    assert office.work(RecordingCarrier(), "two").sent == 1


def test_a_worker_still_at_it_when_another_found_the_channel_down_changes_no_pause(
    office: Office,
) -> None:
    office.put(*letters(30))
    paused = []

    def another_finds_it_down() -> None:
        paused.append(office.rests(Unconnected(), "two"))
        office.clock.forward(seconds=1)
        raise LOGIN

    pause = office.rests(Meanwhile(another_finds_it_down))
    assert (pause.since, pause.until, pause.reply) == (
        paused[0].since,
        paused[0].until,
        "connection refused",
    )


# --- the alarm -----------------------------------------------------------------------------------


def test_whoever_answers_for_it_hears_once_when_it_has_stood_still_too_long(
    anywhere: Office,
) -> None:
    anywhere.put(*letters(4))
    begun = anywhere.clock()
    pause = anywhere.rests(down())
    assert not pause.is_alarming
    for _ in range(20):
        anywhere.clock.forward(minutes=1)
        pause = anywhere.rests(Unconnected())
        assert pause.is_alarming is (anywhere.clock() - begun >= timedelta(minutes=15))
    ((what, standstill),) = anywhere.told.heard
    assert what == "stands still"
    assert (standstill.since, standstill.waiting, standstill.again_at) == (begun, 4, None)

    anywhere.clock.forward(minutes=30)
    assert anywhere.work(RecordingCarrier()).sent == 4
    what, standstill = anywhere.told.heard[-1]
    assert what == "runs again"
    assert (standstill.since, standstill.again_at) == (begun, anywhere.clock())
    assert standstill.reply


def test_a_short_pause_is_nobody_s_business(office: Office) -> None:
    office.put(*letters(2))
    office.clock.at = office.rests(down()).until
    assert office.work(RecordingCarrier()).sent == 2
    assert office.told.heard == []


def test_how_long_is_too_long_is_for_the_organisation_to_say(office: Office) -> None:
    office.put(*letters(1))
    soon = timedelta(seconds=30)
    office.clock.at = office.rests(down(), alarm_after=soon).until
    assert office.work(RecordingCarrier(), alarm_after=soon).sent == 1
    assert [what for what, _ in office.told.heard] == ["stands still", "runs again"]


class FailsToTell(Written):
    """Whoever should hear cannot."""

    def runs_again(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        raise LookupError("nobody there")


def test_a_channel_runs_again_only_together_with_what_follows_and_no_letter_pays_for_it(
    office: Office,
) -> None:
    office.put(*letters(2))
    office.rests(down())
    office.clock.forward(hours=1)
    with pytest.raises(LookupError):
        office.work(RecordingCarrier(), told=FailsToTell())
    assert office.pause() is not None
    assert office.states() == {"sent": 1, "pending": 1}
    assert office.work(RecordingCarrier(), "two").sent == 1
    assert [what for what, _ in office.told.heard] == ["runs again"]


class CannotTell(TellsNobody):
    """Whoever should hear of anything cannot."""

    def undelivered(
        self, connection: Connection, letter: Row[Any], why: str, how: str, now: datetime
    ) -> None:
        connection.execute(update(Outbox).values(to_name="half done"))
        raise LookupError("nobody there")

    def stands_still(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        raise LookupError("nobody there")


def test_an_alarm_that_reaches_nobody_keeps_no_letter_and_is_raised_again(
    anywhere: Office,
) -> None:
    anywhere.put(*letters(2))
    anywhere.rests(down())
    anywhere.clock.forward(hours=1)
    assert anywhere.rests(down(), told=CannotTell()).is_alarming
    anywhere.rests()
    assert [what for what, _ in anywhere.told.heard] == ["stands still"]
    anywhere.clock.forward(hours=1)
    assert anywhere.work(RecordingCarrier(), told=CannotTell()).sent == 2


def test_a_refusal_nobody_could_be_told_of_is_marked_all_the_same_and_says_so(
    anywhere: Office,
) -> None:
    anywhere.put(*letters(3))
    anywhere.work(RecordingCarrier([Rejected("5.1.1 no such user", 550)]), told=CannotTell())
    assert anywhere.states() == {"dead": 1, "sent": 2}
    with reading(anywhere.engine) as connection:
        results = list(connection.scalars(select(Attempt.result).order_by(Attempt.id)))
    assert results == ["rejected", "untold", "accepted", "accepted"]
    assert {one.to_name for one in anywhere.rows()} == {"Läsare 0", "Läsare 1", "Läsare 2"}


# --- letters refused -----------------------------------------------------------------------------


def test_a_letter_refused_for_good_is_told_with_the_mark(anywhere: Office) -> None:
    anywhere.put(*letters(3))
    anywhere.work(RecordingCarrier([Rejected("5.1.1 no such user", 550), Deferred("later", 450)]))
    assert anywhere.told.heard == [("refused", f"reader0@{DOMAIN}")]
    assert anywhere.states() == {"dead": 1, "pending": 1, "sent": 1}


def test_a_letter_that_cannot_be_addressed_is_told_too(office: Office) -> None:
    office.put(*letters(1))
    with transaction(office.engine) as connection:
        connection.execute(update(Outbox).values(to_email="åsa@sjoviken.example"))
    office.work(RecordingCarrier())
    assert office.told.heard == [("refused", "åsa@sjoviken.example")]


# --- the rate ------------------------------------------------------------------------------------


def on_the_wire(office: Office) -> list[datetime]:
    with reading(office.engine) as connection:
        return list(connection.scalars(select(Attempt.at)))


def test_no_more_letters_leave_in_a_minute_than_the_rate_lets(anywhere: Office) -> None:
    anywhere.put(*letters(12))
    carrier = RecordingCarrier()
    first = anywhere.clock()
    done = anywhere.work(carrier, per_minute=5)
    assert (done.sent, done.again_at) == (5, first + timedelta(minutes=1))
    anywhere.clock.forward(seconds=59)
    assert anywhere.work(carrier, "two", per_minute=5).sent == 0
    assert anywhere.states() == {"sent": 5, "pending": 7}
    anywhere.clock.forward(seconds=1)
    assert anywhere.work(carrier, "two", per_minute=5).sent == 5
    anywhere.clock.forward(minutes=1)
    done = anywhere.work(carrier, per_minute=5)
    assert (done.sent, done.again_at) == (2, None)


def test_two_workers_together_hold_the_rate(anywhere: Office) -> None:
    anywhere.put(*letters(40))
    start = Barrier(2)

    def come(worker: str) -> int:
        start.wait()
        return anywhere.work(RecordingCarrier(), worker, per_minute=15).sent

    for minute in range(1, 3):
        with ThreadPoolExecutor(2) as threads:
            assert sum(threads.map(come, ("one", "two"))) == 15
        assert len(on_the_wire(anywhere)) == 15 * minute
        anywhere.clock.forward(minutes=1)


def test_what_another_worker_has_in_hand_counts(anywhere: Office) -> None:
    anywhere.put(*letters(20))
    theirs = RecordingCarrier()
    mine = Meanwhile(lambda: anywhere.work(theirs, "two", per_minute=8))
    assert anywhere.work(mine, per_minute=8).sent == 8
    assert theirs.carried == []


def test_a_letter_tried_again_counts_each_time(office: Office) -> None:
    office.put(*letters(4))
    carrier = RecordingCarrier([Deferred("4.2.0 later", 450)])
    assert office.work(carrier, per_minute=2) == Delivery(
        sent=1, deferred=1, again_at=office.clock() + timedelta(minutes=1)
    )
    office.clock.forward(seconds=50)
    assert office.work(carrier, per_minute=2).sent == 0


def test_what_the_rate_holds_back_leaves_in_turn(office: Office, charter: int) -> None:
    office.put(*letters(3))
    office.work(RecordingCarrier(), per_minute=2)
    office.put(
        LetterToPost(
            letter=Letter.DECISION_REQUEST,
            to_name="Läsare",
            to_email=f"director@{DOMAIN}",
            facts=sample(Letter.DECISION_REQUEST),
            charter_id=charter,
            round=1,
        )
    )
    office.clock.forward(minutes=1)
    carrier = RecordingCarrier()
    office.work(carrier, per_minute=2)
    assert [one.envelope_to.split("@")[0] for one in carrier.carried] == ["director", "reader2"]


def test_a_request_that_comes_while_a_batch_is_worked_waits_for_no_more_than_the_batch(
    office: Office, charter: int
) -> None:
    office.put(*letters(30))
    request = LetterToPost(
        letter=Letter.DECISION_REQUEST,
        to_name="Läsare",
        to_email=f"director@{DOMAIN}",
        facts=sample(Letter.DECISION_REQUEST),
        charter_id=charter,
        round=1,
    )
    carrier = Meanwhile(lambda: office.put(request))
    assert office.work(carrier).sent == 31
    order = [one.envelope_to.split("@")[0] for one in carrier.carried]
    assert order.index("director") == 10
