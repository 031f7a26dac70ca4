"""Signed by this house: the token in every form, and the sentence told after an act."""

import hashlib
import hmac
import secrets
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from statemachine.words import Words


def form_token(key: str, holder: str) -> str:
    """A token for a form, good for whoever holds this cookie. Never the same twice.

    A page is compressed: what stands the same in every answer could be guessed from its length.
    """
    nonce = secrets.token_urlsafe(9)
    return f"{nonce}.{_mark(key, holder, nonce)}"


def is_form_token(key: str, holder: str, token: str) -> bool:
    """Whether this house gave the token to whoever holds this cookie."""
    nonce, _, mark = token.partition(".")
    return hmac.compare_digest(mark.encode(), _mark(key, holder, nonce).encode())


def sealed(key: str, purpose: str, what: Any) -> str:
    """Something for a cookie or an address, that only this house can have written."""
    return URLSafeTimedSerializer(key, salt=purpose).dumps(what)


def unsealed(key: str, purpose: str, text: str | None, seconds: int) -> Any | None:
    """What was sealed for this purpose; None when it was not ours, or is too old."""
    if not text:
        return None
    try:
        return URLSafeTimedSerializer(key, salt=purpose).loads(text, max_age=seconds)
    except BadSignature:
        return None


def told(words: Words) -> dict[str, str]:
    """A sentence as a cookie keeps it."""
    return {"sv": words.sv, "en": words.en}


def _mark(key: str, holder: str, nonce: str) -> str:
    what = f"form:{holder}:{nonce}"
    return hmac.new(key.encode(), what.encode(), hashlib.sha256).hexdigest()[:32]
