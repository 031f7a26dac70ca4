"""What someone who means harm may try at the pages, and what comes of it: nothing."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy.pool import QueuePool
from starlette.types import Message, Receive, Scope, Send

from casework.settings import Settings
from documents.page import FIELDS
from statemachine.vocabulary import Act
from tests.builders import BEGUN, Region, an_executive_decision
from tests.web.conftest import Browser, Client, token_of
from tests.web.routes import routes
from web.application import application
from web.desk import login_cookie
from web.house import House
from web.turns import AT_ONCE

ODD_NUMBERS = ("-1", "9" * 12, "-" + "9" * 25, "9" * 5000, "1e3", "٣", "²", "1%00")
ODD_WORDS = ("..%2f..%2fetc", "%ff%ed%a0%80", "a" * 5000, "'%22<b>%0d%0aX:y")

ASKED = ("page", "q", "month", "show", "group", "charter", "next", "at", "pile", "standing", "all")


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["oskar", "helena", "sara"])
def test_an_odd_address_is_answered_and_never_a_fault(
    app: FastAPI,
    browser: Browser,
    region: Region,
    who: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    region.distributed()
    browser.logs_in(who)
    with caplog.at_level(logging.ERROR, "mandat.web"):
        for path in {route.path for route in routes(app) if "GET" in (route.methods or ())}:
            for odd in (*ODD_NUMBERS, *ODD_WORDS):
                if "{" in path:
                    asked = path.replace("{number}", odd if path.count("{") == 1 else "1")
                    for name in ("group", "letter", "paper", "place", "person", "mark", "name"):
                        asked = asked.replace(f"{{{name}}}", odd)
                    asked = asked.replace("{chosen}", odd).replace("{section}", odd)
                else:
                    asked = path + "?" + "&".join(f"{name}={odd}" for name in ASKED)
                answer = browser.get(asked)
                assert answer.status_code in (200, 303, 403, 404), (asked[:90], answer.text[:300])
                if answer.status_code >= 400:
                    assert "<h1>" in answer.text, asked[:90]
    assert caplog.messages == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nSet-Cookie: mandat=x",
        "javascript:alert(1)",
        "/" + "a" * 5000,
    ],
)
def test_nobody_is_led_elsewhere(browser: Browser, region: Region, elsewhere: str) -> None:
    answer = browser.client.get("/language/en", params={"next": elsewhere})
    assert answer.headers["location"] == "/"
    assert "mandat=x" not in str(answer.headers)
    page = browser.client.get("/login", params={"next": elsewhere})
    assert 'name="next" value="/"' in page.text


def test_no_answer_leads_to_the_host_that_the_request_named(browser: Browser) -> None:
    for path in ("/groups/", "/login/", "/static", "/charters/1/", "//evil.example/"):
        answer = browser.client.get(path, headers={"host": "evil.example"})
        assert "evil.example" not in answer.headers.get("location", ""), path


# --- forms from elsewhere -------------------------------------------------------------------------


def sent(browser: Browser, path: str, headers: dict[str, str], **fields: str) -> Response:
    token = token_of(browser.get("/login").text, "/login")
    return browser.client.post(path, data={"token": token, **fields}, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_form_is_refused_even_with_a_token(
    browser: Browser, region: Region, headers: dict[str, str]
) -> None:
    assert sent(browser, "/login", headers, email="sara@sjoviken.example").status_code == 403
    assert region.outbox() == []


def test_a_form_is_from_the_address_that_people_reach_whatever_host_a_request_names(
    house: House, region: Region
) -> None:
    app = application(replace(house, settings=Settings(address="https://mandat.example")))
    browser = Browser(app, Client(app))
    evil = {"host": "evil.example", "origin": "https://evil.example"}
    ours = {"host": "mandat.example", "origin": "https://mandat.example"}
    token = token_of(browser.get("/login").text, "/login")
    held = {"cookie": "; ".join(f"{name}={said}" for name, said in browser.client.cookies.items())}
    fields = {"token": token, "email": "sara@sjoviken.example"}
    assert browser.client.post("/login", data=fields, headers=evil | held).status_code == 403
    assert browser.client.post("/login", data=fields, headers=ours | held).status_code == 303


def test_a_token_is_good_in_the_browser_it_was_given_to_and_nowhere_else(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    browser.logs_in("sara")
    another_browser.logs_in("elin")
    token = token_of(browser.get("/").text, "/logout")
    for said in ("", "x", token[:-1], token.replace(".", ""), f"{token}é"):
        assert browser.client.post("/logout", data={"token": said}).status_code == 403
    assert another_browser.client.post("/logout", data={"token": token}).status_code == 403
    assert browser.client.post("/logout", data={"token": token}).status_code == 303


def test_whoever_logs_in_gets_a_token_that_nobody_had_before(
    browser: Browser, another_browser: Browser, region: Region, house: House
) -> None:
    browser.client.cookies.set(login_cookie(house), "planted", domain="localhost.local")
    browser.send("/login", email="sara@sjoviken.example")
    browser.send("/login/code", code=browser.code_in_the_letter())
    assert "Sara Nyberg" in browser.get("/").text
    another_browser.client.cookies.set(login_cookie(house), "planted")
    assert "Sara Nyberg" not in another_browser.get("/").text


# --- the machine itself ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""]
)
def test_the_inbox_is_not_read_by_a_name_that_someone_else_points_here(
    browser: Browser, host: str
) -> None:
    answer = browser.client.get("/inbox", headers={"host": host})
    assert answer.headers["location"].startswith("/login")
    for own in ("localhost:8080", "127.0.0.1", "[::1]:8080"):
        assert browser.client.get("/inbox", headers={"host": own}).status_code == 200


# --- too much, and too slowly ---------------------------------------------------------------------


def slowly(app: FastAPI, path: str, length: int, headers: dict[str, str]) -> list[int]:
    """How many hold memory while the form of a request is waited for, again and again."""
    house: House = app.state.house
    pool = house.engine.pool
    assert isinstance(pool, QueuePool)
    holding: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(length):
            holding.append(pool.checkedout())
            yield b"a"

    async def asked() -> None:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://localhost") as client:
            await client.post(
                path,
                content=body(),
                headers={
                    "content-type": "application/x-www-form-urlencoded",
                    "content-length": str(length),
                    **headers,
                },
            )

    asyncio.run(asked())
    return holding


def test_memory_is_held_for_nobody_whose_form_comes_slowly(
    app: FastAPI, browser: Browser, region: Region, house: House
) -> None:
    assert slowly(app, "/login", 5, {}) == [0] * 5
    browser.logs_in("sara")
    held = {"cookie": f"{login_cookie(house)}={browser.client.cookies[login_cookie(house)]}"}
    assert slowly(app, "/cases/new/form", 5, held) == [0] * 5


def test_memory_is_held_for_nobody_who_reads_slowly(
    app: FastAPI, browser: Browser, region: Region, house: House
) -> None:
    charter = region.distributed()
    pool = house.engine.pool
    assert isinstance(pool, QueuePool)
    holding: list[int] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            holding.append(pool.checkedout())
            await send(message)

        await app(scope, receive, sent)

    for path in ("/", f"/charters/{charter}/papers/1", f"/charters/{charter}", "/none", "/cases"):
        assert Client(watched).get(path).status_code in (200, 303, 404)  # type: ignore[arg-type]
    assert set(holding) == {0}


def test_a_form_in_a_codec_that_takes_minutes_is_not_read(browser: Browser) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n'
    body = head + b"a" * 200_000 + b"-" + b"b" * 200_000 + b"\r\n--x--\r\n"
    began = time.process_time()
    answer = browser.client.post(
        "/login",
        content=body,
        headers={"content-type": "multipart/form-data; boundary=x; charset=punycode"},
    )
    assert answer.status_code == 400
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "multipart/form-data"},
        {"content-type": "multipart/form-data; boundary="},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "text/plain"},
        {"content-type": "application/json"},
        {},
    ],
)
def test_a_form_that_is_none_is_refused_and_never_a_fault(
    browser: Browser, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "mandat.web"):
        for body in (b"", b"\xff\xfe\x00", b"--x\r\n\r\n", b"--x--", b"{" * 5000, b"%00=%00&token"):
            answer = browser.client.post("/login", content=body, headers=headers)
            assert answer.status_code in (400, 403, 411), (body, answer.text)
    assert caplog.messages == []


def test_a_form_that_is_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    said = {"content-length": "2000001", "content-type": "application/x-www-form-urlencoded"}
    assert browser.client.post("/login", content=b"", headers=said).status_code == 413
    many = "&".join(f"a{number}=1" for number in range(2001))
    said = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.client.post("/login", content=many, headers=said).status_code == 400


def test_what_no_database_keeps_is_left_out_of_what_is_written(
    browser: Browser, region: Region
) -> None:
    browser.logs_in("oskar")
    page = browser.send("/people/new", name="Nils\0 Nyman", email="nils@sjoviken.example")
    assert page.status_code == 200
    assert region.person("nils.nyman").name == "Nils Nyman"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "20260617", "9" * 5000])
def test_no_day_is_a_fault(
    browser: Browser, region: Region, day: str, caplog: pytest.LogCaptureFixture
) -> None:
    charter = region.distributed()
    with caplog.at_level(logging.ERROR, "mandat.web"):
        browser.logs_in("oskar")
        seats = "/groups/rorelse/seats"
        browser.send(seats, person="dag", seat="member", from_=day, through=day)
        browser.send(seats, f"{seats}/vacate", person="dag", seat="member", from_=day)
        browser.send("/people/new", name="Nils Nyman", email="n@sjoviken.example", from_=day)
        browser.send("/people/dag", "/people/dag/leave", through=day)
        browser.logs_in("helena")
        browser.send("/absence", office="direktor", person="dag", from_=day, through=day)
        end = f"/charters/{charter}/discontinue"
        said: dict[str, Any] = {"reason": "x", "registry_number": "RS 1", "conflict": "no"}
        browser.send(end, effective_day=day, **said)
        browser.send("/groups/rorelse/discontinue", effective_day=day, **said)
    assert caplog.messages == []


# --- what is others' ------------------------------------------------------------------------------


def test_a_draft_is_no_more_read_where_it_would_be_renewed(
    browser: Browser, region: Region
) -> None:
    draft = region.draft(document=an_executive_decision(title="Hemligt uppdrag"))
    browser.logs_in("elin")
    page = browser.get(f"/cases/new/renew?charter={draft}")
    assert page.status_code == 404
    assert "Hemligt" not in page.text
    page = browser.send("/cases/new/renew", charter=str(draft), do="begin")
    assert page.status_code == 404


def test_every_act_on_a_charter_is_refused_to_those_it_is_not_for(
    app: FastAPI, browser: Browser, region: Region
) -> None:
    """With a token of their own, as nobody who only reads the pages would get one."""
    charter = region.in_review()
    browser.logs_in("dag")
    browser.get("/")
    region_before = region.everything()
    for route in routes(app):
        if "POST" not in (route.methods or ()) or "{number}" not in route.path:
            continue
        if route.path.startswith("/imports"):
            continue
        token = token_of(browser.get("/").text, "/logout")
        path = route.path.format(number=charter, letter=1, section="x")
        answer = browser.client.post(path, data={"token": token, "reason": "x", "conflict": "no"})
        assert answer.status_code in (403, 404), path
    assert region.everything() == region_before


# --- what is shown --------------------------------------------------------------------------------

SHARP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}{name}%(x)s"


def test_what_anyone_writes_is_shown_and_never_run(
    browser: Browser, region: Region, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "mandat.web"):
        browser.logs_in("oskar")
        browser.send("/people/sara", "/people/sara", name=f"Sara {SHARP}", title=SHARP)
        charter = region.draft(on=BEGUN)
        browser.logs_in("sara")
        fields = {f"field-{name.replace('.', '-')}": f"{name} {SHARP}" for name in FIELDS}
        fields |= {
            "section": "0",
            "section-0-key": "purpose",
            "section-0-heading": f"Syfte {SHARP}",
            "section-0-text": f"Text [länk](javascript:alert(1)) {SHARP}",
            "preamble": SHARP,
            "line": "0",
            "line-0-who": SHARP,
            "line-0-purpose": SHARP,
            "version": "1",
        }
        edit = f"/charters/{charter}/edit"
        token = token_of(browser.get(edit).text, edit)
        shown = [browser.client.post(edit, data={**fields, "token": token})]
        for page in ("", "/edit", "/text", "/compare", "/submit", "/abandon", "/hand-over"):
            shown.append(browser.get(f"/charters/{charter}{page}"))
        shown += [browser.get(path) for path in ("/cases", "/cases?q=" + "%3Cscript%3E", "/")]
        browser.logs_in("oskar")
        shown += [
            browser.get(path) for path in ("/people/sara", "/people", "/operations", "/cases")
        ]
        shown.append(browser.get(f"/groups?q={SHARP.replace('%', '%25')}&area=%22%3E%3Cscript%3E"))
    for answer in shown:
        assert answer.status_code in (200, 303, 404, 422), answer.text[:200]
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert 'href="javascript:' not in answer.text
        assert "&gt;49" not in answer.text
    assert caplog.messages == []


def test_nothing_a_fault_says_is_told_or_logged(
    app: FastAPI, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/fault")
    def fault() -> None:
        raise ValueError("Sara Nyberg, sara@sjoviken.example")

    with caplog.at_level(logging.DEBUG):
        answer = browser.get("/fault")
    assert answer.status_code == 500
    ours = " ".join(one.getMessage() for one in caplog.records if one.name.startswith("mandat"))
    assert "ValueError" in ours
    for said in (answer.text, ours, caplog.text):
        assert "Sara" not in said
        assert "sjoviken" not in said


def test_every_answer_stays_put(browser: Browser, region: Region) -> None:
    charter = region.distributed()
    paper = next(
        f"/charters/{charter}/papers/{number}"
        for number in range(1, 9)
        if browser.get(f"/charters/{charter}/papers/{number}").status_code == 200
    )
    for path in ("/", "/none", "/login", "/livez", "/static/mandat.css", paper, "/%00"):
        headers = browser.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"], path
    assert browser.get("/").headers["cache-control"] == "no-store"
    assert browser.get(paper).headers["content-disposition"].startswith("attachment")


def test_of_two_approvals_at_once_one_is_refused(
    browser: Browser, another_browser: Browser, region: Region
) -> None:
    charter = region.in_review()
    path = f"/charters/{charter}/decide"
    pages = []
    for one in (browser, another_browser):
        pages.append(one.logs_in("helena").get(path).text)
    said = {"round": "1", "hash": region.charter(charter).content_hash, "conflict": "no"}
    approve = f"/charters/{charter}/approve"

    async def at_once() -> list[int]:
        async def once(one: Browser, page: str) -> int:
            async with AsyncClient(
                transport=ASGITransport(one.app),
                base_url="http://localhost",
                cookies=one.client.cookies,
            ) as client:
                fields = {**said, "token": token_of(page, approve)}
                return (await client.post(approve, data=fields)).status_code

        both = zip((browser, another_browser), pages, strict=True)
        return list(await asyncio.gather(*(once(one, page) for one, page in both)))

    assert sorted(asyncio.run(at_once())) == [303, 422]
    assert [row.what for row in region.decisions(charter)] == [Act.APPROVE]


def test_nobody_waits_for_those_whose_forms_come_slowly(app: FastAPI, browser: Browser) -> None:
    shown = browser.get("/login")
    token = token_of(shown.text, "/login")

    async def all_at_once() -> tuple[int, list[int]]:
        may_go_on = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield b"token="
            await may_go_on.wait()
            yield token.encode()

        async with AsyncClient(
            transport=ASGITransport(app),
            base_url="http://localhost",
            cookies=browser.client.cookies,
            headers={"content-type": "application/x-www-form-urlencoded"},
        ) as client:
            length = {"content-length": str(len(f"token={token}"))}
            slow = [
                asyncio.create_task(client.post("/login", content=body(), headers=length))
                for _ in range(AT_ONCE * 2)
            ]
            await asyncio.sleep(0)
            between = (await asyncio.wait_for(client.get("/"), 60)).status_code
            may_go_on.set()
            return between, [one.status_code for one in await asyncio.gather(*slow)]

    between, slow = asyncio.run(all_at_once())
    assert between == 200
    assert slow == [422] * len(slow)
