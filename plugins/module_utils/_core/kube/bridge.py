# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simplest network of pods: a bridge on each node, and on each node a route to the pods of every other one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CONFIG = "/etc/cni/net.d/10-slipway-bridge.conflist"
UNIT = "/etc/systemd/system/slipway-pod-routes.service"
_IP = "/usr/sbin/ip"


@dataclass(frozen=True)
class Route:
    """To the pods of another node."""

    pod_cidr: str
    via: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("route", "replace", self.pod_cidr, "via", self.via)


def routes(nodes: Iterable[Mapping[str, Any]], own: str) -> list[Route]:
    """To all nodes but this one, as far as they have pods' addresses."""
    found = [Route(node["pod_cidr"], node["address"]) for node in nodes if node["name"] != own]
    return sorted((route for route in found if route.pod_cidr and route.via), key=_key)


def _key(route: Route) -> tuple[str, str]:
    return (route.pod_cidr, route.via)


def config(pod_cidr: str, mtu: int = 0) -> str:
    """For containerd: pods of this node share a bridge, and leave it under the node's address."""
    bridge: dict[str, Any] = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": pod_cidr}]], "routes": [{"dst": "0.0.0.0/0"}]},
    }
    if mtu:
        bridge["mtu"] = mtu
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    whole = {"cniVersion": "0.4.0", "name": "slipway-bridge", "plugins": [bridge, ports]}
    return json.dumps(whole, indent=2) + "\n"


def unit(wanted: Iterable[Route]) -> str:
    """What sets the routes at each boot, and takes them away where it is stopped."""
    given = list(wanted)
    starts = "".join(f"ExecStart={_IP} {' '.join(route.words)}\n" for route in given)
    stops = "".join(f"ExecStop=-{_IP} {' '.join(('route', 'delete', *route.words[2:]))}\n" for route in given)
    return (
        "[Unit]\n"
        "Description=Routes to the pods of other nodes\n"
        "After=network-online.target\n"
        "Wants=network-online.target\n"
        "Before=kubelet.service\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        f"{starts or 'ExecStart=/bin/true' + chr(10)}"
        f"{stops}"
        "\n"
        "[Install]\n"
        "WantedBy=multi-user.target\n"
    )


def present_routes(shown: str) -> list[Route]:
    """Of `ip -json route show`."""
    entries = json.loads(shown or "[]")
    return [Route(entry["dst"], entry["gateway"]) for entry in entries if entry.get("gateway") and "/" in entry["dst"]]
