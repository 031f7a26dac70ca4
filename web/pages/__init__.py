"""Pages for people, one module for each thing they come for."""

from web.pages import cases, charter, front, login, receipts
from web.routes import Pages

PAGES: tuple[Pages, ...] = (
    front.pages,
    login.pages,
    cases.pages,
    charter.pages,
    receipts.pages,
)
"""Every page there is, in the order they were thought of."""
