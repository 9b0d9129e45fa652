# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be said about an app before its cost can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ...app import Service
from ...findings import INFO, WARNING, Finding
from ...sizing import ASSUMED, DEFAULT_CPUS, DEFAULT_MEMORY, MIB, size
from ..amounts import digits
from .demand import Demand
from .design import Design
from .targets import SIZING

_HINT = "state cpus and memory under deploy.resources.reservations"


def remarks(design: Design, needs: Demand) -> Iterator[Finding]:
    yield from _sizes(design)
    for name in needs.ending:
        message = "it runs once and ends, so that it takes no room for good"
        yield Finding("runs-once", INFO, f"services.{name}", message)
    for name in needs.provided:
        message = "a program beside Compose provides it, and what that costs is not counted"
        yield Finding("not-counted", WARNING, f"services.{name}.provider", message, "add it as a resource")
    for each in design.workloads:
        for service in each.services:
            yield from _gpus(service)


def _sizes(design: Design) -> Iterator[Finding]:
    """What sizing assumed, or, where that is everything, one sentence for all."""
    services = [service for each in design.workloads for service in each.services]
    sizes = [size(service, SIZING[design.target]) for service in services]
    if not sizes or any(each.cpus_from != ASSUMED or each.memory_from != ASSUMED for each in sizes):
        yield from (finding for each in sizes for finding in each.findings)
        return
    copies = sum(each.copies.expected * len(each.services) for each in design.workloads)
    cpus = digits(sum((each.size.cpus * each.copies.expected for each in design.workloads), Decimal(0)))
    mib = sum(each.size.memory_mib * each.copies.expected for each in design.workloads)
    usual = f"{DEFAULT_CPUS} vCPU and {DEFAULT_MEMORY // MIB} MiB"
    sum_of = f"{copies} {'copy' if copies == 1 else 'copies'} with {usual} each, {cpus} vCPU and {mib} MiB in all"
    yield Finding(
        "nothing-declared", WARNING, "services", f"no service says how much it takes: {sum_of}, assumed", _HINT
    )


def _gpus(service: Service) -> Iterator[Finding]:
    reserved = ((service.keys.get("deploy") or {}).get("resources") or {}).get("reservations") or {}
    devices = [*(reserved.get("devices") or ()), *(service.keys.get("gpus") or ())]
    if any("gpu" in (device.get("capabilities") or ()) for device in devices):
        message = "it asks for a GPU, and the price of a machine with one is not counted"
        yield Finding("gpu-not-counted", WARNING, f"services.{service.name}", message, "add it as a resource")
