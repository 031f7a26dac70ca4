"""`mandat serve`: everything in one command. Here the web and the flows meet."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from socket import socket
from threading import Timer
from typing import TYPE_CHECKING, Annotated

import typer

from cli.edge import LANGUAGE, said, settings_read
from statemachine.words import Words

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from casework.settings import Settings
    from casework.watch import Late
    from flows.service import Service
    from web.door import Server

STOPS_WITHIN = 4.5
"""Seconds until the process ends, whatever still hangs on: leases and keys make that harmless."""

STARTING = Words(
    "Mandat startar. Det tar några sekunder.", "Mandat is starting. It takes some seconds."
)
READY = Words(
    "Mandat är i gång på {web} och kör påminnelser, förvarningar, expediering och brev av sig "
    "självt.",
    "Mandat is running at {web}, and runs reminders, expiry warnings, distribution and letters by "
    "itself.",
)
PAGES = Words(
    "Körningarna syns i Prefect på {prefect}; lösenordet står i {secret}",
    "The runs are seen in Prefect at {prefect}; the password is in {secret}",
)
RUNS = Words(
    "Körningarna, i Prefect (bara på den här datorn)", "The runs, in Prefect (on this machine only)"
)
LETTERS = Words(
    "Ingen e-postserver är angiven: breven, och koderna som man loggar in med, läses på "
    "{web}/inbox",
    "No mail server is given: letters, and the codes to log in with, are read at {web}/inbox",
)
STOP_WITH = Words("Avsluta med Ctrl-C.", "Stop with Ctrl-C.")
STOPPING = Words("Mandat avslutas.", "Mandat is stopping.")
STOPPED = Words("Mandat är avslutad.", "Mandat has stopped.")


def register(app: typer.Typer) -> None:
    app.command(
        "serve",
        help=said(
            "Kör allt i ett: webben, påminnelser, förvarningar, expediering och brev.",
            "Run everything in one: the web, reminders, expiry warnings, distribution and letters.",
        ),
        rich_help_panel=said("Köra", "Running"),
    )(serve)


def serve(
    host: Annotated[str | None, typer.Option("--host", help=said("Adressen att lyssna på; annars MANDAT_HOST.", "The address to listen at; else MANDAT_HOST."))] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help=said("Porten; annars MANDAT_PORT. 0: någon ledig.", "The port; else MANDAT_PORT. 0: any free one."))] = None,
    without_prefect_ui: Annotated[bool, typer.Option("--without-prefect-ui", help=said("Utan Prefects egna sidor.", "Without Prefect's own pages."))] = False,
) -> None:  # fmt: skip
    from documents.kinds import own_forms
    from flows.service import secret_file, service
    from flows.workbench import carrier_of
    from models.migrations import upgrade
    from models.serving import served
    from models.session import engine_for
    from web.door import address_of, opened

    settings = settings_read()
    own_forms(settings.forms)
    carrier_of(settings).close()
    engine = engine_for(settings.database_url)
    began = datetime.now(settings.timezone)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        place = stack.enter_context(served(engine, since=began))
        door = stack.enter_context(
            opened(host or settings.host, settings.port if port is None else port)
        )
        _tell(STARTING)
        clockwork = stack.enter_context(
            service(settings, with_pages=not without_prefect_ui, tell=_tell)
        )
        upgrade(engine)

        from web.access import letters_are_read_here
        from web.application import application
        from web.door import Server
        from web.house import House, Link

        web, prefect = address_of(door), clockwork.server.served
        house = House(
            settings,
            engine,
            began,
            clockwork.troubles,
            _late_by(settings),
            links=() if without_prefect_ui else (Link(clockwork.server.pages, RUNS),),
            happened=_woken(engine, settings),
        )

        def ready() -> None:
            place.tell(web, prefect.url, prefect.secret)
            _tell(READY.about(web=web))
            if not without_prefect_ui:
                _tell(PAGES.about(prefect=clockwork.server.pages, secret=secret_file()))
            if letters_are_read_here(settings):
                _tell(LETTERS.about(web=web))
            _tell(STOP_WITH)

        asyncio.run(_live(Server(application(house)), door, clockwork, ready))
    _tell(STOPPED)


async def _live(
    server: "Server", door: socket, clockwork: "Service", ready: Callable[[], None]
) -> None:
    """Until someone asks it to stop, or a part of it cannot go on: then that is raised."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    web = asyncio.create_task(server.serve(sockets=[door]))
    clock = asyncio.create_task(clockwork.live(ready))
    stop = asyncio.create_task(asked.wait())
    parts = (web, clock, stop)
    await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    _tell(STOPPING)
    with _at_most(STOPS_WITHIN):
        server.should_exit = True
        clock.cancel()
        stop.cancel()
        await asyncio.wait(parts)
    for part in (web, clock):
        if not part.cancelled() and (fault := part.exception()):
            raise fault


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """End the process if the block takes longer; the kernel then ends what it has started."""
    end = Timer(seconds, os._exit, (0,))
    end.daemon = True
    end.start()
    yield


def _late_by(
    settings: "Settings",
) -> "Callable[[Connection, datetime], tuple[Late, ...]]":
    from casework.watch import what_is_late
    from flows.catalogue import awaited

    return lambda connection, now: what_is_late(connection, now, awaited(now), settings)


def _woken(engine: "Engine", settings: "Settings") -> Callable[[str], None]:
    """What the web tells after a commit, as every edge does: letters leave at once."""
    from flows.waking import Happened, wake

    def woken(what: str) -> None:
        wake(engine, Happened(what, datetime.now(settings.timezone)))

    return woken


def _tell(words: Words) -> None:
    """One line to whoever runs it, at once: it may be read by another program."""
    print(words.in_(LANGUAGE), flush=True)  # noqa: T201
