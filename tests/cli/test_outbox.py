"""`mandat outbox` and `mandat inbox`: how letters fare, in words and JSON, and what people do."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from models.session import engine_for, transaction
from models.tables import Channel, Suppression
from notifications.carriers import Carrier, ChannelDown, NotDelivered, Rejected
from notifications.carriers.folder import FolderCarrier
from notifications.carriers.recording import RecordingCarrier
from notifications.compose import Sender
from notifications.facts import LoginCode
from notifications.outbox import Delivery, LetterToPost, Paused, deliver, post
from notifications.preview import sample
from statemachine.vocabulary import Letter
from tests.cli.terminal import Terminal

LOGIN = ChannelDown("5.7.8 Authentication credentials invalid", 535)
BY = ("--by", "sara.nyberg", "--reason", "Ringde växeln.")


def now() -> datetime:
    return datetime.now(UTC)


def delivered(
    terminal: Terminal, answers: Iterable[NotDelivered | None] = (), carrier: Carrier | None = None
) -> Delivery:
    """The outbox is delivered, the relay answering so."""
    engine = engine_for(f"sqlite:///{terminal.database}")
    try:
        return deliver(
            engine,
            carrier or RecordingCarrier(answers),
            now=now,
            sender=Sender("Mandat", "mandat@sjoviken.example", "sjoviken.example"),
            worker="the post",
            chance=random.Random(1),
        )
    finally:
        engine.dispose()


def writes(terminal: Terminal, *statements: Any) -> None:
    engine = engine_for(f"sqlite:///{terminal.database}")
    with transaction(engine) as connection:
        for statement in statements:
            connection.execute(statement)
    engine.dispose()


# --- list and show -------------------------------------------------------------------------------


def test_an_outbox_with_nothing_in_it_says_so(terminal: Terminal) -> None:
    said = terminal.organised().type("outbox", "list").out.splitlines()
    assert said[0] == "Breven går. 0 väntar."
    assert "--state sent" in said[1]


def test_letters_that_wait_are_listed_and_shown(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    told = terminal.json("outbox", "list")
    assert told["channel"] == {"runs": True, "held": False}
    (letter,) = told["letters"]
    assert (letter["letter"], letter["state"], letter["charter"]) == (
        "decision_request",
        "pending",
        number,
    )
    assert "begäran om beslut" in terminal.type("outbox", "list", "--charter", number).out
    shown = terminal.type("outbox", "show", letter["number"]).out
    assert "Helena Ask" in shown
    assert "http://127.0.0.1:8080/links/" in shown


def test_a_sent_letter_is_shown_with_its_headers_and_what_was_answered(
    terminal: Terminal,
) -> None:
    terminal.organised().submitted()
    delivered(terminal)
    assert terminal.json("outbox", "list")["letters"] == []
    (letter,) = terminal.json("outbox", "list", "--state", "sent")["letters"]
    shown = terminal.json("outbox", "show", letter["number"])
    assert shown["headers"]["Subject"].startswith("Beslut behövs")
    assert [one["result"] for one in shown["attempts"]] == ["accepted"]
    assert shown["attached"]
    assert "Hej Helena Ask" in shown["text"]
    assert "bytes" not in shown


def test_a_login_code_is_shown_to_nobody(terminal: Terminal) -> None:
    terminal.organised()
    facts = sample(Letter.LOGIN_CODE).model_copy(update={"login": LoginCode(code="135 790")})
    engine = engine_for(f"sqlite:///{terminal.database}")
    with transaction(engine) as connection:
        letter = LetterToPost(
            letter=Letter.LOGIN_CODE, to_name="Helena", to_email="h@sjoviken.example", facts=facts
        )
        post(connection, [letter], now=now(), today=now().date(), domain="sjoviken.example")
    engine.dispose()
    for _ in ("waiting", "sent"):
        for told in (
            terminal.type("outbox", "show", 1).out,
            terminal.type("outbox", "show", 1, "--json").out,
            terminal.type("outbox", "list", "--json").out,
        ):
            assert "135 790" not in told
            assert "135790" not in told
        delivered(terminal)


def test_letters_that_stand_still_are_the_first_line_and_an_alarm_in_time(
    terminal: Terminal,
) -> None:
    terminal.organised().submitted()
    with pytest.raises(Paused):
        delivered(terminal, [LOGIN])
    first = terminal.type("outbox", "list").out.splitlines()[0]
    assert first.startswith("Breven står stilla sedan ")
    assert "5.7.8 Authentication credentials invalid. 1 väntar. Nästa försök" in first
    writes(terminal, update(Channel).values(down_since=now() - timedelta(minutes=16)))
    assert terminal.type("outbox", "list").out.startswith("LARM: Breven står stilla sedan ")
    channel = terminal.json("outbox", "list")["channel"]
    assert (channel["runs"], channel["alarm"], channel["code"]) == (False, True, 535)
    terminal.type("outbox", "try-now", "--by", "astrid.wall", "--reason", "Nytt lösenord.")
    assert delivered(terminal).sent == 1
    assert terminal.type("outbox", "list").out.startswith("Breven går.")


# --- what people do ------------------------------------------------------------------------------


def test_a_refused_letter_is_sent_again_and_is_no_longer_listed(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    delivered(terminal, [Rejected("5.1.1 No such user", 550)])
    (dead,) = terminal.json("outbox", "list")["letters"]
    assert (dead["state"], dead["code"]) == ("dead", 550)
    again = terminal.json(
        "outbox", "retry", dead["number"], "--email", "h.ask@sjoviken.example", *BY
    )
    (new,) = terminal.json("outbox", "list")["letters"]
    assert (new["number"], new["email"]) == (again["new_letter"], "h.ask@sjoviken.example")
    assert terminal.json("outbox", "show", dead["number"])["sent_again_as"] == new["number"]
    assert terminal.json("outbox", "show", new["number"])["in_place_of"] == dead["number"]
    assert terminal.json("history", number)[-1]["act"] == "outbox-retry"
    refused = terminal.refused("outbox", "retry", dead["number"], *BY)
    assert "redan skickats på nytt" in refused.err


def test_a_letter_that_waits_is_cancelled(terminal: Terminal) -> None:
    terminal.organised().submitted()
    assert "inställt" in terminal.type("outbox", "cancel", 1, *BY).out
    assert delivered(terminal).sent == 0


def test_someone_on_the_list_is_reached_otherwise_or_given_up(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    terminal.type("approve", number, "--by", "helena.ask", "--no-conflict")
    listed = [
        one["number"]
        for one in terminal.json("outbox", "list", "--charter", number)["letters"]
        if one["letter"] == "distribution"
    ]
    how = ("--by", "sara.nyberg", "--how", "Överlämnad på mötet.")
    terminal.type("outbox", "reached-otherwise", listed[0], *how)
    terminal.type("outbox", "give-up", listed[1], *BY)
    outcomes = {one["outcome"]: one["note"] for one in terminal.json("show", number)["recipients"]}
    assert outcomes["reached_otherwise"] == "Sara Nyberg: Överlämnad på mötet."
    assert outcomes["given_up"] == "Sara Nyberg: Ringde växeln."
    assert "nådd på annat sätt" in terminal.type("show", number).out


def test_suppressions_are_listed_and_lifted(terminal: Terminal) -> None:
    terminal.organised()
    assert "Inga adresser" in terminal.type("outbox", "suppressions").out
    address = "gone@sjoviken.example"
    writes(
        terminal,
        insert(Suppression).values(email_folded=address, reason="5.1.1 gone", since=now()),
    )
    assert address in terminal.type("outbox", "suppressions").out
    (told,) = terminal.json("outbox", "suppressions")
    assert told["reason"] == "5.1.1 gone"
    terminal.type("outbox", "lift", address, "--by", "astrid.wall", "--reason", "Tillbaka.")
    assert terminal.json("outbox", "suppressions") == []


WRONG: list[tuple[object, ...]] = [
    ("outbox", "list", "--state", "asleep"),
    ("outbox", "list", "--charter", 99),
    ("outbox", "show", 99),
    ("outbox", "retry", 99, *BY),
    ("outbox", "retry", 1, "--by", "nobody.here", "--reason", "x"),
    ("outbox", "retry", 1, "--by", "elin.sandberg", "--reason", "x"),
    ("outbox", "retry", 1, "--email", "not an address", *BY),
    ("outbox", "cancel", 1, "--by", "sara.nyberg"),
    ("outbox", "reached-otherwise", 1, "--by", "sara.nyberg", "--how", "ringde"),
    ("outbox", "lift", "nobody@sjoviken.example", "--by", "astrid.wall", "--reason", "x"),
    ("outbox", "try-now", "--by", "astrid.wall", "--reason", "x"),
    ("inbox", "--open", 1),
]


def test_what_cannot_be_done_gets_a_sentence_and_changes_nothing(terminal: Terminal) -> None:
    number = terminal.organised().submitted()
    before = (terminal.json("outbox", "show", 1), terminal.json("history", number))
    for words in WRONG:
        assert terminal.refused(*words).out == "", words
    assert (terminal.json("outbox", "show", 1), terminal.json("history", number)) == before


# --- the inbox -----------------------------------------------------------------------------------


@pytest.fixture
def folder(terminal: Terminal, tmp_path: Path) -> Path:
    """The folder letters are written to while there is no relay."""
    number = terminal.organised().submitted()
    terminal.type("approve", number, "--by", "helena.ask", "--no-conflict")
    delivered(terminal, carrier=FolderCarrier(tmp_path / "mail"))
    return tmp_path / "mail"


def test_an_empty_inbox_says_how_letters_come_there(terminal: Terminal) -> None:
    assert "mandat deliver" in terminal.type("inbox").out
    assert terminal.json("inbox") == []


def test_the_folder_s_letters_are_listed_newest_first_and_opened(
    terminal: Terminal, folder: Path
) -> None:
    told = terminal.json("inbox")
    assert len(told) == len(list(folder.glob("*.eml")))
    assert [one["at"] for one in told] == sorted((one["at"] for one in told), reverse=True)
    assert told[0]["subject"] in terminal.type("inbox").out.replace("\n", " ")
    opened = terminal.json("inbox", "--open", 1)
    assert opened["headers"]["Subject"] == told[0]["subject"]
    assert opened["text"].split()[0] in ("Hej", "Dear")
    assert "Hej" in terminal.type("inbox", "--open", 1).out


def test_a_letter_in_the_folder_is_not_said_to_be_accepted_by_a_relay(
    terminal: Terminal, folder: Path
) -> None:
    shown = terminal.json("show", 1)
    assert {one["outcome"] for one in shown["recipients"]} == {"written"}
    listed = next(one["number"] for one in shown["letters"] if one["letter"] == "distribution")
    for words in (("show", 1), ("outbox", "show", listed), ("why", listed)):
        said = terminal.type(*words).out
        assert "brevmappen" in said
        assert "mottagen av e-postservern" not in said
        assert "reläet svarade" not in said


def test_one_reader_s_letters_are_picked_out(terminal: Terminal, folder: Path) -> None:
    everyone = terminal.json("inbox")
    to = everyone[0]["to"]
    theirs = terminal.json("inbox", "--reader", to.split("<")[1].rstrip(">").upper())
    assert {one["to"] for one in theirs} == {to}
    assert len(theirs) < len(everyone)
    assert "Inga brev till" in terminal.type("inbox", "--reader", "nobody").out


ODD = {
    "empty": b"",
    "no headers": b"no headers here",
    "commands to a terminal": b"Subject: \x1b[31mred\r\nDate: yesterday\r\n\r\n\x1b[2J",
    "no text": b"\xff" * 99,
}


def test_a_file_that_is_no_letter_is_shown_as_far_as_it_goes(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "mail").mkdir()
    for name, holds in ODD.items():
        (tmp_path / "mail" / f"{name}.eml").write_bytes(holds)
    assert {Path(one["file"]).stem for one in terminal.json("inbox")} == set(ODD)
    assert "\x1b" not in terminal.type("inbox").out
    for number, _ in enumerate(ODD, start=1):
        assert "\x1b" not in terminal.type("inbox", "--open", number).out
