# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project that shall be stopped, restarted or gone. The plan says which services; the engine does it.

Every container of a service counts: those of profiles that are not active now, of `compose run`, and of former
services. Images are never removed.
"""

from __future__ import annotations

from ..._core.stack.objects import NETWORK, VOLUME, removed
from ..._core.stack.plan import REMOVE, RESTART, START, STOP
from ..._core.stack.present import Container
from . import containers as stack_containers
from . import objects
from .runtime import Record, Runtime


def take_down(runtime: Runtime, record: Record) -> None:
    """For the states stopped and absent, in the plan's order: who depends on others goes before them."""
    _run_stop_hooks(runtime)
    for step in runtime.plan.steps:
        if step.action in (STOP, REMOVE):
            with record.timed(step.service, step.action):
                _end(runtime, _of(runtime, step.service), remove=step.action == REMOVE)
    for word in (NETWORK, VOLUME):
        for name in removed(runtime.plan, word):
            with record.timed(f"{word} {name}", "remove"):
                objects.remove(runtime.engine, f"{word}s", name)


def _run_stop_hooks(runtime: Runtime) -> None:
    """pre_stop hooks are Compose's to run, and it does so where it stops a service itself."""
    hooked = [
        step.service
        for step in runtime.plan.steps
        if step.action in (STOP, REMOVE)
        and step.service in runtime.stack.services
        and runtime.stack.services[step.service].config.get("pre_stop")
    ]
    if hooked and runtime.cli is not None:
        runtime.cli.stop(hooked, stop_timeout=runtime.wish.stop_timeout)


def _end(runtime: Runtime, containers: tuple[Container, ...], remove: bool) -> None:
    """Anonymous volumes go where volumes were asked to go."""
    for one in containers:
        stack_containers.halt(runtime.engine, one, runtime.wish.stop_timeout)
        if remove:
            stack_containers.remove(runtime.engine, one.id, runtime.wish.remove_volumes)


def restart(runtime: Runtime, record: Record) -> dict[str, tuple[str, ...]]:
    """Restart what runs, start what was stopped. Service -> ids of the containers that have to become ready."""
    touched: dict[str, tuple[str, ...]] = {}
    for step in runtime.plan.steps:
        if step.action in (RESTART, START):
            with record.timed(step.service, step.action):
                touched[step.service] = again(runtime, step.service)
    return touched


def again(runtime: Runtime, service: str) -> tuple[str, ...]:
    """One service's replicas, by the engine. Compose would restart those that depend on it, too."""
    containers = tuple(one for one in _of(runtime, service) if not one.one_off)
    for one in containers:
        if one.state == "paused":
            stack_containers.unpause(runtime.engine, one.id)
        stack_containers.restart(runtime.engine, one.id, runtime.wish.stop_timeout)
    return tuple(one.id for one in containers)


def _of(runtime: Runtime, service: str) -> tuple[Container, ...]:
    """The engine matches a label without value, too: an empty name would be every service's."""
    found = stack_containers.listed(runtime.engine, runtime.stack.project)
    return tuple(one for one in found if one.service == service and one.state != "removing")
