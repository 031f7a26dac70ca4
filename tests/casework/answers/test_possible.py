"""What someone may do here: as the act itself would say, and nothing is written by asking."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from casework.answers.possible import (
    BrokenRule,
    before_it_begins,
    broken_rules,
    look_at,
    possible_acts,
)
from casework.papers import Printer
from documents.write.look import Look
from models.session import reading
from statemachine.machine import NotInTheLife
from statemachine.vocabulary import Act
from tests.builders import BEGUN, DAY, DECIDED, FOUNDED, Region, a_charter, with_tasks

EVERYONE = ("sara", "elin", "oskar", "astrid", "helena", "mikael", "rolf", "anna", "bo", "dag")


def may(region: Region, who: str, charter: int, on: date) -> tuple[Act, ...]:
    with reading(region.engine) as connection:
        return possible_acts(look_at(connection, charter, region.sitting(connection, who, on)))


def in_the_way(
    region: Region, who: str, act: Act, charter: int, *, on: date = BEGUN, **said: Any
) -> list[BrokenRule]:
    authenticated = said.pop("authenticated", timedelta())
    before = region.everything()
    with reading(region.engine) as connection:
        at = region.sitting(connection, who, on, authenticated)
        found = broken_rules(look_at(connection, charter, at), act, **said)
    assert region.everything() == before
    return list(found)


def names(broken: list[BrokenRule]) -> list[str | None]:
    return [one.rule for one in broken]


# --- whose part it is -----------------------------------------------------------------------------


def test_each_sees_the_acts_of_their_role(region: Region) -> None:
    charter = region.draft()
    assert may(region, "sara", charter, BEGUN) == (
        Act.EDIT,
        Act.HAND_OVER,
        Act.SUBMIT,
        Act.ABANDON,
    )
    assert may(region, "oskar", charter, BEGUN) == (Act.HAND_OVER, Act.ABANDON)
    assert may(region, "helena", charter, BEGUN) == ()
    region.submitted(charter, on=BEGUN)
    assert may(region, "helena", charter, BEGUN) == (
        Act.ASK_OPINION,
        Act.SEND_BACK,
        Act.DECLARE_CONFLICT,
        Act.APPROVE,
    )
    assert may(region, "sara", charter, BEGUN) == (Act.ASK_OPINION, Act.WITHDRAW, Act.HAND_OVER)
    region.decided(charter, on=DECIDED)
    assert may(region, "helena", charter, DECIDED) == (Act.CORRECT, Act.DISCONTINUE)
    assert may(region, "sara", charter, DECIDED) == ()


@pytest.mark.parametrize("brought_to", [Region.draft, Region.in_review, Region.distributed])
def test_they_are_those_that_the_door_knows_a_role_for(
    region: Region, brought_to: Callable[[Region], int]
) -> None:
    charter = brought_to(region)
    for who in EVERYONE:
        with reading(region.engine) as connection:
            matter = look_at(connection, charter, region.sitting(connection, who, DECIDED))
            known = [act for act in Act if has_a_role(matter, act)]
            assert sorted(possible_acts(matter)) == sorted(known), who


def has_a_role(matter: Any, act: Act) -> bool:
    try:
        matter.role_for(act)
    except NotInTheLife:
        return False
    return True


def test_before_a_charter_is_written_some_may_begin_one(region: Region) -> None:
    def begins(who: str, group: str | None) -> tuple[Act, ...]:
        with reading(region.engine) as connection:
            row = region.group(group, connection) if group else None
            at = region.sitting(connection, who, FOUNDED)
            return possible_acts(before_it_begins(connection, row, at))

    assert begins("sara", "rorelse") == begins("bo", "rorelse") == (Act.DRAFT, Act.RENEW)
    assert begins("oskar", "rorelse") == (Act.RECORD,)
    assert begins("bo", None) == begins("anna", "rorelse") == ()


# --- what stands in the way -----------------------------------------------------------------------


def test_a_draft_that_is_ready_has_nothing_in_its_way(region: Region) -> None:
    charter = region.draft()
    assert in_the_way(region, "sara", Act.SUBMIT, charter, conflict=False) == []
    region.submitted(charter, on=BEGUN)


def test_all_that_stands_in_the_way_of_submitting_is_what_submitting_says(region: Region) -> None:
    document = a_charter(sections=())
    charter = region.draft(document=document)
    region.authority_ends(on=BEGUN, through=BEGUN - DAY)
    region.vacates("chair", on=BEGUN)
    broken = in_the_way(region, "sara", Act.SUBMIT, charter)
    assert names(broken) == [
        "document_has_no_errors",
        "every_recipient_resolves",
        "office_has_authority",
        "presenter_answered_the_conflict_question",
    ]
    refused = region.refuses("sara", Act.SUBMIT, charter, on=BEGUN)
    assert [one.words for one in broken] == list(refused.reasons)


def test_the_decision_page_may_say_before_the_button_that_authority_has_ended(
    region: Region,
) -> None:
    charter = region.in_review()
    assert in_the_way(region, "helena", Act.APPROVE, charter, on=DECIDED, conflict=False) == []
    region.authority_ends(on=BEGUN, through=DECIDED - DAY)
    broken = in_the_way(region, "helena", Act.APPROVE, charter, on=DECIDED, conflict=False)
    assert names(broken) == ["office_has_authority"]
    refused = region.refuses("helena", Act.APPROVE, charter, on=DECIDED, conflict=False)
    assert [one.words for one in broken] == list(refused.reasons)


def test_a_login_too_old_is_told_before_the_button_is_pressed(region: Region) -> None:
    charter = region.in_review()
    broken = in_the_way(
        region,
        "helena",
        Act.APPROVE,
        charter,
        on=DECIDED,
        conflict=False,
        authenticated=timedelta(hours=1),
    )
    assert names(broken) == ["decider_authenticated_recently"]


def test_an_act_of_others_is_told_to_be_theirs(region: Region) -> None:
    charter = region.draft()
    (broken,) = in_the_way(region, "elin", Act.SUBMIT, charter, conflict=False)
    assert broken.rule is None
    assert "Det är en sak för handläggare" in broken.words.sv


def test_the_paper_is_tried_only_when_asked(region: Region) -> None:
    printing = Region(region.engine, press=Printer(Look(organisation="Region Sjöviken")))
    charter = printing.draft(document=with_tasks(a_charter(), "Följ väntetiderna 𐎀."))
    tried = in_the_way(printing, "sara", Act.SUBMIT, charter, conflict=False)
    assert names(tried) == ["paper_renders"]
    assert in_the_way(printing, "sara", Act.SUBMIT, charter, conflict=False, prints=False) == []
