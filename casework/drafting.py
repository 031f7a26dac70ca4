"""Writing: begin a draft, renew, record an earlier decision, edit, hand over, abandon."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from casework.change import Change, Said
from casework.matter import (
    NOT_WRITTEN_YET,
    Matter,
    Sibling,
    document_of,
    is_empty,
    open_successor,
    took_over,
)
from casework.questions import text_in_force
from casework.writing import SomeoneWasFirst
from documents import blank
from documents.kinds import kind as kind_called
from models.directory import Directory, Someone
from models.document import DecisionLine, Document, RecipientLine, as_json, content_hash
from models.tables import Charter, Office
from statemachine.calendar import DAY, last_day_of_term
from statemachine.case import Standing
from statemachine.vocabulary import DECIDED, Act, Audience, Duty, Seat, State
from statemachine.words import Language, Refusal, Words

KEEPERS_PURPOSE = Words("för uppdatering av registret", "for updating the register")


class NothingSaid(Refusal):
    """The act needs something that was not given."""


def draft(matter: Matter, said: Said) -> Change:
    """Begin a draft with the text given. An earlier decided charter becomes its predecessor."""
    document = _document(said)
    outcome = matter.judge(Act.DRAFT, open_successor=_open(matter))
    latest = latest_decided(matter.siblings)
    return Change(
        outcome=outcome,
        content=document,
        columns={
            **_as_columns(document),
            "handler_id": _handler(matter),
            "predecessor_id": latest.id if latest else None,
            "office_id": _deciding_office(matter, said, document),
            "commissioner_id": _commissioner(matter, document),
            **_proposed(said, document),
            "touched_on": matter.today,
        },
        restarts_calendar=True,
    )


def renew(matter: Matter, said: Said) -> Change:
    """Begin a draft as a copy of the latest decided charter.

    Extending is renewing with unchanged text: a new decision. What belonged to the old decision
    (its day, its validity) is left empty.
    """
    latest = latest_decided(matter.siblings)
    outcome = matter.judge(Act.RENEW, renewable=latest is not None, open_successor=_open(matter))
    assert latest is not None
    row = matter.connection.execute(select(Charter).where(Charter.id == latest.id)).one()
    document = document_of(matter.connection, text_in_force(matter.connection, latest.id))
    document = document.model_copy(
        update={
            "decision": DecisionLine(maker=document.decision.maker),
            "document_date": matter.today,
            "valid_from": None,
            "valid_through": None,
            "validity_text": None,
            "revision": None,
            "raw": {},
        }
    )
    return Change(
        outcome=outcome,
        content=document,
        columns={
            **_as_columns(document),
            "handler_id": _handler(matter),
            "predecessor_id": latest.id,
            "office_id": _deciding_office(matter, said, document) or row.office_id,
            "commissioner_id": row.commissioner_id,
            **_proposed(said, document),
            "touched_on": matter.today,
        },
        restarts_calendar=True,
    )


def record(matter: Matter, said: Said) -> Change:
    """Write down a charter decided before this system, with its dates. Sends nothing.

    Its state follows from its dates: distributed, expiring, expired or superseded.
    """
    document = _document(said)
    terms = terms_of(matter, said)
    others = (*matter.siblings, *said.recorded_with)
    early, group_ends = said.ends_on, matter.group_discontinued_on
    if early and not (terms.valid_from or early) <= early <= (terms.valid_through or early):
        raise Refusal(OUTSIDE_ITS_TERM.about(day=early))
    if group_ends and max(early or date.min, terms.valid_from or date.min) >= group_ends:
        raise Refusal(AFTER_ITS_GROUP.about(day=group_ends))
    matter.standing = Standing(
        state=State.UNWRITTEN,
        decided_on=terms.decided_on,
        valid_from=terms.valid_from,
        ends_on=terms.ends_on,
        successor_took_over=took_over(terms.ends_on, others),
    )
    outcome = matter.judge(
        Act.RECORD,
        decider_named=bool(terms.decided_by and terms.decided_as),
        valid_from=terms.valid_from,
        valid_through=terms.valid_through,
        ends_on=terms.ends_on,
        longest_term=longest_term(document.kind, terms.valid_from),
        overlaps=_overlapping(others, terms.valid_from, terms.ends_on),
    )
    return Change(
        outcome=outcome,
        content=document,
        columns={
            **_as_columns(document),
            "handler_id": None,
            "predecessor_id": _before(matter.siblings, terms.valid_from),
            "office_id": _deciding_office(matter, said, document),
            "commissioner_id": _commissioner(matter, document),
            "decided_on": terms.decided_on,
            "valid_from": terms.valid_from,
            "valid_through": terms.valid_through,
            "ends_on": terms.ends_on,
        },
        decision={
            "what": Act.RECORD,
            "decided_on": terms.decided_on,
            "decided_by": terms.decided_by,
            "office": terms.decided_as,
            "content_hash": content_hash(as_json(document)),
            "authority_basis": said.basis,
            "registry_number": document.registry_number,
        },
        restarts_calendar=True,
    )


def edit(matter: Matter, said: Said) -> Change:
    """Save the draft's text. Every saved text is kept under its hash.

    Raises SomeoneWasFirst when it was written of another version than there is.
    """
    outcome = matter.judge(Act.EDIT)
    if said.version not in (None, matter.charter.version):
        raise SomeoneWasFirst()
    document = said.document or matter.document
    if document.kind != matter.charter.kind:
        raise Refusal(
            ANOTHER_KIND.about(
                new=kind_called(document.kind).name, old=kind_called(matter.charter.kind).name
            )
        )
    columns: dict[str, Any] = {
        **_as_columns(document),
        **_proposed(said, document, before=_said_beside(matter)),
        "instead": {
            **_still_meant(matter, document),
            **{str(place): who for place, who in said.instead.items()},
        },
        "touched_on": matter.today,
    }
    if said.document:
        columns["commissioner_id"] = _commissioner(matter, document)
    if said.office:
        columns["office_id"] = _deciding_office(matter, said, document)
    return Change(outcome=outcome, content=said.document, columns=columns, restarts_calendar=True)


def hand_over(matter: Matter, said: Said) -> Change:
    """Give the charter another handler. In review the round goes on."""
    able = {person.id for person in matter.people.on_duty(Duty.HANDLER)}
    outcome = matter.judge(
        Act.HAND_OVER, receiver_can_handle=said.to is not None and said.to.id in able
    )
    assert said.to is not None
    former = matter.people.person(matter.charter.handler_id)
    return Change(
        outcome=outcome,
        columns={"handler_id": said.to.id},
        reason=said.reason or None,
        details={"from": former.key if former else None, "to": said.to.key},
        to={
            Audience.NEW_HANDLER: (said.to,),
            Audience.HANDLER: (former,) if former else (),
        },
        facts={"new_handler": said.to.name},
    )


def abandon(matter: Matter, said: Said) -> Change:
    """Give up a draft. Its text stays in memory."""
    outcome = matter.judge(Act.ABANDON)
    return Change(outcome=outcome, reason=said.reason or None, restarts_calendar=True)


def begun_form(
    kind: str, language: Language, *, group: str | None, organisation: str, people: Directory
) -> Document:
    """An empty form with what is already known written in: group, title, day, who gets it.

    Raises documents.UnknownKind when no form describes `kind`.
    """
    form = kind_called(kind).in_(language)
    of_group = f" {form.duty_of} {group}" if group else ""
    seats = [seat for seat in kind_called(kind).required_recipients if seat in set(Seat)]
    keepers: tuple[Someone, ...] = people.on_duty(Duty.REGISTRY_KEEPER) if seats else ()
    return blank(kind, language).model_copy(
        update={
            "organisation": organisation,
            "group": group,
            "title": f"{form.names[0]}{of_group}" if group else None,
            "document_date": people.day,
            "recipients": (
                *(RecipientLine(who=f"{form.duty_names[s].capitalize()}{of_group}") for s in seats),
                *(
                    RecipientLine(
                        who=one.name, email=one.email, purpose=KEEPERS_PURPOSE.in_(language)
                    )
                    for one in keepers
                ),
            ),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a charter was decided before this system, by whom, and the days it was in force."""

    decided_on: date | None
    decided_by: str | None
    decided_as: str | None
    valid_from: date | None
    valid_through: date | None
    ends_on: date | None


def terms_of(matter: Matter, said: Said) -> Terms:
    """What is to be recorded: as said, else as the text says, else as follows from the rest.

    Raises NothingSaid without a text.
    """
    document = _document(said)
    decided_on = said.decided_on or document.decision.date
    valid_from = said.valid_from or document.valid_from or decided_on
    valid_through = (
        said.valid_through or document.valid_through or longest_term(document.kind, valid_from)
    )
    return Terms(
        decided_on=decided_on,
        decided_by=said.decided_by or document.decision.maker.name,
        decided_as=said.decided_as or document.decision.maker.title,
        valid_from=valid_from,
        valid_through=valid_through,
        ends_on=said.ends_on or while_the_group_lasts(matter, valid_through),
    )


# --- what the acts above ask ---------------------------------------------------------------------


def latest_decided(siblings: tuple[Sibling, ...]) -> Sibling | None:
    """The decided charter whose period begins last, before any that was cut to nothing."""
    decided = [one for one in siblings if one.state in DECIDED and one.valid_from is not None]
    return max(
        decided,
        key=lambda one: (not is_empty(one), one.valid_from or date.min, one.id),
        default=None,
    )


def while_the_group_lasts(matter: Matter, last_day: date | None) -> date | None:
    """The last day, or the group's own where a decision has ended it before."""
    ended_on = matter.group_discontinued_on
    return last_day if ended_on is None else min(last_day or date.max, ended_on - DAY)


def longest_term(kind: str, valid_from: date | None) -> date | None:
    """The last day the kind allows for a term from `valid_from`; None when it sets no limit."""
    years = kind_called(kind).longest_term_years
    return last_day_of_term(valid_from, years) if years and valid_from else None


def _document(said: Said) -> Document:
    if said.document is None:
        raise NothingSaid(Words("Ange handlingens text.", "Give the text of the document."))
    return said.document


def _as_columns(document: Document) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "title": document.title or document.group or "",
        "registry_number": document.registry_number,
    }


OUTSIDE_ITS_TERM = Words(
    "Uppdraget kan inte ha upphört i förtid {day}: den dagen ligger utanför dess giltighetstid.",
    "The charter cannot have ended early on {day}: that day lies outside its term.",
)
AFTER_ITS_GROUP = Words(
    "Gruppen upphör {day}. Ett uppdrag för den kan inte gälla den dagen eller senare.",
    "The group ceases to be on {day}. No charter for it can be in force on that day or later.",
)
ANOTHER_KIND = Words(
    "Den nya texten är av ett annat slag ({new}) än utkastet ({old}). Påbörja ett eget utkast "
    "för den.",
    "The new text is of another kind ({new}) than the draft ({old}). Begin a draft of its own "
    "for it.",
)
IT_IS_NUMBER = Words(
    "Det är nummer {id}, som gäller {first}–{last}.",
    "It is number {id}, in force {first}–{last}.",
)
IT_IS_RECORDED_WITH_THIS = Words(
    "Det är {title}, som registreras samtidigt och gäller {first}–{last}.",
    "It is {title}, recorded at the same time and in force {first}–{last}.",
)
BACKWARD = Words(
    "Sista giltighetsdagen ({last}) ligger före den första ({first}). Ange båda dagarna.",
    "The last day in force ({last}) lies before the first ({first}). Give both days.",
)


def _said_beside(matter: Matter) -> SimpleNamespace:
    """The days proposed beside the text. What the text itself said, its new words decide."""
    row, former = matter.charter, matter.document
    return SimpleNamespace(
        valid_from=row.valid_from if row.valid_from != former.valid_from else None,
        valid_through=row.valid_through if row.valid_through != former.valid_through else None,
    )


def _proposed(said: Said, document: Document, before: Any | None = None) -> dict[str, date | None]:
    """The first and last day in force: as said, else as the text says, else as proposed before.

    A text that contradicts itself proposes neither; it cannot be submitted until it is corrected.
    """
    first = said.valid_from or document.valid_from or (before and before.valid_from)
    last = said.valid_through or document.valid_through or (before and before.valid_through)
    if first and last and last < first:
        if (first, last) != (document.valid_from, document.valid_through):
            raise Refusal(BACKWARD.about(first=first, last=last))
        first = last = None
    return {"valid_from": first, "valid_through": last}


def _still_meant(matter: Matter, document: Document) -> dict[str, str]:
    """Who gets it instead, on the lines of the distribution list that the new text leaves alone."""
    lines = dict(enumerate(document.recipients, start=1))
    former = dict(enumerate(matter.document.recipients, start=1))
    return {
        place: who
        for place, who in matter.charter.instead.items()
        if lines.get(int(place)) == former.get(int(place))
    }


def _handler(matter: Matter) -> int | None:
    """Whoever begins a draft handles it."""
    return matter.by.id if matter.by else None


def _open(matter: Matter) -> Words | None:
    other = open_successor(matter.siblings)
    if other is None:
        return None
    return Words(
        "Det är nummer {id}, {title} ({state}).", "It is number {id}, {title} ({state})."
    ).about(id=other.id, title=other.title, state=other.state.words)


def _commissioner(matter: Matter, document: Document) -> int | None:
    name = document.commissioner.name
    someone = matter.people.named(name) if name else None
    return someone.id if someone else None


def _deciding_office(matter: Matter, said: Said, document: Document) -> int | None:
    """The office that decides: the one named, else the document's own, else the only one able."""
    if said.office:
        return _office_called(matter, said.office)
    able = matter.people.offices_with(
        "decide",
        kind=document.kind,
        group_id=matter.group_id,
        area=matter.group.area if matter.group is not None else None,
    )
    title = document.decision.maker.title
    if title:
        named = matter.connection.execute(
            select(Office.id).where(Office.name_folded == title.casefold())
        ).scalar()
        if named is not None:
            return int(named)
    return able[0] if len(able) == 1 else None


def _office_called(matter: Matter, name: str) -> int:
    found = matter.connection.execute(
        select(Office.id).where((Office.key == name) | (Office.name_folded == name.casefold()))
    ).scalar()
    if found is None:
        raise NothingSaid(
            Words(
                "Det finns ingen befattning som heter {name}.", "There is no office called {name}."
            ).about(name=name),
            at_terminal=Words(
                "Se dem med: mandat organisation show",
                "See them with: mandat organisation show",
            ),
        )
    return int(found)


def _before(siblings: tuple[Sibling, ...], valid_from: date | None) -> int | None:
    earlier = [
        one
        for one in siblings
        if one.state in DECIDED
        and one.valid_from is not None
        and valid_from is not None
        and one.valid_from < valid_from
    ]
    latest = max(earlier, key=lambda one: (one.valid_from or date.min, one.id), default=None)
    return latest.id if latest else None


def _overlapping(
    siblings: tuple[Sibling, ...], valid_from: date | None, ends_on: date | None
) -> Words | None:
    for other in siblings:
        if other.state not in DECIDED or other.valid_from is None or valid_from is None:
            continue
        if other.ends_on is not None and other.ends_on < other.valid_from:
            continue
        starts_before_end = ends_on is None or other.valid_from <= ends_on
        ends_after_start = other.ends_on is None or other.ends_on >= valid_from
        if starts_before_end and ends_after_start:
            named = IT_IS_RECORDED_WITH_THIS if other.id == NOT_WRITTEN_YET else IT_IS_NUMBER
            return named.about(
                id=other.id, title=other.title, first=other.valid_from, last=other.ends_on or ""
            )
    return None
