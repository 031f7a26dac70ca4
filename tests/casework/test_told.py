"""What delivery finds out reaches people: letters refused, letters that stood still."""

from datetime import time, timedelta

import pytest

from notifications.carriers import ChannelDown, Receipt, Rejected
from notifications.carriers.recording import RecordingCarrier
from notifications.outbox import Delivery, Paused
from statemachine.vocabulary import Letter, Reach, State
from tests.builders import DAY, DECIDED, Region, moment

LOGIN = ChannelDown("5.7.8 Authentication credentials invalid", 535)
GONE = Rejected("5.1.1 No such user here", 550)


class RefusesSome(RecordingCarrier):
    """A relay that knows no such users as these."""

    def __init__(self, *unknown: str) -> None:
        super().__init__()
        self.unknown = {f"{one}@sjoviken.example" for one in unknown}

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        if envelope_to in self.unknown:
            raise GONE
        return super().deliver(envelope_from, envelope_to, message)


def test_a_refused_letter_is_dead_and_the_handler_is_told_in_the_same_breath(
    anywhere: Region,
) -> None:
    charter = anywhere.approved()
    done = anywhere.delivers(carrier := RefusesSome("anna"), on=DECIDED)
    assert done.dead == 1
    assert [row.outcome for row in anywhere.recipients(charter)] == [
        Reach.BOUNCED,
        Reach.ACCEPTED,
        Reach.ACCEPTED,
    ]
    assert [one.to for one in anywhere.letters(Letter.UNDELIVERABLE)] == ["sara"]
    assert b"outbox retry" in carrier.carried[-1].message, "it leaves in the same delivery"
    anywhere.sweep(DECIDED)
    assert anywhere.state(charter) is State.APPROVED


def test_a_handler_who_cannot_be_reached_is_no_loop(region: Region) -> None:
    region.approved()
    region.delivers(RefusesSome("anna", "sara", "oskar", "astrid"), on=DECIDED)
    region.delivers(RefusesSome("anna", "sara", "oskar", "astrid"), on=DECIDED + DAY)
    told = [one.to for one in region.letters(Letter.UNDELIVERABLE)]
    assert told, "someone was written to"
    assert len(told) <= len(region.letters()) - len(told), "one at most for each other letter"
    assert {row.state for row in region.outbox()} <= {"sent", "dead", "cancelled"}


def test_administrators_hear_that_letters_stood_still_once_they_leave_again(
    anywhere: Region,
) -> None:
    anywhere.in_review()
    for hour in (8, 10, 12):
        with pytest.raises(Paused):
            anywhere.delivers(RecordingCarrier([LOGIN]), on=DECIDED, clock=time(hour))
    (alarm,) = anywhere.journal(act="letters-stand-still")
    assert (alarm.reason, alarm.details["waiting"]) == (LOGIN.reply, 1)
    assert alarm.day == DECIDED
    assert anywhere.letters(Letter.STANDSTILL) == []

    assert anywhere.delivers(RecordingCarrier(), on=DECIDED, clock=time(14)) == Delivery(sent=2)
    assert [one.to for one in anywhere.letters(Letter.STANDSTILL)] == ["astrid"]
    (letter,) = [row for row in anywhere.outbox() if row.letter == Letter.STANDSTILL]
    said = letter.facts["standstill"]
    assert said["since"] == moment(DECIDED, time(8)).isoformat()
    assert said["again_at"] == moment(DECIDED, time(14)).isoformat()
    assert len(anywhere.journal(act="letters-run-again")) == 1


def test_a_standstill_too_short_to_speak_of_leaves_no_trace(region: Region) -> None:
    region.in_review()
    with pytest.raises(Paused):
        region.delivers(RecordingCarrier([LOGIN]), on=DECIDED)
    soon = (moment(DECIDED) + timedelta(minutes=5)).time()
    assert region.delivers(RecordingCarrier(), on=DECIDED, clock=soon).sent == 1
    assert region.letters(Letter.STANDSTILL) == []
    assert [row.act for row in region.journal() if "letters" in row.act] == []
