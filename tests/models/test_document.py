"""The charter document: one canonical spelling, and so one hash."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.document import (
    Contact,
    DecisionLine,
    Document,
    ItemList,
    Named,
    Paragraph,
    RecipientLine,
    Run,
    Section,
    as_json,
    content_hash,
)

CHARTER = Document(
    kind="charter",
    title="Uppdragshandling för samordningsråd rörelse",
    group="Samordningsråd rörelse",
    document_date=date(2026, 6, 1),
    handler=Contact(name="Sara Nyberg", email="sara@sjoviken.example"),
    sections=(
        Section(
            key="purpose",
            heading="Syfte",
            blocks=(
                Paragraph(runs=(Run(text="Rådet "), Run(text="samordnar", bold=True))),
                ItemList(items=((Run(text="vård"),), (Run(text="hälsa"),))),
            ),
        ),
    ),
    recipients=(RecipientLine(who="Registrator", purpose="för kännedom"),),
    decision=DecisionLine(maker=Named(title="Utvecklingsdirektör")),
    raw={"title": "Uppdrag", "group": "Råd"},
)


def test_a_document_has_the_same_hash_today_as_when_it_was_decided() -> None:
    """A changed hash unties every decision ever made from its text: this one never changes."""
    assert content_hash(as_json(CHARTER)) == (
        "417b00c5f4bc93ec902dacd4e2ee615ecca0f26958561a77a9ef73ac120620c1"
    )


def test_the_canonical_spelling_is_sorted_dense_and_plain() -> None:
    spelt = as_json(Document(kind="charter", title="Råd & vård", raw={"b": "1", "a": "2"}))
    assert spelt.startswith('{"area":null,"assignee":null,')
    assert '"title":"Råd & vård"' in spelt
    assert '"raw":{"a":"2","b":"1"}' in spelt
    assert "\n" not in spelt
    assert content_hash("{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_a_document_read_back_is_the_same_document() -> None:
    again = Document.model_validate_json(as_json(CHARTER))
    assert again == CHARTER
    assert as_json(again) == as_json(CHARTER)


@given(
    title=st.text(max_size=40),
    texts=st.lists(st.text(max_size=40), max_size=4),
    raw=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4),
)
def test_whatever_it_says_it_is_spelt_in_one_way(
    title: str, texts: list[str], raw: dict[str, str]
) -> None:
    blocks = tuple(Paragraph(runs=(Run(text=text),)) for text in texts)
    section = Section(key="purpose", heading=title, blocks=blocks)
    document = Document(kind="charter", title=title, sections=(section,), raw=raw)
    turned = document.model_copy(update={"raw": dict(reversed(raw.items()))})
    assert as_json(turned) == as_json(document)
    assert Document.model_validate_json(as_json(document)) == document


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Uppdragshandling för samordningsråd rörelse "},
        {"document_date": date(2026, 6, 2)},
        {"recipients": ()},
        {"language": "en"},
    ],
)
def test_any_change_changes_the_hash(changed: dict[str, object]) -> None:
    other = CHARTER.model_copy(update=changed)
    assert content_hash(as_json(other)) != content_hash(as_json(CHARTER))


def test_a_document_does_not_change_and_lets_nothing_unknown_in() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(CHARTER, "title", "En annan")  # noqa: B010 (typed, it would not pass the checks)
    with pytest.raises(ValidationError, match="colour"):
        Document.model_validate({"kind": "charter", "colour": "blå"})
    with pytest.raises(ValidationError, match="type"):
        Section.model_validate({"key": "a", "heading": "A", "blocks": [{"type": "table"}]})


def test_a_section_reads_as_plain_text() -> None:
    section = CHARTER.section("purpose")
    assert section is not None
    assert section.text == "Rådet samordnar\n\n- vård\n- hälsa"
    assert CHARTER.section("tasks") is None
    numbered = ItemList(numbered=True, items=((Run(text="ett"),), (Run(text="två"),)))
    assert numbered.text == "1. ett\n2. två"
