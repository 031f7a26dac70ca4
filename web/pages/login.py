"""Logging in and out: an address, a code, and who you are is known to this browser."""

import secrets
from datetime import datetime, timedelta

from fastapi import HTTPException
from fastapi.responses import Response

from casework.logins import (
    BY_CODE,
    GOOD_FOR,
    ask_for_code,
    begin_login,
    end_login,
    enter_code,
    forget_old_logins,
    is_by_openid,
)
from statemachine.words import Refusal, Words, joined
from web.access import EVERYONE, LOGGED_IN
from web.desk import AtDesk, Desk, browser_cookie, login_cookie
from web.forms import Posted
from web.limits import ASKING_FOR_CODES, CODES_TO_ONE, ENTERING_CODES, counted
from web.mishaps import login_first
from web.routes import Pages, own_path
from web.signing import sealed, told, unsealed

pages = Pages()

NEXT = "mandat_next"
NOT_LET_IN = "mandat_not_let_in"
TOLD_FOR = 120
"""Seconds that the reason waits for the page that shows it."""
LONGEST_ADDRESS = 254
"""Characters that any relay takes."""
WRITE_AN_ADDRESS = Words(
    "Skriv din e-postadress i arbetet, som anna.ek@region.example.",
    "Write your e-mail address at work, like anna.ek@region.example.",
)
WELCOME = Words("Du är inloggad som {name}.", "You are logged in as {name}.")
GOODBYE = Words("Du är utloggad.", "You are logged out.")
NOT_THERE = Words(
    "Du kan fortfarande vara inloggad hos {name}; stäng webbläsaren om andra använder den.",
    "You may still be logged in at {name}; close the browser if others use it.",
)


@pages.page("/login", EVERYONE)
def login(desk: AtDesk, next: str = "/") -> Response:
    """Where to say who you are. Whoever is logged in already shows it anew, for a decision."""
    return _asking(desk, own_path(next), desk.login.person.email if desk.login else "")


@pages.act("/login", EVERYONE)
def send_code(desk: AtDesk, form: Posted) -> Response:
    """Send a code to the address, and ask for it. The answer is the same for any address."""
    counted(desk.request, ASKING_FOR_CODES, "code")
    email, browser = form.text("email"), _browser(desk)
    if not desk.settings.login_codes:
        raise HTTPException(404)
    if "@" not in email or len(email) > LONGEST_ADDRESS or not browser:
        return _asking(desk, own_path(form.text("next")), email, WRITE_AN_ADDRESS)
    counted(desk.request, CODES_TO_ONE, "code to", to=email.casefold())
    with desk.writing("login") as connection:
        ask_for_code(
            connection,
            email,
            browser,
            now=desk.now,
            today=desk.today,
            settings=desk.settings,
        )
    answer = desk.go("/login/code")
    going = {"next": own_path(form.text("next")), "email": email}
    seconds = int(GOOD_FOR.total_seconds())
    desk.keep(answer, NEXT, sealed(desk.house.key, NEXT, going), seconds)
    return answer


@pages.page("/login/code", EVERYONE)
def code(desk: AtDesk) -> Response:
    """Where to write the code."""
    return _asking_for_code(desk) if code_is_awaited(desk) else desk.go("/login")


@pages.act("/login/code", EVERYONE)
def let_in(desk: AtDesk, form: Posted) -> Response:
    """Let in whoever writes the code in the browser that asked for it."""
    counted(desk.request, ENTERING_CODES, "try")
    going = _going(desk)
    if going is None:
        return desk.go("/login")
    with desk.writing() as connection:
        found = enter_code(connection, form.text("code"), _browser(desk), now=desk.now)
    if isinstance(found, Words):
        return _asking_for_code(desk, found)
    answer = logged_in_as(desk, found, BY_CODE, own_path(going["next"]))
    answer.delete_cookie(NEXT)
    return answer


@pages.act("/logout", LOGGED_IN)
def logout(desk: AtDesk) -> Response:
    """Nobody is logged in in this browser any more."""
    goodbye = GOODBYE
    if desk.login is not None and is_by_openid(desk.login.method):
        goodbye = joined((GOODBYE, NOT_THERE.about(name=desk.settings.openid_name)))
    with desk.writing() as connection:
        end_login(connection, desk.token or "", now=desk.now)
    answer = desk.go("/", goodbye)
    answer.delete_cookie(login_cookie(desk.house), secure=desk.house.is_secure, httponly=True)
    return answer


def logged_in_as(
    desk: Desk, person_id: int, method: str, path: str, authenticated_at: datetime | None = None
) -> Response:
    """On to `path`, with a login of theirs in this browser. Answers 403 for one who has left.

    They showed who they are just now, unless it is said when.
    """
    someone = desk.people.person(person_id)
    if someone is None:
        raise HTTPException(403)
    with desk.writing() as connection:
        forget_old_logins(connection, now=desk.now, settings=desk.settings)
        token = begin_login(
            connection,
            person_id,
            method,
            authenticated_at=authenticated_at or desk.now,
            now=desk.now,
            instead_of=desk.token,
        )
    answer = desk.go(path, WELCOME.about(name=someone.name))
    lasts = timedelta(hours=desk.settings.login_hours)
    desk.keep(answer, login_cookie(desk.house), token, int(lasts.total_seconds()))
    return answer


def not_let_in(desk: Desk, path: str, refusal: Refusal) -> Response:
    """Back to where people log in, which tells why nobody was; `path` is still where they go."""
    answer = desk.go(login_first(path))
    reasons = [told(reason) for reason in refusal.reasons]
    desk.keep(answer, NOT_LET_IN, sealed(desk.house.key, NOT_LET_IN, reasons), TOLD_FOR)
    return answer


def code_is_awaited(desk: Desk) -> bool:
    """Whether this browser has asked for a code, and nobody has been let in with it yet."""
    return _going(desk) is not None


def _asking(desk: Desk, next: str, email: str | None, wrong: Words | None = None) -> Response:
    browser = _browser(desk) or secrets.token_urlsafe(24)
    # The form is tied to the browser before anyone is logged in.
    desk.request.cookies.setdefault(browser_cookie(desk.house), browser)
    answer = desk.page(
        "login/address.html.j2",
        code=422 if wrong else 200,
        next=next,
        email=email or "",
        wrong=wrong,
        refused=_not_let_in(desk),
        again=desk.login is not None,
    )
    answer.delete_cookie(NOT_LET_IN)
    desk.keep(answer, browser_cookie(desk.house), browser, 24 * 3600)
    return answer


def _asking_for_code(desk: Desk, wrong: Words | None = None) -> Response:
    going = _going(desk)
    return desk.page(
        "login/code.html.j2",
        code=422 if wrong else 200,
        email=going["email"] if going else "",
        next=going["next"] if going else "/",
        wrong=wrong,
        minutes=int(GOOD_FOR.total_seconds() // 60),
    )


def _not_let_in(desk: Desk) -> list[Words]:
    """Why nobody was let in, when that has just been tried."""
    kept = desk.request.cookies.get(NOT_LET_IN)
    return [Words(**one) for one in unsealed(desk.house.key, NOT_LET_IN, kept, TOLD_FOR) or []]


def _browser(desk: Desk) -> str:
    return desk.request.cookies.get(browser_cookie(desk.house), "")


def _going(desk: Desk) -> dict[str, str] | None:
    """The address given and where to go on to, for as long as a code is good."""
    kept = unsealed(
        desk.house.key, NEXT, desk.request.cookies.get(NEXT), int(GOOD_FOR.total_seconds())
    )
    return dict(kept) if kept else None
