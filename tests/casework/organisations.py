"""A small organisation to load and change, and the days it happens on."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select

import samples
from casework.organisation import Difference, Organisation, load, read_organisation
from models.tables import Base, Journal

TODAY = date(2026, 5, 4)
YESTERDAY = TODAY - timedelta(days=1)
SAMPLE = Path(next(iter(samples.__path__))) / "organisation.yaml"

SMALL = """\
organisation: {name: Region Sjöviken, abbreviation: RS}
administrations: [Sjukhuset, Kansliet]
people:
  - {key: anna.ek, name: Anna Ek, email: anna.ek@sjoviken.example, administration: Sjukhuset}
  - {key: bo.ask, name: Bo Ask, email: bo.ask@sjoviken.example, administration: Kansliet}
  - {key: cia.lund, name: Cia Lund, email: cia.lund@sjoviken.example}
duties:
  administrator:
    - {person: cia.lund, from: 2024-01-01}
offices:
  - key: direktor
    name: Direktör
    holders:
      - {person: bo.ask, from: 2024-01-01}
    stand_ins:
      - {person: anna.ek, from: 2026-07-01, through: 2026-07-31}
    authority:
      - {may: decide, kind: charter, group: rad, basis: Punkt 1, from: 2024-01-01}
groups:
  - key: rad
    name: Rådet
    from: 2024-01-01
    programme_areas: [Höft, Knä]
    seats:
      - {seat: chair, person: anna.ek, from: 2024-01-01}
      - {seat: liaison, vacant: true, from: 2024-01-01}
      - {seat: member, person: bo.ask, from: 2024-01-01}
"""


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def small(*changes: tuple[str, str]) -> Organisation:
    """The small organisation, with pieces of its text exchanged; each must be there."""
    text = SMALL
    for old, new in changes:
        assert old in text, f"{old!r} is not in the small organisation"
        text = text.replace(old, new)
    return read_organisation(text, "small.yaml")


def loaded(
    connection: Connection, organisation: Organisation | None = None, *, on: date = TODAY
) -> Difference:
    """Load an organisation (the small one) as its administrator."""
    return load(connection, organisation or small(), by="cia.lund", today=on, now=noon(on))


def rows(connection: Connection, table: type[Base], **where: Any) -> list[Row[Any]]:
    columns = table.__table__.c
    query = select(table).where(*(columns[name] == value for name, value in where.items()))
    return list(connection.execute(query.order_by(columns["id"])))


def row(connection: Connection, table: type[Base], **where: Any) -> Row[Any]:
    (only,) = rows(connection, table, **where)
    return only


def journalled(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(Journal)).scalar_one()
