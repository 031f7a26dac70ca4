"""The gate for PDF: its streams unpacked and counted, its objects judged, before it is read."""

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from documents.read.gate import A_BOMB, LIMITS, LOCKED, MB, TOO_LARGE
from documents.refused import Unreadable
from statemachine.words import Words

if TYPE_CHECKING:
    import pikepdf


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What a PDF may hold besides what any file may."""

    pages: int = 500
    objects: int = 60_000
    depth: int = 60


PDF_LIMITS = PdfLimits()

DAMAGED = Words(
    "PDF-filen är skadad eller avklippt och går inte att läsa. Spara den på nytt och försök igen.",
    "The PDF is damaged or cut off and cannot be read. Save it anew and try again.",
)
HAS_SCRIPT = Words(
    "PDF-filen innehåller program (JavaScript) och öppnas därför inte. "
    "Skriv ut den till en ny PDF.",
    "The PDF contains scripts (JavaScript) and is not opened. Print it to a new PDF.",
)
STARTS_SOMETHING = Words(
    "PDF-filen försöker starta något utanför sig själv ({what}) och öppnas därför inte. "
    "Skriv ut den till en ny PDF.",
    "The PDF tries to start something outside itself ({what}) and is not opened. "
    "Print it to a new PDF.",
)
HAS_FILES = Words(
    "PDF-filen har en annan fil inuti sig ({name}) och öppnas därför inte. Ta bort bilagan.",
    "The PDF has another file inside it ({name}) and is not opened. Remove the attachment.",
)
TOO_MANY_PAGES = Words(
    "PDF-filen har {pages} sidor; en handling får ha högst {limit}.",
    "The PDF has {pages} pages; a document may have at most {limit}.",
)
OVERLOADED = Words(
    "PDF-filen är orimligt sammansatt och öppnas därför inte. Skriv ut den till en ny PDF.",
    "The PDF is unreasonably put together and is not opened. Print it to a new PDF.",
)

STREAM = re.compile(rb"stream\r?\n")
ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x48\x89", b"\x68\x81")
CHUNK = 1 * MB
LAYERS = 3
"""So many times a stream may be packed inside itself before that alone refuses it."""

BEYOND_LIMITS = "limits error"
"""What qpdf says when it has left out an object nested too deep."""

PACKED = frozenset({"/FlateDecode", "/Fl"})
WRITTEN_AS_TEXT = frozenset({"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"})
PICTURES = frozenset(
    {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode"}
)

STARTING = frozenset(
    {"/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/Movie", "/Sound"}
)
OURS = frozenset({"document.json", "decision.json"})
"""What our own papers carry; it is let in, and left unread: it may differ from what is seen."""


def judged(data: bytes, limits: PdfLimits = PDF_LIMITS) -> None:
    """Raises Unreadable, with the reason, for a PDF that is damaged or not safe to read."""
    if len(data) > LIMITS.size:
        raise Unreadable(TOO_LARGE.about(size=len(data) // MB, limit=LIMITS.size // MB))
    _judge_streams(data)
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise Unreadable(LOCKED)
            _judge_objects(pdf, limits)
    except pikepdf.PasswordError as locked:
        raise Unreadable(LOCKED) from locked
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, RecursionError) as damage:
        raise Unreadable(DAMAGED) from damage


def _judge_streams(data: bytes) -> None:
    """Every packed stream unpacked here and only counted: its dictionary may lie about it."""
    left = LIMITS.unpacked
    for begins in STREAM.finditer(data):
        left -= _unpacked_size(memoryview(data)[begins.end() :], min(left, LIMITS.part))


def _unpacked_size(packed: memoryview, allowed: int, layer: int = 1) -> int:
    """How much a stream unpacks to, the streams packed within it included."""
    if bytes(packed[:2]) not in ZLIB_HEADS:
        return 0
    if layer > LAYERS:
        raise Unreadable(A_BOMB)
    unpacking, size, within = zlib.decompressobj(), 0, bytearray()
    pieces: Iterator[memoryview] = (packed[at : at + CHUNK] for at in range(0, len(packed), CHUNK))
    try:
        for piece in pieces:
            waiting: Any = piece
            while waiting and not unpacking.eof:
                came = unpacking.decompress(waiting, CHUNK)
                waiting = unpacking.unconsumed_tail
                size += len(came)
                if size > allowed:
                    raise Unreadable(A_BOMB)
                if bytes(within[:2] or came[:2]) in ZLIB_HEADS:
                    within += came
            if unpacking.eof:
                break
    except zlib.error:
        return size
    return size + _unpacked_size(memoryview(within), allowed - size, layer + 1)


def _judge_objects(pdf: "pikepdf.Pdf", limits: PdfLimits) -> None:
    if len(pdf.objects) > limits.objects:
        raise Unreadable(OVERLOADED)
    pages = len(pdf.pages)
    if pages > limits.pages:
        raise Unreadable(TOO_MANY_PAGES.about(pages=pages, limit=limits.pages))
    for one in pdf.objects:
        _judge_object(one, limits)
    if any(BEYOND_LIMITS in warning for warning in map(str, pdf.get_warnings())):
        raise Unreadable(OVERLOADED)


def _judge_object(one: "pikepdf.Object", limits: PdfLimits) -> None:
    """An object and what is written inside it; the objects it refers to have their own turn."""
    import pikepdf

    waiting = [(one, 0)]
    while waiting:
        here, depth = waiting.pop()
        if depth > limits.depth:
            raise Unreadable(OVERLOADED)
        if isinstance(here, pikepdf.Stream):
            _judge_filters(here)
            here = here.stream_dict
        if isinstance(here, pikepdf.Dictionary):
            _judge_dictionary(here)
            within: Any = here.values()
        elif isinstance(here, pikepdf.Array):
            within = here.as_list()
        else:
            continue
        waiting.extend(
            (inner, depth + 1)
            for inner in within
            if isinstance(inner, pikepdf.Object)
            and not inner.is_indirect
            and isinstance(inner, pikepdf.Dictionary | pikepdf.Array)
        )


def _judge_dictionary(one: "pikepdf.Dictionary") -> None:
    action = str(one.get("/S", ""))
    if action == "/JavaScript" or "/JS" in one or "/JavaScript" in one:
        raise Unreadable(HAS_SCRIPT)
    if action in STARTING or "/Launch" in one:
        raise Unreadable(STARTS_SOMETHING.about(what=action.removeprefix("/") or "Launch"))
    if "/RichMedia" in one or "/XFA" in one:
        raise Unreadable(HAS_SCRIPT)
    if "/EF" in one:
        name = str(one.get("/UF", one.get("/F", "?")))
        file = next(iter(one["/EF"].values()), None)
        kind = str(file.get("/Subtype", "")) if file is not None else ""
        if name not in OURS or kind != "/application/json":
            raise Unreadable(HAS_FILES.about(name=name[:60]))


def _judge_filters(stream: "pikepdf.Stream") -> None:
    """Only packings whose size was counted: plain, one layer of deflate, or a picture's own."""
    import pikepdf

    filters = stream.get("/Filter", None)
    if filters is None:
        return
    names = [str(one) for one in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    packed = [name for name in names if name in PACKED]
    known = PACKED | WRITTEN_AS_TEXT | PICTURES
    hidden = packed and names[0] not in PACKED
    if len(packed) > 1 or len(names) > 2 or not known.issuperset(names) or hidden:
        raise Unreadable(OVERLOADED)
