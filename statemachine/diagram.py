"""The life drawn from its own table: a picture, a table to read, and the page with both."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from statemachine.lifecycle import LIFE
from statemachine.rules import Rule
from statemachine.vocabulary import Act, Role, Spoken, State
from statemachine.words import Language, Words


@dataclass(frozen=True, slots=True)
class Strand:
    """Rows of the life that read as one: in each of these states, open to each of these roles.

    `becomes` is None where the state stays what it was.
    """

    stands: tuple[State, ...]
    act: Act
    by: tuple[Role, ...]
    becomes: State | None
    provided_that: tuple[Rule, ...]


def strands() -> tuple[Strand, ...]:
    """The life with like rows joined, in the order of the table."""
    roles = defaultdict[tuple[State, Act, State | None, tuple[Rule, ...]], list[Role]](list)
    for row in LIFE:
        becomes = None if row.becomes is row.stands else row.becomes
        roles[row.stands, row.act, becomes, row.provided_that].append(row.by)
    states = defaultdict[tuple[Act, tuple[Role, ...], State | None, tuple[Rule, ...]], list[State]](
        list
    )
    for (stands, act, becomes, rules), by in roles.items():
        states[act, tuple(by), becomes, rules].append(stands)
    return tuple(Strand(tuple(stands), *rest) for rest, stands in states.items())


def mermaid(language: Language) -> str:
    """The life as a Mermaid state diagram.

    What leaves the state as it is stands inside its box. Arrows from several states to the same
    ends meet in a diamond, and so do the several ends of one act.
    """
    ways = _ways()
    points = {point for way in ways for point in way if point.startswith("at_")}
    lines = [
        *(f'state "{state.words.in_(language)}" as {state}' for state in _written()),
        *(f"{state}: {line}" for state in _written() for line in _inside(state, language)),
        *(f"state {point} <<choice>>" for point in sorted(points)),
        *(
            f"{start} --> {end}" + (f": {'<br/>'.join(_labels(done, language))}" if done else "")
            for (start, end), done in ways.items()
        ),
    ]
    return "\n    ".join(("stateDiagram-v2", *lines)) + "\n"


def _written() -> tuple[State, ...]:
    return tuple(state for state in State if state is not State.UNWRITTEN)


def _inside(state: State, language: Language) -> list[str]:
    done = [strand for strand in strands() if state in strand.stands and strand.becomes is None]
    return _labels(done, language)


def _ways() -> dict[tuple[str, str], list[Strand]]:
    """The arrows of the picture, from point to point, and what is done along each."""
    moves = [strand for strand in strands() if strand.becomes is not None]
    ends_of = Counter((strand.stands, strand.act, strand.by) for strand in moves)
    share = Counter(strand.stands for strand in moves if len(strand.stands) > 1)
    ways = defaultdict[tuple[str, str], list[Strand]](list)
    for strand in moves:
        end = str(strand.becomes)
        starts = ["[*]" if state is State.UNWRITTEN else str(state) for state in strand.stands]
        if ends_of[strand.stands, strand.act, strand.by] > 1:
            diamond = f"at_{strand.act.name.lower()}"
            for start in starts:
                ways[start, diamond] = [strand]
            ways[diamond, end] = []
        elif share[strand.stands] > 1:
            diamond = f"at_the_end_of_{strand.stands[0]}"
            for start in starts:
                ways[start, diamond] = []
            ways[diamond, end].append(strand)
        else:
            for start in starts:
                ways[start, end].append(strand)
    return ways


def _labels(done: Sequence[Strand], language: Language) -> list[str]:
    """Who does what, a line for each: `act, act (role, role)`."""
    roles = defaultdict[Act, dict[Role, None]](dict)
    for strand in done:
        roles[strand.act].update(dict.fromkeys(strand.by))
    acts = defaultdict[tuple[Role, ...], list[Act]](list)
    for act, by in roles.items():
        acts[tuple(by)].append(act)
    return [f"{_spoken(same, language)} ({_spoken(by, language)})" for by, same in acts.items()]


HEADINGS = (
    Words("står som", "stands as"),
    Words("åtgärd", "act"),
    Words("av", "by"),
    Words("blir", "becomes"),
    Words("annars sägs", "provided that"),
)
UNCHANGED = Words("oförändrat", "unchanged")


def table(language: Language) -> str:
    """The whole life as a Markdown table.

    The rules are named in English, as in the code; in Swedish their refusals stand instead.
    """
    rows = (
        (
            _spoken(strand.stands, language),
            strand.act.words.in_(language),
            _spoken(strand.by, language),
            (strand.becomes.words if strand.becomes else UNCHANGED).in_(language),
            "<br>".join(
                _name(rule) if language == "en" else _said(rule).in_(language)
                for rule in strand.provided_that
            ),
        )
        for strand in strands()
    )
    return _as_table((heading.in_(language) for heading in HEADINGS), rows)


def _as_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    headings = tuple(headings)
    lines = (headings, ("---",) * len(headings), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _spoken(words: Iterable[Spoken], language: Language) -> str:
    return ", ".join(word.words.in_(language) for word in words)


def _name(rule: Rule) -> str:
    return rule.name.replace("_", " ")


def _said(rule: Rule) -> Words:
    """The refusal, with three dots where it names what broke it."""
    return Words(rule.refusal.sv.replace("{}", "…"), rule.refusal.en.replace("{}", "…"))


PAGE = """\
# The life of a charter

Every act on a charter is a row of one table, `LIFE` in `statemachine/lifecycle.py`; what is not in
the table cannot be done. This page is drawn from it: `mandat lifecycle --page > docs/lifecycle.md`.

An act needs someone in the right role. Roles follow from person, charter and day; nobody chooses
one. The calendar acts on its own when a day comes. All the rules of an act must hold: a refusal
names every broken one, in the words below.

```mermaid
{picture}```

A box shows what can be done while the charter stays in that state.

## Who may do what where

{table}
## What is said when a rule is broken

{rules}
## The words

{words}"""


def page() -> str:
    """The life on a page: in English, with the Swedish words. `docs/lifecycle.md` is this."""
    rules = dict.fromkeys(rule for strand in strands() for rule in strand.provided_that)
    said = ((_name(rule), _said(rule).en, _said(rule).sv) for rule in rules)
    return PAGE.format(
        picture=mermaid("en"),
        table=table("en"),
        rules=_as_table(("rule", "refusal", "på svenska"), said),
        words=_as_table(("", "word", "på svenska"), _words()),
    )


def _words() -> Iterable[tuple[str, str, str]]:
    """The states, acts and roles of the life, in both languages."""
    roles = dict.fromkeys(role for strand in strands() for role in strand.by)
    for what, spoken in (("state", State), ("act", Act), ("role", roles)):
        yield from ((what, word.words.en, word.words.sv) for word in spoken)
