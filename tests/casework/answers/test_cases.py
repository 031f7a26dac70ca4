"""A handler's cases as both databases answer, and names as Swedish orders them."""

from datetime import date

from sqlalchemy import Engine

from casework.answers.cases import Pile, handlers, has_cases, heaps, in_order
from models.directory import Directory
from models.session import reading
from statemachine.vocabulary import Act
from tests.builders import BEGUN, DECIDED, Region, an_executive_decision


def test_each_pile_is_found_in_either_database(engine: Engine) -> None:
    region = Region.founded(engine).with_a_neighbour()
    region.distributed()
    region.approved("narvard")
    for title in ("Roll ett", "Roll två", "Roll tre"):
        region.draft(document=an_executive_decision(title=title), subject=title)
    returned, asked = 3, 4
    region.submitted(returned, on=BEGUN)
    region.does("helena", Act.SEND_BACK, returned, on=DECIDED, reason="Skriv om.")
    region.submitted(asked, on=BEGUN)
    region.does("sara", Act.ASK_OPINION, asked, on=DECIDED, to="dag")
    found = piles_of(region, "sara", on=DECIDED)
    assert found == {
        Pile.RETURNED: [returned],
        Pile.REVIEW: [asked],
        Pile.DRAFTS: [5],
        Pile.DISTRIBUTION: [2],
        Pile.DECIDED: [1],
    }
    assert piles_of(region, "dag", on=DECIDED) == {Pile.ASKED: [asked]}
    assert piles_of(region, "sara", on=DECIDED, search="ROLL TVÅ") == {Pile.REVIEW: [asked]}
    with reading(region.engine) as connection:
        people = Directory(connection, DECIDED)
        assert [one.name for one in handlers(connection, people)] == [
            "Elin Sandberg",
            "Sara Nyberg",
        ]
        known = {key: people.found(key) for key in ("sara", "dag", "bo")}
        has = {key: one is not None and has_cases(connection, one) for key, one in known.items()}
        assert has == {"sara": True, "dag": True, "bo": False}


def test_what_runs_out_is_needed_until_something_follows_it(engine: Engine) -> None:
    region = Region.founded(engine)
    charter = region.distributed()
    day = date(2030, 9, 2)
    region.live_through(day)
    assert piles_of(region, "sara", on=day) == {
        Pile.LAPSING: [charter],
        Pile.DECIDED: [charter],
    }
    renewal = region.does("sara", Act.RENEW, on=day, group="rorelse").charter_id
    assert piles_of(region, "sara", on=day)[Pile.DRAFTS] == [renewal]
    assert Pile.LAPSING not in piles_of(region, "sara", on=day)


def test_names_stand_in_swedish_order() -> None:
    names = ["Öberg", "Ågren", "Zetterlund", "Ärlig", "Ek", "åberg"]
    assert sorted(names, key=in_order) == ["Ek", "Zetterlund", "åberg", "Ågren", "Ärlig", "Öberg"]


def piles_of(region: Region, who: str, *, on: date, search: str = "") -> dict[Pile, list[int]]:
    """The piles of someone's cases on a day, by the charters' numbers."""
    with reading(region.engine) as connection:
        people = Directory(connection, on)
        someone = people.found(who)
        assert someone is not None
        found = heaps(
            connection,
            people,
            region.settings,
            me=someone.id,
            handler=someone.id,
            search=search,
        )
        return {heap.pile: [case.number for case in heap.cases] for heap in found}
