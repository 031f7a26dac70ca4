"""Pages for people, one module for each thing they come for."""

from web.pages import coordination, front, groups, login, timeline
from web.routes import Pages

PAGES: tuple[Pages, ...] = (
    front.pages,
    login.pages,
    coordination.pages,
    groups.pages,
    timeline.pages,
)
"""Every page there is."""
