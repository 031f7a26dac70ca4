"""A letter's mark: what its return address and header carry, and a bounce of it must show.

Half of it is drawn by chance when the letter is composed, and frozen with its bytes: only those the
letter has passed know it, and any worker on any machine can check it.
"""

import re
import secrets
from dataclasses import dataclass

HEADER = "X-Mandat-Letter"
SHOWN_WITHIN = 4096
"""The mark stands among the first headers of the frozen bytes."""
LONGEST_LOCAL_PART = 64
"""Octets before the @ that every relay takes (RFC 5321)."""

_MARK = r"(?P<letter>\d{1,10})-(?P<secret>[0-9a-f]{16})(?![0-9a-f])"
_IN_ADDRESS = re.compile(rf"\+{_MARK}@", re.IGNORECASE)
_IN_HEADER = re.compile(rf"^[> \t]*{HEADER}:[ \t]*{_MARK}", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """The letter's number in the outbox, and what nobody can guess."""

    letter: int
    secret: str

    @classmethod
    def new(cls, letter: int) -> "Mark":
        return cls(letter, secrets.token_hex(8))

    def __str__(self) -> str:
        return f"{self.letter}-{self.secret}"

    def proves(self, other: "Mark | None") -> bool:
        """Whether both are the mark of one letter, compared without telling where they differ."""
        return other is not None and secrets.compare_digest(str(self), str(other))


def in_addresses(text: str) -> list[Mark]:
    """The marks of the return addresses in a header's value."""
    return [_read(found) for found in _IN_ADDRESS.finditer(text)]


def in_headers(text: str) -> list[Mark]:
    """The marks of the letters whose headers stand in a text."""
    return [_read(found) for found in _IN_HEADER.finditer(text)]


def of_letter(message: bytes | None) -> Mark | None:
    """The mark frozen in a letter's bytes, or in the first of them."""
    shown = (message or b"")[:SHOWN_WITHIN].decode("ascii", "replace")
    return next(iter(in_headers(shown)), None)


def marked(address: str, mark: Mark) -> str:
    """The address with the mark after a plus; the address as it is when that grew too long."""
    local, _, domain = address.rpartition("@")
    longer = f"{local}+{mark}"
    return f"{longer}@{domain}" if len(longer) <= LONGEST_LOCAL_PART else address


def _read(found: "re.Match[str]") -> Mark:
    return Mark(int(found["letter"]), found["secret"].lower())
