# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan carried out: file, reload or restart, and the way back where dockerd does not take it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._core.daemon.changes import NONE, RELOAD
from ..._core.daemon.containers import Container, missing, to_start
from ..._core.daemon.effect import not_in_effect
from ..._core.daemon.masking import has_secret
from ..._core.daemon.plan import Plan, Record
from ..._core.daemon.schema import RESTART
from ..engine.client import EngineError
from . import files
from . import service as daemon_service
from .api import Api
from .service import Service

_PAUSE = 0.1
#: dockerd says within moments whether it took a file; a refusal is silence.
_RELOAD_SECONDS = 10.0
#: How long a restarted dockerd gets to start containers by their policies before they are started for it.
_POLICY_SECONDS = 5.0
_PLAIN_MODE, _SECRET_MODE = 0o644, 0o600


class NotTakenError(Exception):
    """dockerd did not take the file. `restored` says that it runs with the old one again."""

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.facts = facts


class _RefusedError(Exception):
    """Why dockerd is not up, or not with the new file."""


@dataclass
class Outcome:
    """What a run found out beside its plan."""

    live_restore: str = ""
    before: list[Container] = field(default_factory=list)
    started_again: list[str] = field(default_factory=list)
    not_running: list[str] = field(default_factory=list)
    not_in_effect: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where it all happens. `pid` is the dockerd that runs now, 0 for none."""

    path: str
    records: files.Records
    service: Service
    api: Api
    pid: int
    wait_seconds: float


def carry_out(plan: Plan, place: Place, old_text: str | None) -> Outcome:
    """The record says what is pending before dockerd is asked, so that a run which was killed is taken up again."""
    old_mode = files.mode_of(place.path)
    pending = {**plan.pending, **{change.key: change.takes for change in plan.changes}} if plan.present.info else {}
    place.records.save(place.path, _with(plan.record, pending))
    if plan.installs:
        _install(plan, place.path)
    outcome = Outcome()
    try:
        _act(plan, place, outcome)
    except (_RefusedError, EngineError) as problem:
        place.records.save(place.path, plan.present.record)
        files.restore(place.path, old_text, old_mode or _PLAIN_MODE)
        raise _taken_back(str(problem), place, outcome) from problem
    place.records.save(place.path, plan.record)
    return outcome


def _with(record: Record, pending: dict[str, str]) -> Record:
    return Record(record.settings, record.created, pending)


def _install(plan: Plan, path: str) -> None:
    if plan.removes:
        files.restore(path, None, 0)
        return
    ours = {setting.path[0] for setting in plan.merged.settings}
    secret = has_secret({key: value for key, value in plan.merged.config.items() if key in ours})
    files.write(path, plan.text, _SECRET_MODE if secret else _PLAIN_MODE, narrowed=secret)


def _act(plan: Plan, place: Place, outcome: Outcome) -> None:
    if plan.action == NONE:
        return
    if plan.action == RELOAD:
        _reload(place)
    elif plan.action == RESTART:
        _restart(plan, place, outcome)
    shown = set(not_in_effect(plan.merged.config, place.api.info())) - set(plan.pending)
    outcome.not_in_effect = sorted(shown | (plan.for_no_containers if outcome.before else set()))


def _reload(place: Place) -> None:
    since = time.time()
    daemon_service.reload(place.pid)
    if not _within(min(_RELOAD_SECONDS, place.wait_seconds), lambda: place.api.reloaded_since(since)):
        raise _RefusedError(_why("dockerd did not take the new settings on SIGHUP", place, since))


def _restart(plan: Plan, place: Place, outcome: Outcome) -> None:
    outcome.live_restore = "on" if plan.keeps_containers else "off"
    outcome.before = place.api.containers(place.api.running())
    if plan.reload_first:
        _reload(place)
        if not place.api.info().get("LiveRestoreEnabled"):
            raise _RefusedError("live-restore is not on after a reload, so a restart would stop containers")
        outcome.live_restore = "turned on first"
    since = time.time()
    place.service.start(again=True)
    _wait_until_up(place, place.pid, since)
    outcome.started_again, outcome.not_running = revive(place.api, outcome.before)


def _wait_until_up(place: Place, old_pid: int, since: float) -> None:
    """Until another dockerd than the old one answers."""
    failed = []

    def settled() -> bool:
        unit = place.service.unit()
        if unit.failed:
            failed.append(True)
            return True
        return unit.active == "active" and unit.pid not in (0, old_pid) and place.api.answers()

    in_time = _within(place.wait_seconds, settled)
    if failed:
        raise _RefusedError(_why("dockerd did not start", place, since))
    if not in_time:
        raise _RefusedError(_why(f"dockerd did not answer within {place.wait_seconds:.0f} seconds", place, since))


def revive(api: Api, before: Sequence[Container]) -> tuple[list[str], list[str]]:
    """Start again what a restart took down and whose policy says so. Names of these, and of those that do not run."""
    if not before:
        return [], []
    _within(_POLICY_SECONDS, lambda: not to_start(before, api.running()))
    started = [container.name for container in to_start(before, api.running()) if api.start(container)]
    return sorted(started), missing(before, api.running())


def _taken_back(why: str, place: Place, outcome: Outcome) -> NotTakenError:
    """dockerd with the old file, which is in its place already, and with the containers that ran before."""
    back = f"{why}\nThe old {place.path} is in place again"
    since, unit = time.time(), place.service.unit()
    if unit.pid == place.pid and place.api.answers():
        daemon_service.reload(place.pid)
        return NotTakenError(f"{back}, and dockerd still runs.", restored=True)
    place.service.start(again=True)
    try:
        _wait_until_up(place, unit.pid, since)
        started, down = revive(place.api, outcome.before)
    except (_RefusedError, EngineError) as problem:
        return NotTakenError(f"{back}, but dockerd does not start with it either: {problem}", restored=False)
    lost = f" These containers do not run: {', '.join(down)}." if down else ""
    sentence = f"{back}, and dockerd runs with it.{lost}"
    return NotTakenError(sentence, restored=True, started_again=started, not_running=down)


def _why(sentence: str, place: Place, since: float) -> str:
    said = place.service.log_tail(since)
    return f"{sentence}. Its last words:\n{said}" if said else f"{sentence}, and logged nothing."


def _within(seconds: float, reached: Callable[[], bool]) -> bool:
    limit = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > limit:
            return False
        time.sleep(_PAUSE)
    return True
