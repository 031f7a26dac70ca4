"""The e-mail itself: its headers, its parts, and what is refused."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, get_args

import pytest
from icalendar import Calendar

from notifications.compose import (
    Attachment,
    Sender,
    ascii_address,
    compose,
    conversation,
    message_id,
)
from notifications.facts import LetterFacts
from notifications.preview import CHARTER, every, preview, sample
from notifications.wording import ABOUT_NO_CHARTER, Unsayable
from statemachine.vocabulary import EXPIRY_WARNINGS, Letter
from statemachine.words import Language

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


@pytest.mark.parametrize(("letter", "stage"), list(every()))
@pytest.mark.parametrize("language", get_args(Language))
def test_every_letter_has_the_headers_a_letter_from_a_machine_should(
    letter: Letter, stage: str, language: Language, sender: Sender
) -> None:
    facts = sample(letter, language, stage)
    row = Row(
        charter_id=facts.charter.id if facts.charter else None,
        group_id=1 if facts.group and not facts.charter else None,
    )
    mail = read(compose(row, facts, [], sender, at=AT))
    assert mail["Message-ID"] == row.message_id
    assert mail["Subject"] == preview(letter, language, stage).subject
    assert mail["References"] == conversation(row, sender.domain)
    assert (mail["References"] is None) is (letter in ABOUT_NO_CHARTER)
    assert mail["In-Reply-To"] is None
    handler = facts.charter.handler_email if facts.charter else None
    assert (mail["Reply-To"] and mail["Reply-To"].addresses[0].addr_spec) == handler
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply, RN, NRN"
    assert mail["Content-Language"] == language
    for once in ("From", "To", "Date", "Subject", "Message-ID", "MIME-Version"):
        assert len(mail.get_all(once, [])) == 1


@pytest.mark.parametrize("letter", Letter)
@pytest.mark.parametrize("language", get_args(Language))
def test_a_subject_is_the_same_whoever_reads_it_and_whenever(
    letter: Letter, language: Language, sender: Sender
) -> None:
    facts = sample(letter, language)
    later = facts.model_copy(
        update={
            "today": facts.today + timedelta(days=7),
            "reader": facts.reader.model_copy(update={"name": "Bo Ask", "in_copy": True}),
            "by": None,
            "reason": None,
            "working_days_waiting": 30,
            "successor": sample(Letter.EXPIRED).successor,
        }
    )
    once, again = (read(compose(Row(), each, [], sender, at=AT)) for each in (facts, later))
    assert once["Subject"] == again["Subject"]


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
    assert '<html lang="sv"' in html.get_content()
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


def entry_of(facts: LetterFacts, sender: Sender, row: Row) -> Any:
    """The calendar entry that goes with a letter, read as a calendar would."""
    (part,) = (
        part
        for part in read(compose(row, facts, [], sender, at=AT)).walk()
        if part.get_content_type() == "text/calendar"
    )
    assert part.get_param("method") == "PUBLISH"
    calendar = Calendar.from_ical(part.get_content())
    assert calendar["METHOD"] == "PUBLISH"
    (entry,) = calendar.walk("VEVENT")
    return entry


def test_the_last_day_goes_into_the_reader_s_calendar_under_the_charter_s_own_id(
    sender: Sender,
) -> None:
    told = entry_of(sample(Letter.DISTRIBUTION), sender, Row(id=7))
    assert told["UID"] == "charter-3@sjoviken.example"
    assert told["SEQUENCE"] == 7
    assert (told["DTSTART"].dt, told["DTEND"].dt) == (date(2031, 6, 17), date(2031, 6, 18))
    assert told["DTSTAMP"].dt == AT
    assert told["SUMMARY"] == (
        "Sista dagen: Uppdrag för samordningsrådet för rehabilitering (RS 2026-0142)"
    )
    assert told["SUMMARY"].params["LANGUAGE"] == "sv"
    # What keeps Outlook from calling the reader busy all that day.
    assert told["TRANSP"] == "TRANSPARENT"
    assert told["X-MICROSOFT-CDO-BUSYSTATUS"] == "FREE"


@pytest.mark.parametrize("letter", EXPIRY_WARNINGS)
def test_a_later_letter_moves_the_entry_when_the_end_has_moved(
    letter: Letter, sender: Sender
) -> None:
    told = entry_of(sample(Letter.DISTRIBUTION), sender, Row(id=7))
    facts = sample(letter)
    assert facts.charter is not None
    cut = facts.charter.model_copy(update={"ends_on": date(2030, 12, 31)})
    moved = entry_of(facts.model_copy(update={"charter": cut}), sender, Row(id=90))
    assert moved["UID"] == told["UID"]
    assert moved["SEQUENCE"] == 90
    assert moved["DTSTART"].dt == date(2030, 12, 31)


@pytest.mark.parametrize(
    ("effective_day", "last_day"),
    [(date(2028, 1, 1), date(2027, 12, 31)), (date(2032, 1, 1), date(2031, 6, 17))],
)
def test_when_the_charter_is_discontinued_the_entry_says_so_and_moves_there(
    effective_day: date, last_day: date, sender: Sender
) -> None:
    facts = sample(Letter.DISCONTINUED, "en").model_copy(update={"effective_day": effective_day})
    entry = entry_of(facts, sender, Row(id=91))
    assert entry["UID"] == "charter-3@sjoviken.example"
    assert entry["DTSTART"].dt == last_day
    assert entry["SUMMARY"].startswith("Last day, discontinued: Uppdrag")


def test_a_title_with_every_sign_comes_through_a_calendar_unharmed(sender: Sender) -> None:
    title = 'Råd; syn, hörsel \\ "BEGIN:VALARM" ' + "å" * 90
    charter = CHARTER.model_copy(update={"title": title, "registry_number": None})
    facts = sample(Letter.DISTRIBUTION).model_copy(update={"charter": charter})
    entry = entry_of(facts, sender, Row())
    assert entry["SUMMARY"] == f"Sista dagen: {title}"
    assert entry.subcomponents == []


def test_a_charter_without_an_end_is_in_nobody_s_calendar(sender: Sender) -> None:
    charter = CHARTER.model_copy(update={"ends_on": None, "valid_through": None})
    facts = sample(Letter.DISTRIBUTION).model_copy(update={"charter": charter})
    assert b"text/calendar" not in compose(Row(), facts, [], sender, at=AT)


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


def test_what_looks_encoded_is_not_decoded_into_a_header_of_its_own(sender: Sender) -> None:
    evil = "=?utf-8?q?x=0D=0ABcc=3A_all=40b=2Eexample?="
    charter = CHARTER.model_copy(update={"title": evil, "handler": evil})
    facts = sample(Letter.DECISION_REQUEST).model_copy(update={"charter": charter})
    paper = replace(PDF, filename=f"{evil}.pdf")
    raw = compose(Row(to_name=evil), facts, [paper], replace(sender, name=evil), at=AT)
    assert b"\nBcc" not in raw
    assert read(raw)["Bcc"] is None


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
