"""What a look came to, as a table in Prefect: each act, to what, and what it became."""

from collections.abc import Sequence
from typing import Any

from prefect.artifacts import acreate_table_artifact
from sqlalchemy import Connection, Row, func, select

from casework.matter import Sitting
from casework.sweep import Swept
from models.tables import Charter, Group, Journal
from statemachine.vocabulary import Role
from statemachine.words import Language, Words

MOST_ROWS = 200
"""Of more, the first stand in the table; all are in the journal."""

COUNTED = {
    "looked_at": Words("granskade", "looked at"),
    "acts": Words("åtgärder", "acts"),
    "letters": Words("brev i utkorgen", "letters posted"),
    "skipped": Words("brev som hoppades över", "letters skipped"),
    "put_off": Words("kunde inte ses över", "could not be looked at"),
}
WHAT = Words("Vad", "What")
ABOUT = Words("Om", "About")
BECAME = Words("Blev", "Became")
WHY = Words("Skäl", "Why")
MORE = Words("Se mer", "See more")


def last_entry(connection: Connection) -> int:
    """The number of the journal's last entry."""
    return connection.scalar(select(func.max(Journal.id))) or 0


def entries_after(connection: Connection, *, number: int) -> Sequence[Row[Any]]:
    """What the calendar has journalled since that entry, at most as much as a table shows."""
    return connection.execute(
        select(
            Journal.act,
            Journal.becomes,
            Journal.reason,
            Journal.charter_id,
            func.coalesce(Charter.title, Group.name).label("about"),
        )
        .outerjoin(Charter, Charter.id == Journal.charter_id)
        .outerjoin(Group, Group.id == Journal.group_id)
        .where(Journal.id > number, Journal.role == Role.CALENDAR)
        .order_by(Journal.id)
        .limit(MOST_ROWS)
    ).all()


async def report(flow: str, total: Swept, entries: Sequence[Row[Any]], at: Sitting) -> None:
    """Leave the table with the run; the totals stand above it, with a link to the pages."""
    language = at.settings.language
    totals = ", ".join(
        f"{words.in_(language)} {getattr(total, field)}" for field, words in COUNTED.items()
    )
    await acreate_table_artifact(
        table=[_row(entry, language) for entry in entries] or [{WHAT.in_(language): "–"}],
        key=flow,
        description=f"{at.today}: {totals}. [Mandat]({at.settings.pages})",
    )


def _row(entry: Row[Any], language: Language) -> dict[str, str]:
    charter = entry.charter_id
    return {
        WHAT.in_(language): entry.act,
        ABOUT.in_(language): entry.about or "",
        BECAME.in_(language): entry.becomes or "",
        WHY.in_(language): entry.reason or "",
        MORE.in_(language): f"mandat show {charter}" if charter is not None else "",
    }
