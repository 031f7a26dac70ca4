"""An organisation out of its file: judged whole, with every fault at its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from casework.organisation import form, rules, values
from casework.organisation.form import Field, Form, attribute
from casework.organisation.nodes import (
    LARGEST,
    Listed,
    Mapped,
    Node,
    Place,
    Scalar,
    Unparsable,
    parsed,
)
from casework.organisation.things import (
    REFERENCES,
    Dated,
    Group,
    Organisation,
    Seat,
    Thing,
    ending_with_their_own,
)
from statemachine.words import Refusal, Words, plain


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: its place, the path there in words, and what to do."""

    file: str
    place: Place
    path: Words
    says: Words

    @property
    def words(self) -> Words:
        """The whole sentence: `organisation.yaml:12:5: person anna.ek, email: …`."""
        where = f"{self.file}:{self.place.line}:{self.place.column}"
        return Words(
            f"{where}: {self.path.sv}: {self.says.sv}", f"{where}: {self.path.en}: {self.says.en}"
        )


class OrganisationFaults(Refusal):
    """The file is no whole organisation; `faults` is everything wrong with it, from the top."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.place))
        super().__init__(*(fault.words for fault in self.faults))


def read_organisation_file(path: Path) -> Organisation:
    """The organisation in the file at `path`.

    Raises OrganisationFaults with every fault, or Refusal when there is no such text file.
    """
    try:
        with path.open("rb") as file:
            written = file.read(4 * LARGEST + 1)
        text = written.decode("utf-8-sig")
    except OSError as error:
        raise Refusal(CANNOT_OPEN.about(path=path)) from error
    except UnicodeDecodeError as error:
        raise Refusal(NOT_UTF_8.about(path=path)) from error
    return read_organisation(text, path.name)


def read_organisation(text: str, name: str) -> Organisation:
    """The organisation that `text` states; `name` is what the file is called in faults.

    What someone holds ends no later than they leave, and a seat no later than its group.
    Raises OrganisationFaults with every fault there is.
    """
    reading = _Reading(name)
    try:
        organisation = reading.whole(parsed(text))
    except Unparsable as error:
        raise OrganisationFaults([Fault(name, error.place, THE_FILE, error.says)]) from error
    if reading.faults:
        raise OrganisationFaults(reading.faults)
    return organisation


@dataclass(frozen=True, slots=True)
class _Written:
    """Where a thing stands in the file, and each of its fields."""

    place: Place
    path: Words
    fields: Mapping[str, Place]

    def at(self, name: str) -> Place:
        return self.fields.get(name, self.place)


@dataclass(slots=True)
class _Reading:
    """One file being read: what is wrong gathers, and the rest is read on with."""

    name: str
    faults: list[Fault] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    written: list[_Written] = field(default_factory=list)
    """Where each of `things` stands, in the same order."""
    keys: dict[type[Thing], list[str]] = field(default_factory=dict)
    mentions: list[tuple[_Written, str, str]] = field(default_factory=list)
    """Names of other things: by whom, in which field, and the name."""
    administrations: list[str] = field(default_factory=list)

    def wrong(self, place: Place, path: Words, says: Words) -> None:
        self.faults.append(Fault(self.name, place, path, says))

    # --- the file, from the top -----------------------------------------------------------------

    def whole(self, root: Node) -> Organisation:
        sections = self.pairs(root, form.WHOLE, THE_FILE)
        called: dict[str, Any] = {}
        if "organisation" in sections:
            path = plain("organisation")
            pairs = self.pairs(sections["organisation"], form.ORGANISATION, path)
            called = self.values(pairs, form.ORGANISATION, sections["organisation"].place, path)
        elif isinstance(root, Mapped):
            self.wrong(root.place, THE_FILE, MISSING.about(field="organisation"))
        self.administrations = self.texts(sections.get("administrations"), plain("administrations"))
        for section, each in form.SECTIONS.items():
            self.list_of(each, sections.get(section), plain(section))
        if "duties" in sections:
            held = self.pairs(sections["duties"], form.DUTIES, plain("duties"))
            for duty, node in held.items():
                self.list_of(form.DUTY, node, plain(f"duties, {duty}"), duty=duty)
        things = self.judged()
        return Organisation(
            name=called.get("name", ""),
            abbreviation=called.get("abbreviation"),
            administrations=tuple(self.administrations),
            things=things,
        )

    def list_of(self, each: Form, node: Node | None, path: Words, **belongs: str) -> None:
        for number, item in enumerate(self.items(node, path), 1):
            numbered = Words(f"{path.sv}, nr {number}", f"{path.en}, no. {number}")
            self.thing(each, item, numbered, belongs)

    def thing(self, each: Form, node: Node, path: Words, belongs: Mapping[str, str]) -> None:
        """Read one thing and what is listed inside it; `path` is its number in its list."""
        key = _key_in(node) if "key" in each.fields else None
        if key is not None:
            path = Words(f"{each.thing.noun.sv} {key}", f"{each.thing.noun.en} {key}")
            self.keys.setdefault(each.thing, []).append(key)
        pairs = self.pairs(node, (*each.fields, *each.inside), path)
        for name, inside in each.inside.items():
            owner = {each.thing.__name__.lower(): key or ""}
            self.list_of(inside, pairs.get(name), _within(path, name), **owner)
        if not isinstance(node, Mapped):
            return
        found = self.values(pairs, each.fields, node.place, path)
        where = _Written(node.place, path, {name: value.place for name, value in pairs.items()})
        self.mentions += [
            (where, name, found[name])
            for name in (*REFERENCES, "administration")
            if found.get(name) is not None
        ]
        if each.thing is Seat:
            self.judge_vacancy(found, where)
        self.keep(each.thing, {**found, **belongs}, where)

    def keep(self, kind: type[Thing], found: dict[str, Any], where: _Written) -> None:
        """Keep what the rules can judge: a group without its first day, yet no such period."""
        if issubclass(kind, Dated) and (
            "from" not in found or ("through" in where.fields and "through" not in found)
        ):
            return
        if kind is Group:
            found.setdefault("from", date.min)
        self.things.append(kind(**{attribute(name): value for name, value in found.items()}))
        self.written.append(where)

    # --- what is judged when all is read ----------------------------------------------------------

    def judge_vacancy(self, found: dict[str, Any], where: _Written) -> None:
        """A seat has a person, or says that it is vacant."""
        vacant = found.pop("vacant", False)
        if vacant and found.get("person"):
            self.wrong(where.at("vacant"), _within(where.path, "vacant"), HELD_AND_VACANT)
        elif not vacant and not found.get("person"):
            self.wrong(where.at("person"), where.path, HELD_OR_VACANT)

    def judged(self) -> tuple[Thing, ...]:
        """The things read, each ending with its own, when all they say of one another is judged."""
        for where, name, key in self.mentions:
            if name != "administration":
                known, says = self.keys.get(REFERENCES[name], []), NO_SUCH
                noun = REFERENCES[name].noun
            else:
                known, says, noun = self.administrations, NO_SUCH_ADMINISTRATION, plain("")
            if key not in known:
                meant = values.meant(values.nearest_to(key, known))
                says = says.about(noun=noun, key=key, meant=meant)
                self.wrong(where.at(name), _within(where.path, name), says)
        things = ending_with_their_own(self.things)
        written = {id(thing): where for thing, where in zip(things, self.written, strict=True)}
        for wrong in rules.wrongs(things):
            where = written[id(wrong.thing)]
            self.wrong(where.at(wrong.field), _within(where.path, wrong.field), wrong.says)
        return things

    # --- nodes and values -------------------------------------------------------------------------

    def pairs(self, node: Node, known: Iterable[str], path: Words) -> dict[str, Node]:
        """The known fields of a mapping; others, and those said twice, are faults."""
        known = tuple(known)
        found: dict[str, Node] = {}
        if not isinstance(node, Mapped):
            self.wrong(node.place, path, NOT_FIELDS.about(example=known[0]))
            return found
        for key, value in node.pairs:
            name = key.text if isinstance(key, Scalar) else None
            if name in found:
                self.wrong(key.place, _within(path, name), SAID_TWICE)
            elif name in known:
                found[name] = value
            else:
                meant = values.meant(values.nearest_to(name or "", known))
                says = UNKNOWN.about(name=_visible(name), meant=meant, known=", ".join(known))
                self.wrong(key.place, path, says)
        return found

    def items(self, node: Node | None, path: Words) -> tuple[Node, ...]:
        if isinstance(node, Listed):
            return node.items
        if node is not None and not _is_empty(node):
            self.wrong(node.place, path, NOT_A_LIST)
        return ()

    def texts(self, node: Node | None, path: Words) -> list[str]:
        found = (self.value(Field(values.text), item, path) for item in self.items(node, path))
        return [text for text in found if text is not None]

    def values(
        self, pairs: Mapping[str, Node], fields: Mapping[str, Field], place: Place, path: Words
    ) -> dict[str, Any]:
        """The values of the fields that have one; a needed one that is missing is a fault."""
        found: dict[str, Any] = {}
        for name, one in fields.items():
            node = pairs.get(name)
            if node is None or _is_empty(node):
                if one.needed:
                    self.wrong(node.place if node else place, path, MISSING.about(field=name))
            elif one.each:
                found[name] = tuple(self.texts(node, _within(path, name)))
            else:
                found[name] = self.value(one, node, _within(path, name))
            if one.needed and one.read is not values.day:
                # A stand-in, so that what else is said of the thing is judged at once.
                found[name] = found.get(name) or _raw(node)
        return {name: value for name, value in found.items() if value is not None}

    def value(self, one: Field, node: Node, path: Words) -> Any:
        """The value in `node`, or None where it has none; that is a fault."""
        if not isinstance(node, Scalar) or node.text is None:
            self.wrong(node.place, path, NOT_ONE_VALUE)
            return None
        try:
            return one.read(node.text)
        except values.Unusable as unusable:
            self.wrong(node.place, path, unusable.says)
            return None


def _key_in(node: Node) -> str | None:
    """The key a thing gives itself, if it can be shown."""
    pairs = node.pairs if isinstance(node, Mapped) else ()
    for name, value in pairs:
        if isinstance(name, Scalar) and name.text == "key" and isinstance(value, Scalar):
            return _visible(value.text) or None
    return None


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and not (node.text or "").strip()


def _raw(node: Node | None) -> str:
    return (node.text or "") if isinstance(node, Scalar) else ""


def _visible(text: str | None) -> str:
    return "".join(letter for letter in text or "" if letter.isprintable())


def _within(path: Words, name: str | None) -> Words:
    return Words(f"{path.sv}, {_visible(name)}", f"{path.en}, {_visible(name)}")


THE_FILE = Words("filen", "the file")
CANNOT_OPEN = Words(
    "Filen {path} går inte att öppna. Kontrollera namnet, och att du får läsa den.",
    "The file {path} cannot be opened. Check its name, and that you may read it.",
)
NOT_UTF_8 = Words(
    "Filen {path} är inte text i UTF-8. Spara den som UTF-8 och försök igen.",
    "The file {path} is not UTF-8 text. Save it as UTF-8 and try again.",
)
MISSING = Words("{field} saknas. Lägg till det.", "{field} is missing. Add it.")
UNKNOWN = Words(
    "”{name}” är inte ett fält här.{meant} De som finns är {known}.",
    "“{name}” is not a field here.{meant} There are {known}.",
)
SAID_TWICE = Words("Det står två gånger. Behåll det ena.", "It is said twice. Keep one of them.")
NOT_FIELDS = Words(
    "Här ska det stå fält med värden, till exempel {example}: …",
    "There should be fields with values here, for example {example}: …",
)
NOT_A_LIST = Words(
    "Här ska det stå en lista, med ett bindestreck framför varje rad i den.",
    "There should be a list here, with a hyphen before each of its items.",
)
NOT_ONE_VALUE = Words(
    "Här ska det stå ett enda värde på en rad.", "There should be one value here, on one line."
)
NO_SUCH = Words(
    "Det finns ingen {noun} med nyckeln {key} i filen.{meant}",
    "There is no {noun} with the key {key} in the file.{meant}",
)
NO_SUCH_ADMINISTRATION = Words(
    "{key} finns inte bland administrations.{meant}",
    "{key} is not among administrations.{meant}",
)
HELD_AND_VACANT = Words(
    "Platsen har en person och kan inte också vara vakant. Ta bort det ena.",
    "The seat has a person and cannot be vacant as well. Remove one of them.",
)
HELD_OR_VACANT = Words(
    "Vem har platsen? Ange person, eller skriv vacant: true.",
    "Who has the seat? Give person, or write vacant: true.",
)
