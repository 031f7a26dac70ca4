"""Letters are posted once, leave once, and are never lost on the way."""

import hashlib
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Row, insert, select, update

from models.session import reading, transaction
from models.tables import Attempt, Charter, Group, Outbox, PaperKept, Recipient, Suppression
from notifications.carriers import (
    ChannelDown,
    Deferred,
    NotDelivered,
    Receipt,
    Rejected,
    Uncertain,
)
from notifications.carriers.folder import FolderCarrier
from notifications.carriers.recording import RecordingCarrier
from notifications.carriers.relay import Relay, YagmailCarrier
from notifications.compose import Sender
from notifications.marks import of_letter
from notifications.outbox import (
    BATCH,
    LEASE,
    TRIES,
    UNCERTAIN_DELAY,
    Delivery,
    LetterToPost,
    backoff,
    cancel,
    deliver,
    post,
)
from notifications.preview import sample
from statemachine.vocabulary import Letter, State
from tests.notifications.conftest import Clock
from tests.notifications.relay_server import DROP, Script, script, serving

DOMAIN = "sjoviken.example"


def a_letter(
    letter: Letter = Letter.DECISION_REQUEST, reader: int = 1, **more: Any
) -> LetterToPost:
    known: dict[str, Any] = {
        "charter_id": 3,
        "round": 1,
        "to_name": f"Läsare {reader}",
        "to_email": f"reader{reader}@{DOMAIN}",
        "facts": sample(letter),
    }
    return LetterToPost(letter=letter, **(known | more))


def put(engine: Engine, clock: Clock, *letters: LetterToPost) -> int:
    with transaction(engine) as connection:
        return post(connection, letters, now=clock(), today=clock().date(), domain=DOMAIN)


def rows(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as connection:
        return list(connection.execute(select(Outbox.__table__).order_by(Outbox.id)))


def only(engine: Engine) -> Row[Any]:
    (row,) = rows(engine)
    return row


def attempts(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(Attempt.result).order_by(Attempt.id)))


@pytest.fixture
def work(engine: Engine, charter: int, clock: Clock, sender: Sender) -> "Work":
    return Work(engine, clock, sender)


class Work:
    """Delivering, with what every test shares."""

    def __init__(self, engine: Engine, clock: Clock, sender: Sender) -> None:
        self.engine, self.clock, self.sender = engine, clock, sender

    def __call__(self, carrier: Any, worker: str = "one", limit: int = 1000) -> Delivery:
        return deliver(
            self.engine,
            carrier,
            now=self.clock,
            sender=self.sender,
            worker=worker,
            limit=limit,
            chance=random.Random(1),
        )


# --- posting ------------------------------------------------------------------------------------


def test_posting_the_same_letter_twice_sends_it_once(
    engine: Engine, charter: int, clock: Clock
) -> None:
    assert put(engine, clock, a_letter(), a_letter(reader=2), a_letter()) == 2
    assert put(engine, clock, a_letter(), a_letter(reader=3)) == 1
    assert len(rows(engine)) == 3
    assert put(engine, clock) == 0


@pytest.mark.parametrize(
    "differs",
    [
        {"round": 2},
        {"stage": "wd3"},
        {"resend": 1},
        {"person_id": 5},
        {"charter_id": None, "group_id": 1},
        {"letter": Letter.DECISION_REMINDER},
    ],
)
def test_a_letter_that_differs_in_any_of_these_is_another_letter(differs: dict[str, Any]) -> None:
    same: dict[str, Any] = {"letter": Letter.DECISION_REQUEST}
    assert a_letter(**same).dedupe_key != a_letter(**(same | differs)).dedupe_key


def test_a_letter_is_the_same_whatever_its_facts_and_however_its_address_is_cased() -> None:
    assert (
        a_letter(to_email="ANNA@x.example").dedupe_key
        == a_letter(to_email="anna@X.example", facts=sample(Letter.GAP)).dedupe_key
    )


def test_a_letter_that_is_rolled_back_with_its_act_was_never_posted(
    engine: Engine, charter: int, clock: Clock
) -> None:
    def act_that_fails() -> None:
        with transaction(engine) as connection:
            post(connection, [a_letter()], now=clock(), today=clock().date(), domain=DOMAIN)
            raise KeyError("the act")

    with pytest.raises(KeyError):
        act_that_fails()
    assert rows(engine) == []


def test_a_letter_is_returned_to_an_address_of_its_own_also_when_sent_again(
    engine: Engine, charter: int, clock: Clock, sender: Sender
) -> None:
    put(engine, clock, a_letter(), a_letter(reader=2))
    work = Work(engine, clock, replace(sender, return_path="studs@b.example", plus=True))
    carrier = RecordingCarrier([Uncertain("lost")])
    work(carrier)
    clock.forward(minutes=16)
    work(carrier)
    lost, other, again = carrier.carried
    assert lost == again
    for carried in (lost, other):
        mark = of_letter(carried.message)
        assert mark is not None
        assert carried.envelope_from == f"studs+{mark}@b.example"
    assert lost.envelope_from != other.envelope_from


# --- delivering ---------------------------------------------------------------------------------


def test_a_delivered_letter_is_sent_with_its_answer_and_its_bytes_kept(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    carrier = RecordingCarrier()
    assert work(carrier) == Delivery(sent=1)
    row = only(engine)
    (carried,) = carrier.carried
    assert (row.state, row.code, row.attempts, row.sent_at) == ("sent", 250, 1, clock())
    assert (row.lease_owner, row.lease_until) == (None, None)
    assert row.bytes == carried.message
    assert row.sha256 == hashlib.sha256(carried.message).hexdigest()
    assert attempts(engine) == ["accepted"]
    assert work(carrier) == Delivery()


def test_every_reader_gets_only_their_own_letter(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(25)))
    carrier = RecordingCarrier()
    assert work(carrier).sent == 25
    for carried in carrier.carried:
        mail = BytesParser(policy=policy.default).parsebytes(carried.message)
        (to,) = mail["To"].addresses
        assert to.addr_spec == carried.envelope_to
        assert carried.message.count(b"reader") == 1
    assert len({carried.envelope_to for carried in carrier.carried}) == 25


def test_decision_requests_leave_first(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, a_letter(Letter.OUTCOME), a_letter(Letter.WITHDRAWN), a_letter())
    carrier = RecordingCarrier()
    work(carrier)
    first = BytesParser(policy=policy.default).parsebytes(carrier.carried[0].message)
    assert str(first["Subject"]).startswith("Beslut behövs")


def test_no_more_than_the_limit_leaves(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(BATCH + 5)))
    assert work(RecordingCarrier(), limit=BATCH + 2).sent == BATCH + 2
    assert sorted({row.state for row in rows(engine)}) == ["pending", "sent"]


def test_papers_go_with_the_letter(engine: Engine, clock: Clock, work: Work) -> None:
    with transaction(engine) as connection:
        for key, name in ((1, "utkast.pdf"), (2, "jämförelse.docx")):
            connection.execute(
                insert(PaperKept).values(
                    id=key,
                    charter_id=3,
                    paper="draft",
                    media_type="application/pdf",
                    filename=name,
                    sha256="0" * 64,
                    body=name.encode(),
                    written_at=clock(),
                )
            )
    put(engine, clock, a_letter(papers=(2, 1)))
    carrier = RecordingCarrier()
    work(carrier)
    mail = BytesParser(policy=policy.default).parsebytes(carrier.carried[0].message)
    assert [part.get_filename() for part in mail.iter_attachments()] == [
        "jämförelse.docx",
        "utkast.pdf",
    ]


def test_a_letter_deferred_waits_longer_each_time_and_leaves_as_the_same_bytes(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    carrier = RecordingCarrier([Deferred("4.2.0 greylisted", 450), Deferred("lost")])
    assert work(carrier) == Delivery(deferred=1)
    row = only(engine)
    assert (row.state, row.code, row.enhanced) == ("pending", 450, "4.2.0")
    assert timedelta(seconds=45) <= row.due_at - clock() <= timedelta(seconds=75)
    assert work(carrier) == Delivery()
    clock.forward(minutes=2)
    assert work(carrier) == Delivery(deferred=1)
    clock.forward(minutes=5)
    assert work(carrier) == Delivery(sent=1)
    assert len({carried.message for carried in carrier.carried}) == 1
    assert attempts(engine) == ["deferred", "deferred", "accepted"]


def test_a_letter_deferred_for_days_is_dead(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, a_letter())
    carrier = RecordingCarrier(Deferred("later", 450) for _ in range(TRIES))
    for _ in range(TRIES):
        clock.forward(hours=8)
        done = work(carrier)
    row = only(engine)
    assert (row.state, done.unsent) == ("dead", [row.id])


def test_a_letter_refused_is_dead_and_named(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, a_letter(), a_letter(reader=2))
    done = work(RecordingCarrier([Rejected("5.1.1 no such user", 550)]))
    refused, other = rows(engine)
    assert (refused.state, refused.enhanced, other.state) == ("dead", "5.1.1", "sent")
    assert (done.dead, done.sent, done.unsent) == (1, 1, [refused.id])


def test_an_uncertain_letter_is_sent_again_at_most_twice_as_the_same_bytes(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    carrier = RecordingCarrier(Uncertain("lost at the dot") for _ in range(9))
    assert work(carrier) == Delivery(uncertain=1)
    assert only(engine).due_at == clock() + UNCERTAIN_DELAY
    for _ in range(9):
        clock.forward(hours=1)
        work(carrier)
    assert len(carrier.carried) == 3
    assert len({carried.message for carried in carrier.carried}) == 1
    assert only(engine).state == "uncertain"


def test_a_channel_that_is_down_burns_no_letters(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(3)))
    carrier = RecordingCarrier([None, ChannelDown("5.7.1 sender refused", 550)])
    with pytest.raises(ChannelDown):
        work(carrier)
    assert [(row.state, row.attempts) for row in rows(engine)] == [
        ("sent", 1),
        ("pending", 0),
        ("pending", 0),
    ]
    assert attempts(engine) == ["accepted", "channel_down"]
    clock.forward(minutes=2)
    assert work(carrier) == Delivery(sent=2)


def test_a_relay_gone_for_a_day_loses_nothing_when_it_comes_back(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    with serving(Script()) as port:
        pass
    carrier = YagmailCarrier(Relay("127.0.0.1", port, "none", timeout=2.0))
    for _ in range(24):
        with pytest.raises(ChannelDown):
            work(carrier)
        clock.forward(hours=1)
    play = Script()
    with serving(play, port=port):
        assert work(carrier) == Delivery(sent=1)
        carrier.close()
    assert len(play.received) == 1


@pytest.mark.parametrize(
    ("play", "states", "copies"),
    [
        (script(RCPT=["550 5.1.1 no such user"]), ["dead"], 0),
        (script(RCPT=["450 4.2.0 greylisted"]), ["pending", "sent"], 1),
        (script(RCPT=[DROP]), ["pending", "sent"], 1),
        (script(DATA=["554 5.6.0 no"]), ["dead"], 1),
        (script(DATA=["452 4.3.1 no room"]), ["pending", "sent"], 2),
        (script(DATA=[DROP]), ["uncertain", "sent"], 2),
        (script(DATA=[DROP, DROP, DROP]), ["uncertain", "uncertain", "uncertain"], 3),
    ],
)
def test_through_a_real_relay_every_answer_has_its_state_and_its_copies(
    play: Script, states: list[str], copies: int, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    seen = []
    with serving(play) as port:
        carrier = YagmailCarrier(Relay("127.0.0.1", port, "none", timeout=2.0))
        for _ in states:
            work(carrier)
            seen.append(only(engine).state)
            clock.forward(hours=1)
        assert work(carrier) == Delivery()
        carrier.close()
    assert seen == states
    assert len(play.received) == copies
    assert len({carried.message for carried in play.received}) <= 1


def test_an_address_no_relay_can_take_is_dead_with_the_reason(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(to_email="åsa@sjoviken.example"))
    carrier = RecordingCarrier()
    assert work(carrier).dead == 1
    assert carrier.carried == []
    assert "åsa@sjoviken.example" in only(engine).reply


@pytest.mark.parametrize("broken", [{"facts": {"letter": "gap"}}, {"papers": [99]}])
def test_a_letter_that_cannot_be_written_holds_up_no_other(
    broken: dict[str, Any], engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    with transaction(engine) as connection:
        connection.execute(update(Outbox).values(**broken))
    put(engine, clock, a_letter(reader=2))
    done = work(RecordingCarrier())
    assert (done.dead, done.sent, done.unsent) == (1, 1, [rows(engine)[0].id])


def test_a_suppressed_address_gets_nothing(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, a_letter(to_email="Reader1@sjoviken.example"))
    with transaction(engine) as connection:
        connection.execute(
            insert(Suppression).values(
                email_folded="reader1@sjoviken.example", reason="bounced", since=clock()
            )
        )
    carrier = RecordingCarrier()
    assert work(carrier).suppressed == 1
    assert (carrier.carried, only(engine).reply) == ([], "bounced")


def test_a_letter_past_its_day_is_not_sent(engine: Engine, clock: Clock, work: Work) -> None:
    put(engine, clock, a_letter(expires_at=clock() + timedelta(hours=1)))
    clock.forward(hours=2)
    assert work(RecordingCarrier()) == Delivery(expired=1)


def test_a_login_code_is_not_sent_once_it_lets_nobody_in(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(Letter.LOGIN_CODE, charter_id=None, round=None))
    clock.forward(minutes=10)
    carrier = RecordingCarrier()
    assert work(carrier) == Delivery(expired=1)
    assert carrier.carried == []


# --- letters that no longer make sense -----------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "since_then", "becomes"),
    [
        (Letter.DECISION_REQUEST, {}, "sent"),
        (Letter.DECISION_REQUEST, {"state": State.APPROVED}, "cancelled"),
        (Letter.DECISION_REQUEST, {"round": 2}, "cancelled"),
        (Letter.DECISION_REMINDER, {"state": State.DRAFT}, "cancelled"),
        (Letter.ESCALATION, {"state": State.DISTRIBUTED}, "cancelled"),
        (Letter.OPINION_ASKED, {"state": State.DRAFT}, "cancelled"),
        (Letter.DRAFT_UNTOUCHED, {"state": State.DRAFT}, "sent"),
        (Letter.DRAFT_UNTOUCHED, {"state": State.ABANDONED}, "cancelled"),
        (Letter.DISTRIBUTION, {"state": State.EXPIRING}, "sent"),
        (Letter.DISTRIBUTION, {"state": State.SUPERSEDED}, "cancelled"),
        (Letter.RENEWAL, {"state": State.EXPIRING}, "sent"),
        (Letter.RENEWAL, {"state": State.EXPIRED}, "cancelled"),
        (Letter.FOLLOW_UP, {"state": State.DISCONTINUED}, "cancelled"),
        (Letter.EXPIRED, {"state": State.EXPIRED}, "sent"),
        (Letter.EXPIRED, {"state": State.SUPERSEDED}, "cancelled"),
        (Letter.DISTRIBUTION_INCOMPLETE, {"state": State.APPROVED}, "cancelled"),
        (Letter.OUTCOME, {"state": State.SUPERSEDED}, "sent"),
        (Letter.SENT_BACK, {"round": 2}, "sent"),
    ],
)
def test_a_letter_is_sent_only_while_it_still_makes_sense(
    letter: Letter,
    since_then: dict[str, Any],
    becomes: str,
    engine: Engine,
    clock: Clock,
    work: Work,
) -> None:
    put(engine, clock, a_letter(letter))
    if since_then:
        with transaction(engine) as connection:
            connection.execute(update(Charter).values(**since_then))
    carrier = RecordingCarrier()
    work(carrier)
    assert only(engine).state == becomes
    assert len(carrier.carried) == (1 if becomes == "sent" else 0)


def test_a_renewal_is_not_sent_once_a_successor_is_decided(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(Letter.RENEWAL, stage="3m", round=None))
    with transaction(engine) as connection:
        connection.execute(update(Charter).values(state=State.EXPIRING))
        connection.execute(
            insert(Charter).values(
                id=4,
                kind="charter",
                subject_id=1,
                group_id=1,
                title="Nästa",
                content_hash="0" * 64,
                state=State.APPROVED,
                predecessor_id=3,
                decided_on=clock().date(),
                valid_from=clock().date(),
            )
        )
    work(RecordingCarrier())
    assert only(engine).state == "cancelled"


@pytest.mark.parametrize(("gap", "becomes"), [(True, "sent"), (False, "cancelled")])
def test_a_gap_letter_is_sent_only_while_the_group_has_a_gap(
    gap: bool, becomes: str, engine: Engine, clock: Clock, work: Work
) -> None:
    with transaction(engine) as connection:
        connection.execute(update(Group).values(gap_since=clock().date() if gap else None))
    put(engine, clock, a_letter(Letter.GAP, charter_id=None, group_id=1, round=None))
    work(RecordingCarrier())
    assert only(engine).state == becomes


def test_cancelled_letters_never_leave_and_the_others_do(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(
        engine,
        clock,
        a_letter(),
        a_letter(Letter.DECISION_REMINDER),
        a_letter(round=2),
        a_letter(Letter.WITHDRAWN),
    )
    with transaction(engine) as connection:
        requests = (Letter.DECISION_REQUEST, Letter.DECISION_REMINDER)
        assert cancel(connection, 3, letters=requests, round=1, why="återkallat") == 2
        assert cancel(connection, 99, why="none of theirs") == 0
        connection.execute(update(Charter).values(round=2))
    carrier = RecordingCarrier()
    assert work(carrier).sent == 2
    states = [(row.state, row.reply) for row in rows(engine)[:2]]
    assert states == [("cancelled", "återkallat")] * 2


# --- distribution ---------------------------------------------------------------------------------


def test_an_accepted_distribution_is_an_outcome_for_every_line_that_person_has(
    engine: Engine, clock: Clock, work: Work
) -> None:
    with transaction(engine) as connection:
        connection.execute(update(Charter).values(state=State.APPROVED))
        for key, email in ((1, "Reader1@sjoviken.example"), (2, "reader2@sjoviken.example"),
                           (3, "reader1@sjoviken.example")):  # fmt: skip
            connection.execute(
                insert(Recipient).values(
                    id=key, charter_id=3, place=key, who="x", name="x", email=email, language="sv"
                )
            )
    put(
        engine,
        clock,
        a_letter(Letter.DISTRIBUTION, reader=1, recipient_id=1),
        a_letter(Letter.DISTRIBUTION, reader=2, recipient_id=2),
    )
    work(RecordingCarrier([None, Rejected("5.1.1 no such user", 550)]))
    with reading(engine) as connection:
        kept = connection.execute(
            select(Recipient.outcome, Recipient.outcome_at).order_by(Recipient.id)
        )
        outcomes = [tuple(line) for line in kept]
    assert outcomes == [("accepted", clock()), (None, None), ("accepted", clock())]

    put(engine, clock, a_letter(Letter.DISTRIBUTION_INCOMPLETE))
    assert work(RecordingCarrier()).sent == 1


# --- several workers ------------------------------------------------------------------------------


class SlowCarrier(RecordingCarrier):
    """Something else happens while the letter is on the wire."""

    def __init__(self, meanwhile: Any, answers: Iterable[NotDelivered | None] = ()) -> None:
        super().__init__(answers)
        self.meanwhile = meanwhile

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        receipt = super().deliver(envelope_from, envelope_to, message)
        self.meanwhile()
        return receipt


def test_what_one_worker_holds_another_leaves_alone(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(2 * BATCH)))
    theirs = RecordingCarrier()
    mine = SlowCarrier(lambda: work(theirs, worker="two"))
    total = work(mine).sent + len(theirs.carried)
    assert total == 2 * BATCH
    assert len({one.envelope_to for one in mine.carried + theirs.carried}) == 2 * BATCH
    assert theirs.carried


def test_two_workers_at_once_never_send_one_letter_twice(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(40)))
    carriers = {name: RecordingCarrier() for name in ("one", "two")}
    with ThreadPoolExecutor(2) as workers:
        done = list(workers.map(lambda name: work(carriers[name], worker=name), carriers))
    carried = [one.envelope_to for carrier in carriers.values() for one in carrier.carried]
    assert len(carried) == len(set(carried)) == sum(one.sent for one in done) == 40


def test_no_transaction_is_open_while_the_carrier_works(
    engine: Engine, clock: Clock, work: Work
) -> None:
    def another_writes() -> None:
        put(engine, clock, a_letter(Letter.WITHDRAWN))

    put(engine, clock, a_letter())
    assert work(SlowCarrier(another_writes)).sent == 2


class PowerCut(BaseException):
    """The process ends here."""


def cut() -> None:
    raise PowerCut


def test_a_worker_that_vanished_while_sending_leaves_an_uncertain_letter_not_a_lost_one(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    cut_off = SlowCarrier(cut)
    with pytest.raises(PowerCut):
        work(cut_off)
    assert only(engine).state == "sending"
    assert work(RecordingCarrier(), worker="two") == Delivery()
    clock.forward(seconds=LEASE.total_seconds() + 1)
    again = RecordingCarrier()
    assert work(again, worker="two") == Delivery()
    assert only(engine).state == "uncertain"
    clock.forward(hours=1)
    assert work(again, worker="two") == Delivery(sent=1)
    assert [one.message for one in again.carried] == [one.message for one in cut_off.carried]


def test_a_worker_that_slept_past_its_lease_changes_nothing(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())

    def sleeps() -> None:
        clock.forward(hours=2)
        work(RecordingCarrier(), worker="two")

    assert work(SlowCarrier(sleeps)) == Delivery(lost=1)
    assert only(engine).state == "uncertain"
    assert attempts(engine) == ["uncertain", "accepted"]


def test_a_letter_claimed_by_a_worker_that_vanished_is_pending_again(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(), a_letter(reader=2))
    with transaction(engine) as connection:
        connection.execute(
            update(Outbox).values(state="claimed", lease_owner="gone", lease_until=clock() + LEASE)
        )
    assert work(RecordingCarrier()) == Delivery()
    clock.forward(hours=1)
    assert work(RecordingCarrier()) == Delivery(sent=2)


def test_letters_behind_one_that_broke_the_worker_are_let_go_at_once(
    engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(), a_letter(reader=2))
    with pytest.raises(PowerCut):
        work(SlowCarrier(cut))
    assert [row.state for row in rows(engine)] == ["sending", "pending"]


def test_waiting_doubles_and_spreads_but_never_beyond_a_quarter_of_a_day() -> None:
    chance = random.Random(7)
    waits = [backoff(tries, chance) for tries in (0, 1, 2, 30)]
    for wait, minutes in zip(waits, (1, 2, 4, 360), strict=True):
        assert timedelta(minutes=minutes * 0.75) <= wait <= timedelta(minutes=minutes * 1.25)


def test_a_folder_of_letters_can_be_read_in_order(
    engine: Engine, clock: Clock, work: Work, tmp_path: Path
) -> None:
    put(engine, clock, a_letter())
    work(FolderCarrier(tmp_path / "mail"))
    (path,) = (tmp_path / "mail").iterdir()
    assert path.name.startswith("2026-06-17 08.00.00 reader1 - Beslut behovs Uppdrag for")
    assert path.read_bytes() == only(engine).bytes
