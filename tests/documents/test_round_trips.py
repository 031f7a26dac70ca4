"""What is written is read back equal, apart from the raw text."""

from hypothesis import HealthCheck, given, settings

from documents import Look, read, write_docx, write_text
from models.document import Document
from tests.documents.charters import sample, without_raw
from tests.documents.documents_at_random import documents

LOOK = Look("Region Sjöviken")
SLOW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def through_text(document: Document) -> Document:
    return without_raw(read(write_text(document).encode(), "charter.md").document)


def through_word(document: Document) -> Document:
    paper = write_docx(document, decision=None, standing="draft", look=LOOK)
    return without_raw(read(paper, "charter.docx").document)


@given(documents)
@settings(SLOW, max_examples=200)
def test_text_is_read_back_equal(document: Document) -> None:
    assert through_text(document) == document


@given(documents)
@SLOW
def test_word_is_read_back_equal(document: Document) -> None:
    assert through_word(document) == document


def test_every_sample_is_read_back_equal_from_text_and_word() -> None:
    for name in ("rorelseorganen", "nara-vard", "kontaktperson", "digital-care"):
        document = without_raw(sample(name))
        assert through_text(document) == document
        assert through_word(document) == document


def test_the_canonical_text_of_a_sample_is_the_sample() -> None:
    from tests.documents.charters import SAMPLES

    for name in ("rorelseorganen", "nara-vard", "kontaktperson", "digital-care"):
        assert write_text(sample(name)) == (SAMPLES / f"{name}.md").read_text()
