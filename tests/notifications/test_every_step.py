"""What a relay can answer, step by step, and what then becomes of the letter: a specification.

Each row is one letter to a relay that answers so once, and is well an hour later.
"""

import random
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from sqlalchemy import Engine, delete, insert, select

from models.session import engine_for, reading, transaction
from models.tables import Attempt, Base, Channel, Outbox, PaperKept
from notifications.carriers import ChannelDown
from notifications.carriers.relay import IDLE_SECONDS, Relay, YagmailCarrier
from notifications.compose import Sender
from notifications.outbox import Delivery, deliver
from tests.notifications.conftest import Clock, a_charter
from tests.notifications.scripted_relay import (
    Answer,
    Script,
    Step,
    answers_twice,
    babbles,
    breaks_tls,
    cuts,
    drips,
    endless_line,
    endless_lines,
    falls_silent,
    hangs_up,
    one_more_line_now_and_then,
    script,
    serving,
    slowly,
    starts_tls_with,
)
from tests.notifications.test_outbox import a_letter, put, rows

WELL, SOON = 5.0, 0.3
"""Seconds an answer is waited for: of a relay that will answer, and of one that will not."""


@dataclass(frozen=True)
class Fate:
    """What becomes of a letter, now and an hour later."""

    state: str
    burnt: int
    """Attempts counted against the letter."""
    at_last: str = "sent"


# fmt: off
FATES = {
    # the word     state now     burnt   an hour later
    "down":   Fate("pending",    0),              # the channel is stopped, and no letter is burnt
    "late":   Fate("pending",    1),              # deferred
    "lost":   Fate("uncertain",  1),              # nobody knows whether it was accepted
    "dead":   Fate("dead",       1,      "dead"),
    "sent":   Fate("sent",       1),
}

REFUSED = """
          421  450  451  452  454  500  501  502  503  504  521  530  535  550  551  552  553  554
greeting  down down down down down down down down down down down down down down down down down down
EHLO      down down down down down down down down down down down down down down down down down down
STARTTLS  down down down down down down down down down down down down down down down down down down
AUTH      down down down down down down down down sent down down down down down down down down down
MAIL      late late late late late down down down down down down down down down down dead down down
RCPT      late late late late late dead dead dead late dead dead down down dead dead dead dead dead
DATA      late late late late late dead dead dead late dead dead down down dead dead dead dead dead
dot       late late late late late dead dead dead late dead dead down down dead dead dead dead dead
NOOP      sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent
RSET      late late late late late late late late late late late late late late late late late late
QUIT      sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent sent
"""
"""A refusal of each kind at each step. 503 to AUTH says that one is already logged in."""

MISTREATED = """
           hangs_up  cuts  falls_silent  drips  one_more_line  endless_line  endless_lines  babbles
greeting   down      down  down          down   down           down          down           down
EHLO       down      down  down          down   down           down          down           down
STARTTLS   down      down  down          down   down           down          down           down
handshake  down      down  down          down   down           down          down           down
AUTH       down      down  down          down   down           down          down           down
MAIL       late      late  late          late   late           late          late           late
RCPT       late      late  late          late   late           late          late           late
DATA       late      late  late          late   late           late          late           late
content    lost      lost  lost          lost   lost           lost          lost           lost
dot        lost      lost  lost          lost   lost           lost          lost           lost
NOOP       sent      sent  sent          sent   sent           sent          sent           sent
RSET       late      late  late          late   late           late          late           late
QUIT       sent      sent  sent          sent   sent           sent          sent           sent
"""
"""No answer, half of one, or one without end, at each step."""
# fmt: on

ACTS: dict[str, Answer] = {
    "hangs_up": hangs_up,
    "cuts": cuts,
    "falls_silent": falls_silent,
    "drips": drips,
    "one_more_line": one_more_line_now_and_then,
    "endless_line": endless_line,
    "endless_lines": endless_lines,
    "babbles": babbles,
}
FOR_LONG = {"falls_silent", "drips", "one_more_line"}


def cells(table: str) -> list[Any]:
    """Every cell of a table as a case: the step, what heads its column, and the word."""
    header, *lines = (line.split() for line in table.strip().splitlines())
    return [
        pytest.param(step, what, word, id=f"{step}-{what}")
        for step, *words in lines
        for what, word in zip(header, words, strict=True)
    ]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("trusted") / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    engine = engine_for("sqlite:///:memory:")
    Base.metadata.create_all(engine)
    a_charter(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(memory: Engine) -> Engine:
    """A memory with one charter in it and an empty outbox."""
    with transaction(memory) as connection:
        for table in (Attempt, Outbox, PaperKept, Channel):
            connection.execute(delete(table))
    return memory


def certified(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


class Letterbox:
    """One letter in the outbox, a relay that does as it is told, and a clock turned by hand."""

    def __init__(self, engine: Engine, sender: Sender, trusted: str) -> None:
        self.engine, self.sender, self.trusted = engine, sender, trusted
        self.clock = Clock()
        self.ticks = 0.0

    def relay(self, port: int, timeout: float = WELL, **more: Any) -> YagmailCarrier:
        settings: dict[str, Any] = {
            "security": "starttls",
            "user": "mandat",
            "password": "s3cret pass",
            "authorities": self.trusted,
            "called": "here.example",
        }
        relay = Relay("127.0.0.1", port, timeout=timeout, **(settings | more))
        return YagmailCarrier(relay, ticking=lambda: self.ticks)

    def deliver(self, carrier: YagmailCarrier) -> Delivery | str:
        """What it came to; the relay's own words when the channel is down."""
        try:
            return deliver(
                self.engine,
                carrier,
                now=self.clock,
                sender=self.sender,
                worker="one",
                chance=random.Random(1),
            )
        except ChannelDown as fault:
            return fault.reply
        finally:
            carrier.close()


@pytest.fixture
def box(engine: Engine, sender: Sender, trusted: str) -> Letterbox:
    return Letterbox(engine, sender, trusted)


def answering(step: str, what: Answer, context: ssl.SSLContext) -> Script:
    """A relay that answers so at this step, once; and refuses a letter, where that is what for."""
    said: dict[Any, list[Answer]] = {step: [what]}
    if step == "RSET":
        said["RCPT"] = ["450 4.2.0 greylisted"]
    return script(said, tls=context, password="s3cret pass")  # type: ignore[arg-type]


def goes(
    box: Letterbox, play: Script, step: str, word: str, *, at_the_end: bool, timeout: float = WELL
) -> None:
    """The letter meets the relay now, and again when all is well; each time as specified.

    `at_the_end`: the relay had the whole letter before it misbehaved.
    """
    fate = FATES[word]
    put(box.engine, box.clock, a_letter())
    with serving(play) as port:
        carrier = box.relay(port, timeout)
        if step == "NOOP":
            carrier.connect()
            box.ticks += IDLE_SECONDS + 1
        now = box.deliver(carrier)
        (row,) = rows(box.engine)
        assert (row.state, row.attempts) == (fate.state, fate.burnt), now
        assert isinstance(now, str) is (word == "down"), now
        assert play.outlasted == []
        reached = len(play.received)

        box.clock.forward(hours=1)
        box.deliver(box.relay(port))
        (row,) = rows(box.engine)
        assert row.state == fate.at_last
        assert box.deliver(box.relay(port)) == Delivery()

    assert reached == (1 if word == "sent" or at_the_end else 0)
    again = row.state == "sent" and word != "sent"
    assert len(play.received) == reached + again
    assert bool(play.accepted) is (row.state == "sent")
    assert {(one.message, one.envelope_to) for one in play.received} <= {
        (row.bytes, "reader1@sjoviken.example")
    }


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied", "down"),
        ("553 5.7.1 <mandat@sjoviken.example>: Sender address rejected: not owned", "down"),
        ("550 5.7.0 Authentication required", "down"),
        ("550 5.1.8 Domain of sender address does not exist", "down"),
        ("550 5.7.1 <reader1@sjoviken.example>: Recipient address rejected", "dead"),
        ("554 5.7.1 <reader1@sjoviken.example>: Relay access denied", "dead"),
        ("550 5.1.1 <sender1@sjoviken.example>: User unknown", "dead"),
        ("554 5.7.1 <client@sjoviken.example>: Recipient address rejected", "dead"),
        ("550 5.7.133 SenderNotAuthenticatedForGroup; authentication required", "dead"),
    ],
)
def test_a_relay_that_waits_for_the_recipient_before_it_refuses_us_stops_the_channel(
    answer: str, word: str, box: Letterbox, authority: trustme.CA
) -> None:
    play = answering("RCPT", answer, certified(authority.issue_cert("127.0.0.1")))
    goes(box, play, "RCPT", word, at_the_end=False)


@pytest.mark.parametrize(("step", "code", "word"), cells(REFUSED))
def test_a_refusal(step: Step, code: str, word: str, box: Letterbox, authority: trustme.CA) -> None:
    answer = f"{code} {code[0]}.7.0 said the relay"
    play = answering(step, answer, certified(authority.issue_cert("127.0.0.1")))
    goes(box, play, step, word, at_the_end=step == "dot")
    if FATES[word].state in ("dead", "pending") and FATES[word].burnt and step != "RSET":
        with reading(box.engine) as connection:
            first = connection.execute(select(Attempt.__table__).order_by(Attempt.id)).first()
        assert first is not None
        assert (first.code, first.enhanced) == (int(code), f"{code[0]}.7.0")
        assert first.reply == f"{code[0]}.7.0 said the relay"


@pytest.mark.slow
@pytest.mark.parametrize(("step", "act", "word"), cells(MISTREATED))
def test_a_mistreatment(
    step: Step, act: str, word: str, box: Letterbox, authority: trustme.CA
) -> None:
    play = answering(step, ACTS[act], certified(authority.issue_cert("127.0.0.1")))
    at_the_end = step == "dot" or (step, act) == ("content", "babbles")
    timeout = SOON if act in FOR_LONG else WELL
    goes(box, play, step, word, at_the_end=at_the_end, timeout=timeout)


SAID_TWICE: dict[Step, tuple[str, str]] = {
    # step        what is said twice             what becomes of the letter
    "greeting":  ("220 relay.example",           "down"),
    "EHLO":      ("250-relay.example\n250-STARTTLS\n250 AUTH PLAIN", "down"),
    "MAIL":      ("250 2.1.0 fine",              "late"),
    "RCPT":      ("250 2.1.5 fine",              "late"),
    "DATA":      ("354 go ahead",                "late"),
    "dot":       ("250 2.0.0 kept",              "sent"),
}  # fmt: skip


@pytest.mark.parametrize(("step", "said", "word"), [(k, *v) for k, v in SAID_TWICE.items()])
def test_an_answer_nobody_asked_for_is_never_taken_for_the_next(
    step: Step, said: str, word: str, box: Letterbox, authority: trustme.CA
) -> None:
    play = answering(step, answers_twice(said), certified(authority.issue_cert("127.0.0.1")))
    goes(box, play, step, word, at_the_end=step == "dot")


def test_after_an_answer_too_many_the_next_letter_gets_a_connection_of_its_own(
    box: Letterbox,
) -> None:
    put(box.engine, box.clock, a_letter(), a_letter(reader=2))
    play = script({"dot": [answers_twice("250 2.0.0 kept")]})
    with serving(play) as port:
        carrier = box.relay(port, security="none", user=None, password=None)
        assert box.deliver(carrier) == Delivery(sent=2)
    assert play.connections == 2
    assert [one.envelope_to for one in play.accepted] == [
        "reader1@sjoviken.example",
        "reader2@sjoviken.example",
    ]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize("said", ["250 2.0.0 or so", "451 4.3.0 later", "552 5.3.4 too large"])
def test_whatever_became_of_one_letter_the_next_one_leaves(
    step: Step, said: str, box: Letterbox
) -> None:
    put(box.engine, box.clock, a_letter(), a_letter(reader=2))
    play = script({step: [said]})
    with serving(play) as port:
        box.deliver(box.relay(port, security="none", user=None, password=None))
    assert rows(box.engine)[1].state == "sent"


@pytest.mark.parametrize(
    "again", ["503 5.5.1 not now", hangs_up, babbles], ids=["503", "hangs up", "babbles"]
)
def test_after_a_relay_that_would_not_begin_anew_the_next_letter_goes_by_another_connection(
    again: Answer, box: Letterbox
) -> None:
    put(box.engine, box.clock, a_letter(), a_letter(reader=2))
    play = script({"RCPT": ["550 5.1.1 no such user"], "RSET": [again]})
    with serving(play) as port:
        carrier = box.relay(port, security="none", user=None, password=None)
        done = box.deliver(carrier)
    assert done == Delivery(dead=1, sent=1, unsent=[rows(box.engine)[0].id])
    assert play.connections == 2


def test_a_relay_that_answers_slowly_but_in_time_gets_the_letter(
    box: Letterbox, authority: trustme.CA
) -> None:
    usual: dict[Step, str] = {
        "greeting": "220 relay.example",
        "MAIL": "250 2.1.0 fine",
        "RCPT": "250 2.1.5 fine",
        "DATA": "354 go ahead",
        "dot": "250-2.0.0 kept,\n250-2.0.0 and well,\n250 2.0.0 for sure",
        "QUIT": "221 2.0.0 goodbye",
    }
    play = script({step: [slowly(said)] for step, said in usual.items()})
    put(box.engine, box.clock, a_letter())
    with serving(play) as port:
        carrier = box.relay(port, security="none", user=None, password=None)
        assert box.deliver(carrier) == Delivery(sent=1)
    (row,) = rows(box.engine)
    assert row.reply == "2.0.0 kept, 2.0.0 and well, 2.0.0 for sure"


@pytest.mark.slow
@pytest.mark.parametrize(
    "act",
    [breaks_tls, hangs_up, cuts, falls_silent],
    ids=["breaks TLS", "hangs up", "cuts", "falls silent"],
)
@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS"])
def test_tls_that_dies_in_the_middle_of_a_large_letter_leaves_it_uncertain(
    act: Answer, implicit: bool, box: Letterbox, authority: trustme.CA
) -> None:
    with transaction(box.engine) as connection:
        connection.execute(
            insert(PaperKept).values(
                id=1,
                charter_id=3,
                paper="draft",
                media_type="application/pdf",
                filename="uppdrag.pdf",
                sha256="0" * 64,
                body=b"%PDF" + random.Random(1).randbytes(5_000_000),
                written_at=box.clock(),
            )
        )
    put(box.engine, box.clock, a_letter(papers=(1,)))
    context = certified(authority.issue_cert("127.0.0.1"))
    play = script({"content": [act]}, tls=context, implicit=implicit, password="s3cret pass")
    security = "tls" if implicit else "starttls"
    with serving(play) as port:
        timeout = 1.0 if act is falls_silent else WELL
        assert box.deliver(box.relay(port, timeout, security=security)) == Delivery(uncertain=1)
        assert (play.received, play.outlasted) == ([], [])
        box.clock.forward(hours=1)
        assert box.deliver(box.relay(port, security=security)) == Delivery(sent=1)
    assert len(play.received) == 1


# --- an encrypted channel, or none ----------------------------------------------------------------


def wrong_certificates(authority: trustme.CA) -> dict[str, trustme.LeafCert]:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    return {
        "expired": authority.issue_cert(
            "127.0.0.1", not_before=long_ago, not_after=long_ago + timedelta(days=1)
        ),
        "of another name": authority.issue_cert("relay.other.example"),
        "of an unknown authority": trustme.CA().issue_cert("127.0.0.1"),
    }


@pytest.mark.parametrize("which", ["expired", "of another name", "of an unknown authority"])
@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS"])
def test_a_wrong_certificate_stops_the_channel_before_a_name_or_a_password_is_said(
    which: str, implicit: bool, box: Letterbox, authority: trustme.CA
) -> None:
    put(box.engine, box.clock, a_letter())
    wrong = certified(wrong_certificates(authority)[which])
    play = script(tls=wrong, implicit=implicit, password="s3cret pass")
    with serving(play) as port:
        told = box.deliver(box.relay(port, security="tls" if implicit else "starttls"))
        assert "certificate verify failed" in str(told)
    assert [line.split()[0] for line in play.heard] == ([] if implicit else ["ehlo", "STARTTLS"])
    assert [(row.state, row.attempts) for row in rows(box.engine)] == [("pending", 0)]


def test_a_relay_whose_starttls_was_stripped_hears_neither_password_nor_letter(
    box: Letterbox,
) -> None:
    put(box.engine, box.clock, a_letter())
    play = script(password="s3cret pass")
    with serving(play) as port:
        told = box.deliver(box.relay(port))
    assert "STARTTLS" in str(told)
    assert [line.split()[0].lower() for line in play.heard] == ["ehlo", "quit"][: len(play.heard)]
    assert [(row.state, row.attempts) for row in rows(box.engine)] == [("pending", 0)]


def test_encryption_is_required_unless_told_otherwise() -> None:
    assert Relay("relay.sjoviken.example").security == "starttls"


@pytest.mark.parametrize(
    "slipped_in", ["250 2.0.0 kept", "250-relay.example\n250 AUTH PLAIN", "535 5.7.8 go away"]
)
def test_what_is_slipped_in_before_tls_is_never_taken_for_an_answer_within_it(
    slipped_in: str, box: Letterbox, authority: trustme.CA
) -> None:
    act = starts_tls_with(slipped_in)
    play = answering("STARTTLS", act, certified(authority.issue_cert("127.0.0.1")))
    goes(box, play, "STARTTLS", "down", at_the_end=False)
