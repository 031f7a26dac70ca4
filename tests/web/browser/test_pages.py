"""Every page is for everyone: in both languages, on any screen, in any light, by any means."""

from collections.abc import Callable

import pytest

from statemachine.words import Language
from tests.web.browser.chromium import DESKTOP, LANGUAGES, PHONE, SCHEMES, Browsing, Reader
from tests.web.browser.conftest import Web
from tests.web.browser.pages import NO_PAGES, PAGES, Listed, answered
from tests.web.browser.proofs import GOOD_PRACTICE, accessible, keyboard_walks, reflows
from web.application import application
from web.house import House

pytestmark = pytest.mark.slow
each_page = pytest.mark.parametrize("listed", PAGES, ids=lambda listed: listed.name)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def test_everything_that_can_be_asked_for_is_a_page_read_here_or_said_to_be_none(
    house: House,
) -> None:
    assert answered(application(house)) == {page.route for page in PAGES} | NO_PAGES.keys()


@each_page
@each_language
def test_a_page_is_accessible_on_any_screen_in_any_light_and_by_keyboard(
    web_of_all: Web, browsing: Browsing, listed: Listed, language: Language
) -> None:
    page, _ = web_of_all.opened(listed, browsing, Reader(PHONE, language))
    assert reflows(page) == []
    begins = page.get_by_role("heading", level=1).bounding_box()
    assert begins
    assert begins["y"] < PHONE.height / 3, "what is above it hides what it is about"
    # One load for all of it: axe takes longer to be read in than to judge.
    for screen in (PHONE, DESKTOP):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert accessible(page, GOOD_PRACTICE) == [], (screen.name, scheme)
    assert keyboard_walks(page) == []


@each_page
@each_language
def test_a_page_is_valid_in_its_language_and_read_without_scripts(
    web_of_all: Web,
    browsing: Browsing,
    valid: Callable[[str], list[str]],
    listed: Listed,
    language: Language,
) -> None:
    page, answer = web_of_all.opened(listed, browsing, Reader(PHONE, language, scripts=False))
    assert answer.ok
    assert answer.url == web_of_all.path(listed), "it leads elsewhere"
    assert valid(answer.text()) == []
    assert page.locator("html").get_attribute("lang") == language
    assert page.get_by_role("heading", level=1).is_visible()
    assert reflows(page) == []
