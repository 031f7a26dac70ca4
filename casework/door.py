"""The one door: every act on a charter is carried out here, in the caller's transaction."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from casework import drafting, living, review
from casework.change import Change, Said
from casework.matter import Matter, Sitting, open_matter, siblings_of
from casework.questions import CHARTER
from casework.writing import Done, wake_office, write
from models.directory import Directory
from models.tables import Group, Subject
from statemachine.machine import NotInTheLife
from statemachine.vocabulary import LIVING, Act, Role
from statemachine.words import Words

__all__ = ["HANDLING", "Done", "carry_out", "wake_office"]

HANDLING: dict[Act, Callable[[Matter, Said], Change]] = {
    Act.DRAFT: drafting.draft,
    Act.RENEW: drafting.renew,
    Act.RECORD: drafting.record,
    Act.EDIT: drafting.edit,
    Act.HAND_OVER: drafting.hand_over,
    Act.ABANDON: drafting.abandon,
    Act.SUBMIT: review.submit,
    Act.ASK_OPINION: review.ask_opinion,
    Act.OPINION: review.opinion,
    Act.WITHDRAW: review.withdraw,
    Act.SEND_BACK: review.send_back,
    Act.DECLARE_CONFLICT: review.declare_conflict,
    Act.APPROVE: review.approve,
    Act.DISTRIBUTE: living.distribute,
    Act.ENTER_RENEWAL: living.enter_renewal,
    Act.CORRECT: living.correct,
    Act.SUPERSEDE: living.supersede,
    Act.EXPIRE: living.expire,
    Act.DISCONTINUE: living.discontinue,
}


def carry_out(
    connection: Connection, charter_id: int | None, act: Act, *, at: Sitting, **said: Any
) -> Done:
    """Do `act` to a charter, or begin one with it (`charter_id` None), and return what came of it.

    State, journal, papers and letters are written in the caller's transaction: all or nothing.

    Raises machine.Refused with every broken rule, NotInTheLife, NoSuchCharter or SomeoneWasFirst.
    """
    matter = (
        _unwritten(connection, act, at, Said(**said))
        if charter_id is None
        else open_matter(connection, charter_id, at)
    )
    change = HANDLING[act](matter, Said(**said))
    done = write(matter, change)
    for consequence in _at_once(matter, change, done.charter_id):
        carry_out(connection, consequence[0], consequence[1], at=at.by_the_calendar())
    return done


def _at_once(matter: Matter, change: Change, charter_id: int) -> Iterable[tuple[int, Act]]:
    """What an act ends on the very day it is made, rather than when the calendar next looks."""
    for cut, last_day in change.cuts.items():
        other = next(one for one in matter.siblings if one.id == cut)
        if last_day < matter.today and other.state in LIVING:
            yield cut, Act.SUPERSEDE
    if change.outcome.act is Act.DISCONTINUE and change.outcome.role is not Role.CALENDAR:
        effective_day: date = change.columns["discontinue_on"]
        if effective_day <= matter.today:
            yield charter_id, Act.DISCONTINUE


_GROUP = select(Group).where(Group.id == bindparam("group"))
_SUBJECT = select(Subject.id).with_for_update(key_share=True)
_OF_A_GROUP = _SUBJECT.where(Subject.group_id == bindparam("group_id"))
_OF_ITS_OWN = _SUBJECT.where(Subject.title == bindparam("title"))


def _unwritten(connection: Connection, act: Act, at: Sitting, said: Said) -> Matter:
    """A matter with no charter yet, for the subject the act names. The subject's row is locked."""
    if act not in (Act.DRAFT, Act.RENEW, Act.RECORD):
        raise NotInTheLife(
            act, (Words("Ange vilken handling det gäller.", "Say which charter it concerns."),)
        )
    group = (
        connection.execute(_GROUP, {"group": said.group_id}).first()
        if said.group_id is not None
        else None
    )
    subject_id = _subject(connection, said)
    kind = said.document.kind if said.document else said.kind or CHARTER
    return Matter(
        connection,
        None,
        at,
        Directory(connection, at.today),
        siblings=siblings_of(connection, subject_id, kind),
        group=group,
        subject_id=subject_id,
    )


def _subject(connection: Connection, said: Said) -> int:
    if said.group_id is not None:
        locked = _OF_A_GROUP
        new: dict[str, Any] = {"group_id": said.group_id}
    else:
        title = said.subject or (said.document.title if said.document else None)
        if not title:
            raise drafting.NothingSaid(
                Words(
                    "Ange vilken grupp handlingen gäller, eller vad den handlar om.",
                    "Say which group the document is for, or what it is about.",
                )
            )
        locked = _OF_ITS_OWN
        new = {"title": title}
    found = connection.execute(locked, new).scalar()
    if found is None:
        # Someone else may be first with the same subject: whoever comes second finds it there.
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(Subject).values(**new).on_conflict_do_nothing())
        found = connection.execute(locked, new).scalar_one()
    return int(found)
