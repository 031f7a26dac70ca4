"""The forecast: every act and letter to come, on what day, to whom, why, and what would stop it.

Nothing is written. The days are gone through as the calendar will, with the people as they are
known today to be on each: what is foreseen is what will happen, if nobody does anything until then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from casework.change import Change, Said
from casework.door import HANDLING
from casework.gaps import gap_of
from casework.groups import CLOSED
from casework.matter import Matter, Sitting, is_empty, sibling, snoozes_of
from casework.questions import CHARTER
from casework.sweep import Due, gather_letters, gather_of_gap, without_a_charter
from casework.writing import foreseen, held_over_until
from models.directory import Directory
from models.tables import STILL_UNREACHED, Charter, Group, Outbox, Recipient, Subject
from notifications.outbox import LetterToPost
from statemachine.vocabulary import DECIDED, ENDED, OPEN, Act, Audience, Letter, State
from statemachine.words import Words

AT_SEVEN = time(7)


@dataclass(frozen=True, slots=True)
class To:
    """One who will get a letter, and in what role."""

    name: str
    email: str
    role: Audience
    in_place_of: Audience | None


@dataclass(frozen=True, slots=True)
class Coming:
    """An act or a letter to come."""

    day: date
    what: Act | Letter
    stage: str
    charter: int | None
    about: str
    to: tuple[To, ...]
    why: Words
    unless: Words


# fmt: off
WHY: dict[Act | Letter, Words] = {
    Letter.DRAFT_UNTOUCHED:         Words("utkastet har legat orört sedan {touched_on}", "the draft has been left untouched since {touched_on}"),
    Letter.DECISION_REQUEST:        Words("den som då kan besluta har inte fått begäran", "whoever can decide by then has not got the request"),
    Letter.NOBODY_CAN_DECIDE:       Words("ingen kan besluta den dagen", "nobody can decide on that day"),
    Letter.DECISION_REMINDER:       Words("ärendet har väntat på beslut sedan {submitted_on}", "the case has waited for a decision since {submitted_on}"),
    Letter.ESCALATION:              Words("ärendet har väntat på beslut sedan {submitted_on}", "the case has waited for a decision since {submitted_on}"),
    Letter.DISTRIBUTION_INCOMPLETE: Words("alla på sändlistan är inte nådda", "not everyone on the distribution list is reached"),
    Letter.RENEWAL:                 Words("sista dagen är {ends_on}", "the last day is {ends_on}"),
    Letter.LAST_CALL:               Words("sista dagen är {ends_on}", "the last day is {ends_on}"),
    Letter.FOLLOW_UP:               Words("beslutet fattades {decided_on}", "the decision was made on {decided_on}"),
    Letter.EXPIRED:                 Words("sista dagen var {ends_on} och inget tog vid", "the last day was {ends_on} and nothing took over"),
    Letter.GAP:                     Words("gruppen har inget gällande uppdrag sedan {gap_since}", "the group has had no charter in force since {gap_since}"),
    Letter.SENT_BACK:               Words("gruppen upphör {discontinued_on}", "the group ceases to be on {discontinued_on}"),
    Act.ENTER_RENEWAL:              Words("sista dagen är {ends_on}", "the last day is {ends_on}"),
    Act.EXPIRE:                     Words("sista dagen är {ends_on} och inget tar vid", "the last day is {ends_on} and nothing takes over"),
    Act.SUPERSEDE:                  Words("sista dagen är {ends_on} och en efterföljare tar vid", "the last day is {ends_on} and a successor takes over"),
    Act.DISTRIBUTE:                 Words("alla på sändlistan är nådda", "everyone on the distribution list is reached"),
    Act.DISCONTINUE:                Words("det är beslutat att uppdraget upphör {discontinue_on}", "it is decided that the charter ends on {discontinue_on}"),
    Act.ABANDON:                    Words("gruppen upphör {discontinued_on}", "the group ceases to be on {discontinued_on}"),
    Act.SEND_BACK:                  Words("gruppen upphör {discontinued_on}", "the group ceases to be on {discontinued_on}"),
}
"""Why it comes: the occasion, as a person says it."""

A_DECISION = Words("om ärendet beslutas, återlämnas eller återkallas", "if the case is decided, sent back or withdrawn")
A_SUCCESSOR = Words("om en efterföljare beslutas eller uppdraget avvecklas", "if a successor is decided or the charter is discontinued")
NOTHING = Words("ingenting: det är beslutat", "nothing: it is decided")

UNLESS: dict[Act | Letter, Words] = {
    Letter.DRAFT_UNTOUCHED:         Words("om utkastet redigeras, skickas för beslut eller läggs ned", "if the draft is edited, submitted or abandoned"),
    Letter.DECISION_REQUEST:        A_DECISION,
    Letter.NOBODY_CAN_DECIDE:       Words("om någon utses som kan besluta, eller ärendet återkallas", "if someone who can decide is appointed, or the case is withdrawn"),
    Letter.DECISION_REMINDER:       A_DECISION,
    Letter.ESCALATION:              A_DECISION,
    Letter.DISTRIBUTION_INCOMPLETE: Words("om alla på sändlistan nås eller ges upp", "if everyone on the distribution list is reached or given up"),
    Letter.RENEWAL:                 A_SUCCESSOR,
    Letter.LAST_CALL:               A_SUCCESSOR,
    Letter.FOLLOW_UP:               A_SUCCESSOR,
    Letter.EXPIRED:                 A_SUCCESSOR,
    Letter.GAP:                     Words("om ett uppdrag för gruppen beslutas eller gruppen avvecklas", "if a charter for the group is decided or the group is discontinued"),
    Letter.SENT_BACK:               NOTHING,
    Act.ENTER_RENEWAL:              A_SUCCESSOR,
    Act.EXPIRE:                     A_SUCCESSOR,
    Act.SUPERSEDE:                  NOTHING,
    Act.DISTRIBUTE:                 NOTHING,
    Act.DISCONTINUE:                NOTHING,
    Act.ABANDON:                    NOTHING,
    Act.SEND_BACK:                  NOTHING,
}
"""What would stop it."""
# fmt: on


def forecast(
    connection: Connection,
    at: Sitting,
    until: date,
    *,
    charter_id: int | None = None,
    group_id: int | None = None,
) -> Iterator[Coming]:
    """Everything to come from today through `until`: of one charter, of one group, or of all.

    Subject by subject, each in the order of its days.
    """
    people: dict[date, Directory] = {}
    for subject in _subjects(connection, charter_id, group_id):
        ahead = _Ahead(connection, at.by_the_calendar(), subject, people, charter_id)
        for coming in ahead.through(until):
            if charter_id in (None, coming.charter):
                yield coming


def _subjects(
    connection: Connection, charter_id: int | None, group_id: int | None
) -> list[Row[Any]]:
    """The subjects asked about; of all, those for which the calendar has a day."""
    query = (
        select(Subject.id, Subject.group_id)
        .outerjoin(Group, Group.id == Subject.group_id)
        .order_by(Subject.id)
    )
    if charter_id is not None:
        of_it = select(Charter.subject_id).where(Charter.id == charter_id)
        query = query.where(Subject.id.in_(of_it))
    elif group_id is not None:
        query = query.where(Subject.group_id == group_id)
    else:
        awake = select(Charter.subject_id).where(Charter.wake_on.is_not(None))
        query = query.where(or_(Subject.id.in_(awake), Group.wake_on.is_not(None)))
    return list(connection.execute(query))


class _Ahead:
    """One subject's charters and group, as they will stand."""

    def __init__(
        self,
        connection: Connection,
        at: Sitting,
        subject: Row[Any],
        people: dict[date, Directory],
        charter_id: int | None,
    ) -> None:
        """Of one charter (`charter_id`), others that are still being written are not looked at:
        what they wait for changes nothing for it.
        """
        self.connection, self.at, self.subject, self.people = connection, at, subject, people
        rows = connection.execute(
            select(Charter).where(Charter.subject_id == subject.id).order_by(Charter.id)
        )
        self.rows: dict[int, Any] = {row.id: row for row in rows}
        group = connection.execute(select(Group).where(Group.id == subject.group_id)).first()
        self.group = SimpleNamespace(**group._mapping) if group is not None else None
        counted = connection.execute(
            select(Recipient.charter_id, func.count())
            .where(Recipient.charter_id.in_(self.rows), STILL_UNREACHED)
            .group_by(Recipient.charter_id)
        )
        self.missing: dict[int, int] = {charter: count for charter, count in counted}
        self.snoozes = snoozes_of(connection, self.rows)
        self.charter_id = charter_id
        self.due = Due()
        self.told = 0

    def through(self, until: date) -> Iterator[Coming]:
        """Day by day, everything that comes."""
        while (day := self._next_day()) is not None and day <= until:
            at = self._sitting(day)
            matters = self._matters(at)
            yield from self._look_at_charters(at, matters)
            yield from self._look_at_group(at)
            yield from self._complete(at)

    def _next_day(self) -> date | None:
        days = [row.wake_on for row in self.rows.values() if self._is_looked_at(row)]
        if self.group is not None:
            days.append(self.group.wake_on)
        if self._completed():
            days.append(self.at.today)
        awake = [max(day, self.at.today) for day in days if day is not None]
        return min(awake, default=None)

    def _is_looked_at(self, row: Any) -> bool:
        return self.charter_id in (None, row.id) or row.state not in OPEN

    def _sitting(self, day: date) -> Sitting:
        zone = self.at.settings.timezone
        return replace(
            self.at, today=day, now=max(self.at.now, datetime.combine(day, AT_SEVEN, zone))
        )

    def _matters(self, at: Sitting) -> list[Matter]:
        due = [
            row
            for row in self.rows.values()
            if row.wake_on and row.wake_on <= at.today and self._is_looked_at(row)
        ]
        due.sort(key=lambda row: (row.wake_on, row.id))
        return [self._matter(row, at) for row in due]

    def _matter(self, row: Any, at: Sitting) -> Matter:
        return Matter(
            self.connection,
            row,
            at,
            self.people.setdefault(at.today, Directory(self.connection, at.today)),
            siblings=tuple(
                sibling(one)
                for one in self.rows.values()
                if one.id != row.id and one.kind == row.kind and one.state != State.ABANDONED
            ),
            outcomes_missing=self.missing.get(row.id, 0),
            group=self.group,
            subject_id=self.subject.id,
            snoozes_read=self.snoozes.get(row.id, ()),
        )

    # --- charters -------------------------------------------------------------------------------

    def _look_at_charters(self, at: Sitting, matters: Sequence[Matter]) -> Iterator[Coming]:
        acted = list(map(self._acted_on, matters))
        yield from self._kept(at, acted)
        for (before, stands), _ in acted:
            gather_letters(before, stands, self.due)
            if self.due.held_over:
                self.due.held_over.clear()
                self._keep(stands.after({"wake_on": held_over_until(stands)}))
            else:
                self._keep_looked_at(stands)
        yield from self._gathered()

    def _complete(self, at: Sitting) -> Iterator[Coming]:
        """Approved charters that have reached everyone are distributed, whatever day it is."""
        acted = [self._acted_on(self._matter(row, at)) for row in self._completed()]
        yield from self._kept(at, acted)
        for (_, stands), _ in acted:
            if stands.charter.looked_on == at.today:
                self._keep_looked_at(stands)

    def _completed(self) -> list[Any]:
        return [
            row
            for row in self.rows.values()
            if row.state == State.APPROVED and not self.missing.get(row.id)
        ]

    def _acted_on(self, matter: Matter) -> tuple[tuple[Matter, Matter], list[Coming]]:
        """The charter before and after the acts that are due, one after another."""
        stands, acts = matter, []
        while (act := stands.calendar.act_due(stands.standing, matter.today)) is not None:
            change = HANDLING[act](stands, Said())
            acts.append(self._act(stands, act))
            stands = stands.after({"state": change.outcome.becomes})
        return (matter, stands), acts

    def _kept(
        self, at: Sitting, acted: Sequence[tuple[tuple[Matter, Matter], list[Coming]]]
    ) -> Iterator[Coming]:
        for (_, stands), acts in acted:
            self._keep(stands)
            yield from acts
        ended = any(acts and stands.state in ENDED for (_, stands), acts in acted)
        if ended and self.group is not None:
            self._look_for_a_gap(at, catching_up=True)

    def _keep_looked_at(self, matter: Matter) -> None:
        wakes = matter.calendar.wakes_on(matter.standing, after=matter.today)
        self._keep(matter.after({"looked_on": matter.today, "wake_on": wakes}))

    def _keep(self, matter: Matter) -> None:
        self.rows[matter.charter.id] = matter.charter

    def _act(self, matter: Matter, act: Act) -> Coming:
        return Coming(
            matter.today, act, "", matter.charter.id, matter.charter.title, (),
            WHY[act].about(**self._facts(matter.charter)), UNLESS[act],
        )  # fmt: skip

    # --- the group ------------------------------------------------------------------------------

    def _look_at_group(self, at: Sitting) -> Iterator[Coming]:
        group = self.group
        if group is None or group.wake_on is None or group.wake_on > at.today:
            return
        if group.discontinued_on is not None and group.discontinued_on <= at.today:
            yield from self._close(at)
            group.gap_since = group.wake_on = None
        elif group.gap_since is not None and not at.settings.calendar.is_working_day(at.today):
            wake = at.settings.calendar.on_or_after(at.today)
            group.wake_on = min(wake, group.discontinued_on or wake)
            return
        elif group.gap_since is not None:
            last = self._last_charter()
            about_group = (
                self._matter(last, at) if last is not None else self._without_a_charter(at)
            )
            written = self._written_on(at.today, last.id) if last is not None else {}
            gather_of_gap(about_group, group, written, self.due)
            wake = at.settings.calendar.gap_wakes_on(group.gap_since, after=at.today)
            group.wake_on = min(wake, group.discontinued_on or wake)
        else:
            group.wake_on = group.discontinued_on
        group.looked_on = at.today
        yield from self._gathered()

    def _without_a_charter(self, at: Sitting) -> Matter:
        found = without_a_charter(self.connection, self.group, at)
        found.siblings = tuple(
            sibling(one)
            for one in self.rows.values()
            if one.kind == CHARTER and one.state != State.ABANDONED
        )
        return found

    def _last_charter(self) -> Any | None:
        """The charter last decided that was ever in force."""
        decided = [
            row
            for row in self.rows.values()
            if row.kind == CHARTER and row.state in DECIDED and row.ends_on and not is_empty(row)
        ]
        return max(decided, key=lambda row: row.valid_from, default=None)

    def _written_on(self, day: date, charter_id: int) -> Mapping[str, str]:
        kept = self.connection.execute(
            select(Outbox.to_email, Outbox.letter).where(
                Outbox.charter_id == charter_id, Outbox.calendar, Outbox.day == day
            )
        )
        written = {row.to_email.casefold(): row.letter for row in kept}
        written.update(
            (one.to_email.casefold(), one.letter)
            for one in self.due.letters
            if one.charter_id == charter_id and one.calendar and one.facts.today == day
        )
        return written

    def _close(self, at: Sitting) -> Iterator[Coming]:
        """The group's last day has passed: drafts are abandoned, and reviews returned."""
        for state, act in ((State.DRAFT, Act.ABANDON), (State.REVIEW, Act.SEND_BACK)):
            for row in [one for one in self.rows.values() if one.state == state]:
                matter = self._matter(row, at)
                change: Change = HANDLING[act](matter, Said(reason=CLOSED))
                after, letters = foreseen(matter, change)
                yield self._act(matter, act)
                self.due.letters += letters
                self._keep(after)

    def _look_for_a_gap(self, at: Sitting, *, catching_up: bool) -> None:
        assert self.group is not None
        periods = [
            (State(row.state), row.valid_from, row.ends_on)
            for row in self.rows.values()
            if row.kind == CHARTER and row.state in DECIDED and not is_empty(row)
        ]
        gap = gap_of(self.group, periods, at.today, at.settings.calendar, catching_up=catching_up)
        if gap is not None:
            self.group.gap_since, self.group.wake_on = gap.since, gap.wake
            self.group.looked_on = gap.looked

    # --- what was gathered ----------------------------------------------------------------------

    def _gathered(self) -> Iterator[Coming]:
        """The letters gathered since last, one for each occasion and all its readers."""
        fresh = self.due.letters[self.told :]
        self.told = len(self.due.letters)
        together: dict[tuple[Any, ...], list[LetterToPost]] = defaultdict(list)
        for one in fresh:
            together[one.facts.today, one.letter, one.stage, one.charter_id].append(one)
        for (day, letter, stage, charter_id), letters in together.items():
            row = self.rows.get(charter_id)
            name = row.title if row is not None else self.group.name if self.group else ""
            yield Coming(
                day, letter, stage, charter_id, name, tuple(map(_to, letters)),
                WHY[letter].about(**self._facts(row)), UNLESS[letter],
            )  # fmt: skip

    def _facts(self, row: Any | None) -> dict[str, object]:
        names = ("touched_on", "submitted_on", "ends_on", "decided_on", "discontinue_on")
        group = self.group
        return {
            **{name: getattr(row, name, None) or "–" for name in names},
            "gap_since": (group.gap_since if group is not None else None) or "–",
            "discontinued_on": (group.discontinued_on if group is not None else None) or "–",
        }


def _to(letter: LetterToPost) -> To:
    reader = letter.facts.reader
    return To(letter.to_name, letter.to_email, reader.role, reader.in_place_of)


def only_to(comings: Iterator[Coming], emails: Collection[str]) -> Iterator[Coming]:
    """Of what is to come, the letters to these addresses."""
    folded = {email.casefold() for email in emails}
    for coming in comings:
        theirs = tuple(one for one in coming.to if one.email.casefold() in folded)
        if theirs:
            yield replace(coming, to=theirs)
