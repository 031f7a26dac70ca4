"""Papers in and out: read, gate, write, compare and seal, beside the library alone."""

import io
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import median

import docx
import typst

from benchmarks.measure import Measured, Target, seconds_of, within
from documents import DecisionBlock, Look, compare, read, write_docx, write_pdf, write_text
from documents.read import gate
from documents.seal import Signer, seal
from models.document import Document, Paragraph, Run, Section

SAMPLES = Path(__file__).parents[1] / "samples"
LOOK = Look("Region Sjöviken")
AT = datetime(2026, 6, 17, 9, tzinfo=UTC)


def measure(folder: Path, rounds: int) -> Iterator[Measured]:
    """The medians over so many rounds, ours and the library's in turn."""
    name = "rorelseorganen.md"
    charter = read((SAMPLES / name).read_bytes(), name).document
    word = write_docx(charter, decision=None, standing="draft", look=LOOK)
    long = write_docx(_two_hundred_pages(charter), decision=None, standing="draft", look=LOOK)
    fresh = _versions(charter)
    pdf = _decided(charter)
    signer = Signer.self_made(folder / "seal", "Region Sjöviken", AT)
    plain = write_text(charter, "sv")

    def in_turn(
        what: str,
        ours: Callable[[], object],
        floor: Callable[[], object] | None,
        target: Target | None,
        times: int = rounds,
    ) -> Measured:
        taken = [(seconds_of(ours), seconds_of(floor) if floor else None) for _ in range(times)]
        least = [seconds for _, seconds in taken if seconds is not None]
        return Measured(
            what, median(seconds for seconds, _ in taken), median(least) if least else None, target
        )

    yield in_turn(
        "read Word; floor: python-docx opens it",
        lambda: read(word, "a.docx"),
        lambda: [one.text for one in docx.Document(io.BytesIO(word)).paragraphs],
        within(0.025),
    )
    yield in_turn("the gate, Word", lambda: gate.unpacked(word), None, within(0.005))
    for name, pages in (("long.docx", long), ("long.pdf", _printed(long))):
        yield in_turn(
            f"read 200 pages, {name[-4:].strip('.')}",
            partial(read, pages, name),
            None,
            within(2),
            times=3,
        )
    yield in_turn(
        "PDF out; floor: typst sets the text",
        lambda: _decided(next(fresh)),
        lambda: typst.compile(_bare(write_text(next(fresh), "sv"))),
        within(0.040),
    )
    yield in_turn(
        "compare two versions", lambda: compare(charter, next(fresh)), None, within(0.003)
    )
    yield in_turn(
        "seal a decided PDF", lambda: seal(pdf, signer=signer, at=AT, reason="Beslut"), None, None
    )
    yield in_turn(
        "Word out; floor: python-docx alone",
        lambda: write_docx(next(fresh), decision=None, standing="draft", look=LOOK),
        lambda: _bare_word(plain),
        None,
    )


def _versions(charter: Document) -> Iterator[Document]:
    """The charter with one word changed, never the same twice: nothing is met again."""
    for number in itertools.count():
        said = Section(
            key="follow_up",
            heading="Uppföljning",
            blocks=(Paragraph(runs=(Run(text=f"Gruppen redovisar arbetet {number} gånger."),)),),
        )
        yield charter.model_copy(update={"sections": (*charter.sections, said)})


def _two_hundred_pages(charter: Document) -> Document:
    blocks = tuple(itertools.chain.from_iterable(one.blocks for one in charter.sections))
    tasks = tuple(
        one.model_copy(update={"blocks": blocks * 275}) if one.key == "tasks" else one
        for one in charter.sections
    )
    return charter.model_copy(update={"sections": tasks})


def _printed(word: bytes) -> bytes:
    document = read(word, "a.docx").document
    return write_pdf(document, decision=None, standing="draft", look=LOOK)


def _decided(charter: Document) -> bytes:
    block = DecisionBlock("Helena Ask", "Hälso- och sjukvårdsdirektör", date(2026, 6, 17), 64 * "a")
    return write_pdf(charter, decision=block, standing="decided", look=LOOK)


def _bare(text: str) -> bytes:
    escaped = "".join(f"\\{sign}" if sign in r"\#$*_@<>[]`=~/-+" else sign for sign in text)
    return escaped.encode()


def _bare_word(text: str) -> bytes:
    document = docx.Document()
    for line in text.split("\n\n"):
        document.add_paragraph(line)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()
