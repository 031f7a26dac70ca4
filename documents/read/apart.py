"""Reading a file apart: in a process of its own, with little memory, little time and no secrets."""

import json
import math
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from documents.kinds import where_own_forms_are
from documents.read import NotACharter, Reading, Unreadable
from documents.refused import Refused
from models.document import Document, Level, Problem
from statemachine.words import Words

CHILD = Path(__file__).with_name("child.py")
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-I", "-S", "-B", str(CHILD)]
SECONDS, MEGABYTES = 10.0, 300
"""A charter takes a twentieth of either; two hundred pages about a third. See the benchmarks."""

PATIENCE = 30.0
"""Seconds beyond a file's own, in which a process that tends others must answer."""
MOST_AT_A_TIME = 1024 * 1024

TOO_HEAVY = Words(
    "{filename} gick inte att läsa inom rimlig tid och rimligt minne. "
    "Spara den på nytt och försök igen, eller skicka in handlingen som text.",
    "{filename} could not be read within reasonable time and memory. "
    "Save it anew and try again, or hand the document in as text.",
)
REFUSALS: dict[str, type[Refused]] = {one.__name__: one for one in (NotACharter, Unreadable)}


class Lost(RuntimeError):
    """What a child that gave no answer left on its standard error."""


def read_apart(
    data: bytes,
    filename: str,
    *,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
    extra: Path | None = None,
) -> Reading:
    """What `read` returns, read by a child process that takes its dangers with it.

    `seconds` is wall time, `megabytes` the memory the child may allocate. The child inherits no
    environment and no open files, and writes only to a temporary folder that is removed. Raises
    what `read` raises; a child that crashes, or needs more than its limits, raises Unreadable.
    """
    task = {**_surroundings(extra), **_limits(filename, seconds, megabytes)}
    return _reading(_answer_of(json.dumps(task).encode() + b"\n" + data, filename, seconds))


class Reader:
    """Reads many files apart, one after another.

    Each is read by a process of its own, within the limits of `read_apart`, that is forked from
    one which has loaded all there is to load: that takes longer than reading a charter does.
    """

    def __init__(self, *, extra: Path | None = None) -> None:
        self._surroundings = _surroundings(extra)
        self._folder: TemporaryDirectory[str] | None = None
        self._nursery: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_fault: object) -> None:
        self._end()

    def read(
        self,
        data: bytes,
        filename: str,
        *,
        seconds: float = SECONDS,
        megabytes: int = MEGABYTES,
    ) -> Reading:
        """What `read_apart` returns, and raises."""
        task = {**_limits(filename, seconds, megabytes), "wall": seconds, "size": len(data)}
        nursery = self._nursery or self._begin()
        answer = _asked(nursery, json.dumps(task).encode() + b"\n" + data, seconds + PATIENCE)
        if answer is None:
            self._end()
            raise Unreadable(TOO_HEAVY.about(filename=filename)) from Lost("no answer")
        if "lost" in answer:
            raise Unreadable(TOO_HEAVY.about(filename=filename)) from Lost(answer["lost"])
        return _reading(answer)

    def _begin(self) -> "subprocess.Popen[bytes]":
        self._folder = TemporaryDirectory(prefix="mandat-")
        self._nursery = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env={"TMPDIR": self._folder.name, "LANG": "C.UTF-8"},
            start_new_session=True,
            bufsize=0,
        )
        told = json.dumps({**self._surroundings, "many": True}).encode() + b"\n"
        _written(self._nursery, told)
        return self._nursery

    def _end(self) -> None:
        if self._nursery is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._nursery.pid, signal.SIGKILL)  # it, and whom it tends
            self._nursery.communicate()
            self._nursery = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _surroundings(extra: Path | None) -> dict[str, Any]:
    """Where a child finds the program and the organisation's own forms."""
    extra = extra or where_own_forms_are()
    return {
        "extra": str(extra.absolute()) if extra else None,
        "path": [str(ROOT), *(str(Path(one).absolute()) for one in sys.path if one)],
    }


def _limits(filename: str, seconds: float, megabytes: int) -> dict[str, Any]:
    return {
        "filename": filename,
        "seconds": math.ceil(seconds),
        "bytes": megabytes * 1024 * 1024,
    }


def _asked(
    nursery: "subprocess.Popen[bytes]", said: bytes, seconds: float
) -> dict[str, Any] | None:
    """The answer of a child that tends others; None when it gives none in time."""
    assert nursery.stdout is not None
    if not _written(nursery, said):
        return None
    heard = bytearray()
    last = monotonic() + seconds
    while not heard.endswith(b"\n"):
        ready, _, _ = select([nursery.stdout], [], [], max(0.0, last - monotonic()))
        piece = nursery.stdout.read(MOST_AT_A_TIME) if ready else b""
        if not piece:
            return None
        heard += piece
    told: dict[str, Any] = json.loads(heard)
    return told


def _written(nursery: "subprocess.Popen[bytes]", said: bytes) -> bool:
    assert nursery.stdin is not None
    left = memoryview(said)
    try:
        while left:
            left = left[nursery.stdin.write(left) :]
    except BrokenPipeError:
        return False
    return True


def _reading(answer: dict[str, Any]) -> Reading:
    """What a child read, or the refusal it met."""
    if "refused" in answer:
        words = (Words(one["sv"], one["en"]) for one in answer["words"])
        raise REFUSALS[answer["refused"]](*words)
    problems = (
        Problem(Level(one["level"]), one["code"], one["field"], Words(one["sv"], one["en"]))
        for one in answer["problems"]
    )
    return Reading(Document.model_validate(answer["document"]), tuple(problems))


def _answer_of(said: bytes, filename: str, seconds: float) -> dict[str, Any]:
    """The child's answer to what it is told."""
    with TemporaryDirectory(prefix="mandat-") as name:
        folder = Path(name)
        answered, complained = folder / "answer", folder / "complaint"
        with answered.open("wb") as answer, complained.open("wb") as complaint:
            child = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=answer,
                stderr=complaint,
                cwd=folder,
                env={"TMPDIR": name, "LANG": "C.UTF-8"},
                start_new_session=True,
            )
            try:
                child.communicate(said, timeout=seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()
        if child.returncode == 0:
            told: dict[str, Any] = json.loads(answered.read_bytes())
            return told
        why = complained.read_bytes()[-2_000:].decode(errors="replace")
        raise Unreadable(TOO_HEAVY.about(filename=filename)) from Lost(why)
