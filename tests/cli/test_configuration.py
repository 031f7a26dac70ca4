"""`mandat check-config`: what it explains, what it tries, and that it changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from casework.configuration import FOR
from casework.settings import Settings
from tests.cli.terminal import Terminal
from tests.notifications.relay_server import script, serving
from tests.web.openid.forger import forging


def found(terminal: Terminal, can_run: bool = True) -> dict[str, list[tuple[str, str]]]:
    """What was found, by what it is about: each level and sentence."""
    answer = terminal.run(("check-config", "--json"))
    assert answer.code == (0 if can_run else 1), answer.out
    assert answer.json["can_run"] is can_run
    about: dict[str, list[tuple[str, str]]] = {}
    for one in answer.json["findings"]:
        about.setdefault(one["about"], []).append((one["level"], one["what"]))
    return about


def setting(terminal: Terminal, name: str) -> Any:
    told = terminal.json("check-config")
    return next(one for one in told["settings"] if one["name"] == name)


def test_every_setting_is_explained_in_both_languages() -> None:
    assert list(FOR) == list(Settings.model_fields)
    for words in FOR.values():
        assert words.sv != words.en
        assert words.sv.endswith((".", "…"))


def test_it_says_where_a_value_comes_from_and_shows_no_secret(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANDAT_RELAY_PASSWORD", "s3cret")
    monkeypatch.setenv("MANDAT_ORGANISATION", "Region Norrvik")
    assert setting(terminal, "MANDAT_ORGANISATION")["value"] == "Region Norrvik"
    assert setting(terminal, "MANDAT_ORGANISATION")["source"] == "environment"
    assert setting(terminal, "MANDAT_ZONE")["source"] == "default"
    assert "s3cret" not in terminal.type("check-config").out
    monkeypatch.setenv("MANDAT_DATABASE_URL", "postgresql://mandat:s3cret@127.0.0.1:1/mandat")
    assert "s3cret" not in terminal.run(("check-config",)).out


def test_a_newcomer_may_run_it_and_is_told_what_is_provisional(
    terminal: Terminal, tmp_path: Path
) -> None:
    said = found(terminal)
    assert said["database"][0][0] == "note"
    assert said["seal"][0][0] == "note"
    assert "MANDAT_RELAY_HOST" in said["mail"][0][1]
    assert list(tmp_path.iterdir()) == [], "nothing was made"


def test_a_database_in_use_is_well_and_one_that_is_newer_stops_it(terminal: Terminal) -> None:
    terminal.organised()
    assert found(terminal)["database"][0][0] == "good"
    import sqlite3

    with sqlite3.connect(terminal.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert found(terminal, can_run=False)["database"][0][0] == "error"


@pytest.mark.parametrize(
    ("variable", "value", "about"),
    [
        ("MANDAT_DATABASE_URL", "mysql://somewhere/mandat", "database"),
        ("MANDAT_DATABASE_URL", "postgresql://127.0.0.1:1/mandat", "database"),
        ("MANDAT_SEAL_CERTIFICATE", "missing.pem", "seal"),
        ("MANDAT_WORD_TEMPLATE", "missing.docx", "papers"),
        ("MANDAT_LOGO", "missing.png", "papers"),
        ("MANDAT_ZONE", "Europe/Nowhere", "zone"),
        ("MANDAT_MAIL_FOLDER", "pyproject.toml/mail", "folders"),
        ("MANDAT_RELAY_HOST", "relay.invalid", "mail"),
        ("MANDAT_PREFECT_PORT", "8080", "web"),
    ],
)
def test_what_could_not_run_is_said_and_ends_in_code_1(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, about: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert "error" in [level for level, _ in found(terminal, can_run=False)[about]]


def test_a_relay_is_tried_as_a_delivery_would_and_gets_no_letter(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = script()
    monkeypatch.setenv("MANDAT_RELAY_HOST", "127.0.0.1")
    monkeypatch.setenv("MANDAT_RELAY_SECURITY", "none")
    with serving(play) as port:
        monkeypatch.setenv("MANDAT_RELAY_PORT", str(port))
        levels = [level for level, _ in found(terminal)["mail"]]
    assert levels == ["warning", "good"], "the sender is still the example"
    assert play.connections == 1
    assert play.received == []


def test_a_relay_that_wants_no_unprotected_login_stops_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANDAT_RELAY_HOST", "mail.sjoviken.example")
    monkeypatch.setenv("MANDAT_RELAY_SECURITY", "none")
    assert "MANDAT_RELAY" in found(terminal, can_run=False)["mail"][-1][1]


def test_a_provider_is_asked_about_itself_and_nothing_more(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MANDAT_OPENID_CLIENT_ID", "mandat")
    assert "MANDAT_OPENID_ISSUER" in found(terminal)["login"][0][1]
    with forging() as forger:
        monkeypatch.setenv("MANDAT_OPENID_ISSUER", forger.issuer)
        monkeypatch.setenv("MANDAT_ADDRESS", "https://mandat.example")
        ((level, words),) = found(terminal)["login"]
        assert level == "good"
        assert "https://mandat.example/login/openid/back" in words
        assert dict(forger.asked) == {"/.well-known/openid-configuration": 1}
        monkeypatch.setenv("MANDAT_OPENID_CLIENT_SECRET_FILE", "missing")
        ((level, words),) = found(terminal, can_run=False)["login"]
        assert level == "error"
        assert "MANDAT_OPENID_CLIENT_SECRET_FILE" in words
        monkeypatch.delenv("MANDAT_OPENID_CLIENT_SECRET_FILE")
    ((level, words),) = found(terminal, can_run=False)["login"]
    assert level == "error"
    assert "svarar inte" in words


def test_a_provider_that_could_let_nobody_in_stops_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANDAT_LOGIN_CODES", "no")
    assert "Ingen kan logga in" in found(terminal, can_run=False)["login"][0][1]
    monkeypatch.setenv("MANDAT_OPENID_ISSUER", "http://id.sjoviken.example")
    said = [words for level, words in found(terminal, can_run=False)["login"] if level == "error"]
    assert "MANDAT_OPENID_CLIENT_ID" in said[0]
    assert "utan kryptering" in said[1]


def test_a_setting_misspelt_is_pointed_out_and_one_that_will_not_do_is_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANDAT_RELAY_HSOT", "mail.sjoviken.example")
    assert "MANDAT_RELAY_HOST?" in found(terminal)["settings"][0][1]
    monkeypatch.setenv("MANDAT_PORT", "many")
    assert "MANDAT_PORT är 'many'" in terminal.refused("check-config").err
