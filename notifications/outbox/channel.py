"""The channel's pause: when no letter would get through, all workers wait and one tries."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, literal, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from models.tables import Attempt, Channel, Moment, Outbox
from notifications.carriers import ChannelDown
from notifications.facts import Standstill
from notifications.outbox.posting import LEASE, WAITING
from notifications.outbox.telling import Told, tell

MAIL = "mail"
"""The one channel there is."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))
"""How long the channel is left alone, the last of them again and again."""
UNTIL_SOMEONE_SAYS = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of a pause that no worker ends by itself."""
ALARM_AFTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
LATE_MARKS = 100
"""How far from its place in time an attempt's number can lie, at most."""

RUNNING: dict[str, Any] = {
    "down_since": None,
    "paused_until": None,
    "probes": 0,
    "prober": None,
    "code": None,
    "reply": None,
    "alarmed_at": None,
}


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel that is paused: since when, until when, and why."""

    since: datetime
    until: datetime
    reply: str
    code: int | None
    waiting: int
    """How many letters wait."""
    is_alarming: bool
    """Whether it has stood still for so long that people should know."""

    @property
    def is_held(self) -> bool:
        """Whether it stands still until someone says otherwise."""
        return self.until >= UNTIL_SOMEONE_SAYS


class Paused(ChannelDown):
    """No letter gets through, and the channel is left alone for a while."""

    def __init__(self, pause: Pause) -> None:
        super().__init__(pause.reply, pause.code)
        self.pause = pause


@dataclass(slots=True)
class Way:
    """The way out, as one worker knows it."""

    worker: str
    told: Told
    chance: random.Random
    per_minute: int | None = None
    alarm_after: timedelta = ALARM_AFTER
    is_probing: bool = False
    """Whether this worker is the one that tries whether letters get through again."""
    seen: Row[Any] | None = None
    """The channel's row as it last looked, while the channel was down."""

    def look(self, connection: Connection, now: datetime) -> Pause | None:
        """The pause this worker must respect; None when it may claim letters, or try with one."""
        row = _row(connection)
        self.seen = row if row is not None and row.down_since is not None else None
        if self.seen is None:
            self.is_probing = False
            return None
        self._alarm(connection, self.seen, now)
        self.is_probing = self.seen.prober == self.worker and self.seen.paused_until > now
        if self.is_probing or self.seen.paused_until <= now:
            return None
        return pause_of(connection, self.seen, now, self.alarm_after)

    def most(self, connection: Connection, count: int, now: datetime) -> int:
        """How many of `count` letters may be claimed now: one to try with, or what the rate lets.

        With a rate, no other worker counts until the transaction ends.
        """
        if self.seen is not None:
            count = 1
        if self.per_minute is None:
            return count
        return min(count, self.per_minute - len(self._counted(connection, now)))

    def try_out(self, connection: Connection, now: datetime) -> bool:
        """Be the one that tries, now that the pause has run out; False when another one is.

        True as well when there is nothing to try: the channel runs.
        """
        if self.seen is None or self.is_probing:
            return True
        taken = connection.execute(
            update(Channel)
            .where(Channel.name == MAIL, Channel.paused_until == self.seen.paused_until)
            .values(prober=self.worker, paused_until=now + LEASE)
        )
        self.is_probing = taken.rowcount == 1
        return self.is_probing

    def again_at(self, connection: Connection, now: datetime) -> datetime:
        """When the rate lets the next letter go."""
        assert self.per_minute is not None
        counted = sorted(self._counted(connection, now))
        return counted[max(0, len(counted) - self.per_minute)] + MINUTE

    def _counted(self, connection: Connection, now: datetime) -> list[datetime]:
        """When each letter that counts against the rate left; those in someone's hands, now."""
        assert self.per_minute is not None
        _lock(connection)
        # By number, since that needs no index of its own: the last are the latest, but for one
        # whose worker was slow to write down what it had been answered.
        latest = (
            select(Attempt.at)
            .order_by(Attempt.id.desc())
            .limit(self.per_minute + LATE_MARKS)
            .subquery()
        )
        in_hand = select(literal(now, Moment())).where(
            WAITING, Outbox.state.in_(("claimed", "sending"))
        )
        # In one question: a letter may leave a worker's hands between two.
        counted = connection.scalars(union_all(select(latest.c.at), in_hand))
        return [at for at in counted if at > now - MINUTE]

    def is_down(self, connection: Connection, fault: ChannelDown, now: datetime) -> Pause:
        """No letter got through: pause the channel, longer each time it is tried in vain."""
        row = _lock(connection)
        if row.down_since is None or row.prober == self.worker:
            probes = row.probes + 1 if row.prober == self.worker else 0
            connection.execute(
                update(Channel)
                .where(Channel.name == MAIL)
                .values(
                    down_since=row.down_since or now,
                    paused_until=now + pause_after(probes, self.chance),
                    probes=probes,
                    prober=None,
                    code=fault.code,
                    reply=fault.reply,
                )
            )
            row = _lock(connection)
            self._alarm(connection, row, now)
        self.is_probing = False
        return pause_of(connection, row, now, self.alarm_after)

    def got_through(self, connection: Connection, now: datetime) -> None:
        """The letter that was tried with was answered: the channel runs again."""
        row = _lock(connection)
        if row.prober != self.worker:
            return
        connection.execute(update(Channel).where(Channel.name == MAIL).values(**RUNNING))
        if now - row.down_since >= self.alarm_after:
            self.told.runs_again(connection, _standstill(connection, row, again_at=now), now)
        self.is_probing = False

    def let_go(self, connection: Connection, now: datetime) -> None:
        """Leave it to another to try: this worker found no letter to try with."""
        self.is_probing = False
        connection.execute(
            update(Channel)
            .where(Channel.name == MAIL, Channel.prober == self.worker)
            .values(prober=None, paused_until=now)
        )

    def _alarm(self, connection: Connection, row: Row[Any], now: datetime) -> None:
        """Tell once, as soon as anyone sees that it has stood still too long."""
        if row.alarmed_at is not None or now - row.down_since < self.alarm_after:
            return

        def alarm() -> None:
            first = connection.execute(
                update(Channel)
                .where(Channel.name == MAIL, Channel.alarmed_at.is_(None))
                .values(alarmed_at=now)
            )
            if first.rowcount:
                self.told.stands_still(connection, _standstill(connection, row), now)

        tell(connection, alarm)


def pause_after(probes: int, chance: random.Random) -> timedelta:
    """How long a channel tried in vain so many times is left alone: growing, and spread."""
    return PAUSES[min(probes, len(PAUSES) - 1)] * chance.uniform(0.75, 1.25)


def pause_now(
    connection: Connection, now: datetime, alarm_after: timedelta = ALARM_AFTER
) -> Pause | None:
    """The channel's pause, for whoever asks; None while it runs."""
    row = _row(connection)
    if row is None or row.down_since is None:
        return None
    return pause_of(connection, row, now, alarm_after)


def hold(connection: Connection, now: datetime, why: str) -> None:
    """Let no letter leave until someone says so, whatever the channel did before."""
    _lock(connection)
    held = {**RUNNING, "down_since": now, "paused_until": UNTIL_SOMEONE_SAYS, "reply": why}
    connection.execute(update(Channel).where(Channel.name == MAIL).values(**held))


def end_pause(connection: Connection, now: datetime) -> bool:
    """Let the next worker try at once, rather than when the pause runs out; False if it runs.

    What was held until someone said so runs again: nothing was wrong with it.
    """
    released = connection.execute(
        update(Channel)
        .where(Channel.name == MAIL, Channel.paused_until >= UNTIL_SOMEONE_SAYS)
        .values(**RUNNING)
    )
    if released.rowcount:
        return True
    ended = connection.execute(
        update(Channel)
        .where(Channel.name == MAIL, Channel.down_since.is_not(None), Channel.prober.is_(None))
        .values(paused_until=now)
    )
    return bool(ended.rowcount)


def pause_of(connection: Connection, row: Row[Any], now: datetime, alarm_after: timedelta) -> Pause:
    return Pause(
        since=row.down_since,
        until=row.paused_until,
        reply=row.reply or "",
        code=row.code,
        waiting=how_many_wait(connection),
        is_alarming=now - row.down_since >= alarm_after,
    )


def how_many_wait(connection: Connection) -> int:
    """How many letters are still to leave."""
    return int(
        connection.execute(select(func.count()).select_from(Outbox).where(WAITING)).scalar_one()
    )


def _standstill(
    connection: Connection, row: Row[Any], again_at: datetime | None = None
) -> Standstill:
    return Standstill(
        since=row.down_since,
        reply=row.reply,
        waiting=how_many_wait(connection),
        again_at=again_at,
    )


_CHANNEL = select(Channel.__table__).where(Channel.name == MAIL)


def _row(connection: Connection) -> Row[Any] | None:
    return connection.execute(_CHANNEL).first()


def _lock(connection: Connection) -> Row[Any]:
    """The channel's row, made when there is none, and held until the transaction ends."""
    found = connection.execute(_CHANNEL.with_for_update()).first()
    if found is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(
            dialect.insert(Channel).values(name=MAIL, probes=0).on_conflict_do_nothing()
        )
        found = connection.execute(_CHANNEL.with_for_update()).one()
    return found
