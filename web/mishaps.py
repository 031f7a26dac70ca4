"""When a page is not given: why, and where to go instead."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from models.session import CannotRemember
from statemachine.words import Refusal, Words
from web.access import Rule
from web.desk import Desk
from web.forms import Form
from web.house import House

HEADINGS = {
    400: Words("Det gick inte att läsa", "That could not be read"),
    401: Words("Logga in först", "Log in first"),
    403: Words("Det får du inte göra", "You may not do that"),
    404: Words("Sidan finns inte", "There is no such page"),
    405: Words("Så går det inte till", "That is not how it is done"),
    411: Words("Det gick inte att läsa", "That could not be read"),
    413: Words("Det var för stort", "That was too large"),
    422: Words("Det gick inte", "That did not work"),
    429: Words("Vänta en stund", "Wait a while"),
    503: Words("Det går inte just nu", "Not just now"),
}
REASONS = {
    400: Words("Webbläsaren skickade något som inte går att läsa.", "The browser sent something that cannot be read."),
    401: Words("Du är inte längre inloggad, så inget har ändrats. Logga in i ett nytt fönster. Gå sedan tillbaka i det här: det du skrev finns kvar där, och kan skickas igen.", "You are no longer logged in, so nothing has changed. Log in in a new window. Then go back in this one: what you wrote is still there, and can be sent again."),
    403: Words("Formuläret kom inte från en sida som vi gett dig, eller har blivit för gammalt. Inget har ändrats. Gå tillbaka, ladda om sidan och försök igen.", "The form did not come from a page that we gave you, or has grown too old. Nothing has changed. Go back, reload the page and try again."),
    404: Words("Adressen leder ingenstans, eller till något som inte är för dig. Kontrollera den, eller börja om från startsidan.", "The address leads nowhere, or to something that is not for you. Check it, or begin again from the front page."),
    405: Words("Här finns inget att läsa. Börja om från startsidan.", "There is nothing to read here. Begin again from the front page."),
    411: Words("Webbläsaren sade inte hur mycket den skickade.", "The browser did not say how much it sent."),
    413: Words("Filen eller texten är större än vad som går att ta emot. Inget har ändrats.", "The file or text is larger than what can be taken in. Nothing has changed."),
    429: Words("Det har gjorts för många försök på kort tid. Försök igen om några minuter.", "There have been too many tries in a short time. Try again in a few minutes."),
}  # fmt: skip
GROWN_OLD = Words(
    "Du har loggat in på nytt sedan formuläret öppnades, så inget har ändrats än. Allt du skrev finns kvar: skicka det igen.",
    "You have logged in anew since the form was opened, so nothing has changed yet. All that you wrote is still there: send it again.",
)
FOR_SOMEBODY_ELSE = Words("Det är för {whom}.", "That is for {whom}.")


def register(app: FastAPI) -> None:
    """Have the application answer for what it does not give."""
    app.add_exception_handler(HTTPException, _not_given)
    app.add_exception_handler(RequestValidationError, _misspelt)
    app.add_exception_handler(Refusal, _refused)


def login_first(path: str) -> str:
    """The page to log in at, which leads on to `path`."""
    return f"/login?next={quote(path)}" if path not in ("/", "") else "/login"


def _not_given(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    if fault.status_code == 401 and request.method in ("GET", "HEAD"):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(login_first(asked), status_code=303)
    code = fault.status_code if fault.status_code in HEADINGS else 400
    reason = REASONS.get(code, REASONS[400])
    if isinstance(fault.detail, Rule):
        reason = FOR_SOMEBODY_ELSE.about(whom=fault.detail.words)
    again = _to_send_again(request) if fault.detail == "form" else ()
    return _page(request, code, (GROWN_OLD if again else reason,), fault.headers, again)


def _to_send_again(request: Request) -> tuple[tuple[str, str], ...]:
    """What was written in a form of ours that has grown old; nothing where it may be another's.

    Only a browser that says that the form comes from our own page gets it back to send again.
    """
    form: Form | None = getattr(request.state, "old_form", None)
    if form is None or request.headers.get("sec-fetch-site") != "same-origin":
        return ()
    return tuple(
        (name, said)
        for name, said in form.data.multi_items()
        if name != "token" and isinstance(said, str)
    )


def _misspelt(request: Request, _fault: Exception) -> Response:
    """An address with a word where a number belongs leads nowhere. It is never said again."""
    return _page(request, 404, (REASONS[404],), None)


def _refused(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, Refusal)
    return _page(request, 503 if isinstance(fault, CannotRemember) else 422, fault.reasons, None)


def _page(
    request: Request,
    code: int,
    reasons: tuple[Words, ...],
    headers: object | None,
    again: tuple[tuple[str, str], ...] = (),
) -> Response:
    house: House = request.app.state.house
    desk = Desk(request, house, house.now())
    try:
        answer = desk.page(
            "mishap.html.j2",
            code=code,
            heading=HEADINGS[code],
            reasons=reasons,
            login=login_first("/") if code == 401 else None,
            again=again if desk.login is not None else (),
        )
    finally:
        desk.let_go()
    if isinstance(headers, dict):
        answer.headers.update(headers)
    return answer
