# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running cluster's documents against those that are wanted: what changes, whom that concerns, what cannot change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import ERROR, Finding
from ..tree import leaves
from .config_merge import merged, same
from .versions import VersionError, exact

CLUSTER, KUBELET, PROXY = "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"
KINDS = (CLUSTER, KUBELET, PROXY)
#: What is told of a key, where a program of the cluster has to be started anew for it.
API_SERVER, CONTROLLERS, SCHEDULER, ETCD = "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"
STATIC_PODS = (ETCD, API_SERVER, CONTROLLERS, SCHEDULER)
_CONCERNED = {
    "apiServer": (API_SERVER,),
    "controllerManager": (CONTROLLERS,),
    "scheduler": (SCHEDULER,),
    "etcd": (ETCD,),
    "imageRepository": STATIC_PODS,
    "featureGates": STATIC_PODS,
}
_MADE = "it is settled when a cluster is made"
#: Keys that a running cluster keeps, each with why.
_FIXED: dict[str, dict[str, str]] = {
    CLUSTER: {
        "apiVersion": "kubeadm upgrade moves the documents of a cluster to another version of them",
        "kubernetesVersion": "an upgrade is an operation of its own, which moves one node after the other",
        "controlPlaneEndpoint": "certificates and the kubeconfig of every node have it",
        "clusterName": _MADE,
        "certificatesDir": _MADE,
        "networking.podSubnet": "nodes have their parts of it, and pods their addresses",
        "networking.serviceSubnet": "services have their addresses of it",
        "networking.dnsDomain": "certificates and pods have it",
        "etcd.local.dataDir": "the data is there",
        "etcd.external": _MADE,
    },
    KUBELET: {
        "apiVersion": "the kubelets read the version that they were given",
        "cgroupDriver": "pods that run are under the other one's control groups",
        "staticPodPath": "the control plane is there",
    },
    PROXY: {"apiVersion": "the proxies read the version that they were given"},
}


@dataclass(frozen=True)
class Change:
    """One place of a document. None where it is not set."""

    document: str
    path: str
    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        return {"document": self.document, "path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Comparison:
    """`documents` are those of the cluster as they shall be, by kind; `wishes` what is wanted of each."""

    documents: dict[str, dict[str, Any]]
    wishes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """Of the documents that change."""
        return [kind for kind in KINDS if any(change.document == kind for change in self.changes)]

    @property
    def components(self) -> list[str]:
        """The programs that have to start anew, in the order in which they do."""
        found = {name for change in self.changes for name in _components(change)}
        return [name for name in (*STATIC_PODS, "kubelet", "kube-proxy") if name in found]


def by_kind(documents: Any) -> dict[str, dict[str, Any]]:
    """The wanted documents, or those of the last run. Raises ValueError for what is no such document."""
    found: dict[str, dict[str, Any]] = {}
    for number, document in enumerate(documents or []):
        kind = document.get("kind") if isinstance(document, Mapping) else None
        if kind not in KINDS:
            raise ValueError(f"documents[{number}].kind: found {kind!r}, expected one of {', '.join(KINDS)}")
        if kind in found:
            raise ValueError(f"documents[{number}]: {kind} is there twice")
        found[kind] = dict(document)
    return found


def compare(
    live: Mapping[str, Mapping[str, Any]],
    former: Mapping[str, Mapping[str, Any]],
    wanted: Mapping[str, Mapping[str, Any]],
) -> Comparison:
    """All by kind. A kind that the cluster does not have is a problem, one that is not wanted stays as it is."""
    documents = {kind: dict(document) for kind, document in live.items()}
    wishes: dict[str, Mapping[str, Any]] = {}
    changes: list[Change] = []
    problems: list[Finding] = []
    for kind, document in wanted.items():
        if kind not in live:
            problems.append(Finding("config.missing", ERROR, kind, "the cluster has no such document"))
            continue
        wishes[kind] = _with_what_stays(kind, live[kind], _as_written(live[kind], document))
        documents[kind] = merged(live[kind], former.get(kind), wishes[kind])
        changes += differences(kind, live[kind], documents[kind])
        problems += _refused(kind, live[kind], documents[kind])
    return Comparison(documents, wishes, changes, problems)


def _with_what_stays(kind: str, live: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A key that a running cluster keeps may be left out."""
    for path in _FIXED[kind]:
        if _at(wanted, path) is None and _at(live, path) is not None:
            wanted = _with(wanted, path, _at(live, path))
    return wanted


def _as_written(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """kubeadm keeps v1.37.0, and takes 1.37.0 as well."""
    if _same_version(live.get("kubernetesVersion"), wanted.get("kubernetesVersion")):
        return {**wanted, "kubernetesVersion": live["kubernetesVersion"]}
    return wanted


def differences(kind: str, before: Any, after: Any) -> list[Change]:
    old, new = leaves(before), leaves(after)
    paths = [*old, *(path for path in new if path not in old)]
    pairs = ((path, old.get(path), new.get(path)) for path in paths if path)
    return [Change(kind, path, *pair) for path, *pair in pairs if not same(*pair) and not _both_empty(*pair)]


def _both_empty(before: Any, after: Any) -> bool:
    """`{}` gives way to what is put into it, which has a path of its own."""
    return before in ({}, None) and after in ({}, None)


def _components(change: Change) -> tuple[str, ...]:
    if change.document == CLUSTER:
        return _CONCERNED.get(change.path.partition(".")[0].partition("[")[0], ())
    return ("kubelet",) if change.document == KUBELET else ("kube-proxy",)


def _refused(kind: str, live: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    for path, why in _FIXED[kind].items():
        before, after = _at(live, path), _at(wanted, path)
        if not same(before, after):
            said = f"found '{_shown(before)}' in the cluster, and '{_shown(after)}' is wanted"
            yield Finding("config.fixed", ERROR, f"{kind}.{path}", said, f"a running cluster keeps it: {why}")


def _shown(value: Any) -> Any:
    return "nothing" if value in (None, "") else value


def _same_version(before: Any, after: Any) -> bool:
    try:
        return exact(str(before)) == exact(str(after))
    except VersionError:
        return False


def _at(document: Any, path: str) -> Any:
    value = document
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _with(document: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    key, _dot, rest = path.partition(".")
    inner = document.get(key)
    return {**document, key: _with(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}
