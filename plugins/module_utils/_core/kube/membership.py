# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is a member of the cluster, who shall become one, and what stands against it.

A host is a member where its Node exists and it has a kubelet.conf. What is only one of the two is a problem with a
remedy: nobody but its owner knows which of the two is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .documents import ClusterWish
from .local_state import LocalState
from .versions import exact


@dataclass(frozen=True)
class Node:
    """One that the cluster has."""

    name: str
    uid: str = ""
    ready: bool = False
    version: str = ""
    address: str = ""
    control_plane: bool = False
    pod_cidr: str = ""


@dataclass(frozen=True)
class Cluster:
    """As its API server tells it. `finished` is false where `kubeadm init` did not come to its end."""

    version: str
    ca_hash: str
    finished: bool = True
    endpoint: str = ""
    pod_cidr: str = ""
    service_cidr: str = ""
    nodes: tuple[Node, ...] = ()

    def node(self, name: str) -> Node | None:
        return next((node for node in self.nodes if node.name == name), None)


@dataclass(frozen=True)
class Seen:
    """What one host said. One that was not asked, or not reached, has `asked` false."""

    host: str
    node: str
    address: str = ""
    asked: bool = False
    local: LocalState = field(default_factory=LocalState)
    api_asked: bool = False
    api_answers: bool = False
    api_server: str = ""
    api_why: str = ""
    cluster: Cluster | None = None


@dataclass(frozen=True)
class Plan:
    """Hosts by their names in the inventory; those that are `returning` once more, by node and address."""

    problems: tuple[str, ...] = ()
    fresh: bool = False
    speaker: str | None = None
    init: str | None = None
    join_control_planes: tuple[str, ...] = ()
    join_workers: tuple[str, ...] = ()
    rejoin: tuple[str, ...] = ()
    returning: tuple[dict[str, str], ...] = ()
    members: tuple[str, ...] = ()
    control_planes: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    endpoint_addresses: tuple[str, ...] = ()
    minor: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def seen_of(host: str, said: Mapping[str, Any]) -> Seen:
    """From the result of `kubeadm_cluster_info`; an empty one is of a host that was not asked."""
    if not said.get("local"):
        return Seen(host, host.lower())
    api = said.get("api") or {}
    return Seen(
        host,
        node=said.get("node") or host.lower(),
        address=said.get("address") or "",
        asked=True,
        local=LocalState.of(said["local"]),
        api_asked=bool(api.get("asked")),
        api_answers=bool(api.get("answers")),
        api_server=api.get("server") or "",
        api_why=api.get("why") or "",
        cluster=_cluster_of(said.get("cluster")),
    )


def _cluster_of(said: Mapping[str, Any] | None) -> Cluster | None:
    if not said:
        return None
    nodes = tuple(
        Node(**{name: node[name] for name in Node.__dataclass_fields__ if name in node}) for node in said["nodes"]
    )
    return Cluster(
        version=said["version"],
        ca_hash=said["ca_hash"],
        finished=said["finished"],
        endpoint=said.get("endpoint") or "",
        pod_cidr=said.get("pod_cidr") or "",
        service_cidr=said.get("service_cidr") or "",
        nodes=nodes,
    )


def plan(hosts: Sequence[Seen], control_planes: Sequence[str], wish: ClusterWish) -> Plan:
    """`control_planes` are the hosts that shall be one; all others are workers."""
    speaker = _speaker(hosts, control_planes)
    drawn = Plan(minor=str(wish.minor), endpoint_addresses=_addresses(hosts, control_planes, speaker))
    if speaker is None or speaker.cluster is None:
        return _of_no_cluster(drawn, hosts, control_planes)
    if not speaker.cluster.finished and len(speaker.cluster.nodes) > 1:
        return replace(drawn, problems=(_not_of_kubeadm(speaker, speaker.cluster),))
    if not speaker.cluster.finished:
        return _begun(replace(drawn, init=speaker.host), hosts, control_planes)
    return _of_cluster(drawn, speaker, speaker.cluster, hosts, control_planes, wish)


def _not_of_kubeadm(speaker: Seen, cluster: Cluster) -> str:
    return (
        f"{speaker.host}: its cluster has {len(cluster.nodes)} nodes and no ConfigMap kubeadm-config in kube-system: "
        "kubeadm did not make it, or somebody deleted it. `kubeadm init phase upload-config kubeadm` makes it again"
    )


def _speaker(hosts: Sequence[Seen], control_planes: Sequence[str]) -> Seen | None:
    """The first control plane of the inventory whose API server answers."""
    by_name = {seen.host: seen for seen in hosts}
    ordered = [by_name[name] for name in control_planes if name in by_name]
    return next((seen for seen in ordered if seen.api_answers and seen.cluster), None)


def _addresses(hosts: Sequence[Seen], control_planes: Sequence[str], speaker: Seen | None) -> tuple[str, ...]:
    """Of all control planes, in the order of the inventory: the same on each host and in each run."""
    by_name = {seen.host: seen for seen in hosts}
    found = []
    for name in control_planes:
        seen = by_name.get(name) or Seen(name, name.lower())
        node = speaker.cluster.node(seen.node) if speaker and speaker.cluster else None
        found.append(seen.address or (node.address if node else ""))
    return tuple(address for address in found if address)


def _of_no_cluster(drawn: Plan, hosts: Sequence[Seen], control_planes: Sequence[str]) -> Plan:
    """No API server answers: either there is none, or nobody may touch anything."""
    problems = list(_why_silent(hosts, control_planes))
    if problems:
        return replace(drawn, problems=tuple(problems))
    asked = [name for name in control_planes if any(seen.host == name and seen.asked for seen in hosts)]
    if not asked:
        return replace(drawn, problems=("no host of the group k8s_control_plane is in this run, expected one",))
    return _begun(replace(drawn, fresh=True, init=asked[0]), hosts, control_planes)


def _why_silent(hosts: Sequence[Seen], control_planes: Sequence[str]) -> Iterator[str]:
    """A control plane that says nothing speaks for the others, too."""
    down = [problem for seen in hosts for problem in _down(seen, control_planes)]
    return iter(down) if down else (problem for seen in hosts for problem in _orphan(seen))


def _down(seen: Seen, control_planes: Sequence[str]) -> Iterator[str]:
    if not seen.asked and seen.host in control_planes:
        yield (
            f"{seen.host}: it is a control plane of the inventory and was not reached, so nobody knows whether "
            "there is a cluster already. Bring it back, or take it out of the inventory"
        )
    elif seen.api_asked and (seen.local.etcd_data or seen.local.kubelet_conf) and not _never_began(seen):
        yield (
            f"{seen.host}: it is a control plane, and its API server {seen.api_server} does not answer: "
            f"{seen.api_why}. Bring it back first: `journalctl -u kubelet`, `crictl ps -a` say why it is down"
        )


def _orphan(seen: Seen) -> Iterator[str]:
    if seen.local.kubelet_conf and not seen.local.runs_api_server:
        yield (
            f"{seen.host}: it is a member of a cluster (/etc/kubernetes/kubelet.conf), and no control plane of the "
            "inventory belongs to one. Put that cluster's control planes into the group k8s_control_plane, or make "
            "the host bare: kubeadm reset"
        )


def _never_began(seen: Seen) -> bool:
    """An `init` that ended before etcd had written anything: there is no cluster to lose."""
    return seen.local.runs_api_server and not seen.local.etcd_data


def _begun(drawn: Plan, hosts: Sequence[Seen], control_planes: Sequence[str]) -> Plan:
    """A cluster that is about to be made, and all others join it."""
    others = [seen.host for seen in hosts if seen.asked and seen.host != drawn.init]
    return replace(
        drawn,
        join_control_planes=tuple(name for name in others if name in control_planes),
        join_workers=tuple(name for name in others if name not in control_planes),
        strangers=tuple(seen.host for seen in hosts),
    )


@dataclass
class _Sorted:
    """Each host is in one of the first three lists, or has a problem."""

    joining: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    rejoin: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def _of_cluster(
    drawn: Plan,
    speaker: Seen,
    cluster: Cluster,
    hosts: Sequence[Seen],
    control_planes: Sequence[str],
    wish: ClusterWish,
) -> Plan:
    found = _sorted_out(hosts, cluster, control_planes)
    return replace(
        drawn,
        problems=(*_differences(cluster, wish), *found.problems),
        speaker=speaker.host,
        join_control_planes=tuple(name for name in found.joining if name in control_planes),
        join_workers=tuple(name for name in found.joining if name not in control_planes),
        rejoin=tuple(found.rejoin),
        returning=tuple({"name": seen.node, "address": seen.address} for seen in hosts if seen.host in found.rejoin),
        members=tuple(found.members),
        control_planes=tuple(name for name in control_planes if name in found.members),
        strangers=(*found.joining, *found.unknown),
    )


def _sorted_out(hosts: Sequence[Seen], cluster: Cluster, control_planes: Sequence[str]) -> _Sorted:
    found = _Sorted()
    for seen in hosts:
        node, control_plane = cluster.node(seen.node), seen.host in control_planes
        problem = _mixed(seen, node, cluster, control_plane) if seen.asked else None
        if not seen.asked:
            (found.members if node else found.unknown).append(seen.host)
        elif problem:
            found.problems.append(problem)
        elif node and _join_ended(seen, node, control_plane):
            found.members.append(seen.host)
        else:
            found.joining.append(seen.host)
            if node or (seen.local.half_way and "etcd" in seen.local.manifests):
                found.rejoin.append(seen.host)
    return found


def _join_ended(seen: Seen, node: Node, control_plane: bool) -> bool:
    """A join that was interrupted late has its Node already, and lacks what comes last."""
    return not seen.local.bootstrap_conf and node.control_plane == control_plane


def _mixed(seen: Seen, node: Node | None, cluster: Cluster, control_plane: bool) -> str | None:
    if node is not None and not seen.local.kubelet_conf:
        return (
            f"{seen.host}: the cluster has a Node {node.name}, and the host has no /etc/kubernetes/kubelet.conf: it "
            "was made anew or reset. Take the Node out with the playbook remove_node, or a worker with "
            f"`kubectl delete node {node.name}`; then run this again"
        )
    if node is None and seen.local.kubelet_conf:
        return _without_node(seen, cluster)
    if node is None or node.control_plane == control_plane:
        return None
    if node.control_plane:
        return (
            f"{seen.host}: it is a control plane and not in the group k8s_control_plane. Remove it first: remove_node"
        )
    if not seen.local.runs_api_server:
        return f"{seen.host}: it is a worker and in the group k8s_control_plane. Remove it first: remove_node"
    return None


def _without_node(seen: Seen, cluster: Cluster) -> str:
    found = "the host has /etc/kubernetes/kubelet.conf, and the cluster has no Node"
    if seen.local.ca_hash and seen.local.ca_hash != cluster.ca_hash:
        return (
            f"{seen.host}: {found} {seen.node}: it belongs to another cluster, whose CA is {seen.local.ca_hash}. Make "
            "it bare with that cluster's remove_node, or with `kubeadm reset`; then run this again"
        )
    return (
        f"{seen.host}: {found} {seen.node}: the Node was deleted, or the kubelet does not come up. "
        "`systemctl restart kubelet` makes a Node again that was deleted; `kubeadm reset` makes the host bare. Then "
        "run this again"
    )


def _differences(cluster: Cluster, wish: ClusterWish) -> Iterator[str]:
    """What no running cluster can change, or not with this role."""
    fixed = (
        ("kubeadm_cluster_endpoint", cluster.endpoint, wish.endpoint),
        ("kubeadm_cluster_pod_cidr", cluster.pod_cidr, wish.pod_cidr),
        ("kubeadm_cluster_service_cidr", cluster.service_cidr, wish.service_cidr),
    )
    for variable, found, wanted in fixed:
        if found and found != wanted:
            yield f"{variable}: the cluster has {found}, which cannot be changed; found {wanted}, expected {found}"
    if exact(cluster.version) != exact(wish.version):
        yield (
            f"kubeadm_cluster_version: the cluster has {exact(cluster.version)}, found {exact(wish.version)}; this "
            f"role does not upgrade, expected {exact(cluster.version)}"
        )
