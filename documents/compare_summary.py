"""What changed between two versions, in one paragraph, as a good colleague would say it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from documents.derive import meetings_of
from documents.kinds import RECIPIENTS, Kind, form_of
from documents.write.fields import recipient_text
from models.document import Meetings
from statemachine.words import Language, Words

if TYPE_CHECKING:
    from documents.compare import Comparison, Passage, PassageChange

FEW = 8
"""Words that are quoted when they are all that changed in a section."""
SHORT = 40
"""Characters of a field's value that are said first as they were, then as they become."""
NAMED = 3
"""Recipients who are named; more are counted."""
LIKE_ENOUGH = 40
"""Likeness in percent at which a point that went and one that came are one that was reworded."""

SAID = {
    "unchanged": Words("Texten är oförändrad.", "The text is unchanged."),
    "only_form": Words("Bara formateringen är ändrad.", "Only the formatting changed."),
    "becomes": Words("{heading}: {old} blir {new}.", "{heading}: {old} becomes {new}."),
    "was": Words("{heading}: {new} (förut {old}).", "{heading}: {new} (before: {old})."),
    "field_set": Words("{heading}: {new}.", "{heading}: {new}."),
    "field_gone": Words(
        "{heading} anges inte längre (förut {old}).",
        "{heading} is no longer given (before: {old}).",
    ),
    "new": Words("Nytt avsnitt: {headings}.", "New section: {headings}."),
    "news": Words("Nya avsnitt: {headings}.", "New sections: {headings}."),
    "gone": Words("Avsnittet {headings} är borttaget.", "The section {headings} is removed."),
    "gones": Words("Avsnitten {headings} är borttagna.", "The sections {headings} are removed."),
    "moved": Words("Avsnittet {headings} är flyttat.", "The section {headings} is moved."),
    "moveds": Words("Avsnitten {headings} är flyttade.", "The sections {headings} are moved."),
    "emptied": Words("Avsnittet {headings} är tomt.", "The section {headings} is empty."),
    "emptieds": Words("Avsnitten {headings} är tomma.", "The sections {headings} are empty."),
    "reworded": Words("Texten är ändrad i {headings}.", "The text changed in {headings}."),
    "renamed": Words("Avsnittet {old} heter nu {new}.", "The section {old} is now called {new}."),
    "preamble": Words("En inledning är tillagd.", "A preamble is added."),
    "no_preamble": Words("Inledningen är borttagen.", "The preamble is removed."),
    "quoted": Words("{heading}: ”{old}” blir ”{new}”.", "{heading}: “{old}” becomes “{new}”."),
    "quoted_new": Words("{heading}: ”{new}” är tillagt.", "{heading}: “{new}” is added."),
    "quoted_gone": Words("{heading}: ”{old}” är borttaget.", "{heading}: “{old}” is removed."),
    "points": Words("{points} i {heading}.", "{points} in {heading}."),
    "recipient": Words("Ny mottagare: {who}.", "New recipient: {who}."),
    "recipients": Words("Nya mottagare: {who}.", "New recipients: {who}."),
    "recipient_n": Words("{count} nya mottagare.", "{count} new recipients."),
    "no_recipient": Words("Inte längre mottagare: {who}.", "No longer a recipient: {who}."),
    "no_recipients": Words("Inte längre mottagare: {who}.", "No longer recipients: {who}."),
    "no_recipient_n": Words("{count} mottagare är borttagna.", "{count} recipients are removed."),
    "order": Words("Mottagarna står i ny ordning.", "The recipients stand in a new order."),
}
POINTS = {
    "added": (Words("tillagd", "added"), Words("tillagda", "added")),
    "removed": (Words("borttagen", "removed"), Words("borttagna", "removed")),
    "reworded": (Words("ändrad", "reworded"), Words("ändrade", "reworded")),
}
A_POINT, MANY_POINTS = Words("punkt", "point"), Words("punkter", "points")
AND = Words("och", "and")
AT_LEAST, AT_MOST = Words("minst", "at least"), Words("högst", "at most")
WHEN_NEEDED = Words("vid behov", "as needed")
NUMBERS: dict[Language, tuple[str, ...]] = {
    "sv": ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
}


def summary_of(comparison: "Comparison", language: Language, kind: Kind | None = None) -> str:
    """One paragraph: how often it meets first, then field by field and section by section."""
    if comparison.unchanged:
        return SAID["unchanged"].in_(language)
    return Summary(comparison, language, kind).text()


class Summary:
    """A summary being written in one language."""

    def __init__(self, comparison: "Comparison", language: Language, kind: Kind | None) -> None:
        self.comparison, self.language, self.kind = comparison, language, kind
        self.form = form_of(comparison.new, kind)
        self.meetings = tuple(
            meetings_of(one, kind=kind) for one in (comparison.old, comparison.new)
        )

    def text(self) -> str:
        changed = [one for one in self.comparison.passages if not one.unchanged]
        sections = [one for one in changed if one.passage.key.startswith(("sections.", "preamble"))]
        told = [
            *self._meetings(),
            *(s for one in changed if self._is_field(one) for s in self._field(one)),
            *self._sections(sections),
            *self._recipients(),
        ]
        return " ".join(told) or SAID["only_form"].in_(self.language)

    def _say(self, name: str, **facts: object) -> str:
        return SAID[name].in_(self.language).format(**facts)

    def _is_field(self, change: "PassageChange") -> bool:
        return not change.passage.key.startswith(("sections.", "preamble", RECIPIENTS))

    def _meetings(self) -> Iterator[str]:
        before, after = self.meetings
        if not (before and after) or (before.min, before.max) == (after.min, after.max):
            return
        unit = self.form.meetings.unit
        old, new = (_span(one, self.language) for one in (before, after))
        if not _is_number(after):
            old = f"{old} {unit}"
        else:
            new = f"{new} {unit}"
        yield self._say("becomes", heading=self.form.meetings.labels[0], old=old, new=new)

    def _field(self, change: "PassageChange") -> Iterator[str]:
        old, new = (one.text if one else "" for one in (change.old, change.new))
        if old == new:
            return
        brief = len(old) <= SHORT and len(new) <= SHORT and "," not in old
        name = (
            ("becomes" if brief else "was") if old and new else "field_set" if new else "field_gone"
        )
        yield self._say(name, heading=change.heading, old=old, new=new)

    def _sections(self, changed: "Sequence[PassageChange]") -> Iterator[str]:
        """What happened in each section, in order; what happened alike is said together."""
        together: dict[str, list[str]] = {}
        for change in changed:
            if change.passage.key == "preamble" and not (change.old and change.new):
                yield self._say("preamble" if change.new else "no_preamble")
            elif change.old is None or change.new is None:
                together.setdefault("new" if change.new else "gone", []).append(change.heading)
            else:
                if change.renamed:
                    yield self._say("renamed", old=change.old.heading, new=change.heading)
                if change.moved:
                    together.setdefault("moved", []).append(change.heading)
                yield from self._within(change, change.old, change.new, together)
        for name, headings in together.items():
            many = f"{name}s" if len(headings) > 1 and f"{name}s" in SAID else name
            yield self._say(many, headings=_listed(headings, self.language))

    def _within(
        self,
        change: "PassageChange",
        old: "Passage",
        new: "Passage",
        together: dict[str, list[str]],
    ) -> Iterator[str]:
        """What happened to the text of a section that stands in both versions."""
        if old.text == new.text or self._only_meets_otherwise(old, new):
            return
        if not new.text:
            together.setdefault("emptied", []).append(change.heading)
        elif points := self._points(old, new):
            yield self._say("points", points=points, heading=change.heading)
            if _paragraphs(old) != _paragraphs(new):
                together.setdefault("reworded", []).append(change.heading)
        elif quote := self._quote(change):
            yield quote
        else:
            together.setdefault("reworded", []).append(change.heading)

    def _only_meets_otherwise(self, old: "Passage", new: "Passage") -> bool:
        before, after = self.meetings
        if not (before and after) or before == after:
            return False
        return old.text.replace(before.text, after.text) == new.text

    def _points(self, old: "Passage", new: "Passage") -> str:
        """ "Två punkter tillagda och en borttagen", or nothing when no point came or went."""
        before, after = (Counter(_point_texts(one)) for one in (old, new))
        counts = _counted(list((before - after).elements()), list((after - before).elements()))
        parts: list[str] = []
        for name, count in counts.items():
            if count:
                noun = (A_POINT if count == 1 else MANY_POINTS).in_(self.language)
                done = POINTS[name][count > 1].in_(self.language)
                number = _number(count, self.language)
                parts.append(f"{number} {done}" if parts else f"{number} {noun} {done}")
        said = _listed(parts, self.language)
        return said[:1].upper() + said[1:]

    def _quote(self, change: "PassageChange") -> str:
        """The words themselves, when there are few and they stand in one place."""
        from documents.compare import Op

        gone, come = (
            [one.words for one in change.changes if one.op is op] for op in (Op.REMOVED, Op.ADDED)
        )
        words = [word for one in (*gone, *come) for word in one]
        if len(gone) > 1 or len(come) > 1 or len(words) > FEW or any(w.starts for w in words):
            return ""
        old, new = ("".join(w.text for one in side for w in one).strip() for side in (gone, come))
        while old and new and old[-1] == new[-1] and old[-1] in ".,;:":
            old, new = old[:-1], new[:-1]
        if not (old or new):
            return ""
        name = "quoted" if old and new else "quoted_new" if new else "quoted_gone"
        return self._say(name, heading=change.heading, old=old, new=new)

    def _recipients(self) -> Iterator[str]:
        old, new = (
            [recipient_text(line, self.form) for line in one.recipients]
            for one in (self.comparison.old, self.comparison.new)
        )
        if old != new and Counter(old) == Counter(new):
            yield self._say("order")
        for name, lines in (
            ("recipient", [one for one in new if one not in old]),
            ("no_recipient", [one for one in old if one not in new]),
        ):
            if len(lines) > NAMED:
                count = _number(len(lines), self.language)
                yield self._say(f"{name}_n", count=count[:1].upper() + count[1:])
            elif lines:
                who = lines[0] if len(lines) == 1 else "; ".join(lines)
                yield self._say(name if len(lines) == 1 else f"{name}s", who=who)


def _point_texts(passage: "Passage") -> list[str]:
    return [text for starts, text in _parts(passage) if starts]


def _paragraphs(passage: "Passage") -> list[str]:
    return [text for starts, text in _parts(passage) if not starts]


def _parts(passage: "Passage") -> list[tuple[str, str]]:
    """Every paragraph and point of a passage: how it starts, and its text."""
    parts: list[tuple[str, str]] = []
    for word in passage.words:
        if word.starts is not None:
            parts.append((word.starts, ""))
        elif parts:
            parts[-1] = (parts[-1][0], parts[-1][1] + word.text)
        else:
            parts.append(("", word.text))
    return parts


def _counted(gone: list[str], come: list[str]) -> dict[str, int]:
    """How many points came, went and were reworded."""
    from rapidfuzz import fuzz

    reworded = 0
    for old in tuple(gone):
        became = next((new for new in come if fuzz.ratio(old, new) >= LIKE_ENOUGH), None)
        if became is not None:
            gone.remove(old)
            come.remove(became)
            reworded += 1
    return {"added": len(come), "removed": len(gone), "reworded": reworded}


def _listed(parts: Sequence[str], language: Language) -> str:
    """ "a, b och c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {AND.in_(language)} {parts[-1]}"


def _number(count: int, language: Language) -> str:
    names = NUMBERS[language]
    return names[count] if count < len(names) else str(count)


def _is_number(meetings: Meetings) -> bool:
    return meetings.min is not None or meetings.max is not None


def _span(meetings: Meetings, language: Language) -> str:
    least, most = meetings.min, meetings.max
    if least is not None and most is not None:
        return str(least) if least == most else f"{least}–{most}"
    if least is not None:
        return f"{AT_LEAST.in_(language)} {least}"
    if most is not None:
        return f"{AT_MOST.in_(language)} {most}"
    return WHEN_NEEDED.in_(language)
