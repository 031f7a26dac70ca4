"""A draft beside the charter in force, and as the paper it would be."""

from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from casework.answers.comparing import beside_what_went_before
from casework.matter import document_of
from casework.papers import Printer, look
from documents import Unrenderable
from statemachine.vocabulary import DECIDED, State
from web.access import PARTICIPANT, READER
from web.desk import AtDesk
from web.routes import Pages

pages = Pages()


@pages.page("/charters/{number}/compare", READER)
def compare(desk: AtDesk, number: int) -> Response:
    """What changes: a summary first, then every changed passage word by word."""
    charter = desk.charter(number)
    beside = beside_what_went_before(desk.connection, charter, desk.today)
    return desk.page(
        "editor/compare.html.j2",
        charter=charter,
        beside=beside,
        summary=beside.comparison.summary(desk.language) if beside else "",
        # Its own writer escapes every word of it.
        changes=Markup(beside.comparison.as_html(desk.language)) if beside else "",
        State=State,
    )


@pages.page("/charters/{number}/preview.pdf", PARTICIPANT)
def preview(desk: AtDesk, number: int) -> Response:
    """The paper as it would be sent to the decider, of what is saved."""
    charter = desk.charter(number)
    if charter.state in DECIDED:
        return RedirectResponse(f"/charters/{number}", status_code=303)
    document = document_of(desk.connection, charter.content_hash)
    try:
        # No seal: it is not opened for what is only looked at.
        body = Printer(look(desk.settings)).draft(document)[0].body
    except Unrenderable as refused:
        return desk.page(
            "editor/unprintable.html.j2", code=422, charter=charter, refused=refused.reasons
        )
    return Response(
        body,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="utkast-{number}.pdf"',
            "Cache-Control": "no-store",
        },
    )
