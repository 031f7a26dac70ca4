"""The timeline: which charters lapse when, drawn and as a table."""

from datetime import date, timedelta

from fastapi.responses import Response

from casework.answers.lapsing import lapsing_between, lapsing_by_month
from statemachine.vocabulary import State
from web.access import EVERYONE
from web.desk import AtDesk
from web.routes import Pages

pages = Pages()
MONTHS = 61
"""As far ahead as the longest term reaches: five years, and the month it ends in."""


@pages.page("/timeline", EVERYONE)
def timeline(desk: AtDesk, month: str = "") -> Response:
    """Month by month for five years; and the charters of one month, or of the coming year."""
    lapsing = lapsing_by_month(desk.connection, desk.today, MONTHS)
    chosen = next((one for one in lapsing if one.month.isoformat()[:7] == month), None)
    first = max(chosen.month, desk.today) if chosen else desk.today
    last = _last_day(chosen.month) if chosen else desk.today + timedelta(days=365)
    return desk.page(
        "timeline.html.j2",
        lapsing=lapsing,
        most=max((one.count for one in lapsing), default=0),
        chosen=chosen,
        first=first,
        last=last,
        lapses=lapsing_between(desk.connection, first, last, today=desk.today),
        in_all=sum(one.count for one in lapsing),
        State=State,
    )


def _last_day(month: date) -> date:
    following = (month + timedelta(days=31)).replace(day=1)
    return following - timedelta(days=1)
