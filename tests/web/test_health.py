"""What the service answers those who watch over it."""

from pathlib import Path

from sqlalchemy import Engine, text

from models.session import transaction
from statemachine.words import Words
from tests.web.conftest import Browser, Clockwork


def causes(browser: Browser) -> list[str]:
    answer = browser.get("/readyz")
    assert answer.status_code == (503 if answer.json()["reasons"] else 200)
    assert answer.json()["ready"] is not bool(answer.json()["reasons"])
    return [reason["cause"] for reason in answer.json()["reasons"]]


def test_a_service_that_goes_as_it_should_is_ready(browser: Browser) -> None:
    assert causes(browser) == []


def test_what_is_late_is_a_reason_in_both_languages(browser: Browser, clockwork: Clockwork) -> None:
    clockwork.is_late("letters", "Brev väntar.", "Letters wait.")
    [reason] = browser.get("/readyz").json()["reasons"]
    assert reason == {"cause": "letters", "sv": "Brev väntar.", "en": "Letters wait."}
    assert causes(browser) == ["letters"]


def test_a_clockwork_that_does_not_go_is_a_reason_beside_the_others(
    browser: Browser, clockwork: Clockwork
) -> None:
    clockwork.troubled_by.append(Words("Servern svarar inte.", "The server does not answer."))
    clockwork.is_late("letters", "Brev väntar.", "Letters wait.")
    assert causes(browser) == ["clockwork", "letters"]


def test_a_database_of_another_shape_is_not_ready(browser: Browser, sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert causes(browser) == ["migrations"]
    with transaction(sqlite_engine) as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert causes(browser) == ["migrations"]


def test_a_database_that_is_away_is_not_ready_but_alive(
    browser: Browser, sqlite_engine: Engine
) -> None:
    sqlite_engine.dispose()
    assert sqlite_engine.url.database is not None
    Path(sqlite_engine.url.database).write_bytes(b"no database at all, read it as one may" * 100)
    assert causes(browser) == ["database"]
    assert browser.get("/livez").json() == {"alive": True}
