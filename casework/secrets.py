"""Secrets, each in a file of its own, and never in a sentence."""

import stat
from pathlib import Path

from pydantic import SecretStr

from casework.settings import Settings
from statemachine.words import Refusal, Words


class SecretMissetting(Refusal):
    """The settings for a secret do not go together, or its file cannot be read."""


TWICE = Words(
    "Både MANDAT_RELAY_PASSWORD och MANDAT_RELAY_PASSWORD_FILE är angivna. Behåll bara filen.",
    "Both MANDAT_RELAY_PASSWORD and MANDAT_RELAY_PASSWORD_FILE are given. Keep only the file.",
)
UNREADABLE = Words(
    "Filen {path} går inte att läsa: {why}. Se över {variable}.",
    "The file {path} cannot be read: {why}. See to {variable}.",
)
EMPTY = Words(
    "Filen {path} ska innehålla lösenordet på en enda rad. Se över {variable}.",
    "The file {path} should hold the password on a single line. See to {variable}.",
)
EXPOSED = Words(
    "Filen {path} kan läsas av alla på den här maskinen. Gör den privat med: chmod 600 {path}",
    "The file {path} can be read by everyone on this machine. Make it private with: "
    "chmod 600 {path}",
)


def relay_password(settings: Settings) -> SecretStr | None:
    """The relay's password, from its file or from the settings. Raises SecretMissetting."""
    path = settings.relay_password_file
    if path is None:
        return settings.relay_password
    if settings.relay_password is not None:
        raise SecretMissetting(TWICE)
    return secret_in(path, "MANDAT_RELAY_PASSWORD_FILE")


def secret_in(path: Path, variable: str) -> SecretStr:
    """The one line of the file that a variable names. Raises SecretMissetting."""
    try:
        lines = path.read_text(encoding="utf-8").rstrip("\r\n").splitlines()
    except OSError as fault:
        raise SecretMissetting(
            UNREADABLE.about(path=path, why=fault.strerror, variable=variable)
        ) from fault
    except ValueError:
        # Not chained: the fault would carry what the file holds.
        lines = []
    if len(lines) != 1 or not lines[0]:
        raise SecretMissetting(EMPTY.about(path=path, variable=variable))
    return SecretStr(lines[0])


def exposed(settings: Settings) -> tuple[Words, ...]:
    """What to say of the files with secrets that anyone on the machine could read."""
    files = (
        settings.relay_password_file,
        settings.returns_password_file,
        settings.seal_password_file,
        settings.seal_key,
        settings.openid_client_secret_file,
    )
    return tuple(
        EXPOSED.about(path=path) for path in files if path is not None and _anyone_reads(path)
    )


def _anyone_reads(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
