"""Writing a change: its text, decision, papers, journal, state and letters, in one order.

Only this module writes `state` and `wake_on`. The order is the database's own: it refuses a state
without its journal row, and an approval without its decision and paper.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from casework.change import Change
from casework.gaps import look_for_gaps
from casework.letters import ATTACHED, about, addressed, letter_to
from casework.matter import Matter
from models.document import as_json, content_hash
from models.many import Insertion, among
from models.prepared import Prepared
from models.tables import (
    Charter,
    Conflict,
    Content,
    Decision,
    Journal,
    Opinion,
    PaperKept,
    Recipient,
)
from notifications.outbox import LetterToPost, cancel, post
from statemachine.calendar import DAY, Occasion
from statemachine.machine import Outcome
from statemachine.vocabulary import (
    DECIDED,
    ENDED,
    EXPIRY_WARNINGS,
    LIVING,
    Act,
    Audience,
    Letter,
    Role,
    State,
)
from statemachine.words import Refusal, Words

CALENDAR_NAME = "Kalendern"

SNOOZED = "snoozed"
"""Why a warning was skipped for someone who had asked for it later."""

ENTRIES = Insertion(Journal)
"""Rows for the journal. The database lets none of them change again."""

_THESE = Prepared(update(Charter).where(among(Charter.id, "charters")))
# Their rows are locked since they were read: nobody can have been first.
_BECOME = Prepared(
    update(Charter)
    .where(among(Charter.id, "charters"))
    .values(state=bindparam("state"), version=Charter.version + 1)
)
_UNLESS_SOMEONE_WAS_FIRST = Prepared(
    update(Charter).where(Charter.id == bindparam("charter"), Charter.version == bindparam("read"))
)

OF_THE_ROUND = (
    Letter.DECISION_REQUEST,
    Letter.DECISION_REMINDER,
    Letter.ESCALATION,
    Letter.NOBODY_CAN_DECIDE,
    Letter.OPINION_ASKED,
)
"""Letters that ask for something in a round, and make no sense once it has ended."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was carried out: which charter it concerns, and what came of it."""

    charter_id: int
    outcome: Outcome
    letters: int
    note: Words | None = None


class SomeoneWasFirst(Refusal):
    """The charter changed between being read and being written."""

    def __init__(self) -> None:
        super().__init__(
            Words(
                "Någon annan hann före: handlingen har ändrats. Titta på den igen.",
                "Someone was first: the document has changed. Look at it again.",
            )
        )


def write(matter: Matter, change: Change) -> Done:
    """Write a judged change: text, decision, papers, journal, state, letters, in that order.

    The order is the database's own: it refuses a state without its journal row, and an approval
    without its decision and paper.
    """
    connection, outcome = matter.connection, change.outcome
    columns = {"state": outcome.becomes, **change.columns, **_content(matter, change)}
    charter_id = matter.row.id if matter.row is not None else _begin(matter, columns)
    version = matter.row.version + 1 if matter.row is not None else 1
    for cut, last_day in change.cuts.items():
        _cut(matter, cut, last_day, charter_id)
    papers = _file(matter, change, charter_id)
    ENTRIES.write(
        connection,
        [_journal_row(matter, change, charter_id, version, columns.get("content_hash"))],
    )
    after = matter.after(
        {**columns, "id": charter_id, "version": version},
        cuts=change.cuts,
        newly_listed=len(change.recipients),
    )
    after = _look_ahead(after, change)
    if matter.row is not None:
        _update(connection, matter.row, columns, version, after)
    _mind_the_rest(matter, change, charter_id)
    letters = _letters(after, change, papers)
    _skip_past_stages(after, change)
    if change.cancels_round:
        cancel(
            connection,
            charter_id,
            letters=OF_THE_ROUND,
            round=matter.charter.round,
            why=str(outcome.act),
        )
    post(
        connection,
        letters,
        now=matter.sitting.now,
        today=matter.today,
        domain=matter.sitting.settings.mail_domain,
    )
    if "ends_on" in columns:
        _wake_siblings(matter)
    if matter.group_id is not None and ("ends_on" in columns or outcome.becomes in ENDED):
        look_for_gaps(connection, [matter.group_id], matter.today, matter.calendar)
    return Done(charter_id, outcome, len(letters), change.note)


def foreseen(matter: Matter, change: Change) -> tuple[Matter, list[LetterToPost]]:
    """How the charter will stand, and the letters that go, were a change without new text written.

    Only reads memory.
    """
    columns = {"state": change.outcome.becomes, **change.columns}
    after = _look_ahead(matter.after(columns), change)
    return after, _letters(after, change, ())


def _content(matter: Matter, change: Change) -> dict[str, Any]:
    """Keep new text under its hash. What is decided stays tied to the text it was decided on."""
    if change.content is None:
        return {}
    canonical = as_json(change.content)
    key = content_hash(canonical)
    dialect = postgresql if matter.connection.dialect.name == "postgresql" else sqlite
    matter.connection.execute(
        dialect.insert(Content).values(hash=key, document=canonical).on_conflict_do_nothing()
    )
    stays_decided = matter.row is not None and change.outcome.becomes in DECIDED
    return {} if stays_decided else {"content_hash": key}


def _begin(matter: Matter, columns: dict[str, Any]) -> int:
    return int(
        matter.connection.execute(
            insert(Charter)
            .values(
                subject_id=matter.subject_id,
                group_id=matter.group_id,
                instead={},
                round=0,
                looked_on=matter.today,
                wake_on=matter.today,
                version=1,
                **columns,
            )
            .returning(Charter.id)
        ).scalar_one()
    )


def _cut(matter: Matter, charter_id: int, last_day: date, by: int) -> None:
    """End another charter of the subject the day before this one begins, and journal it."""
    connection = matter.connection
    # Locked before it is journalled: a sweep beside us may be moving it to another state.
    row = connection.execute(
        select(Charter).where(Charter.id == charter_id).with_for_update()
    ).one()
    ENTRIES.write(
        connection,
        [
            {
                **journal_stem(matter, charter_id),
                "act": "ends-earlier",
                "role": Role.CALENDAR,
                "stood": row.state,
                "becomes": row.state,
                "details": {
                    "ends_on": [str(row.ends_on or ""), last_day.isoformat()],
                    "successor": by,
                },
            }
        ],
    )
    connection.execute(
        update(Charter)
        .where(Charter.id == charter_id)
        .values(ends_on=last_day, version=row.version + 1, wake_on=matter.today)
    )


def _wake_siblings(matter: Matter) -> None:
    """Have the calendar look at the subject's other charters: what is due to them has changed."""
    living = [one.id for one in matter.siblings if one.state in LIVING]
    if living:
        matter.connection.execute(
            update(Charter).where(Charter.id.in_(living)).values(wake_on=matter.today)
        )


def _file(matter: Matter, change: Change, charter_id: int) -> tuple[int, ...]:
    """Keep the decision and the papers; returns the papers' numbers."""
    connection = matter.connection
    decision_id = None
    if change.decision is not None:
        decision_id = connection.execute(
            insert(Decision)
            .values(
                charter_id=charter_id,
                group_id=matter.group_id,
                decided_at=matter.sitting.now,
                **{"conflict": "unanswered", **change.decision},
            )
            .returning(Decision.id)
        ).scalar_one()
    stem = _filename(matter, change)
    return tuple(
        int(
            connection.execute(
                insert(PaperKept)
                .values(
                    charter_id=charter_id,
                    round=change.columns.get("round", matter.row.round if matter.row else 0),
                    decision_id=decision_id,
                    paper=sheet.paper,
                    media_type=sheet.media_type,
                    filename=f"{stem}{sheet.suffix}",
                    sha256=sheet.sha256,
                    body=sheet.body,
                    written_at=matter.sitting.now,
                )
                .returning(PaperKept.id)
            ).scalar_one()
        )
        for sheet in change.sheets
    )


def _filename(matter: Matter, change: Change) -> str:
    """What the paper is called when it leaves the house: its title, its number, what it is."""
    title = matter.row.title if matter.row is not None else ""
    number = (matter.row.registry_number if matter.row is not None else None) or ""
    what = change.sheets[0].paper.words.sv if change.sheets else ""
    name = " ".join(part for part in (title, number, f"({what})") if part)
    return re.sub(r"[^\w().,-]+", " ", name).strip()[:120]


def journal_stem(matter: Matter, charter_id: int | None) -> dict[str, Any]:
    by = matter.by
    return {
        "at": matter.sitting.now,
        "day": matter.today,
        "charter_id": charter_id,
        "group_id": matter.group_id,
        "version": None,
        "person_id": by.id if by else None,
        "name": by.name if by else CALENDAR_NAME,
        "content_hash": None,
        "reason": None,
        "details": {},
    }


def _journal_row(
    matter: Matter, change: Change, charter_id: int, version: int, new_hash: str | None
) -> dict[str, Any]:
    outcome = change.outcome
    decided = change.decision["content_hash"] if change.decision else None
    return {
        **journal_stem(matter, charter_id),
        "version": version,
        "act": outcome.act,
        "role": outcome.role,
        "stood": outcome.stood,
        "becomes": outcome.becomes,
        "content_hash": new_hash
        or decided
        or (matter.row.content_hash if matter.row is not None else None),
        "reason": change.reason,
        "details": change.details,
    }


def _look_ahead(after: Matter, change: Change) -> Matter:
    """When the calendar must next look at the charter, now that it stands as it does."""
    columns = {"looked_on": after.today} if change.restarts_calendar else {}
    looked_on: date = columns.get("looked_on") or after.charter.looked_on or after.today
    wake_on = after.calendar.wakes_on(after.standing, after=looked_on)
    return after.after({**columns, "wake_on": wake_on})


def _update(
    connection: Connection, row: Any, columns: dict[str, Any], version: int, after: Matter
) -> None:
    """Write the charter's columns, unless someone was first."""
    written = _UNLESS_SOMEONE_WAS_FIRST.write(
        connection,
        {
            **columns,
            "version": version,
            "wake_on": after.charter.wake_on,
            "looked_on": after.charter.looked_on,
            "charter": row.id,
            "read": row.version,
        },
    )
    if written != 1:
        raise SomeoneWasFirst


def _mind_the_rest(matter: Matter, change: Change, charter_id: int) -> None:
    """The rows that go with some acts: opinions asked and given, conflicts, the list."""
    connection, now = matter.connection, matter.sitting.now
    if change.opinion_asked_of is not None and matter.by is not None:
        asked = {opinion.reviewer_id for opinion in matter.opinions}
        if change.opinion_asked_of.id not in asked:
            connection.execute(
                insert(Opinion).values(
                    charter_id=charter_id,
                    round=matter.charter.round,
                    reviewer_id=change.opinion_asked_of.id,
                    asked_by_id=matter.by.id,
                    asked_at=now,
                )
            )
    if change.opinion_given is not None:
        given = dict(change.opinion_given)
        connection.execute(
            update(Opinion).where(Opinion.id == given.pop("id")).values(given_at=now, **given)
        )
    if change.conflict_of is not None and change.conflict_of.id not in matter.conflicted:
        connection.execute(
            insert(Conflict).values(
                charter_id=charter_id,
                round=matter.charter.round,
                person_id=change.conflict_of.id,
                declared_at=now,
            )
        )
    if change.recipients:
        connection.execute(
            insert(Recipient),
            [
                {
                    "charter_id": charter_id,
                    "place": one.place,
                    "who": one.who,
                    "purpose": one.purpose,
                    "person_id": one.person_id,
                    "name": one.name,
                    "email": one.email,
                    "language": one.language,
                }
                for one in change.recipients
            ],
        )


def _letters(after: Matter, change: Change, papers: Sequence[int]) -> list[LetterToPost]:
    """The letters the act sets in motion, one for each reader."""
    letters: list[LetterToPost] = []
    if not change.outcome.letters:
        return letters
    listed: tuple[Any, ...] = ()
    if {Letter.DISTRIBUTION, Letter.CORRECTED, Letter.DISCONTINUED} & set(change.outcome.letters):
        listed = _on_the_list(after)
    decided_by = change.decision["decided_by"] if change.decision else None
    told = about(after, decided_by=decided_by)
    if told is not None and "valid_from" in change.facts:
        told = told.model_copy(
            update={
                "valid_from": change.facts["valid_from"],
                "valid_through": change.facts["valid_through"],
            }
        )
    said = {k: v for k, v in change.facts.items() if k not in ("valid_from", "valid_through")}
    if change.reason and "statement" not in said:
        said["reason"] = change.reason
    for letter in change.outcome.letters:
        if letter is Letter.DECISION_REQUEST and not change.to[Audience.DECIDER]:
            letter = Letter.NOBODY_CAN_DECIDE
        who = addressed(letter, "", after, change.to, listed)
        carries = tuple(papers[:1]) if letter in ATTACHED else ()
        others = tuple(one.name for one in who.readers)
        letters += [
            letter_to(
                reader,
                letter,
                after,
                stage=_occurrence(letter, after),
                missing=who.missing,
                papers=carries,
                about=told,
                said={**said, "others_told": tuple(n for n in others if n != reader.name)},
            )
            for reader in who.readers
        ]
    return letters


def _on_the_list(matter: Matter) -> tuple[Any, ...]:
    """The charter's distribution list, without those who have left since it was kept."""
    rows = matter.connection.execute(
        select(Recipient)
        .where(Recipient.charter_id == matter.charter.id)
        .order_by(Recipient.place, Recipient.id)
    ).all()
    matter.people.remember(people=(row.person_id for row in rows if row.person_id is not None))
    return tuple(
        row for row in rows if row.person_id is None or matter.people.person(row.person_id)
    )


def _occurrence(letter: Letter, after: Matter) -> str:
    """Letters that an act may cause more than once in a round are told apart by its version."""
    if letter is Letter.DECISION_REQUEST:
        return ""
    return f"v{after.charter.version}"


def _skip_past_stages(after: Matter, change: Change) -> None:
    """Renewal stages already past when a short term is decided are journalled, not sent."""
    if change.outcome.act not in (Act.APPROVE, Act.RECORD):
        return
    past = [
        occasion
        for occasion in after.calendar.occasions(after.standing, since=date.min, today=after.today)
        if occasion.what in EXPIRY_WARNINGS
    ]
    if past:
        ENTRIES.write(
            after.connection,
            [skipped(after, occasion, "past at the decision") for occasion in past],
        )


def skipped(
    matter: Matter,
    occasion: Occasion,
    why: str,
    *,
    to: str | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """The journal row of a letter that fell due and was not sent, with the reason.

    Where one reader alone goes without, `to` names them and `until` says how long.
    """
    return {
        **journal_stem(matter, matter.charter.id),
        "act": "skipped",
        "role": Role.CALENDAR,
        "person_id": None,
        "name": CALENDAR_NAME,
        "stood": matter.state,
        "becomes": matter.state,
        "reason": why,
        "details": {
            "letter": str(occasion.what),
            "stage": occasion.stage,
            "due": occasion.on.isoformat(),
            **({"to": to, "until": str(until)} if to else {}),
        },
    }


def note(
    matter: Matter, act: str, role: Role, *, reason: str | None, details: dict[str, Any]
) -> None:
    """Journal what was done about a charter, a group or neither, and moved nothing."""
    stands = matter.state if matter.row is not None else None
    ENTRIES.write(
        matter.connection,
        [
            {
                **journal_stem(matter, matter.row.id if matter.row is not None else None),
                "act": act,
                "role": role,
                "stood": stands,
                "becomes": stands,
                "reason": reason,
                "details": details,
            }
        ],
    )


# --- what the calendar does to many at once -------------------------------------------------------


def write_acts(connection: Connection, judged: Sequence[tuple[Matter, Change]]) -> list[Matter]:
    """Write the calendar's acts on many charters together; returns each as it then stands.

    They change nothing but the state: journal first, then state, one statement each.
    """
    if not judged:
        return []
    ENTRIES.write(
        connection,
        [
            _journal_row(matter, change, matter.charter.id, matter.charter.version + 1, None)
            for matter, change in judged
        ],
    )
    by_state: dict[State, list[int]] = defaultdict(list)
    for matter, change in judged:
        by_state[change.outcome.becomes].append(matter.charter.id)
    for state, charters in by_state.items():
        _BECOME.write(connection, {"state": state, "charters": charters})
    return [
        matter.after({"state": change.outcome.becomes, "version": matter.charter.version + 1})
        for matter, change in judged
    ]


def looked(connection: Connection, matters: Sequence[Matter]) -> None:
    """Note that the calendar has looked at these charters today, and when it looks again."""
    by_day: dict[date | None, list[int]] = defaultdict(list)
    for matter in matters:
        wake_on = matter.calendar.wakes_on(matter.standing, after=matter.today)
        by_day[wake_on].append(matter.charter.id)
    for wake_on, charters in by_day.items():
        _THESE.write(
            connection, {"looked_on": matters[0].today, "wake_on": wake_on, "charters": charters}
        )


def hold_over(connection: Connection, matters: Sequence[Matter]) -> None:
    """Have the calendar look again on the next working day, or an earlier day that brings an act.

    What was due stays due: they have not been looked at.
    """
    by_day: dict[date, list[int]] = defaultdict(list)
    for matter in matters:
        by_day[held_over_until(matter)].append(matter.charter.id)
    for wake_on, charters in by_day.items():
        _THESE.write(connection, {"wake_on": wake_on, "charters": charters})


def held_over_until(matter: Matter) -> date:
    """The next working day, or an earlier day that brings an act."""
    working_day = matter.calendar.on_or_after(matter.today)
    coming = matter.calendar.wakes_on(matter.standing, after=matter.today)
    return min(working_day, coming or working_day)


def put_off(connection: Connection, matter: Matter, *, why: str) -> None:
    """Have the calendar look at this charter tomorrow instead, and journal why."""
    ENTRIES.write(
        connection,
        [
            {
                **journal_stem(matter, matter.charter.id),
                "act": "put-off",
                "role": Role.CALENDAR,
                "stood": matter.state,
                "becomes": matter.state,
                "reason": " ".join(why.split())[:500],
            }
        ],
    )
    connection.execute(
        update(Charter).where(Charter.id == matter.charter.id).values(wake_on=matter.today + DAY)
    )


def wake_office(connection: Connection, office_id: int, *, on: date) -> None:
    """Have the calendar look, on this day, at every charter in review that waits for the office.

    Someone's time in the office has begun or ended: the request belongs to the office.
    """
    connection.execute(
        update(Charter)
        .where(Charter.office_id == office_id, Charter.state == State.REVIEW)
        .values(wake_on=on)
    )


def wake_charter(connection: Connection, charter_id: int, *, on: date) -> None:
    """Have the calendar look at a charter on this day: someone once reached no longer is."""
    connection.execute(
        update(Charter)
        .where(Charter.id == charter_id, Charter.state.in_(LIVING))
        .values(wake_on=on)
    )


def look_ahead_again(matter: Matter) -> None:
    """Have the calendar look when it next must, now that something is due on another day.

    What it was to look at by now already, it still is.
    """
    row = matter.charter
    coming = matter.calendar.wakes_on(matter.standing, after=row.looked_on or matter.today)
    pending = row.wake_on if row.wake_on is not None and row.wake_on <= matter.today else None
    wakes = [day for day in (coming, pending) if day is not None]
    matter.connection.execute(
        update(Charter).where(Charter.id == row.id).values(wake_on=min(wakes, default=None))
    )
