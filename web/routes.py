"""Routes as the pages register them: each with its rule, and every act with a token of its form's.

`pages.page("/cases", LOGGED_IN)` answers GET and changes nothing; `pages.act("/…", PARTICIPANT)`
answers POST. There is no other way to put a page in the house.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse

from web.access import Rule
from web.desk import AtDesk, Desk
from web.forms import MOST_TEXT, Posted
from web.signing import is_form_token

LONGEST_PATH = 1_000
"""More than any of ours: what a browser keeps has its limits too."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Pages(APIRouter):
    """The routes of one kind of page."""

    def page(self, path: str, rule: Rule) -> Callable[[Endpoint], Endpoint]:
        """A page to read, for those the rule lets in."""
        return self._registered(path, rule, ["GET", "HEAD"], [Depends(rule.check)])

    def act(
        self, path: str, rule: Rule, *, most_bytes: int = MOST_TEXT
    ) -> Callable[[Endpoint], Endpoint]:
        """Something done by a form, of at most this many bytes, that one of our pages gave out."""
        checks = [Depends(same_house), Depends(rule.check), Depends(has_token)]
        return self._registered(path, rule, ["POST"], checks, most_bytes)

    def _registered(
        self,
        path: str,
        rule: Rule,
        methods: list[str],
        checks: list[Any],
        most_bytes: int = 0,
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            # However slowly it is read, nobody else waits for the memory it was written from.
            @wraps(endpoint)
            def answered(*, desk: Desk, **named: Any) -> Any:
                try:
                    return endpoint(desk=desk, **named)
                finally:
                    desk.let_go()

            answered.rule = rule  # type: ignore[attr-defined]
            answered.most_bytes = most_bytes  # type: ignore[attr-defined]
            self.add_api_route(
                path, answered, methods=methods, dependencies=checks, response_class=HTMLResponse
            )
            return endpoint

        return register


def same_house(desk: AtDesk) -> None:
    """No other site's page sends us forms: browsers say where one comes from."""
    headers = desk.request.headers
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)
    origin = headers.get("origin")
    ours = {desk.settings.pages.partition("://")[2].partition("/")[0]}
    if desk.settings.address is None:
        ours.add(headers.get("host", ""))
    if origin is not None and origin.partition("://")[2] not in ours:
        raise HTTPException(403)


def has_token(desk: AtDesk, form: Posted) -> None:
    """The form was given to this very browser. Answers 403 when it was not, or has grown old."""
    if not desk.holder or not is_form_token(desk.house.key, desk.holder, form.text("token")):
        desk.request.state.old_form = form
        raise HTTPException(403, detail="form")


def own_path(path: str) -> str:
    """A path of ours to go on to; the front page for anything that leads elsewhere."""
    leads_here = path.startswith("/") and not path.startswith(("//", "/\\"))
    is_ours = leads_here and path.isprintable() and "\\" not in path and len(path) <= LONGEST_PATH
    return path if is_ours else "/"
