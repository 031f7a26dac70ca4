"""Living: day after day people act, the calendar looks, letters leave, and all must hold."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Engine, select

from casework.invariants import (
    FROM_THE_BEGINNING,
    Broken,
    Seen,
    broken,
    left_out,
    seen_so_far,
)
from casework.organisation import load
from casework.settings import Settings
from casework.sweep import Swept
from models.session import reading
from models.tables import Journal
from notifications.carriers import ChannelDown
from rehearsal.looking import batch_by_batch, look
from rehearsal.simulation import region
from rehearsal.simulation.faults import Fuse, Killed, Relay
from rehearsal.simulation.people import People
from rehearsal.simulation.post import Post
from rehearsal.simulation.world import World
from statemachine.words import Words

DAY = timedelta(days=1)
BEGINS = date(2026, 1, 1)
EVERYTHING_EVERY = timedelta(days=365)
"""How often everything is asked about, and not only what is new."""

Watch = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A life to be lived: how many charters, for how long, and whether things go wrong."""

    charters: int
    years: int
    seed: str
    faults: bool = False

    @property
    def ends(self) -> date:
        return date(BEGINS.year + self.years, BEGINS.month, BEGINS.day)


class Breach(Exception):
    """Something that must hold did not, or something failed that nobody foresaw."""

    def __init__(self, day: date, found: list[Broken]) -> None:
        super().__init__(" ".join(one.words.en for one in found))
        self.day = day
        self.found = found


@dataclass
class Life:
    """One region's life, from its first day to its last."""

    asked: Asked
    engine: Engine
    settings: Settings
    world: World = field(init=False)
    people: People = field(init=False)
    relay: Relay = field(init=False)
    post: Post = field(init=False)
    fuse: Fuse = field(init=False)
    looked_on: date | None = None
    swept: Swept = field(default_factory=Swept)
    down_until: date = date.min
    _seen: Seen = FROM_THE_BEGINNING
    begins: date = BEGINS
    _everything_on: date = BEGINS + EVERYTHING_EVERY

    def __post_init__(self) -> None:
        asked = self.asked
        self.world = World(self.engine, self.settings, random.Random(asked.seed), BEGINS)
        self.people = People(self.world, asked.charters, asked.seed)
        self.relay = Relay(random.Random(f"{asked.seed}/relay"), asked.faults)
        self.post = Post(self.engine, self.relay, asked.charters, lambda _now: self.world.sitting())
        self.fuse = Fuse(self.engine)

    # --- days -----------------------------------------------------------------------------------

    def live(self, watch: Watch | None = None) -> None:
        """Live through every day. Raises Breach on the first on which something does not hold."""
        self.live_until(self.asked.ends, watch)
        self._ask(everything=True)

    def live_until(self, day: date, watch: Watch | None = None) -> None:
        """Settle, and live through every day before this one."""
        self._settle()
        while self.world.today < day:
            self._day()
            if watch is not None:
                watch(self.world.today)
            self.world.today += DAY

    def _settle(self) -> None:
        begins = BEGINS - 3650 * DAY
        whole = region.organisation(self.asked.charters, begins, self.world.chance)
        self.world.tries(
            "load",
            lambda c: load(c, whole, by=region.ADMINISTRATOR, today=BEGINS, now=self.world.now),
        )
        self.people.settle()
        dead = range(0, self.asked.charters, 23)
        self.relay.dead_addresses = {f"part-{n}@{region.DOMAIN}" for n in dead}

    def _day(self) -> None:
        self.relay.dawns(self.world.today)
        try:
            self.people.act()
            if self._is_down():
                return
            self.world.faults["came_back"] += self.post.comes_back(self.world.now)
            if self._look():
                self.looked_on = self.world.today
            self._ask()
            self._deliver()
        except Breach:
            raise
        except Exception as fault:
            what = " ".join(f"{type(fault).__name__}: {fault}".split())
            said = Words("Något oförutsett: {what}", "Something unforeseen: {what}")
            raise Breach(
                self.world.today, [Broken("nothing_unforeseen", said.about(what=what))]
            ) from fault

    def _is_down(self) -> bool:
        """Whether the system stands still today: nothing looks, and nothing is delivered."""
        chance, today = self.world.chance, self.world.today
        if today >= self.down_until and chance.random() < 1 / 120:
            days = chance.choice((1, 1, 2, 3, 7, 30, 75))
            self.down_until = today + days * DAY
            self.world.faults["downtime"] += 1
        return today < self.down_until

    # --- the calendar ---------------------------------------------------------------------------

    def _look(self) -> bool:
        """Look at the day; whether it was looked at to the end."""
        if self.asked.faults and self.world.chance.random() < 0.15:
            return self._look_in_trouble()
        return self._looked(look(self.engine, self.world.sitting()))

    def _looked(self, swept: Swept) -> bool:
        self.swept += swept
        if swept.put_off:
            with reading(self.engine) as connection:
                why = connection.scalar(
                    select(Journal.reason)
                    .where(Journal.act == "put-off")
                    .order_by(Journal.id.desc())
                    .limit(1)
                )
            said = Words("Kunde inte ses över: {why}", "Could not be looked at: {why}")
            found = [Broken("everything_can_be_looked_at", said.about(why=why))]
            raise Breach(self.world.today, found)
        return True

    def _look_in_trouble(self) -> bool:
        chance = self.world.chance
        trouble = chance.choice(
            (
                self._killed_in_a_batch,
                self._killed_between_batches,
                self._twice,
                self._side_by_side,
                self._clock_goes_back,
            )
        )
        self.world.faults[trouble.__name__.strip("_")] += 1
        return trouble(chance)

    def _killed_in_a_batch(self, chance: random.Random) -> bool:
        """The process dies at a statement; sometimes another takes over the same day."""
        self.fuse.light(chance.randint(0, 40))
        with suppress(Killed):
            self._looked(look(self.engine, self.world.sitting(), batch=chance.randint(1, 20)))
        killed = self.fuse.restart()
        if killed and chance.random() < 0.5:
            return False
        return self._looked(look(self.engine, self.world.sitting()))

    def _killed_between_batches(self, chance: random.Random) -> bool:
        batches = batch_by_batch(self.engine, self.world.sitting(), batch=chance.randint(1, 5))
        for _ in range(chance.randint(0, 3)):
            swept = next(batches, None)
            if swept is None:
                return True
            self._looked(swept)
        batches.close()
        return chance.random() < 0.5 and self._looked(look(self.engine, self.world.sitting()))

    def _twice(self, _chance: random.Random) -> bool:
        self._looked(look(self.engine, self.world.sitting()))
        again = look(self.engine, self.world.sitting())
        if again.acts or again.letters or again.skipped:
            said = Words(
                "En andra körning samma dag gjorde något: {again}.",
                "A second run on the same day did something: {again}.",
            )
            raise Breach(
                self.world.today,
                [Broken("a_second_run_does_nothing", said.about(again=again))],
            )
        return self._looked(again)

    def _side_by_side(self, chance: random.Random) -> bool:
        """Two sweeps at once. Writers to SQLite come one at a time: there they take turns."""
        batch = chance.randint(1, 10)
        if self.engine.dialect.name == "sqlite":
            sweeps = [batch_by_batch(self.engine, self.world.sitting(), batch) for _ in range(2)]
            while sweeps:
                swept = next(sweeps[0], None)
                if swept is None:
                    sweeps.pop(0)
                else:
                    self._looked(swept)
                    sweeps.reverse()
            return True
        came_to: list[Swept] = []
        failed: list[BaseException] = []

        def sweep() -> None:
            try:
                came_to.append(look(self.engine, self.world.sitting(), batch))
            except BaseException as fault:
                failed.append(fault)

        workers = [threading.Thread(target=sweep) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if failed:
            raise failed[0]
        for swept in came_to:
            self._looked(swept)
        # What one worker held when the other had run out of other work is looked at now.
        return self._looked(look(self.engine, self.world.sitting()))

    def _clock_goes_back(self, chance: random.Random) -> bool:
        """The machine believes it is an earlier day, and then it is today again."""
        earlier = self.world.today - chance.randint(1, 5) * DAY
        self._looked(look(self.engine, self.world.sitting(on=earlier)))
        return self._looked(look(self.engine, self.world.sitting()))

    # --- letters --------------------------------------------------------------------------------

    def _deliver(self) -> None:
        chance = self.world.chance
        if self.asked.faults and chance.random() < 0.05:
            self.world.faults["killed_while_delivering"] += 1
            self.fuse.light(chance.randint(0, 60))
        self.world.hour = 15
        try:
            self.post.goes_out(lambda: self.world.now, chance)
        except ChannelDown:
            self.world.faults["relay_down"] += 1
        except Killed:
            pass
        finally:
            self.fuse.restart()
            self.world.hour = 9

    # --- what must hold -------------------------------------------------------------------------

    def _ask(self, *, everything: bool = False) -> None:
        today = self.world.today
        everything = everything or today >= self._everything_on
        if everything:
            self._everything_on = today + EVERYTHING_EVERY
        is_looked_at = self.looked_on == today
        with reading(self.engine) as connection:
            found = broken(
                connection,
                self.settings.calendar,
                looked_on=today if is_looked_at else None,
                since=FROM_THE_BEGINNING if everything else self._seen,
            )
            if is_looked_at:
                found += left_out(connection, self.world.sitting(), self._seen)
            self._seen = seen_so_far(connection)
        if found:
            raise Breach(today, found)
