"""Rows as the door writes them, for proofs of what the database itself refuses."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from models.document import content_hash
from models.tables import (
    Attempt,
    Authority,
    Base,
    Charter,
    Conflict,
    Content,
    Decision,
    DutyHeld,
    Group,
    Journal,
    Office,
    Opinion,
    Outbox,
    PaperKept,
    Person,
    Recipient,
    SeatHeld,
    StandIn,
    Subject,
    Tenure,
)
from statemachine.vocabulary import Act, Duty, Letter, Paper, Role, Seat, State

NOW = datetime(2026, 6, 17, 8, 30, tzinfo=UTC)
TODAY = date(2026, 6, 17)
LAST_DAY = date(2031, 6, 17)


def row(connection: Connection, table: type[Base], **columns: Any) -> int:
    """Insert a row and return its number."""
    mapped = table.__table__
    assert isinstance(mapped, Table)
    return int(
        connection.execute(insert(mapped).values(**columns).returning(mapped.c.id)).scalar_one()
    )


def person(connection: Connection, key: str = "anna", **columns: Any) -> int:
    name = key.capitalize() + " Ek"
    email = f"{key}@sjoviken.example"
    return row(
        connection,
        Person,
        **{
            "key": key,
            "name": name,
            "name_folded": name.casefold(),
            "email": email,
            "email_folded": email,
            **columns,
        },
    )


def office(connection: Connection, key: str = "utvecklingsdirektor") -> int:
    name = key.capitalize()
    return row(connection, Office, key=key, name=name, name_folded=name.casefold())


def group(connection: Connection, key: str = "vard", **columns: Any) -> int:
    name = f"Samordningsråd {key}"
    folded = name.casefold()
    stands = {"key": key, "name": name, "name_folded": folded, "starts_on": date(2020, 1, 1)}
    return row(connection, Group, **{**stands, **columns})


def subject(connection: Connection, key: str = "vard") -> int:
    return row(connection, Subject, group_id=group(connection, key))


def content(connection: Connection, text: str = "{}") -> str:
    key = content_hash(text)
    if connection.execute(select(Content.hash).where(Content.hash == key)).first() is None:
        connection.execute(insert(Content).values(hash=key, document=text))
    return key


def charter(connection: Connection, about: int, state: State = State.DRAFT, **columns: Any) -> int:
    """A charter as it begins: a draft, or one recorded with its dates."""
    return row(
        connection,
        Charter,
        **{
            "kind": "charter",
            "subject_id": about,
            "title": "Uppdragshandling",
            "content_hash": content(connection),
            "state": state,
            **columns,
        },
    )


def recorded(
    connection: Connection,
    about: int,
    valid_from: date = TODAY,
    ends_on: date | None = LAST_DAY,
    **columns: Any,
) -> int:
    """A decided charter, in force between two days."""
    return charter(
        connection,
        about,
        State.DISTRIBUTED,
        **{
            "decided_on": valid_from,
            "valid_from": valid_from,
            "valid_through": ends_on,
            "ends_on": ends_on,
            **columns,
        },
    )


def journalled(connection: Connection, charter_id: int, becomes: State, **entry: Any) -> None:
    """The journal row of the act that comes next."""
    stands = connection.execute(
        select(Charter.state, Charter.version).where(Charter.id == charter_id)
    ).one()
    connection.execute(
        insert(Journal).values(
            **{
                "at": NOW,
                "day": TODAY,
                "charter_id": charter_id,
                "version": stands.version + 1,
                "act": Act.EDIT,
                "name": "Anna Ek",
                "role": Role.HANDLER,
                "stood": stands.state,
                "becomes": becomes,
                "details": {},
                **entry,
            }
        )
    )


def moved(connection: Connection, charter_id: int, becomes: State, **columns: Any) -> None:
    """Take the charter to another state, with its journal row."""
    journalled(connection, charter_id, becomes)
    changed(connection, charter_id, state=becomes, version=Charter.version + 1, **columns)


def changed(connection: Connection, charter_id: int, **columns: Any) -> None:
    connection.execute(update(Charter).where(Charter.id == charter_id).values(**columns))


def decision(connection: Connection, charter_id: int, **columns: Any) -> int:
    return row(
        connection,
        Decision,
        **{
            "charter_id": charter_id,
            "what": Act.APPROVE,
            "decided_at": NOW,
            "decided_on": TODAY,
            "decided_by": "Anna Ek",
            "content_hash": content(connection),
            "conflict": "nej",
            **columns,
        },
    )


def paper(connection: Connection, charter_id: int, decision_id: int, **columns: Any) -> int:
    return row(
        connection,
        PaperKept,
        **{
            "charter_id": charter_id,
            "decision_id": decision_id,
            "paper": Paper.DECISION,
            "media_type": "application/pdf",
            "filename": "uppdragshandling.pdf",
            "sha256": "0" * 64,
            "body": b"%PDF",
            "written_at": NOW,
            **columns,
        },
    )


def approved(connection: Connection, about: int, **columns: Any) -> int:
    """A charter that has lived from draft through review to its decision."""
    number = charter(connection, about)
    moved(connection, number, State.REVIEW)
    paper(connection, number, decision(connection, number))
    dates = {
        "decided_on": TODAY,
        "valid_from": TODAY,
        "valid_through": LAST_DAY,
        "ends_on": LAST_DAY,
    }
    moved(connection, number, State.APPROVED, **{**dates, **columns})
    return number


def one_row_of_each(connection: Connection) -> None:
    """A memory in which every table that is kept for ever has something to keep."""
    someone, desk, about = person(connection), office(connection), subject(connection)
    number = approved(connection, about)
    held = {"person_id": someone, "from_": TODAY}
    row(connection, Tenure, office_id=desk, **held)
    row(connection, StandIn, office_id=desk, **held)
    row(connection, DutyHeld, duty=Duty.HANDLER, **held)
    row(connection, SeatHeld, group_id=group(connection, "halsa"), seat=Seat.CHAIR, **held)
    row(connection, Authority, office_id=desk, may="decide", basis="Delegation 4.1", from_=TODAY)
    row(connection, Conflict, charter_id=number, round=1, person_id=someone, declared_at=NOW)
    row(
        connection,
        Opinion,
        charter_id=number,
        round=1,
        reviewer_id=someone,
        asked_by_id=someone,
        asked_at=NOW,
    )
    row(
        connection,
        Recipient,
        charter_id=number,
        place=1,
        who="Registrator",
        name="Anna Ek",
        email="anna@sjoviken.example",
        language="sv",
    )
    letter = row(
        connection,
        Outbox,
        dedupe_key="1",
        message_id="<1@sjoviken.example>",
        letter=Letter.OUTCOME,
        to_name="Anna Ek",
        to_email="anna@sjoviken.example",
        language="sv",
        facts={},
        day=TODAY,
        created_at=NOW,
        due_at=NOW,
    )
    row(connection, Attempt, outbox_id=letter, at=NOW, result="sent")
