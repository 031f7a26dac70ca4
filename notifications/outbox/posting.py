"""Posting: letters put in the outbox in the transaction of the act that causes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text, update

from models.many import Insertion
from models.tables import Outbox
from notifications.compose import message_id
from notifications.facts import LetterFacts
from statemachine.vocabulary import Letter
from statemachine.words import Language

PRIORITY: dict[Letter, int] = {
    Letter.LOGIN_CODE: 0,
    Letter.DECISION_REQUEST: 1,
    Letter.DECISION_REMINDER: 2,
    Letter.ESCALATION: 2,
    Letter.NOBODY_CAN_DECIDE: 2,
    Letter.STANDSTILL: 2,
    Letter.ALARM: 2,
    Letter.LAST_CALL: 4,
    Letter.RENEWAL: 7,
    Letter.FOLLOW_UP: 8,
    Letter.DIGEST: 8,
}
"""The lower goes first; 5 is what most letters have."""

FREE: dict[str, Any] = {"lease_owner": None, "lease_until": None}
"""Held by no worker."""

LEASE = timedelta(minutes=15)
"""How long a claim holds. Longer than the carrier can wait for all its answers together."""

# Word for word the condition of ix_outbox_waiting: only then is the index used.
WAITING = text("state IN ('pending', 'claimed', 'sending', 'uncertain')")
"""The letters still to leave, in a query that asks about the outbox."""

# Facts are JSON as pydantic writes it, many times faster than out of dicts.
_LETTERS = Insertion(Outbox, unless_known=True, finished=("facts",))


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterToPost:
    """One letter to one reader, as casework hands it in."""

    letter: Letter
    to_name: str
    to_email: str
    facts: LetterFacts
    language: Language = "sv"
    stage: str = ""
    calendar: bool = False
    charter_id: int | None = None
    group_id: int | None = None
    round: int | None = None
    person_id: int | None = None
    recipient_id: int | None = None
    papers: tuple[int, ...] = ()
    expires_at: datetime | None = None
    resend: int = 0

    @property
    def dedupe_key(self) -> str:
        """What makes this letter the same letter: a second one with this key is never sent."""
        about = f"charter {self.charter_id}" if self.charter_id else f"group {self.group_id}"
        reader = f"person {self.person_id}" if self.person_id else self.to_email.casefold()
        occurrence = f"{self.letter}:{self.stage}:{self.round or 0}"
        return f"{about}:{occurrence}:{reader}:{self.resend}"


def post(
    connection: Connection,
    letters: Iterable[LetterToPost],
    *,
    now: datetime,
    today: date,
    domain: str,
) -> int:
    """Put the letters in the outbox, in the act's own transaction; how many were new."""
    return _LETTERS.write(connection, [_row(letter, now, today, domain) for letter in letters])


def _row(letter: LetterToPost, now: datetime, today: date, domain: str) -> dict[str, Any]:
    key = letter.dedupe_key
    return {
        "dedupe_key": key,
        "message_id": message_id(key, domain),
        "letter": letter.letter.value,
        "stage": letter.stage,
        "calendar": letter.calendar,
        "charter_id": letter.charter_id,
        "group_id": letter.group_id,
        "round": letter.round,
        "person_id": letter.person_id,
        "recipient_id": letter.recipient_id,
        "to_name": letter.to_name,
        "to_email": letter.to_email,
        "language": letter.language,
        "facts": letter.facts.model_dump_json(exclude_defaults=True),
        "papers": list(letter.papers),
        "day": today,
        "created_at": now,
        "priority": PRIORITY.get(letter.letter, 5),
        "due_at": now,
        "expires_at": letter.expires_at or _too_late(letter, now),
        "state": "pending",
        "attempts": 0,
    }


def _too_late(letter: LetterToPost, now: datetime) -> datetime | None:
    """A code that no longer lets anyone in is not sent. Other letters hang on how things stand."""
    login = letter.facts.login
    return now + timedelta(minutes=login.minutes) if login is not None else None


def cancel(
    connection: Connection,
    charter_id: int,
    *,
    letters: Sequence[Letter] | None = None,
    round: int | None = None,
    why: str,
) -> int:
    """Cancel the charter's letters that have not left: all, or these kinds, or one round's.

    Returns how many. A letter already on the wire is not called back.
    """
    theirs = [Outbox.charter_id == charter_id, Outbox.state.in_(("pending", "claimed"))]
    if letters is not None:
        theirs.append(Outbox.letter.in_([letter.value for letter in letters]))
    if round is not None:
        theirs.append(Outbox.round == round)
    cancelled = connection.execute(
        update(Outbox).where(*theirs).values(state="cancelled", reply=why, **FREE)
    )
    return cancelled.rowcount
