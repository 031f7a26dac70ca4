"""Every page as pictures, to be looked at: `python -m tests.web.browser.pictures FOLDER`."""

import sys
import tempfile
from itertools import product
from pathlib import Path

from models.migrations import upgrade
from models.session import engine_for
from tests.web.browser.chromium import (
    DESKTOP,
    LANGUAGES,
    PHONE,
    SCHEMES,
    Browsing,
    Reader,
    chromium,
)
from tests.web.browser.conftest import web_on
from tests.web.browser.pages import PAGES


def pictures(folder: Path) -> int:
    """Takes every page for each kind of reader. How many that became."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        migrated = Path(home) / "mandat.db"
        engine = engine_for(f"sqlite:///{migrated}")
        upgrade(engine)
        engine.dispose()
        browsing = Browsing(browser)
        with web_on(migrated, Path(home), full=True) as web:
            for listed, screen, language in product(PAGES, (PHONE, DESKTOP), LANGUAGES):
                page, _ = web.opened(listed, browsing, Reader(screen, language))
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)
                    name = f"{listed.name}-{screen.name}-{language}-{scheme}.png"
                    page.screenshot(path=folder / name, full_page=True)
                    taken += 1
                browsing.ended()
    return taken


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where to: python -m tests.web.browser.pictures FOLDER")
    sys.stdout.write(f"{pictures(Path(sys.argv[1]))} pictures in {sys.argv[1]}\n")
