# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a target has to run: tasks, pods or containers, how large each is, and how many copies there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ...app import App, Service
from ...ecs.compose.peers import task_of
from ...jobs import ending, mode
from ...sizing import Size, size, total, with_proxy
from .copies import Copies, copies_on
from .proxies import proxied
from .targets import ECS, SIZING, family
from .topology import Topology
from .values import architecture_of


@dataclass(frozen=True)
class Workload:
    """A task of ECS, a pod or a container; `size` is of one copy.

    `everywhere`: one on each node. `scheduled`: it runs now and then. `architecture` is None where nothing is said.
    """

    name: str
    services: tuple[Service, ...]
    size: Size
    copies: Copies
    everywhere: bool = False
    scheduled: bool = False
    architecture: str | None = None

    @property
    def path(self) -> str:
        return f"services.{self.services[0].name}"

    @property
    def stays(self) -> bool:
        """Whether it is there all the time, as a service is."""
        return not self.scheduled


@dataclass(frozen=True)
class Demand:
    """`ending` are the services that run once and end, and `provided` those that no container is."""

    workloads: tuple[Workload, ...]
    ending: tuple[str, ...]
    provided: tuple[str, ...]


def demand(app: App, target: str, topology: Topology, copies: Mapping[str, int]) -> Demand:
    """`copies` replaces the number of copies of services."""
    provided = tuple(name for name, service in app.services.items() if service.keys.get("provider"))
    services = [service for service in app.services.values() if service.name not in provided]
    over = frozenset(ending(services))
    workload = partial(_workload, target, _proxied(app, target, topology), copies)
    groups = [group for group in _groups(services, target) if not over.issuperset(s.name for s in group[1])]
    return Demand(tuple(workload(name, group) for name, group in groups), tuple(sorted(over)), provided)


def _groups(services: Iterable[Service], target: str) -> list[tuple[str, list[Service]]]:
    """The services that run together: those of one ECS task, and each alone elsewhere."""
    groups: dict[str, list[Service]] = {}
    for service in services:
        groups.setdefault(task_of(service) if target in ECS else service.name, []).append(service)
    return list(groups.items())


def _proxied(app: App, target: str, topology: Topology) -> frozenset[str]:
    return proxied(app) if target in ECS and topology.service_connect else frozenset()


def _workload(
    target: str, proxies: frozenset[str], copies: Mapping[str, int], name: str, services: Sequence[Service]
) -> Workload:
    needs = total(size(service, SIZING[target]) for service in services)
    return Workload(
        name=name,
        services=tuple(services),
        size=with_proxy(needs) if name in proxies else needs,
        copies=copies_on(family(target), services, copies),
        everywhere=target != "fargate" and any(mode(service) == "global" for service in services),
        scheduled=target in ECS and any(service.ecs.schedule for service in services),
        architecture=_architecture(services),
    )


def _architecture(services: Sequence[Service]) -> str | None:
    """x-ecs speaks for all containers of a task; else what the first one's platform says."""
    stated = [service.ecs.architecture for service in services if service.ecs.architecture]
    platforms = [str(service.keys.get("platform") or "").split("/") for service in services]
    words = [*stated, *(parts[1] for parts in platforms if len(parts) > 1)]
    return architecture_of(words[0]) if words else None
