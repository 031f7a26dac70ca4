"""The flow of returned mail: what has come to the return address is read, and bounces taken in."""

from collections import Counter
from functools import partial

from prefect import flow

from casework.returned import Became
from flows.running import BATCH, batches, what_and_when
from flows.workbench import NOW, When, workbench


@flow(flow_run_name=what_and_when, timeout_seconds=1800)
async def returned_mail(when: When = NOW) -> Counter[Became]:
    """Take in what has come back; nothing until a mailbox is set. Raises MailboxClosed."""
    total: Counter[Became] = Counter()
    with workbench() as bench:
        work = partial(bench.take_in_returned, when, BATCH)
        async for taken in batches("returned mail", work, rows=_settled):
            total += taken
    return total


def _settled(taken: Counter[Became]) -> int:
    """What waits for its letter lies where it lay, and would only be read once more."""
    return taken.total() - taken[Became.TOO_EARLY]
