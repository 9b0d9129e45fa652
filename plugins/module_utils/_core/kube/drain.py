# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to the pods of nodes that are to be empty, and what stands against it.

A drain of `kubectl` knows no difference between the third of three web servers and the only database. Here pods are
looked at first: who is the only one of its kind and holds data, whose data is on this node alone, whom nobody makes
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Stop before anything is changed; wait until somebody moved them; let them go; do nothing at all.
REFUSE, WAIT, EVICT, NONE = POLICIES = ("refuse", "wait", "evict", "none")

_MIRROR = "kubernetes.io/config.mirror"
_HOSTNAME = "kubernetes.io/hostname"
_FINISHED = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Volume:
    """A claim of a pod. `nodes` are those that alone can reach its data; None means any."""

    name: str
    nodes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Pod:
    """What a drain has to know of a pod. `owner` is its controller, such as `ReplicaSet/web-5d8`."""

    namespace: str
    name: str
    node: str
    owner: str = ""
    ready: bool = False
    finished: bool = False
    leaving: bool = False
    mirror: bool = False
    claims: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @classmethod
    def of(cls, pod: Mapping[str, Any]) -> Pod:
        told, spec, status = pod["metadata"], pod.get("spec") or {}, pod.get("status") or {}
        owners = [owner for owner in told.get("ownerReferences") or [] if owner.get("controller")]
        volumes = spec.get("volumes") or []
        ready = any(it["type"] == "Ready" and it["status"] == "True" for it in status.get("conditions") or [])
        return cls(
            namespace=told["namespace"],
            name=told["name"],
            node=spec.get("nodeName", ""),
            owner=f"{owners[0]['kind']}/{owners[0]['name']}" if owners else "",
            ready=ready,
            finished=status.get("phase") in _FINISHED,
            leaving="deletionTimestamp" in told,
            mirror=_MIRROR in (told.get("annotations") or {}),
            claims=tuple(it["persistentVolumeClaim"]["claimName"] for it in volumes if it.get("persistentVolumeClaim")),
            paths=tuple(it["hostPath"]["path"] for it in volumes if _is_data(it, spec)),
        )

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def stays(self) -> bool:
        """It belongs to the node: a static pod, or one of a DaemonSet."""
        return self.mirror or self.owner.startswith("DaemonSet/")


@dataclass(frozen=True)
class Picture:
    """The cluster's pods and claims. `volumes` are by namespace and claim."""

    pods: tuple[Pod, ...] = ()
    volumes: Mapping[tuple[str, str], Volume] = field(default_factory=dict)
    unschedulable: Mapping[str, bool] = field(default_factory=dict)  # by node; those that exist

    @classmethod
    def of(cls, nodes: Iterable[Any], pods: Iterable[Any], claims: Iterable[Any], volumes: Iterable[Any]) -> Picture:
        by_name = {volume["metadata"]["name"]: volume for volume in volumes}
        bound = {
            (claim["metadata"]["namespace"], claim["metadata"]["name"]): (claim.get("spec") or {}).get("volumeName", "")
            for claim in claims
        }
        return cls(
            tuple(Pod.of(pod) for pod in pods),
            {claim: Volume(name, _reach(by_name.get(name))) for claim, name in bound.items()},
            {node["metadata"]["name"]: bool((node.get("spec") or {}).get("unschedulable")) for node in nodes},
        )


@dataclass(frozen=True)
class Held:
    """A pod that a drain would do harm to, and which."""

    pod: Pod
    why: str

    def __str__(self) -> str:
        return f"{self.pod} {self.why}"


@dataclass(frozen=True)
class Drain:
    """What becomes of the pods of one node."""

    node: str
    policy: str
    there: bool
    cordoned: bool
    goes: tuple[Pod, ...]
    held: tuple[Held, ...]

    @property
    def changed(self) -> bool:
        return self.there and self.policy != NONE and (not self.cordoned or bool(self.goes))

    @property
    def problems(self) -> list[str]:
        """What stops the run before it has begun."""
        return [f"{self.node}: {held}" for held in self.held] if self.policy == REFUSE else []

    @property
    def waited_for(self) -> tuple[Held, ...]:
        return self.held if self.policy == WAIT else ()

    def as_dict(self) -> dict[str, Any]:
        evicted = [str(pod) for pod in self.goes] if self.policy != NONE else []
        return {"name": self.node, "policy": self.policy, "evicted": evicted, "held": [str(held) for held in self.held]}


def drains(policies: Mapping[str, str], picture: Picture) -> list[Drain]:
    """Of nodes that leave together: a copy on another one of them is none."""
    return [_drain(node, policy, picture, frozenset(policies)) for node, policy in policies.items()]


def _drain(node: str, policy: str, picture: Picture, leaving: frozenset[str]) -> Drain:
    goes = tuple(pod for pod in picture.pods if pod.node == node and not pod.stays)
    held = [Held(pod, "; ".join(why)) for pod in goes if (why := list(_harm(pod, picture, leaving)))]
    there = node in picture.unschedulable
    return Drain(node, policy, there, picture.unschedulable.get(node, False), goes, tuple(held))


def _harm(pod: Pod, picture: Picture, leaving: frozenset[str]) -> Iterator[str]:
    if pod.finished:
        return
    if not pod.owner:
        yield "has no controller, so nothing makes it again"
    volumes = {claim: picture.volumes.get((pod.namespace, claim), Volume(claim)) for claim in pod.claims}
    bound_here = [claim for claim, it in volumes.items() if it.nodes is not None and set(it.nodes) <= leaving]
    if bound_here:
        yield f"has its data on this node alone ({_listed('claim', bound_here)}), so it cannot start elsewhere"
    if pod.paths:
        yield f"has data in {', '.join(pod.paths)} of this node, which does not move"
    elif volumes and not bound_here and not _others(pod, picture, leaving):
        data = _listed("claim", volumes)
        yield f"is the only ready one of its kind, with data ({data}): it is down on its way elsewhere"


def _others(pod: Pod, picture: Picture, leaving: frozenset[str]) -> bool:
    """Whether there is a copy that goes on."""
    return bool(pod.owner) and any(
        other.owner == pod.owner and other.namespace == pod.namespace and other.ready and not other.leaving
        for other in picture.pods
        if other.node not in leaving
    )


def _reach(volume: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """The nodes that its affinity names by their host names; None where it names none."""
    required = (((volume or {}).get("spec") or {}).get("nodeAffinity") or {}).get("required") or {}
    names: list[str] = []
    for term in required.get("nodeSelectorTerms") or []:
        hosts = [it for it in term.get("matchExpressions") or [] if it["key"] == _HOSTNAME and it["operator"] == "In"]
        if not hosts:
            return None
        names += [name for it in hosts for name in it.get("values") or []]
    return tuple(dict.fromkeys(names)) if names else None


def attached(attachments: Iterable[Mapping[str, Any]], node: str) -> list[str]:
    """The volumes that are still attached to a node."""
    on_it = [it["spec"] for it in attachments if it["spec"].get("nodeName") == node]
    return sorted(str((spec.get("source") or {}).get("persistentVolumeName", "")) for spec in on_it)


def _is_data(volume: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """A folder of the host that a container may write to; not a socket, and not logs that are only read."""
    if (volume.get("hostPath") or {"type": "none"}).get("type", "") not in ("", "Directory", "DirectoryOrCreate"):
        return False
    containers = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    mounts = [mount for container in containers for mount in container.get("volumeMounts") or []]
    return any(mount["name"] == volume["name"] and not mount.get("readOnly") for mount in mounts)


def _listed(noun: str, names: Iterable[str]) -> str:
    known = list(names)
    return f"{noun if len(known) == 1 else noun + 's'} {', '.join(known)}"
