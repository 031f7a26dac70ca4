"""What the people of the simulated region do: write, decide, forget, leave, and begin anew.

Every group has its own chance: what happens to one does not change what happens to another.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from casework.groups import discontinue_group
from casework.matter import document_of
from casework.organisation import leave, set_office_holder, set_seat, set_stand_in, vacate_seat
from models.directory import Someone
from models.tables import Charter, Conflict, Group, Recipient
from rehearsal.simulation import region
from rehearsal.simulation.world import World, charters_of
from statemachine.vocabulary import LIVING, OPEN, Act, Duty, Seat, State

DAY = timedelta(days=1)
SMALL = 60
"""Groups in a region whose organisation changes every other week."""
UNUSUAL = 0.06
"""How likely something unusual is, each time a group's people look at their charter."""


_CONFLICTED = select(Conflict.person_id).where(
    Conflict.charter_id == bindparam("charter"), Conflict.round == bindparam("round")
)


@dataclass
class People:
    """Everyone in the region, and when each group's people next do something."""

    world: World
    groups: int
    seed: str
    turns: list[tuple[date, int]] = field(default_factory=list)
    _chances: dict[int, random.Random] = field(default_factory=dict)
    _ids: dict[int, int] = field(default_factory=dict)
    _versions: int = 0
    _gone: set[str] = field(default_factory=set)
    _ended: dict[int, date] = field(default_factory=dict)
    """Groups that cease to be, and when."""

    def settle(self) -> None:
        """Take their places: each group with a first turn, and most with a charter from before."""
        found = self.world.ask(lambda c: {row.key: row.id for row in c.execute(select(Group))})
        for number in range(self.groups):
            self._ids[number] = found[region.group(number)]
            self._chances[number] = random.Random(f"{self.seed}/{number}")
            self._begin(number)

    def act(self) -> None:
        """Everyone whose day it is does what they do."""
        self._the_organisation_changes()
        self._unreached_are_reached()
        while self.turns and self.turns[0][0] <= self.world.today:
            _, number = heapq.heappop(self.turns)
            days = self._turn(number)
            if days is not None:
                self._again(number, days)

    @property
    def next_turn(self) -> date | None:
        return self.turns[0][0] if self.turns else None

    def _again(self, number: int, days: int) -> None:
        heapq.heappush(self.turns, (self.world.today + max(1, days) * DAY, number))

    # --- a group's own turn ---------------------------------------------------------------------

    def _begin(self, number: int) -> None:
        chance, today = self._chances[number], self.world.today
        if chance.random() < 0.7:
            decided_on = today - chance.randint(1, 1800) * DAY
            text = region.charter_of(number, 0, decided_on)
            self.world.does(
                self._one_of(Duty.REGISTRY_KEEPER, chance),
                Act.RECORD,
                group_id=self._ids[number],
                document=text,
                decided_on=decided_on,
                valid_from=decided_on,
                decided_by="Karl Ljung",
                decided_as="Direktör",
            )
        self._again(number, self._patience(number))

    def _turn(self, number: int) -> int | None:
        """The group's people do the next thing; in how many days they do one again."""
        chance = self._chances[number]
        if number in self._ended and self._ended[number] <= self.world.today:
            return None
        own = self.world.ask(lambda c: charters_of(c, self._ids[number]))
        is_open = next((row for row in own if row.state in OPEN), None)
        if is_open is not None:
            step = self._draft_turn if is_open.state == State.DRAFT else self._review_turn
            return step(is_open, number, chance)
        living = [row for row in own if row.state in LIVING]
        if living and chance.random() < UNUSUAL:
            self._something_unusual(living[-1], number, chance)
        return self._renews_or_waits(living, own, number, chance)

    def _renews_or_waits(
        self, living: list[Row[Any]], own: list[Row[Any]], number: int, chance: random.Random
    ) -> int:
        today = self.world.today
        last = max((row.ends_on for row in living if row.ends_on), default=None)
        if last is not None and last - today > timedelta(days=420):
            return min(int((last - today).days) - chance.randint(20, 400), chance.randint(60, 400))
        term: dict[str, Any] = {}
        if chance.random() < 0.3:
            first = today + chance.randint(0, 90) * DAY
            term = {"valid_from": first}
            if chance.random() < 0.4:
                term["valid_through"] = first + chance.randint(10, 1500) * DAY
        elif last is not None and chance.random() < 0.6:
            term = {"valid_from": max(last + DAY, today)}
        by = self._someone_of(number, chance)
        self._versions += 1
        if own and chance.random() < 0.7:
            self.world.does(by, Act.RENEW, group_id=self._ids[number], **term)
        else:
            text = region.charter_of(number, self._versions, today)
            self.world.does(by, Act.DRAFT, group_id=self._ids[number], document=text, **term)
        return chance.randint(1, 15)

    def _draft_turn(self, row: Row[Any], number: int, chance: random.Random) -> int:
        luck = chance.random()
        handler = self.world.ask(lambda c: self.world.people(c).person(row.handler_id))
        if handler is None:
            self._hands_over(self._one_of(Duty.REGISTRY_KEEPER, chance), row, chance)
            return chance.randint(1, 10)
        if luck < 0.15:
            self._versions += 1
            text = region.charter_of(number, self._versions, self.world.today)
            self.world.does(handler, Act.EDIT, row.id, document=text)
        elif luck < 0.20:
            self._hands_over(handler, row, chance)
        elif luck < 0.23:
            self.world.does(handler, Act.ABANDON, row.id, reason="Behövs inte.")
            return chance.randint(5, 60)
        elif luck < 0.33:
            return chance.randint(20, 90)
        else:
            self._submits(handler, row, chance)
        return chance.randint(1, 8)

    def _submits(self, handler: Someone, row: Row[Any], chance: random.Random) -> None:
        said: dict[str, Any] = {"conflict": chance.random() < 0.01, "answer": "Ja."}
        if self.world.does(handler, Act.SUBMIT, row.id, **said) is None:
            instead = dict.fromkeys((1, 2, 3), handler.key)
            self.world.does(handler, Act.SUBMIT, row.id, **{**said, "instead": instead})

    def _review_turn(self, row: Row[Any], number: int, chance: random.Random) -> int:
        luck = chance.random()
        handler = self.world.ask(lambda c: self.world.people(c).person(row.handler_id))
        if luck < 0.06:
            self.world.does(handler, Act.WITHDRAW, row.id)
        elif luck < 0.10:
            self._hands_over(handler or self._one_of(Duty.REGISTRY_KEEPER, chance), row, chance)
        elif luck < 0.20:
            reviewer = self._seated(number, Seat.LIAISON)
            self.world.does(handler, Act.ASK_OPINION, row.id, to=reviewer)
            if reviewer is not None and chance.random() < 0.7:
                said = {"supports": chance.random() < 0.8, "statement": "Det är bra."}
                self.world.does(reviewer, Act.OPINION, row.id, **said)
        elif luck < 0.32:
            return chance.randint(5, 45)
        else:
            self._decides(row, luck, chance)
        return chance.randint(1, 6)

    def _decides(self, row: Row[Any], luck: float, chance: random.Random) -> None:
        able = self.world.ask(lambda c: self._able(c, row))
        if not able:
            return
        director = chance.choice(able)
        if luck < 0.45:
            self.world.does(director, Act.SEND_BACK, row.id, reason="Skriv ut uppföljningen.")
        elif luck < 0.49:
            self.world.does(director, Act.DECLARE_CONFLICT, row.id)
        else:
            self.world.does(director, Act.APPROVE, row.id, conflict=False)

    def _able(self, connection: Connection, row: Row[Any]) -> list[Someone]:
        conflicted = connection.scalars(_CONFLICTED, {"charter": row.id, "round": row.round})
        people = self.world.people(connection)
        return [held.person for held in people.able(row.office_id, frozenset(conflicted))]

    def _something_unusual(self, row: Row[Any], number: int, chance: random.Random) -> None:
        director = self._director_of(row, number)
        luck = chance.random()
        day = self.world.today + chance.randint(0, 90) * DAY
        said: dict[str, Any] = {
            "reason": "Slutfört.",
            "registry_number": "SIM 1",
            "conflict": False,
        }
        if director is None:
            return
        if luck < 0.5:
            self._corrects(director, row)
        elif luck < 0.85:
            self.world.does(director, Act.DISCONTINUE, row.id, effective_day=day, **said)
        else:
            done = self.world.tries(
                "discontinue-group",
                lambda c: discontinue_group(
                    c,
                    region.group_name(number),
                    at=self.world.sitting(director),
                    effective_day=day,
                    **said,
                ),
            )
            if done is not None:
                self._ended[number] = day

    def _corrects(self, director: Someone, row: Row[Any]) -> None:
        def text(connection: Connection) -> Any:
            hash_ = connection.execute(
                select(Charter.content_hash).where(Charter.id == row.id)
            ).scalar_one()
            return document_of(connection, hash_)

        document = self.world.ask(text)
        mended = document.model_copy(update={"area": f"{document.area}."})
        self.world.does(director, Act.CORRECT, row.id, document=mended, reason="Skrivfel.")

    def _hands_over(self, by: Someone | None, row: Row[Any], chance: random.Random) -> None:
        self.world.does(by, Act.HAND_OVER, row.id, to=self._one_of(Duty.HANDLER, chance))

    def _patience(self, number: int) -> int:
        return self._chances[number].randint(1, 200)

    # --- who ------------------------------------------------------------------------------------

    def _one_of(self, duty: Duty, chance: random.Random) -> Someone | None:
        people = self.world.ask(lambda c: self.world.people(c).on_duty(duty))
        return chance.choice(people) if people else None

    def _someone_of(self, number: int, chance: random.Random) -> Someone | None:
        """Who begins a charter: mostly a handler, sometimes the group's coordinator."""
        coordinator = self._seated(number, Seat.COORDINATOR) if chance.random() < 0.2 else None
        return coordinator or self._one_of(Duty.HANDLER, chance)

    def _seated(self, number: int, seat: Seat) -> Someone | None:
        group_id = self._ids[number]
        found = self.world.ask(lambda c: self.world.people(c).seated(group_id, seat))
        return found[0] if found else None

    def _director_of(self, row: Row[Any], number: int) -> Someone | None:
        def held(connection: Connection) -> Someone | None:
            people = self.world.people(connection)
            offices = people.offices_with(
                "discontinue",
                kind=row.kind,
                group_id=self._ids[number],
                area=region.area(number % region.offices_for(self.groups)),
            )
            able = people.able(offices[0]) if offices else ()
            return able[0].person if able else None

        return self.world.ask(held)

    # --- everyone -------------------------------------------------------------------------------

    def _unreached_are_reached(self) -> None:
        """Once a week the registry keeper reaches those on the lists that no letter reached."""
        if self.world.today.weekday() != 0:
            return
        long_ago = self.world.today - 10 * DAY

        def reached(connection: Connection) -> int:
            late = select(Charter.id).where(
                Charter.state.in_(LIVING), Charter.decided_on < long_ago
            )
            return connection.execute(
                update(Recipient)
                .where(
                    Recipient.charter_id.in_(late),
                    Recipient.outcome.is_(None) | (Recipient.outcome == "bounced"),
                )
                .values(outcome="reached_otherwise", outcome_at=self.world.now)
            ).rowcount

        self.world.tries("reached-otherwise", reached)

    def _the_organisation_changes(self) -> None:
        chance = self.world.chance
        # A large organisation takes longer to change than its people take to act.
        seldom = 1 if self.groups <= SMALL else 3
        for change, likely in (
            (self._someone_stands_in, 1 / 25),
            (self._someone_leaves, 1 / 45),
            (self._a_seat_changes, 1 / 30),
            (self._an_office_changes, 1 / 400),
        ):
            if chance.random() < likely / seldom:
                change(chance)

    def _someone_stands_in(self, chance: random.Random) -> None:
        n = chance.randrange(region.offices_for(self.groups))
        begins = self.world.today + chance.randint(0, 20) * DAY
        through = begins + chance.randint(3, 40) * DAY
        who = region.director(3 * n + chance.randint(1, 2))
        self._changed(set_stand_in, region.office(n), who, from_=begins, through=through)

    def _an_office_changes(self, chance: random.Random) -> None:
        n = chance.randrange(region.offices_for(self.groups))
        begins = self.world.today + chance.randint(0, 30) * DAY
        who = region.director(3 * n + chance.randint(0, 2))
        self._changed(set_office_holder, region.office(n), who, from_=begins)

    def _a_seat_changes(self, chance: random.Random) -> None:
        number, who = chance.randrange(self.groups), self._member(chance)
        seat = chance.choice(region.SEATS[:3])
        if number in self._ended or who in self._gone:
            return
        if chance.random() < 0.2:
            self._changed(vacate_seat, region.group(number), seat)
        else:
            self._changed(set_seat, region.group(number), seat, who)

    def _someone_leaves(self, chance: random.Random) -> None:
        """Someone leaves, and nobody sits where they sat until others are appointed."""
        who = chance.choice((self._member(chance), self._leaving_handler(chance)))
        if who is not None and who not in self._gone:
            self._gone.add(who)
            self._changed(leave, who, through=self.world.today)

    def _leaving_handler(self, chance: random.Random) -> str | None:
        handlers = max(3, self.groups // region.GROUPS_A_HANDLER)
        number = chance.randrange(2 * handlers)
        staying = handlers // 2
        return region.handler(number) if staying < number < handlers else None

    def _member(self, chance: random.Random) -> str:
        return region.member(chance.randrange(max(8, self.groups)))

    def _changed(self, change: Callable[..., Any], *what: str, **dates: Any) -> None:
        world = self.world
        keeper = region.ADMINISTRATOR
        self.world.tries(
            change.__name__,
            lambda c: change(c, *what, by=keeper, today=world.today, now=world.now, **dates),
        )
