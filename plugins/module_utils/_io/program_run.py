# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program with a limit of time and of memory. Ending it ends its children, too."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread, Timer
from typing import IO

#: How many of the last lines are kept, and how much of each.
TAIL_LINES = 100
LINE_BYTES = 4096


@dataclass(frozen=True)
class Run:
    """What to run. With `whole`, all of standard output is kept, apart from standard error."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str | None = None
    stdin: str | None = None
    seconds: float = 60.0
    whole: bool = False


@dataclass(frozen=True)
class Ended:
    """No exit code where it was ended because its time was over. `lines` are the last ones of what it printed."""

    exit_code: int | None
    lines: tuple[str, ...] = ()
    stdout: str = ""


def run(asked: Run) -> Ended:
    """Nothing goes to a file: that would fail on a full disk, and a model has secrets in it."""
    process = _started(asked)
    late = Event()
    timer = Timer(asked.seconds, _end, (process, late))
    timer.daemon = True
    lines: deque[str] = deque(maxlen=TAIL_LINES)
    beside = [Thread(target=_feed, args=(process.stdin, asked.stdin or ""), daemon=True)] if process.stdin else []
    if process.stderr:
        beside.append(Thread(target=_keep_last, args=(process.stderr, lines), daemon=True))
    for thread in (timer, *beside):
        thread.start()
    try:
        stdout = _read(process, asked.whole, lines)
        for thread in beside:
            thread.join()
        code = process.wait()
    finally:
        timer.cancel()
    return Ended(None if late.is_set() else code, tuple(lines), stdout)


def _started(asked: Run) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # pylint: disable=ansible-bad-function  # run_command has no limits of time and memory
        asked.words,
        cwd=asked.folder,
        env=dict(asked.environment),
        stdin=subprocess.DEVNULL if asked.stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if asked.whole else subprocess.STDOUT,
        start_new_session=True,
    )


def _read(process: subprocess.Popen[bytes], whole: bool, lines: deque[str]) -> str:
    stream = process.stdout
    if stream is None:  # never: it is a pipe
        return ""
    if not whole:
        _keep_last(stream, lines)
        return ""
    with stream:
        return stream.read().decode("utf-8", "replace")


def _keep_last(stream: IO[bytes], lines: deque[str]) -> None:
    with stream:
        while line := stream.readline(LINE_BYTES):
            lines.append(line.decode("utf-8", "replace").rstrip())


def _feed(stream: IO[bytes], text: str) -> None:
    with suppress(BrokenPipeError), stream:  # a program that fails early reads nothing
        stream.write(text.encode())


def _end(process: subprocess.Popen[bytes], late: Event) -> None:
    """The whole group: a child may hold the pipe after the program itself has ended. Unreaped, its id is still its."""
    if process.returncode is None:
        late.set()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
