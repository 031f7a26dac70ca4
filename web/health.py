"""For those who watch over the service: does it live, and is it ready; if not, why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from models.migrations import is_newest
from models.session import CannotRemember, reading
from statemachine.words import Words
from web.house import House

router = APIRouter()

NO_DATABASE = Words("Databasen går inte att nå: {why}", "The database cannot be reached: {why}")
NOT_MIGRATED = Words(
    "Databasen har inte den form som programmet arbetar i. Starta om tjänsten.",
    "The database does not have the shape this program works in. Start the service again.",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why the service is not ready; the same `cause` each time for the same thing."""

    cause: str
    words: Words


@router.get("/livez")
def livez() -> dict[str, bool]:
    """The process answers; nothing else is asked."""
    return {"alive": True}


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """200 when everything goes as it should, else 503 and every reason why not."""
    house: House = request.app.state.house
    reasons: list[dict[str, Any]] = [
        {"cause": one.cause, "sv": one.words.sv, "en": one.words.en} for one in why_not(house)
    ]
    return JSONResponse(
        {"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200
    )


def why_not(house: House) -> Iterator[Reason]:
    """Every reason why the service is not ready."""
    for words in house.troubles():
        yield Reason("clockwork", words)
    try:
        with reading(house.engine) as connection:
            if not is_newest(connection):
                yield Reason("migrations", NOT_MIGRATED)
                return
            for late in house.late(connection, house.now()):
                yield Reason(late.cause, late.what)
    except (SQLAlchemyError, CannotRemember) as fault:
        why = " ".join(str(getattr(fault, "orig", None) or fault).split())[:200]
        yield Reason("database", NO_DATABASE.about(why=why))
