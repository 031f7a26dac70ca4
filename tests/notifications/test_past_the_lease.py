"""A worker that wakes after its lease was taken neither marks nor sends; a relay away for a day."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from models.session import engine_for, transaction
from models.tables import Outbox
from notifications.carriers import ChannelDown
from notifications.carriers.recording import RecordingCarrier
from notifications.carriers.relay import Relay, YagmailCarrier
from notifications.compose import Sender
from notifications.outbox import LEASE, UNCERTAIN_DELAY, Delivery, deliver
from statemachine.vocabulary import Letter
from tests.notifications.conftest import Clock
from tests.notifications.doomed import Doom, Watched, watch
from tests.notifications.scripted_relay import hangs_up, script, serving
from tests.notifications.test_outbox import a_letter, attempts, put, rows


class Nap(Doom):
    """Where another worker would end, this one falls asleep, and things happen meanwhile."""

    def __init__(self, point: str, meanwhile: Callable[[], None]) -> None:
        super().__init__(point)
        self.meanwhile = meanwhile

    def reached(self, point: str) -> None:
        if self.is_here(point):
            self.meanwhile()


@pytest.fixture
def other_engine(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """The sleeper's own way to the same memory."""
    opened = engine_for(f"sqlite:///{tmp_path}/mandat.db")
    yield opened
    opened.dispose()


class Pair:
    """A worker that sleeps for hours, and one that meanwhile takes over all it held."""

    def __init__(self, engine: Engine, sleepers: Engine, clock: Clock, sender: Sender) -> None:
        self.engine, self.sleepers, self.clock, self.sender = engine, sleepers, clock, sender
        self.awake = RecordingCarrier()

    def take_over(self) -> None:
        for _ in range(3):
            self.clock.forward(seconds=(LEASE + UNCERTAIN_DELAY).total_seconds() + 1)
            deliver(self.engine, self.awake, now=self.clock, sender=self.sender, worker="awake")

    def sleeper_delivers(self, carrier: RecordingCarrier, nap: Nap) -> Delivery:
        watch(self.sleepers, nap)
        return deliver(
            self.sleepers,
            Watched(carrier, nap),
            now=self.clock,
            sender=self.sender,
            worker="sleeper",
        )


@pytest.fixture
def pair(engine: Engine, other_engine: Engine, charter: int, clock: Clock, sender: Sender) -> Pair:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(3)))
    return Pair(engine, other_engine, clock, sender)


@pytest.mark.parametrize(
    ("asleep", "sends", "taken_over"),
    [
        ("after claimed is committed", 0, "pending"),
        ("before connecting", 0, "pending"),
        ("connected", 0, "pending"),
        ("after sending is committed", 0, "uncertain"),
        # From here on its letter is out of reach; it is the same bytes, and nothing is marked.
        ("on the threshold", 1, "uncertain"),
        ("accepted, before the mark", 1, "uncertain"),
    ],
)
def test_a_worker_that_wakes_after_its_lease_was_taken_neither_marks_nor_sends(
    asleep: str, sends: int, taken_over: str, pair: Pair
) -> None:
    carrier = RecordingCarrier()
    nap = Nap(asleep, pair.take_over)
    assert pair.sleeper_delivers(carrier, nap) == Delivery(lost=3)
    assert nap.nth <= 0, asleep
    assert len(carrier.carried) == sends
    kept = rows(pair.engine)
    assert [(row.state, row.lease_owner) for row in kept] == [("sent", None)] * 3
    assert {one.message for one in carrier.carried} <= {row.bytes for row in kept}
    assert [one.message for one in pair.awake.carried].count(kept[0].bytes) == 1
    assert len(pair.awake.carried) == 3
    noted = ["uncertain"] * (taken_over == "uncertain") + ["accepted"] * (3 + sends)
    assert attempts(pair.engine) == noted


def test_a_worker_that_took_over_under_the_same_name_keeps_its_hold(pair: Pair) -> None:
    def a_namesake_claims() -> None:
        pair.clock.forward(seconds=LEASE.total_seconds() + 1)
        with transaction(pair.engine) as connection:
            connection.execute(update(Outbox).values(lease_until=pair.clock() + LEASE))

    carrier = RecordingCarrier()
    nap = Nap("after claimed is committed", a_namesake_claims)
    assert pair.sleeper_delivers(carrier, nap) == Delivery(lost=3)
    assert carrier.carried == []
    held = {(row.state, row.lease_owner, row.lease_until) for row in rows(pair.engine)}
    assert held == {("claimed", "sleeper", pair.clock() + LEASE)}


def test_a_relay_away_for_a_day_burns_nothing_and_then_gets_the_most_urgent_letters_first(
    engine: Engine, charter: int, clock: Clock, sender: Sender
) -> None:
    kinds = (Letter.OUTCOME, Letter.ESCALATION, Letter.DECISION_REQUEST, Letter.SENT_BACK)
    letters = [(kind, reader) for reader in range(3) for kind in kinds]
    random.Random(1).shuffle(letters)
    for kind, reader in letters:
        put(engine, clock, a_letter(kind, reader))
        clock.forward(seconds=1)
    play = script({"greeting": [hangs_up, "421 4.3.2 going down", "554 5.3.2 not now"] * 8})
    with serving(play) as port:
        carrier = YagmailCarrier(Relay("127.0.0.1", port, "none", timeout=5.0))

        def delivered() -> Delivery:
            return deliver(engine, carrier, now=clock, sender=sender, worker="one")

        for _ in range(24):
            with pytest.raises(ChannelDown):
                delivered()
            clock.forward(hours=1)
        assert {(row.state, row.attempts, row.lease_owner) for row in rows(engine)} == {
            ("pending", 0, None)
        }
        assert delivered() == Delivery(sent=12)
        carrier.close()
    kept = {row.bytes: row for row in rows(engine)}
    assert {(row.state, row.attempts) for row in kept.values()} == {("sent", 1)}
    left = [kept[one.message] for one in play.received]
    assert [row.priority for row in left] == [1] * 3 + [2] * 3 + [5] * 6
    assert left == sorted(left, key=lambda row: (row.priority, row.due_at))
