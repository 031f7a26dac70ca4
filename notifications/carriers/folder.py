"""A carrier that writes each letter as an .eml file: the inbox of one who has no relay."""

import hashlib
import os
import re
import unicodedata
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from notifications.carriers import ChannelDown, Receipt


class FolderCarrier:
    """Writes to `folder`, made when missing. The same letter again is the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def connect(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise ChannelDown(f"{self.folder}: {fault.strerror}") from fault

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        del envelope_from
        self.connect()
        path = self.folder / readable_name(envelope_to, message)
        unfinished = path.with_suffix(".part")
        try:
            with unfinished.open("wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            _sync_folder(self.folder)
        except OSError as fault:
            raise ChannelDown(f"{path}: {fault.strerror}") from fault
        return Receipt(code=None, reply=path.name)

    def close(self) -> None:
        """Nothing is held open."""


def readable_name(envelope_to: str, message: bytes) -> str:
    """Day, time, reader and subject, so that a folder of letters reads as a story."""
    headers = BytesHeaderParser(policy=policy.default).parsebytes(message)
    at = headers["Date"].datetime if headers["Date"] else None
    when = f"{at:%Y-%m-%d %H.%M.%S} " if at else ""
    reader = _plain(envelope_to.partition("@")[0])
    subject = _plain(str(headers["Subject"] or "letter"))[:60].strip(" -.")
    mark = hashlib.sha256(message).hexdigest()[:8]
    return f"{when}{reader} - {subject} {mark}.eml"


def _plain(text: str) -> str:
    """Letters, digits and spaces that every file system takes."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"\s+", " ", re.sub(r"[^A-Za-z0-9 .,_-]", " ", bare)).strip()


def _sync_folder(folder: Path) -> None:
    """A new name in a folder lasts through a power cut only once the folder itself is synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
