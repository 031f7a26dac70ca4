"""An SMTP server that says what the test has written down, at every step.

By hand, since no library's server lets its greeting be refused or its TLS die.
"""

import base64
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from notifications.carriers.recording import Carried

Step = Literal[
    "greeting", "EHLO", "STARTTLS", "handshake", "AUTH", "MAIL", "RCPT", "DATA", "content", "dot",
    "RSET", "NOOP", "QUIT",
]  # fmt: skip
"""Where the script may speak. `handshake` is TLS's own, `content` when the letter's first line has
come, `dot` when its last has and the server keeps it."""

PATIENCE = 10.0
"""Seconds a mistreatment lasts at most: a client still there then has waited too long."""


Answer: TypeAlias = "str | Callable[[Talk], str | None]"
"""Words, or something done in place of saying the usual ones; it answers with what it said."""


class Over(Exception):
    """The conversation has ended."""


@dataclass
class Script:
    """What is answered at each step, in turn; None, or a script run out, answers as servers do."""

    answers: dict[Step, Iterator["Answer | None"]] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    user: str = "mandat"
    password: str | None = None
    watch: "Callable[[Talk, Step], None]" = lambda _talk, _step: None
    """Told of every step before it is answered."""
    received: list[Carried] = field(default_factory=list)
    accepted: list[Carried] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    connections: int = 0
    outlasted: list[str] = field(default_factory=list)
    """Mistreatments a client was still there to see the end of."""
    over: threading.Event = field(default_factory=threading.Event)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def next_answer(self, step: Step) -> "Answer | None":
        with self.one_at_a_time:
            return next(self.answers.get(step, iter(())), None)


def script(
    answers: "dict[Step, Iterable[Answer | None]] | None" = None,
    **more: object,
) -> Script:
    """`script({"RCPT": ["450 4.2.0 later"]})`: the first is deferred, the next accepted."""
    said = {step: iter(each) for step, each in (answers or {}).items()}
    return Script(said, **more)  # type: ignore[arg-type]


class Talk:
    """One connection, from greeting to goodbye."""

    def __init__(self, sock: socket.socket, play: Script) -> None:
        self.sock = sock
        self.play = play
        self.client = ""
        self.mail_begun = False
        self._unread = b""

    def run(self) -> None:
        with suppress(Over, OSError):
            if self.play.implicit:
                self.secure()
            self.answer("greeting", "220 relay.example ESMTP")
            while True:
                self._obey(self.line().decode("latin-1").strip())
        with suppress(OSError):
            self.sock.close()

    def answer(self, step: Step, usual: str) -> str:
        """Say what the script has for this step, else the usual; what was said."""
        self.play.watch(self, step)
        said = self.play.next_answer(step) or usual
        if callable(said):
            return said(self) or ""
        self.say(said)
        return said

    def say(self, text: str) -> None:
        self.sock.sendall("".join(f"{line}\r\n" for line in text.split("\n")).encode("latin-1"))

    def line(self) -> bytes:
        while b"\n" not in self._unread:
            more = self.sock.recv(65536)
            if not more:
                raise Over
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return line + b"\n"

    def _obey(self, command: str) -> None:
        self.play.heard.append(command)
        verb, _, rest = command.partition(" ")
        match verb.upper():
            case "EHLO":
                self.client = rest
                self.answer("EHLO", self._offers())
            case "STARTTLS":
                if self.answer("STARTTLS", "220 2.0.0 go ahead").startswith("220"):
                    self.secure()
            case "AUTH":
                self._authenticate(rest)
            case "MAIL" if self.mail_begun:
                self.say("503 5.5.1 one mail at a time")
            case "MAIL":
                if self.answer("MAIL", "250 2.1.0 fine").startswith("25"):
                    self.envelope_from = rest.partition("<")[2].partition(">")[0]
                    self.mail_begun = True
            case "RCPT":
                if self.answer("RCPT", "250 2.1.5 fine").startswith("25"):
                    self.envelope_to = rest.partition("<")[2].partition(">")[0]
            case "DATA":
                if self.answer("DATA", "354 go ahead").startswith("354"):
                    self._take_letter()
            case "QUIT":
                self.answer("QUIT", "221 2.0.0 goodbye")
                raise Over
            case "RSET":
                self.mail_begun = False
                self.answer("RSET", "250 2.0.0 fine")
            case "NOOP":
                self.answer("NOOP", "250 2.0.0 fine")
            case "HELO":
                self.say("250 relay.example")
            case _:
                self.say("500 5.5.2 unheard of")

    def _offers(self) -> str:
        secure = isinstance(self.sock, ssl.SSLSocket)
        offers = ["relay.example", "SIZE 20000000"]
        if self.play.tls and not secure:
            offers.append("STARTTLS")
        if self.play.password:
            offers.append("AUTH PLAIN LOGIN")
        return "\n".join([*(f"250-{one}" for one in offers), "250 8BITMIME"])

    def _authenticate(self, how: str) -> None:
        mechanism, _, said = how.partition(" ")
        right = base64.b64encode(f"\0{self.play.user}\0{self.play.password}".encode()).decode()
        well = mechanism == "PLAIN" and said == right
        self.answer("AUTH", "235 2.7.0 welcome" if well else "535 5.7.8 wrong password")

    def _take_letter(self) -> None:
        lines = [self.line()]
        self.play.watch(self, "content")
        act = self.play.next_answer("content")
        if callable(act):
            act(self)
        while lines[-1] != b".\r\n":
            lines.append(self.line())
        content = b"".join(line[1:] if line.startswith(b".") else line for line in lines[:-1])
        letter = Carried(self.envelope_from, self.envelope_to, content)
        self.play.received.append(letter)
        self.mail_begun = False
        if self.answer("dot", "250 2.0.0 kept").startswith("250"):
            self.play.accepted.append(letter)

    def secure(self) -> None:
        act = self.play.next_answer("handshake")
        if callable(act):
            self.sock.recv(1, socket.MSG_PEEK)  # the client's hello
            act(self)
        assert self.play.tls is not None
        self._unread = b""
        self.sock = self.play.tls.wrap_socket(self.sock, server_side=True)


# --- mistreatments: what can be answered in place of words ----------------------------------------


def hangs_up(talk: Talk) -> None:
    """The connection is closed without a word, over TLS without its goodbye."""
    talk.sock.close()
    raise Over


def cuts(talk: Talk) -> None:
    """The connection is reset, as when a machine dies."""
    talk.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    talk.sock.close()
    raise Over


def falls_silent(talk: Talk) -> None:
    """Nothing more is said, and the connection stays open until the client has had enough."""
    talk.sock.settimeout(PATIENCE)
    try:
        while talk.sock.recv(65536):
            pass
    except TimeoutError:
        talk.play.outlasted.append("silence")
    raise Over


def drips(talk: Talk) -> None:
    """A byte now and then, each well within any timeout, for as long as anyone listens."""
    for _ in range(int(PATIENCE / 0.05)):
        talk.sock.sendall(b"2")
        if talk.play.over.wait(0.05):
            break
    talk.play.outlasted.append("drip")
    raise Over


def one_more_line_now_and_then(talk: Talk) -> None:
    """Every line says that another follows."""
    for _ in range(int(PATIENCE / 0.05)):
        talk.sock.sendall(b"250-more\r\n")
        if talk.play.over.wait(0.05):
            break
    talk.play.outlasted.append("lines now and then")
    raise Over


def endless_line(talk: Talk) -> None:
    _pour(talk, b"2" * 65536)


def endless_lines(talk: Talk) -> None:
    _pour(talk, b"250-more and more\r\n" * 4096)


def _pour(talk: Talk, more: bytes) -> None:
    for _ in range(80):
        talk.sock.sendall(more)
    talk.play.outlasted.append("endless answer")
    raise Over


def babbles(talk: Talk) -> None:
    """Bytes that are no SMTP, on a line of their own."""
    talk.sock.sendall(b"\xff\xfe\x00nonsense\r\n")


def breaks_tls(talk: Talk) -> None:
    """Bytes that are no TLS, beneath it."""
    with socket.socket(fileno=os.dup(talk.sock.fileno())) as beneath:
        beneath.sendall(b"this is not a TLS record, nor anything like one\r\n" * 10)
    falls_silent(talk)


def answers_twice(text: str) -> Callable[[Talk], str]:
    """The answer, and the same again that nobody asked for."""

    def answer(talk: Talk) -> str:
        talk.say(f"{text}\n{text}")
        return text

    return answer


def slowly(text: str) -> Callable[[Talk], str]:
    """The whole answer, byte by byte."""

    def answer(talk: Talk) -> str:
        for byte in text.replace("\n", "\r\n").encode() + b"\r\n":
            talk.sock.sendall(bytes([byte]))
            time.sleep(0.005)
        return text

    return answer


def starts_tls_with(plaintext: str) -> Callable[[Talk], None]:
    """Goes ahead with TLS, and slips in words of its own before it."""

    def answer(talk: Talk) -> None:
        talk.say(f"220 2.0.0 go ahead\n{plaintext}")
        talk.secure()

    return answer


@contextmanager
def serving(play: Script, port: int = 0) -> Iterator[int]:
    """The server, running on the port this yields; gone without a trace afterwards."""
    listener = socket.create_server(("127.0.0.1", port))
    talks: list[tuple[Talk, threading.Thread]] = []

    def listen() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            play.connections += 1
            talk = Talk(sock, play)
            thread = threading.Thread(target=talk.run, daemon=True)
            talks.append((talk, thread))
            thread.start()

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    try:
        yield listener.getsockname()[1]
    finally:
        play.over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        listening.join(5)
        for talk, thread in talks:
            with suppress(OSError):
                talk.sock.shutdown(socket.SHUT_RDWR)
            thread.join(5)
