# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows containers until all are ready, one has failed, or the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..._core.redaction import redact
from ..._core.stack.diagnosis import explain
from ..._core.stack.looks import Look, Outcome, log_since, look, moment
from ..._core.stack.model import Stack
from ..._core.stack.readiness import FAILED, READY, WAITING, Expected, Verdict, expected, judge, still_awaited
from ..._core.stack.wish import Failure, Wish
from ..engine.client import Engine, EngineError, NoEngineError
from ..engine.reads import inspect
from ..network_probes import PROBE_SECONDS
from . import probes
from .blame import diagnose
from .evidence import hidden, of_container

__all__ = ["diagnose", "wait_until_ready"]

#: Seconds between two looks, at first and at last: a container that is ready at once is seen at once.
_PAUSE, _LONGEST_PAUSE = 0.1, 0.5
#: Looking at a container takes a few milliseconds of the engine; many are looked at less often.
_PAUSE_PER_CONTAINER = 0.01
#: Seconds between two tries of a probe, or twice as long as the last try took.
_PROBE_PAUSE = 0.5
#: An engine that is restarted by its supervisor is back within this many seconds.
ENGINE_GRACE = 20.0
#: A container younger than this when it is first seen was made by this run, and all its deaths count.
_YOUNG = 600.0


@dataclass
class _Watched:
    """One container that is followed."""

    service: str
    container: str
    asked: Expected | None = None
    looks: list[Look] = field(default_factory=list)
    verdict: Verdict = field(default_factory=lambda: Verdict(WAITING, awaited="its start"))
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    next_try: dict[str, float] = field(default_factory=dict)
    said: str = ""

    @property
    def name(self) -> str:
        return self.asked.name if self.asked else self.service


@dataclass(frozen=True)
class _Watch:
    """What is the same for all containers that are followed."""

    engine: Engine
    stack: Stack
    wish: Wish
    deadline: float
    say: Callable[[str], None]
    changed: Collection[str] | None
    several: Collection[str]  # services with more than one container
    ahead: float  # seconds that the engine's clock is ahead of this one
    began: float  # by the engine's clock
    hidden: tuple[str, ...]


def wait_until_ready(
    engine: Engine,
    stack: Stack,
    wish: Wish,
    containers: Mapping[str, tuple[str, ...]],
    deadline: float,
    say: Callable[[str], None],
    changed: Collection[str] | None = None,
) -> Failure | None:
    """None once all are ready at the same time. `deadline` is a moment of `time.monotonic()`.

    `changed` are the services that a probe without a service is for; all of `containers` where it is None.
    """
    watched = [_Watched(service, one) for service, ids in containers.items() for one in ids]
    try:
        ahead = _ahead(engine)
        several = {service for service, ids in containers.items() if len(ids) > 1}
        began = time.time() + ahead
        watch = _Watch(engine, stack, wish, deadline, say, changed, several, ahead, began, hidden(stack))
        return _follow(watch, watched)
    except EngineError as error:
        return Failure(watched[0].service if watched else "", "engine", str(error))


def _ahead(engine: Engine) -> float:
    """An engine elsewhere has a clock of its own."""
    if engine.address.socket:
        return 0.0
    there = moment(str(engine.get("/info").get("SystemTime") or ""))
    return there - time.time() if there is not None else 0.0


def _follow(watch: _Watch, watched: list[_Watched]) -> Failure | None:
    pause, lost_at = max(_PAUSE, _PAUSE_PER_CONTAINER * len(watched)), None
    while True:
        try:
            for one in watched:
                _look(watch, one)
            lost_at = None
        except NoEngineError:
            lost_at = time.monotonic() if lost_at is None else lost_at
            if time.monotonic() - lost_at > ENGINE_GRACE:
                raise
        failed = [one for one in watched if one.verdict.outcome == FAILED]
        if failed:
            return _failure(watch, failed[0])
        if lost_at is None and all(one.verdict.outcome == READY for one in watched):
            return None
        remaining = watch.deadline - time.monotonic()
        if remaining <= 0:
            return _timeout(watch, watched)
        time.sleep(min(pause, remaining))
        pause = max(pause, min(_LONGEST_PAUSE, pause * 1.3))


def _look(watch: _Watch, one: _Watched) -> None:
    inspected = inspect(watch.engine, one.container) or {}
    if one.asked is None and inspected:
        one.asked = _expected(watch, one, inspected)
    at = time.time() + watch.ahead
    seen = look(inspected, at)
    if one.looks and seen.started_at != one.looks[-1].started_at:  # what an earlier start answered counts no more
        one.outcomes.clear()
    if one.asked is not None and seen.state == "running":
        _probe(watch, one, inspected)
    one.looks.append(look(inspected, at, one.outcomes))
    one.verdict = judge(one.asked or Expected(one.service), one.looks)
    _tell(watch, one)


def _expected(watch: _Watch, one: _Watched, inspected: Mapping[str, Any]) -> Expected:
    name = str(inspected.get("Name") or "").lstrip("/") if one.service in watch.several else one.service
    service = watch.stack.services.get(one.service)
    created = moment(str(inspected.get("Created") or ""))
    asked = expected(
        one.service,
        inspected,
        watch.wish,
        one_shot=one.service in watch.wish.one_shot or bool(service and service.one_shot),
        changed=watch.changed is None or one.service in watch.changed,
        new=created is not None and watch.began - created < _YOUNG,
    )
    return asked if name == asked.name else replace(asked, name=name)


def _probe(watch: _Watch, one: _Watched, inspected: Mapping[str, Any]) -> None:
    """Each probe that has not passed yet, if it is its turn."""
    for probe in one.asked.probes if one.asked else ():
        before, began = one.outcomes.get(probe.words), time.monotonic()
        if (before is not None and before.passed) or one.next_try.get(probe.words, 0) > began:
            continue
        target = probes.target_of(watch.engine, inspected, log_since(inspected))
        timeout = max(0.1, min(PROBE_SECONDS, watch.deadline - began))
        outcome = probes.check(watch.engine, probe, target, timeout)
        if outcome.passed or before is None or timeout == PROBE_SECONDS:  # else it tells less than the last
            one.outcomes[probe.words] = outcome
        ended = time.monotonic()
        one.next_try[probe.words] = ended + max(_PROBE_PAUSE, 2 * (ended - began))


def _tell(watch: _Watch, one: _Watched) -> None:
    """A line where something else is awaited than before."""
    verdict = one.verdict
    key = f"{verdict.outcome} {verdict.awaited}"
    if key == one.said or verdict.outcome == FAILED:
        return
    one.said = key
    words = f"waiting for {verdict.words}" if verdict.outcome == WAITING else f"ready, {verdict.detail}"
    watch.say(redact(f"{one.name}: {words}", watch.hidden))


def _failure(watch: _Watch, one: _Watched) -> Failure:
    evidence = of_container(watch.engine, watch.stack, one.service, one.container, watch.began - _YOUNG)
    return explain(evidence, one.verdict)


def _timeout(watch: _Watch, watched: list[_Watched]) -> Failure:
    """Names all that is awaited; the log and the probe are those of the first."""
    waiting = {one.name: one.verdict for one in watched if one.verdict.outcome == WAITING}
    first = next((one for one in watched if one.verdict.outcome == WAITING), watched[0])
    message = f"not ready in time: {still_awaited(waiting) or 'the engine did not answer'}"
    evidence = of_container(watch.engine, watch.stack, first.service, first.container, watch.began - _YOUNG)
    verdict = Verdict(WAITING, detail=_seen(first), cause="timeout", message=message)
    return explain(evidence, verdict)


def _seen(one: _Watched) -> str:
    return next((outcome.output for outcome in one.outcomes.values() if not outcome.passed), "")
