# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's own manifest, changed as data: which packets are wrapped, how large they are, and what an agent may take."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

AGENT = "calico-node"
CONFIG = "calico-config"
_MTU = "veth_mtu"
_ADDRESS_METHOD = "IP_AUTODETECTION_METHOD"


class ManifestError(ValueError):
    """A text that is not the manifest that was meant, or not one of Calico."""


@dataclass(frozen=True)
class Wanted:
    """`cpu` is what an agent requests; empty leaves the manifest's own."""

    pod_cidr: str
    vxlan: str = "Always"
    mtu: int = 0
    cpu: str = "100m"
    environment: Mapping[str, Any] = field(default_factory=dict)


def checked(text: str, sha256: str) -> str:
    """The text, where it is the one that was meant."""
    found = hashlib.sha256(text.encode()).hexdigest()
    if sha256 and found != sha256.lower():
        raise ManifestError(f"the manifest has the SHA-256 {found}, expected {sha256.lower()}")
    return text


def patched(documents: Iterable[Mapping[str, Any]], wanted: Wanted) -> list[dict[str, Any]]:
    """All objects, with those changed that decide; raises ManifestError with all that was not found."""
    objects = [dict(copy.deepcopy(document)) for document in documents if document]
    agents = [found for found in objects if found.get("kind") == "DaemonSet" and _name(found) == AGENT]
    containers = [container for agent in agents for container in _containers(agent) if container.get("name") == AGENT]
    configs = [found for found in objects if found.get("kind") == "ConfigMap" and _name(found) == CONFIG]
    lacking = [] if containers else [f"a DaemonSet {AGENT} with a container of that name"]
    if not any(_MTU in (config.get("data") or {}) for config in configs):
        lacking.append(f"a ConfigMap {CONFIG} with {_MTU}")
    if lacking:
        raise ManifestError(
            f"the manifest lacks {' and '.join(lacking)}: is it calico-vxlan.yaml of a release of Calico?"
        )
    for container in containers:
        _set_agent(container, wanted)
    for config in configs:
        config["data"][_MTU] = str(wanted.mtu)
    return objects


def _set_agent(container: dict[str, Any], wanted: Wanted) -> None:
    values = {
        "CALICO_IPV4POOL_CIDR": wanted.pod_cidr,
        "CALICO_IPV4POOL_VXLAN": wanted.vxlan,
        _ADDRESS_METHOD: "kubernetes-internal-ip",
        **{name: str(value) for name, value in wanted.environment.items()},
    }
    env = container.setdefault("env", [])
    present = {entry["name"]: entry for entry in env}
    for name, value in values.items():
        if name in present:
            present[name].pop("valueFrom", None)
            present[name]["value"] = value
        else:
            env.append({"name": name, "value": value})
    if wanted.cpu:
        container.setdefault("resources", {}).setdefault("requests", {})["cpu"] = wanted.cpu


def _containers(workload: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(workload["spec"]["template"]["spec"].get("containers") or [])


def _name(found: Mapping[str, Any]) -> str:
    return str((found.get("metadata") or {}).get("name", ""))
