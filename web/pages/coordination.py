"""What a coordinator comes for: their groups, how long each charter lasts, and its renewal."""

from fastapi.responses import Response

from casework.register import groups_of
from statemachine.vocabulary import Act, Seat, State
from statemachine.words import Refusal, Words
from web.access import SEATED, WRITER
from web.desk import AtDesk, Desk
from web.routes import Pages

pages = Pages()

RENEWAL_BEGUN = Words(
    "Ett utkast till förnyat uppdrag är påbörjat, med samma text som det som gäller.",
    "A draft of a renewed charter is begun, with the same text as the one in force.",
)


@pages.page("/my-groups", SEATED)
def my_groups(desk: AtDesk) -> Response:
    """The groups that whoever asks coordinates, chairs or is liaison of: those that end first."""
    return _my_groups(desk)


@pages.act("/groups/{group}/renew", WRITER)
def renew(desk: AtDesk, group: str) -> Response:
    """Begin a revision, in one step: a draft with the text of the charter in force."""
    try:
        done = desk.carry_out(None, Act.RENEW, group_id=desk.group(group).id)
    except Refusal as refusal:
        return _my_groups(desk, refusal)
    return desk.go(f"/charters/{done.charter_id}/edit", RENEWAL_BEGUN)


def _my_groups(desk: Desk, refusal: Refusal | None = None) -> Response:
    seats: dict[int, list[Seat]] = {}
    for group, seat in desk.visitor.seats:
        seats.setdefault(group, []).append(seat)
    entries = groups_of(desk.connection, seats, desk.today)
    return desk.page(
        "groups/mine.html.j2",
        code=422 if refusal else 200,
        refused=refusal.reasons if refusal else (),
        entries=entries,
        seats=seats,
        Seat=Seat,
        State=State,
    )
