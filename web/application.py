"""The room put together: one application, with a router for each of its parts."""

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web import health, mishaps
from web.guard import Guard
from web.house import House
from web.limits import Limits
from web.openid import Provider
from web.pages import PAGES
from web.reading import STATIC
from web.turns import Turns


class Unchanging(StaticFiles):
    """Files of ours. Their address changes with what they say: a browser asks for each once."""

    async def get_response(self, path: str, scope: Scope):  # type: ignore[no-untyped-def]
        answer = await super().get_response(path, scope)
        if scope.get("query_string"):
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def application(house: House) -> FastAPI:
    """The web application, standing on what it is handed."""
    # An address with a slash too many would be led on to the host that the request names.
    app = FastAPI(
        title="Mandat", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.house = house
    app.state.limits = Limits()
    app.state.openid = Provider(house.settings) if house.settings.openid_issuer else None
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Turns)
    app.add_middleware(Guard, is_secure=house.is_secure)
    app.include_router(health.router)
    for pages in PAGES:
        app.include_router(pages)
    app.mount("/static", Unchanging(directory=STATIC), name="static")
    mishaps.register(app)
    return app
