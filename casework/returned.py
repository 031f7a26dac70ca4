"""What follows from returned mail: a bounce marks its letter, and someone is told."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, text, update

from casework.matter import Sitting
from casework.undelivered import undelivered
from models.tables import Attempt, Outbox, Suppression
from notifications.compose import ascii_address
from notifications.marks import of_letter
from notifications.returns.places import Arrived, Settled
from notifications.returns.reading import Failure, Kind, Returned, read_returned
from notifications.wording import Unsayable
from statemachine.vocabulary import Fate, Spoken

MOST_MARKS = 20
"""How many letters a message may claim to be about."""

DEAD = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")
"""There is no such mailbox, no such domain, no such form of address, or it has moved away.

5.1.7 and 5.1.8 speak of the sender; 5.2 of a mailbox there is, 5.7 of policy: those may change."""

UNDER_WAY = (Fate.PENDING, Fate.CLAIMED, Fate.SENDING)
WENT_OUT = (Fate.SENT, Fate.UNCERTAIN)
"""A bounce of a letter that was lost on the way shows that it did arrive somewhere."""


class Became(Spoken):
    """What a returned message led to."""

    BOUNCED = "bounced", "kom tillbaka", "came back"
    DELAYED = "delayed", "dröjer", "delayed"
    ELSEWHERE = "elsewhere", "vidarebefordrat, kom inte fram dit", "forwarded, not delivered there"
    KNOWN = "known", "redan känt", "known already"
    AUTOMATIC = "automatic", "autosvar", "automatic reply"
    TOO_EARLY = "too-early", "brevet är ännu på väg", "the letter is still on its way"
    REPLY = "reply", "svar från en människa", "reply from a person"
    COMPLAINT = "complaint", "klagomål", "complaint"
    NOT_OURS = "not-ours", "inget brev härifrån, såvitt det går att visa", "no provable letter"
    NOT_UNDERSTOOD = "not-understood", "gick inte att förstå", "not understood"


SETTLED: dict[Became, Settled] = {
    Became.BOUNCED: Settled.DEALT_WITH,
    Became.DELAYED: Settled.DEALT_WITH,
    Became.ELSEWHERE: Settled.DEALT_WITH,
    Became.KNOWN: Settled.DEALT_WITH,
    Became.AUTOMATIC: Settled.DEALT_WITH,
    Became.TOO_EARLY: Settled.LATER,
    Became.REPLY: Settled.FOR_PEOPLE,
    Became.COMPLAINT: Settled.FOR_PEOPLE,
    Became.NOT_OURS: Settled.FOR_PEOPLE,
    Became.NOT_UNDERSTOOD: Settled.FOR_PEOPLE,
}

_NO_BOUNCE: dict[Kind, Became] = {
    Kind.AUTOMATIC: Became.AUTOMATIC,
    Kind.COMPLAINT: Became.COMPLAINT,
    Kind.REPLY: Became.REPLY,
    Kind.NOT_UNDERSTOOD: Became.NOT_UNDERSTOOD,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One message taken in: what it led to, and for which letter."""

    became: Became
    letter: int | None = None
    email: str | None = None
    said: str = ""
    suppressed: bool = False
    """Whether the address is now one no letter goes to."""
    told: int = 0
    """How many were written to."""


def take_all_in(
    messages: Iterable[Arrived],
    take: Callable[[Returned], Taken],
    tell: Callable[[str, Taken], None] | None = None,
) -> Counter[Became]:
    """Read message after message, `take` each in, and settle it where it lies.

    `take` gives each a transaction of its own. `tell` is told the name of each, and what it became.
    """
    count: Counter[Became] = Counter()
    for message in messages:
        taken = take(read_returned(message.body))
        message.settle(SETTLED[taken.became])
        count[taken.became] += 1
        if tell:
            tell(message.name, taken)
    return count


def take_in(connection: Connection, returned: Returned, at: Sitting) -> Taken:
    """Do what follows from a message. A second time it changes nothing, and says so."""
    if returned.kind in _NO_BOUNCE:
        return Taken(_NO_BOUNCE[returned.kind], letter=_concerned(connection, returned))
    letter = _proved(connection, returned)
    if letter is None:
        return Taken(Became.NOT_OURS, letter=_concerned(connection, returned))
    failure = _of_its_reader(letter, returned.failures)
    if letter.state in UNDER_WAY:
        return Taken(Became.TOO_EARLY, letter.id, letter.to_email)
    if letter.state not in WENT_OUT:
        return Taken(Became.KNOWN, letter.id, letter.to_email)
    if failure is None:
        return _noted(connection, letter, Became.ELSEWHERE, returned.failures[0], at)
    if not failure.final:
        return _noted(connection, letter, Became.DELAYED, failure, at)
    return _bounced(connection, letter, failure, at)


def _proved(connection: Connection, returned: Returned) -> Row[Any] | None:
    """The letter whose mark the message bears, locked; None when it bears none of ours."""
    for mark in returned.marks[:MOST_MARKS]:
        letter = connection.execute(
            select(Outbox.__table__).where(Outbox.id == mark.letter).with_for_update()
        ).first()
        if letter is not None and mark.proves(of_letter(letter.bytes)):
            return letter
    return None


def _concerned(connection: Connection, returned: Returned) -> int | None:
    """The letter a message seems to be about: to tell people, never to act on."""
    number: int | None = connection.scalar(
        select(Outbox.id).where(Outbox.message_id.in_(returned.message_ids[:MOST_MARKS]))
    )
    return number


def _of_its_reader(letter: Row[Any], failures: Iterable[Failure]) -> Failure | None:
    """What is said of the letter's own address; None when only of another it was passed on to."""
    ours = _spellings(letter.to_email)
    nameless = None
    for failure in failures:
        if ours & {address.casefold() for address in failure.addresses}:
            return failure
        if not failure.addresses:
            nameless = nameless or failure
    return nameless


def _spellings(email: str) -> set[str]:
    try:
        return {email.casefold(), ascii_address(email).casefold()}
    except Unsayable:
        return {email.casefold()}


def _noted(
    connection: Connection, letter: Row[Any], became: Became, failure: Failure, at: Sitting
) -> Taken:
    """Remember what was said of a letter that may yet arrive, once for the same words."""
    said = _said(failure)
    attempt = {"outbox_id": letter.id, "result": str(became), "reply": said}
    same = select(Attempt.id).filter_by(**attempt).limit(1)
    if connection.scalar(same) is not None:
        return Taken(Became.KNOWN, letter.id, letter.to_email, said)
    connection.execute(
        insert(Attempt).values(**attempt, at=at.now, code=failure.code, enhanced=failure.enhanced)
    )
    return Taken(became, letter.id, letter.to_email, said)


def _bounced(connection: Connection, letter: Row[Any], failure: Failure, at: Sitting) -> Taken:
    said = _said(failure)
    answered = {"code": failure.code, "enhanced": failure.enhanced, "reply": said}
    connection.execute(
        insert(Attempt).values(
            outbox_id=letter.id, at=at.now, result=str(Became.BOUNCED), **answered
        )
    )
    connection.execute(
        update(Outbox).where(Outbox.id == letter.id).values(state=Fate.BOUNCED, **answered)
    )
    is_dead = failure.enhanced in DEAD and bool(failure.addresses)
    if is_dead:
        _suppress(connection, letter.to_email, said, at)
    told = undelivered(connection, letter, said, at, how="bounced")
    return Taken(Became.BOUNCED, letter.id, letter.to_email, said, is_dead, told)


_SUPPRESSION = text(
    "INSERT INTO suppressions (email_folded, reason, since) VALUES (:email, :reason, :since) "
    "ON CONFLICT (email_folded) DO NOTHING"
).bindparams(bindparam("since", type_=Suppression.__table__.c.since.type))


def _suppress(connection: Connection, email: str, reason: str, at: Sitting) -> None:
    connection.execute(_SUPPRESSION, {"email": email.casefold(), "reason": reason, "since": at.now})


def _said(failure: Failure) -> str:
    """The words, with the address they are about where it is not in them."""
    words = failure.said or failure.enhanced or ""
    address = failure.addresses[-1] if failure.addresses else ""
    return words if address in words else f"{address}: {words}".strip(": ")
