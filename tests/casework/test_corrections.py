"""Corrections by spreadsheet: written out with what was understood, safe to open, taken back."""

import csv
import io
from collections.abc import Iterator
from datetime import date

import pytest

from casework import importing
from casework.importing.spreadsheet import HEADINGS
from documents import Reader
from models.session import transaction
from tests.builders import Region
from tests.casework.handed_in import TODAY, Importing, as_file, decided

DECIDED_ON = date(2025, 6, 1)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


@pytest.fixture
def brought(region: Region, reader: Reader) -> Importing:
    """Three files: one understood, one whose group is guessed, one that would be a formula."""
    guessed = decided(
        date(2019, 1, 1),
        group="Samordningsråd rörelsen",
        title="Uppdragshandling",
        recipients=(),
        assignee="?",
    )
    return Importing.read(
        region,
        reader,
        as_file("a.md", decided(DECIDED_ON)),
        as_file("b.md", guessed),
        as_file("=1+1.md", decided(date(2017, 1, 1), title="=HYPERLINK('x')")),
    )


def rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


def taken_back(brought: Importing, body: bytes) -> importing.Report:
    with transaction(brought.region.engine) as connection:
        corrections = importing.corrections_in(body, brought.report())
        at = brought.region.sitting(connection, "oskar", TODAY)
        importing.correct(connection, brought.id, corrections, at=at)
    return brought.report()


def said(*lines: str, delimiter: str = ";") -> bytes:
    return "\r\n".join(line.replace(";", delimiter) for line in lines).encode()


def refusal_of(brought: Importing, body: bytes) -> str:
    with pytest.raises(importing.Miscorrected) as refused:
        importing.corrections_in(body, brought.report())
    return " ".join(reason.sv for reason in refused.value.reasons)


def test_what_was_understood_is_written_out_and_taken_back_unchanged(brought: Importing) -> None:
    body = importing.as_csv(brought.report(), "sv")
    heading, *lines = rows(body)
    assert heading[: len(HEADINGS)] == [words.sv for words in HEADINGS.values()]
    by_name = {line[0]: dict(zip(heading, line, strict=True)) for line in lines}
    assert by_name["a.md"]["grupp"] == "Samordningsråd rörelse"
    assert by_name["a.md"]["beslutad"] == "2025-06-01"
    assert by_name["a.md"]["gäller till och med"] == "2030-06-01"
    before = {one.name: (one.terms, one.becomes) for one in brought.report().files}
    after = {one.name: (one.terms, one.becomes) for one in taken_back(brought, body).files}
    assert after == before


def test_a_last_day_left_alone_follows_a_first_day_put_right(brought: Importing) -> None:
    body = importing.as_csv(brought.report(), "sv").replace(b"2025-06-01", b"2024-02-29")
    taken_back(brought, body)
    terms = brought.file("a.md").terms
    assert terms is not None
    assert (terms.valid_from, terms.valid_through) == (date(2024, 2, 29), date(2029, 2, 28))


def test_a_guessed_group_is_a_suggestion_and_is_not_confirmed_by_being_there(
    brought: Importing,
) -> None:
    body = importing.as_csv(brought.report(), "en")
    heading, *lines = rows(body)
    guessed = next(line for line in lines if line[0] == "b.md")
    assert guessed[heading.index("group")] == ""
    assert guessed[heading.index("group suggested")] == "Samordningsråd rörelse"
    again = next(one for one in taken_back(brought, body).files if one.name == "b.md")
    assert again.matched is importing.Matched.NEAREST
    assert again.obstacles


def test_nothing_in_it_runs_when_a_spreadsheet_opens_it(brought: Importing) -> None:
    brought.corrects("a.md", decided_by="@SUM(A1)", decided_as="-2+3")
    cells = [cell for line in rows(importing.as_csv(brought.report(), "sv")) for cell in line]
    assert {"'=1+1.md", "'@SUM(A1)", "'-2+3"} <= set(cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []
    back = taken_back(brought, importing.as_csv(brought.report(), "sv"))
    terms = next(one.terms for one in back.files if one.name == "a.md")
    assert terms is not None
    assert (terms.decided_by, terms.decided_as) == ("@SUM(A1)", "-2+3")


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_what_is_put_right_is_taken_in_however_the_program_saved_it(
    brought: Importing, delimiter: str
) -> None:
    body = said(
        "Fil;Utelämnas;Grupp;Beslutad;Beslutad av;Egen kolumn",
        "a.md;nej;rorelse;2025-06-02;Åsa Ek;x",
        "b.md;JA;;;;",
        ";;;;;",
        delimiter=delimiter,
    )
    taken_back(brought, body.decode().encode("cp1252"))
    corrected = brought.file("a.md")
    assert corrected.terms is not None
    assert (corrected.terms.decided_on, corrected.terms.decided_by) == (date(2025, 6, 2), "Åsa Ek")
    assert corrected.matched is importing.Matched.SAID
    assert brought.file("b.md").left_out


def test_a_file_that_was_renamed_is_known_by_its_bytes(brought: Importing) -> None:
    taken_back(brought, said("sha256;utelämnas", f"{brought.file('a.md').sha256};ja"))
    assert brought.file("a.md").left_out


def test_every_fault_is_said_with_its_line(brought: Importing) -> None:
    body = said(
        "fil;utelämnas;beslutad",
        "a.md;kanske;17/6 2026",
        "saknas.md;nej;",
    )
    told = refusal_of(brought, body)
    assert "rad 2: utelämnas är kanske" in told
    assert "rad 2: beslutad är 17/6 2026; skriv dagen som 2026-06-17" in told
    assert "rad 3: filen saknas.md finns inte" in told


@pytest.mark.parametrize("body", [b"", b"hej", b"\x00\x01", b'fil;x\r\n"a', b"PK\x03\x04"])
def test_what_is_no_spreadsheet_is_refused(brought: Importing, body: bytes) -> None:
    assert "går inte att läsa" in refusal_of(brought, body)
