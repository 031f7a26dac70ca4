"""Messages as they come back to a return address: the forms of many servers, for invented domains.

Each is written for one letter: whose it is, its mark, and its Message-ID.
"""

from dataclasses import dataclass
from textwrap import dedent

from notifications.marks import HEADER, Mark

MARK = Mark(12, "0123456789abcdef")


@dataclass(frozen=True)
class Letter:
    """What a server that returns a letter knows of it."""

    to: str = "anna.ek@vaster.example"
    mark: Mark | None = MARK
    message_id: str = "<4711@sjoviken.example>"
    plus: bool = True
    """Whether it was sent with its mark in the return address."""

    @property
    def returns_to(self) -> str:
        plus = f"+{self.mark}" if self.mark and self.plus else ""
        return f"mandat{plus}@sjoviken.example"

    @property
    def headers(self) -> str:
        marked = f"{HEADER}: {self.mark}\n" if self.mark else ""
        return (
            f"Message-ID: {self.message_id}\n{marked}"
            "Date: Wed, 17 Jun 2026 10:00:00 +0200\n"
            "From: Mandat <mandat@sjoviken.example>\n"
            f"To: Anna Ek <{self.to}>\n"
            "Subject: Uppdrag att fastställa\n"
        )


def mail(headers: str, body: str = "") -> bytes:
    return f"{dedent(headers).strip()}\n\n{body}".encode().replace(b"\n", b"\r\n")


def report(
    letter: Letter,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown",
    original: str | None = None,
    final: str | None = None,
    returned: str = "text/rfc822-headers",
    sender: str = "MAILER-DAEMON@vaster.example (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    says: str = "I'm sorry to have to inform you that your message could not be delivered.",
    more: str = "",
) -> bytes:
    """A report of RFC 3464, by default as Postfix writes it."""
    first = f"Original-Recipient: rfc822;{original}\n" if original else ""
    final = final or letter.to
    return mail(
        f"""\
Return-Path: <>
From: {sender}
Subject: {subject}
To: {letter.returns_to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
{more}""",
        f"""\
This is a MIME-encapsulated message.

--b1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.vaster.example.

{says}

--b1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.vaster.example
Arrival-Date: Wed, 17 Jun 2026 10:00:01 +0200

Final-Recipient: rfc822; {final}
{first}Action: {action}
Status: {status}
Remote-MTA: dns; store.vaster.example
Diagnostic-Code: {diagnostic.format(to=final)}

--b1
Content-Description: Undelivered Message
Content-Type: {returned}

{letter.headers}
--b1--
""",
    )


def postfix(letter: Letter) -> bytes:
    return report(letter, original=letter.to)


def exchange(letter: Letter) -> bytes:
    return report(
        letter,
        sender="Microsoft Exchange <postmaster@vaster.example>",
        subject="Kan inte levereras: Uppdrag att fastställa",
        status="5.1.10",
        diagnostic="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {to} not found",
        returned="message/rfc822",
        more="X-MS-Exchange-Message-Is-Ndr:\nX-Auto-Response-Suppress: All",
    )


def qmail(letter: Letter) -> bytes:
    return mail(
        f"""\
        Return-Path: <>
        From: MAILER-DAEMON@mail.vaster.example
        To: {letter.returns_to}
        Subject: failure notice
        """,
        f"""\
Hi. This is the qmail-send program at mail.vaster.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{letter.to}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{letter.returns_to}>
{letter.headers}
Hej Anna
""",
    )


def old_gmail(letter: Letter) -> bytes:
    return mail(
        f"""\
        Return-Path: <>
        From: Mail Delivery Subsystem <mailer-daemon@bigmail.example>
        To: {letter.returns_to}
        Auto-Submitted: auto-replied
        Subject: Delivery Status Notification (Failure)
        X-Failed-Recipients: {letter.to}
        Content-Type: text/plain; charset=UTF-8
        """,
        f"""\
Delivery to the following recipient failed permanently:

     {letter.to}

Technical details of permanent failure:
The error that the other server returned was: 550 5.1.1 The email account does not exist.

----- Original message -----

{letter.headers}
""",
    )


def delayed(letter: Letter) -> bytes:
    return report(
        letter,
        action="delayed",
        status="4.4.1",
        diagnostic="X-Postfix; connect to store.vaster.example[192.0.2.5]:25: timed out",
        subject="Delayed Mail (still being retried)",
        more="X-Kept: yes",
    )


def given_up(letter: Letter) -> bytes:
    """Tried for five days: final, though the code begins with a 4."""
    return report(letter, status="4.4.7", diagnostic="smtp; 450 4.4.7 Delivery time expired")


def full(letter: Letter) -> bytes:
    return report(letter, status="5.2.2", diagnostic="smtp; 552 5.2.2 Mailbox full")


def refused_by_policy(letter: Letter) -> bytes:
    return report(letter, status="5.7.1", diagnostic="smtp; 550 5.7.1 Message refused by policy")


def forwarded(letter: Letter) -> bytes:
    """The reader has their mail forwarded, and the place it goes to has no such mailbox."""
    return report(letter, final="anna.privat@annan.example", original="anna.privat@annan.example")


def away(letter: Letter) -> bytes:
    """Exchange: with the headers that say so."""
    return mail(
        f"""\
        Return-Path: <>
        From: Anna Ek <{letter.to}>
        To: {letter.returns_to}
        Subject: =?utf-8?Q?Autosvar=3A_Uppdrag_att_fastst=C3=A4lla?=
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        In-Reply-To: {letter.message_id}
        """,
        "Jag är på semester till den 3 augusti. Delivery to the following recipient failed.\n",
    )


def away_in_english(letter: Letter) -> bytes:
    return mail(
        f"""\
        From: Anna Ek <{letter.to}>
        To: {letter.returns_to}
        Subject: Re: Uppdrag att fastställa
        Auto-Submitted: auto-replied (vacation)
        Precedence: bulk
        """,
        "I am out of the office until 3 August.\n",
    )


def away_with_quoted_words(letter: Letter) -> bytes:
    """An automatic reply from no return path, with the words of a bounce in it."""
    return mail(
        f"""\
        Return-Path: <>
        From: Anna Ek <{letter.to}>
        To: {letter.returns_to}
        Subject: Re: Uppdrag att fastställa
        Auto-Submitted: auto-replied
        """,
        f"""\
Delivery to the following recipient failed permanently:

     {letter.to}

----- Original message -----
""",
    )


def away_without_headers(letter: Letter) -> bytes:
    return mail(
        f"""\
        From: Anna Ek <{letter.to}>
        To: {letter.returns_to}
        Subject: Frånvaro: Uppdrag att fastställa
        """,
        "Jag är inte på kontoret. För brådskande ärenden, ring växeln.\n",
    )


def read_receipt(letter: Letter) -> bytes:
    return mail(
        f"""\
        From: Anna Ek <{letter.to}>
        To: {letter.returns_to}
        Subject: Läst: Uppdrag att fastställa
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=disposition-notification; boundary="b1"
        """,
        f"""\
--b1
Content-Type: text/plain

Meddelandet har lästs.
--b1
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {letter.to}
Original-Message-ID: {letter.message_id}
Disposition: automatic-action/MDN-sent-automatically; displayed

--b1--
""",
    )


def delivered(letter: Letter) -> bytes:
    return report(letter, action="delivered", status="2.0.0", diagnostic="smtp; 250 2.0.0 Ok")


def challenge(letter: Letter) -> bytes:
    return mail(
        f"""\
        Return-Path: <>
        From: Anna Ek <{letter.to}>
        To: {letter.returns_to}
        Subject: Please confirm your message
        Auto-Submitted: auto-replied
        """,
        "Your message is held until you confirm that you are a person.\n",
    )


def reply(letter: Letter) -> bytes:
    return mail(
        f"""\
        From: Anna Ek <{letter.to}>
        To: {letter.returns_to}
        Subject: SV: Uppdrag att fastställa
        In-Reply-To: {letter.message_id}
        """,
        """\
Hej! Jag har slutat i rådet. The following addresses had permanent fatal errors, sa min gamla
server en gång. Vem ska ha det här i stället?
""",
    )


def complaint(letter: Letter) -> bytes:
    return mail(
        f"""\
        From: abuse@bigmail.example
        To: {letter.returns_to}
        Subject: complaint about message
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="b1"
        """,
        f"""\
--b1
Content-Type: text/plain

This is an abuse report.
--b1
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Feedback/1.0
Version: 1

--b1
Content-Type: message/rfc822

{letter.headers}
--b1--
""",
    )


def undelivered_in_swedish(letter: Letter) -> bytes:
    """No report, and a subject only a Swede understands."""
    return qmail(letter).replace(b"Subject: failure notice", b"Subject: Kan inte levereras: Hej")


def in_no_known_form(letter: Letter) -> bytes:
    return mail(
        f"""\
        Return-Path: <>
        From: MAILER-DAEMON@vaster.example
        To: {letter.returns_to}
        Subject: Postin toimitus
        """,
        "Viestiäsi ei voitu toimittaa.\n",
    )


def forwarded_by_a_person(letter: Letter) -> bytes:
    """Somebody passes a bounce on, whole: it is theirs, and they have something to say."""
    return (
        mail(
            f"""\
            From: Bo Ask <bo.ask@sjoviken.example>
            To: {letter.returns_to}
            Subject: VB: studs
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="p1"
            """,
            "--p1\nContent-Type: text/plain\n\nVad betyder det här?\n"
            "--p1\nContent-Type: message/rfc822\n\n",
        )
        + postfix(letter)
        + b"\r\n--p1--\r\n"
    )
