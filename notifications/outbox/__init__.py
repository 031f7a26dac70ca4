"""The outbox: letters posted with the act that caused them, then delivered once each.

A letter is pending, claimed by one worker, sending while it is on the wire, sent; or uncertain,
dead, bounced, suppressed, cancelled, expired. Nothing is lost, and nothing is sent twice but the
same bytes.
"""

from notifications.outbox.channel import (
    ALARM_AFTER,
    MAIL,
    UNTIL_SOMEONE_SAYS,
    Pause,
    Paused,
    end_pause,
    hold,
    how_many_wait,
    pause_now,
)
from notifications.outbox.delivering import (
    BATCH,
    TRIES,
    UNCERTAIN_DELAY,
    UNCERTAIN_RESENDS,
    Delivery,
    backoff,
    deliver,
    take_back_all,
)
from notifications.outbox.posting import FREE, LEASE, PRIORITY, LetterToPost, cancel, post
from notifications.outbox.telling import TellsNobody, Told

__all__ = [
    "ALARM_AFTER",
    "BATCH",
    "FREE",
    "LEASE",
    "MAIL",
    "PRIORITY",
    "TRIES",
    "UNCERTAIN_DELAY",
    "UNCERTAIN_RESENDS",
    "UNTIL_SOMEONE_SAYS",
    "Delivery",
    "LetterToPost",
    "Pause",
    "Paused",
    "TellsNobody",
    "Told",
    "backoff",
    "cancel",
    "deliver",
    "end_pause",
    "hold",
    "how_many_wait",
    "pause_now",
    "post",
    "take_back_all",
]
