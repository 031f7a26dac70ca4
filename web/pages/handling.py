"""The acts on the way to a decision: submit, withdraw, hand over, abandon, and opinions."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from casework.answers.readiness import hindrances, lines_to_reach
from casework.change import Said
from casework.editing import may, office_of, unsaved_of
from casework.matter import Matter, look_at
from casework.review import cut_by, term, warnings_to_answer
from documents.kinds import kind as kind_called
from models.directory import Someone
from statemachine.vocabulary import Act, Duty, State
from statemachine.words import Refusal, Words
from web.access import PARTICIPANT
from web.desk import AtDesk, Desk
from web.forms import Form, Posted, Wrote
from web.routes import Pages

pages = Pages()

Reasons = Sequence[Words | tuple[Words, str]]

SUBMITTED = Words(
    "Skickat för beslut till {whom}. Du får besked när det är beslutat eller återlämnat.",
    "Submitted to {whom}. You are told when it is decided or sent back.",
)
NOBODY_THERE = Words(
    "{office}, där ingen kan besluta i dag. Registratorn har fått veta det",
    "{office}, where nobody can decide today. The registry keeper has been told",
)
SAVE_FIRST = Words(
    "Du har skrivit något i utkastet som inte är sparat, och det skulle inte komma med. Spara "
    "eller kasta det först.",
    "You have written something in the draft that is not saved, and it would be left out. Save it "
    "or throw it away first.",
)
WITHDRAWN = Words(
    "Återkallat. Texten går att ändra igen, och den som skulle besluta har fått veta det.",
    "Withdrawn. The text can be changed again, and whoever was to decide has been told.",
)
ABANDONED = Words(
    "Utkastet är nedlagt. Texten finns kvar.", "The draft is abandoned. Its text is kept."
)
HANDED_OVER = Words("Överlämnat till {name}.", "Handed over to {name}.")
ASKED = Words("{name} har fått en begäran om yttrande.", "{name} has been asked for an opinion.")
GIVEN = Words(
    "Tack, yttrandet är lämnat. Handläggaren och den som beslutar ser det.",
    "Thank you, the opinion is given. The handler and the decider see it.",
)
WRITE_WHO = Words(
    "Skriv vem du vill fråga: namn eller e-postadress.",
    "Write whom to ask: a name or an e-mail address.",
)
NOBODY_CALLED = Words(
    "Ingen i organisationen heter eller har adressen ”{said}”. Skriv hela namnet eller "
    "e-postadressen.",
    "Nobody in the organisation has the name or the address “{said}”. Write the whole name or "
    "the e-mail address.",
)
CHOOSE_SOMEONE = Words("Välj vem som tar över.", "Choose who takes over.")
SAY_WHICH = Words(
    "Välj om du tillstyrker eller har synpunkter.",
    "Choose whether you support it or have remarks.",
)


# --- submitting -----------------------------------------------------------------------------------


@pages.page("/charters/{number}/submit", PARTICIPANT)
def ready(desk: AtDesk, number: int) -> Response:
    """What stands in the way of a decision, if anything; else the questions to answer."""
    return _submission(desk, number)


@pages.act("/charters/{number}/submit", PARTICIPANT)
def submit(desk: AtDesk, number: int, form: Posted) -> Response:
    """Send the draft for a decision; not past what its sender has written and not saved."""
    said = {
        "conflict": form.yes_or_no("conflict"),
        "answer": form.text("answer") or None,
        "presenter": form.text("presenter") or None,
        "instead": _instead(form),
        "reason": form.text("reason"),
    }
    try:
        if _has_unsaved(desk, number):
            raise Refusal(SAVE_FIRST)
        desk.carry_out(number, Act.SUBMIT, **said)
    except Refusal as refusal:
        return _submission(desk, number, refusal, form)
    return desk.go(f"/charters/{number}", SUBMITTED.about(whom=_whom(desk, number)))


def _has_unsaved(desk: Desk, number: int) -> bool:
    """Whether they have written something in the draft that would not be in what is decided."""
    return unsaved_of(desk.connection, number, desk.person.id) is not None


def _instead(form: Form) -> dict[int, str]:
    """Who gets it instead, by line."""
    named = {}
    for name in form.data:
        _, is_one, place = name.partition("instead-")
        if is_one and place.isascii() and place.isdecimal() and len(place) < 5 and form.text(name):
            named[int(place)] = form.text(name)
    return named


def _whom(desk: Desk, number: int) -> Words:
    matter = look_at(desk.connection, number, desk.sitting())
    office = office_of(desk.connection, matter.charter.office_id)
    name = office.name if office is not None else "–"
    able = matter.people.able(matter.charter.office_id)
    if not able:
        return NOBODY_THERE.about(office=name)
    people = ", ".join(held.person.name for held in able)
    return Words(f"{name} ({people})", f"{name} ({people})")


def _submission(
    desk: Desk, number: int, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    matter = look_at(desk.connection, number, desk.sitting())
    if not may(matter, Act.SUBMIT):
        return _not_here(desk, matter, Act.SUBMIT, refusal)
    said = Said(
        conflict=form.yes_or_no("conflict") if form else False,
        answer=form.text("answer") if form else "–",
        instead=_instead(form) if form else {},
    )
    stand_in_the_way = hindrances(matter, said)
    first, last, _ = term(matter, matter.document)
    cuts = cut_by(matter, first, last)
    now_in_force = [one for one in matter.siblings if one.in_force_on(desk.today)]
    lines = lines_to_reach(matter, said.instead)
    shown = [(one.words, _there(number, one.at), one.at) for one in stand_in_the_way]
    if _has_unsaved(desk, number):
        shown.insert(0, (SAVE_FIRST, f"/charters/{number}/edit", None))
    return desk.page(
        "handling/submit.html.j2",
        code=422 if refusal else 200,
        refused=_reasons(refusal, shown),
        charter=matter.charter,
        hindrances=[one for one in shown if not (refusal and one[2] and _is_asked_here(one[2]))],
        in_all=len(shown),
        warnings=warnings_to_answer(matter),
        office=office_of(desk.connection, matter.charter.office_id),
        able=matter.people.able(matter.charter.office_id),
        first=first,
        last=last,
        cuts=cuts,
        cut=next((one for one in now_in_force if one.id in cuts), None),
        lines=lines,
        left_out=[one for one in lines if one.why_nobody is not None or one.instead],
        presenter=form.text("presenter") if form else desk.person.name,
        conflict=form.text("conflict") if form else "",
        answer=form.text("answer") if form else "",
        reason=form.text("reason") if form else "",
    )


def _reasons(refusal: Refusal | None, shown: list[tuple[Words, str, str | None]]) -> Reasons:
    """Why it was refused: what the check list names, with its place, else as it was said."""
    if refusal is None:
        return ()
    named = [(words, at if at and _is_asked_here(at) else "first") for words, _, at in shown]
    return named or refusal.reasons


def _is_asked_here(at: str) -> bool:
    return at in ("conflict", "answer") or at.startswith("instead-")


def _there(number: int, at: str | None) -> str:
    """The address at which a hindrance is put right."""
    if at is None:
        return ""
    return f"#{at}" if _is_asked_here(at) else f"/charters/{number}/edit?at={at}"


# --- taking back, handing over, giving up ---------------------------------------------------------


@pages.page("/charters/{number}/withdraw", PARTICIPANT)
def take_back(desk: AtDesk, number: int) -> Response:
    """What it means to withdraw."""
    return _simple(desk, number, Act.WITHDRAW, "handling/withdraw.html.j2")


@pages.act("/charters/{number}/withdraw", PARTICIPANT)
def withdraw(desk: AtDesk, number: int, form: Posted) -> Response:
    """Take the case back from the decider, and go on to the editor."""
    try:
        desk.carry_out(number, Act.WITHDRAW, reason=form.text("reason"))
    except Refusal as refusal:
        return _simple(desk, number, Act.WITHDRAW, "handling/withdraw.html.j2", refusal, form)
    return desk.go(f"/charters/{number}/edit", WITHDRAWN)


@pages.page("/charters/{number}/abandon", PARTICIPANT)
def give_up(desk: AtDesk, number: int) -> Response:
    """Asked once more, before a draft is given up."""
    return _simple(desk, number, Act.ABANDON, "handling/abandon.html.j2")


@pages.act("/charters/{number}/abandon", PARTICIPANT)
def abandon(desk: AtDesk, number: int, form: Posted) -> Response:
    """Give up the draft."""
    try:
        desk.carry_out(number, Act.ABANDON, reason=form.text("reason"))
    except Refusal as refusal:
        return _simple(desk, number, Act.ABANDON, "handling/abandon.html.j2", refusal, form)
    return desk.go(f"/charters/{number}", ABANDONED)


@pages.page("/charters/{number}/hand-over", PARTICIPANT)
def to_whom(desk: AtDesk, number: int) -> Response:
    """Who may take over."""
    return _handing_over(desk, number)


@pages.act("/charters/{number}/hand-over", PARTICIPANT)
def hand_over(desk: AtDesk, number: int, form: Posted) -> Response:
    """Give the charter another handler."""
    to = desk.people.found(form.text("to")) if form.text("to") else None
    try:
        if to is None:
            raise Refusal(CHOOSE_SOMEONE)
        desk.carry_out(number, Act.HAND_OVER, to=to, reason=form.text("reason"))
    except Refusal as refusal:
        return _handing_over(desk, number, refusal, form)
    return desk.go(f"/charters/{number}", HANDED_OVER.about(name=to.name))


def _handing_over(
    desk: Desk, number: int, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    handler = desk.charter(number).handler_id
    others = sorted(
        (one for one in desk.people.on_duty(Duty.HANDLER) if one.id != handler),
        key=lambda one: one.name.casefold(),
    )
    return _simple(
        desk,
        number,
        Act.HAND_OVER,
        "handling/hand_over.html.j2",
        refusal,
        form,
        field="to",
        handlers=[
            (one.key, f"{one.name}, {one.administration}" if one.administration else one.name)
            for one in dict.fromkeys(others)
        ],
    )


# --- opinions -------------------------------------------------------------------------------------


@pages.page("/charters/{number}/ask-opinion", PARTICIPANT)
def of_whom(desk: AtDesk, number: int) -> Response:
    """Whose opinion to ask for, and who has been asked."""
    return _asking_opinion(desk, number)


@pages.act("/charters/{number}/ask-opinion", PARTICIPANT)
def ask_opinion(desk: AtDesk, number: int, form: Posted) -> Response:
    """Ask someone for an opinion in this round."""
    try:
        of = _someone(desk, form.text("of"))
        desk.carry_out(number, Act.ASK_OPINION, to=of, reason=form.text("reason"))
    except Refusal as refusal:
        return _asking_opinion(desk, number, refusal, form)
    return desk.go(f"/charters/{number}/ask-opinion", ASKED.about(name=of.name))


def _asking_opinion(
    desk: Desk, number: int, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    return _simple(
        desk,
        number,
        Act.ASK_OPINION,
        "handling/ask_opinion.html.j2",
        refusal,
        form,
        field="of",
    )


def _someone(desk: Desk, said: str) -> Someone:
    found = (desk.people.found(said) or desk.people.named(said)) if said else None
    if found is None:
        raise Refusal(NOBODY_CALLED.about(said=said[:80]) if said else WRITE_WHO)
    return found


@pages.page("/charters/{number}/opinion", PARTICIPANT)
def what_is_asked(desk: AtDesk, number: int) -> Response:
    """The text to form an opinion of, and where to say it."""
    return _giving_opinion(desk, number)


@pages.act("/charters/{number}/opinion", PARTICIPANT)
def opinion(desk: AtDesk, number: int, form: Posted) -> Response:
    """Give the opinion asked for: supports, or has remarks."""
    supports = form.yes_or_no("supports")
    try:
        if supports is None:
            raise Refusal(SAY_WHICH)
        desk.carry_out(
            number, Act.OPINION, supports=supports, statement=form.text("statement") or None
        )
    except Refusal as refusal:
        return _giving_opinion(desk, number, refusal, form)
    return desk.go(f"/charters/{number}", GIVEN)


def _giving_opinion(
    desk: Desk, number: int, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    return _simple(
        desk,
        number,
        Act.OPINION,
        "handling/opinion.html.j2",
        refusal,
        form,
        field="supports",
    )


# --- what they share ------------------------------------------------------------------------------


def _simple(
    desk: Desk,
    number: int,
    act: Act,
    template: str,
    refusal: Refusal | None = None,
    form: Form | None = None,
    *,
    field: str = "reason",
    **more: Any,
) -> Response:
    """The page of an act; or, where the life does not know it here, why not."""
    matter = look_at(desk.connection, number, desk.sitting())
    if not may(matter, act):
        return _not_here(desk, matter, act, refusal)
    asked = matter.opinions if matter.charter.state == State.REVIEW else ()
    desk.people.remember(people=(one.reviewer_id for one in asked))
    return desk.page(
        template,
        code=422 if refusal else 200,
        refused=[(reason, field) for reason in refusal.reasons] if refusal else (),
        wrote=Wrote(form),
        charter=matter.charter,
        document=matter.document,
        words=kind_called(matter.charter.kind).in_(matter.document.language),
        opinions=[(desk.people.person(one.reviewer_id), one) for one in asked],
        mine=next((one for one in asked if one.reviewer_id == desk.person.id), None),
        **more,
    )


def _not_here(desk: Desk, matter: Matter, act: Act, refusal: Refusal | None = None) -> Response:
    """Why the act cannot be done here by whoever asks."""
    code = 422 if refusal else 200
    if refusal is None:
        try:
            matter.role_for(act)
        except Refusal as why:
            refusal = why
    return desk.page(
        "handling/not_here.html.j2",
        code=code,
        act=act,
        charter=matter.charter,
        state=State(matter.charter.state),
        reasons=refusal.reasons if refusal else (),
    )
