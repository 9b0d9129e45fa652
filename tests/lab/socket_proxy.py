# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy before an engine's socket that counts requests, and delays or drops those that a test names.

    with CountingProxy("/var/run/docker.sock") as proxy:
        ...DOCKER_HOST=proxy.docker_host...
        assert proxy.requests == ["GET /containers/json?all=true"]

Also a program, for use on a host of the lab: `python3 socket_proxy.py UPSTREAM PATH LOG` adds each request to LOG, one
a line, and runs until it is ended. Standard library only, since hosts have nothing else.
"""

from __future__ import annotations

import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import BinaryIO

BLOCK = 65536
BEFORE, AFTER = "before", "after"


@dataclass
class Fault:
    """What befalls requests that contain `match`, such as "POST /containers/"; the first `times` of them.

    `drop` closes the connection: before the engine gets the request, or after it has done it, without its answer.
    """

    match: str
    delay_seconds: float = 0.0
    drop: str = ""
    times: int = sys.maxsize


class CountingProxy:
    """`requests` are lines as METHOD TARGET, in the order in which they came. Threads, one for each direction."""

    def __init__(self, upstream: str, path: str | None = None, report: Callable[[str], object] | None = None) -> None:
        self.upstream = upstream
        self._folder = None if path else tempfile.mkdtemp(prefix="slipway-proxy-")
        self.path = path or f"{self._folder}/docker.sock"
        self.requests: list[str] = []
        self.faults: list[Fault] = []
        self._report = report
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[Thread] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen(64)
        thread = Thread(target=self._accept, daemon=True)
        self._threads.append(thread)
        thread.start()

    @property
    def docker_host(self) -> str:
        return f"unix://{self.path}"

    def __enter__(self) -> CountingProxy:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        _shut(self._listener)
        self._listener.close()
        self.close_connections()
        for thread in list(self._threads):
            thread.join()
        Path(self.path).unlink(missing_ok=True)
        if self._folder:
            shutil.rmtree(self._folder)

    def close_connections(self) -> None:
        """As an engine does that restarts: what clients have kept open is closed."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _shut(connection)

    def forget(self) -> None:
        with self._lock:
            self.requests.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            thread = Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        engine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        both = {client, engine}
        with self._lock:
            self._open |= both
        try:
            engine.connect(self.upstream)
            link = _Link(client, engine)
            answers = Thread(target=link.answers, daemon=True)
            answers.start()
            self._requests(link)
            answers.join()
        except OSError:
            pass  # either end went away: so does the other, below
        finally:
            for one in both:
                _shut(one)
                one.close()
            with self._lock:
                self._open -= both

    def _requests(self, link: _Link) -> None:
        with link.client.makefile("rb") as stream:
            while head := _head(stream):
                line = b" ".join(head.split(b"\r\n", 1)[0].split(b" ")[:2]).decode()
                fault = self._counted(line)
                time.sleep(fault.delay_seconds)
                if fault.drop == BEFORE:
                    _shut(link.client)
                    _shut(link.engine)
                    return
                link.muted = fault.drop == AFTER
                link.engine.sendall(head)
                if not _body(stream, link.engine, head):
                    break
        with suppress(OSError):
            link.engine.shutdown(socket.SHUT_WR)

    def _counted(self, line: str) -> Fault:
        with self._lock:
            self.requests.append(line)
            if self._report:
                self._report(line)
            for fault in self.faults:
                if fault.times > 0 and fault.match in line:
                    fault.times -= 1
                    return fault
        return Fault("")


class _Link:
    """One connection through the proxy. What the engine answers is passed on as it comes."""

    def __init__(self, client: socket.socket, engine: socket.socket) -> None:
        self.client = client
        self.engine = engine
        self.muted = False

    def answers(self) -> None:
        with suppress(OSError):
            while block := self.engine.recv(BLOCK):
                if self.muted:
                    break
                self.client.sendall(block)
        _shut(self.client)


def _head(stream: BinaryIO) -> bytes:
    """A request's first line and headers; nothing at the end of the connection."""
    lines = []
    while line := stream.readline(BLOCK):
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def _body(stream: BinaryIO, engine: socket.socket, head: bytes) -> bool:
    """Pass on what follows the headers. False where the connection became something else than HTTP and has ended."""
    headers = head.lower()
    if b"\r\nupgrade:" in headers:
        _rest(stream, engine)
        return False
    if b"\r\ntransfer-encoding: chunked" in headers:
        while True:
            size = stream.readline(BLOCK)
            length = int(size.partition(b";")[0], 16)
            engine.sendall(size + stream.read(length + 2))
            if length == 0:
                return True
    given = headers.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    engine.sendall(stream.read(int(given or 0)))
    return True


def _rest(stream: BinaryIO, engine: socket.socket) -> None:
    while block := stream.read1(BLOCK):  # type: ignore[attr-defined]  # makefile("rb") is buffered
        engine.sendall(block)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def main(upstream: str, path: str, log: str) -> None:
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before there are threads, which take it over
    with (
        Path(log).open("a", encoding="utf-8", buffering=1) as file,
        CountingProxy(upstream, path, lambda line: file.write(f"{line}\n")),
    ):
        signal.sigwait(ends)


if __name__ == "__main__":
    main(*sys.argv[1:])
