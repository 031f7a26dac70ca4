"""Headers as they go on the wire, folded here.

The standard library, folding words it has encoded, loses the space between two of them or puts one
inside a word: `samordningsrådetför`. And it garbles a References longer than a line unless told
what it is.
"""

from email.header import Header
from email.headerregistry import (
    HeaderRegistry,
    MessageIDHeader,
    UniqueAddressHeader,
    UniqueUnstructuredHeader,
)
from email.policy import SMTP, EmailPolicy
from email.utils import formataddr
from typing import Any


class _Words(UniqueUnstructuredHeader):
    """A line of words: the subject, as it is; what looks encoded is not decoded first."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds |= {"decoded": value, "parse_tree": None}

    def fold(self: Any, *, policy: EmailPolicy) -> str:
        words = _encoded(str(self), policy, self.name)
        return f"{self.name}: {words}{policy.linesep}"


class _Addresses(UniqueAddressHeader):
    """Names with addresses; each on a line of its own where they do not fit on one."""

    def fold(self: Any, *, policy: EmailPolicy) -> str:
        people = [
            _addressed(one.display_name, one.addr_spec, policy, self.name) for one in self.addresses
        ]
        return f"{self.name}: {f',{policy.linesep} '.join(people)}{policy.linesep}"


def _addressed(called: str, address: str, policy: EmailPolicy, name: str) -> str:
    if _is_plain(called):
        return formataddr((called, address))
    return f"{_encoded(called, policy, name)}{policy.linesep} <{address}>"


def _encoded(text: str, policy: EmailPolicy, name: str) -> str:
    """The text as the header of that name takes it; spaces are encoded with the words."""
    charset = "us-ascii" if _is_plain(text) else "utf-8"
    header = Header(text, charset, maxlinelen=policy.max_line_length or 78, header_name=name)
    return header.encode(linesep=policy.linesep)


def _is_plain(text: str) -> bool:
    """Whether the text can stand as it is, and would not be taken for something encoded."""
    return text.isascii() and "=?" not in text


def _policy() -> Any:
    headers: Any = HeaderRegistry()
    headers.map_to_type("references", MessageIDHeader)
    headers.map_to_type("subject", _Words)
    for name in ("from", "to", "reply-to"):
        headers.map_to_type(name, _Addresses)
    return SMTP.clone(cte_type="7bit", header_factory=headers)


POLICY = _policy()
"""How every letter is written: CRLF, seven bits, and these headers."""
