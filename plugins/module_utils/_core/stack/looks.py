# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one look at a container shows: its state, its health, and what probes saw of it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: How much earlier than its noted start a program may have written, in seconds.
_HEAD_START = 1.0

_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))")


@dataclass(frozen=True)
class Outcome:
    """What a probe gave: whether it passed, and what it saw."""

    passed: bool
    output: str = ""


@dataclass(frozen=True)
class Look:
    """One look at a container. `state` is empty where it is gone."""

    at: float
    state: str
    started_at: float | None = None
    restart_count: int = 0
    health: str = ""
    failing_streak: int = 0
    exit_code: int | None = None
    oom_killed: bool = False
    error: str = ""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)  # by Probe.words


def look(inspected: Mapping[str, Any], at: float, outcomes: Mapping[str, Outcome] | None = None) -> Look:
    state = inspected.get("State") or {}
    health = state.get("Health") or {}
    return Look(
        at=at,
        state=str(state.get("Status") or ""),
        started_at=moment(str(state.get("StartedAt") or "")),
        restart_count=int(inspected.get("RestartCount") or 0),
        health=str(health.get("Status") or "").replace("none", ""),
        failing_streak=int(health.get("FailingStreak") or 0),
        exit_code=state.get("ExitCode"),
        oom_killed=bool(state.get("OOMKilled")),
        error=str(state.get("Error") or ""),
        outcomes=dict(outcomes or {}),
    )


def moment(text: str) -> float | None:
    """Seconds of the epoch from the engine's RFC 3339 with nanoseconds. The year 1 is its word for never."""
    match = _MOMENT.fullmatch(text)
    if match is None or match[1] == "0001":
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    seconds = calendar.timegm((year, month, day, hour, minute, second)) + float(match[7] or 0)
    if match[8]:
        offset = int(match[9]) * 3600 + int(match[10]) * 60
        seconds -= offset if match[8] == "+" else -offset
    return seconds


def log_since(inspected: Mapping[str, Any]) -> float | None:
    """From when log lines are those of the last start; None where all are.

    A program may write, and even end, before the engine notes that it started. When the last one ended is known
    exactly while this one runs.
    """
    state = inspected.get("State") or {}
    started, finished = moment(str(state.get("StartedAt") or "")), moment(str(state.get("FinishedAt") or ""))
    if started is None or finished is None:
        return None
    return finished if state.get("Status") == "running" else started - _HEAD_START
