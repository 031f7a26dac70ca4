"""The pages of an import: upload, progress, the report put right, and committed or dropped."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from casework.importing import Stands
from documents import Reader
from documents.unpack import Handed
from models.session import reading
from models.tables import Charter
from statemachine.vocabulary import Act, State
from tests.builders import DECIDED, Region, an_executive_decision
from tests.casework.handed_in import Importing, as_file, decided
from tests.documents.test_unpack import zipped
from tests.web.conftest import Browser
from web.aside import WhenTold
from web.house import House
from web.pages.imports import ON_A_PAGE

THIRD = date(2025, 6, 1)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


@pytest.fixture
def aside() -> WhenTold:
    return WhenTold()


@pytest.fixture
def house(house: House, aside: WhenTold) -> House:
    return replace(house, aside=aside)


@pytest.fixture
def keeper(browser: Browser, region: Region) -> Browser:
    return browser.logs_in("oskar")


def charters(region: Region) -> int:
    with reading(region.engine) as connection:
        return len(connection.execute(select(Charter)).all())


def a_guess() -> Handed:
    almost = {"group": "Samordningsråd rörelsen", "title": "Uppdragshandling", "assignee": "?"}
    return as_file("gissad.md", decided(date(2018, 1, 1), recipients=(), **almost))


def test_an_archive_goes_from_upload_by_progress_and_correction_to_the_register(
    keeper: Browser, region: Region, aside: WhenTold
) -> None:
    archive = zipped(
        ("ny.docx", as_file("ny.docx", decided(THIRD)).body),
        ("gissad.md", a_guess().body),
        ("protokoll.txt", "Protokoll. Alla var där.".encode()),
        ("Thumbs.db", b"x"),
    )
    taken_in = keeper.send("/imports", files=[("files", ("uppdrag.zip", archive))])
    assert taken_in.url.path == "/imports/1"
    assert "3 filer är mottagna" in taken_in.text
    assert "0 av 3 filer är lästa" in taken_in.text
    assert 'data-again="/imports/1"' in taken_in.text
    assert '<a class="button second" href="/imports/1">' in taken_in.text

    aside.go()
    shown = keeper.get("/imports/1").text
    assert 'id="progress"' in shown
    assert "data-again" not in shown
    assert "En fil står i vägen" in shown
    assert "Överhoppade filer (1)" in shown
    assert "/imports/1/commit" not in shown
    (file,) = re.findall(r'name="files" value="(\d+)"', shown)
    assert 'name="confirmed-' in shown

    said: dict[str, Any] = {"files_": file, f"confirmed-{file}": "yes"}
    corrected = keeper.send("/imports/1", "/imports/1/correct", **said)
    assert "Rättelserna är sparade" in corrected.text
    assert "Registrera 2 uppdrag" in corrected.text
    assert charters(region) == 0

    committed = keeper.send("/imports/1", "/imports/1/commit")
    assert "2 uppdrag är registrerade" in committed.text
    assert committed.text.count('href="/charters/') == 2
    assert "utelämnades" in committed.text
    assert charters(region) == 2
    assert region.letters() == []
    assert "registrerad" in keeper.get("/imports").text


def test_what_is_not_read_yet_is_read_on_at_the_press_of_a_button(
    keeper: Browser, region: Region, reader: Reader, aside: WhenTold
) -> None:
    Importing.begun(region, reader, as_file("a.md", decided(THIRD)))
    waiting = keeper.send("/imports/1", "/imports/1/read").text
    assert "Läs vidare" not in waiting
    aside.go()
    assert "Registrera ett uppdrag" in keeper.get("/imports/1").text


def test_that_one_ended_when_the_next_began_takes_a_tick(
    keeper: Browser, region: Region, reader: Reader
) -> None:
    earlier = as_file("a.md", decided(date(2022, 1, 1)))
    brought = Importing.read(region, reader, earlier, as_file("b.md", decided(THIRD)))
    assert "Ja, det upphörde 2025-05-31" in keeper.get("/imports/1").text
    file = brought.file("a.md").id
    said: dict[str, Any] = {"files_": str(file), f"ended-{file}": "yes"}
    assert "Registrera 2 uppdrag" in keeper.send("/imports/1", "/imports/1/correct", **said).text
    assert brought.file("a.md").becomes is State.SUPERSEDED


def test_only_what_was_changed_on_the_page_is_put_right(
    keeper: Browser, region: Region, reader: Reader
) -> None:
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    one = brought.file("a.md")
    said: dict[str, Any] = {
        "files_": str(one.id),
        f"group-{one.id}": "Samordningsråd rörelse",
        f"decided_on-{one.id}": "2024-02-29",
        f"valid_from-{one.id}": "2024-02-29",
        f"valid_through-{one.id}": "2030-06-01",
    }
    keeper.send("/imports/1?show=all", "/imports/1/correct", **said)
    terms = brought.file("a.md").terms
    assert terms is not None
    assert (terms.valid_from, terms.valid_through) == (date(2024, 2, 29), date(2029, 2, 28))
    assert brought.file("a.md").matched == one.matched


def test_what_cannot_be_understood_is_said_and_what_was_written_stays(
    keeper: Browser, region: Region, reader: Reader
) -> None:
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    one = brought.file("a.md")
    for written, why in (
        ({f"decided_on-{one.id}": "i fjol"}, "i fjol är ingen dag"),
        ({f"group-{one.id}": "Rådet <b>"}, "ingen grupp som heter Rådet &lt;b&gt;"),
    ):
        said: dict[str, Any] = {"files_": str(one.id), f"left_out-{one.id}": "yes", **written}
        refused = keeper.send("/imports/1?show=all", "/imports/1/correct", show="all", **said)
        assert refused.status_code == 422
        assert why in refused.text
        assert "a.md: " in refused.text
        assert 'value="yes" checked' in refused.text
    assert brought.file("a.md") == one


def test_a_spreadsheet_of_corrections_goes_out_and_comes_back(
    keeper: Browser, region: Region, reader: Reader
) -> None:
    Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    sheet = keeper.get("/imports/1/corrections.csv")
    assert sheet.headers["content-disposition"].startswith("attachment")
    changed = sheet.content.replace(b";nej;", b";ja;")
    files = [("corrections", ("a.csv", changed))]
    taken_in = keeper.send("/imports/1", "/imports/1/corrections", files=files)
    assert "Alla filer är utelämnade" in taken_in.text
    files = [("corrections", ("a.csv", b"hej"))]
    refused = keeper.send("/imports/1", "/imports/1/corrections", files=files)
    assert (refused.status_code, "går inte att läsa" in refused.text) == (422, True)


def test_a_file_is_given_back_to_be_saved_and_never_shown(
    keeper: Browser, region: Region, reader: Reader
) -> None:
    body = b"<script>alert(1)</script>"
    Importing.read(region, reader, Handed('mapp/"råd".html', body))
    answer = keeper.get("/imports/1/files/1")
    assert answer.content == body
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%22r%C3%A5d%22.html"
    )
    assert keeper.get("/imports/1/files/2").status_code == 404


def test_an_import_that_is_dropped_is_gone(keeper: Browser, region: Region, reader: Reader) -> None:
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    dropped = keeper.send("/imports/1", "/imports/1/drop")
    assert "Importen är släppt" in dropped.text
    assert brought.report().state is Stands.DROPPED
    assert "inget av den är registrerat" in keeper.get("/imports/1").text
    assert keeper.get("/imports/1/files/1").status_code == 404


@pytest.mark.slow
def test_a_long_import_is_leafed_through_and_committed_aside(
    keeper: Browser, region: Region, reader: Reader, aside: WhenTold
) -> None:
    line = decided(THIRD).decision
    brought = Importing.read(
        region,
        reader,
        *(
            as_file(f"{n:02}.md", an_executive_decision(title=f"Roll {n}", decision=line))
            for n in range(1, ON_A_PAGE + 2)
        ),
    )
    second = keeper.get("/imports/1?show=all&page=2").text
    assert "51. 51.md" in second
    assert "50. 50.md" not in second
    file = brought.file("51.md").id
    said: dict[str, Any] = {"files_": str(file), "show": "all", "page_": "2"}
    said[f"left_out-{file}"] = "yes"
    keeper.send("/imports/1?show=all&page=2", "/imports/1/correct", **said)
    assert [one.name for one in brought.report().files if one.left_out] == ["51.md"]

    going = keeper.send("/imports/1", "/imports/1/commit")
    assert "50 uppdrag registreras i ett enda steg" in going.text
    assert 'data-again="/imports/1"' in going.text
    first = an_executive_decision(title="Roll 1", decision=line)
    recorded = region.does("oskar", Act.RECORD, on=DECIDED, document=first).charter_id
    aside.go()
    in_the_way = keeper.get("/imports/1").text
    assert f"Det är nummer {recorded}" in in_the_way
    assert "data-again" not in in_the_way
    brought.corrects("01.md", left_out=True)
    keeper.send("/imports/1", "/imports/1/commit")
    aside.go()
    assert "Importen är registrerad" in keeper.get("/imports/1").text
    assert charters(region) == ON_A_PAGE


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([], "Välj ett zip-arkiv"),
        ([("ute.zip", zipped(("../a.md", b"x")))], "leder utanför"),
        ([("a.zip", zipped(("a.md", b"x"))), ("b.zip", zipped())], "inga filer"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_in_a_sentence(
    keeper: Browser, files: list[tuple[str, bytes]], why: str
) -> None:
    refused = keeper.send("/imports", files=[("files", one) for one in files])
    assert refused.status_code == 422
    assert why in refused.text


def test_an_import_that_is_not_there_is_answered_so(keeper: Browser) -> None:
    for path in ("/imports/1", "/imports/99999999999", "/imports/1/files/1", "/imports/x"):
        assert keeper.get(path).status_code == 404


def test_an_address_with_no_number_in_it_leads_nowhere_and_says_so(keeper: Browser) -> None:
    for path in ("/imports/abc", "/imports/1/files/abc", "/imports/1e3"):
        answer = keeper.get(path)
        assert answer.status_code == 404
        assert "Adressen leder ingenstans" in answer.text


def test_nobody_but_the_registry_keeper_finds_it_in_the_menu(
    browser: Browser, region: Region
) -> None:
    assert "/imports" not in browser.get("/").text
    assert "/imports" not in browser.logs_in("sara").get("/").text
    assert 'href="/imports"' in browser.logs_in("oskar").get("/").text


def test_the_pages_speak_english(keeper: Browser, region: Region, reader: Reader) -> None:
    Importing.read(region, reader, a_guess())
    keeper.get("/language/en?next=/")
    page = keeper.get("/imports/1").text
    assert "Yes, it is Samordningsråd rörelse" in page
    assert "One file stands in the way" in page
