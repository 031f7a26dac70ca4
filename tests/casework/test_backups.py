"""Backups: taken while others write, whole or none, and put back without a letter leaving twice."""

import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, insert, text, update

import models.migrations
from casework import backups, mending
from casework.backups import NotKept
from casework.settings import Settings
from models import copies
from models.migrations import NEWEST, upgrade
from models.session import CannotRemember, engine_for, reading, transaction
from models.tables import Channel, Outbox
from notifications.carriers.recording import RecordingCarrier
from notifications.outbox import Paused, pause_now
from tests.builders import DAY, DECIDED, Region, an_executive_decision, moment
from tests.conftest import EMPTY, Server

NOW = moment(DECIDED)
LATER = moment(DECIDED + DAY)


@pytest.fixture(autouse=True)
def _the_server_s_own_programs(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "postgresql" in request.node.name:
        server: Server = request.getfixturevalue("postgresql")
        monkeypatch.setenv("PATH", str(server.tools))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the backup is put."""
    return tmp_path / "kept" / "mandat.zip"


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[str]:
    """The address of an empty place on the same kind of engine."""
    if engine.dialect.name == "sqlite":
        yield f"sqlite:///{tmp_path}/elsewhere/mandat.db"
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database(template=EMPTY) as url:
            yield url


def settings_for(engine: Engine, folder: Path) -> Settings:
    url = engine.url.render_as_string(hide_password=False)
    return Settings(database_url=url, seal_folder=folder / "seal")


def taken(region: Region, kept: Path) -> backups.Manifest:
    return backups.take(settings_for(region.engine, kept.parent), kept, NOW)


def put_back(kept: Path, url: str, **how: Any) -> Region:
    """The region as it is put back, a day later."""
    backups.put_back(Settings(seal_folder=kept.parent / "seal"), kept, LATER, url=url, **how)
    return Region(engine_for(url))


def put_back_here(region: Region, kept: Path) -> Region:
    region.engine.dispose()
    return put_back(kept, region.engine.url.render_as_string(hide_password=False), replace=True)


# --- taken and put back -------------------------------------------------------------------------


def test_a_backup_taken_while_someone_writes_is_one_moment_of_it(
    anywhere: Region, kept: Path, elsewhere: str
) -> None:
    def write() -> None:
        for number in range(12):
            anywhere.in_review(document=an_executive_decision(title=f"Roll {number}"))

    manifests: list[backups.Manifest] = []
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(write)
        while not writing.done() or not manifests:
            manifests.append(taken(anywhere, kept.with_name(f"{len(manifests)}.zip")))
        writing.result()
    for manifest in manifests:
        # Two acts and two journal rows for each, and a letter and a paper for each in review.
        counts = manifest.counts
        assert counts["journal"] >= counts["charters"] + counts["outbox"]
        assert counts["papers"] == counts["outbox"]
    last = put_back(kept.with_name(f"{len(manifests) - 1}.zip"), elsewhere)
    with reading(last.engine) as connection:
        found = copies.examine(connection, "elsewhere")
    last.engine.dispose()
    assert found.counts == {
        **manifests[-1].counts,
        "journal": manifests[-1].counts["journal"] + 1,
        "channels": 1,
    }


def test_what_is_put_back_answers_as_it_did(anywhere: Region, kept: Path, elsewhere: str) -> None:
    charter = anywhere.distributed()
    anywhere.in_review(document=an_executive_decision())
    before, history = anywhere.everything(), anywhere.journal(charter)
    taken(anywhere, kept)
    back = put_back(kept, elsewhere)
    after = back.everything()
    assert (after.pop("journal"), after.pop("channels")) == (before.pop("journal") + 1, 1)
    before.pop("channels")
    assert after == before
    assert back.journal(charter) == history
    assert back.papers(charter) == anywhere.papers(charter)
    (noted,) = back.journal(act="restored")
    assert "återställd från en säkerhetskopia" in noted.reason
    back.engine.dispose()


def test_a_memory_of_an_earlier_shape_is_brought_to_the_newest(tmp_path: Path, kept: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = engine_for(url)
    with transaction(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(models.migrations.HERE))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    manifest = backups.take(Settings(database_url=url, seal_folder=tmp_path / "seal"), kept, NOW)
    assert manifest.revision == "0002"
    back = put_back(kept, f"sqlite:///{tmp_path}/new.db")
    assert upgrade(back.engine) is False
    with reading(back.engine) as connection:
        assert pause_now(connection, LATER) is not None
    back.engine.dispose()


# --- letters ------------------------------------------------------------------------------------


def test_a_letter_sent_after_the_backup_does_not_leave_again_by_itself(
    anywhere: Region, kept: Path
) -> None:
    anywhere.in_review()
    taken(anywhere, kept)
    first = RecordingCarrier()
    anywhere.delivers(first, on=DECIDED)
    back = put_back_here(anywhere, kept)
    second = RecordingCarrier()
    with pytest.raises(Paused) as held:
        back.delivers(second, on=DECIDED + 30 * DAY)
    assert held.value.pause.is_held
    assert "brev som har gått sedan dess kan gå igen" in held.value.pause.reply
    assert not second.carried

    with transaction(back.engine) as connection:
        at = back.sitting(connection, "astrid", DECIDED + 30 * DAY)
        mending.try_now(connection, at=at, reason="Allt är genomgånget.")
    back.delivers(second, on=DECIDED + 30 * DAY, clock=(LATER + timedelta(hours=1)).time())
    assert identities(first) <= identities(second), "a reader's mail sees that it is the same"
    back.engine.dispose()


def test_letters_in_a_worker_s_hands_are_taken_back_as_after_a_crash(
    anywhere: Region, kept: Path
) -> None:
    anywhere.in_review()
    anywhere.in_review(document=an_executive_decision())
    claimed, sending = anywhere.outbox()
    held = {"lease_owner": "the post", "lease_until": LATER + DAY}
    with transaction(anywhere.engine) as connection:
        for letter, state in ((claimed, "claimed"), (sending, "sending")):
            to = update(Outbox).where(Outbox.id == letter.id).values(state=state, **held)
            connection.execute(to)
        connection.execute(
            insert(Channel).values(
                name="mail", probes=3, down_since=NOW, paused_until=NOW, prober="x"
            )
        )
    taken(anywhere, kept)
    back = put_back_here(anywhere, kept)
    assert [(one.state, one.lease_owner) for one in back.outbox()] == [
        ("pending", None),
        ("uncertain", None),
    ]
    with reading(back.engine) as connection:
        channel = connection.execute(text("SELECT probes, prober FROM channels")).one()
    assert tuple(channel) == (0, None)
    back.engine.dispose()


def identities(carrier: RecordingCarrier) -> set[str]:
    return {message_from_bytes(one.message)["Message-ID"] for one in carrier.carried}


# --- what is refused ----------------------------------------------------------------------------


def test_a_database_that_is_not_empty_is_replaced_only_when_asked_to(
    anywhere: Region, kept: Path
) -> None:
    taken(anywhere, kept)
    anywhere.draft()
    before = anywhere.everything()
    url = anywhere.engine.url.render_as_string(hide_password=False)
    anywhere.engine.dispose()
    with pytest.raises(NotKept, match="--replace"):
        put_back(kept, url)
    assert anywhere.everything() == before
    back = put_back_here(anywhere, kept)
    assert back.everything()["charters"] == []
    back.engine.dispose()


def test_what_was_replaced_is_kept_beside(region: Region, kept: Path, tmp_path: Path) -> None:
    taken(region, kept)
    charter = region.draft()
    put_back_here(region, kept).engine.dispose()
    (aside,) = tmp_path.glob("mandat.db.replaced-*")
    was = Region(engine_for(f"sqlite:///{aside}"))
    assert was.charter(charter).title
    was.engine.dispose()


def test_a_database_in_use_is_left_alone(anywhere: Region, kept: Path) -> None:
    taken(anywhere, kept)
    anywhere.draft()
    before = anywhere.everything()
    url = anywhere.engine.url.render_as_string(hide_password=False)
    with anywhere.engine.connect() as user:
        user.execute(text("SELECT count(*) FROM charters"))
        with pytest.raises(CannotRemember, match="in use"):
            put_back(kept, url, replace=True)
    assert anywhere.everything() == before


def test_a_database_that_is_another_s_is_left_alone(
    anywhere: Region, kept: Path, elsewhere: str
) -> None:
    taken(anywhere, kept)
    others = engine_for(elsewhere)
    with transaction(others) as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    others.dispose()
    with pytest.raises(NotKept, match="not empty"):
        put_back(kept, elsewhere)


def truncated(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def flipped(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]


@pytest.mark.parametrize("damage", [truncated, flipped, lambda _whole: b"", lambda _whole: b"PK"])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    region: Region, kept: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    taken(region, kept)
    kept.write_bytes(damage(kept.read_bytes()))
    with pytest.raises(NotKept) as refused:
        put_back(kept, f"sqlite:///{tmp_path}/new/mandat.db")
    assert "skadad" in refused.value.reasons[0].sv
    assert list((tmp_path / "new").iterdir()) == []


def rewritten(kept: Path, **changes: Any) -> None:
    """The same backup, with a manifest that says something else."""
    with zipfile.ZipFile(kept) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    told = json.loads(parts["manifest.json"]) | changes
    with zipfile.ZipFile(kept, "w") as packed:
        for name, body in (parts | {"manifest.json": json.dumps(told).encode()}).items():
            packed.writestr(name, body)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"revision": "0917"}, f"newer (0917) than this program ({NEWEST})"),
        ({"engine": "postgresql"}, "damaged"),
        ({"counts": {"charters": 3}}, "does not hold what the manifest says"),
        ({"parts": {"../mandat.db": "0" * 64}}, "damaged"),
        ({"parts": {"mandat.db": "0" * 64}}, "does not have its checksum"),
        ({"what": "a photograph"}, "no backup of Mandat's"),
    ],
)
def test_a_backup_that_is_not_what_it_says_is_refused(
    region: Region, kept: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    taken(region, kept)
    rewritten(kept, **changes)
    with pytest.raises(NotKept) as refused:
        put_back(kept, f"sqlite:///{tmp_path}/new.db")
    assert said in refused.value.reasons[0].en
    assert not (tmp_path / "new.db").exists()


def test_a_backup_is_put_back_only_in_its_own_kind_of_database(region: Region, kept: Path) -> None:
    taken(region, kept)
    with pytest.raises(NotKept, match="taken of sqlite"):
        put_back(kept, "postgresql://nobody@db.example/mandat")


def test_a_memory_whose_journal_does_not_lead_to_where_it_stands_is_not_backed_up(
    region: Region, kept: Path
) -> None:
    charter = region.draft()
    region.engine.dispose()
    with sqlite3.connect(str(region.engine.url.database)) as memory:
        memory.execute("DROP TRIGGER state_has_its_journal_row")
        memory.execute("UPDATE charters SET state = 'review' WHERE id = ?", (charter,))
    memory.close()
    with pytest.raises(CannotRemember) as refused:
        taken(region, kept)
    assert f"händelseloggen för nummer {charter}" in refused.value.reasons[0].sv
    assert list(kept.parent.iterdir()) == [], "nothing half is left"


def test_a_damaged_memory_is_not_backed_up(region: Region, kept: Path) -> None:
    region.draft()
    region.engine.dispose()
    path = Path(str(region.engine.url.database))
    copies.in_one_file(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xa5" * 8192 + whole[16384:])
    with pytest.raises(CannotRemember) as refused:
        taken(region, kept)
    assert "skadad" in refused.value.reasons[0].sv
    assert list(kept.parent.iterdir()) == []


def test_a_backup_is_never_written_over(region: Region, kept: Path) -> None:
    taken(region, kept)
    was = kept.read_bytes()
    with pytest.raises(NotKept, match="already there"):
        taken(region, kept)
    assert kept.read_bytes() == was
    assert kept.stat().st_mode & 0o777 == 0o600


def test_where_there_is_no_database_there_is_no_backup(tmp_path: Path, kept: Path) -> None:
    nowhere = Settings(database_url=f"sqlite:///{tmp_path}/none.db", seal_folder=tmp_path)
    with pytest.raises(CannotRemember, match=r"no database at .*none\.db"):
        backups.take(nowhere, kept, NOW)
    assert not (tmp_path / "none.db").exists()


def test_without_postgresql_s_programs_a_sentence_says_what_to_install(
    postgresql_engine: Engine, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(kept.parent))
    with pytest.raises(CannotRemember, match="pg_dump is missing"):
        taken(Region.founded(postgresql_engine), kept)


def test_the_journal_of_a_restored_memory_belongs_to_no_charter(
    region: Region, kept: Path, tmp_path: Path
) -> None:
    taken(region, kept)
    back = put_back(kept, f"sqlite:///{tmp_path}/new.db")
    (noted,) = back.journal(act="restored")
    assert (noted.charter_id, noted.day) == (None, DECIDED + DAY)
    assert noted.details["taken_at"] == NOW.isoformat()
    back.engine.dispose()


def test_a_database_s_password_is_in_no_sentence(kept: Path) -> None:
    away = Settings(database_url="postgresql://mandat:hemligt@127.0.0.1:9/mandat")
    with pytest.raises(NotKept) as refused:
        backups.take(away, kept, NOW)
    (reason,) = refused.value.reasons
    assert "127.0.0.1" in reason.sv
    assert "hemligt" not in reason.sv + reason.en + str(refused.value)
