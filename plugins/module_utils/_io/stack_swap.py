# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start-first: new containers are made ready out of sight, take the old ones' names, and only then the old ones go.

A new container has a name ending in -next and no alias until it is ready; an old one that is on its way out ends in
-retired. So whoever comes after a killed update knows what to do with each; see leftovers.py.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .._core.stack.leftovers import NEXT, RETIRED
from .._core.stack.present import Container
from .._core.stack.strategy import batches
from .._core.stack.wish import Failure
from . import stack_containers, stack_spare
from .compose_cli import CliError
from .engine import Engine, EngineError
from .engine_reads import inspect
from .host_facts import inbound_connections
from .stack_runtime import Record, Runtime
from .stack_wait import diagnose, wait_until_ready

#: Networks on which the engine knows no names.
_WITHOUT_NAMES = ("bridge", "host", "none")
#: Who asked for the name just before it went has this long to connect.
_SETTLE_SECONDS = 0.25
_PAUSE_SECONDS = 0.05
NOTE = (
    "{} was updated start-first without a spare network interface, which needs root, ip and nsenter on the engine's own"
    " host, and a bridge network: a request of that very moment may have been lost"
)
#: Of an endpoint, what was asked for; all else the engine has found itself.
_ASKED = ("IPAMConfig", "Links", "Aliases", "DriverOpts", "GwPriority")


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
        return stack_containers.replicas(self.engine, self.runtime.stack.project, self.service)


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
            _retire(one, leaving)
    return None


def _add(one: _Swap, size: int) -> Failure | None:
    """New containers that serve. Where that fails they are gone again, whatever the reason."""
    known = {each.id for each in one.now()}
    try:
        fresh = _make(one, size, known)
        failure = _take_over(one, fresh)
    except CliError as error:
        failure = diagnose(one.engine, one.runtime.stack, one.service, "\n".join(error.lines))
    except EngineError:
        with suppress(EngineError):
            _remove_unknown(one, known)
        raise
    if failure is None:
        one.fresh.extend(fresh)
    else:
        _remove_unknown(one, known)
    return failure


def _remove_unknown(one: _Swap, known: set[str]) -> None:
    with one.record.timed(one.service, "remove the new again"):
        new = [each for each in one.now() if each.id not in known]
        stack_containers.take_away(one.engine, new, one.runtime.wish.stop_timeout, volumes=True)


def _make(one: _Swap, size: int, known: set[str]) -> tuple[Container, ...]:
    """They exist, do not run, and have no name of the service."""
    total = len(one.old) + len(one.fresh) + size
    one.runtime.compose.create([one.service], no_recreate=True, scale={one.service: total})
    fresh = tuple(each for each in one.now() if each.id not in known)
    for each in fresh:
        stack_containers.rename(one.engine, each.id, f"{each.name}{NEXT}")
        one.endpoints[each.id] = _endpoints(inspect(one.engine, each.id) or {})
        for network in one.endpoints[each.id]:
            _move(one.engine, each.id, network, {})
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
            stack_containers.rename(one.engine, each.id, each.name)
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
        spare = stack_spare.keep(one.engine, inspect(one.engine, container.id) or {}, network, number)
        try:
            _move(one.engine, container.id, network, asked)
        finally:
            if spare is not None:
                stack_spare.release(spare)


def _move(engine: Engine, container_id: str, network: str, asked: Mapping[str, Any]) -> None:
    engine.post(f"/networks/{network}/disconnect", {"Container": container_id, "Force": False})
    engine.post(f"/networks/{network}/connect", {"Container": container_id, "EndpointConfig": asked})


def _endpoints(inspected: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What was asked for at each network. The engine itself adds the short id to the aliases."""
    found = {}
    for network, facts in (inspected["NetworkSettings"]["Networks"] or {}).items():
        if network not in _WITHOUT_NAMES:
            asked = {key: facts[key] for key in _ASKED if facts.get(key)}
            asked["Aliases"] = [name for name in facts.get("Aliases") or () if name != inspected["Id"][:12]]
            found[network] = asked
    return found


def _retire(one: _Swap, leaving: list[Container]) -> None:
    """Off the network, so that nobody new comes; then, when the last connection has ended, away."""
    for each in leaving:
        if each.state == "running":
            stack_containers.rename(one.engine, each.id, f"{each.name}{RETIRED}")
            one.record.lost_in_flight += _drain(one, each)
    stack_containers.take_away(one.engine, leaving, one.runtime.wish.stop_timeout, volumes=True)


def _drain(one: _Swap, container: Container) -> int:
    """How many connections were still open when the time was over."""
    inspected = inspect(one.engine, container.id) or {}
    given = one.runtime.wish.stop_timeout
    allowed = stack_containers.stop_seconds(inspected) if given is None else given
    pid = int(inspected["State"]["Pid"])
    networks = list(_endpoints(inspected))
    spares = [stack_spare.keep(one.engine, inspected, network, number) for number, network in enumerate(networks)]
    whole = all(spare is not None for spare in spares)
    if not whole and NOTE.format(one.service) not in one.record.notes:
        one.record.notes.append(NOTE.format(one.service))
    left = 0 if whole else _quiet(pid, allowed)  # without a second way in, a quiet moment has to do
    for network in networks:
        with suppress(EngineError):  # somebody else took it off
            one.engine.post(f"/networks/{network}/disconnect", {"Container": container.id, "Force": False})
    if whole:
        time.sleep(_SETTLE_SECONDS)
        left = _quiet(pid, allowed)
    return left


def _quiet(pid: int, seconds: float) -> int:
    """Wait until nobody is connected; the number of those who still are when the time is over."""
    end = time.monotonic() + seconds
    while True:
        left = len(inbound_connections(pid))
        if not left or time.monotonic() >= end:
            return left
        time.sleep(_PAUSE_SECONDS)
