# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts leave a cluster, who speaks for those that stay, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..words import did_you_mean
from .drain import NONE
from .membership import Cluster, Seen, seen_of


@dataclass(frozen=True)
class Host:
    """Of the inventory. `policy` is how it is drained."""

    name: str
    seen: Seen
    policy: str = ""

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> Host:
        name = str(variables["inventory_hostname"])
        said = dict(variables.get("__kubeadm_cluster_seen") or {})
        if said.get("cluster"):
            said["cluster"] = {"version": "", **said["cluster"]}  # what it is does not matter here
        seen = seen_of(name, said)
        if not seen.asked:
            node = variables.get("kubeadm_cluster_node_name") or seen.node
            seen = replace(seen, node=str(node), address=str(variables.get("kubeadm_cluster_node_address") or ""))
        return cls(name, seen, str(variables.get("kubeadm_cluster_drain") or ""))


@dataclass(frozen=True)
class Goes:
    """A node that leaves. `host` is empty where the inventory has none for it; `away`, where it cannot be reached."""

    name: str
    host: str
    address: str
    away: bool
    policy: str


@dataclass(frozen=True)
class Departure:
    """`members` are the hosts that stay and could be asked; `bare` are those that leave and can be reset."""

    problems: tuple[str, ...] = ()
    speaker: str | None = None
    leaving: tuple[Goes, ...] = ()
    bare: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    endpoint_addresses: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """With those that leave as the modules take them that drain and remove nodes."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        drains = [{"name": one.name, "policy": one.policy} for one in self.leaving]
        leaving = [{"name": one.name, "address": one.address, "away": one.away} for one in self.leaving]
        return {**plain, "leaving": leaving, "drains": drains}


def departure(hosts: Sequence[Host], leaving: Sequence[str], control_planes: Sequence[str], policy: str) -> Departure:
    """`leaving` are hosts of the inventory, or nodes that it has no longer. `policy` is for hosts that name none."""
    if not leaving:
        return Departure(problems=("found no host to remove, expected one at least",))
    by_name = {host.name: host for host in hosts}
    going = {name for name in leaving if name in by_name}
    going |= {host.name for host in hosts if host.seen.node in leaving}
    stay = [by_name[name] for name in control_planes if name in by_name and name not in going]
    speaker = next((host for host in stay if host.seen.api_answers and host.seen.cluster), None)
    if speaker is None or speaker.seen.cluster is None:
        return Departure(problems=(_nobody_speaks(hosts, going, control_planes),))
    cluster = speaker.seen.cluster
    found = [_goes(by_name[name], cluster, policy) for name in by_name if name in going]
    known = {name for one in found for name in (one.name, one.host)}
    found += [_gone(name, cluster) for name in dict.fromkeys(leaving) if name not in known]
    return Departure(
        problems=tuple(_problems(found, cluster, by_name)),
        speaker=speaker.name,
        leaving=tuple(found),
        bare=tuple(one.host for one in found if not one.away),
        members=tuple(host.name for host in hosts if host.name not in going and _is_member(host, cluster)),
        endpoint_addresses=tuple(address for host in stay if (address := _address(host, cluster))),
    )


def _goes(host: Host, cluster: Cluster, policy: str) -> Goes:
    """A host that is away has no pods that could be moved."""
    away = not host.seen.asked
    return Goes(host.seen.node, host.name, _address(host, cluster), away, NONE if away else host.policy or policy)


def _gone(name: str, cluster: Cluster) -> Goes:
    """One that is in the inventory no longer."""
    node = cluster.node(name)
    return Goes(name, "", node.address if node else "", True, NONE)


def _address(host: Host, cluster: Cluster) -> str:
    node = cluster.node(host.seen.node)
    return host.seen.address or (node.address if node else "")


def _is_member(host: Host, cluster: Cluster) -> bool:
    return host.seen.asked and cluster.node(host.seen.node) is not None


def _problems(leaving: Sequence[Goes], cluster: Cluster, by_name: Mapping[str, Host]) -> Iterator[str]:
    for one in leaving:
        if not one.host and cluster.node(one.name) is None:
            names = [*by_name, *(node.name for node in cluster.nodes)]
            hint = did_you_mean(one.name, names)
            yield (
                f"{one.name}: found neither a host of the inventory nor a node of the cluster of that name, expected "
                f"one of {', '.join(dict.fromkeys(names))}{f' ({hint})' if hint else ''}"
            )
        seen = by_name[one.host].seen if one.host else None
        if seen and seen.local.ca_hash not in ("", cluster.ca_hash):
            yield (
                f"{one.host}: it belongs to another cluster: found the CA {seen.local.ca_hash}, expected "
                f"{cluster.ca_hash}"
            )


def _nobody_speaks(hosts: Sequence[Host], going: set[str], control_planes: Sequence[str]) -> str:
    by_name = {host.name: host for host in hosts}
    said = "; ".join(f"{name}: {_silence(by_name.get(name), name in going)}" for name in control_planes)
    return (
        f"found no control plane that stays and whose API server answers, expected one ({said or 'there is none'}). "
        "A node is removed by those that stay; reset_cluster takes a whole cluster apart"
    )


def _silence(host: Host | None, goes: bool) -> str:
    if goes:
        return "it leaves"
    if host is None or not host.seen.asked:
        return "it cannot be reached"
    if not host.seen.api_asked:
        return "it is no member of a cluster"
    return host.seen.api_why or "its cluster is not finished"
