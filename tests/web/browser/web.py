"""The pages at an address, over a region at work, for people with real browsers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Page, Response
from sqlalchemy import Engine

from models.session import engine_for
from statemachine.vocabulary import Act
from tests.builders import Region
from tests.web.browser.chromium import Browsing, Reader
from tests.web.browser.pages import Listed
from tests.web.conftest import Clock, Clockwork, house_on, login_of
from tests.web.served import served
from web.application import application
from web.desk import LANGUAGE, login_cookie
from web.house import House


@dataclass(frozen=True, slots=True)
class Web:
    """The pages, and where they answer; what in memory a path can name."""

    address: str
    house: House
    numbers: dict[str, int]

    def opened(self, listed: Listed, browsing: Browsing, reader: Reader) -> tuple[Page, Response]:
        """The page, open before its reader, and the answer it came with."""
        if listed.who is not None:
            token = login_of(self.house, listed.who)
            # Without it, someone's own language goes before what their browser asks for.
            kept = {login_cookie(self.house): token, LANGUAGE: reader.language}
            browsing.profile(reader).add_cookies(
                [{"name": name, "value": said, "url": self.address} for name, said in kept.items()]
            )
        page = browsing.page(reader)
        listed.first(page, self.address)
        answer = page.goto(self.address + listed.path.format(**self.numbers))
        assert answer is not None
        return page, answer


@contextmanager
def web_on(database_url: str) -> Iterator[Web]:
    """The pages over an empty memory, in which a region is founded first."""
    engine = engine_for(database_url)
    numbers = _founded(engine)
    house = house_on(engine, Clockwork(), Clock())
    with served(application(house)) as address:
        yield Web(address, house, numbers)
    engine.dispose()


def _founded(engine: Engine) -> dict[str, int]:
    """A region at work: the numbers of one charter in each state."""
    region = Region.founded(engine).with_a_neighbour()
    in_force = region.distributed(on=date(2026, 2, 2))
    renewed = region.does("sara", Act.RENEW, on=date(2026, 6, 16), group="rorelse")
    in_review = region.in_review("narvard")
    return {"in_force": in_force, "draft": renewed.charter_id, "in_review": in_review}
