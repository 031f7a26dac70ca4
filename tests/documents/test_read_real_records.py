"""The real charters read as a careful registrar would write them down, in every layout.

What they say is written down here as dates, numbers, lengths and digests, never as sentences.
"""

from datetime import date

import pytest

from documents import NotACharter, meetings_of, read, references_of
from tests.documents.charters import codes, digest, needs_real_records, real

pytestmark = needs_real_records

RHEUMATOLOGY = [
    "rheumatology-2026.txt",
    "rheumatology-2026-bold.docx",
    "rheumatology-2026-styles.docx",
    "rheumatology-2026-styles.pdf",
]
PRIMARY_CARE = [
    "primary-care-2025.txt",
    "primary-care-2025-bold.docx",
    "primary-care-2025-styles.docx",
    "primary-care-2025-bold.pdf",
]


@pytest.mark.parametrize("name", RHEUMATOLOGY)
def test_the_rheumatology_charter_is_read_whole(name: str) -> None:
    document = read(real(name), name).document
    assert (document.kind, document.language) == ("charter", "sv")
    assert document.document_date == date(2026, 6, 16)
    assert document.decision.date == date(2026, 6, 17)
    assert document.registry_number == "RS 2024-00784"
    assert document.revision == "reviderad juni 2026"
    assert document.unit == "Koncernkontoret"
    assert document.valid_through is None
    assert document.handler.name is None
    assert [
        digest(text)
        for text in (
            document.title,
            document.organisation,
            document.group,
            document.area,
            document.commissioner.name,
            document.commissioner.title,
            document.assignee,
            document.decision.maker.name,
            document.decision.maker.title,
        )
    ] == [
        "fb3509368273",
        "ef871d8133dd",
        "180384d67622",
        "b15d88ad1871",
        "188ba99c63f7",
        "7906c0b41a75",
        "9871e81d3594",
        "8f8f325eaf7e",
        "284016959b85",
    ]
    assert [(one.key, len(one.text), digest(one.text)) for one in document.sections] == [
        ("purpose", 393, "ec16d7ec5c78"),
        ("tasks", 1597, "fff6287f8921"),
        ("work_organisation", 1441, "d28dd1e0a482"),
        ("boundaries", 1138, "480a98059800"),
        ("communication", 58, "d803b8d3fd43"),
        ("decision_order", 0, "e3b0c44298fc"),
        ("reporting", 553, "4d615d53b78c"),
        ("decision_making", 889, "b3579d2a9530"),
    ]
    assert [digest(block.text) for block in document.preamble] == ["c54a9e4fb1ec"]
    assert [(digest(r.who), digest(r.email), digest(r.purpose)) for r in document.recipients] == [
        ("804e337ab60f", None, "5e4a28efe199"),
        ("2fcddf026fa2", None, None),
        ("a423d8b74bdf", "a826104e9efc", "89b8bdcb3ba6"),
    ]
    meetings = meetings_of(document)
    assert meetings is not None
    assert (meetings.min, meetings.max) == (4, 8)
    assert [one.registry_number for one in references_of(document)] == [
        "RS 2019-03137-40",
        "RS 2024-00370",
        "SSN 2023-00470",
    ]


@pytest.mark.parametrize("name", RHEUMATOLOGY)
def test_the_rheumatology_charter_has_no_errors_but_things_a_registrar_points_out(
    name: str,
) -> None:
    problems = read(real(name), name).problems
    assert codes(problems, "error") == []
    assert [(one.code, one.field) for one in problems] == [
        ("help_text", "decision.date"),
        ("odd_registry_number", "sections.reporting"),
        ("decision_date_filled_in", "decision.date"),
        ("healed_page_break", "sections.tasks"),
        ("healed_page_break", "sections.work_organisation"),
    ]


@pytest.mark.parametrize("name", PRIMARY_CARE)
def test_the_primary_care_charter_is_read_whole(name: str) -> None:
    document = read(real(name), name).document
    assert (document.kind, document.language) == ("charter", "sv")
    assert document.document_date == date(2025, 9, 29)
    assert document.decision.date == date(2025, 10, 6)
    assert document.registry_number == "RS 2025-03199"
    assert document.revision is None
    assert document.unit is None
    assert document.preamble == ()
    assert [
        digest(text)
        for text in (
            document.title,
            document.organisation,
            document.group,
            document.area,
            document.commissioner.name,
            document.commissioner.title,
            document.assignee,
            document.decision.maker.name,
            document.decision.maker.title,
        )
    ] == [
        "92f327488eb2",
        "ef871d8133dd",
        "38fb9a6d25b7",
        "77fdb33a06cf",
        "188ba99c63f7",
        None,
        "97e6a9760579",
        "188ba99c63f7",
        "01a6e8a4b952",
    ]
    assert [(one.key, len(one.text), digest(one.text)) for one in document.sections] == [
        ("purpose", 825, "e0e7de2a89c1"),
        ("tasks", 1394, "d1e6d7d0a2d1"),
        ("work_organisation", 1146, "2bd101619583"),
        ("boundaries", 393, "d083530538fb"),
        ("communication", 59, "7237a3ebeb93"),
        ("decision_order", 0, "e3b0c44298fc"),
        ("reporting", 212, "4e1d6e026a37"),
        ("decision_making", 249, "5632c6d94ad4"),
    ]
    assert [(digest(r.who), digest(r.email), digest(r.purpose)) for r in document.recipients] == [
        ("53801750ae8f", None, "5e4a28efe199"),
        ("f524fc351af0", None, "5e4a28efe199"),
        ("9acb9801351e", None, None),
        ("91c9d5d98fa1", "892d86448ac3", "8c9016b67bce"),
        ("a423d8b74bdf", "a826104e9efc", "89b8bdcb3ba6"),
    ]
    meetings = meetings_of(document)
    assert meetings is not None
    assert (meetings.min, meetings.max) == (6, 10)
    assert [one.registry_number for one in references_of(document)] == [
        "HS 2022-01054",
        "SSN 2023-00470",
    ]


@pytest.mark.parametrize("name", PRIMARY_CARE)
def test_the_primary_care_charter_only_has_its_decision_date_pointed_out(name: str) -> None:
    problems = read(real(name), name).problems
    assert [(one.level, one.code) for one in problems] == [("warning", "decision_date_filled_in")]


def test_links_of_the_text_survive() -> None:
    document = read(real(RHEUMATOLOGY[0]), "charter.txt").document
    links = [
        run.link
        for section in document.sections
        for block in section.blocks
        if block.type == "paragraph"
        for run in block.runs
        if run.link
    ]
    assert len(links) == 1
    assert links[0].startswith("https://")


def test_the_slide_deck_is_refused_and_named() -> None:
    with pytest.raises(NotACharter) as refusal:
        read(real("meeting-slides-2025.txt"), "slides.txt")
    assert "uppdragsgivare" in refusal.value.words.sv
    assert "bilder till ett möte" in refusal.value.words.sv
    assert "slides" in refusal.value.words.en
