"""What notifications/carriers/relay.py leans on in yagmail: an upgrade that changes it fails here.

Read beside that module: for each of its countermeasures, here is what it counters.
"""

import inspect
from importlib.metadata import version
from typing import Any

import pytest
import yagmail
import yagmail.sender

from notifications.carriers.relay import Relay, YagmailCarrier
from tests.notifications.scripted_relay import Script, script, serving

Lost: type[OSError] = yagmail.sender.smtplib.SMTPServerDisconnected


class Wire:
    """In place of a connection: notes what it is asked, and is lost as often as it is told."""

    def __init__(self, losses: int = 0) -> None:
        self.losses = losses
        self.asked: list[tuple[Any, ...]] = []

    def sendmail(self, *said: Any) -> dict[str, Any]:
        self.asked.append(said)
        if len(self.asked) <= self.losses:
            raise Lost("gone")
        return {}

    def quit(self) -> None:
        self.asked.append(("quit",))


class Bare(yagmail.SMTP):  # type: ignore[misc]
    """yagmail as it is, but for a connection and a log that tell what was done with them."""

    def __init__(self, wire: Wire) -> None:
        super().__init__("anna@a.example", "secret", soft_email_validation=False)
        self.done: list[str] = []
        self.smtp = wire
        self.is_closed = False
        self.log = self

    def login(self) -> None:
        self.done.append("login")

    def prepare_send(self, *said: Any) -> tuple[list[str], bytes]:
        self.done.append("prepare_send")
        return [said[0]], said[2]

    def error(self, lost: Exception, *_: Any) -> None:
        self.done.append(f"error {lost}")

    def info(self, *_: Any) -> None:
        self.done.append("info")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yagmail.sender.time, "sleep", lambda _seconds: None)


def test_it_is_the_version_the_countermeasures_were_written_for() -> None:
    assert version("yagmail") == "0.16.0"


def test_its_client_takes_what_the_relay_gives_it() -> None:
    assert yagmail.SMTP is yagmail.sender.Client
    assert list(inspect.signature(yagmail.SMTP.__init__).parameters) == [
        "self", "user", "password", "host", "port", "smtp_starttls", "smtp_ssl",
        "smtp_set_debuglevel", "smtp_skip_login", "encoding", "oauth2_file",
        "soft_email_validation", "dkim", "kwargs",
    ]  # fmt: skip
    assert isinstance(inspect.getattr_static(yagmail.SMTP, "connection"), property)


def test_a_letter_is_prepared_from_the_arguments_the_relay_expects() -> None:
    preparing = inspect.signature(yagmail.SMTP.prepare_send).parameters
    assert list(preparing)[:4] == ["self", "to", "subject", "contents"]
    sending = inspect.signature(yagmail.SMTP.send).parameters
    assert {"to", "contents"} <= set(sending)
    assert sending["preview_only"].default is False


def test_it_logs_in_for_every_letter_and_sends_what_was_prepared_as_whoever_the_user_is() -> None:
    wire = Wire()
    bare = Bare(wire)
    bare.user = "envelope@a.example"
    assert bare.send(to="bertil@b.example", contents=b"the letter") == {}
    assert wire.asked == [("envelope@a.example", ["bertil@b.example"], b"the letter")]
    assert bare.done == ["login", "prepare_send", "info"]


@pytest.mark.usefixtures("hurried")
def test_after_a_loss_it_sends_again_but_not_before_it_has_told_its_log() -> None:
    wire = Wire(losses=1)
    bare = Bare(wire)
    assert bare.send(to="bertil@b.example", contents=b"the letter") == {}
    assert len(wire.asked) == 2
    assert bare.done == ["login", "prepare_send", "error gone", "login", "info"]


@pytest.mark.usefixtures("hurried")
def test_after_three_losses_it_gives_up_with_false() -> None:
    wire = Wire(losses=3)
    bare = Bare(wire)
    assert bare.send(to="bertil@b.example", contents=b"the letter") is False
    assert len(wire.asked) == 3


def test_it_closes_by_saying_goodbye() -> None:
    wire = Wire()
    bare = Bare(wire)
    bare.close()
    assert (wire.asked, bare.is_closed) == ([("quit",)], True)


def test_it_makes_its_connection_from_the_class_and_the_arguments_it_was_given() -> None:
    made: list[tuple[Any, ...]] = []

    class Connection:
        def __init__(self, *place: Any, **how: Any) -> None:
            made.append((*place, how))

        def set_debuglevel(self, level: int) -> None:
            made.append(("debug", level))

        def ehlo(self) -> None:
            made.append(("ehlo",))

        def starttls(self, **how: Any) -> None:
            made.append(("starttls", how))

        def login(self, *who: str) -> None:
            made.append(("login", *who))

        def quit(self) -> None:
            """Asked as it is thrown away."""

    class Ours(yagmail.SMTP):  # type: ignore[misc]
        @property
        def connection(self) -> type[Connection]:
            return Connection

    Ours(
        user="anna@relay.example",
        password="secret",
        host="relay.example",
        port=587,
        smtp_ssl=False,
        smtp_starttls={"context": "ours"},
        soft_email_validation=False,
        timeout=3,
        local_hostname="here.example",
    ).login()
    assert made == [
        ("relay.example", "587", {"timeout": 3, "local_hostname": "here.example"}),
        ("debug", 0),
        ("ehlo",),
        ("starttls", {"context": "ours"}),
        ("ehlo",),
        ("login", "anna@relay.example", "secret"),
    ]


def test_a_user_without_a_domain_is_given_one_so_the_relay_keeps_the_name_itself() -> None:
    assert yagmail.SMTP("mandat", "secret", soft_email_validation=False).user != "mandat"


def test_the_connection_beneath_answers_through_the_names_the_relay_listens_at() -> None:
    play = script({"RCPT": ["550 5.1.1 no such user"]})
    with serving(play) as port:
        plain = yagmail.sender.smtplib.SMTP("127.0.0.1", port, timeout=5.0)
        heard: list[str] = []

        class Listening(type(plain)):  # type: ignore[misc]
            def putcmd(self, *said: Any) -> None:
                heard.append(str(said[0]))
                super().putcmd(*said)

            def data(self, letter: bytes) -> Any:
                heard.append("data()")
                return super().data(letter)

            def getreply(self) -> Any:
                heard.append("?")
                return super().getreply()

            def mail(self, *said: Any) -> Any:
                heard.append("mail()")
                return super().mail(*said)

            def rset(self) -> Any:
                heard.append("rset()")
                return super().rset()

        plain.__class__ = Listening
        with pytest.raises(OSError, match="no such user") as fault:
            plain.sendmail("a@a.example", ["b@b.example"], b"x\r\n")
        assert fault.value.recipients == {"b@b.example": (550, b"5.1.1 no such user")}  # type: ignore[attr-defined]
        assert plain.sendmail("a@a.example", ["b@b.example"], b"x\r\n") == {}
        plain.close()
    assert plain.file is None
    refused = ["ehlo", "?", "mail()", "mail", "?", "rcpt", "?", "rset()", "rset", "?"]
    assert heard == [*refused, "mail()", "mail", "?", "rcpt", "?", "data()", "data", "?", "?"]


def test_the_carrier_leaves_yagmail_no_way_to_log_or_to_log_in() -> None:
    with serving(Script()) as port:
        carrier = YagmailCarrier(Relay("127.0.0.1", port, "none", timeout=5.0))
        carrier.connect()
        client = carrier._client
        assert client is not None
        assert type(client).login is not yagmail.SMTP.login
        assert type(client.log).__module__ == "notifications.carriers.relay"
        carrier.close()
