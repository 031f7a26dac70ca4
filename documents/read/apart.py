"""Reading a file apart: in a process of its own, with little memory, little time and no secrets."""

import json
import math
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from documents.kinds import where_own_forms_are
from documents.read import NotACharter, Reading, Unreadable
from documents.refused import Refused
from models.document import Document, Level, Problem
from statemachine.words import Words

CHILD = Path(__file__).with_name("child.py")
ROOT = Path(__file__).parents[2]
SECONDS, MEGABYTES = 10.0, 300
"""A charter takes a twentieth of either; two hundred pages about a third. See the benchmarks."""

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
    extra = extra or where_own_forms_are()
    task = {
        "filename": filename,
        "seconds": math.ceil(seconds),
        "bytes": megabytes * 1024 * 1024,
        "extra": str(extra.absolute()) if extra else None,
        "path": [str(ROOT), *(str(Path(one).absolute()) for one in sys.path if one)],
    }
    answer = _answer_of(json.dumps(task).encode() + b"\n" + data, filename, seconds)
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
    command = [sys.executable, "-I", "-S", "-B", str(CHILD)]
    with TemporaryDirectory(prefix="mandat-") as name:
        folder = Path(name)
        answered, complained = folder / "answer", folder / "complaint"
        with answered.open("wb") as answer, complained.open("wb") as complaint:
            child = subprocess.Popen(
                command,
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
