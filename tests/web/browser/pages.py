"""Every page there is, and as whom it is read. A page that is not listed here fails a test."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.sync_api import BrowserContext

from web.house import House

Guest = Callable[[House, BrowserContext], None]
"""Makes the reader of a profile somebody: puts in what logs them in."""


def nobody(_house: House, _profile: BrowserContext) -> None:
    """Who has not logged in."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page: the route as the router spells it, the path as it is asked for, and by whom."""

    name: str
    route: str
    path: str
    guest: Guest = nobody


PAGES = (Listed("front", "/", "/"),)

NO_PAGES = {
    "/livez": "for those who watch over the service",
    "/readyz": "for those who watch over the service",
}


def answered(app: FastAPI) -> set[str]:
    """Every route that can be asked for with GET."""
    return {
        context.path
        for context in iter_route_contexts(app.routes)
        if context.path and "GET" in (context.methods or ())
    }
