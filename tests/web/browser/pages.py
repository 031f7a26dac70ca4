"""Every page there is, and as whom it is read. A page that is not listed here fails a test."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Page


def nothing(_page: Page, _address: str) -> None:
    """A page that can be gone to at once."""


def asking_for_a_code(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.locator("input[type=email]").fill("sara@sjoviken.example")
    page.locator("main button").click()


@dataclass(frozen=True, slots=True)
class Listed:
    """One page: the route as the router spells it, the path, who reads it, and what comes first."""

    name: str
    route: str
    path: str
    who: str | None = None
    first: Callable[[Page, str], None] = nothing


PAGES = (
    Listed("start", "/", "/"),
    Listed("start-handler", "/", "/", "sara"),
    Listed("login", "/login", "/login"),
    Listed("login-again", "/login", "/login", "helena"),
    Listed("login-code", "/login/code", "/login/code", first=asking_for_a_code),
    Listed("my-groups", "/my-groups", "/my-groups", "bo"),
    Listed("groups", "/groups", "/groups"),
    Listed("groups-keeper", "/groups", "/groups", "oskar"),
    Listed("group", "/groups/{group}", "/groups/rorelse"),
    Listed("group-coordinator", "/groups/{group}", "/groups/rorelse", "bo"),
    Listed("seats", "/groups/{group}/seats", "/groups/rorelse/seats", "bo"),
    Listed("timeline", "/timeline", "/timeline"),
)
"""In `path`, `{draft}`, `{in_review}` and `{in_force}` are the numbers of such charters."""

NO_PAGES = {
    "/livez": "for those who watch over the service",
    "/readyz": "for those who watch over the service",
    "/language/{chosen}": "leads back to where it was chosen",
}


def answered(app: FastAPI) -> set[str]:
    """Every route that can be asked for with GET."""
    return {
        context.path
        for context in iter_route_contexts(app.routes)
        if context.path and "GET" in (context.methods or ())
    }
