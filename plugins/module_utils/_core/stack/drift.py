# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was changed beside the files: `docker update`, networks taken away or added, foreign images and variables.

None of it is in Compose's own hash. `drift: repair` recreates the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .containers import plain
from .model import Service, Stack
from .objects import name_of
from .present import Container, Present

_NANO = 1_000_000_000


def drift(stack: Stack, present: Present, inspected: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """By service; containers that were not inspected say nothing."""
    found: dict[str, tuple[str, ...]] = {}
    for name, service in sorted(stack.services.items()):
        lines: list[str] = []
        for container in present.of(name):
            facts = inspected.get(container.id)
            if facts:
                lines.extend(_of(stack, service, container, facts))
        if lines:
            found[name] = tuple(dict.fromkeys(lines))
    return found


def _of(stack: Stack, service: Service, container: Container, facts: Mapping[str, Any]) -> Iterator[str]:
    host = facts.get("HostConfig") or {}
    yield from _limits(service, host)
    yield from _restart(service, host)
    yield from _networks(stack, service, container)
    yield from _environment(service, facts.get("Config") or {})
    if container.state == "paused":
        yield "is paused"


def _limits(service: Service, host: Mapping[str, Any]) -> Iterator[str]:
    limits = _resources(service, "limits")
    wanted = {
        "memory": (limits.get("memory") or service.config.get("mem_limit"), host.get("Memory")),
        "pids": (limits.get("pids") or service.config.get("pids_limit"), host.get("PidsLimit")),
        "CPU shares": (service.config.get("cpu_shares"), host.get("CpuShares")),
        "memory reservation": (
            _resources(service, "reservations").get("memory") or service.config.get("mem_reservation"),
            host.get("MemoryReservation"),
        ),
    }
    for name, (asked, there) in wanted.items():
        old, new = whole(asked), whole(there)
        if old != new:
            yield f"{name}: {new or 'no limit'} instead of {old or 'no limit'}"
    yield from _cpus(service, host, limits)


def _resources(service: Service, part: str) -> Mapping[str, Any]:
    resources: Mapping[str, Any] = (service.config.get("deploy") or {}).get("resources") or {}
    return resources.get(part) or {}


def whole(value: Any) -> int:
    """A number of bytes or processes as Compose prints it; none and below are no limit."""
    try:
        number = int(float(str(value)))
    except (TypeError, ValueError):
        return 0
    return max(number, 0)


def _cpus(service: Service, host: Mapping[str, Any], limits: Mapping[str, Any]) -> Iterator[str]:
    """Set by `cpus`; `docker update --cpu-quota` shows in the quota."""
    try:
        asked = round(float(str(limits.get("cpus") or service.config.get("cpus") or 0)) * _NANO)
    except ValueError:
        return
    there = int(host.get("NanoCpus") or 0)
    quota, period = int(host.get("CpuQuota") or 0), int(host.get("CpuPeriod") or 0) or 100_000
    if not there and quota > 0 and not service.config.get("cpu_quota"):
        there = quota * _NANO // period
    if asked != there:
        yield f"CPUs: {_cores(there)} instead of {_cores(asked)}"


def _cores(nano: int) -> str:
    return f"{nano / _NANO:g}" if nano else "no limit"


def _restart(service: Service, host: Mapping[str, Any]) -> Iterator[str]:
    """deploy.restart_policy has its own words, which Compose translates."""
    policy = host.get("RestartPolicy") or {}
    there = str(policy.get("Name") or "no")
    deployed = (service.config.get("deploy") or {}).get("restart_policy")
    if deployed is not None:
        condition = str(deployed.get("condition") or "")
        expected = {"any": "always", "none": "no", "": there}.get(condition, condition)
    else:
        expected = str(service.config.get("restart") or "no").partition(":")[0]
    if expected != there:
        yield f"restart policy: {there} instead of {expected}"


def _networks(stack: Stack, service: Service, container: Container) -> Iterator[str]:
    wanted = {name_of(stack.networks.get(key, {}), key) for key in service.networks}
    there = set(container.networks)
    yield from (f"not attached to network {name}" for name in sorted(wanted - there))
    if wanted:  # a service of the host's or another's network has none of its own
        yield from (f"attached to network {name}, which the files do not say" for name in sorted(there - wanted))


def _environment(service: Service, config: Mapping[str, Any]) -> Iterator[str]:
    """Only names that the files set: the rest may be the image's."""
    there = dict(entry.partition("=")[::2] for entry in config.get("Env") or ())
    for name, value in (service.config.get("environment") or {}).items():
        if value is not None and there.get(name) != plain(str(value)):
            yield f"environment {name} is not what the files say"
    image = config.get("Image")
    if image and image != service.image:
        yield f"made of image {image} instead of {service.image}"
