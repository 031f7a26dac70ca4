"""The room put together: one application, with a router for each of its parts."""

from fastapi import FastAPI

from web import health
from web.house import House
from web.pages import front


def application(house: House) -> FastAPI:
    """The web application, standing on what it is handed."""
    app = FastAPI(title="Mandat", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.house = house
    app.include_router(health.router)
    app.include_router(front.router)
    return app
