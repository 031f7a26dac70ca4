"""Logging in: a code by letter or a provider's word, the login that follows, and its end.

A code is bound to the browser that asked for it; a forwarded letter lets nobody in. What the
browser holds is never kept here, only its hash. Nothing here says whether an address is known.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from casework.settings import Settings
from models.directory import Directory, Someone
from models.tables import Identity, Login, LoginAsked
from notifications.facts import LetterFacts, LoginCode, Reader
from notifications.outbox import LetterToPost, post
from statemachine.vocabulary import Audience, Letter
from statemachine.words import Language, Refusal, Words

BY_CODE = "e-mailed one-time code"
"""How someone was identified, as the decision keeps it."""
BY_OPENID = "OpenID Connect"

GOOD_FOR = timedelta(minutes=10)
TRIES = 5
CODES_AN_HOUR = 12
"""To one person, from everywhere together: nobody's mailbox is filled from outside.

More than the pages let one address ask for, which would else keep someone out of their own login.
"""

WRONG = Words(
    "Koden stämmer inte. Läs den en gång till, i det senaste brevet; du kan försöka {left} gånger "
    "till.",
    "The code is not right. Read it once more, in the latest letter; you may try {left} more "
    "times.",
)
NO_LONGER_GOOD = Words(
    "Koden gäller inte längre, eller hör till en annan webbläsare. Be om en ny.",
    "The code is no longer good, or belongs to another browser. Ask for a new one.",
)
UNVERIFIED = Words(
    "Leverantören går inte i god för din e-postadress, och den behövs första gången. Vänd dig till "
    "administratören.",
    "The provider does not vouch for your e-mail address, which is needed the first time. Turn to "
    "the administrator.",
)
UNKNOWN = Words(
    "Ingen i organisationen har adressen {email} i dag. Vänd dig till registratorn.",
    "Nobody in the organisation has the address {email} today. Turn to the registry keeper.",
)
NOT_HERE = Words(
    "Du finns inte i organisationen i dag. Vänd dig till registratorn.",
    "You are not in the organisation today. Turn to the registry keeper.",
)


def vouched_for(acr: str | None) -> str:
    """How someone was identified by a provider, with the level of assurance it confirms."""
    return f"{BY_OPENID} ({acr})" if acr else BY_OPENID


def is_by_openid(method: str) -> bool:
    """Whether a provider identified someone who was identified so."""
    return method.startswith(BY_OPENID)


class NotLoggedIn(Refusal):
    """Nobody was let in, and why."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Someone logged in: who, how, and when they last showed it."""

    person: Someone
    method: str
    authenticated_at: datetime


def ask_for_code(
    connection: Connection,
    email: str,
    browser: str,
    *,
    now: datetime,
    today: date,
    settings: Settings,
) -> bool:
    """Send a code to the person with this address, good in this browser; whether a letter went.

    Codes asked for before in the same browser are no longer good. Whoever asks learns nothing of
    the address: neither from the page nor from how long it takes to write.
    """
    someone = Directory(connection, today).addressed(email.strip())
    code = f"{secrets.randbelow(10**6):06}"
    connection.execute(
        update(LoginAsked)
        .where(LoginAsked.browser_hash == _hash(browser), LoginAsked.used_at.is_(None))
        .values(used_at=now)
    )
    sends = someone is not None and _asked_within_an_hour(connection, someone, now) < CODES_AN_HOUR
    number = connection.execute(
        insert(LoginAsked)
        .values(
            browser_hash=_hash(browser),
            person_id=someone.id if someone is not None and sends else None,
            code_hash=_bound(code, browser),
            asked_at=now,
            good_until=now + GOOD_FOR,
            tries=0,
        )
        .returning(LoginAsked.id)
    ).scalar_one()
    if someone is None or not sends:
        return False
    post(
        connection,
        [_letter(someone, f"{code[:3]} {code[3:]}", number, today)],
        now=now,
        today=today,
        domain=settings.mail_domain,
    )
    return True


def enter_code(connection: Connection, code: str, browser: str, *, now: datetime) -> int | Words:
    """Whom the code lets in, or why it does not. The try counts either way: commit it."""
    asked = connection.execute(
        update(LoginAsked)
        .where(
            LoginAsked.browser_hash == _hash(browser),
            LoginAsked.used_at.is_(None),
            LoginAsked.good_until > now,
            LoginAsked.tries < TRIES,
        )
        .values(tries=LoginAsked.tries + 1)
        .returning(LoginAsked.id, LoginAsked.code_hash, LoginAsked.person_id, LoginAsked.tries)
    ).first()
    if asked is None:
        return NO_LONGER_GOOD
    digits = "".join(one for one in code if one.isdigit())
    right = hmac.compare_digest(asked.code_hash, _bound(digits, browser))
    if not right or asked.person_id is None:
        left = TRIES - asked.tries
        return WRONG.about(left=left) if left else NO_LONGER_GOOD
    connection.execute(update(LoginAsked).where(LoginAsked.id == asked.id).values(used_at=now))
    return int(asked.person_id)


def person_of_subject(
    connection: Connection,
    *,
    issuer: str,
    subject: str,
    email: str | None,
    email_is_verified: bool,
    now: datetime,
    today: date,
) -> int:
    """Whom a provider's subject is here. The first time, the verified address tells.

    Raises NotLoggedIn when nobody here answers to it today.
    """
    people = Directory(connection, today)
    known = connection.scalar(
        select(Identity.person_id).where(Identity.issuer == issuer, Identity.subject == subject)
    )
    if known is not None:
        if people.person(known) is None:
            raise NotLoggedIn(NOT_HERE)
        return int(known)
    if not email or not email_is_verified:
        raise NotLoggedIn(UNVERIFIED)
    someone = people.addressed(email)
    if someone is None:
        raise NotLoggedIn(UNKNOWN.about(email=email))
    connection.execute(
        insert(Identity).values(issuer=issuer, subject=subject, person_id=someone.id, since=now)
    )
    return someone.id


def begin_login(
    connection: Connection,
    person_id: int,
    method: str,
    *,
    authenticated_at: datetime,
    now: datetime,
    instead_of: str | None = None,
) -> str:
    """Log someone in; the token their browser is to hold. An earlier one of its ends."""
    if instead_of:
        end_login(connection, instead_of, now=now)
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(Login).values(
            token_hash=_hash(token),
            person_id=person_id,
            method=method,
            authenticated_at=authenticated_at,
            began_at=now,
        )
    )
    return token


def logged_in(
    connection: Connection, token: str, *, now: datetime, people: Directory, settings: Settings
) -> LoggedIn | None:
    """Who holds this token; None when nobody does any more, or they have left."""
    row = connection.execute(
        select(Login.person_id, Login.method, Login.authenticated_at).where(
            Login.token_hash == _hash(token),
            Login.ended_at.is_(None),
            Login.began_at > now - timedelta(hours=settings.login_hours),
        )
    ).first()
    someone = people.person(row.person_id) if row is not None else None
    if row is None or someone is None:
        return None
    return LoggedIn(someone, row.method, row.authenticated_at)


def end_login(connection: Connection, token: str, *, now: datetime) -> None:
    """Log out the browser that holds this token."""
    connection.execute(
        update(Login)
        .where(Login.token_hash == _hash(token), Login.ended_at.is_(None))
        .values(ended_at=now)
    )


def forget_old_logins(connection: Connection, *, now: datetime, settings: Settings) -> int:
    """Remove codes and logins that let nobody in any more, after a day's grace; how many."""
    day_ago = now - timedelta(days=1)
    asked = connection.execute(delete(LoginAsked).where(LoginAsked.good_until < day_ago))
    logins = connection.execute(
        delete(Login).where(
            or_(
                Login.ended_at < day_ago,
                Login.began_at < day_ago - timedelta(hours=settings.login_hours),
            )
        )
    )
    return asked.rowcount + logins.rowcount


def _asked_within_an_hour(connection: Connection, someone: Someone, now: datetime) -> int:
    return connection.execute(
        select(func.count())
        .select_from(LoginAsked)
        .where(LoginAsked.person_id == someone.id, LoginAsked.asked_at > now - timedelta(hours=1))
    ).scalar_one()


def _letter(someone: Someone, code: str, number: int, today: date) -> LetterToPost:
    language: Language = "en" if someone.language == "en" else "sv"
    return LetterToPost(
        letter=Letter.LOGIN_CODE,
        to_name=someone.name,
        to_email=someone.email or "",
        language=language,
        stage=f"login {number}",
        person_id=someone.id,
        facts=LetterFacts(
            letter=Letter.LOGIN_CODE,
            today=today,
            reader=Reader(name=someone.name, role=Audience.LOGGING_IN),
            login=LoginCode(code=code, minutes=int(GOOD_FOR.total_seconds() // 60)),
        ),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _bound(code: str, browser: str) -> str:
    """The code as it is kept: without the browser's own secret it cannot be found by trying."""
    return hmac.new(browser.encode(), code.encode(), hashlib.sha256).hexdigest()
