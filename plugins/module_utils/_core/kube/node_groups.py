# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels and taints that nodes carry because their hosts are in groups of the inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..findings import ERROR, Finding
from ..words import did_you_mean
from .node_wish import Identity, Wish, read

#: What a group may give.
_PARTS = ("labels", "taints")
_GROUPS = "kubeadm_cluster_node_groups"
_LABELS = "kubeadm_cluster_node_labels"
_TAINTS = "kubeadm_cluster_node_taints"


@dataclass(frozen=True)
class Host:
    """What is asked of a host's variables."""

    name: str
    node: str
    groups: tuple[str, ...]
    labels: Any
    taints: Any

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> Host:
        name = str(variables["inventory_hostname"])
        node = variables.get("kubeadm_cluster_node_name") or name.lower()
        return cls(
            name, str(node), tuple(variables.get("group_names") or ()), variables.get(_LABELS), variables.get(_TAINTS)
        )


def carried(hosts: Iterable[Host], by_group: Any) -> tuple[list[dict[str, Any]], list[Finding]]:
    """What the nodes are given. A later group wins over an earlier one, and what is the host's own over all."""
    findings: list[Finding] = []
    groups = dict(_read(by_group, findings))
    return [_merged(host, groups, findings) for host in hosts], findings


def _merged(host: Host, groups: Mapping[str, Wish], findings: list[Finding]) -> dict[str, Any]:
    layers = [wish for group, wish in groups.items() if group in host.groups]
    layers.append(read(host.node, {"labels": host.labels}, f"{host.name}: {_LABELS}", findings))
    layers.append(read(host.node, {"taints": host.taints}, f"{host.name}: {_TAINTS}", findings))
    labels: dict[str, str | None] = {}
    taints: dict[Identity, str | None] = {}
    for layer in layers:
        labels.update(layer.labels)
        taints.update(layer.taints)
    return {"name": host.node, "labels": labels, "taints": [_as_option(*taint) for taint in taints.items()]}


def _read(by_group: Any, findings: list[Finding]) -> Iterable[tuple[str, Wish]]:
    """All groups, for a mistake in any of them is one."""
    if not isinstance(by_group, Mapping):
        findings.append(_wrong(_GROUPS, "found no mapping, expected one of groups, each with labels and taints"))
        return
    for group, given in by_group.items():
        path = f"{_GROUPS}[{group}]"
        if given is not None and not isinstance(given, Mapping):
            findings.append(_wrong(path, "found no mapping, expected one with labels and taints"))
            continue
        for part in given or {}:
            if part not in _PARTS:
                hint = did_you_mean(str(part), _PARTS)
                findings.append(_wrong(f"{path}.{part}", "found an unknown key, expected labels or taints", hint))
        yield str(group), read(str(group), given or {}, path, findings)


def _as_option(identity: Identity, value: str | None) -> dict[str, str]:
    said = {"key": identity[0], "effect": identity[1]}
    if value is None:
        return {**said, "state": "absent"}
    return {**said, "value": value} if value else said


def _wrong(path: str, message: str, hint: str = "") -> Finding:
    return Finding("node-meta", ERROR, path, message, hint)
