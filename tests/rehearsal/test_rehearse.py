"""Rehearsing on a copy: what would happen is told, and the real memory stays as it is."""

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from casework.settings import Settings
from models.session import WroteInALook, reading, transaction
from models.tables import Base, Charter
from notifications.outbox.channel import hold
from rehearsal.memory import copied
from rehearsal.rehearse import Rehearsed, rehearse
from statemachine.vocabulary import EXPIRY_WARNINGS, Act, Letter
from tests.builders import DAY, DECIDED, LAST_DAY, Region, moment

UNTIL = LAST_DAY + 30 * DAY


def rehearsed(region: Region, until: date = UNTIL, on: date = DECIDED) -> Rehearsed:
    with copied(region.engine) as copy:
        return rehearse(copy, Settings(), now=moment(on), until=until)


def in_it(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def test_every_act_and_letter_until_a_day_is_told(anywhere: Region) -> None:
    charter = anywhere.distributed()
    done = rehearsed(anywhere)
    assert [(one.day, one.what) for one in done.acts] == [
        (date(2030, 6, 17), Act.ENTER_RENEWAL),
        (LAST_DAY + DAY, Act.EXPIRE),
    ]
    warnings = [one.stage for one in done.letters if one.letter in EXPIRY_WARNINGS]
    assert list(dict.fromkeys(warnings)) == ["12m", "6m", "3m", "1m", "14d"]
    assert {one.charter for one in done.letters if one.letter in EXPIRY_WARNINGS} == {charter}
    assert {one.state for one in done.letters} == {"sent"}
    assert done.carried >= len(done.letters)
    assert done.broken == []
    assert done.put_off == 0


def test_what_is_rehearsed_is_what_then_happens(region: Region) -> None:
    region.in_review()
    done = rehearsed(region, on=DECIDED, until=DECIDED + 100 * DAY)
    region.sweep(DECIDED)
    region.live_through(DECIDED + 100 * DAY)
    foretold = sorted(
        (one.day, Letter(one.letter), one.stage, one.to_email.split("@")[0])
        for one in done.letters
        if one.letter != Letter.DIGEST
    )
    assert foretold == sorted(region.letters(since=DECIDED))


def test_what_is_rehearsed_leaves_though_the_real_letters_stand_still(region: Region) -> None:
    region.in_review()
    with transaction(region.engine) as connection:
        hold(connection, moment(DECIDED), "restored")
    done = rehearsed(region, until=DECIDED + 10 * DAY)
    assert done.carried >= len(done.letters) > 0


def test_the_real_memory_is_untouched(region: Region) -> None:
    region.distributed()
    region.engine.dispose()
    file = Path(region.engine.url.database or "")
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    assert rehearsed(region).letters
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0


def test_a_copy_has_every_row_and_refuses_what_the_real_one_refuses(anywhere: Region) -> None:
    charter = anywhere.distributed()
    anywhere.stands_in("mikael", on=DECIDED, from_=DECIDED + timedelta(days=9))
    with copied(anywhere.engine) as copy:
        assert in_it(copy) == in_it(anywhere.engine)
        there = Region(copy)
        assert there.charter(charter) == anywhere.charter(charter)
        there.refuses("sara", Act.EDIT, charter, on=DECIDED)


def test_what_a_look_writes_in_a_copy_is_undone_and_found(region: Region) -> None:
    charter = region.distributed()
    forget = update(Charter).values(wake_on=None)
    with copied(region.engine) as copy:
        with pytest.raises(WroteInALook), reading(copy) as connection:
            connection.execute(forget)
        there = Region(copy)
        assert there.charter(charter) == region.charter(charter)
        with transaction(copy) as connection:
            connection.execute(forget)
        with reading(copy) as connection:
            assert connection.scalar(select(Charter.wake_on)) is None


@pytest.mark.parametrize("state", ["draft", "in_review", "approved", "distributed"])
def test_a_rehearsal_carries_every_letter_and_sends_none(region: Region, state: str) -> None:
    getattr(region, state)()
    done = rehearsed(region, until=DECIDED + 60 * DAY)
    assert done.carried == sum(one.state == "sent" for one in done.letters) + _waiting(region)


def _waiting(region: Region) -> int:
    return sum(row.state == "pending" for row in region.outbox())
