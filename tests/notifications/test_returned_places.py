"""Returned mail is found where it lies, settled there, and never deleted."""

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from notifications.returns.mailbox import Mailbox, MailboxClosed, opened
from notifications.returns.places import NoReturnedMail, Settled, lying_in
from notifications.returns.reading import MOST_BYTES, Kind, read_returned
from tests.notifications import returned_mail as arrived
from tests.notifications.mailbox_server import Box, serving

LETTER = arrived.Letter()
BOUNCE, AWAY, REPLY = arrived.postfix(LETTER), arrived.away(LETTER), arrived.reply(LETTER)
TOO_LARGE = b"Subject: x\r\n\r\n" + b"x" * 10 * 2**20


def kinds(path: Path) -> list[Kind]:
    return [read_returned(message.body).kind for message in lying_in(path)]


# --- files --------------------------------------------------------------------------------------


def test_a_file_is_one_message_and_is_left_as_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "studs.eml"
    file.write_bytes(BOUNCE)
    (message,) = lying_in(file)
    message.settle(Settled.DEALT_WITH)
    assert (message.name, message.body) == (str(file), BOUNCE)
    assert file.read_bytes() == BOUNCE


def test_a_folder_is_its_mails_in_order(tmp_path: Path) -> None:
    for name, body in (("b.eml", AWAY), ("a.eml", BOUNCE), ("c.txt", REPLY)):
        (tmp_path / name).write_bytes(body)
    assert kinds(tmp_path) == [Kind.BOUNCE, Kind.AUTOMATIC]


def test_an_mbox_is_read_message_by_message(tmp_path: Path) -> None:
    mbox = tmp_path / "mandat"
    quoted = REPLY + b"\r\n>From here on\r\n"
    mbox.write_bytes(
        b"".join(
            b"From MAILER-DAEMON Wed Jun 17 10:00:00 2026\n" + body + b"\n"
            for body in (BOUNCE, TOO_LARGE, AWAY, quoted)
        )
    )
    first, large, _, last = lying_in(mbox)
    assert read_returned(first.body) == read_returned(BOUNCE)
    assert len(large.body) > MOST_BYTES
    assert b"\nFrom here on" in last.body
    assert kinds(mbox) == [Kind.BOUNCE, Kind.NOT_UNDERSTOOD, Kind.AUTOMATIC, Kind.REPLY]


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "large.eml"
    file.write_bytes(TOO_LARGE)
    (message,) = lying_in(file)
    assert len(message.body) == MOST_BYTES + 1


@pytest.mark.parametrize("name", ["there is none", "."])
def test_what_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    if name == ".":
        (tmp_path / "folder.eml").mkdir()
    with pytest.raises(NoReturnedMail, match="cannot be read"):
        list(lying_in(tmp_path / name))


# --- a Maildir ----------------------------------------------------------------------------------


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
    for name, body in (("1.a", BOUNCE), ("2.b", REPLY), ("3.c", AWAY)):
        (tmp_path / "new" / name).write_bytes(body)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_in_a_maildir_what_is_read_moves_on_with_its_flags(maildir: Path) -> None:
    how = iter((Settled.DEALT_WITH, Settled.FOR_PEOPLE, Settled.LATER))
    for message in lying_in(maildir):
        message.settle(next(how))
    assert names(maildir / "new") == ["3.c"]
    assert names(maildir / "cur") == ["1.a:2,RS", "2.b:2,F"]
    assert (maildir / "cur" / "1.a:2,RS").read_bytes() == BOUNCE


def test_two_readers_of_one_maildir_do_not_stumble_over_each_other(maildir: Path) -> None:
    one, other = lying_in(maildir), lying_in(maildir)
    mine, same = next(one), next(other)
    mine.settle(Settled.DEALT_WITH)
    same.settle(Settled.DEALT_WITH)
    for message in one:
        message.settle(Settled.DEALT_WITH)
    assert list(other) == []
    assert len(names(maildir / "cur")) == 3


# --- a mailbox ----------------------------------------------------------------------------------


@dataclass
class Reading:
    """A mailbox, and the certificates of its server."""

    box: Box
    context: ssl.SSLContext
    mailbox: Mailbox

    def read(
        self, *how: Settled, most: int = 200, starttls: bool = False, **more: Any
    ) -> list[bytes]:
        """The messages, each settled in turn as said."""
        bodies = []
        ways = iter(how)
        with serving(self.box, self.context, starttls=starttls) as port:
            security: Any = "starttls" if starttls else "tls"
            mailbox = replace(self.mailbox, port=port, security=security, **more)
            with opened(mailbox, most) as messages:
                for message in messages:
                    bodies.append(message.body)
                    message.settle(next(ways, Settled.LATER))
        return bodies


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    return context, str(trusted)


@pytest.fixture
def reading(certified: tuple[ssl.SSLContext, str]) -> Reading:
    context, trusted = certified
    box = Box()
    box.receives(BOUNCE, REPLY, AWAY)
    return Reading(
        box,
        context,
        Mailbox("127.0.0.1", "mandat", "hemligt", timeout=10, authorities=trusted),
    )


@pytest.mark.parametrize("starttls", [False, True], ids=["tls", "starttls"])
def test_a_mailbox_is_read_over_an_encrypted_line(reading: Reading, starttls: bool) -> None:
    assert reading.read(starttls=starttls) == [BOUNCE, REPLY, AWAY]
    assert reading.box.flags() == [set(), set(), set()]


def test_what_was_read_is_flagged_and_not_read_again(reading: Reading) -> None:
    reading.read(Settled.DEALT_WITH, Settled.FOR_PEOPLE, Settled.LATER)
    assert reading.box.flags() == [{"\\Answered", "\\Seen"}, {"\\Flagged"}, set()]
    assert reading.read() == [AWAY]


@pytest.mark.parametrize("exists", [True, False])
def test_what_was_dealt_with_is_moved_where_the_settings_say(
    reading: Reading, exists: bool
) -> None:
    if exists:
        reading.box.folders.add("Mandat/Klart")
    reading.read(Settled.DEALT_WITH, Settled.FOR_PEOPLE, dealt_with="Mandat/Klart")
    assert [one.folder for one in reading.box.messages.values()] == [
        "Mandat/Klart",
        "INBOX",
        "INBOX",
    ]


def test_on_a_server_that_cannot_move_it_is_only_flagged(reading: Reading) -> None:
    reading.box.can_move = False
    reading.read(Settled.DEALT_WITH, dealt_with="Klart")
    assert reading.box.messages[1].folder == "INBOX"
    assert "\\Answered" in reading.box.messages[1].flags


def test_nothing_is_ever_deleted(reading: Reading) -> None:
    reading.read(*[Settled.DEALT_WITH] * 3, dealt_with="Klart")
    said = " ".join(reading.box.said).upper()
    assert "DELETED" not in said.replace("UNDELETED", "")
    assert "EXPUNGE" not in said
    assert "CLOSE" not in said


def test_no_more_is_read_than_was_asked_for(reading: Reading) -> None:
    assert reading.read(most=2) == [BOUNCE, REPLY]


def test_a_message_that_is_too_large_is_not_fetched_whole(reading: Reading) -> None:
    reading.box.receives(TOO_LARGE)
    assert len(reading.read()[-1]) == MOST_BYTES + 1


def test_a_server_with_a_certificate_of_its_own_making_is_not_spoken_to(
    reading: Reading,
) -> None:
    with pytest.raises(MailboxClosed, match=r"(?i)certificate"):
        reading.read(authorities=None)
    assert reading.box.said == []


def test_a_wrong_password_is_said_in_a_sentence_that_does_not_show_it(reading: Reading) -> None:
    reading.box.password = "a new one"
    with pytest.raises(MailboxClosed, match=r"AUTHENTICATIONFAILED.*Nothing is lost") as closed:
        reading.read()
    assert "hemligt" not in f"{closed.value} {reading.mailbox}"


def test_a_folder_there_is_not_is_said_in_a_sentence(reading: Reading) -> None:
    with pytest.raises(MailboxClosed, match="no folder"):
        reading.read(folder="Returpost")


@pytest.mark.parametrize("commands", range(7))
def test_a_line_that_is_lost_is_said_in_a_sentence_and_leaves_the_rest_for_later(
    reading: Reading, commands: int
) -> None:
    reading.box.hangs_up_after = commands
    with pytest.raises(MailboxClosed, match="Nothing is lost"):
        reading.read(*[Settled.DEALT_WITH] * 3)
    settled = len([flags for flags in reading.box.flags() if flags])
    reading.box.hangs_up_after = 100
    assert len(reading.read()) == 3 - settled


def test_nobody_listening_is_said_in_a_sentence() -> None:
    nobody = Mailbox("127.0.0.1", "mandat", "hemligt", port=1, timeout=2)
    with pytest.raises(MailboxClosed, match="Nothing is lost"), opened(nobody, 1):
        pass
