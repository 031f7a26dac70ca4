"""What sets two states of the organisation apart, in words and as data."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeAlias

from casework.organisation.form import FIELDS, MAY, field_of
from casework.organisation.things import (
    REFERENCES,
    Authority,
    Duty,
    Group,
    Office,
    Person,
    Seat,
    Thing,
    identity,
)
from statemachine.vocabulary import Duty as DutyWord
from statemachine.vocabulary import Seat as SeatWord
from statemachine.vocabulary import Spoken
from statemachine.words import Language, Words, joined, plain

Names: TypeAlias = Mapping[tuple[type[Thing], str], str]
"""What the person, office or group of each key is called."""


class How(Spoken):
    NEW = "new", "nytt", "new"
    CHANGED = "changed", "ändrat", "changed"
    CLOSED = "closed", "avslutat", "closed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is new, changed or closed; `before` is None for a new one."""

    after: Thing
    called: Words
    before: Thing | None = None
    id: int | None = None
    """Its row in memory; None for a new one."""

    @property
    def how(self) -> How:
        """Closed is what only got its last day, or an earlier one."""
        if self.before is None:
            return How.NEW
        for name in ("through", "discontinued_on"):
            if set(self.fields) == {name}:
                old, new = self.fields[name]
                return How.CLOSED if new and new < (old or date.max) else How.CHANGED
        return How.CHANGED

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Old and new value of every field that differs; of a new thing, what it has."""
        return {
            field_of(one.name): (old, new)
            for one in fields(self.after)
            if (old := getattr(self.before, one.name, None))
            != (new := getattr(self.after, one.name))
            and (self.before is not None or new not in (None, ()))
        }

    @property
    def words(self) -> Words:
        """The change as a line: `plats Rådet, ordförande, Anna Ek; t.o.m. – → 2026-05-31`."""
        return Words(self._line("sv"), self._line("en"))

    def _line(self, language: Language) -> str:
        line = f"{self.after.noun.in_(language)} {self.called.in_(language)}"
        if self.before is None:
            return line
        moves = (
            f"{FIELDS[name].in_(language)} {_shown(old)} → {_shown(new)}"
            for name, (old, new) in self.fields.items()
        )
        return "; ".join((line, *moves))

    def as_json(self) -> dict[str, Any]:
        """The change as plain data; dates ISO, a field's old and new value side by side."""
        return {
            "what": self.after.noun.en,
            "which": [plain_value(part) for part in identity(self.after)],
            "called": {"sv": self.called.sv, "en": self.called.en},
            "fields": {
                name: {"old": plain_value(old), "new": plain_value(new)}
                for name, (old, new) in self.fields.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changes, in the order it is done; false when nothing does."""

    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def of(self, how: How) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.how is how)

    @property
    def words(self) -> Words:
        """The whole difference as lines to read: what is new, what changed, what is closed."""
        if not self:
            return Words("Ingenting är ändrat.", "Nothing has changed.")
        return Words(self._lines("sv"), self._lines("en"))

    def _lines(self, language: Language) -> str:
        return "\n".join(
            line
            for how in How
            if (changes := self.of(how))
            for line in (
                f"{how.words.in_(language).capitalize()} ({len(changes)})",
                *(f"  {change.words.in_(language)}" for change in changes),
            )
        )

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        """`new`, `changed` and `closed`, each a list of changes as plain data."""
        return {how.value: [change.as_json() for change in self.of(how)] for how in How}


def called(thing: Thing, names: Names) -> Words:
    """What people call a thing: by the names of those it concerns, not their keys."""
    concerned = {
        name: names.get((kind, key), key)
        for name, kind in REFERENCES.items()
        if (key := getattr(thing, name, None)) is not None
    }
    match thing:
        case Person() | Office() | Group():
            return plain(f"{thing.name} ({thing.key})")
        case Duty():
            parts = [DutyWord(thing.duty).words, plain(concerned["person"])]
        case Seat():
            who = plain(concerned["person"]) if thing.person else Words("vakant", "vacant")
            parts = [plain(concerned["group"]), SeatWord(thing.seat).words, who]
        case Authority():
            scope = (thing.kind, concerned.get("group"), thing.area)
            parts = [
                Words("{office} får {act}", "{office} may {act}").about(
                    office=concerned["office"], act=MAY[thing.may]
                ),
                *(plain(part) for part in scope if part),
            ]
        case _:
            parts = [plain(concerned["office"]), plain(concerned["person"])]
    return joined(parts, by=", ")


def plain_value(value: Any) -> Any:
    """A value as JSON has it: dates ISO, tuples as lists."""
    match value:
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) and value else str(value or "–")
