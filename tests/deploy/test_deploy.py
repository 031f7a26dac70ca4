"""What is deployed: read as whoever runs it reads it, since no engine runs in a test."""

import configparser
from pathlib import Path
from typing import Any

import prefect.settings
import pytest
from ruamel.yaml import YAML

from casework.settings import Settings
from flows.catalogue import WORK_POOL

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "database"]


def unit() -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string((DEPLOY / "mandat.service").read_text("utf-8"))
    return read


def settings_named(names: list[str]) -> None:
    """Every variable is one that Mandat or Prefect knows."""
    for name in names:
        if name.startswith("MANDAT_"):
            assert name.removeprefix("MANDAT_").lower() in Settings.model_fields, name
        elif name.startswith("PREFECT_"):
            assert hasattr(prefect.settings, name), name
        else:
            assert name in ("DO_NOT_TRACK", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD")


def test_everything_a_region_needs_is_there() -> None:
    assert set(SERVICES) == {"database", "prefect-server", "deployments", "worker"}
    assert SERVICES["worker"]["deploy"]["replicas"] > 1


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_runs_as_root_or_writes_where_it_should_not(name: str) -> None:
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0 < int(group)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    for mounted in service["volumes"]:
        volume, _, _place = mounted.partition(":")
        assert volume in COMPOSE["volumes"], "nothing of the machine's own is mounted"


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_is_one_that_is_read(name: str) -> None:
    settings_named(list(SERVICES[name]["environment"]))


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_exists_and_can_come_true(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert SERVICES[other]["healthcheck"]["test"]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


def test_no_password_is_written_down() -> None:
    """Each comes from a file, or must be given."""
    told = [
        str(value)
        for service in SERVICES.values()
        for name, value in service["environment"].items()
        if any(word in name for word in ("PASSWORD", "AUTH_STRING", "CONNECTION_URL", "DATABASE"))
    ]
    assert told
    for value in told:
        assert ":?is to be in .env}" in value or value.startswith("/run/secrets/")
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        for config in service.get("configs", ()):
            assert config["source"] in COMPOSE["configs"]


def test_only_loopback_is_listened_to_from_outside() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_workers_and_deployments_use_the_catalogue_s_pool() -> None:
    worker = SERVICES["worker"]["command"]
    assert worker[worker.index("--pool") + 1] == WORK_POOL
    assert f"work-pool create {WORK_POOL} " in SERVICES["deployments"]["command"][-1]


def test_the_image_is_built_from_the_lock_and_does_not_run_as_root() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    (user,) = (line.split()[1] for line in lines if line.startswith("USER"))
    assert {SERVICES[name]["user"] for name in OURS} == {user}
    assert any("--require-hashes -r requirements.lock" in line for line in lines)


def test_the_unit_starts_the_service_as_a_user_of_its_own() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].split()[-2:] == ["/opt/mandat/.venv/bin/mandat", "serve"]
    assert service["User"] not in ("root", "0", "")
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == "mandat"


def test_what_the_unit_sets_is_read_and_lies_where_it_may_write() -> None:
    lines = (DEPLOY / "mandat.service").read_text("utf-8").splitlines()
    told = [one.partition("=")[2].partition("=") for one in lines if one.startswith("Environment=")]
    settings_named([name for name, _, _value in told])
    assert told
    for _name, _, value in told:
        assert value.removeprefix("sqlite:///").startswith("/var/lib/mandat/")
