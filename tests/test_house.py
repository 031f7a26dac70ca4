"""The house: what no linter holds of its rules, read off the files themselves."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROOMS = (
    "statemachine",
    "models",
    "documents",
    "notifications",
    "casework",
    "rehearsal",
    "flows",
    "web",
    "cli",
)
THE_EDGE = ("flows", "web", "cli", "tests", "benchmarks")
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}

# Spelt in halves, or this very file would be found.
NOT_OURS_TO_NAME = {
    "a registry's address": re.compile(
        "|".join(("pypi" r"\.org", "python" r"hosted\.org", "npm" r"js\.(org|com)", "pkg" r"\.dev"))
    ),
    "a place on one machine": re.compile("/(work|root|home|tmp)/[A-Za-z]"),
}
ADDRESS = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[A-Za-z]{2,})\b")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is kept, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    )
    names = listed.stdout.split("\0")
    return tuple(Path(name) for name in names if name and (HOUSE / name).is_file())


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse((HOUSE / module).read_text(encoding="utf-8"))


MODULES = tuple(path for path in files() if path.suffix == ".py")
PRODUCT = tuple(path for path in MODULES if path.parts[0] in ROOMS)


def imports(module: Path) -> Iterator[str]:
    """The top-level packages a module imports, wherever in it that is done."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def calls(module: Path) -> Iterator[str]:
    """What a module calls, by the last two names: `engine.begin`, `date.today`."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Call):
            yield ".".join(ast.unparse(node.func).split(".")[-2:])


def test_the_house_was_found() -> None:
    assert {path.parts[0] for path in PRODUCT} == set(ROOMS)
    assert Path("statemachine/machine.py") in PRODUCT


def test_nothing_speaks_smtp_by_hand() -> None:
    speaking = [str(module) for module in MODULES if "smtplib" in imports(module)]
    assert speaking == ["benchmarks/letters.py"], "a measurement may, to have a floor"


@pytest.mark.parametrize(
    ("library", "where"),
    [
        ("transitions", "statemachine/machine.py"),
        ("holidays", "statemachine/calendar.py"),
        ("alembic", "models/migrations/"),
        ("yagmail", "notifications/carriers/"),
        ("mjml", "notifications/wording.py"),
        ("icalendar", "notifications/invitation.py"),
        ("flufl", "notifications/returns/"),
        ("imaplib", "notifications/returns/"),
        ("prefect", "flows/"),
        ("docx", "documents/"),
        ("typst", "documents/write/"),
        ("typer", "cli/"),
        ("fastapi", "web/"),
        ("uvicorn", "web/door.py"),
        ("itsdangerous", "web/signing.py"),
        ("limits", "web/limits.py"),
        ("authlib", "web/openid.py"),
        ("joserfc", "web/openid.py"),
        ("httpx2", "web/openid.py"),
    ],
)
def test_a_library_is_known_in_one_place(library: str, where: str) -> None:
    knowing = [module.as_posix() for module in PRODUCT if library in imports(module)]
    assert knowing
    assert [module for module in knowing if not module.startswith(where)] == []


def test_only_the_session_begins_and_commits() -> None:
    committing = {
        module.as_posix()
        for module in PRODUCT
        if any(call.endswith(("commit", ".begin", ".rollback")) for call in calls(module))
    }
    assert committing == {"models/session.py"}


def test_nothing_below_the_edge_reads_the_clock() -> None:
    reading = [
        f"{module}: {call}"
        for module in MODULES
        if module.parts[0] not in THE_EDGE
        for call in calls(module)
        if call in CLOCKS or call == "func.now"
    ]
    assert reading == []


def test_no_act_leans_on_an_answer() -> None:
    asking = [
        module.as_posix()
        for module in PRODUCT
        if module.parts[0] == "casework"
        and "answers" not in module.parts
        and "casework.answers" in _text(module)
    ]
    assert asking == []


def test_a_module_opens_with_a_line_on_what_lives_there() -> None:
    assert [str(module) for module in MODULES if not opens_with_a_line(module)] == []


def opens_with_a_line(module: Path) -> bool:
    """Whether its docstring begins with a sentence on a line of its own."""
    if module.parts[0] == "tests" and not _text(module):
        return True
    first, *rest = (ast.get_docstring(parsed(module)) or "").split("\n")
    return first.endswith(".") and not any(rest[:1])


def test_a_module_is_called_by_what_it_is() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base"}
    assert [str(module) for module in MODULES if vague & {*module.parts, module.stem}] == []


@pytest.mark.parametrize("what", NOT_OURS_TO_NAME)
def test_no_file_names(what: str) -> None:
    named = [
        f"{path}: {found.group()}"
        for path in files()
        if (found := NOT_OURS_TO_NAME[what].search(_text(path)))
    ]
    assert named == []


def test_every_address_is_invented() -> None:
    real = [
        f"{path}: {found.group()}"
        for path in files()
        for found in ADDRESS.finditer(_text(path))
        if not found.group(1).endswith((".example", ".test", ".invalid"))
    ]
    assert real == []


def _text(path: Path) -> str:
    """The file as text; bytes that are none are passed over."""
    return (HOUSE / path).read_text(encoding="utf-8", errors="ignore")
