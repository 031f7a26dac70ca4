"""A real IMAP server on loopback, over TLS, with what a reader of returned mail asks of one."""

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

MOST_COMMANDS = 1000
FETCH = re.compile(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", re.IGNORECASE)
STORE = re.compile(r"STORE (\d+) \+FLAGS\.SILENT \((.*)\)", re.IGNORECASE)
MOVE = re.compile(r'MOVE (\d+) "?([^"]*)"?', re.IGNORECASE)


@dataclass
class Kept:
    """One message in the mailbox."""

    body: bytes
    flags: set[str] = field(default_factory=set)
    folder: str = "INBOX"


@dataclass
class Box:
    """The mailbox, and how its server behaves."""

    messages: dict[int, Kept] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {"INBOX"})
    password: str = "hemligt"
    can_move: bool = True
    hangs_up_after: int = MOST_COMMANDS
    """The connection is dropped once so many commands have come."""
    said: list[str] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def receives(self, *bodies: bytes) -> None:
        for body in bodies:
            self.messages[len(self.messages) + 1] = Kept(body)

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        return [one.flags for one in self.messages.values() if one.folder == folder]

    def answer(self, command: str) -> tuple[list[bytes], str]:
        """The lines before the answer, and the answer itself."""
        with self._lock:
            self.said.append(command)
            verb, _, rest = command.partition(" ")
            if verb == "UID":
                verb, _, rest = rest.partition(" ")
            match verb:
                case "CAPABILITY":
                    moves = " MOVE" if self.can_move else ""
                    return [f"* CAPABILITY IMAP4rev1 STARTTLS{moves}".encode()], "OK done"
                case "LOGIN":
                    right = rest.endswith(f'"{self.password}"')
                    return [], "OK done" if right else "NO [AUTHENTICATIONFAILED] wrong password"
                case "SELECT":
                    exists = f"* {len(self.messages)} EXISTS".encode()
                    known = rest.strip('"') in self.folders
                    return [exists] if known else [], "OK [READ-WRITE]" if known else "NO no folder"
                case "CREATE":
                    self.folders.add(rest.strip('"'))
                    return [], "OK done"
                case "SEARCH":
                    found = (
                        str(uid)
                        for uid, one in self.messages.items()
                        if one.folder == "INBOX" and not one.flags & {"\\Answered", "\\Flagged"}
                    )
                    return [f"* SEARCH {' '.join(found)}".encode()], "OK done"
                case "FETCH" | "STORE" | "MOVE":
                    return self._of_one(f"{verb} {rest}")
                case "LOGOUT":
                    return [b"* BYE"], "OK done"
                case _:
                    return [], "BAD unknown"

    def _of_one(self, command: str) -> tuple[list[bytes], str]:
        if asked := FETCH.match(command):
            body = self.messages[int(asked[1])].body[: int(asked[2])]
            head = f"* {asked[1]} FETCH (UID {asked[1]} BODY[]<0> {{{len(body)}}}\r\n"
            return [head.encode() + body + b")"], "OK done"
        if asked := STORE.match(command):
            self.messages[int(asked[1])].flags.update(asked[2].split())
            return [], "OK done"
        asked = MOVE.match(command)
        assert asked, command
        if asked[2] not in self.folders:
            return [], "NO [TRYCREATE] no such folder"
        self.messages[int(asked[1])].folder = asked[2]
        return [], "OK done"


@contextmanager
def serving(box: Box, context: ssl.SSLContext, *, starttls: bool = False) -> Iterator[int]:
    """The port of a server with this mailbox, until the block ends."""

    class Session(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(20)
            if starttls:
                self.request.sendall(b"* OK ready\r\n")
                for capable in (b"* CAPABILITY IMAP4rev1 STARTTLS\r\n", b""):
                    tag = self.request.recv(100).split()[0]
                    self.request.sendall(capable + tag + b" OK go on\r\n")
            with (
                context.wrap_socket(self.request, server_side=True) as secured,
                secured.makefile("rb") as commands,
            ):
                if not starttls:
                    secured.sendall(b"* OK ready\r\n")
                for line in islice(commands, box.hangs_up_after):
                    tag, _, command = line.decode().strip().partition(" ")
                    before, answered = box.answer(command)
                    lines = (*before, f"{tag} {answered}".encode())
                    secured.sendall(b"".join(one + b"\r\n" for one in lines))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that refuses our certificate hangs up: that is what is tested."""

    with Server(("127.0.0.1", 0), Session) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(5)
