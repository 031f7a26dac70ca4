"""`mandat outbox`: how letters fare, and what people do about those that did not arrive."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acts import AsJson, By, Reason
from cli.edge import LANGUAGE, Edge, answer, edge, said, say, table
from cli.running import RUNNING
from statemachine.vocabulary import Fate, Letter
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from casework.matter import Sitting
    from casework.mending import Mended
    from notifications.links import Pages
    from notifications.outbox import Pause

# fmt: off
LetterNumber = Annotated[int, typer.Argument(help=said("Brevets nummer, som i mandat outbox list.", "The letter's number, as in mandat outbox list."))]
How = Annotated[str, typer.Option("--how", help=said("Hur mottagaren nåddes.", "How the recipient was reached."))]
Email = Annotated[str | None, typer.Option("--email", help=said("Rätt adress, eller samma igen för att häva en spärr.", "The right address, or the same again to lift a suppression."))]
# fmt: on

RUNS = Words("Breven går. {waiting} väntar.", "Letters leave. {waiting} wait.")
PAUSED = Words(
    "Breven står stilla sedan {since}: {reply}. {waiting} väntar. Nästa försök {until}.",
    "Letters stand still since {since}: {reply}. {waiting} wait. Next try {until}.",
)
HELD = Words(
    "Breven hålls sedan {since}: {reply}. {waiting} väntar. Gå igenom dem med mandat outbox list, "
    "ställ in dem som redan har gått (mandat outbox cancel), och släpp sedan med: mandat outbox "
    "try-now",
    "Letters are held since {since}: {reply}. {waiting} wait. Look through them with mandat outbox "
    "list, cancel those that have already left (mandat outbox cancel), and then let go with: "
    "mandat outbox try-now",
)
ALARM = Words("LARM: {paused}", "ALARM: {paused}")
NONE_SUCH = Words("Inga sådana brev.", "No such letters.")
NOTHING_TO_SEE = Words(
    "Inga brev väntar, och inga behöver ses om. Skickade brev visas med: --state sent",
    "No letters wait, and none need seeing to. Sent letters are shown with: --state sent",
)
NO_SUPPRESSIONS = Words("Inga adresser är spärrade.", "No addresses are suppressed.")
KEPT_SECRET = Words(
    "Brevet bär en engångskod och visas inte.", "The letter carries a login code and is not shown."
)


def register(app: typer.Typer) -> None:
    outbox = typer.Typer(no_args_is_help=True)
    for name, command, sv, en in (
        ("list", list_, "Brev som väntar eller behöver ses om, och om breven går.", "Letters that wait or need seeing to, and whether letters leave."),
        ("show", show, "Ett brev: vad det säger, till vem, och vad som svarats.", "A letter: what it says, to whom, and what was answered."),
        ("retry", retry, "Skicka ett brev genast, eller på nytt till rätt adress.", "Send a letter at once, or again to the right address."),
        ("cancel", cancel, "Ställ in ett brev som väntar.", "Cancel a letter that waits."),
        ("reached-otherwise", reached_otherwise, "Anteckna att någon på sändlistan nåddes på annat sätt.", "Note that someone on the distribution list was reached otherwise."),
        ("give-up", give_up, "Anteckna att någon på sändlistan inte nås, med skäl.", "Note that someone on the distribution list is not reached, with a reason."),
        ("suppressions", suppressions, "Adresser som inte får brev.", "Addresses that get no letters."),
        ("lift", lift, "Häv spärren för en adress.", "Lift the suppression of an address."),
        ("try-now", try_now, "Låt nästa leverans pröva genast, när breven står stilla.", "Have the next delivery try at once, when letters stand still."),
    ):  # fmt: skip
        outbox.command(name, help=said(sv, en))(command)
    app.add_typer(
        outbox,
        name="outbox",
        help=said("Utkorgen: hur det går för breven.", "The outbox: how letters fare."),
        rich_help_panel=RUNNING,
    )


# --- questions ------------------------------------------------------------------------------------


def list_(
    state: Annotated[list[str] | None, typer.Option("--state", help=said("Bara dessa lägen, t.ex. dead, pending, sent.", "Only these states, such as dead, pending, sent."))] = None,
    charter: Annotated[int | None, typer.Option("--charter", help=said("Bara brev om denna handling.", "Only letters about this charter."))] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    from casework import questions
    from casework.matter import NoSuchCharter
    from models.session import reading
    from notifications.outbox import how_many_wait, pause_now

    states = tuple(_fate(one) for one in state or ())
    with edge() as at, reading(at.engine) as connection:
        if charter is not None and questions.charter_row(connection, charter) is None:
            raise NoSuchCharter(charter)
        pause = pause_now(connection, at.now, timedelta(minutes=at.settings.standstill_minutes))
        waiting = how_many_wait(connection)
        rows = questions.letters_in_outbox(connection, states=states, charter_id=charter)
    told = {
        "channel": _channel(pause, at),
        "waiting": waiting,
        "letters": [
            {
                "number": row.id,
                "letter": row.letter,
                "stage": row.stage,
                "charter": row.charter_id,
                "to": row.to_name,
                "email": row.to_email,
                "state": row.state,
                "day": row.day,
                "due_at": row.due_at,
                "attempts": row.attempts,
                "code": row.code,
                "reply": row.reply,
                "sent_at": row.sent_at,
            }
            for row in rows
        ],
    }

    def text() -> None:
        say(_how_it_goes(pause, waiting, at))
        if not rows:
            say((NONE_SUCH if states or charter else NOTHING_TO_SEE).in_(LANGUAGE))
            return
        table(
            said("Nr", "No"), said("Brev", "Letter"), said("Till", "To"), said("Handling", "Charter"), said("Läge", "State"), said("Svar", "Answer"),
            rows=[
                (row.id, Letter(row.letter).words.in_(LANGUAGE), f"{row.to_name} <{row.to_email}>", row.charter_id, questions.fate_of(row).in_(LANGUAGE), row.reply)
                for row in rows
            ],
        )  # fmt: skip

    answer(told, as_json=as_json, text=text)


def show(number: LetterNumber, as_json: AsJson = False) -> None:
    from casework import questions
    from casework.keys import PAGES, key_of
    from casework.mending import NO_SUCH
    from models.session import reading
    from notifications.links import Pages

    with edge() as at, reading(at.engine) as connection:
        row = questions.letter_row(connection, number)
        if row is None:
            raise Refusal(NO_SUCH.about(number=number))
        attempts = questions.attempts_at(connection, number)
        again = questions.sent_again_as(connection, number)
        key = key_of(connection, PAGES)
    address = at.settings.pages_in_letters
    headers, text, attached = _as_read(row, Pages(address, key or "") if address else None)
    secret = row.letter == Letter.LOGIN_CODE
    told = {
        "number": row.id,
        "letter": row.letter,
        "stage": row.stage,
        "charter": row.charter_id,
        "to": row.to_name,
        "email": row.to_email,
        "state": row.state,
        "day": row.day,
        "due_at": row.due_at,
        "expires_at": row.expires_at,
        "sent_at": row.sent_at,
        "in_place_of": row.resend_of,
        "sent_again_as": again,
        "code": row.code,
        "reply": row.reply,
        "sha256": row.sha256,
        "facts": None if secret else row.facts,
        "headers": dict(headers),
        "attached": list(attached),
        "attempts": [
            {"at": one.at, "result": one.result, "code": one.code, "reply": one.reply}
            for one in attempts
        ],
        "text": text,
    }
    fate = questions.fate_of(row)
    answer(told, as_json=as_json, text=lambda: _show_in_words(told, fate, at))


def _as_read(
    row: Any, pages: "Pages | None"
) -> tuple[tuple[tuple[str, str], ...], str, tuple[str, ...]]:
    """Headers, text and attachments: as sent, or as it would be; a code is never shown."""
    from notifications.facts import LetterFacts
    from notifications.inbox import read_back
    from notifications.wording import worded

    if row.letter == Letter.LOGIN_CODE:
        return (), KEPT_SECRET.in_(LANGUAGE), ()
    if row.bytes is not None:
        read = read_back(row.bytes)
        return read.headers, read.text, read.attached
    facts = LetterFacts.model_validate(row.facts)
    would_be = worded(facts, pages=pages)
    return (("Subject", would_be.subject),), would_be.text, ()


def _show_in_words(told: dict[str, Any], fate: Words, at: Edge) -> None:
    say(f"{told['number']}  {Letter(told['letter']).words.in_(LANGUAGE)}")
    rows = [
        (said("Läge", "State"), fate.in_(LANGUAGE)),
        (said("Till", "To"), f"{told['to']} <{told['email']}>"),
        (said("Handling", "Charter"), told["charter"]),
        (said("I stället för", "In place of"), told["in_place_of"]),
        (said("Skickat på nytt som", "Sent again as"), told["sent_again_as"]),
        (said("Svar", "Answer"), told["reply"]),
        *told["headers"].items(),
        (said("Bifogat", "Attached"), ", ".join(told["attached"])),
    ]
    table("", "", rows=[row for row in rows if row[1] not in (None, "")])
    if told["attempts"]:
        table(
            said("Försök", "Try"), said("Utfall", "Result"), said("Kod", "Code"), said("Svar", "Answer"),
            rows=[(_time(one["at"], at), one["result"], one["code"], one["reply"]) for one in told["attempts"]],
        )  # fmt: skip
    say("\n" + told["text"].rstrip())


def suppressions(as_json: AsJson = False) -> None:
    from casework import questions
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        rows = questions.suppressions(connection)
    told = [{"email": row.email_folded, "reason": row.reason, "since": row.since} for row in rows]

    def text() -> None:
        if not told:
            say(NO_SUPPRESSIONS.in_(LANGUAGE))
            return
        table(
            said("Adress", "Address"), said("Sedan", "Since"), said("Skäl", "Reason"),
            rows=[(one["email"], _time(one["since"], at), one["reason"]) for one in told],
        )  # fmt: skip

    answer(told, as_json=as_json, text=text)


# --- what people do -------------------------------------------------------------------------------


def retry(
    number: LetterNumber, by: By, reason: Reason, email: Email = None, as_json: AsJson = False
) -> None:
    from casework import mending

    _do(
        by,
        as_json,
        lambda connection, at: mending.retry(connection, number, at=at, reason=reason, email=email),
    )


def cancel(number: LetterNumber, by: By, reason: Reason, as_json: AsJson = False) -> None:
    from casework import mending

    _do(
        by,
        as_json,
        lambda connection, at: mending.cancel_letter(connection, number, at=at, reason=reason),
    )


def reached_otherwise(number: LetterNumber, by: By, how: How, as_json: AsJson = False) -> None:
    from casework import mending

    _do(
        by,
        as_json,
        lambda connection, at: mending.reached_otherwise(connection, number, at=at, how=how),
    )


def give_up(number: LetterNumber, by: By, reason: Reason, as_json: AsJson = False) -> None:
    from casework import mending

    _do(
        by,
        as_json,
        lambda connection, at: mending.give_up(connection, number, at=at, reason=reason),
    )


def lift(
    email: Annotated[str, typer.Argument(help=said("Adressen.", "The address."))],
    by: By,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    from casework import mending

    _do(by, as_json, lambda connection, at: mending.lift(connection, email, at=at, reason=reason))


def try_now(by: By, reason: Reason, as_json: AsJson = False) -> None:
    from casework import mending

    _do(by, as_json, lambda connection, at: mending.try_now(connection, at=at, reason=reason))


def _do(by: str, as_json: bool, what: "Callable[[Connection, Sitting], Mended]") -> None:
    """Do it in one transaction, and say what was done."""
    from models.session import transaction

    with edge() as at:
        with transaction(at.engine) as connection:
            done = what(connection, at.sitting(connection, by))
        at.wake_service(f"letter {done.letter}")
    told = {"letter": done.letter, "new_letter": done.new_letter, "said": done.said.in_(LANGUAGE)}
    answer(told, as_json=as_json, text=done.said.in_(LANGUAGE))


# --- in words -------------------------------------------------------------------------------------


def _channel(pause: "Pause | None", at: Edge) -> dict[str, Any]:
    if pause is None:
        return {"runs": True, "held": False}
    return {
        "runs": False,
        "since": pause.since.astimezone(at.settings.timezone),
        "until": pause.until.astimezone(at.settings.timezone),
        "code": pause.code,
        "reply": pause.reply,
        "alarm": pause.is_alarming,
        "held": pause.is_held,
    }


def _how_it_goes(pause: "Pause | None", waiting: int, at: Edge) -> str:
    if pause is None:
        return RUNS.about(waiting=waiting).in_(LANGUAGE)
    paused = (HELD if pause.is_held else PAUSED).about(
        since=_time(pause.since, at),
        reply=pause.reply,
        waiting=waiting,
        until=_time(pause.until, at),
    )
    return (ALARM.about(paused=paused) if pause.is_alarming else paused).in_(LANGUAGE)


def _time(moment: Any, at: Edge) -> str:
    return f"{moment.astimezone(at.settings.timezone):%Y-%m-%d %H:%M}"


def _fate(name: str) -> Fate:
    try:
        return Fate(name)
    except ValueError as unknown:
        raise Refusal(
            Words(
                "Det finns inget läge {name}. De som finns: {all}.",
                "There is no state {name}. There are: {all}.",
            ).about(name=name, all=", ".join(Fate))
        ) from unknown
