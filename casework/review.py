"""Review: submit, opinions, withdraw, send back, declare a conflict, approve."""

from datetime import date
from typing import Any

from casework.change import Change, Reached, Said
from casework.drafting import latest_decided, longest_term, while_the_group_lasts
from casework.logins import BY_CODE
from casework.matter import TERMINAL, Matter, Sibling, document_of
from casework.questions import presenter_of, text_in_force
from casework.recipients import DistributionList, resolve
from documents import DecisionBlock, compare
from documents.refused import Refused as Unprintable
from models.directory import Holding, Someone
from models.document import Document
from statemachine.calendar import DAY
from statemachine.machine import Outcome
from statemachine.vocabulary import DECIDED, Act, Audience, Paper, Seat
from statemachine.words import Language, Words, joined


def submit(matter: Matter, said: Said) -> Change:
    """Send the draft for a decision: a new round, tied to the text as it stands.

    The draft paper is written first, so that what cannot be rendered is refused here and never in
    front of the director.
    """
    row, document = matter.charter, matter.document
    instead = instead_of(matter, said)
    sheets, unrenderable = _draft_paper(matter, document)
    outcome = judged_for_submission(matter, said, unrenderable)
    valid_from, valid_through, _ = term(matter, document)
    round_ = row.round + 1
    presenter = said.presenter or (matter.by.name if matter.by else None)
    able = matter.people.able(row.office_id)
    return Change(
        outcome=outcome,
        columns={
            "round": round_,
            "submitted_on": matter.today,
            "submitted_by_id": matter.by.id if matter.by else None,
            "submitted_hash": row.content_hash,
            "instead": {str(place): who for place, who in instead.items()},
        },
        sheets=sheets,
        details={
            "presenter": presenter,
            "conflict": _answered(said.conflict),
            **({"answer": said.answer} if said.answer else {}),
        },
        reason=said.reason or None,
        to={Audience.DECIDER: tuple(held.person for held in able)},
        facts={
            **what_changes(matter, document),
            "presenter": presenter,
            "submitted_on": matter.today,
            "valid_from": valid_from,
            "valid_through": valid_through,
        },
        restarts_calendar=True,
    )


def judged_for_submission(matter: Matter, said: Said, unrenderable: Words | None) -> Outcome:
    """The draft judged for a decision, as it stands and as said; nothing is written.

    Raises machine.Refused with every broken rule.
    """
    document = matter.document
    mailing = resolve(matter.text, matter.people, matter.group, instead_of(matter, said))
    valid_from, valid_through, longest = term(matter, document)
    return matter.judge(
        Act.SUBMIT,
        errors=matter.text.errors,
        unresolved_recipients=tuple(mailing.unresolved.values()),
        deciding_office=_office_name(matter),
        office_has_authority=matter.authority is not None,
        conflict=said.conflict,
        unanswered_warnings=() if said.answer else warnings_to_answer(matter),
        unrenderable=unrenderable,
        valid_from=valid_from,
        valid_through=valid_through,
        longest_term=longest,
    )


def instead_of(matter: Matter, said: Said) -> dict[int, str]:
    """Who gets it instead, by line: as named before, and as said now."""
    named = {int(place): who for place, who in matter.charter.instead.items()}
    return {**named, **said.instead}


def ask_opinion(matter: Matter, said: Said) -> Change:
    """Ask someone for an opinion in this round. Advisory: the director decides without it too."""
    answered = [one for one in matter.opinions if one.given_at is not None]
    outcome = matter.judge(
        Act.ASK_OPINION,
        reviewer_is_known=said.to is not None,
        reviewer_has_answered=said.to is not None
        and any(one.reviewer_id == said.to.id for one in answered),
    )
    assert said.to is not None
    return Change(
        outcome=outcome,
        opinion_asked_of=said.to,
        details={"reviewer": said.to.key},
        reason=said.reason or None,
        to={Audience.REVIEWER: (said.to,)},
        facts=what_changes(matter, matter.document),
    )


def opinion(matter: Matter, said: Said) -> Change:
    """Give the opinion asked for: supports, or has remarks."""
    mine = next(
        (one for one in matter.opinions if matter.by and one.reviewer_id == matter.by.id), None
    )
    outcome = matter.judge(Act.OPINION, opinion_is_asked=mine is not None and mine.given_at is None)
    assert mine is not None
    return Change(
        outcome=outcome,
        opinion_given={
            "id": mine.id,
            "supports": said.supports,
            "statement": said.statement,
            "content_hash": matter.charter.content_hash,
        },
        details={"supports": said.supports},
        reason=said.statement,
        facts={"supports": said.supports, "statement": said.statement},
    )


def withdraw(matter: Matter, said: Said) -> Change:
    """Take the case back from the decider. The round ends, and its letters with it."""
    outcome = matter.judge(Act.WITHDRAW)
    return Change(
        outcome=outcome,
        columns={"touched_on": matter.today},
        reason=said.reason or None,
        to=_of_the_round(matter),
        restarts_calendar=True,
        cancels_round=True,
    )


def send_back(matter: Matter, said: Said) -> Change:
    """Return the case to its handler, with the reason."""
    outcome = matter.judge(
        Act.SEND_BACK,
        reason=said.reason,
        conflict=matter.by is not None and matter.by.id in matter.conflicted,
    )
    return Change(
        outcome=outcome,
        columns={"touched_on": matter.today},
        reason=said.reason,
        to=_of_the_round(matter),
        restarts_calendar=True,
        cancels_round=True,
    )


def declare_conflict(matter: Matter, said: Said) -> Change:
    """Declare a conflict of interest: for this round the stand-in decides instead."""
    outcome = matter.judge(Act.DECLARE_CONFLICT)
    assert matter.by is not None
    able = matter.people.able(matter.charter.office_id, matter.conflicted | {matter.by.id})
    return Change(
        outcome=outcome,
        conflict_of=matter.by,
        reason=said.reason or None,
        to={Audience.DECIDER: tuple(held.person for held in able)},
        facts={
            **what_changes(matter, matter.document),
            "submitted_on": matter.charter.submitted_on,
        },
        note=None
        if able
        else Words(
            "Ingen ersättare är utsedd. Handläggaren och registratorn har fått veta det.",
            "No stand-in is appointed. The handler and the registry keeper have been told.",
        ),
    )


def approve(matter: Matter, said: Said) -> Change:
    """Decide the charter: its text as submitted, its term, its paper, and whom it goes to.

    A first day already past becomes the decision day. Charters of the same subject still running
    then are cut to the day before.
    """
    row, document = matter.charter, matter.document
    valid_from, valid_through, longest = term(matter, document)
    cuts = cut_by(matter, valid_from, valid_through)
    ending = _ending(matter, valid_from, valid_through)
    authority = matter.authority
    conflicted = matter.by is not None and matter.by.id in matter.conflicted
    outcome = matter.judge(
        Act.APPROVE,
        text_hash=row.content_hash,
        submitted_hash=row.submitted_hash,
        submitted_by=row.submitted_by_id,
        deciding_office=_office_name(matter),
        office_has_authority=authority is not None,
        conflict=True if conflicted else said.conflict,
        authenticated=authentication_age(matter),
        valid_from=valid_from,
        valid_through=valid_through,
        longest_term=longest,
    )
    assert matter.by is not None
    assert authority is not None
    me = held_by(matter)
    decision = decision_row(
        matter,
        said,
        what=Act.APPROVE,
        office=me.office,
        standing_in_for=stood_in_for(matter, me),
        basis=authority.basis,
        content_hash=row.content_hash,
        presenter=said.presenter or _presenter(matter),
    )
    instead = {int(place): who for place, who in row.instead.items()}
    mailing: DistributionList = resolve(matter.text, matter.people, matter.group, instead)
    return Change(
        outcome=outcome,
        columns={
            "decided_on": matter.today,
            "valid_from": valid_from,
            "valid_through": valid_through,
            **ending,
        },
        decision=decision,
        sheets=matter.sitting.press.decided(
            document,
            block(matter, decision, valid_from, valid_through, document.language),
            Paper.DECISION,
        ),
        recipients=_with_those_left_out(mailing, matter),
        cuts=cuts,
        reason=said.reason or None,
        details={"valid_from": str(valid_from), "valid_through": str(valid_through or "")},
        to={Audience.PARTICIPANT: participants(matter)},
        restarts_calendar=True,
        cancels_round=True,
        note=_moved(row.valid_from, valid_from) or _ends_with_the_group(ending),
    )


# --- what the acts above ask ---------------------------------------------------------------------


def term(matter: Matter, document: Document) -> tuple[date, date | None, date | None]:
    """First day, last day and the last day allowed, were it decided today.

    A first day already past becomes today. Where no last day is proposed the kind's longest term
    counts; a last day proposed together with a first day keeps standing.
    """
    valid_from = max(matter.charter.valid_from or matter.today, matter.today)
    longest = longest_term(document.kind, valid_from)
    return valid_from, matter.charter.valid_through or longest, longest


def _ending(matter: Matter, valid_from: date, valid_through: date | None) -> dict[str, Any]:
    """When it really ends: with its term, or with a group already decided to be discontinued."""
    last_day = while_the_group_lasts(matter, valid_through)
    if last_day == valid_through or last_day is None:
        return {"ends_on": valid_through}
    return {
        "ends_on": max(last_day, valid_from - DAY),
        "discontinue_on": matter.group_discontinued_on,
    }


def cut_by(matter: Matter, valid_from: date, valid_through: date | None) -> dict[int, date]:
    """The new last day of every decided charter of the subject that would run beside this one."""
    return {
        other.id: max(valid_from, other.valid_from) - DAY
        for other in matter.siblings
        if other.state in DECIDED
        and other.valid_from is not None
        and (other.ends_on is None or other.ends_on >= max(valid_from, other.valid_from))
        and (valid_through is None or other.valid_from <= valid_through)
    }


def decision_row(
    matter: Matter,
    said: Said,
    *,
    what: str,
    office: str,
    standing_in_for: str | None,
    basis: str,
    content_hash: str | None,
    presenter: str | None = None,
) -> dict[str, Any]:
    """A decision as förvaltningslagen 31 § wants it kept; whoever was not there is "ingen"."""
    authenticated = matter.sitting.authenticated
    return {
        "what": what,
        "decided_on": matter.today,
        "person_id": matter.by.id if matter.by else None,
        "decided_by": matter.by.name if matter.by else "",
        "office": office,
        "standing_in_for": standing_in_for,
        "authentication_method": authenticated.method if authenticated else None,
        "authenticated_at": authenticated.at if authenticated else None,
        "content_hash": content_hash,
        "conflict": _answered(said.conflict),
        "presenter": presenter,
        "others_present": said.others_present,
        "authority_basis": basis,
        "registry_number": said.registry_number
        or (matter.row.registry_number if matter.row is not None else None),
        "reason": said.reason or None,
        "effective_day": said.effective_day,
    }


def block(
    matter: Matter,
    decision: dict[str, Any],
    valid_from: date | None,
    valid_through: date | None,
    language: Language,
) -> DecisionBlock:
    """The decision as it stands on the paper, in the paper's language."""
    return DecisionBlock(
        decided_by=decision["decided_by"],
        office=decision["office"],
        standing_in_for=decision["standing_in_for"],
        decided_on=decision["decided_on"],
        decided_at=matter.sitting.now.astimezone(matter.sitting.settings.timezone).strftime(
            "%Y-%m-%d %H:%M"
        ),
        authentication=_printed(decision["authentication_method"], language),
        authority=decision["authority_basis"],
        content_hash=decision["content_hash"],
        registry_number=decision["registry_number"],
        valid_from=valid_from,
        valid_through=valid_through,
        presenter=decision["presenter"],
        others_present=(decision["others_present"],) if decision["others_present"] else (),
        conflict=_printed(decision["conflict"], language),
        reason=decision["reason"],
    )


def held_by(matter: Matter) -> Holding:
    """The holding by which the person decides this charter today: the office, or as its stand-in.

    Asked only of someone who plays the director's part here.
    """
    return next(held for held in matter.able if matter.by and held.person.id == matter.by.id)


def participants(matter: Matter) -> tuple[Someone, ...]:
    """Everyone who took part: handler, submitter, reviewers and commissioner, each once."""
    row = matter.charter
    people = (
        row.handler_id,
        row.submitted_by_id,
        *(asked.reviewer_id for asked in matter.opinions),
        row.commissioner_id,
    )
    found = (matter.people.person(person_id) for person_id in people)
    return tuple(dict.fromkeys(someone for someone in found if someone))


def authentication_age(matter: Matter) -> Any:
    """How long ago the person was authenticated; None when they were not."""
    authenticated = matter.sitting.authenticated
    return matter.sitting.now - authenticated.at if authenticated else None


PRINTED = {
    TERMINAL: Words("terminal, på operatörens ord", TERMINAL),
    BY_CODE: Words("engångskod med e-post", BY_CODE),
    "yes": Words("ja", "yes"),
    "no": Words("nej", "no"),
    "unanswered": Words("ej besvarad", "unanswered"),
}
"""How words kept in a decision are printed on its paper."""


def _printed(kept: str | None, language: Language) -> str | None:
    return PRINTED[kept].in_(language) if kept in PRINTED else kept


def warnings_to_answer(matter: Matter) -> tuple[Words, ...]:
    """Chair and liaison come from different administrations: the main principle, to be answered."""
    chairs = matter.people.seated(matter.group_id, Seat.CHAIR)
    liaisons = matter.people.seated(matter.group_id, Seat.LIAISON)
    return tuple(
        Words(
            "Ordförande {chair} och kontaktperson {liaison} kommer båda från {administration}; "
            "huvudprincipen är olika förvaltningar.",
            "Chair {chair} and liaison {liaison} both come from {administration}; the main "
            "principle is different administrations.",
        ).about(chair=chair.name, liaison=liaison.name, administration=chair.administration)
        for chair in chairs
        for liaison in liaisons
        if chair.administration and chair.administration == liaison.administration
    )


def _office_name(matter: Matter) -> Words | None:
    """The deciding office by name, or None when the charter has none yet."""
    if matter.charter.office_id is None:
        return None
    holdings = matter.people.holdings(matter.charter.office_id)
    name = holdings[0].office if holdings else f"nr {matter.charter.office_id}"
    return Words(name, name)


def _draft_paper(matter: Matter, document: Document) -> tuple[Any, Words | None]:
    try:
        return matter.sitting.press.draft(document), None
    except Unprintable as refused:
        return (), joined(refused.reasons)


def what_changes(matter: Matter, document: Document) -> dict[str, Any]:
    """The compare with the latest decided charter, as a summary and in full."""
    latest = latest_decided(matter.siblings)
    if latest is None:
        return {}
    before = document_of(matter.connection, text_in_force(matter.connection, latest.id))
    comparison = compare(before, document)
    return {
        "in_force": _in_force(latest, matter.today),
        "changes": {"sv": comparison.summary("sv"), "en": comparison.summary("en")},
        "changes_in_full": {"sv": comparison.as_text("sv"), "en": comparison.as_text("en")},
    }


def _in_force(latest: Sibling, today: date) -> dict[str, Any] | None:
    """What stays in force if nothing is decided."""
    if not latest.in_force_on(today):
        return None
    return {"title": latest.title, "ends_on": latest.ends_on}


def _of_the_round(matter: Matter) -> dict[Audience, tuple[Someone, ...]]:
    """Those who had the case in the round that now ends."""
    submitter = matter.people.person(matter.charter.submitted_by_id)
    reviewers = (matter.people.person(asked.reviewer_id) for asked in matter.opinions)
    return {
        Audience.DECIDER: tuple(held.person for held in matter.able),
        Audience.REVIEWER: tuple(someone for someone in reviewers if someone),
        Audience.SUBMITTER: (submitter,) if submitter else (),
    }


def _presenter(matter: Matter) -> str | None:
    return presenter_of(matter.connection, matter.charter.id, matter.charter.round)


def stood_in_for(matter: Matter, me: Holding) -> str | None:
    """Whom a stand-in stands in for; the office itself when nobody holds it."""
    if not me.stands_in:
        return None
    holders = matter.people.holders(me.office_id)
    return holders[0].name if holders else me.office


def _with_those_left_out(mailing: DistributionList, matter: Matter) -> tuple[Reached, ...]:
    """Everyone found; a line that lost its holder since submission goes to the handler."""
    if not mailing.unresolved:
        return mailing.reached
    handler = matter.people.person(matter.charter.handler_id)
    if handler is None or not handler.email:
        return mailing.reached
    return (
        *mailing.reached,
        *(
            Reached(
                place=place,
                who=matter.document.recipients[place - 1].who,
                purpose=matter.document.recipients[place - 1].purpose,
                name=handler.name,
                email=handler.email,
                language=handler.language,
                person_id=handler.id,
            )
            for place in mailing.unresolved
        ),
    )


def _answered(conflict: bool | None) -> str:
    return {True: "yes", False: "no", None: "unanswered"}[conflict]


def _ends_with_the_group(ending: dict[str, Any]) -> Words | None:
    if "discontinue_on" not in ending:
        return None
    return Words(
        "Gruppen upphör {day}, och uppdraget med den.",
        "The group ceases to be on {day}, and the charter with it.",
    ).about(day=ending["discontinue_on"])


def _moved(asked: date | None, valid_from: date) -> Words | None:
    if asked is None or asked >= valid_from:
        return None
    return Words(
        "Uppdraget gäller från beslutsdagen {day}, eftersom {asked} redan har passerat.",
        "The charter is in force from the decision day {day}, since {asked} has already passed.",
    ).about(day=valid_from, asked=asked)
