"""The local inbox: the letters in the folder, on an installation that has no mail server yet.

On such a machine the code to log in with is read here. It is there only while letters reach
nobody and the pages are reached from this machine alone.
"""

from datetime import UTC, datetime

from fastapi import HTTPException
from fastapi.responses import Response

from notifications.inbox import newest_in, read_back
from web.access import LOCAL
from web.addresses import page_in
from web.desk import AtDesk
from web.pages.login import code_is_awaited
from web.routes import Pages

pages = Pages()
A_PAGE = 30


@pages.page("/inbox", LOCAL)
def inbox(desk: AtDesk, page: str = "1") -> Response:
    """The letters, the newest on top."""
    at = page_in(page)
    letters, in_all = newest_in(desk.settings.mail_folder, A_PAGE, (at - 1) * A_PAGE)
    return desk.page(
        "inbox/inbox.html.j2",
        letters=letters,
        page=at,
        pages=-(-in_all // A_PAGE),
        zone=desk.settings.timezone,
        awaited=code_is_awaited(desk),
    )


@pages.page("/inbox/{name}", LOCAL)
def letter(desk: AtDesk, name: str) -> Response:
    """One letter, in text."""
    folder = desk.settings.mail_folder
    path = next((one for one in folder.glob("*.eml") if one.name == name), None)
    if path is None:
        raise HTTPException(404)
    return desk.page(
        "inbox/letter.html.j2",
        read=read_back(path.read_bytes()),
        written_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        zone=desk.settings.timezone,
        awaited=code_is_awaited(desk),
    )
