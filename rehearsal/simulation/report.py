"""What a simulated life came to: counted, and put into one hash that the same seed gives again."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, select

from casework.invariants import Broken
from models.session import reading
from models.tables import Charter, Group, Journal, Outbox, Person
from rehearsal.simulation.living import Asked, Breach, Life


@dataclass(slots=True)
class Lived:
    """One region's life in numbers; `broken` says what did not hold, and on which day."""

    asked: Asked
    charters: int = 0
    in_force: int = 0
    """Charters in force at the end."""
    days: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)
    letters_by_state: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    delivered: int = 0
    """Letters by the real delivery."""
    carried: int = 0
    """Letters carried all at once."""
    again: int = 0
    """Letters that the relay accepted twice, the same bytes: what a loss in transit may cost."""
    hash: str = ""
    broken_on: date | None = None
    broken: list[Broken] = field(default_factory=list)


def report(life: Life, breach: Breach | None = None) -> Lived:
    """Count what is in memory, and what the world remembers."""
    with reading(life.engine) as connection:
        lived = _counted(connection, life)
        lived.hash = _hash(connection)
    if breach is not None:
        lived.broken_on, lived.broken = breach.day, breach.found
    return lived


def _counted(connection: Connection, life: Life) -> Lived:
    def by(column: object) -> Counter[str]:
        return Counter(
            {
                str(name): count
                for name, count in connection.execute(
                    select(column, func.count()).group_by(column)  # type: ignore[call-overload]
                )
            }
        )

    acts = by(Journal.act)
    states = by(Charter.state)
    return Lived(
        asked=life.asked,
        charters=states.total(),
        in_force=sum(states[one] for one in ("approved", "distributed", "expiring")),
        days=(life.world.today - life.begins).days,
        acts=acts - Counter({"skipped": acts["skipped"]}),
        refused=Counter({str(act): count for act, count in life.world.refused.items()}),
        faults=life.world.faults,
        letters=by(Outbox.letter),
        letters_by_state=by(Outbox.state),
        skipped=acts["skipped"],
        delivered=life.post.delivered,
        carried=life.post.carried,
        again=sum(count - 1 for count in life.relay.accepted.values()),
    )


def _hash(connection: Connection) -> str:
    """Everything that happened, in an order of its own: two workers may write in any."""
    people = select(Person.id, Person.key)
    keys = {row.id: row.key for row in connection.execute(people)}
    groups = {row.id: row.key for row in connection.execute(select(Group.id, Group.key))}
    journal = [
        f"{row.day} {row.charter_id} {groups.get(row.group_id)} {row.act} "
        f"{keys.get(row.person_id)} {row.role} {row.stood} {row.becomes} {row.reason}"
        for row in connection.execute(select(Journal))
    ]
    letters = [
        f"{row.day} {row.charter_id} {row.letter} {row.stage} {row.to_email} {row.state}"
        for row in connection.execute(
            select(
                Outbox.day,
                Outbox.charter_id,
                Outbox.letter,
                Outbox.stage,
                Outbox.to_email,
                Outbox.state,
            )
        )
    ]
    told = "\n".join((*sorted(journal), *sorted(letters)))
    return hashlib.sha256(told.encode()).hexdigest()


def live_on(life: Life) -> Lived:
    """Live the life, and report it, whether it was lived to its end or something broke."""
    try:
        life.live()
    except Breach as breach:
        return report(life, breach)
    return report(life)
