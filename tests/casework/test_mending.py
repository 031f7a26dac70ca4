"""What people do about letters: again, cancelled, reached otherwise, given up; by whom, and why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Row, insert, select, update

from casework import mending
from casework.mending import Mended, NotMended
from models.session import transaction
from models.tables import Channel, Outbox, Suppression
from notifications.carriers import ChannelDown, Rejected, Uncertain
from notifications.carriers.recording import RecordingCarrier
from notifications.outbox import Paused
from statemachine.vocabulary import Act, Fate, Letter, Reach, State
from tests.builders import DAY, DECIDED, Region, an_executive_decision, moment

GONE = Rejected("5.1.1 No such user here", 550)
RIGHT = "anna.ek@sjoviken.example"
NEXT_DAY = DECIDED + DAY


@pytest.fixture
def refused(region: Region) -> "Case":
    """A decided charter whose chair's address is wrong; the others on the list are reached."""
    charter = region.approved()
    letter = next(row for row in region.outbox() if _is_to(row, "anna", Letter.DISTRIBUTION))
    with transaction(region.engine) as connection:  # hers leaves first
        connection.execute(update(Outbox).where(Outbox.id == letter.id).values(priority=0))
    region.delivers(RecordingCarrier([GONE]), on=DECIDED)
    return Case(region, charter, letter.id)


class Case:
    """One charter, one letter, and what someone does about it the day after."""

    def __init__(self, region: Region, charter: int, letter: int) -> None:
        self.region, self.charter, self.letter = region, charter, letter

    def does(self, what: Callable[..., Mended], who: str = "sara", **said: Any) -> Mended:
        return mends(self.region, what, self.letter, who=who, **said)

    def row(self, number: int | None = None) -> Row[Any]:
        return row(self.region, number or self.letter)

    def outcomes(self) -> list[str | None]:
        return [line.outcome for line in self.region.recipients(self.charter)]


def _is_to(letter: Row[Any], who: str, kind: Letter) -> bool:
    return bool(letter.letter == kind and letter.to_email.startswith(who))


def row(region: Region, number: int) -> Row[Any]:
    with transaction(region.engine) as connection:
        return connection.execute(select(Outbox).where(Outbox.id == number)).one()


def mends(
    region: Region, what: Callable[..., Mended], *about: Any, who: str, **said: Any
) -> Mended:
    said.setdefault("how" if what is mending.reached_otherwise else "reason", "Ringde växeln.")
    with transaction(region.engine) as connection:
        return what(connection, *about, at=region.sitting(connection, who, NEXT_DAY), **said)


def is_refused(
    region: Region, what: Callable[..., Mended], *about: Any, who: str = "sara", **said: Any
) -> str:
    """The Swedish sentence someone gets; nothing has changed."""
    before = region.everything()
    with pytest.raises(NotMended) as refused:
        mends(region, what, *about, who=who, **said)
    assert region.everything() == before
    (reason,) = refused.value.reasons
    assert "{" not in reason.sv + reason.en
    assert reason.sv != reason.en
    return reason.sv


# --- again ---------------------------------------------------------------------------------------


def test_a_refused_letter_goes_again_to_the_right_address_and_completes_the_list(
    refused: Case,
) -> None:
    assert refused.outcomes() == [Reach.BOUNCED, Reach.ACCEPTED, Reach.ACCEPTED]
    done = refused.does(mending.retry, email=RIGHT)
    assert done.new_letter is not None
    old, new = refused.row(), refused.row(done.new_letter)
    assert (old.state, new.state, new.to_email) == (Fate.DEAD, Fate.PENDING, RIGHT)
    assert (new.resend_of, new.papers, new.facts) == (old.id, old.papers, old.facts)
    assert new.message_id != old.message_id
    assert "i organisationen" in done.said.sv

    carrier = RecordingCarrier()
    refused.region.delivers(carrier, on=NEXT_DAY)
    assert RIGHT in [one.envelope_to for one in carrier.carried]
    assert refused.outcomes() == [Reach.ACCEPTED] * 3
    refused.region.sweep(NEXT_DAY)
    assert refused.region.state(refused.charter) is State.DISTRIBUTED


def test_whoever_mends_and_why_is_journalled(refused: Case) -> None:
    refused.does(mending.retry, email=RIGHT, reason="Adressen var felskriven.")
    (entry,) = refused.region.journal(refused.charter, "outbox-retry")
    assert (entry.name, entry.role, entry.reason) == (
        "Sara Nyberg",
        "handler",
        "Adressen var felskriven.",
    )
    assert entry.details["number"] == refused.letter
    assert entry.details["to"] == RIGHT
    assert entry.stood == entry.becomes == State.APPROVED


def test_a_letter_is_sent_again_once_and_the_next_in_its_place(refused: Case) -> None:
    first = refused.does(mending.retry).new_letter
    assert f"brev {first}" in is_refused(refused.region, mending.retry, refused.letter)
    refused.region.delivers(RecordingCarrier([GONE]), on=NEXT_DAY)
    second = mends(refused.region, mending.retry, first, who="oskar", email=RIGHT).new_letter
    third = mends(refused.region, mending.cancel_letter, second, who="sara").letter
    assert refused.row(third).state == Fate.CANCELLED
    assert mends(refused.region, mending.retry, third, who="sara").new_letter is not None


def test_two_who_send_a_letter_again_at_once_send_it_once(anywhere: Region) -> None:
    charter = anywhere.in_review()
    (request,) = anywhere.outbox(charter)
    stands(anywhere, request.id, state=Fate.DEAD)
    start = Barrier(2)

    def sends_again(who: str) -> Mended | NotMended:
        start.wait()
        try:
            return mends(anywhere, mending.retry, request.id, who=who)
        except NotMended as refused:
            return refused

    with ThreadPoolExecutor(2) as threads:
        came = list(threads.map(sends_again, ("sara", "oskar")))
    assert sorted(type(one).__name__ for one in came) == ["Mended", "NotMended"]
    assert len(anywhere.outbox(charter)) == 2


def test_a_letter_cancelled_while_it_is_claimed_does_not_leave_or_is_not_cancelled(
    anywhere: Region,
) -> None:
    charters = [
        anywhere.in_review(document=an_executive_decision(title=f"Roll {n}")) for n in range(8)
    ]
    start = Barrier(2)
    carrier = RecordingCarrier()

    def cancels() -> set[int]:
        start.wait()
        done = set()
        for charter in charters:
            (request,) = anywhere.outbox(charter)
            with suppress(NotMended):
                done.add(mends(anywhere, mending.cancel_letter, request.id, who="sara").letter)
        return done

    def delivers() -> int:
        start.wait()
        return anywhere.delivers(carrier, on=DECIDED).sent

    with ThreadPoolExecutor(2) as threads:
        cancelled, sent = threads.submit(cancels), threads.submit(delivers)
        assert len(cancelled.result()) + sent.result() == len(charters)
    states = {one.id: one.state for one in anywhere.outbox()}
    for number, state in states.items():
        assert (state == Fate.CANCELLED) is (number in cancelled.result())


def test_a_suppressed_letter_goes_again_only_when_its_address_is_given_again(
    region: Region,
) -> None:
    charter = region.approved()
    with transaction(region.engine) as connection:
        connection.execute(
            insert(Suppression).values(
                email_folded="anna@sjoviken.example", reason="5.1.1", since=moment(DECIDED)
            )
        )
    region.delivers(RecordingCarrier(), on=DECIDED)
    (letter,) = [one for one in region.outbox() if one.state == Fate.SUPPRESSED]
    assert region.recipients(charter)[0].outcome == Reach.BOUNCED
    assert [one.to for one in region.letters(Letter.UNDELIVERABLE)] == ["sara"]
    assert "spärrad" in is_refused(region, mending.retry, letter.id)
    done = mends(region, mending.retry, letter.id, who="sara", email="Anna@sjoviken.example")
    assert "hävd" in done.said.sv
    region.delivers(RecordingCarrier(), on=NEXT_DAY)
    assert {one.outcome for one in region.recipients(charter)} == {Reach.ACCEPTED}


def test_a_letter_that_waits_is_simply_due_now(region: Region) -> None:
    region.approved()
    waiting = next(one for one in region.outbox() if one.letter == Letter.DISTRIBUTION)
    with transaction(region.engine) as connection:
        later = moment(DECIDED) + timedelta(days=9)
        connection.execute(update(Outbox).values(due_at=later, attempts=4))
    assert mends(region, mending.retry, waiting.id, who="sara").new_letter is None
    assert region.delivers(RecordingCarrier(), on=NEXT_DAY).sent == 1


def test_an_uncertain_letter_goes_again_as_the_same_bytes_however_often_it_was_tried(
    region: Region,
) -> None:
    charter = region.in_review()
    carrier = RecordingCarrier(Uncertain("lost at the dot") for _ in range(3))
    for day in range(6):
        region.delivers(carrier, on=DECIDED + day * DAY)
    (letter,) = region.outbox(charter)
    assert (letter.state, len(carrier.carried)) == (Fate.UNCERTAIN, 3)
    mends(region, mending.retry, letter.id, who="sara")
    assert region.delivers(carrier, on=DECIDED + 9 * DAY).sent == 1
    assert len({one.message for one in carrier.carried}) == 1


def test_a_letter_that_waits_for_another_address_gives_way_to_one_that_has_it(
    region: Region,
) -> None:
    region.approved()
    waiting = next(one for one in region.outbox() if _is_to(one, "anna", Letter.DISTRIBUTION))
    new = mends(region, mending.retry, waiting.id, who="sara", email=RIGHT).new_letter
    assert row(region, waiting.id).state == Fate.CANCELLED
    carrier = RecordingCarrier()
    region.delivers(carrier, on=NEXT_DAY)
    assert new is not None
    assert [one.envelope_to for one in carrier.carried].count(RIGHT) == 1
    assert waiting.to_email not in [one.envelope_to for one in carrier.carried]


# --- what a state forbids ------------------------------------------------------------------------


def stands(region: Region, number: int, **columns: Any) -> None:
    with transaction(region.engine) as connection:
        connection.execute(update(Outbox).where(Outbox.id == number).values(**columns))


@pytest.mark.parametrize(
    ("what", "state", "says"),
    [
        (mending.retry, Fate.SENT, "har inte kommit tillbaka"),
        (mending.retry, Fate.EXPIRED, "den är förbi"),
        (mending.retry, Fate.CANCELLED, "inte längre stämde"),
        (mending.retry, Fate.CLAIMED, "på väg just nu"),
        (mending.retry, Fate.SENDING, "på väg just nu"),
        (mending.cancel_letter, Fate.SENT, "skickat"),
        (mending.cancel_letter, Fate.DEAD, "avvisat"),
        (mending.cancel_letter, Fate.SENDING, "på väg just nu"),
        (mending.reached_otherwise, Fate.SENDING, "på väg just nu"),
    ],
)
def test_what_a_letter_s_state_forbids_is_refused_in_a_sentence(
    what: Callable[..., Mended], state: Fate, says: str, region: Region
) -> None:
    region.approved()
    number = next(one.id for one in region.outbox() if _is_to(one, "anna", Letter.DISTRIBUTION))
    stands(region, number, state=state)
    assert says in is_refused(region, what, number)


def test_a_letter_that_no_longer_makes_sense_is_not_sent_again(region: Region) -> None:
    charter = region.in_review()
    (request,) = region.outbox(charter)
    stands(region, request.id, state=Fate.DEAD)
    region.does("sara", Act.WITHDRAW, charter, on=DECIDED)
    assert "stämmer inte längre" in is_refused(region, mending.retry, request.id)


@pytest.mark.parametrize("what", [mending.retry, mending.cancel_letter, mending.give_up])
def test_a_reason_is_asked_for(what: Callable[..., Mended], refused: Case) -> None:
    assert "skäl" in is_refused(refused.region, what, refused.letter, reason="  ")


@pytest.mark.parametrize("email", ["anna", "anna@", "åsa@sjoviken.example", "a@b.example\nBcc: x"])
def test_an_address_no_letter_reaches_is_refused(email: str, refused: Case) -> None:
    said = is_refused(refused.region, mending.retry, refused.letter, email=email)
    assert "ingen e-postadress" in said


def test_a_number_that_is_no_letter_is_refused(region: Region) -> None:
    assert "inget brev med nummer 99" in is_refused(region, mending.retry, 99)


def test_the_command_that_helps_is_for_a_terminal_alone(region: Region) -> None:
    with pytest.raises(NotMended) as refused:
        mends(region, mending.retry, 99, who="sara")
    assert "mandat" not in str(refused.value)
    assert "mandat outbox list" in str(refused.value.at_terminal)


@pytest.mark.parametrize("who", ["elin", "helena", "anna", "bo"])
def test_others_than_handler_registry_keeper_and_administrator_may_not(
    who: str, refused: Case
) -> None:
    for what in (mending.retry, mending.cancel_letter, mending.reached_otherwise, mending.give_up):
        assert "får inte göra det" in is_refused(refused.region, what, refused.letter, who=who)


@pytest.mark.parametrize(
    ("who", "role"), [("oskar", "registry_keeper"), ("astrid", "administrator")]
)
def test_registry_keeper_and_administrator_may(who: str, role: str, refused: Case) -> None:
    refused.does(mending.give_up, who=who)
    (entry,) = refused.region.journal(refused.charter, "outbox-give-up")
    assert entry.role == role


# --- reached otherwise, given up -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        (mending.reached_otherwise, Reach.REACHED_OTHERWISE),
        (mending.give_up, Reach.GIVEN_UP),
    ],
)
def test_when_the_last_one_missing_is_accounted_for_the_charter_is_distributed(
    what: Callable[..., Mended], outcome: Reach, refused: Case
) -> None:
    refused.region.sweep(NEXT_DAY)
    assert refused.region.state(refused.charter) is State.APPROVED
    refused.does(what)
    assert refused.outcomes() == [outcome, Reach.ACCEPTED, Reach.ACCEPTED]
    line = refused.region.recipients(refused.charter)[0]
    assert line.outcome_note == "Sara Nyberg: Ringde växeln."
    refused.region.sweep(NEXT_DAY)
    assert refused.region.state(refused.charter) is State.DISTRIBUTED


def test_one_given_up_may_be_reached_after_all_and_not_the_other_way_about(
    refused: Case,
) -> None:
    refused.does(mending.give_up)
    refused.does(mending.reached_otherwise)
    assert refused.outcomes()[0] == Reach.REACHED_OTHERWISE
    said = is_refused(refused.region, mending.give_up, refused.letter)
    assert "nådd på annat sätt" in said


def test_one_the_relay_accepted_a_letter_for_may_have_been_reached_otherwise_all_the_same(
    region: Region,
) -> None:
    charter = region.approved()
    region.delivers(RecordingCarrier(), on=DECIDED)
    letter = next(one for one in region.outbox() if one.letter == Letter.DISTRIBUTION)
    assert "uppge" not in is_refused(region, mending.give_up, letter.id)
    mends(region, mending.reached_otherwise, letter.id, who="sara", how="Gav den i handen.")
    line = region.recipients(charter)[0]
    assert (line.outcome, line.outcome_note) == (
        Reach.REACHED_OTHERWISE,
        "Sara Nyberg: Gav den i handen.",
    )
    (entry,) = region.journal(charter, "outbox-reached-otherwise")
    assert entry.details["was"] == [Reach.ACCEPTED]
    assert "redan antecknad" in is_refused(region, mending.reached_otherwise, letter.id)


def test_a_letter_still_waiting_does_not_go_to_one_who_was_reached_otherwise(
    region: Region,
) -> None:
    region.approved()
    waiting = next(one for one in region.outbox() if one.letter == Letter.DISTRIBUTION)
    mends(region, mending.reached_otherwise, waiting.id, who="sara", how="Gav den i handen.")
    assert row(region, waiting.id).state == Fate.CANCELLED


def test_only_those_on_a_distribution_list_can_be_noted_so(region: Region) -> None:
    charter = region.in_review()
    (request,) = region.outbox(charter)
    assert "ingen expediering" in is_refused(region, mending.reached_otherwise, request.id)


def test_a_first_number_still_serves_once_its_line_has_another_address(refused: Case) -> None:
    refused.does(mending.retry, email=RIGHT)
    refused.does(mending.reached_otherwise)
    assert refused.outcomes()[0] == Reach.REACHED_OTHERWISE


def test_the_letter_sent_in_its_place_is_called_back_for_one_reached_otherwise(
    refused: Case,
) -> None:
    new = refused.does(mending.retry, email=RIGHT).new_letter
    refused.does(mending.reached_otherwise)
    assert refused.row(new).state == Fate.CANCELLED
    assert refused.region.delivers(RecordingCarrier(), on=NEXT_DAY).sent == 0
    assert refused.outcomes()[0] == Reach.REACHED_OTHERWISE


def test_one_on_its_way_in_its_place_is_waited_for(refused: Case) -> None:
    new = refused.does(mending.retry, email=RIGHT).new_letter
    assert new is not None
    stands(refused.region, new, state=Fate.SENDING)
    said = is_refused(refused.region, mending.reached_otherwise, refused.letter)
    assert f"Brev {new} är på väg" in said


# --- sent to the wrong one ----------------------------------------------------------------------


def test_a_distribution_sent_to_a_wrong_address_goes_again_and_the_first_stays_as_it_was(
    region: Region,
) -> None:
    charter = region.distributed()
    region.delivers(RecordingCarrier(), on=DECIDED)
    sent = next(one for one in region.outbox() if _is_to(one, "anna", Letter.DISTRIBUTION))
    assert sent.state == Fate.SENT
    said = is_refused(region, mending.retry, sent.id)
    assert "ange den rätta" in said
    assert is_refused(region, mending.retry, sent.id, email="ANNA@sjoviken.example") == said
    new = mends(region, mending.retry, sent.id, who="sara", email=RIGHT).new_letter
    assert row(region, sent.id) == sent
    line = region.recipients(charter)[0]
    assert (line.outcome, line.email) == (None, RIGHT)
    region.sweep(NEXT_DAY)
    assert region.state(charter) is State.DISTRIBUTED

    carrier = RecordingCarrier()
    region.delivers(carrier, on=NEXT_DAY)
    assert [one.envelope_to for one in carrier.carried] == [RIGHT]
    assert region.recipients(charter)[0].outcome == Reach.ACCEPTED
    (entry,) = region.journal(charter, "outbox-retry")
    assert (entry.details["number"], entry.details["new"]) == (sent.id, new)


def test_until_it_has_arrived_the_handler_is_reminded(region: Region) -> None:
    region.distributed()
    region.delivers(RecordingCarrier(), on=DECIDED)
    sent = next(one for one in region.outbox() if _is_to(one, "anna", Letter.DISTRIBUTION))
    mends(region, mending.retry, sent.id, who="sara", email=RIGHT)
    region.live_through(DECIDED + 10 * DAY)
    assert [one.to for one in region.letters(Letter.DISTRIBUTION_INCOMPLETE)] == ["sara"]


def test_another_letter_that_was_sent_does_not_go_again(region: Region) -> None:
    region.in_review()
    region.delivers(RecordingCarrier(), on=DECIDED)
    (request,) = region.outbox()
    said = is_refused(region, mending.retry, request.id, email=RIGHT)
    assert "Bara en expediering" in said


# --- cancelled, lifted, tried --------------------------------------------------------------------


def test_a_cancelled_letter_never_leaves_and_says_why(region: Region) -> None:
    charter = region.in_review()
    (request,) = region.outbox(charter)
    mends(region, mending.cancel_letter, request.id, who="sara", reason="Skickad för hand.")
    assert region.delivers(RecordingCarrier(), on=NEXT_DAY).sent == 0
    assert (row(region, request.id).state, row(region, request.id).reply) == (
        Fate.CANCELLED,
        "Skickad för hand.",
    )


def test_a_suppression_is_lifted_with_a_reason_by_those_who_answer_for_it(region: Region) -> None:
    with transaction(region.engine) as connection:
        connection.execute(
            insert(Suppression).values(
                email_folded="anna@sjoviken.example", reason="5.1.1", since=moment(DECIDED)
            )
        )
    address = "Anna@Sjoviken.example"
    assert "får inte" in is_refused(region, mending.lift, address, who="sara")
    assert "skäl" in is_refused(region, mending.lift, address, who="oskar", reason="")
    mends(region, mending.lift, address, who="oskar", reason="Brevlådan är tillbaka.")
    (entry,) = region.journal(act="outbox-lift")
    assert (entry.reason, entry.details["was"]) == ("Brevlådan är tillbaka.", "5.1.1")
    assert "inte spärrad" in is_refused(region, mending.lift, address, who="oskar")


def test_a_paused_channel_is_tried_at_once_when_someone_has_mended_it(region: Region) -> None:
    region.in_review()
    assert "inte stilla" in is_refused(region, mending.try_now, who="astrid")
    down = RecordingCarrier([ChannelDown("5.7.8 login refused", 535)])
    with pytest.raises(Paused):
        region.delivers(down, on=NEXT_DAY)
    with transaction(region.engine) as connection:
        until = connection.scalar(select(Channel.paused_until))
        assert until is not None
        assert until > moment(NEXT_DAY)
    mends(region, mending.try_now, who="astrid", reason="Nytt lösenord.")
    assert region.delivers(RecordingCarrier(), on=NEXT_DAY).sent == 1
    assert [entry.reason for entry in region.journal(act="outbox-try-now")] == ["Nytt lösenord."]
