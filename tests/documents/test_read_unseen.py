"""Charters of the same family that the reader was not made from: other words, order and slips."""

from datetime import date

from documents import Look, meetings_of, read, references_of, write_docx, write_pdf
from models.document import Document
from tests.documents.charters import codes, without_raw

LOOK = Look("Havsbygdens kommun")

A_NETWORK = """
HAVSBYGDENS KOMMUN
Vård- och omsorgsförvaltningen                                        Sida 1 (2)

Uppdragshandling avseende Nätverk för välfärdsteknik (rev. 2)

Dnr: VON 2025/118
Dokumentdatum: den 3 mars 2025
Uppdragsgivare: Förvaltningschefen
Uppdragstagare: Nätverkets ordförande
Verksamhetsområde: Hemtjänst, särskilt boende

Bakgrund och syfte
Nätverket ser till att ny teknik prövas innan den köps. Det ska också se
till att den som prövat något berättar det för de andra.

Uppdrag och uppgifer
Nätverket ska
• hålla en lista över det som prövas,
• ge råd vid upphandling,
• följa upp kostnader en gång om året.

Deltagare och arbetsformer
Två från varje område. Nätverket sammanträder minst två gånger per termin.
Protokoll förs av sekreteraren.
                                                                      Sida 2 (2)
Avgränsning
Nätverket köper ingenting.

Mandat
Ordföranden avgör vad som prövas. Se "Riktlinjer för inköp" (KS 2023-00017).

Beslutsdatum 2025-03-10
Beslutsfattare: Gun Hav, förvaltningschef
Gäller t.o.m. 2027-12-31

Sändlista
Ordförande i nätverket
Koordinator
Registrator, registrator@havsbygden.example, för diarieföring
"""

AN_OLDER_ONE = """**Uppdragshandling för programområde hud och kön**

Södra sjukvårdsregionen

**Ansvarsområde:** Hudsjukvård **Uppdragsgivare:** Hälso- och sjukvårdsdirektören
**Uppdragstagare:** Ordförande i programområdet

**Syfte**

Att vården av hudsjukdomar ska vara lika god i hela landet och att
kunskap sprids mellan regioner.

**Uppdraget**

Gruppen ska:
- bevaka ny kunskap
- bidra till vårdprogram och
följa upp dem
- svara på remisser.

**Arbetsformer**

Möten: vid behov, dock högst sex gånger per år.

**Uppdraget fastställs**

Per Lind
Hälso- och sjukvårdsdirektör

**Uppdraget skickas till:** Ordförande i programområdet

Uppdraget gäller som längst till och med 31 december 2027 (fem år).
"""

A_DECISION = """VERKSTÄLLIGHETSBESLUT

Datum: 2026-02-02    Diarienummer: HSN 2026–00044
Handläggare: Li Ek, jurist
Telefon: 040-12 34 56
E-post: li.ek@sodra.example

Uppdrag att samordna jourlinjer

Beslut
1. En samordnare för jourlinjer utses.
2. Samordnaren rapporterar till direktören varje kvartal.

Samanfattning av ärendet
Sju jourlinjer arbetar var för sig. Ett uppdrag att samordna dem har
efterfrågats sedan 2024, se HSN 2024-00911.

**Ekonomiska konsekvenser**
Ryms inom ram.

Datum för beslut: 2026-02-05
Per Lind
Hälso- och sjukvårdsdirektör

Beslutet ska skickas till
- Samtliga verksamhetschefer för kännedom
- Registrator för diarieföring
"""


def document_of(text: str) -> Document:
    return read(text.encode(), "unseen.txt").document


def keys(document: Document) -> list[str]:
    return [section.key for section in document.sections]


def test_a_network_of_another_municipality() -> None:
    document = document_of(A_NETWORK)
    assert document.title == "Uppdragshandling avseende Nätverk för välfärdsteknik (rev. 2)"
    assert document.group == "Nätverk för välfärdsteknik"
    assert document.organisation == "HAVSBYGDENS KOMMUN"
    assert document.unit == "Vård- och omsorgsförvaltningen"
    assert document.registry_number == "VON 2025-118"
    assert document.document_date == date(2025, 3, 3)
    assert document.commissioner.title == "Förvaltningschefen"
    assert document.area == "Hemtjänst, särskilt boende"
    assert document.preamble == ()
    assert keys(document) == [
        "purpose",
        "tasks",
        "work_organisation",
        "boundaries",
        "decision_making",
    ]
    assert document.sections[0].text.count("\n") == 0
    assert document.sections[1].text.count("\n- ") == 2 + 1
    meetings = meetings_of(document)
    assert meetings is not None
    assert (meetings.min, meetings.max) == (4, None)
    assert [(one.registry_number, one.title) for one in references_of(document)] == [
        ("KS 2023-00017", "Riktlinjer för inköp")
    ]
    assert document.decision.date == date(2025, 3, 10)
    assert (document.decision.maker.name, document.decision.maker.title) == (
        "Gun Hav",
        "förvaltningschef",
    )
    assert document.valid_through == date(2027, 12, 31)
    assert [(one.who, one.email, one.purpose) for one in document.recipients] == [
        ("Ordförande i nätverket", None, None),
        ("Koordinator", None, None),
        ("Registrator", "registrator@havsbygden.example", "för diarieföring"),
    ]


def test_an_older_form_without_a_date() -> None:
    document = document_of(AN_OLDER_ONE)
    assert document.group == "Programområde hud och kön"
    assert document.organisation == "Södra sjukvårdsregionen"
    assert document.document_date is None
    assert document.area == "Hudsjukvård"
    assert document.commissioner.title == "Hälso- och sjukvårdsdirektören"
    assert document.assignee == "Ordförande i programområdet"
    assert keys(document) == ["purpose", "tasks", "work_organisation"]
    assert "bidra till vårdprogram och följa upp dem" in document.sections[1].text
    meetings = meetings_of(document)
    assert meetings is not None
    assert (meetings.min, meetings.max) == (None, 6)
    assert (document.decision.maker.name, document.decision.maker.title) == (
        "Per Lind",
        "Hälso- och sjukvårdsdirektör",
    )
    assert [one.who for one in document.recipients] == ["Ordförande i programområdet"]
    assert document.valid_through == date(2027, 12, 31)


def test_an_executive_decision_with_two_labels_on_a_line() -> None:
    reading = read(A_DECISION.encode(), "beslut.txt")
    document = reading.document
    assert document.kind == "executive_decision"
    assert document.title == "Uppdrag att samordna jourlinjer"
    assert document.document_date == date(2026, 2, 2)
    assert document.registry_number == "HSN 2026-00044"
    assert (document.handler.name, document.handler.title) == ("Li Ek", "jurist")
    assert document.handler.phone == "040-12 34 56"
    assert document.handler.email == "li.ek@sodra.example"
    assert keys(document) == ["decision_items", "summary", "ekonomiska_konsekvenser"]
    assert document.sections[0].text.startswith("1. En samordnare")
    assert [one.registry_number for one in references_of(document)] == ["HSN 2024-00911"]
    assert document.decision.maker.name == "Per Lind"
    assert [one.purpose for one in document.recipients] == ["för kännedom", "för diarieföring"]
    assert "odd_registry_number" in codes(reading.problems)


def test_all_of_them_survive_word_and_pdf() -> None:
    for text in (A_NETWORK, AN_OLDER_ONE, A_DECISION):
        document = without_raw(document_of(text))
        paper = write_docx(document, decision=None, standing="draft", look=LOOK)
        assert without_raw(read(paper, "unseen.docx").document) == document
        look = Look(document.organisation or "Södra sjukvårdsregionen")
        paper = write_pdf(document, decision=None, standing="draft", look=look)
        seen = without_raw(read(paper, "unseen.pdf").document)
        assert seen.sections == document.sections
        assert (seen.title, seen.group, seen.recipients) == (
            document.title,
            document.group,
            document.recipients,
        )
