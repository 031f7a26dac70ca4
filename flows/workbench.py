"""What a flow works with: settings, memory, papers, a way out for letters, and what time it is."""

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import TypeVar
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine

from casework.keys import pages_in_letters
from casework.matter import Sitting
from casework.papers import printer
from casework.returned import Became, Taken, take_all_in, take_in
from casework.secrets import exposed, relay_password, secret_in
from casework.settings import Settings
from casework.told import ToldByDelivery
from documents.kinds import own_forms
from models.migrations import upgrade
from models.session import engine_for, transaction
from notifications.carriers import Carrier
from notifications.carriers.folder import FolderCarrier
from notifications.carriers.relay import Relay, YagmailCarrier
from notifications.compose import Sender
from notifications.links import Pages
from notifications.outbox import Delivery, deliver
from notifications.returns.mailbox import Mailbox
from notifications.returns.mailbox import opened as mail_in
from notifications.returns.reading import Returned
from statemachine.words import Refusal, Words

T = TypeVar("T")

LOG = logging.getLogger("mandat")


class When(BaseModel):
    """The moment a flow works in: now, unless another is named."""

    model_config = ConfigDict(frozen=True)

    on: date | None = Field(
        None,
        title="Dag · Day",
        description="Dagen kalendern ser på; i dag när fältet är tomt. · "
        "The day the calendar looks at; today when empty.",
    )
    at: AwareDatetime | None = Field(
        None,
        title="Tidpunkt · Moment",
        description="Vad klockan ska anses vara; nu när fältet är tomt. · "
        "What time it is held to be; now when empty.",
    )
    because: str | None = Field(
        None,
        title="Anledning · Reason",
        description="Varför körningen begärdes; står i dess namn. · "
        "Why the run was asked for; it stands in its name.",
        max_length=200,
    )


NOW = When()


class RelayMissetting(Refusal):
    """The settings for the mail relay do not go together."""


class ReturnsMissetting(Refusal):
    """The settings for the mailbox of returned mail do not go together."""


@dataclass(frozen=True)
class Workbench:
    """Open memory and a way out for letters."""

    settings: Settings
    engine: Engine
    carrier: Carrier
    worker: str

    def clock(self, when: When) -> Callable[[], datetime]:
        """What tells the time: the clock, or the one moment named."""
        return lambda: when.at or datetime.now(self.settings.timezone)

    def sitting(self, when: When) -> Sitting:
        """The calendar's sitting, on the day named or the day it is in the organisation's zone."""
        return self.sitting_at(when, self.clock(when)())

    def sitting_at(self, when: When, now: datetime) -> Sitting:
        """The same, at this moment."""
        return Sitting(
            by=None,
            now=now,
            today=when.on or now.astimezone(self.settings.timezone).date(),
            settings=self.settings,
            press=printer(self.settings, now),
        )

    async def act(self, what: Callable[[Connection], T]) -> T:
        """Do something in one transaction, beside the flow's own loop."""

        def done() -> T:
            with transaction(self.engine) as connection:
                return what(connection)

        return await asyncio.to_thread(done)

    async def deliver(self, when: When, limit: int) -> Delivery:
        """Deliver at most `limit` letters, beside the flow's own loop. Raises Paused."""
        return await asyncio.to_thread(
            deliver,
            self.engine,
            self.carrier,
            now=self.clock(when),
            told=ToldByDelivery(partial(self.sitting_at, when)),
            per_minute=self.settings.relay_letters_per_minute,
            alarm_after=timedelta(minutes=self.settings.standstill_minutes),
            sender=Sender.of(
                self.settings.mail_from,
                domain=self.settings.mail_domain,
                return_path=self.settings.return_address,
                plus=self.settings.return_plus,
                accent=self.settings.accent,
                pages=self.pages,
            ),
            worker=self.worker,
            limit=limit,
        )

    @cached_property
    def pages(self) -> Pages | None:
        """The pages that letters lead to, found once for all the letters of a run."""
        with transaction(self.engine) as connection:
            return pages_in_letters(connection, self.settings, self.clock(NOW)())

    async def take_in_returned(self, when: When, limit: int) -> Counter[Became]:
        """Take in at most `limit` messages of the mailbox. Raises MailboxClosed.

        Nothing when no mailbox is set.
        """
        mailbox = mailbox_of(self.settings)
        return (
            await asyncio.to_thread(self._take_in, mailbox, when, limit) if mailbox else Counter()
        )

    def _take_in(self, mailbox: Mailbox, when: When, limit: int) -> Counter[Became]:
        def take(returned: Returned) -> Taken:
            with transaction(self.engine) as connection:
                return take_in(connection, returned, self.sitting(when))

        with mail_in(mailbox, limit) as messages:
            return take_all_in(messages, take)


_OPEN: ContextVar[Workbench | None] = ContextVar("workbench", default=None)


@contextmanager
def opened(settings: Settings, carrier: Carrier | None = None) -> Iterator[Workbench]:
    """Set up a workbench, which the flows run within the block then use.

    Memory is brought to its newest shape. Letters go where the settings say, unless `carrier` is
    given. Raises CannotRemember or RelayMissetting.
    """
    own_forms(settings.forms)
    engine = engine_for(settings.database_url)
    way_out = carrier or carrier_of(settings)
    worker = f"{socket.gethostname()} {os.getpid()} {uuid4().hex[:8]}"
    bench = Workbench(settings, engine, way_out, worker)
    before = _OPEN.set(bench)
    try:
        upgrade(engine)
        yield bench
    finally:
        _OPEN.reset(before)
        way_out.close()
        engine.dispose()


@contextmanager
def workbench() -> Iterator[Workbench]:
    """The workbench a command holds open, or one of the flow's own, set up from the environment."""
    held = _OPEN.get()
    if held is not None:
        yield held
    else:
        with opened(Settings()) as bench:
            yield bench


def carrier_of(settings: Settings) -> Carrier:
    """Through the relay when there is one, else to a folder.

    Raises RelayMissetting or SecretMissetting.
    """
    if settings.relay_host is None:
        return FolderCarrier(settings.mail_folder)
    for warning in exposed(settings):
        LOG.warning(warning.in_(settings.language))
    password = relay_password(settings)
    try:
        relay = Relay(
            settings.relay_host,
            settings.relay_port,
            settings.relay_security,
            settings.relay_user,
            password.get_secret_value() if password is not None else None,
            settings.relay_timeout,
        )
    except ValueError as fault:
        raise RelayMissetting(
            Words(
                "Inställningarna för e-post går inte ihop, se MANDAT_RELAY_…: {fault}",
                "The mail settings do not go together, see MANDAT_RELAY_…: {fault}",
            ).about(fault=fault)
        ) from fault
    return YagmailCarrier(relay)


def mailbox_of(settings: Settings) -> Mailbox | None:
    """The mailbox returned mail comes to, where there is one.

    Raises ReturnsMissetting or SecretMissetting.
    """
    host, user = settings.returns_host, settings.returns_user
    file = settings.returns_password_file
    if host is None:
        return None
    if user is None or file is None:
        raise ReturnsMissetting(
            Words(
                "Brevlådan för returpost behöver användare och lösenord: ange "
                "MANDAT_RETURNS_USER och MANDAT_RETURNS_PASSWORD_FILE.",
                "The mailbox for returned mail needs a user and a password: set "
                "MANDAT_RETURNS_USER and MANDAT_RETURNS_PASSWORD_FILE.",
            )
        )
    return Mailbox(
        host=host,
        user=user,
        password=secret_in(file, "MANDAT_RETURNS_PASSWORD_FILE").get_secret_value(),
        port=settings.returns_port,
        security=settings.returns_security,
        folder=settings.returns_folder,
        dealt_with=settings.returns_dealt_with,
        timeout=settings.returns_timeout,
    )
