"""The editor: a draft on one page, section by section, where nothing that is written gets lost."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fastapi.responses import Response
from sqlalchemy import Connection

from casework.door import carry_out
from casework.editing import (
    forget_unsaved,
    keep_unsaved,
    last_saved,
    may,
    office_of,
    offices_to_decide,
    text_at,
    unsaved_of,
)
from casework.matter import Matter, look_at
from casework.writing import SomeoneWasFirst
from documents.kinds import kind as kind_called
from documents.page import (
    FIELDS,
    Clash,
    LineWritten,
    Page,
    SectionWritten,
    merged,
    missing_sections,
    page_of,
    read_page,
    with_section_added,
    with_theirs,
)
from models.document import Document, Level, Problem
from models.session import reading
from statemachine.vocabulary import Act, Duty, State
from statemachine.words import Refusal, Words
from web.access import PARTICIPANT
from web.desk import AtDesk, Desk
from web.forms import Form, Posted
from web.routes import Pages

pages = Pages()

SAVED = Words("Sparat {time}.", "Saved {time}.")
UNCHANGED = Words(
    "Inget var ändrat, så inget behövde sparas.", "Nothing had changed, so nothing was saved."
)
THROWN_AWAY = Words("Det osparade är kastat.", "The unsaved writing is thrown away.")
CHOOSE = Words(
    "Välj vilken text som ska gälla för {what}.", "Choose which text is to count for {what}."
)
NO_SUCH_VERSION = Words(
    "Formuläret är inte längre från någon version av handlingen. Det du skrev finns kvar nedan; "
    "jämför det med texten och spara på nytt.",
    "The form is no longer of any version of the document. What you wrote is still here; compare "
    "it with the text, and save again.",
)

ANOTHER_KIND = Words(
    "Filen är ett annat slag av handling än utkastet. Lägg ned utkastet först, eller välj en "
    "annan fil.",
    "The file is another kind of document than the draft. Abandon the draft first, or choose "
    "another file.",
)
SAVE_FIRST = Words(
    "Du har osparad text i gruppens utkast. Spara eller kasta den först, så att inget går "
    "förlorat.",
    "You have unsaved writing in the group's draft. Save it or throw it away first, so that "
    "nothing is lost.",
)

# fmt: off
FIELDSETS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (Words("Handlingen", "The document"),
     ("title", "registry_number", "document_date", "revision")),
    (Words("Organisationen", "The organisation"),
     ("organisation", "unit", "group", "area")),
    (Words("Uppdragsgivare och uppdragstagare", "Commissioner and assignee"),
     ("commissioner", "assignee")),
    (Words("Handläggare i handlingen", "Handler in the document"),
     ("handler", "handler.phone", "handler.email")),
    (Words("Beslut och giltighet", "Decision and validity"),
     ("decision.maker", "decision.date", "valid_from", "valid_through", "validity_text")),
)
# fmt: on
"""The fields as the page groups them."""
DAYS = frozenset({"document_date", "decision.date", "valid_from", "valid_through"})
ONLY_WHEN_SAID = frozenset({"decision.date"})
"""What the decider's approval fills in: it is shown only to be taken away."""
NAME_AND_TITLE = Words("Namn, titel", "Name, title")
HINTS: dict[str, Words] = {
    "commissioner": NAME_AND_TITLE,
    "handler": NAME_AND_TITLE,
    "decision.maker": Words(
        "Namn, titel – som det ska stå i handlingen.", "Name, title, as the document is to say it."
    ),
    "registry_number": Words("Som RS 2026-00412.", "Like RS 2026-00412."),
    "valid_from": Words(
        "Lämna tomt för beslutsdagen.", "Leave it empty for the day of the decision."
    ),
    "valid_through": Words(
        "Lämna tomt för längsta tillåtna tid.", "Leave it empty for the longest term allowed."
    ),
    "validity_text": Words(
        "Bara om giltigheten ska sägas med ord.", "Only if the validity is to be put in words."
    ),
    "decision.date": Words(
        "Töm den: beslutsdagen blir den dag då beslut fattas.",
        "Empty it: the day of the decision will be the day it is made.",
    ),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A page as it was sent or kept: of which version, and the pieces that two had changed."""

    page: Page
    version: int
    office: str = ""
    clashes: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    """For a piece that two had changed, whose text is to count: "mine" or "theirs"."""


# --- the page -------------------------------------------------------------------------------------


@pages.page("/charters/{number}/edit", PARTICIPANT)
def edit(desk: AtDesk, number: int, go_on: str = "", at: str = "") -> Response:
    """The draft to write in; or first what is there unsaved, to go on with or throw away."""
    matter = look_at(desk.connection, number, desk.sitting())
    if not may(matter, Act.EDIT):
        return _closed(desk, matter)
    waiting = unsaved_of(desk.connection, number, desk.person.id)
    if waiting is None and at:
        return desk.go(f"/charters/{number}/edit#{_anchor(at, page_of(matter.document))}")
    if waiting is None:
        return _editor(desk, matter, _afresh(matter))
    written = _kept(waiting.said, waiting.version)
    if go_on == "yes":
        return _gone_on_with(desk, matter, written)
    return desk.page(
        "editor/waiting.html.j2",
        matter=matter,
        written_at=waiting.written_at.astimezone(desk.settings.timezone),
        changed=_changed(desk, matter, written),
        since=_since(desk, desk.connection, matter, written.version),
    )


@pages.act("/charters/{number}/edit", PARTICIPANT)
def save(desk: AtDesk, number: int, form: Posted) -> Response:
    """Save the draft; or change the page itself, which saves nothing but keeps what is written."""
    written = _sent(form)
    with reading(desk.house.engine) as now:
        matter = look_at(now, number, desk.sitting())
        if not may(matter, Act.EDIT):
            return _refused_and_kept(desk, matter, written)
        if form.text("do"):
            return _turned(desk, matter, written, form)
        if written.version != matter.charter.version:
            return _clashed(desk, matter, written)
        if refused := tuple(_unchosen(desk, matter, written)):
            return _kept_and_shown(desk, matter, written, refused)
        try:
            return _saved(desk, matter, _as_chosen(written, matter.document))
        except SomeoneWasFirst:
            pass
        except Refusal as refusal:
            return _kept_and_shown(desk, matter, written, refusal.reasons)
    with reading(desk.house.engine) as now:
        return _clashed(desk, look_at(now, number, desk.sitting()), written)


@pages.act("/charters/{number}/unsaved", PARTICIPANT)
def keep(desk: AtDesk, number: int, form: Posted) -> Response:
    """Keep what is written so far: what the editor does by itself, while someone writes."""
    matter = look_at(desk.connection, number, desk.sitting())
    written = _sent(form)
    if not may(matter, Act.EDIT):
        return Response(status_code=409)
    _keep(desk, matter, written)
    return Response(status_code=204)


@pages.act("/charters/{number}/unsaved/discard", PARTICIPANT)
def discard(desk: AtDesk, number: int) -> Response:
    """Throw away what was written and not saved; the draft stands as it was saved last."""
    with desk.writing() as connection:
        forget_unsaved(connection, number, desk.person.id)
    return desk.go(f"/charters/{number}/edit", THROWN_AWAY)


# --- saving ---------------------------------------------------------------------------------------


def _saved(desk: Desk, matter: Matter, written: Written) -> Response:
    """Save it, and forget that it was unsaved, in one transaction."""
    number = matter.charter.id
    document = read_page(written.page, matter.document).document
    office = _another_office(matter, written)
    path = f"/charters/{number}/edit"
    with desk.writing() as connection:
        forget_unsaved(connection, number, desk.person.id)
        if document == matter.document and office is None:
            return desk.go(path, UNCHANGED)
        carry_out(
            connection,
            number,
            Act.EDIT,
            at=desk.sitting(),
            document=document,
            version=written.version,
            office=office,
        )
    return desk.go(path, SAVED.about(time=desk.now.strftime("%H:%M")))


def _another_office(matter: Matter, written: Written) -> str | None:
    """The office chosen, where it is another than the draft has."""
    has = office_of(matter.connection, matter.charter.office_id)
    chosen = written.office
    return chosen if chosen and (has is None or has.key != chosen) else None


def _keep(desk: Desk, matter: Matter, written: Written) -> None:
    """Keep it for whoever writes; what is just as it was saved is not kept."""
    number, base = matter.charter.id, _text_of(matter, written)
    with desk.writing() as connection:
        if _is_as_saved(matter, written, base):
            forget_unsaved(connection, number, desk.person.id)
            return
        keep_unsaved(
            connection,
            number,
            desk.person.id,
            version=written.version,
            said=asdict(replace(written, chosen={})),
            now=desk.now,
        )


def _is_as_saved(matter: Matter, written: Written, base: Document) -> bool:
    if written.version != matter.charter.version or written.clashes:
        return False
    try:
        same = read_page(written.page, base).document == base
    except Refusal:
        return False
    return same and _another_office(matter, written) is None


def _kept_and_shown(
    desk: Desk, matter: Matter, written: Written, refused: Sequence[Words | tuple[Words, str]]
) -> Response:
    """What could not be saved, kept for whoever wrote it, and shown again with the reasons."""
    _keep(desk, matter, written)
    return _editor(desk, matter, written, refused=refused)


def _refused_and_kept(desk: Desk, matter: Matter, written: Written) -> Response:
    """Somebody who may not save it any more finds all that they wrote, to copy."""
    base = text_at(matter.connection, matter.charter.id, written.version) or matter.document
    if _changed_pieces(written.page, page_of(base)):
        with desk.writing() as connection:
            keep_unsaved(
                connection,
                matter.charter.id,
                desk.person.id,
                version=written.version,
                said=asdict(replace(written, chosen={})),
                now=desk.now,
            )
    return _closed(desk, matter, written)


# --- the page itself changed ----------------------------------------------------------------------


def _turned(desk: Desk, matter: Matter, written: Written, form: Form) -> Response:
    """A line or section more, less, or elsewhere: the same page, changed so, and nothing saved."""
    what, _, at = form.text("do").partition(":")
    place = int(at) if at.isascii() and at.isdecimal() and len(at) < 5 else -1
    page = written.page
    focus, refused = "", ()  # type: tuple[str, tuple[tuple[Words, str], ...]]
    try:
        match what:
            case "line":
                page = replace(page, lines=(*page.lines, LineWritten()))
                focus = f"line-{len(page.lines) - 1}-who"
            case "line-up" | "line-down" | "line-away":
                page, focus = _line_moved(page, what.removeprefix("line-"), place)
            case "section":
                page = with_section_added(page, at or form.text("heading"), _form(matter))
                key = {one.key for one in page.sections} - {
                    one.key for one in written.page.sections
                }
                new = next(n for n, one in enumerate(page.sections) if one.key in key)
                focus = f"section-{new}-text"
            case "section-up" | "section-down" | "section-away":
                page, focus = _section_moved(page, what.removeprefix("section-"), place)
            case _:
                pass
    except Refusal as refusal:
        refused = tuple((reason, "heading") for reason in refusal.reasons)
    written = replace(written, page=page)
    _keep(desk, matter, written)
    if written.version != matter.charter.version:
        return _clashed(desk, matter, written)
    return _editor(
        desk, matter, written, refused=refused, focus=focus, heading=form.text("heading")
    )


def _line_moved(page: Page, where: str, place: int) -> tuple[Page, str]:
    lines, at = _moved(page.lines, where, place)
    return replace(page, lines=lines), f"line-{at}-who" if lines else "add-line"


def _section_moved(page: Page, where: str, place: int) -> tuple[Page, str]:
    sections, at = _moved(page.sections, where, place)
    return replace(page, sections=sections), f"section-{at}-text" if sections else "heading"


def _moved(those: tuple[Any, ...], where: str, place: int) -> tuple[tuple[Any, ...], int]:
    """The row with the one at `place` a step up or down, or away; and where to go on from."""
    if not 0 <= place < len(those):
        return those, 0
    kept = list(those)
    one = kept.pop(place)
    if where == "away":
        return tuple(kept), min(place, len(kept) - 1)
    to = max(place - 1, 0) if where == "up" else min(place + 1, len(kept))
    kept.insert(to, one)
    return tuple(kept), to


# --- two who write at once ------------------------------------------------------------------------


def _gone_on_with(desk: Desk, matter: Matter, written: Written) -> Response:
    if written.version != matter.charter.version:
        return _clashed(desk, matter, written, code=200)
    return _editor(desk, matter, written)


def _clashed(desk: Desk, matter: Matter, written: Written, code: int = 409) -> Response:
    """Someone saved meanwhile: both texts, by name and time, for whoever writes to choose from."""
    base = text_at(matter.connection, matter.charter.id, written.version)
    if base is None:
        fresh = replace(written, version=matter.charter.version)
        return _kept_and_shown(desk, matter, fresh, (NO_SUCH_VERSION,))
    both = merged(base, written.page, matter.document)
    since = _since(desk, matter.connection, matter, written.version)
    written = replace(
        written,
        page=both.page,
        version=matter.charter.version,
        clashes=tuple(clash.at for clash in both.clashes),
        chosen={},
    )
    _keep(desk, matter, written)
    return _editor(desk, matter, written, since=since, taken=both.taken, code=code)


def _since(
    desk: Desk, connection: Connection, matter: Matter, version: int
) -> dict[str, Any] | None:
    """Who saved it after this version, and when; None when nobody did."""
    if version == matter.charter.version:
        return None
    row = last_saved(connection, matter.charter.id)
    if row is None:
        return None
    mine = row.person_id == desk.person.id
    return {"name": row.name, "mine": mine, "at": row.at.astimezone(desk.settings.timezone)}


def _unchosen(desk: Desk, matter: Matter, written: Written) -> Any:
    """A sentence for each piece that two had changed, where nobody has chosen yet."""
    for place, clash in enumerate(_clashes(desk, matter, written)):
        if written.chosen.get(clash.at) not in ("mine", "theirs"):
            yield CHOOSE.about(what=f"”{clash.heading}”"), f"choose-{place}"


def _as_chosen(written: Written, theirs: Document) -> Written:
    page = written.page
    for at in written.clashes:
        if written.chosen.get(at) == "theirs":
            page = with_theirs(page, at, theirs)
    return replace(written, page=page)


def _clashes(desk: Desk, matter: Matter, written: Written) -> list[Clash]:
    """The pieces that two had changed: what the page says, and what the other saved."""
    if not written.clashes:
        return []
    page, theirs = written.page, page_of(matter.document)
    words = kind_called(matter.charter.kind).in_(desk.language)
    found = []
    for at in written.clashes:
        there = with_theirs(page, at, matter.document)
        mine, other = _piece(page, at), _piece(there, at) or _piece(theirs, at)
        if mine is not None or other is not None:
            heading = (mine or other or ("", ""))[0] or words.fields.get(at[7:], (at,))[0]
            found.append(Clash(at, heading, (mine or ("", ""))[1], (other or ("", ""))[1]))
    return found


def _piece(page: Page, at: str) -> tuple[str, str] | None:
    """The heading and the text of a piece of the page; None when it is not there."""
    room, _, rest = at.partition(".")
    if room == "fields":
        return "", page.fields.get(rest, "")
    if at == "preamble":
        return "", page.preamble
    if at == "recipients":
        return "", "\n".join(", ".join(filter(None, one.said)) for one in page.lines)
    key, _, again = rest.partition(".")
    those = [one for one in page.sections if one.key == key]
    place = (_place(again) or 1) - 1
    return (those[place].heading, those[place].text) if 0 <= place < len(those) else None


# --- a file read into a draft that there is -----------------------------------------------------


def lay_in(desk: Desk, number: int, document: Document) -> None:
    """Have the text of a file wait in the draft, unsaved, for its writer to look over and save.

    What the file does not say stays as the draft has it. Raises Refusal for another kind of
    document, and where unsaved writing of theirs waits already.
    """
    matter = look_at(desk.connection, number, desk.sitting())
    if document.kind != matter.charter.kind:
        raise Refusal(ANOTHER_KIND)
    if unsaved_of(desk.connection, number, desk.person.id) is not None:
        raise Refusal(SAVE_FIRST)
    there, read = _afresh(matter), page_of(document)
    page = Page(
        {name: text or there.page.fields[name] for name, text in read.fields.items()},
        read.preamble,
        tuple(replace(one, of=None) for one in read.sections),
        tuple(replace(one, of=None) for one in read.lines) or there.page.lines,
    )
    _keep(desk, matter, replace(there, page=page))


# --- what was sent, and what was kept -------------------------------------------------------------


def _afresh(matter: Matter) -> Written:
    office = office_of(matter.connection, matter.charter.office_id)
    return Written(
        page_of(matter.document), matter.charter.version, office.key if office is not None else ""
    )


def _sent(form: Form) -> Written:
    """The page as the browser sent it."""
    version = form.text("version")
    clashes = tuple(form.texts("clash"))[:200]
    return Written(
        Page(
            {name: form.text(_name_of(name)) for name in FIELDS if _name_of(name) in form},
            form.text("preamble"),
            tuple(
                SectionWritten(
                    form.text(f"section-{at}-key"),
                    form.text(f"section-{at}-heading"),
                    form.text(f"section-{at}-text"),
                    _place(form.text(f"section-{at}-of")),
                )
                for at in form.texts("section")
            ),
            tuple(
                LineWritten(
                    form.text(f"line-{at}-who"),
                    form.text(f"line-{at}-email"),
                    form.text(f"line-{at}-purpose"),
                    _place(form.text(f"line-{at}-of")),
                )
                for at in form.texts("line")
            ),
        ),
        _place(version) or 0,
        form.text("office"),
        clashes,
        {at: form.text(f"choose-{place}") for place, at in enumerate(clashes)},
    )


def _kept(said: Mapping[str, Any], version: int) -> Written:
    """The page as it was kept."""
    page = said["page"]
    return Written(
        Page(
            page["fields"],
            page["preamble"],
            tuple(SectionWritten(**one) for one in page["sections"]),
            tuple(LineWritten(**one) for one in page["lines"]),
        ),
        version,
        said["office"],
        tuple(said["clashes"]),
    )


def _place(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None


def _name_of(name: str) -> str:
    """What a field is called in the form, and in the address of its place on the page."""
    return f"field-{name.replace('.', '-')}"


def _text_of(matter: Matter, written: Written) -> Document:
    """The text that a page was written of."""
    if written.version == matter.charter.version:
        return matter.document
    return text_at(matter.connection, matter.charter.id, written.version) or matter.document


def _changed(desk: Desk, matter: Matter, written: Written) -> list[tuple[str, str]]:
    """What the unsaved writing changes, piece by piece: what it is called, and what it says."""
    words = kind_called(matter.charter.kind).in_(desk.language)
    pieces = _changed_pieces(written.page, page_of(_text_of(matter, written)))
    return [
        (words.label(at[7:]) if at.startswith("fields.") else heading, text)
        for at, heading, text in pieces
    ]


def _changed_pieces(page: Page, was: Page) -> list[tuple[str, str, str]]:
    pieces = [
        (f"fields.{name}", "", text)
        for name, text in page.fields.items()
        if text.strip() != was.fields.get(name, "").strip()
    ]
    before = {(one.heading, one.text.strip()) for one in was.sections}
    pieces += [
        ("sections", one.heading, one.text)
        for one in page.sections
        if (one.heading, one.text.strip()) not in before
    ]
    if page.preamble.strip() != was.preamble.strip():
        pieces.append(("preamble", "", page.preamble))
    if [one.said for one in page.lines] != [one.said for one in was.lines]:
        piece = _piece(page, "recipients")
        pieces.append(("recipients", "", piece[1] if piece else ""))
    return pieces


# --- what is shown --------------------------------------------------------------------------------


def _form(matter: Matter) -> Any:
    return kind_called(matter.document.kind).in_(matter.document.language)


def _editor(
    desk: Desk,
    matter: Matter,
    written: Written,
    *,
    refused: Sequence[Words | tuple[Words, str]] = (),
    since: Mapping[str, Any] | None = None,
    taken: Sequence[str] = (),
    focus: str = "",
    heading: str = "",
    code: int = 200,
) -> Response:
    """The page to write in, with what a careful registrar would point out beside each field."""
    page = written.page
    try:
        problems: tuple[Problem, ...] = read_page(page, matter.document).problems
    except Refusal as refusal:
        problems = ()
        refused = refused or refusal.reasons
    beside: dict[str, list[Problem]] = {}
    for problem in problems:
        beside.setdefault(_anchor(problem.field, page), []).append(problem)
    kind = kind_called(matter.charter.kind)
    words = kind.in_(desk.language)
    return desk.page(
        "editor/editor.html.j2",
        code=422 if refused and code == 200 else code,
        refused=refused,
        matter=matter,
        charter=matter.charter,
        document=matter.document,
        page=page,
        version=written.version,
        fieldsets=[
            (
                legend,
                [
                    (name, _name_of(name), words.label(name), page.fields.get(name, ""))
                    for name in names
                    if name not in ONLY_WHEN_SAID or page.fields.get(name)
                ],
            )
            for legend, names in FIELDSETS
        ],
        days=DAYS,
        hints=HINTS,
        office=written.office,
        offices=offices_to_decide(matter),
        known=words.section_forms,
        missing=missing_sections(page, _form(matter)),
        beside=beside,
        summary=[
            (problem.message, _anchor(problem.field, page), problem.level is Level.ERROR)
            for problem in problems
        ],
        errors=sum(problem.level is Level.ERROR for problem in problems),
        clashes=list(enumerate(_clashes(desk, matter, written))),
        chosen=written.chosen,
        since=since,
        taken=taken,
        focus=focus,
        heading=heading,
        Level=Level,
    )


def _anchor(path: str, page: Page) -> str:
    """Where on the page a problem is put right."""
    room, _, rest = path.partition(".")
    if room == "sections":
        for place, one in enumerate(page.sections):
            if one.key == rest:
                return f"section-{place}-text"
        return "heading"
    if room == "recipients":
        written = [place for place, one in enumerate(page.lines) if not one.empty]
        if rest.isdecimal() and int(rest) < len(written):
            return f"line-{written[int(rest)]}-who"
        return "add-line"
    if path in FIELDS:
        return _name_of(path)
    if path == "office":
        return path
    return "preamble" if path == "preamble" else "sections"


def _closed(desk: Desk, matter: Matter, written: Written | None = None) -> Response:
    """Why the text cannot be written in just now, who can, and what there is to do about it."""
    return desk.page(
        "editor/closed.html.j2",
        code=422 if written else 200,
        matter=matter,
        charter=matter.charter,
        state=State(matter.charter.state),
        handler=matter.people.person(matter.charter.handler_id),
        may_withdraw=may(matter, Act.WITHDRAW),
        may_hand_over=may(matter, Act.HAND_OVER) and desk.visitor.has(Duty.REGISTRY_KEEPER),
        written=_changed(desk, matter, written) if written else [],
        State=State,
    )
