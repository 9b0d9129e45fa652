# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows services until all are ready, one has failed, or the time of one is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from ..._core.stack.looks import Look, Outcome
from ..._core.stack.readiness import READY, WAITING
from ..._core.stack.wish import Probe
from ..._core.systemd.deployment import Deployment
from ..._core.systemd.failure import Failure, as_it_ended, explain
from ..._core.systemd.places import Places
from ..._core.systemd.present import UnitState
from ..._core.systemd.readiness import FAILED, Verdict, expected, look, verdict
from ..._core.systemd.wish import Service
from ..network_probes import PROBE_SECONDS, ask_http, ask_tcp
from . import journal, systemctl

#: Seconds between two looks, at first and at last, and between two tries of a probe.
_PAUSE, _LONGEST_PAUSE, _PROBE_PAUSE = 0.1, 0.5, 0.2
_OUTPUT_LINES = 5
#: Where a probe over the network goes that names no host.
_HERE = "127.0.0.1"


@dataclass
class Watched:
    """One service that is followed. `began` is a moment of the epoch, `deadline` of the monotonic clock."""

    service: Service
    unit: str
    began: float = field(default_factory=time.time)
    deadline: float = 0.0
    ready_at: float | None = None
    looks: list[Look] = field(default_factory=list)
    state: UnitState = field(default_factory=UnitState)
    verdict: Verdict = field(default_factory=lambda: Verdict(WAITING, awaited="its start"))
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    next_try: dict[str, float] = field(default_factory=dict)
    said: str = ""

    def __post_init__(self) -> None:
        self.give_time()

    def give_time(self) -> None:
        """From now on: how long the old process took to stop is not the new one's."""
        self.deadline = time.monotonic() + self.service.ready_seconds


def until_ready(watched: Collection[Watched], deployment: Deployment, say: Callable[[str], None]) -> Failure | None:
    """None once all are ready at the same time."""
    pause = _PAUSE
    while watched:
        found = systemctl.states(one.unit for one in watched)
        for one in watched:
            _look(one, found[one.unit], deployment)
            _tell(one, say)
        failed = next((one for one in watched if one.verdict.outcome == FAILED), None)
        if failed is not None:
            return failure_of(failed)
        waiting = [one for one in watched if one.verdict.outcome == WAITING]
        if not waiting:
            return None
        late = next((one for one in waiting if time.monotonic() >= one.deadline), None)
        if late is not None:
            return _late(late)
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.3)
    return None


def _look(one: Watched, state: UnitState, deployment: Deployment) -> None:
    if one.looks and state.started != one.looks[-1].started_at:  # what an earlier start answered counts no more
        one.outcomes.clear()
    one.state = state
    if state.runs and not one.service.one_shot:
        for probe in expected(one.service).probes:
            _probe(one, probe, deployment)
    one.looks.append(look(state, time.monotonic(), dict(one.outcomes), one.service.one_shot))
    del one.looks[1:-50]  # the first one is what restarts are counted from
    one.verdict = verdict(one.service, one.looks, state.result)
    if one.verdict.outcome == READY and one.ready_at is None:
        one.ready_at = time.monotonic()


def _probe(one: Watched, probe: Probe, deployment: Deployment) -> None:
    """One that has not passed yet, if it is its turn."""
    before, began = one.outcomes.get(probe.words), time.monotonic()
    if (before is not None and before.passed) or one.next_try.get(probe.words, 0) > began:
        return
    seconds = max(0.1, min(PROBE_SECONDS, one.deadline - began))
    outcome = _asked(one, probe, deployment, seconds)
    if outcome.passed or before is None or seconds == PROBE_SECONDS:  # one that is cut short tells less than the last
        one.outcomes[probe.words] = outcome
    ended = time.monotonic()
    one.next_try[probe.words] = ended + max(_PROBE_PAUSE, 2 * (ended - began))


def _asked(one: Watched, probe: Probe, deployment: Deployment, seconds: float) -> Outcome:
    if probe.http:
        return ask_http(probe.http, probe.status, _HERE, seconds)
    if probe.tcp:
        return ask_tcp(probe.tcp, _HERE, seconds)
    ended = systemctl.call(*_beside(one, probe, deployment), seconds=seconds)
    output = "\n".join(ended.lines[-_OUTPUT_LINES:])
    if ended.exit_code is None:
        return Outcome(False, f"no end within {seconds:g} s" + (f": {output}" if output else ""))
    return Outcome(ended.exit_code == 0, f"exit code {ended.exit_code}" + (f": {output}" if output else ""))


def _beside(one: Watched, probe: Probe, deployment: Deployment) -> tuple[str, ...]:
    """A command of a probe runs as the service does: as its user, with its variables, in its folder. Never as root."""
    service, places = one.service, Places.of(deployment.app)
    program, *words = probe.command
    if "/" in program and not program.startswith("/"):
        program = f"{places.current}/{program}"
    environment = places.environment(service.name)
    folder = service.working_dir if service.working_dir.startswith("/") else f"{places.current}/{service.working_dir}"
    properties = [
        f"User={service.user}" if service.user else "DynamicUser=yes",
        *([f"Group={service.group}"] if service.group else []),
        *([f"EnvironmentFile={environment}"] if environment in deployment.private else []),
        *([f"WorkingDirectory={folder.rstrip('/')}"] if deployment.release or service.working_dir else []),
        *("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"),
    ]
    given = [word for one in properties for word in ("--property", one)]
    return ("systemd-run", "--quiet", "--wait", "--pipe", "--collect", *given, "--", program, *words)


def _tell(one: Watched, say: Callable[[str], None]) -> None:
    """A line where something else is awaited than before."""
    key = f"{one.verdict.outcome} {one.verdict.awaited}"
    if key == one.said or one.verdict.outcome == FAILED:
        return
    one.said = key
    waits = one.verdict.outcome == WAITING
    say(f"{one.service.name}: " + (f"waiting for {one.verdict.words}" if waits else f"ready, {one.verdict.detail}"))


def failure_of(one: Watched, said: str = "") -> Failure:
    state, log = one.state, journal.tail(one.unit, one.began)
    if state.restarts and state.result in ("", "success"):
        state = as_it_ended(state, journal.ends(one.unit, one.began))
    return explain(one.service.name, one.unit, state, one.verdict, log, said)


def _late(one: Watched) -> Failure:
    message = f"it is not ready after {one.service.ready_seconds} s: {one.verdict.words}"
    detail = next((outcome.output for outcome in one.outcomes.values() if not outcome.passed), "")
    one.verdict = replace(one.verdict, cause="timeout", message=message, detail=detail)
    return failure_of(one)
