"""The front page: what runs here, how it fares, and where to go."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from statemachine.words import Language
from web.health import why_not
from web.house import House
from web.reading import page

router = APIRouter()


@router.get("/", response_class=HTMLResponse)
def front(request: Request) -> HTMLResponse:
    """Plain words, in the reader's language."""
    house: House = request.app.state.house
    language = spoken_by(request, house.settings.language)
    return page(
        "front.html.j2",
        language,
        organisation=house.settings.organisation,
        began=house.began.astimezone(house.settings.timezone),
        reasons=[reason.words.in_(language) for reason in why_not(house)],
        links=[(link.address, link.words.in_(language)) for link in house.links],
    )


def spoken_by(request: Request, otherwise: Language) -> Language:
    """The first of our languages that the reader's browser asks for."""
    for asked in request.headers.get("accept-language", "").split(","):
        if asked.strip()[:2] == "sv":
            return "sv"
        if asked.strip()[:2] == "en":
            return "en"
    return otherwise
