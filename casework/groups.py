"""Discontinuing a group: a decision that ends its charter, its drafts and its seats."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, or_, select, update

from casework.change import Said
from casework.door import carry_out
from casework.gaps import look_for_gaps
from casework.letters import addressed, letter_to
from casework.matter import Matter, Sitting
from casework.papers import Ending
from casework.questions import CHARTER, group_called
from casework.review import authentication_age, block, decision_row, stood_in_for
from casework.writing import ENTRIES, journal_stem
from models.directory import Directory, Holding
from models.tables import Charter, Decision, Group, PaperKept, SeatHeld, Subject
from notifications.outbox import post
from statemachine.calendar import DAY
from statemachine.case import Case, Standing
from statemachine.lifecycle import DISCONTINUABLE
from statemachine.machine import NotInTheLife, Refused
from statemachine.vocabulary import LIVING, Act, Audience, Letter, Role, State
from statemachine.words import Refusal, Words

DISCONTINUE_GROUP = "discontinue-group"
CLOSED = "Gruppen är avvecklad."
"""Why its drafts are abandoned and its reviews returned."""


@dataclass(frozen=True, slots=True)
class GroupDiscontinued:
    """What discontinuing a group came to."""

    group: str
    effective_day: date
    charters_ended: tuple[int, ...]
    returned: tuple[int, ...]
    abandoned: tuple[int, ...]
    letters: int


def discontinue_group(
    connection: Connection, group_name: str, *, at: Sitting, into: str | None = None, **said: Any
) -> GroupDiscontinued:
    """Decide that a group ceases to be on `effective_day`, its first day no longer existing.

    Its charters in force are discontinued by the same decision; `into` names the group taking over.
    On the effective day reviews are returned, drafts abandoned and seats closed.

    Raises Refused with every broken rule, NotInTheLife for someone without the authority, and
    Refusal for an unknown group.
    """
    group = _group(connection, group_name)
    connection.execute(subjects_to_lock(Group.id == group.id))
    successor = _taking_over(connection, group, into) if into else None
    stated = Said(**said, taken_over_by=successor.name if successor is not None else None)
    matter = Matter(connection, None, at, Directory(connection, at.today), group=group)
    held, basis = _authority(matter)
    _judge(matter, stated)
    assert stated.effective_day is not None
    ended = _end_charters(connection, group, at, said, stated)
    decision = decision_row(
        matter,
        stated,
        what=DISCONTINUE_GROUP,
        office=held.office,
        standing_in_for=stood_in_for(matter, held),
        basis=basis,
        content_hash=None,
    )
    paper = _file(matter, decision, stated)
    # Asked anew: a charter that was just ended may have left the group with a gap to be told of.
    wakes_on = connection.execute(select(Group.wake_on).where(Group.id == group.id)).scalar_one()
    connection.execute(
        update(Group)
        .where(Group.id == group.id)
        .values(
            discontinued_on=stated.effective_day,
            taken_over_by_id=successor.id if successor is not None else None,
            wake_on=min(stated.effective_day, wakes_on or stated.effective_day),
        )
    )
    _journal(matter, stated)
    letters = _tell(matter, stated, paper, ended)
    returned: tuple[int, ...] = ()
    abandoned: tuple[int, ...] = ()
    if stated.effective_day <= at.today:
        returned, abandoned = close_group(connection, group.id, at)
    return GroupDiscontinued(group.name, stated.effective_day, ended, returned, abandoned, letters)


@dataclass(frozen=True, slots=True)
class WouldEnd:
    """What discontinuing a group would end, by title, and how many seats it would close."""

    charters: tuple[str, ...]
    reviews: tuple[str, ...]
    drafts: tuple[str, ...]
    seats: int


def would_discontinue(
    connection: Connection, group_name: str, *, at: Sitting, into: str | None = None, **said: Any
) -> WouldEnd:
    """What `discontinue_group` would end, judged as it would be. Nothing is written.

    Raises what `discontinue_group` raises.
    """
    group = _group(connection, group_name)
    if into:
        _taking_over(connection, group, into)
    stated = Said(**said)
    matter = Matter(connection, None, at, Directory(connection, at.today), group=group)
    _authority(matter)
    _judge(matter, stated)
    titles = {
        row.id: row.title
        for row in connection.execute(
            select(Charter.id, Charter.title).where(Charter.group_id == group.id)
        )
    }

    def called(ids: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(titles[one] for one in ids)

    return WouldEnd(
        called(_to_end(connection, group, stated)),
        called(_charters(connection, group.id, (State.REVIEW,))),
        called(_charters(connection, group.id, (State.DRAFT,))),
        len(matter.people.seats(group.id)),
    )


def close_group(
    connection: Connection, group_id: int, at: Sitting
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Close a group whose last day has passed: returns the reviews returned, the drafts abandoned.

    Safe to do twice.
    """
    calendar = at.by_the_calendar()
    drafts = _charters(connection, group_id, (State.DRAFT,))
    reviews = _charters(connection, group_id, (State.REVIEW,))
    for charter_id in drafts:
        carry_out(connection, charter_id, Act.ABANDON, at=calendar, reason=CLOSED)
    for charter_id in reviews:
        carry_out(connection, charter_id, Act.SEND_BACK, at=calendar, reason=CLOSED)
    discontinued_on = connection.execute(
        select(Group.discontinued_on).where(Group.id == group_id)
    ).scalar_one()
    last_day = (discontinued_on or at.today) - DAY
    connection.execute(
        update(SeatHeld)
        .where(
            SeatHeld.group_id == group_id,
            or_(SeatHeld.through.is_(None), SeatHeld.through > last_day),
        )
        .values(through=last_day)
    )
    connection.execute(update(Group).where(Group.id == group_id).values(wake_on=None))
    look_for_gaps(connection, [group_id], at.today, at.settings.calendar)
    return reviews, drafts


def subjects_to_lock(*of_groups: ColumnElement[bool]) -> Select[tuple[int]]:
    """The subjects of these groups, locked when asked for, as acts on their charters do first."""
    return (
        select(Subject.id)
        .where(Subject.group_id.in_(select(Group.id).where(*of_groups)))
        .order_by(Subject.id)
        .with_for_update(key_share=True)
    )


def _group(connection: Connection, name: str) -> Any:
    group = group_called(connection, name)
    if group is None:
        raise Refusal(
            Words(
                "Det finns ingen grupp som heter {name}.", "There is no group called {name}."
            ).about(name=name),
            at_terminal=Words(
                "Se alla med: mandat organisation show",
                "See them all with: mandat organisation show",
            ),
        )
    return group


def _taking_over(connection: Connection, group: Any, name: str) -> Any:
    """The group that takes over: another one, and one that goes on."""
    successor = _group(connection, name)
    if successor.id == group.id:
        raise Refusal(
            Words(
                "{group} kan inte tas över av sig själv. Ange en annan grupp, eller ingen.",
                "{group} cannot be taken over by itself. Name another group, or none.",
            ).about(group=group.name)
        )
    if successor.discontinued_on is not None:
        raise Refusal(
            Words(
                "{group} kan inte ta över: den upphör själv {day}. Ange en grupp som finns kvar.",
                "{group} cannot take over: it ceases to be on {day} itself. Name one that goes on.",
            ).about(group=successor.name, day=successor.discontinued_on)
        )
    return successor


def _authority(matter: Matter) -> tuple[Holding, str]:
    """The office by which the person may discontinue the group, and on what basis."""
    assert matter.group is not None
    where = {"kind": CHARTER, "group_id": matter.group.id, "area": matter.group.area}
    for office_id in matter.people.offices_with("discontinue", **where):
        for held in matter.people.able(office_id):
            if matter.by is not None and held.person.id == matter.by.id:
                authority = matter.people.authority("discontinue", office_id=office_id, **where)
                assert authority is not None
                return held, authority.basis
    raise NotInTheLife(
        Act.DISCONTINUE,
        (
            Words(
                "{name} har inte rätt att avveckla gruppen {group} i dag.",
                "{name} has no authority to discontinue the group {group} today.",
            ).about(name=matter.by.name if matter.by else "–", group=matter.group.name),
        ),
    )


def _judge(matter: Matter, said: Said) -> None:
    """The same rules as for discontinuing a charter."""
    assert matter.group is not None
    case = Case(
        today=matter.today,
        standing=Standing(state=State.DISTRIBUTED, discontinue_on=matter.group.discontinued_on),
        reason=said.reason,
        registry_number=said.registry_number,
        effective_day=said.effective_day,
        conflict=said.conflict,
        authenticated=authentication_age(matter),
    )
    broken = [rule for rule in DISCONTINUABLE if not rule(case)]
    if broken:
        raise Refused(
            Act.DISCONTINUE,
            tuple(rule.refuse(case) for rule in broken),
            tuple(rule.name for rule in broken),
        )


def _to_end(connection: Connection, group: Any, stated: Said) -> tuple[int, ...]:
    """The group's charters that would otherwise still be in force on its first day gone."""
    return tuple(
        connection.scalars(
            select(Charter.id)
            .where(
                Charter.group_id == group.id,
                Charter.state.in_(LIVING),
                or_(
                    Charter.discontinue_on.is_(None),
                    Charter.discontinue_on > stated.effective_day,
                ),
                or_(Charter.ends_on.is_(None), Charter.ends_on >= stated.effective_day),
            )
            .order_by(Charter.id)
        )
    )


def _end_charters(
    connection: Connection, group: Any, at: Sitting, said: dict[str, Any], stated: Said
) -> tuple[int, ...]:
    ids = _to_end(connection, group, stated)
    for charter_id in ids:
        carry_out(
            connection,
            charter_id,
            Act.DISCONTINUE,
            at=at,
            **said,
            taken_over_by=stated.taken_over_by,
        )
    return ids


def _file(matter: Matter, decision: dict[str, Any], said: Said) -> int | None:
    """Keep the decision and its paper; returns the paper's number."""
    assert matter.group is not None
    assert said.effective_day is not None
    decision_id = matter.connection.execute(
        insert(Decision)
        .values(group_id=matter.group.id, decided_at=matter.sitting.now, **decision)
        .returning(Decision.id)
    ).scalar_one()
    sheets = matter.sitting.press.discontinuance(
        Ending(
            title=matter.group.name,
            group=matter.group.name,
            effective_on=said.effective_day,
            language=matter.sitting.settings.language,
            taken_over_by=said.taken_over_by,
        ),
        block(
            matter,
            decision,
            None,
            said.effective_day - DAY,
            matter.sitting.settings.language,
        ),
    )
    paper = None
    for sheet in sheets:
        paper = matter.connection.execute(
            insert(PaperKept)
            .values(
                decision_id=decision_id,
                paper=sheet.paper,
                media_type=sheet.media_type,
                filename=f"Avveckling {matter.group.name}{sheet.suffix}",
                sha256=sheet.sha256,
                body=sheet.body,
                written_at=matter.sitting.now,
            )
            .returning(PaperKept.id)
        ).scalar_one()
    return paper


def _journal(matter: Matter, said: Said) -> None:
    assert said.effective_day is not None
    ENTRIES.write(
        matter.connection,
        [
            {
                **journal_stem(matter, None),
                "act": DISCONTINUE_GROUP,
                "role": Role.DISCONTINUER,
                "stood": None,
                "becomes": None,
                "reason": said.reason,
                "details": {
                    "effective_day": said.effective_day.isoformat(),
                    "taken_over_by": said.taken_over_by,
                },
            }
        ],
    )


def _tell(matter: Matter, said: Said, paper: int | None, ended: tuple[int, ...]) -> int:
    """Tell everyone in the group, unless the decision on its charter already has."""
    if ended:
        return 0
    seated = tuple(dict.fromkeys(held.person for held in matter.people.seats(matter.group_id)))
    who = addressed(Letter.DISCONTINUED, "", matter, {Audience.PARTICIPANT: seated})
    return post(
        matter.connection,
        [
            letter_to(
                reader,
                Letter.DISCONTINUED,
                matter,
                papers=(paper,) if paper is not None else (),
                about=None,
                said={
                    "reason": said.reason,
                    "effective_day": said.effective_day,
                    "taken_over_by": said.taken_over_by,
                },
            )
            for reader in who.readers
        ],
        now=matter.sitting.now,
        today=matter.today,
        domain=matter.sitting.settings.mail_domain,
    )


def _charters(connection: Connection, group_id: int, states: tuple[State, ...]) -> tuple[int, ...]:
    return tuple(
        connection.execute(
            select(Charter.id)
            .where(Charter.group_id == group_id, Charter.state.in_(states))
            .order_by(Charter.id)
        ).scalars()
    )
