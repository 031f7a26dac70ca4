"""How long every page takes to be answered, with 100,000 charters and 10,000 groups in memory.

Each page of the proofs in a browser is asked for as whoever it is for, by way of the application
itself: what is measured is the server's work, from the request to the last byte, packed as
browsers ask for it. Beside what the clock says stands what it took of the processor: on a machine
that has nothing else to do they are alike.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from gzip import compress
from math import ceil
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.measure import Measured, as_bytes, at_most, within
from documents import read
from models.document import as_json, content_hash
from models.migrations import upgrade
from models.session import engine_for
from tests.web.asked import Asked, asked_of
from tests.web.browser.pages import PAGES, Listed, page
from web.reading import STATIC

SAMPLES = Path(__file__).parents[1] / "samples"
PER_GROUP, PER_PERSON = 10, 2
"""Charters of each group, and groups for each of the people."""
FEWEST = 1_200
"""People there are, however few the groups: handlers, directors, and those on the lists."""
FILES = 500
"""So many are read in the import that is shown."""
TEXTS = 60
PROMISED = 0.060
SOUGHT = (
    page("register-by-name", "/groups", path="/groups?q=samordning+77"),
    page("register-ending", "/groups", path="/groups?standing=soon"),
    page("register-uncoordinated", "/groups", path="/groups?standing=no_coordinator"),
    page("register-last-page", "/groups", path="/groups?page=199"),
    page("cases-by-name", "/cases", "oskar", "/cases?q=samordning"),
    page("cases-lapsing", "/cases", "oskar", "/cases?pile=lapsing&page=4"),
    page("people-by-name", "/people", "oskar", "/people?q=namn77"),
)
"""The same pages, asked for something among very many."""
FIRST_LOAD = 150_000


def measure(folder: Path, charters: int, rounds: int) -> Iterator[Measured]:
    """For every page, what 95 of 100 answers stay within; and how much the first load weighs."""
    engine = engine_for(f"sqlite:///{folder / 'pages.db'}")
    upgrade(engine)
    with asked_of(engine, folder) as asked:
        fill(folder / "pages.db", charters // PER_GROUP)
        for listed in (*PAGES, *SOUGHT):
            wall, processor = _one(asked, listed, rounds)
            what = f"page {listed.name} of {charters:,}: p95; floor: of the processor"
            yield Measured(what, _p95(wall), _p95(processor), within(PROMISED))
        for listed in PAGES:
            if listed.name in ("front", "edit", "decide"):
                weighs = weight(asked, listed)
                yield Measured(
                    f"first load of page {listed.name}, packed",
                    weighs,
                    target=at_most(FIRST_LOAD),
                    spoken=as_bytes,
                )
    engine.dispose()


def _one(asked: Asked, listed: Listed, rounds: int) -> tuple[list[float], list[float]]:
    path, cookies = asked.path(listed), asked.cookies(listed)
    wall, processor = [], []
    for _ in range(rounds + 1):
        began, worked = perf_counter(), process_time()
        answer = asked.get(path, cookies, packed=True)
        wall.append(perf_counter() - began)
        processor.append(process_time() - worked)
        if answer.code != 200:
            raise ArithmeticError(f"{path} answered {answer.code}")
    # The first of them has its template read and its questions put into words.
    return wall[1:], processor[1:]


def _p95(took: list[float]) -> float:
    return sorted(took)[ceil(len(took) * 0.95) - 1]


def weight(asked: Asked, listed: Listed) -> int:
    """Bytes that a browser new to the house is sent, packed: the page, its styles and scripts."""
    answer = asked.get(asked.path(listed), asked.cookies(listed))
    files = set(re.findall(r'(?:href|src)="/static/([^"?]+)', answer.text))
    return len(compress(answer.body, 5)) + sum(
        len(compress((STATIC / name).read_bytes(), 5)) for name in files
    )


def fill(path: Path, groups: int, *, files: int = FILES) -> None:
    """Fill a memory with something on every page, as fast as it goes: nothing is synced."""
    people = max(groups // PER_PERSON, FEWEST)
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        for pragma in ("synchronous=OFF", "cache_size=-500000", "temp_store=MEMORY"):
            driver.execute(f"PRAGMA {pragma}")
        driver.execute("BEGIN")
        driver.execute(
            "CREATE TEMP TABLE settings AS SELECT ? AS groups, ? AS people, ? AS files",
            (groups, people, files),
        )
        driver.execute(
            "CREATE TEMP TABLE n AS WITH RECURSIVE numbers(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ?) SELECT i FROM numbers",
            (max(groups, people, files),),
        )
        driver.execute("CREATE TEMP TABLE texts (place INTEGER PRIMARY KEY, hash, text)")
        driver.executemany("INSERT INTO texts VALUES (?, ?, ?)", _texts())
        driver.execute("INSERT INTO contents (hash, document) SELECT hash, text FROM texts")
        script = Path(__file__).with_name("pages.sql").read_text(encoding="utf-8")
        for statement in script.split(";\n"):
            driver.execute(statement)
        driver.execute("COMMIT")


def _texts() -> Iterator[tuple[int, str, str]]:
    """Charters as long as they are, each a little different."""
    text = (SAMPLES / "rorelseorganen.md").read_text(encoding="utf-8")
    for place in range(TEXTS):
        council = text.replace("Samordningsråd rörelseorganen", f"Samordningsråd {place}")
        canonical = as_json(read(council.encode(), "charter.md").document)
        yield place, content_hash(canonical), canonical
