"""Every route of the application, however deep in it: what proofs over all pages go through."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

WITHOUT_A_RULE = {"/livez", "/readyz"}
"""For those who watch over the service: they say nothing of anyone."""


def routes(app: FastAPI) -> list[APIRoute]:
    """The routes of pages and acts. Fails on a kind of route it does not know."""
    found = [route for route in _within(app.routes) if route.path not in WITHOUT_A_RULE]
    assert any(route.path == "/login" for route in found), "the pages were not found"
    return found


def _within(held: Any) -> Iterator[APIRoute]:
    for route in held:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _within(route.original_router.routes)
        else:
            assert route.path == "/static", f"{route} is no page, and has no rule"
