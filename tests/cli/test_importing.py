"""`mandat import`: a folder or archive of existing charters, recorded together or not at all."""

import sqlite3
from pathlib import Path

import pytest

from documents import read, write_docx
from models.document import DecisionLine, Named
from tests.casework.handed_in import LOOK
from tests.cli.terminal import SAMPLES, Terminal
from tests.documents.test_unpack import zipped

BY = ("--by", "oskar.dahl")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A decided charter as a Word file, one without a decision, minutes, and what Windows left."""
    folder = tmp_path / "uppdrag"
    folder.mkdir()
    document = read((SAMPLES / "nara-vard.md").read_bytes(), "x").document
    maker = Named(name="Karl Ljung", title="Sjukvårdsdirektör")
    line = DecisionLine(date=document.document_date, maker=maker)
    decided = document.model_copy(update={"decision": line})
    written = write_docx(decided, decision=None, standing="draft", look=LOOK)
    (folder / "nära vård.docx").write_bytes(written)
    (folder / "under").mkdir()
    sample = (SAMPLES / "rorelseorganen.md").read_text(encoding="utf-8")
    (folder / "under" / "rörelse.md").write_text(sample, encoding="utf-8")
    (folder / "protokoll.txt").write_text("Protokoll. Alla var där.", encoding="utf-8")
    (folder / "Thumbs.db").write_bytes(b"x")
    return folder


def rows(terminal: Terminal, table: str) -> int:
    with sqlite3.connect(terminal.database) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.close()
    return count


def nothing_is_left(terminal: Terminal) -> bool:
    return [rows(terminal, one) for one in ("charters", "imports", "imported_files")] == [0, 0, 0]


def test_a_folder_is_tried_put_right_in_a_spreadsheet_and_recorded(
    terminal: Terminal, folder: Path, tmp_path: Path
) -> None:
    terminal.organised()
    journal = rows(terminal, "journal")
    tried = terminal.refused("import", folder, *BY, "--dry-run")
    assert "1 av 3 filer skulle registreras; 1 är utelämnade och 1 står i vägen" in tried.out
    assert "under/rörelse.md: " in tried.out
    assert "Thumbs.db: hoppas över" in tried.out
    assert "Inget har registrerats: 1 av 3 filer" in tried.err
    assert nothing_is_left(terminal)

    refused = terminal.refused("import", folder, *BY)
    assert "Inget har registrerats" in refused.err
    assert nothing_is_left(terminal)
    assert rows(terminal, "journal") == journal

    sheet = tmp_path / "rättelser.csv"
    written = terminal.type("import", folder, *BY, "--write-corrections", sheet)
    assert f"--corrections {sheet}" in written.out
    lines = sheet.read_text(encoding="utf-8-sig").splitlines()
    heading = lines[0].split(";")
    line = next(one.split(";") for one in lines if one.startswith("under/"))
    for column, said in (
        ("beslutad", "2025-03-01"),
        ("gäller från och med", "2025-03-01"),
        ("gäller till och med", "2030-03-01"),
    ):
        line[heading.index(column)] = said
    sheet.write_text("\r\n".join((lines[0], ";".join(line))), encoding="utf-8-sig")

    told = terminal.json("import", folder, *BY, "--corrections", sheet)
    assert (told["committed"], told["to_record"], told["in_the_way"]) == (True, 2, 0)
    by_name = {one["file"]: one for one in told["files"]}
    assert by_name["under/rörelse.md"]["valid_from"] == "2025-03-01"
    assert by_name["protokoll.txt"]["left_out"]
    charter = by_name["under/rörelse.md"]["charter"]
    assert terminal.json("show", charter)["state"] == "distributed"
    assert rows(terminal, "charters") == 2
    assert terminal.json("in-force", "nara-vard")["in_force"]


def test_an_archive_is_recorded_and_the_end_is_clear(terminal: Terminal, tmp_path: Path) -> None:
    terminal.organised()
    sample = (SAMPLES / "nara-vard.md").read_text(encoding="utf-8")
    decided = sample.replace("**Datum för beslut:**", "**Datum för beslut:** 2024-06-03")
    archive = tmp_path / "uppdrag.zip"
    archive.write_bytes(zipped(("nära.md", decided.encode())))
    told = terminal.type("import", archive, *BY)
    assert "1 uppdrag har registrerats (1 expedierat). Utelämnade filer: 0" in told.out
    again = terminal.refused("import", archive, *BY)
    assert "redan registrerad, som nummer 1" in again.out


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("bomb.zip", zipped(("a.md", b"0" * 5_000_000)), "orimligt mycket"),
        ("ute.zip", zipped(("../a.md", b"x")), "leder utanför"),
        ("tom.zip", zipped(), "inga filer"),
    ],
)
def test_an_archive_that_means_harm_is_refused_in_a_sentence(
    terminal: Terminal, tmp_path: Path, name: str, body: bytes, why: str
) -> None:
    terminal.organised()
    (tmp_path / name).write_bytes(body)
    assert why in terminal.refused("import", tmp_path / name, *BY).err
    assert nothing_is_left(terminal)


def test_only_the_registry_keeper_imports_and_what_is_not_there_is_said(
    terminal: Terminal, folder: Path, tmp_path: Path
) -> None:
    terminal.organised()
    assert "registrator" in terminal.refused("import", folder, "--by", "sara.nyberg").err
    assert "går inte att öppna" in terminal.refused("import", tmp_path / "ingen.zip", *BY).err
    missing = terminal.refused("import", folder, *BY, "--corrections", tmp_path / "ingen.csv")
    assert "går inte att öppna" in missing.err
    unwritable = terminal.refused("import", folder, *BY, "--write-corrections", tmp_path)
    assert "går inte att skriva" in unwritable.err
    assert nothing_is_left(terminal)
