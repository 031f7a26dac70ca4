"""Pages for people, one module for each thing they come for."""

from web.pages import (
    absence,
    accessibility,
    coordination,
    deciding,
    ending,
    front,
    groups,
    inbox,
    links,
    login,
    operations,
    timeline,
)
from web.routes import Pages

PAGES: tuple[Pages, ...] = (
    front.pages,
    login.pages,
    deciding.pages,
    links.pages,
    absence.pages,
    ending.pages,
    coordination.pages,
    groups.pages,
    timeline.pages,
    operations.pages,
    inbox.pages,
    accessibility.pages,
)
"""Every page there is."""
