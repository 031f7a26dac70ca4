"""How long `mandat serve` takes to be ready, to send an approval's letters, and to end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.measure import Measured, within
from models.serving import Card, service_of
from models.session import engine_for

SAMPLES = Path(__file__).parents[1] / "samples"
MOST = 120.0
"""Seconds after which a measurement is given up."""
LETTERS = 5
"""So many the approval of the sample writes, besides the request for it."""


def measure(folder: Path, rounds: int) -> Iterator[Measured]:
    """The median over so many services, each with a memory and a Prefect of its own."""
    took = [_one(folder / f"serve-{number}") for number in range(rounds)]
    ready, left, ended = (median(one) for one in zip(*took, strict=True))
    yield Measured("mandat serve: until ready", ready, target=within(20))
    yield Measured("mandat serve: approve answered until its letters left", left, target=within(5))
    yield Measured("mandat serve: SIGTERM until ended", ended, target=within(5))


def _one(home: Path) -> tuple[float, float, float]:
    home.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "MANDAT_DATABASE_URL": f"sqlite:///{home / 'mandat.db'}",
        "MANDAT_MAIL_FOLDER": str(home / "mail"),
        "MANDAT_SEAL_FOLDER": str(home / "seal"),
        "MANDAT_PORT": "0",
        "MANDAT_PREFECT_PORT": "0",
        "PREFECT_HOME": str(home / "prefect"),
    }
    with subprocess.Popen(
        _command("serve"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as service:
        try:
            ready = _seconds_until(lambda: _is_ready(home / "mandat.db"))
            left = _seconds_of_letters(home / "mail", environment)
            service.send_signal(signal.SIGTERM)
            ended = _seconds_until(lambda: service.poll() is not None)
        finally:
            service.kill()
    return ready, left, ended


def _seconds_of_letters(mail: Path, environment: Mapping[str, str]) -> float:
    def mandat(*words: object) -> None:
        subprocess.run(
            _command(*words), env=environment, check=True, stdout=subprocess.DEVNULL, timeout=MOST
        )

    mandat("organisation", "load", SAMPLES / "organisation.yaml", "--by", "astrid.wall")
    mandat("draft", SAMPLES / "nara-vard.md", "--by", "sara.nyberg")
    mandat("submit", 1, "--by", "sara.nyberg", "--no-conflict")
    _seconds_until(lambda: _letters_in(mail) == 1)
    mandat("approve", 1, "--by", "helena.ask", "--no-conflict")
    return _seconds_until(lambda: _letters_in(mail) == 1 + LETTERS)


def _command(*words: object) -> list[str]:
    return [sys.executable, "-m", "cli.main", *map(str, words)]


def _letters_in(mail: Path) -> int:
    return len(list(mail.glob("*.eml")))


def _is_ready(database: Path) -> bool:
    card = _card(database)
    if card is None or not card.web:
        return False
    try:
        with urlopen(f"{card.web}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _card(database: Path) -> Card | None:
    engine = engine_for(f"sqlite:///{database}")
    try:
        return service_of(engine)
    finally:
        engine.dispose()


def _seconds_until(it_is_so: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not it_is_so():
        if time.perf_counter() - began > MOST:
            raise TimeoutError(f"nothing came of it in {MOST:g} s")
        time.sleep(0.02)
    return time.perf_counter() - began
