"""Answers from the ledger: who caused a letter and what came of it; what became of a reminder."""

from datetime import date

import pytest

from casework.answers.explain import Reason, why, why_not
from casework.matter import NoSuchCharter
from casework.settings import Settings
from models.session import reading
from notifications.carriers import Rejected
from notifications.carriers.recording import RecordingCarrier
from statemachine.vocabulary import Act, Audience, Letter
from statemachine.words import Refusal
from tests.builders import BEGUN, DAY, DECIDED, LAST_DAY, Region

ZONE = Settings().timezone
THREE_MONTHS = date(2031, 3, 17)


def answer(region: Region, charter: int, stage: str, on: date = DECIDED) -> list[Reason]:
    with reading(region.engine) as connection:
        return why_not(connection, charter, stage, region.sitting(connection, None, on))


def asked(region: Region, what: str) -> list[str]:
    with reading(region.engine) as connection:
        return [one.words.sv for one in why(connection, what, ZONE)]


def test_a_letter_says_who_caused_it_by_what_act_and_why_its_reader_got_it(
    region: Region,
) -> None:
    charter = region.in_review()
    region.delivers(RecordingCarrier(), on=BEGUN)
    request = next(row for row in region.outbox(charter))
    with reading(region.engine) as connection:
        [told] = why(connection, str(request.id), ZONE)
    assert (told.what, told.role) == (Letter.DECISION_REQUEST, Audience.DECIDER)
    assert (told.caused_by, told.act) == ("Sara Nyberg", Act.SUBMIT)
    assert told.state == "sent"
    assert told.words.sv == (
        f"Brev {request.id}, begäran om beslut, om nummer {charter}, Uppdragshandling för "
        "Samordningsråd rörelse, skrevs 2026-06-15 till Helena Ask (helena@sjoviken.example), "
        "eftersom du är beslutsfattare. Sara Nyberg orsakade det genom att skicka för beslut. "
        "Det skickades 2026-06-15 09:00; reläet svarade: recorded."
    )
    assert asked(region, request.message_id) == asked(region, request.message_id.strip("<>"))


def test_a_calendars_letter_says_that_the_calendar_wrote_it_and_what_the_relay_answered(
    region: Region,
) -> None:
    region.distributed()
    region.live_through(THREE_MONTHS)
    region.delivers(
        RecordingCarrier([Rejected("550 5.1.1 no such mailbox", 550)] * 99), on=THREE_MONTHS
    )
    [latest, *earlier] = asked(region, "bo@sjoviken.example")
    assert "förvarning (3m)" in latest
    assert "Kalendern skrev det när dagen kom. Det gick inte fram: 550 5.1.1" in latest
    assert asked(region, "bo") == [latest, *earlier]


def test_someone_who_got_nothing_is_told_so_and_nobody_known_is_a_sentence(region: Region) -> None:
    assert asked(region, "dag") == []
    for nothing in ("rymdrådet", "4711"):
        with pytest.raises(Refusal, match="no letter, person or address"):
            asked(region, nothing)


def test_a_stage_sent_says_to_whom_and_when(region: Region) -> None:
    charter = region.distributed()
    region.live_through(THREE_MONTHS)
    reasons = answer(region, charter, "3m", on=THREE_MONTHS)
    assert {one.verdict for one in reasons} == {"waiting"}
    assert {one.day for one in reasons} == {THREE_MONTHS}
    assert any("Anna Ek (anna@sjoviken.example)" in one.words.sv for one in reasons)


def test_a_stage_to_come_says_when(region: Region) -> None:
    charter = region.distributed()
    [reason] = answer(region, charter, "3m")
    assert (reason.verdict, reason.day) == ("not_due", THREE_MONTHS)
    assert "2031-03-17" in reason.words.sv


def test_a_stage_that_fell_due_and_is_not_written_yet_says_when_the_calendar_looks(
    region: Region,
) -> None:
    charter = region.distributed()
    [reason] = answer(region, charter, "12m", on=date(2030, 6, 18))
    assert reason.verdict == "not_due"
    assert "blev aktuell 2030-06-17 men är ännu inte skriven" in reason.words.sv


def test_a_stage_past_when_a_short_term_was_decided_says_so(region: Region) -> None:
    charter = region.distributed(valid_through=DECIDED + 40 * DAY)
    [reason] = answer(region, charter, "12m")
    assert reason.verdict == "skipped"
    assert "dagen hade redan passerat när uppdraget beslutades" in reason.words.sv


def test_a_stage_overtaken_after_downtime_says_by_what(region: Region) -> None:
    charter = region.distributed()
    region.sweep(LAST_DAY - 8 * DAY)
    reasons = answer(region, charter, "6m", on=LAST_DAY)
    assert [one.verdict for one in reasons] == ["skipped"]
    assert "ett annat brev till samma läsare gick i stället" in reasons[0].words.sv


def test_a_stage_stopped_by_a_successor_names_it(region: Region) -> None:
    charter = region.distributed()
    begun = LAST_DAY - 200 * DAY
    region.live_through(begun)
    successor = region.successor(on=begun, valid_from=LAST_DAY - DAY)
    [reason] = answer(region, charter, "3m", on=begun)
    assert reason.verdict == "stopped"
    assert f"nummer {successor}, beslutades {begun}" in reason.words.sv


def test_a_stage_stopped_by_a_discontinuance_says_on_what_day_it_ends(region: Region) -> None:
    charter = region.distributed()
    region.discontinued(charter, on=DECIDED + DAY, effective_day=DECIDED + 90 * DAY)
    [reason] = answer(region, charter, "14d", on=DECIDED + DAY)
    assert reason.verdict == "stopped"
    assert str(DECIDED + 90 * DAY) in reason.words.sv


def test_an_unknown_stage_or_charter_is_a_sentence_that_names_the_known(region: Region) -> None:
    charter = region.distributed()
    with pytest.raises(Refusal) as refused:
        answer(region, charter, "2y")
    assert "6m, 3m, 1m, 14d" in refused.value.reasons[0].sv
    with pytest.raises(NoSuchCharter):
        answer(region, 4711, "3m")
