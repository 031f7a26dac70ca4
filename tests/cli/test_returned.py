"""Returned mail from a terminal: read, told in words or JSON, and never half taken in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from models.session import engine_for
from notifications.carriers.recording import RecordingCarrier
from notifications.compose import Sender
from notifications.marks import of_letter
from notifications.outbox import deliver
from tests.cli.terminal import Terminal
from tests.notifications import returned_mail as arrived


@dataclass(frozen=True)
class Posted:
    """A terminal whose letters have left, and the first of them."""

    terminal: Terminal
    letter: arrived.Letter
    folder: Path

    def lies(self, name: str, body: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(body)
        return path


@pytest.fixture
def posted(terminal: Terminal, tmp_path: Path) -> Posted:
    terminal.organised().submitted()
    carrier = RecordingCarrier()
    engine = engine_for(f"sqlite:///{terminal.database}")
    now = datetime.now(UTC)
    sender = Sender.of("Mandat <mandat@sjoviken.example>", domain="sjoviken.example")
    deliver(engine, carrier, now=lambda: now, sender=sender, worker="the post")
    engine.dispose()
    sent = carrier.carried[0]
    folder = tmp_path / "returned"
    folder.mkdir()
    return Posted(
        terminal,
        arrived.Letter(
            to=sent.envelope_to,
            mark=of_letter(sent.message),
            message_id=str(message_from_bytes(sent.message)["Message-ID"]),
        ),
        folder,
    )


def test_returned_mail_is_read_and_told(posted: Posted) -> None:
    bounce = posted.lies("1.eml", arrived.postfix(posted.letter))
    away = posted.lies("2.eml", arrived.away(posted.letter))
    refused = posted.terminal.refused("returns", "read", bounce, posted.folder / "none.eml")
    assert "none.eml går inte att läsa" in refused.err
    told = posted.terminal.json("returns", "read", bounce, away)
    assert (told["read"], told["bounced"], told["automatic"]) == (2, 1, 1)
    (first, _) = told["messages"]
    assert (first["became"], first["suppressed"], first["told"]) == ("bounced", True, 1)

    again = posted.terminal.type("returns", "read", bounce)
    assert "redan känt 1" in again.out
    assert posted.letter.to in again.out

    reply = posted.lies("3.eml", arrived.reply(posted.letter))
    asks = posted.terminal.run(("returns", "read", str(posted.folder)))
    assert asks.code == 2
    assert "Lästa: 3." in asks.out
    assert "1 ligger kvar för en människa att se på." in asks.out
    assert reply.exists()


def test_files_or_the_mailbox_are_asked_for(terminal: Terminal) -> None:
    assert "--mailbox" in terminal.refused("returns", "read").err
    assert "--mailbox" in terminal.refused("returns", "read", "x.eml", "--mailbox").err


def test_a_mailbox_that_is_not_set_is_said_in_a_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "MANDAT_RETURNS_HOST" in terminal.refused("returns", "read", "--mailbox").err
    monkeypatch.setenv("MANDAT_RETURNS_HOST", "imap.sjoviken.example")
    assert "MANDAT_RETURNS_USER" in terminal.refused("returns", "read", "--mailbox").err
    monkeypatch.setenv("MANDAT_RETURNS_USER", "mandat")
    monkeypatch.setenv("MANDAT_RETURNS_PASSWORD_FILE", str(tmp_path / "none"))
    assert "går inte att läsa" in terminal.refused("returns", "read", "--mailbox").err
