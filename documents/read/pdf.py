"""PDF in: the text layer as lines, put together again from what stands where on the pages."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from documents.read.gate import LIMITS
from documents.read.lines import Line, Shape
from documents.read.pdf_gate import DAMAGED, judged
from documents.read.recognise import SENTENCE_END
from documents.read.text import TOO_LONG, typed_mark
from documents.refused import Unreadable
from documents.runs import safe_link, text_of, tidy, tidy_runs, without_start
from models.document import Run
from statemachine.words import Words

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextObj, PdfTextPage

A_PICTURE = Words(
    "PDF-filen innehåller bara bilder av text, som en inskannad sida, och går inte att läsa. "
    "Skicka in handlingen som Word, text eller en PDF med text i.",
    "The PDF holds only pictures of text, as a scanned page does, and cannot be read. "
    "Hand the document in as Word, text or a PDF with text in it.",
)

BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
ITALIC = re.compile(r"italic|oblique", re.IGNORECASE)
HYPHENS = ("\u0002", "\u00ad", "\ufffe")
"""How PDFium hands on a hyphen at the end of a row that a typesetter put there."""
WORD_BROKEN = re.compile(r"[^\W\d_]-$")
GOES_ON_AFTER_HYPHEN = re.compile(r"(?:och|eller|samt|respektive|till|and|or|to)\b", re.IGNORECASE)
DASHES = ("-", "–", "—", "·")
DIGITS = re.compile(r"\d+")

# Measures, in parts of the letters' size where nothing else is said.
A_SPACE = 0.18
A_COLUMN = 1.5
SAME_ROW = 0.25
LARGER = 1.12
THE_TITLE = 1.3
LOOSER = 1.15
"""So many times the usual distance between rows, and a new paragraph begins."""
WIDEST_LEADING = 2.2
EDGE = 0.11
"""The part of a page, at its top and foot, where running heads and page numbers stand."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text set in one go: where it stands, in points from the page's lower left, and how."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    italic: bool
    link: str | None

    @property
    def run(self) -> Run:
        return Run(text=self.text, bold=self.bold, italic=self.italic, link=self.link)


@dataclass(frozen=True)
class Row:
    """What stands on one line of a page; `cells` are set apart by wide gaps."""

    page: int
    cells: tuple[tuple[Piece, ...], ...]
    place: float
    """How far down the page it stands, from 0 at the top to 1."""

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for cell in self.cells for piece in cell)

    @cached_property
    def runs(self) -> list[Run]:
        return _spaced(self.pieces)

    @cached_property
    def text(self) -> str:
        return tidy(text_of(self.runs))

    @cached_property
    def bold(self) -> bool:
        return all(piece.bold for piece in self.pieces)

    @cached_property
    def size(self) -> float:
        return max((len(one.text), one.size) for one in self.pieces)[1]

    @cached_property
    def base(self) -> float:
        return self.pieces[0].base

    @property
    def left(self) -> float:
        return self.pieces[0].left

    @property
    def right(self) -> float:
        return self.pieces[-1].right

    @cached_property
    def mark(self) -> int:
        """The length of a bullet or number typed at its start; 0 when there is none."""
        return typed_mark(self.text)[1]


@dataclass
class Paragraph:
    """Rows that are one paragraph, heading or point; a label and its value from a table."""

    rows: list[Row]
    runs: list[Run]
    column: float | None = None
    """Where the value of a table's row begins; None for any other paragraph."""

    @property
    def last(self) -> Row:
        return self.rows[-1]

    @property
    def bold(self) -> bool:
        return all(row.bold for row in self.rows)


@dataclass(frozen=True)
class Setting:
    """How the document is set: the size of its text, its rows' distance, where rows end."""

    size: float
    leading: float
    right: float
    width: float
    spaced: bool
    words: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Setting":
        size = _usual_size(rows)
        body = [row for row in rows if abs(row.size - size) < 0.3]
        steps = [
            round(above.base - below.base, 1)
            for above, below in pairwise(body)
            if above.page == below.page and 0 < above.base - below.base < WIDEST_LEADING * size
        ]
        often = Counter(steps)
        usual = min((step for step, count in often.items() if count >= 3), default=None)
        leading = (usual or min(steps, default=1.3 * size)) / size
        right = max(row.right for row in body)
        left = min(row.left for row in body)
        return cls(
            size=size,
            leading=leading,
            right=right,
            width=max(right - left, 1.0),
            spaced=sum(step > LOOSER * leading * size for step in steps) >= 3,
            words=frozenset(word for row in rows for word in re.findall(r"[\w-]+", row.text)),
        )

    def is_near(self, above: Row, below: Row) -> bool:
        """No more than the usual distance between two rows of one paragraph."""
        step = above.base - below.base
        return 0 < step <= LOOSER * self.leading * max(above.size, self.size)

    def has_room(self, row: Row, after: Row, slack: float) -> bool:
        """The next row's first word would have fitted on this one, so it was not broken here."""
        first = after.text.split(maxsplit=1)[0]
        needed = len(first) * 0.5 * row.size
        return self.right - row.right - needed > slack * self.width


def read_pdf(data: bytes) -> list[Line]:
    """The lines of a PDF's text layer, running heads and page numbers left out.

    Raises Unreadable, with the reason, when it is not safe to open or has no text.
    """
    judged(data)
    rows = _without_running_heads(_rows(data))
    if not rows:
        raise Unreadable(A_PICTURE)
    if len(rows) > LIMITS.paragraphs:
        raise Unreadable(TOO_LONG.about(limit=LIMITS.paragraphs))
    setting = Setting.of(rows)
    return list(_lines(_paragraphs(rows, setting), setting))


# From pages to rows


def _rows(data: bytes) -> list[Row]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as damage:
        raise Unreadable(DAMAGED) from damage
    try:
        return [row for number in range(len(pdf)) for row in _page_rows(pdf, number)]
    except pypdfium2.PdfiumError as damage:
        raise Unreadable(DAMAGED) from damage
    finally:
        pdf.close()


def _page_rows(pdf: "PdfDocument", number: int) -> Iterator[Row]:
    page = pdf[number]
    height = page.get_height() or 1.0
    pieces = sorted(_pieces(page), key=lambda one: (-one.base, one.left))
    begins = 0
    while begins < len(pieces):
        first, ends = pieces[begins], begins
        while ends < len(pieces) and first.base - pieces[ends].base <= SAME_ROW * first.size:
            ends += 1
        together = sorted(pieces[begins:ends], key=lambda one: one.left)
        for same in _of_one_size(together):
            yield Row(number, tuple(_cells(same)), 1 - first.base / height)
        begins = ends


def _of_one_size(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """A letterhead's two columns may share a base line; they are told apart by their size."""
    columns = list(_cells(pieces))
    sizes = [max(one.size for one in cell) for cell in columns]
    if max(sizes) <= LARGER * min(sizes):
        yield pieces
    else:
        yield from (list(cell) for cell in columns)


def _cells(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    cell: list[Piece] = []
    for piece in pieces:
        if cell and piece.left - cell[-1].right > A_COLUMN * piece.size:
            yield tuple(cell)
            cell = []
        cell.append(piece)
    yield tuple(cell)


def _spaced(pieces: Sequence[Piece]) -> list[Run]:
    """The pieces' runs, with a space wherever there is a gap as wide as one."""
    runs: list[Run] = []
    for before, piece in zip((None, *pieces), pieces, strict=False):
        if before and piece.left - before.right > A_SPACE * piece.size:
            runs.append(Run(text=" "))
        runs.append(piece.run)
    return runs


def _pieces(page: "PdfPage") -> Iterator[Piece]:
    """The upright text of a page; a stamp set askew is none, nor what is tagged as no text."""
    from pypdfium2 import raw

    links = _links(page)
    text_page = page.get_textpage()
    fonts: dict[int, str] = {}
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], textpage=text_page):
        matrix, bounds, around = one.get_matrix(), one.get_bounds(), one.container
        while around is not None:
            outer = around.get_matrix()
            matrix, bounds = matrix.multiply(outer), outer.on_rect(*bounds)
            around = around.container
        askew = abs(matrix.b) + abs(matrix.c) > 0.01 * (abs(matrix.a) + abs(matrix.d))
        if askew or matrix.a <= 0 or _is_artifact(one):
            continue
        text = _letters(one, text_page)
        if not text.strip():
            continue
        font = raw.FPDFTextObj_GetFont(one)
        address = ctypes.cast(font, ctypes.c_void_p).value or 0
        if address not in fonts:
            fonts[address] = _font_name(font)
        yield Piece(
            text=text,
            left=matrix.e,
            right=bounds[2],
            base=matrix.f,
            size=round(one.get_font_size() * abs(matrix.d), 1),
            bold=bool(BOLD.search(fonts[address])),
            italic=bool(ITALIC.search(fonts[address])),
            link=_link_at((matrix.e + bounds[2]) / 2, matrix.f + 1, links),
        )


def _letters(one: "PdfTextObj", text_page: "PdfTextPage") -> str:
    from pypdfium2 import raw

    room = (ctypes.c_ushort * 512)()
    length = raw.FPDFTextObj_GetText(one, text_page, room, ctypes.sizeof(room))
    if length > ctypes.sizeof(room):
        room = (ctypes.c_ushort * length)()
        raw.FPDFTextObj_GetText(one, text_page, room, ctypes.sizeof(room))
    return bytes(room)[: max(length - 2, 0)].decode("utf-16-le", "replace")


def _font_name(font: Any) -> str:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(200)
    raw.FPDFFont_GetBaseFontName(font, name, len(name))
    return name.value.decode("latin-1")


def _is_artifact(one: "PdfTextObj") -> bool:
    """Tagged PDFs say of running heads, page numbers and stamps that they are no part of it."""
    from pypdfium2 import raw

    name, length = (ctypes.c_ushort * 32)(), ctypes.c_ulong()
    for place in range(raw.FPDFPageObj_CountMarks(one)):
        mark = raw.FPDFPageObj_GetMark(one, place)
        if raw.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), length):
            spelled = bytes(name)[: max(length.value - 2, 0)].decode("utf-16-le", "replace")
            if spelled == "Artifact":
                return True
    return False


Box = tuple[float, float, float, float]


def _links(page: "PdfPage") -> list[tuple[Box, str]]:
    """Where on the page links to the web or to an address lie, and where they lead."""
    from pypdfium2 import raw

    found: list[tuple[Box, str]] = []
    place, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, place, link):
        action = raw.FPDFLink_GetAction(link)
        length = raw.FPDFAction_GetURIPath(page.pdf, action, None, 0) if action else 0
        if not length:
            continue
        uri = ctypes.create_string_buffer(length)
        raw.FPDFAction_GetURIPath(page.pdf, action, uri, length)
        if target := safe_link(uri.value.decode("utf-8", "replace")):
            found.extend((box, target) for box in _boxes(link))
    return found


def _boxes(link: Any) -> Iterator[Box]:
    """The quadrilaterals a link covers, one a row; its rectangle when it has none."""
    from pypdfium2 import raw

    quad, rect = raw.FS_QUADPOINTSF(), raw.FS_RECTF()
    count = raw.FPDFLink_CountQuadPoints(link)
    for place in range(count):
        if raw.FPDFLink_GetQuadPoints(link, place, quad):
            across = (quad.x1, quad.x2, quad.x3, quad.x4)
            down = (quad.y1, quad.y2, quad.y3, quad.y4)
            yield min(across), min(down), max(across), max(down)
    if not count and raw.FPDFLink_GetAnnotRect(link, rect):
        yield rect.left, rect.bottom, rect.right, rect.top


def _link_at(across: float, up: float, links: list[tuple[Box, str]]) -> str | None:
    for (left, bottom, right, top), target in links:
        if left <= across <= right and bottom <= up <= top:
            return target
    return None


def _without_running_heads(rows: list[Row]) -> list[Row]:
    """The rows but for small ones at the edge of most pages that say the same, numbers apart."""
    pages = len({row.page for row in rows})
    usual = _usual_size(rows)

    def said(row: Row) -> tuple[bool, str]:
        return (row.place < 0.5, DIGITS.sub("0", row.text))

    def at_edge(row: Row) -> bool:
        return min(row.place, 1 - row.place) < EDGE and row.size < LARGER * usual

    once_a_page = {(row.page, said(row)) for row in rows if at_edge(row)}
    often = Counter(saying for _, saying in once_a_page)
    repeated = {one for one, count in often.items() if count >= 2 and count >= pages / 2}
    return [row for row in rows if not (at_edge(row) and said(row) in repeated)]


def _usual_size(rows: Iterable[Row]) -> float:
    """The size that most letters have; 0 when there are none."""
    letters: Counter[float] = Counter()
    for row in rows:
        letters[row.size] += len(row.text)
    return max(letters, key=lambda size: letters[size], default=0.0)


# From rows to lines


def _paragraphs(rows: Sequence[Row], setting: Setting) -> list[Paragraph]:
    paragraphs: list[Paragraph] = []
    for row in rows:
        before = paragraphs[-1] if paragraphs else None
        if before is not None and _goes_on(before, row, setting):
            before.rows.append(row)
            _join(before.runs, row, setting)
        else:
            paragraphs.extend(_begun(row))
    return paragraphs


def _begun(row: Row) -> Iterator[Paragraph]:
    """The paragraph a row begins; a row of cells is label and value, one pair or more."""
    labels = [tidy(text_of(_spaced(cell))) for cell in row.cells[::2]]
    pairs = len(row.cells) % 2 == 0 and not row.mark
    if not pairs or labels[0].endswith(":"):
        yield Paragraph([row], list(row.runs))
        return
    for label, value in zip(labels, row.cells[1::2], strict=True):
        name = Run(text=f"{label.rstrip(': ')}: ", bold=True)
        yield Paragraph([row], [name, *_spaced(value)], column=value[0].left)


def _goes_on(before: Paragraph, row: Row, setting: Setting) -> bool:
    """The row belongs to the paragraph before it."""
    last = before.last
    if len(row.cells) > 1 and not row.mark:
        return False
    if before.column is not None:
        in_column = abs(row.left - before.column) < 0.3 * row.size
        return last.page == row.page and in_column and setting.is_near(last, row)
    if abs(last.size - row.size) > 0.05 * row.size or _is_set_apart(before, row, setting):
        return False
    if _is_marked(before, row):
        return False
    if last.page != row.page:
        is_torn = not SENTENCE_END.search(last.text) and not before.bold
        return is_torn and not setting.has_room(last, row, 0.1)
    if not setting.is_near(last, row):
        return False
    return not setting.has_room(last, row, 0.35 if setting.spaced else 0.03)


def _is_set_apart(before: Paragraph, row: Row, setting: Setting) -> bool:
    """A heading in bold above its text, or text above one; a first line that is indented."""
    if before.bold and not row.pieces[0].bold:
        return True
    if row.bold and not before.bold and setting.has_room(before.last, row, 0.03):
        return True
    indent = row.left - before.last.left
    return len(before.rows) > 1 and abs(indent) > 0.5 * row.size and before.last.page == row.page


def _is_marked(before: Paragraph, row: Row) -> bool:
    """The row begins with a bullet or number of its own, and not with a dash in a sentence."""
    if not row.mark:
        return False
    in_sentence = not SENTENCE_END.search(before.last.text) and not before.rows[0].mark
    return not (row.text.startswith(DASHES) and in_sentence and row.left == before.last.left)


def _join(runs: list[Run], row: Row, setting: Setting) -> None:
    """Adds a row to a paragraph's runs, the word that a hyphen broke between them made whole."""
    text, after = text_of(runs[-2:]).rstrip(), row.text
    if text.endswith(HYPHENS) or _is_broken(text, after, setting):
        last = runs[-1]
        runs[-1] = last.model_copy(update={"text": last.text.rstrip()[:-1]})
    elif not text.endswith("-") or GOES_ON_AFTER_HYPHEN.match(after):
        runs.append(Run(text=" "))
    runs.extend(row.runs)


def _is_broken(text: str, after: str, setting: Setting) -> bool:
    """A typesetter broke a word here: it has no hyphen of its own."""
    if not WORD_BROKEN.search(text) or not after[:1].islower():
        return False
    whole = re.split(r"[^\w-]", text)[-1] + re.split(r"[^\w-]", after)[0]
    return not GOES_ON_AFTER_HYPHEN.match(after) and whole not in setting.words


def _lines(paragraphs: Sequence[Paragraph], setting: Setting) -> Iterator[Line]:
    """The paragraphs with their shapes: larger letters are a heading, the largest are the title.

    Larger letters above the title are a letterhead, and only text.
    """
    large = [one for one in paragraphs if one.last.size >= LARGER * setting.size]
    title = max(large, key=lambda one: one.last.size, default=None)
    if title is not None and title.last.size < THE_TITLE * setting.size:
        title = None
    above_title = title is not None
    for one in paragraphs:
        if one.last.size >= LARGER * setting.size and one.column is None:
            shape = Shape.TITLE if one is title else Shape.HEADING
            above_title = above_title and one is not title
            runs = tuple(run.model_copy(update={"bold": False}) for run in one.runs)
            yield Line(tidy_runs(runs), Shape.TEXT if above_title else shape)
            continue
        runs = tidy_runs(one.runs)
        shape, mark = typed_mark(text_of(runs)) if one.column is None else (Shape.TEXT, 0)
        if runs := without_start(runs, mark) if mark else runs:
            yield Line(runs, shape, from_table=one.column is not None)
