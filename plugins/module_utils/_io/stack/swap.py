# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start-first: new containers are made ready out of sight, take the old ones' names, and only then the old ones go.

A new container has a name ending in -next and no alias until it is ready; an old one that is on its way out ends in
-retired. So whoever comes after a killed update knows what to do with each; see leftovers.py.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..._core.stack.leftovers import NEXT
from ..._core.stack.present import Container
from ..._core.stack.strategy import batches
from ..._core.stack.wish import Failure
from ..compose.cli import CliError
from ..engine.client import Engine, EngineError
from ..engine.reads import inspect
from . import containers
from . import spare as stack_spare
from .drain import retire
from .endpoints import endpoints, join, leave
from .runtime import Record, Runtime
from .wait import diagnose, wait_until_ready


@dataclass
class _Swap:
    """One service's update. `old` and `fresh` by number; `endpoints`: id -> network -> what Compose asked for there."""

    runtime: Runtime
    record: Record
    service: str
    old: list[Container]
    fresh: list[Container] = field(default_factory=list)
    endpoints: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        return self.runtime.engine

    def now(self) -> tuple[Container, ...]:
        return containers.replicas(self.engine, self.runtime.stack.project, self.service)


def swap(runtime: Runtime, record: Record, service: str) -> Failure | None:
    """Replace the containers of a service. After a failure the old ones that are left serve on, untouched."""
    model = runtime.stack.services[service]
    one = _Swap(runtime, record, service, [])
    one.old = list(one.now())
    sizes = batches(runtime.plan.step(service).replicas, model.parallelism)
    for number, size in enumerate(sizes, start=1):
        with record.timed(service, "start the new beside the old"):
            failure = _add(one, size)
        if failure is not None:
            return failure
        leaving = one.old if number == len(sizes) else one.old[:size]
        one.old = one.old[len(leaving) :]
        with record.timed(service, "retire the old"):
            retire(runtime, record, service, leaving)
    return None


def _add(one: _Swap, size: int) -> Failure | None:
    """New containers that serve. Where that fails they are gone again, whatever the reason."""
    known = {each.id for each in one.now()}
    try:
        fresh = _make(one, size, known)
        failure = _take_over(one, fresh)
    except CliError as error:
        failure = diagnose(one.engine, one.runtime.stack, one.service, "\n".join(error.lines))
    except EngineError as error:
        failure = Failure(one.service, "engine", str(error))
    if failure is None:
        one.fresh.extend(fresh)
    else:
        with suppress(EngineError):  # what cannot be removed now is found by the next run
            _remove_unknown(one, known)
    return failure


def _remove_unknown(one: _Swap, known: set[str]) -> None:
    with one.record.timed(one.service, "remove the new again"):
        new = [each for each in one.now() if each.id not in known]
        containers.take_away(one.engine, new, one.runtime.wish.stop_timeout, volumes=True)


def _make(one: _Swap, size: int, known: set[str]) -> tuple[Container, ...]:
    """They exist, do not run, and have no name of the service."""
    total = len(one.old) + len(one.fresh) + size
    one.runtime.compose.create([one.service], no_recreate=True, scale={one.service: total})
    fresh = tuple(each for each in one.now() if each.id not in known)
    for each in fresh:
        containers.rename(one.engine, each.id, f"{each.name}{NEXT}")
        one.endpoints[each.id] = endpoints(inspect(one.engine, each.id) or {})
        for network in one.endpoints[each.id]:
            leave(one.engine, each.id, network)
            join(one.engine, each.id, network, {})
    return fresh


def _take_over(one: _Swap, fresh: tuple[Container, ...]) -> Failure | None:
    total = len(one.now())
    one.runtime.compose.start([one.service], scale={one.service: total})
    failure = _await(one, fresh)
    if failure is not None:
        return failure
    for each in fresh:
        _show(one, each)
    # Its network was changed under it: it has to be as ready as before.
    failure = _await(one, fresh)
    if failure is None:
        for each in fresh:
            containers.rename(one.engine, each.id, each.name)
    return failure


def _await(one: _Swap, fresh: tuple[Container, ...]) -> Failure | None:
    runtime = one.runtime
    if not runtime.wish.wait:
        return None
    watched = {one.service: tuple(each.id for each in fresh)}
    return wait_until_ready(runtime.engine, runtime.stack, runtime.wish, watched, runtime.until(), runtime.say)


def _show(one: _Swap, container: Container) -> None:
    """Give it the aliases of the service, and keep it reachable meanwhile."""
    for number, (network, asked) in enumerate(one.endpoints[container.id].items()):
        inspected = inspect(one.engine, container.id) or {}
        spare = stack_spare.keep(one.engine, inspected, network, number, comes_back=True)
        try:
            leave(one.engine, container.id, network)
            join(one.engine, container.id, network, asked)
        except EngineError:
            if spare is None:
                raise
            stack_spare.release(spare)  # it may be in this engine's way
            spare = None
            join(one.engine, container.id, network, asked)
        finally:
            if spare is not None:
                stack_spare.release(spare)
