"""How many questions a page asks of memory: few, and no more the more charters there are."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from benchmarks.pages import fill
from models.session import engine_for
from tests.web.asked import Asked, asked_of
from tests.web.browser.pages import PAGES, Listed

MOST = 20
MORE = {"charter-handled": 36, "draft": 30, "decide": 28}
"""The pages that ask more, because they answer more: all that is kept of a charter."""
GROUPS, FIVE_TIMES_AS_MANY = 100, 500
AMONG = re.compile(r"\((\?, )*\?\)")
"""A set of values in a question: how many there are makes it no other."""


@dataclass
class Region:
    """The application on a region, and every question it has asked of memory."""

    asked: Asked
    questions: list[str]

    def of(self, listed: Listed) -> list[str]:
        """The questions a page asks when it is read again: what is held for the next is held."""
        path, cookies = self.asked.path(listed), self.asked.cookies(listed)
        for _ in range(2):
            self.questions.clear()
            answer = self.asked.get(path, cookies)
            assert answer.code == 200, answer.text
        return list(self.questions)


@pytest.fixture(scope="module")
def small_and_large(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Region, Region]]:
    """A region with some charters, and the very same with five times as many."""
    folder = tmp_path_factory.mktemp("questions")
    few, many = folder / "few.db", folder / "many.db"
    engine = engine_for(f"sqlite:///{shutil.copy(migrated_file, few)}")
    with asked_of(engine, folder) as asked:
        lived = asked.lived
    engine.dispose()
    shutil.copy(few, many)
    fill(few, GROUPS, files=20)
    fill(many, FIVE_TIMES_AS_MANY, files=100)
    engines = [engine_for(f"sqlite:///{path}") for path in (few, many)]
    with (
        asked_of(engines[0], folder, lived) as of_few,
        asked_of(engines[1], folder, lived) as of_many,
        written_down(engines[0]) as asked_few,
        written_down(engines[1]) as asked_many,
    ):
        yield Region(of_few, asked_few), Region(of_many, asked_many)
    for one in engines:
        one.dispose()


@contextmanager
def written_down(engine: Engine) -> Iterator[list[str]]:
    """A list that grows with every question that memory is asked."""
    questions: list[str] = []

    def write_down(_c: object, _cursor: object, sql: str, *_more: object) -> None:
        questions.append(AMONG.sub("(…)", sql))

    event.listen(engine, "before_cursor_execute", write_down)
    yield questions
    event.remove(engine, "before_cursor_execute", write_down)


@pytest.mark.parametrize("listed", PAGES, ids=lambda listed: listed.name)
def test_a_page_asks_few_questions_and_no_more_when_there_are_more_charters(
    small_and_large: tuple[Region, Region], listed: Listed
) -> None:
    small, large = small_and_large
    of_few, of_many = small.of(listed), large.of(listed)
    assert of_many == of_few
    assert len(of_few) <= MORE.get(listed.name, MOST), "\n\n".join(of_few)
