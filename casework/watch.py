"""The watch: what is late, asked of memory itself, for whoever runs the service.

An alarm inside the clockwork would stop with it. Here the same question is answered by our own
records, whoever asks: the service's own page, a flow, or a command.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from casework.settings import Settings
from models.tables import STILL_UNREACHED, Channel, Charter, Decision, Outbox, Recipient, Sweep
from notifications.outbox.posting import WAITING
from statemachine.vocabulary import Act, State
from statemachine.words import Words


@dataclass(frozen=True, slots=True)
class Awaited:
    """A flow that must have ended a look after a certain moment."""

    flow: str
    after: datetime
    done_by: tuple[str, ...] = ()
    """Other flows whose looks count as this one's."""


@dataclass(frozen=True, slots=True)
class Late:
    """Something that should have happened by now, and since when it has not."""

    cause: str
    """The same word each time for the same thing: `flow outbox-delivery`, `letters`."""
    what: Words
    since: datetime


LETTERS, CHANNEL = "letters", "channel"

NEVER = Words(
    "Körningen {flow} har inte avslutats sedan {since}; den skulle ha gjort det efter {after}.",
    "The flow {flow} has not ended a run since {since}; it should have after {after}.",
)
LETTERS_WAIT = Words(
    "Brev väntar i utkorgen som skulle ha gått {since}: {count} stycken.",
    "Letters wait in the outbox that should have left {since}: {count} of them.",
)
STANDSTILL = Words(
    "Inga brev har kommit iväg sedan {since}: {reply}",
    "No letter has got through since {since}: {reply}",
)
DISTRIBUTION = Words(
    "Handling {charter} har nått alla på sändlistan sedan {since} men är inte expedierad.",
    "Charter {charter} has reached everyone on its list since {since} but is not distributed.",
)


def what_is_late(
    connection: Connection, now: datetime, awaited: Iterable[Awaited], settings: Settings
) -> tuple[Late, ...]:
    """Everything that is late: looks, letters, distributions, and a channel that stands still."""
    late_after = timedelta(minutes=settings.late_after_minutes)
    return (
        *_looks(connection, awaited, settings),
        *_letters(connection, now - late_after, settings),
        *_distributions(connection, now - late_after, settings),
        *_channels(connection, now, settings),
    )


def late_looks(
    connection: Connection, awaited: Iterable[Awaited]
) -> Iterator[tuple[Awaited, datetime]]:
    """Those of the awaited that are late, and since when each has not looked."""
    # Before the first look of all there was no service, and nothing was to be expected of it.
    first = connection.scalar(select(func.min(Sweep.started_at)))
    for one in awaited:
        if first is None or first > one.after:
            continue
        last = connection.scalar(
            select(func.max(Sweep.finished_at)).where(Sweep.flow.in_((one.flow, *one.done_by)))
        )
        if last is None or last < one.after:
            yield one, last or first


def _looks(
    connection: Connection, awaited: Iterable[Awaited], settings: Settings
) -> Iterator[Late]:
    for one, since in late_looks(connection, awaited):
        said = {"since": _clock_time(since, settings), "after": _clock_time(one.after, settings)}
        yield Late(f"flow {one.flow}", NEVER.about(flow=one.flow, **said), since)


def _letters(connection: Connection, by: datetime, settings: Settings) -> Iterator[Late]:
    oldest, count = connection.execute(
        select(func.min(Outbox.due_at), func.count()).where(
            WAITING, Outbox.state == "pending", Outbox.due_at < by
        )
    ).one()
    if count:
        yield Late(
            LETTERS,
            LETTERS_WAIT.about(since=_clock_time(oldest, settings), count=count),
            oldest,
        )


# Word for word the condition of ix_charters_approved: only then is the index used.
_APPROVED = text(f"charters.state = '{State.APPROVED}'")


def _distributions(connection: Connection, by: datetime, settings: Settings) -> Iterator[Late]:
    unreached = (
        select(Recipient.id)
        .where(
            Recipient.charter_id == Charter.id,
            STILL_UNREACHED,
        )
        .exists()
    )
    decided = (
        select(func.max(Decision.decided_at))
        .where(Decision.charter_id == Charter.id, Decision.what == Act.APPROVE)
        .scalar_subquery()
    )
    reached = (
        select(func.max(Recipient.outcome_at))
        .where(Recipient.charter_id == Charter.id)
        .scalar_subquery()
    )
    since = func.coalesce(reached, decided)
    rows = connection.execute(
        select(Charter.id, since.label("since"))
        .where(_APPROVED, ~unreached, since < by)
        .order_by(Charter.id)
    )
    for row in rows:
        yield Late(
            f"distribution {row.id}",
            DISTRIBUTION.about(charter=row.id, since=_clock_time(row.since, settings)),
            row.since,
        )


def _channels(connection: Connection, now: datetime, settings: Settings) -> Iterator[Late]:
    by = now - timedelta(minutes=settings.standstill_minutes)
    for row in connection.execute(select(Channel).where(Channel.down_since <= by)):
        words = STANDSTILL.about(
            since=_clock_time(row.down_since, settings), reply=row.reply or "–"
        )
        yield Late(CHANNEL, words, row.down_since)


def _clock_time(at: datetime, settings: Settings) -> str:
    return f"{at.astimezone(settings.timezone):%Y-%m-%d %H:%M}"
