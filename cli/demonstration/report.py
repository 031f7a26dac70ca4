"""What the demonstration leaves in report.json: acts, letters, refusals."""

from typing import Any

from sqlalchemy import Connection, select

from cli.edge import LANGUAGE
from models.tables import Charter, Journal, Outbox
from notifications.recipients import WHY
from statemachine.vocabulary import Audience, State


def acts(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(Journal, Charter.title)
        .outerjoin(Charter, Journal.charter_id == Charter.id)
        .where(Journal.version.is_not(None))
        .order_by(Journal.id)
    )
    return [
        {
            "date": row.day,
            "charter": row.charter_id,
            "title": row.title,
            "act": row.act,
            "by": row.name,
            "role": row.role,
            "stood": row.stood if row.stood != State.UNWRITTEN else None,
            "becomes": row.becomes,
            "reason": row.reason,
        }
        for row in rows
    ]


def letters(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(
            Outbox.day,
            Outbox.letter,
            Outbox.stage,
            Outbox.charter_id,
            Outbox.to_name,
            Outbox.to_email,
            Outbox.facts,
            Outbox.state,
        ).order_by(Outbox.id)
    )
    return [
        {
            "date": row.day,
            "letter": row.letter,
            "stage": row.stage,
            "charter": row.charter_id,
            "to": row.to_name,
            "email": row.to_email,
            "role": row.facts["reader"]["role"],
            "reason": WHY[Audience(row.facts["reader"]["role"])].in_(LANGUAGE),
            "state": row.state,
        }
        for row in rows
    ]
