"""A bounce marks its letter and is told; whatever else comes back changes nothing."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from casework.mending import retry
from casework.returned import Became, Taken, take_all_in, take_in
from models.session import reading, transaction
from models.tables import Attempt, Outbox, Suppression
from notifications.carriers import Uncertain
from notifications.carriers.recording import RecordingCarrier
from notifications.marks import Mark, of_letter
from notifications.outbox import UNCERTAIN_DELAY
from notifications.returns.places import Arrived, Settled
from notifications.returns.reading import read_returned
from statemachine.vocabulary import Fate, Letter, Reach, State
from tests.builders import DAY, DECIDED, LAPSED, Region
from tests.casework.test_side_by_side import at_once
from tests.notifications import returned_mail as arrived

ANNA = "anna@sjoviken.example"
NEXT_DAY = DECIDED + DAY
TOUCHED = (Outbox, Attempt, Suppression)


class Sent:
    """A distributed charter, and the letters about it that have left."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.charter = region.approved()
        self.carrier = RecordingCarrier()
        region.delivers(self.carrier, on=DECIDED)

    def row(self, to: str = ANNA) -> Row[Any]:
        (row,) = (
            row
            for row in self.region.outbox(self.charter)
            if row.letter == Letter.DISTRIBUTION and row.to_email == to
        )
        return row

    def letter(self, to: str = ANNA, **more: Any) -> arrived.Letter:
        """What a server that returns the letter knows of it."""
        row = self.row(to)
        known = {"to": to, "mark": of_letter(row.bytes), "message_id": row.message_id}
        return arrived.Letter(**(known | more))

    def comes_back(self, message: bytes) -> Taken:
        with transaction(self.region.engine) as connection:
            at = self.region.sitting(connection, None, NEXT_DAY)
            return take_in(connection, read_returned(message), at)

    def outcome(self, to: str = ANNA) -> str | None:
        (line,) = (line for line in self.region.recipients(self.charter) if line.email == to)
        outcome: str | None = line.outcome
        return outcome

    def attempts(self) -> list[str]:
        with reading(self.region.engine) as connection:
            of_it = Attempt.outbox_id == self.row().id
            return list(connection.scalars(select(Attempt.result).where(of_it)))

    def suppressed(self) -> list[str]:
        with reading(self.region.engine) as connection:
            return list(connection.scalars(select(Suppression.email_folded)))

    def told(self) -> list[str]:
        return [one.to for one in self.region.letters(Letter.UNDELIVERABLE)]

    def everything(self) -> list[Any]:
        with reading(self.region.engine) as connection:
            rows = [connection.execute(select(table.__table__)).all() for table in TOUCHED]
        return [rows, self.region.recipients(self.charter), self.region.journal()]


@pytest.fixture
def sent(region: Region) -> Sent:
    return Sent(region)


@pytest.fixture
def sent_anywhere(anywhere: Region) -> Sent:
    return Sent(anywhere)


@pytest.mark.parametrize(
    "form", [arrived.postfix, arrived.exchange, arrived.qmail, arrived.old_gmail]
)
def test_a_bounce_marks_the_letter_and_its_reader_and_is_told_to_the_handler(
    sent: Sent, form: Callable[[arrived.Letter], bytes]
) -> None:
    assert sent.outcome() == Reach.ACCEPTED
    taken = sent.comes_back(form(sent.letter()))
    row = sent.row()
    assert (taken.became, taken.letter, taken.told) == (Became.BOUNCED, row.id, 1)
    assert row.state == Fate.BOUNCED
    assert row.enhanced in ("5.1.1", "5.1.10")
    assert sent.attempts() == ["accepted", "bounced"]
    assert sent.outcome() == Reach.BOUNCED
    assert sent.suppressed() == [ANNA]
    assert sent.told() == ["sara"]


def test_it_is_taken_in_on_every_memory(sent_anywhere: Sent) -> None:
    bounce = arrived.postfix(sent_anywhere.letter())
    assert sent_anywhere.comes_back(bounce).suppressed
    assert sent_anywhere.comes_back(bounce).became is Became.KNOWN
    assert sent_anywhere.outcome() == Reach.BOUNCED


def test_a_bounce_never_reverts_where_the_charter_stands(sent: Sent) -> None:
    sent.region.reached(sent.charter, on=DECIDED)
    assert sent.region.state(sent.charter) is State.DISTRIBUTED
    sent.comes_back(arrived.postfix(sent.letter()))
    assert sent.region.state(sent.charter) is State.DISTRIBUTED


def test_the_headers_of_the_letter_are_enough_where_its_address_had_no_plus(sent: Sent) -> None:
    assert sent.comes_back(arrived.postfix(sent.letter(plus=False))).became is Became.BOUNCED


@pytest.mark.parametrize("form", [arrived.full, arrived.refused_by_policy, arrived.given_up])
def test_an_address_that_may_yet_work_is_not_suppressed(
    sent: Sent, form: Callable[[arrived.Letter], bytes]
) -> None:
    assert sent.comes_back(form(sent.letter())).became is Became.BOUNCED
    assert sent.suppressed() == []
    assert sent.outcome() == Reach.BOUNCED


@pytest.mark.parametrize("status", ["5.1.7", "5.1.8"])
def test_a_fault_of_the_senders_address_is_not_the_readers(sent: Sent, status: str) -> None:
    said = f"smtp; 550 {status} sender"
    sent.comes_back(arrived.report(sent.letter(), status=status, diagnostic=said))
    assert sent.suppressed() == []


@pytest.mark.parametrize(
    ("form", "became"),
    [
        (arrived.away, Became.AUTOMATIC),
        (arrived.away_in_english, Became.AUTOMATIC),
        (arrived.away_without_headers, Became.AUTOMATIC),
        (arrived.read_receipt, Became.AUTOMATIC),
        (arrived.delivered, Became.AUTOMATIC),
        (arrived.challenge, Became.REPLY),
        (arrived.reply, Became.REPLY),
        (arrived.forwarded_by_a_person, Became.REPLY),
        (arrived.complaint, Became.COMPLAINT),
        (arrived.in_no_known_form, Became.NOT_UNDERSTOOD),
    ],
)
def test_what_is_no_bounce_changes_nothing(
    sent: Sent, form: Callable[[arrived.Letter], bytes], became: Became
) -> None:
    before = sent.everything()
    assert sent.comes_back(form(sent.letter())).became is became
    assert sent.everything() == before


def test_a_reply_says_which_letter_it_answers(sent: Sent) -> None:
    assert sent.comes_back(arrived.reply(sent.letter())).letter == sent.row().id


FORGED = {
    "a guess": lambda real: Mark(real.letter, "0" * 16),
    "another letter's": lambda real: Mark(real.letter + 1, real.secret),
    "a letter there is not": lambda real: Mark(9_999_999_999, real.secret),
    "none": lambda _: None,
}


@pytest.mark.parametrize("mark", FORGED.values(), ids=FORGED)
def test_a_bounce_that_does_not_show_the_letters_mark_changes_nothing(
    sent: Sent, mark: Callable[[Mark], Mark | None]
) -> None:
    real = sent.letter()
    assert real.mark is not None
    before = sent.everything()
    forged = sent.letter(mark=mark(real.mark))
    assert forged.message_id == real.message_id
    assert sent.comes_back(arrived.postfix(forged)).became is Became.NOT_OURS
    assert sent.everything() == before


def test_a_delay_is_noted_once_and_nothing_else(sent: Sent) -> None:
    delayed = arrived.delayed(sent.letter())
    assert sent.comes_back(delayed).became is Became.DELAYED
    assert sent.attempts() == ["accepted", "delayed"]
    assert (sent.row().state, sent.outcome()) == (Fate.SENT, Reach.ACCEPTED)
    assert sent.told() == []
    before = sent.everything()
    assert sent.comes_back(delayed).became is Became.KNOWN
    assert sent.everything() == before
    assert sent.comes_back(arrived.given_up(sent.letter())).became is Became.BOUNCED


def test_a_copy_passed_on_that_bounces_is_noted_and_its_reader_stays_reached(sent: Sent) -> None:
    taken = sent.comes_back(arrived.forwarded(sent.letter()))
    assert taken.became is Became.ELSEWHERE
    assert "anna.privat@annan.example" in taken.said
    assert sent.attempts() == ["accepted", "elsewhere"]
    assert (sent.row().state, sent.outcome()) == (Fate.SENT, Reach.ACCEPTED)
    assert sent.suppressed() == sent.told() == []


def test_a_bounce_that_names_nobody_marks_the_letter_and_suppresses_nothing(sent: Sent) -> None:
    taken = sent.comes_back(arrived.report(sent.letter(), final="unknown"))
    assert (taken.became, taken.suppressed) == (Became.BOUNCED, False)


def test_a_bounce_read_twice_changes_nothing_the_second_time(sent: Sent) -> None:
    bounce = arrived.postfix(sent.letter())
    sent.comes_back(bounce)
    before = sent.everything()
    assert sent.comes_back(bounce).became is Became.KNOWN
    assert sent.comes_back(arrived.full(sent.letter())).became is Became.KNOWN
    assert sent.everything() == before


def test_a_bounce_before_the_letter_is_marked_as_sent_waits(sent: Sent) -> None:
    bounce = arrived.postfix(sent.letter())
    _becomes(sent, Fate.SENDING)
    before = sent.everything()
    assert sent.comes_back(bounce).became is Became.TOO_EARLY
    assert sent.everything() == before
    _becomes(sent, Fate.SENT)
    assert sent.comes_back(bounce).became is Became.BOUNCED


@pytest.mark.parametrize("fate", [Fate.DEAD, Fate.CANCELLED, Fate.EXPIRED, Fate.SUPPRESSED])
def test_a_bounce_of_a_letter_that_was_not_sent_changes_nothing(sent: Sent, fate: Fate) -> None:
    bounce = arrived.postfix(sent.letter())
    _becomes(sent, fate)
    before = sent.everything()
    assert sent.comes_back(bounce).became is Became.KNOWN
    assert sent.everything() == before


def test_a_letter_that_never_was_composed_has_no_mark_to_show(region: Region) -> None:
    charter = region.approved()
    (first, *_) = region.outbox(charter)
    forged = arrived.Letter(to=first.to_email, mark=Mark(first.id, "0" * 16))
    with transaction(region.engine) as connection:
        at = region.sitting(connection, None, DECIDED)
        taken = take_in(connection, read_returned(arrived.postfix(forged)), at)
    assert taken.became is Became.NOT_OURS


def test_a_letter_lost_on_the_way_that_comes_back_did_leave(region: Region) -> None:
    charter = region.approved()
    carrier = RecordingCarrier([Uncertain("lost")] * 20)
    region.delivers(carrier, on=DECIDED)
    lost = next(row for row in region.outbox(charter) if row.to_email == ANNA)
    assert lost.state == Fate.UNCERTAIN
    bounce = arrived.postfix(
        arrived.Letter(to=ANNA, mark=of_letter(lost.bytes), message_id=lost.message_id)
    )
    with transaction(region.engine) as connection:
        at = region.sitting(connection, None, DECIDED + UNCERTAIN_DELAY)
        assert take_in(connection, read_returned(bounce), at).became is Became.BOUNCED
    assert {row.id: row.state for row in region.outbox(charter)}[lost.id] == Fate.BOUNCED


def test_each_letter_has_a_mark_of_its_own(sent: Sent) -> None:
    marks = [of_letter(carried.message) for carried in sent.carrier.carried]
    assert None not in marks
    assert len(set(marks)) == len(sent.carrier.carried) > 1


def test_a_letter_sent_again_after_a_bounce_is_marked_by_its_own_bounce_alone(sent: Sent) -> None:
    first = sent.row().id
    bounce = arrived.postfix(sent.letter())
    sent.comes_back(bounce)
    right = "anna.lind@sjoviken.example"
    with transaction(sent.region.engine) as connection:
        by = sent.region.sitting(connection, "sara", NEXT_DAY)
        retry(connection, first, at=by, reason="Adressen var felskriven.", email=right)
    sent.region.delivers(sent.carrier, on=NEXT_DAY)
    assert sent.outcome(right) == Reach.ACCEPTED
    assert sent.comes_back(bounce).became is Became.KNOWN
    assert sent.outcome(right) == Reach.ACCEPTED
    again = sent.comes_back(arrived.full(sent.letter(right)))
    assert (again.became, again.letter) == (Became.BOUNCED, sent.row(right).id)
    assert sent.outcome(right) == Reach.BOUNCED
    assert sent.suppressed() == [ANNA]


def test_a_bounce_of_what_was_told_of_a_bounce_goes_no_further(sent: Sent) -> None:
    sent.comes_back(arrived.postfix(sent.letter()))
    sent.region.delivers(sent.carrier, on=NEXT_DAY)
    (told,) = (r for r in sent.region.outbox() if r.letter == Letter.UNDELIVERABLE)
    again = arrived.Letter(to=told.to_email, mark=of_letter(told.bytes))
    taken = sent.comes_back(arrived.postfix(again))
    assert (taken.became, taken.told) == (Became.BOUNCED, 0)
    assert sent.told() == ["sara"]


@pytest.mark.slow
def test_two_readers_side_by_side_mark_and_tell_once(anywhere: Region) -> None:
    sent = Sent(anywhere)
    rows = [row for row in anywhere.outbox(sent.charter) if row.state == Fate.SENT]
    for row in rows:
        bounce = arrived.postfix(arrived.Letter(to=row.to_email, mark=of_letter(row.bytes)))
        came = at_once(partial(sent.comes_back, bounce), partial(sent.comes_back, bounce))
        assert sorted(taken.became for taken in came) == [Became.BOUNCED, Became.KNOWN]
    now = {row.id: row.state for row in anywhere.outbox()}
    assert {now[row.id] for row in rows} == {Fate.BOUNCED}
    journalled = [entry.details["number"] for entry in anywhere.journal(None, "undelivered")]
    assert sorted(journalled) == sorted(row.id for row in rows)


def test_messages_are_settled_where_they_lie_after_what_follows_is_kept(sent: Sent) -> None:
    settled: dict[str, Settled] = {}
    messages = {
        "bounce": arrived.postfix(sent.letter()),
        "away": arrived.away(sent.letter()),
        "reply": arrived.reply(sent.letter()),
        "forged": arrived.postfix(arrived.Letter()),
        "noise": b"\xff",
    }
    lying = [
        Arrived(name, body, partial(settled.__setitem__, name)) for name, body in messages.items()
    ]
    told: list[str] = []

    def take(returned: Any) -> Taken:
        with transaction(sent.region.engine) as connection:
            return take_in(connection, returned, sent.region.sitting(connection, None, LAPSED))

    count = take_all_in(lying, take, lambda name, _: told.append(name))
    assert told == list(messages)
    assert count[Became.BOUNCED] == count[Became.AUTOMATIC] == count[Became.NOT_OURS] == 1
    assert settled == {
        "bounce": Settled.DEALT_WITH,
        "away": Settled.DEALT_WITH,
        "reply": Settled.FOR_PEOPLE,
        "forged": Settled.FOR_PEOPLE,
        "noise": Settled.FOR_PEOPLE,
    }


def _becomes(sent: Sent, fate: Fate) -> None:
    with transaction(sent.region.engine) as connection:
        connection.execute(update(Outbox).where(Outbox.id == sent.row().id).values(state=fate))
