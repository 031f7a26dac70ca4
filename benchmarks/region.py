"""Where it is measured: the sample region, with a coordination council for every charter."""

from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from casework.door import carry_out
from casework.matter import Sitting
from casework.organisation import load, read_organisation_file
from casework.papers import NoPress
from casework.settings import Settings
from documents import read
from models.directory import Directory
from models.document import Document
from models.session import transaction
from models.tables import Group, SeatHeld
from statemachine.vocabulary import Act

SAMPLES = Path(__file__).parents[1] / "samples"
COUNCIL = "Samordningsråd rörelseorganen"
TODAY = date(2026, 6, 1)
"""A Monday, and no holiday."""


def sitting(connection: Connection, who: str | None, day: date = TODAY) -> Sitting:
    """Someone of the region at work, who writes no papers; the calendar when it is nobody."""
    settings = Settings()
    return Sitting(
        by=Directory(connection, day).found(who) if who else None,
        now=datetime.combine(day, time(9), settings.timezone),
        today=day,
        settings=settings,
        press=NoPress(),
    )


def drafts(engine: Engine, count: int) -> list[int]:
    """Load the region, and draft a charter of its own for each of `count` councils."""
    with transaction(engine) as connection:
        load(
            connection,
            read_organisation_file(SAMPLES / "organisation.yaml"),
            by="astrid.wall",
            today=TODAY,
            now=sitting(connection, None).now,
        )
        handler = sitting(connection, "sara.nyberg")
        return [
            carry_out(
                connection,
                None,
                Act.DRAFT,
                at=handler,
                group_id=_council(connection, called),
                document=charter_of(called),
            ).charter_id
            for called in (f"Samordningsråd {number}" for number in range(count))
        ]


def charter_of(council: str) -> Document:
    """The sample charter, as another council would have it."""
    text = (SAMPLES / "rorelseorganen.md").read_text(encoding="utf-8")
    return read(text.replace(COUNCIL, council).encode(), "charter.md").document


def _council(connection: Connection, name: str) -> int:
    """A new group, with the same people in its seats as the sample's."""
    like = connection.execute(select(Group).where(Group.name == COUNCIL)).one()
    group = connection.execute(
        insert(Group)
        .values(key=name, name=name, name_folded=name.casefold(), starts_on=like.starts_on)
        .returning(Group.id)
    ).scalar_one()
    seats = connection.execute(
        select(SeatHeld.seat, SeatHeld.person_id, SeatHeld.from_, SeatHeld.through).where(
            SeatHeld.group_id == like.id
        )
    )
    connection.execute(insert(SeatHeld), [{"group_id": group, **seat._mapping} for seat in seats])
    return int(group)
