"""What follows when a letter does not reach its reader: it is remembered, and someone is told."""

from typing import Any, Literal

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from casework.letters import about, first_to_reach, letter_to
from casework.matter import Matter, Sitting
from casework.writing import note, wake_charter
from models.directory import Directory
from models.tables import Charter, Group, Journal, Recipient, Suppression
from notifications.facts import Undelivered
from notifications.outbox import post
from statemachine.vocabulary import ARRIVED, Audience, Letter, Reach, Role

ACT = "undelivered"
"""What the journal calls it."""

TOLD_FIRST = (Audience.HANDLER, Audience.REGISTRY_KEEPER, Audience.ADMINISTRATOR)
"""Who is told: those of the first of these that a letter reaches."""


def undelivered(
    connection: Connection,
    letter: Row[Any],
    why: str,
    at: Sitting,
    how: Literal["refused", "bounced", "suppressed"] = "refused",
) -> int:
    """Remember that a letter did not arrive, and write to someone of it; how many were told.

    `letter` is its row in the outbox, `why` what was answered. To be called in the transaction that
    marks the letter. Safe to call again for the same letter: nobody is told twice.

    A letter about no charter and no group concerns nobody but its reader, and nobody is told of a
    letter that tells of another one: that could go on for ever.
    """
    at = at.by_the_calendar()
    if letter.charter_id is None and letter.group_id is None:
        return 0
    matter = concerning(connection, letter, at)
    if not _is_journalled(connection, letter, how):
        to = {"number": letter.id, "letter": letter.letter, "to": letter.to_email, "how": how}
        note(matter, ACT, Role.CALENDAR, reason=why, details=to)
    line = _bounced(connection, letter, why, at) if letter.letter == Letter.DISTRIBUTION else None
    if letter.letter == Letter.UNDELIVERABLE:
        return 0
    readers = first_to_reach(TOLD_FIRST, matter, not_at=_unreachable(connection, letter))
    told = Undelivered(
        letter=Letter(letter.letter),
        number=letter.id,
        name=letter.to_name,
        email=letter.to_email,
        purpose=line.purpose if line is not None else None,
        how=how,
        reply=why,
    )
    return post(
        connection,
        [
            letter_to(
                reader,
                Letter.UNDELIVERABLE,
                matter,
                stage=f"letter {letter.id}",
                about=about(matter),
                said={"undelivered": told},
            )
            for reader in readers
        ],
        now=at.now,
        today=at.today,
        domain=at.settings.mail_domain,
    )


def concerning(connection: Connection, letter: Row[Any], at: Sitting) -> Matter:
    """The charter or group a letter is about, as it stands. Nothing is locked."""
    charter = (
        connection.execute(select(Charter).where(Charter.id == letter.charter_id)).one()
        if letter.charter_id is not None
        else None
    )
    group_id = charter.group_id if charter is not None else letter.group_id
    return Matter(
        connection,
        charter,
        at,
        Directory(connection, at.today, known=at.by),
        group=connection.execute(select(Group).where(Group.id == group_id)).first(),
    )


def lines_of(letter: Row[Any]) -> tuple[Any, ...]:
    """The condition for the lines of the distribution list that a letter serves."""
    return (
        Recipient.charter_id == letter.charter_id,
        func.lower(Recipient.email) == letter.to_email.lower(),
    )


def _bounced(connection: Connection, letter: Row[Any], why: str, at: Sitting) -> Row[Any] | None:
    """Note on the distribution list that its reader is not reached; returns one such line."""
    lines = connection.execute(
        select(Recipient).where(
            *lines_of(letter),
            or_(Recipient.outcome.is_(None), Recipient.outcome.in_(ARRIVED)),
        )
    ).all()
    if not lines:
        return None
    connection.execute(
        update(Recipient)
        .where(Recipient.id.in_([line.id for line in lines]))
        .values(outcome=Reach.BOUNCED, outcome_at=at.now, outcome_note=why)
    )
    if any(line.outcome in ARRIVED for line in lines):
        wake_charter(connection, letter.charter_id, on=at.today)
    return lines[0]


def _unreachable(connection: Connection, letter: Row[Any]) -> set[str]:
    suppressed = connection.scalars(select(Suppression.email_folded))
    return {letter.to_email.casefold(), *suppressed}


def _is_journalled(connection: Connection, letter: Row[Any], how: str) -> bool:
    about_it = (
        Journal.charter_id == letter.charter_id
        if letter.charter_id is not None
        else and_(Journal.charter_id.is_(None), Journal.group_id == letter.group_id)
    )
    journalled = connection.scalars(select(Journal.details).where(about_it, Journal.act == ACT))
    return any((one["number"], one["how"]) == (letter.id, how) for one in journalled)
