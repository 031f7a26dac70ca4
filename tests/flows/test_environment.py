"""What Prefect reads when it is imported, and that nothing imports it before it is needed."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SAYS_WHAT_PREFECT_READ = """
import json, flows, prefect.settings
read = prefect.settings.get_current_settings()
print(json.dumps({
    "analytics": read.server.analytics_enabled,
    "server of its own": read.server.ephemeral.enabled,
    "home": str(read.home),
    "logging": read.logging.level,
}))
"""


def said_by(program: str, where: Path, **environment: str) -> str:
    """What a new Python says that runs `program`, with no Prefect settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=where,
        env={**kept, "PYTHONPATH": str(Path.cwd()), **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_prefect_tells_nobody_and_keeps_to_its_own_folder(tmp_path: Path) -> None:
    assert json.loads(said_by(SAYS_WHAT_PREFECT_READ, tmp_path)) == {
        "analytics": False,
        "server of its own": False,
        "home": str(tmp_path / "var/prefect"),
        "logging": "INFO",
    }


def test_what_the_operator_has_set_stands(tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    read = json.loads(
        said_by(
            SAYS_WHAT_PREFECT_READ,
            tmp_path,
            PREFECT_HOME=str(home),
            PREFECT_LOGGING_LEVEL="WARNING",
        )
    )
    assert read["home"] == str(home)
    assert read["logging"] == "WARNING"


@pytest.mark.parametrize("module", ["flows", "flows.clockwork", "cli.main"])
def test_prefect_is_not_imported_until_a_flow_runs(module: str, tmp_path: Path) -> None:
    if find_spec(module) is None:
        pytest.fail(f"there is no {module}")
    program = f"import sys, {module}; print('prefect' in sys.modules)"
    assert said_by(program, tmp_path).strip() == "False"
