"""Correcting what was decided, and ending it early: each shown first, and then done."""

from typing import Any
from urllib.parse import quote

from fastapi import HTTPException
from fastapi.responses import Response
from pydantic import ValidationError

from casework.answers.case import paper_of_group, receipts
from casework.deciding import (
    correct_as_shown,
    document_in_force,
    would_correct,
    would_end,
)
from casework.editing import forget_unsaved
from casework.groups import discontinue_group, would_discontinue
from casework.questions import text_in_force
from documents import read_apart, write_text
from models.document import Document
from statemachine.machine import Refused
from statemachine.vocabulary import Act
from statemachine.words import Refusal, Words
from web.access import (
    DECIDED_IT,
    DISCONTINUES,
    DISCONTINUES_GROUP,
    EVERYONE,
    number_in,
)
from web.desk import AtDesk, Desk
from web.forms import Form, Posted
from web.limits import SENDING_FILES, counted
from web.mishaps import login_first
from web.pages.deciding import (
    LOG_IN_AGAIN,
    LONGEST,
    TOO_LONG,
    TOO_OLD,
    beside,
    is_recent,
    kept,
    minutes_since_login,
    receipt,
    show_anew,
    written_in,
)
from web.routes import Pages
from web.signing import sealed, unsealed

pages = Pages()

LARGEST = 20_000_000
"""Bytes of a form with a file: as large as the papers that are read."""
WRITTEN = "mandat_written"
FOR_A_WHILE = 1800
SHORT_ENOUGH = 3500
"""Bytes that a browser keeps for us with certainty."""

CORRECTED = Words("Rättat: {title}.", "Corrected: {title}.")
ENDS = Words("{title} upphör {day}.", "{title} ends on {day}.")
GROUP_ENDS = Words("Gruppen {name} upphör {day}.", "The group {name} ceases to be on {day}.")
NO_DOCUMENT = Words(
    "Välj en fil med den rättade handlingen, eller rätta i texten.",
    "Choose a file with the corrected document, or correct it in the text.",
)
TORN = Words(
    "Sidan du bekräftade från är inte hel. Skicka den rättade handlingen igen.",
    "The page you confirmed from is not whole. Send the corrected document again.",
)


# --- correcting -----------------------------------------------------------------------------------


@pages.page("/charters/{number}/correct", DECIDED_IT)
def correct(desk: AtDesk, number: int) -> Response:
    """Where a clerical error is corrected: a file, or the text itself."""
    written = kept(desk, number, f"/charters/{number}/correct")
    if "document" in written:
        return _tried(desk, number, written)
    return _correction(desk, number, written)


@pages.act("/charters/{number}/correct", DECIDED_IT, most_bytes=LARGEST)
def correct_it(desk: AtDesk, form: Posted, number: int) -> Response:
    """Show what the correction changes; once that is confirmed, make it."""
    counted(desk.request, SENDING_FILES, "files", str(desk.person.id))
    written = written_in(form)
    written.pop("file", None)
    try:
        _not_too_long(form, "reason")
        document = _document(form)
    except Refusal as refusal:
        written.pop("document", None)
        return _correction(desk, number, written, *refusal.reasons)
    written["document"] = document.model_dump_json()
    if form.text("confirmed") != "yes":
        return _tried(desk, number, written)
    try:
        would_correct(desk.connection, number, desk.sitting(), document, reason=form.text("reason"))
        with_it = {"document": document, "reason": form.text("reason")}
        with desk.writing(Act.CORRECT.value) as connection:
            correct_as_shown(
                connection,
                number,
                at=desk.sitting(),
                shown=form.text("of"),
                conflict=form.yes_or_no("conflict"),
                **with_it,
            )
            forget_unsaved(connection, number, desk.person.id)
    except Refusal as refusal:
        return _refused_correction(desk, number, written, refusal)
    return desk.go(
        f"/charters/{number}/decision", CORRECTED.about(title=desk.charter(number).title)
    )


def _tried(desk: Desk, number: int, written: dict[str, str]) -> Response:
    """The differences, to be confirmed; or why they cannot be."""
    document = Document.model_validate_json(written["document"])
    try:
        changed = would_correct(
            desk.connection,
            number,
            desk.sitting(),
            document,
            reason=written.get("reason", ""),
        )
    except Refusal as refusal:
        return _refused_correction(desk, number, written, refusal)
    return desk.page(
        "deciding/confirm_correction.html.j2",
        charter=desk.charter(number),
        changed=changed,
        written=written,
        of=written.get("of", ""),
    )


def _refused_correction(
    desk: Desk, number: int, written: dict[str, str], refusal: Refusal
) -> Response:
    if isinstance(refusal, Refused) and refusal.rules == (TOO_OLD,):
        return show_anew(desk, written, number, f"/charters/{number}/correct")
    reasons = beside(refusal) if isinstance(refusal, Refused) else list(refusal.reasons)
    return _correction(desk, number, written, *reasons)


def _document(form: Form) -> Document:
    """The corrected document: confirmed, sent as a file, or written. Raises Refusal."""
    if confirmed := form.text("document"):
        try:
            return Document.model_validate_json(confirmed)
        except ValidationError:
            raise Refusal(TORN) from None
    if files := form.files("file"):
        return read_apart(files[0].body, files[0].name).document
    if text := form.text("text"):
        return read_apart(text.encode(), "handling.md").document
    raise Refusal(NO_DOCUMENT)


def _correction(desk: Desk, number: int, written: dict[str, str], *refused: Any) -> Response:
    document = (
        Document.model_validate_json(written["document"])
        if written.get("document")
        else document_in_force(desk.connection, number)
    )
    return desk.page(
        "deciding/correct.html.j2",
        code=422 if refused else 200,
        charter=desk.charter(number),
        text=written.get("text") or write_text(document, document.language),
        of=text_in_force(desk.connection, number),
        written=written,
        refused=list(refused),
        problems={one[1]: one[0] for one in refused if isinstance(one, tuple)},
        is_recent=is_recent(desk),
        minutes=minutes_since_login(desk),
    )


# --- ending a charter early -----------------------------------------------------------------------


@pages.page("/charters/{number}/discontinue", DISCONTINUES)
def discontinue(desk: AtDesk, number: int) -> Response:
    """Where it is decided that a charter ends early."""
    return _ending(desk, number, kept(desk, number, f"/charters/{number}/discontinue"))


@pages.act("/charters/{number}/discontinue", DISCONTINUES)
def discontinue_it(desk: AtDesk, form: Posted, number: int) -> Response:
    """Ask once more; once that is answered, decide it."""
    written = written_in(form)
    try:
        _not_too_long(form, "reason", "registry_number", "presenter")
        said = _said(form)
        if form.text("confirmed") != "yes":
            would_end(desk.connection, number, desk.sitting(), **said)
            return _ending(desk, number, written, asks=True)
        desk.carry_out(number, Act.DISCONTINUE, **said)
    except Refused as refused:
        if refused.rules == (TOO_OLD,):
            return show_anew(desk, written, number, f"/charters/{number}/discontinue")
        return _ending(desk, number, written, beside(refused))
    except Refusal as refusal:
        return _ending(desk, number, written, list(refusal.reasons))
    with desk.writing() as connection:
        forget_unsaved(connection, number, desk.person.id)
    words = ENDS.about(title=desk.charter(number).title, day=said["effective_day"])
    return desk.go(f"/charters/{number}/decision", words)


def _ending(
    desk: Desk,
    number: int,
    written: dict[str, str],
    refused: list[Any] | None = None,
    *,
    asks: bool = False,
) -> Response:
    return _page_of_ending(
        desk,
        written,
        refused,
        path=f"/charters/{number}/discontinue",
        name=desk.charter(number).title,
        charter=desk.charter(number),
        asks=asks,
    )


# --- ending a group -------------------------------------------------------------------------------


@pages.page("/groups/{group}/discontinue", DISCONTINUES_GROUP)
def end_group(desk: AtDesk, group: str) -> Response:
    """Where it is decided that a group ceases to be, and its charter with it."""
    return _group_ending(desk, group, _kept_of_group(desk, group))


@pages.act("/groups/{group}/discontinue", DISCONTINUES_GROUP)
def end_the_group(desk: AtDesk, form: Posted, group: str) -> Response:
    """Show what ends with it, and ask once more; once that is answered, decide it."""
    written, row = written_in(form), desk.group(group)
    try:
        _not_too_long(form, "reason", "registry_number", "presenter", "into")
        said = {**_said(form), "into": form.text("into") or None}
        if form.text("confirmed") != "yes":
            ends = would_discontinue(desk.connection, row.key, at=desk.sitting(), **said)
            return _group_ending(desk, group, written, ends=ends)
        with desk.writing("discontinue-group") as connection:
            discontinue_group(connection, row.key, at=desk.sitting(), **said)
    except Refused as refused:
        if refused.rules == (TOO_OLD,):
            return _show_anew_for_group(desk, group, written)
        return _group_ending(desk, group, written, beside(refused))
    except Refusal as refusal:
        return _group_ending(desk, group, written, list(refusal.reasons))
    words = GROUP_ENDS.about(name=row.name, day=said["effective_day"])
    answer = desk.go(f"/groups/{group}/decision", words)
    answer.delete_cookie(WRITTEN)
    return answer


@pages.page("/groups/{group}/decision", EVERYONE)
def group_decision(desk: AtDesk, group: str) -> Response:
    """The receipt of the decision that a group ceases to be."""
    row = desk.group(group)
    decided = receipts(desk.connection, group=row.id)
    if not decided:
        raise HTTPException(404)
    return receipt(desk, decided, f"/groups/{group}", group=row)


@pages.page("/groups/{group}/papers/{paper}", EVERYONE)
def group_paper(desk: AtDesk, group: str, paper: str) -> Response:
    """The paper of a decision on the group itself, byte for byte."""
    kept_paper = paper_of_group(desk.connection, desk.group(group).id, number_in(paper))
    if kept_paper is None:
        raise HTTPException(404)
    name = quote(kept_paper.filename)
    return Response(
        kept_paper.body,
        media_type=kept_paper.media_type,
        headers={
            "Content-Disposition": f"inline; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
        },
    )


def _group_ending(
    desk: Desk,
    group: str,
    written: dict[str, str],
    refused: list[Any] | None = None,
    *,
    ends: Any = None,
) -> Response:
    return _page_of_ending(
        desk,
        written,
        refused,
        path=f"/groups/{group}/discontinue",
        name=desk.group(group).name,
        charter=None,
        asks=ends is not None,
        ends=ends,
    )


def _show_anew_for_group(desk: Desk, group: str, written: dict[str, str]) -> Response:
    """To the login; what was written is held by the browser meanwhile, when it is short enough."""
    path = f"/groups/{group}/discontinue"
    answer = desk.go(login_first(path), LOG_IN_AGAIN)
    what = {"group": group, "person": desk.person.id, "written": written}
    held = sealed(desk.house.key, WRITTEN, what)
    if len(held) <= SHORT_ENOUGH:
        desk.keep(answer, WRITTEN, held, FOR_A_WHILE)
    return answer


def _kept_of_group(desk: Desk, group: str) -> dict[str, str]:
    held = unsealed(desk.house.key, WRITTEN, desk.request.cookies.get(WRITTEN), FOR_A_WHILE)
    if not held or held["person"] != desk.person.id or held["group"] != group:
        return {}
    return dict(held["written"])


# --- what both kinds of ending share --------------------------------------------------------------


def _said(form: Form) -> dict[str, Any]:
    """What a decision to end something says. Raises Refusal for what is no day."""
    return {
        "effective_day": form.day("effective_day"),
        "registry_number": form.text("registry_number"),
        "reason": form.text("reason"),
        "conflict": form.yes_or_no("conflict"),
        "presenter": form.text("presenter") or None,
    }


def _not_too_long(form: Form, *names: str) -> None:
    if any(len(form.text(name)) > LONGEST for name in names):
        raise Refusal(TOO_LONG.about(most=LONGEST))


def _page_of_ending(
    desk: Desk,
    written: dict[str, str],
    refused: list[Any] | None,
    *,
    path: str,
    name: str,
    charter: Any,
    asks: bool,
    ends: Any = None,
) -> Response:
    return desk.page(
        "deciding/confirm_ending.html.j2" if asks else "deciding/discontinue.html.j2",
        code=422 if refused else 200,
        action=path,
        name=name,
        charter=charter,
        ends=ends,
        written=written,
        refused=refused or [],
        problems={one[1]: one[0] for one in refused or () if isinstance(one, tuple)},
        is_recent=is_recent(desk),
        minutes=minutes_since_login(desk),
    )
