"""Whatever a charter or a person is called, it reads the same at the other end."""

import email
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.headers import POLICY

WORD = st.text("abcdefåäöÅÄÖéü019.,;:()<>@\"'=?_-–”…✉", min_size=1, max_size=24)
WORDS = st.lists(WORD, min_size=1, max_size=16).map(" ".join)
THIS_ONE = "Återkallat: Uppdrag för samordningsrådet för rehabilitering (RS 2026-0142)"
"""The library's own folding made `samordningsrådetför` of it."""


def as_sent(name: str, value: str | Address) -> tuple[str, list[bytes]]:
    """The header as a reader's program decodes it, and its lines on the wire."""
    mail = EmailMessage(policy=POLICY)
    mail[name] = value
    sent = mail.as_bytes()
    header = email.message_from_bytes(sent)[name]
    return header.replace("\r\n", "").replace("\n", ""), sent.rstrip(b"\r\n").split(b"\r\n")


def decoded(header: str) -> str:
    return str(make_header(decode_header(header)))


@given(WORDS)
@example(THIS_ONE)
@example("=?utf-8?q?r=C3=A5d?=")
@example("=?utf-8?q?x=0D=0ABcc=3A_all=40b=2Eexample?=")
def test_a_subject_reads_as_it_was_written(subject: str) -> None:
    header, lines = as_sent("Subject", subject)
    assert decoded(header) == subject
    assert max(map(len, lines)) <= 78 or subject.isascii()


@pytest.mark.parametrize("name", ["From", "To", "Reply-To"])
@given(called=WORDS)
@example(THIS_ONE)
@example("Åsa Öberg, överläkare och ordförande i samordningsrådet för nära vård och omsorg")
@example('Bo "Bosse" Ask')
def test_a_name_reads_as_it_was_written_and_its_address_is_alone(name: str, called: str) -> None:
    header, _ = as_sent(name, Address(called, addr_spec="asa.nyberg@sjoviken.example"))
    said, address = parseaddr(header)
    assert address == "asa.nyberg@sjoviken.example"
    assert decoded(said) == called


def test_an_address_without_a_name_stands_alone() -> None:
    header, _ = as_sent("To", Address("", addr_spec="asa.nyberg@sjoviken.example"))
    assert header == "asa.nyberg@sjoviken.example"


def test_ids_longer_than_a_line_stay_whole() -> None:
    thread = f"<{'a' * 32}@{'uppdrag.' * 8}sjoviken.example>"
    assert as_sent("References", thread)[0].strip() == thread
