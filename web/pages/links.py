"""Links in letters: a way to the case, for the one they were written to, and nothing more."""

from fastapi import HTTPException
from fastapi.responses import Response

from casework.deciding import is_as_linked
from notifications.links import marked
from web.access import LOGGED_IN
from web.desk import AtDesk
from web.routes import Pages

pages = Pages()


@pages.page("/links/{mark}", LOGGED_IN)
def follow(desk: AtDesk, mark: str) -> Response:
    """On to the case, when it is as it was and the reader is whom the letter was written to.

    Nothing is said of the case to anyone else, and nothing is ever changed here.
    """
    link = marked(desk.house.key, mark)
    if link is None:
        raise HTTPException(404)
    if link.person != desk.person.id:
        return desk.page("deciding/not_for_you.html.j2", code=403)
    if not is_as_linked(desk.connection, link):
        return desk.page("deciding/stale.html.j2", number=link.charter)
    return desk.go(f"/charters/{link.charter}/decide")
