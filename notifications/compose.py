"""A letter as an e-mail: the exact bytes that go on the wire, and nothing decided later."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Protocol

from email_validator import EmailNotValidError, validate_email

from notifications.facts import LetterFacts
from notifications.headers import POLICY
from notifications.invitation import last_day
from notifications.links import Pages
from notifications.marks import HEADER, Mark, marked
from notifications.wording import ACCENT, Unsayable, worded
from statemachine.vocabulary import EXPIRY_WARNINGS, Letter

WITH_CALENDAR = (Letter.DISTRIBUTION, *EXPIRY_WARNINGS, Letter.DISCONTINUED)
"""The letters that also put the charter's last day in the reader's calendar."""

MEDIA_TYPE = re.compile(r"[\w.+-]{1,64}/[\w.+-]{1,64}", re.ASCII)
LONGEST_NAME = 200
"""Letters of a name that stand in a header: the library takes seconds to fold a name of pages."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the letters are from."""

    name: str
    email: str
    domain: str
    """The right-hand side of every Message-ID."""
    return_path: str | None = None
    """Where relays return what they cannot deliver; the sender's own address when None."""
    plus: bool = False
    """Whether a letter's mark is added to the return address, after a plus."""
    accent: str = ACCENT
    pages: Pages | None = None
    """The pages that letters lead to; without them a letter says what to type."""

    @classmethod
    def of(
        cls,
        address: str,
        *,
        domain: str,
        return_path: str | None = None,
        plus: bool = False,
        accent: str = ACCENT,
        pages: Pages | None = None,
    ) -> "Sender":
        """The sender written as `Mandat <mandat@region.example>`."""
        name, email = parseaddr(address)
        return cls(name or email, email, domain, return_path, plus, accent, pages)

    def envelope_from(self, mark: Mark | None = None) -> str:
        """Whom the envelope is from: where a letter with this mark comes back to."""
        address = self.return_path or self.email
        return marked(address, mark) if mark and self.plus else address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A paper that goes with a letter."""

    filename: str
    media_type: str
    body: bytes


class Addressed(Protocol):
    """What of an outbox row a letter's envelope and headers need."""

    @property
    def id(self) -> int: ...
    @property
    def message_id(self) -> str: ...
    @property
    def charter_id(self) -> int | None: ...
    @property
    def group_id(self) -> int | None: ...
    @property
    def to_name(self) -> str: ...
    @property
    def to_email(self) -> str: ...


def message_id(dedupe_key: str, domain: str) -> str:
    """The Message-ID of the letter with this key: the same one whenever it is sent.

    It begins with what the letter is about, so that the index keeps a charter's letters together.
    """
    about = dedupe_key.partition(":")[0].replace(" ", "-")
    return f"<{about}.{hashlib.sha256(dedupe_key.encode()).hexdigest()[:32]}@{domain}>"


def conversation(row: Addressed, domain: str) -> str | None:
    """The id all letters about one charter (or one group) refer to, so that mail keeps a thread.

    None for a letter about neither: it belongs to no thread.
    """
    if row.charter_id is None and row.group_id is None:
        return None
    subject = f"charter {row.charter_id}" if row.charter_id else f"group {row.group_id}"
    return message_id(subject, domain)


def compose(
    row: Addressed,
    facts: LetterFacts,
    attachments: Sequence[Attachment],
    sender: Sender,
    *,
    at: datetime,
    mark: Mark | None = None,
) -> bytes:
    """The whole e-mail with its Date set to `at`: the same arguments give the same bytes.

    Raises Unsayable when a fact is missing, or when a header would carry a control character.
    """
    said = worded(
        facts,
        attached=tuple(one.filename for one in attachments),
        signed=sender.name,
        accent=sender.accent,
        pages=sender.pages,
    )
    mail = EmailMessage(policy=POLICY)
    mail["Message-ID"] = row.message_id
    if mark:
        mail[HEADER] = str(mark)
    mail["Date"] = format_datetime(at)
    mail["From"] = _address(sender.name, sender.email)
    mail["To"] = _address(row.to_name, row.to_email)
    handler = facts.charter.handler_email if facts.charter else None
    if facts.charter and handler:
        mail["Reply-To"] = _address(facts.charter.handler or "", handler)
    mail["Subject"] = harmless(said.subject)
    if thread := conversation(row, sender.domain):
        mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN"

    mail.set_content(said.text, cte="quoted-printable")
    mail.add_alternative(said.html, subtype="html", cte="quoted-printable")
    if facts.letter in WITH_CALENDAR and (entry := last_day(facts, sender.domain, row.id, at)):
        mail.add_alternative(entry, subtype="calendar", params={"method": "PUBLISH"})
    for one in attachments:
        if not MEDIA_TYPE.fullmatch(one.media_type):
            raise Unsayable(f"{one.media_type!r} is not a kind of file")
        maintype, _, subtype = one.media_type.partition("/")
        mail.add_attachment(
            one.body, maintype=maintype, subtype=subtype, filename=_filename(one.filename)
        )
    # Last, since adding a part moves every Content- header into the first one.
    mail["Content-Language"] = facts.reader.language
    _settle_boundaries(mail, row.message_id)
    return mail.as_bytes()


def harmless(value: str) -> str:
    """The value, as it may stand in a header.

    What looks encoded is taken apart: the library would decode it, line breaks and all, and write
    what it found.

    Raises Unsayable for a control character or a line separator: that is how headers are forged.
    """
    for character in value:
        if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
            raise Unsayable(f"{value!r} holds a control character and cannot stand in a header")
    return value.replace("=?", "= ?")


def ascii_address(email: str) -> str:
    """The address as relays take it, with a domain such as `sjöviken.example` in its ASCII form.

    Raises Unsayable for what is not one plain address.
    """
    try:
        valid = validate_email(email, check_deliverability=False)
    except EmailNotValidError as fault:
        raise Unsayable(f"{email!r} is not an e-mail address: {fault}") from fault
    if valid.ascii_email is None:
        raise Unsayable(f"{email!r} is not an e-mail address every relay can take")
    return valid.ascii_email


def _filename(name: str) -> str:
    """The name, without what the standard library would decode into something else."""
    return harmless(name).replace("=?", "=")


def _address(name: str, email: str) -> Address:
    return Address(harmless(name)[:LONGEST_NAME], addr_spec=ascii_address(email))


def _settle_boundaries(mail: EmailMessage, seed: str) -> None:
    """Boundaries from the letter's own id instead of a random number."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{seed} {number}".encode()).hexdigest()
            part.set_boundary(f"=_{digest[:40]}")
