# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a service is ready. What a unit shows is turned into what a container would show, and judged as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..stack.looks import Look, Outcome
from ..stack.readiness import FAILED, Expected, Verdict, judge
from ..stack.wish import STABLE_SECONDS
from ..stack.wish import Probe as Asked
from .present import UnitState
from .wish import Probe, Service

__all__ = ["FAILED", "Verdict", "asked", "expected", "look", "verdict"]

#: By ActiveState; what is between two starts is told by the sub-state.
_STATES = {
    "active": "running",
    "reloading": "running",
    "refreshing": "running",
    "inactive": "exited",
    "failed": "exited",
    "deactivating": "restarting",
    "activating": "created",
}


def asked(probe: Probe) -> Asked:
    return Asked(
        http=probe.http, tcp=probe.tcp, command=probe.command, stable_seconds=probe.stable_seconds, status=probe.status
    )


def expected(service: Service) -> Expected:
    """Without a probe, it has to run for some seconds without a restart."""
    probes = tuple(asked(probe) for probe in service.ready)
    stable = max((probe.stable_seconds for probe in probes), default=0)
    return Expected(
        name="it",
        one_shot=service.one_shot,
        policy=service.restart,
        probes=tuple(probe for probe in probes if not probe.stable_seconds),
        stable_seconds=stable if probes or service.one_shot else STABLE_SECONDS,
    )


def look(state: UnitState, at: float, outcomes: Mapping[str, Outcome], one_shot: bool) -> Look:
    """A one-shot that counts as active has ended; one that is activating runs."""
    word = _STATES.get(state.active, "created")
    if state.sub.startswith("auto-restart"):
        word = "restarting"
    elif one_shot and state.active == "activating":
        word = "running"
    elif state.active == "active" and state.sub == "exited":
        word = "exited"
    return Look(
        at=at,
        state=word,
        started_at=state.started,
        restart_count=state.restarts,
        exit_code=_code(state),
        oom_killed=state.result == "oom-kill",
        outcomes=outcomes,
    )


def _code(state: UnitState) -> int | None:
    """As a shell tells it. One that systemd never ran has none, and failed all the same."""
    if state.signal is not None:
        return 128 + state.signal
    if state.active == "failed" and not state.exit_code:
        return 1
    return state.exit_code


def verdict(service: Service, looks: Sequence[Look], result: str) -> Verdict:
    found = judge(expected(service), looks)
    if found.outcome == FAILED and result == "start-limit-hit":
        return replace(found, message="it ended so often that systemd starts it no more")
    return found
