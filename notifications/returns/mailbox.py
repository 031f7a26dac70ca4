"""Returned mail in a mailbox, over IMAP: read unmarked, then flagged or moved, never deleted.

A message is looked for by its flags: it is answered when it was dealt with, and flagged, still
unread, when someone should look. Every server keeps those two.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from notifications.returns.places import Arrived, Settled
from notifications.returns.reading import MOST_BYTES
from statemachine.words import Refusal, Words

NOT_YET_LOOKED_AT = "UNANSWERED UNFLAGGED UNDELETED"


class MailboxClosed(Refusal):
    """The mailbox cannot be reached, opened or read. What was read is settled; the rest waits."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where the returned mail is, and how it is spoken to. Always encrypted."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    security: Literal["tls", "starttls"] = "tls"
    folder: str = "INBOX"
    dealt_with: str | None = None
    """The folder to which what was dealt with is moved; it stays where it is when None."""
    timeout: float = 30.0
    """Seconds, for each answer."""
    authorities: str | None = None
    """A file of certificate authorities to trust, beside the machine's own when None."""


@contextmanager
def opened(mailbox: Mailbox, most: int) -> Iterator[Iterator[Arrived]]:
    """At most so many messages nobody has looked at yet, the oldest first. Raises MailboxClosed."""
    try:
        client = _connected(mailbox)
        try:
            yield _Open(client, mailbox).arrived(most)
        finally:
            _hang_up(client)
    except (imaplib.IMAP4.error, OSError) as fault:
        raise MailboxClosed(
            Words(
                "Brevlådan {user} på {host} går inte att läsa: {why}. Inget är förlorat: breven "
                "ligger kvar. Se MANDAT_RETURNS_….",
                "The mailbox {user} at {host} cannot be read: {why}. Nothing is lost: the mail "
                "stays there. See MANDAT_RETURNS_….",
            ).about(user=mailbox.user, host=mailbox.host, why=_words_of(fault))
        ) from fault


def _connected(mailbox: Mailbox) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=mailbox.authorities)
    client: imaplib.IMAP4
    if mailbox.security == "tls":
        client = imaplib.IMAP4_SSL(
            mailbox.host, mailbox.port, ssl_context=context, timeout=mailbox.timeout
        )
    else:
        client = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=mailbox.timeout)
    try:
        if mailbox.security == "starttls":
            client.starttls(context)
        client.login(mailbox.user, mailbox.password)
        _done(client.select(_quoted(mailbox.folder)))
    except BaseException:
        _hang_up(client)
        raise
    return client


def _hang_up(client: imaplib.IMAP4) -> None:
    with suppress(imaplib.IMAP4.error, OSError):
        client.logout()
    # Where the line was lost, logging out leaves it open at this end.
    with suppress(OSError):
        client.shutdown()


@dataclass(frozen=True, slots=True)
class _Open:
    """A folder selected in a mailbox."""

    client: imaplib.IMAP4
    mailbox: Mailbox

    def arrived(self, most: int) -> Iterator[Arrived]:
        found = _done(self.client.uid("SEARCH", NOT_YET_LOOKED_AT))
        for uid in (found[0] or b"").decode("ascii").split()[:most]:
            body = self._body(uid)
            if body is not None:
                yield Arrived(
                    f"{self.mailbox.folder} {uid}",
                    body,
                    lambda settled, uid=uid: self._settle(uid, settled),  # type: ignore[misc]
                )

    def _body(self, uid: str) -> bytes | None:
        """The message as far as it is read; None when another reader has moved it."""
        fetched = _done(self.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES + 1}>)"))
        return next((part[1] for part in fetched if isinstance(part, tuple)), None)

    def _settle(self, uid: str, settled: Settled) -> None:
        if settled is Settled.DEALT_WITH:
            self.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Answered \Seen)")
            if self.mailbox.dealt_with and self._can_move():
                self._move(uid, _quoted(self.mailbox.dealt_with))
        elif settled is Settled.FOR_PEOPLE:
            self.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Flagged)")

    def _can_move(self) -> bool:
        # Asked now: many servers say more once one has logged in.
        (able, *_) = _done(self.client.capability())
        return b"MOVE" in able.upper().split()

    def _move(self, uid: str, folder: str) -> None:
        """Move a message; the folder is made when there is none. Left flagged if that fails."""
        answer, _ = self.client.uid("MOVE", uid, folder)
        if answer != "OK":
            self.client.create(folder)
            self.client.uid("MOVE", uid, folder)


def _done(answer: tuple[str, list[Any]]) -> list[Any]:
    """What a server answered, when it did as it was asked."""
    said, data = answer
    if said != "OK":
        raise imaplib.IMAP4.error(data[0] if data else said)
    return data


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words_of(fault: Exception) -> str:
    said = fault.args[0] if fault.args else fault
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(fault)
    return " ".join(words.split())[:300] or type(fault).__name__
