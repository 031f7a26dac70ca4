"""The child that reads one file apart: limits on itself first, then the file, then its answer.

Run as a script by `apart`, which passes a line of JSON and the file's bytes on standard input and
gets a line of JSON on standard output.
"""

import gc
import json
import resource
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Reads what standard input holds and says on standard output what came of it."""
    task = json.loads(sys.stdin.buffer.readline())
    _limit_self(task["seconds"], task["bytes"])
    sys.path[:] = task["path"]
    gc.disable()  # a life this short ends before its rubbish counts
    print(json.dumps(_read(task, sys.stdin.buffer.read())))  # noqa: T201


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
