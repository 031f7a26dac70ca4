"""Beginning a draft: from a file, from an empty form, or as a renewal of what was decided last."""

from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException
from fastapi.responses import Response

from casework.answers.beginning import Choice, Meant, chosen, group_meant, groups_found, own_groups
from casework.answers.register import group_by_number, group_row
from casework.answers.visitors import may_read
from casework.drafting import begun_form
from casework.questions import subject_title
from documents import Reading, kinds, problems_of, read_apart
from documents.kinds import kind as kind_called
from documents.page import FIELDS, page_of
from documents.read.gate import LIMITS, MB
from models.document import Document, Level
from statemachine.vocabulary import Act, State
from statemachine.words import Refusal, Words
from web.access import WRITER, number_in
from web.desk import AtDesk, Desk
from web.forms import Form, Posted
from web.limits import SENDING_FILES, counted
from web.pages.editor import lay_in
from web.routes import Pages
from web.signing import sealed, unsealed

pages = Pages()

NO_GROUP = "-"
"""What is chosen for a document that is about no group."""
READ, FOR_A_DAY = "a document that was read", 24 * 3600
WITH_A_FILE = LIMITS.size + MB

WHICH_FILE = Words(
    "Välj en fil först: Word (.docx), PDF eller text.",
    "Choose a file first: Word (.docx), PDF or text.",
)
READ_IT_AGAIN = Words(
    "Det som lästes finns inte kvar. Välj filen igen.",
    "What was read is no longer there. Choose the file again.",
)
WHICH_GROUP = Words(
    "Välj vilken grupp handlingen gäller. Sök på en del av namnet om den inte står här.",
    "Choose which group it is for. Search for a part of its name if it is not here.",
)
WHICH_KIND = Words("Välj vilket slag av handling det är.", "Choose what kind of document it is.")
WHAT_ABOUT = Words("Skriv vad handlingen ska heta.", "Write what the document is to be called.")
LAID_IN = Words(
    "Filens text ligger i utkastet, men är inte sparad. Se över den och spara.",
    "The text of the file is in the draft, but not saved. Look it over, and save.",
)
BEGUN = Words(
    "Utkastet är påbörjat. Du är dess handläggare.", "The draft is begun. You are its handler."
)
RENEWED = Words(
    "Förnyelsen är påbörjad, med samma text som det senast beslutade uppdraget. Ändra det som "
    "ska ändras.",
    "The renewal is begun, with the text of the charter decided last. Change what is to change.",
)


@pages.page("/cases/new", WRITER)
def new(desk: AtDesk, group: str = "") -> Response:
    """The three ways to begin, and when to choose which."""
    there = chosen(desk.connection, group)
    return desk.page("begin/ways.html.j2", choice=there[0] if there else None, State=State)


# --- from a file ----------------------------------------------------------------------------------


@pages.page("/cases/new/upload", WRITER)
def upload(desk: AtDesk, group: str = "") -> Response:
    """Where to choose the file."""
    return _asking_for_file(desk, group)


@pages.act("/cases/new/upload", WRITER, most_bytes=WITH_A_FILE)
def uploaded(desk: AtDesk, form: Posted) -> Response:
    """Read the file and say what was understood; then begin the draft, for the group chosen."""
    if form.text("document"):
        return _with_what_was_read(desk, form)
    counted(desk.request, SENDING_FILES, "file", desk.person.key)
    files = form.files("file")
    if not files:
        return _asking_for_file(desk, form.text("group"), (WHICH_FILE,))
    try:
        reading = read_apart(files[0].body, files[0].name)
    except Refusal as refusal:
        return _asking_for_file(desk, form.text("group"), refusal.reasons)
    return _understood(desk, reading, files[0].name, form)


def _asking_for_file(desk: Desk, group: str, refused: tuple[Words, ...] = ()) -> Response:
    return desk.page(
        "begin/upload.html.j2",
        code=422 if refused else 200,
        refused=[(reason, "file") for reason in refused],
        group=group,
        most=LIMITS.size // MB,
    )


def _with_what_was_read(desk: Desk, form: Form) -> Response:
    kept = unsealed(desk.house.key, READ, form.text("document"), FOR_A_DAY)
    if kept is None:
        return _asking_for_file(desk, form.text("group"), (READ_IT_AGAIN,))
    document, filename = Document.model_validate(kept["document"]), str(kept["file"])
    if form.text("do") == "search":
        return _understood(desk, Reading(document, problems_of(document)), filename, form)
    try:
        mine = _own_open_draft(desk, form)
        if mine is not None:
            lay_in(desk, mine, document)
            return desk.go(f"/charters/{mine}/edit?go_on=yes", LAID_IN)
        about = _subject_of(desk, form, document)
        done = desk.carry_out(None, Act.DRAFT, document=document, **about)
    except Refusal as refusal:
        reading = Reading(document, problems_of(document))
        return _understood(desk, reading, filename, form, refusal.reasons)
    return desk.go(f"/charters/{done.charter_id}/edit", BEGUN)


def _own_open_draft(desk: Desk, form: Form) -> int | None:
    """The draft that whoever asks writes for the group already, where there is one."""
    there = chosen(desk.connection, form.text("group"))
    open_ = there[0].open if there else None
    if open_ is None or open_.state != State.DRAFT or open_.handler_id != desk.person.id:
        return None
    return int(open_.id)


def _understood(
    desk: Desk, reading: Reading, filename: str, form: Form, refused: tuple[Words, ...] = ()
) -> Response:
    document = reading.document
    kind = kind_called(document.kind)
    known = kind.in_(document.language).section_forms
    words = kind.in_(desk.language)
    meant = group_meant(desk.connection, document.group, desk.today)
    asked = chosen(desk.connection, form.text("group"))
    page = page_of(document)
    kept = {"document": document.model_dump(mode="json"), "file": filename}
    return desk.page(
        "begin/understood.html.j2",
        code=422 if refused else 200,
        refused=[(reason, "group") for reason in refused],
        filename=filename,
        kind=kind,
        document=document,
        facts=[(words.label(name), page.fields[name]) for name in FIELDS if page.fields[name]],
        sections=[(one, one.key in known) for one in document.sections],
        errors=[one.message for one in reading.problems if one.level is Level.ERROR],
        warnings=[one.message for one in reading.problems if one.level is Level.WARNING],
        sealed=sealed(desk.house.key, READ, kept),
        meant=meant,
        **_groups(desk, form, (*asked, *meant.likely)),
        group=_group_proposed(form, meant, document),
        may_be_none="group" not in kind.required,
    )


def _group_proposed(form: Form, meant: Meant, document: Document) -> str:
    """What stands chosen: what was, else the group that is certainly meant."""
    if form.text("group"):
        return form.text("group")
    if meant.certain:
        return str(meant.likely[0].group.key)
    needs_none = "group" not in kind_called(document.kind).required and not document.group
    return NO_GROUP if needs_none else ""


# --- from an empty form ---------------------------------------------------------------------------


@pages.page("/cases/new/form", WRITER)
def empty_form(desk: AtDesk, group: str = "") -> Response:
    """Which kind of form, in which language, for which group."""
    return _asking_for_form(desk, {"group": group})


@pages.act("/cases/new/form", WRITER)
def begin_form(desk: AtDesk, form: Posted) -> Response:
    """Begin a draft with what is known written in: group, title, day, and who gets it."""
    said = {name: form.text(name) for name in ("kind", "language", "title", "group", "q")}
    if form.text("do") == "search":
        return _asking_for_form(desk, said, form=form)
    try:
        document = _form_for(desk, form)
        done = desk.carry_out(
            None, Act.DRAFT, document=document, **_subject_of(desk, form, document)
        )
    except Refusal as refusal:
        return _asking_for_form(desk, said, refusal.reasons, form)
    return desk.go(f"/charters/{done.charter_id}/edit", BEGUN)


def _form_for(desk: Desk, form: Form) -> Document:
    kind = next((one for one in kinds() if one.key == form.text("kind")), None)
    if kind is None:
        raise Refusal(WHICH_KIND)
    group = None
    if form.text("group") not in ("", NO_GROUP):
        group = group_row(desk.connection, form.text("group"))
    elif "group" in kind.required or not form.text("group"):
        raise Refusal(WHICH_GROUP)
    elif not form.text("title"):
        raise Refusal(WHAT_ABOUT)
    document = begun_form(
        kind.key,
        "en" if form.text("language") == "en" else "sv",
        group=group.name if group is not None else None,
        organisation=desk.settings.organisation,
        people=desk.people,
    )
    return (
        document if group is not None else document.model_copy(update={"title": form.text("title")})
    )


def _asking_for_form(
    desk: Desk,
    said: Mapping[str, str],
    refused: tuple[Words, ...] = (),
    form: Form | None = None,
) -> Response:
    where = {WHICH_GROUP: "group", WHICH_KIND: "kind", WHAT_ABOUT: "title"}
    return desk.page(
        "begin/form.html.j2",
        code=422 if refused else 200,
        refused=[(reason, where[reason]) if reason in where else reason for reason in refused],
        kinds=[(one.key, one.name) for one in kinds()],
        kind=said.get("kind") or kinds()[0].key,
        form_language=said.get("language") or desk.settings.language,
        title=said.get("title", ""),
        group=said.get("group", ""),
        may_be_none=any("group" not in one.required for one in kinds()),
        **_groups(desk, form, chosen(desk.connection, said.get("group", ""))),
    )


# --- as a renewal ---------------------------------------------------------------------------------


@pages.page("/cases/new/renew", WRITER)
def renewal(desk: AtDesk, group: str = "", charter: str = "") -> Response:
    """Which group's charter to renew, or the very document that is to be."""
    return _asking_what_to_renew(desk, group, charter)


@pages.act("/cases/new/renew", WRITER)
def renew(desk: AtDesk, form: Posted) -> Response:
    """Begin a draft as a copy of what was decided last."""
    group, charter = form.text("group"), form.text("charter")
    if form.text("do") == "search":
        return _asking_what_to_renew(desk, group, charter, form=form)
    try:
        about = _renewed(desk, charter) if charter else _subject_of(desk, form, None)
        done = desk.carry_out(None, Act.RENEW, **about)
    except Refusal as refusal:
        return _asking_what_to_renew(desk, group, charter, refusal.reasons, form)
    return desk.go(f"/charters/{done.charter_id}/edit", RENEWED)


def _renewed(desk: Desk, charter: str) -> dict[str, Any]:
    row = desk.charter(number_in(charter))
    if not may_read(desk.people, row, desk.who):
        raise HTTPException(404)
    if row.group_id is not None:
        return {"group_id": row.group_id, "kind": row.kind}
    return {"subject": subject_title(desk.connection, row.subject_id), "kind": row.kind}


def _asking_what_to_renew(
    desk: Desk,
    group: str,
    charter: str = "",
    refused: tuple[Words, ...] = (),
    form: Form | None = None,
) -> Response:
    document = desk.charter(number_in(charter)) if charter else None
    if document is not None and not may_read(desk.people, document, desk.who):
        raise HTTPException(404)
    if document is not None and document.group_id is not None and document.kind == "charter":
        of = group_by_number(desk.connection, document.group_id)
        group, charter, document = of.key if of is not None else "", "", None
    return desk.page(
        "begin/renew.html.j2",
        code=422 if refused else 200,
        refused=[(reason, "group") if reason == WHICH_GROUP else reason for reason in refused],
        charter=charter,
        document=document,
        group=group,
        may_be_none=False,
        **_groups(desk, form, chosen(desk.connection, group)),
    )


# --- which group ----------------------------------------------------------------------------------


def _subject_of(desk: Desk, form: Form, document: Document | None) -> dict[str, Any]:
    """What the draft is about: the group chosen, else what the document is called."""
    key = form.text("group")
    if key == NO_GROUP and document is not None:
        return {"subject": document.title}
    row = group_row(desk.connection, key) if key else None
    if row is None:
        raise Refusal(WHICH_GROUP)
    return {"group_id": row.id}


def _groups(desk: Desk, form: Form | None, first: tuple[Choice, ...]) -> dict[str, Any]:
    """The groups to choose from: those proposed, one's own, and what was searched for."""
    words = form.text("q")[:200] if form is not None else ""
    found, in_all = groups_found(desk.connection, words, desk.today) if words else ((), 0)
    offered = {one.group.id: one for one in (*first, *own_groups(desk.connection, desk.visitor))}
    offered |= {one.group.id: one for one in found}
    return {
        "choices": tuple(offered.values()),
        "q": words,
        "found": len(found),
        "in_all": in_all,
        "NO_GROUP": NO_GROUP,
    }
