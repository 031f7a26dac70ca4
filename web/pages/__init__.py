"""Pages for people, one module for each thing they come for."""

from web.pages import (
    absence,
    accessibility,
    beginning,
    cases,
    charter,
    comparing,
    coordination,
    deciding,
    editor,
    front,
    groups,
    handling,
    imports,
    inbox,
    links,
    login,
    openid,
    operations,
    receipts,
    timeline,
)
from web.routes import Pages

PAGES: tuple[Pages, ...] = (
    front.pages,
    login.pages,
    openid.pages,
    cases.pages,
    charter.pages,
    receipts.pages,
    deciding.pages,
    links.pages,
    absence.pages,
    beginning.pages,
    editor.pages,
    comparing.pages,
    handling.pages,
    coordination.pages,
    groups.pages,
    timeline.pages,
    imports.pages,
    operations.pages,
    inbox.pages,
    accessibility.pages,
)
"""Every page there is."""
