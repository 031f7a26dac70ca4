"""The flows, run by Prefect against a real server."""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from sqlalchemy import Engine, insert, select, update

from casework.returned import Became
from casework.settings import Settings
from casework.sweep import Swept
from flows.asked import Again, Until, rehearse, resend_letter
from flows.clockwork import Clockwork, clockwork
from flows.daily import daily, renewal_and_expiry, review_reminders, weekly_digest
from flows.delivery import RelayDown, outbox_delivery
from flows.watching import Watched, watchdog
from flows.workbench import RelayMissetting, When, carrier_of
from models.session import transaction
from models.tables import Attempt, Outbox, Sweep
from notifications.carriers import ChannelDown
from notifications.carriers.recording import RecordingCarrier
from notifications.carriers.relay import YagmailCarrier
from notifications.marks import of_letter
from notifications.outbox import Delivery
from notifications.returns.mailbox import MailboxClosed
from statemachine.vocabulary import Fate, Letter, State
from statemachine.words import Refusal
from tests.flows.charters import BEGUN, REMINDED, RUN_OUT, noon, something_due, states
from tests.notifications import returned_mail as arrived
from tests.notifications.mailbox_server import Box, serving

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect")]


@pytest.fixture
def memory(sqlite_engine: Engine) -> Engine:
    """A memory with a draft that will be reminded of, and a charter that will run out."""
    something_due(sqlite_engine)
    return sqlite_engine


@pytest.fixture
def carrier() -> RecordingCarrier:
    return RecordingCarrier()


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Settings:
    return Settings(database_url=address, mail_folder=tmp_path / "mail")


@pytest.fixture
def works(memory: Engine, settings: Settings, carrier: RecordingCarrier) -> Iterator[Clockwork]:
    with clockwork(settings, carrier=carrier) as works:
        yield works


def run_of(flow: str) -> FlowRun:
    """The latest run of a flow that has ended, as Prefect's own API knows it."""
    ended = FlowRunFilterStateType(any_=[StateType.COMPLETED, StateType.FAILED])
    with get_client(sync_client=True) as client:
        latest, *_ = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=ended),
                start_time=FlowRunFilterStartTime(is_null_=False),
            ),
            sort=FlowRunSort.START_TIME_DESC,
            limit=1,
        )
    return latest


def letters(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return list(connection.scalars(select(Outbox.letter).order_by(Outbox.id)))


def live_until(day: date, works: Clockwork) -> None:
    works.daily(on=day, at=noon(day))
    works.deliver(at=noon(day))


def test_a_day_run_twice_sends_nothing_twice(
    memory: Engine, works: Clockwork, carrier: RecordingCarrier
) -> None:
    live_until(REMINDED, works)
    once = [each.envelope_to for each in carrier.carried]
    anna, cia = "anna.ek@sjoviken.example", "cia.lund@sjoviken.example"
    assert once == [anna, cia, anna]  # the reminder, and the week's digests
    live_until(REMINDED, works)
    assert [each.envelope_to for each in carrier.carried] == once


def test_the_calendar_ends_what_has_run_out(memory: Engine, works: Clockwork) -> None:
    swept = works.daily(on=RUN_OUT, at=noon(RUN_OUT))
    assert swept.acts == 1
    assert states(memory)["Uppdrag för Hörselrådet"] == State.EXPIRED


def test_every_charter_is_looked_at_by_one_of_the_two_flows_and_none_by_both(
    memory: Engine, works: Clockwork
) -> None:
    monday = date(2027, 1, 4)  # It ran out on New Year's Day, when no letter is sent.
    when = When(on=monday, at=noon(monday))
    reminded = works.run(review_reminders(when))
    assert reminded.acts == 0
    assert set(letters(memory)) == {Letter.DRAFT_UNTOUCHED}
    ended = works.run(renewal_and_expiry(when))
    assert ended.acts == 1
    assert states(memory)["Uppdrag för Hörselrådet"] == State.EXPIRED
    assert works.daily(on=monday, at=noon(monday)) == Swept(letters=2)  # the digests
    assert works.daily(on=monday, at=noon(monday)) == Swept()


def test_the_weekly_digest_is_written_once_a_week_by_whichever_flow_comes_first(
    memory: Engine, works: Clockwork
) -> None:
    when = When(on=REMINDED, at=noon(REMINDED))
    assert works.run(weekly_digest(when)) == Swept(letters=2)
    assert set(letters(memory)) == {Letter.DIGEST}
    assert works.run(weekly_digest(when)) == Swept()
    works.daily(on=REMINDED, at=noon(REMINDED))
    assert letters(memory).count(Letter.DIGEST) == 2


def test_two_looks_side_by_side_do_nothing_twice(engine: Engine) -> None:
    something_due(engine)
    when = When(on=RUN_OUT, at=noon(RUN_OUT))

    async def side_by_side() -> tuple[Swept, Swept]:
        return await asyncio.gather(daily(when), daily(when))

    address = engine.url.render_as_string(hide_password=False)
    with clockwork(Settings(database_url=address), carrier=RecordingCarrier()) as works:
        one, other = works.run(side_by_side())
    assert one.acts + other.acts == 1
    assert one.letters + other.letters == len(letters(engine)) > 0


def test_each_look_is_written_down_in_our_own_memory(memory: Engine, works: Clockwork) -> None:
    works.daily(on=REMINDED, at=noon(REMINDED))
    with transaction(memory) as connection:
        row = connection.execute(select(Sweep).where(Sweep.flow == "daily")).one()
    assert (row.flow, row.day, row.started_at) == ("daily", REMINDED, noon(REMINDED))
    assert row.finished_at is not None
    assert row.looked_at == 2
    assert row.letters == 3


def test_a_run_says_what_and_when_and_leaves_a_table(works: Clockwork) -> None:
    works.daily(on=RUN_OUT, at=noon(RUN_OUT))
    assert run_of("daily").name == f"daily {RUN_OUT}"
    works.deliver(at=noon(RUN_OUT))
    assert run_of("outbox-delivery").name == f"outbox-delivery {RUN_OUT} 12:00"
    with get_client(sync_client=True) as client:
        response = client.request("GET", "/artifacts/{key}/latest", path_params={"key": "daily"})
    artifact = response.json()
    assert artifact["description"].startswith(f"{RUN_OUT}: granskade 3, åtgärder 1, ")
    assert artifact["description"].endswith("[Mandat](http://127.0.0.1:8080)")
    assert [row for row in json.loads(artifact["data"]) if row["Vad"] == "expire"] == [
        {
            "Vad": "expire",
            "Om": "Uppdrag för Hörselrådet",
            "Blev": "expired",
            "Skäl": "",
            "Se mer": "mandat show 2",
        }
    ]


def test_a_relay_that_is_down_is_said_in_a_sentence_and_loses_nothing(
    memory: Engine, settings: Settings
) -> None:
    answers = [ChannelDown("535 5.7.8 login refused", 535)]
    carrier = RecordingCarrier(answers)
    with clockwork(settings, carrier=carrier) as works:
        works.daily(on=REMINDED, at=noon(REMINDED))
        with pytest.raises(RelayDown, match="They stay in the outbox"):
            works.deliver(at=noon(REMINDED))
        assert works.deliver(at=noon(REMINDED) + timedelta(minutes=5)) == Delivery(sent=3)


def test_letters_that_stand_still_are_an_alarm_in_the_run_that_failed(
    memory: Engine, settings: Settings
) -> None:
    carrier = RecordingCarrier([ChannelDown("535 5.7.8 login refused", 535)] * 2)
    with clockwork(settings, carrier=carrier) as works:
        works.daily(on=REMINDED, at=noon(REMINDED))
        with pytest.raises(RelayDown, match=r"Next try 2026-05-19 13:0") as first:
            works.deliver(at=noon(REMINDED))
        assert "ALARM" not in str(first.value)
        with pytest.raises(RelayDown, match=r"ALARM: .* since 2026-05-19 13:00.* \(3 wait\)"):
            works.deliver(at=noon(REMINDED) + timedelta(minutes=20))
        state = run_of("outbox-delivery").state
        assert state is not None
        assert state.is_failed()
        assert "LARM" in str(state.message) or "ALARM" in str(state.message)
        assert works.deliver(at=noon(REMINDED) + timedelta(hours=1)).sent == 4
    assert letters(memory)[-1] == Letter.STANDSTILL


def test_a_rate_is_waited_for_by_a_run_and_not_by_a_command(
    memory: Engine, settings: Settings, carrier: RecordingCarrier
) -> None:
    slowly = settings.model_copy(update={"relay_letters_per_minute": 1})
    with clockwork(slowly, carrier=carrier) as works:
        works.daily(on=RUN_OUT, at=noon(RUN_OUT))
        with transaction(memory) as connection:
            connection.execute(update(Outbox).values(due_at=noon(BEGUN)))
            lately = datetime.now(UTC) - timedelta(seconds=50)
            connection.execute(insert(Attempt).values(outbox_id=1, at=lately, result="deferred"))
        held_back = works.deliver()
        assert held_back.sent == 0
        assert held_back.again_at is not None
        assert works.run(outbox_delivery(patience=50)).sent == 1
    assert len(carrier.carried) == 1
    assert len(letters(memory)) > 1


def test_letters_go_to_a_folder_until_there_is_a_relay(memory: Engine, settings: Settings) -> None:
    with clockwork(settings) as works:
        live_until(REMINDED, works)
    assert len(list(settings.mail_folder.glob("*.eml"))) == 3


def test_what_comes_back_to_the_mailbox_is_taken_in(
    memory: Engine,
    settings: Settings,
    carrier: RecordingCarrier,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    (tmp_path / "password").write_text("hemligt\n")
    box = Box()
    with serving(box, context) as port:
        mailbox = settings.model_copy(
            update={
                "returns_host": "127.0.0.1",
                "returns_port": port,
                "returns_user": "mandat",
                "returns_password_file": tmp_path / "password",
                "returns_dealt_with": "Klart",
            }
        )
        with clockwork(mailbox, carrier=carrier) as works:
            live_until(REMINDED, works)
            sent = carrier.carried[0]
            mark = of_letter(sent.message)
            assert sent.envelope_from == f"mandat+{mark}@mandat.example"
            letter = arrived.Letter(sent.envelope_to, mark)
            box.receives(arrived.postfix(letter), arrived.away(letter), arrived.reply(letter))
            took = works.returned_mail(at=noon(REMINDED) + timedelta(hours=1))
            assert works.returned_mail() == Counter()
    assert took == Counter({Became.BOUNCED: 1, Became.AUTOMATIC: 1, Became.REPLY: 1})
    assert [one.folder for one in box.messages.values()] == ["Klart", "Klart", "INBOX"]
    with transaction(memory) as connection:
        assert set(connection.scalars(select(Outbox.state))) >= {Fate.BOUNCED}


def test_no_mailbox_is_read_until_there_is_one(works: Clockwork) -> None:
    assert works.returned_mail() == Counter()


def test_a_mailbox_that_does_not_answer_is_said_in_a_sentence(
    memory: Engine, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("hemligt")
    mailbox = settings.model_copy(
        update={
            "returns_host": "127.0.0.1",
            "returns_port": 1,
            "returns_user": "mandat",
            "returns_password_file": tmp_path / "password",
        }
    )
    with clockwork(mailbox) as works, pytest.raises(MailboxClosed, match="Nothing is lost"):
        works.returned_mail()


def test_a_relay_in_the_settings_is_used() -> None:
    carrier = carrier_of(Settings(relay_host="mail.sjoviken.example", relay_port=2525))
    assert isinstance(carrier, YagmailCarrier)
    assert (carrier.relay.host, carrier.relay.port) == ("mail.sjoviken.example", 2525)


def test_mail_settings_that_do_not_go_together_are_said_in_a_sentence() -> None:
    with pytest.raises(RelayMissetting, match="MANDAT_RELAY"):
        carrier_of(Settings(relay_host="mail.sjoviken.example", relay_security="none"))


def test_the_relay_s_password_comes_from_its_file_and_a_file_anyone_reads_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "relay-password"
    file.write_text("hemligt-ord-9\n", encoding="utf-8")
    file.chmod(0o644)
    settings = Settings(
        relay_host="mail.sjoviken.example", relay_user="mandat", relay_password_file=file
    )
    with caplog.at_level("WARNING", logger="mandat"):
        carrier = carrier_of(settings)
    assert isinstance(carrier, YagmailCarrier)
    assert carrier.relay.password == "hemligt-ord-9"
    assert "chmod 600" in caplog.text
    assert "hemligt" not in caplog.text + repr(carrier.relay) + repr(carrier) + repr(settings)


def test_the_watchdog_writes_of_a_failed_run_once_a_day_and_a_delivery_is_a_look_too(
    memory: Engine, works: Clockwork
) -> None:
    failed = Watched(at=noon(REMINDED), failed="renewal-and-expiry 2026-05-19")
    assert works.run(watchdog(failed)).letters == 1
    assert works.run(watchdog(failed)).letters == 0
    assert letters(memory) == [Letter.ALARM]
    assert run_of("watchdog").name == f"watchdog {REMINDED} 13:00"
    works.deliver(at=noon(REMINDED))
    with transaction(memory) as connection:
        looks = connection.execute(select(Sweep).order_by(Sweep.id)).all()
    assert [(look.flow, look.looked_at) for look in looks] == [
        ("watchdog", 1),
        ("watchdog", 1),
        ("outbox-delivery", 1),
    ]


def test_a_letter_is_sent_again_by_form_to_another_address_on_someone_s_word(
    memory: Engine, works: Clockwork, carrier: RecordingCarrier
) -> None:
    works.run(review_reminders(When(on=REMINDED, at=noon(REMINDED))))
    again = Again(number=1, by="cia.lund", reason="Ny adress.", email="anna@sjoviken.example")
    assert works.run(resend_letter(again)).new_letter == 2
    works.deliver()
    assert [each.envelope_to for each in carrier.carried] == ["anna@sjoviken.example"]
    with pytest.raises(Refusal, match="nobody called someone"):
        works.run(resend_letter(again.model_copy(update={"by": "someone"})))


def test_a_rehearsal_by_form_shows_what_would_happen_and_touches_nothing(
    memory: Engine, works: Clockwork
) -> None:
    before = states(memory)
    assert works.run(rehearse(Until(until=date(2027, 1, 8)))) > 0
    assert (states(memory), letters(memory)) == (before, [])
    with get_client(sync_client=True) as client:
        response = client.request("GET", "/artifacts/{key}/latest", path_params={"key": "rehearse"})
    assert "expire" in [row["Vad · What"] for row in json.loads(response.json()["data"])]
    assert response.json()["description"].endswith("Databasen är orörd.")
