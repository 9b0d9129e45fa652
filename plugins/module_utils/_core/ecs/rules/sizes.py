# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU, memory and disk of the task and its containers."""

from __future__ import annotations

from collections.abc import Iterator

from ...findings import ERROR, WARNING, shown
from ...rule import Problem, Rule
from ..fargate_sizes import LINUX, sizes, smallest_fit
from ..task import Task

_EC2_CPU = (128, 196608)


def size_format(task: Task) -> Iterator[Problem]:
    """Task sizes are whole CPU units and MiB, or written as vCPU and GB."""
    if task.get("cpu") is not None and task.cpu is None:
        yield "cpu", f"Invalid 'cpu' setting for task. Found {shown(task.get('cpu'))}", "expected 256 or 0.25 vCPU, say"
    if task.get("memory") is not None and task.memory is None:
        yield (
            "memory",
            f"Invalid 'memory' setting for task. Found {shown(task.get('memory'))}",
            "expected 512 or 0.5 GB, say",
        )


def fargate_size(task: Task) -> Iterator[Problem]:
    """On Fargate, cpu and memory are given at the task level and form one of the valid pairs."""
    if not task.fargate:
        return
    for field in ("cpu", "memory"):
        if task.get(field) is None:
            yield field, f"Fargate requires that '{field}' be defined at the task level.", _suggestion(task)
    valid = sizes(task.windows)
    unknown_cpu = task.cpu is not None and task.cpu not in valid
    if unknown_cpu or (task.cpu is not None and task.memory is not None and task.memory not in valid[task.cpu]):
        found = f"Found cpu {task.cpu} and memory {task.get('memory', 'unset')}"
        system = " for Windows" if task.windows else ""
        yield "cpu", f"No Fargate configuration exists for given values. {found}{system}", _suggestion(task)


def _suggestion(task: Task) -> str:
    """The valid memory sizes for this CPU, or the CPU sizes; and the smallest pair that holds what was asked."""
    table = sizes(task.windows)
    if task.cpu is not None and task.cpu in table:
        expected = f"memory for cpu {task.cpu}: {_listed(table[task.cpu])}"
    else:
        expected = f"cpu: {_listed(tuple(table))}"
    needed_cpu = max(task.cpu or 0, sum(container.get("cpu") or 0 for container in task.containers))
    needed = max(task.memory or 0, sum(c.get("memoryReservation") or c.get("memory") or 0 for c in task.containers))
    fit = smallest_fit(needed_cpu, needed, task.windows)
    return f"expected {expected}" + (f"; the smallest pair that holds it is {fit[0]}/{fit[1]}" if fit else "")


def _listed(values: tuple[int, ...]) -> str:
    if len(values) <= 8:
        return ", ".join(map(str, values))
    return f"{values[0]} to {values[-1]} in steps of {values[1] - values[0]}"


def fargate_32_vcpu(task: Task) -> Iterator[Problem]:
    """The 32 vCPU size is new: AWS documents neither its regions nor whether it runs on ARM64."""
    if task.fargate and task.cpu == max(LINUX):
        yield "cpu", "32 vCPU on Fargate is not offered in every region, and not confirmed for ARM64", "try it first"


def task_cpu_range(task: Task) -> Iterator[Problem]:
    """On EC2 the task's cpu, if given, is 128 to 196608 units."""
    low, high = _EC2_CPU
    if not task.fargate and task.cpu is not None and not low <= task.cpu <= high:
        yield "cpu", f"Invalid 'cpu' setting for task. Found {task.cpu}, expected {low} to {high} units", ""


def cpu_sum(task: Task) -> Iterator[Problem]:
    """The containers' cpu adds up to at most the task's; none is negative."""
    for container in task.containers:
        if (container.get("cpu") or 0) < 0:
            yield f"{container.path}.cpu", f"found {container.get('cpu')}, expected 0 or more CPU units", ""
    total = sum(container.get("cpu") or 0 for container in task.containers)
    if task.cpu is not None and total > task.cpu:
        sentence = "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
        yield "containerDefinitions", f"{sentence} Found {total}, the task has {task.cpu}", ""


def container_memory(task: Task) -> Iterator[Problem]:
    """A container's memory is at least 6 MiB, above its reservation, and within the task's."""
    for container in task.containers:
        memory, reservation = container.get("memory"), container.get("memoryReservation")
        for field, value in (("memory", memory), ("memoryReservation", reservation)):
            if value is not None and value < 6:
                yield f"{container.path}.{field}", f"found {value} MiB, expected at least 6", "Docker's own minimum"
        if memory is not None and task.memory is not None and memory > task.memory:
            sentence = f"The 'memory' setting for container '{container.name}' is greater than for the task."
            yield f"{container.path}.memory", f"{sentence} Found {memory} MiB, the task has {task.memory}", ""
        if memory is not None and reservation is not None and memory <= reservation:
            message = f"found memory {memory} and memoryReservation {reservation} MiB"
            yield f"{container.path}.memory", message, "the hard limit must be greater than the reservation"


def memory_sum(task: Task) -> Iterator[Problem]:
    """What the containers reserve together is at most the task's memory."""
    if any((c.get("memory") or 0) > (task.memory or 0) for c in task.containers):
        return  # container-memory says so
    total = sum(c.get("memoryReservation") or c.get("memory") or 0 for c in task.containers)
    if task.memory is not None and total > task.memory:
        message = f"the containers reserve {total} MiB, more than the task's {task.memory}"
        yield "containerDefinitions", message, "raise the task's memory, or lower memoryReservation"


def memory_missing(task: Task) -> Iterator[Problem]:
    """Without a task memory, each container states memory or memoryReservation."""
    if task.fargate or task.get("memory") is not None:
        return
    for container in task.containers:
        if container.get("memory") is None and container.get("memoryReservation") is None:
            sentence = f"Invalid setting for container '{container.name}'."
            expected = "At least one of 'memory' or 'memoryReservation' must be specified."
            yield f"{container.path}.memory", f"{sentence} {expected}", ""


def ephemeral_storage(task: Task) -> Iterator[Problem]:
    """Ephemeral storage beyond the 20 GiB included is 21 to 200 GiB, on Linux."""
    storage = task.get("ephemeralStorage")
    if storage is None:
        return
    size = storage.get("sizeInGiB")
    if size is None or not 21 <= size <= 200:
        hint = "leave ephemeralStorage out for the 20 GiB that are included" if size == 20 else ""
        yield "ephemeralStorage.sizeInGiB", f"found {size}, expected 21 to 200", hint
    if task.windows:
        yield "ephemeralStorage", "Windows tasks on Fargate have no configurable ephemeral storage", ""


_API = "botocore, RegisterTaskDefinition"
RULES = (
    Rule("size-format", ERROR, size_format, _API),
    Rule(
        "fargate-size",
        ERROR,
        fargate_size,
        "botocore, RegisterTaskDefinition; 32 vCPU: AWS CloudFormation schema, 2026-09",
    ),
    Rule("fargate-32-vcpu", WARNING, fargate_32_vcpu, "botocore, Batch RegisterJobDefinition; regions unverified"),
    Rule("task-cpu-range", ERROR, task_cpu_range, _API),
    Rule("cpu-sum", ERROR, cpu_sum, _API),
    Rule("container-memory", ERROR, container_memory, _API),
    Rule("memory-sum", ERROR, memory_sum, _API),
    Rule("memory-missing", ERROR, memory_missing, _API),
    Rule("ephemeral-storage", ERROR, ephemeral_storage, _API),
)
