"""A carrier that remembers what it was given, and answers as it was told to."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications.carriers import NotDelivered, Receipt


@dataclass(frozen=True, slots=True)
class Carried:
    envelope_from: str
    envelope_to: str
    message: bytes


class RecordingCarrier:
    """Accepts every letter, unless `answers` says otherwise.

    Each answer is for one delivery, in order: None accepts; anything raised for a letter handed
    over is raised after it is kept, since that is what such a loss looks like from here.
    """

    def __init__(self, answers: Iterable[NotDelivered | None] = ()) -> None:
        self.carried: list[Carried] = []
        self._answers = iter(answers)

    def connect(self) -> None:
        """Always ready."""

    def deliver(self, envelope_from: str, envelope_to: str, message: bytes) -> Receipt:
        self.carried.append(Carried(envelope_from, envelope_to, message))
        answer = next(self._answers, None)
        if answer is not None:
            raise answer
        return Receipt(reply="recorded")

    def close(self) -> None:
        """Nothing is held open."""
