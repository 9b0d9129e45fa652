# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on AWS Fargate: x86, ARM or Windows, on demand or partly on Spot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...ecs.fargate_sizes import sizes
from ...findings import ERROR
from ...options.schema import REQUIRED, Check, Key
from ...rule import Problem
from ..amounts import SHARE, amount, digits, positive
from ..instances import ARM, X86
from ..scenario import Usage
from ..span import ZERO, Span
from .counts import COUNT_CHECKS, count_keys, counts_of
from .fargate_values import (
    ARCHITECTURE,
    EPHEMERAL,
    FREE_GIB,
    LINUX_OS,
    OS,
    UNITS,
    VCPU,
    WINDOWS_OS,
    memories,
    vcpus_in_words,
)
from .lines import words

_LONGEST_MONTH = 744
_SIZE = {"vcpu": 0.5, "memory_gib": 1}


def _size_is_valid(task: FargateTask) -> Iterator[Problem]:
    """`vcpu` and `memory_gib` are a pair that Fargate runs."""
    known = sizes(task.os == WINDOWS_OS)
    units = int(task.vcpu * UNITS)
    if units not in known:
        yield "vcpu", f"found {digits(task.vcpu)} vCPU for Windows, expected {vcpus_in_words(windows=True)}", ""
    elif task.memory_gib * UNITS not in known[units]:
        found = f"found {digits(task.memory_gib)} GiB with {digits(task.vcpu)} vCPU"
        yield "memory_gib", f"{found}, expected {memories(known[units])}", "Fargate runs no other pair"


def _windows_is_x86(task: FargateTask) -> Iterator[Problem]:
    """Windows runs on x86 only."""
    if task.os == WINDOWS_OS and task.architecture != X86:
        yield "architecture", "found arm for Windows, expected x86", "Fargate has no Windows on ARM"


def _windows_is_on_demand(task: FargateTask) -> Iterator[Problem]:
    """Windows runs on demand only."""
    if task.os == WINDOWS_OS and task.spot_share:
        found = f"found {digits(task.spot_share)} for Windows"
        yield "spot_share", f"{found}, expected 0", "Fargate Spot has no Windows"


@dataclass(frozen=True)
class FargateTask:
    """Tasks on AWS Fargate. Load balancer, addresses, the way out and logs are resources of their own."""

    vcpu: Decimal
    memory_gib: Decimal
    count: int | None = None
    count_min: int | None = None
    count_max: int | None = None
    count_expected: int | None = None
    spot_share: Decimal = ZERO
    architecture: str = X86
    os: str = LINUX_OS
    ephemeral_gib: Decimal = Decimal(FREE_GIB)
    hours: Decimal | None = None
    deployments_per_month: Decimal = ZERO
    deployment_minutes: Decimal = Decimal(10)
    p95_vcpu: Decimal | None = None
    p95_memory_gib: Decimal | None = None
    KIND: ClassVar[str] = "fargate_task"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "vcpu": Key(VCPU, "The vCPUs of each task.", _SIZE, REQUIRED),
        "memory_gib": Key(positive("GiB"), "The memory of each task.", _SIZE, REQUIRED),
        **count_keys("tasks", _SIZE),
        "spot_share": Key(
            SHARE,
            "The share of the tasks that runs on Fargate Spot. The high figure has all of them on demand.",
            {**_SIZE, "count": 3, "spot_share": 0.7},
        ),
        "architecture": Key(
            ARCHITECTURE,
            "The CPU architecture; also X86_64 and ARM64.",
            {**_SIZE, "architecture": "arm", "count": 2, "spot_share": 0.5},
        ),
        "os": Key(
            OS, "Windows needs a licence, which is a line of its own.", {"vcpu": 1, "memory_gib": 2, "os": "windows"}
        ),
        "ephemeral_gib": Key(
            EPHEMERAL,
            "The disk of each task; what is above 20 GiB costs.",
            {**_SIZE, "ephemeral_gib": 50},
        ),
        "hours": Key(
            positive("hours a month", _LONGEST_MONTH),
            "How long each task runs, for those that do not run all the time.",
            {**_SIZE, "hours": 20},
            "the whole month",
        ),
        "deployments_per_month": Key(
            amount(0, "deployments"),
            "Rolling updates; the high figure has twice the tasks while one lasts.",
            {**_SIZE, "count": 3, "deployments_per_month": 30},
        ),
        "deployment_minutes": Key(
            amount(0, "minutes", 1440),
            "How long a rolling update lasts.",
            {**_SIZE, "count": 3, "deployments_per_month": 30, "deployment_minutes": 15},
        ),
        "p95_vcpu": Key(
            positive("vCPUs"),
            "What a task uses at the 95th percentile, as measured. Sizes are compared by it, with 20 % of headroom.",
            {**_SIZE, "p95_vcpu": 0.15},
            "its size is what it needs",
        ),
        "p95_memory_gib": Key(
            positive("GiB"),
            "The memory that a task uses at the 95th percentile, as measured.",
            {**_SIZE, "p95_memory_gib": 0.6},
            "its size is what it needs",
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (
        *COUNT_CHECKS,
        Check(ERROR, ("os", "architecture"), _windows_is_x86),
        Check(ERROR, ("os", "spot_share"), _windows_is_on_demand),
        Check(ERROR, ("vcpu", "memory_gib", "os"), _size_is_valid),
    )

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        tasks, assumed = counts_of(self)
        month = hours if self.hours is None else self.hours
        updates = self.deployments_per_month * self.deployment_minutes * tasks.high / 60
        at_most = _and(assumed, self._updates_in_words()) if updates else assumed
        steady = 1 - self.spot_share
        on_demand = Span(tasks.low * steady, tasks.expected * steady, tasks.high)
        said = _and(at_most, "high: no Spot, all tasks on demand") if self.spot_share else at_most
        yield from self._compute("fargate", on_demand, month, updates, said)
        if self.spot_share:
            spot = Span(tasks.low * self.spot_share, tasks.expected * self.spot_share, ZERO)
            yield from self._compute("fargate_spot", spot, month, ZERO, _and(assumed, "the Spot price floats"))
        yield from self._storage(tasks, month, updates, at_most)

    def _updates_in_words(self) -> str:
        updates, minutes = digits(self.deployments_per_month), digits(self.deployment_minutes)
        return f"high: {updates} rolling updates double the tasks for {minutes} minutes each"

    def _compute(self, book: str, tasks: Span, month: Decimal, extra: Decimal, said: str) -> Iterator[Usage]:
        """`extra` task hours, of rolling updates, are in the high figure."""
        running = Span(tasks.low * month, tasks.expected * month, tasks.high * month + extra)
        name = "Fargate Spot" if book == "fargate_spot" else "Fargate"
        platform = self.architecture
        if self.os == WINDOWS_OS:
            name, platform = f"{name} Windows", WINDOWS_OS
        elif platform == ARM:
            name = f"{name} ARM"
        count, long = words(tasks.expected, "task"), f"{digits(month)} h"
        vcpu = f"{count} x {digits(self.vcpu)} vCPU x {long}"
        memory = f"{count} x {digits(self.memory_gib)} GB x {long}"
        keys = f"{book}.{platform}"
        yield Usage(f"{name} vCPU", f"{keys}.vcpu_hour", running.times(self.vcpu), vcpu, True, said)
        yield Usage(f"{name} memory", f"{keys}.gb_hour", running.times(self.memory_gib), memory, True, said)
        if platform == WINDOWS_OS:
            yield Usage(f"{name} licence", f"{keys}.os_vcpu_hour", running.times(self.vcpu), vcpu, True, said)

    def _storage(self, tasks: Span, month: Decimal, extra: Decimal, said: str) -> Iterator[Usage]:
        above = self.ephemeral_gib - FREE_GIB
        if above <= 0:
            return
        running = Span(tasks.low * month, tasks.expected * month, tasks.high * month + extra)
        size = f"{digits(above)} GB ({digits(self.ephemeral_gib)} GB - {FREE_GIB} GB free)"
        formula = f"{words(tasks.expected, 'task')} x {size} x {digits(month)} h"
        yield Usage("Fargate ephemeral storage", "fargate.ephemeral_gb_hour", running.times(above), formula, True, said)


def _and(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second
