"""Receipts: how each one on a decided charter's distribution list was reached, or was not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from casework.questions import STILL_TO_LEAVE, recipients_of
from models.tables import Outbox, Suppression
from statemachine.vocabulary import Fate, Letter, Reach
from statemachine.words import Words

UNREACHED = (None, Reach.BOUNCED)


@dataclass(frozen=True, slots=True)
class LetterGone:
    """The latest letter that serves a line on the list."""

    number: int
    fate: Fate
    reply: str | None
    written_at: datetime
    sent_at: datetime | None
    suppressed: bool

    @property
    def is_on_its_way(self) -> bool:
        return self.fate in STILL_TO_LEAVE

    @property
    def may_go_again(self) -> bool:
        """Whether it may be sent again: at once, or, when it has gone, to another address."""
        return self.fate not in (Fate.CLAIMED, Fate.SENDING, Fate.EXPIRED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line of the list: who, why they get it, how it went, and what can be done about it."""

    place: int
    name: str
    email: str
    who: str
    purpose: str | None
    reach: Reach | None
    at: datetime | None
    note: str | None
    acknowledged_at: datetime | None
    letter: LetterGone | None

    @property
    def is_reached(self) -> bool:
        return self.reach not in UNREACHED

    @property
    def words(self) -> Words:
        """How it stands, in words."""
        if self.reach is not None:
            return self.reach.words
        if self.letter is None:
            return NOT_WRITTEN
        return self.letter.fate.words if self.letter.is_on_its_way else NOT_YET

    @property
    def may_be_mended(self) -> bool:
        """Whether more can be noted: also what a relay accepted may have been for another."""
        return self.letter is not None and self.reach is not Reach.REACHED_OTHERWISE


NOT_WRITTEN = Words("inget brev är skrivet", "no letter is written")
NOT_YET = Words("inte nådd än", "not reached yet")


@dataclass(frozen=True, slots=True)
class Receipts:
    """Everyone on the list, and how far the distribution has come."""

    lines: tuple[Receipt, ...]
    served_by: dict[int, int]
    """Which line each letter was written for, those sent again too."""

    @property
    def in_all(self) -> int:
        return len(self.lines)

    @property
    def reached(self) -> int:
        """Those with an outcome: accepted, reached otherwise, or given up."""
        return sum(one.is_reached for one in self.lines)

    @property
    def acknowledged(self) -> int:
        return sum(one.acknowledged_at is not None for one in self.lines)

    @property
    def bounced(self) -> int:
        return sum(one.reach is Reach.BOUNCED for one in self.lines)

    def last_written(self) -> datetime | None:
        """When the latest of the letters that are still on their way was written."""
        under_way = [
            one.letter.written_at
            for one in self.lines
            if not one.is_reached and one.letter is not None and one.letter.is_on_its_way
        ]
        return max(under_way, default=None)

    def of_letter(self, number: int) -> Receipt | None:
        """The line that a letter of this list was written for; None when it is not of this list."""
        place = self.served_by.get(number)
        return self.lines[place] if place is not None else None


def receipts_of(connection: Connection, charter_id: int) -> Receipts:
    """The receipts of a charter, line by line, in two questions."""
    letters = connection.execute(_LETTERS, {"charter": charter_id}).all()
    lines = recipients_of(connection, charter_id)
    latest: dict[int | str, Row[Any]] = {}
    for letter in letters:
        latest[letter.to_email.casefold()] = letter
        if letter.recipient_id is not None:
            latest[letter.recipient_id] = letter
    by_id = {line.id: place for place, line in enumerate(lines)}
    by_email = {line.email.casefold(): place for place, line in reversed(list(enumerate(lines)))}
    served_by = {
        letter.id: by_id.get(letter.recipient_id, by_email.get(letter.to_email.casefold()))
        for letter in letters
    }
    return Receipts(
        tuple(_receipt(line, latest) for line in lines),
        {number: place for number, place in served_by.items() if place is not None},
    )


_LETTERS = (
    select(
        Outbox.id,
        Outbox.recipient_id,
        Outbox.to_email,
        Outbox.state,
        Outbox.reply,
        Outbox.created_at,
        Outbox.sent_at,
        Suppression.email_folded.label("suppressed"),
    )
    .outerjoin(Suppression, Suppression.email_folded == func.lower(Outbox.to_email))
    .where(Outbox.charter_id == bindparam("charter"), Outbox.letter == Letter.DISTRIBUTION)
    .order_by(Outbox.id)
)


def _receipt(line: Row[Any], letters: dict[int | str, Row[Any]]) -> Receipt:
    letter = letters.get(line.email.casefold(), letters.get(line.id))
    return Receipt(
        line.place,
        line.name,
        line.email,
        line.who,
        line.purpose,
        Reach(line.outcome) if line.outcome else None,
        line.outcome_at,
        line.outcome_note,
        line.acknowledged_at,
        LetterGone(
            letter.id,
            Fate(letter.state),
            letter.reply,
            letter.created_at,
            letter.sent_at,
            bool(letter.suppressed),
        )
        if letter is not None
        else None,
    )
