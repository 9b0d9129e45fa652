# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a cluster what it is, and wait until it is well."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.kube.health import node_view, unwell
from ..app_module import AppError
from .kubectl import Kubectl

_PAUSE_SECONDS = 2.0
#: An address that nobody has: to see which of ours would be used to reach others.
_ELSEWHERE = ("192.0.2.1", 9)


def cluster_view(kubectl: Kubectl, ca_hash: str) -> dict[str, Any]:
    """Raises KubectlError where the API server does not answer."""
    nodes = kubectl.items("nodes")
    config = kubectl.get("configmap", "kubeadm-config", "kube-system")
    return {
        "ca_hash": ca_hash,
        "finished": config is not None and _has_ended(kubectl),
        "config": config["data"].get("ClusterConfiguration", "") if config else "",
        "nodes": [node_view(node) for node in nodes],
    }


def _has_ended(kubectl: Kubectl) -> bool:
    """Of what `kubeadm init` does, the last steps. Who hardens a cluster may have deleted what one of them made."""
    last = (("cluster-info", "kube-public"), ("kube-proxy", "kube-system"), ("coredns", "kube-system"))
    return any(kubectl.get("configmap", name, namespace) for name, namespace in last)


@dataclass(frozen=True)
class Wellness:
    """What is waited for. With no network, nodes do not get ready."""

    nodes: Sequence[str]
    version: str
    seconds: float


def wait_until_well(kubectl: Kubectl, wanted: Wellness, say: Callable[[str], None]) -> float:
    """The seconds that it took. Says what it waits for, each time that it changes."""
    began = time.monotonic()
    former: list[str] = []
    while True:
        lacking = unwell(
            kubectl.items("nodes"),
            wanted.nodes,
            wanted.version,
            kubectl.items("deployments,daemonsets", namespace="kube-system"),
        )
        spent = time.monotonic() - began
        if not lacking:
            return spent
        if lacking != former:
            say(f"{spent:.0f} s: waiting, since {'; '.join(lacking)}")
            former = lacking
        if spent > wanted.seconds:
            raise AppError(f"the cluster is not well after {wanted.seconds:.0f} s: {'; '.join(lacking)}")
        time.sleep(_PAUSE_SECONDS)


def own_address() -> str:
    """The IPv4 address with which this machine reaches others; empty without a default route. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])
