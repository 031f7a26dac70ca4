"""Several machines: two worker processes share the work by what PostgreSQL hands out."""

import multiprocessing
from collections import Counter
from email import message_from_bytes
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from casework.organisation import load
from models.session import reading, transaction
from models.tables import Attempt, Charter, Group, Journal
from statemachine.vocabulary import State
from tests.builders import (
    DECIDED,
    FOUNDED,
    LAPSED,
    ORGANISATION,
    Region,
    a_charter,
    moment,
    organisation,
)
from tests.flows import crew
from tests.flows.crew import PATIENCE, Share

pytestmark = pytest.mark.slow

DUE = 240


def councils(count: int) -> str:
    return "".join(
        f"  - key: rad{number}\n    name: Råd {number}\n    from: 2026-01-05\n"
        "    seats: [{seat: coordinator, person: bo, from: 2026-01-05}]\n"
        for number in range(count)
    )


def many_due(engine: Engine, count: int) -> Region:
    """A region whose many councils each have a charter that ran out yesterday."""
    region = Region.founded(engine)
    with transaction(engine) as connection:
        many = organisation(ORGANISATION + councils(count))
        load(connection, many, by="astrid", today=FOUNDED, now=moment(FOUNDED))
        groups = connection.execute(select(Group.id, Group.name).where(Group.key.like("rad%")))
        named = {row.id: row.name for row in groups}
    for group, name in named.items():
        region.recorded(
            group=None,
            group_id=group,
            document=a_charter(title=f"Uppdrag för {name}", group=name),
            decided_on=DECIDED,
        )
    return region


def worked_at_once(url: str, folder: Path) -> list[Share]:
    """Two processes do the day's work side by side; what each did."""
    # A fork of this very process would inherit its threads' locks.
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([crew.__name__])
    meeting, shares = context.Barrier(2), context.Queue()
    workers = [
        context.Process(target=crew.work, args=(name, url, folder, LAPSED, meeting, shares))
        for name in ("first", "second")
    ]
    for worker in workers:
        worker.start()
    done: list[Share] = [shares.get(timeout=2 * PATIENCE) for _ in workers]
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.exitcode == 0
    return done


def test_two_workers_share_the_day_and_nothing_is_done_twice(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    region = many_due(postgresql_engine, DUE)
    url = postgresql_engine.url.render_as_string(hide_password=False)
    postgresql_engine.dispose()
    first, second = worked_at_once(url, tmp_path)

    # Both worked, and what they did together is what there was to do.
    assert first.swept.acts
    assert second.swept.acts
    assert first.swept.acts + second.swept.acts == DUE
    letters = region.outbox()
    assert first.swept.letters + second.swept.letters == len(letters) >= DUE
    assert first.delivered.sent
    assert second.delivered.sent
    assert first.delivered.sent + second.delivered.sent == len(letters)

    with reading(postgresql_engine) as connection:
        lapsed = select(Charter.state).where(Charter.title.like("Uppdrag för Råd%"))
        assert set(connection.scalars(lapsed)) == {State.EXPIRED}
        ended = select(Journal.charter_id).where(Journal.act == "expire")
        assert Counter(connection.scalars(ended)).most_common(1)[0][1] == 1
        tries = connection.execute(select(Attempt.outbox_id, Attempt.result)).all()
    assert {row.state for row in letters} == {"sent"}
    assert sorted(tries) == [(row.id, "accepted") for row in sorted(letters, key=lambda x: x.id)]
    carried = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).parts[0] for path in carried} == {"first", "second"}
    identities = Counter(message_from_bytes(path.read_bytes())["Message-ID"] for path in carried)
    assert identities == dict.fromkeys((row.message_id for row in letters), 1)
