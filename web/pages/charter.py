"""A charter's own page: where it stands in its life, what comes next, and all that is kept of it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import HTTPException
from fastapi.responses import Response
from sqlalchemy import Row

from casework.acknowledging import acknowledge, is_to_acknowledge
from casework.answers.charters import (
    for_whom_it_waits,
    is_public,
    is_sealed,
    named_in,
    open_acts,
)
from casework.answers.forecast import Coming
from casework.answers.history import events_of, letters_about, stage_in_words
from casework.answers.lifeline import days_of, lifeline, term, what_comes
from casework.answers.receipts import receipts_of
from casework.answers.visitors import may_read, takes_part
from casework.logins import BY_CODE
from casework.matter import TERMINAL, Matter, Sitting, document_of, look_at
from casework.papers import NoPress
from casework.questions import (
    CHARTER,
    decisions_of,
    in_force,
    is_in_force,
    paper,
    papers_of,
    text_in_force,
)
from documents import Kind, UnknownKind, kind
from documents.runs import safe_link
from documents.write.fields import end_fields, head_fields
from models.document import Document, Run
from statemachine.vocabulary import DECIDED, LIVING, OPEN, Act, State
from statemachine.words import Refusal, Words
from web.access import READER
from web.desk import AtDesk, Desk
from web.forms import Posted
from web.routes import Pages

pages = Pages()

LATEST = 25
"""How much of the history, and how many of the letters, are shown unless all is asked for."""


@dataclass(frozen=True, slots=True)
class Button:
    """An act that whoever looks may set out to do, and the page it is done on."""

    words: Words
    address: str


# fmt: off
BUTTONS: tuple[tuple[tuple[Act, ...], str, Words], ...] = (
    ((Act.APPROVE, Act.SEND_BACK, Act.DECLARE_CONFLICT), "/charters/{number}/decide", Words("Läs och besluta", "Read and decide")),
    ((Act.OPINION,),     "/charters/{number}/opinion",     Words("Lämna yttrande", "Give an opinion")),
    ((Act.EDIT,),        "/charters/{number}/edit",        Words("Redigera", "Edit")),
    ((Act.SUBMIT,),      "/charters/{number}/submit",      Words("Skicka för beslut", "Submit for decision")),
    ((Act.RENEW,),       "/cases/new/renew?charter={number}",      Words("Påbörja förnyelse", "Begin a renewal")),
    ((Act.WITHDRAW,),    "/charters/{number}/withdraw",    Words("Återkalla", "Withdraw")),
    ((Act.ASK_OPINION,), "/charters/{number}/ask-opinion", Words("Be om yttrande", "Ask for an opinion")),
    ((Act.HAND_OVER,),   "/charters/{number}/hand-over",   Words("Lämna över", "Hand over")),
    ((Act.CORRECT,),     "/charters/{number}/correct",     Words("Rätta skrivfel", "Correct clerical errors")),
    ((Act.DISCONTINUE,), "/charters/{number}/discontinue", Words("Avveckla", "Discontinue")),
    ((Act.ABANDON,),     "/charters/{number}/abandon",     Words("Lägg ned utkastet", "Abandon the draft")),
)
"""What each act's button says and where it leads, the most awaited first."""

COMES: dict[Act, Words] = {
    Act.DISTRIBUTE:    Words("uppdraget expedieras", "the charter is distributed"),
    Act.ENTER_RENEWAL: Words("tiden för förnyelse börjar", "the time for renewal begins"),
    Act.EXPIRE:        Words("uppdraget har löpt ut", "the charter has expired"),
    Act.SUPERSEDE:     Words("efterföljaren tar vid", "the successor takes over"),
    Act.DISCONTINUE:   Words("uppdraget har upphört", "the charter has ended"),
    Act.ABANDON:       Words("utkastet läggs ned", "the draft is abandoned"),
    Act.SEND_BACK:     Words("ärendet återlämnas", "the case is sent back"),
}
"""What the calendar will have done to it, as a reader says it."""

ANSWERS: dict[str, Words] = {
    "no":         Words("nej, inget jäv", "no conflict of interest"),
    "yes":        Words("ja", "yes"),
    "unanswered": Words("ej besvarad", "unanswered"),
}
IDENTIFIED: dict[str, Words] = {
    TERMINAL: Words("vid terminalen, på operatörens ord", "at a terminal, asserted by its operator"),
    BY_CODE:  Words("med engångskod till sin e-post", "by a one-time code to their e-mail"),
}
# fmt: on

DECIDED_AS: dict[str, Words] = {
    Act.APPROVE: Words("Fastställt", "Approved"),
    Act.RECORD: Words("Beslutat före detta system", "Decided before this system"),
    Act.CORRECT: Words("Rättat", "Corrected"),
    Act.DISCONTINUE: Words("Beslut om avveckling", "Decision to discontinue"),
}


def looking(desk: Desk) -> Sitting:
    """The moment in which whoever asks looks at something: nothing is done or printed."""
    return Sitting(
        by=desk.login.person if desk.login else None,
        now=desk.now,
        today=desk.today,
        settings=desk.settings,
        press=NoPress(),
    )


def follows(desk: Desk, charter: Row[Any]) -> bool:
    """Whether whoever asks takes part in the charter's handling, and sees how it goes."""
    return desk.who is not None and takes_part(desk.people, charter, desk.who)


# --- the page -------------------------------------------------------------------------------------


@pages.page("/charters/{number}", READER)
def charter(desk: AtDesk, number: int) -> Response:
    """Where a charter stands, what comes, what may be done to it, and what is kept of it."""
    return _shown(desk, number)


@pages.act("/charters/{number}/acknowledge", READER)
def acknowledged(desk: AtDesk, number: int, _form: Posted) -> Response:
    """Whoever is on the list says that they have read it."""
    try:
        with desk.writing() as connection:
            done = acknowledge(connection, number, at=desk.sitting())
    except Refusal as refusal:
        return _shown(desk, number, refusal)
    return desk.go(f"/charters/{number}", done.said)


def _shown(desk: Desk, number: int, refused: Refusal | None = None) -> Response:
    row, at = desk.charter(number), looking(desk)
    matter = look_at(desk.connection, number, at)
    takes_part_in_it = follows(desk, row)
    named = named_in(desk.connection, number)
    asked = desk.request.query_params
    everything = None if asked.get("all") else LATEST
    state = State(row.state)
    return desk.page(
        "charter.html.j2",
        code=422 if refused else 200,
        refused=refused.reasons if refused else (),
        charter=row,
        state=state,
        kind=_kind(row.kind).name,
        named=named,
        part=takes_part_in_it,
        is_in_force=is_in_force(row, desk.today),
        stations=lifeline(
            row,
            days_of(desk.connection, number),
            desk.settings.calendar,
            desk.today,
            has_term=_kind(row.kind).longest_term_years is not None,
        ),
        term=term(row, desk.settings.calendar, desk.today),
        waiting=for_whom_it_waits(matter, named.handler) if takes_part_in_it else None,
        coming=_coming(desk, at, row) if takes_part_in_it else (),
        buttons=_buttons(matter),
        to_acknowledge=is_to_acknowledge(matter),
        decisions=decisions_of(desk.connection, number) if state in DECIDED else (),
        decided_as=DECIDED_AS,
        answers=ANSWERS,
        identified=IDENTIFIED,
        papers=[
            (one, is_sealed(one))
            for one in papers_of(desk.connection, number)
            if takes_part_in_it or (state in DECIDED and is_public(one))
        ],
        others=_others(desk, matter),
        holds_now=_in_its_place(desk, row),
        receipts=receipts_of(desk.connection, number)
        if takes_part_in_it and state in DECIDED
        else None,
        events=events_of(desk.connection, number, most=everything) if takes_part_in_it else None,
        letters=letters_about(desk.connection, number, most=everything)
        if takes_part_in_it
        else None,
    )


def _buttons(matter: Matter) -> list[Button]:
    """What whoever looks may set out to do, each with its page; the first is what is awaited."""
    acts = set(open_acts(matter))
    number = matter.charter.id
    return [
        Button(words, address.format(number=number))
        for these, address, words in BUTTONS
        if acts.intersection(these)
    ]


@dataclass(frozen=True, slots=True)
class Next:
    """Something that comes by itself: on what day, what, to whom, and what would stop it."""

    day: Any
    what: Words
    is_letter: bool
    stage: Words | None
    to: str
    why: Words
    unless: Words | None


def _coming(desk: Desk, at: Sitting, row: Row[Any]) -> list[Next]:
    if row.wake_on is None:
        return []
    return [_next(one) for one in what_comes(desk.connection, at, row.id)]


def _next(one: Coming) -> Next:
    is_act = isinstance(one.what, Act)
    return Next(
        one.day,
        COMES.get(one.what, one.what.words) if isinstance(one.what, Act) else one.what.words,
        not is_act,
        None if is_act else stage_in_words(one.stage),
        ", ".join(dict.fromkeys(to.name for to in one.to)),
        one.why,
        one.unless if one.unless.sv.startswith("om ") else None,
    )


def _others(desk: Desk, matter: Matter) -> list[Any]:
    """The subject's other charters that whoever asks may read, the latest first."""
    return [
        one
        for one in reversed(matter.siblings)
        if one.state in DECIDED
        or (one.state in OPEN and may_read(desk.people, desk.charter(one.id), desk.who))
    ]


def _in_its_place(desk: Desk, row: Row[Any]) -> Row[Any] | None:
    """The charter in force for the group today, for a reader of another that is not."""
    if row.group_id is None or row.state in LIVING or row.state in OPEN:
        return None
    return in_force(desk.connection, row.group_id, desk.today, row.kind)


# --- the text -------------------------------------------------------------------------------------


@pages.page("/charters/{number}/text", READER)
def text(desk: AtDesk, number: int) -> Response:
    """The whole text, as it was decided and since corrected, or as it stands."""
    row = desk.charter(number)
    document = document_of(desk.connection, text_in_force(desk.connection, number))
    part = follows(desk, row)
    form = _kind(document.kind).in_(document.language)
    levels = {key: known.level for key, known in form.section_forms.items()}
    return desk.page(
        "charter_text.html.j2",
        charter=row,
        state=State(row.state),
        part=part,
        document=document,
        head=_said_in(head_fields, _unaddressed(document) if not part else document),
        end=_said_in(end_fields, document),
        sections=[(one, levels.get(one.key, 1)) for one in document.sections],
        recipients_heading=form.recipients.heading,
        link=lambda run: _link(run, part=part),
    )


def _said_in(fields: Any, document: Document) -> list[tuple[str, str]]:
    return [(label, value) for label, value in fields(document, _kind(document.kind)) if value]


def _kind(key: str) -> Kind:
    """The kind of document; one whose form the organisation has taken away is read as a charter."""
    try:
        return kind(key)
    except UnknownKind:
        return kind(CHARTER)


def _unaddressed(document: Document) -> Document:
    """The document without the address and telephone of its handler."""
    handler = document.handler.model_copy(update={"email": None, "phone": None})
    return document.model_copy(update={"handler": handler})


def _link(run: Run, *, part: bool) -> str | None:
    """Where a stretch of text leads: to the web, and to addresses for those who take part."""
    found = safe_link(run.link)
    return found if part or (found and not found.lower().startswith("mailto:")) else None


# --- the papers -----------------------------------------------------------------------------------


@pages.page("/charters/{number}/papers/{paper}", READER)
def paper_of(desk: AtDesk, number: int, paper: str) -> Response:
    """One kept paper, byte for byte. A draft is for those who take part."""
    return _handed_out(desk, number, paper)


def _handed_out(desk: Desk, number: int, asked: str) -> Response:
    row = desk.charter(number)
    found = None
    if asked.isascii() and asked.isdecimal() and len(asked) < 10:
        found = paper(desk.connection, int(asked))
    if found is None or found.charter_id != number:
        raise HTTPException(404)
    if not follows(desk, row) and not (row.state in DECIDED and is_public(found)):
        raise HTTPException(404)
    plain_name = found.filename.encode("ascii", "replace").decode().replace("?", "_")
    return Response(
        found.body,
        media_type=found.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{plain_name}"; '
            f"filename*=UTF-8''{quote(found.filename)}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-cache",
            "ETag": f'"{found.sha256}"',
        },
    )
