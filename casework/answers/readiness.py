"""What stands between a draft and its submission: every hindrance, in words, and where it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from casework.change import Reached, Said
from casework.matter import Matter
from casework.recipients import resolve
from casework.review import judged_for_submission
from documents import problems_of
from models.document import Level
from statemachine.machine import Refused
from statemachine.words import Words

WHERE: Mapping[str, str] = {
    "term_ends_after_it_begins": "valid_through",
    "term_is_not_too_long": "valid_through",
    "deciding_office_is_known": "office",
    "office_has_authority": "office",
    "presenter_answered_the_conflict_question": "conflict",
    "presenter_has_no_conflict": "conflict",
    "warnings_are_answered": "answer",
}
"""Where what breaks a rule is put right."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One thing to put right, and where: a field's path, or a question of the submission's."""

    words: Words
    at: str | None = None


@dataclass(frozen=True, slots=True)
class ToBeReached:
    """A line of the distribution list: who is behind it today, or why nobody is."""

    place: int
    who: str
    reached: tuple[Reached, ...]
    why_nobody: Words | None
    instead: str
    """Who gets it instead, where somebody has been named."""


def hindrances(matter: Matter, said: Said) -> tuple[Hindrance, ...]:
    """All that the life's rules would refuse a submission for, were this said with it.

    The paper is not written: what it cannot hold is refused when it is submitted.
    """
    try:
        judged_for_submission(matter, said, unrenderable=None)
    except Refused as refused:
        if not refused.rules:
            return tuple(Hindrance(reason) for reason in refused.reasons)
        return tuple(
            one
            for rule, reason in zip(refused.rules, refused.reasons, strict=True)
            for one in _spelled_out(matter, said, rule, reason)
        )
    return ()


def _spelled_out(matter: Matter, said: Said, rule: str, reason: Words) -> tuple[Hindrance, ...]:
    if rule == "document_has_no_errors":
        return tuple(
            Hindrance(problem.message, problem.field)
            for problem in problems_of(matter.document)
            if problem.level is Level.ERROR
        )
    if rule == "every_recipient_resolves":
        return tuple(
            Hindrance(line.why_nobody, f"instead-{line.place}")
            for line in lines_to_reach(matter, said.instead)
            if line.why_nobody is not None
        )
    return (Hindrance(reason, WHERE.get(rule)),)


def lines_to_reach(matter: Matter, instead: Mapping[int, str]) -> tuple[ToBeReached, ...]:
    """The distribution list as it would be sent today, line by line."""
    named = {**{int(place): who for place, who in matter.charter.instead.items()}, **instead}
    mailing = resolve(matter.text, matter.people, matter.group, named)
    return tuple(
        ToBeReached(
            place,
            line.who,
            tuple(one for one in mailing.reached if one.place == place),
            mailing.unresolved.get(place),
            named.get(place, ""),
        )
        for place, line in enumerate(matter.document.recipients, start=1)
    )
