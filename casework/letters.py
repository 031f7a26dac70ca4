"""The letters an act or the calendar causes: the people of the day behind each audience."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from casework.matter import Matter, Sibling, open_successor
from models.directory import Directory, Someone
from notifications.facts import AboutCharter, Asked, LetterFacts, Reader, Successor
from notifications.outbox import LetterToPost
from notifications.recipients import FALLBACK, meant_for
from statemachine.vocabulary import Audience, Duty, Letter, Paper, Seat, State
from statemachine.words import Language

ATTACHED: dict[Letter, Paper] = {
    Letter.DECISION_REQUEST: Paper.DRAFT,
    Letter.OPINION_ASKED: Paper.DRAFT,
    Letter.OUTCOME: Paper.DECISION,
    Letter.DISTRIBUTION: Paper.DECISION,
    Letter.CORRECTED: Paper.CORRECTION,
    Letter.DISCONTINUED: Paper.DISCONTINUANCE,
}
"""The paper a letter carries."""

TO_THOSE_ASKED = (Letter.WITHDRAWN,)
"""These call off what someone was asked for: where nobody was, there is nobody to tell."""

# fmt: off
TO_DO: dict[Letter, tuple[str, ...]] = {
    Letter.DECISION_REQUEST: (
        "mandat show {id}",
        "mandat approve {id} --by {me} --no-conflict",
        'mandat send-back {id} --by {me} --reason "…"',
        "mandat declare-conflict {id} --by {me}",
    ),
    Letter.DECISION_REMINDER: (
        "mandat approve {id} --by {me} --no-conflict",
        'mandat send-back {id} --by {me} --reason "…"',
    ),
    Letter.ESCALATION: ("mandat show {id}",),
    Letter.NOBODY_CAN_DECIDE: ("mandat show {id}",),
    Letter.OPINION_GIVEN: ("mandat show {id}",),
    Letter.HANDED_OVER: ("mandat show {id}",),
    Letter.OPINION_ASKED: ('mandat opinion {id} --by {me} --supports --statement "…"',),
    Letter.DRAFT_UNTOUCHED: ("mandat show {id}", "mandat submit {id} --by {me} --no-conflict"),
    Letter.SENT_BACK: (
        "mandat edit {id} … --by {me}",
        "mandat submit {id} --by {me} --no-conflict",
    ),
    Letter.RENEWAL: ("mandat renew {group} --by {me}",),
    Letter.LAST_CALL: ("mandat renew {group} --by {me}",),
    Letter.EXPIRED: ("mandat renew {group} --by {me}",),
    Letter.GAP: ("mandat draft … --group {group} --by {me}",),
    Letter.DISTRIBUTION_INCOMPLETE: ("mandat show {id}",),
    Letter.UNDELIVERABLE: (
        'mandat outbox retry {number} --email … --by {me} --reason "…"',
        'mandat outbox reached-otherwise {number} --by {me} --how "…"',
    ),
    Letter.STANDSTILL: ("mandat outbox list",),
    Letter.ALARM: ("mandat check-config", "mandat calendar run", "mandat deliver"),
}
"""What the reader types to act on the letter, where there are no pages."""
# fmt: on


ASKS_TO_DECIDE = (Letter.DECISION_REQUEST, Letter.DECISION_REMINDER, Letter.ESCALATION)
"""Letters whose link leads whoever decides to the very case they are about."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One reader of a letter, and in what role."""

    name: str
    email: str
    language: Language
    role: Audience
    in_copy: bool = False
    in_place_of: Audience | None = None
    person: Someone | None = None
    recipient_id: int | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who gets a letter, and which of the roles it was meant for nobody holds."""

    readers: tuple[Addressee, ...]
    missing: tuple[Audience, ...]


def addressed(
    letter: Letter,
    stage: str,
    matter: Matter,
    known: Mapping[Audience, Iterable[Someone]],
    recipients: Iterable[Any] = (),
) -> Addressed:
    """The readers of a letter: each once, in the first role it reaches them in.

    `known` are audiences only the act knows. When nobody can be reached the letter goes to the
    fallback, and says for whom it was meant: an empty set is never silence.
    """
    readers: dict[str, Addressee] = {}
    missing: list[Audience] = []
    for meant in meant_for(letter, stage):
        people: Iterable[Someone] = ()
        if meant.audience is Audience.DISTRIBUTION_LIST:
            found: list[Addressee] = [_listed(one) for one in recipients]
        else:
            people = (
                known[meant.audience]
                if meant.audience in known
                else _holding(meant.audience, matter)
            )
            found = [
                _reader(one, meant.audience, in_copy=meant.in_copy) for one in people if one.email
            ]
        if not found and not _is_nobody(letter, meant.audience, people):
            missing.append(meant.audience)
        for one in found:
            readers.setdefault(one.email.casefold(), one)
    if readers or (letter in TO_THOSE_ASKED and not missing):
        return Addressed(tuple(readers.values()), tuple(missing))
    return Addressed(_fallback(matter, missing), tuple(missing))


def _is_nobody(letter: Letter, audience: Audience, people: Iterable[Someone]) -> bool:
    """Whether an audience without readers is missed by nobody."""
    nobody_was_asked = letter in TO_THOSE_ASKED and not any(True for _ in people)
    return audience is Audience.PARTICIPANT or nobody_was_asked


def _fallback(matter: Matter, missing: list[Audience]) -> tuple[Addressee, ...]:
    return first_to_reach(FALLBACK, matter, in_place_of=missing[0] if missing else None)


def first_to_reach(
    audiences: Iterable[Audience],
    matter: Matter,
    *,
    in_place_of: Audience | None = None,
    not_at: Collection[str] = (),
) -> tuple[Addressee, ...]:
    """Those of the first audience that anybody can be reached in.

    `not_at` are addresses that letters do not reach, in lower case.
    """
    for audience in audiences:
        found = [
            one
            for one in _holding(audience, matter)
            if one.email and one.email.casefold() not in not_at
        ]
        if found:
            meant = None if audience is in_place_of else in_place_of
            return tuple(_reader(one, audience, in_place_of=meant) for one in found)
    return ()


def _reader(
    one: Someone, role: Audience, *, in_copy: bool = False, in_place_of: Audience | None = None
) -> Addressee:
    language: Language = "en" if one.language == "en" else "sv"
    return Addressee(one.name, one.email or "", language, role, in_copy, in_place_of, one)


def _listed(row: Any) -> Addressee:
    language: Language = "en" if row.language == "en" else "sv"
    return Addressee(
        row.name,
        row.email,
        language,
        Audience.DISTRIBUTION_LIST,
        recipient_id=row.id,
        purpose=row.purpose,
    )


def _holding(audience: Audience, matter: Matter) -> tuple[Someone, ...]:
    """Who holds the role today, for this charter or its group."""
    people: Directory = matter.people
    row = matter.row
    match audience:
        case Audience.CHAIR:
            return people.seated(matter.group_id, Seat.CHAIR)
        case Audience.COORDINATOR:
            return people.seated(matter.group_id, Seat.COORDINATOR)
        case Audience.LIAISON:
            return people.seated(matter.group_id, Seat.LIAISON)
        case Audience.REGISTRY_KEEPER:
            return people.on_duty(Duty.REGISTRY_KEEPER)
        case Audience.ADMINISTRATOR:
            return people.on_duty(Duty.ADMINISTRATOR)
        case _ if row is None:
            return ()
        case Audience.HANDLER:
            return _one(people.person(row.handler_id))
        case Audience.SUBMITTER:
            return _one(people.person(row.submitted_by_id))
        case Audience.COMMISSIONER:
            return _one(people.person(row.commissioner_id))
        case Audience.DECIDER if matter.state is State.REVIEW:
            return tuple(held.person for held in matter.deciders)
        case Audience.DECIDER:
            return people.holders(row.office_id)
        case Audience.STAND_IN:
            return people.stand_ins(row.office_id)
        case Audience.REVIEWER:
            reviewers = (people.person(asked.reviewer_id) for asked in matter.opinions)
            return tuple(one for one in reviewers if one)
        case _:
            return ()


def _one(someone: Someone | None) -> tuple[Someone, ...]:
    return (someone,) if someone else ()


def letter_to(
    reader: Addressee,
    letter: Letter,
    matter: Matter,
    *,
    stage: str = "",
    calendar: bool = False,
    missing: tuple[Audience, ...] = (),
    papers: tuple[int, ...] = (),
    about: AboutCharter | None,
    said: Mapping[str, Any],
) -> LetterToPost:
    """One letter to one reader, with the facts as they are at this moment."""
    row = matter.row
    group = matter.group
    names = {
        "id": row.id if row is not None else "",
        "me": reader.person.key if reader.person else reader.email,
        "group": group.key if group is not None else "",
        "number": said["undelivered"].number if "undelivered" in said else "",
    }
    facts = LetterFacts(
        letter=letter,
        stage=stage,
        today=matter.today,
        reader=Reader(
            name=reader.name,
            role=reader.role,
            language=reader.language,
            in_copy=reader.in_copy,
            in_place_of=reader.in_place_of,
        ),
        charter=about,
        group=group.name if group is not None else None,
        group_key=group.key if group is not None else None,
        asked=_asked(reader, letter, row),
        by=matter.by.name if matter.by else None,
        purpose=reader.purpose,
        missing=missing,
        to_do=tuple(line.format(**names) for line in TO_DO.get(letter, ())),
        **said,
    )
    return LetterToPost(
        letter=letter,
        stage=stage,
        calendar=calendar,
        charter_id=row.id if row is not None else None,
        group_id=group.id if group is not None else None,
        round=row.round if row is not None else None,
        person_id=reader.person.id if reader.person else None,
        recipient_id=reader.recipient_id,
        to_name=reader.name,
        to_email=reader.email,
        language=reader.language,
        facts=facts,
        papers=papers,
    )


def _asked(reader: Addressee, letter: Letter, row: Any | None) -> Asked | None:
    """The decision that the reader is asked for, when they are."""
    decides = reader.role in (Audience.DECIDER, Audience.STAND_IN) and reader.person is not None
    if letter not in ASKS_TO_DECIDE or row is None or not decides:
        return None
    assert reader.person is not None
    return Asked(round=row.round, content_hash=row.content_hash, person=reader.person.id)


def about(matter: Matter, *, decided_by: str | None = None) -> AboutCharter | None:
    """What a letter tells of the charter itself."""
    row = matter.row
    if row is None:
        return None
    handler = matter.people.person(row.handler_id)
    return AboutCharter(
        id=row.id,
        title=row.title,
        kind=row.kind,
        group=matter.group.name if matter.group is not None else None,
        registry_number=row.registry_number,
        state=State(row.state),
        valid_from=row.valid_from,
        valid_through=row.valid_through,
        ends_on=row.ends_on,
        decided_on=row.decided_on,
        decided_by=decided_by,
        handler=handler.name if handler else None,
        handler_email=handler.email if handler else None,
    )


def successor_under_way(matter: Matter) -> Successor | None:
    """Where the coming charter stands, and with whom; None when nobody has begun one."""
    coming: Sibling | None = open_successor(matter.siblings)
    if coming is None:
        return None
    if coming.state is State.REVIEW:
        able = matter.people.able(coming.office_id)
        with_whom = able[0].person.name if able else None
    else:
        handler = matter.people.person(coming.handler_id)
        with_whom = handler.name if handler else None
    return Successor(
        id=coming.id, state=coming.state, with_whom=with_whom, valid_from=coming.valid_from
    )
