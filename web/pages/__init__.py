"""Pages for people, one module for each thing they come for."""

from web.pages import (
    accessibility,
    coordination,
    front,
    groups,
    inbox,
    login,
    operations,
    timeline,
)
from web.routes import Pages

PAGES: tuple[Pages, ...] = (
    front.pages,
    login.pages,
    coordination.pages,
    groups.pages,
    timeline.pages,
    operations.pages,
    inbox.pages,
    accessibility.pages,
)
"""Every page there is."""
