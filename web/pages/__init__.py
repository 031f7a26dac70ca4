"""Pages for people, one module for each thing they come for."""

from web.pages import deciding, front, links, login
from web.routes import Pages

PAGES: tuple[Pages, ...] = (front.pages, login.pages, deciding.pages, links.pages)
"""Every page there is, in the order they were thought of."""
