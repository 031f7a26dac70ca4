"""Tracked changes in Word: accepting all gives the new text, rejecting all the old."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import docx
from hypothesis import HealthCheck, given, settings
from lxml import etree

from documents import Look, compare
from documents.kinds import form_of
from documents.write.fields import recipient_text, value_of
from models.document import Document, ItemList
from tests.documents.charters import sample
from tests.documents.documents_at_random import documents
from tests.documents.test_compare import reworded, with_points

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LOOK = Look("Region Sjöviken")
AT = datetime(2026, 6, 17, 9, tzinfo=UTC)


def redline(old: Document, new: Document) -> bytes:
    return compare(old, new).as_docx(look=LOOK, author="Sara Nyberg", at=AT)


def paragraphs(paper: bytes, keep: str, drop: str) -> list[str]:
    """The text of the file as Word leaves it: changes of one kind kept, of the other dropped.

    A dropped paragraph mark joins what is before it with the next paragraph, as in Word.
    """
    with zipfile.ZipFile(io.BytesIO(paper)) as archive:
        body: Any = etree.fromstring(archive.read("word/document.xml")).find(f"{W}body")
    found, so_far = [], ""
    for paragraph in body.iter(f"{W}p"):
        for text in paragraph.iter(f"{W}t", f"{W}delText"):
            if not any(above.tag == f"{W}{drop}" for above in text.iterancestors()):
                so_far += text.text or ""
        mark = paragraph.find(f"{W}pPr/{W}rPr/{W}{drop}")
        if mark is None:
            found.append(so_far)
            so_far = ""
    assert so_far == ""
    return [one for one in found if one]


def accepted(paper: bytes) -> list[str]:
    return paragraphs(paper, "ins", "del")


def rejected(paper: bytes) -> list[str]:
    return paragraphs(paper, "del", "ins")


def printed(document: Document) -> list[str]:
    """What the document says, line by line, without the code that is being tested."""
    from documents.write.fields import END, HEAD

    form = form_of(document)

    def labelled(fields: tuple[str, ...]) -> list[str]:
        told = ((form.label(one), value_of(document, one, form)) for one in fields)
        return [f"{label}: {value}" for label, value in told if value]

    def blocks(of: Any) -> list[str]:
        return [
            "".join(run.text for run in runs)
            for block in of
            for runs in (block.items if isinstance(block, ItemList) else [block.runs])
        ]

    lines = [document.title or "", *labelled(HEAD), *blocks(document.preamble)]
    for section in document.sections:
        lines += [section.heading, *blocks(section.blocks)]
    lines += labelled(END)
    if document.recipients:
        lines.append(form.recipients.heading)
    lines += [recipient_text(one, form) for one in document.recipients]
    return [line for line in lines if line]


@given(documents, documents)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_accepting_all_gives_the_new_and_rejecting_all_the_old(
    old: Document, new: Document
) -> None:
    paper = redline(old, new)
    assert accepted(paper) == printed(new)
    assert rejected(paper) == printed(old)


def test_samples_that_differ_much_are_told_apart_and_put_together_again() -> None:
    names = ("rorelseorganen", "nara-vard", "kontaktperson")
    for old in names:
        for new in names:
            paper = redline(sample(old), sample(new))
            assert accepted(paper) == printed(sample(new))
            assert rejected(paper) == printed(sample(old))


def test_identical_versions_have_no_change() -> None:
    with zipfile.ZipFile(io.BytesIO(redline(sample("nara-vard"), sample("nara-vard")))) as archive:
        body = archive.read("word/document.xml")
    assert b"<w:ins" not in body
    assert b"<w:del" not in body
    assert b"<w:comment" not in body


def said_in(element: Any) -> str:
    return "".join(str(text) for text in element.itertext())


def test_only_the_words_that_changed_are_tracked_and_each_change_is_signed_and_dated() -> None:
    old = sample("rorelseorganen")
    paper = redline(old, reworded(old, "inom en vecka", "inom två veckor"))
    with zipfile.ZipFile(io.BytesIO(paper)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    came, went = body.findall(f".//{W}ins"), body.findall(f".//{W}del")
    assert [said_in(one) for one in came] == ["två veckor, "]
    assert [said_in(one) for one in went] == ["en vecka, "]
    for change in (*came, *went):
        assert change.get(f"{W}author") == "Sara Nyberg"
        assert change.get(f"{W}date") == "2026-06-17T09:00:00Z"
    numbers = [change.get(f"{W}id") for change in (*came, *went)]
    assert len(set(numbers)) == len(numbers)


def test_a_new_point_is_tracked_with_its_mark_and_no_other_point_is() -> None:
    old = sample("rorelseorganen")
    new = with_points(old, "tasks", "ordna en årlig dag")
    paper = redline(old, new)
    with zipfile.ZipFile(io.BytesIO(paper)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    came = [one for one in body.iter(f"{W}ins") if one.getparent().tag != f"{W}rPr"]  # type: ignore[union-attr]
    assert [said_in(one) for one in came] == ["ordna en årlig dag"]
    assert len(body.findall(f".//{W}pPr/{W}rPr/{W}ins")) == 1
    assert not body.findall(f".//{W}del")


def comments(paper: bytes) -> list[str]:
    return [one.text for one in docx.Document(io.BytesIO(paper)).comments]


def test_moved_new_and_gone_sections_are_named_in_comments() -> None:
    old = sample("rorelseorganen")
    without = old.model_copy(update={"sections": old.sections[1:]})
    turned = old.model_copy(update={"sections": (*old.sections[1:], old.sections[0])})
    assert comments(redline(old, without)) == ["Avsnittet är borttaget."]
    assert comments(redline(without, old)) == ["Nytt avsnitt."]
    assert comments(redline(old, turned)) == [
        "Avsnittet är flyttat härifrån.",
        "Avsnittet är flyttat hit.",
    ]
    assert accepted(redline(old, turned)) == printed(turned)
    assert rejected(redline(old, turned)) == printed(old)


def test_the_same_comparison_gives_the_same_bytes() -> None:
    old, new = sample("rorelseorganen"), sample("nara-vard")
    assert redline(old, new) == redline(old, new)


def test_hostile_words_are_only_words() -> None:
    old = sample("nara-vard")
    new = old.model_copy(update={"title": "<w:ins/> & \x00\x1b ]]>"})
    assert accepted(redline(old, new))[0] == "<w:ins/> & ]]>"
