"""Which group a document is for: by name, however it is cased; else the nearest, as a question."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from models.document import Document
from models.tables import Group

LIKE_ENOUGH = 80
"""How alike, in percent, two names must be for one to be asked about as the other."""


class Matched(StrEnum):
    """How a group was found."""

    EXACT = "exact"
    FOLDED = "folded"
    NAMED = "named"
    """Its whole name stands in the document, and no other group's does there."""
    NEAREST = "nearest"
    """A guess, which a person must say yes to."""
    SAID = "said"
    """A person said so."""


@dataclass(frozen=True, slots=True)
class Match:
    """The group found, how, and how alike the names are, in percent."""

    group_id: int
    matched: Matched
    score: int


class Groups:
    """Every group there is or has been, by its name: read once, asked for each file."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(select(Group.id, Group.key, Group.name).order_by(Group.id)).all()
        # Of two that share a name the first counts, as everywhere.
        self._exact: dict[str, int] = {row.name: row.id for row in reversed(rows)}
        self._folded: dict[str, int] = {folded(row.name): row.id for row in reversed(rows)}
        self._keys: dict[str, int] = {row.key: row.id for row in rows}
        self._names = tuple(self._folded)

    def called(self, name: str) -> int | None:
        """The group with this key or name, however it is cased or spaced."""
        return self._keys.get(name.strip()) or self._folded.get(folded(name))

    def match(self, document: Document) -> Match | None:
        """The group the document is for, or None; a nearest is no more than a question."""
        name = document.group
        if name and name in self._exact:
            return Match(self._exact[name], Matched.EXACT, 100)
        if name and (found := self.called(name)) is not None:
            return Match(found, Matched.FOLDED, 100)
        if (found := self._named_in(document)) is not None:
            return Match(found, Matched.NAMED, 100)
        return self._nearest(name) if name else None

    def _named_in(self, document: Document) -> int | None:
        """The one group whose name stands in the title, else in whom it is for or goes to."""
        rooms: tuple[Iterable[str | None], ...] = (
            (document.title,),
            (document.assignee, *(line.who for line in document.recipients)),
        )
        for texts in rooms:
            said = f" {folded(' '.join(text for text in texts if text))} "
            found = [name for name in self._names if f" {name} " in _apart(said)]
            # "Rådet för vård" stands in "Rådet för vård och hälsa", and is not meant by it.
            outermost = [
                name
                for name in found
                if not any(name != other and name in other for other in found)
            ]
            if len(outermost) == 1:
                return self._folded[outermost[0]]
        return None

    def _nearest(self, name: str) -> Match | None:
        from rapidfuzz import fuzz, process

        best = process.extractOne(
            folded(name), self._names, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH
        )
        if best is None:
            return None
        spelling, score, _place = best
        return Match(self._folded[spelling], Matched.NEAREST, int(score))


def group_names(connection: Connection, most: int) -> tuple[str, ...]:
    """What the groups are called; none when they are more than `most`."""
    names = tuple(connection.scalars(select(Group.name).order_by(Group.name).limit(most + 1)))
    return names if len(names) <= most else ()


def folded(name: str) -> str:
    """The name in small letters, its words one space apart."""
    return " ".join(name.casefold().split())


def _apart(said: str) -> str:
    """The text with what ends a word or a sentence out of the way."""
    return "".join(" " if letter in ",.;:()”\"'" else letter for letter in said)
