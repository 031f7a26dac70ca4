"""Beginning a draft: from a file, from an empty form, and as a renewal."""

from pathlib import Path

import pytest
from httpx import Response

from statemachine.vocabulary import Act, State
from tests.builders import Region, a_charter, an_executive_decision
from tests.web.conftest import Browser
from tests.web.filled_in import FilledIn

SAMPLES = Path(__file__).parents[2] / "samples"
UPLOAD = "/cases/new/upload"


@pytest.fixture
def sara(browser: Browser, region: Region) -> Browser:
    return browser.logs_in("sara")


def uploads(browser: Browser, name: str, body: bytes, query: str = "") -> Response:
    return browser.send(UPLOAD + query, UPLOAD, files=[("file", (name, body))])


def charter_text(group: str = "Samordningsråd rörelse") -> bytes:
    text = (SAMPLES / "rorelseorganen.md").read_text(encoding="utf-8")
    return text.replace("Samordningsråd rörelseorganen", group).encode()


def test_the_three_ways_are_explained(sara: Browser) -> None:
    page = sara.get("/cases/new").text
    for path in (UPLOAD, "/cases/new/renew", "/cases/new/form"):
        assert f'href="{path}"' in page
    region_page = sara.get("/cases/new?group=rorelse").text
    assert f'href="{UPLOAD}?group=rorelse"' in region_page


def test_a_group_with_a_draft_open_leads_to_it(sara: Browser, region: Region) -> None:
    number = region.draft()
    assert f'href="/charters/{number}"' in sara.get("/cases/new?group=rorelse").text
    assert f'href="/charters/{number}"' in sara.get("/cases/new/renew?group=rorelse").text


# --- from a file --------------------------------------------------------------------------------


def test_a_file_is_read_and_told_of_before_anything_is_saved(sara: Browser, region: Region) -> None:
    before = region.everything()
    page = uploads(sara, "uppdrag.md", charter_text())
    assert page.status_code == 200
    assert "uppdrag.md lästes som uppdragshandling. Inget är sparat än." in page.text
    assert "den gruppen finns i registret" in page.text
    assert "RS 2026-00412" in page.text
    assert "Rätten att inrätta och avveckla" in page.text, "what was no field is shown"
    after = region.everything()
    assert {name for name in after if after[name] != before[name]} <= {"keys"}
    form = FilledIn(sara, page, UPLOAD)
    assert form["group"] == "rorelse", "the group that is certainly meant stands chosen"
    answer = form.send(do="begin")
    assert answer.url.path == "/charters/1/edit"
    assert "Utkastet är påbörjat. Du är dess handläggare." in answer.text
    assert region.state(1) is State.DRAFT
    assert region.text(1).registry_number == "RS 2026-00412"
    assert region.charter(1).group_id == region.group().id


def test_a_group_that_is_not_certain_is_chosen_by_the_handler(
    sara: Browser, region: Region
) -> None:
    region.with_a_neighbour()
    page = uploads(sara, "uppdrag.md", charter_text("Samordningsrådet för rörelse"))
    assert "Ingen grupp heter precis så" in page.text
    form = FilledIn(sara, page, UPLOAD)
    assert "group" not in form.says
    refused = form.send(do="begin")
    assert refused.status_code == 422
    assert 'href="#group"' in refused.text
    form = FilledIn(sara, refused, UPLOAD).write(q="NÄRA")
    found = FilledIn(sara, form.send(do="search"), UPLOAD)
    found.into("group", "narvard").send(do="begin")
    assert region.charter(1).group_id == region.group("narvard").id


def test_a_search_that_finds_nothing_says_so(sara: Browser) -> None:
    page = uploads(sara, "uppdrag.md", charter_text("Gruppen som ingen känner"))
    answer = FilledIn(sara, page, UPLOAD).write(q="%").send(do="search")
    assert "Ingen grupp har ”%” i namnet" in answer.text


def test_a_document_about_no_group_is_begun_without_one(sara: Browser, region: Region) -> None:
    page = uploads(sara, "kontakt.md", (SAMPLES / "kontaktperson.md").read_bytes())
    form = FilledIn(sara, page, UPLOAD)
    assert form["group"] == "-"
    form.send(do="begin")
    assert region.charter(1).kind == "executive_decision"
    assert region.charter(1).group_id is None


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("tom.docx", b"", "tom.docx"),
        ("bild.png", b"\x89PNG\r\n", "inte läsbar som text"),
        ("gammal.doc", b"\xd0\xcf\x11\xe0" + b"x" * 100, "äldre Officeformat"),
        ("trasig.docx", b"PK\x03\x04word/" + b"x" * 100, "skadad"),
        ("lista.txt", "Inköpslista: mjölk, bröd och smör.".encode(), "#file"),
        ("<b>.docx", b"\xd0\xcf\x11\xe0", "&lt;b&gt;.docx"),
    ],
)
def test_a_bad_file_ends_in_a_sentence(
    sara: Browser, region: Region, name: str, body: bytes, says: str
) -> None:
    page = uploads(sara, name, body)
    assert page.status_code == 422
    assert says in page.text
    assert 'role="alert"' in page.text
    assert [row.act for row in region.journal() if row.charter_id is not None] == []


def test_no_file_and_a_file_too_large_are_told_of(sara: Browser, region: Region) -> None:
    answer = sara.send(UPLOAD, files=[("file", ("", b""))])
    assert answer.status_code == 422
    assert "Välj en fil först" in answer.text
    assert uploads(sara, "stor.txt", b"x" * 12_000_000).status_code == 413


def test_what_was_read_cannot_be_made_up(sara: Browser, region: Region) -> None:
    page = uploads(sara, "uppdrag.md", charter_text())
    form = FilledIn(sara, page, UPLOAD)
    answer = form.into("document", form["document"][:-4] + "AAAA").send(do="begin")
    assert answer.status_code == 422
    assert "Välj filen igen" in answer.text


def test_a_second_draft_for_a_group_is_refused_and_what_was_read_is_still_there(
    sara: Browser, region: Region
) -> None:
    region.draft(by="elin")
    page = uploads(sara, "uppdrag.md", charter_text())
    assert "Det finns redan ett pågående utkast" in page.text
    answer = FilledIn(sara, page, UPLOAD).send(do="begin")
    assert answer.status_code == 422
    assert "Rätten att inrätta och avveckla" in answer.text
    assert "document" in FilledIn(sara, answer, UPLOAD).says


def test_a_file_for_a_draft_of_ones_own_is_put_there_unsaved(sara: Browser, region: Region) -> None:
    number = region.draft(document=a_charter(area="Hud", registry_number=None))
    page = uploads(sara, "uppdrag.md", charter_text())
    assert "Du skriver redan ett utkast" in page.text
    answer = FilledIn(sara, page, UPLOAD).send(do="begin")
    assert "Filens text ligger i utkastet, men är inte sparad" in answer.text
    assert region.text(number).registry_number is None
    again = FilledIn(sara, page, UPLOAD).send(do="begin")
    assert again.status_code == 422
    assert "Spara eller kasta den först" in again.text
    path = f"/charters/{number}/edit"
    FilledIn(sara, path + "?go_on=yes", path).send()
    read = region.text(number)
    assert read.registry_number == "RS 2026-00412"
    assert read.area == "Ortopedi, reumatologi och rehabilitering"
    assert len(read.sections) > 5
    assert len(region.journal(number)) == 2


# --- from an empty form -------------------------------------------------------------------------


def test_an_empty_form_has_what_is_known_filled_in(sara: Browser, region: Region) -> None:
    form = FilledIn(sara, "/cases/new/form?group=rorelse", "/cases/new/form")
    answer = form.into("kind", "charter").send(do="begin")
    assert answer.url.path == "/charters/1/edit"
    text = region.text(1)
    assert text.title == "Uppdragshandling för Samordningsråd rörelse"
    assert [one.who for one in text.recipients][:1] == ["Ordförande för Samordningsråd rörelse"]


def test_an_empty_form_in_english_for_no_group(sara: Browser, region: Region) -> None:
    form = FilledIn(sara, "/cases/new/form", "/cases/new/form")
    form.into("kind", "executive_decision").into("language", "en").into("group", "-")
    refused = form.send(do="begin")
    assert refused.status_code == 422
    assert 'href="#title"' in refused.text
    form = FilledIn(sara, refused, "/cases/new/form")
    assert form["language"] == "en", "what was chosen still is"
    form.into("title", "Role of the contact").send(do="begin")
    assert (region.text(1).language, region.text(1).title) == ("en", "Role of the contact")


@pytest.mark.parametrize(
    ("kind", "group", "at"),
    [("charter", "", "#group"), ("charter", "finns-ej", "#group"), ("minutes", "rorelse", "#kind"),
     ("charter", "-", "#group")],
)  # fmt: skip
def test_what_was_not_chosen_is_asked_for(sara: Browser, kind: str, group: str, at: str) -> None:
    form = FilledIn(sara, "/cases/new/form", "/cases/new/form")
    answer = form.into("kind", kind).into("group", group).send(do="begin")
    assert answer.status_code == 422
    assert f'href="{at}"' in answer.text


# --- as a renewal -------------------------------------------------------------------------------


def test_a_renewal_copies_what_was_decided_last(sara: Browser, region: Region) -> None:
    first = region.distributed()
    form = FilledIn(sara, "/cases/new/renew", "/cases/new/renew").write(q="rörelse")
    found = form.send(do="search")
    assert "Senast beslutade uppdrag gäller till och med 2031-06-17." in found.text
    answer = FilledIn(sara, found, "/cases/new/renew").into("group", "rorelse").send(do="begin")
    assert "Förnyelsen är påbörjad" in answer.text
    renewed = region.charter(first + 1)
    assert (renewed.predecessor_id, renewed.state) == (first, State.DRAFT)


def test_a_document_about_no_group_is_renewed_by_its_number(sara: Browser, region: Region) -> None:
    number = region.approved(document=an_executive_decision(), group="")
    path = f"/cases/new/renew?charter={number}"
    assert "Uppdragsbeskrivning för kontaktperson" in sara.get(path).text
    FilledIn(sara, path, "/cases/new/renew").send(do="begin")
    assert region.charter(number + 1).predecessor_id == number
    assert sara.get("/cases/new/renew?charter=abc").status_code == 404
    assert sara.get("/cases/new/renew?charter=99").status_code == 404


def test_where_nothing_was_decided_there_is_nothing_to_renew(sara: Browser, region: Region) -> None:
    form = FilledIn(sara, "/cases/new/renew?group=rorelse", "/cases/new/renew")
    answer = form.send(do="begin")
    assert answer.status_code == 422
    assert "inget beslutat uppdrag att förnya" in answer.text


# --- who may ------------------------------------------------------------------------------------


def test_a_coordinator_begins_with_their_own_groups(browser: Browser, region: Region) -> None:
    region.with_a_neighbour()
    browser.logs_in("bo")
    form = FilledIn(browser, "/cases/new/form", "/cases/new/form")
    assert "Samordningsråd rörelse" in browser.get("/cases/new/form").text
    form.into("kind", "charter").into("group", "rorelse").send(do="begin")
    assert region.journal(1)[0].act == Act.DRAFT
    assert a_charter().group == region.text(1).group


def test_others_are_told_whom_it_is_for(browser: Browser, region: Region) -> None:
    assert browser.get("/cases/new").headers["location"].startswith("/login?next=")
    for who in ("dag", "oskar", "helena"):
        answer = browser.logs_in(who).get("/cases/new")
        assert answer.status_code == 403
        assert "Det är för handläggare och koordinatorer" in answer.text


def test_the_pages_speak_english_too(sara: Browser) -> None:
    sara.get("/language/en?next=/")
    assert "Upload a file" in sara.get("/cases/new").text
    assert "Which group is it for?" in sara.get("/cases/new/form").text
