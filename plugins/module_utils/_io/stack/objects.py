# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and volumes whose definition changed, and what is in nobody's way any more: taken away by the engine.

Compose makes them anew when it next creates a container. It could not take them away itself in every release: below
2.31 it sees no change, later it loses the services' aliases on a network (seen with 2.40 on Engine 20.10), and asks
about volumes.
"""

from __future__ import annotations

from ..._core.stack.objects import NETWORK, VOLUME, recreated
from ..._core.stack.plan import REMOVE
from ..._core.stack.present import Container
from ..engine.client import Engine, EngineError
from . import containers
from .runtime import Record, Runtime

_GONE = 404


def remove_orphans(runtime: Runtime, record: Record) -> None:
    """What the plan removes of services that are not in the model any more."""
    for step in runtime.plan.steps:
        if step.action == REMOVE and step.service not in runtime.stack.services:
            with record.timed(step.service, REMOVE):
                orphans = containers.replicas(runtime.engine, runtime.stack.project, step.service)
                containers.take_away(runtime.engine, orphans, runtime.wish.stop_timeout)


def clear(runtime: Runtime, record: Record) -> None:
    """Networks and volumes that the plan says are made again. A volume's data goes with it: the plan was asked."""
    for name in recreated(runtime.plan, NETWORK):
        with record.timed(f"network {name}", "remove"):
            _clear_network(runtime, name)
    for name in recreated(runtime.plan, VOLUME):
        with record.timed(f"volume {name}", "remove"):
            users = [one for one in _all(runtime) if any(mount.get("Name") == name for mount in one.mounts)]
            containers.take_away(runtime.engine, users, runtime.wish.stop_timeout)
            remove(runtime.engine, "volumes", name)


def _clear_network(runtime: Runtime, name: str) -> None:
    """Its containers stay, so that Compose can hand their anonymous volumes on when it makes them anew."""
    for one in _all(runtime):
        if name not in one.networks:
            continue
        containers.halt(runtime.engine, one, runtime.wish.stop_timeout)
        try:
            runtime.engine.post(f"/networks/{name}/disconnect", {"Container": one.id, "Force": True})
        except EngineError as error:
            if error.status != _GONE and "is not connected" not in error.message:
                raise
    remove(runtime.engine, "networks", name)


def remove(engine: Engine, kind: str, name: str) -> None:
    """One that is gone already is no error."""
    try:
        engine.delete(f"/{kind}/{name}")
    except EngineError as error:
        if error.status != _GONE:
            raise


def _all(runtime: Runtime) -> tuple[Container, ...]:
    return containers.listed(runtime.engine, runtime.stack.project)
