"""The calendar: terms, working days, and what is due for a charter on a day.

Everything is derived from dates; nothing is scheduled. `Calendar.occasions` says what has fallen
due since the calendar last looked, `Calendar.wakes_on` when it must look again.
"""

import itertools
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from statemachine.case import Standing
from statemachine.vocabulary import LIVING, Act, Letter, State

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A distance before the last day in force; months are calendar months, as people count."""

    months: int = 0
    days: int = 0

    @property
    def name(self) -> str:
        """The stage's name in keys and journal: `12m`, `14d`."""
        return f"{self.months}m" if self.months else f"{self.days}d"


@dataclass(frozen=True, slots=True)
class Cadence:
    """When the calendar speaks. All of it is configuration; these are the defaults."""

    country: str = "SE"
    draft_untouched_after: int = 10
    """Working days."""
    review_reminders: tuple[int, ...] = (3, 7)
    """Working days after submission."""
    digest_undecided_after: int = 10
    """Working days after submission: from then on the weekly digest names the case."""
    escalation_after: int = 12
    """Working days after submission; then weekly."""
    distribution_incomplete_after: int = 5
    """Working days after the decision; then weekly."""
    renewal_window: Ahead = Ahead(months=12)
    renewal_stages: tuple[Ahead, ...] = (
        Ahead(months=12),
        Ahead(months=6),
        Ahead(months=3),
        Ahead(months=1),
        Ahead(days=14),
    )
    snooze_days: int = 90
    """How long someone may want no warnings, at most."""
    snooze_ends: Ahead = Ahead(months=1)
    """From this distance on everyone is warned, whatever they have asked for."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something due: an act the calendar does, or a letter it sends, on a day.

    `stage` tells occurrences of the same letter apart (`12m`, `wd3`, a date); it is part of the
    letter's key.
    """

    on: date
    what: Act | Letter
    stage: str = ""
    only_to: int | None = None
    """The one person it is for; None for everyone it is meant for."""


@dataclass(frozen=True)
class Calendar:
    """A cadence and the public holidays of its country."""

    cadence: Cadence = Cadence()

    def __post_init__(self) -> None:
        # Those that are due together end together: their days are found once.
        for found in (self._stages_before, self._anniversaries):
            object.__setattr__(self, found.__name__, lru_cache(maxsize=4096)(found))

    # --- days ---------------------------------------------------------------------------------

    def is_working_day(self, day: date) -> bool:
        """False on weekends, public holidays, and midsummer, Christmas and New Year's Eve."""
        return day.weekday() < 5 and day not in _holidays(self.cadence.country, day.year)

    def on_or_before(self, day: date) -> date:
        """The last working day up to and including `day`: where a reminder moves."""
        while not self.is_working_day(day):
            day -= DAY
        return day

    def on_or_after(self, day: date) -> date:
        """The first working day from `day` on: where an escalation, expiry or gap letter moves."""
        while not self.is_working_day(day):
            day += DAY
        return day

    def working_days_after(self, day: date, count: int) -> date:
        """The `count`th working day after `day`; `day` itself does not count."""
        for _ in range(count):
            day = self.on_or_after(day + DAY)
        return day

    def working_days_before(self, day: date, count: int) -> date:
        """The `count`th working day before `day`; `day` itself does not count."""
        for _ in range(count):
            day = self.on_or_before(day - DAY)
        return day

    def working_days_since(self, day: date, today: date) -> int:
        """How many working days have come after `day`, up to and including `today`."""
        weeks, rest = divmod(max((today - day).days, 0), 7)
        weekdays = 5 * weeks + sum((today - DAY * count).weekday() < 5 for count in range(rest))
        return weekdays - sum(
            day < one <= today and one.weekday() < 5
            for year in range(day.year, today.year + 1)
            for one in _holidays(self.cadence.country, year)
        )

    def renewal_opens_on(self, ends_on: date | None) -> date | None:
        """The first day of the renewal window; None for a document without a term."""
        return None if ends_on is None else before(ends_on, self.cadence.renewal_window)

    # --- snoozes ------------------------------------------------------------------------------

    def snooze_at_most_until(self, ends_on: date, today: date) -> date:
        """The latest day on which a snooze begun today can end; not after today when none can."""
        return min(today + self.cadence.snooze_days * DAY, self._warned_again_from(ends_on))

    def may_be_snoozed(self, occasion: Occasion, ends_on: date | None) -> bool:
        """Whether someone may want this warning later instead. Never those close to the end."""
        return (
            occasion.what is Letter.RENEWAL
            and ends_on is not None
            and occasion.on < self._warned_again_from(ends_on)
        )

    def _warned_again_from(self, ends_on: date) -> date:
        return self.on_or_before(before(ends_on, self.cadence.snooze_ends))

    # --- what is due ----------------------------------------------------------------------------

    def occasions(self, charter: Standing, *, since: date, today: date) -> list[Occasion]:
        """What fell due after `since`, up to and including `today`, in the order of its days."""
        due = [
            occasion
            for series in self._series(charter)
            for occasion in itertools.takewhile(lambda o: o.on <= today, series)
            if occasion.on > since
        ]
        return sorted(due, key=lambda occasion: occasion.on)

    def act_due(self, charter: Standing, today: date) -> Act | None:
        """What the calendar must do to the charter by today: the latest, where several are due.

        Acts follow dates, not what the calendar has looked at: a missed one is never lost.
        """
        if charter.state is State.APPROVED and not charter.outcomes_missing:
            return Act.DISTRIBUTE
        due = [occasion for occasion in self._ending_of(charter) if occasion.on <= today]
        return Act(due[-1].what) if due else None

    def wakes_on(self, charter: Standing, *, after: date) -> date | None:
        """The next day after `after` on which anything falls due; None when nothing ever will."""
        coming = (
            next((occasion.on for occasion in series if occasion.on > after), None)
            for series in self._series(charter)
        )
        return min((day for day in coming if day is not None), default=None)

    def gap_occasions(self, gap_since: date, *, since: date, today: date) -> list[Occasion]:
        """The gap letters of a group without a charter in force since `gap_since`, monthly."""
        due = itertools.takewhile(lambda o: o.on <= today, self._gaps(gap_since, since))
        return [occasion for occasion in due if occasion.on > since]

    def gap_wakes_on(self, gap_since: date, *, after: date) -> date:
        """The next day after `after` on which such a group is written about."""
        return next(one.on for one in self._gaps(gap_since, after) if one.on > after)

    def digest_due(self, today: date) -> Occasion:
        """The latest weekly digest due by today, by the week of its Monday.

        It is due on the Monday, or the first working day after it.
        """
        monday = today - today.weekday() * DAY
        while (due := self.on_or_after(monday)) > today:
            monday -= WEEK
        year, week, _ = monday.isocalendar()
        return Occasion(due, Letter.DIGEST, f"{year}-W{week:02}")

    def next_digest_on(self, after: date) -> date:
        """The day of the first weekly digest after `after`."""
        monday = after - after.weekday() * DAY
        while (due := self.on_or_after(monday)) <= after:
            monday += WEEK
        return due

    def _gaps(self, gap_since: date, after: date) -> Iterator[Occasion]:
        """The monthly occasions of a gap, from the month before that of `after`."""
        months = (after.year - gap_since.year) * 12 + after.month - gap_since.month
        for count in itertools.count(max(1, months - 1)):
            day = self.on_or_after(add_months(gap_since, count))
            yield Occasion(day, Letter.GAP, f"month {count}")

    def _series(self, charter: Standing) -> list[Iterable[Occasion]]:
        """Every strand of coming occasions, each in the order of its days; some never end."""
        match charter.state:
            case State.DRAFT:
                return [self._draft_reminders(charter)]
            case State.REVIEW:
                return [self._review_reminders(charter), self._new_deciders(charter)]
            case state if state in LIVING:
                return [
                    self._ending(charter),
                    self._renewal_stages(charter),
                    self._after_snoozes(charter),
                    self._follow_ups(charter),
                    self._distribution_reminders(charter),
                ]
            case State.EXPIRED:
                return [self._expiry_letter(charter)]
            case _:
                return []

    def _draft_reminders(self, charter: Standing) -> Iterator[Occasion]:
        if charter.touched_on is None:
            return
        first = self.working_days_after(charter.touched_on, self.cadence.draft_untouched_after)
        for month in itertools.count():
            day = self.on_or_before(add_months(first, month))
            yield Occasion(day, Letter.DRAFT_UNTOUCHED, day.isoformat())

    def _review_reminders(self, charter: Standing) -> Iterator[Occasion]:
        if charter.submitted_on is None:
            return
        for count in self.cadence.review_reminders:
            day = self.working_days_after(charter.submitted_on, count)
            yield Occasion(day, Letter.DECISION_REMINDER, f"wd{count}")
        count = self.cadence.escalation_after
        first = self.working_days_after(charter.submitted_on, count)
        for week in itertools.count():
            stage = f"wd{count}+{week}w" if week else f"wd{count}"
            yield Occasion(self.on_or_after(first + week * WEEK), Letter.ESCALATION, stage)

    def _new_deciders(self, charter: Standing) -> Iterator[Occasion]:
        """The request belongs to the office: whoever's dates begin gets it that very day."""
        for day in sorted(charter.deciders_change_on):
            if charter.submitted_on is not None and day > charter.submitted_on:
                yield Occasion(day, Letter.DECISION_REQUEST)

    def _ending_of(self, charter: Standing) -> Iterator[Occasion]:
        return self._ending(charter) if charter.state in LIVING else iter(())

    def _ending(self, charter: Standing) -> Iterator[Occasion]:
        """Renewal opens on its day, and the end comes the day after the last; neither ever moves.

        A charter found past its end only ends: it does not first enter renewal.
        """
        if charter.discontinue_on is not None and charter.ends_by_discontinuance:
            yield Occasion(charter.discontinue_on, Act.DISCONTINUE)
            return
        if charter.ends_on is None:
            return
        if charter.state is not State.EXPIRING and not charter.successor_took_over:
            opens = before(charter.ends_on, self.cadence.renewal_window)
            yield Occasion(opens, Act.ENTER_RENEWAL)
        end = Act.SUPERSEDE if charter.successor_took_over else Act.EXPIRE
        yield Occasion(charter.ends_on + DAY, end)

    def _renewal_stages(self, charter: Standing) -> Iterable[Occasion]:
        if charter.ends_on is None or charter.successor_decided or charter.ends_by_discontinuance:
            return ()
        return self._stages_before(charter.ends_on)

    def _stages_before(self, ends_on: date) -> tuple[Occasion, ...]:
        stages = self.cadence.renewal_stages
        return tuple(
            Occasion(
                self.on_or_before(before(ends_on, ahead)),
                Letter.LAST_CALL if ahead == stages[-1] else Letter.RENEWAL,
                ahead.name,
            )
            for ahead in stages
        )

    def _after_snoozes(self, charter: Standing) -> Iterator[Occasion]:
        """When a snooze ends its person gets the latest warning that has fallen due by then."""
        stages = tuple(self._renewal_stages(charter)) if charter.snoozes else ()
        for snooze in sorted(charter.snoozes, key=lambda snooze: snooze.until):
            day = self.on_or_after(snooze.until)
            due = [stage for stage in stages if stage.on <= day]
            if due:
                yield replace(due[-1], on=day, only_to=snooze.person)

    def _follow_ups(self, charter: Standing) -> Iterable[Occasion]:
        """Once a year on the decision's date, while the charter has that year left to run."""
        if charter.ends_by_discontinuance or charter.successor_decided:
            return ()
        if charter.decided_on is None:
            return ()
        yearly = (
            self._yearly(charter.decided_on)
            if charter.ends_on is None
            else self._anniversaries(charter.decided_on, charter.ends_on)
        )
        # One decided long before its day is not asked about before it has come.
        first_day = charter.valid_from or charter.decided_on
        return (occasion for occasion in yearly if occasion.on > first_day)

    def _anniversaries(self, decided_on: date, ends_on: date) -> tuple[Occasion, ...]:
        years = ends_on.year - decided_on.year
        within = sum(add_years(decided_on, year) < ends_on for year in range(1, years + 1))
        return tuple(itertools.islice(self._yearly(decided_on), within))

    def _yearly(self, decided_on: date) -> Iterator[Occasion]:
        for year in itertools.count(1):
            day = self.on_or_before(add_years(decided_on, year))
            yield Occasion(day, Letter.FOLLOW_UP, f"year {year}")

    def _distribution_reminders(self, charter: Standing) -> Iterator[Occasion]:
        if charter.decided_on is None or not charter.outcomes_missing:
            return
        first = self.working_days_after(
            charter.decided_on, self.cadence.distribution_incomplete_after
        )
        for week in itertools.count():
            day = self.on_or_after(first + week * WEEK)
            yield Occasion(day, Letter.DISTRIBUTION_INCOMPLETE, f"week {week}")

    def _expiry_letter(self, charter: Standing) -> Iterator[Occasion]:
        if charter.ends_on is not None:
            yield Occasion(self.on_or_after(charter.ends_on + DAY), Letter.EXPIRED)


def last_day_of_term(valid_from: date, years: int) -> date:
    """The last day in force of a term of `years`: the same calendar date, inclusive.

    A term from 29 February ends on 28 February in a year without one (by analogy with the Act on
    the calculation of statutory time, SFS 1930:173). 2026-06-17 and five years give 2031-06-17.
    """
    return add_years(valid_from, years)


def add_years(day: date, years: int) -> date:
    """The same date `years` later; 29 February becomes 28 where there is no 29."""
    return add_months(day, 12 * years)


@lru_cache(maxsize=4096)
def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or the month's last day where it has no such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def before(ends_on: date, ahead: Ahead) -> date:
    """The day that lies `ahead` of the last day in force."""
    return add_months(ends_on, -ahead.months) - ahead.days * DAY


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[date]:
    """Public holidays and the eves nobody works on. Imported late: the library is slow to load."""
    import holidays

    official = holidays.country_holidays(
        country, years=year, categories=_categories(holidays, country)
    )
    return frozenset(official)


def _categories(library: object, country: str) -> tuple[str, ...]:
    """`de_facto` holds midsommarafton, julafton and nyårsafton; not every country has it."""
    known = library.country_holidays(country).supported_categories  # type: ignore[attr-defined]
    return tuple(name for name in ("public", "de_facto") if name in known)
