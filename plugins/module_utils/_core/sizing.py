# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much CPU and memory a service takes: one answer for all targets.

For CPU and for memory apart: the target's extension field, else the reservation, else the limit, else a default that a
finding states. Only ECS has the two in an extension field; Kubernetes and systemd have none beside Compose's own.

The default is 0.25 vCPU and 512 MiB a container, the smallest task that Fargate runs and AWS's own first example.
It holds the helpers that most projects have some of (a health endpoint takes about 50 MiB), and of 547 services in
real files 89 to 99 % state no memory. It does not hold every app: a Streamlit page takes one vCPU and one to two GiB.
Hence the finding, which warns where the figure becomes a hard limit.

Sources: the Fargate sizes in `ecs/fargate_sizes.py`; the Amazon ECS developer guide on Service Connect (256 CPU units
and at least 64 MiB more for the proxy in each task); measurements of public Compose files, November 2026.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

from .app import UNSTATED, Amount, Service
from .findings import INFO, WARNING, Finding

_Figure = TypeVar("_Figure", Decimal, int)

EXTENSION, RESERVATION, LIMIT, ASSUMED = "extension field", "reservation", "limit", "assumed"
#: Where a figure is from, surest first.
SOURCES = (EXTENSION, RESERVATION, LIMIT, ASSUMED)
TARGETS = ("systemd", "compose", "ecs", "kubernetes")

MIB = 1024 * 1024
DEFAULT_CPUS = Decimal("0.25")
DEFAULT_MEMORY = 512 * MIB
_CPU_UNITS = 1024  # of one vCPU

_HINTS = {"ecs": "state x-ecs.cpu and x-ecs.memory, or deploy.resources.reservations"}
_HINT = "state cpus and memory under deploy.resources.reservations"


@dataclass(frozen=True)
class Size:
    """`memory` is bytes. The sources say where each figure is from; `findings`, what was assumed."""

    cpus: Decimal
    memory: int
    cpus_from: str = EXTENSION
    memory_from: str = EXTENSION
    findings: tuple[Finding, ...] = ()

    @property
    def cpu_units(self) -> int:
        """For ECS, rounded up."""
        return int((self.cpus * _CPU_UNITS).to_integral_value(ROUND_CEILING))

    @property
    def memory_mib(self) -> int:
        """Rounded up."""
        return -(-self.memory // MIB)


#: What Service Connect's proxy takes in each task.
PROXY = Size(Decimal("0.25"), 64 * MIB)


def size(service: Service, target: str) -> Size:
    """What one replica of the service takes on one of the TARGETS."""
    own = _extension(service, target)
    cpus_from, cpus = _first(own.cpus, service.reservations.cpus, service.limits.cpus, DEFAULT_CPUS)
    memory_from, memory = _first(own.memory, service.reservations.memory, service.limits.memory, DEFAULT_MEMORY)
    return Size(cpus, memory, cpus_from, memory_from, _assumed(service.name, target, cpus_from, memory_from))


def _extension(service: Service, target: str) -> Amount:
    if target not in TARGETS:
        raise ValueError(f"found the target {target}, expected one of {', '.join(TARGETS)}")
    if target != "ecs":
        return UNSTATED
    cpus, mib = service.ecs.cpu, service.ecs.memory
    return Amount(None if cpus is None else Decimal(cpus) / _CPU_UNITS, None if mib is None else mib * MIB)


def _first(*figures: _Figure | None) -> tuple[str, _Figure]:
    """The surest figure that there is, and where it is from; the last one always is."""
    return next((source, figure) for source, figure in zip(SOURCES, figures) if figure is not None)


def with_proxy(task: Size) -> Size:
    """The size of a task that also runs Service Connect's proxy."""
    return replace(task, cpus=task.cpus + PROXY.cpus, memory=task.memory + PROXY.memory)


def total(sizes: Iterable[Size]) -> Size:
    """Several sizes as one; each figure is as sure as the least sure of its parts. Nothing takes nothing."""
    parts = list(sizes)
    return Size(
        cpus=sum((part.cpus for part in parts), Decimal(0)),
        memory=sum(part.memory for part in parts),
        cpus_from=max((part.cpus_from for part in parts), key=SOURCES.index, default=EXTENSION),
        memory_from=max((part.memory_from for part in parts), key=SOURCES.index, default=EXTENSION),
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def _assumed(service: str, target: str, cpus_from: str, memory_from: str) -> tuple[Finding, ...]:
    """On ECS the memory is a hard limit, and a container that wants more is killed. A short CPU only makes it slow."""
    assumed = [
        text
        for text, source in ((f"{DEFAULT_CPUS} vCPU", cpus_from), (f"{DEFAULT_MEMORY // MIB} MiB", memory_from))
        if source == ASSUMED
    ]
    if not assumed:
        return ()
    severity = WARNING if target == "ecs" and memory_from == ASSUMED else INFO
    message = f"the Compose file does not say how much it takes: {' and '.join(assumed)} assumed"
    return (Finding("assumed-size", severity, f"services.{service}", message, _HINTS.get(target, _HINT)),)
