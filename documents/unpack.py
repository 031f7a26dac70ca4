"""Many papers handed in at once: a zip archive is unpacked in memory, within bounds."""

import io
import re
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from documents.read.gate import CHUNK, LIMITS, MB
from documents.refused import Unreadable
from statemachine.words import Words


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be handed in at once; bytes, counts and unpacked-to-packed ratio."""

    files: int = 1_000
    entries: int = 5_000
    directory: int = 4 * MB
    """What is read of an archive before a single file of it."""
    file: int = LIMITS.size
    unpacked: int = 200 * MB
    ratio: int = LIMITS.ratio


ROOM = Room()


@dataclass(frozen=True, slots=True)
class Handed:
    """One file as it was handed in."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The files handed in, and the names of what lay among them and is no paper."""

    files: tuple[Handed, ...]
    passed_over: tuple[str, ...] = ()


LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini", ".ds_store", "__macosx"})
"""What systems leave behind in folders."""

OFFICE = frozenset({"[Content_Types].xml", "mimetype", "word/document.xml"})
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
END, LONG_FORM = b"PK\x05\x06", b"PK\x06\x07"
LEADS_OUT = re.compile(r"^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)")
LONGEST_END = 22 + 65_535
UTF8 = 0x800
LOCKED = 0x1

TOO_MANY = Words(
    "{name} innehåller {count} filer; högst {limit} tas emot på en gång. Dela upp dem.",
    "{name} holds {count} files; at most {limit} are taken in at once. Divide them.",
)
TOO_MUCH = Words(
    "{name} packas upp till mer än {limit} MB. Dela upp filerna på flera arkiv.",
    "{name} unpacks to more than {limit} MB. Divide the files among several archives.",
)
TOO_LARGE = Words(
    "{file} i {name} är större än {limit} MB. Ta bort bilder i den eller ta den ur arkivet.",
    "{file} in {name} is larger than {limit} MB. Remove pictures in it, or take it out.",
)
A_BOMB = Words(
    "{file} i {name} packas upp till orimligt mycket, och arkivet öppnas därför inte. "
    "Packa filerna på nytt.",
    "{file} in {name} unpacks to unreasonably much, and the archive is not opened. "
    "Pack the files anew.",
)
DAMAGED = Words(
    "Zipfilen {name} är skadad och går inte att läsa. Packa filerna på nytt.",
    "The zip file {name} is damaged and cannot be read. Pack the files anew.",
)
HAS_A_PASSWORD = Words(
    "Zipfilen {name} är skyddad med lösenord. Packa filerna på nytt utan lösenord.",
    "The zip file {name} is protected by a password. Pack the files anew without one.",
)
CLIMBS = Words(
    "Zipfilen {name} innehåller en sökväg som leder utanför den ({file}) och öppnas inte. "
    "Packa filerna på nytt.",
    "The zip file {name} holds a path that leads out of it ({file}) and is not opened. "
    "Pack the files anew.",
)
NOTHING_IN_IT = Words("{name} innehåller inga filer att läsa.", "{name} holds no files to read.")
NOTHING_CHOSEN = Words(
    "Välj ett zip-arkiv eller en eller flera filer.", "Choose a zip archive, or one or more files."
)
ZIP_IN_ZIP = Words(
    "{filename} är ett zip-arkiv bland de andra filerna och öppnas inte. Packa upp det och "
    "lägg filerna bland de andra.",
    "{filename} is a zip archive among the other files and is not opened. Unpack it and put its "
    "files among the others.",
)


def unpacked(name: str, body: bytes, room: Room = ROOM) -> HandedIn:
    """The files in a zip archive; any other file is handed in as it is.

    Nothing is written anywhere: names are only names. Raises Unreadable for an archive that is
    damaged, locked, too large, or leads out of itself.
    """
    if len(body) > room.unpacked:
        raise Unreadable(TOO_MUCH.about(name=name, limit=room.unpacked // MB))
    if not is_archive(body):
        return gathered(name, [Handed(name, body)], room)
    if _directory_size(body) > room.directory:
        raise Unreadable(TOO_MANY.about(name=name, count="?", limit=room.files))
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _files_of(archive, name, room)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as damage:
        raise Unreadable(DAMAGED.about(name=name)) from damage
    except RuntimeError as locked:  # what zipfile raises for an encrypted entry
        raise Unreadable(HAS_A_PASSWORD.about(name=name)) from locked


def unpacked_together(handed: Sequence[Handed], room: Room = ROOM) -> HandedIn:
    """The files of several archives, and those handed in beside them. Raises Unreadable."""
    if not handed:
        raise Unreadable(NOTHING_CHOSEN)
    several = [unpacked(one.name, one.body, room) for one in handed]
    if len(several) == 1:
        return several[0]
    files = [one for some in several for one in some.files]
    passed_over = [name for some in several for name in some.passed_over]
    together = gathered(handed[0].name, files, room)
    return HandedIn(together.files, tuple(sorted(passed_over)))


def gathered(name: str, files: Iterable[Handed], room: Room = ROOM) -> HandedIn:
    """The files of a folder, or those handed in one by one, without what systems leave behind.

    Raises Unreadable when there are none, too many, or they are too large together.
    """
    kept: list[Handed] = []
    passed_over: list[str] = []
    total = 0
    for one in files:
        one = Handed(_legible(one.name), one.body)
        if is_left_behind(one.name):
            passed_over.append(one.name)
            continue
        total += len(one.body)
        if len(one.body) > room.file:
            raise Unreadable(TOO_LARGE.about(file=one.name, name=name, limit=room.file // MB))
        if total > room.unpacked:
            raise Unreadable(TOO_MUCH.about(name=name, limit=room.unpacked // MB))
        kept.append(one)
        _count(len(kept), name, room)
    if not kept:
        raise Unreadable(NOTHING_IN_IT.about(name=name))
    return HandedIn(tuple(sorted(kept, key=lambda one: one.name)), tuple(sorted(passed_over)))


def is_archive(body: bytes) -> bool:
    """Whether these bytes are a zip archive, and not an Office document, which is one inside."""
    if not body.startswith(ZIP):
        return False
    if _directory_size(body) > ROOM.directory:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return OFFICE.isdisjoint(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        return not any(inside in body for inside in (b"word/", b"xl/", b"ppt/"))


def is_left_behind(name: str) -> bool:
    """Whether a system left the file behind: no paper is called so."""
    parts = name.casefold().split("/")
    return any(part in LEFT_BEHIND or part.startswith(("~$", "._", ".~lock.")) for part in parts)


def _directory_size(body: bytes) -> int:
    """How large the archive says its table of contents is; the library would read all of it.

    One that says so in the long form is as large as may be: nothing so small needs it.
    """
    end = body.rfind(END, max(0, len(body) - LONGEST_END))
    if end < 0 or len(body) < end + 16:
        return 0
    if body[max(0, end - 20) : end].startswith(LONG_FORM):
        return sys.maxsize
    return int.from_bytes(body[end + 12 : end + 16], "little")


def _files_of(archive: zipfile.ZipFile, name: str, room: Room) -> HandedIn:
    entries = archive.infolist()
    if len(entries) > room.entries:
        raise Unreadable(TOO_MANY.about(name=name, count=len(entries), limit=room.files))
    named = [(_spelt(entry), entry) for entry in entries if not entry.is_dir()]
    for spelt, entry in named:
        if LEADS_OUT.search(spelt):
            raise Unreadable(CLIMBS.about(name=name, file=spelt[:80]))
        if entry.flag_bits & LOCKED:
            raise Unreadable(HAS_A_PASSWORD.about(name=name))
    papers = [(spelt, entry) for spelt, entry in named if not is_left_behind(spelt)]
    _count(len(papers), name, room)
    left = room.unpacked
    files = []
    for spelt, entry in papers:
        body = _body(archive, entry, spelt, name, room, left)
        left -= len(body)
        files.append(Handed(spelt, body))
    gone = tuple(sorted(spelt for spelt, _ in named if is_left_behind(spelt)))
    if not files:
        raise Unreadable(NOTHING_IN_IT.about(name=name))
    return HandedIn(tuple(sorted(files, key=lambda one: one.name)), gone)


def _body(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, spelt: str, name: str, room: Room, left: int
) -> bytes:
    """One file's bytes, counted while they are unpacked: a header may lie about its size."""
    size = 0
    pieces = []
    with archive.open(entry) as stream:
        while piece := stream.read(CHUNK):
            size += len(piece)
            if size > room.file:
                raise Unreadable(TOO_LARGE.about(file=spelt, name=name, limit=room.file // MB))
            if size > left:
                raise Unreadable(TOO_MUCH.about(name=name, limit=room.unpacked // MB))
            if size > max(MB, room.ratio * entry.compress_size):
                raise Unreadable(A_BOMB.about(file=spelt, name=name))
            pieces.append(piece)
    return b"".join(pieces)


def _count(count: int, name: str, room: Room) -> None:
    if count > room.files:
        raise Unreadable(TOO_MANY.about(name=name, count=count, limit=room.files))


def _spelt(entry: zipfile.ZipInfo) -> str:
    """The name as people see it: some pack UTF-8 without saying so, or letters taken apart."""
    name = entry.filename
    if not entry.flag_bits & UTF8:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            name = entry.filename
    return _legible(name.replace("\\", "/"))


def _legible(name: str) -> str:
    """The name without what no page and no database can show."""
    whole = name.encode(errors="replace").decode()
    return unicodedata.normalize("NFC", "".join(one for one in whole if one.isprintable()))
