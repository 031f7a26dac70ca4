"""One step of the life, taken or refused; the only module that knows `transitions`."""

from dataclasses import dataclass
from typing import Any, cast

from transitions import EventData, Machine

from statemachine.case import Case
from statemachine.lifecycle import LIFE, Step, roles_for, steps_of, what_follows
from statemachine.rules import Rule
from statemachine.vocabulary import Act, Letter, Paper, Role, State
from statemachine.words import Refusal, Words


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step that was taken, and what follows from it, in words."""

    act: Act
    role: Role
    stood: State
    becomes: State
    letters: tuple[Letter, ...]
    papers: tuple[Paper, ...]


class Refused(Refusal):
    """The act may not be done. `reasons` names every broken rule; `rules` are their names."""

    def __init__(self, act: Act, reasons: tuple[Words, ...], rules: tuple[str, ...] = ()) -> None:
        super().__init__(*reasons)
        self.act = act
        self.rules = rules


class NotInTheLife(Refused):
    """The life knows no such act in this state, or not for this role."""


class _Walker:
    """A short-lived model: one charter taking one step. Reused models would pile up in Machine."""

    __slots__ = ("case", "role", "state")

    def __init__(self, case: Case, role: Role) -> None:
        self.case = case
        self.role = role
        self.state = case.standing.state


def _is_open_to(step: Step) -> Any:
    def role_and_rules_hold(event: EventData) -> bool:
        walker = cast(_Walker, event.model)
        return walker.role is step.by and all(rule(walker.case) for rule in step.provided_that)

    return role_and_rules_hold


def _machine() -> Machine:
    machine = Machine(
        model=None,
        states=State,
        initial=State.UNWRITTEN,
        auto_transitions=False,
        send_event=True,
    )
    for step in LIFE:
        machine.add_transition(
            step.act.value, step.stands, step.becomes, conditions=_is_open_to(step)
        )
    return machine


_MACHINE = _machine()


def advance(case: Case, act: Act, by: Role) -> Outcome:
    """Take the step `act` as `by`, and return what it becomes and what follows.

    Nothing happens here but the judgement: effects are words in the outcome.

    Raises NotInTheLife when the life has no such act here for this role, and Refused with every
    broken rule when it has, but the case does not meet them.
    """
    stands = case.standing.state
    if not steps_of(stands, by, act):
        raise NotInTheLife(act, (_unknown(stands, by, act),))
    walker = _Walker(case, by)
    if not _MACHINE.events[act.value].trigger(walker):
        broken = _broken(case, steps_of(stands, by, act))
        raise Refused(
            act, tuple(rule.refuse(case) for rule in broken), tuple(rule.name for rule in broken)
        )
    consequence = what_follows(act, by)
    return Outcome(act, by, stands, walker.state, consequence.letters, consequence.papers)


def _broken(case: Case, steps: tuple[Step, ...]) -> tuple[Rule, ...]:
    """The rules that stand in the way: where several rows lead on, those broken in all of them."""
    broken = [[rule for rule in step.provided_that if not rule(case)] for step in steps]
    in_all = [rule for rule in broken[0] if all(rule in others for others in broken)]
    return tuple(in_all or dict.fromkeys(rule for rules in broken for rule in rules))


def _unknown(stands: State, by: Role, act: Act) -> Words:
    roles = roles_for(stands, act)
    if roles:
        return Words(
            "Du är {by} i det här ärendet. Att {act} är en sak för {roles}.",
            "You are {by} in this case. To {act} is for the {roles}.",
        ).about(by=by.words, act=act.words, roles=_either(roles))
    return Words(
        "Det går inte att {act} när handlingen står som {state}.",
        "You cannot {act} while the document stands as {state}.",
    ).about(act=act.words, state=stands.words)


def _either(roles: tuple[Role, ...]) -> Words:
    return Words(
        " eller ".join(role.words.sv for role in roles),
        " or ".join(role.words.en for role in roles),
    )
