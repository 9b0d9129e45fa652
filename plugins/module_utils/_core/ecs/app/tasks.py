# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of an app: what each is on ECS, and in which order they are brought about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...app import App, Service
from ...findings import Finding
from ...graph import cycle
from ...jobs import ending
from ..compose.peers import Directory, task_of
from ..compose.target import ecs_name
from .kinds import finding

#: A service stays. A migration runs once for each release. A schedule runs when EventBridge Scheduler says so.
SERVICE, MIGRATION, SCHEDULE = "service", "migration", "schedule"

_Graph = dict[str, dict[str, None]]


@dataclass(frozen=True)
class AppTask:
    """The services that are containers of one task. Those that end while others stay prepare the task for these."""

    name: str
    services: tuple[Service, ...]
    kind: str

    @property
    def resource(self) -> str:
        """What its service, its run or its schedule is called."""
        return ecs_name(self.name)

    @property
    def place(self) -> str:
        """Where findings about the whole task stand."""
        named = [service.name for service in self.services]
        return f"services.{self.name if self.name in named else named[0]}"

    def family(self, app: str) -> str:
        return ecs_name(app if self.name == app else f"{app}-{self.name}")


def tasks_of(app: App) -> list[AppTask]:
    """In the order of the file."""
    grouped: dict[str, list[Service]] = {}
    for service in app.services.values():
        grouped.setdefault(task_of(service), []).append(service)
    over = frozenset(ending(app.services.values()))
    return [AppTask(name, tuple(services), _kind(services, over)) for name, services in grouped.items()]


def _kind(services: list[Service], over: frozenset[str]) -> str:
    if any(service.ecs.schedule for service in services):
        return SCHEDULE
    return MIGRATION if over.issuperset(service.name for service in services) else SERVICE


def waits_of(tasks: Sequence[AppTask]) -> _Graph:
    """For each task those that its services wait for, by depends_on."""
    home = {service.name: task.name for task in tasks for service in task.services}
    waits: _Graph = {task.name: {} for task in tasks}
    for task in tasks:
        for service in task.services:
            for dependency in service.dependencies:
                other = home.get(dependency.service, task.name)
                if other != task.name:
                    waits[task.name][other] = None
    return waits


def ordered(tasks: list[AppTask], directory: Directory) -> tuple[list[AppTask], list[Finding]]:
    """What is waited for first, then what is called by name: Service Connect knows the names that were there before."""
    waits = waits_of(tasks)
    found = _circles(tasks, waits)
    services = directory.app.services
    graph: _Graph = {name: dict(others) for name, others in waits.items()}
    for caller, called in directory.callees.items():
        task = task_of(services[caller])
        for peer in called:
            other = task_of(services[peer])
            if other != task and not reaches(graph, other, task):
                graph[task][other] = None
    by_name = {task.name: task for task in tasks}
    return [by_name[name] for name in _sorted(graph)], found


def _circles(tasks: list[AppTask], waits: Mapping[str, Mapping[str, None]]) -> list[Finding]:
    circle = cycle(waits)
    if not circle:
        return []
    place = next(task.place for task in tasks if task.name == circle[0])
    message = f"the tasks {' -> '.join(circle)} wait for each other, so one of them starts too early"
    hint = "put services that wait for each other into one task, or drop a depends_on between tasks"
    return [finding("task-cycle", f"{place}.depends_on", message, hint)]


def reaches(graph: Mapping[str, Mapping[str, None]], start: str, goal: str) -> bool:
    """Whether one task waits for another, itself or through others."""
    seen: dict[str, None] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = None
            waiting += graph[name]
    return goal in seen


def _sorted(graph: _Graph) -> list[str]:
    """Needs first, else the order of the file; a circle is cut where it is met again."""
    done: dict[str, None] = {}
    begun: dict[str, None] = {}
    for start in graph:
        stack = [start]
        while stack:
            name = stack[-1]
            missing = [other for other in graph[name] if other not in begun and other not in done]
            begun[name] = None
            if missing:
                stack.append(missing[0])
            else:
                done[stack.pop()] = None
    return list(done)
