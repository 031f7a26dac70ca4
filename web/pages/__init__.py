"""Pages for people, one module for each thing they come for."""

from web.pages import (
    accessibility,
    cases,
    charter,
    coordination,
    front,
    groups,
    inbox,
    login,
    operations,
    receipts,
    timeline,
)
from web.routes import Pages

PAGES: tuple[Pages, ...] = (
    front.pages,
    login.pages,
    cases.pages,
    charter.pages,
    receipts.pages,
    coordination.pages,
    groups.pages,
    timeline.pages,
    operations.pages,
    inbox.pages,
    accessibility.pages,
)
"""Every page there is."""
