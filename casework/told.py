"""What delivery finds out, and what follows: letters undelivered, letters that stand still."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from casework.letters import first_to_reach, letter_to
from casework.matter import Matter, Sitting
from casework.undelivered import undelivered
from casework.writing import note
from models.directory import Directory
from notifications.facts import Standstill
from notifications.outbox import post
from notifications.outbox.telling import How
from statemachine.vocabulary import Audience, Letter, Role

STANDS_STILL, RUNS_AGAIN = "letters-stand-still", "letters-run-again"
"""What the journal calls it."""


@dataclass(frozen=True, slots=True)
class ToldByDelivery:
    """Hears of it in the transaction that marks it, sitting as the calendar."""

    sitting: Callable[[datetime], Sitting]

    def undelivered(
        self, connection: Connection, letter: Row[Any], why: str, how: How, now: datetime
    ) -> None:
        undelivered(connection, letter, why, self.sitting(now), how)

    def stands_still(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        """Journal it: no letter would get through to tell anyone."""
        matter = _about_no_charter(connection, self.sitting(now))
        _note(matter, STANDS_STILL, _in_zone(standstill, matter))

    def runs_again(self, connection: Connection, standstill: Standstill, now: datetime) -> None:
        """Journal it, and write to the administrators of what was."""
        matter = _about_no_charter(connection, self.sitting(now))
        was = _in_zone(standstill, matter)
        _note(matter, RUNS_AGAIN, was)
        readers = first_to_reach(
            (Audience.ADMINISTRATOR, Audience.REGISTRY_KEEPER),
            matter,
            in_place_of=Audience.ADMINISTRATOR,
        )
        post(
            connection,
            [
                letter_to(
                    reader,
                    Letter.STANDSTILL,
                    matter,
                    stage=was.since.isoformat(),
                    about=None,
                    said={"standstill": was},
                )
                for reader in readers
            ],
            now=now,
            today=matter.today,
            domain=matter.sitting.settings.mail_domain,
        )


def _about_no_charter(connection: Connection, at: Sitting) -> Matter:
    at = at.by_the_calendar()
    return Matter(connection, None, at, Directory(connection, at.today))


def _in_zone(standstill: Standstill, matter: Matter) -> Standstill:
    """Its moments in the organisation's own zone."""
    zone = matter.sitting.settings.timezone
    again_at = standstill.again_at
    return standstill.model_copy(
        update={
            "since": standstill.since.astimezone(zone),
            "again_at": again_at.astimezone(zone) if again_at else None,
        }
    )


def _note(matter: Matter, act: str, standstill: Standstill) -> None:
    note(
        matter,
        act,
        Role.CALENDAR,
        reason=standstill.reply,
        details=standstill.model_dump(mode="json", exclude={"reply"}),
    )
