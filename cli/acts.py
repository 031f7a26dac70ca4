"""The acts, each a command with its own name: `mandat approve 3 --by helena.ask --no-conflict`."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.edge import LANGUAGE, Edge, answer, edge, said, say
from statemachine.vocabulary import Act
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from casework.writing import Done
    from models.document import Document

Saying = Callable[[Edge, "Connection"], dict[str, Any]]

DAY_FORMAT = ["%Y-%m-%d"]
ACTS = said("Handlägga", "Acts")
DECIDING = (Act.APPROVE, Act.SEND_BACK, Act.DECLARE_CONFLICT, Act.CORRECT, Act.DISCONTINUE)


def day(value: datetime | None) -> date | None:
    """The day an option names; typer only knows moments."""
    return value.date() if value else None


# fmt: off
Number = Annotated[int, typer.Argument(help=said("Handlingens nummer, som i mandat list.", "The charter's number, as in mandat list."))]
GroupName = Annotated[str, typer.Argument(help=said("Gruppens namn eller nyckel.", "The group's name or key."))]
File = Annotated[Path, typer.Argument(help=said("Text, Markdown, Word eller PDF.", "Text, Markdown, Word or PDF."))]
By = Annotated[str, typer.Option("--by", help=said("Vem som gör det: nyckel eller e-postadress.", "Who does it: key or e-mail address."))]
To = Annotated[str, typer.Option("--to", help=said("Till vem: nyckel eller e-postadress.", "To whom: key or e-mail address."))]
Reason = Annotated[str, typer.Option("--reason", help=said("Skälet.", "The reason."))]
Conflict = Annotated[bool | None, typer.Option("--conflict/--no-conflict", help=said("Svar på frågan om jäv.", "The answer to the question of conflict of interest."))]
AsJson = Annotated[bool, typer.Option("--json", help=said("Svara med JSON.", "Answer in JSON."))]
OfficeName = Annotated[str | None, typer.Option("--office", help=said("Befattningen som beslutar.", "The office that decides."))]
ValidFrom = Annotated[datetime | None, typer.Option("--valid-from", formats=DAY_FORMAT, help=said("Gäller från och med.", "First day in force."))]
ValidThrough = Annotated[datetime | None, typer.Option("--valid-through", formats=DAY_FORMAT, help=said("Gäller till och med.", "Last day in force."))]
Instead = Annotated[list[str] | None, typer.Option("--instead", help=said("Vem som får handlingen i stället, per rad på sändlistan: 2=anna.ek", "Who gets it instead, by line of the distribution list: 2=anna.ek"))]
EffectiveDay = Annotated[datetime, typer.Option("--effective-day", formats=DAY_FORMAT, help=said("Första dagen då det inte längre gäller.", "The first day no longer in force."))]
RegistryNumber = Annotated[str, typer.Option("--registry-number", help=said("Beslutets diarienummer.", "The decision's registry number."))]
Presenter = Annotated[str | None, typer.Option("--presenter", help=said("Föredragande, om en annan än du.", "The presenter, if another than you."))]
Others = Annotated[str | None, typer.Option("--others-present", help=said("Övriga vid den slutliga handläggningen.", "Others in the final handling."))]
# fmt: on


def register(app: typer.Typer) -> None:
    for act, command, sv, en in (
        (Act.DRAFT, draft, "Påbörja ett utkast från en fil eller ett tomt formulär.", "Begin a draft from a file or an empty form."),
        (Act.RENEW, renew, "Påbörja ett utkast som kopia av gruppens senast beslutade uppdrag.", "Begin a draft as a copy of the group's latest decided charter."),
        (Act.RECORD, record, "Registrera ett uppdrag som beslutades före systemet. Skickar ingenting.", "Record a charter decided before this system. Sends nothing."),
        (Act.EDIT, edit, "Spara ny text i ett utkast.", "Save new text in a draft."),
        (Act.HAND_OVER, hand_over, "Ge handlingen en ny handläggare.", "Give the charter a new handler."),
        (Act.SUBMIT, submit, "Skicka utkastet för beslut.", "Submit the draft for a decision."),
        (Act.ASK_OPINION, ask_opinion, "Be någon om ett yttrande.", "Ask someone for an opinion."),
        (Act.OPINION, opinion, "Lämna det yttrande som begärts.", "Give the opinion asked for."),
        (Act.WITHDRAW, withdraw, "Återkalla ärendet från beslutsfattaren.", "Withdraw the case from the decider."),
        (Act.SEND_BACK, send_back, "Återlämna ärendet till handläggaren, med skäl.", "Send the case back to its handler, with a reason."),
        (Act.DECLARE_CONFLICT, declare_conflict, "Anmäl jäv: ersättaren beslutar i stället.", "Declare a conflict of interest: the stand-in decides instead."),
        (Act.APPROVE, approve, "Fastställ uppdraget.", "Approve the charter."),
        (Act.CORRECT, correct, "Rätta ett skrivfel i ett beslutat uppdrag (36 § förvaltningslagen).", "Correct a clerical error in a decided charter."),
        (Act.DISCONTINUE, discontinue, "Besluta att uppdraget upphör i förtid.", "Decide that the charter ends early."),
        (Act.ABANDON, abandon, "Lägg ned ett utkast.", "Abandon a draft."),
    ):  # fmt: skip
        app.command(act.value, help=said(sv, en), rich_help_panel=ACTS)(command)
    app.command(
        "discontinue-group",
        help=said(
            "Besluta att en grupp upphör, och med den dess uppdrag.",
            "Decide that a group ceases to be, and its charter with it.",
        ),
        rich_help_panel=ACTS,
    )(discontinue_group)
    app.command(
        "acknowledge",
        help=said(
            "Bekräfta att du har läst ett beslutat uppdrag som du fått.",
            "Acknowledge having read a decided charter sent to you.",
        ),
        rich_help_panel=ACTS,
    )(acknowledge)


def acknowledge(number: Number, by: By, as_json: AsJson = False) -> None:
    from casework.acknowledging import acknowledge
    from models.session import transaction

    with edge() as at, transaction(at.engine) as connection:
        done = acknowledge(connection, number, at=at.sitting(connection, by))
    told = {"charter": done.charter_id, "lines": done.lines, "said": done.said.in_(LANGUAGE)}
    answer(told, as_json=as_json, text=done.said.in_(LANGUAGE))


# --- writing ------------------------------------------------------------------------------------


def draft(
    by: By,
    file: Annotated[Path | None, typer.Argument(help=said("Text, Markdown, Word eller PDF.", "Text, Markdown, Word or PDF."))] = None,
    group: Annotated[str | None, typer.Option("--group", help=said("Gruppen; annars den som handlingen nämner.", "The group; else the one the document names."))] = None,
    form: Annotated[str | None, typer.Option("--form", help=said("Ett tomt formulär av detta slag: charter, executive_decision.", "An empty form of this kind: charter, executive_decision."))] = None,
    language: Annotated[str, typer.Option("--language", help=said("Formulärets språk: sv eller en.", "The form's language: sv or en."))] = LANGUAGE,
    office: OfficeName = None,
    valid_from: ValidFrom = None,
    valid_through: ValidThrough = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    if (file is None) == (form is None):
        raise Refusal(
            Words(
                "Ange antingen en fil eller --form och vilket slag av handling det gäller.",
                "Give either a file, or --form and what kind of document it is.",
            )
        )

    def saying(at: Edge, connection: "Connection") -> dict[str, Any]:
        document = _blank(at, connection, form, language, group) if form else _read(file)
        return {
            "document": document,
            **_subject(connection, group, document),
            "office": office,
            "valid_from": day(valid_from),
            "valid_through": day(valid_through),
        }

    _do(Act.DRAFT, None, by, as_json, saying)


def renew(
    what: Annotated[str, typer.Argument(metavar="GROUP|NUMBER", help=said("Gruppen, eller handlingens nummer.", "The group, or the document's number."))],
    by: By,
    valid_from: ValidFrom = None,
    valid_through: ValidThrough = None,
    office: OfficeName = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    def saying(_at: Edge, connection: "Connection") -> dict[str, Any]:
        return {
            **_renewed(connection, what),
            "office": office,
            "valid_from": day(valid_from),
            "valid_through": day(valid_through),
        }

    _do(Act.RENEW, None, by, as_json, saying)


def record(
    file: File,
    by: By,
    group: Annotated[str | None, typer.Option("--group", help=said("Gruppen; annars den som handlingen nämner.", "The group; else the one the document names."))] = None,
    decided_on: Annotated[datetime | None, typer.Option("--decided-on", formats=DAY_FORMAT, help=said("Beslutsdag, om den inte står i handlingen.", "The day of decision, if the document does not say."))] = None,
    decided_by: Annotated[str | None, typer.Option("--decided-by", help=said("Vem som beslutade.", "Who decided."))] = None,
    decided_as: Annotated[str | None, typer.Option("--as", help=said("I vilken befattning.", "In what office."))] = None,
    basis: Annotated[str | None, typer.Option("--basis", help=said("Beslutanderättens grund.", "The basis of the authority."))] = None,
    valid_from: ValidFrom = None,
    valid_through: ValidThrough = None,
    ends_on: Annotated[datetime | None, typer.Option("--ends-on", formats=DAY_FORMAT, help=said("Sista dag, om det upphörde i förtid.", "Its last day, if it ended early."))] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    def saying(_at: Edge, connection: "Connection") -> dict[str, Any]:
        document = _read(file)
        return {
            "document": document,
            **_subject(connection, group, document),
            "decided_on": day(decided_on),
            "decided_by": decided_by,
            "decided_as": decided_as,
            "basis": basis,
            "valid_from": day(valid_from),
            "valid_through": day(valid_through),
            "ends_on": day(ends_on),
        }

    _do(Act.RECORD, None, by, as_json, saying)


def edit(
    number: Number,
    by: By,
    file: Annotated[Path | None, typer.Argument(help=said("Ny text; utan fil öppnas texten i din editor.", "New text; without a file the text opens in your editor."))] = None,
    instead: Instead = None,
    office: OfficeName = None,
    valid_from: ValidFrom = None,
    valid_through: ValidThrough = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    only_facts = any((instead, office, valid_from, valid_through)) and file is None
    document = _read(file) if file else None if only_facts else _edited(number)

    def saying(_at: Edge, _connection: "Connection") -> dict[str, Any]:
        return {
            "document": document,
            "instead": _lines(instead),
            "office": office,
            "valid_from": day(valid_from),
            "valid_through": day(valid_through),
        }

    _do(Act.EDIT, number, by, as_json, saying)


def hand_over(number: Number, by: By, to: To, reason: Reason = "", as_json: AsJson = False) -> None:
    _do(
        Act.HAND_OVER,
        number,
        by,
        as_json,
        lambda at, connection: {"to": at.person(connection, to), "reason": reason},
    )


def abandon(number: Number, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    _do(Act.ABANDON, number, by, as_json, lambda at, connection: {"reason": reason})


# --- review -------------------------------------------------------------------------------------


def submit(
    number: Number,
    by: By,
    conflict: Conflict = None,
    answer_: Annotated[str | None, typer.Option("--answer", help=said("Svar på en varning, till exempel om ordförande och kontaktperson.", "The answer to a warning, such as that about chair and liaison."))] = None,
    instead: Instead = None,
    presenter: Presenter = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    _do(
        Act.SUBMIT,
        number,
        by,
        as_json,
        lambda at, connection: {
            "conflict": conflict,
            "answer": answer_,
            "instead": _lines(instead),
            "presenter": presenter,
        },
    )


def ask_opinion(
    number: Number, by: By, of: Annotated[str, typer.Option("--of", help=said("Av vem.", "Of whom."))],
    reason: Reason = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    _do(
        Act.ASK_OPINION,
        number,
        by,
        as_json,
        lambda at, connection: {"to": at.person(connection, of), "reason": reason},
    )


def opinion(
    number: Number,
    by: By,
    supports: Annotated[bool, typer.Option("--supports/--has-remarks", help=said("Tillstyrker, eller har synpunkter.", "Supports, or has remarks."))],
    statement: Annotated[str, typer.Option("--statement", help=said("Yttrandet.", "The statement."))] = "",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    _do(
        Act.OPINION,
        number,
        by,
        as_json,
        lambda at, connection: {"supports": supports, "statement": statement},
    )


def withdraw(number: Number, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    _do(Act.WITHDRAW, number, by, as_json, lambda at, connection: {"reason": reason})


def send_back(number: Number, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    _do(Act.SEND_BACK, number, by, as_json, lambda at, connection: {"reason": reason})


def declare_conflict(number: Number, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    _do(Act.DECLARE_CONFLICT, number, by, as_json, lambda at, connection: {"reason": reason})


def approve(
    number: Number,
    by: By,
    conflict: Conflict = None,
    presenter: Presenter = None,
    others_present: Others = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    # A conflict of interest is kept, and lets the stand-in in; a refusal would forget it.
    if conflict:
        declare_conflict(number, by, reason, as_json)
        return
    _do(
        Act.APPROVE,
        number,
        by,
        as_json,
        lambda at, connection: {
            "conflict": conflict,
            "presenter": presenter,
            "others_present": others_present,
            "reason": reason,
        },
    )


# --- a decided charter ----------------------------------------------------------------------------


def correct(
    number: Number, file: File, by: By, reason: Reason = "", conflict: Conflict = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    _do(
        Act.CORRECT,
        number,
        by,
        as_json,
        lambda at, connection: {
            "document": _read(file),
            "reason": reason,
            "conflict": conflict,
        },
    )


def discontinue(
    number: Number,
    by: By,
    effective_day: EffectiveDay,
    registry_number: RegistryNumber,
    reason: Reason = "",
    conflict: Conflict = None,
    presenter: Presenter = None,
    others_present: Others = None,
    as_json: AsJson = False,
) -> None:
    _do(
        Act.DISCONTINUE,
        number,
        by,
        as_json,
        lambda at, connection: {
            "effective_day": day(effective_day),
            "registry_number": registry_number,
            "reason": reason,
            "conflict": conflict,
            "presenter": presenter,
            "others_present": others_present,
        },
    )


def discontinue_group(
    group: GroupName,
    by: By,
    effective_day: EffectiveDay,
    registry_number: RegistryNumber,
    reason: Reason = "",
    into: Annotated[str | None, typer.Option("--into", help=said("Gruppen som tar över.", "The group that takes over."))] = None,
    conflict: Conflict = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework.groups import discontinue_group as carry_out_on_group
    from models.session import transaction

    with edge() as at:
        _may_decide_here(at, Act.DISCONTINUE)
        with transaction(at.engine) as connection:
            done = carry_out_on_group(
                connection,
                group,
                at=at.sitting(connection, by),
                into=into,
                effective_day=day(effective_day),
                registry_number=registry_number,
                reason=reason,
                conflict=conflict,
            )
        at.wake_service(f"discontinue-group {done.group}")
    words = Words(
        "Gruppen {group} upphör {day}. Avslutade uppdrag: {ended}. Nedlagda utkast: {abandoned}. "
        "Återlämnade ärenden: {returned}.",
        "The group {group} ceases to be on {day}. Charters ended: {ended}. Drafts abandoned: "
        "{abandoned}. Cases returned: {returned}.",
    ).about(
        group=done.group,
        day=done.effective_day,
        ended=len(done.charters_ended),
        abandoned=len(done.abandoned),
        returned=len(done.returned),
    )
    answer(
        {
            "group": done.group,
            "act": "discontinue-group",
            "effective_day": done.effective_day,
            "charters_ended": done.charters_ended,
            "abandoned": done.abandoned,
            "returned": done.returned,
        },
        as_json=as_json,
        text=words.in_(LANGUAGE),
    )


# --- what the commands above share ----------------------------------------------------------------


def _do(act: Act, number: int | None, by: str, as_json: bool, saying: Saying) -> None:
    """Carry out one act in one transaction, and say what came of it."""
    from casework.door import carry_out
    from models.session import transaction

    with edge() as at:
        _may_decide_here(at, act)
        with transaction(at.engine) as connection:
            done = carry_out(
                connection, number, act, at=at.sitting(connection, by), **saying(at, connection)
            )
        if done.letters:
            at.wake_service(f"{act} {done.charter_id}")
    _tell(done, as_json)


def _may_decide_here(at: Edge, act: Act) -> None:
    if act in DECIDING and not at.settings.terminal_decisions:
        raise Refusal(
            Words(
                "Beslut från kommandoraden är avstängda här (MANDAT_TERMINAL_DECISIONS).",
                "Decisions from the command line are switched off here "
                "(MANDAT_TERMINAL_DECISIONS).",
            )
        )


def _tell(done: "Done", as_json: bool) -> None:
    outcome = done.outcome
    data = {
        "charter": done.charter_id,
        "act": outcome.act,
        "role": outcome.role,
        "stood": outcome.stood,
        "becomes": outcome.becomes,
        "letters": done.letters,
        "note": done.note.in_(LANGUAGE) if done.note else None,
    }
    words = Words(
        "Nummer {id} är nu: {state}. Brev i utkorgen: {letters}.",
        "Number {id} is now: {state}. Letters in the outbox: {letters}.",
    ).about(id=done.charter_id, state=outcome.becomes.words, letters=done.letters)

    def text() -> None:
        say(words.in_(LANGUAGE))
        if done.note:
            say(done.note.in_(LANGUAGE))

    answer(data, as_json=as_json, text=text)


def _read(file: Path | None) -> "Document":
    """The document in a file. What it lacks is said at submission; here it is only pointed out."""
    from documents import read_apart

    assert file is not None
    reading = read_apart(file.read_bytes(), file.name)
    for problem in reading.problems:
        typer.echo(f"{file.name}: {problem.message.in_(LANGUAGE)}", err=True)
    return reading.document


def _blank(
    at: Edge, connection: "Connection", form: str, language: str, group: str | None
) -> "Document":
    from casework.drafting import begun_form
    from documents import UnknownKind, kinds
    from models.directory import Directory

    if language not in ("sv", "en"):
        raise Refusal(
            Words(
                "Språket är sv eller en, inte {it}.", "The language is sv or en, not {it}."
            ).about(it=language)
        )
    try:
        return begun_form(
            form,
            "en" if language == "en" else "sv",
            group=group_meant(connection, group).name if group else None,
            organisation=at.settings.organisation,
            people=Directory(connection, at.today),
        )
    except UnknownKind as unknown:
        names = ", ".join(one.key for one in kinds())
        raise Refusal(
            Words(
                "Det finns inget formulär {form}. De som finns: {names}.",
                "There is no form {form}. There are: {names}.",
            ).about(form=form, names=names)
        ) from unknown


def _edited(number: int) -> "Document":
    """The draft's text after its handler has changed it in an editor."""
    import click

    from casework.matter import NoSuchCharter, document_of
    from casework.questions import charter_row
    from documents import read, write_text
    from models.session import reading as looking

    with edge() as at, looking(at.engine) as connection:
        row = charter_row(connection, number)
        if row is None:
            raise NoSuchCharter(number)
        document = document_of(connection, row.content_hash)
    text = click.edit(write_text(document, document.language), extension=".md")
    if text is None:
        raise Refusal(
            Words(
                "Texten ändrades inte; ingenting sparades.",
                "The text was not changed; nothing was saved.",
            )
        )
    return read(text.encode(), f"{number}.md").document


def group_meant(connection: "Connection", name: str) -> Any:
    from casework.questions import group_called, groups_like

    group = group_called(connection, name)
    if group is None:
        near = ", ".join(groups_like(connection, name))
        raise Refusal(
            Words(
                "Det finns ingen grupp som heter {name}. Närmast: {near}.",
                "There is no group called {name}. Nearest: {near}.",
            ).about(name=name, near=near or "–")
        )
    return group


def _subject(connection: "Connection", group: str | None, document: "Document") -> dict[str, Any]:
    """What the document is about: the group named, else its own, else its title."""
    if group is not None:
        return {"group_id": group_meant(connection, group).id}
    if document.group:
        return {"group_id": group_meant(connection, document.group).id}
    return {"subject": document.title}


def _renewed(connection: "Connection", what: str) -> dict[str, Any]:
    """The subject and kind of what is renewed: a group's charter, or the document of a number."""
    from casework.questions import charter_row, subject_title

    row = charter_row(connection, int(what)) if what.isdigit() else None
    if row is None:
        return {"group_id": group_meant(connection, what).id}
    if row.group_id is not None:
        return {"group_id": row.group_id, "kind": row.kind}
    return {"subject": subject_title(connection, row.subject_id), "kind": row.kind}


def _lines(instead: list[str] | None) -> dict[int, str]:
    """`2=anna.ek` as line 2 of the distribution list going to anna.ek."""
    chosen: dict[int, str] = {}
    for one in instead or []:
        place, _, who = one.partition("=")
        if not place.isdigit() or not who:
            raise Refusal(
                Words(
                    "--instead skrivs som 2=anna.ek: radens nummer, likhetstecken, vem.",
                    "--instead is written 2=anna.ek: the line's number, an equals sign, who.",
                )
            )
        chosen[int(place)] = who
    return chosen
