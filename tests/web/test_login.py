"""Logging in by code: bound to the browser that asked, once, for ten minutes, five tries."""

import pytest
from sqlalchemy import func, select

from casework.logins import CODES_AN_HOUR, forget_old_logins
from models.session import reading, transaction
from models.tables import Login, LoginAsked, Outbox
from tests.builders import Region
from tests.web.conftest import Browser, Clock, Clockwork, token_of
from web.house import House

WRONG_CODE = "000 000"


def ask(browser: Browser, email: str = "sara@sjoviken.example", next: str = "/") -> None:
    answer = browser.send("/login", email=email, next=next)
    assert "/login/code" in str(answer.url)


def letters(house: House) -> int:
    with reading(house.engine) as connection:
        return connection.scalar(select(func.count()).select_from(Outbox)) or 0


def test_whoever_writes_the_code_in_the_letter_is_logged_in(
    browser: Browser, region: Region, clockwork: Clockwork
) -> None:
    ask(browser)
    assert clockwork.happened == ["login"], "the letter leaves at once"
    page = browser.send("/login/code", code=browser.code_in_the_letter())
    assert "Du är inloggad som Sara Nyberg." in page.text
    assert "Sara Nyberg" in browser.get("/").text


def test_a_code_is_written_with_or_without_its_space(browser: Browser, region: Region) -> None:
    ask(browser)
    code = browser.code_in_the_letter().replace(" ", "")
    assert "Sara Nyberg" in browser.send("/login/code", code=code).text


def test_an_unknown_address_gets_the_same_answer_and_no_letter(
    browser: Browser, another_browser: Browser, region: Region, house: House
) -> None:
    known = browser.send("/login", email="sara@sjoviken.example")
    before = letters(house)
    unknown = another_browser.send("/login", email="nobody@sjoviken.example")
    assert letters(house) == before == 1
    assert unknown.status_code == known.status_code == 200
    assert unknown.url == known.url
    wrong = another_browser.send("/login/code", code=WRONG_CODE)
    assert "4 gånger till" in wrong.text


def test_a_code_lets_nobody_in_from_another_browser(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    ask(browser)
    code = browser.code_in_the_letter()
    ask(another_browser, "elin@sjoviken.example")
    assert another_browser.send("/login/code", code=code).status_code == 422
    assert "Sara" not in another_browser.get("/").text
    assert "Sara Nyberg" in browser.send("/login/code", code=code).text


def test_a_code_is_good_once(browser: Browser, region: Region) -> None:
    ask(browser)
    code = browser.code_in_the_letter()
    browser.send("/login/code", code=code)
    browser.send("/", "/logout")
    ask(browser, "elin@sjoviken.example")
    assert browser.send("/login/code", code=code).status_code == 422


def test_a_code_is_good_for_ten_minutes(browser: Browser, region: Region, clock: Clock) -> None:
    ask(browser)
    code = browser.code_in_the_letter()
    clock.forward(minutes=10)
    page = browser.send("/login/code", code=code)
    assert "Koden gäller inte längre" in page.text


def test_after_five_wrong_tries_the_right_code_lets_nobody_in(
    browser: Browser, region: Region
) -> None:
    ask(browser)
    code = browser.code_in_the_letter()
    for left in (4, 3, 2, 1):
        assert f"{left} gånger till" in browser.send("/login/code", code=WRONG_CODE).text
    assert "gäller inte längre" in browser.send("/login/code", code=WRONG_CODE).text
    assert "gäller inte längre" in browser.send("/login/code", code=code).text


def test_asking_again_makes_the_first_code_worthless(browser: Browser, region: Region) -> None:
    ask(browser)
    first = browser.code_in_the_letter()
    ask(browser)
    second = browser.code_in_the_letter()
    if first != second:
        assert browser.send("/login/code", code=first).status_code == 422
    assert "Sara Nyberg" in browser.send("/login/code", code=second).text


def test_nobody_s_mailbox_is_filled_from_outside(
    browser: Browser, region: Region, house: House
) -> None:
    for number in range(CODES_AN_HOUR + 2):
        browser.client.address = f"192.0.2.{number}"
        ask(browser)
    assert letters(house) == CODES_AN_HOUR


def test_nobody_is_kept_out_by_whoever_asks_for_their_codes_elsewhere(
    browser: Browser, another_browser: Browser, region: Region, house: House
) -> None:
    another_browser.client.address = "192.0.2.1"
    for _ in range(5):
        ask(another_browser)
    answer = another_browser.send("/login", email="SARA@sjoviken.example")
    assert answer.status_code == 429
    ask(browser)
    page = browser.send("/login/code", code=browser.code_in_the_letter())
    assert "Du är inloggad som Sara Nyberg." in page.text


def test_many_ask_for_their_codes_from_the_one_address_they_share(
    browser: Browser, region: Region
) -> None:
    for who in ("sara", "elin", "oskar", "astrid", "helena", "mikael", "gun", "rolf", "anna"):
        for _ in range(2):
            ask(browser, f"{who}@sjoviken.example")


def test_an_address_longer_than_any_is_none(browser: Browser, region: Region) -> None:
    answer = browser.send("/login", email=f"{'a' * 5000}@sjoviken.example")
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers or len(answer.headers["set-cookie"]) < 1000


def test_asking_too_often_is_refused_with_when_to_come_back(
    browser: Browser, region: Region
) -> None:
    answers = [browser.send("/login", email="x@sjoviken.example") for _ in range(11)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"]
    assert "Försök igen om några minuter" in answers[-1].text


def test_a_login_leads_on_to_the_page_asked_for_and_never_to_another_site(
    browser: Browser, region: Region
) -> None:
    for asked, leads in (
        ("/language/sv", "/language/sv"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\tx", "/"),
    ):
        browser.send("/login", email="sara@sjoviken.example", next=asked)
        token_page = browser.get("/login/code").text
        answer = browser.client.post(
            "/login/code",
            data={
                "code": browser.code_in_the_letter(),
                "token": token_of(token_page, "/login/code"),
            },
        )
        assert answer.headers["location"] == leads
        browser.send("/", "/logout")


def test_a_login_ends_when_its_hours_have_passed_or_its_person_has_left(
    browser: Browser, region: Region, clock: Clock, house: House
) -> None:
    browser.logs_in("sara")
    clock.forward(hours=house.settings.login_hours, minutes=-1)
    assert "Sara Nyberg" in browser.get("/").text
    clock.forward(minutes=1)
    assert "Sara Nyberg" not in browser.get("/").text


def test_logins_and_codes_that_let_nobody_in_are_forgotten_and_no_others(
    browser: Browser, another_browser: Browser, region: Region, house: House, clock: Clock
) -> None:
    def forget() -> int:
        with transaction(house.engine) as connection:
            return forget_old_logins(connection, now=clock.moment, settings=house.settings)

    browser.send("/login", email="sara@sjoviken.example")
    browser.logs_in("sara")
    assert forget() == 0
    clock.forward(hours=house.settings.login_hours + 1)
    another_browser.logs_in("bo")
    assert forget() == 0, "there is a day's grace"
    clock.forward(days=1)
    assert forget() == 2, "the code and Sara's login"
    clock.forward(days=2)
    assert forget() == 1


def test_logging_out_ends_the_login_for_the_cookie_too(browser: Browser, region: Region) -> None:
    browser.logs_in("sara")
    cookies = dict(browser.client.cookies)
    page = browser.send("/", "/logout")
    assert "Du är utloggad." in page.text
    browser.client.cookies.update(cookies)
    assert "Sara Nyberg" not in browser.get("/").text


def test_neither_token_nor_code_is_kept_as_it_is(
    browser: Browser, region: Region, house: House
) -> None:
    ask(browser)
    code = browser.code_in_the_letter().replace(" ", "")
    browser.send("/login/code", code=code)
    token = browser.client.cookies["mandat"]
    with reading(house.engine) as connection:
        kept = [str(row) for row in connection.execute(select(Login))]
        kept += [str(row) for row in connection.execute(select(LoginAsked))]
    assert all(token not in row and code not in row for row in kept)


@pytest.mark.parametrize("token", ["", "x", "x.y"])
def test_a_form_without_our_token_does_nothing(
    browser: Browser, region: Region, house: House, token: str
) -> None:
    browser.get("/login")
    answer = browser.client.post("/login", data={"email": "sara@sjoviken.example", "token": token})
    assert answer.status_code == 403
    assert letters(house) == 0


def test_a_form_from_another_site_does_nothing(
    browser: Browser, region: Region, house: House
) -> None:
    browser.logs_in("sara")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert browser.client.post("/logout", headers=headers).status_code == 403
    assert "Sara Nyberg" in browser.get("/").text


def test_cookies_are_out_of_reach_for_scripts_and_by_https_for_other_hosts(
    browser: Browser, region: Region
) -> None:
    ask(browser)
    page = browser.client.post(
        "/login/code", data={"code": browser.code_in_the_letter(), "token": token(browser)}
    )
    cookie = next(c for c in page.headers.get_list("set-cookie") if c.startswith("mandat="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def token(browser: Browser) -> str:
    return token_of(browser.get("/login/code").text, "/login/code")


def test_logins_that_let_nobody_in_any_more_are_forgotten_when_someone_logs_in(
    browser: Browser, another_browser: Browser, region: Region, clock: Clock, house: House
) -> None:
    ask(browser)
    browser.send("/login/code", code=browser.code_in_the_letter())
    clock.forward(hours=house.settings.login_hours + 25)
    ask(another_browser, "elin@sjoviken.example")
    another_browser.send("/login/code", code=another_browser.code_in_the_letter())
    with reading(house.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(Login)) == 1
        assert connection.scalar(select(func.count()).select_from(LoginAsked)) == 1
