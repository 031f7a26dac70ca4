"""Questions asked of memory: what was decided, what is in force, who presented it."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from models.tables import Charter, Decision, Group, Journal
from statemachine.vocabulary import DECIDED, Act

CHARTER = "charter"
"""The kind of document a group needs to be at work."""


def text_in_force(connection: Connection, charter_id: int) -> str:
    """The hash of a decided charter's text: its latest correction, else as decided."""
    corrected = connection.execute(
        select(Decision.content_hash)
        .where(Decision.charter_id == charter_id, Decision.what == Act.CORRECT)
        .order_by(Decision.id.desc())
        .limit(1)
    ).scalar()
    return corrected or str(
        connection.execute(
            select(Charter.content_hash).where(Charter.id == charter_id)
        ).scalar_one()
    )


def presenter_of(connection: Connection, charter_id: int, round_: int) -> str | None:
    """Who presents the case in this round, as its submission named them."""
    details = connection.execute(
        select(Journal.details)
        .where(Journal.charter_id == charter_id, Journal.act == Act.SUBMIT)
        .order_by(Journal.id.desc())
        .limit(1)
    ).scalar()
    return details.get("presenter") if details and round_ else None


def in_force(
    connection: Connection, group_id: int, day: date, kind: str = CHARTER
) -> Row[Any] | None:
    """The charter in force for a group on a day, by its dates; None when there was none.

    Dates are the truth, not the punctuality of a sweep.
    """
    return connection.execute(
        select(Charter).where(
            Charter.group_id == group_id,
            Charter.kind == kind,
            Charter.state.in_(DECIDED),
            Charter.valid_from <= day,
            or_(Charter.ends_on.is_(None), Charter.ends_on >= day),
        )
    ).first()


def group_called(connection: Connection, name: str) -> Row[Any] | None:
    """The group with this key or name, however it is cased."""
    return connection.execute(
        select(Group).where(
            or_(Group.key == name.strip(), Group.name_folded == name.strip().casefold())
        )
    ).first()
