"""A reader says they have read it: only they, only once, whatever became of the letter."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from casework.acknowledging import Acknowledged, NotAcknowledged, acknowledge, is_to_acknowledge
from casework.matter import open_matter
from models.document import RecipientLine
from models.session import transaction
from notifications.carriers import Rejected
from notifications.carriers.recording import RecordingCarrier
from tests.builders import DAY, DECIDED, Region, a_charter, moment

NEXT_DAY = DECIDED + DAY


def reads(region: Region, who: str, charter: int) -> Acknowledged:
    with transaction(region.engine) as connection:
        return acknowledge(connection, charter, at=region.sitting(connection, who, NEXT_DAY))


def is_refused(region: Region, who: str, charter: int) -> str:
    """The Swedish sentence someone gets; nothing has changed."""
    before = region.everything()
    with pytest.raises(NotAcknowledged) as refused:
        reads(region, who, charter)
    assert region.everything() == before
    (reason,) = refused.value.reasons
    assert reason.sv != reason.en
    return reason.sv


def is_waited_for(region: Region, who: str, charter: int) -> bool:
    with transaction(region.engine) as connection:
        at = region.sitting(connection, who, NEXT_DAY)
        return is_to_acknowledge(open_matter(connection, charter, at))


def test_a_reader_says_they_have_read_it_and_it_is_journalled(region: Region) -> None:
    charter = region.distributed()
    assert is_waited_for(region, "anna", charter)
    done = reads(region, "anna", charter)
    assert (done.charter_id, done.lines) == (charter, (1,))
    assert [line.acknowledged_at for line in region.recipients(charter)] == [
        moment(NEXT_DAY),
        None,
        None,
    ]
    (entry,) = region.journal(charter, "acknowledge")
    assert (entry.name, entry.role, entry.details["lines"]) == ("Anna Ek", "recipient", [1])
    assert entry.stood == entry.becomes
    assert not is_waited_for(region, "anna", charter)


def test_only_who_is_on_the_list_and_only_for_themselves(region: Region) -> None:
    charter = region.distributed()
    says = is_refused(region, "sara", charter)
    assert says.startswith("Sara Nyberg står inte på sändlistan")
    assert not is_waited_for(region, "sara", charter)


def test_a_second_time_is_refused_with_the_day_of_the_first(region: Region) -> None:
    charter = region.distributed()
    reads(region, "anna", charter)
    assert f"redan {NEXT_DAY}" in is_refused(region, "anna", charter)


def test_before_the_letter_has_left_and_after_it_has_bounced(region: Region) -> None:
    waiting = region.approved()
    assert reads(region, "anna", waiting).lines == (1,)
    refusing = RecordingCarrier([Rejected("5.1.1 No such user", 550)] * 9)
    region.delivers(refusing, on=NEXT_DAY)
    assert [line.outcome for line in region.recipients(waiting)] == ["bounced"] * 3
    assert reads(region, "bo", waiting).lines == (2,)
    assert [line.outcome for line in region.recipients(waiting)] == ["bounced"] * 3


def test_what_is_not_decided_cannot_be_acknowledged(region: Region) -> None:
    charter = region.in_review()
    assert "inte beslutat" in is_refused(region, "anna", charter)
    assert not is_waited_for(region, "anna", charter)


def test_an_address_on_the_list_is_its_owners(region: Region) -> None:
    """The line names no one, and the address was nobody's here when it was decided."""
    line = RecipientLine(who="Dag Hall", email="dag.hall@annan.example", purpose="för kännedom")
    document = a_charter()
    listed = document.model_copy(update={"recipients": (*document.recipients, line)})
    charter = region.approved(document=listed)
    assert region.recipients(charter)[3].person_id is None
    is_refused(region, "dag", charter)
    region.has_address("dag", "Dag.Hall@annan.example", on=NEXT_DAY)
    assert reads(region, "dag", charter).lines == (4,)


def test_twice_at_once_is_noted_once(anywhere: Region) -> None:
    charter = anywhere.distributed()
    ready = Barrier(2)

    def read() -> bool:
        ready.wait(timeout=10)
        try:
            return bool(reads(anywhere, "anna", charter))
        except NotAcknowledged:
            return False

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(read) for _ in range(2)]
        assert sorted(one.result() for one in done) == [False, True]
    assert len(anywhere.journal(charter, "acknowledge")) == 1
