"""The front page: what waits for whoever is logged in; for others, what this is and where to go."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import HTTPException
from fastapi.responses import Response

from casework.acknowledging import to_acknowledge
from casework.answers.cases import NEEDS_SOMEONE_NOW, Pile, heaps
from casework.answers.queue import next_case
from casework.answers.register import groups_of
from statemachine.calendar import DAY
from statemachine.vocabulary import Duty
from statemachine.words import Words
from web.access import DECIDER, EVERYONE, HAS_CASES
from web.desk import LANGUAGE, AtDesk, Desk
from web.health import why_not
from web.places import WHAT_FOR
from web.routes import Pages, own_path

pages = Pages()
A_YEAR = 365 * 24 * 3600
SOON = 183 * DAY
"""How long before its last day a charter is spoken of on a coordinator's front page."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """Something that waits for whoever is logged in, and where to go for it."""

    says: Words
    leads_to: str
    more: Words | None = None


@pages.page("/", EVERYONE)
def front(desk: AtDesk) -> Response:
    """What waits for the reader; or, to someone not logged in, a welcome."""
    if desk.who is not None:
        return desk.page("front/mine.html.j2", awaited=list(_awaited(desk)), what_for=WHAT_FOR)
    return desk.page(
        "front.html.j2",
        began=desk.house.began.astimezone(desk.settings.timezone),
        reasons=[reason.words for reason in why_not(desk.house)],
        links=[(link.address, link.words) for link in desk.house.links],
    )


@pages.page("/language/{chosen}", EVERYONE)
def language(desk: AtDesk, chosen: str, next: str = "/") -> Response:
    """Read the pages in this language from now on. Only the browser's own memory changes."""
    if chosen not in ("sv", "en"):
        raise HTTPException(404)
    answer = desk.go(own_path(next))
    desk.keep(answer, LANGUAGE, chosen, A_YEAR)
    return answer


# fmt: off
ONE_TO_DECIDE = Words("Ett ärende väntar på ditt beslut", "One case waits for your decision")
TO_DECIDE = Words("{n} ärenden väntar på ditt beslut", "{n} cases wait for your decision")
WAITED_LONGEST = Words("Längst har {title} väntat.", "{title} has waited longest.")
IN_PILE: dict[Pile, tuple[Words, Words]] = {
    Pile.ASKED: (Words("Ett yttrande väntar på dig", "One opinion waits for you"), Words("{n} yttranden väntar på dig", "{n} opinions wait for you")),
    Pile.RETURNED: (Words("Ett ärende är återlämnat till dig", "One case is sent back to you"), Words("{n} ärenden är återlämnade till dig", "{n} cases are sent back to you")),
    Pile.UNREACHED: (Words("En expediering behöver din hjälp", "One distribution needs your help"), Words("{n} expedieringar behöver din hjälp", "{n} distributions need your help")),
    Pile.LAPSING: (Words("Ett uppdrag löper snart ut", "One charter ends soon"), Words("{n} uppdrag löper snart ut", "{n} charters end soon")),
}
LAPSES = Words("Uppdraget för {group} gäller t.o.m. {day}", "The charter of {group} is in force through {day}")
GAP = Words("{group} saknar gällande uppdrag", "{group} has no charter in force")
TO_READ = Words("Bekräfta att du har läst {title}", "Acknowledge that you have read {title}")
SEE_TO = Words("Tjänsten behöver ses till", "The service needs seeing to")
# fmt: on


def _awaited(desk: Desk) -> Iterator[Awaited]:
    """What waits for whoever is logged in, the most pressing first."""
    if DECIDER.holds(desk, {}):
        longest, in_all = next_case(desk.connection, desk.people, desk.person)
        if longest is not None:
            yield Awaited(
                ONE_TO_DECIDE if in_all == 1 else TO_DECIDE.about(n=in_all),
                "/decisions",
                WAITED_LONGEST.about(title=longest.title),
            )
    if HAS_CASES.holds(desk, {}):
        yield from _cases(desk)
    yield from _groups(desk)
    for charter in to_acknowledge(desk.connection, desk.person):
        yield Awaited(TO_READ.about(title=charter.title), f"/charters/{charter.id}")
    if desk.visitor.has(Duty.ADMINISTRATOR, Duty.REGISTRY_KEEPER):
        for reason in why_not(desk.house):
            yield Awaited(SEE_TO, "/operations", reason.words)


def _cases(desk: Desk) -> Iterator[Awaited]:
    found = heaps(
        desk.connection,
        desk.people,
        desk.settings,
        me=desk.person.id,
        handler=desk.person.id,
        piles=NEEDS_SOMEONE_NOW,
        most=1,
    )
    for heap in found:
        one, many = IN_PILE[heap.pile]
        says = one if heap.in_all == 1 else many.about(n=heap.in_all)
        yield Awaited(says, f"/cases?pile={heap.pile}")


def _groups(desk: Desk) -> Iterator[Awaited]:
    for entry in groups_of(desk.connection, desk.visitor.coordinates, desk.today):
        if entry.open is not None:
            continue
        charter = entry.in_force
        if charter is None and entry.group.gap_since is not None:
            yield Awaited(GAP.about(group=entry.group.name), "/my-groups")
        elif charter is not None and charter.ends_on and charter.ends_on < desk.today + SOON:
            says = LAPSES.about(group=entry.group.name, day=charter.ends_on)
            yield Awaited(says, "/my-groups")
