"""Cases: what needs you now, what waits for others, and what was decided lately."""

from fastapi.responses import Response

from casework.answers.cases import NEEDS_SOMEONE_NOW, CaseOnDesk, Heap, Pile, handlers, heaps
from models.directory import Someone
from statemachine.words import Words
from web.access import HAS_CASES, WRITER
from web.addresses import address, leafed, page_in
from web.desk import AtDesk, Desk
from web.routes import Pages

pages = Pages()

ON_THE_DESK, BY_THEMSELVES = 10, 25
"""Cases of a pile that are shown among the others, and when it is shown alone."""

LIES_UNDER: tuple[tuple[Words, tuple[Pile, ...]], ...] = (
    (Words("Väntar på andra", "Waits for others"), (Pile.REVIEW,)),
    (Words("Utkast", "Drafts"), (Pile.DRAFTS,)),
    (Words("Beslutat och expedieras", "Decided and being distributed"), (Pile.DISTRIBUTION,)),
    (Words("Beslutat på sistone", "Decided lately"), (Pile.DECIDED,)),
)
"""The headings after what needs someone now, and the piles under each."""

LEADS_TO: dict[Pile, str] = {
    Pile.ASKED: "/opinion",
    Pile.RETURNED: "/edit",
    Pile.UNREACHED: "/receipts",
    Pile.DRAFTS: "/edit",
    Pile.DISTRIBUTION: "/receipts",
}
"""Where the next step is taken; elsewhere on the charter's own page."""


@pages.page("/cases", HAS_CASES)
def cases(desk: AtDesk) -> Response:
    """One's own cases, or everyone's for those who keep the register; or one pile of them."""
    asked = desk.request.query_params
    search = " ".join(asked.get("q", "").split())[:100]
    alone = _pile(asked.get("pile", ""))
    at = page_in(asked.get("page"))
    sees_all = desk.visitor.keeps_the_register
    others = handlers(desk.connection, desk.people) if sees_all else []
    chosen = _chosen(desk, others, asked.get("handler", ""))
    found = heaps(
        desk.connection,
        desk.people,
        desk.settings,
        me=desk.person.id,
        handler=chosen.id if chosen else None,
        search=search,
        piles=_piles(alone, of_everyone=chosen is None),
        at=at if alone else 1,
        most=BY_THEMSELVES if alone else ON_THE_DESK,
    )
    kept = {"q": search, "handler": chosen.key if chosen and sees_all else ""}
    return desk.page(
        "cases.html.j2",
        search=search,
        alone=alone,
        needed=_most_pressing(found),
        needed_heaps=[heap for heap in found if heap.pile in NEEDS_SOMEONE_NOW],
        heaps=[
            (words, heap) for words, piles in LIES_UNDER for heap in found if heap.pile in piles
        ],
        found=found,
        shown=ON_THE_DESK,
        at=at,
        in_all=-(-found[0].in_all // BY_THEMSELVES) if alone and found else 1,
        sees_all=sees_all,
        handlers=[(one.key, one.name) for one in others],
        handler=chosen.key if chosen else "",
        writes=WRITER.holds(desk, {}),
        next_step=lambda case: _next_step(desk, case),
        address_of=lambda pile: address("/cases", pile=pile, **kept),
        leafing=leafed("/cases", pile=alone or "", **kept),
        whole=address("/cases", **kept),
    )


def _piles(alone: Pile | None, *, of_everyone: bool) -> tuple[Pile, ...]:
    """Which piles are shown. What runs out in the whole organisation has a page of its own."""
    if alone is not None:
        return (alone,)
    return tuple(pile for pile in Pile if not (of_everyone and pile is Pile.LAPSING))


def _pile(said: str) -> Pile | None:
    return Pile(said) if said in set(Pile) else None


def _chosen(desk: Desk, others: list[Someone], key: str) -> Someone | None:
    """Whose cases are shown; None for everyone's, which only some may see."""
    if not desk.visitor.keeps_the_register:
        return desk.person
    return next((one for one in others if one.key == key), None)


def _most_pressing(found: list[Heap]) -> list[CaseOnDesk]:
    """Everything that needs someone now, those first that have least time."""
    needed = [case for heap in found if heap.pile in NEEDS_SOMEONE_NOW for case in heap.cases]
    return sorted(needed, key=lambda case: (case.days_left is None, case.days_left or 0))


def _next_step(desk: Desk, case: CaseOnDesk) -> str | None:
    """Where whoever looks takes the next step; None when it is somebody else's."""
    if case.pile not in LEADS_TO:
        return None
    if case.pile in (Pile.ASKED, Pile.DISTRIBUTION, Pile.UNREACHED):
        return f"/charters/{case.number}{LEADS_TO[case.pile]}"
    is_theirs = case.handler_id == desk.person.id
    return f"/charters/{case.number}{LEADS_TO[case.pile]}" if is_theirs else None
