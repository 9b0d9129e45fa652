#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_removal
short_description: Take nodes out of a kubeadm cluster, whether their hosts live or not
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Runs on a control plane that stays. It removes the etcd members of the nodes, what kubeadm's ConfigMaps say of them,
    and the Nodes. It does nothing on their hosts, which may be gone.
  - Before anything is changed it sees that a control plane is left, that more than half of etcd's members are well
    before and after each removal, and that the cluster's endpoint is not the address of a node that leaves. Members
    that are down go first.
  - A node whose host cannot be reached is removed only once the cluster says that it is not ready. Else its pods would
    be started elsewhere while they run.
options:
  nodes:
    description: The nodes that leave. What of one is gone already is no mistake.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the node.
        type: str
        required: true
      address:
        description: The address of its host, for an etcd member that has no name since it never started.
        type: str
      away:
        description: Whether its host cannot be reached.
        type: bool
        default: false
  delete_nodes:
    description:
      - Whether the Nodes are deleted. A kubelet that runs may make its Node again, so on a host that lives the kubelet
        is stopped in between, as M(slipway.containers.kubeadm_reset) does.
    type: bool
    default: true
  timeout_seconds:
    description: How long to wait until the cluster takes a node that is away for not ready, which takes it 40 seconds.
    type: int
    default: 120
  kubeconfig:
    description: The kubeconfig file on the target.
    type: path
    default: /etc/kubernetes/admin.conf
requirements:
  - kubectl on the target
  - etcdctl in the image of etcd, as in the one of Kubernetes, where etcd runs on the control planes
attributes:
  check_mode:
    description: Shows what would go, and fails where a run would fail. It does not wait for a node that is away.
    support: full
  diff_mode:
    description: Lists what would go.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - Where etcd has lost more than half of its members, the API server does not answer, and no node can be removed.
seealso:
  - module: slipway.containers.k8s_drain
  - module: slipway.containers.kubeadm_reset
"""

EXAMPLES = r"""
- name: Take a control plane out of etcd, while it runs
  slipway.containers.kubeadm_removal:
    nodes:
      - name: control-2
    delete_nodes: false
  delegate_to: control-1

- name: Remove a worker whose machine is gone
  slipway.containers.kubeadm_removal:
    nodes:
      - name: web-2
        away: true
  delegate_to: control-1
"""

RETURN = r"""
removed:
  description: What was removed, or would be.
  returned: always
  type: list
  elements: str
  sample: ["etcd member control-2 (https://10.0.0.12:2380)", "node control-2"]
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.kubectl import ADMIN_CONF
from ..module_utils._io.kube.removal import work

_NODE: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "address": {"type": "str"},
    "away": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, Any] = {
    "nodes": {"type": "list", "elements": "dict", "required": True, "options": _NODE},
    "delete_nodes": {"type": "bool", "default": True},
    "timeout_seconds": {"type": "int", "default": 120},
    "kubeconfig": {"type": "path", "default": ADMIN_CONF},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
