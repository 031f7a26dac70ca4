"""Delivering: what waits in the outbox is claimed, checked, sent and marked, once each."""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from models.session import reading, transaction
from models.tables import STILL_UNREACHED, Attempt, Outbox, PaperKept, Recipient, Suppression
from notifications.carriers import (
    Carrier,
    ChannelDown,
    Deferred,
    NotDelivered,
    Receipt,
    Rejected,
    Uncertain,
)
from notifications.compose import Attachment, Sender, ascii_address, compose
from notifications.facts import LetterFacts
from notifications.marks import Mark, of_letter
from notifications.outbox.channel import ALARM_AFTER, Pause, Paused, Way
from notifications.outbox.posting import FREE, LEASE, WAITING
from notifications.outbox.telling import How, TellsNobody, Told, tell
from notifications.relevance import NO_LONGER, overtaken, still_makes_sense
from notifications.wording import Unsayable
from statemachine.vocabulary import Letter, Reach

BATCH = 10
"""Letters claimed at a time: a decision request posted meanwhile waits for no more than these."""
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=6)
TRIES = 20
"""Deferred this many times, over about three days, a letter is dead."""
UNCERTAIN_DELAY = timedelta(minutes=15)
UNCERTAIN_RESENDS = 2


@dataclass(slots=True)
class Delivery:
    """What one delivery did, in letters; `unsent` names those that ended without being sent."""

    sent: int = 0
    deferred: int = 0
    dead: int = 0
    uncertain: int = 0
    suppressed: int = 0
    cancelled: int = 0
    expired: int = 0
    lost: int = 0
    """The lease ran out while this worker held the letter; another one took it over."""
    unsent: list[int] = field(default_factory=list)
    again_at: datetime | None = None
    """When the next letter may leave, where the rate holds back some that are due."""

    def count(self, letter: int, state: str) -> None:
        """One letter more, by the state it was left in; pending again means deferred."""
        name = "deferred" if state == "pending" else state
        setattr(self, name, getattr(self, name) + 1)
        if state in ("dead", "suppressed"):
            self.unsent.append(letter)


def deliver(
    engine: Engine,
    carrier: Carrier,
    *,
    now: Callable[[], datetime],
    sender: Sender,
    worker: str,
    limit: int = 1000,
    chance: random.Random | None = None,
    told: Told | None = None,
    per_minute: int | None = None,
    alarm_after: timedelta = ALARM_AFTER,
) -> Delivery:
    """Deliver what is due, at most `limit` letters, and say what became of them.

    `now` is asked anew at each step; `worker` names the one who claims; `chance` spreads retries.
    Safe to run at any time, in any number of workers, and to kill at any moment. No transaction is
    open while the carrier works. All workers together let no more than `per_minute` letters go in
    any minute; the rest stay, and `again_at` says until when. `told` hears what goes wrong.

    Raises Paused, a ChannelDown, when no letter gets through: what was claimed is put back
    untouched, and until the pause has run out every worker that comes claims nothing.
    """
    spread = chance or random.Random()
    way = Way(worker, told or TellsNobody(), spread, per_minute, alarm_after)
    desk = _Desk(engine, carrier, now, sender, worker, spread, way)
    done = Delivery()
    handled = 0
    try:
        while handled < limit and (claimed := desk.claim(min(BATCH, limit - handled), done)):
            handled += len(claimed)
            try:
                for held in claimed:
                    done.count(held.row.id, desk.deliver(held))
            finally:
                desk.put_back(claimed)
    except Paused:
        raise
    except ChannelDown as fault:
        raise Paused(desk.pause(fault)) from fault
    finally:
        desk.leave()
    return done


@dataclass(slots=True)
class _Held:
    """A letter in this worker's hands. State and lease are the fence around every change to it."""

    row: Row[Any]
    lease_until: datetime
    state: str = "claimed"


@dataclass(frozen=True, slots=True)
class _Desk:
    """One worker's place at the outbox."""

    engine: Engine
    carrier: Carrier
    now: Callable[[], datetime]
    sender: Sender
    worker: str
    chance: random.Random
    way: Way

    def claim(self, count: int, done: Delivery) -> list[_Held]:
        """The next letters due, held by this worker until the lease runs out.

        Raises Paused while the channel is left alone.
        """
        with transaction(self.engine) as connection:
            claimed = self._claimed(connection, count, done)
        if isinstance(claimed, Pause):
            raise Paused(claimed)
        return claimed

    def _claimed(self, connection: Connection, count: int, done: Delivery) -> list[_Held] | Pause:
        now = self.now()
        _take_back_what_was_left(connection, now)
        if (pause := self.way.look(connection, now)) is not None:
            return pause
        most = self.way.most(connection, count, now)
        due = _DUE_TO_TRY_WITH if self.way.seen is not None else _DUE
        chosen = connection.scalars(due, {"now": now, "most": max(most, 1)}).all()
        if not chosen:
            return []
        if most < 1:
            done.again_at = self.way.again_at(connection, now)
            return []
        if not self.way.try_out(connection, now):
            return self.way.look(connection, now) or []
        theirs = Outbox.id.in_(chosen)
        connection.execute(
            update(Outbox)
            .where(theirs)
            .values(state="claimed", lease_owner=self.worker, lease_until=now + LEASE)
        )
        rows = connection.execute(select(Outbox.__table__).where(theirs).order_by(*_IN_TURN))
        return [_Held(row, now + LEASE) for row in rows]

    def pause(self, fault: ChannelDown) -> Pause:
        """Leave the channel alone for a while, all workers."""
        with transaction(self.engine) as connection:
            return self.way.is_down(connection, fault, self.now())

    def leave(self) -> None:
        """Let another one try, when this worker came to try and found nothing to try with."""
        if self.way.is_probing:
            with transaction(self.engine) as connection:
                self.way.let_go(connection, self.now())

    def deliver(self, held: _Held) -> str:
        """Take one claimed letter as far as it goes; the state it was left in."""
        self.carrier.connect()
        row = held.row
        try:
            address = ascii_address(row.to_email)
            message = row.bytes or self._composed(row)
        except Unsayable as fault:
            return self._give_up(held, str(fault))
        if (state := self._put_on_wire(held, message)) != "sending":
            return state
        if self.now() >= held.lease_until:
            return "lost"  # It slept on the threshold: another one may have sent the letter since.
        try:
            receipt = self.carrier.deliver(
                self.sender.envelope_from(of_letter(message)), address, message
            )
        except ChannelDown as fault:
            self._mark(held, "pending", fault)
            raise
        except NotDelivered as fault:
            state, due_at = self._what_next(row, fault)
            return self._mark(held, state, fault, due_at=due_at, attempts=row.attempts + 1)
        return self._mark(held, "sent", receipt, sent_at=self.now(), attempts=row.attempts + 1)

    def put_back(self, claimed: list[_Held]) -> None:
        """Let go of the letters that were claimed and never tried."""
        for held in claimed:
            if held.state == "claimed":
                self._change(held, "pending", **FREE)

    def _composed(self, row: Row[Any]) -> bytes:
        try:
            facts = LetterFacts.model_validate(row.facts)
        except ValidationError as fault:
            raise Unsayable(f"the facts cannot be read: {fault}") from fault
        with reading(self.engine) as connection:
            papers = _papers(connection, row.papers)
        return compose(row, facts, papers, self.sender, at=self.now(), mark=Mark.new(row.id))

    def _put_on_wire(self, held: _Held, message: bytes) -> str:
        """Freeze the bytes and commit that they are about to leave, if they still should."""
        now = self.now()
        with transaction(self.engine) as connection:
            state, why = _last_check(connection, held.row, now)
            if state != "sending":
                left = self._set(connection, held, state, reply=why, **FREE)
                if left == "suppressed":
                    self._tell(connection, held.row, why or "", "suppressed", now)
                return left
            return self._set(
                connection,
                held,
                "sending",
                bytes=message,
                sha256=hashlib.sha256(message).hexdigest(),
                wire_at=now,
                lease_until=now + LEASE,
            )

    def _what_next(self, row: Row[Any], fault: NotDelivered) -> tuple[str, datetime]:
        """The state a letter not accepted is left in, and when it is tried again."""
        match fault:
            case Deferred() if row.attempts + 1 < TRIES:
                return "pending", self.now() + backoff(row.attempts, self.chance)
            case Uncertain():
                return "uncertain", self.now() + UNCERTAIN_DELAY
            case _:
                return "dead", row.due_at

    def _mark(self, held: _Held, state: str, answer: Receipt | NotDelivered, **more: Any) -> str:
        """Write what was answered, and what follows from it, in one transaction."""
        said: dict[str, Any] = {
            "code": answer.code,
            "enhanced": answer.enhanced,
            "reply": answer.reply,
        }
        now = self.now()
        with transaction(self.engine) as connection:
            _note_attempt(connection, held.row.id, now, _RESULTS[type(answer)], **said)
            left = self._set(connection, held, state, **said, **FREE, **more)
            if isinstance(answer, Receipt) and left == "sent":
                _note_reached(connection, held.row, answer.reach, now)
            if left == "dead":
                self._tell(connection, held.row, answer.reply, "refused", now)
        if self.way.is_probing and not isinstance(answer, ChannelDown):
            # Apart from the mark: should it fail, the letter is sent all the same, and only once.
            with transaction(self.engine) as connection:
                self.way.got_through(connection, now)
        return left

    def _give_up(self, held: _Held, why: str) -> str:
        """No relay was asked: the letter cannot be written, or not to that address."""
        with transaction(self.engine) as connection:
            left = self._set(connection, held, "dead", reply=why, **FREE)
            if left == "dead":
                self._tell(connection, held.row, why, "refused", self.now())
        return left

    def _tell(
        self, connection: Connection, row: Row[Any], why: str, how: How, now: datetime
    ) -> None:
        """Tell of a letter that will not arrive. Should that fail, it is marked all the same."""
        told = self.way.told
        fault = tell(connection, lambda: told.undelivered(connection, row, why, how, now))
        if fault is not None:
            untold = f"{type(fault).__name__}: {fault}"
            _note_attempt(connection, row.id, now, "untold", reply=untold)

    def _change(self, held: _Held, state: str, **values: Any) -> str:
        with transaction(self.engine) as connection:
            return self._set(connection, held, state, **values)

    def _set(self, connection: Connection, held: _Held, state: str, **values: Any) -> str:
        """Change the letter if this worker still holds it; `lost` when another one has it."""
        changed = connection.execute(
            update(Outbox)
            .where(
                Outbox.id == held.row.id,
                Outbox.state == held.state,
                Outbox.lease_owner == self.worker,
                Outbox.lease_until == held.lease_until,
            )
            .values(state=state, **values)
        )
        held.state = state if changed.rowcount else "lost"
        held.lease_until = values.get("lease_until") or held.lease_until
        return held.state


_RESULTS: dict[type, str] = {
    Receipt: "accepted",
    Rejected: "rejected",
    Deferred: "deferred",
    Uncertain: "uncertain",
    ChannelDown: "channel_down",
}

_IN_TURN = (Outbox.priority, Outbox.due_at, Outbox.id)
_TO_TRY_WITH = (
    # Another one each time: should it be the letter and not the channel, the others get through.
    select(func.count())
    .where(Attempt.outbox_id == Outbox.id, Attempt.result == "channel_down")
    .scalar_subquery(),
    *_IN_TURN,
)


_LOST_BEFORE = (
    select(func.count())
    .where(Attempt.outbox_id == Outbox.id, Attempt.result == "uncertain")
    .scalar_subquery()
)
_MAY_GO = or_(
    Outbox.state == "pending",
    and_(Outbox.state == "uncertain", _LOST_BEFORE <= UNCERTAIN_RESENDS),
)
_MAY_GO_NOW = (
    select(Outbox.id)
    .where(WAITING, Outbox.due_at <= bindparam("now"), _MAY_GO)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_DUE = _MAY_GO_NOW.order_by(*_IN_TURN)
_DUE_TO_TRY_WITH = _MAY_GO_NOW.order_by(*_TO_TRY_WITH)


def backoff(attempts: int, chance: random.Random) -> timedelta:
    """How long a letter deferred after `attempts` earlier tries waits: doubling, and spread."""
    doubled: int = 2 ** min(attempts, 16)
    return min(LONGEST_DELAY, FIRST_DELAY * doubled) * chance.uniform(0.75, 1.25)


def take_back_all(connection: Connection, now: datetime) -> None:
    """What any worker held, in a memory that no worker has open: it is as if all had vanished."""
    _take_back(connection, now, _HELD)


def _take_back_what_was_left(connection: Connection, now: datetime) -> None:
    """What a worker held when it vanished."""
    _take_back(connection, now, _HELD_TOO_LONG)


_HELD = (
    select(Outbox.id, Outbox.state)
    .where(WAITING, Outbox.state.in_(("claimed", "sending")))
    .with_for_update(skip_locked=True)
)
_HELD_TOO_LONG = _HELD.where(Outbox.lease_until < bindparam("now"))


def _take_back(connection: Connection, now: datetime, which: Select[tuple[int, str]]) -> None:
    """Letters in a worker's hands: claimed is pending again, sending is uncertain."""
    left = connection.execute(which, {"now": now}).all()
    becomes: dict[str, dict[str, Any]] = {
        "claimed": {"state": "pending"},
        "sending": {"state": "uncertain", "due_at": now + UNCERTAIN_DELAY},
    }
    for letter in left:
        connection.execute(
            update(Outbox).where(Outbox.id == letter.id).values(**becomes[letter.state], **FREE)
        )
        if letter.state == "sending":
            _note_attempt(connection, letter.id, now, "uncertain", reply="the worker vanished")


def _last_check(connection: Connection, row: Row[Any], now: datetime) -> tuple[str, str | None]:
    """`sending`, or the state the letter ends in instead, and why."""
    if row.expires_at is not None and row.expires_at <= now:
        return "expired", None
    suppressed = connection.scalar(
        select(Suppression.reason).where(Suppression.email_folded == row.to_email.casefold())
    )
    if suppressed is not None:
        return "suppressed", suppressed
    if not still_makes_sense(connection, row):
        return "cancelled", str(NO_LONGER)
    if (why := overtaken(connection, row, now)) is not None:
        return "cancelled", str(why)
    return "sending", None


def _papers(connection: Connection, ids: Sequence[int]) -> list[Attachment]:
    """The papers that go with a letter, in the order given; Unsayable when one is not kept."""
    kept = connection.execute(
        select(PaperKept.id, PaperKept.filename, PaperKept.media_type, PaperKept.body).where(
            PaperKept.id.in_(ids)
        )
    )
    found = {paper.id: Attachment(paper.filename, paper.media_type, paper.body) for paper in kept}
    if missing := set(ids) - set(found):
        raise Unsayable(f"papers {sorted(missing)} are not kept")
    return [found[paper] for paper in ids]


def _note_attempt(
    connection: Connection,
    letter: int,
    at: datetime,
    result: str,
    *,
    code: int | None = None,
    enhanced: str | None = None,
    reply: str | None = None,
) -> None:
    connection.execute(
        insert(Attempt).values(
            outbox_id=letter, at=at, result=result, code=code, enhanced=enhanced, reply=reply
        )
    )


def _note_reached(connection: Connection, row: Row[Any], reach: Reach, now: datetime) -> None:
    """Every line of the distribution list that this letter serves has reached its relay."""
    if row.letter != Letter.DISTRIBUTION:
        return
    same_reader = or_(
        Recipient.id == row.recipient_id,
        func.lower(Recipient.email) == row.to_email.lower(),
    )
    connection.execute(
        update(Recipient)
        .where(Recipient.charter_id == row.charter_id, same_reader, STILL_UNREACHED)
        .values(outcome=reach, outcome_at=now, outcome_note=None)
    )
