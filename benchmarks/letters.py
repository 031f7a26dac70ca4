"""What a letter costs on its way out, beside plain smtplib over one kept connection, same bytes.

CPU time of this process alone; the relay is another one.
"""

import asyncio
import multiprocessing
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import process_time

import trustme
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, insert

from benchmarks.measure import Measured, times
from models.session import engine_for, transaction
from models.tables import Base, Group
from notifications.carriers.relay import LETTERS_PER_CONNECTION, Relay, YagmailCarrier
from notifications.compose import Attachment, Sender, compose, message_id
from notifications.outbox import LetterToPost, deliver, post
from notifications.preview import sample
from statemachine.vocabulary import Letter

AT = datetime(2026, 6, 17, 8, tzinfo=UTC)
SENDER = Sender("Mandat", "mandat@sjoviken.example", "sjoviken.example")
PDF = Attachment("uppdrag.pdf", "application/pdf", b"%PDF" + bytes(range(256)) * 800)
"""Two hundred kilobytes."""
MOST = times(1.15)


def measure(folder: Path, rounds: int) -> Iterator[Measured]:
    """The medians over so many rounds, ours and smtplib's in turn."""
    authority = trustme.CA()
    trusted = folder / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    certificate = folder / "relay.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    plain, long = _letter(), _letter(PDF)

    with _relay(None) as port:
        relay = Relay("127.0.0.1", port, "none")
        with _side_by_side(relay, lambda: smtplib.SMTP("127.0.0.1", port)) as race:
            yield race("a letter, CPU; floor: smtplib", plain, 1, rounds * 20)
            yield race("a letter to each of fifty", plain, 50, rounds)
            yield race("a letter with a PDF of 200 kB", long, 5, rounds * 2)
        yield _whole_delivery(folder, relay, rounds)

    context = ssl.create_default_context(cafile=str(trusted))
    with _relay(certificate) as port:
        relay = Relay("127.0.0.1", port, "tls", authorities=str(trusted))
        with _side_by_side(
            relay, lambda: smtplib.SMTP_SSL("127.0.0.1", port, context=context)
        ) as race:
            yield race("a letter over TLS", plain, 20, rounds)
            yield race("a letter with a PDF over TLS", long, 5, rounds * 2)


Way = Callable[[bytes], None]
Race = Callable[[str, bytes, int, int], Measured]


@contextmanager
def _side_by_side(relay: Relay, opened: Callable[[], smtplib.SMTP]) -> Iterator[Race]:
    """Both connected to one relay, so that letters can be raced against each other."""
    carrier, peer = YagmailCarrier(relay), opened()

    def ours(letter: bytes) -> None:
        carrier.deliver(SENDER.email, "anna@sjoviken.example", letter)

    def floor(letter: bytes) -> None:
        peer.sendmail(SENDER.email, ["anna@sjoviken.example"], letter)

    def race(what: str, letter: bytes, letters: int, rounds: int) -> Measured:
        taken = []
        for _ in range(rounds):
            carrier.close()  # or a connection would be renewed in the middle, sometimes
            for way in (ours, floor):
                way(letter)
            taken.append(_cpu((ours, floor), letter, letters))
        mine, least = (median(column) for column in zip(*taken, strict=True))
        return Measured(what, mine, least, MOST)

    yield race
    carrier.close()
    peer.close()


def _cpu(ways: tuple[Way, Way], letter: bytes, letters: int) -> tuple[float, float]:
    """What a letter takes each way, a letter at a time in turn: other work meets both alike."""
    assert letters < LETTERS_PER_CONNECTION
    spent = [0.0, 0.0]
    for _ in range(letters):
        for number, way in enumerate(ways):
            began = process_time()
            way(letter)
            spent[number] += process_time() - began
    return spent[0] / letters, spent[1] / letters


def _letter(*papers: Attachment) -> bytes:
    row = _Row(1, message_id("one", "sjoviken.example"))
    return compose(row, sample(Letter.DECISION_REQUEST), papers, SENDER, at=AT)


class _Row:
    charter_id, group_id = 3, None
    to_name, to_email = "Johan Ekdal", "johan.ekdal@sjoviken.example"

    def __init__(self, key: int, message_id: str) -> None:
        self.id, self.message_id = key, message_id


# --- a whole delivery -----------------------------------------------------------------------------


def _whole_delivery(folder: Path, relay: Relay, rounds: int) -> Measured:
    """From the claim to the mark, composing included; twenty letters at a time."""
    engine = engine_for(f"sqlite:///{folder}/letters.db")
    Base.metadata.create_all(engine)
    with transaction(engine) as connection:
        connection.execute(
            insert(Group).values(id=1, key="rad", name="Rådet", name_folded="rådet", starts_on=AT)
        )
    carrier = YagmailCarrier(relay)
    taken = [_delivered(engine, carrier, number) for number in range(rounds)]
    carrier.close()
    engine.dispose()
    return Measured("a whole delivery: claim, compose, send, mark", median(taken))


def _delivered(engine: Engine, carrier: YagmailCarrier, number: int) -> float:
    letters = [
        LetterToPost(
            letter=Letter.OPINION_GIVEN,
            to_name="Johan Ekdal",
            to_email=f"johan.ekdal{reader}@sjoviken.example",
            facts=sample(Letter.OPINION_GIVEN),
            group_id=1,
            resend=number,
        )
        for reader in range(20)
    ]
    with transaction(engine) as connection:
        post(connection, letters, now=AT, today=AT.date(), domain=SENDER.domain)
    began = process_time()
    done = deliver(engine, carrier, now=lambda: AT, sender=SENDER, worker="one")
    assert done.sent == len(letters)
    return (process_time() - began) / done.sent


# --- the relay ------------------------------------------------------------------------------------


@contextmanager
def _relay(certificate: Path | None) -> Iterator[int]:
    """A relay that takes everything and keeps nothing, in a process of its own."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(there, certificate), daemon=True
    )
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


class _Forgets:
    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        return "250 2.0.0 taken"


def _serve(told: Connection, certificate: Path | None) -> None:
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(_Forgets(), hostname="relay.example", loop=loop, timeout=600),
            "127.0.0.1",
            0,
            ssl=context,
        )
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())
