"""Each proof finds what it is there to find: pages bad in one way each, and a good one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page

from tests.web.browser.chromium import PHONE, Browsing, Reader
from tests.web.browser.conftest import Web
from tests.web.browser.pages import answered
from tests.web.browser.proofs import (
    GOOD_PRACTICE,
    accessible,
    keyboard_reaches,
    keyboard_walks,
    reflows,
)
from web.application import application

pytestmark = pytest.mark.slow

PAGE = """<!doctype html>
<html lang="sv">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Ärendet</title>{head}</head>
<body><main><h1>Ärendet</h1>{main}</main></body>
</html>
"""
GOOD = """
<p>Uppdraget gäller till och med <a href="#dagen">den 17 juni</a>.</p>
<form><label for="skal">Skäl</label> <input id="skal" type="text" name="skal" autocomplete="off">
<fieldset><legend>Jäv</legend>
<label><input type="radio" name="jav" value="ja"> Ja</label>
<label><input type="radio" name="jav" value="nej"> Nej</label></fieldset>
<button type="submit">Fastställ</button></form>
"""
TINY_BUTTON = """
<button type="button" aria-label="Bort" style="padding:0;border:0;width:9px;height:9px">
</button>"""


def written(main: str, head: str = "") -> str:
    return PAGE.format(main=main, head=head)


@pytest.fixture
def page(browsing: Browsing) -> Page:
    return browsing.page(Reader(PHONE))


def test_a_good_page_passes_every_proof(page: Page, valid: Callable[[str], list[str]]) -> None:
    html = written(GOOD)
    assert valid(html) == []
    page.set_content(html)
    assert reflows(page) == []
    assert accessible(page, GOOD_PRACTICE) == []
    page.emulate_media(color_scheme="dark")
    assert accessible(page, GOOD_PRACTICE) == []
    assert keyboard_walks(page) == []
    assert keyboard_reaches(page, "Fastställ") == []
    assert page.get_by_role("button", name="Fastställ").evaluate(
        "button => button === document.activeElement"
    )


@pytest.mark.parametrize(
    ("broken", "main", "head"),
    [
        ("image-alt", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', ""),
        ("label", "<input>", ""),
        ("color-contrast", '<p style="color:#aaa;background:#fff">Svagt</p>', ""),
        ("target-size", TINY_BUTTON * 2, ""),
        ("meta-viewport", "", '<meta name="viewport" content="user-scalable=no">'),
        ("autocomplete-valid", '<label>E<input autocomplete="posten"></label>', ""),
    ],
)
def test_what_the_standard_forbids_is_found(page: Page, broken: str, main: str, head: str) -> None:
    page.set_content(written(main, head))
    assert [found.partition(":")[0] for found in accessible(page)][:1] == [broken]


def test_contrast_is_judged_in_the_light_the_page_is_read_in(page: Page) -> None:
    page.set_content(written("<p>Text</p>", "<style>p { color: #222 }</style>"))
    assert accessible(page) == []
    page.emulate_media(color_scheme="dark")
    assert [found.partition(":")[0] for found in accessible(page)] == ["color-contrast"]


@pytest.mark.parametrize(
    ("bad", "main"),
    [("heading-order", "<h4>Skäl</h4>"), ("tabindex", '<a href="#" tabindex="1">Först ändå</a>')],
)
def test_what_is_only_good_practice_is_found_when_asked_for(
    page: Page, bad: str, main: str
) -> None:
    page.set_content(written(main))
    assert accessible(page) == []
    assert [found.partition(":")[0] for found in accessible(page, GOOD_PRACTICE)] == [bad]


@pytest.mark.parametrize(
    ("main", "said"),
    [
        ("<p>" + "Verkställighetsbeslutsunderlag" * 3 + "</p>", "the page is"),
        ('<div style="width:400px">Brett</div>', '<div> "Brett" reaches 4'),
        ('<div style="position:absolute;left:300px;width:90px">Utanför</div>', "the page is"),
    ],
)
def test_what_must_be_scrolled_sideways_is_found(page: Page, main: str, said: str) -> None:
    page.set_content(written(main))
    assert any(found.startswith(said) for found in reflows(page))


def test_what_is_cut_off_does_not_count_as_fitting(page: Page) -> None:
    page.set_content(
        written("<p style='width:500px'>Bortklippt</p>", "<style>html{overflow:hidden}</style>")
    )
    assert any('"Bortklippt" reaches' in found for found in reflows(page))


def test_a_page_that_takes_a_phone_for_a_desktop_does_not_fit(page: Page) -> None:
    page.set_content("<!doctype html><title>Liten</title><p>Liten")
    assert reflows(page)[0] == "the page is 980 wide on a screen of 320"


def test_a_table_may_scroll_within_itself(page: Page) -> None:
    page.set_content(
        written('<div style="overflow-x:auto" tabindex="0"><p style="width:900px">Bred</p></div>')
    )
    assert reflows(page) == []


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("<style>a:focus { outline: none }</style>", "looks no different"),
        ("<style>a:focus { outline: 3px solid transparent }</style>", "looks no different"),
        (
            "<style>h1 { position:fixed; inset:0; margin:0; background:#fff }</style>",
            "nobody sees it",
        ),
    ],
)
def test_a_focus_nobody_sees_is_found(page: Page, head: str, said: str) -> None:
    page.set_content(written('<a href="#a">Ärenden</a>', head))
    [wrong] = keyboard_walks(page)
    assert wrong.startswith('<a> "Ärenden"')
    assert said in wrong
    assert keyboard_reaches(page, "Ärenden") == [wrong]


def test_a_focus_that_shows_in_another_way_than_an_outline_is_seen(page: Page) -> None:
    shadow = "<style>a:focus { outline: none; box-shadow: 0 0 0 3px blue }</style>"
    page.set_content(written('<a href="#a">Ärenden</a>', shadow))
    assert keyboard_walks(page) == []


def test_what_the_keyboard_does_not_come_to_is_found(page: Page) -> None:
    trap = "<button onkeydown=\"event.key === 'Tab' && event.preventDefault()\">Fast</button>"
    page.set_content(written(f'{trap} <a href="#a">Vidare</a>'))
    assert keyboard_walks(page) == ['<a> "Vidare" is never come to']
    assert keyboard_reaches(page, "Vidare") == [
        '"Vidare" is never come to, of <button> "Fast", <a> "Vidare"'
    ]


def test_what_only_a_mouse_can_press_is_never_come_to(page: Page) -> None:
    page.set_content(written('<div onclick="0">Fastställ</div>'))
    assert keyboard_walks(page) == []
    assert keyboard_reaches(page, "Fastställ") == ['"Fastställ" is never come to, of nothing']


@pytest.mark.parametrize(
    ("main", "rule"),
    [
        ('<p id="a">Ett</p><p id="a">Två</p>', "no-dup-id"),
        ("<ul><p>I fel ordning</p></ul>", "element-permitted-content"),
        ('<p style="color:red">Rött</p>', "no-inline-style"),
        ('<input value="Fastställ">', "no-implicit-input-type"),
        ('<label for="b">Skäl</label>', "no-missing-references"),
    ],
)
def test_html_that_is_not_valid_is_found(
    valid: Callable[[str], list[str]], main: str, rule: str
) -> None:
    assert any(f" {rule}: " in found for found in valid(written(main)))


def test_the_browser_reaches_nobody_but_this_machine(browsing: Browsing) -> None:
    for elsewhere in ("http://mandat.example/", "http://192.0.2.1/", "http://[2001:db8::1]/"):
        # A page that failed turns into one that says so, each in its own time, and so does what is
        # told of the request: the next is asked of a page of its own.
        page = browsing.page()
        with (
            page.expect_event("requestfailed"),
            pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"),
        ):
            page.goto(elsewhere)
        page.wait_for_url(lambda url: url.startswith("chrome-error:"))
    browsing.expected(r"net::ERR_")


def test_what_goes_wrong_in_a_page_is_a_fault(
    page: Page, browsing: Browsing, web_of_all: Web
) -> None:
    page.goto(f"{web_of_all.address}/nowhere")
    browsing.expected("/nowhere: .* 404")
    page.goto(web_of_all.address)
    page.evaluate("setTimeout(() => { throw new Error('Trasigt') })")
    browsing.expected("Trasigt")
    page.evaluate("console.error('Fel')")
    browsing.expected("Fel")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'data:image/gif,'}))")
    browsing.expected("Content Security Policy")
    page.evaluate("console.warn('Nåja')")
    with pytest.raises(AssertionError, match="nothing went wrong"):
        browsing.expected("Nåja")
    assert browsing.ended() == []


def test_what_a_reader_left_behind_is_gone_for_the_next(
    browsing: Browsing, web_of_all: Web
) -> None:
    reader = Reader(PHONE)
    browsing.profile(reader).add_cookies(
        [{"name": "login", "value": "1", "url": web_of_all.address}]
    )
    browsing.page(reader)
    browsing.ended()
    assert browsing.profile(reader).cookies() == []
    assert browsing.profile(reader).pages == []


def test_a_new_route_is_known_to_be_answered(web_of_all: Web) -> None:
    app = application(web_of_all.house)
    before = answered(app)
    app.get("/charters/{number}/new")(lambda number: number)
    app.post("/charters/{number}/newer")(lambda number: number)
    assert answered(app) - before == {"/charters/{number}/new"}
