"""An organisation's file: what is taken, and every fault at its place."""

from datetime import date
from pathlib import Path

import pytest

from casework.organisation import OrganisationFaults, read_organisation, read_organisation_file
from casework.organisation.nodes import LARGEST
from casework.organisation.things import Group, Person, Seat
from statemachine.vocabulary import Duty
from statemachine.words import Refusal
from tests.casework.organisations import SAMPLE, SMALL, small

HERE = "¤"
"""Stands in a faulty text right before the place the fault is to be reported at."""

SEAT = "{seat: chair, person: anna.ek, from: 2024-01-01}"
ANNA = "{key: anna.ek, name: Anna Ek, email: anna.ek@sjoviken.example, administration: Sjukhuset}"
RAD = "  - key: rad\n    name: Rådet\n    from: 2024-01-01\n"


def faults_in(text: str) -> list[str]:
    with pytest.raises(OrganisationFaults) as refused:
        read_organisation(text, "org.yaml")
    return [fault.words.sv for fault in refused.value.faults]


def marked(text: str) -> tuple[str, list[str]]:
    """The text without its marks, and the places they stood at."""
    places = []
    while HERE in text:
        before, text_after = text.split(HERE, 1)
        lines = before.split("\n")
        places.append(f"org.yaml:{len(lines)}:{len(lines[-1]) + 1}: ")
        text = before + text_after
    return text, places


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("bo.ask, name:", "bo.ask, ¤nam:", "”nam” är inte ett fält här. Menade du name?"),
        ("{key: bo.ask, name: Bo Ask,", "¤{key: bo.ask,", "name saknas"),
        ("name: Bo Ask,", "name: ,", "name saknas"),
        ("{key: bo.ask,", "{key: ¤Bo Ask,", "kan inte vara en nyckel"),
        ("bo.ask@sjoviken.example", "¤bo.ask@", "inte en e-postadress"),
        ("bo.ask@sjoviken.example", "¤anna.ek@sjoviken.example", "både Anna Ek och Bo Ask"),
        ("name: Bo Ask", 'name: ¤"Bo\\x07 Ask"', "U+0007"),
        ("name: Bo Ask", 'name: ¤"Bo\\u202eAsk"', "U+202E"),
        ("name: Bo Ask", "name: ¤[Bo, Ask]", "ett enda värde"),
        ("administration: Kansliet", "administration: ¤Kansli", "Menade du Kansliet?"),
        ("cia.lund@sjoviken.example}", "cia.lund@sjoviken.example, language: ¤fi}", "sv, en"),
        ("{key: bo.ask,", "{key: ¤anna.ek,", "finns redan"),
        ("{key: bo.ask,", "{key: bo.ask, ¤key: bo.ask,", "två gånger"),
        ("cia.lund, from: 2024-01-01", "cia.lund, from: ¤2024-02-30", "inte ett datum"),
        ("cia.lund, from: 2024-01-01", "cia.lund, from: ¤20240101", "inte ett datum"),
        ("cia.lund, from: 2024-01-01", "cia.lund, from: ¤0024-01-01", "inte ett datum"),
        ("{person: cia.lund, from: 2024-01-01}", "¤{person: cia.lund}", "from saknas"),
        ("{person: cia.lund,", "{person: ¤cia.lind,", "Menade du cia.lund?"),
        ("  administrator:", "  ¤administrators:", "Menade du administrator?"),
        ("through: 2026-07-31", "through: ¤2026-06-30", "före fr.o.m. 2026-07-01"),
        ("may: decide", "may: ¤decides", "Menade du decide?"),
        ("kind: charter", "kind: ¤chart", "Menade du charter?"),
        ("group: rad", "group: ¤raad", "Menade du rad?"),
        ("seat: chair", "seat: ¤chiar", "Menade du chair?"),
        (SEAT, f"{SEAT}\n      - {SEAT.replace('2024-01-01', '¤2025-01-01')}", "Bara en i taget"),
        (SEAT, SEAT.replace("person: anna.ek", "person: anna.ek, vacant: ¤true"), "också vara"),
        (SEAT, "¤{seat: chair, from: 2024-01-01}", "Ange person"),
        (SEAT, SEAT.replace("2024-01-01", "¤2023-12-31"), "Rådet börjar först 2024-01-01"),
        ("Ek, email", "Ek, through: 2025-12-31, email", "sista dagen för Anna Ek är 2025-12-31"),
        ("- {person: bo.ask, from: 2024-01-01}", "- {person: bo.ask, from: 2024-01-01}\n"
         "      - {person: anna.ek, from: ¤2026-01-01}", "Bo Ask är det fr.o.m. 2024-01-01"),
        ("{seat: member, person: bo.ask, from: 2024-01-01}",
         "{seat: member, person: bo.ask, from: 2024-01-01}\n"
         "      - {seat: member, person: bo.ask, from: ¤2025-01-01}", "Samma sak står redan"),
        (RAD, f"{RAD}    discontinued_on: ¤2023-01-01\n", "innan den börjar"),
        (RAD, f"{RAD}    taken_over_by: ¤rad\n    discontinued_on: 2026-01-01\n", "i en ring"),
        (RAD, f"{RAD}    parent: ¤rad\n", "i en ring: rad → rad"),
        ("[Höft, Knä]", "¤Höft", "en lista"),
        ("abbreviation: RS}", "¤Abbreviation: RS}", "Menade du abbreviation?"),
        ("groups:", "¤grupper:", "De som finns är organisation, administrations"),
    ],
)  # fmt: skip
def test_a_fault_is_told_at_its_line_and_column(old: str, new: str, says: str) -> None:
    assert old in SMALL
    faulty, places = marked(SMALL.replace(old, new, 1))
    told = [fault for fault in faults_in(faulty) if says in fault]
    assert told, faults_in(faulty)
    for place in places:
        assert told[0].startswith(place)


def test_all_faults_are_told_at_once_from_the_top() -> None:
    faulty = (
        SMALL.replace("bo.ask@sjoviken.example", "bo.ask")
        .replace("2026-07-31", "2026-13-31")
        .replace("seat: member, person: bo.ask", "seat: member, person: bo")
        .replace("may: decide", "may: bestow")
        .replace("{key: cia.lund, name: Cia Lund,", "{key: cia.lund, nmae: Cia Lund,")
    )
    told = faults_in(faulty)
    lines = [int(fault.split(":")[1]) for fault in told]
    assert lines == sorted(lines)
    assert {5, 6, 16, 18, 27} == set(lines)
    assert "person cia.lund: ”nmae”" in told[1] + told[2]


def test_a_fault_has_its_place_its_path_and_a_sentence_in_both_languages() -> None:
    with pytest.raises(OrganisationFaults) as refused:
        read_organisation(SMALL.replace("seat: chair", "seat: chiar"), "org.yaml")
    (fault,) = refused.value.faults
    assert (fault.file, fault.place) == ("org.yaml", (25, 16))
    assert fault.path.en == "group rad, seats, no. 1, seat"
    assert fault.words.en.endswith(
        "group rad, seats, no. 1, seat: “chiar” is none of chair, vice_chair, coordinator, "
        "liaison, member, co_opted. Did you mean chair?"
    )
    assert refused.value.reasons == (fault.words,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "org.yaml:1:1: filen: Här ska det stå fält"),
        ("people: []\n", "organisation saknas"),
        ("- a\n- b\n", "Här ska det stå fält"),
        ("a:\n\t- b\n", "org.yaml:2:1: filen: Här står ett tabbtecken"),
        ("organisation:\n  name: a: b\n", "ett kolon för mycket"),
        ("people: [\n", "går filen inte att läsa som YAML"),
        ("a: \x07\n", "org.yaml:1:4: filen: Här står ett styrtecken"),
        ("a: &x [1]\nb: *x\n", "org.yaml:2:4: filen: Här står en YAML-hänvisning"),
        ("a: !!python/object:os.system x\n", "org.yaml:1:4: filen: Här står en YAML-tagg"),
        ("organisation: {name: a}\n---\nb: 1\n", "org.yaml:2:1: filen: Här börjar ett andra"),
        ("[" * 5000, "nästlade djupare"),
        ("# " + "x" * LARGEST, "större än 1000000 tecken"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_where_reading_stops(text: str, says: str) -> None:
    assert says in faults_in(text)[0]


def test_an_overlap_is_seen_past_someone_who_came_and_went_in_between() -> None:
    passing = SEAT.replace("2024-01-01", "2025-01-01, through: 2025-01-31")
    third = SEAT.replace("anna.ek, from: 2024-01-01", "bo.ask, from: 2025-06-01")
    told = faults_in(SMALL.replace(SEAT, "\n      - ".join((SEAT, passing, third))))
    assert [fault.split(":")[1] for fault in told] == ["26", "27"]


def test_beginning_after_leaving_is_one_fault_and_not_two() -> None:
    (fault,) = faults_in(SMALL.replace("name: Anna Ek,", "name: Anna Ek, through: 2026-06-30,"))
    assert "Det börjar 2026-07-01, men sista dagen för Anna Ek är 2026-06-30." in fault


def test_a_billion_laughs_end_at_the_first() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50))
    assert faults_in(bomb)[0].startswith("org.yaml:2:10: ")


def test_dates_may_be_quoted_and_telephone_numbers_keep_their_zero() -> None:
    organisation = small(
        ("cia.lund, from: 2024-01-01", "cia.lund, from: '2024-01-01'"),
        ("name: Bo Ask,", "name: Bo Ask, phone: 0599102030,"),
    )
    bo = next(one for one in organisation.things if isinstance(one, Person) and one.key == "bo.ask")
    assert bo.phone == "0599102030"


def test_what_someone_holds_ends_when_they_leave_and_a_seat_with_its_group() -> None:
    organisation = small(
        ("key: bo.ask,", "key: bo.ask, through: 2026-06-30,"),
        ("    name: Rådet\n", "    name: Rådet\n    discontinued_on: 2026-08-01\n"),
    )
    seats = {one.seat: one.through for one in organisation.things if isinstance(one, Seat)}
    assert seats == {
        "chair": date(2026, 7, 31),
        "liaison": date(2026, 7, 31),
        "member": date(2026, 6, 30),
    }


def test_a_name_is_read_in_one_spelling() -> None:
    decomposed = "Ra\u030adet"
    organisation = small(("name: Rådet", f"name: '  {decomposed}  '"))
    assert [one.name for one in organisation.things if isinstance(one, Group)] == ["Rådet"]


def test_a_file_that_is_not_there_or_not_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be opened"):
        read_organisation_file(tmp_path / "nowhere.yaml")
    with pytest.raises(Refusal, match="cannot be opened"):
        read_organisation_file(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("organisation: {name: Sjöviken}".encode("latin-1"))
    with pytest.raises(Refusal, match="not UTF-8"):
        read_organisation_file(latin)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert read_organisation_file(path).name == "Region Sjöviken"


def test_the_sample_is_a_whole_region() -> None:
    region = read_organisation_file(SAMPLE)
    people = [one for one in region.things if isinstance(one, Person)]
    groups = [one for one in region.things if isinstance(one, Group)]
    seats = [one for one in region.things if isinstance(one, Seat)]
    home = {one.key: one.administration for one in people}
    assert len(region.administrations) == 3
    assert len(people) >= 20
    assert all(one.email is None or one.email.endswith(".example") for one in people)
    assert len(groups) == 6
    assert any(one.person is None for one in seats)
    assert {duty.value for duty in Duty} <= {getattr(one, "duty", None) for one in region.things}
    for group in groups:
        held = {one.seat: one.person for one in seats if one.group == group.key}
        if "liaison" in held:
            assert home[held["chair"] or ""] != home[held["liaison"] or ""]
