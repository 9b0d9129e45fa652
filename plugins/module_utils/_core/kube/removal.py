# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take nodes out of a cluster: in which order their etcd members go, what speaks of them, and what stands against it.

An etcd cluster answers only while more than half of its members are well, so that is looked at before each step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .cleanup import server_of
from .versions import CONTROL_PLANE_LABEL

_SERVER = re.compile(r"(?:https?://)?(?:\[(?P<six>[^\]]+)\]|(?P<name>[^:/]+))(?::\d+)?/?")
_OLD_LABEL = "node-role.kubernetes.io/master"


@dataclass(frozen=True)
class Leaving:
    """`away` says that its host cannot be reached."""

    name: str
    address: str = ""
    away: bool = False


@dataclass(frozen=True)
class Node:
    """A node as the cluster has it."""

    name: str
    addresses: tuple[str, ...]
    ready: bool
    control_plane: bool

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> Node:
        told, status = node["metadata"], node.get("status") or {}
        ready = [it["status"] for it in status.get("conditions") or [] if it["type"] == "Ready"]
        labels = told.get("labels") or {}
        return cls(
            told["name"],
            tuple(it["address"] for it in status.get("addresses") or []),
            ready == ["True"],
            CONTROL_PLANE_LABEL in labels or _OLD_LABEL in labels,
        )


@dataclass(frozen=True)
class Member:
    """Of etcd. One that has never started has no name."""

    id: int
    name: str
    peers: tuple[str, ...]
    clients: tuple[str, ...] = ()
    learner: bool = False
    well: bool = True

    @property
    def hex(self) -> str:
        """As etcdctl wants it."""
        return f"{self.id:x}"

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(_host(peer) for peer in self.peers)

    def __str__(self) -> str:
        return f"{self.name or 'one that has never started'} ({', '.join(self.peers)})"


def members(printed: str) -> list[Member]:
    """Of `etcdctl member list --write-out=json`."""
    return [
        Member(
            int(it["ID"]),
            it.get("name", ""),
            tuple(it.get("peerURLs") or ()),
            tuple(it.get("clientURLs") or ()),
            bool(it.get("isLearner")),
        )
        for it in json.loads(printed).get("members") or []
    ]


@dataclass(frozen=True)
class Cluster:
    """What there is. `endpoint` is what kubeadm's configuration calls the API server.

    `texts` are kubeconfigs that name one, by namespace, ConfigMap and key.
    """

    nodes: tuple[Node, ...] = ()
    members: tuple[Member, ...] = ()
    status: str = ""
    endpoint: str = ""
    texts: Mapping[tuple[str, str, str], str] | None = None


@dataclass(frozen=True)
class Removal:
    """What goes: `members` in their order, entries of ClusterStatus, Nodes; and what of `texts` is written anew."""

    members: tuple[Member, ...]
    entries: tuple[str, ...]
    nodes: tuple[str, ...]
    status: str
    texts: Mapping[tuple[str, str, str], str]
    problems: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.as_lines())

    def as_lines(self) -> list[str]:
        return [
            *(f"etcd member {member}" for member in self.members),
            *(f"{name} in the ClusterStatus of kubeadm" for name in self.entries),
            *(f"a node that leaves, as the API server in {'/'.join(place)}" for place in self.texts),
            *(f"node {name}" for name in self.nodes),
        ]

    def without_nodes(self) -> Removal:
        return replace(self, nodes=())


def removal(leaving: Iterable[Leaving], cluster: Cluster) -> Removal:
    """How these nodes leave together."""
    who = list(leaving)
    names = {one.name for one in who}
    hosts = _hosts(who, cluster)
    going = [member for member in cluster.members if member.name in names or hosts & set(member.hosts)]
    ordered = sorted(going, key=_well_last)
    entries = tuple(name for name in sorted(names) if without_entry(cluster.status, name) != cluster.status)
    status = cluster.status
    for name in entries:
        status = without_entry(status, name)
    texts = _texts_anew(cluster, hosts)
    nodes = tuple(node.name for node in cluster.nodes if node.name in names)
    problems = [
        *_control_plane_problems(names, cluster),
        *_endpoint_problems(hosts, cluster),
        *_quorum(ordered, cluster),
    ]
    return Removal(tuple(ordered), entries, nodes, status, texts, tuple(problems))


def still_ready(leaving: Iterable[Leaving], nodes: Iterable[Node]) -> list[str]:
    """Hosts that nobody can reach, and whose kubelets say that they are well: their pods run."""
    away = {one.name for one in leaving if one.away}
    return [node.name for node in nodes if node.name in away and node.ready]


def _hosts(who: Iterable[Leaving], cluster: Cluster) -> set[str]:
    """Their names and addresses."""
    told = {one.name for one in who} | {one.address for one in who if one.address}
    return told | {address for node in cluster.nodes if node.name in told for address in node.addresses}


def _well_last(member: Member) -> tuple[bool, int]:
    """Who is down goes first: then those that are well are still more than half."""
    return (member.well and not member.learner, member.id)


def _control_plane_problems(names: Collection[str], cluster: Cluster) -> Iterable[str]:
    planes = [node.name for node in cluster.nodes if node.control_plane]
    if planes and not set(planes) - set(names):
        yield (
            f"found no control plane that stays beside {', '.join(planes)}, expected one at least; "
            "reset_cluster takes a whole cluster apart"
        )


def _endpoint_problems(hosts: Collection[str], cluster: Cluster) -> Iterable[str]:
    servers = [cluster.endpoint] if cluster.endpoint else map(server_of, (cluster.texts or {}).values())
    for server in dict.fromkeys(servers):
        if _host(server) in hosts:
            yield (
                f"found the cluster's endpoint {server}, which is a node that leaves, expected a name of its own: "
                "kubelets and certificates know no other"
            )


def _quorum(going: Iterable[Member], cluster: Cluster) -> Iterable[str]:
    left = [member for member in cluster.members if not member.learner]
    for member in (one for one in going if not one.learner):
        problem = _too_few(left, f"before {member.name} leaves")
        left = [one for one in left if one.id != member.id]
        problem = problem or _too_few(left, f"once {member.name} has left")
        if problem:
            yield problem
            return


def _too_few(left: list[Member], when: str) -> str:
    ill = [member.name or member.hex for member in left if not member.well]
    well = len(left) - len(ill)
    if not left or well > len(left) // 2:
        return ""
    return (
        f"found {well} of {len(left)} etcd members well {when}, expected more than half; "
        f"mend or remove {', '.join(ill)} first"
    )


def without_entry(status: str, name: str) -> str:
    """ClusterStatus, which kubeadm kept until 1.21, without a control plane."""
    return re.sub(rf"^  {re.escape(name)}:\n(?:    .*\n)*", "", status, flags=re.MULTILINE)


def endpoint_of(configuration: str) -> str:
    """`controlPlaneEndpoint` of a ClusterConfiguration; empty where there is none."""
    found = re.search(r"^controlPlaneEndpoint:\s*[\"']?([^\s\"']+)", configuration, re.MULTILINE)
    return found[1] if found else ""


def _texts_anew(cluster: Cluster, hosts: Collection[str]) -> dict[tuple[str, str, str], str]:
    """Kubeconfigs that name a node which leaves get the cluster's endpoint."""
    anew: dict[tuple[str, str, str], str] = {}
    for place, text in (cluster.texts or {}).items():
        server = server_of(text)
        if cluster.endpoint and _host(server) in hosts and _host(cluster.endpoint) not in hosts:
            anew[place] = text.replace(f"https://{server}", f"https://{cluster.endpoint}")
    return anew


def _host(server: str) -> str:
    """Of `name:port`, or of a URL; an IPv6 address without its brackets."""
    found = _SERVER.fullmatch(server)
    return (found["six"] or found["name"]) if found else ""
