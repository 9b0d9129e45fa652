# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take nodes out of a cluster, from a control plane that stays: etcd, what kubeadm remembers, the Nodes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..._core.kube.removal import Cluster, Leaving, Member, Node, Removal, endpoint_of, members, removal, still_ready
from ..app_module import AppError, Context
from .kubectl import Kubectl, KubectlError

_PAUSE_SECONDS = 3.0
_SETTLE_SECONDS = 60.0
_SYSTEM = "kube-system"
_PKI = "/etc/kubernetes/pki/etcd"
_LOCAL = "https://127.0.0.1:2379"
_ETCDCTL = ("etcdctl", f"--cacert={_PKI}/ca.crt", f"--cert={_PKI}/server.crt", f"--key={_PKI}/server.key")
#: Kubeconfigs that the cluster keeps for those who join, and for kube-proxy.
_KUBECONFIGS = (("kube-public", "cluster-info", "kubeconfig"), (_SYSTEM, "kube-proxy", "kubeconfig.conf"))


def work(context: Context) -> dict[str, Any]:
    """The result of the module `kubeadm_removal`."""
    params = context.params
    leaving = [Leaving(it["name"], it["address"] or "", it["away"]) for it in params["nodes"]]
    kubectl = Kubectl(params["kubeconfig"], say=context.warn)
    etcd = _etcd_pod(kubectl, {one.name for one in leaving})
    planned = removal(leaving, _cluster(kubectl, etcd))
    if planned.problems:
        raise AppError("\n".join([*planned.problems, "Nothing was changed."]))
    if not params["delete_nodes"]:
        planned = planned.without_nodes()
    if not context.check_mode:
        _wait_until_away(kubectl, leaving, params["timeout_seconds"])
        _apply(kubectl, etcd, planned)
    lines = planned.as_lines()
    return {"changed": planned.changed, "removed": lines, "diff": {"before": _text(lines), "after": ""}}


def _cluster(kubectl: Kubectl, etcd: str) -> Cluster:
    maps = {
        (it["metadata"]["namespace"], it["metadata"]["name"]): it.get("data") or {}
        for namespace in dict.fromkeys(place[0] for place in _KUBECONFIGS)
        for it in kubectl.items("configmaps", namespace)
    }
    config = maps.get((_SYSTEM, "kubeadm-config"), {})
    return Cluster(
        nodes=tuple(Node.of(node) for node in kubectl.items("nodes")),
        members=tuple(_members(kubectl, etcd)) if etcd else (),
        status=config.get("ClusterStatus", ""),
        endpoint=endpoint_of(config.get("ClusterConfiguration", "")),
        texts={place: text for place in _KUBECONFIGS if (text := maps.get(place[:2], {}).get(place[2]))},
    )


def _etcd_pod(kubectl: Kubectl, leaving: set[str]) -> str:
    """One that stays and is ready; none where etcd is somewhere else."""
    pods = kubectl.items("pods", _SYSTEM, selector="component=etcd,tier=control-plane")
    stay = [pod for pod in pods if (pod.get("spec") or {}).get("nodeName") not in leaving]
    ready = [pod["metadata"]["name"] for pod in stay if _is_ready(pod)]
    if stay and not ready:
        names = ", ".join(pod["metadata"]["name"] for pod in stay)
        raise AppError(f"found no etcd ready among {names}, expected one to ask for its members. Nothing was changed.")
    return sorted(ready)[0] if ready else ""


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)


def _members(kubectl: Kubectl, etcd: str) -> Iterable[Member]:
    found = members(_etcdctl(kubectl, etcd, "member", "list", "--write-out=json"))
    return [replace(member, well=_is_well(kubectl, etcd, member)) for member in found]


def _is_well(kubectl: Kubectl, etcd: str, member: Member) -> bool:
    once = replace(kubectl, patience_seconds=0)
    try:
        _etcdctl(once, etcd, "endpoint", "health", endpoints=",".join(member.clients) or "https://0.0.0.0:0")
    except KubectlError:
        return False
    return True


def _etcdctl(kubectl: Kubectl, etcd: str, *words: str, endpoints: str = _LOCAL) -> str:
    return kubectl.run("exec", f"--namespace={_SYSTEM}", etcd, "--", *_ETCDCTL, f"--endpoints={endpoints}", *words)


def _wait_until_away(kubectl: Kubectl, leaving: list[Leaving], seconds: int) -> None:
    """A host that nobody can reach may run on. Its pods would be started a second time, beside the first."""
    limit = time.monotonic() + seconds
    while ready := still_ready(leaving, [Node.of(node) for node in kubectl.items("nodes")]):
        if time.monotonic() > limit:
            raise AppError(
                f"found {', '.join(ready)} ready after {seconds} s, while Ansible cannot reach its host, expected a "
                "host that is down: its pods would be started a second time. Shut it down, or mend the connection. "
                "Nothing was changed."
            )
        time.sleep(_PAUSE_SECONDS)


def _apply(kubectl: Kubectl, etcd: str, planned: Removal) -> None:
    for member in planned.members:
        _remove(kubectl, etcd, member)
    if planned.entries:
        kubectl.patch("configmap", "kubeadm-config", {"data": {"ClusterStatus": planned.status}}, _SYSTEM)
    for (namespace, name, key), text in planned.texts.items():
        kubectl.patch("configmap", name, {"data": {key: text}}, namespace)
    if any(name == "kube-proxy" for _namespace, name, _key in planned.texts):
        kubectl.run("rollout", "restart", f"--namespace={_SYSTEM}", "daemonset/kube-proxy")
    kubectl.delete("node", *planned.nodes)


def _remove(kubectl: Kubectl, etcd: str, member: Member) -> None:
    """etcd refuses it as long as members have not been connected for a while, such as after the removal before."""
    limit = time.monotonic() + _SETTLE_SECONDS
    while True:
        try:
            _etcdctl(kubectl, etcd, "member", "remove", member.hex)
        except KubectlError as error:
            if "unhealthy cluster" not in str(error) or time.monotonic() > limit:
                raise
        else:
            return
        time.sleep(_PAUSE_SECONDS)


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
