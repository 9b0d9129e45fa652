# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster is well, from its own objects: what is not yet so, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .versions import CONTROL_PLANE_LABEL


def node_view(node: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of a Node object."""
    status = node.get("status") or {}
    ready, _why = _ready(status)
    return {
        "name": node["metadata"]["name"],
        "uid": node["metadata"].get("uid", ""),
        "ready": ready,
        "version": (status.get("nodeInfo") or {}).get("kubeletVersion", "").lstrip("v"),
        "address": _address(status),
        "control_plane": CONTROL_PLANE_LABEL in (node["metadata"].get("labels") or {}),
        "pod_cidr": (node.get("spec") or {}).get("podCIDR", ""),
    }


def unwell(
    nodes: Sequence[Mapping[str, Any]], names: Iterable[str], version: str, workloads: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Of the nodes that have to be ready, and of what the cluster itself runs: Deployments and DaemonSets."""
    found = {node["metadata"]["name"]: node for node in nodes}
    said = [sentence for name in names for sentence in _node(name, found.get(name), version)]
    return said + [sentence for workload in workloads for sentence in _workload(workload)]


def _node(name: str, node: Mapping[str, Any] | None, version: str) -> Iterator[str]:
    if node is None:
        yield f"there is no Node {name}"
        return
    ready, why = _ready(node.get("status") or {})
    runs = node_view(node)["version"]
    if not ready:
        yield f"Node {name} is not ready: {why}"
    elif version and runs != version:
        yield f"Node {name} runs the kubelet {runs}, expected {version}"


def _ready(status: Mapping[str, Any]) -> tuple[bool, str]:
    for condition in status.get("conditions") or []:
        if condition.get("type") == "Ready":
            return condition.get("status") == "True", condition.get("message") or condition.get("reason") or "no reason"
    return False, "its kubelet has not said anything yet"


def _address(status: Mapping[str, Any]) -> str:
    for entry in status.get("addresses") or []:
        if entry.get("type") == "InternalIP":
            return str(entry["address"])
    return ""


def _workload(workload: Mapping[str, Any]) -> Iterator[str]:
    kind, name, status = workload["kind"], workload["metadata"]["name"], workload.get("status") or {}
    if kind == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    else:
        wanted, ready = (workload.get("spec") or {}).get("replicas", 1), status.get("readyReplicas", 0)
    if ready < wanted:
        yield f"{kind} {name} in kube-system: {ready} of {wanted} pods are ready"
