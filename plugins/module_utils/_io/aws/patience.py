# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for something at AWS: growing pauses, an end, and a record of what was waited for and how long."""

from __future__ import annotations

import time
from typing import Any

_FIRST, _GROWTH, _LONGEST = 0.1, 1.3, 5.0  # seconds: what ends soon is seen soon, what takes minutes is asked seldom


class Patience:
    """A wait of at most `timeout` seconds. A module cannot speak while it waits, so it says afterwards what it saw."""

    def __init__(self, timeout: float) -> None:
        self._began = time.monotonic()
        self._end = self._began + timeout
        self._pause = _FIRST
        self._seen: list[tuple[str, float]] = []

    def saw(self, what: str) -> None:
        """`what` is waited for from now on; called again with the same, nothing changes."""
        if not self._seen or self._seen[-1][0] != what:
            self._seen.append((what, time.monotonic()))

    def pause(self) -> bool:
        """Sleep until it is time to look again. False: there is no time left."""
        left = self._end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(self._pause, left))
        self._pause = min(self._pause * _GROWTH, _LONGEST)
        return True

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def progress(self) -> tuple[dict[str, Any], ...]:
        """What was waited for, one after another, each with its seconds."""
        ends = [*(since for _what, since in self._seen[1:]), time.monotonic()]
        return tuple(
            {"waited_for": what, "seconds": round(end - since, 1)} for (what, since), end in zip(self._seen, ends)
        )
