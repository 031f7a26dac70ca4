"""Limits on how often: logging in, asking for codes, sending files; by whoever asks."""

from fastapi import HTTPException, Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

ASKING_FOR_CODES = parse("60 per 10 minutes")
"""From one address, which a whole organisation may share."""
CODES_TO_ONE = parse("5 per hour")
"""From one address to one mailbox: from another its owner can still ask."""
ENTERING_CODES = parse("120 per 10 minutes")
"""From one address; each code has its own few tries."""
LOGGING_IN_ELSEWHERE = parse("600 per 10 minutes")
SENDING_FILES = parse("60 per 10 minutes")
ACTING = parse("300 per minute")


class Limits:
    """What has been asked for lately, in this process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, what: RateLimitItem, name: str, whose: str) -> None:
        """Count one more. Raises HTTPException 429, which says when to come back."""
        if not self._limiter.hit(what, name, whose):
            seconds = what.get_expiry()
            raise HTTPException(429, headers={"Retry-After": str(seconds)})


def counted(
    request: Request, what: RateLimitItem, name: str, whose: str | None = None, *, to: str = ""
) -> None:
    """Count one more by this person, or from this address to someone. Raises HTTPException 429."""
    limits: Limits = request.app.state.limits
    client = request.client.host if request.client else "?"
    limits.count(what, name, whose or f"{client} {to}".strip())
