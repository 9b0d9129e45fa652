#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_drain
short_description: Empty nodes of a Kubernetes cluster, with a policy for pods that a drain would do harm to
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Looks at all pods of the nodes first. A drain does harm to a pod that is the only ready one of its kind and holds
    data, to one whose data is on these nodes alone, and to one that has no controller. What happens then is the
    policy's choice.
  - Then the nodes are closed, so that no pod moves from one of them to the next, and emptied by C(kubectl drain), which
    honours disruption budgets. Static pods and those of a DaemonSet stay.
  - A node counts as empty when no volume is attached to it any more.
  - When it fails, the nodes that it closed take pods again.
options:
  nodes:
    description: The nodes that are to be empty. One that does not exist is left out.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the node.
        type: str
        required: true
      policy:
        description:
          - V(refuse) fails, before anything is changed, and names the pods that would be harmed.
          - V(wait) closes the node, waits until somebody has moved them, and evicts the others then.
          - V(evict) evicts them, too, and warns.
          - V(none) leaves the node as it is.
        type: str
        choices: [refuse, wait, evict, none]
        default: refuse
  timeout_seconds:
    description: How long each wait may take, for pods that somebody moves, for evictions, and for volumes.
    type: int
    default: 600
  kubeconfig:
    description: The kubeconfig file on the target.
    type: path
    default: /etc/kubernetes/admin.conf
requirements:
  - kubectl on the target
attributes:
  check_mode:
    description: Fails where the policy would fail.
    support: full
  diff_mode:
    description: Lists the pods that would go.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - Data in C(emptyDir) volumes is lost, as with every move of a pod.
  - A pod that mounts a folder of the host, other than read-only, counts as one that has data there.
"""

EXAMPLES = r"""
- name: Empty a node, unless a database would be down
  slipway.containers.k8s_drain:
    nodes:
      - name: web-2

- name: Empty the database's node, too, and say who is down meanwhile
  slipway.containers.k8s_drain:
    nodes:
      - name: db-1
        policy: evict
"""

RETURN = r"""
nodes:
  description: Each node that was given.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The node.
      type: str
    policy:
      description: Its policy.
      type: str
    evicted:
      description: The pods that went, or would go, as C(namespace/name).
      type: list
      elements: str
    held:
      description: Those among them that this does harm to, and which.
      type: list
      elements: str
"""

from typing import Any

from ..module_utils._core.kube.drain import POLICIES, REFUSE
from ..module_utils._io.app_module import run
from ..module_utils._io.kube.drain import work
from ..module_utils._io.kube.kubectl import ADMIN_CONF

_NODE: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "policy": {"type": "str", "choices": list(POLICIES), "default": REFUSE},
}
ARGUMENTS: dict[str, Any] = {
    "nodes": {"type": "list", "elements": "dict", "required": True, "options": _NODE},
    "timeout_seconds": {"type": "int", "default": 600},
    "kubeconfig": {"type": "path", "default": ADMIN_CONF},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
