"""What follows from a document's text: how often they meet, what it leans on, who is meant."""

import re
from dataclasses import dataclass

from documents.kinds import Form, Kind, form_of
from documents.values import registry_number, registry_numbers
from models.document import Document, ItemList, Meetings, RecipientLine, Reference

QUOTED = re.compile(r"[”\"“»'‘’]([^”\"“»«]{3,200})[”\"“«'’]\s*,?\s*\(?$")
NEAR = 220
ALIKE = 88


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a recipient's line means: a duty (`chair`, `coordinator`, ...) in a group.

    `duty` is None for a person or body that is named; `group` is None for the document's own group.
    """

    duty: str | None
    group: str | None = None


def meetings_of(document: Document, *, kind: Kind | None = None) -> Meetings | None:
    """How often a year the group meets, or None when the document does not say.

    "minst" leaves max open and "högst" min; "vid behov" alone leaves both open.
    """
    form = form_of(document, kind)
    said = _frequency_sentence(document, form)
    return _meetings(said, form) if said else None


def references_of(document: Document) -> tuple[Reference, ...]:
    """The documents this one leans on, by registry number, in the order they are first named.

    A title is known only where it stands in quotation marks right before the number.
    """
    titles: dict[str, str | None] = {}
    texts = [block.text for block in document.preamble]
    texts += [block.text for section in document.sections for block in section.blocks]
    for text in texts:
        for number, place, _ in registry_numbers(text):
            quoted = QUOTED.search(text[max(place - NEAR, 0) : place])
            titles[number] = titles.get(number) or (quoted[1] if quoted else None)
    titles.pop(document.registry_number or "", None)
    return tuple(Reference(registry_number=number, title=titles[number]) for number in titles)


def addressee_of(
    recipient: RecipientLine, document: Document, *, kind: Kind | None = None
) -> Addressee:
    """Whom a line of the distribution list means."""
    form = form_of(document, kind)
    for duty, who, _ in form.duty_words:
        if found := who.search(recipient.who):
            return Addressee(duty, _other_group(recipient.who[found.end() :], document, form))
    for duty, _, purpose in form.duty_words:
        if purpose.search(recipient.purpose or ""):
            return Addressee(duty)
    return Addressee(None)


def _other_group(rest: str, document: Document, form: Form) -> str | None:
    """The group named after a duty, unless it is the document's own or only "the group"."""
    from rapidfuzz import fuzz

    name = form.before_the_group.sub("", rest).strip(" ,.")
    found = form.group_name.match(name)
    if not name or not found or found.end() == len(name):
        return None
    own, named = (document.group or "").casefold(), name.casefold()
    if own and (own.startswith(named) or named.startswith(own) or fuzz.ratio(own, named) >= ALIKE):
        return None
    return name[:1].upper() + name[1:]


def _frequency_sentence(document: Document, form: Form) -> str | None:
    texts = [
        text
        for section in document.sections
        for block in section.blocks
        for text in (block.text.split("\n") if isinstance(block, ItemList) else [block.text])
    ]
    for text in texts:
        found = form.meeting_frequency.match(text.removeprefix("- "))
        if found and _meetings(found[1], form):
            return found[1]
    own = {label.casefold() for label in form.meetings.labels}
    for section in document.sections:
        if section.heading.casefold() in own and section.text:
            return section.text
    for text in texts:
        if found := re.search(form.meetings.sentence, text, re.IGNORECASE):
            return re.split(r"(?<=[.])\s", text[found.start() :])[0]
    return None


def _meetings(text: str, form: Form) -> Meetings | None:
    """The frequency in the first sentence of `text` that has one, or None."""
    words = form.meetings
    sentences = re.split(r"(?<=[^\W\d][.])\s+(?=[A-ZÅÄÖ])", text)
    for sentence in sentences:
        said = form.count.findall(sentence)[:2]
        counts = [form.numbers.get(one.casefold()) or int(one) for one in said]
        a_year = next(
            (one.a_year for one in words.per if re.search(one.pattern, sentence, re.IGNORECASE)),
            None,
        )
        when_needed = any(
            re.search(phrase, sentence, re.IGNORECASE) for phrase in words.when_needed
        )
        if not counts and a_year and a_year > 1:
            counts = [1]  # "varje månad"
        if not counts:
            if when_needed:
                return Meetings(text=text)
            continue
        counts = [count * (a_year or 1) for count in counts]
        least, most = min(counts), max(counts)
        return Meetings(
            text=text,
            min=None if len(counts) == 1 and _says(words.at_most, sentence) else least,
            max=None if len(counts) == 1 and _says(words.at_least, sentence) else most,
        )
    return None


def _says(phrases: tuple[str, ...], text: str) -> bool:
    return any(re.search(rf"\b{phrase}\b", text, re.IGNORECASE) for phrase in phrases)


__all__ = ["Addressee", "addressee_of", "meetings_of", "references_of", "registry_number"]
