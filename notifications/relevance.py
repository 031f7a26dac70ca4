"""Whether a letter still makes sense at the moment it would leave, letter by letter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from models.tables import STILL_UNREACHED, Charter, Group, Outbox, Recipient
from statemachine.vocabulary import LIVING, Letter, State
from statemachine.words import Words

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Now:
    """Where the letter's charter and group stand at this moment."""

    state: str | None = None
    same_round: bool = True
    successor_decided: bool = False
    group_in_gap: bool = False
    someone_unreached: bool = False


StillHolds = Callable[[Now], bool]


def in_that_review(now: Now) -> bool:
    return now.state == State.REVIEW and now.same_round


def still_a_draft(now: Now) -> bool:
    return now.state == State.DRAFT


def still_living(now: Now) -> bool:
    return now.state in LIVING


def living_with_nothing_decided_after(now: Now) -> bool:
    return now.state in LIVING and not now.successor_decided


def living_with_someone_unreached(now: Now) -> bool:
    return now.state in LIVING and now.someone_unreached


def still_expired(now: Now) -> bool:
    return now.state == State.EXPIRED


def still_in_gap(now: Now) -> bool:
    return now.group_in_gap


def always(_now: Now) -> bool:
    """It tells of something that has happened, and stays true."""
    return True


RELEVANT: dict[Letter, StillHolds] = {
    Letter.DECISION_REQUEST: in_that_review,
    Letter.DECISION_REMINDER: in_that_review,
    Letter.ESCALATION: in_that_review,
    Letter.NOBODY_CAN_DECIDE: in_that_review,
    Letter.OPINION_ASKED: in_that_review,
    Letter.OPINION_GIVEN: always,
    Letter.HANDED_OVER: always,
    Letter.WITHDRAWN: always,
    Letter.SENT_BACK: always,
    Letter.OUTCOME: always,
    Letter.DISTRIBUTION: still_living,
    Letter.DISTRIBUTION_INCOMPLETE: living_with_someone_unreached,
    Letter.CORRECTED: still_living,
    Letter.DRAFT_UNTOUCHED: still_a_draft,
    Letter.FOLLOW_UP: living_with_nothing_decided_after,
    Letter.RENEWAL: living_with_nothing_decided_after,
    Letter.LAST_CALL: living_with_nothing_decided_after,
    Letter.EXPIRED: still_expired,
    Letter.GAP: still_in_gap,
    Letter.DISCONTINUED: always,
    Letter.UNDELIVERABLE: always,
    Letter.STANDSTILL: always,
    Letter.ALARM: always,
    Letter.DIGEST: always,
    Letter.LOGIN_CODE: always,
}

NO_LONGER = Words(
    "Brevet stämmer inte längre och skickades därför inte.",
    "The letter no longer holds and was therefore not sent.",
)


OVERTAKEN = Words(
    "Ett senare brev till samma läsare om samma sak ({letter}) går i stället.",
    "A later letter to the same reader about the same matter ({letter}) goes instead.",
)


def overtaken(connection: Connection, row: Row[Any], now: datetime) -> Words | None:
    """Why one of the calendar's letters gives way to another: nobody gets two about one charter.

    When letters have stood still the newest goes. A request for a decision, which carries the
    paper, gives way to none: what would only remind of it does.
    """
    if not row.calendar or row.letter == Letter.DECISION_REQUEST:
        return None
    about_it = (
        Outbox.charter_id == row.charter_id
        if row.charter_id is not None
        else and_(Outbox.charter_id.is_(None), Outbox.group_id == row.group_id)
    )
    is_request = Outbox.letter == Letter.DECISION_REQUEST
    leaves_today = or_(Outbox.sent_at.is_(None), Outbox.sent_at > now - DAY)
    others = connection.execute(
        select(Outbox.__table__)
        .where(
            about_it,
            Outbox.calendar,
            Outbox.id != row.id,
            func.lower(Outbox.to_email) == row.to_email.lower(),
            Outbox.state.in_(("pending", "claimed", "sending", "uncertain", "sent")),
            or_(
                # What someone sends again is no later letter, though its number is higher.
                and_(Outbox.id > row.id, Outbox.resend_of.is_(None)),
                and_(is_request, leaves_today),
            ),
        )
        .order_by(Outbox.id.desc())
    )
    for other in others:
        if still_makes_sense(connection, other):
            return OVERTAKEN.about(letter=Letter(other.letter).words)
    return None


def still_makes_sense(connection: Connection, row: Row[Any]) -> bool:
    """Whether the letter in this outbox row should still be sent."""
    return RELEVANT[Letter(row.letter)](_now(connection, row))


def _now(connection: Connection, row: Row[Any]) -> Now:
    found = connection.execute(_where_it_stands(), {"letter": row.id}).one()
    return Now(
        state=found.state,
        same_round=row.round is None or found.round == row.round,
        successor_decided=bool(found.successor_decided),
        someone_unreached=bool(found.someone_unreached),
        group_in_gap=found.gap_since is not None,
    )


@cache
def _where_it_stands() -> Select[Any]:
    """Built once: to build it takes longer than to ask."""
    successor = aliased(Charter)
    # One cut to nothing before its day follows nobody.
    decided_after = exists().where(
        successor.subject_id == Charter.subject_id,
        successor.kind == Charter.kind,
        successor.state.in_(LIVING),
        tuple_(successor.valid_from, successor.id) > tuple_(Charter.valid_from, Charter.id),
        or_(successor.ends_on.is_(None), successor.ends_on >= successor.valid_from),
    )
    unreached = exists(1).where(Recipient.charter_id == Charter.id, STILL_UNREACHED)
    return (
        select(
            Charter.state,
            Charter.round,
            decided_after.label("successor_decided"),
            unreached.label("someone_unreached"),
            Group.gap_since,
        )
        .select_from(Outbox)
        .outerjoin(Charter, Charter.id == Outbox.charter_id)
        .outerjoin(Group, Group.id == func.coalesce(Outbox.group_id, Charter.group_id))
        .where(Outbox.id == bindparam("letter"))
    )
