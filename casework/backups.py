"""Backups: everything that is remembered in one file, and what follows when it is put back.

A backup from yesterday does not know what was sent today. So what is put back sends nothing until
someone has looked through what waits, and says so.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from casework.matter import Matter, Sitting
from casework.papers import printer
from casework.settings import Settings
from casework.writing import note
from models import copies
from models.copies import Examined
from models.directory import Directory
from models.migrations import NEWEST, upgrade
from models.session import engine_for, kind_of, reading, transaction
from models.tables import Outbox
from notifications.outbox import MAIL, UNTIL_SOMEONE_SAYS, hold, how_many_wait, take_back_all
from statemachine.vocabulary import Role
from statemachine.words import Refusal, Words

WHAT, FORM = "mandat backup", 1
MANIFEST = "manifest.json"
MEMORY = {"sqlite": "mandat.db", "postgresql": "mandat.dump"}
SEALS = "seal/"
CERTIFICATE = re.compile(b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
RESTORED = "restored"
"""What the journal calls it."""

CHANNELS_SINCE = "0003"
HOLD = (
    "INSERT INTO public.channels (name, probes, down_since, paused_until) "
    f"VALUES ('{MAIL}', 0, now(), '{UNTIL_SOMEONE_SAYS:%Y-%m-%d}T00:00Z') "
    "ON CONFLICT (name) DO UPDATE SET down_since = excluded.down_since, "
    "paused_until = excluded.paused_until, prober = NULL"
)

TAKEN = Words(
    "{path} finns redan, och skrivs aldrig över. Ange ett annat namn.",
    "{path} is already there, and never written over. Give another name.",
)
NOT_WRITTEN = Words("{path} gick inte att skriva: {why}.", "{path} could not be written: {why}.")
NOT_READ = Words("{path} går inte att läsa: {why}.", "{path} cannot be read: {why}.")
NO_BACKUP = Words(
    "{path} är ingen säkerhetskopia från Mandat, eller skadad: {why}. Inget har ändrats.",
    "{path} is no backup of Mandat's, or damaged: {why}. Nothing has changed.",
)
CHANGED = Words("{part} har inte sin kontrollsumma", "{part} does not have its checksum")
MISCOUNTED = Words(
    "databasen rymmer inte det som förteckningen säger",
    "the database does not hold what the manifest says",
)
TOO_NEW = Words(
    "Säkerhetskopian är nyare ({theirs}) än det här programmet ({ours}). Uppdatera programmet och "
    "kör igen.",
    "The backup is newer ({theirs}) than this program ({ours}). Update the program and run again.",
)
OTHER_KIND = Words(
    "Säkerhetskopian är tagen ur {theirs} och kan bara återställas dit, inte till {ours}.",
    "The backup was taken of {theirs} and can only be put back there, not in {ours}.",
)
NOT_EMPTY = Words(
    "Databasen {place} är inte tom, och lämnades orörd. Ange --replace för att ersätta den.",
    "The database {place} is not empty, and was left untouched. Give --replace to replace it.",
)
HELD = Words(
    "återställd från en säkerhetskopia tagen {taken}; brev som har gått sedan dess kan gå igen",
    "restored from a backup taken {taken}; letters that have left since may leave again",
)


class NotKept(Refusal):
    """A backup was not taken, or not put back; nothing has changed."""


class Manifest(BaseModel):
    """What a backup holds, as it says itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    what: Literal["mandat backup"]
    form: Literal[1]
    taken_at: AwareDatetime
    organisation: str
    engine: Literal["sqlite", "postgresql"]
    revision: str
    counts: dict[str, int]
    parts: dict[str, str]
    """The SHA-256 of each part, by its name."""
    not_here: tuple[str, ...]
    """What a whole installation needs and a backup never holds."""

    @property
    def memory(self) -> str:
        return MEMORY[self.engine]


@dataclass(frozen=True, slots=True)
class PutBack:
    """What was put back where, and what it means for letters."""

    manifest: Manifest
    place: str
    aside: Path | None
    """Where the database that was replaced is kept."""
    waiting: int
    uncertain: int
    """Letters that may have left just as the backup was taken, or before."""


# --- taking one ---------------------------------------------------------------------------------


def take(settings: Settings, to: Path, now: datetime) -> Manifest:
    """Write a backup of everything to the file `to`, whole or not at all, while others work.

    Raises NotKept or CannotRemember.
    """
    if to.exists():
        raise NotKept(TAKEN.about(path=to))
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mandat-backup-", dir=to.parent) as desk:
            manifest = _take(settings, Path(desk), now, to)
    except OSError as fault:
        raise NotKept(NOT_WRITTEN.about(path=to, why=fault.strerror or fault)) from fault
    return manifest


def _take(settings: Settings, desk: Path, now: datetime, to: Path) -> Manifest:
    engine = kind_of(settings.database_url)
    parts = desk / "parts"
    parts.mkdir()
    (parts / SEALS).mkdir()
    memory = parts / MEMORY[engine]
    found = _copied(settings, memory)
    for name, certificates in _certificates(settings):
        (parts / SEALS / name).write_bytes(certificates)
    files = [memory, *sorted((parts / SEALS).iterdir())]
    manifest = Manifest.model_validate(
        {
            "what": WHAT,
            "form": FORM,
            "taken_at": now,
            "organisation": settings.organisation,
            "engine": engine,
            "revision": found.revision,
            "counts": found.counts,
            "parts": {one.relative_to(parts).as_posix(): _sha256(one) for one in files},
            "not_here": not_in_a_backup(settings),
        }
    )
    _pack(desk / "whole", parts, files, manifest)
    (desk / "whole").replace(to)
    copies.sync_folder(to.parent)
    return manifest


def _copied(settings: Settings, to: Path) -> Examined:
    url = settings.database_url
    if kind_of(url) == "sqlite":
        source = Path(copies.place_of(url))
        copies.copy_file(source, to)
        found = copies.examine_file(to, str(source))
        copies.in_one_file(to)
        return found
    engine = engine_for(url)
    try:
        return copies.dump(engine, to)
    except SQLAlchemyError as fault:
        why = " ".join(str(getattr(fault, "orig", fault)).split())
        raise NotKept(NOT_READ.about(path=copies.place_of(url), why=why)) from fault
    finally:
        engine.dispose()


def _certificates(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """The certificates that papers are sealed with, now and before; never a key."""
    files = [*sorted(settings.seal_folder.glob("*.pem"))]
    if settings.seal_certificate is not None:
        files.append(settings.seal_certificate)
    for path in files:
        found = CERTIFICATE.findall(path.read_bytes())
        if found:
            certificates = b"".join(one.rstrip() + b"\n" for one in found)
            yield f"{hashlib.sha256(certificates).hexdigest()[:16]}.pem", certificates


def not_in_a_backup(settings: Settings) -> tuple[str, ...]:
    """What is to be kept apart: keys, passwords, and the files that settings name."""
    named = {
        "MANDAT_SEAL_KEY": settings.seal_key,
        "MANDAT_SEAL_PASSWORD_FILE": settings.seal_password_file,
        "MANDAT_RELAY_PASSWORD_FILE": settings.relay_password_file,
        "MANDAT_RETURNS_PASSWORD_FILE": settings.returns_password_file,
        "MANDAT_OPENID_CLIENT_SECRET_FILE": settings.openid_client_secret_file,
        "MANDAT_FORMS": settings.forms,
        "MANDAT_LOGO": settings.logo,
        "MANDAT_WORD_TEMPLATE": settings.word_template,
    }
    own_key = settings.seal_folder / "seal.pem"
    left = [f"{variable}: {path}" for variable, path in named.items() if path is not None]
    return (*([f"MANDAT_SEAL_FOLDER: {own_key}"] if own_key.exists() else []), *left)


def _pack(whole: Path, parts: Path, files: list[Path], manifest: Manifest) -> None:
    with whole.open("xb") as written:
        whole.chmod(0o600)
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr(MANIFEST, manifest.model_dump_json(indent=2))
            for one in files:
                packed.write(one, one.relative_to(parts).as_posix())
        written.flush()
        os.fsync(written.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


# --- putting one back ---------------------------------------------------------------------------


def put_back(
    settings: Settings, backup: Path, now: datetime, *, url: str, replace: bool = False
) -> PutBack:
    """Put a backup in the place of the database at `url`, brought to its newest shape.

    Letters that were about to leave are uncertain, as after a crash; no worker holds any; and none
    leaves until someone has said so. Raises NotKept or CannotRemember, and then nothing has
    changed.
    """
    kind = kind_of(url)
    try:
        with _unpacked(backup, _folder_for(url)) as (manifest, parts):
            if manifest.engine != kind:
                raise NotKept(OTHER_KIND.about(theirs=manifest.engine, ours=kind))
            _put_back_seals(settings, parts)
            if kind == "sqlite":
                done = _put_back_file(settings, manifest, parts, url, now, replace)
            else:
                done = _put_back_dump(settings, manifest, parts, url, now, replace)
    except OSError as fault:
        raise NotKept(
            NOT_READ.about(path=fault.filename or backup, why=fault.strerror or fault)
        ) from fault
    return done


def _folder_for(url: str) -> Path | None:
    """Where parts are unpacked: beside an SQLite memory, whose place they take at once."""
    if kind_of(url) != "sqlite":
        return None
    folder = Path(copies.place_of(url)).absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _unpacked(backup: Path, beside: Path | None) -> Iterator[tuple[Manifest, Path]]:
    """The parts of a backup, each as its checksum says. Raises NotKept."""
    with tempfile.TemporaryDirectory(prefix=".mandat-restore-", dir=beside) as desk:
        parts = Path(desk)
        try:
            with zipfile.ZipFile(backup) as packed:
                manifest = _manifest(packed)
                for part in manifest.parts:
                    _unpack(packed, part, parts / part)
        except (zipfile.BadZipFile, EOFError, KeyError, ValueError, NotImplementedError) as fault:
            why = " ".join(str(fault).split())[:200]
            raise NotKept(NO_BACKUP.about(path=backup, why=why)) from fault
        for part, sha256 in manifest.parts.items():
            if _sha256(parts / part) != sha256:
                raise NotKept(NO_BACKUP.about(path=backup, why=CHANGED.about(part=part)))
        yield manifest, parts


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    try:
        read = json.loads(packed.read(MANIFEST))
    except zlib.error as fault:
        raise zipfile.BadZipFile(str(fault)) from fault
    if isinstance(read, dict) and str(read.get("revision", "")) > NEWEST:
        raise NotKept(TOO_NEW.about(theirs=read["revision"], ours=NEWEST))
    try:
        manifest = Manifest.model_validate(read)
    except ValidationError as fault:
        raise zipfile.BadZipFile(f"{MANIFEST}: {fault.errors()[0]['msg']}") from fault
    seals = {part for part in manifest.parts if part.startswith(SEALS)}
    plain = all(SEALS + PurePath(part).name == part and part.endswith(".pem") for part in seals)
    if not plain or set(manifest.parts) - seals != {manifest.memory}:
        raise zipfile.BadZipFile(f"{MANIFEST}: parts")
    return manifest


def _unpack(packed: zipfile.ZipFile, part: str, to: Path) -> None:
    to.parent.mkdir(exist_ok=True)
    try:
        with packed.open(part) as kept, to.open("xb") as written:
            to.chmod(0o600)
            shutil.copyfileobj(kept, written, 2**20)
    except zlib.error as fault:
        raise zipfile.BadZipFile(f"{part}: {fault}") from fault


def _put_back_file(
    settings: Settings, manifest: Manifest, parts: Path, url: str, now: datetime, replace: bool
) -> PutBack:
    memory, prepared = Path(copies.place_of(url)).absolute(), parts / manifest.memory
    found = copies.examine_file(prepared, manifest.memory)
    _must_hold_what_it_says(found, manifest)
    replaces = _holds_anything(memory)
    if replaces and not replace:
        raise NotKept(NOT_EMPTY.about(place=memory))
    engine = engine_for(f"sqlite:///{prepared}")
    try:
        waiting, uncertain = _made_ready(engine, settings, manifest, now)
    finally:
        engine.dispose()
    copies.in_one_file(prepared)
    aside = memory.with_name(f"{memory.name}.replaced-{now:%Y%m%d-%H%M%S}") if replaces else None
    copies.replace_file(prepared, memory, aside)
    return PutBack(manifest, str(memory), aside, waiting, uncertain)


def _holds_anything(memory: Path) -> bool:
    """Whether an SQLite file holds anything; one that cannot be read is taken to."""
    if not memory.exists() or not memory.stat().st_size:
        return False
    engine = engine_for(f"sqlite:///{memory}")
    try:
        with reading(engine) as connection:
            return copies.holds_anything(connection)
    except Exception:
        return True
    finally:
        engine.dispose()


def _put_back_dump(
    settings: Settings, manifest: Manifest, parts: Path, url: str, now: datetime, replace: bool
) -> PutBack:
    dumped, place = parts / manifest.memory, copies.place_of(url)
    copies.examine_dump(dumped)
    engine = engine_for(url)
    try:
        with reading(engine) as connection:
            if not replace and copies.holds_anything(connection):
                raise NotKept(NOT_EMPTY.about(place=place))
        # Held from its first moment: a worker may come before it has its newest shape.
        holding = (HOLD,) if manifest.revision >= CHANNELS_SINCE else ()
        copies.put_back(dumped, engine, *holding)
        waiting, uncertain = _made_ready(engine, settings, manifest, now)
    except SQLAlchemyError as fault:
        why = " ".join(str(getattr(fault, "orig", fault)).split())
        raise NotKept(NOT_READ.about(path=place, why=why)) from fault
    finally:
        engine.dispose()
    return PutBack(manifest, place, None, waiting, uncertain)


def _must_hold_what_it_says(found: Examined, manifest: Manifest) -> None:
    if found.revision != manifest.revision or found.counts != manifest.counts:
        raise NotKept(NO_BACKUP.about(path=manifest.memory, why=MISCOUNTED))


def _made_ready(
    engine: Engine, settings: Settings, manifest: Manifest, now: datetime
) -> tuple[int, int]:
    """Bring it to its newest shape, and let no letter leave; how many wait, and are uncertain."""
    upgrade(engine)
    taken = manifest.taken_at.astimezone(settings.timezone)
    why = HELD.about(taken=f"{taken:%Y-%m-%d %H:%M}").in_(settings.language)
    with transaction(engine) as connection:
        take_back_all(connection, now)
        hold(connection, now, why)
        note(
            _about_no_charter(connection, settings, now),
            RESTORED,
            Role.CALENDAR,
            reason=why,
            details={"taken_at": manifest.taken_at.isoformat(), "revision": manifest.revision},
        )
        uncertain = connection.execute(
            select(func.count()).select_from(Outbox).where(Outbox.state == "uncertain")
        ).scalar_one()
        return how_many_wait(connection), uncertain


def _about_no_charter(connection: Connection, settings: Settings, now: datetime) -> Matter:
    today = now.astimezone(settings.timezone).date()
    at = Sitting(
        by=None, now=now, today=today, settings=settings, press=printer(settings, now)
    ).by_the_calendar()
    return Matter(connection, None, at, Directory(connection, today))


def _put_back_seals(settings: Settings, parts: Path) -> None:
    """Have papers sealed before known as ours, also where the key that sealed them is not."""
    known = b"".join(path.read_bytes() for path in settings.seal_folder.glob("*.pem"))
    for part in sorted((parts / SEALS).glob("*.pem")):
        certificates = part.read_bytes()
        if all(one.rstrip() in known for one in CERTIFICATE.findall(certificates)):
            continue
        settings.seal_folder.mkdir(parents=True, exist_ok=True)
        (settings.seal_folder / f"earlier-{part.name}").write_bytes(certificates)
