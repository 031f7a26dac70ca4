"""A letter that does not arrive: what is remembered, and who is told at once."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Row, insert, update

from casework.undelivered import undelivered
from models.session import transaction
from models.tables import Outbox, Recipient, Suppression
from statemachine.vocabulary import Letter, Reach, State
from tests.builders import DAY, DECIDED, LAPSED, Region, moment

GONE = "550 5.1.1 No such user here"
NEXT_DAY = DECIDED + DAY


def the_letter(region: Region, letter: Letter, to: str, charter: int | None = None) -> Row[Any]:
    """The one letter of this kind to someone."""
    (row,) = [
        row
        for row in region.outbox(charter)
        if row.letter == letter and row.to_email == f"{to}@sjoviken.example"
    ]
    return row


def fails(region: Region, letter: Row[Any], *, on: date = DECIDED, how: Any = "refused") -> int:
    with transaction(region.engine) as connection:
        return undelivered(connection, letter, GONE, region.sitting(connection, None, on), how)


def suppresses(region: Region, who: str) -> None:
    with transaction(region.engine) as connection:
        connection.execute(
            insert(Suppression).values(
                email_folded=f"{who}@sjoviken.example", reason=GONE, since=moment(DECIDED)
            )
        )


def told(region: Region) -> list[str]:
    return [one.to for one in region.letters(Letter.UNDELIVERABLE)]


def outcomes(region: Region, charter: int) -> list[str | None]:
    return [row.outcome for row in region.recipients(charter)]


def test_the_handler_is_told_which_letter_to_whom_and_what_was_answered(region: Region) -> None:
    charter = region.approved()
    letter = the_letter(region, Letter.DISTRIBUTION, "anna")
    assert fails(region, letter) == 1
    warning = the_letter(region, Letter.UNDELIVERABLE, "sara")
    said = warning.facts["undelivered"]
    assert (said["number"], said["email"], said["reply"]) == (letter.id, letter.to_email, GONE)
    assert said["purpose"] == "för genomförande"
    assert warning.facts["to_do"][0].startswith(f"mandat outbox retry {letter.id} ")
    (entry,) = region.journal(charter, "undelivered")
    assert (entry.reason, entry.details["to"]) == (GONE, letter.to_email)


def test_nobody_is_told_twice_of_one_letter(region: Region) -> None:
    charter = region.approved()
    letter = the_letter(region, Letter.DISTRIBUTION, "anna")
    fails(region, letter)
    assert fails(region, letter) == 0
    assert told(region) == ["sara"]
    assert len(region.journal(charter, "undelivered")) == 1


def test_a_warning_that_itself_does_not_arrive_is_journalled_and_goes_no_further(
    region: Region,
) -> None:
    charter = region.approved()
    fails(region, the_letter(region, Letter.DISTRIBUTION, "anna"))
    assert fails(region, the_letter(region, Letter.UNDELIVERABLE, "sara")) == 0
    assert told(region) == ["sara"]
    assert len(region.journal(charter, "undelivered")) == 2


@pytest.mark.parametrize(
    ("suppressed", "instead"),
    [((), "oskar"), (("oskar",), "astrid")],
)
def test_what_the_handler_does_not_get_is_told_to_the_next_who_can_be_reached(
    region: Region, suppressed: tuple[str, ...], instead: str
) -> None:
    for one in suppressed:
        suppresses(region, one)
    region.approved()
    assert fails(region, the_letter(region, Letter.OUTCOME, "sara")) == 1
    assert told(region) == [instead]


def test_a_letter_about_a_group_is_told_to_the_registry_keeper(region: Region) -> None:
    region.sweep(LAPSED)
    (gap, *_) = region.outbox()
    assert (gap.letter, gap.charter_id) == (Letter.GAP, None)
    fails(region, gap, on=LAPSED)
    assert told(region) == ["oskar" if gap.to_email[:5] != "oskar" else "astrid"]


def test_a_letter_about_nothing_but_its_reader_concerns_nobody_else(region: Region) -> None:
    region.approved()
    with transaction(region.engine) as connection:
        connection.execute(update(Outbox).values(charter_id=None, group_id=None))
    before = len(region.outbox())
    assert fails(region, region.outbox()[0]) == 0
    assert len(region.outbox()) == before


def test_a_refused_distribution_keeps_the_charter_from_being_distributed(region: Region) -> None:
    charter = region.approved()
    fails(region, the_letter(region, Letter.DISTRIBUTION, "anna"))
    assert outcomes(region, charter) == [Reach.BOUNCED, None, None]
    region.reached(charter, on=DECIDED)
    assert outcomes(region, charter) == [Reach.BOUNCED, Reach.ACCEPTED, Reach.ACCEPTED]
    assert region.state(charter) is State.APPROVED


def test_one_who_bounces_after_all_were_reached_is_spoken_of_by_the_calendar_again(
    region: Region,
) -> None:
    charter = region.distributed()
    letter = the_letter(region, Letter.DISTRIBUTION, "anna")
    fails(region, letter, on=NEXT_DAY, how="bounced")
    assert outcomes(region, charter)[0] == Reach.BOUNCED
    assert region.state(charter) is State.DISTRIBUTED
    region.live_through(date(2026, 6, 30))
    assert [one.to for one in region.letters(Letter.DISTRIBUTION_INCOMPLETE)] == ["sara"]


def test_one_already_reached_otherwise_stays_so_though_a_late_bounce_comes(
    region: Region,
) -> None:
    charter = region.approved()
    letter = the_letter(region, Letter.DISTRIBUTION, "anna")
    with transaction(region.engine) as connection:
        connection.execute(update(Recipient).values(outcome=Reach.REACHED_OTHERWISE))
    fails(region, letter, how="bounced")
    assert set(outcomes(region, charter)) == {Reach.REACHED_OTHERWISE}
