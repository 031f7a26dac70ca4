"""The alarm: what is late is written of to the administrators, once a day for each cause."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from casework.letters import first_to_reach, letter_to
from casework.matter import Matter, Sitting
from casework.sweep import Swept
from casework.watch import CHANNEL, LETTERS, Awaited, Late, what_is_late
from models.directory import Directory
from notifications.facts import Alarm, Spoken
from notifications.outbox import post
from statemachine.calendar import DAY
from statemachine.vocabulary import Audience, Letter

TOLD_FIRST = (Audience.ADMINISTRATOR, Audience.REGISTRY_KEEPER)


def alarm(
    connection: Connection, at: Sitting, awaited: Iterable[Awaited], more: Iterable[Late] = ()
) -> Swept:
    """Write of everything that is late, and of what else has come to be known.

    Each reader gets one letter a day for each cause, however often this is called. While letters
    stand still none is written of that: none would arrive, and once they leave again the channel
    tells it itself.
    """
    at = at.by_the_calendar()
    late = (*what_is_late(connection, at.now, awaited, at.settings), *more)
    if any(one.cause == CHANNEL for one in late):
        late = tuple(one for one in late if one.cause not in (CHANNEL, LETTERS))
    matter = Matter(connection, None, at, Directory(connection, at.today))
    readers = first_to_reach(TOLD_FIRST, matter, in_place_of=Audience.ADMINISTRATOR)
    letters = [
        replace(
            letter_to(
                reader,
                Letter.ALARM,
                matter,
                stage=f"{one.cause} {at.today}",
                about=None,
                said={"alarm": _alarm(one, at)},
            ),
            # Tomorrow there is a new one, or nothing to alarm of.
            expires_at=at.now + DAY,
        )
        for one in late
        for reader in readers
    ]
    posted = post(connection, letters, now=at.now, today=at.today, domain=at.settings.mail_domain)
    return Swept(looked_at=len(late), letters=posted)


def _alarm(late: Late, at: Sitting) -> Alarm:
    return Alarm(
        cause=late.cause,
        what=Spoken(sv=late.what.sv, en=late.what.en),
        since=late.since.astimezone(at.settings.timezone),
    )
