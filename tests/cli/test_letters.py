"""`mandat letter`: every letter can be listed and read, in both languages, before it is sent."""

import pytest

from notifications.links import Pages
from notifications.preview import every, preview
from statemachine.vocabulary import Letter
from tests.cli.terminal import Terminal


def test_every_letter_is_listed_with_whom_it_is_for(terminal: Terminal) -> None:
    told = {one["letter"]: one for one in terminal.json("letter", "list")}
    assert list(told) == [letter.value for letter in Letter]
    assert told["login_code"]["to"] == ["den som loggar in"]
    assert told["renewal"]["stages"] == ["12m", "6m", "3m", "1m"]
    assert "sista förvarning" in terminal.type("letter", "list").out


@pytest.mark.parametrize(("letter", "stage"), list(every()))
def test_a_letter_is_shown_as_its_reader_would_see_it(
    terminal: Terminal, letter: Letter, stage: str
) -> None:
    words = ("letter", "preview", letter, "--stage", stage, "--language", "en")
    told = terminal.json(*words)
    here = Pages("http://127.0.0.1:8080", "preview")
    written = preview(letter, "en", stage, signed="Mandat", pages=here)
    assert told == {
        "letter": letter.value,
        "subject": written.subject,
        "text": written.text,
        "html": written.html,
    }
    assert written.text in terminal.type(*words).out


def test_a_letter_is_shown_as_a_page_a_browser_can_open(terminal: Terminal) -> None:
    page = terminal.type("letter", "preview", "gap", "--html").out
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert 'lang="sv"' in page


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("last_call", Letter.LAST_CALL),
        ("last-call", Letter.LAST_CALL),
        ("Sista förvarning", Letter.LAST_CALL),
        ("weekly digest", Letter.DIGEST),
        ("veckobrev", Letter.DIGEST),
    ],
)
def test_a_letter_goes_by_its_name_in_code_or_as_it_is_spoken(
    terminal: Terminal, name: str, letter: Letter
) -> None:
    assert terminal.json("letter", "preview", name)["letter"] == letter


def test_an_unknown_letter_gets_one_sentence_with_the_nearest_names(terminal: Terminal) -> None:
    refused = terminal.refused("letter", "preview", "distributoin")
    assert "Det finns inget brev som heter distributoin. Menade du distribution" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_a_stage_the_letter_is_not_sent_at_is_refused(terminal: Terminal) -> None:
    assert (
        "12m, 6m, 3m, 1m" in terminal.refused("letter", "preview", "renewal", "--stage", "9m").err
    )
    assert "inga steg" in terminal.refused("letter", "preview", "gap", "--stage", "3m").err
    assert terminal.run(("letter", "preview", "gap", "--language", "de")).code == 2
