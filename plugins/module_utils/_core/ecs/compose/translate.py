# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app to the task definitions that run it on ECS, in the API's shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...app import App, Service
from ...findings import Finding, worst_first
from .draft import ContainerDraft, TaskDraft
from .environment import add_secrets
from .logs import add_logs
from .network import report_shared_network, task_network_mode
from .order import add_links, set_architecture, set_essential
from .peers import Directory, task_of
from .ports import add_asked_ports, check_shared_ports
from .registry import apply_all
from .sizes import add_sizes
from .target import EcsTarget

_FIRST = ("name", "image", "essential", "cpu", "memory", "memoryReservation")


@dataclass(frozen=True)
class Translation:
    """A task, the services that are its containers, and what could not be translated as it was."""

    task: str
    services: tuple[str, ...]
    definition: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)


def translate(app: App, target: EcsTarget) -> list[Translation]:
    """A task definition for each service, or for those that share a task by x-ecs."""
    directory = Directory(app)
    tasks: dict[str, list[Service]] = {}
    for service in app.services.values():
        tasks.setdefault(task_of(service), []).append(service)
    return [_translation(directory, target, name, services) for name, services in tasks.items()]


def _translation(directory: Directory, target: EcsTarget, name: str, services: Sequence[Service]) -> Translation:
    task = TaskDraft(directory, target, name, services, task_network_mode(target, services))
    containers = [ContainerDraft(task, service) for service in services]
    for container in containers:
        apply_all(container, container.service.keys)
        add_secrets(container)
        add_asked_ports(container)
        add_logs(container)
    report_shared_network(task)
    set_essential(task, containers)
    add_links(task, containers)
    set_architecture(task, containers)
    add_sizes(task, containers)
    if task.shares_localhost:
        check_shared_ports(containers)
    return Translation(name, tuple(task.services), _definition(task, containers), worst_first(task.findings))


def _readable(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that a reader looks for first, first."""
    return {**{name: fields[name] for name in _FIRST if name in fields}, **fields}


def _definition(task: TaskDraft, containers: Sequence[ContainerDraft]) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "family": task.family,
        "requiresCompatibilities": [task.target.launch_type],
        "networkMode": task.network_mode,
        **task.fields,
        "containerDefinitions": [_readable(container.fields) for container in containers],
    }
    if task.volumes:
        definition["volumes"] = list(task.volumes.values())
    return definition
