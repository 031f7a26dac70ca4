"""The flow of returned mail: what has come to the return address is read, and bounces taken in."""

from collections import Counter
from functools import partial

from casework.returned import Became
from casework.sweep import Swept
from flows.looks import begun, ended
from flows.running import BATCH, batches, in_catalogue
from flows.workbench import NOW, When, workbench

NAME = "returned-mail"


@in_catalogue(NAME)
async def returned_mail(when: When = NOW) -> Counter[Became]:
    """Take in what has come back; nothing until a mailbox is set. Raises MailboxClosed."""
    total: Counter[Became] = Counter()
    with workbench() as bench:
        at, clock = bench.sitting(when), bench.clock(when)
        number = await bench.act(partial(begun, flow=NAME, day=at.today, at=at.now))
        work = partial(bench.take_in_returned, when, BATCH)
        async for taken in batches("returned mail", work, rows=_settled):
            total += taken
        look = Swept(looked_at=total.total())
        await bench.act(partial(ended, number=number, total=look, at=clock()))
    return total


def _settled(taken: Counter[Became]) -> int:
    """What waits for its letter lies where it lay, and would only be read once more."""
    return taken.total() - taken[Became.TOO_EARLY]
