# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys of a topology have an effect on which target, and what is said of those that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...findings import WARNING, Finding
from .targets import CLUSTERS, ECS, HOSTS, TARGETS
from .topology import Topology
from .values import NAT, NONE, PUBLIC

_INSTANCES = tuple(target for target in TARGETS if target != "fargate")
_NETWORKED = tuple(target for target in TARGETS if target not in HOSTS)

#: The targets on which a key has an effect, where that is not all of them.
ONLY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("network", "nat_gateways", "nat_gib"), _NETWORKED),
    **dict.fromkeys(("instance_type", "cpu_percent", "root_gib"), _INSTANCES),
    **dict.fromkeys(("system_mib", "system_cpus", "addons_mib", "addons_cpus"), _INSTANCES),
    **dict.fromkeys(("nodes_min", "nodes_max"), CLUSTERS),
    **dict.fromkeys(("control_planes", "control_plane_type"), ("kubeadm",)),
    "extended_support": ("eks",),
    "service_connect": ECS,
    **dict.fromkeys(("spot_share", "ephemeral_gib", "os", "scheduled_hours"), ("fargate",)),
    **dict.fromkeys(("deployments_per_month", "deployment_minutes"), ("fargate",)),
}


def targets_of(key: str) -> tuple[str, ...]:
    return ONLY.get(key, TARGETS)


def without_effect(topology: Topology, target: str, balancer: str) -> Iterator[Finding]:
    """For each key that was stated in vain. `balancer` is what leads to the app there."""
    for key in topology.stated:
        reason = _reason(key, topology, target, balancer)
        if reason and key != "os":  # Windows elsewhere is an error of its own
            hint = f"it has one on {', '.join(targets_of(key))}" if key in ONLY else "leave it out"
            yield Finding("no-effect", WARNING, f"topology.{key}", f"{key} has no effect on {target}{reason}", hint)


def _reason(key: str, topology: Topology, target: str, balancer: str) -> str:
    """Why, as the end of a sentence; nothing where the key has its effect."""
    private = target not in HOSTS and topology.network != PUBLIC
    if target not in targets_of(key):
        return ": it has nothing of the kind"
    if key in ("nat_gateways", "nat_gib") and topology.network != NAT:
        return f" with network: {topology.network}, where there is no NAT gateway"
    if key == "public_ipv4" and topology.public_ipv4 and private:
        return f" with network: {topology.network}, whose subnets have no public addresses"
    if key == "lcu" and balancer == NONE:
        return " without a load balancer"
    if key == "zones" and balancer == NONE and target in HOSTS:
        return ": one host is in one zone"
    return ""
