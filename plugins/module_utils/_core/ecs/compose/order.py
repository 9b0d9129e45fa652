# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds between the containers of a task: which of them end it, and which call each other by link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...app import COMPLETED
from .draft import ContainerDraft, TaskDraft
from .target import ecs_name


def set_essential(task: TaskDraft, containers: Sequence[ContainerDraft]) -> None:
    """A container that is waited for to end must not end the task; one of those that stay must."""
    one_offs = task.directory.one_offs
    staying = [container for container in containers if container.service.name not in one_offs]
    for container in containers:
        container.fields["essential"] = container in staying or (not staying and not _awaited(container, containers))
    if not staying:
        message = f"the task '{task.name}' ends, and others wait for it: a service would start it again and again"
        task.report("one-off-task", message, "run it with ecs_run_task before the others")


def _awaited(container: ContainerDraft, containers: Sequence[ContainerDraft]) -> bool:
    waits = [wait["containerName"] for other in containers for wait in other.fields.get("dependsOn", ())]
    return container.name in waits


def add_links(task: TaskDraft, containers: Sequence[ContainerDraft]) -> None:
    """Bridge mode: the names by which a container calls others. A link waits for its target, so none goes both ways."""
    if task.network_mode != "bridge":
        return
    graph = {c.name: [wait["containerName"] for wait in c.fields.get("dependsOn", ())] for c in containers}
    for container in containers:
        links = []
        for alias, service in {**container.links, **_waited_for(container)}.items():
            target = ecs_name(service)
            if _reaches(graph, target, container.name):
                message = f"'{service}' calls or awaits '{container.service.name}' itself, and links go one way"
                container.report("link-cycle", f"links[{alias}]", message, "set networkMode: awsvpc in the definition")
            else:
                graph[container.name].append(target)
                links.append(target if alias == target else f"{target}:{alias}")
        if links:
            container.fields["links"] = links


def _waited_for(container: ContainerDraft) -> dict[str, str]:
    """What a container waits for it probably calls, too. What has ended cannot be linked to."""
    waits = container.service.dependencies
    here = container.task.services
    return {wait.service: wait.service for wait in waits if wait.service in here and wait.condition != COMPLETED}


def _reaches(graph: Mapping[str, Sequence[str]], start: str, goal: str) -> bool:
    """Whether one container waits for another, itself or through others."""
    seen, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return False


def set_architecture(task: TaskDraft, containers: Sequence[ContainerDraft]) -> None:
    """One architecture for the task; x-ecs speaks for all of its containers."""
    stated = next((c.service.ecs.architecture for c in containers if c.service.ecs.architecture), None)
    found = {stated} if stated else {c.architecture for c in containers if c.architecture}
    if len(found) > 1:
        message = f"the task '{task.name}' cannot run containers for {' and '.join(sorted(found))}"
        task.report("platform-conflict", message, "give them tasks of their own", ".platform")
    elif found:
        platform = {"cpuArchitecture": found.pop(), "operatingSystemFamily": "LINUX"}
        task.fields["runtimePlatform"] = platform
