"""Letters read back: from the bytes that went on the wire, or from a folder of .eml files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

HEADERS = (
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "References",
    "Content-Language",
)
"""What is shown of an envelope; the rest is for machines."""
MOST_OF_A_HEADER = 64 * 1024


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A letter as its reader sees it, in text."""

    headers: tuple[tuple[str, str], ...]
    text: str
    attached: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InFolder:
    """A letter in the folder, by its envelope."""

    path: Path
    at: datetime
    to: str
    subject: str


def read_back(message: bytes) -> ReadBack:
    """The letter in these bytes. One that is no letter is shown as far as it can be read."""
    mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(message)
    body = mail.get_body(preferencelist=("plain", "html"))
    return ReadBack(
        headers=tuple((name, _plain(mail[name])) for name in HEADERS if mail[name]),
        text=_text(body) if body is not None else "",
        attached=tuple(part.get_filename() or "–" for part in mail.iter_attachments()),
    )


def letters_in(folder: Path, reader: str = "") -> list[InFolder]:
    """The letters in a folder, the newest first; with `reader`, those to somebody called so."""
    wanted = reader.casefold()
    found = (one for one in _found(folder) if wanted in one.to.casefold())
    return sorted(found, key=lambda one: (one.at, one.path.name), reverse=True)


def newest_in(folder: Path, most: int, skipping: int = 0) -> tuple[list[InFolder], int]:
    """The newest letters in a folder by when they were written there, and how many there are.

    Only those asked for are opened, however many there are.
    """
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return list(_opened(paths[skipping : skipping + most])), len(paths)


def _found(folder: Path) -> Iterator[InFolder]:
    return _opened(folder.glob("*.eml"))


def _opened(paths: Iterable[Path]) -> Iterator[InFolder]:
    for path in paths:
        with path.open("rb") as file:
            head = file.read(MOST_OF_A_HEADER)
        headers = BytesHeaderParser(policy=policy.default).parsebytes(head)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        at = getattr(headers["Date"], "datetime", None) or written
        yield InFolder(
            path,
            at if at.tzinfo is not None else at.replace(tzinfo=UTC),
            _plain(headers["To"]),
            _plain(headers["Subject"]),
        )


def _plain(header: object) -> str:
    """A header on one line, without anything a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(header or "")).split())


def _text(part: MIMEPart) -> str:
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        content = content.decode(errors="replace")
    return "".join(c for c in str(content) if c.isprintable() or c in "\n\t")
