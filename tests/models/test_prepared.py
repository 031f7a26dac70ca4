"""Prepared statements: they answer, write and fail as SQLAlchemy's own do."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, bindparam, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.many import Insertion, among
from models.prepared import Prepared
from models.session import CannotRemember, reading, transaction
from models.tables import Charter, Group, Journal, Subject
from statemachine.vocabulary import State
from tests.conftest import Server
from tests.models.memory import NOW, TODAY, recorded, row, subject

CHARTERS = select(Charter).where(among(Charter.id, "charters")).order_by(Charter.id)
OF_THE_SUBJECT = update(Charter).where(
    Charter.subject_id == bindparam("subject"), Charter.state == State.DISTRIBUTED
)


def role(title: str) -> dict[str, Any]:
    """A subject that is no group."""
    return {"group_id": None, "title": title}


def test_an_answer_is_as_sqlalchemy_reads_it(memory: Connection) -> None:
    charters = [recorded(memory, subject(memory, key)) for key in ("vard", "halsa")]
    theirs = memory.execute(CHARTERS, {"charters": charters}).all()
    ours = Prepared(CHARTERS).rows(memory, charters=charters)
    assert [one._asdict() for one in ours] == [one._asdict() for one in theirs]


def test_a_moment_comes_back_with_its_zone(memory: Connection) -> None:
    row(memory, Journal, at=NOW, day=TODAY, act="note", name="Anna Ek", role="handler", details={})
    (entry,) = Prepared(select(Journal)).rows(memory)
    assert entry.at == NOW
    assert entry.details == {}


def test_the_first_row_and_its_first_value_may_be_missing(memory: Connection) -> None:
    called = Prepared(select(Group.id, Group.name).where(Group.key == bindparam("key")))
    assert called.first(memory, key="vard") is None
    assert called.value(memory, key="vard") is None
    subject(memory, "vard")
    group = called.first(memory, key="vard")
    assert group is not None
    assert called.value(memory, key="vard") == group.id


def test_only_the_columns_that_are_named_are_written(memory: Connection) -> None:
    about = subject(memory)
    charter = recorded(memory, about)
    before = memory.execute(CHARTERS, {"charters": [charter]}).one()
    written = Prepared(OF_THE_SUBJECT).write(
        memory, {"wake_on": TODAY, "instead": {"1": "anna"}, "subject": about}
    )
    after = memory.execute(CHARTERS, {"charters": [charter]}).one()
    assert written == 1
    assert after._asdict() == before._asdict() | {"wake_on": TODAY, "instead": {"1": "anna"}}
    assert Prepared(OF_THE_SUBJECT).write(memory, {"wake_on": None, "subject": 0}) == 0


def test_a_question_begins_the_transaction_it_is_asked_in(engine: Engine) -> None:
    count = Prepared(select(func.count().label("subjects")).select_from(Subject))
    with reading(engine) as looking:
        assert count.value(looking) == 0
        with transaction(engine) as connection:
            subject(connection)
        assert count.value(looking) == 0


def test_whoever_listens_to_the_engine_hears_every_statement(engine: Engine) -> None:
    heard: list[tuple[str, bool]] = []

    def hear(*statement: Any) -> None:
        heard.append((statement[2].split(" ", 1)[0], statement[5]))

    for moment in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(engine, moment, hear)
    with transaction(engine) as connection:
        Insertion(Subject).write(connection, [role("Chefläkare")])
        Insertion(Subject).write(connection, [role("Vårdchef"), role("Stabschef")])
        Prepared(select(Subject.id)).rows(connection)
    assert heard == [("INSERT", False)] * 2 + [("INSERT", True)] * 2 + [("SELECT", False)] * 2


def test_a_fault_is_called_what_sqlalchemy_calls_it(memory: Connection) -> None:
    memory.execute(insert(Subject).values(title="Chefläkare"))
    with pytest.raises(IntegrityError) as ours:
        Insertion(Subject).write(memory, [role("Chefläkare")])
    assert "INSERT INTO subjects" in str(ours.value)


def test_a_connection_that_is_lost_is_said_in_words_and_not_used_again(
    postgresql: Server, postgresql_engine: Engine
) -> None:
    count = Prepared(select(func.count().label("subjects")).select_from(Subject))

    def lose() -> None:
        with transaction(postgresql_engine) as connection:
            number = connection.scalar(text("SELECT pg_backend_pid()"))
            postgresql.say(f"SELECT pg_terminate_backend({number})")
            count.value(connection)

    with pytest.raises(CannotRemember) as lost:
        lose()
    assert isinstance(lost.value.__cause__, DBAPIError)
    assert lost.value.__cause__.connection_invalidated
    with reading(postgresql_engine) as connection:
        assert count.value(connection) == 0
