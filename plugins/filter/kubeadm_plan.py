# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kubeadm_plan
short_description: Who is a member of a kubeadm cluster, who shall join, and what stands against it
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Draws from what all hosts said what has to be done. Calls nothing.
  - A host is a member where the cluster has its Node and it has a C(kubelet.conf). Where only one of the two is
    there, that is a problem with a remedy.
  - No cluster is made where a control plane of the inventory was not asked, or its API server does not answer.
positional: _input
options:
  _input:
    description: The results of M(slipway.containers.kubeadm_cluster_info) by host; an empty one for a host that was
      not asked.
    type: dict
    required: true
  control_planes:
    description: The hosts that shall be control planes. All others are workers.
    type: list
    elements: str
    required: true
  wish:
    description: What is asked for, as P(slipway.containers.kubeadm_documents#filter) takes it.
    type: dict
    required: true
  network:
    description: The network of pods, V(calico), V(bridge) or V(none).
    type: str
    default: none
  network_manifest:
    description: Which manifest of Calico.
    type: dict
    default: {}
seealso:
  - module: slipway.containers.kubeadm_cluster_info
"""

EXAMPLES = r"""
- name: Say who would join
  ansible.builtin.debug:
    msg: "{{ plan.join_control_planes + plan.join_workers }}"
  vars:
    plan: >-
      {{ {'cp1': asked} | slipway.containers.kubeadm_plan(control_planes=['cp1'],
         wish={'version': '1.37.0', 'endpoint': 'api.shop.internal:6443'}) }}
    asked: {local: {kubelet_conf: false}, api: {asked: false}}
"""

RETURN = r"""
_value:
  description: The plan, with hosts by their names in the inventory.
  type: dict
  contains:
    problems:
      description: What stands against it, a sentence each, with a remedy.
      type: list
      elements: str
    fresh:
      description: Whether there is no cluster yet.
      type: bool
    speaker:
      description: The control plane to talk to; nothing where there is no cluster.
      type: str
    init:
      description: The host that makes the cluster, or takes up an C(init) that was interrupted.
      type: str
    join_control_planes:
      description: Hosts that join as control planes.
      type: list
      elements: str
    join_workers:
      description: Hosts that join as workers.
      type: list
      elements: str
    rejoin:
      description: Those of them whose join was interrupted so late that the cluster has traces of them.
      type: list
      elements: str
    returning:
      description: The same ones, as C(nodes) of M(slipway.containers.kubeadm_removal) takes them.
      type: list
      elements: dict
    members:
      description: Hosts that are members.
      type: list
      elements: str
    control_planes:
      description: Members that are control planes.
      type: list
      elements: str
    strangers:
      description: Hosts that join, and those that were not asked and that the cluster has no Node of.
      type: list
      elements: str
    endpoint_addresses:
      description: The addresses of all control planes, in the order of the inventory.
      type: list
      elements: str
    minor:
      description: The minor version, such as V(1.37).
      type: str
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def kubeadm_plan(
    seen: Any,
    control_planes: Sequence[str],
    wish: Mapping[str, Any],
    network: str = "none",
    network_manifest: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Problems of the wish come first: nothing else is said of a wish that cannot be."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.kube.cluster_checks import network_problems, node_problems, wish_problems
    from ..module_utils._core.kube.cluster_wish import parts
    from ..module_utils._core.kube.membership import Plan, plan, seen_of

    if not isinstance(seen, Mapping):
        raise AnsibleFilterError(f"kubeadm_plan: found {type(seen).__name__}, expected what hosts said, by host")
    try:
        wanted, _node = parts(wish)
    except ValueError as error:
        raise AnsibleFilterError(f"kubeadm_plan: {error}") from None
    hosts = [seen_of(host, _with_config(said)) for host, said in seen.items()]
    asked = [host for host in hosts if host.asked]
    names, addresses = ({host.host: getattr(host, what) for host in asked} for what in ("node", "address"))
    problems = [*wish_problems(wanted), *node_problems(names, addresses, wanted)]
    problems += network_problems(network, network_manifest or {})
    if problems:
        return Plan(problems=tuple(problems)).as_dict()
    return plan(hosts, list(control_planes), wanted).as_dict()


def _with_config(said: Mapping[str, Any]) -> dict[str, Any]:
    """kubeadm's own configuration is YAML; targets have nothing that reads it."""
    import yaml

    cluster = (said or {}).get("cluster")
    if not cluster:
        return dict(said or {})
    config = yaml.safe_load(cluster.get("config") or "") or {}
    network = config.get("networking") or {}
    told = {
        "version": config.get("kubernetesVersion") or "",
        "endpoint": config.get("controlPlaneEndpoint") or "",
        "pod_cidr": network.get("podSubnet") or "",
        "service_cidr": network.get("serviceSubnet") or "",
    }
    return {**said, "cluster": {**cluster, **told}}


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"kubeadm_plan": kubeadm_plan}
