"""Every carrier keeps the same promises; the relay keeps some more, against a real server."""

import re
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from notifications.carriers import Carrier, ChannelDown, Deferred, Rejected, Uncertain
from notifications.carriers.folder import FolderCarrier
from notifications.carriers.recording import Carried, RecordingCarrier
from notifications.carriers.relay import (
    LETTERS_PER_CONNECTION,
    LONGEST_TIMEOUT,
    Relay,
    YagmailCarrier,
)
from notifications.outbox import LEASE
from statemachine.vocabulary import Reach
from tests.notifications.relay_server import DROP, HANG, Script, script, serving

FROM, ANNA, BERTIL = "mandat@a.example", "anna@a.example", "bertil@b.example"
LETTER = (
    b"Message-ID: <1@a.example>\r\nDate: Wed, 17 Jun 2026 08:00:00 +0000\r\n"
    b"Subject: Hej\r\n\r\nEn rad.\r\n.punkt\r\n..\r\n"
)
OTHER = LETTER.replace(b"<1@", b"<2@").replace(b"En rad", b"En annan rad")


def relay_on(port: int, **more: object) -> YagmailCarrier:
    settings: dict[str, object] = {"security": "none", "timeout": 2.0, "called": "here.example"}
    return YagmailCarrier(Relay("127.0.0.1", port, **(settings | more)))  # type: ignore[arg-type]


Ready = tuple[Carrier, Callable[[], list[Carried]]]


@pytest.fixture(params=["recording", "folder", "relay", "relay over STARTTLS", "relay over TLS"])
def ready(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ready]:
    """A carrier, and what arrived at its other end."""
    match request.param:
        case "recording":
            recording = RecordingCarrier()
            yield recording, lambda: recording.carried
        case "folder":
            folder = tmp_path / "mail"

            def in_folder() -> list[Carried]:
                written = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
                to = {"anna": ANNA, "bertil": BERTIL}
                return [
                    Carried(FROM, to[path.name.split(" ")[2]], path.read_bytes())
                    for path in written
                ]

            yield FolderCarrier(folder), in_folder
        case security:
            authority = trustme.CA()
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert("127.0.0.1").configure_cert(context)
            trusted = tmp_path / "authority.pem"
            authority.cert_pem.write_to_path(trusted)
            how = {"relay": "none", "relay over STARTTLS": "starttls", "relay over TLS": "tls"}
            play = Script()
            with serving(
                play,
                tls=None if security == "relay" else context,
                implicit=security == "relay over TLS",
            ) as port:
                carrier = relay_on(port, security=how[security], authorities=str(trusted))
                yield carrier, lambda: play.received
                carrier.close()


def test_the_very_bytes_arrive_at_the_one_address_they_were_meant_for(ready: Ready) -> None:
    carrier, arrived = ready
    carrier.connect()
    receipt = carrier.deliver(FROM, ANNA, LETTER)
    carrier.deliver(FROM, BERTIL, OTHER)
    asked_a_relay = not isinstance(carrier, FolderCarrier)
    assert (receipt.code, receipt.reach) == (
        (250, Reach.ACCEPTED) if asked_a_relay else (None, Reach.WRITTEN)
    )
    assert arrived() == [Carried(FROM, ANNA, LETTER), Carried(FROM, BERTIL, OTHER)]


def test_a_closed_carrier_opens_again(ready: Ready) -> None:
    carrier, arrived = ready
    carrier.deliver(FROM, ANNA, LETTER)
    carrier.close()
    carrier.close()
    carrier.deliver(FROM, BERTIL, OTHER)
    assert len(arrived()) == 2


def test_every_carrier_is_a_carrier(ready: Ready) -> None:
    assert isinstance(ready[0], Carrier)


# --- the folder ---------------------------------------------------------------------------------


def test_the_same_letter_again_is_the_same_file(tmp_path: Path) -> None:
    carrier = FolderCarrier(tmp_path / "mail")
    carrier.deliver(FROM, ANNA, LETTER)
    carrier.deliver(FROM, ANNA, LETTER)
    (only,) = (tmp_path / "mail").iterdir()
    assert re.fullmatch(r"2026-06-17 08\.00\.00 anna - Hej [0-9a-f]{8}\.eml", only.name)


def test_a_folder_that_cannot_be_written_stops_the_channel(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(ChannelDown):
        FolderCarrier(tmp_path / "mail").connect()


# --- the relay ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("play", "meaning", "code", "enhanced"),
    [
        (script(RCPT=["550 5.1.1 no such user"]), Rejected, 550, "5.1.1"),
        (script(RCPT=["450 4.2.0 greylisted"]), Deferred, 450, "4.2.0"),
        (script(RCPT=["421 4.3.2 going down"]), Deferred, 421, "4.3.2"),
        (script(RCPT=["530 5.7.0 log in first"]), ChannelDown, 530, "5.7.0"),
        (script(MAIL=["550 5.7.1 you may not send"]), ChannelDown, 550, "5.7.1"),
        (script(MAIL=["552 5.3.4 too large"]), Rejected, 552, "5.3.4"),
        (script(MAIL=["451 4.3.0 later"]), Deferred, 451, "4.3.0"),
        (script(DATA=["554 5.6.0 not this"]), Rejected, 554, "5.6.0"),
        (script(DATA=["452 4.3.1 no room"]), Deferred, 452, "4.3.1"),
        (script(MAIL=[DROP]), Deferred, None, None),
        (script(RCPT=[DROP]), Deferred, None, None),
        (script(DATA=[DROP]), Uncertain, None, None),
        (script(RCPT=[HANG]), Deferred, None, None),
        (script(DATA=[HANG]), Uncertain, None, None),
    ],
)
def test_every_answer_has_one_meaning_and_the_next_letter_still_leaves(
    play: Script, meaning: type[Exception], code: int | None, enhanced: str | None
) -> None:
    with serving(play) as port:
        carrier = relay_on(port, timeout=0.4)
        with pytest.raises(meaning) as fault:
            carrier.deliver(FROM, ANNA, LETTER)
        assert (fault.value.code, fault.value.enhanced) == (code, enhanced)  # type: ignore[attr-defined]
        kept = len(play.received)
        assert kept <= 1
        carrier.deliver(FROM, BERTIL, OTHER)
        assert play.received[kept:] == [Carried(FROM, BERTIL, OTHER)]
        carrier.close()


def test_a_letter_lost_at_the_last_moment_is_not_sent_again_by_yagmail_itself() -> None:
    play = script(DATA=[DROP])
    with serving(play) as port:
        carrier = relay_on(port)
        with pytest.raises(Uncertain):
            carrier.deliver(FROM, ANNA, LETTER)
        carrier.close()
    assert len(play.received) == 1


def test_one_connection_carries_many_letters_and_is_then_renewed() -> None:
    play = Script()
    with serving(play) as port:
        carrier = relay_on(port)
        for _ in range(LETTERS_PER_CONNECTION + 1):
            carrier.deliver(FROM, ANNA, LETTER)
        carrier.close()
    assert (play.connections, len(play.received)) == (2, LETTERS_PER_CONNECTION + 1)


def test_a_connection_the_relay_has_hung_up_on_is_found_out_before_the_next_letter() -> None:
    ticks = iter(range(0, 1000, 60))
    play = Script()
    with serving(play) as port:
        carrier = YagmailCarrier(
            Relay("127.0.0.1", port, "none", timeout=2.0), ticking=lambda: next(ticks)
        )
        carrier.deliver(FROM, ANNA, LETTER)
    with serving(play, port=port):
        carrier.deliver(FROM, BERTIL, OTHER)
        carrier.close()
    assert [one.envelope_to for one in play.received] == [ANNA, BERTIL]


def test_a_wrong_password_stops_the_channel_and_never_shows(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    with serving(Script(), tls=context, password="right") as port:
        relay = Relay(
            "127.0.0.1", port, user="mandat", password="wr0ng", authorities=str(trusted), timeout=2
        )
        with pytest.raises(ChannelDown) as fault:
            YagmailCarrier(relay).connect()
        assert fault.value.code == 535
        assert "wr0ng" not in f"{relay} {fault.value}"

        right = Relay(
            "127.0.0.1", port, user="mandat", password="right", authorities=str(trusted), timeout=2
        )
        carrier = YagmailCarrier(right)
        carrier.deliver(FROM, ANNA, LETTER)
        carrier.close()


def test_a_certificate_nobody_vouches_for_stops_the_channel() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(Script(), tls=context) as port, pytest.raises(ChannelDown, match="certificate"):
        relay_on(port, security="starttls").connect()


def test_a_relay_without_starttls_gets_no_letter() -> None:
    play = Script()
    with serving(play) as port, pytest.raises(ChannelDown):
        relay_on(port, security="starttls").deliver(FROM, ANNA, LETTER)
    assert play.received == []


def test_a_relay_that_is_not_there_stops_the_channel() -> None:
    with serving(Script()) as port:
        pass
    with pytest.raises(ChannelDown):
        relay_on(port).connect()


def test_letters_leave_this_machine_only_encrypted() -> None:
    with pytest.raises(ValueError, match="unencrypted"):
        Relay("relay.sjoviken.example", security="none")


def test_an_address_that_cannot_be_spoken_to_a_relay_is_refused_before_it_is() -> None:
    play = Script()
    with serving(play) as port:
        carrier = relay_on(port)
        for address in ("åsa@a.example", "a@a.example>\r\nRCPT TO:<b@b.example"):
            with pytest.raises(Rejected):
                carrier.deliver(FROM, address, LETTER)
        carrier.close()
    assert play.received == []


def test_a_lease_outlasts_the_slowest_relay() -> None:
    slowest = Relay("relay.sjoviken.example", timeout=LONGEST_TIMEOUT)
    assert slowest.longest_wait < LEASE.total_seconds()
    for endless in (0, -1, LONGEST_TIMEOUT + 1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="timeout"):
            Relay("relay.sjoviken.example", timeout=endless)
