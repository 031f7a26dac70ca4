"""Two groups: one with a draft nobody touches, one with a charter about to run out."""

from datetime import UTC, date, datetime

from sqlalchemy import Connection, Engine, select

from casework import door
from casework.matter import Sitting
from casework.organisation import load, read_organisation
from casework.papers import NoPress
from casework.settings import Settings
from models.directory import Directory
from models.document import Document
from models.session import transaction
from models.tables import Charter, Group
from statemachine.vocabulary import Act

BEGUN = date(2026, 5, 4)
ENDS = date(2026, 12, 31)
RUN_OUT = date(2027, 1, 1)
REMINDED = date(2026, 5, 19)
"""Ten working days after the draft was begun, Ascension Day not among them."""

ORGANISATION = """\
organisation: {name: Region Sjöviken, abbreviation: RS}
administrations: [Sjukhuset, Kansliet]
people:
  - {key: anna.ek, name: Anna Ek, email: anna.ek@sjoviken.example, administration: Sjukhuset}
  - {key: bo.ask, name: Bo Ask, email: bo.ask@sjoviken.example, administration: Kansliet}
  - {key: cia.lund, name: Cia Lund, email: cia.lund@sjoviken.example}
duties:
  administrator: [{person: cia.lund, from: 2024-01-01}]
  handler: [{person: anna.ek, from: 2024-01-01}]
  registry_keeper: [{person: cia.lund, from: 2024-01-01}]
offices:
  - key: direktor
    name: Direktör
    holders: [{person: bo.ask, from: 2020-01-01}]
    authority: [{may: decide, basis: Punkt 1, from: 2020-01-01}]
groups:
  - {key: syn, name: Synrådet, from: 2020-01-01}
  - key: horsel
    name: Hörselrådet
    from: 2020-01-01
    seats: [{seat: coordinator, person: anna.ek, from: 2020-01-01}]
"""


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def something_due(engine: Engine) -> None:
    """A draft begun on 4 May 2026, and a charter in force through the end of that year."""
    with transaction(engine) as connection:
        organisation = read_organisation(ORGANISATION, "organisation.yaml")
        load(connection, organisation, by="cia.lund", today=BEGUN, now=noon(BEGUN))
        door.carry_out(
            connection,
            None,
            Act.DRAFT,
            at=_sitting(connection, "anna.ek"),
            group_id=_group(connection, "syn"),
            document=Document(kind="charter", title="Uppdrag för Synrådet"),
        )
        door.carry_out(
            connection,
            None,
            Act.RECORD,
            at=_sitting(connection, "cia.lund"),
            group_id=_group(connection, "horsel"),
            document=Document(
                kind="charter",
                title="Uppdrag för Hörselrådet",
                registry_number="RS 2022-00017",
            ),
            decided_on=date(2022, 1, 1),
            decided_by="Bo Ask",
            decided_as="Direktör",
            valid_from=date(2022, 1, 1),
            valid_through=ENDS,
        )


def states(engine: Engine) -> dict[str, str]:
    """Each charter's title, and where it stands."""
    with transaction(engine) as connection:
        return {row.title: row.state for row in connection.execute(select(Charter))}


def _sitting(connection: Connection, who: str) -> Sitting:
    return Sitting(
        by=Directory(connection, BEGUN).found(who),
        now=noon(BEGUN),
        today=BEGUN,
        settings=Settings(),
        press=NoPress(),
    )


def _group(connection: Connection, key: str) -> int:
    return int(connection.execute(select(Group.id).where(Group.key == key)).scalar_one())
