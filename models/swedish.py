"""Swedish order and search: å, ä and ö come last, in that order, whatever the database thinks."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, collate, func


def in_swedish_order(connection: Connection, folded: Any) -> ColumnElement[str]:
    """What to order by, of a column that is casefolded.

    Databases sort by code point (ä before å) or by a locale of their own. The letters are written
    as what sorts after z, and what comes out is compared byte by byte.
    """
    for place, letter in enumerate("åäö"):
        folded = func.replace(folded, letter, f"{{{place}")
    ordered: ColumnElement[str] = folded
    return collate(ordered, "C") if connection.dialect.name == "postgresql" else ordered


def holds(folded: Any, said: str) -> ColumnElement[bool]:
    """Whether the casefolded column holds what someone wrote, however they cased it."""
    like = said.strip().casefold()
    for special in ("\\", "%", "_"):
        like = like.replace(special, f"\\{special}")
    held: ColumnElement[bool] = folded.like(f"%{like}%", escape="\\")
    return held
