"""The relay, through yagmail: the only module that imports it.

yagmail 0.16.0 logs in for every mail, checks no certificate, and after a lost connection sends the
same mail again without asking. What stops it here: a login that does nothing unless this module
opens the connection, a TLS context of our own, a log that raises the first loss, and a finished
message in place of the one it would have made. Of the relay, too, nothing is taken on trust: every
answer has its time and its length, and one that nobody asked for ends the connection.
"""

import base64
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import yagmail

from notifications.carriers import (
    ChannelDown,
    Deferred,
    NotDelivered,
    Receipt,
    Rejected,
    Uncertain,
    enhanced,
)

IDLE_SECONDS = 5.0
LETTERS_PER_CONNECTION = 100
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OUT_OF_STEP = 503
NOT_LOGGED_IN = (530, 534, 535, 538)
TOO_LARGE = 552
BAD_SENDER = ("5.1.7", "5.1.8")
NOT_ALLOWED = ("5.7.0", "5.7.1")
AN_ADDRESS = re.compile(r"<[^>]*>|\S+@\S+")
ABOUT_US = re.compile(
    r"\b(?:sender|client|helo|ehlo|authenticat\w*|not logged in)\b", re.IGNORECASE
)
"""What a relay that first answers at RCPT says there when it is not the recipient it refuses."""
LONGEST_ANSWER = 65_536
STEPS = 24
"""What is waited for at most, each for `timeout`, from the letter's turn until it is accepted.

A kept connection found dead (NOOP, QUIT), a new one (two addresses, greeting, EHLO, STARTTLS, its
handshake, EHLO, nine answers for three ways to log in), and the letter (MAIL, RCPT, DATA, the
content, the verdict, RSET).
"""
LONGEST_TIMEOUT = 35.0
"""Seconds: with a longer one, a worker's lease could run out while it waits for the relay."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where the relay is and how it is spoken to. `timeout` in seconds, for each answer."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    authorities: str | None = None
    """A file of certificate authorities to trust, beside the machine's own when None."""
    called: str | None = None
    """The name said in the greeting; this machine's when None."""

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError(f"Letters go unencrypted only to this machine, not to {self.host}.")
        if not 0 < self.timeout <= LONGEST_TIMEOUT:
            raise ValueError(
                f"The relay's timeout is more than 0 and at most {LONGEST_TIMEOUT:g} seconds, "
                f"not {self.timeout:g}."
            )
        if (self.user is None) is not (self.password is None):
            raise ValueError("The relay needs both a user and a password, or neither.")
        if not f"{self.user}{self.password}".isascii():
            raise ValueError("The relay's user and password can hold only ASCII characters.")

    @property
    def longest_wait(self) -> float:
        """Seconds a letter can take at most, every answer coming at the last moment."""
        return STEPS * self.timeout

    def without_secrets(self, words: str) -> str:
        """The words without the password, bare or as login says it: some relays repeat it."""
        if self.password is None:
            return words
        said = (self.password, f"\0{self.user}\0{self.password}")
        encoded = [base64.b64encode(secret.encode()).decode() for secret in said]
        for secret in (*encoded, self.password):
            words = words.replace(secret, "…")
        return words


class YagmailCarrier:
    """Letters through a relay over one kept connection, each handed over once."""

    def __init__(self, relay: Relay, *, ticking: Callable[[], float] = time.monotonic) -> None:
        self.relay = relay
        self._ticking = ticking
        self._client: _Client | None = None
        self._encryption: ssl.SSLContext | None = None
        self._used_at = 0.0
        self._letters = 0
        self._one_at_a_time = threading.RLock()

    def connect(self) -> None:
        with self._one_at_a_time:
            self._connected()

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        for address in (envelope_from, envelope_to):
            if not (address.isascii() and address.isprintable()):
                raise Rejected(f"{address!r} cannot be said to a relay")
        with self._one_at_a_time:
            client = self._connected()
            self._letters += 1
            try:
                answer = client.hand_over(envelope_from, envelope_to, message)
            except OSError as fault:
                answer = _what_it_means(fault, client.wire)
                if answer.code in (None, OUT_OF_STEP):
                    client.drop()
                raise answer from fault
            finally:
                self._used_at = self._ticking()
            if answer is False:
                raise Uncertain("yagmail gave up without an answer")
            return client.wire.receipt()

    def close(self) -> None:
        with self._one_at_a_time:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connected(self) -> "_Client":
        """The kept connection, or a new one where there is none fit to use."""
        if self._client is not None and self._is_fit(self._client):
            return self._client
        self.close()
        try:
            client = _Client(self.relay, self._trusted())
            client.open()
        except (OSError, ValueError) as fault:
            # Not from the fault: it may hold what the relay repeated of the login.
            words = self.relay.without_secrets(_words_of(fault))
            raise ChannelDown(words, _refusal(fault)) from None
        self._client, self._letters, self._used_at = client, 0, self._ticking()
        return client

    def _trusted(self) -> ssl.SSLContext | None:
        """Which certificates are trusted, read once: that takes longer than many letters do."""
        if self._encryption is None and self.relay.security != "none":
            self._encryption = ssl.create_default_context(cafile=self.relay.authorities)
        return self._encryption

    def _is_fit(self, client: "_Client") -> bool:
        if client.is_lost or self._letters >= LETTERS_PER_CONNECTION:
            return False
        return self._ticking() - self._used_at < IDLE_SECONDS or client.still_answers()


class _Client(yagmail.SMTP):  # type: ignore[misc]
    """yagmail's client, held to one connection and one try per letter."""

    def __init__(self, relay: Relay, context: ssl.SSLContext | None) -> None:
        implicit = relay.security == "tls"
        super().__init__(
            user=relay.user or "",
            password=relay.password,
            host=relay.host,
            port=relay.port,
            smtp_ssl=implicit,
            smtp_starttls={"context": context} if relay.security == "starttls" else False,
            smtp_skip_login=relay.user is None,
            soft_email_validation=False,
            timeout=relay.timeout,
            local_hostname=relay.called or socket.gethostname(),
            **({"context": context} if implicit else {}),
        )
        self.account = relay.user or ""
        self.log = _RaisesTheFirstLoss()

    @property
    def connection(self) -> Any:
        return _attentive(super().connection)

    @property
    def wire(self) -> "_Attentive":
        """The connection itself, as yagmail calls it."""
        wire: _Attentive = self.smtp
        return wire

    @property
    def is_lost(self) -> bool:
        return self.smtp is None or self.smtp.sock is None or self.wire.is_out_of_step

    def open(self) -> None:
        """Connect, secure and log in; for the carrier only."""
        self.user = self.account
        try:
            super().login()
            self.smtp.ehlo_or_helo_if_needed()
        except BaseException:
            self.drop()
            raise

    def login(self) -> None:
        """Nothing: yagmail asks before every letter, and again after a loss."""

    def hand_over(self, envelope_from: str, envelope_to: str, message: bytes) -> Any:
        self.user = envelope_from  # what yagmail says in MAIL FROM
        return self.send(to=envelope_to, contents=message)

    def prepare_send(
        self, to: str, _subject: object, contents: bytes, *_rest: object
    ) -> tuple[list[str], bytes]:
        """The finished message as it is, in place of the one yagmail would make."""
        return [to], contents

    def still_answers(self) -> bool:
        try:
            code, _ = self.smtp.noop()
        except OSError:
            return False
        return bool(code == 250)

    def drop(self) -> None:
        """Hang up at once, without a word to a relay that may not be listening."""
        self.is_closed = True
        if self.smtp is not None:
            self.smtp.close()

    def close(self) -> None:
        try:
            super().close()
        except OSError:
            self.drop()


class _RaisesTheFirstLoss:
    """In place of yagmail's log, whose `error` is all that stands before a blind resend."""

    def error(self, lost: Exception, *_: object) -> None:
        raise lost

    def info(self, *_: object) -> None:
        """Who was written to belongs in the outbox, not in a log."""


class _Attentive:
    """A connection that knows whether the letter may be out, and what was last answered."""

    sock: socket.socket | None
    timeout: float
    file: "_Answers | None"
    close: Callable[[], None]
    send: Callable[[bytes], None]

    handed_over = False
    last_answer: tuple[int, bytes] = (0, b"")

    def mail(self, *said: Any) -> tuple[int, bytes]:
        self.handed_over = False
        answer: tuple[int, bytes] = super().mail(*said)  # type: ignore[misc]
        return answer

    @property
    def is_out_of_step(self) -> bool:
        """It has said more than it was asked: the next answer would be taken for another one."""
        return self.file is not None and bool(self.file.unread)

    def data(self, letter: bytes) -> tuple[int, bytes]:
        """The letter itself; or what DATA was refused with, so that a new mail is begun after it.

        The library begins none, and the next letter would be refused for it. It also looks for
        lines that begin with a dot by a pattern, longer than all the rest takes.
        """
        answer = self.docmd("data")
        if answer[0] != 354:
            return answer if answer[0] != 250 else (-1, answer[1])
        dotted = letter.replace(b"\n.", b"\n..")
        first = b"." if dotted.startswith(b".") else b""
        last = b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n"
        self.send(b"".join((first, dotted, last)))
        return self.getreply()

    def putcmd(self, cmd: str, args: str = "") -> None:
        self._in_step()
        super().putcmd(cmd, args)  # type: ignore[misc]

    def docmd(self, cmd: str, *said: Any) -> tuple[int, bytes]:
        answer: tuple[int, bytes] = super().docmd(cmd, *said)  # type: ignore[misc]
        if cmd == "STARTTLS":
            self._in_step()
        return answer

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Answers(self.sock, self.timeout)
        if self.file is not None:
            self.file.await_one()
        answer: tuple[int, bytes] = super().getreply()  # type: ignore[misc]
        # 354 answers only DATA, and what follows is the letter: until it is accepted or refused,
        # nobody knows which.
        if answer[0] == 354:
            self._in_step()
            self.handed_over = True
        self.last_answer = answer
        return answer

    def _in_step(self) -> None:
        if self.file is not None and self.file.unread:
            raise OSError("The relay answered what it was not asked")

    def rset(self) -> tuple[int, bytes]:
        """Begin anew; one who will not is not spoken to again."""
        try:
            answer: tuple[int, bytes] = super().rset()  # type: ignore[misc]
        except OSError:
            answer = (-1, b"")
        if answer[0] != 250:
            self.close()
        return answer

    def receipt(self) -> Receipt:
        code, reply = self.last_answer
        words = _readable(reply)
        return Receipt(code, enhanced(words), words)


class _Answers:
    """What the relay says, line by line: each answer whole within its time, and not too long.

    The socket's own timeout begins anew with every byte, so one byte now and then, or one more
    line for ever, would hold a worker beyond its lease.
    """

    def __init__(self, sock: socket.socket, patience: float) -> None:
        self._sock = sock
        self._patience = patience
        self._deadline = 0.0
        self._length = 0
        self.unread = b""

    def await_one(self) -> None:
        self._deadline = time.monotonic() + self._patience
        self._length = 0

    def readline(self, limit: int) -> bytes:
        heard = self.unread
        if not heard and not self._length:
            heard = self._sock.recv(8192)
            if heard.find(b"\n") == len(heard) - 1 and 0 < len(heard) < limit:
                self._length = len(heard)
                return heard  # one line in one piece, as nearly every answer is
        while b"\n" not in heard and len(heard) < limit:
            more = self._more()
            if not more:
                return b""
            heard += more
        line, end, self.unread = heard.partition(b"\n")
        self._length += len(line) + 1
        if len(line) + 1 >= limit or self._length > LONGEST_ANSWER:
            raise OSError("The relay's answer has no end")
        return line + end

    def close(self) -> None:
        self.unread = b""

    def _more(self) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        try:
            return self._sock.recv(8192)
        finally:
            self._sock.settimeout(self._patience)


@cache
def _attentive(wire: type) -> type:
    return type(f"Attentive{wire.__name__}", (_Attentive, wire), {})


def _what_it_means(fault: Exception, wire: _Attentive) -> NotDelivered:
    """The fault in our words, from what it carries: a refusal, of the sender or of the letter."""
    words, code, at_sender = _words_of(fault), _refusal(fault), hasattr(fault, "sender")
    if code is None:
        return Uncertain(words) if wire.handed_over else Deferred(words)
    if code in NOT_LOGGED_IN or (at_sender and code >= 500 and code != TOO_LARGE):
        return ChannelDown(words, code)
    if code >= 500 and _is_about_us(words):
        return ChannelDown(words, code)
    if code >= 500 and code != OUT_OF_STEP:
        return Rejected(words, code)
    return Deferred(words, code)


def _is_about_us(words: str) -> bool:
    """Whether a refusal for good speaks of sender or host: no letter of ours would get through."""
    status = enhanced(words) or ""
    said = AN_ADDRESS.sub("", words)
    return status in BAD_SENDER or (status in NOT_ALLOWED and bool(ABOUT_US.search(said)))


def _refused(fault: Exception) -> tuple[int, bytes] | None:
    """What was answered to the recipient, when that is what failed."""
    refused: dict[str, tuple[int, bytes]] = getattr(fault, "recipients", None) or {}
    return next(iter(refused.values()), None)


def _refusal(fault: Exception) -> int | None:
    """The code it was refused with; None when nothing was answered, or nothing that refuses."""
    refused = _refused(fault)
    code = refused[0] if refused else getattr(fault, "smtp_code", None)
    return code if code is not None and 400 <= code < 600 else None


def _words_of(fault: Exception) -> str:
    refused = _refused(fault)
    said = refused[1] if refused else getattr(fault, "smtp_error", None)
    return _readable(said) if said is not None else (str(fault) or type(fault).__name__)


def _readable(reply: bytes | str) -> str:
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    if not words.isprintable():
        words = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(words.split())[:500]
