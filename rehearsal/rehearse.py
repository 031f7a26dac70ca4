"""Rehearsing: what the calendar would do from now until a day, done to a copy of memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, func, select, update

from casework.invariants import Broken, broken
from casework.matter import Sitting
from casework.papers import NoPress
from casework.settings import Settings
from casework.sweep import Swept, next_wake
from casework.told import ToldByDelivery
from models.session import reading, transaction
from models.tables import Channel, Charter, Group, Journal, Outbox
from notifications.carriers.recording import RecordingCarrier
from notifications.compose import Sender
from notifications.outbox import deliver
from notifications.outbox.channel import RUNNING
from rehearsal.looking import look
from statemachine.calendar import Calendar

DAY = timedelta(days=1)
AT_SEVEN = time(7)
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Happened:
    """An act that the calendar would do, or a letter that it would skip, and why."""

    day: date
    what: str
    charter: int | None
    about: str | None
    becomes: str | None
    reason: str | None
    stage: str | None = None
    letter: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A letter that would be written, and what would come of it."""

    day: date
    letter: str
    stage: str
    charter: int | None
    about: str | None
    to_name: str
    to_email: str
    role: str
    state: str


@dataclass(slots=True)
class Rehearsed:
    """What would happen from one day through another, if nobody did anything."""

    begins: date
    until: date
    days: list[date] = field(default_factory=list)
    """The days on which the calendar would do anything."""
    acts: list[Happened] = field(default_factory=list)
    skipped: list[Happened] = field(default_factory=list)
    letters: list[Written] = field(default_factory=list)
    carried: int = 0
    """Letters that the carrier was handed."""
    put_off: int = 0
    broken: list[Broken] = field(default_factory=list)


def rehearse(
    copy: Engine,
    settings: Settings,
    *,
    now: datetime,
    until: date,
    watch: Callable[[date], None] = lambda _day: None,
) -> Rehearsed:
    """Jump from one day on which anything is due to the next, and do it; every letter is caught.

    To be called with a copy. The clock is the copy's own: it begins now, and then is seven in the
    morning of each day. `watch` hears of every day.
    """
    carrier = RecordingCarrier()
    with transaction(copy) as connection:
        connection.execute(update(Channel).values(**RUNNING))
    today = now.astimezone(settings.timezone).date()
    done = Rehearsed(today, until)
    seen = _last_rows(copy)
    for day in _days(copy, settings.calendar, today, until):
        at = _sitting(settings, day, now)
        swept: Swept = look(copy, at)
        done.days.append(day)
        done.put_off += swept.put_off
        deliver(
            copy,
            carrier,
            now=lambda at=at: at.now,  # type: ignore[misc]
            sender=Sender.of(
                settings.mail_from, domain=settings.mail_domain, accent=settings.accent
            ),
            worker="rehearsal",
            limit=1_000_000,
            told=ToldByDelivery(lambda _now, at=at: at),  # type: ignore[misc]
        )
        watch(day)
    done.carried = len(carrier.carried)
    with reading(copy) as connection:
        done.acts, done.skipped = _happened(connection, seen[0])
        done.letters = list(_written(connection, seen[1]))
        looked_on = done.days[-1] if done.days else None
        done.broken = broken(connection, settings.calendar, looked_on=looked_on)
    return done


def _days(copy: Engine, calendar: Calendar, today: date, until: date) -> Iterator[date]:
    """Today, and then every day on which the calendar wakes or a digest is due; each once."""
    day = today
    while day <= until:
        yield day
        with reading(copy) as connection:
            wakes = next_wake(connection)
        digest_on = calendar.next_digest_on(day)
        day = max(min(wakes or digest_on, digest_on), day + DAY)


def _sitting(settings: Settings, day: date, now: datetime) -> Sitting:
    at = max(now, datetime.combine(day, AT_SEVEN, settings.timezone))
    return Sitting(by=None, now=at, today=day, settings=settings, press=NoPress())


def _last_rows(copy: Engine) -> tuple[int, int]:
    with reading(copy) as connection:
        return (
            connection.execute(select(func.max(Journal.id))).scalar() or 0,
            connection.execute(select(func.max(Outbox.id))).scalar() or 0,
        )


def _happened(connection: Connection, since: int) -> tuple[list[Happened], list[Happened]]:
    rows = connection.execute(
        select(
            Journal.day,
            Journal.act,
            Journal.charter_id,
            func.coalesce(Charter.title, Group.name).label("about"),
            Journal.becomes,
            Journal.reason,
            Journal.details,
        )
        .outerjoin(Charter, Charter.id == Journal.charter_id)
        .outerjoin(Group, Group.id == Journal.group_id)
        .where(Journal.id > since)
        .order_by(Journal.day, Journal.id)
    )
    acts: list[Happened] = []
    skipped: list[Happened] = []
    for row in rows:
        details = row.details or {}
        happened = Happened(
            row.day,
            row.act,
            row.charter_id,
            row.about,
            row.becomes,
            row.reason,
            details.get("stage"),
            details.get("letter"),
        )
        (skipped if row.act == SKIPPED else acts).append(happened)
    return acts, skipped


def _written(connection: Connection, since: int) -> Iterator[Written]:
    rows = connection.execute(
        select(Outbox, func.coalesce(Charter.title, Group.name).label("about"))
        .outerjoin(Charter, Charter.id == Outbox.charter_id)
        .outerjoin(Group, Group.id == Outbox.group_id)
        .where(Outbox.id > since)
        .order_by(Outbox.day, Outbox.id)
    )
    for row in rows:
        yield Written(
            row.day,
            row.letter,
            row.stage,
            row.charter_id,
            row.about,
            row.to_name,
            row.to_email,
            row.facts["reader"]["role"],
            row.state,
        )
