"""Comparing: accepting all gives the new text, rejecting all the old, and both are said well."""

from hypothesis import given, settings

from documents import compare
from documents.kinds import kind
from models.document import Contact, Document, ItemList, Named, Run
from tests.documents.charters import sample
from tests.documents.documents_at_random import documents

FORM = kind("charter").in_("sv")


def with_points(document: Document, key: str, *points: str) -> Document:
    """The document with points added to the first list of a section."""
    sections = []
    for section in document.sections:
        if section.key == key:
            blocks = tuple(
                block.model_copy(
                    update={"items": (*block.items, *((Run(text=one),) for one in points))}
                )
                if isinstance(block, ItemList)
                else block
                for block in section.blocks
            )
            section = section.model_copy(update={"blocks": blocks})
        sections.append(section)
    return document.model_copy(update={"sections": tuple(sections)})


def reworded(document: Document, old: str, new: str) -> Document:
    return Document.model_validate_json(document.model_dump_json().replace(old, new))


@given(documents, documents)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_accepting_all_gives_the_new_and_rejecting_all_the_old(
    old: Document, new: Document
) -> None:
    comparison = compare(old, new)
    assert comparison.accepted() == compare(new, new).accepted()
    assert comparison.rejected() == compare(old, old).rejected()
    assert comparison.unchanged == (old == new)


@given(documents)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_document_is_unchanged_beside_itself(document: Document) -> None:
    comparison = compare(document, document)
    assert comparison.unchanged
    assert comparison.summary("sv") == "Texten är oförändrad."


def test_the_summary_says_what_changed_in_one_paragraph() -> None:
    old = sample("rorelseorganen")
    new = reworded(old, "4 till maximalt 8 ggr/år", "6–10 ggr/år")
    new = with_points(new, "tasks", "ordna en årlig dag", "svara på frågor")
    assert (
        compare(old, new)
        .summary("sv")
        .startswith(
            "Mötesfrekvens: 4–8 blir 6–10 ggr/år. Två punkter tillagda i Uppdragsbeskrivning."
        )
    )
    assert "Two points added in Uppdragsbeskrivning." in compare(old, new).summary("en")
    assert "Två punkter borttagna i Uppdragsbeskrivning." in compare(new, old).summary("sv")


def test_the_summary_reads_as_a_colleague_would_say_it() -> None:
    old = sample("rorelseorganen")
    for new, said in (
        (reworded(old, "4 till maximalt 8 ggr/år", "6–10 ggr/år"),
         "Mötesfrekvens: 4–8 blir 6–10 ggr/år."),
        (reworded(old, "4 till maximalt 8 ggr/år", "minst 4 ggr/år"),
         "Mötesfrekvens: 4–8 blir minst 4 ggr/år."),
        (reworded(old, "4 till maximalt 8 ggr/år", "vid behov"),
         "Mötesfrekvens: 4–8 ggr/år blir vid behov."),
        (reworded(old, "inom en vecka", "inom två veckor"),
         "Kommunikation: ”en vecka” blir ”två veckor”."),
        (reworded(old, '"text":"Stöd:","bold":true', '"text":"Stöd:","bold":false'),
         "Bara formateringen är ändrad."),
        (old.model_copy(update={"registry_number": "RS 2027-00001"}),
         "Diarienummer: RS 2026-00412 blir RS 2027-00001."),
        (old.model_copy(update={"commissioner": Named(name="Anna Ek", title="regiondirektör")}),
         "Uppdragsgivare: Anna Ek, regiondirektör (förut Mikael Lindvall, utvecklingsdirektör)."),
        (old.model_copy(update={"handler": Contact()}),
         "Handläggare anges inte längre (förut Sara Nyberg)."),
        (old.model_copy(update={"sections": old.sections[2:]}),
         "Avsnitten Syfte med uppdraget och Uppdragsbeskrivning är borttagna."),
        (old.model_copy(update={"recipients": old.recipients[::-1]}),
         "Mottagarna står i ny ordning."),
        (old.model_copy(update={"recipients": ()}),
         "Fyra mottagare är borttagna."),
        (old.model_copy(update={"preamble": ()}),
         "Inledningen är borttagen."),
    ):  # fmt: skip
        assert compare(old, new).summary("sv") == said


@given(documents, documents)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_summary_is_never_empty_and_speaks_both_languages(old: Document, new: Document) -> None:
    comparison = compare(old, new)
    assert comparison.summary("sv").endswith(".")
    assert comparison.summary("en").endswith(".")


def test_new_gone_and_moved_sections_are_named() -> None:
    old = sample("rorelseorganen")
    without = old.model_copy(update={"sections": old.sections[1:]})
    assert compare(old, without).summary("sv") == "Avsnittet Syfte med uppdraget är borttaget."
    assert compare(without, old).summary("sv") == "Nytt avsnitt: Syfte med uppdraget."
    turned = old.model_copy(update={"sections": (*old.sections[1:], old.sections[0])})
    assert compare(old, turned).summary("sv") == "Avsnittet Syfte med uppdraget är flyttat."


def test_a_renamed_section_is_the_same_section() -> None:
    old = sample("kontaktperson")
    new = reworded(old, "Ekonomi och genomförande", "Kostnader")
    new = reworded(new, "ekonomi_och_genomforande", "kostnader")
    expected = "Avsnittet Ekonomi och genomförande heter nu Kostnader."
    assert compare(old, new).summary("sv") == expected


def test_recipients_who_come_and_go_are_named() -> None:
    old = sample("rorelseorganen")
    new = old.model_copy(update={"recipients": old.recipients[:-1]})
    assert compare(old, new).summary("sv").startswith("Inte längre mottagare: Oskar Dahl")
    assert compare(new, old).summary("sv").startswith("Ny mottagare: Oskar Dahl")


def test_html_says_aloud_what_came_and_went_and_escapes_the_rest() -> None:
    old = sample("rorelseorganen")
    new = reworded(old, "Rådet leder inte någon", "Rådet leder <ingen>")
    written = compare(old, new).as_html("sv")
    assert '<del><span class="visually-hidden">Borttaget: </span>' in written
    assert '<ins><span class="visually-hidden">Tillagt: </span>' in written
    assert "&lt;ingen&gt;" in written
    assert "<ingen>" not in written


def test_text_for_a_letter_marks_what_came_and_went() -> None:
    old = sample("rorelseorganen")
    written = compare(old, reworded(old, "fem företrädare", "")).as_text("sv")
    assert written == "Texten är oförändrad."
    written = compare(old, reworded(old, "inom en vecka", "inom två veckor")).as_text("sv")
    assert "[-en vecka,-] {+två veckor,+}" in written


def test_only_a_style_that_changes_is_a_change() -> None:
    old = sample("rorelseorganen")
    new = reworded(old, '"text":"Stöd:","bold":true', '"text":"Stöd:","bold":false')
    assert not compare(old, new).unchanged
