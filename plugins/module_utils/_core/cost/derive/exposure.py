# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the world outside reaches an app, and what leads to it."""

from __future__ import annotations

from collections.abc import Iterable

from ...app import App, Port, Service
from .targets import HOSTS
from .topology import Topology
from .values import ALB, NLB, NONE

_LOOPBACK = ("127.", "::1", "[::1]", "localhost")


def balancer(app: App, target: str, topology: Topology) -> str:
    """The load balancer: the one that is stated; else none on a host, or where nothing is public."""
    if topology.load_balancer is not None:
        return topology.load_balancer
    if target in HOSTS:
        return NONE
    if any(_says(service) for service in app.services.values()):
        public = any(service.ecs.public or service.kubernetes.ingress for service in app.services.values())
        return ALB if public else NONE
    return _by_ports([port for service in app.services.values() for port in service.ports])


def _says(service: Service) -> bool:
    """Whether an extension field says if the service is public; `public: false` says so, too."""
    return "public" in (service.keys.get("x-ecs") or {}) or "ingress" in (service.keys.get("x-kubernetes") or {})


def _by_ports(ports: Iterable[Port]) -> str:
    """An ALB speaks HTTP and hence TCP, and an NLB also UDP."""
    protocols = {port.protocol for port in ports if not (port.host_ip or "").startswith(_LOOPBACK)}
    if not protocols:
        return NONE
    return ALB if "tcp" in protocols else NLB
