"""What comes back is read for what it is, and nothing that comes can harm whoever reads it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.marks import LONGEST_LOCAL_PART, Mark, in_addresses, in_headers, marked
from notifications.returns.reading import MOST_BYTES, Kind, Returned, read_returned
from tests.notifications import returned_mail as arrived
from tests.notifications.returned_mail import MARK, Letter, mail

LETTER = Letter()
WITHOUT_PLUS = Letter(plus=False)

Message = Callable[[Letter], bytes]

FORMS: list[tuple[Message, Kind]] = [
    (arrived.postfix, Kind.BOUNCE),
    (arrived.exchange, Kind.BOUNCE),
    (arrived.qmail, Kind.BOUNCE),
    (arrived.old_gmail, Kind.BOUNCE),
    (arrived.undelivered_in_swedish, Kind.BOUNCE),
    (arrived.full, Kind.BOUNCE),
    (arrived.given_up, Kind.BOUNCE),
    (arrived.refused_by_policy, Kind.BOUNCE),
    (arrived.forwarded, Kind.BOUNCE),
    (arrived.delayed, Kind.DELAY),
    (arrived.away, Kind.AUTOMATIC),
    (arrived.away_in_english, Kind.AUTOMATIC),
    (arrived.away_without_headers, Kind.AUTOMATIC),
    (arrived.away_with_quoted_words, Kind.AUTOMATIC),
    (arrived.read_receipt, Kind.AUTOMATIC),
    (arrived.delivered, Kind.AUTOMATIC),
    (arrived.challenge, Kind.REPLY),
    (arrived.reply, Kind.REPLY),
    (arrived.forwarded_by_a_person, Kind.REPLY),
    (arrived.complaint, Kind.COMPLAINT),
    (arrived.in_no_known_form, Kind.NOT_UNDERSTOOD),
]
NAMED = [form.__name__ for form, _ in FORMS]
RETURNING = [
    arrived.postfix,
    arrived.exchange,
    arrived.qmail,
    arrived.old_gmail,
    arrived.delayed,
    arrived.complaint,
]


@pytest.mark.parametrize(("form", "kind"), FORMS, ids=NAMED)
def test_each_form_is_read_for_what_it_is(form: Message, kind: Kind) -> None:
    assert read_returned(form(LETTER)).kind is kind


@pytest.mark.parametrize(("form", "kind"), FORMS, ids=NAMED)
def test_the_return_address_says_which_letter_it_is_about(form: Message, kind: Kind) -> None:
    assert MARK in read_returned(form(LETTER)).marks


@pytest.mark.parametrize("form", RETURNING)
def test_so_do_the_headers_of_the_letter_that_is_returned(form: Message) -> None:
    read = read_returned(form(WITHOUT_PLUS))
    assert read.marks == (MARK,)
    assert read.message_ids == (LETTER.message_id,)


@pytest.mark.parametrize(
    ("form", "code", "enhanced", "said"),
    [
        (arrived.postfix, 550, "5.1.1", "550 5.1.1 <anna.ek@vaster.example>: Recipient address "),
        (arrived.exchange, 550, "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient"),
        (arrived.qmail, None, "5.1.1", "Sorry, no mailbox here by that name. (#5.1.1)"),
        (arrived.given_up, 450, "4.4.7", "450 4.4.7 Delivery time expired"),
        (arrived.full, 552, "5.2.2", "552 5.2.2 Mailbox full"),
    ],
)
def test_what_was_said_is_kept_with_its_codes(
    form: Message, code: int | None, enhanced: str, said: str
) -> None:
    (failure,) = read_returned(form(LETTER)).failures
    assert failure.final
    assert failure.addresses == (LETTER.to,)
    assert (failure.code, failure.enhanced) == (code, enhanced)
    assert failure.said.startswith(said)


def test_a_delay_is_not_final() -> None:
    (failure,) = read_returned(arrived.delayed(LETTER)).failures
    assert not failure.final
    assert failure.enhanced == "4.4.1"


def test_the_address_first_written_to_stands_before_the_one_it_became() -> None:
    read = read_returned(arrived.report(LETTER, original=LETTER.to, final="ae@inre.example"))
    assert read.failures[0].addresses == (LETTER.to, "ae@inre.example")


def test_an_address_with_a_plus_is_read_as_the_standard_writes_it() -> None:
    read = read_returned(arrived.report(LETTER, original="anna+2Bmandat@vaster.example"))
    assert "anna+mandat@vaster.example" in read.failures[0].addresses


def test_a_vague_status_gives_way_to_what_the_server_said() -> None:
    read = read_returned(arrived.report(LETTER, status="5.0.0"))
    assert read.failures[0].enhanced == "5.1.1"


def test_numbers_that_are_an_address_of_a_server_are_no_code() -> None:
    said = "smtp; connect to 5.1.1.7[5.1.1.7]:25 refused"
    read = read_returned(arrived.report(LETTER, status="5.4.1", diagnostic=said))
    assert (read.failures[0].code, read.failures[0].enhanced) == (None, "5.4.1")


# --- marks --------------------------------------------------------------------------------------


def test_a_mark_is_read_back_from_the_address_it_was_put_in() -> None:
    mark = Mark.new(4711)
    assert in_addresses(f"<{marked('mandat@sjoviken.example', mark).upper()}>") == [mark]
    assert in_headers(f"> X-Mandat-Letter: {mark}\r\n") == [mark]


def test_two_marks_of_one_letter_are_never_the_same() -> None:
    assert not Mark.new(1).proves(Mark.new(1))
    assert not Mark.new(1).proves(None)


def test_an_address_no_relay_would_take_is_left_unmarked() -> None:
    long = "a" * (LONGEST_LOCAL_PART - 5) + "@sjoviken.example"
    assert marked(long, MARK) == long


# --- hostile and broken -------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    """Mail in mail in mail."""
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
        for level in range(depth)
    )
    return b"From: x@y.example\r\n" + opening + b"\r\nthe end"


def reported(body: bytes) -> bytes:
    head = b"From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\nContent-Type: "
    return head + b"message/delivery-status\r\n\r\n" + body


HOSTILE = {
    "nothing": b"",
    "no headers": b"\r\n\r\nhello",
    "ten megabytes": b"From: a@b.example\r\n\r\n" + b"x" * 10 * 2**20,
    "nested 200 deep": nested(200),
    "nested 29 deep": nested(29),
    "enclosed 200 deep": b"Content-Type: message/rfc822\r\n\r\n" * 200,
    "blank lines without end": reported(b"\r\n" * 2**16),
    "blocks without end": reported(b"Action: failed\r\n\r\n" * 2**16),
    "a header without end": b"References: " + b"<a@b>" * 2**17 + b"\r\n\r\n",
    "parameters without end": b"Content-Type: text/plain" + b";a" * 2**17 + b"\r\n\r\n",
    "comments in comments": b"From: MAILER-DAEMON\r\nX-Failed-Recipients: " + b"(" * 3000,
    "one line without end": mail(
        "From: MAILER-DAEMON@x.example\nSubject: failure notice", "@" * 2**17
    ),
    "white space without end": mail("From: a@b.example\nSubject: failure notice", " \n" * 2**17),
    "an unknown charset": mail(
        "From: a@b.example\nContent-Type: text/plain; charset=klingon", "\xe5\xe4\xf6"
    ),
    "a charset that is a trap": mail(
        "From: MAILER-DAEMON\nContent-Type: text/plain; charset=punycode", "a-" + "99" * 2**17
    ),
    "broken base64": mail(
        "From: MAILER-DAEMON\nSubject: failure notice\nContent-Transfer-Encoding: base64", "å=?"
    ),
    "a broken header": b"From: MAILER-DAEMON\r\nSubject: =?utf-8?B?/////?= =?x?q?=FF?=\r\n\r\n",
    "a boundary that is missing": mail("From: a@b.example\nContent-Type: multipart/report", "--"),
    "null bytes": b"From: \0\r\nSubject: \0\0failure notice\r\n\r\n\0",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_mail_is_read_as_nothing_that_changes_anything(what: str) -> None:
    read = read_returned(HOSTILE[what])
    assert read.kind in (Kind.NOT_UNDERSTOOD, Kind.REPLY) or not read.marks
    assert len(read.failures) <= 50


def test_a_message_too_large_is_not_read() -> None:
    whole = arrived.postfix(LETTER)
    assert read_returned(whole + b" " * MOST_BYTES) == Returned(Kind.NOT_UNDERSTOOD)


def test_a_letter_returned_with_a_large_paper_is_read_all_the_same() -> None:
    whole = arrived.exchange(LETTER).replace(b"\r\n--b1--\r\n", b"\r\n" + b"JVBERi0x" * 2**18)
    assert read_returned(whole) == read_returned(arrived.exchange(LETTER))


@given(st.binary(max_size=600))
def test_bytes_at_random_never_raise(data: bytes) -> None:
    assert read_returned(data).failures == ()


@given(st.data())
def test_a_bounce_with_bytes_changed_at_random_never_raises(data: st.DataObject) -> None:
    form, _ = data.draw(st.sampled_from(FORMS))
    whole = bytearray(form(LETTER))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
        if not whole:
            break
    assert isinstance(read_returned(bytes(whole)), Returned)
