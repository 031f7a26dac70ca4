"""`mandat backup` and `mandat restore`: what an operator types, and is told."""

import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


@pytest.mark.slow
def test_a_paper_sealed_before_the_machine_was_lost_is_still_ours(
    terminal: Terminal, tmp_path: Path
) -> None:
    number = terminal.organised().submitted()
    terminal.type("approve", number, "--by", "helena.ask", "--no-conflict")
    papers = terminal.json("show", number)["papers"]
    sealed = next(one for one in papers if one["what"] == "decision" and ".pdf" in one["file"])
    terminal.type("show", number, "--paper", sealed["paper"], "--out", tmp_path / "decided.pdf")
    verdict = terminal.type("verify", tmp_path / "decided.pdf").out
    said = terminal.type("backup", tmp_path / "kept.zip").out
    assert "1 handlingar" in said
    assert "Nycklar och lösenord gör det inte" in said
    assert "seal.pem" in said
    assert b"PRIVATE KEY" not in (tmp_path / "kept.zip").read_bytes()

    shutil.rmtree(tmp_path / "seal")
    terminal.database.unlink()
    told = terminal.type("restore", tmp_path / "kept.zip").out
    assert "hålls alla brev tills någon har gått igenom dem" in told
    assert "Det här låg inte i kopian" in told
    assert terminal.type("verify", tmp_path / "decided.pdf").out == verdict
    assert terminal.json("outbox", "list")["channel"]["held"] is True
    assert terminal.type("outbox", "list").out.startswith("Breven hålls sedan")

    by = ("--by", "astrid.wall", "--reason", "Genomgånget.")
    terminal.type("outbox", "try-now", *by)
    assert terminal.json("outbox", "list")["channel"] == {"runs": True, "held": False}
    assert terminal.type("outbox", "list").out.startswith("Breven går")


def test_a_backup_goes_to_a_folder_under_a_name_of_its_own(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.organised()
    told = terminal.json("backup", tmp_path)
    assert Path(told["path"]).parent == tmp_path
    assert told["counts"]["persons"] > 0
    back = terminal.json("restore", told["path"], "--to", f"sqlite:///{tmp_path}/new.db")
    assert back["letters_held"] is True
    assert (tmp_path / "new.db").is_file()


def test_what_is_not_restored_is_said_in_a_sentence(terminal: Terminal, tmp_path: Path) -> None:
    terminal.organised()
    terminal.type("backup", tmp_path / "kept.zip")
    assert "--replace" in terminal.refused("restore", tmp_path / "kept.zip").err
    missing = terminal.refused("restore", tmp_path / "none.zip")
    assert "none.zip går inte att läsa" in missing.err
    assert "stöds inte" in terminal.refused("restore", tmp_path / "kept.zip", "--to", "x://y").err
