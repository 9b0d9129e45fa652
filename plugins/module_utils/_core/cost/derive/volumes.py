# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the data of named volumes is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from ...app import Service
from ...findings import WARNING
from ..kinds.storage import EbsGp3, Efs
from .design import Design, Draft, assumed

_VOLUME_GIB = "10"
_SIZE = re.compile(r"([0-9.]+)([MGT]i?)")
_GIB = 2**30
_UNITS = {"Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "M": 10**6, "G": 10**9, "T": 10**12}
#: Volumes of these types keep their data elsewhere, or in memory.
_REMOTE = ("nfs", "nfs4", "cifs", "tmpfs")
_LOST = {
    "fargate": ("volume-lost", "ends with its task: Fargate keeps no volume but those in EFS"),
    "ecs_ec2": ("volume-on-node", "lies on one instance: a task on another does not see it, and it ends with that"),
}


def add_host_volumes(design: Design, draft: Draft) -> None:
    """They lie on the root disk, unless their size is stated."""
    for name in _users(design) if design.topology.volume_gib else ():
        draft.add(f"volume {name}", EbsGp3(gib=design.topology.volume_gib or Decimal(0), count=1))


def add_cluster_volumes(design: Design, draft: Draft) -> None:
    """A disk for each on Kubernetes."""
    for name, services in _users(design).items():
        sizes = [gib(service.kubernetes.storage[name]) for service in services if name in service.kubernetes.storage]
        size, says = (max(sizes), "") if sizes else _unstated(design)
        draft.add(f"volume {name}", EbsGp3(gib=size, count=1), says)
        _report_shared(design, draft, name, services)


def _report_shared(design: Design, draft: Draft, name: str, services: list[Service]) -> None:
    mounting = {service.name for service in services}
    copies = sum(each.copies.high for each in design.workloads if mounting & {s.name for s in each.services})
    if copies > 1:
        message = f"{copies} pods mount '{name}', which is one EBS disk: they can only run on one node"
        hint = "give each copy a disk of its own, or use EFS; the price here is of one disk"
        draft.report("volume-shared", WARNING, f"services.{services[0].name}.volumes", message, hint)


def add_ecs_volumes(design: Design, draft: Draft) -> None:
    """EFS where x-ecs.efs says so; the others do not last."""
    systems: dict[str, set[str]] = {}
    for name, services in _users(design).items():
        kept = [service.ecs.efs[name].file_system_id for service in services if name in service.ecs.efs]
        for system in kept:
            systems.setdefault(system, set()).add(name)
        for service in services:
            if name not in service.ecs.efs:
                _report_lost(design, draft, name, service)
    for system, names in systems.items():
        size, says = _unstated(design)
        draft.add(f"EFS {system}", Efs(gib=size * len(names)), says, f"for {', '.join(sorted(names))}")


def _report_lost(design: Design, draft: Draft, name: str, service: Service) -> None:
    rule, what = _LOST[design.target]
    hint = f"name a file system in x-ecs.efs: {{{name}: fs-...}}, or keep the data in a managed service"
    draft.report(rule, WARNING, f"services.{service.name}.volumes", f"what is in '{name}' {what}", hint)


def _unstated(design: Design) -> tuple[Decimal, str]:
    return assumed(design.topology.volume_gib, _VOLUME_GIB, "{} GiB for each volume")


def _users(design: Design) -> Mapping[str, list[Service]]:
    """The named volumes, and the services that mount them."""
    users: dict[str, list[Service]] = {}
    for service in design.app.services.values():
        for name in _named(service):
            if (design.app.volumes.get(name, {}).get("driver_opts") or {}).get("type") not in _REMOTE:
                users.setdefault(name, []).append(service)
    return users


def _named(service: Service) -> Iterator[str]:
    return iter(dict.fromkeys(m.source for m in service.mounts if m.type == "volume" and m.source))


def gib(text: str) -> Decimal:
    """GiB of a size as Kubernetes writes it; its form was checked where it was read."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"found {text}, expected a size such as 10Gi")
    return Decimal(match[1]) * _UNITS[match[2]] / _GIB
