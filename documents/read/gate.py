"""The gate: every Word file is judged here, part by part, before a library sees it.

The limits and the attacks behind them are those of documents.md: bombs, document types, macros,
embedded objects, external parts, paths that climb, names that stand twice.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from documents.refused import Unreadable
from statemachine.words import Words

MB = 1024 * 1024
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be; bytes, counts and unpacked-to-packed ratio."""

    size: int = 10 * MB
    unpacked: int = 60 * MB
    part: int = 25 * MB
    entries: int = 600
    ratio: int = 120
    paragraphs: int = 10_000
    paragraph: int = 50_000
    letters: int = 1_000_000


LIMITS = Limits()

TOO_LARGE = Words(
    "Filen är {size} MB; en handling får vara högst {limit} MB. Ta bort bilder och försök igen.",
    "The file is {size} MB; a document may be at most {limit} MB. Remove pictures and try again.",
)
A_BOMB = Words(
    "Filen packas upp till orimligt mycket och öppnas därför inte. Spara den på nytt från Word.",
    "The file unpacks to unreasonably much and is not opened. Save it anew from Word.",
)
DAMAGED = Words(
    "Wordfilen är skadad och går inte att läsa. Öppna den i Word, spara på nytt och försök igen.",
    "The Word file is damaged and cannot be read. Open it in Word, save it anew and try again.",
)
LOCKED = Words(
    "Filen är skyddad med lösenord. Spara den utan lösenord och försök igen.",
    "The file is protected by a password. Save it without one and try again.",
)
HAS_MACROS = Words(
    "Filen innehåller makron och öppnas därför inte. Spara den som vanligt Worddokument (.docx).",
    "The file contains macros and is not opened. Save it as an ordinary Word document (.docx).",
)
HAS_OBJECTS = Words(
    "Filen innehåller inbäddade objekt och öppnas därför inte. Ta bort dem och spara på nytt.",
    "The file contains embedded objects and is not opened. Remove them and save anew.",
)
HAS_DOCTYPE = Words(
    "Filen innehåller en dokumenttypsdeklaration, som Word aldrig skriver, och öppnas inte.",
    "The file contains a document type declaration, which Word never writes, and is not opened.",
)
REACHES_OUT = Words(
    "Filen hämtar innehåll utifrån ({target}) och öppnas därför inte. Ta bort den kopplingen.",
    "The file fetches content from outside ({target}) and is not opened. Remove that connection.",
)
ODD_NAMES = Words(
    "Filen är inte en riktig Wordfil (delen {name}) och öppnas inte. Spara den på nytt från Word.",
    "The file is not a proper Word file (part {name}) and is not opened. Save it anew from Word.",
)

FORBIDDEN = (
    (re.compile(r"vba|macro|\.bin$", re.IGNORECASE), HAS_MACROS),
    (re.compile(r"(?:^|/)(?:embeddings|activex|oleobject)", re.IGNORECASE), HAS_OBJECTS),
)
MACRO_TYPE = re.compile(rb"macroEnabled|vbaProject", re.IGNORECASE)
RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.DOTALL)
EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"']External[\"']", re.IGNORECASE)
TARGET = re.compile(rb"Target\s*=\s*[\"']([^\"']*)[\"']")
HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']")
XML = re.compile(r"\.(?:xml|rels)$", re.IGNORECASE)
UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


def unpacked(data: bytes, limits: Limits = LIMITS) -> dict[str, bytes]:
    """The XML parts of a zipped document, by name.

    Raises Unreadable, with the reason, for anything that is damaged or not safe to open.
    """
    if len(data) > limits.size:
        raise Unreadable(TOO_LARGE.about(size=len(data) // MB, limit=limits.size // MB))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _judge_names(entries, limits)
            parts = _read(archive, entries, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as damage:
        raise Unreadable(DAMAGED) from damage
    except RuntimeError as locked:  # what zipfile raises for an encrypted entry
        raise Unreadable(LOCKED) from locked
    for name, part in parts.items():
        _judge_part(name, part)
    return parts


def _judge_names(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise Unreadable(A_BOMB)
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        climbs = ".." in name.split("/") or name.startswith("/") or "\\" in name or ":" in name
        if climbs or name.casefold() in seen:
            raise Unreadable(ODD_NAMES.about(name=name[:60]))
        seen.add(name.casefold())
        for pattern, words in FORBIDDEN:
            if pattern.search(name):
                raise Unreadable(words)


def _read(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: Limits
) -> dict[str, bytes]:
    """The parts, counted while they are unpacked: a header may lie about its size."""
    parts: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        size = 0
        pieces = []
        with archive.open(entry) as stream:
            while piece := stream.read(CHUNK):
                size += len(piece)
                total += len(piece)
                small = size <= MB  # a short part of spaces packs better than any ratio
                dense = size > limits.ratio * max(entry.compress_size, 1)
                if size > limits.part or total > limits.unpacked or (dense and not small):
                    raise Unreadable(A_BOMB)
                pieces.append(piece)
        if XML.search(entry.filename):
            parts[entry.filename] = b"".join(pieces)
    return parts


def _judge_part(name: str, part: bytes) -> None:
    if part.startswith(UTF16) or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Unreadable(HAS_DOCTYPE)
    if name == "[Content_Types].xml" and MACRO_TYPE.search(part):
        raise Unreadable(HAS_MACROS)
    if name.endswith(".rels"):
        for relation in RELATION.findall(part):
            if EXTERNAL.search(relation) and not HYPERLINK.search(relation):
                target = TARGET.search(relation)
                shown = target[1].decode(errors="replace")[:80] if target else "?"
                raise Unreadable(REACHES_OUT.about(target=shown))
