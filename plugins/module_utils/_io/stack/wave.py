# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One wave of an update: try out, make, start, and wait as far as what follows needs it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..._core.stack.order import needs, with_needs
from ..._core.stack.plan import RECREATE, RESTART
from ..._core.stack.present import Container
from ..._core.stack.strategy import Wave, at_once, canary
from ..._core.stack.wish import Failure
from ..engine.reads import inspect
from . import canary as stack_canary
from . import containers, outage, remove
from .runtime import Record, Runtime, StoppedError
from .swap import swap
from .wait import wait_until_ready

#: What a start may take beside the waiting for dependencies' health, in seconds.
_START_SECONDS = 300.0


@dataclass
class Carrier:
    """Carries waves out. `pending`: service -> containers that have to become ready; `stopped`: when we stopped it."""

    runtime: Runtime
    record: Record
    pending: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    stopped: dict[str, float] = field(default_factory=dict)

    def run(self, wave: Wave) -> None:
        """Raises StoppedError where something failed; what comes after it is untouched."""
        self.wait_for_needs_of(wave.services)
        self._try_out(wave)
        self._unpause(wave)
        if at_once(self.runtime.stack, self.runtime.plan, self.runtime.present, wave):
            self._up(wave)
        else:
            self._make(wave)
            self._start(wave)
        self._tell(wave)
        self._await(tuple(name for name in wave.once if name in self.pending))
        for service in wave.swap:
            self.wait_for_needs_of((service,))
            _stop_at(swap(self.runtime, self.record, service))

    def finish(self) -> None:
        """Everything that is still awaited, and how long it was away."""
        if self.runtime.wish.wait:
            self._await(tuple(self.pending))
        for service in sorted(self.changed):
            self._measure(service)

    def wait_for_needs_of(self, services: Iterable[str]) -> None:
        """What these need has to be ready before they are touched. Compose itself waits only among what it starts."""
        model = self.runtime.stack.services
        needed = with_needs(model, [need for name in services for need in needs(model[name])])
        awaited = tuple(name for name in self.pending if name in needed and name not in services)
        if self.runtime.wish.wait:
            self._await(awaited)

    def _try_out(self, wave: Wave) -> None:
        runtime = self.runtime
        for service in wave.recreate:
            safe, _reason = canary(runtime.stack, runtime.plan, runtime.wish, service, runtime.present)
            if safe:
                _stop_at(stack_canary.try_out(runtime, self.record, service))

    def _up(self, wave: Wave) -> None:
        """One call of Compose in place of two."""
        if not wave.start:
            return
        wish = self.runtime.wish
        with self.record.timed(", ".join(wave.start), "up"):
            self.runtime.compose.up(
                wave.start,
                force_recreate=bool(wave.recreate),
                no_recreate=wish.recreate == "never" and not wave.recreate,
                stop_timeout=wish.stop_timeout,
                seconds=wish.wait_timeout + _START_SECONDS,
            )
        self._pend(wave.start)

    def _make(self, wave: Wave) -> None:
        """Only what the plan says is made anew by force. A service that merely lacks a replica keeps the others."""
        runtime, present = self.runtime, self.runtime.present
        self._stop_first(wave)
        never = runtime.wish.recreate == "never"
        fresh = tuple(name for name in wave.create if not present.of(name) and not never)
        forced = (*wave.recreate, *fresh) if wave.recreate else ()
        for names, force in ((forced, True), (tuple(name for name in wave.create if name not in forced), False)):
            if names:
                with self.record.timed(", ".join(names), "create"):
                    runtime.compose.create(names, force_recreate=force, no_recreate=never and not force)

    def _unpause(self, wave: Wave) -> None:
        """Compose refuses to touch a paused container, but for making it anew."""
        staying = (name for name in wave.services if name not in (*wave.recreate, *wave.restart))
        for one in (one for name in staying for one in self.runtime.present.of(name) if one.state == "paused"):
            with self.record.timed(one.service, "unpause"):
                containers.unpause(self.runtime.engine, one.id)

    def _stop_first(self, wave: Wave) -> None:
        """`create` knows no timeout, and takes the service's own."""
        running = tuple(name for name in wave.recreate if self._ran(name))
        timeout = self.runtime.wish.stop_timeout
        if timeout is not None and running:
            self.stopped.update(dict.fromkeys(running, time.time()))
            with self.record.timed(", ".join(running), "stop"):
                self.runtime.compose.stop(running, stop_timeout=timeout)

    def _ran(self, service: str) -> bool:
        return any(one.state == "running" for one in self.runtime.present.of(service))

    def _start(self, wave: Wave) -> None:
        if not wave.start:
            return
        wish = self.runtime.wish
        with self.record.timed(", ".join(wave.start), "start"):
            self.runtime.compose.start(wave.start, seconds=wish.wait_timeout + _START_SECONDS)
        self._pend(wave.start)

    def _tell(self, wave: Wave) -> None:
        """Restarts and signals are the engine's work: Compose would restart dependents, too."""
        runtime = self.runtime
        self.wait_for_needs_of(wave.restart)
        for name in wave.restart:
            self.stopped[name] = time.time()
            with self.record.timed(name, RESTART):
                remove.again(runtime, name)
            self._pend((name,))
        for name in wave.signal:
            asked = runtime.plan.step(name).signal
            with self.record.timed(name, f"signal {asked}"):
                for one in self._now(name):
                    if one.state == "running":
                        containers.signal(runtime.engine, one.id, asked)

    def _pend(self, services: Iterable[str]) -> None:
        for service in services:
            self.pending[service] = tuple(one.id for one in self._now(service))
            self.changed.add(service)

    def _now(self, service: str) -> tuple[Container, ...]:
        return containers.replicas(self.runtime.engine, self.runtime.stack.project, service)

    def _await(self, services: tuple[str, ...]) -> None:
        """Once is enough: what was ready is not asked again."""
        watched = {name: self.pending.pop(name) for name in services}
        watched = {name: ids for name, ids in watched.items() if ids}
        if watched:
            runtime = self.runtime
            _stop_at(
                wait_until_ready(runtime.engine, runtime.stack, runtime.wish, watched, runtime.until(), runtime.say)
            )

    def _measure(self, service: str) -> None:
        """Of services that somebody outside uses, and that were there before."""
        runtime = self.runtime
        away = runtime.plan.step(service).action in (RECREATE, RESTART)
        if away and runtime.stack.services[service].ports and self._ran(service):
            found = [inspect(runtime.engine, one.id) or {} for one in self._now(service)]
            self.record.outages[service] = outage.seconds(runtime.wish, service, found, self.stopped.get(service))


def _stop_at(failure: Failure | None) -> None:
    if failure is not None:
        raise StoppedError(failure)
