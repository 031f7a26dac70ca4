"""What must hold of any page. Each proof answers with what is wrong, in sentences; none is good."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.node.program import MODULES

STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""WCAG 2.2, A and AA, by axe's names for what each version added."""
GOOD_PRACTICE = "best-practice"
ASKED = """async (tags) => {
    // A page that states no background is taken to be white, whatever the scheme: state what shows.
    const { style } = document.documentElement;
    const stated = style.backgroundColor;
    const clear = (element) => getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)";
    if (clear(document.documentElement) && clear(document.body)) style.backgroundColor = "Canvas";
    const { violations } = await axe.run(document, {
        runOnly: tags, resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    style.backgroundColor = stated;
    return violations.flatMap((broken) => broken.nodes.map((node) =>
        `${broken.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`));
}"""
MOST_STOPS = 400


def accessible(page: Page, *also: str) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, and against the tags named besides.

    The page's scripts must be allowed to run. What axe cannot judge it does not tell.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(ASKED, [*STANDARD, *also])
    return found


def reflows(page: Page) -> list[str]:
    """What has to be scrolled sideways on the screen the page is on, other than within itself."""
    assert page.viewport_size
    out: list[str] = _asked(page, "sticking_out", page.viewport_size["width"])
    return out


def keyboard_walks(page: Page) -> list[str]:
    """What the Tab key does not come to, or not so that it can be seen."""
    stops: list[str] = _asked(page, "begin")
    walked: set[int] = set()
    wrong: list[str] = []
    for _ in range(min(2 * len(stops), MOST_STOPS)):
        at = _tab(page)
        if at and at["stop"] not in walked:
            walked.add(at["stop"])
            wrong += at["wrong"]
        if walked.issuperset(range(len(stops))):
            break
    missed = [stop for number, stop in enumerate(stops) if number not in walked]
    return wrong + [f"{stop} is never come to" for stop in missed]


def keyboard_reaches(page: Page, name: str) -> list[str]:
    """What is wrong on the way by Tab to what bears this name, which then has the focus."""
    stops: list[str] = _asked(page, "begin")
    walked: set[int] = set()
    wrong: list[str] = []
    for _ in range(min(2 * len(stops), MOST_STOPS)):
        at = _tab(page)
        # Within a date Tab goes on to its month and its day, which is told by other means.
        if at and at["stop"] not in walked:
            walked.add(at["stop"])
            wrong += at["wrong"]
        if at and at["name"] == name:
            return wrong
    return [*wrong, f'"{name}" is never come to, of {", ".join(stops) or "nothing"}']


def _tab(page: Page) -> dict[str, Any] | None:
    page.keyboard.press("Tab")
    at: dict[str, Any] | None = _asked(page, "at")
    return at


def _asked(page: Page, question: str, *about: object) -> Any:
    return page.evaluate(f"(about) => ({_in_page()}).{question}(...about)", about)


@cache
def _in_page() -> str:
    opening, _, questions = (
        Path(__file__).with_name("in_page.js").read_text("utf-8").partition("\n")
    )
    assert opening.startswith("//")
    return questions.strip()


@cache
def _axe() -> str:
    return (MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
