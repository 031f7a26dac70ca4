"""The front page: what waits for whoever is logged in; what runs here, and where to go."""

from fastapi import HTTPException
from fastapi.responses import Response

from web.access import EVERYONE
from web.desk import LANGUAGE, AtDesk
from web.health import why_not
from web.routes import Pages, own_path

pages = Pages()
A_YEAR = 365 * 24 * 3600


@pages.page("/", EVERYONE)
def front(desk: AtDesk) -> Response:
    """Plain words, in the reader's language."""
    return desk.page(
        "front.html.j2",
        began=desk.house.began.astimezone(desk.settings.timezone),
        reasons=[reason.words for reason in why_not(desk.house)],
        links=[(link.address, link.words) for link in desk.house.links],
    )


@pages.page("/language/{chosen}", EVERYONE)
def language(desk: AtDesk, chosen: str, next: str = "/") -> Response:
    """Read the pages in this language from now on. Only the browser's own memory changes."""
    if chosen not in ("sv", "en"):
        raise HTTPException(404)
    answer = desk.go(own_path(next))
    desk.keep(answer, LANGUAGE, chosen, A_YEAR)
    return answer
