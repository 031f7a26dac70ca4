"""Logging in with the organisation's OpenID provider: there, and back."""

from dataclasses import asdict
from typing import Any

from fastapi import HTTPException
from fastapi.responses import RedirectResponse, Response

from casework.logins import person_of_subject, vouched_for
from statemachine.words import Refusal
from web.access import EVERYONE
from web.desk import AtDesk, Desk
from web.limits import LOGGING_IN_ELSEWHERE, counted
from web.openid import ANOTHER_ERRAND, ERRAND_LASTS, Errand, NotVouched, Provider
from web.pages.login import logged_in_as, not_let_in
from web.routes import Pages, own_path
from web.signing import sealed, unsealed

pages = Pages()

ERRAND = "mandat_errand"


@pages.page("/login/openid", EVERYONE)
def away(desk: AtDesk, next: str = "/") -> Response:
    """On to the provider. Whoever is logged in here has come to show that it is them, anew."""
    provider, path = _provider(desk), own_path(next)
    counted(desk.request, LOGGING_IN_ELSEWHERE, "away")
    try:
        anew = desk.login is not None
        desk.let_go()  # However slowly the provider answers, nobody else waits for memory.
        address, errand = provider.way_there(anew=anew, now=desk.now)
    except Refusal as refusal:
        return not_let_in(desk, path, refusal)
    answer = RedirectResponse(address, status_code=303)
    kept = sealed(desk.house.key, ERRAND, {"next": path, **asdict(errand)})
    desk.keep(answer, _cookie(desk), kept, ERRAND_LASTS)
    return answer


@pages.page("/login/openid/back", EVERYONE)
def back(desk: AtDesk) -> Response:
    """Let in whoever the provider vouches for; others are told why on the page to log in at."""
    provider, kept = _provider(desk), _kept(desk)
    counted(desk.request, LOGGING_IN_ELSEWHERE, "back")
    path = own_path(kept.pop("next", "/"))
    try:
        answer = _let_in(desk, provider, kept, path)
    except Refusal as refusal:
        answer = not_let_in(desk, path, refusal)
    answer.delete_cookie(_cookie(desk), secure=desk.house.is_secure, httponly=True)
    return answer


def _let_in(desk: Desk, provider: Provider, kept: dict[str, Any], path: str) -> Response:
    if not kept:
        raise NotVouched(ANOTHER_ERRAND)
    came_with = dict(desk.request.query_params)
    desk.let_go()
    vouched = provider.word(came_with, Errand(**kept), now=desk.now)
    with desk.writing() as connection:
        person = person_of_subject(
            connection,
            issuer=provider.issuer,
            subject=vouched.subject,
            email=vouched.email,
            email_is_verified=vouched.email_is_verified,
            now=desk.now,
            today=desk.today,
        )
    return logged_in_as(desk, person, vouched_for(vouched.acr), path, vouched.authenticated_at)


def _provider(desk: Desk) -> Provider:
    """The provider that says who people are. Answers 404 when there is none."""
    provider: Provider | None = desk.request.app.state.openid
    if provider is None:
        raise HTTPException(404)
    return provider


def _kept(desk: Desk) -> dict[str, Any]:
    """What this browser keeps from when it left; nothing when it did not, or long ago."""
    text = desk.request.cookies.get(_cookie(desk))
    return dict(unsealed(desk.house.key, ERRAND, text, ERRAND_LASTS) or {})


def _cookie(desk: Desk) -> str:
    """By https no other host can plant it, and so send someone home as somebody else."""
    return f"__Host-{ERRAND}" if desk.house.is_secure else ERRAND
