# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests without a pause to a port of a host, from this machine, and what became of them."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType

#: A request may wait as long as a deployment takes: one that waits is not lost.
PATIENCE_SECONDS = 120


@dataclass
class Asking:
    """A client that opens a connection for each request; as a context manager it asks meanwhile."""

    address: str
    port: int
    path: str
    answers: Counter[int] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    slowest: float = 0.0
    #: The longest time from one good answer to the next.
    outage: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Asking:
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def __str__(self) -> str:
        asked = sum(self.answers.values()) + len(self.lost)
        return (
            f":{self.port} asked {asked} times: {len(self.lost)} lost, statuses {dict(self.answers)}, "
            f"no good answer for {self.outage:.2f} s at most, slowest {self.slowest:.2f} s"
        )

    def _ask(self) -> None:
        good = time.monotonic()
        while not self._over.wait(0.01):
            began = time.monotonic()
            try:
                status = get(self.address, self.port, self.path)
                self.answers[status] += 1
            except (OSError, http.client.HTTPException) as error:
                status = 0
                self.lost.append(f"{time.time():.3f} {error!r}")
            now = time.monotonic()
            self.slowest = max(self.slowest, now - began)
            if status == 200:
                self.outage, good = max(self.outage, now - good), now


def get(address: str, port: int, path: str) -> int:
    """The status of an answer that came whole."""
    connection = http.client.HTTPConnection(address, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
