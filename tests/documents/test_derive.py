"""What follows from the text: meetings, references, and whom a line of the list means."""

import pytest

from documents import Addressee, addressee_of, meetings_of, references_of, registry_number
from models.document import Document, Paragraph, RecipientLine, Run, Section
from tests.documents.charters import sample


def saying(text: str, language: str = "sv") -> Document:
    section = Section(
        key="work_organisation", heading="x", blocks=(Paragraph(runs=(Run(text=text),)),)
    )
    return Document.model_validate(
        {"kind": "charter", "language": language, "group": "Rådet", "sections": (section,)}
    )


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("4 till maximalt 8 ggr/år.", 4, 8),
        ("6 – 10 ggr/år", 6, 10),
        ("6–10 gånger per år", 6, 10),
        ("två- fyra gånger per år", 2, 4),
        ("minst fyra gånger om året", 4, None),
        ("högst 6 ggr/år", None, 6),
        ("minst 4 och högst 6 gånger per år", 4, 6),
        ("vid behov", None, None),
        ("en gång per månad", 12, 12),
        ("varje månad", 12, 12),
        ("1-2 gånger per termin", 2, 4),
        ("en gång i kvartalet", 4, 4),
        ("åtta möten årligen", 8, 8),
    ],
)
def test_the_meeting_frequency_is_read_as_numbers(
    text: str, least: int | None, most: int | None
) -> None:
    meetings = meetings_of(saying(f"Mötesfrekvens: {text}"))
    assert meetings is not None
    assert (meetings.min, meetings.max) == (least, most)


def test_english_meetings_are_read_too() -> None:
    meetings = meetings_of(sample("digital-care"))
    assert meetings is not None
    assert (meetings.min, meetings.max) == (4, 6)


def test_a_sentence_about_the_group_itself_counts_and_one_about_others_does_not() -> None:
    own = meetings_of(saying("Rådet träffas fyra gånger per år."))
    assert own is not None
    assert own.max == 4
    assert meetings_of(saying("En referenspanel träffas två gånger per år.")) is None


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("RS 2024-00784", "RS 2024-00784"),
        ("RS 2019-03137-40", "RS 2019-03137-40"),
        ("RS 2024 – 00370", "RS 2024-00370"),
        ("SSN\u00a02023-00470", "SSN 2023-00470"),
        ("rs 2024-00784", "RS 2024-00784"),
        ("RS2024-00784", "RS 2024-00784"),
        ("dnr RS 2024/00784", "RS 2024-00784"),
        ("0599-10 20 30", None),
        ("tfn 010-2024 1234", None),
        ("2024-05-20", None),
    ],
)
def test_a_registry_number_has_one_spelling(written: str, spelled: str | None) -> None:
    assert registry_number(written) == spelled


def test_references_are_named_once_without_the_documents_own() -> None:
    document = saying(
        "Se ”Rutin för råd” (RS 2024 – 00118), RS 2024-00118 och RS 2026-00001. Åren HS 2022-2024."
    ).model_copy(update={"registry_number": "RS 2026-00001"})
    assert [(one.registry_number, one.title) for one in references_of(document)] == [
        ("RS 2024-00118", "Rutin för råd")
    ]


@pytest.mark.parametrize(
    ("who", "purpose", "addressee"),
    [
        ("Ordförande för Samordningsråd rörelseorganen", None, Addressee("chair")),
        ("Ordförande samordningsråd", None, Addressee("chair")),
        ("Ordföranden", None, Addressee("chair")),
        ("Vice ordförande i rådet", None, Addressee("vice_chair")),
        (
            "Ordförande för samordningsgrupp nära vård",
            None,
            Addressee("chair", "Samordningsgrupp nära vård"),
        ),
        ("Koordinator", None, Addressee("coordinator")),
        ("Oskar Dahl", "för uppdatering av registret", Addressee("registry_keeper")),
        ("Oskar Dahl", "för kännedom", Addressee(None)),
    ],
)
def test_a_line_of_the_list_means_a_duty_in_a_group(
    who: str, purpose: str | None, addressee: Addressee
) -> None:
    line = RecipientLine(who=who, purpose=purpose)
    assert addressee_of(line, sample("rorelseorganen")) == addressee
