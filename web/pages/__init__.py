"""Pages for people, one module for each thing they come for."""

from web.pages import (
    beginning,
    comparing,
    coordination,
    editor,
    front,
    groups,
    handling,
    login,
    timeline,
)
from web.routes import Pages

PAGES: tuple[Pages, ...] = (
    front.pages,
    login.pages,
    beginning.pages,
    editor.pages,
    comparing.pages,
    handling.pages,
    coordination.pages,
    groups.pages,
    timeline.pages,
)
"""Every page there is."""
