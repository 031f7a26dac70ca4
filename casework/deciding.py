"""Deciding: an act is carried out on what its decider was shown, and on nothing else.

A case that has changed since is not decided. A correction or an ending is shown before it is made.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from casework.change import Said
from casework.door import carry_out
from casework.living import correct, discontinue
from casework.matter import (
    Sitting,
    document_of,
    look_at,
    open_matter,
)
from casework.papers import NoPress
from casework.questions import charter_row, text_in_force
from casework.writing import Done
from documents import Comparison, compare
from models.directory import Someone
from models.document import Document
from models.tables import (
    Journal,
    Unsaved,
)
from notifications.links import ToDecide
from statemachine.vocabulary import Act, State
from statemachine.words import Refusal, Words

# --- deciding what was shown ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What someone had before them: the round, and the text by its hash."""

    round: int
    content_hash: str


class Overtaken(Refusal):
    """The case is no longer what was shown: nothing is decided, and here is what happened."""


def carry_out_as_shown(
    connection: Connection, number: int, act: Act, *, at: Sitting, shown: Shown, **said: Any
) -> Done:
    """Do `act` to the case if it still is what was shown, and return what came of it.

    Raises Overtaken when it is not, and what `carry_out` raises.
    """
    row = open_matter(connection, number, at).charter
    if (row.state, row.round, row.content_hash) != (
        State.REVIEW,
        shown.round,
        shown.content_hash,
    ):
        raise Overtaken(what_happened(connection, row))
    return carry_out(connection, number, act, at=at, **said)


def is_as_linked(connection: Connection, link: ToDecide) -> bool:
    """Whether the case still stands as it did when a letter with this link was written."""
    row = charter_row(connection, link.charter)
    return row is not None and (
        row.state == State.REVIEW
        and row.round == link.round
        and row.content_hash.startswith(link.content)
    )


NOTHING_WAITS = Words(
    "Handlingen väntar inte på något beslut: den står som {state}.",
    "The document waits for no decision: it stands as {state}.",
)
# fmt: off
HAPPENED: dict[str, Words] = {
    Act.SUBMIT: Words("{name} skickade ärendet för beslut på nytt {day}. Läs det igen innan du beslutar.", "{name} submitted the case anew on {day}. Read it again before you decide."),
    Act.WITHDRAW: Words("{name} återkallade ärendet {day}. Du får en ny begäran om det skickas igen.", "{name} withdrew the case on {day}. You get a new request if it is submitted again."),
    Act.SEND_BACK: Words("{name} återlämnade ärendet till handläggaren {day}.", "{name} sent the case back to the handler on {day}."),
    Act.APPROVE: Words("{name} fastställde handlingen {day}.", "{name} approved the document on {day}."),
    Act.EDIT: Words("Ärendet är återkallat, och {name} ändrade texten {day}. Du får en ny begäran om det skickas igen.", "The case was withdrawn, and {name} edited the text on {day}. You get a new request if it is submitted again."),
    Act.ABANDON: Words("Ärendet lades ned {day}.", "The case was abandoned on {day}."),
    Act.DISCONTINUE: Words("{name} beslutade {day} att uppdraget upphör.", "{name} decided on {day} that the charter ends."),
}
"""What was last done to a case that is not what was shown."""
# fmt: on


def what_happened(connection: Connection, row: Any) -> Words:
    """What was last done to a case, as it is told to whoever was about to decide it."""
    last = connection.execute(
        select(Journal.act, Journal.name, Journal.day)
        .where(Journal.charter_id == row.id, Journal.act.in_([act.value for act in _TOLD]))
        .order_by(Journal.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return NOTHING_WAITS.about(state=State(row.state).words)
    return HAPPENED[last.act].about(name=last.name, day=last.day)


_TOLD = tuple(Act(act) for act in HAPPENED)


# --- correcting and ending, before it is done ----------------------------------------------------


UNCHANGED = Words(
    "Texten är densamma som den beslutade. Rätta det som är fel, och skicka den igen.",
    "The text is the same as the one decided. Correct what is wrong, and send it again.",
)


def would_correct(
    connection: Connection, number: int, at: Sitting, document: Document, **said: Any
) -> Comparison:
    """What a correction would change, judged as it would be. Nothing is written.

    Raises Refusal when it changes nothing, and what `carry_out` raises but for the paper.
    """
    matter = look_at(connection, number, replace(at, press=NoPress()))
    changed = compare(document_in_force(connection, number), document)
    if changed.unchanged:
        raise Refusal(UNCHANGED)
    correct(matter, Said(document=document, **said))
    return changed


CORRECTED_MEANWHILE = Words(
    "Handlingen har rättats sedan du öppnade sidan. Texten nedan är din; jämför den med den som "
    "gäller nu, och skicka den igen.",
    "The document has been corrected since you opened the page. The text below is yours; compare "
    "it with the one in force now, and send it again.",
)


def correct_as_shown(
    connection: Connection, number: int, *, at: Sitting, shown: str, **said: Any
) -> Done:
    """Correct a charter whose text in force still is what was shown, by its hash.

    Otherwise one correction would undo another that its maker never saw. Raises Overtaken when it
    is not, and what `carry_out` raises.
    """
    open_matter(connection, number, at)
    if text_in_force(connection, number) != shown:
        raise Overtaken(CORRECTED_MEANWHILE)
    return carry_out(connection, number, Act.CORRECT, at=at, **said)


def document_in_force(connection: Connection, number: int) -> Document:
    """A decided charter's text: its latest correction, else as decided."""
    return document_of(connection, text_in_force(connection, number))


def would_end(connection: Connection, number: int, at: Sitting, **said: Any) -> None:
    """Judge a decision to end a charter early. Nothing is written. Raises what `carry_out` does."""
    discontinue(look_at(connection, number, replace(at, press=NoPress())), Said(**said))


# --- what is written while someone logs in anew --------------------------------------------------


def kept_written(connection: Connection, number: int, me: Someone) -> dict[str, str]:
    """What someone had written about a charter when they went to log in; nothing when they had."""
    fields = connection.scalar(
        select(Unsaved.fields).where(Unsaved.charter_id == number, Unsaved.person_id == me.id)
    )
    return dict(fields) if fields else {}
