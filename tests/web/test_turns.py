"""Many at once: everyone gets an answer, and of two who decide at the same moment one does."""

import asyncio
import re
from threading import Barrier, Thread

from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import Engine

from casework.editing import unsaved_of
from models.directory import Directory
from models.session import reading
from statemachine.vocabulary import Act, State
from tests.builders import BEGUN, DECIDED, Region
from tests.web.conftest import Browser, Client, Clock, Clockwork, house_on, token_of
from web.application import application
from web.turns import AT_ONCE


def test_more_acts_than_there_are_turns_are_all_carried_out(
    browser: Browser, region: Region
) -> None:
    number = region.draft()
    path = f"/charters/{number}/edit"
    shown = browser.logs_in("sara").get(path).text
    hidden = dict(re.findall(r'type="hidden" name="(version|token)" value="([^"]+)"', shown))
    said = {**hidden, "token": token_of(shown, path), "preamble": "Inget av det här är sparat."}

    async def all_at_once() -> list[Response]:
        async with AsyncClient(
            transport=ASGITransport(browser.app),
            base_url="http://mandat.example",
            cookies=browser.client.cookies,
        ) as client:
            unsaved = f"/charters/{number}/unsaved"
            sent = (client.post(unsaved, data=said) for _ in range(2 * AT_ONCE))
            return list(await asyncio.gather(*sent))

    assert {answer.status_code for answer in asyncio.run(all_at_once())} == {204}
    with reading(region.engine) as connection:
        sara = Directory(connection, BEGUN).found("sara")
        assert sara is not None
        assert unsaved_of(connection, number, sara.id) is not None


def test_of_two_approvals_at_the_same_moment_one_is_made(
    engine: Engine, clockwork: Clockwork, clock: Clock
) -> None:
    """The very same answer twice, as two windows of one director's send it."""
    app = application(house_on(engine, clockwork, clock))
    region = Region.founded(engine)
    number = region.in_review()
    browsers = [Browser(app, Client(app)).logs_in("helena") for _ in range(2)]
    sent = []
    for browser in browsers:
        shown = browser.get(f"/charters/{number}/decide").text
        hidden = dict(re.findall(r'type="hidden" name="(round|hash)" value="([^"]+)"', shown))
        token = token_of(shown, f"/charters/{number}/approve")
        sent.append({**hidden, "token": token, "conflict": "no"})
    together, answers = Barrier(2), []

    def decides(browser: Browser, said: dict[str, str]) -> None:
        together.wait(timeout=30)
        answers.append(browser.client.post(f"/charters/{number}/approve", data=said))

    deciders = [Thread(target=decides, args=one) for one in zip(browsers, sent, strict=True)]
    for one in deciders:
        one.start()
    for one in deciders:
        one.join()
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    (refused,) = [answer.text for answer in answers if answer.status_code == 422]
    assert f"Helena Ask fastställde handlingen {DECIDED}." in refused
    assert region.state(number) is State.APPROVED
    assert [row.what for row in region.decisions(number)] == [Act.APPROVE]
