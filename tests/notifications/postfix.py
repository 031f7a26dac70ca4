"""A real mail server: Debian's Postfix, alone on loopback, that no letter can leave."""

import contextlib
import os
import pwd
import random
import re
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import trustme

OURS = "sjoviken.example"
"""The domain whose mailboxes are here."""
WARY = "grannen.example"
"""Here too, behind a greylist."""
FAR = "langt-bort.example"
"""Taken, and then refused by the next server on the way: what is returned comes later."""
MOVED = "550 5.1.6 The mailbox has moved"
BUSY = "upptagen.example"
"""Taken, and then put off by that same next server: it comes neither there nor back."""
FULL = "452 4.2.2 The mailbox is full"
GREYLISTED = "450 4.7.1 Greylisted, come back later"

USER, PASSWORD = "mandat", "sjuttonde juni"
"""Who may log in."""
LARGEST = 1_000_000
MAILBOXES = ("mandat", "returer", *(f"reader{number}" for number in range(40)))
PATIENCE = 30.0
"""Seconds waited at most for the server to finish what it has taken."""

MAIN = """
compatibility_level = 3.6
myhostname = relay.{ours}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
enable_long_queue_ids = yes

# Nothing leaves, whoever asks: no names are looked up, and the way out is an error.
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtp_bind_address = 127.0.0.1
default_transport = error:5.7.1 nothing leaves this machine
relay_transport = $default_transport
local_transport = $default_transport
alias_maps =
local_recipient_maps =
fast_flush_domains =

# Mailboxes are folders.
virtual_mailbox_domains = {ours}, {wary}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = texthash:{home}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
recipient_delimiter = +
message_size_limit = {largest}

# {far} and {busy} are one more hop away. Of a delay, the sender is told after a second.
relay_domains = {far}, {busy}
next_server_says =
  check_recipient_access inline:{{ {{ {far} = {moved} }}, {{ {busy} = {full} }} }}
next_server = smtp:[127.0.0.1]:{next_port}
transport_maps = inline:{{ {far}=$next_server, {busy}=$next_server }}
delay_warning_time = 1s

smtpd_relay_restrictions = reject_unauth_destination
smtpd_restriction_classes = greylisted
greylisted = check_policy_service inet:127.0.0.1:{policy_port}
smtpd_recipient_restrictions = check_recipient_access inline:{{ {wary}=greylisted }}

smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {home}/etc/server.pem
smtp_tls_security_level = none
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{port_with_login} inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_type=dovecot
  -o smtpd_sasl_path=inet:127.0.0.1:{password_port}
  -o smtpd_tls_auth_only=yes
  -o {{ smtpd_client_restrictions = permit_sasl_authenticated, reject }}
127.0.0.1:{next_port} inet n - n - - smtpd
  -o myhostname=mx.{far}
  -o smtpd_tls_security_level=none
  -o smtpd_recipient_restrictions=$next_server_says
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class NotThere(Exception):
    """Postfix is not installed, will not start, or does not finish."""


@dataclass
class Greylist:
    """Defers whom it has not met, and lets them in once they have waited long enough."""

    wait: timedelta = timedelta(minutes=5)
    clock: Callable[[], datetime] | None = None
    met: dict[tuple[str, str], datetime] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, asked: dict[str, str]) -> str:
        assert self.clock is not None, "the greylist was given no clock"
        now = self.clock()
        first = self.met.setdefault((asked["sender"], asked["recipient"]), now)
        said = "DUNNO" if now - first >= self.wait else GREYLISTED
        self.asked.append(said)
        return said

    def converse(self, lines: Iterable[str]) -> Iterator[str]:
        """In Postfix's words for policy servers: facts line by line, then an empty line."""
        asked: dict[str, str] = {}
        for line in lines:
            name, is_said, value = line.partition("=")
            if is_said:
                asked[name] = value
                continue
            yield f"action={self.answer(asked)}\n\n"
            asked = {}


def check_passwords(lines: Iterable[str]) -> Iterator[str]:
    """Lets `USER` in, in Dovecot's words for servers that check passwords, which Postfix speaks."""
    yield "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nDONE\n"
    for line in lines:
        command, number, *rest = line.split("\t")
        if command == "AUTH":
            _, given = next(said for said in rest if said.startswith("resp=")).split("=", 1)
            known = b64decode(given).decode().split("\0") == ["", USER, PASSWORD]
            yield f"OK\t{number}\tuser={USER}\n" if known else f"FAIL\t{number}\n"


@contextmanager
def _listening(converse: Callable[[Iterable[str]], Iterator[str]]) -> Iterator[int]:
    """A server on the port this yields, that answers the lines it is sent."""

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for answer in converse(line.decode().rstrip("\n") for line in self.rfile):
                self.wfile.write(answer.encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Postfix:
    """One running server, the mailboxes behind it and what it wrote in its log."""

    home: Path
    port: int
    port_with_login: int
    greylist: Greylist
    _log_read: int = 0

    @property
    def authorities(self) -> str:
        """The file of the authority that vouches for its certificate."""
        return str(self.home / "authority.pem")

    def start(self) -> None:
        self._say("start")

    def stop(self) -> None:
        self._say("stop")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Not there for a while, then back on the same port."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def forget(self) -> None:
        """Empty mailboxes, an empty greylist, a log read to its end."""
        for mailbox in (self.home / "mail").iterdir():
            shutil.rmtree(mailbox)
        self.greylist.met.clear()
        self.greylist.asked.clear()
        self._log_read += len(self.log())

    def mailbox(self, name: str) -> list[bytes]:
        """The mails in one mailbox, with what Postfix put before them."""
        new = self.home / "mail" / name / "new"
        return [path.read_bytes() for path in sorted(new.iterdir())] if new.is_dir() else []

    def mailboxes(self) -> set[str]:
        """The mailboxes that hold anything."""
        return {path.name for path in (self.home / "mail").iterdir() if self.mailbox(path.name)}

    def log(self) -> str:
        """What was logged since the last `forget`."""
        return (self.home / "log").read_text(encoding="utf-8")[self._log_read :]

    def finish(self, *receipts: str) -> None:
        """Wait until every mail it gave a receipt for is delivered or returned.

        A returned mail is a mail of its own, and is waited for too.
        """
        taken = {found[1] for said in receipts if (found := re.search(r"queued as (\w+)", said))}
        assert len(taken) == len(receipts), receipts
        self._wait(lambda: not self._unfinished(taken), f"finish {sorted(taken)}")

    def logs(self, pattern: str) -> None:
        """Wait until it has logged this: the log is written a moment after the answer is given."""
        self._wait(lambda: re.search(pattern, self.log()) is not None, f"log {pattern!r}")

    def _unfinished(self, taken: set[str]) -> set[str]:
        log = self.log()
        returned = dict(re.findall(r"(\w+): sender non-delivery notification: (\w+)", log))
        removed = set(re.findall(r"(\w+): removed", log))
        return (taken | {returned[one] for one in taken if one in returned}) - removed

    def tell_of_delays(self) -> None:
        """Try again what was put off, until the sender is told and has that mail."""

        def told() -> bool:
            log = self.log()
            if notice := re.search(r"sender delay notification: (\w+)", log):
                return f"{notice[1]}: removed" in log
            self._say("flush")
            return False

        self._wait(told, "tell of a delay")

    def _wait(self, until: Callable[[], bool], what: str) -> None:
        given_up = time.monotonic() + PATIENCE
        while not until():
            if time.monotonic() > given_up:
                raise NotThere(f"Postfix did not {what}; its log:\n{self.log()}")
            time.sleep(0.02)

    def _say(self, command: str) -> None:
        # Into a file: the server's own processes would hold a pipe open for as long as they live.
        with (self.home / "said").open("w+") as said:
            done = subprocess.run(
                [_program(), "-c", self.home / "etc", command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=PATIENCE,
                check=False,
            )
            said.seek(0)
            words = said.read()
        if done.returncode:
            raise NotThere(f"postfix {command} failed: {words}\nIts log:\n{self.log()}")


def returned_mail(postfix: Postfix) -> list[bytes]:
    """What came back to the letters' return path, as a mailbox of returns holds it."""
    return postfix.mailbox("returer")


@contextmanager
def running(greylist: Greylist) -> Iterator[Postfix]:
    """A server in a folder of its own, gone with all its processes afterwards."""
    home = Path(tempfile.mkdtemp(prefix="mandat-postfix-"))
    # Postfix works as a user of its own, who must be let through.
    home.chmod(0o755)
    try:
        with (
            _listening(greylist.converse) as policy_port,
            _listening(check_passwords) as password_port,
        ):
            port, port_with_login, next_port = _free_ports(3)
            postfix = Postfix(home, port, port_with_login, greylist)
            _furnish(postfix, next_port, policy_port, password_port)
            postfix.start()
            try:
                yield postfix
            finally:
                postfix.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _furnish(postfix: Postfix, next_port: int, policy_port: int, password_port: int) -> None:
    home = postfix.home
    for folder in ("etc", "queue", "data", "mail"):
        (home / folder).mkdir()
    (home / "log").touch()
    shutil.chown(home / "data", "postfix")
    owner = pwd.getpwnam("nobody")
    os.chown(home / "mail", owner.pw_uid, owner.pw_gid)
    known = {
        "home": home,
        "ours": OURS,
        "wary": WARY,
        "far": FAR,
        "moved": MOVED,
        "busy": BUSY,
        "full": FULL,
        "largest": LARGEST,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        "port": postfix.port,
        "port_with_login": postfix.port_with_login,
        "next_port": next_port,
        "policy_port": policy_port,
        "password_port": password_port,
    }
    (home / "etc" / "main.cf").write_text(MAIN.format(**known))
    (home / "etc" / "master.cf").write_text(MASTER.format(**known))
    (home / "etc" / "mailboxes").write_text(
        "".join(f"{name}@{domain} {name}/\n" for name in MAILBOXES for domain in (OURS, WARY))
    )
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "authority.pem")
    certificate = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    certificate.write_to_path(home / "etc" / "server.pem")


def _program() -> str:
    program = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise NotThere("Postfix is not installed here. `make test` installs it.")
    return program


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on, below those the machine gives to others unasked."""
    free: list[int] = []
    for port in random.sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            free.append(port)
        if len(free) == count:
            return free
    raise NotThere(f"No {count} free ports were found on loopback.")
