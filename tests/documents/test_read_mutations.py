"""A charter says the same however its file is mistreated: the floor is every field, unchanged."""

import re
import unicodedata
from collections.abc import Callable

import pytest

from documents import Refused, Unreadable, read
from models.document import Document
from tests.documents.charters import SAMPLES, needs_real_records, real, without_raw

BULLETS = re.compile(r"^- ", re.MULTILINE)


def bold_removed(text: str) -> str:
    return text.replace("**", "")


def headings_plain(text: str) -> str:
    return re.sub(r"^#+ ", "", text, flags=re.MULTILINE)


def headings_bold(text: str) -> str:
    return re.sub(r"^#+ (.+)$", r"**\1**", text, flags=re.MULTILINE)


def no_blank_lines(text: str) -> str:
    return re.sub(r"\n{2,}", "\n", text)


def hard_wrapped(text: str) -> str:
    import textwrap

    return "\n".join(
        line
        if len(line) < 78
        else textwrap.fill(line, 78, break_on_hyphens=False, break_long_words=False)
        for line in text.split("\n")
    )


def header_reordered(text: str) -> str:
    first, second = (
        re.search(p, text, re.MULTILINE) for p in (r"^\*\*Datum:.*$", r"^\*\*Uppdragstagare:.*$")
    )
    assert first
    assert second
    swapped = text.replace(first[0], "@@").replace(second[0], first[0])
    return swapped.replace("@@", second[0])


def labels_by_other_names(text: str) -> str:
    return text.replace("**Diarienummer:**", "**Dnr:**").replace("**Datum:**", "**Dokumentdatum:**")


def labels_glued(text: str) -> str:
    return re.sub(r"(\*\*Ansvarsområde:\*\* .*)\n\n(\*\*Uppdragsgivare)", r"\1\2", text)


def headings_misspelt(text: str) -> str:
    text = text.replace("# Uppdragsbeskrivning", "# Updragsbeskrivning")
    return text.replace("# Kommunikation", "# Komunikation")


def page_numbers(text: str) -> str:
    return text.replace("\n## Arbets", "\nSida 1 (2)\n\n## Arbets").replace(
        "\n## Besluts", "\n2 (2)\n\n## Besluts"
    )


def soft_hyphens(text: str) -> str:
    return text.replace("samordning", "sam\u00adordning")


MUTATIONS: list[Callable[[str], str]] = [
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("\n", "\r\n"),
    lambda text: "\ufeff" + text,
    lambda text: BULLETS.sub("•\t", text),
    lambda text: BULLETS.sub("\uf0b7 ", text),
    lambda text: BULLETS.sub("– ", text),
    lambda text: BULLETS.sub("* ", text),
    labels_by_other_names,
    labels_glued,
    header_reordered,
    page_numbers,
    soft_hyphens,
    hard_wrapped,
    no_blank_lines,
]


def sample_text() -> str:
    return (SAMPLES / "rorelseorganen.md").read_text()


def read_text(text: str) -> Document:
    return without_raw(read(text.encode(), "charter.md").document)


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_mistreated_charter_says_the_same(mutate: Callable[[str], str]) -> None:
    mutated = mutate(sample_text())
    assert mutated != sample_text()
    assert read_text(mutated) == read_text(sample_text())


@pytest.mark.parametrize("mutate", [headings_plain, headings_bold, headings_misspelt])
def test_headings_are_known_by_their_words(mutate: Callable[[str], str]) -> None:
    read_anew, original = read_text(mutate(sample_text())), read_text(sample_text())
    assert [(one.key, one.text) for one in read_anew.sections] == [
        (one.key, one.text) for one in original.sections
    ]
    assert read_anew.title == original.title
    assert read_anew.recipients == original.recipients


def test_without_bold_only_the_bold_is_lost() -> None:
    read_anew, original = read_text(bold_removed(sample_text())), read_text(sample_text())
    assert [one.text for one in read_anew.sections] == [one.text for one in original.sections]
    assert read_anew.model_copy(update={"sections": ()}) == original.model_copy(
        update={"sections": ()}
    )


def test_the_text_may_come_from_an_old_windows_machine() -> None:
    written = sample_text().replace("\n", "\r\n")
    for encoding in ("cp1252", "utf-16"):
        document = without_raw(read(written.encode(encoding), "charter.txt").document)
        assert document == read_text(sample_text())


def test_a_label_alone_is_empty_and_a_date_below_it_belongs_to_it() -> None:
    text = sample_text().replace("**Datum:** 2026-05-20", "**Datum:**\n\n2026-05-20")
    assert read_text(text).document_date == read_text(sample_text()).document_date
    empty = sample_text().replace("**Datum:** 2026-05-20", "**Datum:**")
    assert read_text(empty).document_date is None


def test_dates_are_read_as_people_write_them() -> None:
    for written in ("20 maj 2026", "den 20 maj 2026", "20260520", "2026–05–20"):
        text = sample_text().replace("2026-05-20", written)
        assert read_text(text).document_date == read_text(sample_text()).document_date


def test_the_older_form_is_read() -> None:
    text = """Uppdragshandling för programområde syn

Region Sjöviken

Ansvarsområde: Ögonsjukvård
Uppdragsgivare: Helena Ask, hälso- och sjukvårdsdirektör
Uppdragstagare: Ordförande i programområde syn

Syfte
Alla ska se en ögonläkare i tid.

Uppdrag
- Följa väntetider.
- Föreslå åtgärder.

Uppdraget fastställs
Helena Ask
hälso- och sjukvårdsdirektör

Uppdraget skickas till: Ordförande i programområde syn
Uppdraget gäller som längst till och med 2024-12-31 (fem år).
"""
    document = read_text(text)
    assert document.group == "Programområde syn"
    assert document.document_date is None
    assert [one.key for one in document.sections] == ["purpose", "tasks"]
    assert document.decision.maker.name == "Helena Ask"
    assert document.decision.maker.title == "hälso- och sjukvårdsdirektör"
    assert [one.who for one in document.recipients] == ["Ordförande i programområde syn"]
    assert str(document.valid_through) == "2024-12-31"
    assert document.validity_text is not None


def test_an_executive_decision_with_a_title_that_begins_like_a_heading_is_read() -> None:
    text = (SAMPLES / "kontaktperson.md").read_text().replace("# ", "").replace("#", "")
    document = read_text(text)
    assert document.kind == "executive_decision"
    assert document.title == "Uppdragsbeskrivning för kontaktperson i koncernledningen"
    assert document.handler.email == "sara.nyberg@sjoviken.example"
    assert [one.key for one in document.sections[:2]] == ["decision_items", "summary"]
    items = document.sections[0].blocks[0]
    assert items.type == "list"
    assert items.numbered
    assert len(items.items) == 3


@needs_real_records
@pytest.mark.parametrize("name", ["rheumatology-2026.txt", "primary-care-2025.txt"])
@pytest.mark.parametrize("mutate", [*MUTATIONS[:8], no_blank_lines])
def test_the_real_charters_say_the_same_mistreated(name: str, mutate: Callable[[str], str]) -> None:
    text = real(name).decode()
    assert read_text(mutate(text)) == read_text(text)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "tom"),
        (b"%PDF-1.7\n%", "skadad"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "lösenord"),
        (b"\xd0\xcf\x11\xe0 anything", "äldre Officeformat"),
        (b"\x89PNG\r\n", "inte läsbar som text"),
        (b"PK\x03\x04 xl/workbook.xml", "kalkylblad"),
        (b"PK\x03\x04 ppt/presentation.xml", "bilder till ett möte"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.text", "OpenDocument"),
        (b"PK\x03\x04 holiday.jpg", "zip-arkiv"),
        (b"Faktura\nFakturanummer 17\nBankgiro 1-2\nAtt betala 100 kr", "faktura"),
        ("Protokoll\nNärvarande: A\nJusterare: B\n§ 1 Mötet öppnas".encode(), "mötesprotokoll"),
        ("Hej! Hur är läget?".encode(), "inget formulär"),
    ],
)
def test_what_is_no_charter_gets_one_sentence_that_says_what_it_looks_like(
    data: bytes, sentence: str
) -> None:
    with pytest.raises(Refused) as refusal:
        read(data, "inskickat")
    assert sentence in refusal.value.words.sv


def test_a_file_of_endless_paragraphs_is_refused() -> None:
    with pytest.raises(Unreadable, match="paragraphs"):
        read(b"a\n\n" * 30_000, "long.txt")
