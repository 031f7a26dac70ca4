"""Many at once: read with a report on each file, put right, and recorded together or not at all."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from casework import importing
from casework.importing import FileReport, InForce, Matched, Read, Stands
from documents import Reader
from documents.unpack import Handed
from models.document import Named
from models.session import reading, transaction
from models.tables import Charter, Import, ImportedFile
from statemachine.machine import NotInTheLife
from statemachine.vocabulary import State
from tests.builders import Region, a_charter, an_executive_decision
from tests.casework.handed_in import TODAY, Importing, as_file, decided
from tests.documents.test_unpack import zipped

FIRST, SECOND, THIRD = date(2016, 4, 1), date(2021, 4, 2), date(2025, 6, 1)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One process that tends those that read, for every proof here."""
    with Reader() as one:
        yield one


def why(one: FileReport) -> str:
    assert all(words.sv != words.en and "{" not in words.sv + words.en for words in one.obstacles)
    return " ".join(words.sv for words in one.obstacles)


# --- reading -------------------------------------------------------------------------------------


def test_every_file_is_read_and_reported_whatever_it_is(anywhere: Region, reader: Reader) -> None:
    anywhere.with_a_neighbour()
    brought = Importing.read(
        anywhere,
        reader,
        as_file("rorelse.docx", decided(THIRD)),
        as_file("narvard.pdf", decided(FIRST, "narvard")),
        as_file("roll.md", an_executive_decision(decision=decided(SECOND).decision)),
        Handed("bilder.zip", zipped(("bild.md", b"text"))),
        Handed("protokoll.txt", "Protokoll från mötet. Alla var där.".encode()),
        Handed("trasig.pdf", b"%PDF-1.7 och sedan inget"),
        passed_over=("Thumbs.db",),
    )
    report = brought.report()
    assert (report.state, report.passed_over) == (Stands.READY, ("Thumbs.db",))
    in_force, lapsed, of_a_role, archive, minutes, broken = report.files
    assert (in_force.group_name, in_force.matched) == ("Samordningsråd rörelse", Matched.EXACT)
    assert in_force.terms is not None
    assert in_force.terms.decided_on == THIRD
    assert (in_force.terms.decided_by, in_force.terms.decided_as) == (
        "Karl Ljung",
        "Sjukvårdsdirektör",
    )
    assert (in_force.terms.valid_from, in_force.terms.ends_on) == (THIRD, date(2030, 6, 1))
    assert (in_force.in_force, in_force.becomes) == (InForce.IN_FORCE, State.DISTRIBUTED)
    assert (lapsed.in_force, lapsed.becomes) == (InForce.LAPSED, State.EXPIRED)
    assert (of_a_role.group_name, of_a_role.becomes) == (None, State.DISTRIBUTED)
    assert [one.reading for one in (archive, minutes, broken)] == [
        Read.UNREADABLE,
        Read.NOT_A_CHARTER,
        Read.UNREADABLE,
    ]
    assert "zip-arkiv bland de andra" in why(archive)
    assert (minutes.left_out, minutes.obstacles) == (True, ())
    assert minutes.remarks == ()
    assert why(broken)
    assert {one.name for one in report.in_the_way} == {"bilder.zip", "trasig.pdf"}
    assert len(report.to_record) == 3


def test_another_request_sees_how_far_the_reading_has_come(region: Region, reader: Reader) -> None:
    brought = Importing.begun(
        region, reader, *(as_file(f"{n}.md", decided(date(2020, 1, 1 + n))) for n in range(2))
    )
    seen = []
    for now in brought.reads_on():
        with reading(region.engine) as connection:
            seen.append(importing.progress(connection, brought.id))
        assert seen[-1] == now
    assert [(one.state, one.read, one.files) for one in seen] == [
        (Stands.READING, 0, 2),
        (Stands.READING, 1, 2),
        (Stands.READY, 2, 2),
    ]


def test_reading_that_was_interrupted_goes_on_where_it_was(region: Region, reader: Reader) -> None:
    brought = Importing.begun(
        region, reader, *(as_file(f"{n}.md", decided(date(2020, 1, 1 + n))) for n in range(3))
    )
    interrupted = brought.reads_on()
    next(interrupted)
    next(interrupted)
    interrupted.close()  # type: ignore[attr-defined]
    assert "Alla filer är inte lästa" in brought.refuses()[0]
    assert [now.read for now in brought.reads_on()] == [1, 2, 3]


def test_an_import_dropped_while_it_is_read_stays_dropped(region: Region, reader: Reader) -> None:
    brought = Importing.begun(region, reader, as_file("a.md", decided(FIRST)))
    under_way = brought.reads_on()
    next(under_way)
    brought.drops()
    list(under_way)
    assert brought.report().state is Stands.DROPPED
    assert brought.report().files == ()


# --- which group ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "matched"),
    [
        ({"group": "Samordningsråd rörelse"}, Matched.EXACT),
        ({"group": "SAMORDNINGSRÅD  Rörelse"}, Matched.FOLDED),
        ({"group": "Samordningsråd rörelsen"}, Matched.NEAREST),
        ({"group": "Rådet", "title": "Uppdrag för Samordningsråd rörelse"}, Matched.NAMED),
        ({"group": "Beredningsgrupp diabetes", "recipients": (), "assignee": "Alla"}, None),
    ],
)
def test_how_surely_a_group_is_matched_is_said(
    region: Region, said: dict[str, Any], matched: Matched | None
) -> None:
    region.with_a_neighbour()
    document = decided(FIRST, title="Uppdragshandling", recipients=(), assignee="Alla")
    with reading(region.engine) as connection:
        match = importing.Groups(connection).match(document.model_copy(update=said))
    assert (match.matched if match else None) == matched
    if match is not None:
        assert match.group_id == region.group().id
        assert (match.score < 100) is (matched is Matched.NEAREST)


def test_a_group_that_is_only_guessed_must_be_confirmed(region: Region, reader: Reader) -> None:
    document = decided(
        THIRD,
        group="Samordningsråd rörelsen",
        title="Uppdragshandling",
        recipients=(),
        assignee="?",
    )
    brought = Importing.read(region, reader, as_file("a.md", document))
    guessed = brought.file("a.md")
    assert guessed.matched is Matched.NEAREST
    assert guessed.score is not None
    assert f"till {guessed.score} procent" in why(guessed)
    assert "Samordningsråd rörelsen" in brought.refuses()[0]
    confirmed = brought.corrects("a.md", group="rorelse")
    assert (confirmed.matched, confirmed.obstacles) == (Matched.SAID, ())
    assert brought.commits().charters


def test_a_charter_of_no_known_group_stands_in_the_way(region: Region, reader: Reader) -> None:
    unknown = decided(FIRST, group="Xenon", title="Xenon", assignee="Xenon", recipients=())
    brought = Importing.read(region, reader, as_file("a.md", unknown))
    assert "Ingen grupp stämmer" in why(brought.file("a.md"))
    assert brought.corrects("a.md", left_out=True).obstacles == ()
    assert "inga filer att registrera" in brought.refuses()[0]


# --- putting right -------------------------------------------------------------------------------


def test_all_that_keeps_a_file_from_being_recorded_is_said_at_once(
    region: Region, reader: Reader
) -> None:
    brought = Importing.read(
        region, reader, as_file("a.md", a_charter(decision=a_charter().decision, valid_from=None))
    )
    one = brought.file("a.md")
    assert "Ange vilken dag uppdraget beslutades" in why(one)
    assert "Ange från och med vilken dag" in why(one)
    assert (one.becomes, one.in_force) == (None, None)
    corrected = brought.corrects("a.md", decided_on=THIRD, decided_by="  Eva  Ek ", decided_as="VD")
    assert corrected.obstacles == ()
    assert corrected.terms is not None
    assert (corrected.terms.decided_by, corrected.terms.valid_from) == ("Eva Ek", THIRD)
    emptied = brought.corrects("a.md", decided_by="", decided_on=None)
    assert "Ange vilken dag" in why(emptied)


def test_what_cannot_be_put_right_changes_nothing(region: Region, reader: Reader) -> None:
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    before = brought.report()
    with transaction(region.engine) as connection:
        at = region.sitting(connection, "oskar", TODAY)
        with pytest.raises(importing.Miscorrected) as refused:
            importing.correct(
                connection,
                brought.id,
                {before.files[0].id: {"group": "ingen", "decided_on": FIRST}, 917: {}},
                at=at,
            )
    assert len(refused.value.reasons) == 2
    assert brought.report() == before


def test_two_files_about_the_same_days_stand_in_each_others_way(
    region: Region, reader: Reader
) -> None:
    earlier, later = decided(date(2019, 4, 1)), decided(date(2022, 4, 1))
    brought = Importing.read(region, reader, as_file("a.md", earlier), as_file("b.md", later))
    first, second = brought.report().files
    assert "b.md, som registreras samtidigt" in why(first)
    assert "a.md, som registreras samtidigt" in why(second)
    assert "sista dag 2022-03-31" in why(first)
    assert "sista dag" not in why(second).replace("ange dess sista dag", "")
    assert len(brought.refuses()) == 3
    brought.corrects("a.md", ends_on=date(2022, 3, 31))
    assert brought.report().in_the_way == ()
    assert brought.file("a.md").becomes is State.SUPERSEDED


def test_the_same_file_and_the_same_document_twice_are_found(
    region: Region, reader: Reader
) -> None:
    document = decided(THIRD)
    file = as_file("a.md", document)
    brought = Importing.read(
        region,
        reader,
        file,
        Handed("b.md", file.body),
        Handed("c.md", file.body + b"\n\n"),
    )
    assert "Samma fil finns två gånger, som nr 2 (b.md)" in why(brought.file("a.md"))
    assert "Samma handling finns två gånger, som nr 1 (a.md)" in why(brought.file("c.md"))
    brought.corrects("b.md", left_out=True)
    brought.corrects("c.md", left_out=True)
    assert brought.report().in_the_way == ()


# --- together or not at all ----------------------------------------------------------------------


def test_all_are_recorded_in_one_transaction_and_each_finds_its_place_in_history(
    anywhere: Region, reader: Reader
) -> None:
    brought = Importing.read(
        anywhere,
        reader,
        as_file("ny.docx", decided(THIRD)),
        as_file("gammal.docx", decided(FIRST)),
        as_file("mellan.docx", decided(SECOND)),
    )
    brought.corrects("gammal.docx", ends_on=date(2021, 4, 1))
    brought.corrects("mellan.docx", ends_on=date(2025, 5, 31))
    foreseen = {one.id: one.becomes for one in brought.report().files}
    committed = brought.commits()
    new, old, between = (committed.charters[one] for one in sorted(committed.charters))
    for charter, state in ((old, "superseded"), (between, "superseded"), (new, "distributed")):
        assert anywhere.state(charter) == state
    assert {one: anywhere.state(number) for one, number in committed.charters.items()} == foreseen
    assert (old < between < new) is True
    assert anywhere.charter(new).predecessor_id == between
    assert anywhere.charter(between).predecessor_id == old
    assert anywhere.letters() == []
    assert [row.details["charters"] for row in anywhere.journal(act="commit-import")] == [3]
    assert {row.at for row in anywhere.journal(act="record")} == {
        row.at for row in anywhere.journal(act="commit-import")
    }


def test_one_with_a_gap_before_the_next_has_expired(region: Region, reader: Reader) -> None:
    brought = Importing.read(
        region, reader, as_file("a.md", decided(FIRST)), as_file("b.md", decided(THIRD))
    )
    committed = brought.commits()
    assert committed.states == {State.EXPIRED: 1, State.DISTRIBUTED: 1}


def test_one_file_in_the_way_keeps_all_of_them_out(anywhere: Region, reader: Reader) -> None:
    anywhere.with_a_neighbour()
    brought = Importing.read(
        anywhere,
        reader,
        as_file("a.md", decided(THIRD)),
        as_file("b.md", a_charter("narvard")),
    )
    (reason, *_) = brought.refuses()
    assert reason.startswith("b.md: ")
    with reading(anywhere.engine) as connection:
        assert connection.execute(select(Charter)).all() == []


def test_what_memory_came_to_hold_meanwhile_is_seen(region: Region, reader: Reader) -> None:
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    assert brought.report().in_the_way == ()
    recorded = region.recorded(decided_on=date(2024, 1, 1)).charter_id
    assert f"nummer {recorded}" in brought.refuses()[0]


def test_a_document_recorded_before_is_known_again(region: Region, reader: Reader) -> None:
    file = as_file("a.md", decided(THIRD))
    (charter,) = Importing.read(region, reader, file).commits().charters.values()
    again = Importing.read(region, reader, file)
    assert f"redan registrerad, som nummer {charter}" in why(again.file("a.md"))


def test_what_is_committed_keeps_no_files_and_is_not_committed_twice(
    anywhere: Region, reader: Reader
) -> None:
    brought = Importing.read(anywhere, reader, as_file("a.pdf", decided(THIRD)))
    (charter,) = brought.commits().charters.values()
    assert brought.report().state is Stands.COMMITTED
    (told,) = brought.report().files
    assert (told.charter_id, told.obstacles) == (charter, ())
    with reading(anywhere.engine) as connection:
        row = connection.execute(select(ImportedFile)).one()
    assert (row.body, row.document) == (None, None)
    assert "redan registrerad" in brought.refuses()[0]


def test_what_is_dropped_is_gone_and_the_journal_says_so(region: Region, reader: Reader) -> None:
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    brought.drops()
    with reading(region.engine) as connection:
        assert connection.execute(select(ImportedFile)).all() == []
        assert connection.scalar(select(Import.state)) == "dropped"
    (row,) = region.journal(act="drop-import")
    assert (row.name, row.details["name"]) == ("Oskar Dahl", "uppdrag.zip")
    assert "släppt" in brought.refuses()[0]


def test_a_charter_of_a_group_that_ended_ends_with_it(region: Region, reader: Reader) -> None:
    region.discontinues_group("helena", "rorelse", on=TODAY, effective_day=date(2026, 9, 1))
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    terms = brought.file("a.md").terms
    assert terms is not None
    assert terms.ends_on == date(2026, 8, 31)
    (charter,) = brought.commits().charters.values()
    assert region.charter(charter).ends_on == date(2026, 8, 31)


@pytest.mark.parametrize("who", ["sara", "helena", "bo", "astrid"])
def test_only_the_registry_keeper_imports(region: Region, reader: Reader, who: str) -> None:
    before = region.everything()
    with pytest.raises(NotInTheLife):
        Importing.begun(region, reader, as_file("a.md", decided(THIRD)), who=who)
    assert region.everything() == before
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD)))
    brought.who = who
    for tried in (brought.commits, brought.drops):
        with pytest.raises(NotInTheLife):
            tried()
    with pytest.raises(NotInTheLife):
        brought.corrects("a.md", left_out=True)


def test_an_import_that_is_not_there_is_refused(region: Region) -> None:
    with reading(region.engine) as connection, pytest.raises(importing.NoSuchImport):
        importing.progress(connection, 917)


def test_the_decider_is_a_person_of_the_paper_and_not_of_the_region(
    region: Region, reader: Reader
) -> None:
    line = decided(THIRD).decision.model_copy(update={"maker": Named(name="Ulla Ek", title="VD")})
    brought = Importing.read(region, reader, as_file("a.md", decided(THIRD, decision=line)))
    (charter,) = brought.commits().charters.values()
    (decision,) = region.decisions(charter)
    assert (decision.decided_by, decision.office, decision.decided_on) == ("Ulla Ek", "VD", THIRD)


def test_the_mark_of_a_report_changes_with_all_that_it_hangs_on(
    anywhere: Region, reader: Reader
) -> None:
    one = Importing.read(anywhere, reader, as_file("a.docx", decided(date(2024, 3, 1))))

    def mark() -> object:
        with reading(anywhere.engine) as connection:
            at = anywhere.sitting(connection, "oskar", TODAY)
            return importing.mark(connection, one.id, at=at)

    def changes(does: Callable[[], object]) -> bool:
        before = mark()
        does()
        return mark() != before

    assert not changes(one.report)
    assert changes(lambda: one.corrects("a.docx", decided_by="Gun Åberg"))
    assert changes(lambda: anywhere.draft(on=TODAY))
    assert changes(lambda: anywhere.leaves("bo", on=TODAY))
    assert changes(one.drops)
