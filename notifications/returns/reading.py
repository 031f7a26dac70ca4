"""One returned message, read: what it is, of which letter it speaks, and what it says.

Pure, and bounded throughout, since anyone can send anything to a return address: only so many
bytes, lines, parts and headers are looked at, and nothing in a message can raise.
"""

import re
from codecs import lookup
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from itertools import islice

from flufl.bounce import all_failures

from notifications import marks
from notifications.marks import Mark
from statemachine.vocabulary import Spoken

MOST_BYTES = 5 * 2**20
"""A larger message is not read at all."""
LOOKED_AT = 2**17
"""Of a message only these first bytes are looked at: what follows is our own attachments."""
LONGEST_HEADER = 4_000
MOST_NESTING = 30
"""How often a message may say `boundary` or `message/`: mail in mail in mail is slow to parse."""
MOST_LINES, LONGEST_LINE = 400, 500
"""What of each text the old forms of bounce are looked for in."""
MOST_FAILURES = 50
LONGEST_SAID = 500
LONGEST_ADDRESS = 320


class Kind(Spoken):
    """What a returned message is."""

    BOUNCE = "bounce", "retur", "bounce"
    DELAY = "delay", "besked om dröjsmål", "notice of delay"
    AUTOMATIC = "automatic", "autosvar", "automatic reply"
    COMPLAINT = "complaint", "klagomål", "complaint"
    REPLY = "reply", "svar från en människa", "reply from a person"
    NOT_UNDERSTOOD = "not-understood", "gick inte att förstå", "not understood"


@dataclass(frozen=True, slots=True)
class Failure:
    """One address a letter did not reach, or has not yet reached."""

    addresses: tuple[str, ...]
    """The address as it was written to, then as it was last tried; none where none is named."""
    final: bool
    """Whether it was given up. A mailbox full for five days is final, though its code is 4.2.2."""
    code: int | None = None
    enhanced: str | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What one message says. Nothing of it is believed until a mark proves it."""

    kind: Kind
    subject: str = ""
    marks: tuple[Mark, ...] = ()
    message_ids: tuple[str, ...] = ()
    """The letters it answers or returns, by their Message-ID, which proves nothing."""
    failures: tuple[Failure, ...] = ()


def read_returned(data: bytes) -> Returned:
    """What the message is and says. Never raises, whatever the bytes."""
    if len(data) > MOST_BYTES or _is_entangled(data[:LOOKED_AT]):
        return Returned(Kind.NOT_UNDERSTOOD)
    try:
        return _read(message_from_bytes(data[:LOOKED_AT], policy=_BOUNDED))
    # On hostile mail the standard library raises more than it says it does.
    except Exception:
        return Returned(Kind.NOT_UNDERSTOOD)


class _Bounded(Compat32):
    """Headers are cut, since some take time by the square of their length, and read as UTF-8."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        raw = value[:LONGEST_HEADER].encode("ascii", "surrogateescape")
        return name, raw.decode("utf-8", "replace")


_BOUNDED = _Bounded()


def _is_entangled(data: bytes) -> bool:
    lowered = data.lower()
    return max(lowered.count(b"boundary"), lowered.count(b"message/")) > MOST_NESTING


def _read(message: Message) -> Returned:
    parts = list(_own_parts(message))
    texts = [_text(part) for part in parts if part.get_content_maintype() == "text"]
    originals = [*_originals(parts), *texts]
    found = Returned(
        Kind.REPLY,
        subject=_header(message, "subject"),
        marks=tuple(dict.fromkeys(_marks(message, originals))),
        message_ids=tuple(dict.fromkeys(_message_ids(message, originals))),
    )
    kind, failures = _what_it_is(message, parts, texts, found.subject)
    return replace(found, kind=kind, failures=failures)


def _own_parts(message: Message) -> Iterator[Message]:
    """The message and its parts, without entering mails enclosed in it."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        yield part
        if part.get_content_maintype() == "multipart":
            waiting += _payload(part)


def _payload(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if part.is_multipart() else []


# --- of which letter ----------------------------------------------------------------------------

_ADDRESSED = (
    "to",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "received",
)
_ENCLOSED = ("message/rfc822", "message/global", "message/rfc822-headers", "message/global-headers")
_ID = re.compile(r"<[^<>\s]{3,250}>")
_ID_LINE = re.compile(r"^[> \t]*message-id:\s*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)


def _originals(parts: Iterable[Message]) -> Iterator[str]:
    """The headers of the mails that are returned with it, as text."""
    for part in parts:
        kind = part.get_content_type()
        if kind in _ENCLOSED:
            for mail in _payload(part)[:1]:
                yield "\n".join(f"{name}: {_header(mail, name)}" for name in mail)
        elif kind == "text/rfc822-headers":
            yield _text(part)


def _marks(message: Message, originals: Iterable[str]) -> Iterator[Mark]:
    for name in _ADDRESSED:
        for value in islice(message.get_all(name, []), 50):
            yield from marks.in_addresses(str(value))
    for text in originals:
        yield from islice(marks.in_headers(text), 10)


def _message_ids(message: Message, originals: Iterable[str]) -> Iterator[str]:
    for text in originals:
        yield from islice(_ID_LINE.findall(text), 10)
    for name in ("in-reply-to", "references"):
        yield from islice(_ID.findall(_header(message, name)), 50)


# --- what it is ---------------------------------------------------------------------------------

_DAEMON = re.compile(
    r"mailer-?daemon|mail-?daemon|postmaster|mail delivery (sub)?system|microsoft ?exchange",
    re.IGNORECASE,
)
_SAYS_UNDELIVERED = re.compile(
    r"undeliver|returned mail|failure notice|delivery (status notif|fail|has failed|problem|delay)"
    r"|mail delivery (failed|failure)|could not be delivered|nondeliver|non remis|unzustellbar"
    r"|olevererbar|oleverera|((kan|kunde) inte|gick inte att) leverera",
    re.IGNORECASE,
)
_SAYS_AWAY = re.compile(
    r"\s*(autosvar|automatiskt svar|frånvar|ute från kontoret|semester|tjänstledig|föräldraledig"
    r"|sjukskriven|auto(matic)?[- ]?(reply|response)|out of (the )?office|ooo\b|vacation"
    r"|away from|on leave|abwesen|poissa|fravær)",
    re.IGNORECASE,
)
_ASKS_FOR_PROOF = re.compile(
    r"(please|must|vänligen) (confirm|verify|bekräfta)|(confirm|verify|bekräfta) (your|din|ditt)"
    r"|confirmation required|verification required|challenge",
    re.IGNORECASE,
)
_AUTOMATIC = (
    "x-autoreply",
    "x-autorespond",
    "x-auto-reply",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-auto-response-suppress",
)


def _what_it_is(
    message: Message, parts: list[Message], texts: list[str], subject: str
) -> tuple[Kind, tuple[Failure, ...]]:
    kinds = {part.get_content_type() for part in parts}
    if "message/feedback-report" in kinds:
        return Kind.COMPLAINT, ()
    if "message/delivery-status" in kinds and (reported := tuple(_reported(parts))):
        return _by(reported)
    if "message/disposition-notification" in kinds or "message/delivery-status" in kinds:
        return Kind.AUTOMATIC, ()
    if _ASKS_FOR_PROOF.search(subject):
        return Kind.REPLY, ()
    if _SAYS_AWAY.match(subject):
        return Kind.AUTOMATIC, ()
    by_daemon = bool(_DAEMON.search(_header(message, "from")) or _SAYS_UNDELIVERED.search(subject))
    from_nobody = _header(message, "return-path").strip() == "<>"
    automatic = _is_automatic(message)
    by_server = by_daemon or "x-failed-recipients" in message or (from_nobody and not automatic)
    if by_server and (failures := tuple(_in_old_forms(message, parts, texts))):
        return _by(failures)
    if by_daemon:
        return Kind.NOT_UNDERSTOOD, ()
    if automatic:
        return Kind.AUTOMATIC, ()
    return (Kind.REPLY if "from" in message else Kind.NOT_UNDERSTOOD), ()


def _by(failures: tuple[Failure, ...]) -> tuple[Kind, tuple[Failure, ...]]:
    return Kind.BOUNCE if any(one.final for one in failures) else Kind.DELAY, failures


def _is_automatic(message: Message) -> bool:
    submitted = _header(message, "auto-submitted").partition(";")[0].strip().casefold()
    precedence = _header(message, "precedence").strip().casefold()
    return (
        submitted not in ("", "no")
        or precedence in ("auto_reply", "bulk", "junk")
        or any(name in message for name in _AUTOMATIC)
    )


# --- what it says -------------------------------------------------------------------------------

_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -])")
_ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_NOT_FOR_MAIL = ("punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined")
"""Python would read these too: some take time without end, and no mail is written in them."""
_XTEXT = re.compile(r"\+([0-9A-F]{2})")


def _reported(parts: Iterable[Message]) -> Iterator[Failure]:
    """What a report of RFC 3464 says of each recipient that was not reached."""
    blocks = (
        block
        for part in parts
        if part.get_content_type() == "message/delivery-status"
        for block in _payload(part)
    )
    for block in islice(blocks, MOST_FAILURES):
        recipients = [_header(block, f"{which}-recipient") for which in ("original", "final")]
        action = _header(block, "action").strip().casefold()
        status = _enhanced(_header(block, "status"))
        if not action and any(recipients) and status:
            action = "failed" if status.startswith("5") else "delayed"
        if not action.startswith(("fail", "error", "delay")):
            continue
        diagnostic = _plain(_header(block, "diagnostic-code"))
        said = diagnostic.partition(";")[2].strip() or diagnostic
        yield Failure(
            tuple(dict.fromkeys(_addresses(recipients))),
            final=not action.startswith("delay"),
            code=_code(said),
            enhanced=_sharper(status, _enhanced(said)),
            said=said,
        )


def _addresses(recipients: Iterable[str]) -> Iterator[str]:
    for value in recipients:
        address = _plain(value.rpartition(";")[2]).strip("<> ")
        if "@" in address and len(address) <= LONGEST_ADDRESS:
            yield address
            # Some write `+2B` for a plus, as the standard says, and some do not.
            yield _XTEXT.sub(lambda found: chr(int(found[1], 16)), address)


def _sharper(status: str | None, diagnostic: str | None) -> str | None:
    """Of two enhanced codes the one that says more: a report's `5.0.0` says only `failed`."""
    vague = status is None or status.endswith((".0.0", ".0"))
    return diagnostic or status if vague else status


def _in_old_forms(message: Message, parts: list[Message], texts: list[str]) -> Iterator[Failure]:
    """What the forms of bounce from before there were reports say, as flufl.bounce knows them."""
    shown = [_shown(text) for text in texts]
    delayed, failed = all_failures(_for_detectors(message, parts, iter(shown)))
    for final, addresses in ((True, failed), (False, delayed - failed)):
        for raw in sorted(addresses)[:MOST_FAILURES]:
            address = raw.decode("ascii", "replace").strip("<> ")
            if "@" in address and len(address) <= LONGEST_ADDRESS:
                said = _said_of(address, shown)
                yield Failure((address,), final, _code(said), _enhanced(said), said)


def _for_detectors(message: Message, parts: list[Message], shown: Iterator[str]) -> Message:
    """The message with its texts decoded and cut, and without the mails enclosed in it."""
    for part in parts:
        if part.get_content_maintype() == "multipart":
            continue
        text = next(shown) if part.get_content_maintype() == "text" else ""
        del part["content-transfer-encoding"]
        part.set_payload(text)
    return message


def _shown(text: str) -> str:
    lines = (line[:LONGEST_LINE] for line in islice(text.splitlines(), MOST_LINES))
    return "\n".join("".join(c if c < "\x7f" else "?" for c in line) for line in lines)


def _said_of(address: str, texts: Iterable[str]) -> str:
    """What stands from where the address is first named, to the end of its paragraph."""
    for text in texts:
        _, named, after = text.partition(address)
        if named:
            paragraph = after.lstrip(">:) \n").split("\n\n", 1)[0]
            return _plain(paragraph)
    return ""


def _code(said: str) -> int | None:
    found = _CODE.search(said)
    return int(found[1]) if found else None


def _enhanced(said: str) -> str | None:
    found = _ENHANCED.search(said)
    return found[1] if found else None


def _plain(text: str) -> str:
    readable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(readable.split())[:LONGEST_SAID]


def _header(part: Message, name: str) -> str:
    value = str(part.get(name, ""))
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, MessageError):
        return value


def _text(part: Message) -> str:
    """The part's text, decoded as well as it can be."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        charset = lookup(part.get_content_charset("utf-8")).name
        return payload.decode("utf-8" if charset in _NOT_FOR_MAIL else charset, "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")
