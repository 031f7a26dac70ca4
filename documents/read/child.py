"""The child that reads one file apart: limits on itself first, then the file, then its answer.

Run as a script by `apart`, which passes a line of JSON and the file's bytes on standard input and
gets a line of JSON on standard output. Told that there are many, it loads what reading needs and
tends children of its own, one for each file.
"""

import gc
import json
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn


def main() -> None:
    """Reads what standard input holds and says on standard output what came of it."""
    task = json.loads(sys.stdin.buffer.readline())
    gc.disable()  # a life this short ends before its rubbish counts
    if "many" in task:
        sys.path[:] = task["path"]
        _tend(task)
        return
    _limit_self(task["seconds"], task["bytes"])
    sys.path[:] = task["path"]
    print(json.dumps(_read(task, sys.stdin.buffer.read())))  # noqa: T201


def _tend(surroundings: dict[str, Any]) -> None:
    """Read each file that is asked for in a child of its own, until nobody asks any more."""
    import pypdfium2  # noqa: F401 (all three loaded once, for all the children)

    from documents.blank import blank
    from documents.kinds import kinds
    from documents.read import pdf, read, word  # noqa: F401
    from documents.refused import Refused
    from documents.write.text import write_text

    extra = Path(surroundings["extra"]) if surroundings["extra"] else None
    for kind in kinds(extra):
        for language in kind.forms:
            # Every pattern of the form is made ready by reading one that is empty.
            empty = blank(kind.key, language, extra=extra)
            with suppress(Refused):
                read(write_text(empty, language, kind=kind).encode(), "blank", extra=extra)
    gc.freeze()
    while line := sys.stdin.buffer.readline():
        task = {**surroundings, **json.loads(line)}
        answer = _of_a_child(task, sys.stdin.buffer.read(task["size"]))
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def _of_a_child(task: dict[str, Any], data: bytes) -> bytes:
    """A child's answer; where it gave none in time, that it was lost."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        _answer_and_die(task, data, send)
    os.close(send)
    heard = _heard(receive, task["wall"])
    os.close(receive)
    if heard is None:
        os.kill(child, signal.SIGKILL)
    _, how = os.waitpid(child, 0)
    whole = heard is not None and how == 0
    return heard if heard and whole else json.dumps({"lost": f"ended as {how}"}).encode()


def _answer_and_die(task: dict[str, Any], data: bytes, send: int) -> NoReturn:
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)  # what is asked of the others is none of its business
        os.dup2(nowhere, 1)
        _limit_self(task["seconds"], task["bytes"])
        answer = memoryview(json.dumps(_read(task, data)).encode())
        while answer:
            answer = answer[os.write(send, answer) :]
        os._exit(0)
    finally:
        os._exit(1)


def _heard(receive: int, seconds: float) -> bytes | None:
    """All that comes until the other end is closed; None when that takes too long."""
    pieces: list[bytes] = []
    last = time.monotonic() + seconds
    while select.select([receive], [], [], max(0.0, last - time.monotonic()))[0]:
        piece = os.read(receive, 1024 * 1024)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
    return None


def _limit_self(seconds: int, size: int) -> None:
    """No more memory, time or files than this; what is written ends up in the parent's hands."""
    for what, limit in (
        (resource.RLIMIT_DATA, size),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _read(task: dict[str, Any], data: bytes) -> dict[str, Any]:
    from documents.read import read
    from documents.refused import Refused

    extra = Path(task["extra"]) if task["extra"] else None
    try:
        reading = read(data, task["filename"], extra=extra)
    except Refused as refused:
        words = [{"sv": one.sv, "en": one.en} for one in refused.reasons]
        return {"refused": type(refused).__name__, "words": words}
    problems = [
        {
            "level": one.level,
            "code": one.code,
            "field": one.field,
            "sv": one.message.sv,
            "en": one.message.en,
        }
        for one in reading.problems
    ]
    return {"document": reading.document.model_dump(mode="json"), "problems": problems}


if __name__ == "__main__":
    main()
