#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_cluster_info
short_description: What kubeadm made of this machine, and what the cluster says of itself
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads which of kubeadm's files are on the machine. On a control plane it also asks the API server for the nodes
    and for kubeadm's own configuration.
  - The filter P(slipway.containers.kubeadm_plan#filter) draws from the results of all hosts who is a member and who
    shall join.
  - With O(ready) it waits until these nodes are ready and what runs in C(kube-system) is up. Without, nothing is
    waited for, but for an API server that is just away.
options:
  node:
    description: The name of this machine in the cluster. The default is its host name in lower case.
    type: str
  address:
    description: Its address. The default is the one with which it reaches others.
    type: str
  kubeconfig:
    description: With what the API server is asked, where the file is there.
    type: path
    default: /etc/kubernetes/admin.conf
  patience:
    description: For how many seconds the API server is asked again where it does not answer.
    type: int
    default: 20
  ready:
    description: Nodes that have to be ready.
    type: list
    elements: str
    default: []
  version:
    description: The version that the kubelets of O(ready) have to have.
    type: str
    default: ""
  timeout:
    description: How many seconds O(ready) may take.
    type: int
    default: 300
attributes:
  check_mode:
    description: Changes nothing in any mode. In check mode nothing is waited for.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
seealso:
  - module: slipway.containers.kubeadm_member
  - module: slipway.containers.kubeadm_node_info
"""

EXAMPLES = r"""
- name: Ask the control plane
  slipway.containers.kubeadm_cluster_info:
  register: asked

- name: Who is a member?
  ansible.builtin.debug:
    msg: "{{ (asked.cluster or {'nodes': []}).nodes | map(attribute='name') | list }}"
"""

RETURN = r"""
node:
  description: The name of this machine in the cluster.
  returned: always
  type: str
address:
  description: Its address; empty where it reaches nobody.
  returned: always
  type: str
local:
  description: What is on the machine.
  returned: always
  type: dict
  contains:
    kubelet_conf:
      description: Whether the kubelet has been let into a cluster.
      type: bool
    admin_conf:
      description: Whether there is a kubeconfig of the cluster's administrator.
      type: bool
    bootstrap_conf:
      description: Whether a join left its bootstrap kubeconfig, which only one that was interrupted does.
      type: bool
    kubelet_config:
      description: Whether the kubelet has a configuration of kubeadm.
      type: bool
    etcd_data:
      description: Whether there is data of etcd.
      type: bool
    manifests:
      description: The static pods.
      type: list
      elements: str
    ca_hash:
      description: The hash of the cluster's CA on this machine.
      type: str
    kubelet_active:
      description: Whether the kubelet runs.
      type: bool
api:
  description: The API server.
  returned: always
  type: dict
  contains:
    asked:
      description: Whether there was a kubeconfig to ask it with.
      type: bool
    answers:
      description: Whether it answered.
      type: bool
    server:
      description: Its address.
      type: str
    why:
      description: Why it did not answer.
      type: str
cluster:
  description: The cluster, or nothing where the API server was not asked or did not answer.
  returned: always
  type: dict
  contains:
    ca_hash:
      description: The hash of its CA, with which others join.
      type: str
    finished:
      description: Whether C(kubeadm init) came to its end.
      type: bool
    config:
      description: kubeadm's C(ClusterConfiguration), as the cluster has it; YAML.
      type: str
    nodes:
      description: Its nodes, each with C(name), C(uid), C(ready), C(version), C(address), C(control_plane) and
        C(pod_cidr).
      type: list
      elements: dict
progress:
  description: What was waited for.
  returned: always
  type: list
  elements: str
"""

import platform
from pathlib import Path
from typing import Any

from ..module_utils._io.app_module import Context, run
from ..module_utils._io.kube.cluster import Wellness, cluster_view, own_address, wait_until_well
from ..module_utils._io.kube.kubectl import ADMIN_CONF, Kubectl, KubectlError
from ..module_utils._io.kube.local_state import read

ARGUMENTS: dict[str, Any] = {
    "node": {"type": "str"},
    "address": {"type": "str"},
    "kubeconfig": {"type": "path", "default": ADMIN_CONF},
    "patience": {"type": "int", "default": 20},
    "ready": {"type": "list", "elements": "str", "default": []},
    "version": {"type": "str", "default": ""},
    "timeout": {"type": "int", "default": 300},
}


def work(context: Context) -> dict[str, Any]:
    params = context.params
    local = read()
    progress: list[str] = []
    kubectl = Kubectl(params["kubeconfig"], patience_seconds=params["patience"], say=progress.append)
    asked = Path(params["kubeconfig"]).exists()
    if asked and params["ready"] and not context.check_mode:
        wait_until_well(kubectl, Wellness(params["ready"], params["version"], params["timeout"]), progress.append)
    cluster, why = _answer(kubectl, local.ca_hash) if asked else (None, "")
    return {
        "changed": False,
        "node": params["node"] or platform.node().lower(),
        "address": params["address"] or own_address(),
        "local": local.as_dict(),
        "api": {"asked": asked, "answers": cluster is not None, "server": kubectl.server if asked else "", "why": why},
        "cluster": cluster,
        "progress": progress,
    }


def _answer(kubectl: Kubectl, ca_hash: str) -> tuple[dict[str, Any] | None, str]:
    """What the cluster is, or why it does not say. An API server that is down is an answer, too."""
    try:
        return cluster_view(kubectl, ca_hash), ""
    except KubectlError as error:
        return None, error.failure.message


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
