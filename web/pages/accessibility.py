"""The accessibility statement: what holds, what does not, and whom to tell (lag 2018:1937)."""

from fastapi.responses import Response

from web.access import EVERYONE
from web.desk import AtDesk
from web.routes import Pages

pages = Pages()


@pages.page("/accessibility", EVERYONE)
def accessibility(desk: AtDesk) -> Response:
    """The statement, in the reader's language."""
    return desk.page("accessibility.html.j2", contact=desk.settings.contact)
