"""Who may open what: every route, for everyone there is, and nothing between."""

import pytest
from fastapi import FastAPI

from tests.builders import Region
from tests.web.conftest import Browser
from tests.web.routes import routes
from web import access
from web.access import Rule

NOBODY, STRANGER, HANDLER, COORDINATOR, DIRECTOR, KEEPER, ADMINISTRATOR = (
    None,
    "dag",
    "sara",
    "bo",
    "helena",
    "oskar",
    "astrid",
)
EVERYONE_THERE_IS = (NOBODY, STRANGER, HANDLER, COORDINATOR, DIRECTOR, KEEPER, ADMINISTRATOR)

LETS_IN: dict[Rule, set[str | None]] = {
    access.EVERYONE: set(EVERYONE_THERE_IS),
    access.LOGGED_IN: set(EVERYONE_THERE_IS) - {NOBODY},
    access.WRITER: {HANDLER, COORDINATOR},
    access.HAS_CASES: {HANDLER, COORDINATOR, KEEPER, ADMINISTRATOR},
    access.DECIDER: {DIRECTOR},
    # Of a draft that has never been submitted, nobody decides anything.
    access.DECIDES: set(),
    access.DECIDED_IT: set(),
    access.DISCONTINUES: set(),
    access.DISCONTINUES_GROUP: {DIRECTOR},
    access.KEEPER: {KEEPER},
    access.REGISTRY: {KEEPER, ADMINISTRATOR},
    access.ADMINISTRATION: {ADMINISTRATOR},
    access.SEATED: {COORDINATOR},
    access.GROUP_KEEPER: {COORDINATOR, KEEPER, ADMINISTRATOR},
    # The browsers of these proofs are at the machine itself; elsewhere see test_inbox.
    access.LOCAL: set(EVERYONE_THERE_IS),
    # Of the charter below: a draft of Sara's, for a group that Bo coordinates.
    access.READER: {HANDLER, COORDINATOR, KEEPER, ADMINISTRATOR},
    access.PARTICIPANT: {HANDLER, COORDINATOR, KEEPER, ADMINISTRATOR},
}
"""Whom each rule lets in. A rule that is not here fails the proof."""


def test_every_route_names_its_rule(app: FastAPI) -> None:
    without = [route.path for route in routes(app) if not hasattr(route.endpoint, "rule")]
    assert without == []
    assert {route.endpoint.rule for route in routes(app)} <= LETS_IN.keys()  # type: ignore[attr-defined]


def test_nothing_is_changed_by_reading(app: FastAPI) -> None:
    for route in routes(app):
        assert route.methods in ({"GET", "HEAD"}, {"POST"}), route.path


@pytest.mark.parametrize("who", EVERYONE_THERE_IS)
def test_every_route_lets_in_those_it_is_for_and_nobody_else(
    app: FastAPI, browser: Browser, region: Region, who: str | None
) -> None:
    draft = region.draft()
    if who is not None:
        browser.logs_in(who)
    for route in routes(app):
        rule: Rule = route.endpoint.rule  # type: ignore[attr-defined]
        path = route.path.format(
            number=draft,
            group="rorelse",
            chosen="sv",
            name="x",
            letter=1,
            place=1,
            mark="none",
            key="sara",
            person="sara",
            section="purpose",
            paper=1,
        )
        ask = browser.client.get if "GET" in (route.methods or ()) else browser.client.post
        answer = ask(path)
        let_in = who in LETS_IN[rule]
        if "POST" in (route.methods or ()):
            # Without a form of ours nothing is done, by anyone; a stranger learns no more.
            assert answer.status_code in (401, 403, 404, 411), (route.path, who)
        elif let_in:
            assert answer.status_code not in (401, 403), (route.path, who)
            assert "/login?next" not in answer.headers.get("location", ""), (route.path, who)
        elif who is NOBODY:
            assert answer.headers.get("location", "").startswith("/login?next="), route.path
        else:
            unknown = rule.hides and who not in LETS_IN[access.READER]
            assert answer.status_code == (404 if unknown else 403), (route.path, who)
