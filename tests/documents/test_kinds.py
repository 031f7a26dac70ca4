"""Forms are data: an organisation adds one without touching Python."""

from pathlib import Path

import pytest

from documents import UnknownKind, blank, kind, kinds, problems_of, read, write_text
from models.document import Document


def test_there_are_two_kinds_in_two_languages() -> None:
    assert [one.key for one in kinds()] == ["charter", "executive_decision"]
    assert all(set(one.forms) == {"sv", "en"} for one in kinds())


def test_a_charter_lasts_five_years_and_an_executive_decision_has_no_term() -> None:
    assert kind("charter").longest_term_years == 5
    assert kind("charter").required_recipients == ("chair", "coordinator", "registry_keeper")
    assert kind("executive_decision").longest_term_years is None


def test_an_unknown_kind_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownKind):
        kind("invoice")


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", ["charter", "executive_decision"])
def test_both_languages_of_a_form_describe_the_same_sections_and_fields(
    name: str, language: str
) -> None:
    swedish, english = kind(name).in_("sv"), kind(name).in_("en")
    assert [one.key for one in swedish.sections] == [one.key for one in english.sections]
    assert set(swedish.fields) == set(english.fields)
    assert set(swedish.duties) == set(english.duties) == set(swedish.duty_names)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", ["charter", "executive_decision"])
def test_a_blank_form_has_all_headings_and_is_read_back_as_itself(name: str, language: str) -> None:
    form: Document = blank(name, language)  # type: ignore[arg-type]
    assert [one.key for one in form.sections] == [
        one.key for one in kind(name).in_(form.language).sections if not one.optional
    ]
    assert read(write_text(form).encode(), "blank.md").document == form
    assert any(one.level == "error" for one in problems_of(form))


@pytest.fixture
def steering_forms(tmp_path: Path) -> Path:
    """A folder with a form of the organisation's own: terms of a steering group, in English."""
    folder = tmp_path / "steering_group"
    folder.mkdir()
    (folder / "kind.yaml").write_text(
        "names: {en: Steering terms}\n"
        "longest_term_years: 2\n"
        "required: [title, commissioner]\n"
        "required_sections: [scope]\n"
        "required_recipients: [chair]\n"
        "distinctive: [commissioner]\n"
        "form: [document_date, commissioner]\n"
    )
    (folder / "en.yaml").write_text(
        "names: [Steering terms]\n"
        "sections:\n"
        "  - {key: scope, heading: Scope of the project, aliases: [Scope]}\n"
        "  - {key: powers, heading: Powers, aliases: []}\n"
        "fields: {commissioner: [Project owner]}\n"
        "recipients: {heading: Copies to}\n"
    )
    return tmp_path


def test_a_form_of_the_organisations_own_is_read(steering_forms: Path) -> None:
    text = (
        "Steering terms\n\n# Steering terms for the harbour project\n\nProject owner: Li Ek\n\n"
        "Scope\n\nThe new quay.\n\nPowers\n\nNone.\n\nCopies to\n\n- The chair\n"
    )
    reading = read(text.encode(), "terms.md", extra=steering_forms)
    assert reading.document.kind == "steering_group"
    assert reading.document.commissioner.name == "Li Ek"
    assert [one.key for one in reading.document.sections] == ["scope", "powers"]
    assert reading.problems == ()
    own = kind("steering_group", steering_forms)
    assert write_text(reading.document, kind=own).startswith("Steering terms\n")
