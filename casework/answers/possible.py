"""What someone may do here: the acts their role opens, and what stands in the way of one.

Nothing is locked and nothing is written. What is answered is what the act itself would answer at
this moment, since the act is asked: it gathers and judges before anything is written.
"""

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection

from casework.change import Said
from casework.door import HANDLING
from casework.matter import Matter, Sitting, look_at
from casework.papers import NoPress
from casework.sweep import without_a_charter
from models.directory import Directory
from statemachine.lifecycle import LIFE
from statemachine.machine import Refused
from statemachine.vocabulary import Act, Role
from statemachine.words import Refusal, Words

__all__ = ["BrokenRule", "before_it_begins", "broken_rules", "look_at", "possible_acts"]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """One thing that stands in the way: the rule's name in `statemachine.rules`, and its refusal.

    The rule is None when it is not for them to do at all, or not here.
    """

    rule: str | None
    words: Words


def possible_acts(matter: Matter) -> tuple[Act, ...]:
    """The acts that whoever looks at this charter may try as it stands, in the order of the life.

    Those for which they play the role today. Whether the rules hold is judged at the act.
    """
    plays: dict[Role, bool] = {}
    acts: dict[Act, None] = {}
    for step in LIFE:
        if step.stands is matter.state:
            if step.by not in plays:
                plays[step.by] = matter.plays(step.by)
            if plays[step.by]:
                acts[step.act] = None
    return tuple(acts)


def before_it_begins(connection: Connection, group: Any | None, at: Sitting) -> Matter:
    """The matter of a charter not yet written, for a group (its row) or for none."""
    if group is not None:
        return without_a_charter(connection, group, at)
    return Matter(connection, None, at, Directory(connection, at.today, known=at.by))


def broken_rules(
    matter: Matter, act: Act, *, prints: bool = True, **said: Any
) -> tuple[BrokenRule, ...]:
    """All that stands in the way of the act now, said as `carry_out` takes it; empty for nothing.

    Writing a paper for real takes its time: with `prints` false it is held to be printable, and
    only the act itself will say if it is not.
    """
    tries_the_paper = prints and act in (Act.SUBMIT, Act.CORRECT)
    press = matter.sitting.press if tries_the_paper else NoPress()
    looked_at = replace(matter, sitting=replace(matter.sitting, press=press))
    try:
        HANDLING[act](looked_at, Said(**said))
    except Refusal as refused:
        rules: tuple[str, ...] = refused.rules if isinstance(refused, Refused) else ()
        return tuple(BrokenRule(rule, words) for rule, words in zip_longest(rules, refused.reasons))
    return ()
