# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is inside a container: its log, its files, and commands that are run in it."""

from __future__ import annotations

import binascii
import io
import json
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..._core.stack.model import Content
from ..._core.stack.present import Container
from .client import Engine, EngineError, NoEngineError

#: A file of a container that is larger than this is not read.
MOST_BYTES = 16 * 1024 * 1024
#: Of Go's file modes, as the engine's archive tells them.
_FOLDER, _LINK = 1 << 31, 1 << 27
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def logs_tail(engine: Engine, container_id: str, lines: int = 20, since: float | None = None) -> tuple[str, ...]:
    """The last lines of a container's log, as they are: whoever shows them masks them. `since` is a Unix time.

    Where the log driver keeps nothing that can be read, one line in brackets says so.
    """
    path = f"/containers/{container_id}/logs"
    try:
        content = engine.raw(path, stdout=True, stderr=True, tail=lines, since=since)
    except NoEngineError:
        raise
    except EngineError as error:
        return (f"[no log: {error.message}]",)
    return split_log(content)[-lines:]


def split_log(content: bytes) -> tuple[str, ...]:
    """Lines of a log or of the output of exec, whether or not it comes in frames, without colours."""
    text = demultiplexed(content).decode("utf-8", "replace")
    return tuple(_ESCAPE.sub("", line).rstrip("\r") for line in text.split("\n") if line.rstrip("\r"))


def demultiplexed(content: bytes) -> bytes:
    """Standard output and error in the order they came. Without a terminal the engine frames them: 1 byte that says
    which, 3 zeros, 4 bytes of length. What does not consist of frames from end to end comes from a terminal."""
    payloads = []
    position = 0
    while position < len(content):
        header = content[position : position + 8]
        if len(header) < 8 or header[0] > 2 or header[1:4] != b"\0\0\0":
            return content
        end = position + 8 + int.from_bytes(header[4:], "big")
        payloads.append(content[position + 8 : end])
        position = end
    return b"".join(payloads)


def archive_file(engine: Engine, container_id: str, path: str, most_bytes: int = MOST_BYTES) -> bytes | None:
    """A file in a container, also in one that does not run; None where there is no such file or it is larger.

    Of a file that is bound from the host the engine reads the path on the host again, which is not what the container
    holds: see `content_of`.
    """
    for _attempt in range(8):  # links that point to links
        try:
            stat = json.loads(binascii.a2b_base64(_path_stat(engine, container_id, path)))
        except EngineError as error:
            if error.status == 404:
                return None
            raise
        if stat["mode"] & _LINK:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), stat["linkTarget"]))
        elif stat["mode"] & _FOLDER or stat["size"] > most_bytes:
            return None
        else:
            return _first_file(engine.raw(f"/containers/{container_id}/archive", path=path))
    return None


def content_of(engine: Engine, container: Container, content: Content) -> bytes | None:
    """What a container holds of a config, secret or bound file; None where that cannot be seen or is nothing.

    A file of the host is bound: a running container holds what it had when the container started, and one that does
    not run will get the file of then. Other content was copied into the container.
    """
    if content.source is None:
        return archive_file(engine, container.id, content.target)
    if container.state not in ("running", "paused") or not engine.address.socket:
        return None
    from .. import host_facts  # only a run that compares files needs it

    try:
        pid = engine.get(f"/containers/{container.id}/json")["State"]["Pid"]
    except EngineError as error:
        if error.status == 404:
            return None
        raise
    return host_facts.held_content(pid, content.target) if pid else None


def _path_stat(engine: Engine, container_id: str, path: str) -> str:
    return engine.head(f"/containers/{container_id}/archive", path=path)["x-docker-container-path-stat"]


def _first_file(archive: bytes) -> bytes | None:
    import tarfile  # only a run that compares files needs it, and it takes as long to import as the rest of this file

    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        member = files.next()
        content = files.extractfile(member) if member else None
        return content.read() if content else None


@dataclass(frozen=True)
class Executed:
    """A command that ran in a container; no exit code where it did not end in time."""

    exit_code: int | None
    output: tuple[str, ...]


def execute(engine: Engine, container_id: str, words: Sequence[str], timeout_seconds: float) -> Executed:
    """Run a command in a running container. One that does not end in time goes on there: the engine cannot end it."""
    body = {"AttachStdout": True, "AttachStderr": True, "Cmd": list(words)}
    made = engine.post(f"/containers/{container_id}/exec", body)["Id"]
    try:
        started = {"Detach": False, "Tty": False}
        content = engine.raw(f"/exec/{made}/start", method="POST", body=started, timeout_seconds=timeout_seconds)
    except NoEngineError as error:
        if "no answer in time" not in error.message:
            raise
        return Executed(None, (f"no end within {timeout_seconds:g} s",))
    return Executed(engine.get(f"/exec/{made}/json")["ExitCode"], split_log(content))
