"""What a careful registrar points out, and what she lets pass."""

from datetime import date
from pathlib import Path

import pytest

from documents import problems_of, read
from models.document import DecisionLine, Document, RecipientLine
from tests.documents.charters import SAMPLES, codes, sample


def changed(**fields: object) -> Document:
    return sample("rorelseorganen").model_copy(update=fields)


def found(document: Document) -> list[tuple[str, str]]:
    return [(one.code, one.field) for one in problems_of(document)]


@pytest.mark.parametrize("name", ["rorelseorganen", "nara-vard", "kontaktperson", "digital-care"])
def test_a_good_sample_has_no_problems(name: str) -> None:
    assert problems_of(sample(name)) == ()


def test_the_first_draft_is_refused_for_its_placeholder_and_its_missing_recipient() -> None:
    problems = problems_of(sample("nara-vard-forsta-utkast"))
    assert codes(problems, "error") == ["placeholder", "missing_recipient"]
    assert codes(problems, "warning") == ["help_text", "odd_registry_number"]
    assert "xxx" in problems[0].message.sv
    assert "Ansvarsområde" in problems[0].message.sv
    assert "koordinator" in problems[1].message.sv


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("Per Extern, per.extern(a)kommunen.example, för kännedom", True),
        ("Per Extern, per.extern@kommunenexample, för kännedom", True),
        ("Per Extern <per.extern@kommunen.example>, för kännedom", False),
        ("Per Extern (mailto:per.extern@kommunen.example), för kännedom", False),
        ("Ordförande för rådet (a), för genomförande", False),
    ],
)
def test_what_is_meant_as_an_address_and_is_none_is_an_error(line: str, broken: bool) -> None:
    listed = sample("rorelseorganen").recipients
    per = RecipientLine(who="Per Extern", purpose="för kännedom", raw=line)
    problem = ("broken_address", f"recipients.{len(listed)}")
    assert (problem in found(changed(recipients=(*listed, per)))) is broken


@pytest.mark.parametrize(
    "text",
    ["XXX", "xxxx", "[ange grupp]", "ÅÅÅÅ-MM-DD", "Klicka eller tryck här för att ange text."],
)
def test_a_placeholder_is_an_error_wherever_it_stands(text: str) -> None:
    assert ("placeholder", "area") in found(changed(area=text))
    written = (SAMPLES / "rorelseorganen.md").read_text()
    section = read(written.replace("Minnesanteckningar", text).encode(), "x.md")
    assert ("placeholder", "sections.communication") in [
        (one.code, one.field) for one in section.problems
    ]


@pytest.mark.parametrize("field", ["title", "group", "registry_number", "commissioner", "assignee"])
def test_a_field_the_kind_requires_is_an_error_when_it_is_missing(field: str) -> None:
    empty = Document(kind="charter")
    assert ("missing_field", field) in found(changed(**{field: getattr(empty, field), "raw": {}}))


def test_a_field_the_kind_expects_is_only_a_warning() -> None:
    problems = problems_of(changed(document_date=None, raw={}))
    assert [(one.level, one.code, one.field) for one in problems] == [
        ("warning", "expected_field", "document_date")
    ]


def test_a_section_the_kind_requires_must_say_something() -> None:
    document = sample("rorelseorganen")
    emptied = tuple(
        one.model_copy(update={"blocks": ()}) if one.key == "tasks" else one
        for one in document.sections
    )
    assert found(changed(sections=emptied)) == [("missing_section", "sections.tasks")]


def test_a_term_is_at_most_five_years_and_the_last_day_counts() -> None:
    begins = date(2026, 6, 17)
    assert found(changed(valid_from=begins, valid_through=date(2031, 6, 17))) == []
    problems = problems_of(changed(valid_from=begins, valid_through=date(2031, 6, 18)))
    assert [one.code for one in problems] == ["term_too_long"]
    assert "2031-06-17" in problems[0].message.sv


def test_a_term_from_the_29th_of_february_ends_on_the_28th() -> None:
    begins = date(2028, 2, 29)
    assert found(changed(valid_from=begins, valid_through=date(2033, 2, 28))) == []
    assert "term_too_long" in [
        code for code, _ in found(changed(valid_from=begins, valid_through=date(2033, 3, 1)))
    ]


def test_a_document_cannot_end_before_it_begins() -> None:
    document = changed(valid_from=date(2026, 6, 17), valid_through=date(2026, 6, 16))
    assert found(document) == [("ends_before_it_begins", "valid_through")]


def test_a_date_that_is_none_is_an_error() -> None:
    text = (SAMPLES / "rorelseorganen.md").read_text().replace("2026-05-20", "31 juni 2026")
    problems = read(text.encode(), "x.md").problems
    assert ("unreadable_date", "document_date") in [(one.code, one.field) for one in problems]


def test_a_decision_date_already_filled_in_is_a_warning() -> None:
    document = changed(decision=DecisionLine(date=date(2026, 6, 17)))
    assert found(document) == [("decision_date_filled_in", "decision.date")]


def test_the_same_recipient_twice_and_two_on_a_line_are_pointed_out() -> None:
    lines = sample("rorelseorganen").recipients
    glued = RecipientLine(who="Registrator", raw="Ordförande för gruppenKoordinator för gruppen")
    assert found(changed(recipients=(*lines, lines[0], glued))) == [
        ("same_recipient_twice", "recipients.4"),
        ("run_together", "recipients.5"),
    ]


def test_points_run_together_are_pointed_out_where_they_stand() -> None:
    text = (SAMPLES / "nara-vard.md").read_text()
    glued = text.replace("under helger,\n- samordna", "under helger. • Samordna")
    problems = read(glued.encode(), "x.md").problems
    assert [(one.code, one.field) for one in problems] == [("run_together", "sections.tasks")]


def test_every_problem_is_said_in_both_languages(tmp_path: Path) -> None:
    for problem in problems_of(Document(kind="charter")):
        assert problem.message.sv != problem.message.en
        assert "{" not in problem.message.sv + problem.message.en
