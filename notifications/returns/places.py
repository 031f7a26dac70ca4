"""Where returned mail lies: in files, in an mbox, in a Maildir. Nothing is ever deleted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from io import BufferedReader
from pathlib import Path

from notifications.returns.reading import MOST_BYTES
from statemachine.words import Refusal, Words


class Settled(Enum):
    """What is done with a message once it is read."""

    DEALT_WITH = "dealt with"
    FOR_PEOPLE = "for people"
    LATER = "later"


def _nothing(_: Settled) -> None:
    """A file given by name is left as it lies."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message, and how to settle it where it lies."""

    name: str
    body: bytes
    """At most one byte more than is read, which tells that there is more."""
    settle: Callable[[Settled], None] = _nothing


class NoReturnedMail(Refusal):
    """What was named cannot be opened, or holds no mail."""


def lying_in(*paths: Path) -> Iterator[Arrived]:
    """The messages in files, mboxes, Maildirs, or folders of `.eml` files, in order.

    In a Maildir what was read moves from `new` to `cur`: flagged as answered when it was dealt
    with, and flagged when someone should look. Raises NoReturnedMail, before anything is read
    where one of the paths does not exist.
    """
    for path in paths:
        with _said_of(path):
            path.stat()
    for path in paths:
        with _said_of(path):
            yield from _in(path)


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise NoReturnedMail(
            Words("{path} går inte att läsa: {why}.", "{path} cannot be read: {why}.").about(
                path=path, why=fault.strerror or fault
            )
        ) from fault


def _in(path: Path) -> Iterator[Arrived]:
    if (path / "new").is_dir() and (path / "cur").is_dir():
        yield from _in_maildir(path)
    elif path.is_dir():
        for file in sorted(path.glob("*.eml")):
            yield from _in_file(file)
    else:
        yield from _in_file(path)


def _in_file(path: Path) -> Iterator[Arrived]:
    with path.open("rb") as file:
        if file.peek(5)[:5] == b"From ":
            for number, body in enumerate(_in_mbox(file), start=1):
                yield Arrived(f"{path} {number}", body)
        else:
            yield Arrived(str(path), file.read(MOST_BYTES + 1))


def _in_mbox(file: BufferedReader) -> Iterator[bytes]:
    """The messages of an mbox, each kept only as far as it is read."""
    message: bytearray | None = None
    after_blank = True
    while line := file.readline(MOST_BYTES):
        if after_blank and line.startswith(b"From "):
            if message is not None:
                yield bytes(message)
            message = bytearray()
        elif message is not None and len(message) <= MOST_BYTES:
            message += line[1:] if line.startswith(b">From ") else line
        after_blank = line in (b"\n", b"\r\n")
    if message is not None:
        yield bytes(message[: MOST_BYTES + 1])


def _in_maildir(folder: Path) -> Iterator[Arrived]:
    for path in sorted(one for one in (folder / "new").iterdir() if one.is_file()):
        try:
            with path.open("rb") as file:
                body = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            continue  # another reader has dealt with it
        yield Arrived(str(path), body, lambda settled, path=path: _filed(path, settled))  # type: ignore[misc]


_FLAGS = {Settled.DEALT_WITH: "RS", Settled.FOR_PEOPLE: "F"}


def _filed(path: Path, settled: Settled) -> None:
    """Move the message on, as every reader of Maildirs understands it."""
    if settled is Settled.LATER:
        return
    kept = path.parents[1] / "cur" / f"{path.name.partition(':')[0]}:2,{_FLAGS[settled]}"
    try:
        path.rename(kept)
    except FileNotFoundError:
        return  # another reader was first
