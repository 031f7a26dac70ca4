"""Questions to memory: show, list, history, in-force, lifecycle."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acts import DAY_FORMAT, AsJson, GroupName, Number
from cli.edge import LANGUAGE, Edge, answer, edge, said, say, table
from statemachine.vocabulary import LIVING, Act, Letter, Paper, Reach, Role, Spoken, State
from statemachine.words import Refusal, Words, joined

if TYPE_CHECKING:
    from sqlalchemy import Connection

ANSWERS = said("Fråga", "Questions")


def register(app: typer.Typer) -> None:
    for name, command, sv, en in (
        ("show", show, "Var en handling står, vad som väntar och vem den väntar på.", "Where a charter stands, what it waits for and on whom."),
        ("list", list_, "Alla handlingar; de som löper ut först står överst.", "All charters; those that end first on top."),
        ("history", history, "Allt som hänt med en handling.", "Everything that has happened to a charter."),
        ("in-force", in_force, "Vilket uppdrag gällde för gruppen en viss dag?", "Which charter was in force for the group on a day?"),
        ("lifecycle", lifecycle, "Livet som bild eller tabell, ritat ur reglerna.", "The life as a picture or table, drawn from the rules."),
    ):  # fmt: skip
        app.command(name, help=said(sv, en), rich_help_panel=ANSWERS)(command)


def show(
    number: Number,
    text: Annotated[bool, typer.Option("--text", help=said("Bara handlingens text.", "Only the document's text."))] = False,
    paper: Annotated[int | None, typer.Option("--paper", help=said("Hämta ett papper efter nummer, hit under sitt eget namn eller till --out.", "Fetch a paper by number, here under its own name or to --out."))] = None,
    out: Annotated[Path | None, typer.Option("--out", help=said("Filen att skriva till.", "The file to write to."))] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework import questions
    from casework.matter import NoSuchCharter, document_of
    from documents import write_text
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        row = questions.charter_row(connection, number)
        if row is None:
            raise NoSuchCharter(number)
        if paper is not None:
            _fetch(connection, number, paper, out)
            return
        document = document_of(connection, questions.text_in_force(connection, number))
        if text:
            typer.echo(write_text(document, document.language))
            return
        told = _about(at, connection, row)
    answer(told, as_json=as_json, text=lambda: _show_in_words(told))


def _about(at: Edge, connection: "Connection", row: Any) -> dict[str, Any]:
    from casework import questions
    from casework.matter import document_of
    from documents import problems_of
    from models.directory import Directory

    people = Directory(connection, at.today)
    handler = people.person(row.handler_id)
    document = document_of(connection, questions.text_in_force(connection, row.id))
    state = State(row.state)
    return {
        "charter": row.id,
        "title": row.title,
        "kind": row.kind,
        "registry_number": row.registry_number,
        "group": document.group,
        "state": state,
        "round": row.round,
        "handler": handler.name if handler else None,
        "waits_for": _waits_for(row, people),
        "valid_from": row.valid_from,
        "valid_through": row.valid_through,
        "ends_on": row.ends_on,
        "days_left": (row.ends_on - at.today).days if row.ends_on and state in LIVING else None,
        "calendar_looks_on": row.wake_on,
        "predecessor": row.predecessor_id,
        "problems": [
            {
                "level": problem.level,
                "field": problem.field,
                "message": problem.message.in_(LANGUAGE),
            }
            for problem in problems_of(document)
        ]
        if state is State.DRAFT
        else [],
        "decisions": [
            {
                "what": one.what,
                "day": one.decided_on,
                "by": one.decided_by,
                "office": one.office,
                "standing_in_for": one.standing_in_for,
                "authenticated": one.authentication_method,
                "basis": one.authority_basis,
            }
            for one in questions.decisions_of(connection, row.id)
        ],
        "recipients": [
            {"line": one.place, "name": one.name, "email": one.email, "purpose": one.purpose, "outcome": one.outcome, "note": one.outcome_note, "acknowledged_at": one.acknowledged_at}
            for one in questions.recipients_of(connection, row.id)
        ],
        "papers": [
            {"paper": one.id, "what": one.paper, "file": one.filename, "sha256": one.sha256}
            for one in questions.papers_of(connection, row.id)
        ],
        "letters": [
            {"day": one.day, "letter": one.letter, "stage": one.stage, "to": one.to_name, "state": one.state, "fate": questions.fate_of(one).in_(LANGUAGE), "number": one.id}
            for one in questions.letters_of(connection, row.id)
        ],
    }  # fmt: skip


def _waits_for(row: Any, people: Any) -> list[str]:
    """Who must act next: the handler of a draft, the deciders of a case in review."""
    match State(row.state):
        case State.DRAFT:
            handler = people.person(row.handler_id)
            return [handler.name] if handler else []
        case State.REVIEW:
            return [held.person.name for held in people.able(row.office_id)]
        case _:
            return []


def _show_in_words(told: dict[str, Any]) -> None:
    say(f"{told['charter']}  {told['title']}")
    rows = [
        (said("Står som", "Stands as"), told["state"].words.in_(LANGUAGE)),
        (said("Väntar på", "Waits for"), ", ".join(told["waits_for"])),
        (said("Grupp", "Group"), told["group"]),
        (said("Diarienummer", "Registry number"), told["registry_number"]),
        (said("Handläggare", "Handler"), told["handler"]),
        (said("Gäller", "In force"), _period(told["valid_from"], told["ends_on"])),
        (said("Dagar kvar", "Days left"), told["days_left"]),
        (said("Kalendern tittar", "The calendar looks"), told["calendar_looks_on"]),
        (said("Föregångare", "Predecessor"), told["predecessor"]),
    ]
    table("", "", rows=[row for row in rows if row[1] not in (None, "")])
    for problem in told["problems"]:
        level = said("FEL", "ERROR") if problem["level"] == "error" else said("Varning", "Warning")
        say(f"{level} ({problem['field']}): {problem['message']}")
    for one in told["decisions"]:
        stood_in = (
            f" ({said('ersättare för', 'standing in for')} {one['standing_in_for']})"
            if one["standing_in_for"]
            else ""
        )
        say(
            f"{one['day']}  {_word(Act, one['what'])}: {one['by']}, {one['office'] or '–'}{stood_in}. {one['basis'] or ''}"
        )
    if told["recipients"]:
        table(
            said("Rad", "Line"), said("Mottagare", "Recipient"), said("Adress", "Address"), said("Utfall", "Outcome"), said("Anteckning", "Note"), said("Läst", "Read"),
            rows=[(one["line"], one["name"], one["email"], _word(Reach, one["outcome"]), one["note"], one["acknowledged_at"] and one["acknowledged_at"].date()) for one in told["recipients"]],
        )  # fmt: skip
    if told["papers"]:
        table(
            said("Papper", "Paper"), said("Vad", "What"), said("Fil", "File"),
            rows=[(one["paper"], _word(Paper, one["what"]), one["file"]) for one in told["papers"]],
        )  # fmt: skip
    if told["letters"]:
        table(
            said("Nr", "No"), said("Dag", "Day"), said("Brev", "Letter"), said("Till", "To"), said("Läge", "State"),
            rows=[(one["number"], one["day"], _word(Letter, one["letter"]), one["to"], one["fate"]) for one in told["letters"]],
        )  # fmt: skip


def _fetch(connection: "Connection", number: int, paper_id: int, out: Path | None) -> None:
    from casework import questions

    found = questions.paper(connection, paper_id)
    if found is None or found.charter_id != number:
        raise Refusal(
            Words(
                "Handling {number} har inget papper {paper}. Se dem med: mandat show {number}",
                "Charter {number} has no paper {paper}. See them with: mandat show {number}",
            ).about(number=number, paper=paper_id)
        )
    target = out or Path(found.filename)
    target.write_bytes(found.body)
    say(str(target))


def list_(
    state: Annotated[list[str] | None, typer.Option("--state", help=said("Bara dessa lägen, t.ex. utkast, granskning, \"löper snart ut\".", "Only these states, such as draft, review, expiring."))] = None,
    group: Annotated[str | None, typer.Option("--group", help=said("Bara denna grupp.", "Only this group."))] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework import questions
    from cli.acts import group_meant
    from models.session import reading

    states = tuple(_state(one) for one in state or ())
    with edge() as at, reading(at.engine) as connection:
        group_id = group_meant(connection, group).id if group else None
        rows = questions.charters(connection, states=states, group_id=group_id)
    told = [
        {
            "charter": row.id,
            "title": row.title,
            "group": row.group_name,
            "state": row.state,
            "registry_number": row.registry_number,
            "handler": row.handler_name,
            "valid_from": row.valid_from,
            "ends_on": row.ends_on,
        }
        for row in rows
    ]

    def text() -> None:
        if not told and (state or group):
            say(said("Inga handlingar av det slaget.", "No charters of that kind."))
            return
        if not told:
            say(
                said(
                    "Inga handlingar ännu. Börja med: mandat draft FIL --by DU",
                    "No charters yet. Begin with: mandat draft FILE --by YOU",
                )
            )
            return
        table(
            said("Nr", "No"), said("Titel", "Title"), said("Står som", "Stands as"), said("Gäller", "In force"), said("Handläggare", "Handler"),
            rows=[(one["charter"], one["title"], _word(State, one["state"]), _period(one["valid_from"], one["ends_on"]), one["handler"]) for one in told],
        )  # fmt: skip

    answer(told, as_json=as_json, text=text)


def history(number: Number, as_json: AsJson = False) -> None:
    from casework import questions
    from casework.matter import NoSuchCharter
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        if questions.charter_row(connection, number) is None:
            raise NoSuchCharter(number)
        rows = questions.history(connection, number)
    told = [
        {
            "day": row.day,
            "at": row.at,
            "act": row.act,
            "by": row.name,
            "role": row.role,
            "stood": row.stood,
            "becomes": row.becomes,
            "content_hash": row.content_hash,
            "reason": row.reason,
            "details": row.details,
        }
        for row in rows
    ]
    answer(
        told,
        as_json=as_json,
        text=lambda: table(
            said("Dag", "Day"), said("Vad", "What"), said("Av", "By"), said("I egenskap av", "As"), said("Blev", "Became"), said("Skäl", "Reason"),
            rows=[
                (one["day"], _word(Act, one["act"]), one["by"], _word(Role, one["role"]), _word(State, one["becomes"]), one["reason"])
                for one in told
            ],
        ),
    )  # fmt: skip


def in_force(
    group: GroupName,
    on: Annotated[datetime | None, typer.Option("--on", formats=DAY_FORMAT, help=said("Dagen; i dag om inget anges.", "The day; today if none is given."))] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework import questions
    from cli.acts import group_meant
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        chosen: date = on.date() if on else at.today
        found = group_meant(connection, group)
        row = questions.in_force(connection, found.id, chosen)
    told = {
        "group": found.name,
        "on": chosen,
        "in_force": row is not None,
        "charter": row.id if row else None,
        "title": row.title if row else None,
        "registry_number": row.registry_number if row else None,
        "valid_from": row.valid_from if row else None,
        "ends_on": row.ends_on if row else None,
    }
    if row is None:
        words = Words(
            "{group} hade inget gällande uppdrag {day}.",
            "{group} had no charter in force on {day}.",
        )
    else:
        words = Words(
            "{group}, {day}: nummer {id}, {title} (gäller {period}).",
            "{group}, {day}: number {id}, {title} (in force {period}).",
        )
    text = words.about(
        group=found.name,
        day=chosen,
        id=row.id if row else "",
        title=row.title if row else "",
        period=_period(row.valid_from, row.ends_on) if row else "",
    )
    answer(told, as_json=as_json, text=text.in_(LANGUAGE))


def lifecycle(
    mermaid: Annotated[bool, typer.Option("--mermaid", help=said("Som Mermaid-diagram.", "As a Mermaid diagram."))] = False,
    page: Annotated[bool, typer.Option("--page", help=said("Hela sidan docs/lifecycle.md.", "The whole page docs/lifecycle.md."))] = False,
) -> None:  # fmt: skip
    from statemachine import diagram

    if page:
        typer.echo(diagram.page(), nl=False)
    elif mermaid:
        typer.echo(diagram.mermaid(LANGUAGE))
    else:
        typer.echo(diagram.table(LANGUAGE))


def _state(name: str) -> State:
    """The state by its word, in either language or as the answers in JSON have it."""
    states = [one for one in State if one is not State.UNWRITTEN]
    for one in states:
        if name.strip().casefold() in (one.value, one.words.sv, one.words.en):
            return one
    raise Refusal(
        Words(
            "Det finns inget läge {name}. De som finns: {all}.",
            "There is no state {name}. There are: {all}.",
        ).about(name=name, all=joined((one.words for one in states), by=", "))
    )


def _word(vocabulary: type[Spoken], value: str | None) -> str:
    """How people say the word; a word of the journal that is no act stands as it is."""
    try:
        return vocabulary(value).words.in_(LANGUAGE) if value else ""
    except ValueError:
        return value or ""


def _period(first: date | None, last: date | None) -> str:
    if first is None:
        return ""
    return (
        f"{first}–{last}"
        if last
        else said(f"från {first} tills vidare", f"from {first} until further notice")
    )
