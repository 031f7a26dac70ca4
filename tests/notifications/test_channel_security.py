"""Nothing secret gets out of the channel, and nothing strange into a letter."""

import base64
import logging
import re
import traceback
from dataclasses import replace
from datetime import date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import trustme
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from lxml import html
from pydantic import BaseModel
from sqlalchemy import Engine, insert, select

from models.session import reading, transaction
from models.tables import Attempt, PaperKept
from notifications.carriers import ChannelDown
from notifications.carriers.relay import Relay, YagmailCarrier
from notifications.compose import LONGEST_NAME, Sender, compose
from notifications.facts import LetterFacts
from notifications.outbox import Delivery, deliver
from notifications.preview import every, sample
from notifications.wording import Unsayable, worded
from statemachine.vocabulary import Letter
from statemachine.words import Language
from tests.notifications.conftest import Clock
from tests.notifications.scripted_relay import Script, Talk, hangs_up, script, serving
from tests.notifications.test_compose import AT, PDF, Row, read
from tests.notifications.test_every_step import certified
from tests.notifications.test_outbox import a_letter, put, rows

USER, PASSWORD = "mandat", "Hemligt-l0senord!"
EVERY = [
    pytest.param(letter, stage, language, id=f"{letter}{stage}-{language}")
    for letter, stage in every()
    for language in get_args(Language)
]


# --- secrets --------------------------------------------------------------------------------------


def as_said(password: str) -> tuple[str, ...]:
    """The password, and every way it looks when a login says it."""
    whole = f"\0{USER}\0{password}"
    encoded = [base64.b64encode(secret.encode()).decode() for secret in (password, whole)]
    return (password, *(one.rstrip("=") for one in encoded))


def repeats_the_login(talk: Talk) -> None:
    """As some relays do with a command they do not know."""
    talk.say(f"500 5.5.2 what is {talk.play.heard[-1]!r}, is it {PASSWORD}?")


@pytest.mark.parametrize("ends", ["well", "refused", "repeated", "dropped", "uncertified"])
def test_the_password_is_in_no_log_no_error_and_no_row(
    ends: str,
    engine: Engine,
    charter: int,
    clock: Clock,
    sender: Sender,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    authority = trustme.CA()
    trusted = tmp_path / "authority.pem"
    (trustme.CA() if ends == "uncertified" else authority).cert_pem.write_to_path(trusted)
    answers: dict[str, Any] = {"repeated": repeats_the_login, "dropped": hangs_up}
    play = script(
        {"AUTH": [answers.get(ends)] * 3},
        tls=certified(authority.issue_cert("127.0.0.1")),
        password="another" if ends == "refused" else PASSWORD,
    )
    put(engine, clock, a_letter())
    said = []
    with serving(play) as port:
        relay = Relay(
            "127.0.0.1",
            port,
            user=USER,
            password=PASSWORD,
            authorities=str(trusted),
            timeout=5.0,
        )
        carrier = YagmailCarrier(relay)
        said += [repr(relay), repr(carrier), str(relay)]
        try:
            done = deliver(engine, carrier, now=clock, sender=sender, worker="one")
            said.append(repr(done))
        except ChannelDown as fault:
            said += [repr(fault), str(fault), "".join(traceback.format_exception(fault))]
        carrier.close()
    assert [row.state for row in rows(engine)] == ["sent" if ends == "well" else "pending"]
    logged_in = any(command.startswith("AUTH") for command in play.heard)
    assert logged_in is (ends != "uncertified")
    with reading(engine) as connection:
        said += [repr(row) for row in connection.execute(select(Attempt.__table__))]
    printed = capfd.readouterr()
    said += [repr(rows(engine)), caplog.text, printed.out, printed.err]
    for secret in as_said(PASSWORD):
        assert secret not in "\n".join(said)


def test_a_password_no_relay_can_take_is_refused_without_being_repeated() -> None:
    with pytest.raises(ValueError, match="ASCII") as fault:
        Relay("relay.sjoviken.example", user=USER, password="lösenord")
    assert "lösenord" not in repr(fault.value)


# --- headers --------------------------------------------------------------------------------------

ODD = st.one_of(
    st.text(),
    st.text(st.sampled_from('\r\n\0\t\x0b\x0c\x1b\x7f\x85\u2028\u2029 "<>,;:=?@()åÅ€😀\u202e')),
    st.integers(1, 300).map(lambda times: "Åsa " * times),
    st.integers(1, 3000).map(lambda times: "x" * times),
    st.sampled_from(
        (
            "x\r\nBcc: all@b.example",
            "x\nTo: all@b.example\n\nHej",
            'Åsa" <all@b.example>, "',
            "=?utf-8?q?x=0D=0ABcc:_all=40b.example?=",
            "a@b.example, all@b.example",
            "<all@b.example>",
        )
    ),
)  # fmt: skip
BRIEFLY = (Phase.explicit, Phase.generate, Phase.shrink)
"""Without explanations: to be traced makes the parsing of mail ten times slower."""
PLACES = (
    "to_name", "to_email", "sender name", "sender address", "title", "registry_number", "handler",
    "handler_email", "group", "filename", "media_type",
)  # fmt: skip


def written_with(place: str, odd: str, letter: Letter) -> bytes:
    """A letter with something odd in one of the places that reach a header."""
    row, facts, paper = Row(), sample(letter), PDF
    sender = Sender("Mandat", "mandat@sjoviken.example", "sjoviken.example")
    match place:
        case "to_name":
            row = Row(to_name=odd)
        case "to_email":
            row = Row(to_email=odd)
        case "sender name":
            sender = replace(sender, name=odd)
        case "sender address":
            sender = replace(sender, email=odd)
        case "filename":
            paper = replace(PDF, filename=odd)
        case "media_type":
            paper = replace(PDF, media_type=odd)
        case "group":
            facts = sample(Letter.GAP).model_copy(update={"group": odd})
        case _:
            assert facts.charter is not None
            charter = facts.charter.model_copy(update={place: odd})
            facts = facts.model_copy(update={"charter": charter})
    return compose(row, facts, [paper], sender, at=AT)


def shape(mail: EmailMessage) -> list[tuple[str, ...]]:
    """The names of all headers of all parts: what a forgery would change."""
    return [tuple(sorted(name.lower() for name in part)) for part in mail.walk()]


@pytest.mark.parametrize("place", PLACES)
@given(odd=ODD)
@example(odd="x\r\nBcc: all@b.example")
@example(odd="=?utf-8?q?x=0D=0ABcc:_all=40b.example?=")
@example(odd="=??Q?=0A=80")
@settings(max_examples=40, phases=BRIEFLY)
def test_nothing_odd_in_a_name_an_address_or_a_title_forges_a_header(place: str, odd: str) -> None:
    letter = Letter.RENEWAL if place == "title" else Letter.DECISION_REQUEST
    try:
        raw = written_with(place, odd, letter)
    except Unsayable:
        return
    plain, mail = plain_with(place, letter), read(raw)
    assert raw.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert shape(mail) == shape(plain) or without_reply(place, odd, mail, plain)
    for name, at_most in (("To", 1), ("From", 1), ("Reply-To", 1)):
        assert sum(len(header.addresses) for header in mail.get_all(name, [])) <= at_most
    if place != "to_email":
        assert [to.addr_spec for to in mail["To"].addresses] == [Row.to_email]
    assert "all@b.example" not in str(mail.get_all("Bcc", []))
    papers = [part.get_content_disposition() for part in mail.walk()].count("attachment")
    assert papers == 1


@pytest.mark.parametrize("place", ["to_name", "sender name", "handler"])
def test_of_a_name_of_many_pages_a_line_or_two_stands_in_the_header(place: str) -> None:
    mail = read(written_with(place, "Åsa " * 100_000, Letter.DECISION_REQUEST))
    header = {"to_name": "To", "sender name": "From", "handler": "Reply-To"}[place]
    (address,) = mail[header].addresses
    # Reading, this library puts a space where a long name was folded; mail programs do not.
    assert address.display_name.replace(" ", "") == "Åsa" * (LONGEST_NAME // 4)


@cache
def plain_with(place: str, letter: Letter) -> EmailMessage:
    return read(written_with(place, plain_in(place), letter))


def plain_in(place: str) -> str:
    if place in ("to_email", "sender address", "handler_email"):
        return "anna@b.example"
    return "application/pdf" if place == "media_type" else "Anna"


def without_reply(place: str, odd: str, mail: EmailMessage, plain: EmailMessage) -> bool:
    """A handler without an address is not replied to; nothing else differs."""
    missing = set(shape(plain)[0]) - set(shape(mail)[0])
    return (place, odd, missing) == ("handler_email", "", {"reply-to"})


@given(odd=ODD)
@settings(phases=BRIEFLY)
def test_nothing_odd_in_a_title_adds_a_line_to_the_calendar(odd: str) -> None:
    try:
        mail = read(written_with("title", odd, Letter.RENEWAL))
    except Unsayable:
        return
    (entry,) = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    lines = entry.get_content().replace("\r\n", "\n").replace("\n ", "").splitlines()
    usual = read(written_with("title", "Uppdrag", Letter.RENEWAL))
    (same,) = (part for part in usual.walk() if part.get_content_type() == "text/calendar")
    assert names_in(lines) == names_in(same.get_content().splitlines())


def names_in(lines: list[str]) -> list[str]:
    return [re.split("[:;]", line)[0] for line in lines if not line.startswith(" ")]


# --- HTML -----------------------------------------------------------------------------------------

POISON = """<script>alert("x")</script><img src=x onerror='y'>" onmouseover="z' &amp; {{ 7 * 7 }}"""


def poisoned(facts: Any) -> Any:
    """The facts with poison in every string anyone could have written."""
    match facts:
        case BaseModel():
            words = (
                "language",
                "role",
                "letter",
                "state",
                "stage",
                "in_place_of",
                "missing",
                "what",
            )
            told = {
                name: value if name in words else poisoned(value)
                for name, value in (
                    (name, getattr(facts, name)) for name in type(facts).model_fields
                )
            }
            return facts.model_copy(update=told)
        case tuple():
            return tuple(poisoned(one) for one in facts)
        case str():
            return POISON
        case None | bool() | int() | date() | datetime():
            return facts
    raise AssertionError(f"{facts!r} is of a kind this test does not know")


def with_all_that_can_be_told(letter: Letter, language: Language, stage: str) -> LetterFacts:
    """The sample, with every fact that is a plain string told, whether it needs it or not."""
    facts = sample(letter, language, stage)
    strings = [
        name
        for name, field in LetterFacts.model_fields.items()
        if field.annotation == str | None and getattr(facts, name) is None
    ]
    return facts.model_copy(update=dict.fromkeys(strings, "x"))


@pytest.mark.parametrize(("letter", "stage", "language"), EVERY)
@pytest.mark.parametrize("told", ["the sample", "all"])
def test_whatever_anyone_wrote_is_text_in_every_letter(
    told: str, letter: Letter, stage: str, language: Language
) -> None:
    facts = (
        sample(letter, language, stage)
        if told == "the sample"
        else with_all_that_can_be_told(letter, language, stage)
    )
    evil = poisoned(facts)
    assert "<script>" in repr(evil)
    said = worded(evil, attached=(POISON,), signed=POISON)
    page = html.document_fromstring(said.html)
    assert not list(page.iter("script", "img"))
    for element in page.iter():
        assert not [name for name in element.attrib if str(name).startswith("on")]
    assert "<script" not in said.html
    assert "&lt;script&gt;" in said.html
    assert "{{ 7 * 7 }}" in "".join(str(text) for text in page.itertext())
    assert "<script>" in said.text


# --- attachments ----------------------------------------------------------------------------------


def test_a_letter_that_is_a_file_s_name_attaches_no_file(
    engine: Engine, charter: int, clock: Clock, sender: Sender, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the contents of a file")
    play = Script()
    with serving(play) as port:
        carrier = YagmailCarrier(Relay("127.0.0.1", port, "none", timeout=5.0))
        carrier.deliver("mandat@a.example", "anna@a.example", f"{secret}\r\n".encode())
        carrier.deliver("mandat@a.example", "anna@a.example", str(secret).encode())
        assert [one.message for one in play.received] == [f"{secret}\r\n".encode()] * 2

        path = str(secret)
        facts = sample(Letter.DECISION_REQUEST)
        assert facts.charter is not None
        named = facts.model_copy(
            update={
                "reason": path,
                "purpose": path,
                "statement": path,
                "presenter": path,
                "to_do": (path,),
                "charter": facts.charter.model_copy(update={"title": path, "handler": path}),
            }
        )
        put(engine, clock, a_letter(facts=named, to_name=path))
        assert deliver(engine, carrier, now=clock, sender=sender, worker="one") == Delivery(sent=1)
        carrier.close()
    mail = BytesParser(policy=policy.default).parsebytes(play.received[-1].message)
    assert isinstance(mail, EmailMessage)
    assert path in str(mail["Subject"])
    assert list(mail.iter_attachments()) == []
    assert "the contents of a file" not in "".join(
        part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
    )


def test_what_is_attached_is_what_was_kept_whatever_it_is_called(
    engine: Engine, charter: int, clock: Clock, sender: Sender, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the contents of a file")
    with transaction(engine) as connection:
        connection.execute(
            insert(PaperKept).values(
                id=1,
                charter_id=3,
                paper="draft",
                media_type="application/pdf",
                filename=str(secret),
                sha256="0" * 64,
                body=b"%PDF the paper",
                written_at=clock(),
            )
        )
    put(engine, clock, a_letter(papers=(1,)))
    play = Script()
    with serving(play) as port:
        carrier = YagmailCarrier(Relay("127.0.0.1", port, "none", timeout=5.0))
        assert deliver(engine, carrier, now=clock, sender=sender, worker="one") == Delivery(sent=1)
        carrier.close()
    mail = BytesParser(policy=policy.default).parsebytes(play.received[-1].message)
    assert isinstance(mail, EmailMessage)
    (paper,) = mail.iter_attachments()
    assert paper.get_payload(decode=True) == b"%PDF the paper"
