# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents that a cluster keeps of itself in kube-system, and the record of what was wanted last."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.kube.config_change import CLUSTER, KUBELET, PROXY
from ..._core.kube.versions import VersionError, kubelet_config_map, minor_of
from ..app_module import AppError
from . import kube_yaml
from .kubectl import Kubectl, KubectlError

RECORD = "slipway-cluster"
_NAMESPACE = "kube-system"
_PAUSE_SECONDS = 2.0
#: On the pods' template: another value makes them anew.
_CONFIG_HASH = "slipway.containers/restarted"


@dataclass(frozen=True)
class Place:
    """Where a document is: the ConfigMap, and the key in it."""

    config_map: dict[str, Any]
    key: str

    @property
    def text(self) -> str:
        return str(self.config_map["data"][self.key])

    @property
    def words(self) -> str:
        return f"ConfigMap {_NAMESPACE}/{self.config_map['metadata']['name']}, key {self.key}"


@dataclass(frozen=True)
class Kept:
    """What the cluster keeps: documents by kind, where they are, and the record; no record is None."""

    places: dict[str, Place]
    documents: dict[str, dict[str, Any]]
    record: dict[str, str] | None


def read(kubectl: Kubectl) -> Kept:
    maps = {one["metadata"]["name"]: one for one in kubectl.items("configmaps", _NAMESPACE)}
    cluster = _place(maps, "kubeadm-config", CLUSTER)
    if cluster is None:
        raise AppError(
            f"{kubectl.server}: there is no ConfigMap {_NAMESPACE}/kubeadm-config: kubeadm made no cluster here"
        )
    documents = {CLUSTER: kube_yaml.read_one(cluster.text, cluster.words)}
    places = {CLUSTER: cluster}
    for kind, place in (
        (KUBELET, _place(maps, _kubelet_map(documents[CLUSTER]), "kubelet")),
        (PROXY, _place(maps, "kube-proxy", "config.conf")),
    ):
        if place:
            places[kind] = place
            documents[kind] = kube_yaml.read_one(place.text, place.words)
    record = maps.get(RECORD)
    return Kept(places, documents, None if record is None else dict(record.get("data") or {}))


def _place(maps: Mapping[str, dict[str, Any]], name: str, key: str) -> Place | None:
    found = maps.get(name)
    return Place(found, key) if found and key in (found.get("data") or {}) else None


def _kubelet_map(cluster: Mapping[str, Any]) -> str:
    version = str(cluster.get("kubernetesVersion"))
    try:
        return kubelet_config_map(minor_of(version))
    except VersionError as error:
        raise AppError(f"ConfigMap {_NAMESPACE}/kubeadm-config: {error}") from error


def store(kubectl: Kubectl, place: Place, text: str) -> None:
    """Fails where somebody changed it since it was read."""
    changed = {**place.config_map, "data": {**place.config_map["data"], place.key: text}}
    changed["metadata"] = {key: value for key, value in changed["metadata"].items() if key != "managedFields"}
    try:
        kubectl.send("replace", [changed])
    except KubectlError as error:
        if error.reason == "Conflict":
            raise AppError(f"{place.words} was changed by somebody else meanwhile: run it again") from error
        raise


def store_record(kubectl: Kubectl, data: Mapping[str, str]) -> None:
    metadata = {"name": RECORD, "namespace": _NAMESPACE}
    kubectl.apply([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}])


def record_of(documents: list[Mapping[str, Any]], files: list[str]) -> dict[str, str]:
    return {"documents": json.dumps(documents, sort_keys=True), "files": json.dumps(sorted(files))}


def restart_proxies(kubectl: Kubectl, seconds: float, say: Callable[[str], None]) -> None:
    """They read their settings when they start. Raises AppError where a node's proxy does not come up."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    template = {"template": {"metadata": {"annotations": {_CONFIG_HASH: moment}}}}
    kubectl.patch("daemonset", "kube-proxy", {"spec": template}, _NAMESPACE)
    say("waiting for kube-proxy: a new pod on each node, one after the other")
    began = time.monotonic()
    while True:
        daemon_set = kubectl.get("daemonset", "kube-proxy", _NAMESPACE) or {}
        why = _lagging(daemon_set)
        spent = time.monotonic() - began
        if not why:
            say(f"kube-proxy is ready on each node after {spent:.0f} s")
            return
        if spent > seconds:
            raise AppError(f"kube-proxy does not come up (waited {seconds:.0f} s for it): {why}")
        time.sleep(_PAUSE_SECONDS)


def _lagging(daemon_set: Mapping[str, Any]) -> str:
    """In words; empty where each node has a new pod that is ready."""
    status = daemon_set.get("status") or {}
    if status.get("observedGeneration") != (daemon_set.get("metadata") or {}).get("generation"):
        return "the controller manager has not seen the change yet"
    wanted, new = status.get("desiredNumberScheduled", 0), status.get("updatedNumberScheduled", 0)
    ready = status.get("numberReady", 0)
    if new < wanted:
        return f"{new} of {wanted} nodes have a new pod"
    return "" if ready >= wanted else f"{ready} of {wanted} pods are ready"
