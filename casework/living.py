"""A decided charter's life: distribute, enter renewal, correct, supersede, expire, discontinue."""

from typing import Any

from casework.change import Change, Said
from casework.matter import Matter, document_of, errors_in
from casework.papers import Ending, Sheet
from casework.questions import text_in_force
from casework.review import (
    authentication_age,
    block,
    decision_row,
    held_by,
    participants,
    stood_in_for,
)
from documents.refused import Refused as Unprintable
from models.document import Document, as_json, content_hash
from statemachine.calendar import DAY
from statemachine.vocabulary import Act, Audience, Paper
from statemachine.words import Words, joined


def distribute(matter: Matter, _said: Said) -> Change:
    """Everyone on the distribution list has an outcome: the charter is distributed."""
    outcome = matter.judge(Act.DISTRIBUTE)
    return Change(outcome=outcome)


def enter_renewal(matter: Matter, _said: Said) -> Change:
    """The renewal window is open."""
    return Change(outcome=matter.judge(Act.ENTER_RENEWAL))


def supersede(matter: Matter, _said: Said) -> Change:
    """The last day has passed, and a successor took over."""
    return Change(outcome=matter.judge(Act.SUPERSEDE))


def expire(matter: Matter, _said: Said) -> Change:
    """The last day has passed, and nothing took over."""
    return Change(outcome=matter.judge(Act.EXPIRE))


def correct(matter: Matter, said: Said) -> Change:
    """Mend a clerical error (36 § förvaltningslagen): old and new paper are both kept."""
    row = matter.charter
    before = document_of(matter.connection, text_in_force(matter.connection, row.id))
    document = said.document or before
    matter.role_for(Act.CORRECT)
    me = held_by(matter)
    decision = decision_row(
        matter,
        said,
        what=Act.CORRECT,
        office=me.office,
        standing_in_for=stood_in_for(matter, me),
        basis="36 § förvaltningslagen (2017:900)",
        content_hash=content_hash(as_json(document)),
    )
    sheets, unrenderable = _corrected_paper(matter, document, decision)
    outcome = matter.judge(
        Act.CORRECT,
        reason=said.reason,
        is_clerical=document != before and _says_the_same(before, document),
        errors=errors_in(document),
        conflict=said.conflict,
        authenticated=authentication_age(matter),
        unrenderable=unrenderable,
    )
    return Change(
        outcome=outcome,
        content=document,
        decision=decision,
        sheets=sheets,
        reason=said.reason,
    )


def discontinue(matter: Matter, said: Said) -> Change:
    """Decide that the charter ends early; or, when the day has come, end it.

    The effective day is the first day not in force.
    """
    if matter.by is None:
        return Change(outcome=matter.judge(Act.DISCONTINUE))
    row = matter.charter
    me = matter.discontinuing_office(matter.by.id)
    outcome = matter.judge(
        Act.DISCONTINUE,
        reason=said.reason,
        registry_number=said.registry_number,
        effective_day=said.effective_day,
        conflict=said.conflict,
        authenticated=authentication_age(matter),
    )
    assert me is not None
    assert said.effective_day is not None
    authority = matter.people.authority(
        "discontinue",
        kind=row.kind,
        group_id=matter.group_id,
        area=matter.group.area if matter.group is not None else None,
        office_id=me.office_id,
    )
    assert authority is not None
    decision = decision_row(
        matter,
        said,
        what=Act.DISCONTINUE,
        office=me.office,
        standing_in_for=stood_in_for(matter, me),
        basis=authority.basis,
        content_hash=row.content_hash,
        presenter=said.presenter,
    )
    last_day = max(said.effective_day, row.valid_from) - DAY
    return Change(
        outcome=outcome,
        columns={
            "discontinue_on": said.effective_day,
            "ends_on": min(last_day, row.ends_on) if row.ends_on else last_day,
        },
        decision=decision,
        sheets=matter.sitting.press.discontinuance(
            Ending(
                title=row.title,
                group=matter.group.name if matter.group is not None else None,
                effective_on=said.effective_day,
                language=matter.document.language,
                taken_over_by=said.taken_over_by,
            ),
            block(matter, decision, row.valid_from, last_day, matter.document.language),
        ),
        reason=said.reason,
        details={"effective_day": said.effective_day.isoformat()},
        to={Audience.PARTICIPANT: participants(matter)},
        facts={"effective_day": said.effective_day, "taken_over_by": said.taken_over_by},
    )


def _corrected_paper(
    matter: Matter, document: Document, decision: dict[str, Any]
) -> tuple[tuple[Sheet, ...], Words | None]:
    row = matter.charter
    stands = block(matter, decision, row.valid_from, row.valid_through, document.language)
    try:
        return matter.sitting.press.decided(document, stands, Paper.CORRECTION), None
    except Unprintable as refused:
        return (), joined(refused.reasons)


STILL_THE_SAME = 80
"""How alike, in percent, a paragraph must be to what it was for the change to be a slip mended."""


def _says_the_same(before: Document, after: Document) -> bool:
    """Whether what was decided still stands: only slips may differ, paragraph by paragraph."""
    from rapidfuzz import fuzz

    decided = ("kind", "group", "commissioner", "valid_from", "valid_through", "decision")
    if any(getattr(before, name) != getattr(after, name) for name in decided):
        return False
    old, new = _paragraphs(before), _paragraphs(after)
    return old.keys() == new.keys() and all(
        fuzz.ratio(old[place], new[place]) >= STILL_THE_SAME for place in old
    )


def _paragraphs(document: Document) -> dict[tuple[object, ...], str]:
    """Every field, heading, paragraph, point and recipient by where it stands."""
    fields = ("title", "organisation", "unit", "area", "assignee")
    said: dict[tuple[object, ...], str] = {
        (name,): getattr(document, name) or "" for name in fields
    }
    rooms = [("", document.preamble), *((one.heading, one.blocks) for one in document.sections)]
    for room, (heading, blocks) in enumerate(rooms):
        said[room, "heading"] = heading
        for place, one in enumerate(blocks):
            for line, text in enumerate(one.text.split("\n")):
                said[room, place, line] = text
    for place, listed in enumerate(document.recipients):
        said["recipient", place] = f"{listed.who} {listed.email or ''} {listed.purpose or ''}"
    return said
