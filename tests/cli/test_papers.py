"""`mandat compare` and `mandat verify`, as typed."""

import io
from pathlib import Path

import docx
import pytest

from tests.cli.terminal import SAMPLES, Terminal

OLD, NEW = SAMPLES / "rorelseorganen.md", SAMPLES / "nara-vard.md"


@pytest.fixture
def reworded(tmp_path: Path) -> Path:
    path = tmp_path / "ny.md"
    text = OLD.read_text().replace("4 till maximalt 8 ggr/år", "6–10 ggr/år")
    path.write_text(text)
    return path


def test_two_files_are_compared_in_words(terminal: Terminal, reworded: Path) -> None:
    said = terminal.type("compare", OLD, reworded).out
    assert said.startswith("Mötesfrekvens: 4–8 blir 6–10 ggr/år.")
    assert "{+6–10+}" in said
    assert "Texten är oförändrad." in terminal.type("compare", OLD, OLD).out
    assert terminal.json("compare", OLD, OLD)["unchanged"] is True
    changed = terminal.json("compare", OLD, reworded)
    assert [one["key"] for one in changed["passages"]] == ["sections.work_organisation"]


def test_a_comparison_comes_as_html_text_and_word(
    terminal: Terminal, reworded: Path, tmp_path: Path
) -> None:
    assert "<ins>" in terminal.type("compare", OLD, reworded, "--html").out
    assert not terminal.type("compare", OLD, reworded, "--text").out.startswith("Mötesfrekvens")
    out = tmp_path / "jamforelse.docx"
    terminal.type("compare", OLD, reworded, "--docx", "--out", out)
    assert docx.Document(io.BytesIO(out.read_bytes())).element.xpath("//w:ins")
    page = tmp_path / "jamforelse.html"
    terminal.type("compare", OLD, reworded, "--html", "--out", page)
    assert "<ins>" in page.read_text()


def test_what_cannot_be_compared_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    assert "varken en fil" in terminal.refused("compare", OLD, "ingenting.md").err
    assert "Ange en fil med --out" in terminal.refused("compare", OLD, NEW, "--docx").err
    assert "Välj ett" in terminal.refused("compare", OLD, NEW, "--html", "--text").err
    nowhere = tmp_path / "saknas" / "x.html"
    assert "går inte att skriva" in terminal.refused("compare", OLD, NEW, "--out", nowhere).err
    assert terminal.refused("compare", OLD, 99).err


def decided_paper(terminal: Terminal, folder: Path) -> tuple[int, Path]:
    """A charter approved through the command line, and its sealed paper in a file."""
    number = terminal.organised().submitted()
    terminal.type("approve", number, "--by", "helena.ask", "--no-conflict")
    papers = terminal.json("show", number)["papers"]
    (paper,) = [one for one in papers if one["what"] == "decision" and one["file"].endswith("pdf")]
    path = folder / "beslut.pdf"
    terminal.type("show", number, "--paper", paper["paper"], "--out", path)
    return number, path


def test_a_charter_by_number_is_compared_by_its_text_in_force(
    terminal: Terminal, tmp_path: Path
) -> None:
    number, _ = decided_paper(terminal, tmp_path)
    assert "Texten är oförändrad." in terminal.type("compare", number, number).out
    assert "nära vård" in terminal.type("compare", OLD, number).out


def test_a_decided_paper_is_ours_unchanged_and_in_force_today(
    terminal: Terminal, tmp_path: Path
) -> None:
    number, path = decided_paper(terminal, tmp_path)
    said = terminal.type("verify", path).out
    assert said.startswith("Pappret är vårt och oförändrat")
    assert f"Handling {number} gäller i dag, till och med 20" in said
    told = terminal.json("verify", path)
    assert (told["ours"], told["unchanged"], told["in_force"]) == (True, True, True)
    assert told["charter"] == number
    assert "egentillverkat sigill" in told["signer"]


def test_a_paper_that_was_changed_or_never_sealed_does_not_hold(
    terminal: Terminal, tmp_path: Path
) -> None:
    _, path = decided_paper(terminal, tmp_path)
    changed = bytearray(path.read_bytes())
    changed[3000] ^= 1
    path.write_bytes(changed)
    answer = terminal.run(("verify", str(path)))
    assert answer.code == 1
    assert "har ändrats" in answer.out or "skadad" in answer.out
    assert terminal.run(("verify", str(OLD))).code == 1
    assert terminal.refused("verify", tmp_path / "saknas.pdf").err


def test_a_paper_is_examined_without_a_database(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = decided_paper(terminal, tmp_path)
    elsewhere = tmp_path / "ingen.db"
    monkeypatch.setenv("MANDAT_DATABASE_URL", f"sqlite:///{elsewhere}")
    told = terminal.json("verify", path)
    assert told["ours"]
    assert told["in_force"] is None
    assert not elsewhere.exists()


def test_a_paper_kept_in_another_memory_is_ours_but_unknown_here(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = decided_paper(terminal, tmp_path)
    monkeypatch.setenv("MANDAT_DATABASE_URL", f"sqlite:///{tmp_path / 'annan.db'}")
    terminal.organised()
    assert "finns inte bland dem" in terminal.type("verify", path).out


def test_settings_that_cannot_seal_keep_the_decision_from_being_made(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = terminal.organised().submitted()
    monkeypatch.setenv("MANDAT_SEAL_CERTIFICATE", str(tmp_path / "saknas.pem"))
    refused = terminal.refused("approve", number, "--by", "helena.ask", "--no-conflict")
    assert "MANDAT_SEAL_CERTIFICATE" in refused.err
    monkeypatch.delenv("MANDAT_SEAL_CERTIFICATE")
    assert terminal.json("show", number)["state"] == "review"


def test_the_organisations_own_words_and_template_come_from_settings(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = terminal.organised().submitted()
    monkeypatch.setenv("MANDAT_LABELS", '{"authoritet": {"sv": "Delegation"}}')
    refused = terminal.refused("approve", number, "--by", "helena.ask", "--no-conflict")
    assert "authoritet" in refused.err
    monkeypatch.setenv("MANDAT_LABELS", '{"authority": {"sv": "Delegation"}}')
    broken = tmp_path / "mall.docx"
    word = docx.Document()
    word.add_paragraph("{{ titel }}")
    word.save(str(broken))
    monkeypatch.setenv("MANDAT_WORD_TEMPLATE", str(broken))
    refused = terminal.refused("approve", number, "--by", "helena.ask", "--no-conflict")
    assert "'titel' is undefined" in refused.err
