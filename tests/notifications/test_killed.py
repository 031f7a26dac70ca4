"""Workers are killed at every point and at random: nothing is lost, and nobody gets another's."""

import multiprocessing
import os
import random
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.parser import BytesParser
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import Engine

from notifications.outbox import LEASE, UNCERTAIN_DELAY
from statemachine.vocabulary import Letter, State
from tests.notifications import doomed
from tests.notifications.conftest import Clock, a_charter
from tests.notifications.doomed import Doom
from tests.notifications.scripted_relay import Script, Step, Talk, serving
from tests.notifications.test_outbox import a_letter, attempts, put, rows

LETTERS = 210
POINTS = (
    # what the worker has done when it dies
    "before claimed is committed",
    "after claimed is committed",
    "before connecting",
    "connected",
    "before sending is committed",
    "after sending is committed",
    "on the threshold",
    "wire MAIL",
    "wire RCPT",
    "wire DATA",
    "wire content",
    "wire dot",
    "accepted, before the mark",
    "before sent is committed",
    "after sent is committed",
)
AT_RANDOM = 6
"""Rounds, after those in which one worker dies at a named point, in which both die anywhere."""

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    opened: Engine = request.getfixturevalue(f"{request.param}_engine")
    return opened


class Hall:
    """Where two workers deliver at once, each in a process of its own, and may be struck down."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.url = engine.url.render_as_string(hide_password=False)
        self.clock = clock
        self.play = Script(watch=self.strike)
        self.port = 0
        self.kills = 0
        self._struck: dict[int, Doom] = {}
        # A fork of this very process would inherit its threads' locks.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([doomed.__name__])

    @contextmanager
    def open(self) -> Iterator["Hall"]:
        with serving(self.play) as self.port:
            yield self

    def strike(self, talk: Talk, step: Step) -> None:
        """A worker whose end is on the wire dies while it waits for the relay's answer."""
        pid = int(talk.client.partition(".")[0] or 0)
        doom = self._struck.get(pid)
        if doom is not None and doom.is_here(f"wire {step}"):
            os.kill(pid, signal.SIGKILL)

    def round(self, *dooms: Doom, limit: int) -> list[bool]:
        """The workers run at once until each is done or dead; which of them were killed."""
        started = [self._started(f"worker {n}", limit, doom) for n, doom in enumerate(dooms)]
        for process in started:
            process.join(60)
        endings = [process.exitcode for process in started]
        assert set(endings) <= {0, -signal.SIGKILL}, endings
        self.kills += endings.count(-signal.SIGKILL)
        return [ending != 0 for ending in endings]

    def _started(self, name: str, limit: int, doom: Doom) -> BaseProcess:
        process = self._context.Process(
            target=doomed.work, args=(self.url, self.port, name, self.clock(), limit, doom)
        )
        process.start()
        if doom.point.startswith("wire"):
            assert process.pid is not None
            self._struck[process.pid] = doom
        return process


def test_nothing_is_lost_and_nothing_doubled_but_by_a_kill(engine: Engine, clock: Clock) -> None:
    a_charter(engine, State.DRAFT)
    letter = Letter.DRAFT_UNTOUCHED
    put(engine, clock, *(a_letter(letter, reader) for reader in range(LETTERS)))
    chance = random.Random(20260617)
    with Hall(engine, clock).open() as hall:
        for point in POINTS:
            first = Doom(point, nth=1 if "claimed" in point else chance.randint(1, 3))
            killed, _ = hall.round(first, Doom(seed=chance.randrange(2**32)), limit=5)
            assert killed, point
            clock.forward(seconds=LEASE.total_seconds() + 1)
        for _ in range(AT_RANDOM):
            hall.round(*(Doom(seed=chance.randrange(2**32)) for _ in range(2)), limit=5)
            clock.forward(seconds=LEASE.total_seconds() + 1)
        assert "pending" in {row.state for row in rows(engine)}, "some were still to be delivered"
        assert hall.kills > len(POINTS) + AT_RANDOM

        for _ in range(3):
            hall.round(Doom(), Doom(), limit=LETTERS)
            clock.forward(seconds=(LEASE + UNCERTAIN_DELAY).total_seconds())

    kept = {row.to_email: row for row in rows(engine)}
    assert Counter(row.state for row in kept.values()) == {"sent": LETTERS}
    copies = defaultdict(list)
    for one in hall.play.received:
        copies[one.envelope_to].append(one.message)
    assert set(copies) == set(kept)
    for address, same in copies.items():
        assert set(same) == {kept[address].bytes}
        mail = BytesParser(policy=policy.default).parsebytes(same[0])
        assert mail["Message-ID"] == kept[address].message_id
        assert [to.addr_spec for to in mail["To"].addresses] == [address]
        assert b"reader" not in same[0].replace(address.encode(), b"")
    doubled = len(hall.play.received) - LETTERS
    assert 0 < doubled <= hall.kills
    assert attempts(engine).count("uncertain") <= hall.kills
