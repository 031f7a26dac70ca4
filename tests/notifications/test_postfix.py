"""Letters through a real mail server: delivered, refused, returned, greylisted, and kept."""

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import Any

import pytest
from sqlalchemy import Engine, Row, insert

from models.session import transaction
from models.tables import PaperKept
from notifications.carriers import ChannelDown
from notifications.carriers.relay import Relay, YagmailCarrier
from notifications.compose import Sender
from notifications.facts import Spoken
from notifications.marks import of_letter
from notifications.outbox import TRIES, Delivery
from notifications.preview import sample
from notifications.returns.reading import Kind, read_returned
from statemachine.vocabulary import Letter
from statemachine.words import Language
from tests.notifications.conftest import Clock
from tests.notifications.postfix import (
    BUSY,
    FAR,
    FULL,
    GREYLISTED,
    LARGEST,
    MOVED,
    OURS,
    PASSWORD,
    USER,
    WARY,
    Greylist,
    Postfix,
    returned_mail,
    running,
)
from tests.notifications.test_outbox import Work, a_letter, attempts, only, put, rows

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix starts only as root"),
]

RETURN_PATH = f"returer+17@{OURS}"
ADDED_ON_THE_WAY = {"Return-Path", "X-Original-To", "Delivered-To", "Received"}
A_PDF = b"%PDF-1.7\r\n.\r\n..\r\n" + random.Random(1).randbytes(60_000) + b"\n%%EOF\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    with running(Greylist()) as postfix:
        yield postfix


@pytest.fixture
def postfix(server: Postfix, clock: Clock) -> Postfix:
    server.forget()
    server.greylist.clock = clock
    return server


@pytest.fixture
def carrier(postfix: Postfix, clock: Clock) -> Iterator[YagmailCarrier]:
    """The product's own way out; how long its connection lay idle is told by the test's clock."""
    carrier = YagmailCarrier(
        Relay("127.0.0.1", postfix.port, authorities=postfix.authorities, timeout=10.0),
        ticking=lambda: clock().timestamp(),
    )
    yield carrier
    carrier.close()


@pytest.fixture
def work(engine: Engine, charter: int, clock: Clock, sender: Sender) -> Work:
    return Work(engine, clock, replace(sender, return_path=RETURN_PATH))


def in_both_languages(engine: Engine, clock: Clock, count: int) -> None:
    """So many letters, every second one in English, each with the paper."""
    keep_paper(engine, clock, A_PDF)
    letters = []
    for reader in range(count):
        language: Language = "sv" if reader % 2 else "en"
        facts = sample(Letter.DECISION_REQUEST, language).model_copy(
            update={"changes": Spoken(sv=".punkt för punkt", en=".point by point")}
        )
        letters.append(a_letter(reader=reader, language=language, facts=facts, papers=(1,)))
    put(engine, clock, *letters)


def keep_paper(engine: Engine, clock: Clock, body: bytes) -> None:
    with transaction(engine) as connection:
        connection.execute(
            insert(PaperKept).values(
                id=1,
                charter_id=3,
                paper="draft",
                media_type="application/pdf",
                filename="Uppdrag för rådet.pdf",
                sha256="0" * 64,
                body=body,
                written_at=clock(),
            )
        )


def finish(postfix: Postfix, engine: Engine) -> None:
    postfix.finish(*(row.reply for row in rows(engine) if row.state == "sent"))


def before(arrived: bytes, row: Row[Any]) -> bytes:
    """What stands before the letter as it was sent; a mailbox ends its lines as Unix does."""
    sent = row.bytes.replace(b"\r\n", b"\n")
    assert arrived.endswith(sent)
    return arrived.removesuffix(sent)


def read(mail: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(mail)


# --- delivering ---------------------------------------------------------------------------------


def test_every_reader_finds_the_very_letter_sent_and_no_other(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    in_both_languages(engine, clock, 20)
    assert work(carrier) == Delivery(sent=20)
    finish(postfix, engine)
    assert postfix.mailboxes() == {f"reader{reader}" for reader in range(20)}
    subjects = set()
    for reader, row in enumerate(rows(engine)):
        (arrived,) = postfix.mailbox(f"reader{reader}")
        added = message_from_bytes(before(arrived, row))
        assert set(added.keys()) <= ADDED_ON_THE_WAY
        assert added["Return-Path"] == f"<{RETURN_PATH}>"
        assert added["Delivered-To"] == row.to_email
        assert b"\r\n." in row.bytes  # which SMTP would take for the letter's end

        mail = read(arrived)
        subjects.add((row.language, str(mail["Subject"])))
        (to,) = mail["To"].addresses
        assert (to.display_name, to.addr_spec) == (f"Läsare {reader}", row.to_email)
        (paper,) = mail.iter_attachments()
        assert (paper.get_filename(), paper.get_content()) == ("Uppdrag för rådet.pdf", A_PDF)
    assert sorted(language for language, _ in subjects) == ["en", "sv"]
    assert all("samordningsrådet för rehabilitering" in subject for _, subject in subjects)


def test_many_letters_go_over_one_connection_encrypted(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    in_both_languages(engine, clock, 30)
    assert work(carrier) == Delivery(sent=30)
    finish(postfix, engine)
    carrier.close()
    postfix.logs(r"disconnect from unknown\[127\.0\.0\.1\].* starttls=1 mail=30 rcpt=30 data=30 ")
    assert len(re.findall(r"smtpd\[\d+\]: connect from", postfix.log())) == 1


def test_a_server_nobody_vouches_for_gets_no_letter(
    postfix: Postfix, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter())
    with pytest.raises(ChannelDown, match="certificate verify failed"):
        work(YagmailCarrier(Relay("127.0.0.1", postfix.port, timeout=10.0)))
    assert (only(engine).state, only(engine).attempts) == ("pending", 0)


def test_a_password_the_server_refuses_stops_the_channel_and_the_right_one_opens_it(
    postfix: Postfix, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(), a_letter(reader=2))
    wrong = YagmailCarrier(with_login(postfix, PASSWORD.upper()))
    with pytest.raises(ChannelDown) as refused:
        work(wrong)
    assert (refused.value.code, refused.value.enhanced) == (535, "5.7.8")
    assert [(row.state, row.attempts) for row in rows(engine)] == [("pending", 0)] * 2

    clock.forward(minutes=2)
    right = YagmailCarrier(with_login(postfix, PASSWORD))
    assert work(right) == Delivery(sent=2)
    right.close()
    finish(postfix, engine)
    assert postfix.mailboxes() == {"reader1", "reader2"}
    postfix.logs(rf"client=.*, sasl_method=PLAIN, sasl_username={USER}")


def test_a_host_the_server_will_not_have_stops_the_channel_though_it_says_so_at_the_recipient(
    postfix: Postfix, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(), a_letter(reader=2))
    stranger = YagmailCarrier(replace(with_login(postfix, PASSWORD), user=None, password=None))
    with pytest.raises(ChannelDown) as refused:
        work(stranger)
    assert (refused.value.code, refused.value.enhanced) == (554, "5.7.1")
    assert "Client host rejected" in refused.value.reply
    assert [(row.state, row.attempts) for row in rows(engine)] == [("pending", 0)] * 2
    stranger.close()


def test_a_server_stopped_for_hours_costs_no_letter_a_try(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(3)))
    assert work(carrier, limit=1) == Delivery(sent=1)
    finish(postfix, engine)
    with postfix.stopped():
        for _ in range(3):
            clock.forward(hours=1)
            with pytest.raises(ChannelDown):
                work(carrier)
        assert [(row.state, row.attempts) for row in rows(engine)[1:]] == [("pending", 0)] * 2
    clock.forward(hours=1)
    assert work(carrier) == Delivery(sent=2)
    finish(postfix, engine)
    assert [(row.state, row.attempts) for row in rows(engine)] == [("sent", 1)] * 3
    assert [len(postfix.mailbox(f"reader{reader}")) for reader in range(3)] == [1, 1, 1]


def test_a_server_stopped_between_two_letters_makes_one_wait_and_doubles_none(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, *(a_letter(reader=reader) for reader in range(3)))
    assert work(carrier, limit=1) == Delivery(sent=1)
    finish(postfix, engine)
    with postfix.stopped(), pytest.raises(ChannelDown):
        work(carrier)
    assert attempts(engine) == ["accepted", "deferred"]
    clock.forward(minutes=2)
    assert work(carrier) == Delivery(sent=2)
    finish(postfix, engine)
    assert [(row.state, row.attempts) for row in rows(engine)] == [
        ("sent", 1),
        ("sent", 2),
        ("sent", 1),
    ]
    assert [len(postfix.mailbox(f"reader{reader}")) for reader in range(3)] == [1, 1, 1]


def with_login(postfix: Postfix, password: str) -> Relay:
    return Relay(
        "127.0.0.1",
        postfix.port_with_login,
        user=USER,
        password=password,
        authorities=postfix.authorities,
        timeout=10.0,
    )


# --- refused at once ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "code", "enhanced", "because"),
    [
        (f"okand@{OURS}", 550, "5.1.1", "User unknown"),
        ("anna@nagon-annanstans.example", 554, "5.7.1", "Relay access denied"),
    ],
)
def test_a_letter_to_nobody_there_is_dead_with_the_reason_and_the_others_arrive(
    address: str,
    code: int,
    enhanced: str,
    because: str,
    postfix: Postfix,
    carrier: YagmailCarrier,
    engine: Engine,
    clock: Clock,
    work: Work,
) -> None:
    put(engine, clock, a_letter(), a_letter(to_email=address), a_letter(reader=2))
    done = work(carrier)
    finish(postfix, engine)
    first, refused, last = rows(engine)
    assert (done.sent, done.dead, done.unsent) == (2, 1, [refused.id])
    assert (refused.state, refused.code, refused.enhanced) == ("dead", code, enhanced)
    assert because in refused.reply
    assert (first.state, last.state) == ("sent", "sent")
    assert postfix.mailboxes() == {"reader1", "reader2"}


def test_a_letter_too_large_is_dead_and_the_channel_stays_open(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    keep_paper(engine, clock, b"%PDF-1.7\n" + bytes(LARGEST))
    put(engine, clock, a_letter(papers=(1,)), a_letter(reader=2))
    assert work(carrier) == Delivery(sent=1, dead=1, unsent=[1])
    finish(postfix, engine)
    large, small = rows(engine)
    assert (large.state, large.code, large.enhanced) == ("dead", 552, "5.3.4")
    assert small.state == "sent"
    assert postfix.mailboxes() == {"reader2"}


# --- returned later -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Returned:
    """A mail at the return path that reports on one letter to one reader."""

    of_the_reader: Message
    letter: str
    """The Message-ID of the letter that is spoken of."""

    @classmethod
    def only(cls, postfix: Postfix) -> "Returned":
        (returned,) = returned_mail(postfix)
        mail = read(returned)
        assert (mail["Return-Path"], mail["Delivered-To"]) == ("<>", RETURN_PATH)
        assert mail["Auto-Submitted"] == "auto-replied"
        assert mail.get_content_type() == "multipart/report"
        assert mail.get_param("report-type") == "delivery-status"
        _, notification, letter = mail.iter_parts()
        assert notification.get_content_type() == "message/delivery-status"
        _of_the_server, of_the_reader = notification.iter_parts()
        # Refused, it comes back whole; held up, only its headers do.
        content = letter.get_content()
        headers = message_from_string(content) if isinstance(content, str) else content
        return cls(of_the_reader, headers["Message-ID"])


def test_a_letter_refused_further_on_comes_back_to_the_return_path(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(to_email=f"anna@{FAR}"), a_letter(reader=2))
    assert work(carrier) == Delivery(sent=2)
    finish(postfix, engine)
    assert postfix.mailboxes() == {"reader2", "returer"}
    returned = Returned.only(postfix)
    assert returned.letter == rows(engine)[0].message_id
    assert returned.of_the_reader["Final-Recipient"] == f"rfc822; anna@{FAR}"
    assert returned.of_the_reader["Action"] == "failed"
    assert returned.of_the_reader["Status"] == "5.1.6"
    assert returned.of_the_reader["Diagnostic-Code"].endswith(MOVED.removeprefix("550 5.1.6"))


def test_a_letter_held_up_further_on_is_told_of_and_has_not_failed(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(to_email=f"anna@{BUSY}"))
    assert work(carrier) == Delivery(sent=1)
    postfix.tell_of_delays()
    assert postfix.mailboxes() == {"returer"}
    told = Returned.only(postfix)
    assert told.letter == only(engine).message_id
    assert told.of_the_reader["Final-Recipient"] == f"rfc822; anna@{BUSY}"
    assert told.of_the_reader["Action"] == "delayed"
    assert told.of_the_reader["Status"] == "4.2.2"
    assert told.of_the_reader["Diagnostic-Code"].endswith(FULL.removeprefix("452 4.2.2"))


@pytest.mark.parametrize(("domain", "kind"), [(FAR, Kind.BOUNCE), (BUSY, Kind.DELAY)])
def test_what_comes_back_shows_the_mark_of_its_letter(
    postfix: Postfix,
    carrier: YagmailCarrier,
    engine: Engine,
    charter: int,
    clock: Clock,
    sender: Sender,
    domain: str,
    kind: Kind,
) -> None:
    put(engine, clock, a_letter(to_email=f"anna@{domain}"))
    work = Work(engine, clock, replace(sender, return_path=f"returer@{OURS}", plus=True))
    assert work(carrier) == Delivery(sent=1)
    if kind is Kind.DELAY:
        postfix.tell_of_delays()
    else:
        finish(postfix, engine)
    (mail,) = returned_mail(postfix)
    returned = read_returned(mail)
    mark = of_letter(only(engine).bytes)
    assert (returned.kind, returned.marks) == (kind, (mark,))
    assert returned.failures[0].addresses == (f"anna@{domain}",)
    assert f"returer+{mark}@{OURS}".encode() in mail
    assert read_returned(mail.replace(f"+{mark}".encode(), b"")).marks == (mark,)


# --- greylisted ---------------------------------------------------------------------------------


def test_a_letter_greylisted_waits_and_arrives_exactly_once(
    postfix: Postfix, carrier: YagmailCarrier, engine: Engine, clock: Clock, work: Work
) -> None:
    put(engine, clock, a_letter(to_email=f"reader1@{WARY}"), a_letter(reader=2))
    assert work(carrier) == Delivery(sent=1, deferred=1)
    waiting, other = rows(engine)
    assert (waiting.state, waiting.code, waiting.enhanced) == ("pending", 450, "4.7.1")
    assert waiting.due_at > clock()
    assert other.state == "sent"
    frozen = waiting.bytes

    while rows(engine)[0].state == "pending" and len(attempts(engine)) < TRIES:
        clock.at = rows(engine)[0].due_at
        work(carrier)
    finish(postfix, engine)
    arrived, _ = rows(engine)
    assert (arrived.state, arrived.code) == ("sent", 250)
    assert clock() - arrived.created_at >= postfix.greylist.wait
    deferred = postfix.greylist.asked.count(GREYLISTED)
    assert deferred >= 2
    assert postfix.greylist.asked == [GREYLISTED] * deferred + ["DUNNO"]
    assert arrived.attempts == deferred + 1
    (mail,) = postfix.mailbox("reader1")
    assert arrived.bytes == frozen
    before(mail, arrived)
