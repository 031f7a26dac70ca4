"""The outbox: letters posted with the act that caused them, then delivered once each.

A letter is pending, claimed by one worker, sending while it is on the wire, sent; or uncertain,
dead, bounced, suppressed, cancelled, expired. Nothing is lost, and nothing is sent twice but the
same bytes.
"""

from notifications.outbox.delivering import (
    BATCH,
    LEASE,
    TRIES,
    UNCERTAIN_DELAY,
    UNCERTAIN_RESENDS,
    Delivery,
    backoff,
    deliver,
)
from notifications.outbox.posting import PRIORITY, LetterToPost, cancel, post

__all__ = [
    "BATCH",
    "LEASE",
    "PRIORITY",
    "TRIES",
    "UNCERTAIN_DELAY",
    "UNCERTAIN_RESENDS",
    "Delivery",
    "LetterToPost",
    "backoff",
    "cancel",
    "deliver",
    "post",
]
