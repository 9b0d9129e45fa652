# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a project: a lock of the kernel on a file that says who has it.

The kernel takes it away when the process ends, however it ends, so no lock is ever stale.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

_PAUSE_SECONDS = 0.2


class StoreError(OSError):
    """The project's state cannot be read or kept. One sentence."""


class LockedError(StoreError):
    """Another run has the project."""


@contextlib.contextmanager
def held(path: Path, timeout_seconds: float, who: str, project: str) -> Iterator[None]:
    """Holds the lock of a project. Programs that are started meanwhile do not inherit it."""
    handle = _take(path, timeout_seconds, project)
    try:
        said = {"who": who, "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "pid": os.getpid()}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(said).encode() + b"\n", 0)
        yield
    finally:
        with contextlib.suppress(OSError):  # a full disk must not keep the lock
            os.ftruncate(handle, 0)
        os.close(handle)


def _take(path: Path, timeout_seconds: float, project: str) -> int:
    deadline = time.monotonic() + timeout_seconds
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = _holder(handle)
            os.close(handle)
            if time.monotonic() >= deadline:
                waited = f", waited {timeout_seconds:g} s" if timeout_seconds else ""
                raise LockedError(f"another run has the project {project}: {who}{waited}") from None
            time.sleep(min(_PAUSE_SECONDS, max(0.0, deadline - time.monotonic())))
            continue
        if _is_the_file(handle, path):
            return handle
        os.close(handle)  # somebody removed the file in between: that lock keeps nobody out


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(f"the lock {path} cannot be opened: {(error.strerror or str(error)).lower()}") from error


def _is_the_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _holder(handle: int) -> str:
    """In words, as far as the holder has come with writing it."""
    try:
        said = json.loads(os.pread(handle, 4096, 0))
        return f"{said['who']} since {said['since']} (pid {said['pid']})"
    except (ValueError, KeyError, TypeError):
        return "it does not say who"
