"""Secrets come from files of their own, and stand in no sentence, no repr and no fault."""

from pathlib import Path

import pytest

from casework.secrets import SecretMissetting, exposed, relay_password
from casework.settings import Settings

SECRET = "hemligt-lösen-9"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "relay-password"
    path.write_text(SECRET + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def test_the_password_is_what_the_file_holds_without_its_line_end(file: Path) -> None:
    password = relay_password(Settings(relay_password_file=file))
    assert password is not None
    assert password.get_secret_value() == SECRET


def test_without_a_file_it_is_the_setting_or_none() -> None:
    assert relay_password(Settings()) is None
    password = relay_password(Settings(relay_password=SECRET))
    assert password is not None
    assert password.get_secret_value() == SECRET


def test_the_password_is_in_no_repr_of_the_settings(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANDAT_RELAY_PASSWORD", SECRET)
    settings = Settings()
    told = (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        repr(relay_password(settings)),
    )
    assert not any(SECRET in one for one in told)
    assert SECRET not in repr(
        relay_password(Settings(relay_password_file=file, relay_password=None))
    )


@pytest.mark.parametrize(
    "holds", [b"", b"\n", f"{SECRET}\nmer\n".encode(), b"\xff\xfe" + SECRET.encode("utf-16-le")]
)
def test_a_file_that_is_no_password_is_refused_without_saying_what_it_holds(
    holds: bytes, file: Path
) -> None:
    file.write_bytes(holds)
    with pytest.raises(SecretMissetting) as refused:
        relay_password(Settings(relay_password_file=file))
    (reason,) = refused.value.reasons
    assert str(file) in reason.sv
    assert "MANDAT_RELAY_PASSWORD_FILE" in reason.en
    assert SECRET not in str(refused.getrepr(chain=True))
    assert refused.value.__context__ is None


def test_a_file_that_is_not_there_and_a_password_given_twice_are_refused(file: Path) -> None:
    with pytest.raises(SecretMissetting, match="cannot be read"):
        relay_password(Settings(relay_password_file=file.parent / "missing"))
    with pytest.raises(SecretMissetting, match="Keep only the file") as refused:
        relay_password(Settings(relay_password_file=file, relay_password=SECRET))
    assert SECRET not in str(refused.value)


def test_a_file_everyone_can_read_is_warned_of_in_a_sentence(file: Path) -> None:
    settings = Settings(relay_password_file=file)
    assert exposed(settings) == ()
    file.chmod(0o644)
    (warning,) = exposed(settings)
    assert "chmod 600" in warning.sv
    assert SECRET not in warning.sv + warning.en
    assert exposed(Settings(relay_password_file=file.parent / "missing")) == ()
