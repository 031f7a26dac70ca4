"""Questions asked of memory: what was decided, what is in force, who presented it."""

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import aliased

from models.tables import (
    Attempt,
    Charter,
    Decision,
    Group,
    Journal,
    Outbox,
    PaperKept,
    Person,
    Recipient,
    Subject,
    Suppression,
    Sweep,
)
from notifications.outbox.posting import WAITING
from statemachine.vocabulary import DECIDED, Act, Fate, Reach, State
from statemachine.words import Words

CHARTER = "charter"
"""The kind of document a group needs to be at work."""

STILL_TO_LEAVE = (Fate.PENDING, Fate.CLAIMED, Fate.SENDING, Fate.UNCERTAIN)
"""The states of a letter that something may still become of by itself."""

# Word for word the conditions of indices that hold only these: no other words would use them.
STILL_TO_END = text("charters.state IN ('approved', 'distributed', 'expiring')")
"""Decided and not ended, in a query that asks about charters' last days."""
STRANDED = text("outbox.state IN ('dead', 'bounced', 'suppressed')")
"""Of letters: that nothing more becomes of them by themselves, and they have not left."""


# Put into words once: that takes longer than answering them does.
_OF_IT = bindparam("charter", type_=Integer())
_ITSELF = select(Charter).where(Charter.id == _OF_IT)
_AS_DECIDED = select(Charter.content_hash).where(Charter.id == _OF_IT)
_CORRECTED = (
    select(Decision.content_hash)
    .where(Decision.charter_id == _OF_IT, Decision.what == Act.CORRECT)
    .order_by(Decision.id.desc())
    .limit(1)
)
_SUBMISSION = (
    select(Journal.details, Journal.reason)
    .where(Journal.charter_id == _OF_IT, Journal.act == Act.SUBMIT)
    .order_by(Journal.id.desc())
    .limit(1)
)


def text_in_force(connection: Connection, charter_id: int) -> str:
    """The hash of a decided charter's text: its latest correction, else as decided."""
    asked = {"charter": charter_id}
    corrected = connection.execute(_CORRECTED, asked).scalar()
    return corrected or str(connection.execute(_AS_DECIDED, asked).scalar_one())


def submission_of(connection: Connection, charter_id: int) -> Row[Any] | None:
    """What was said as the case was last submitted: its details, and the message with it."""
    return connection.execute(_SUBMISSION, {"charter": charter_id}).first()


def presenter_of(connection: Connection, charter_id: int, round_: int) -> str | None:
    """Who presents the case in this round, as its submission named them."""
    submission = submission_of(connection, charter_id)
    return submission.details.get("presenter") if submission and round_ else None


def in_force(
    connection: Connection, group_id: int, day: date, kind: str = CHARTER
) -> Row[Any] | None:
    """The charter in force for a group on a day, by its dates; None when there was none.

    Dates are the truth, not the punctuality of a sweep.
    """
    return connection.execute(
        select(Charter).where(
            Charter.group_id == group_id,
            Charter.kind == kind,
            Charter.state.in_(DECIDED),
            Charter.valid_from <= day,
            or_(Charter.ends_on.is_(None), Charter.ends_on >= day),
        )
    ).first()


def is_in_force(charter: Row[Any], day: date) -> bool:
    """Whether this charter is in force on a day, by its dates."""
    return (
        charter.state in DECIDED
        and charter.valid_from is not None
        and charter.valid_from <= day
        and (charter.ends_on is None or charter.ends_on >= day)
    )


def last_whole_look(connection: Connection) -> date | None:
    """The last day that the calendar looked at to the end, as its own records say."""
    days = [
        connection.execute(
            select(func.max(Sweep.day)).where(Sweep.flow.in_(flows), Sweep.finished_at.is_not(None))
        ).scalar()
        for flows in (("daily", "review-reminders"), ("daily", "renewal-and-expiry"))
    ]
    return min((day for day in days if day is not None), default=None) if all(days) else None


def sweeps(connection: Connection, most: int) -> list[Row[Any]]:
    """The latest looks of the calendar and the post, the newest on top."""
    return list(connection.execute(select(Sweep).order_by(Sweep.id.desc()).limit(most)))


def group_called(connection: Connection, name: str) -> Row[Any] | None:
    """The group with this key or name, however it is cased."""
    return connection.execute(
        select(Group).where(
            or_(Group.key == name.strip(), Group.name_folded == name.strip().casefold())
        )
    ).first()


def groups_like(connection: Connection, name: str, most: int = 3) -> list[str]:
    """The names of the groups spelled most like this."""
    from rapidfuzz import process

    names = connection.execute(select(Group.name)).scalars().all()
    return [near for near, _score, _place in process.extract(name, names, limit=most)]


def charter_row(connection: Connection, charter_id: int) -> Row[Any] | None:
    """The charter of this number, as it stands."""
    return connection.execute(_ITSELF, {"charter": charter_id}).first()


def subject_title(connection: Connection, subject_id: int) -> str | None:
    """What a subject that is no group is called; None for a group."""
    return connection.scalar(select(Subject.title).where(Subject.id == subject_id))


def charters(
    connection: Connection,
    *,
    states: Collection[State] = (),
    group_id: int | None = None,
    most: int = 1000,
) -> list[Row[Any]]:
    """Charters with their group's name, those that end first on top, open ones before them."""
    query = (
        select(Charter, Group.name.label("group_name"), Person.name.label("handler_name"))
        .outerjoin(Group, Charter.group_id == Group.id)
        .outerjoin(Person, Charter.handler_id == Person.id)
        .order_by(Charter.ends_on.nulls_first(), Charter.id)
        .limit(most)
    )
    if states:
        query = query.where(Charter.state.in_(states))
    if group_id is not None:
        query = query.where(Charter.group_id == group_id)
    return list(connection.execute(query))


def history(connection: Connection, charter_id: int) -> list[Row[Any]]:
    """The journal of one charter, oldest first."""
    return list(
        connection.execute(
            select(Journal).where(Journal.charter_id == charter_id).order_by(Journal.id)
        )
    )


def papers_of(connection: Connection, charter_id: int) -> list[Row[Any]]:
    """The papers kept of a charter, without their bytes, oldest first."""
    return list(
        connection.execute(
            select(
                PaperKept.id,
                PaperKept.paper,
                PaperKept.round,
                PaperKept.media_type,
                PaperKept.filename,
                PaperKept.sha256,
                PaperKept.written_at,
            )
            .where(PaperKept.charter_id == charter_id)
            .order_by(PaperKept.id)
        )
    )


def paper(connection: Connection, paper_id: int) -> Row[Any] | None:
    """One paper, byte for byte."""
    return connection.execute(select(PaperKept).where(PaperKept.id == paper_id)).first()


def kept_paper(connection: Connection, body: bytes) -> Row[Any] | None:
    """The kept paper that is these bytes, without them; None when none is."""
    return connection.execute(
        select(PaperKept.id, PaperKept.charter_id, PaperKept.paper)
        .where(PaperKept.sha256 == hashlib.sha256(body).hexdigest())
        .order_by(PaperKept.id)
        .limit(1)
    ).first()


def recipients_of(connection: Connection, charter_id: int) -> list[Row[Any]]:
    """The distribution list as it was resolved at the decision, and how each was reached."""
    return list(
        connection.execute(
            select(Recipient)
            .where(Recipient.charter_id == charter_id)
            .order_by(Recipient.place, Recipient.id)
        )
    )


def decisions_of(connection: Connection, charter_id: int) -> list[Row[Any]]:
    """The decisions made on a charter, oldest first."""
    return list(
        connection.execute(
            select(Decision).where(Decision.charter_id == charter_id).order_by(Decision.id)
        )
    )


def letters_of(connection: Connection, charter_id: int) -> list[Row[Any]]:
    """The letters about a charter, without their bytes, oldest first."""
    return list(
        connection.execute(
            select(
                Outbox.id,
                Outbox.day,
                Outbox.letter,
                Outbox.stage,
                Outbox.to_name,
                Outbox.to_email,
                Outbox.state,
                Outbox.sent_at,
                Outbox.code,
            )
            .where(Outbox.charter_id == charter_id)
            .order_by(Outbox.id)
        )
    )


def letters_in_outbox(
    connection: Connection,
    *,
    states: Collection[Fate] = (),
    charter_id: int | None = None,
    most: int = 200,
) -> list[Row[Any]]:
    """The letters in the outbox without their bytes: those that leave next on top.

    Without `states`, those that wait and those someone should look at: neither what has been sent
    again nor what was meant for somebody who has been reached, or given up.
    """
    query = (
        select(
            Outbox.id,
            Outbox.letter,
            Outbox.stage,
            Outbox.charter_id,
            Outbox.group_id,
            Outbox.to_name,
            Outbox.to_email,
            Outbox.state,
            Outbox.day,
            Outbox.due_at,
            Outbox.priority,
            Outbox.attempts,
            Outbox.code,
            Outbox.reply,
            Outbox.sent_at,
        )
        .order_by(Outbox.priority, Outbox.due_at, Outbox.id)
        .limit(most)
    )
    if charter_id is not None:
        query = query.where(Outbox.charter_id == charter_id)
    if states:
        return list(connection.execute(query.where(Outbox.state.in_(states))))
    again = aliased(Outbox)
    dealt_with = or_(
        exists().where(again.resend_of == Outbox.id),
        exists().where(
            Recipient.id == Outbox.recipient_id,
            Recipient.outcome.is_not(None),
            Recipient.outcome != Reach.BOUNCED,
        ),
    )
    # Asked for together, they would be looked for among all that were ever sent.
    waiting = connection.execute(query.where(WAITING))
    stranded = connection.execute(query.where(STRANDED, ~dealt_with))
    both = sorted((*waiting, *stranded), key=lambda row: (row.priority, row.due_at, row.id))
    return both[:most]


def letter_row(connection: Connection, number: int) -> Row[Any] | None:
    """One letter in the outbox, all of it."""
    return connection.execute(select(Outbox).where(Outbox.id == number)).first()


def fate_of(letter: Row[Any]) -> Words:
    """What has become of a letter, as people say it: honest where no relay was asked.

    `letter` is its row in the outbox, or one with its `state` and `code`.
    """
    if letter.state == Fate.SENT and letter.code is None:
        return WRITTEN_TO_FOLDER
    return Fate(letter.state).words


WRITTEN_TO_FOLDER = Words("skrivet till brevmappen", "written to the letter folder")


def sent_again_as(connection: Connection, number: int) -> int | None:
    """The letter that was sent again in place of this one."""
    return connection.scalar(select(Outbox.id).where(Outbox.resend_of == number))


def attempts_at(connection: Connection, number: int) -> list[Row[Any]]:
    """Each try at delivering a letter, oldest first."""
    return list(
        connection.execute(select(Attempt).where(Attempt.outbox_id == number).order_by(Attempt.id))
    )


def suppressions(connection: Connection) -> list[Row[Any]]:
    """The addresses that get no letters, the latest on top."""
    return list(
        connection.execute(
            select(Suppression).order_by(Suppression.since.desc(), Suppression.email_folded)
        )
    )
