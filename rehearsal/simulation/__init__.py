"""Simulation: years of lives in a made-up region, by the real code, with all that can go wrong."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from casework.settings import Settings
from rehearsal.memory import new_memory
from rehearsal.simulation.living import Asked, Life
from rehearsal.simulation.report import Lived, live_on

LARGEST = 500
"""More charters than this live in several regions, each with memory of its own, side by side."""


def simulate(
    charters: int,
    years: int,
    seed: str,
    *,
    faults: bool = False,
    watch: Callable[[Lived], None] = lambda _lived: None,
) -> list[Lived]:
    """Live through so many years with so many charters; a report of each region, in their order.

    The same seed gives the same lives. `watch` hears of every region when its life is over.
    """
    asked = list(_regions(charters, years, seed, faults=faults))
    if len(asked) == 1:
        lived = [one_region(asked[0])]
        watch(lived[0])
        return lived
    workers = min(len(asked), os.cpu_count() or 1)
    found: dict[str, Lived] = {}
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as processes:
        for done in as_completed([processes.submit(one_region, one) for one in asked]):
            one = done.result()
            found[one.asked.seed] = one
            watch(one)
    return [found[one.seed] for one in asked]


def one_region(asked: Asked) -> Lived:
    """One region's life, to its last day, or to the first on which something broke."""
    # What years of lives throw away is hardly ever in circles.
    gc.set_threshold(100_000, 50, 50)
    with new_memory() as engine:
        return live_on(Life(asked, engine, Settings()))


def _regions(charters: int, years: int, seed: str, *, faults: bool) -> Iterator[Asked]:
    count = -(-charters // LARGEST)
    for number in range(count):
        share = charters // count + (number < charters % count)
        of_its_own = f"{seed}.{number}" if count > 1 else seed
        yield Asked(share, years, of_its_own, faults)
