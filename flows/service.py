"""The clockwork as a service: a Prefect server beside it, runs by the clock, and runs at once."""

import asyncio
import fcntl
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, TYPE_CHECKING

from casework.settings import Settings
from casework.watch import Awaited, late_looks
from flows.catalogue import awaited
from flows.environment import PARENT, home, prepare
from flows.server import NoServer, ServerProcess, free_port, is_free, new_secret
from models.session import engine_for, reading
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from flows.at_once import AtOnce

NAME = "service"
POLL_SECONDS = 5.0
"""How often the runner asks what has come due."""
LOOK_SECONDS = 0.5
"""How often the service looks whether Prefect's server lives."""
MOST_RESTARTS, WITHIN = 5, timedelta(minutes=10)
RUNS_AT_ONCE = 4
LAST_ONE_ENDS_WITHIN = 5.0
"""Seconds in which the Prefect server of a service that was killed lets go of its port."""
LOG_BYTES = 5_000_000
LETTERS_MAY_TAKE, LOGS_MAY_TAKE = 1.5, 0.5
"""Seconds that letters on their way, and lines for the log, may still take at the stop."""

TAKEN = Words(
    "Prefects mapp {home} används av en annan tjänst. Ge den här tjänsten en egen mapp i "
    "PREFECT_HOME.",
    "Prefect's folder {home} is used by another service. Give this service a folder of its own "
    "in PREFECT_HOME.",
)
PORT_TAKEN = Words(
    "Porten {port}, där Prefects sidor skulle ligga, är upptagen. Välj en annan i "
    "MANDAT_PREFECT_PORT, eller starta med --without-prefect-ui.",
    "Port {port}, where Prefect's pages would be, is taken. Choose another in "
    "MANDAT_PREFECT_PORT, or start with --without-prefect-ui.",
)
STARTED_AGAIN = Words(
    "Prefects server hade slutat gå och är startad på nytt ({times} av högst {most} gånger på "
    "{minutes} minuter). Inget är förlorat. Orsaken står i {log}",
    "Prefect's server had stopped and has been started again ({times} of at most {most} times in "
    "{minutes} minutes). Nothing is lost. The cause is in {log}",
)
GIVEN_UP = Words(
    "{what} slutar gå gång på gång, så tjänsten avslutas. Orsaken står i {log}",
    "{what} stops again and again, so the service ends. The cause is in {log}",
)
RUNNER_AGAIN = Words(
    "De schemalagda körningarna hade stannat och är i gång igen: {why}",
    "The scheduled runs had stopped and are going again: {why}",
)
SERVER_AWAY = Words("Prefects server svarar inte.", "Prefect's server does not answer.")
RUNNER_AWAY = Words("De schemalagda körningarna är inte i gång.", "The scheduled runs do not go.")
STARTING = Words("Tjänsten håller på att starta.", "The service is starting.")


class ServiceEnded(Refusal):
    """The service cannot go on by itself."""


@dataclass(slots=True)
class Service:
    """The clockwork of `mandat serve`, between its start and its end."""

    settings: Settings
    server: ServerProcess
    tell: Callable[[Words], None]
    """What the service says to whoever runs it."""
    is_ready: bool = False
    _is_going: bool = False
    _restarts: deque[float] = field(default_factory=deque)

    def troubles(self) -> Iterator[Words]:
        """Why the clockwork does not go just now."""
        if not self.is_ready:
            yield STARTING
            return
        if not self.server.is_running:
            yield SERVER_AWAY
        if not self._is_going:
            yield RUNNER_AWAY

    async def live(self, ready: Callable[[], None]) -> None:
        """Go until cancelled; `ready` is called once everything does.

        Raises NoServer when Prefect's server never answered, ServiceEnded when it stops again and
        again.
        """
        from flows.at_once import AtOnce

        at_once = AtOnce(self.settings)
        try:
            await asyncio.to_thread(self.server.wait)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_the_server())
                tasks.create_task(self._keep_the_runner())
                tasks.create_task(_keep_listening(at_once))
                while not (self._is_going and at_once.is_listening):
                    await asyncio.sleep(0.02)
                self.is_ready = True
                ready()
        except* Refusal as refused:
            raise _first(refused) from None
        finally:
            await asyncio.to_thread(at_once.wait, LETTERS_MAY_TAKE)
            await _send_what_was_logged()
            # Now, since a thread may be waiting for its answer.
            await asyncio.to_thread(self.server.stop)

    async def _keep_the_server(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.server.is_running:
                continue
            self._once_more(Words("Prefects server", "Prefect's server"))
            self.server.start(again=True)
            await asyncio.to_thread(self.server.wait)
            self.tell(
                STARTED_AGAIN.about(
                    times=len(self._restarts),
                    most=MOST_RESTARTS,
                    minutes=int(WITHIN.total_seconds() // 60),
                    log=self.server.log,
                )
            )

    async def _keep_the_runner(self) -> None:
        while True:
            why = await self._run_scheduled()
            self._is_going = False
            self._once_more(Words("Prefects körningar", "Prefect's runner"))
            await asyncio.to_thread(self.server.wait)
            self.tell(RUNNER_AGAIN.about(why=why))

    async def _run_scheduled(self) -> str:
        """Run what is scheduled, until something stops that; the answer is what."""
        from prefect.runner import Runner

        from flows.deployments import deployments
        from flows.settling import settle

        before = signal.getsignal(signal.SIGTERM)
        runner = Runner(
            name="mandat", query_seconds=POLL_SECONDS, limit=RUNS_AT_ONCE, pause_on_shutdown=False
        )
        why = "?"
        try:
            ids = {one.name: await runner.aadd_deployment(one) for one in deployments()}
            await settle(ids, self._late())
            async with asyncio.TaskGroup() as tasks:
                going = tasks.create_task(runner.start())
                while not runner.started and not going.done():
                    await asyncio.sleep(0.02)
                # The runner takes the signal for itself, and would end the whole process.
                signal.signal(signal.SIGTERM, before)
                self._is_going = True
        except* Exception as faults:
            why = str(faults.exceptions[0])
        return why

    def _late(self) -> dict[str, Awaited]:
        """The flows whose last look is too long ago, however that came about."""
        engine = engine_for(self.settings.database_url)
        try:
            now = datetime.now(self.settings.timezone)
            with reading(engine) as connection:
                return {one.flow: one for one, _ in late_looks(connection, awaited(now))}
        finally:
            engine.dispose()

    def _once_more(self, what: Words) -> None:
        """Note that something is started again. Raises ServiceEnded when it has been too often."""
        now = time.monotonic()
        self._restarts.append(now)
        while now - self._restarts[0] > WITHIN.total_seconds():
            self._restarts.popleft()
        if len(self._restarts) > MOST_RESTARTS:
            raise ServiceEnded(GIVEN_UP.about(what=what, log=self.server.log))


async def _send_what_was_logged() -> None:
    """Have Prefect's server get the last lines of its runs while it still answers."""
    from prefect.logging.handlers import APILogHandler

    with suppress(TimeoutError):
        await asyncio.wait_for(APILogHandler.aflush(), LOGS_MAY_TAKE)


async def _keep_listening(at_once: "AtOnce") -> None:
    at_once.start()
    try:
        while True:
            at_once.go_on()
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        at_once.ask_to_end()


@contextmanager
def service(
    settings: Settings, *, with_pages: bool, tell: Callable[[Words], None]
) -> Iterator[Service]:
    """A service whose Prefect server has been started, and is stopped at the end of the block.

    To be called from the main thread, before anything imports Prefect. Raises NoServer.
    """
    prepare({"PREFECT_LOGGING_LEVEL": "WARNING"})
    home().mkdir(parents=True, exist_ok=True)
    port = (with_pages and settings.prefect_port) or free_port()
    deadline = time.monotonic() + LAST_ONE_ENDS_WITHIN
    while not is_free(port):
        if time.monotonic() > deadline:
            raise NoServer(PORT_TAKEN.about(port=port))
        time.sleep(0.1)
    server = ServerProcess(NAME, port, _kept_secret(), scheduling=True, with_pages=with_pages)
    with ExitStack() as stack:
        stack.enter_context(_alone_at_home())
        # For this process and for those it starts, which run the flows.
        os.environ["PREFECT_API_URL"] = server.served.url
        os.environ["PREFECT_API_AUTH_STRING"] = server.secret
        os.environ[PARENT] = str(os.getpid())
        stack.enter_context(_logged(home() / "runs.log"))
        stack.callback(server.stop)
        server.start()
        yield Service(settings, server, tell)


def secret_file() -> Path:
    """Where the word lies that Prefect's pages ask for."""
    return home() / f"{NAME}.secret"


def _kept_secret() -> str:
    """The secret of earlier starts, or a new one in a file that only its owner reads."""
    path = secret_file()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(new_secret())
    except FileExistsError:
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip() or new_secret()


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """What Prefect says within this process goes to a file: to people the service speaks itself.

    Prefect leaves alone what it finds when it is imported.
    """
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("mandat").setLevel(logging.INFO)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


@contextmanager
def _alone_at_home() -> Iterator[IO[str]]:
    with (home() / f"{NAME}.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoServer(TAKEN.about(home=home())) from None
        yield held


def _first(refused: BaseExceptionGroup[Refusal]) -> Refusal:
    for one in refused.exceptions:
        return one if isinstance(one, Refusal) else _first(one)
    raise AssertionError("a group of none")
