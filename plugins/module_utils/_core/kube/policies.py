# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may talk to whom: Compose's networks as NetworkPolicies. A cluster whose network enforces none ignores them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import wish
from .object_names import object_name

_ON_NETWORK = "network.slipway.containers"
_PART_OF, _NAME = "app.kubernetes.io/part-of", "app.kubernetes.io/name"
_DNS_PORTS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]


@dataclass(frozen=True)
class Policy:
    """A NetworkPolicy; `workload` is the one that it is for, or nothing."""

    name: str
    workload: str
    spec: dict[str, Any]


def network_labels(workload: wish.Workload) -> dict[str, str]:
    """Pods say which networks they are on."""
    return {f"{_ON_NETWORK}/{object_name(network)}": "true" for network in workload.networks or ()}


def network_policies(app: wish.App) -> Iterator[Policy]:
    """Pods of a network reach each other. What is published everybody reaches; what is internal reaches nobody else."""
    for network in dict.fromkeys(name for each in app.workloads for name in each.networks or ()):
        pods = _on_network(app, network)
        spec = {"podSelector": pods, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": pods}]}]}
        yield Policy(f"network-{object_name(network)}", "", spec)
    for workload in app.workloads:
        pods = {"matchLabels": {_PART_OF: app.name, _NAME: workload.name}}
        if workload.cut_off:
            yield Policy(
                f"{workload.name}-none", workload.name, {"podSelector": pods, "policyTypes": ["Ingress", "Egress"]}
            )
            continue
        open_ports = [{"port": port.number, "protocol": port.protocol} for port in workload.ports if port.open]
        if open_ports and workload.networks is not None:
            spec = {"podSelector": pods, "policyTypes": ["Ingress"], "ingress": [{"ports": open_ports}]}
            yield Policy(f"{workload.name}-published", workload.name, spec)
        if workload.kept_in:
            peers = [{"podSelector": _on_network(app, network)} for network in workload.networks or ()]
            egress: list[dict[str, Any]] = [{"to": peers}, {"to": [{"namespaceSelector": {}}], "ports": _DNS_PORTS}]
            spec = {"podSelector": pods, "policyTypes": ["Egress"], "egress": egress}
            yield Policy(f"{workload.name}-internal", workload.name, spec)


def _on_network(app: wish.App, network: str) -> dict[str, Any]:
    return {"matchLabels": {_PART_OF: app.name, f"{_ON_NETWORK}/{object_name(network)}": "true"}}
