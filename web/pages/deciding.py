"""Deciding: the queue, one case on one screen, the decision, and its receipt."""

from datetime import timedelta
from typing import Any

from fastapi import HTTPException
from fastapi.responses import Response

from casework.answers.case import case_before, how_letters_fare, receipts
from casework.answers.queue import decided_lately, next_case, queue_of
from casework.deciding import (
    Shown,
    carry_out_as_shown,
    kept_written,
    what_happened,
)
from casework.editing import forget_unsaved, keep_unsaved
from casework.matter import look_at
from casework.writing import Done
from statemachine.machine import Refused
from statemachine.vocabulary import DECIDED, Act, State
from statemachine.words import Refusal, Words
from web.access import DECIDER, DECIDES, READER
from web.addresses import page_in
from web.desk import AtDesk, Desk
from web.forms import Form, Posted
from web.mishaps import login_first
from web.routes import Pages

pages = Pages()

TOO_OLD = "decider_authenticated_recently"
"""The rule that a login is recent enough, by its name."""
LONGEST = 10_000
"""Characters of a reason, or of who was present."""

APPROVED = Words("Fastställt: {title}.", "Approved: {title}.")
SENT_BACK = Words("Återlämnat till handläggaren: {title}.", "Sent back to the handler: {title}.")
HANDED_ON = Words(
    "Du har anmält jäv. {title} ligger nu hos {others}.",
    "You have declared a conflict of interest. {title} is now with {others}.",
)
HANDED_TO_NOBODY = Words("Du har anmält jäv i {title}.", "You declared a conflict in {title}.")
LOG_IN_AGAIN = Words(
    "Inget är beslutat ännu. Bekräfta att det är du, så kommer du tillbaka till ärendet. Det du "
    "skrev finns kvar.",
    "Nothing is decided yet. Confirm that it is you, and you come back to the case. What you wrote "
    "is still there.",
)
ANSWERED_YES = Words(
    "Du svarade att du är jävig, och kan då inte besluta. Tryck på Lämna till ersättare.",
    "You answered that you have a conflict, and then cannot decide. Press Hand to the stand-in.",
)
NOT_SHOWN = Words(
    "Sidan du svarade från är inte hel. Läs ärendet igen och besluta på nytt.",
    "The page you answered from is not whole. Read the case again and decide anew.",
)
TOO_LONG = Words(
    "Texten är för lång: högst {most} tecken.", "The text is too long: at most {most} characters."
)


@pages.page("/decisions", DECIDER)
def decisions(desk: AtDesk, page: str = "1") -> Response:
    """What waits for the reader's decision, and what they decided lately."""
    asked = page_in(page)
    queue = queue_of(desk.connection, desk.people, desk.person, desk.settings.calendar, asked)
    return desk.page(
        "deciding/queue.html.j2",
        queue=queue,
        at=min(asked, queue.pages),
        lately=decided_lately(desk.connection, desk.person),
    )


@pages.page("/charters/{number}/decide", DECIDES)
def decide(desk: AtDesk, number: int) -> Response:
    """The case on one screen; what the reader wrote before they went to log in is still there."""
    written = kept(desk, number, f"/charters/{number}/decide")
    return _case(desk, number, _of_this_round(desk.charter(number), written))


@pages.act("/charters/{number}/decide", DECIDES)
def confirm_who(desk: AtDesk, form: Posted, number: int) -> Response:
    """Keep what was written, and let the reader show anew who they are."""
    return show_anew(desk, written_in(form), number, f"/charters/{number}/decide")


@pages.act("/charters/{number}/approve", DECIDES)
def approve(desk: AtDesk, form: Posted, number: int) -> Response:
    """Decide the case as it was shown."""
    conflict = form.yes_or_no("conflict")
    if conflict:
        return _case(desk, number, written_in(form), (ANSWERED_YES, "conflict"))
    title = desk.charter(number).title
    try:
        _carry_out(
            desk,
            form,
            number,
            Act.APPROVE,
            conflict=conflict,
            others_present=form.text("others_present") or None,
        )
    except Refused as refused:
        if refused.rules == (TOO_OLD,):
            return show_anew(desk, written_in(form), number, f"/charters/{number}/decide")
        return _case(desk, number, written_in(form), *beside(refused))
    except Refusal as refusal:
        return _case(desk, number, written_in(form), *refusal.reasons)
    return desk.go(f"/charters/{number}/decision", APPROVED.about(title=title))


@pages.act("/charters/{number}/send-back", DECIDES)
def send_back(desk: AtDesk, form: Posted, number: int) -> Response:
    """Return the case to its handler, with the reason."""
    title = desk.charter(number).title
    try:
        _carry_out(desk, form, number, Act.SEND_BACK, reason=form.text("reason"))
    except Refused as refused:
        return _case(desk, number, written_in(form), *beside(refused))
    except Refusal as refusal:
        return _case(desk, number, written_in(form), *refusal.reasons)
    return desk.go("/decisions", SENT_BACK.about(title=title))


@pages.act("/charters/{number}/declare-conflict", DECIDES)
def declare_conflict(desk: AtDesk, form: Posted, number: int) -> Response:
    """Leave the case to whoever may decide it instead."""
    charter = desk.charter(number)
    conflicted = look_at(desk.connection, number, desk.sitting()).conflicted
    able = desk.people.able(charter.office_id, conflicted | {desk.person.id})
    others = [held.person.name for held in able]
    try:
        done = _carry_out(desk, form, number, Act.DECLARE_CONFLICT, reason=form.text("reason"))
    except Refusal as refusal:
        return _case(desk, number, written_in(form), *refusal.reasons)
    told = HANDED_ON if others else HANDED_TO_NOBODY
    words = told.about(title=charter.title, others=", ".join(others))
    if done.note is not None:
        words = Words(f"{words.sv} {done.note.sv}", f"{words.en} {done.note.en}")
    return desk.go("/decisions", words)


@pages.page("/charters/{number}/decision", READER)
def decision(desk: AtDesk, number: int) -> Response:
    """The receipts of what was decided on the charter, to be found again."""
    charter = desk.charter(number)
    decided = receipts(desk.connection, charter=number)
    if charter.state not in DECIDED or not decided:
        raise HTTPException(404)
    return receipt(desk, decided, f"/charters/{number}", charter=number)


# --- what these pages share -----------------------------------------------------------------------


def receipt(
    desk: Desk, decided: list[Any], place: str, *, charter: int | None = None, group: Any = None
) -> Response:
    """What was decided, when, by whom and how they were known; the papers, and how letters fare."""
    coming, left = (None, 0)
    if desk.who is not None and desk.who.offices:
        coming, left = next_case(desk.connection, desk.people, desk.person)
    return desk.page(
        "deciding/receipt.html.j2",
        decided=decided,
        place=place,
        about_charter=charter is not None,
        letters=how_letters_fare(
            desk.connection,
            decided[0].row.decided_at,
            charter=charter,
            group=group.id if group is not None else None,
        ),
        coming=coming,
        left=left,
    )


def show_anew(desk: Desk, written: dict[str, str], number: int, path: str) -> Response:
    """To the login, with what was written kept until the person comes back to `path`."""
    with desk.writing() as connection:
        keep_unsaved(
            connection,
            number,
            desk.person.id,
            version=desk.charter(number).version,
            said={**written, "written_on": path},
            now=desk.now,
        )
    return desk.go(login_first(path), LOG_IN_AGAIN)


def kept(desk: Desk, number: int, path: str) -> dict[str, str]:
    """What was written on this page when the person went to log in."""
    written = kept_written(desk.connection, number, desk.person)
    return written if written.get("written_on") == path else {}


def written_in(form: Form) -> dict[str, str]:
    """All that was written, to be shown again."""
    return {name: form.text(name) for name in form.data if name != "token"}


def is_recent(desk: Desk) -> bool:
    """Whether the person logged in recently enough to decide anything."""
    login = desk.login
    return login is not None and desk.now - login.authenticated_at <= timedelta(
        minutes=desk.settings.recent_minutes
    )


def minutes_since_login(desk: Desk) -> int:
    login = desk.login
    return int((desk.now - login.authenticated_at).total_seconds() // 60) if login else 0


FIELDS = {
    "a_reason_is_given": "reason",
    "decider_answered_the_conflict_question": "conflict",
    "decider_has_no_conflict": "conflict",
    "registry_number_is_given": "registry_number",
    "effective_day_is_not_past": "effective_day",
    "effective_day_is_within_the_term": "effective_day",
    "not_already_discontinued": "effective_day",
}
"""The field that a rule is about, by the rule's name."""


def beside(refused: Refused) -> list[Any]:
    """Each reason, with the field it is about where there is one."""
    fields = [FIELDS.get(name, "") for name in refused.rules]
    fields += [""] * (len(refused.reasons) - len(fields))
    return [
        (reason, field) if field else reason
        for reason, field in zip(refused.reasons, fields, strict=True)
    ]


def _carry_out(desk: Desk, form: Form, number: int, act: Act, **said: Any) -> Done:
    """Do it to the case as it was shown, and forget what was kept. Raises Refusal."""
    for name in ("reason", "others_present"):
        if len(form.text(name)) > LONGEST:
            raise Refusal(TOO_LONG.about(most=LONGEST))
    shown = _shown(form)
    with desk.writing(act.value) as connection:
        done = carry_out_as_shown(connection, number, act, at=desk.sitting(), shown=shown, **said)
        forget_unsaved(connection, number, desk.person.id)
    return done


def _of_this_round(charter: Any, written: dict[str, str]) -> dict[str, str]:
    """What was written, and the answer about conflict only where it was given of this very text."""
    answered_of = (written.get("round"), written.get("hash"))
    if answered_of == (str(charter.round), charter.content_hash):
        return written
    return {name: said for name, said in written.items() if name != "conflict"}


def _shown(form: Form) -> Shown:
    """What the page that the form came from showed. Raises Refusal when it does not say."""
    round_, content_hash = form.text("round"), form.text("hash")
    if not (round_.isascii() and round_.isdecimal() and len(round_) < 10 and content_hash):
        raise Refusal(NOT_SHOWN)
    return Shown(int(round_), content_hash)


def _case(desk: Desk, number: int, written: dict[str, str], *refused: Any) -> Response:
    charter = desk.charter(number)
    code = 422 if refused else 200
    if charter.state != State.REVIEW:
        overtaken = [one for one in refused if isinstance(one, Words)]
        return desk.page(
            "deciding/overtaken.html.j2",
            code=code,
            charter=charter,
            happened=overtaken[0] if overtaken else what_happened(desk.connection, charter),
            is_decided=charter.state in DECIDED,
            reason=written.get("reason", ""),
        )
    return desk.page(
        "deciding/case.html.j2",
        code=code,
        case=case_before(desk.connection, number, desk.sitting()),
        written=written,
        refused=list(refused),
        problems={one[1]: one[0] for one in refused if isinstance(one, tuple)},
        is_recent=is_recent(desk),
        minutes=minutes_since_login(desk),
    )
