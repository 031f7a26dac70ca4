"""The whole life, told once: two charters, six years, every letter with its day."""

from datetime import date
from io import BytesIO

import pdfplumber
import pytest
from docx import Document as WordFile
from sqlalchemy import Engine, select

from casework.papers import Printer
from casework.questions import in_force
from documents import Look
from models.session import reading
from models.tables import PaperKept
from notifications.carriers.recording import RecordingCarrier
from statemachine.machine import Refused
from statemachine.vocabulary import Act, Letter, State
from tests.builders import DAY, Region, a_charter, replayed, with_tasks

MADE = date(2026, 6, 1)
"""The Monday on which the organisation is loaded and the first draft begun."""
END = date(2031, 6, 30)

L = Letter

# Read off domain.md and an almanac. The council's charter is decided on 17 June 2026 and followed
# by the next on its last day; the group's ends on 30 June 2028, and none follows until September.
EXPECTED: tuple[tuple[date, Letter, str], ...] = (
    # The council's draft is put to the director, who wants it clearer.
    (date(2026, 6, 2), L.DECISION_REQUEST, "helena"),
    (date(2026, 6, 3), L.OPINION_ASKED, "rolf"),
    (date(2026, 6, 4), L.OPINION_GIVEN, "sara helena"),
    (date(2026, 6, 5), L.DECISION_REMINDER, "helena"),  # 3 working days
    (date(2026, 6, 5), L.GAP, "bo anna cia"),  # without a charter since 5 January
    (date(2026, 6, 5), L.GAP, "bo dag cia"),
    (date(2026, 6, 5), L.SENT_BACK, "sara"),
    (date(2026, 6, 9), L.DECISION_REQUEST, "helena"),
    (date(2026, 6, 12), L.DECISION_REMINDER, "helena"),
    (date(2026, 6, 15), L.DECISION_REQUEST, "helena"),  # the group's
    (date(2026, 6, 17), L.OUTCOME, "sara gun"),
    (date(2026, 6, 17), L.DISTRIBUTION, "anna bo oskar"),
    (date(2026, 6, 17), L.OUTCOME, "sara gun"),
    (date(2026, 6, 17), L.DISTRIBUTION, "dag bo oskar"),
    # Yearly: does it still fit?
    (date(2027, 6, 17), L.FOLLOW_UP, "anna cia"),
    (date(2027, 6, 17), L.FOLLOW_UP, "dag cia"),
    # The group's charter nears its end, and nobody does anything.
    (date(2027, 6, 30), L.RENEWAL, "bo dag"),
    (date(2027, 12, 30), L.RENEWAL, "bo dag"),
    (date(2028, 3, 30), L.RENEWAL, "bo dag cia sara gun"),
    (date(2028, 5, 30), L.RENEWAL, "bo dag cia sara gun helena"),
    (date(2028, 6, 16), L.FOLLOW_UP, "anna cia"),  # the 17th is a Saturday
    (date(2028, 6, 16), L.LAST_CALL, "bo dag cia sara gun helena"),
    (date(2028, 7, 3), L.EXPIRED, "bo dag cia sara gun helena oskar"),  # 1 July is a Saturday
    (date(2028, 8, 1), L.GAP, "bo dag cia sara gun"),
    (date(2028, 9, 1), L.GAP, "bo dag cia sara gun"),
    (date(2028, 9, 4), L.DECISION_REQUEST, "helena"),
    (date(2028, 9, 7), L.DECISION_REMINDER, "helena"),
    (date(2028, 9, 11), L.OUTCOME, "elin gun"),
    (date(2028, 9, 11), L.DISTRIBUTION, "dag bo oskar"),
    # The council's nears its end, and is renewed in time.
    (date(2029, 6, 15), L.FOLLOW_UP, "anna cia"),  # the 17th is a Sunday
    (date(2029, 9, 11), L.FOLLOW_UP, "dag cia"),
    (date(2030, 6, 17), L.RENEWAL, "bo anna"),
    (date(2030, 6, 17), L.FOLLOW_UP, "cia"),
    (date(2030, 9, 11), L.FOLLOW_UP, "dag cia"),
    (date(2030, 12, 17), L.RENEWAL, "bo anna"),
    (date(2031, 2, 3), L.DECISION_REQUEST, "helena"),
    (date(2031, 2, 5), L.OUTCOME, "elin gun"),
    (date(2031, 2, 5), L.DISTRIBUTION, "anna bo oskar"),
)


class Years:
    """The years going by: the calendar looks when it wakes, and the post goes out."""

    def __init__(self, engine: Engine) -> None:
        look = Look(organisation="Region Sjöviken")
        self.region = Region.founded(engine, on=MADE, press=Printer(look)).with_a_neighbour(MADE)
        self.carrier = RecordingCarrier()
        self.today = MADE

    def until(self, day: date) -> Region:
        """Everything the calendar does and the post carries, up to and including this day."""
        while (wake := self.region.next_wake()) is not None and wake <= day:
            self.today = wake
            self.region.sweep(wake)
            self.post()
        self.today = day
        self.post()
        return self.region

    def post(self) -> None:
        """Deliver what lies in the outbox; who is reached is then distributed to."""
        self.region.delivers(self.carrier, on=self.today)
        self.region.sweep(self.today)


@pytest.mark.slow
def test_a_charter_lives_its_whole_life(engine: Engine) -> None:
    years = Years(engine)
    region = years.region

    council = drafted_refused_and_corrected(years)
    reviewed_sent_back_and_resubmitted(years, council)
    group = region.in_review("narvard", on=date(2026, 6, 15), valid_through=date(2028, 6, 30))
    both_are_approved_and_distributed(years, council, group)

    years.until(date(2028, 6, 30))
    assert region.state(group) is State.EXPIRING
    years.until(date(2028, 7, 1))
    assert region.state(group) is State.EXPIRED
    assert in_force_on(region, "narvard", date(2028, 7, 1)) is None
    later = renewed(years, "narvard", asked=date(2028, 9, 4), decided=date(2028, 9, 11))
    assert region.group("narvard").gap_since is None

    years.until(date(2030, 6, 17))
    assert region.state(council) is State.EXPIRING
    following = renewed(
        years,
        "rorelse",
        asked=date(2031, 2, 3),
        decided=date(2031, 2, 5),
        valid_from=date(2031, 6, 18),
    )
    years.until(date(2031, 6, 17))
    assert in_force_on(region, "rorelse", date(2031, 6, 17)) == council
    years.until(END)
    assert in_force_on(region, "rorelse", date(2031, 6, 18)) == following

    assert {one: region.state(one) for one in (council, group, later, following)} == {
        council: State.SUPERSEDED,
        group: State.EXPIRED,
        later: State.DISTRIBUTED,
        following: State.DISTRIBUTED,
    }
    every_letter_came_on_its_day(years)
    every_journal_tells_the_life(region, council, group)
    every_paper_is_kept(region, council)


# --- the chapters --------------------------------------------------------------------------------


def drafted_refused_and_corrected(years: Years) -> int:
    region = years.region
    council = region.draft(on=MADE, document=a_charter(area="xxx"))
    refused = region.refuses("sara", Act.SUBMIT, council, on=MADE, conflict=False)
    assert isinstance(refused, Refused)
    assert refused.rules == ("document_has_no_errors",)
    assert "Platshållaren ”xxx”" in refused.reasons[0].sv
    region.does("sara", Act.EDIT, council, on=MADE + DAY, document=a_charter())
    region.submitted(council, on=MADE + DAY)
    return council


def reviewed_sent_back_and_resubmitted(years: Years, council: int) -> None:
    region = years.until(date(2026, 6, 2))
    region.does("helena", Act.ASK_OPINION, council, on=date(2026, 6, 3), to="rolf")
    region.does(
        "rolf", Act.OPINION, council, on=date(2026, 6, 4), supports=False, statement="Hur ofta?"
    )
    years.until(date(2026, 6, 5))
    region.does(
        "helena", Act.SEND_BACK, council, on=date(2026, 6, 5), reason="Skriv hur ofta ni ses."
    )
    years.until(date(2026, 6, 9))
    clearer = with_tasks(a_charter(), "Följ väntetiderna. Rådet möts fyra gånger om året.")
    region.does("sara", Act.EDIT, council, on=date(2026, 6, 9), document=clearer)
    region.submitted(council, on=date(2026, 6, 9))
    assert region.charter(council).round == 2
    years.until(date(2026, 6, 15))


def both_are_approved_and_distributed(years: Years, council: int, group: int) -> None:
    decided = date(2026, 6, 17)
    region = years.until(decided)
    for charter in (council, group):
        region.decided(charter, on=decided)
        assert region.state(charter) is State.APPROVED
    years.post()
    for charter in (council, group):
        assert {one.outcome for one in region.recipients(charter)} == {"accepted"}
        assert region.state(charter) is State.DISTRIBUTED
    assert region.in_force(council) == (decided, date(2031, 6, 17))


def renewed(
    years: Years, group: str, *, asked: date, decided: date, valid_from: date | None = None
) -> int:
    """Elin renews the group's charter with its text unchanged: a new decision."""
    region = years.until(asked)
    charter = region.does(
        "elin", Act.RENEW, on=asked, group=group, valid_from=valid_from
    ).charter_id
    region.submitted(charter, on=asked, by="elin")
    years.until(decided)
    region.decided(charter, on=decided)
    years.post()
    return charter


# --- what is left of it --------------------------------------------------------------------------


def every_letter_came_on_its_day(years: Years) -> None:
    sent = sorted((one.day, one.letter.value, one.to) for one in years.region.letters())
    expected = sorted(
        (day, letter.value, one) for day, letter, people in EXPECTED for one in people.split()
    )
    assert sent == expected
    assert {row.state for row in years.region.outbox()} == {"sent"}
    assert len(years.carrier.carried) == len(expected)


def every_journal_tells_the_life(region: Region, council: int, group: int) -> None:
    told = {one: [row.act for row in region.journal(one)] for one in (council, group)}
    assert told[council] == [
        "draft",
        "edit",
        "submit",
        "ask-opinion",
        "opinion",
        "send-back",
        "edit",
        "submit",
        "approve",
        "distribute",
        "enter-renewal",
        "supersede",
    ]
    assert told[group] == [
        "draft",
        "submit",
        "approve",
        "distribute",
        "enter-renewal",
        "skipped",  # the second follow-up, the day of the last warning
        "expire",
    ]
    for one in told:
        assert replayed(region.journal(one)) is region.state(one)


def every_paper_is_kept(region: Region, council: int) -> None:
    with reading(region.engine) as connection:
        papers = connection.execute(
            select(PaperKept).where(PaperKept.charter_id == council).order_by(PaperKept.id)
        ).all()
    assert [(one.paper, one.filename.rpartition(".")[2]) for one in papers] == [
        ("draft", "pdf"),
        ("draft", "pdf"),
        ("decision", "pdf"),
        ("decision", "docx"),
    ]
    *_, pdf, word = papers
    with pdfplumber.open(BytesIO(pdf.body)) as opened:
        printed = " ".join(page.extract_text() for page in opened.pages)
    written = " ".join(part.text for part in WordFile(BytesIO(word.body)).paragraphs)
    for text in (printed, written):
        assert "Rådet möts fyra gånger om året." in text
    for fact in ("Helena Ask", "2031-06-17", "Delegation 4.1", "RS 2026-00412"):
        assert fact in printed


def in_force_on(region: Region, group: str, day: date) -> int | None:
    with reading(region.engine) as connection:
        row = in_force(connection, region.group(group, connection).id, day)
    return row.id if row else None
