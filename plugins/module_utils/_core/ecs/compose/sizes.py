# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU and memory of the containers, and on Fargate the smallest size of the task that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ...sizing import ASSUMED, MIB, PROXY, Size, size
from ...units import cpu_units, memory_mib
from ..fargate_sizes import smallest_fit
from .draft import ContainerDraft, TaskDraft

_CPU_UNITS = 1024  # of one vCPU
#: A smaller size that is missed by less than this share of the need is worth a word.
_NEARLY = Decimal("0.1")


def add_sizes(task: TaskDraft, containers: Sequence[ContainerDraft]) -> None:
    sizes = [size(container.service, "ecs") for container in containers]
    stated = _stated(task)
    if task.target.fargate:
        pair = _fargate_size(task, containers, sizes, stated)
        task.fields["cpu"], task.fields["memory"] = map(str, pair)
    else:
        pair = None
    if not (pair and all(stated)):
        task.findings.extend(found for each in sizes for found in each.findings)
    for container, each in zip(containers, sizes):
        _add_cpu(container, each, pair[0] if pair else None)
        _add_memory(container, each, pair[1] if pair else None)


def _stated(task: TaskDraft) -> tuple[int, int]:
    """The task's size as far as the user's own definition has it; 0 is not stated."""
    cpu, memory = (task.target.definition.get(field, "") for field in ("cpu", "memory"))
    return cpu_units(str(cpu)) or 0, memory_mib(str(memory)) or 0


def _fargate_size(
    task: TaskDraft, containers: Sequence[ContainerDraft], sizes: Sequence[Size], stated: tuple[int, int]
) -> tuple[int, int]:
    needed = sum(each.cpu_units for each in sizes), sum(each.memory_mib for each in sizes)
    proxy = (PROXY.cpu_units, PROXY.memory_mib) if _has_proxy(task, containers) else (0, 0)
    cpu, memory = (max(wanted + extra, least) for wanted, extra, least in zip(needed, proxy, stated))
    pair = smallest_fit(cpu, memory)
    if pair is None:
        message = f"the containers need {cpu} CPU units and {memory} MiB, and no Fargate task has as much"
        hint = "give some of them a task of their own, or use launch type EC2"
        task.report("no-fargate-size", message, hint)
        return cpu, memory
    if pair != (cpu, memory) and not all(stated):
        also = f" and Service Connect's proxy ({proxy[0]} and {proxy[1]})" if any(proxy) else ""
        unused = f"{pair[0] - cpu} and {pair[1] - memory} are unused"
        has = f"the task has {pair[0]} CPU units and {pair[1]} MiB"
        message = f"{has}, the containers{also} need {cpu} and {memory}: {unused}"
        task.report("task-size", message, _nearly(cpu, memory, pair))
    return pair


def _has_proxy(task: TaskDraft, containers: Sequence[ContainerDraft]) -> bool:
    """Service Connect runs in what calls another task by name, and in what is called."""
    if not task.target.service_connect:
        return False
    asked = (task.directory.asked_ports.get(container.service.name, {}) for container in containers)
    return bool(task.elsewhere) or any(tasks != {task.name} for ports in asked for tasks in ports.values())


def _nearly(cpu: int, memory: int, pair: tuple[int, int]) -> str:
    """The smaller size that is missed by little."""
    near = smallest_fit(_less(cpu), _less(memory))
    if near is None or near == pair:
        return ""
    missing = [
        f"{wanted - has} {unit}" for wanted, has, unit in zip((cpu, memory), near, ("CPU units", "MiB")) if wanted > has
    ]
    return f"with {' and '.join(missing)} less, {near[0]} and {near[1]} would do"


def _less(wanted: int) -> int:
    return int(wanted * (1 - _NEARLY))


def _add_cpu(container: ContainerDraft, each: Size, task_cpu: int | None) -> None:
    """What is assumed is left out on Fargate, where the containers may share what the task has."""
    if task_cpu is None or each.cpus_from != ASSUMED:
        container.fields["cpu"] = each.cpu_units
    limit = container.service.limits.cpus
    if limit is not None and (task_cpu is None or limit * _CPU_UNITS < task_cpu):
        whose = "instance" if task_cpu is None else "task"
        message = f"a CPU limit of {limit.normalize():f} does not hold: the {whose}'s free CPU time is used as well"
        container.report("compose-approximated", _place(container, "cpus"), message)


def _add_memory(container: ContainerDraft, each: Size, task_memory: int | None) -> None:
    reserved, limit = each.memory_mib, _limit(container, task_memory)
    if limit is not None and limit > reserved:
        container.fields.update({"memory": limit, "memoryReservation": reserved})
    elif limit is not None:
        container.fields["memory"] = reserved
    elif task_memory is None or each.memory_from != ASSUMED:
        container.fields["memoryReservation"] = reserved


def _limit(container: ContainerDraft, task_memory: int | None) -> int | None:
    """The limit in MiB; ECS refuses one that is more than the task has."""
    limit = container.service.limits.memory
    if limit is None:
        return None
    mib = -(-limit // MIB)
    if task_memory is not None and mib > task_memory:
        message = f"the limit of {mib} MiB is more than the task's {task_memory}, and is lowered to that"
        hint = "state a larger reservation, or x-ecs.memory, for a larger task"
        container.report("out-of-range", _place(container, "memory"), message, hint)
        return task_memory
    return mib


def _place(container: ContainerDraft, figure: str) -> str:
    """Where the limit stands: in deploy, or as a key of the service."""
    resources: dict[str, Any] = (container.service.keys.get("deploy") or {}).get("resources") or {}
    if (resources.get("limits") or {}).get(figure):
        return f"deploy.resources.limits.{figure}"
    return "cpus" if figure == "cpus" else "mem_limit"
