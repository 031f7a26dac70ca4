"""Two at once, with real threads and connections: one wins, the other is told; none is halved."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DatabaseError

from casework.door import carry_out
from casework.organisation import load
from casework.sweep import sweep_charters, sweep_groups
from casework.writing import Done
from models.session import reading, transaction
from models.tables import Charter, Group, Outbox
from statemachine.vocabulary import Act, Letter, State
from statemachine.words import Refusal
from tests.builders import (
    DAY,
    DECIDED,
    FOUNDED,
    LAPSED,
    LAST_DAY,
    ORGANISATION,
    Region,
    a_charter,
    an_executive_decision,
    moment,
    organisation,
    replayed,
    with_tasks,
)

ROUNDS = 50


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act came to, all begun at the same moment; a refusal is an answer too."""
    start = Barrier(len(acts))

    def begin(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as threads:
        return [came.result() for came in [threads.submit(begin, act) for act in acts]]


def one_was_done(came: list[Any]) -> bool:
    return sorted(type(one) is Done for one in came) == [False, True]


# --- people --------------------------------------------------------------------------------------


def in_reviews(region: Region, count: int) -> list[int]:
    """So many executive decisions in review, each about a role of its own."""
    return [
        region.in_review(document=an_executive_decision(title=f"Uppdrag för roll {number}"))
        for number in range(count)
    ]


@pytest.mark.slow
def test_two_simultaneous_approvals_give_exactly_one_decision(anywhere: Region) -> None:
    anywhere.stands_in("mikael", on=FOUNDED, from_=FOUNDED)
    for charter in in_reviews(anywhere, ROUNDS):
        approve = partial(anywhere.decided, charter, on=DECIDED)
        assert one_was_done(at_once(partial(approve, by="helena"), partial(approve, by="mikael")))
        assert len(anywhere.decisions(charter)) == 1
        assert anywhere.papers(charter) == ["draft", "decision"]
        assert [row.act for row in anywhere.journal(charter)].count("approve") == 1


@pytest.mark.slow
def test_an_approval_racing_a_withdrawal_leaves_one_or_the_other(anywhere: Region) -> None:
    for charter in in_reviews(anywhere, ROUNDS):
        came = at_once(
            partial(anywhere.decided, charter, on=DECIDED),
            partial(anywhere.does, "sara", Act.WITHDRAW, charter, on=DECIDED),
        )
        assert one_was_done(came)
        state = anywhere.state(charter)
        assert state in (State.APPROVED, State.DRAFT)
        assert state is replayed(anywhere.journal(charter))
        assert len(anywhere.decisions(charter)) == (state is State.APPROVED)


@pytest.mark.parametrize("about", ["a role nothing was written of", "a group"])
def test_two_drafts_begun_at_once_leave_one(anywhere: Region, about: str) -> None:
    text = a_charter() if about == "a group" else an_executive_decision()
    came = at_once(
        partial(anywhere.draft, document=text, by="sara"),
        partial(anywhere.draft, document=text, by="elin"),
    )
    assert sorted(isinstance(one, Refusal) for one in came) == [False, True]


# --- the calendar --------------------------------------------------------------------------------

GROUPS = 24
MANY = "".join(
    f"""\
  - key: rad{number}
    name: Råd {number}
    from: 2026-01-05
    seats: [{{seat: coordinator, person: bo, from: 2026-01-05}}]
"""
    for number in range(GROUPS)
)


def many_due(engine: Engine) -> Region:
    """A region whose many groups each have a charter ending on 17 June 2031."""
    region = Region.founded(engine)
    with transaction(engine) as connection:
        many = organisation(ORGANISATION + MANY)
        load(connection, many, by="astrid", today=FOUNDED, now=moment(FOUNDED))
        groups = connection.execute(select(Group.id, Group.name).where(Group.key != "rorelse"))
        named = {row.id: row.name for row in groups}
    for group, name in named.items():
        region.recorded(
            group=None,
            group_id=group,
            document=a_charter(title=f"Uppdrag för {name}", group=name),
            decided_on=DECIDED,
        )
    return region


def successor_in_review(region: Region, group: str, *, on: date) -> tuple[int, int]:
    """The group's charter, and one in review to follow it."""
    coming = region.does("sara", Act.RENEW, on=on, group=group).charter_id
    region.submitted(coming, on=on, instead={1: "dag", 3: "gun"})
    return region.charter(coming).predecessor_id, coming


def sweep_in_small_batches(region: Region, on: date) -> None:
    """A worker of the calendar: takes a few at a time until nothing is due."""
    for sweep in (sweep_charters, sweep_groups):
        looked_at = 1
        while looked_at:
            with transaction(region.engine) as connection:
                at = region.sitting(connection, None, on)
                looked_at = sweep(connection, at, limit=3).looked_at


@pytest.mark.slow
def test_two_sweeps_side_by_side_send_each_letter_once(engine: Engine) -> None:
    region = many_due(engine)
    for day in (date(2030, 6, 17), date(2031, 3, 17), LAPSED, date(2031, 7, 18)):
        sweep = partial(sweep_in_small_batches, region, day)
        assert at_once(sweep, sweep) == [None, None]
    with reading(engine) as connection:
        sent = Counter(
            connection.execute(
                select(Outbox.letter, func.count())
                .where(Outbox.to_email == "bo@sjoviken.example", Outbox.charter_id.is_not(None))
                .group_by(Outbox.letter, Outbox.charter_id)
            ).tuples()
        )
        states = connection.execute(select(Charter.state)).scalars().all()
    assert sent == {
        ("renewal", 2): GROUPS,  # 12m and 3m; 6m was overtaken
        ("expired", 1): GROUPS,
        ("gap", 1): GROUPS,
    }
    assert set(states) == {State.EXPIRED}
    assert region.journal(act="put-off") == []


@pytest.mark.slow
def test_a_sweep_beside_the_approval_of_a_successor_leaves_both_whole(engine: Engine) -> None:
    region = many_due(engine)
    for number in range(GROUPS // 2):
        first, coming = successor_in_review(region, f"rad{number}", on=date(2031, 6, 2))
        _, done = at_once(
            partial(sweep_in_small_batches, region, LAPSED),
            partial(region.decided, coming, on=LAPSED),
        )
        assert isinstance(done, Done)
        assert region.state(first) in (State.EXPIRED, State.SUPERSEDED)
        assert replayed(region.journal(first)) is region.state(first)
        assert region.in_force(coming)[0] == LAPSED
        assert region.group(f"rad{number}").gap_since is None
    assert region.journal(act="put-off") == []


def corrected(region: Region, first: int, _group: str) -> Done:
    mended = with_tasks(region.text(first), "Följ väntetiderna.")
    return region.does(
        "helena", Act.CORRECT, first, on=LAST_DAY, document=mended, reason="Skrivfel."
    )


def discontinued(region: Region, first: int, _group: str) -> Done:
    return region.discontinued(first, on=LAST_DAY, effective_day=LAST_DAY)


def its_group_discontinued(region: Region, _first: int, group: str) -> Any:
    return region.discontinues_group("helena", group, on=LAST_DAY, effective_day=LAST_DAY)


def minded_by_the_calendar(region: Region, _first: int, _group: str) -> None:
    sweep_in_small_batches(region, LAST_DAY)


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", [corrected, discontinued, its_group_discontinued, minded_by_the_calendar]
)
def test_a_predecessors_decision_and_its_successors_never_wait_for_each_other(
    engine: Engine, what: Callable[[Region, int, str], Any]
) -> None:
    region = many_due(engine)
    for number in range(GROUPS // 2):
        first, coming = successor_in_review(region, f"rad{number}", on=date(2031, 6, 9))
        at_once(
            partial(region.decided, coming, on=LAST_DAY),
            partial(what, region, first, f"Råd {number}"),
        )
        for charter in (first, coming):
            assert replayed(region.journal(charter)) is region.state(charter)
        assert region.state(first) in (State.SUPERSEDED, State.DISCONTINUED)
    assert region.journal(act="put-off") == []


@pytest.mark.slow
def test_a_group_due_to_be_closed_is_closed_beside_a_decision_for_it(engine: Engine) -> None:
    region = many_due(engine)
    for number in range(GROUPS // 2):
        _, coming = successor_in_review(region, f"rad{number}", on=date(2031, 6, 9))
        region.discontinues_group(
            "helena", f"Råd {number}", on=date(2031, 6, 10), effective_day=LAST_DAY
        )
        _, came = at_once(
            partial(sweep_in_small_batches, region, LAST_DAY),
            partial(region.decided, coming, on=LAST_DAY),
        )
        assert isinstance(came, Refusal)
        assert region.state(coming) is State.DRAFT
        assert region.group(f"rad{number}").wake_on is None


# --- a crash -------------------------------------------------------------------------------------


class Crash(Exception):
    """The machine stops."""


def approved_in_a_machine_that_stops(region: Region, charter: int) -> None:
    with transaction(region.engine) as connection:
        at = region.sitting(connection, "helena", DECIDED)
        carry_out(connection, charter, Act.APPROVE, at=at, conflict=False)
        raise Crash


def test_a_crash_right_after_an_act_leaves_nothing_of_it(anywhere: Region) -> None:
    charter = anywhere.in_review()
    before = anywhere.everything()
    with pytest.raises(Crash):
        approved_in_a_machine_that_stops(anywhere, charter)
    assert anywhere.everything() == before


JAM = {
    "sqlite": "CREATE TRIGGER jammed BEFORE INSERT ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'jammed'); END",
    "postgresql": "CREATE FUNCTION jammed() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'jammed'; END $$; "
    "CREATE TRIGGER jammed BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION jammed()",
}
UNJAM = {"sqlite": "DROP TRIGGER jammed", "postgresql": "DROP FUNCTION jammed CASCADE"}


def say(region: Region, in_its_tongue: dict[str, str], **what: str) -> None:
    with transaction(region.engine) as connection:
        said = in_its_tongue[connection.dialect.name]
        connection.exec_driver_sql(said.format(**what))


@pytest.mark.parametrize("table", ["decisions", "papers", "journal", "recipients", "outbox"])
def test_a_failure_in_the_middle_of_an_act_leaves_nothing_of_it(
    anywhere: Region, table: str
) -> None:
    first = anywhere.distributed()
    second = anywhere.does("sara", Act.RENEW, on=LAPSED - 90 * DAY, group="rorelse").charter_id
    anywhere.submitted(second, on=LAPSED - 90 * DAY)
    say(anywhere, JAM, table=table)
    before = anywhere.everything()
    with pytest.raises(DatabaseError, match="jammed"):
        anywhere.decided(second, on=LAPSED - 60 * DAY)
    assert anywhere.everything() == before
    assert anywhere.in_force(first) == (DECIDED, LAST_DAY)


def test_a_sweep_that_fails_for_a_charter_leaves_it_as_it_was_and_tries_again_tomorrow(
    anywhere: Region,
) -> None:
    charter = anywhere.distributed()
    say(anywhere, JAM, table="outbox")
    assert anywhere.sweep(LAPSED).put_off == 1
    assert anywhere.state(charter) is State.DISTRIBUTED
    [put_off] = anywhere.journal(charter, "put-off")
    assert "jammed" in put_off.reason
    say(anywhere, UNJAM)
    anywhere.sweep(LAPSED + DAY)
    assert anywhere.state(charter) is State.EXPIRED
    assert len(anywhere.letters(Letter.EXPIRED, on=LAPSED + DAY)) == 7


def test_a_sweep_that_cannot_even_say_what_failed_leaves_nothing(anywhere: Region) -> None:
    anywhere.distributed()
    say(anywhere, JAM, table="journal")
    before = anywhere.everything()
    with pytest.raises(DatabaseError, match="jammed"):
        anywhere.sweep(LAPSED)
    assert anywhere.everything() == before
