"""The JSON of a reading, as the command line prints it."""

import json

from documents import read, reading_as_json
from tests.documents.charters import SAMPLES


def test_a_charter_as_json() -> None:
    name = "rorelseorganen.md"
    told = reading_as_json(read((SAMPLES / name).read_bytes(), name), "sv")
    assert json.loads(json.dumps(told)) == told
    assert told["kind"] == "charter"
    assert told["group"] == "Samordningsråd rörelseorganen"
    assert told["document_date"] == "2026-05-20"
    assert told["registry_number"] == "RS 2026-00412"
    assert told["commissioner"] == {"name": "Mikael Lindvall", "title": "utvecklingsdirektör"}
    assert told["handler"] == {"name": "Sara Nyberg", "title": None, "phone": None, "email": None}
    assert told["meetings"] == {"min": 4, "max": 8}
    assert told["decision"]["date"] is None
    assert told["valid_through"] is None
    assert told["references"] == ["RS 2024-00118", "RS 2025-00077"]
    assert told["recipients"][2] == {
        "who": "Ordförande för Samordningsgrupp nära vård",
        "email": None,
        "purpose": "för kännedom",
    }
    assert [set(one) for one in told["sections"]] == [{"key", "heading", "text"}] * 8
    assert told["problems"] == []


def test_problems_are_told_in_the_readers_language() -> None:
    name = "nara-vard-forsta-utkast.md"
    reading = read((SAMPLES / name).read_bytes(), name)
    swedish, english = (reading_as_json(reading, one)["problems"][0] for one in ("sv", "en"))
    assert set(swedish) == {"level", "code", "field", "message"}
    assert swedish["level"] == "error"
    assert swedish["message"] != english["message"]


def test_an_executive_decision_has_no_meetings_and_no_group() -> None:
    name = "kontaktperson.md"
    told = reading_as_json(read((SAMPLES / name).read_bytes(), name))
    assert told["kind"] == "executive_decision"
    assert told["group"] is None
    assert told["meetings"] == {"min": None, "max": None}
    assert told["handler"]["phone"] == "0599-10 20 30"
