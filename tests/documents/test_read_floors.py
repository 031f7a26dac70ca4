"""Thirty ways to mistreat a charter, and the share of what it says that survives each of them."""

import re
import textwrap
import unicodedata
from collections.abc import Callable

import pytest

from documents import meetings_of, read, references_of
from models.document import Document
from tests.documents.charters import REAL, SAMPLES

TEXTS = {
    **{
        name: (SAMPLES / f"{name}.md").read_text()
        for name in ("rorelseorganen", "nara-vard", "kontaktperson", "digital-care")
    },
    **{
        name: (REAL / f"{name}.txt").read_text()
        for name in ("rheumatology-2026", "primary-care-2025")
        if REAL.is_dir()
    },
}

LABELS = re.compile(
    r"^(\**(?:Datum|Diarienummer|Ansvarsområde|Uppdragsgivare|Uppdragstagare|Handläggare|Date|"
    r"Registry number|Area|Commissioner|Assignee|Handler)\b)(:?\**:?)(?= )",
    re.MULTILINE,
)
HEADINGS = (
    "Syfte med uppdraget|Uppdragsbeskrivning|Arbetsorganisation|Kommunikation|Beslutsordning|"
    "Rapportering|Beslutsfattande|Uppdraget skickas till|Beslutet skickas till|"
    "Sammanfattning av ärendet|Purpose|Tasks|Communication|Governance|Reporting|Decision-making|"
    "Distribution list|Organisation of the work"
)
HEADING = re.compile(rf"^(#* ?)({HEADINGS})$", re.MULTILINE)
SYNONYMS = {
    "Diarienummer": "Dnr",
    "Datum:": "Dokumentdatum:",
    "Syfte med uppdraget": "Uppdragets syfte",
    "Kommunikation\n": "Information och kommunikation\n",
    "Rapportering\n": "Återrapportering\n",
    "Uppdraget skickas till": "Sändlista",
    "Registry number": "Ref. no.",
    "Purpose\n": "Aim\n",
}
BULLETS = re.compile(r"^- ", re.MULTILINE)


def facts(document: Document) -> dict[str, object]:
    """What a careful registrar would write down, each a fact by itself."""
    meetings = meetings_of(document)
    told: dict[str, object] = {
        name: getattr(document, name)
        for name in (
            "kind", "language", "organisation", "unit", "title", "group", "revision",
            "document_date", "registry_number", "area", "assignee", "valid_through",
        )
    }  # fmt: skip
    for name, person in (
        ("commissioner", document.commissioner),
        ("handler", document.handler),
        ("maker", document.decision.maker),
    ):
        told[f"{name}.name"], told[f"{name}.title"] = person.name, person.title
    told["phone"], told["email"] = document.handler.phone, document.handler.email
    told["decided"] = document.decision.date
    told["meetings"] = (meetings.min, meetings.max) if meetings else None
    told["references"] = [one.registry_number for one in references_of(document)]
    told["preamble"] = [block.text for block in document.preamble]
    told |= {f"sections.{one.key}": alike(one.text) for one in document.sections}
    told |= {
        f"recipients.{place}": (one.who, one.email, one.purpose)
        for place, one in enumerate(document.recipients)
    }
    return told


def alike(text: str) -> str:
    return text.translate({ord("“"): '"', ord("”"): '"', ord("’"): "'"})


def share_that_survives(text: str, data: bytes) -> float:
    expected = facts(read(text.encode(), "charter.md").document)
    found = facts(read(data, "charter.md").document)
    assert len(found) < 2 * len(expected)
    return sum(found.get(name) == said for name, said in expected.items()) / len(expected)


def by_line(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(change(line) for line in text.split("\n"))


def wrapped(width: int) -> Callable[[str], str]:
    def wrap(line: str) -> str:
        if len(line) <= width:
            return line
        return textwrap.fill(line, width, break_on_hyphens=False, break_long_words=False)

    return by_line(wrap)


def bold_headings(text: str) -> str:
    return re.sub(r"^#+ (.+)$", r"**\1**", text, flags=re.MULTILINE)


def upper_case_headings(text: str) -> str:
    return HEADING.sub(lambda found: found[1] + found[2].upper(), text)


def colons(other: str) -> Callable[[str], str]:
    return lambda text: LABELS.sub(lambda found: found[1] + found[2].replace(":", other), text)


def numbered_headings(text: str) -> str:
    count = iter(range(1, 100))
    return HEADING.sub(lambda found: f"{found[1]}{next(count)}. {found[2]}", text)


def misspelt_headings(text: str) -> str:
    """A letter lost in the middle of every heading long enough to bear it."""

    def slip(found: re.Match[str]) -> str:
        heading = found[2]
        middle = len(heading) // 2
        return found[1] + (heading[:middle] + heading[middle + 1 :] if middle > 4 else heading)

    return HEADING.sub(slip, text)


def reversed_head(text: str) -> str:
    """The labelled lines of the head in the opposite order."""
    lines = text.split("\n")
    head = next(n for n, line in enumerate(lines) if HEADING.match(line))
    places = [n for n, line in enumerate(lines[:head]) if LABELS.match(f"{line} ")]
    for here, there in zip(places, reversed(places), strict=True):
        if here < there:
            lines[here], lines[there] = lines[there], lines[here]
    return "\n".join(lines)


def paged(text: str) -> str:
    """A page number after every fifth paragraph."""
    count = iter(range(1, 100))
    parts = text.split("\n\n")
    for place in range(5, len(parts), 5):
        parts[place] = f"{next(count)} (9)\n\n{parts[place]}"
    return "\n\n".join(parts)


def synonyms(text: str) -> str:
    for word, other in SYNONYMS.items():
        text = text.replace(word, other)
    return text


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


Mutation = Callable[[str], str]

# fmt: off
FLOORS: dict[str, tuple[Mutation, float]] = {
    "bullets that are dots":            (lambda t: BULLETS.sub("•\t", t), 1),
    "bullets of Word's symbol font":    (lambda t: BULLETS.sub("\uf0b7 ", t), 1),
    "bullets that are dashes":          (lambda t: BULLETS.sub("– ", t), 1),
    "bullets that are stars":           (lambda t: BULLETS.sub("* ", t), 1),
    "indented points":                  (lambda t: BULLETS.sub("   - ", t), 1),
    "no bold":                          (replaced("**", ""), 0.9),
    "no Markdown headings":             (lambda t: re.sub(r"^#+ ", "", t, flags=re.M), 0.9),
    "bold headings":                    (bold_headings, 1),
    "no blank lines":                   (lambda t: re.sub(r"\n{2,}", "\n", t), 1),
    "many blank lines":                 (replaced("\n\n", "\n\n\n\n"), 1),
    "lines wrapped at 72":              (wrapped(72), 1),
    "lines wrapped at 60":              (wrapped(60), 1),
    "spaces that do not break":         (replaced(" ", "\u00a0"), 1),
    "accents apart from letters":       (lambda t: unicodedata.normalize("NFD", t), 1),
    "Windows line ends":                (replaced("\n", "\r\n"), 1),
    "old Mac line ends":                (replaced("\n", "\r"), 1),
    "a byte order mark":                (lambda t: "\ufeff" + t, 1),
    "double spaces":                    (replaced(" ", "  "), 1),
    "trailing spaces":                  (by_line(lambda line: line + "   "), 1),
    "tabs after labels":                (lambda t: LABELS.sub(r"\1\2\t", t), 1),
    "labels without a colon":           (colons(""), 1),
    "labels with space before colon":   (colons(" :"), 1),
    "quotation marks made straight":    (lambda t: re.sub("[“”]", '"', t), 1),
    "soft hyphens":                     (replaced("samordning", "sam\u00adordning"), 1),
    "hyphens that do not break":        (replaced("-", "\u2011"), 1),
    "upper-case headings":              (upper_case_headings, 1),
    "numbered headings":                (numbered_headings, 1),
    "misspelt headings":                (misspelt_headings, 1),
    "headings with a colon":            (lambda t: HEADING.sub(r"\1\2:", t), 1),
    "page numbers":                     (paged, 1),
    "other words for labels":           (synonyms, 1),
    "the head in another order":        (reversed_head, 1),
    "a rule between sections":          (lambda t: HEADING.sub(r"---\n\n\1\2", t), 1),
    "form feeds for page breaks":       (lambda t: HEADING.sub("\f\\1\\2", t), 1),
    "zero-width spaces":                (replaced("- ", "- \u200b"), 1),
}
# fmt: on


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("mutation", FLOORS)
def test_a_mistreated_charter_keeps_what_it_says(mutation: str, name: str) -> None:
    mistreat, floor = FLOORS[mutation]
    assert share_that_survives(TEXTS[name], mistreat(TEXTS[name]).encode()) >= floor


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_an_old_encoding_loses_nothing(name: str, encoding: str) -> None:
    assert share_that_survives(TEXTS[name], TEXTS[name].encode(encoding)) == 1


def test_every_mutation_changes_something() -> None:
    for mutation, (mistreat, _) in FLOORS.items():
        assert any(mistreat(text) != text for text in TEXTS.values()), mutation
