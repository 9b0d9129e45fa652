# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a plan: files, the link, then service by service in the order of their needs.

What is remembered is written before and after each step, so that a run that is killed anywhere leaves a host from which
the next run knows what still has to be done. Nothing is put back here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from ..._core.systemd.deployment import Deployment
from ..._core.systemd.failure import Failure
from ..._core.systemd.places import Places
from ..._core.systemd.plan import NONE, RELOAD, REMOVE, RESTART, START, STARTS, STOP, Plan, Step
from ..._core.systemd.wish import COMPLETED, READY, Service
from . import install, systemctl
from .store import Store
from .wait import Watched, failure_of, until_ready

#: Beyond what a service may take to stop and to start.
_SPARE_SECONDS = 10.0


class StoppedError(Exception):
    """A step failed: the plan ends here."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass
class Runtime:
    """What a plan is carried out with. `touched` says whether anything is different from before."""

    places: Places
    store: Store
    wanted: Deployment
    plan: Plan
    say: Callable[[str], None]
    wait: bool = True
    actions: list[dict[str, Any]] = field(default_factory=list)
    outages: dict[str, float] = field(default_factory=dict)
    watched: dict[str, Watched] = field(default_factory=dict)
    away: dict[str, float] = field(default_factory=dict)
    touched: bool = False

    def done(self, service: str, action: str, began: float) -> None:
        self.actions.append({"service": service, "action": action, "seconds": round(time.monotonic() - began, 3)})

    def unit(self, service: str) -> str:
        return f"{self.wanted.app.unit(service)}.service"


def apply(runtime: Runtime) -> Failure | None:
    """None where everything is as wanted, and ready if that is waited for."""
    try:
        _install(runtime)
        for step in runtime.plan.steps:
            if step.action in STARTS:
                _start(runtime, step)
            elif step.action == NONE and step.service in runtime.store.memory.unproven:
                _watch(runtime, step.service)
        _await(runtime, tuple(runtime.watched))
    except StoppedError as error:
        return error.failure
    except systemctl.SystemctlError as error:
        return Failure("", "systemd", str(error))
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        untouched = "" if runtime.touched else "; nothing was changed"
        return Failure("", "disk", f"{(error.strerror or str(error)).lower()}{place}{untouched}")
    finally:
        _count_outages(runtime)
    return None


def take_down(runtime: Runtime) -> None:
    """The state stopped, or what is installed of a first deployment that failed: nothing runs, nothing starts at boot.

    Sockets and timers go in the same breath as what they start, in the reverse order of needs.
    """
    for step in reversed(runtime.plan.steps):
        if step.action == STOP:
            _stop(runtime, step.service, step.units, STOP)
    if runtime.plan.disable:
        systemctl.must("disable", *runtime.plan.disable)


def remove(runtime: Runtime) -> None:
    """The state absent."""
    began, plan = time.monotonic(), runtime.plan
    for step in reversed(plan.steps):
        _stop(runtime, step.service, [unit for unit in step.units if unit in plan.remove], REMOVE)
    if plan.disable:
        systemctl.must("disable", *plan.disable)
    install.remove(plan.remove, plan.remove_private)
    if plan.remove:
        systemctl.must("daemon-reload")
    if plan.link:
        install.switch(runtime.places, plan.link[1])
    install.remove_folders(plan.remove_folders)
    if plan.remove_folders:
        runtime.done("", f"remove {', '.join(plan.remove_folders)}", began)


def _install(runtime: Runtime) -> None:
    """Files first, all at once; then what no longer belongs is stopped; then systemd learns of both."""
    plan, store, wanted = runtime.plan, runtime.store, runtime.wanted
    data = {folder.name for service in wanted.app.services for folder in service.directories}
    memory = store.memory
    store.save(
        replace(
            memory, root=runtime.places.root, installed=memory.installed | set(wanted.units), data=memory.data | data
        )
    )
    install.write(plan, wanted)
    runtime.touched = plan.changed
    for step in plan.steps:
        if step.action == REMOVE:
            _stop(runtime, step.service, [unit for unit in step.units if unit in plan.remove], REMOVE)
    _drop(runtime)
    if plan.write or plan.remove or plan.reload_manager:
        systemctl.must("daemon-reload")
    for verb, units in (("disable", plan.disable), ("enable", plan.enable)):
        if units:
            systemctl.must(verb, *units)
    if plan.link:
        install.switch(runtime.places, plan.link[1])
        runtime.say(f"release {plan.link[0] or 'none'} -> {plan.link[1]}")


def _drop(runtime: Runtime) -> None:
    """Units that are no longer wanted. They are disabled while their files can still be read."""
    plan, memory = runtime.plan, runtime.store.memory
    gone = memory.installed - set(runtime.wanted.units)
    if plan.remove:
        systemctl.act("stop", *plan.remove)
        systemctl.must("disable", *plan.remove)
    install.remove(plan.remove, plan.remove_private)
    names = {service.name for service in runtime.wanted.app.services}
    ran = {name: known for name, known in memory.ran.items() if name in names}
    runtime.store.save(replace(memory, installed=memory.installed - gone, ran=ran))


def _stop(runtime: Runtime, service: str, units: Iterable[str], action: str) -> None:
    began, names = time.monotonic(), tuple(units)
    if names:
        _must_act(runtime, service, "stop", names, _SPARE_SECONDS * 12)
        systemctl.act("reset-failed", *names)  # a unit that did not fail has nothing to reset, which is an error to it
    runtime.done(service, action, began)
    runtime.say(f"{service}: stopped")


def _start(runtime: Runtime, step: Step) -> None:
    service = runtime.wanted.service(step.service)
    _await(runtime, _needed(runtime, service))
    store, began = runtime.store, time.monotonic()
    before = store.memory.ran.get(step.service)
    runtime.say(f"{step.service}: {step.action}, {'; '.join(step.reasons)}")
    store.save(store.memory.touching(step.service))
    if step.action == RESTART and service.timer is None:
        runtime.away.setdefault(step.service, began)  # before a rollback, it went away with the release that failed
    if service.timer is None:
        _watch(runtime, step.service)
    _act(runtime, step, service)
    ran = runtime.wanted.ran(step.service)
    if service.timer is not None:
        ran = replace(ran, began="")  # each of its runs is of the release that is current then
    else:
        runtime.watched[step.service].give_time()
    if step.action == RELOAD and before is not None:
        ran = replace(ran, began=before.began)
    store.save(store.memory.started(step.service, ran))
    runtime.done(step.service, step.action, began)


def _act(runtime: Runtime, step: Step, service: Service) -> None:
    """A socket keeps listening over a restart of its service. Where it has to be made anew, the service goes first."""
    seconds = float(service.stop_seconds) + service.ready_seconds + _SPARE_SECONDS
    socket = f"{runtime.wanted.app.unit(step.service)}.socket"
    socket = socket if socket in runtime.wanted.units else ""
    main = step.main if service.timer is not None else runtime.unit(step.service)
    if step.action == RELOAD:
        _must_act(runtime, step.service, "reload", (main,), seconds)
        return
    if step.action == START:
        systemctl.act("reset-failed", main, *([socket] if socket else []))  # nothing to reset is an error to it
    if step.relisten and service.timer is not None:
        _must_act(runtime, step.service, "stop", (runtime.unit(step.service),), seconds)
    if step.relisten and socket:
        _must_act(runtime, step.service, "stop", (main, socket), seconds)
        _must_act(runtime, step.service, "start", (socket,), seconds)
    if step.action == RESTART and systemctl.states((main,))[main].restarts:
        # It dies again and again: systemd would take the restart that it has in line for this one, and go on counting.
        _must_act(runtime, step.service, "stop", (main,), seconds)
        systemctl.act("reset-failed", main)  # a unit that did not fail has nothing to reset, which is an error to it
    _must_act(runtime, step.service, "restart", (main,), seconds)


def _must_act(runtime: Runtime, service: str, verb: str, units: tuple[str, ...], seconds: float) -> None:
    done = systemctl.act(verb, *units, seconds=seconds)
    if done.ok:
        return
    watched = runtime.watched.get(service)
    if watched is None:
        raise StoppedError(Failure(service, "systemd", f"systemctl {verb} {' '.join(units)} failed: {done.said}"))
    watched.state = systemctl.states([watched.unit])[watched.unit]
    said = f"systemctl {verb} has not ended after {seconds:g} s" if done.late else done.said
    raise StoppedError(failure_of(watched, said))


def _watch(runtime: Runtime, service: str) -> None:
    if runtime.wanted.service(service).timer is None:
        runtime.watched[service] = Watched(runtime.wanted.service(service), runtime.unit(service))


def _needed(runtime: Runtime, service: Service) -> tuple[str, ...]:
    asked = (need.service for need in service.needs if need.condition in (READY, COMPLETED))
    return tuple(name for name in asked if name in runtime.watched)


def _await(runtime: Runtime, names: Iterable[str]) -> None:
    if not runtime.wait:
        return
    watched = [runtime.watched[name] for name in names]
    failure = until_ready(watched, runtime.wanted, runtime.say)
    if failure is not None:
        raise StoppedError(failure)


def _count_outages(runtime: Runtime) -> None:
    """From before it was stopped until it was seen to be ready again, of those that got there."""
    for service, began in runtime.away.items():
        ready = runtime.watched[service].ready_at if service in runtime.watched else None
        if ready is not None:
            runtime.outages[service] = round(ready - began, 2)
