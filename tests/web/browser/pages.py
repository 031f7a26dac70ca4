"""Every page there is, and as whom it is read. A page that is not listed here fails a test."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import Engine

from casework.logins import BY_CODE, begin_login
from documents import Reader
from documents.unpack import Handed
from models.directory import Directory
from models.session import transaction
from statemachine.vocabulary import Act, Letter
from statemachine.words import Language
from tests.builders import DECIDED, FOUNDED, NEIGHBOUR, ORGANISATION, Region
from tests.casework.handed_in import Importing, as_file
from tests.casework.handed_in import decided as decided_before
from tests.web.conftest import NOON
from web.desk import LANGUAGE, login_cookie
from web.house import House

DECIDED_BEFORE = DECIDED - timedelta(days=2)
LETTER = b"""From: Mandat <mandat@mandat.example>
To: Sara Nyberg <sara@sjoviken.example>
Subject: Logga in
Date: Wed, 17 Jun 2026 12:00:00 +0200

482 913
"""


ENDED = "  - {key: avslutad, name: Avslutad grupp, from: 2026-01-05}\n"


@dataclass(frozen=True, slots=True)
class Lived:
    """What the pages are about: a decided charter, one in review, and a draft."""

    decided: int
    in_review: int
    draft: int
    letter: int
    receipt: int
    """The letter that brought the decided one to the first on its list."""
    read: int
    """An import whose files are read."""
    unread: int


def lived_in(engine: Engine) -> Lived:
    """A region with something on every page."""
    region = Region.founded(engine)
    region._loads(ORGANISATION + NEIGHBOUR + ENDED, FOUNDED)
    region.discontinues_group("helena", "Avslutad grupp", on=DECIDED_BEFORE, effective_day=DECIDED)
    region.sweep(DECIDED)
    decided = region.distributed(on=DECIDED_BEFORE)
    in_review = region.in_review("narvard", on=DECIDED)
    region.does("sara", Act.ASK_OPINION, in_review, on=DECIDED, to="dag")
    draft = region.does("sara", Act.RENEW, on=DECIDED, group="rorelse").charter_id
    letters = region.outbox()
    receipt = next(one.id for one in letters if one.letter == Letter.DISTRIBUTION)
    with Reader() as reader:
        before = as_file("nära-vård.docx", decided_before(date(2018, 3, 1), "narvard"))
        read = Importing.read(region, reader, before, Handed("protokoll.txt", b"Protokoll."))
        unread = Importing.begun(region, reader, before)
    return Lived(decided, in_review, draft, letters[-1].id, receipt, read.id, unread.id)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page: the route as the router spells it, the path as it is asked for, and by whom.

    A path may speak of {decided}, {in_review} and {letter}: see `lived_in`. What must be done
    before there is such a page is done `first`.
    """

    name: str
    route: str
    path: str
    who: str | None = None
    first: Callable[[Page, str], None] | None = None


def page(
    name: str,
    route: str,
    who: str | None = None,
    path: str | None = None,
    first: Callable[[Page, str], None] | None = None,
) -> Listed:
    return Listed(name, route, path or route, who, first)


def a_code_is_asked_for(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.locator("main input[type=email]").fill("sara@sjoviken.example")
    page.locator("main form button").click()
    page.wait_for_url("**/login/code")


GROUP = "/groups/{group}"
CHARTER = "/charters/{number}"


def of_a_charter(name: str, who: str | None, which: str, page_of_it: str = "") -> Listed:
    """A page about one of the charters, by the word that `Lived` has for it."""
    path = f"/charters/{{{which}}}{page_of_it}"
    return page(name, f"{CHARTER}{page_of_it}", who, path)


# fmt: off
PAGES = (
    page("front",         "/"),
    page("front-coordinator", "/", "bo"),
    page("front-director", "/", "helena"),
    page("login",         "/login"),
    page("login-again",   "/login",               "helena"),
    page("login-code",    "/login/code",          first=a_code_is_asked_for),
    page("register",      "/groups"),
    page("register-kept", "/groups",              "oskar"),
    page("group",         GROUP,                          path="/groups/rorelse"),
    page("group-kept",    GROUP,                  "bo",   path="/groups/rorelse"),
    page("seats",         f"{GROUP}/seats",       "bo",   path="/groups/rorelse/seats"),
    page("my-groups",     "/my-groups",           "bo"),
    page("warned-later",  f"{GROUP}/snooze",      "bo",   path="/groups/rorelse/snooze"),
    page("timeline",      "/timeline"),
    page("timeline-month", "/timeline",                   path="/timeline?month=2031-06"),
    page("operations",    "/operations",          "oskar"),
    page("letter",        "/operations/letters/{letter}", "oskar"),
    page("inbox",         "/inbox"),
    page("inbox-letter",  "/inbox/{name}",                path="/inbox/1-code.eml"),
    page("accessibility", "/accessibility"),

    page("cases",         "/cases",               "sara"),
    page("cases-kept",    "/cases",               "oskar"),
    page("new",           "/cases/new",           "sara"),
    page("new-upload",    "/cases/new/upload",    "sara"),
    page("new-form",      "/cases/new/form",      "sara"),
    page("new-renewal",   "/cases/new/renew",     "sara"),
    of_a_charter("charter",         None,     "decided"),
    of_a_charter("charter-handled", "sara",   "decided"),
    of_a_charter("draft",           "sara",   "draft"),
    of_a_charter("text",            None,     "decided",   "/text"),
    of_a_charter("receipts",        "sara",   "decided",   "/receipts"),
    page("receipt",       f"{CHARTER}/receipts/{{letter}}", "sara", "/charters/{decided}/receipts/{receipt}"),
    of_a_charter("edit",            "sara",   "draft",     "/edit"),
    of_a_charter("compare",         "sara",   "draft",     "/compare"),
    of_a_charter("submit",          "sara",   "draft",     "/submit"),
    of_a_charter("withdraw",        "sara",   "in_review", "/withdraw"),
    of_a_charter("abandon",         "sara",   "draft",     "/abandon"),
    of_a_charter("hand-over",       "sara",   "draft",     "/hand-over"),
    of_a_charter("ask-opinion",     "sara",   "in_review", "/ask-opinion"),
    of_a_charter("opinion",         "dag",    "in_review", "/opinion"),

    page("decisions",     "/decisions",           "helena"),
    of_a_charter("decide",          "helena", "in_review", "/decide"),
    of_a_charter("decision",        None,     "decided",   "/decision"),
    of_a_charter("correct",         "helena", "decided",   "/correct"),
    of_a_charter("discontinue",     "helena", "decided",   "/discontinue"),
    page("absence",       "/absence",             "helena"),
    page("end-a-group",   f"{GROUP}/discontinue", "helena", "/groups/rorelse/discontinue"),
    page("group-ended",   f"{GROUP}/decision",    None,     "/groups/avslutad/decision"),
    page("group-gone",    GROUP,                  None,     "/groups/avslutad"),

    page("people",        "/people",              "oskar"),
    page("person-new",    "/people/new",          "oskar"),
    page("person",        "/people/{person}",     "astrid", "/people/sara"),
    page("imports",       "/imports",             "oskar"),
    page("import",        "/imports/{number}",    "oskar", "/imports/{read}"),
    page("import-going",  "/imports/{number}",    "oskar", "/imports/{unread}"),
)
# fmt: on

NO_PAGES = {
    "/livez": "for those who watch over the service",
    "/readyz": "for those who watch over the service",
    "/language/{chosen}": "leads on at once",
    "/links/{mark}": "leads on at once",
    "/login/openid": "leads on at once",
    "/login/openid/back": "leads on at once",
    f"{CHARTER}/papers/{{paper}}": "a paper, not a page",
    f"{CHARTER}/preview.pdf": "a paper, not a page",
    f"{GROUP}/papers/{{paper}}": "a paper, not a page",
    "/imports/{number}/files/{place}": "a file as it was handed in",
    "/imports/{number}/corrections.csv": "for a spreadsheet",
}


def answered(app: FastAPI) -> set[str]:
    """Every route that can be asked for with GET."""
    return {
        context.path
        for context in iter_route_contexts(app.routes)
        if context.path and "GET" in (context.methods or ())
    }


def logged_in(
    house: House, profile: BrowserContext, who: str, address: str, language: Language
) -> None:
    """Have someone be logged in, in this reader's browser, and have chosen the language.

    What they have not chosen is as their own, whatever their browser asks for.
    """
    today: date = NOON.date()
    now: datetime = house.now()
    with transaction(house.engine) as connection:
        someone = Directory(connection, today).found(who)
        assert someone is not None, f"{who} is not here"
        token = begin_login(connection, someone.id, BY_CODE, authenticated_at=now, now=now)
    kept = {login_cookie(house): token, LANGUAGE: language}
    profile.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in kept.items()]
    )
