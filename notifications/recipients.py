"""Whom each letter is meant for, as data; casework finds the people of that day."""

import re
from dataclasses import dataclass

from statemachine.vocabulary import EXPIRY_WARNINGS, Audience, Letter
from statemachine.words import Words


@dataclass(frozen=True, slots=True)
class For:
    """One audience of a letter; in copy when somebody else is expected to act on it."""

    audience: Audience
    in_copy: bool = False


def to(*audiences: Audience) -> tuple[For, ...]:
    return tuple(For(audience) for audience in audiences)


def copy(*audiences: Audience) -> tuple[For, ...]:
    return tuple(For(audience, in_copy=True) for audience in audiences)


A = Audience

# fmt: off
RECIPIENTS: dict[Letter, tuple[For, ...]] = {
    Letter.DRAFT_UNTOUCHED:         to(A.HANDLER),
    Letter.DECISION_REQUEST:        to(A.DECIDER),
    Letter.DECISION_REMINDER:       to(A.DECIDER),
    Letter.ESCALATION:              to(A.DECIDER, A.STAND_IN, A.HANDLER),
    Letter.NOBODY_CAN_DECIDE:       to(A.HANDLER, A.REGISTRY_KEEPER),
    Letter.OPINION_ASKED:           to(A.REVIEWER),
    Letter.OPINION_GIVEN:           to(A.HANDLER, A.DECIDER),
    Letter.HANDED_OVER:             to(A.NEW_HANDLER) + copy(A.HANDLER),
    Letter.WITHDRAWN:               to(A.DECIDER, A.REVIEWER),
    Letter.SENT_BACK:               to(A.HANDLER, A.SUBMITTER),
    Letter.OUTCOME:                 to(A.PARTICIPANT),
    Letter.DISTRIBUTION:            to(A.DISTRIBUTION_LIST),
    Letter.CORRECTED:               to(A.DISTRIBUTION_LIST),
    Letter.DISTRIBUTION_INCOMPLETE: to(A.HANDLER),
    Letter.FOLLOW_UP:               to(A.CHAIR, A.LIAISON),
    Letter.EXPIRED:                 to(A.COORDINATOR, A.CHAIR, A.LIAISON, A.HANDLER,
                                       A.COMMISSIONER, A.DECIDER, A.REGISTRY_KEEPER),
    Letter.GAP:                     to(A.COORDINATOR, A.CHAIR, A.LIAISON, A.HANDLER,
                                       A.COMMISSIONER),
    Letter.DISCONTINUED:            to(A.DISTRIBUTION_LIST, A.PARTICIPANT),
    Letter.UNDELIVERABLE:           to(A.HANDLER),
    Letter.STANDSTILL:              to(A.ADMINISTRATOR),
    Letter.ALARM:                   to(A.ADMINISTRATOR),
    Letter.DIGEST:                  to(A.REGISTRY_KEEPER, A.HANDLER, A.COORDINATOR),
    Letter.LOGIN_CODE:              to(A.LOGGING_IN),
}

RENEWAL: tuple[tuple[int, tuple[For, ...]], ...] = (
    # months ahead or fewer: who is told as well as all above
    (9999, to(A.COORDINATOR) + copy(A.CHAIR)),
    (3,    to(A.LIAISON, A.HANDLER, A.COMMISSIONER)),
    (1,    to(A.DECIDER)),
)

WHY: dict[Audience, Words] = {
    A.HANDLER:           Words("du är handläggare", "you are the handler"),
    A.NEW_HANDLER:       Words("du är ny handläggare", "you are the new handler"),
    A.SUBMITTER:         Words("du skickade den för beslut", "you submitted it for decision"),
    A.DECIDER:           Words("du är beslutsfattare", "you are the one who decides"),
    A.STAND_IN:          Words("du är beslutsfattarens ersättare", "you stand in for the decider"),
    A.COMMISSIONER:      Words("du är uppdragsgivare", "you are the commissioner"),
    A.CHAIR:             Words("du är ordförande i gruppen", "you chair the group"),
    A.COORDINATOR:       Words("du är gruppens koordinator", "you are the group's coordinator"),
    A.LIAISON:           Words("du är gruppens kontaktperson", "you are the group's liaison"),
    A.REVIEWER:          Words("du är granskare", "you are a reviewer"),
    A.PARTICIPANT:       Words("du har deltagit i ärendet", "you took part in the case"),
    A.REGISTRY_KEEPER:   Words("du är registrator", "you are the registry keeper"),
    A.ADMINISTRATOR:     Words("du är administratör", "you are an administrator"),
    A.LOGGING_IN:        Words("någon, troligen du, vill logga in med din adress",
                               "someone, most likely you, is logging in with your address"),
    A.DISTRIBUTION_LIST: Words("du står på sändlistan", "you are on the distribution list"),
}
"""Why someone in that role got the letter: the last line of every letter says it."""
# fmt: on

FALLBACK: tuple[Audience, ...] = (Audience.HANDLER, Audience.REGISTRY_KEEPER)
"""Who gets a letter that nobody holds the role for: the first of these that somebody holds."""


def meant_for(letter: Letter, stage: str = "") -> tuple[For, ...]:
    """The audiences of a letter, in order; for an expiry warning they grow as the day comes near.

    Raises ValueError for a stage of one that is not a distance such as `12m` or `14d`.
    """
    if letter not in EXPIRY_WARNINGS:
        return RECIPIENTS[letter]
    months = months_ahead(stage)
    return tuple(one for at_most, told in RENEWAL if months <= at_most for one in told)


def months_ahead(stage: str) -> float:
    """How many months ahead such a stage lies: `12m` is 12, `14d` a little under a half."""
    distance = re.fullmatch(r"(\d+)([md])", stage)
    if distance is None:
        raise ValueError(f"{stage!r} is not a distance ahead, such as 12m or 14d")
    count, unit = int(distance[1]), distance[2]
    return count if unit == "m" else count / 30.44
