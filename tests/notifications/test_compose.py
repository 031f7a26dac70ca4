"""The e-mail itself: its headers, its parts, and what is refused."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest

from notifications.compose import Attachment, Sender, ascii_address, compose, message_id
from notifications.preview import CHARTER, sample
from notifications.wording import Unsayable
from statemachine.vocabulary import Letter

AT = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)
PDF = Attachment("Uppdrag för rådet.pdf", "application/pdf", b"%PDF-1.7 \xe5\xe4\xf6\n.\n")


@dataclass(frozen=True)
class Row:
    id: int = 7
    message_id: str = message_id("charter 3:decision_request::1:person 1:0", "sjoviken.example")
    charter_id: int | None = 3
    group_id: int | None = None
    to_name: str = "Åsa Nyberg, ordförande"
    to_email: str = "asa.nyberg@sjoviken.example"


def read(message: bytes) -> EmailMessage:
    parsed = BytesParser(policy=policy.default).parsebytes(message)
    assert isinstance(parsed, EmailMessage)
    return parsed


def written(letter: Letter, sender: Sender, row: Row | None = None) -> EmailMessage:
    return read(compose(row or Row(), sample(letter), [PDF], sender, at=AT))


def test_the_headers_say_who_when_about_what_and_that_a_machine_wrote_it(sender: Sender) -> None:
    mail = written(Letter.DECISION_REQUEST, sender)
    assert mail["Message-ID"] == Row.message_id
    assert mail["Date"].datetime == AT
    (from_,) = mail["From"].addresses
    assert (from_.display_name, from_.addr_spec) == (sender.name, sender.email)
    (to,) = mail["To"].addresses
    assert (to.display_name, to.addr_spec) == (Row.to_name, Row.to_email)
    (reply,) = mail["Reply-To"].addresses
    assert reply.addr_spec == "sara.lindmark@sjoviken.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply, RN, NRN"
    assert mail["Content-Language"] == "sv"
    assert mail["Subject"] == (
        "Beslut behövs: Uppdrag för samordningsrådet för rehabilitering (RS 2026-0142)"
    )


def test_all_letters_about_one_charter_are_one_conversation(sender: Sender) -> None:
    request = written(Letter.DECISION_REQUEST, sender)
    reminder = written(Letter.DECISION_REMINDER, sender)
    other = written(Letter.DECISION_REMINDER, sender, Row(charter_id=4))
    assert request["References"] == reminder["References"] != other["References"]


def test_a_letter_about_no_charter_and_no_group_belongs_to_no_conversation(sender: Sender) -> None:
    row = Row(charter_id=None)
    assert written(Letter.STANDSTILL, sender, row)["References"] is None
    assert written(Letter.GAP, sender, Row(charter_id=None, group_id=1))["References"]


def test_a_long_domain_leaves_the_ids_whole(sender: Sender) -> None:
    domain = "uppdrag.koncernkontoret.en-region-med-ett-valdigt-langt-namn.sjoviken.example"
    row = Row(message_id=message_id("charter 3", domain))
    raw = compose(row, sample(Letter.GAP), [], replace(sender, domain=domain), at=AT)
    assert row.message_id.encode() in raw
    assert b"References: <" in raw.replace(b"References:\r\n ", b"References: ")


def test_text_html_and_papers_are_all_there(sender: Sender) -> None:
    mail = written(Letter.DECISION_REQUEST, sender)
    text, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert text is not None
    assert html is not None
    assert "Hej Johan Ekdal!" in text.get_content()
    assert '<html lang="sv">' in html.get_content()
    (paper,) = mail.iter_attachments()
    assert isinstance(paper, EmailMessage)
    assert (paper.get_filename(), paper.get_content_type()) == (PDF.filename, PDF.media_type)
    assert paper.get_content() == PDF.body


def test_the_bytes_are_plain_ascii_in_short_lines(sender: Sender) -> None:
    raw = compose(Row(), sample(Letter.DISTRIBUTION), [PDF], sender, at=AT)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_the_same_letter_is_the_same_bytes(sender: Sender) -> None:
    once, again = (
        compose(Row(), sample(Letter.DISTRIBUTION), [PDF], sender, at=AT) for _ in range(2)
    )
    assert once == again


def test_the_last_day_goes_into_the_reader_s_calendar_under_the_charter_s_own_id(
    sender: Sender,
) -> None:
    def entry(letter: Letter, row: Row) -> str:
        (part,) = (
            part
            for part in written(letter, sender, row).walk()
            if part.get_content_type() == "text/calendar"
        )
        assert part.get_param("method") == "PUBLISH"
        content: str = part.get_content()
        return content.replace("\r\n ", "").replace("\n ", "")

    told, reminded = entry(Letter.DISTRIBUTION, Row(id=7)), entry(Letter.RENEWAL, Row(id=90))
    for line in ("DTSTART;VALUE=DATE:20310617", "UID:charter-3@sjoviken.example"):
        assert line in told
        assert line in reminded
    assert "SEQUENCE:7" in told
    assert "SEQUENCE:90" in reminded
    assert "SUMMARY;LANGUAGE=sv:Sista dagen: Uppdrag för samordningsrådet" in told


@pytest.mark.parametrize("evil", ["x\r\nBcc: all@b.example", "x\ny", "x\x00", "x\u2028y", "x\x85y"])
@pytest.mark.parametrize("where", ["to_name", "to_email", "subject", "filename", "reply", "sender"])
def test_no_header_can_be_forged(where: str, evil: str, sender: Sender) -> None:
    row, facts, paper, charter = Row(), sample(Letter.DECISION_REQUEST), PDF, CHARTER
    match where:
        case "to_name":
            row = Row(to_name=evil)
        case "to_email":
            row = Row(to_email=f"{evil}@sjoviken.example")
        case "subject":
            charter = charter.model_copy(update={"title": evil})
        case "filename":
            paper = replace(PDF, filename=evil)
        case "reply":
            charter = charter.model_copy(update={"handler_email": evil})
        case "sender":
            sender = replace(sender, name=evil)
    facts = facts.model_copy(update={"charter": charter})
    with pytest.raises(Unsayable):
        compose(row, facts, [paper], sender, at=AT)


@pytest.mark.parametrize(
    "address", ["", "anna", "anna@", "@x.example", "a b@x.example", "å@x.example"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Unsayable):
        ascii_address(address)


def test_a_swedish_domain_is_said_as_relays_say_it() -> None:
    assert ascii_address("anna@sjöviken.example") == "anna@xn--sjviken-b1a.example"


def test_the_sender_is_read_as_people_write_it() -> None:
    sender = Sender.of("Mandat <mandat@sjoviken.example>", domain="sjoviken.example")
    assert (sender.name, sender.envelope_from()) == ("Mandat", "mandat@sjoviken.example")
